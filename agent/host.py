"""One session on the person's computer, from the typed code to its end. ARCHITECTURE, section 4.

    join → serve ⇄ rejoin            the link's task
    messages, answers, time → actions the host's task, one after the other
    ticks, cuts, lag, revocations     the upkeep's tasks
    upload                            the evidence's task

Narrowing takes effect before it is written down, widening only after. `stop`
may be called from any thread and needs nothing else to work.
"""

import asyncio
import logging
from collections.abc import Callable
from functools import partial

import httpx

from agent import actions
from agent.conversation import Conversation
from agent.countersigned import Countersigned
from agent.evidence import Evidence, Parties
from agent.joining import Admission, LinkKeeper, Way
from agent.kit import Kit
from agent.pages import Pages
from agent.plane import DataPlane
from agent.state import Adopted
from agent.technician import TechnicianLine
from agent.upkeep import Orders, Upkeep, reason_of
from agent.upload import Receipt
from agent.view import Side, Stage, Summary
from session import messages
from session.consent import Consent, State
from session.errors import ByleaveError, LimitExceeded, ProtocolViolation
from session.keys import PrivateKey, PublicKey, session_id
from session.link import ssh
from session.messages import Answer, Capability, Hold, Reason

_log = logging.getLogger("byleave.session")

WAITING_LIMIT = 1000
WIDENING = frozenset({"allowed", "more-allowed", "renewed"})
RUNNING = frozenset({State.ACTIVE, State.ASKING_MORE})

Step = Callable[[], list[actions.Action]]


