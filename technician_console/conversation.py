"""What the console knows of the person's leave, from the messages alone: PROTOCOL.md, sections 5 and 7.

Without I/O. The agent decides; the console only believes it. But what no honest
agent says here is refused, so that a technician never acts on a leave that was
not asked for.

Laws of this file:
    1. Nothing is granted before the person was asked, and nothing that was not asked for.
    2. Pictures and facts before leave are a fault of the other end, not a gift.
    3. Input may be sent only while control is granted, nothing holds and no question is open.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

from session.errors import ProtocolViolation
from session.messages import (
    Answer,
    Answered,
    Asking,
    Capability,
    Chat,
    Ended,
    Facts,
    Hold,
    Reason,
    Refusal,
    Request,
    Standing,
    Status,
)

ASK_SECONDS = 60.0
CHAT_KEPT = 500
"""Lines of chat that the window gets; the recording has them all."""

Said: TypeAlias = Asking | Answered | Status | Refusal | Facts | Chat | Ended


class Phase(StrEnum):
    """How far the conversation has come."""

    REQUESTED = "requested"
    ASKING = "asking"
    ACTIVE = "active"
    DENIED = "denied"
    ENDED = "ended"


@dataclass(frozen=True, repr=False)
class Line:
    """A line of chat; `when` is in seconds since 1970."""

    mine: bool
    when: float
    text: str


@dataclass
class Conversation:
    """One session's conversation, seen from the technician's side.

    Args:
        request: what was asked for at first.

    Attributes:
        phase: how far it has come.
        standing: the banner's word, as the agent says it.
        granted: what is granted now.
        ever_granted: what was granted at any time.
        wanted: what was asked for at any time.
        pending: what the person is being asked for now, or will be in a moment.
        answers: the latest answers that were not a yes.
        holds: what holds the session, as the agent says it.
        asked_until: when the first question runs out, on the clock of `take`.
        lease_end: when the lease ends, on the same clock.
        recorded: whether the agent says that it records.
        notice: the latest message that had no effect, numbered from 1.
        reason: how it ended.
    """

    request: Request
    phase: Phase = Phase.REQUESTED
    standing: Standing = Standing.WAITING
    granted: frozenset[Capability] = frozenset()
    ever_granted: frozenset[Capability] = frozenset()
    wanted: frozenset[Capability] = frozenset()
    pending: frozenset[Capability] = frozenset()
    answers: dict[Capability, Answer] = field(default_factory=dict)
    holds: frozenset[Hold] = frozenset()
    asked_until: float = 0.0
    lease_end: float = 0.0
    recorded: bool = False
    notice: tuple[int, Refusal] | None = None
    facts: tuple[tuple[str, str], ...] = ()
    chat: list[Line] = field(default_factory=list)
    reason: Reason | None = None

    def __post_init__(self) -> None:
        """What the request asks for is wanted."""
        self.wanted |= frozenset(self.request.capabilities)

    # what the technician does

    def ask(self, capability: Capability) -> bool:
        """Note that one more thing is asked for; tell whether asking makes sense now."""
        if self.phase is not Phase.ACTIVE or self.pending or capability in self.granted:
            return False
        self.wanted |= {capability}
        self.pending = frozenset({capability})
        self.answers.pop(capability, None)
        return True

    def said(self, text: str, when: float) -> None:
        """Note a line of the technician's own."""
        self._chat(Line(True, when, text))

    def interrupted(self) -> None:
        """The link is lost: a question for more is withdrawn by the other end, and its answer is lost."""
        self.pending = frozenset()

    @property
    def controlling(self) -> bool:
        """Whether input may be sent."""
        granted = self.phase is Phase.ACTIVE and Capability.CONTROL in self.granted
        return granted and not self.holds and not self.pending

    @property
    def viewing(self) -> bool:
        """Whether pictures may be shown."""
        return self.phase is Phase.ACTIVE and Capability.VIEW in self.granted

    # what the person's agent says

    def take(self, message: Said, now: float, wall: float) -> None:
        """Take a message.

        Args:
            message: what was said.
            now: seconds of a clock that only goes forward.
            wall: seconds since 1970.

        Raises:
            ProtocolViolation: no honest agent says this here.
        """
        if self.phase is not Phase.ENDED:
            self._heard(message, now, wall)

    def _heard(self, message: Said, now: float, wall: float) -> None:
        match message:
            case Asking(capability):
                self._asking(capability, now)
            case Answered():
                self._answered(message, now)
            case Status():
                self._status(message, now)
            case Refusal():
                self._refused(message)
            case Facts(facts):
                self._facts(facts)
            case Chat(text):
                self._chat(Line(False, wall, text))
            case Ended(reason):
                self.phase, self.reason = Phase.ENDED, reason
                self.granted, self.pending = frozenset(), frozenset()

    def picture(self) -> None:
        """A picture has come.

        Raises:
            ProtocolViolation: nobody has ever allowed one.
        """
        if Capability.VIEW not in self.ever_granted:
            raise ProtocolViolation("a picture before leave")

    def _asking(self, capability: Capability | None, now: float) -> None:
        match self.phase:
            case Phase.REQUESTED if capability is None:
                self.phase, self.asked_until = Phase.ASKING, now + ASK_SECONDS
            case Phase.ACTIVE if capability is None:
                # The lease is over and the person is asked to go on; the hold says so.
                self.asked_until = now + ASK_SECONDS
            case Phase.ACTIVE if capability in self.wanted:
                self.pending = frozenset({capability}) if capability else frozenset()
            case _:
                raise ProtocolViolation(f"a question that nobody asked, when {self.phase}")

    def _answered(self, message: Answered, now: float) -> None:
        match self.phase, message.capability:
            case Phase.ASKING, None:
                self._first_answer(message, now)
            case Phase.ACTIVE, None:
                self._grant(message.granted)
                self.lease_end = now + 60 * message.minutes
            case Phase.ACTIVE, Capability() as capability:
                self._grant(message.granted)
                self.pending -= {capability}
                if message.answer is not Answer.ALLOWED:
                    self.answers[capability] = message.answer
            case _:
                raise ProtocolViolation(f"an answer to no question, when {self.phase}")

    def _first_answer(self, message: Answered, now: float) -> None:
        if message.answer is not Answer.ALLOWED:
            if message.granted:
                raise ProtocolViolation("a refusal that grants something")
            self.phase, self.reason = Phase.DENIED, Reason(message.answer)
            return
        if not message.granted:
            raise ProtocolViolation("an answer that allows nothing")
        self.phase = Phase.ACTIVE
        self._grant(message.granted)
        self.lease_end = now + 60 * message.minutes
        self.answers = {
            capability: Answer.REFUSED for capability in self.wanted if capability not in self.granted
        }

    def _status(self, message: Status, now: float) -> None:
        if self.phase is not Phase.ACTIVE:
            if message.granted:
                raise ProtocolViolation(f"something is granted when {self.phase}")
            return
        self._grant(message.granted)
        self.standing, self.holds, self.recorded = (
            message.standing,
            frozenset(message.holds),
            message.recorded,
        )
        self.lease_end = now + message.seconds_left

    def _grant(self, granted: tuple[Capability, ...]) -> None:
        now = frozenset(granted)
        if not now <= self.wanted:
            raise ProtocolViolation("something is granted that was never asked for")
        self.granted = now
        self.ever_granted |= now
        for capability in now:
            self.answers.pop(capability, None)

    def _refused(self, message: Refusal) -> None:
        if message.what == "ask-more":
            self.pending = frozenset()
        number = self.notice[0] + 1 if self.notice else 1
        self.notice = (number, message)

    def _facts(self, facts: tuple[tuple[str, str], ...]) -> None:
        if Capability.SYSTEM_INFO not in self.ever_granted:
            raise ProtocolViolation("facts before leave")
        self.facts = facts

    def _chat(self, line: Line) -> None:
        self.chat.append(line)
        del self.chat[:-CHAT_KEPT]
