"""What is known and done in one session, on whatever link: leave, evidence, pictures, hands.

The console leaves a session that is not being recorded, whatever the agent says
(promise 5). Without waiting: messages, time and wishes come in, messages and
views go out, all in the event loop's thread.
"""

import asyncio
import logging
from collections.abc import Callable

import msgspec

from session import messages
from session.errors import (
    ByleaveError,
    EvidenceError,
    IntroductionFailed,
    LimitExceeded,
    LinkLost,
    ProtocolViolation,
    RoomRefused,
)
from session.messages import Capability, FromPerson, FromTechnician, Reason, Request, ScreenIn, ScreenOut
from session.rendezvous import RESUME_SECONDS
from technician_console import views
from technician_console.connection import Connection
from technician_console.conversation import Conversation, Phase, Said
from technician_console.evidence import Evidence
from technician_console.hands import Hands
from technician_console.history import Entry
from technician_console.meter import Meter
from technician_console.pictures import Pictures
from technician_console.setting import Setting
from technician_console.view import Stage, ViewState
from technician_console.witness import Expected, LinkTime, Verdict, Witness

_log = logging.getLogger("byleave.session")

DENIED_SECONDS = 15.0


class LiveSession:
    """One session's state, and everything that changes it.

    Args:
        setting: where and as whom.
        request: what is asked of the person.
        group: owner of what takes time.
        changed: is called after each change.

    Attributes:
        talk: what the person allowed.
        meter: round trip and rates.
        hands: the technician's input.
        pictures: what the technician sees.
        why: why it is over; None before.
        requested: whether the request was sent.
        hidden: nothing is shown any more; the window has gone on to something else.
    """

    def __init__(
        self, setting: Setting, request: Request, group: asyncio.TaskGroup, changed: Callable[[], None]
    ) -> None:
        self.talk = Conversation(request)
        self.meter = Meter(setting.clock)
        self.hands = Hands(
            self._send, lambda: self._controlling, setting.clock, asyncio.get_running_loop().call_later
        )
        self.why: Reason | ByleaveError | None = None
        self.requested = False
        self.hidden = False
        self._setting = setting
        self._clock = setting.clock
        self._group = group
        self._tell = changed
        certificate = setting.credentials.certificate
        self._about = views.About(certificate.name, setting.organisation.profile.name, request)
        self.pictures = Pictures(
            setting.surface, self._send_screen, lambda: self._viewing, self.meter, setting.clock
        )
        self._time = LinkTime(setting.clock)
        self._connection: Connection | None = None
        self._evidence: Evidence | None = None
        self._page = views.Page(Stage.OPENING)
        self._shown: ViewState | None = None
        self._attached = False
        self._done = False
        self._lost_until: float | None = None
        self._active_at: float | None = None
        self._over_at: float | None = None
        self._second_at = 0.0
        self._entry = Entry(
            started=int(1000 * setting.wall()), ended=0, reason="", technician=certificate.number
        )

    # links

    def introduced(self, digest: bytes) -> Evidence:
        """The introduction gave the session key's digest: this is what the evidence must say."""
        organisation, credentials = self._setting.organisation, self._setting.credentials
        expected = Expected(
            session=digest,
            certificate=credentials.certificate.digest,
            profile=organisation.digest,
            policy=organisation.profile.policy,
        )
        self._entry = msgspec.structs.replace(self._entry, sid=digest.hex())
        self._evidence = Evidence(
            Witness(expected, self._time),
            self._setting.log,
            credentials,
            self._send,
            self.changed,
            self.fail,
            self._group,
        )
        return self._evidence

    def connecting(self) -> Connection:
        """Return a new connection, to be opened."""
        self._connection = Connection(self._hear, self._see, self._gone)
        return self._connection

    def attach(self, connection: Connection) -> None:
        """The connection is open; ask, if it is the first one."""
        self._attached = True
        self._time.start()
        self._lost_until = None
        kex, cipher = connection.algorithms
        if self.requested:
            self._entry = msgspec.structs.replace(self._entry, reconnects=self._entry.reconnects + 1)
            self.pictures.interrupted()
        else:
            self._entry = msgspec.structs.replace(self._entry, kex=kex, cipher=cipher)
            self.requested = self._send(self.talk.request)
        self.show()

    def detach(self) -> None:
        """The connection is gone, or will be at once."""
        self._connection = None
        self._attached = False
        self._time.stop()
        self.hands.forget()
        self.talk.interrupted()
        if self._lost_until is None:
            self._lost_until = self._clock() + RESUME_SECONDS
        self.show()

    def link_lost(self) -> None:
        """The link broke; before anything was allowed there is nothing to come back to."""
        match self.talk.phase:
            case Phase.REQUESTED | Phase.ASKING:
                self.end(LinkLost("before anything was allowed"))
            case Phase.DENIED | Phase.ENDED:
                self.end(self.talk.reason or Reason.REFUSED)
            case Phase.ACTIVE:
                pass

    @property
    def lost_until(self) -> float:
        """When a lost link can no longer come back, on the setting's clock."""
        return self._lost_until or 0.0

    def stored(self, *, linked: bool) -> bool:
        """Tell whether the log was seen to hold all of the session, or all that it can still be asked for."""
        if self._evidence is None:
            return not linked
        return self._evidence.witness.complete or not (linked or self._evidence.searching)

    # how it ends

    def end(self, why: Reason | ByleaveError) -> None:
        """The session is over; only the first reason counts."""
        if self.why is not None:
            return
        _log.info("= over: %s", why if isinstance(why, Reason) else f"{why.code}: {why}")
        self.why = why
        self._over_at = self._clock()
        self.changed()

    def fail(self, error: ByleaveError) -> None:
        """The session is over because of an error."""
        if isinstance(error, EvidenceError) and self._evidence is not None:
            self._evidence.refuse()
        self.end(_why(error) if self.requested else error)

    def _gone(self) -> None:
        if self._connection is not None and self._connection.fault is not None:
            self.fail(self._connection.fault)
        self.changed()

    # what comes

    def _hear(self, message: FromPerson) -> None:
        try:
            self._take(message)
        except ByleaveError as error:
            self.fail(error)
        self.changed()

    def _take(self, message: FromPerson) -> None:
        evidence = self._evidence
        if evidence is None:
            raise ProtocolViolation("a message before the introduction")
        match message:
            case messages.StatementMade():
                evidence.made(message)
            case messages.StatementLogged():
                evidence.logged(message)
            case messages.Ping(number):
                self._send(messages.Pong(number))
            case messages.Pong(number):
                self.meter.pong(number)
            case _:
                self._say(message, evidence)

    def _say(self, message: Said, evidence: Evidence) -> None:
        before = self.talk.phase
        self.talk.take(message, self._clock(), self._setting.wall())
        if not self._controlling:
            self.hands.forget()
        if self.talk.phase is before:
            return
        _log.info("= %s", self.talk.phase)
        match self.talk.phase:
            case Phase.ACTIVE:
                self._active_at = self._clock()
                evidence.witness.watch()
            case Phase.DENIED:
                # The agent says that it is over once the refusal is evidence; it may die before.
                reason = self.talk.reason or Reason.REFUSED
                asyncio.get_running_loop().call_later(DENIED_SECONDS, self.end, reason)
            case Phase.ENDED:
                self.end(self.talk.reason or Reason.STOPPED)
            case Phase.ASKING | Phase.REQUESTED:
                pass

    def _see(self, message: ScreenOut) -> None:
        if self.why is not None:
            return
        try:
            self.talk.picture()
            self.pictures.take(message)
            if isinstance(message, messages.Monitors):
                self.show()
        except ByleaveError as error:
            self.fail(error)

    def tick(self) -> None:
        """Let time pass."""
        if self._attached and self.why is None:
            self._tick()
        elif self._lost_until is not None and self._clock() >= self._lost_until:
            self.end(Reason.LINK_LOST)
        self.changed()

    def _tick(self) -> None:
        now = self._clock()
        if now - self._second_at >= 1:
            self._second_at = now
            if self.meter.due(self.hands.sent):
                self._send(messages.Ping(self.meter.ping()))
            self.meter.second()
        verdict = self._verdict
        if verdict is Verdict.MISSING:
            self.end(Reason.UNRECORDED)
        elif verdict is Verdict.FROZEN:
            self.hands.release_all()
        self.pictures.tick()

    @property
    def _verdict(self) -> Verdict:
        return Verdict.FROZEN if self._evidence is None else self._evidence.witness.verdict

    @property
    def _going(self) -> bool:
        return self._attached and self.why is None and self._verdict is Verdict.SAFE

    @property
    def _controlling(self) -> bool:
        return self._going and self.talk.controlling

    @property
    def _viewing(self) -> bool:
        return self._going and self.talk.viewing

    # what the technician wants

    def ask(self, capability: Capability) -> None:
        """Ask for one more thing."""
        self.hands.release_all()
        if self.talk.ask(capability) and not self._send(messages.AskMore(capability)):
            self.talk.interrupted()
        self.show()

    def give_back(self, capability: Capability) -> None:
        """Give a capability back, or withdraw the question for it."""
        self._send(messages.GiveBack(capability))

    def facts(self) -> None:
        """Ask for the system facts."""
        if Capability.SYSTEM_INFO in self.talk.granted:
            self._send(messages.FactsWanted())

    def chat(self, text: str) -> None:
        """Send a line of chat."""
        if self.talk.phase is Phase.ACTIVE and self._send(messages.Chat(text)):
            self.talk.said(text, self._setting.wall())
            self.show()

    def painted(self, captured_ms: int) -> None:
        """A picture that was captured at this time has been painted."""
        self.meter.shown(1000 * self._setting.wall() - captured_ms)

    def leave(self) -> None:
        """End the session, or give up before it is one."""
        self.end(Reason.LEFT if self.talk.phase is Phase.ACTIVE else Reason.WITHDRAWN)

    # what goes

    def _send(self, message: FromTechnician) -> bool:
        return self._connection is not None and self._connection.send(message)

    def _send_screen(self, message: ScreenIn) -> bool:
        return self._connection is not None and self._connection.send_screen(message)

    def turn(self, page: views.Page) -> None:
        """Show how far it has come."""
        self._page = page
        self.show()

    def changed(self) -> None:
        """Something is new: show it, and tell whoever waits for it."""
        self._tell()
        self.show()

    def show(self) -> None:
        """Show the session as it is now, if that is something new."""
        view = self._view()
        if not self.hidden and view != self._shown:
            self._shown = view
            self._setting.surface.show(view)

    def _view(self) -> ViewState:
        now = self._clock()
        if self.why is not None:
            began, over = self._active_at, self._over_at
            seconds = None if began is None or over is None else over - began
            return views.over(self._about, self.why, seconds, self._recording())
        if self.talk.phase is Phase.ACTIVE:
            left = None if self._lost_until is None else self._lost_until - now
            logged = self._evidence.witness.logged if self._evidence else 0
            circumstances = views.Circumstances(self._verdict, logged, left, self.pictures.monitors)
            return views.live(self._about, self.talk, circumstances, self.meter, now)
        page = self._page
        if self.talk.phase is Phase.ASKING and self._attached:
            page = views.Page(Stage.ASKING, page.grouped, self.talk.asked_until)
        return views.code(self._about, page, now)

    def _recording(self) -> str:
        witness = self._evidence.witness if self._evidence else None
        if witness is None or not witness.chain.length:
            return ""
        return views.recording(witness.chain.length, witness.logged, witness.complete, self._done)

    def close(self) -> Entry:
        """Nothing comes any more; return what the history keeps."""
        self.pictures.close()
        self._done = True
        self.show()
        witness = self._evidence.witness if self._evidence else None
        return msgspec.structs.replace(
            self._entry,
            ended=int(1000 * self._setting.wall()),
            reason=self.why if isinstance(self.why, Reason) else self.why.code if self.why else "",
            granted=tuple(sorted(self.talk.ever_granted)),
            statements=witness.chain.length if witness else 0,
            logged=witness.logged if witness else 0,
            frames_decoded=self.pictures.decoded,
            frames_shown=self.meter.painted,
            input_sent=self.hands.sent,
            round_trip_ms=self.meter.round_trip_quantiles,
            capture_to_paint_ms=self.meter.delay_quantiles,
        )


def _why(error: ByleaveError) -> Reason | ByleaveError:
    """Return the reason of a session's end that an error stands for."""
    match error:
        case LinkLost() | IntroductionFailed():
            return Reason.LINK_LOST
        case ProtocolViolation() | LimitExceeded():
            return Reason.VIOLATION
        case RoomRefused(reason="revoked"):
            return Reason.REVOKED
        case _:
            return error