class Host:
    """Hosts one session.

    Args:
        kit: the surroundings.
        adopted: the organisation.
        way: where the technician is.
        session_key: fresh for this session.
        admission: decides about the technician's certificate.
        client: with the relay's address as its base.
    """

    def __init__(
        self,
        kit: Kit,
        adopted: Adopted,
        way: Way,
        session_key: PrivateKey,
        admission: Admission,
        client: httpx.AsyncClient,
    ) -> None:
        self._kit = kit
        self._adopted = adopted
        self._token = way.token
        self._session_key = session_key
        self._admission = admission
        self._client = client
        self._loop = asyncio.get_running_loop()
        self._conversation = Conversation()
        self._pages = Pages(kit, adopted.profile)
        self._steps: asyncio.Queue[Step] = asyncio.Queue(WAITING_LIMIT)
        self._line = TechnicianLine(self._loop, self._fail)
        self._plane: DataPlane | None = None
        self._group = asyncio.TaskGroup()
        self._link = LinkKeeper(adopted, way, session_key, admission, client, kit.clock)
        self._upkeep = Upkeep(
            kit.clock,
            self._link,
            60.0 * adopted.profile.spool_minutes,
            Orders(
                tick=self._tick,
                freeze=lambda: self._hold(Hold.EVIDENCE),
                thaw=self._thaw,
                revoked=lambda: self._later(lambda: self._conversation.end(Reason.REVOKED, kit.clock())),
                failed=self._fail,
            ),
        )
        self._owed = 0
        self._stopped = self.forgotten = False
        self.spare: Callable[[], float | None] = lambda: None
        self._over = asyncio.Event()
        self._reason = Reason.LINK_LOST
        self._trouble: ByleaveError | None = None
        self._shown = Consent()
        self._countersigned = Countersigned()

    @property
    def sid(self) -> str:
        """The session's name."""
        return session_id(PublicKey.of(self._session_key))

    @property
    def over(self) -> bool:
        """Tell whether nothing goes on any more but the upload."""
        return self._over.is_set()

    def forget(self) -> None:
        """The person has closed the summary: show nothing more of this session."""
        self.forgotten = self._pages.closed = True

    # from other threads

    def stop(self) -> None:
        """Stop means stop: when this returns nothing acts and no picture is made; the rest follows."""
        self._stopped = True
        plane = self._plane
        if plane is not None:
            plane.shut()
        self._from_outside(lambda: self._conversation.end(Reason.STOPPED, self._kit.clock()))

    def answer(self, number: int, granted: frozenset[Capability], minutes: int) -> None:
        """The person allows."""
        self._from_outside(lambda: self._conversation.answer(number, granted, minutes, self._kit.clock()))

    def deny(self, number: int, how: Answer) -> None:
        """The person does not allow."""
        self._from_outside(lambda: self._conversation.deny(number, how, self._kit.clock()))

    def hold(self, paused: bool) -> None:
        """The person pauses, or goes on."""
        if paused:
            self._loop.call_soon_threadsafe(self._hold, Hold.PERSON)
        else:
            self._from_outside(lambda: self._conversation.free(Hold.PERSON))

    def withdraw(self, capability: Capability) -> None:
        """The person takes one capability back."""
        step = partial(self._conversation.withdraw, capability, self._kit.clock())
        self._loop.call_soon_threadsafe(self._narrow, step)

    def chat(self, text: str) -> None:
        """The person writes a line."""
        self._from_outside(lambda: self._say_chat(text))

    def _from_outside(self, step: Step) -> None:
        self._loop.call_soon_threadsafe(self._later, step)

    def _later(self, step: Step) -> None:
        try:
            self._steps.put_nowait(step)
        except asyncio.QueueFull:
            # Only a technician's flood fills it, and a flood ends the session.
            self._fail(LimitExceeded("too many messages wait"))

    def _hold(self, hold: Hold) -> None:
        self._narrow(lambda: self._conversation.hold(hold, self._kit.clock()))

    def _narrow(self, step: Step) -> None:
        """Take something away: it is off now, whatever else waits to be done; the rest follows in turn."""
        wanted = step()
        try:
            self._obey()
        except ByleaveError as error:
            self._fail(error)
        self._later(lambda: wanted)

    # the session's life

    async def run(self) -> Summary | None:
        """Host the session until it is over; return what happened, None if nothing was requested.

        Raises:
            ByleaveError: it ended before there was anything to record.
        """
        try:
            async with self._group:
                tasks = [self._group.create_task(work()) for work in (self._act, self._keep_link)]
                tasks += self._upkeep.start(self._group)
                await self._over.wait()
                if self._plane is not None:
                    await self._plane.finish(self._reason, linked=self._link.up)
                for task in tasks:
                    task.cancel()
                self._line.close()
        finally:
            # However it ends, also by a mistake of ours: nothing acts on afterwards.
            self._stopped = True
            if self._plane is not None:
                self._plane.shut()
        if self._plane is None and self._trouble is not None:
            raise self._trouble
        return self._pages.summary

    async def _keep_link(self) -> None:
        """Serve the technician until nobody comes back."""
        makers: dict[str, ssh.Make] = {
            messages.CONTROL_SUBSYSTEM: lambda: self._line.control(self._received, self._control_opened),
            messages.SCREEN_SUBSYSTEM: lambda: self._line.screen(self._take_screen, self._screen_opened),
        }
        try:
            await self._link.keep(makers, self._line.connected, self._link_lost)
        except ByleaveError as error:
            self._fail(error)

    def _link_lost(self) -> bool:
        """Hold the session still; tell whether it is worth meeting again."""
        if self._conversation.consent.state not in RUNNING:
            if self._plane is not None:
                self._plane.evidence.expect_countersignatures(False)
            return False
        self._hold(Hold.LINK)
        return True

    def _control_opened(self) -> None:
        self._link.opened()
        self._pages.technician_is(self._admission.certificate)
        if self._plane is None:
            self._pages.connecting(Stage.REQUEST)
            return
        evidence = self._plane.evidence
        self._line.again(evidence.recent(), evidence.place)
        self._owed = evidence.length
        self._later(self._paid)

    def _paid(self) -> list[actions.Action]:
        """After a lost link nothing goes on before the log has what was made until then."""
        plane = self._plane
        if plane is None or not self._link.up or plane.evidence.owes(self._owed):
            return []
        return self._conversation.free(Hold.LINK)

    def _screen_opened(self) -> None:
        if self._plane is not None:
            self._plane.screen_opened()

    def _tick(self, now: float) -> None:
        if self._conversation.due(now):
            self._later(lambda: self._conversation.tick(self._kit.clock()))
        self._line.tick(now)

    def _thaw(self) -> None:
        if Hold.EVIDENCE in self._conversation.consent.holds:
            self._later(lambda: self._conversation.free(Hold.EVIDENCE))

    def _fail(self, error: Exception) -> None:
        """Something ended the session; only the first reason counts."""
        if self._over.is_set():
            return
        _log.warning("= %s: %s", type(error).__name__, error)
        if isinstance(error, ByleaveError) and self._trouble is None:
            self._trouble = error
        reason = reason_of(error)
        if self._conversation.consent.state is State.IDLE:
            self._end_with(reason)
        else:
            self._group.create_task(self._carry_out(self._conversation.end(reason, self._kit.clock())))

    def _end_with(self, reason: Reason) -> None:
        if not self._over.is_set():
            self._reason = reason
            self._over.set()

    # messages

    def _received(self, message: messages.FromTechnician) -> None:
        if not isinstance(message, messages.Input) or self._conversation.request is None:
            self._later(lambda: self._conversation.take(message, self._kit.clock()))
        elif self._plane is None:
            self._line.refuse(str(type(message).__struct_config__.tag), "not-granted")
        else:
            self._plane.take(message)

    def _take_screen(self, message: messages.ScreenIn) -> None:
        if self._plane is not None:
            self._plane.take_screen(message)

    def _say_chat(self, text: str) -> list[actions.Action]:
        if self._plane is None or self._conversation.consent.state not in RUNNING:
            return []
        self._plane.chat(Side.PERSON, text)
        return [actions.Say(messages.Chat(text))]

    # actions

    async def _act(self) -> None:
        while True:
            step = await self._steps.get()
            try:
                wanted = step()
            except ByleaveError as error:
                self._fail(error)
            else:
                await self._carry_out(wanted)

    async def _carry_out(self, wanted: list[actions.Action]) -> None:
        """Carry out what follows from one step, in order."""
        try:
            self._obey()
            for place, action in enumerate(wanted):
                await self._do(action, wanted[place + 1 :])
                if isinstance(action, actions.Record) and action.event in WIDENING:
                    break
            self._obey()
        except ByleaveError as error:
            if self._conversation.consent.state is not State.ENDED:
                self._fail(error)
                return
            _log.warning("= at the end: %s: %s", type(error).__name__, error)
            self._end_with(self._conversation.consent.reason or reason_of(error))
        self._pages.show(self._conversation, self._link.up)

    def _obey(self) -> None:
        """Have gate, screencast and technician follow the consent as far as it is countersigned."""
        consent = self._countersigned.counting(self._conversation.consent)
        if consent == self._shown:
            return
        self._shown = consent
        plane = self._plane
        if plane is not None:
            plane.obey(consent)
        self._line.status(consent, self._kit.clock(), recorded=plane is not None and plane.recording)

    async def _do(self, action: actions.Action, rest: list[actions.Action]) -> None:
        match action:
            case actions.Say(message):
                self._line.say(message)
            case actions.Open():
                await self._open()
            case actions.Ask(pending):
                self._pages.ask(pending, self._conversation)
            case actions.Withdraw() | actions.Inject():
                pass
            case actions.Finish(reason):
                self._end_with(reason)
            case _:
                await self._write(action, rest)

    async def _write(
        self,
        action: actions.Record | actions.Countersign | actions.Hear | actions.TellFacts,
        rest: list[actions.Action],
    ) -> None:
        """Do what needs the evidence."""
        plane = self._plane
        if plane is None:
            raise ProtocolViolation("there is no evidence yet")
        match action:
            case actions.Record():
                seq = await plane.write_consent(action)
                if action.event in WIDENING:
                    self._countersigned.expect(seq, self._conversation.consent, rest)
            case actions.Countersign(seq, signature):
                await plane.evidence.countersign(seq, signature)
                # The technician hears the answer before anything that it allows.
                for follows in self._signed(plane.evidence, seq):
                    await self._do(follows, [])
            case actions.Hear(text):
                plane.chat(Side.TECHNICIAN, text)
            case actions.TellFacts():
                await plane.tell_facts()

    def _signed(self, evidence: Evidence, seq: int) -> list[actions.Action]:
        return self._countersigned.signed(seq) if evidence.is_countersigned(seq) else []

    async def _open(self) -> None:
        """An authenticated request is evidence, whatever becomes of it."""
        certificate, request = self._admission.certificate, self._conversation.request
        if certificate is None or request is None:
            raise ProtocolViolation("a request without a certificate")
        self._pages.connecting(Stage.OPENING)
        kit = self._kit
        parties = Parties(
            kit.home, self._adopted, certificate, self._session_key, self._token, kit.words.language
        )
        evidence = Evidence(parties, self._line.statement, self._logged)
        self.spare = lambda: None if self.over else evidence.spare(0.0)
        await evidence.open(request, self._client, self._group)
        self._plane = DataPlane(self._kit, evidence, self._line, self._pages, self._fail)
        self._upkeep.evidence = evidence
        if self._stopped:
            self._plane.shut()

    def _logged(self, seq: int, receipt: Receipt) -> None:
        self._line.say(messages.StatementLogged(seq, receipt.index))
        if seq == 0:
            self._later(self._opened)
        if Hold.LINK in self._conversation.consent.holds:
            self._later(self._paid)

    def _opened(self) -> list[actions.Action]:
        if self._conversation.consent.state is not State.OPENING:
            return []
        return self._conversation.opened(self._kit.clock())
