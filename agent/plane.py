"""The data plane of one session: everything that is recorded, acts, or leaves this computer.

It exists from the `open` statement on, and moves nothing before the person's
leave is recorded. The host tells it the consent; it obeys, and closes.
"""

import asyncio
import logging
from collections.abc import Callable

from agent import history
from agent.actions import Record
from agent.backlog import settle
from agent.capture.watching import Watching
from agent.evidence import Evidence
from agent.gate import Gate
from agent.kit import Kit
from agent.pages import Pages
from agent.screencast import Screencast
from agent.technician import TechnicianLine
from agent.view import Deeds, Recording, Side
from session import messages
from session.consent import Consent
from session.errors import ByleaveError
from session.messages import Capability, Reason

_log = logging.getLogger("byleave.plane")

COUNTERSIGN_SECONDS = 2.0
FINISH_SECONDS = 10.0


class DataPlane:
    """Evidence, gate and screencast of one session; called in the event loop's thread, but `shut`.

    Args:
        kit: the surroundings.
        evidence: with its `open` made.
        line: to the technician.
        pages: what the person sees.
        failed: is told, in the event loop, what ends the session.
    """

    def __init__(
        self,
        kit: Kit,
        evidence: Evidence,
        line: TechnicianLine,
        pages: Pages,
        failed: Callable[[Exception], None],
    ) -> None:
        self._kit = kit
        self._line = line
        self._pages = pages
        self._loop = asyncio.get_running_loop()
        self._failed = failed
        self._stopped = False
        self.evidence = evidence
        watching = Watching(kit.desktop.roster)
        self._gate = Gate(
            evidence.recorder,
            kit.windows.own_windows,
            kit.clock,
            lambda what, why: self._soon(self._refused, what, why),
            lambda error: self._soon(failed, error),
            watching,
        )
        self._screencast = Screencast(
            kit.desktop,
            watching,
            evidence.recorder,
            lambda: self._gate.may(Capability.VIEW),
            lambda message: self._soon(self._show, message),
            lambda error: self._soon(failed, error),
        )
        flow = self._screencast.flow
        line.round_trip, line.rate, evidence.spare = flow.round_trip, flow.rate, flow.spare
        evidence.sent = lambda: self._screencast.sent
        self._gate.start()

    def _soon(self, call: Callable[..., None], *values: object) -> None:
        self._loop.call_soon_threadsafe(call, *values)

    def _show(self, message: messages.ScreenOut) -> None:
        """Send a picture, unless the leave has ended since it was recorded."""
        if self._gate.may(Capability.VIEW):
            self._line.show(message)
        else:
            # Nobody saw it: the next one must not depend on it, nor wait for its acknowledgement.
            if isinstance(message, messages.Frame):
                self._screencast.flow.withdrawn(message.number)
            self._screencast.want_key()

    def shut(self) -> None:
        """End every effect and every picture, for good and at once; from any thread."""
        self._stopped = True
        self._gate.shut()

    def obey(self, consent: Consent) -> None:
        """Follow this consent from now on."""
        if not self._stopped:
            self._gate.set(consent)
        self._screencast.poke()
        if self.recording:
            fields = {"standing": consent.standing(), "granted": sorted(consent.granted)}
            self.record("standing", {**fields, "holds": sorted(consent.holds)})

    @property
    def recording(self) -> bool:
        """Tell whether the recorder takes what happens."""
        return self.evidence.recorder.recording

    def record(self, kind: str, fields: dict[str, object], *, sensitive: bool = False) -> None:
        """Record an event, or raise `RecorderFailed`."""
        self.evidence.recorder.event(kind, sensitive=sensitive, **fields)

    async def write_consent(self, record: Record) -> int:
        """Record an answer and return its statement's number; after the first yes the pictures may leave.

        Raises:
            RecorderFailed: the disk does not take it.
        """
        seq = await self.evidence.consent(record, self._pages.text)
        self._pages.granted(record)
        if record.event == "allowed":
            self._screencast.start()
        return seq

    def take(self, message: messages.Input) -> None:
        """Take the technician's input to the gate."""
        self._gate.take(message)

    def take_screen(self, message: messages.ScreenIn) -> None:
        """Take what the technician says of the pictures."""
        match message:
            case messages.FrameAck(number):
                self._screencast.flow.acknowledge(number)
            case messages.KeyFrameWanted():
                self._screencast.want_key()
            case messages.WatchMonitors(numbers):
                self._screencast.watch(numbers)

    def screen_opened(self) -> None:
        """The screen channel is there, or there again."""
        self._screencast.flow.start_anew()
        self._screencast.want_key()

    def chat(self, side: Side, text: str) -> None:
        """Record and show a line of chat, or raise `RecorderFailed`."""
        self.record("chat", {"from": str(side), "text": text})
        self._pages.chat(side, text)

    async def tell_facts(self) -> None:
        """Collect the system facts, record them, and send them if that is still allowed."""
        facts = await asyncio.to_thread(self._gate.facts)
        if facts is not None:
            self.record("facts", {"facts": [list(pair) for pair in facts]}, sensitive=True)
            if self._gate.may(Capability.SYSTEM_INFO):
                self._pages.told_facts()
                self._line.say(messages.Facts(facts))
                return
        self._line.refuse("facts-wanted", "held")

    def _refused(self, what: str, why: str) -> None:
        if self._line.refuse(what, why) and self.recording:
            try:
                self.record("refusal", {"what": what, "why": why})
            except ByleaveError as error:
                self._failed(error)

    async def finish(self, reason: Reason, *, linked: bool) -> None:
        """Close gate, screen, recording and chain; tell the technician; bring the rest to the log.

        Args:
            reason: why it is over.
            linked: whether the technician is there to countersign.
        """
        await asyncio.to_thread(self._gate.close)
        await asyncio.to_thread(self._screencast.close)
        self._pages.finish(reason, Deeds(clicks=self._gate.clicks, keys=self._gate.keys))
        self._pages.recording(Recording.UPLOADING, can_save=False)
        await self._close_evidence(reason, linked=linked)
        self._line.say(messages.Ended(reason))
        stored = await self._stored()
        self.evidence.abandon()
        self._write_history(reason, stored=stored)
        self._pages.recording(Recording.STORED if stored else Recording.SAVED, can_save=True)

    async def _stored(self) -> bool:
        if not self.evidence.storable:
            return False
        try:
            async with asyncio.timeout(FINISH_SECONDS):
                await self.evidence.complete.wait()
        except TimeoutError:
            return False
        await asyncio.to_thread(settle, self.evidence.spool)
        return True

    async def _close_evidence(self, reason: Reason, *, linked: bool) -> None:
        try:
            await self.evidence.cut(last=True)
        except ByleaveError as error:
            _log.error("= the last segment: %s", error)
        try:
            await self.evidence.close(reason, self.evidence.recorder.gap)
            if linked:
                async with asyncio.timeout(COUNTERSIGN_SECONDS):
                    await self.evidence.close_countersigned()
        except TimeoutError:
            _log.info("= closed by the agent alone")
        except ByleaveError as error:
            # The spool stays, and the next start closes it as recovered.
            _log.error("= the close: %s", error)
        self.evidence.expect_countersignatures(False)

    def _write_history(self, reason: Reason, *, stored: bool) -> None:
        summary = self._pages.summary
        if summary is None or summary.technician is None:
            return
        began = round(summary.began.timestamp() * 1000)
        entry = history.Entry(
            sid=self.evidence.spool.sid,
            began=began,
            ended=began + summary.seconds * 1000,
            technician=summary.technician.name,
            number=summary.technician.number,
            organisation=summary.technician.organisation,
            reason=reason,
            granted=tuple(sorted(summary.granted)),
            statements=len(self.evidence.spool.statements()),
            stored=stored,
            frames_recorded=self.evidence.recorder.frames,
            frames_sent=self._screencast.sent,
            input_applied=self._gate.applied,
        )
        try:
            history.append(self._kit.home.folder / "history.jsonl", entry)
        except ByleaveError as error:
            _log.error("= the history: %s", error)
