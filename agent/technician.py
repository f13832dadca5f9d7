"""The line to the technician: both subsystems, whatever connection they are on at the moment."""

import asyncio
import logging
from collections.abc import Callable, Sequence

from agent.journal import Made
from session import codec, messages
from session.consent import Consent
from session.errors import PeerError
from session.link import ssh
from session.link.channel import Subsystem
from session.messages import FromTechnician, Message, ScreenIn, ScreenOut
from session.signatures import Namespace, bare
from session.statements import parse_entry

_log = logging.getLogger("byleave.technician")

STATUS_SECONDS = 15.0
PING_SECONDS = 2.0
REFUSAL_SECONDS = 1.0
POINTER_BACKLOG = 64 * 1024
"""Bytes that may wait on the screen channel before the pointer's place is not worth sending."""


class TechnicianLine:
    """Says things to the technician; what is said while nobody is there is dropped, or said again later.

    Args:
        loop: everything is called in its thread.
        fault: is called when the technician's end breaks the rules.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, fault: Callable[[PeerError], None]) -> None:
        self._loop = loop
        self._fault = fault
        self._control: Subsystem[FromTechnician] | None = None
        self._screen: Subsystem[ScreenIn] | None = None
        self._connection: ssh.ServerConnection | None = None
        self._refused_at: dict[tuple[str, str], float] = {}
        self._status: tuple[Consent, bool] = (Consent(), False)
        self._status_at = 0.0
        self._pings: dict[int, float] = {}
        self._ping_at = 0.0
        self._count = 0
        self.round_trip: Callable[[float], None] = lambda seconds: None
        self.rate: Callable[[], float | None] = lambda: None

    def connected(self, connection: ssh.ServerConnection) -> None:
        """There is an authenticated technician."""
        self._connection = connection
        _log.info("= %s, %s", *ssh.algorithms(connection))

    def control(
        self, receive: Callable[[FromTechnician], None], opened: Callable[[], None]
    ) -> Subsystem[FromTechnician]:
        """Return a new control subsystem; the one before is gone."""

        def take(message: FromTechnician) -> None:
            if isinstance(message, messages.Pong):
                self._ponged(message.number)
            else:
                receive(message)

        self._control = Subsystem(
            "control", messages.CONTROL_LIMIT, codec.from_technician, take, opened, self._lost
        )
        return self._control

    def screen(self, receive: Callable[[ScreenIn], None], opened: Callable[[], None]) -> Subsystem[ScreenIn]:
        """Return a new screen subsystem; the one before is gone."""
        self._screen = Subsystem(
            "screen", messages.ACKNOWLEDGEMENT_LIMIT, codec.screen_in, receive, opened, self._lost
        )
        return self._screen

    def _lost(self, fault: PeerError | None) -> None:
        """A subsystem is gone, and with it the whole connection: there is no session on half of it."""
        if fault is not None:
            self._fault(fault)
        if self._connection is not None:
            self._connection.abort()

    def say(self, message: Message) -> None:
        """Send on the control subsystem, if there is one."""
        if self._control is not None:
            self._control.send(message)

    def show(self, message: ScreenOut) -> None:
        """Send on the screen subsystem, if there is one."""
        screen = self._screen
        if screen is None:
            return
        if isinstance(message, messages.PointerAt) and screen.waiting() > POINTER_BACKLOG:
            return
        if self._connection is not None and isinstance(message, messages.Frame):
            rate = self.rate()
            screen.pace(rate)
            ssh.pace(self._connection, rate)
        screen.send(message)

    def statement(self, made: Made) -> None:
        """Send a statement."""
        signature = bare(made.signature, Namespace.SEGMENT)
        leaf = bare(parse_entry(made.leaf)[2], Namespace.LEAF)
        self.say(messages.StatementMade(made.seq, made.kind, made.statement, signature, leaf))

    def again(self, recent: Sequence[Made], place: Callable[[int], int | None]) -> None:
        """Say again what a lost link may have swallowed: the last statements, and their places in the log."""
        for made in recent:
            self.statement(made)
            index = place(made.seq)
            if index is not None:
                # A technician who is not told leaves: the log cannot be asked without the place.
                self.say(messages.StatementLogged(made.seq, index))

    def refuse(self, what: str, why: str) -> bool:
        """Say that something had no effect, at most once a second; tell whether it was said."""
        now = self._loop.time()
        if now - self._refused_at.get((what, why), -REFUSAL_SECONDS) < REFUSAL_SECONDS:
            return False
        self._refused_at[what, why] = now
        self.say(messages.Refusal(what, why))
        return True

    def status(self, consent: Consent, now: float, *, recorded: bool) -> None:
        """Say where the session stands."""
        self._status, self._status_at = (consent, recorded), now
        self.say(
            messages.Status(
                standing=consent.standing(),
                granted=tuple(sorted(consent.granted)),
                holds=tuple(sorted(consent.holds)),
                seconds_left=max(0, round(consent.lease_end - now)),
                recorded=recorded,
            )
        )

    def tick(self, now: float) -> None:
        """Say the status again from time to time, and measure the round trip."""
        if now - self._status_at >= STATUS_SECONDS:
            consent, recorded = self._status
            self.status(consent, now, recorded=recorded)
        if now - self._ping_at >= PING_SECONDS:
            self._ping_at = now
            self._count += 1
            self._pings = {self._count: self._loop.time()}
            self.say(messages.Ping(self._count))

    def _ponged(self, number: int) -> None:
        sent = self._pings.pop(number, None)
        if sent is not None:
            self.round_trip(self._loop.time() - sent)

    def close(self) -> None:
        """End the connection."""
        if self._connection is not None:
            self._connection.close()
