"""A person's end without windows and network: conversation, gate and recorder, wired as the host wires them.

Beside them a book is kept that knows nothing of states: what the person said yes
to, what was taken back, and what stands in the way. It is the judge of what the
hostile technician achieved.
"""

from dataclasses import dataclass, field

from agent.actions import Action, Ask, Finish, Hear, Inject, Open, Pending, Record, TellFacts, Withdraw
from agent.conversation import Conversation
from agent.recorder import Recorder
from agent.view import Asks
from session import messages
from session.consent import INPUT
from session.errors import ProtocolViolation
from session.messages import Answer, Capability, Hold, Reason
from tests.agent.guarded import Guarded

WIDENING = {"allowed", "more-allowed", "renewed"}


@dataclass
class Book:
    """What the person said, and what stands in the way.

    Attributes:
        yes: all that is allowed.
        until: when the lease ends.
        question: what the person sees and has not answered.
        holds: what holds the session.
        over: whether it has ended.
    """

    yes: frozenset[Capability] = frozenset()
    until: float = 0.0
    question: Pending | None = None
    holds: set[Hold] = field(default_factory=set)
    over: bool = False

    def allows(self, capability: Capability, now: float) -> bool:
        """Tell whether the person's word covers this now."""
        if self.over or self.holds or now >= self.until or capability not in self.yes:
            return False
        return not (self.question and capability in INPUT)

    def take_back(self, capability: Capability) -> None:
        """Note that one thing is over; who does not see does not control either."""
        self.yes -= {capability}
        if Capability.VIEW not in self.yes:
            self.yes -= {Capability.CONTROL}


class PersonsEnd:
    """One session's person's end.

    Args:
        recorder: as yet closed.
    """

    def __init__(self, recorder: Recorder) -> None:
        self.now = 1000.0
        self.talk = Conversation()
        self.recorder = recorder
        self.guard = Guarded(recorder)
        self.book = Book()
        self.opening = False
        self.violated = False
        self.told: list[Action] = []
        self.guard.noted.before = self._acts
        self.wrong: list[str] = []
        self.guard.gate.start()

    def _acts(self, act: tuple[object, ...]) -> None:
        if not self.book.allows(Capability.CONTROL, self.now):
            self.wrong.append(f"{act} acted without leave")
        if not self.recorder.recording:
            self.wrong.append(f"{act} acted without a recording")

    # the technician

    def receive(self, message: messages.FromTechnician) -> None:
        """Take what the technician sent, as the host does."""
        if self.violated:
            return
        if isinstance(message, messages.Input) and self.talk.request is not None:
            self.guard.gate.take(message)
            return
        leave = {each for each in Capability if self.talk.consent.may(each, self.now)}
        try:
            actions = self.talk.take(message, self.now)
        except ProtocolViolation:
            self.violated = True
            actions = self.talk.end(Reason.VIOLATION, self.now)
        if isinstance(message, messages.GiveBack):
            self.book.take_back(message.capability)
        self.carry_out(actions)
        wider = {each for each in Capability if self.talk.consent.may(each, self.now)} - leave
        # Withdrawing an open question lets input go on that had only waited for it.
        if wider - set(INPUT) or (wider and not isinstance(message, messages.GiveBack)):
            self.wrong.append(f"{message!r} widened {sorted(wider)}")

    def carry_out(self, actions: list[Action]) -> None:
        """Do what follows, in order; narrowing first, widening last."""
        self.told += actions
        widens = any(isinstance(action, Record) and action.event in WIDENING for action in actions)
        if any(isinstance(action, Finish) for action in actions):
            self.book.over = True
        if any(isinstance(action, Withdraw) for action in actions):
            self.book.question = None
        if not widens:
            self.guard.gate.set(self.talk.consent)
        for action in actions:
            self._do(action)
        self.guard.gate.set(self.talk.consent)

    def _do(self, action: Action) -> None:
        match action:
            case Open():
                self.opening = True
            case Ask(pending):
                self.book.question = pending
            case Record(event="allowed"):
                self.recorder.start()
            case Inject():
                self.wrong.append("input went past the gate")
            case TellFacts():
                if not self.book.allows(Capability.SYSTEM_INFO, self.now):
                    self.wrong.append("facts were told without leave")
            case Hear(text):
                # Raises if it could not be recorded.
                self.recorder.event("chat", **{"from": "technician", "text": text})
            case _:
                pass

    # the person

    def opened(self) -> None:
        """The log has the `open` statement."""
        if self.opening and not self.book.over:
            self.opening = False
            self.carry_out(self.talk.opened(self.now))

    def allow(self, granted: frozenset[Capability], minutes: int) -> None:
        """The person allows some of what is asked."""
        question = self.book.question
        if question is None:
            return
        granted &= question.capabilities
        actions = self.talk.answer(question.number, granted, minutes, self.now)
        if granted and any(isinstance(action, Record) and action.event in WIDENING for action in actions):
            match question.asks:
                case Asks.FIRST:
                    self.book.yes, self.book.until = granted, self.now + 60 * minutes
                case Asks.MORE:
                    self.book.yes |= granted
                case Asks.RENEW:
                    self.book.until = self.now + 60 * minutes
                    self.book.holds.discard(Hold.LEASE)
        self.carry_out(actions)

    def deny(self, how: Answer) -> None:
        """The person does not allow."""
        if self.book.question is not None:
            self.carry_out(self.talk.deny(self.book.question.number, how, self.now))

    def withdraw(self, capability: Capability) -> None:
        """The person takes one thing back."""
        self.book.take_back(capability)
        if not self.violated and not self.book.over:
            self.carry_out(self.talk.withdraw(capability, self.now))

    def hold(self, hold: Hold) -> None:
        """Something holds the session."""
        actions = self.talk.hold(hold, self.now)
        if hold in self.talk.consent.holds:
            self.book.holds.add(hold)
        self.carry_out(actions)

    def free(self, hold: Hold) -> None:
        """It holds no more."""
        self.carry_out(self.talk.free(hold))
        if not self.book.over:
            self.book.holds.discard(hold)

    def stop(self) -> None:
        """Stop."""
        self.guard.gate.shut()
        self.carry_out(self.talk.end(Reason.STOPPED, self.now))
        self.book.over = True

    def pass_time(self, seconds: float) -> None:
        """Let time pass."""
        self.now += seconds
        self.guard.now = self.now
        actions = self.talk.tick(self.now)
        if Hold.LEASE in self.talk.consent.holds:
            self.book.holds.add(Hold.LEASE)
        self.carry_out(actions)

    # the judge

    def judge(self) -> list[str]:
        """Wait until everything has acted, and return what was wrong."""
        self.guard.settle()
        for capability in Capability:
            may = self.guard.gate.may(capability)
            if may and not self.book.allows(capability, self.now):
                self.wrong.append(f"{capability} is open without leave")
            if self.talk.consent.may(capability, self.now) != self.book.allows(capability, self.now):
                self.wrong.append(f"conversation and book differ about {capability}")
        return self.wrong
