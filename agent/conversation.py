"""What is said about leave: messages, answers and time in, actions out. PROTOCOL.md, sections 5 and 7.

Without I/O: the host carries the actions out, in order. What a state does not
allow is refused to the technician in words, or, where only a broken program
could say it, ends the session.
"""

from typing import get_args

from agent.actions import (
    Action,
    Ask,
    Countersign,
    Finish,
    Hear,
    Inject,
    Open,
    Pending,
    Record,
    Say,
    TellFacts,
    Withdraw,
)
from agent.view import ANSWER_SECONDS, Asks
from session import consent, messages
from session.consent import Consent, State, lasting
from session.errors import ProtocolViolation
from session.messages import Answer, Capability, Hold, Reason
from session.statements import ConsentEvent

SUPPORTED = frozenset({Capability.VIEW, Capability.CONTROL, Capability.SYSTEM_INFO})
"""What this agent can do; nothing else is ever asked of the person."""

PAUSE_BETWEEN_QUESTIONS = 5.0

CHAT_BURST = 10
"""So many lines of the technician's are taken at once, after a silence."""

CHAT_SECONDS = 1.0
"""After those, one line in so many seconds."""


class Conversation:
    """One session's conversation about leave.

    Attributes:
        consent: what is allowed now.
        request: what the technician asked for at first.
        pending: the open question.
    """

    def __init__(self) -> None:
        self.consent = Consent()
        self.request: messages.Request | None = None
        self.pending: Pending | None = None
        self.minutes = 0
        self._numbers = 0
        self._answered_at = -PAUSE_BETWEEN_QUESTIONS
        self._chat_paid = -CHAT_BURST * CHAT_SECONDS

    # the technician

    def take(self, message: messages.FromTechnician, now: float) -> list[Action]:
        """Take a message of the technician's; `now` is in seconds of the boot-time clock.

        Raises:
            ProtocolViolation: no honest console says this here.
        """
        if self.request is None and not isinstance(message, messages.Request):
            raise ProtocolViolation(f"{type(message).__name__} before the request")
        match message:
            case messages.Request():
                return self._requested(message)
            case messages.AskMore(capability):
                return self._more(capability, now)
            case messages.GiveBack(capability):
                return self._given_back(capability, now)
            case messages.Leave():
                return self.left(now)
            case messages.FactsWanted():
                return self._facts(now)
            case messages.Chat() | messages.Ping() | messages.Pong() | messages.Countersigned():
                return self._talk(message, now)
            case _:
                return [Inject(message)]

    def _talk(
        self, message: messages.Chat | messages.Ping | messages.Pong | messages.Countersigned, now: float
    ) -> list[Action]:
        match message:
            case messages.Countersigned(seq, signature):
                return [Countersign(seq, signature)]
            case messages.Chat(text):
                if self.consent.state not in {State.ACTIVE, State.ASKING_MORE}:
                    return [_refuse("chat", "not-recorded")]
                return [Hear(text)] if self._may_chat(now) else [_refuse("chat", "too-fast")]
            case messages.Ping(number):
                return [Say(messages.Pong(number))]
            case messages.Pong():
                return []

    def _may_chat(self, now: float) -> bool:
        """Take one line more, unless there were too many of late."""
        # Each line is paid for with its seconds; a silence saves up no more than one burst.
        paid = max(self._chat_paid, now - CHAT_BURST * CHAT_SECONDS)
        if paid + CHAT_SECONDS > now:
            return False
        self._chat_paid = paid + CHAT_SECONDS
        return True

    def _facts(self, now: float) -> list[Action]:
        if self.consent.may(Capability.SYSTEM_INFO, now):
            return [TellFacts()]
        return [_refuse("facts-wanted", self.why_not(Capability.SYSTEM_INFO))]

    def why_not(self, capability: Capability) -> str:
        """Return the word of PROTOCOL.md, section 5, for what stands in the way."""
        granted = capability in self.consent.granted
        return "held" if granted and self.consent.state is not State.ENDED else "not-granted"

    def _requested(self, message: messages.Request) -> list[Action]:
        asked = frozenset(message.capabilities) & SUPPORTED
        if not asked:
            raise ProtocolViolation("nothing was requested that this agent can do")
        self._step(consent.Requested(asked))
        self.request = message
        return [Open()]

    def opened(self, now: float) -> list[Action]:
        """The `open` statement is countersigned and in the log: ask the person."""
        self._step(consent.Opened())
        minutes = self.request.minutes if self.request else 30
        return self._ask(Asks.FIRST, self.consent.asked, minutes, now)

    def _more(self, capability: Capability, now: float) -> list[Action]:
        if self.consent.state is not State.ACTIVE or now - self._answered_at < PAUSE_BETWEEN_QUESTIONS:
            return [_refuse("ask-more", "busy")]
        if capability not in SUPPORTED:
            return [_refuse("ask-more", "no-effect")]
        if capability in self.consent.granted:
            return [self._answered(Answer.ALLOWED, capability)]
        if capability not in lasting(self.consent.granted | {capability}):
            return [_refuse("ask-more", "not-granted")]
        if self.consent.holds:
            return [_refuse("ask-more", "held")]
        self._step(consent.MoreRequested(capability))
        return self._ask(Asks.MORE, frozenset({capability}), self.minutes, now, capability)

    def _given_back(self, capability: Capability, now: float) -> list[Action]:
        pending = self.pending
        if pending and pending.asks is Asks.MORE and capability in pending.capabilities:
            return self.deny(pending.number, Answer.WITHDRAWN, now)
        return self.withdraw(capability, now)

    def left(self, now: float) -> list[Action]:
        """The technician leaves."""
        if self.consent.state is State.ASKING and self.pending:
            return self.deny(self.pending.number, Answer.WITHDRAWN, now)
        return self.end(Reason.LEFT, now)

    # the person

    def answer(self, number: int, granted: frozenset[Capability], minutes: int, now: float) -> list[Action]:
        """The person allows; an answer to a question that is over counts for nothing."""
        pending = self.pending
        if pending is None or pending.number != number or now >= pending.deadline + 1:
            return []
        granted &= pending.capabilities
        if pending.asks is Asks.FIRST:
            granted = lasting(granted)
        if not granted:
            return self.deny(number, Answer.REFUSED, now)
        lease_end = now + 60 * minutes
        event: ConsentEvent
        match pending.asks:
            case Asks.FIRST:
                self._step(consent.Allowed(granted, lease_end))
                self.minutes, event = minutes, "allowed"
            case Asks.MORE:
                self._step(consent.MoreAllowed())
                event = "more-allowed"
            case Asks.RENEW:
                self._step(consent.Renewed(lease_end))
                self.minutes, event = minutes, "renewed"
        self._close_question(now)
        return [
            Withdraw(),
            self._record(event, pending),
            Say(self._answered(Answer.ALLOWED, _only(pending)).message),
        ]

    def deny(self, number: int, how: Answer, now: float) -> list[Action]:
        """The question ends without leave: refused, timed out, or withdrawn by the technician."""
        pending = self.pending
        if pending is None or pending.number != number or how is Answer.ALLOWED:
            return []
        self._close_question(now)
        said = self._answered(how, _only(pending))
        match pending.asks:
            case Asks.FIRST:
                self._step(consent.Denied(how))
                record = self._record(_event(how), pending)
                return [Withdraw(), record, said, Finish(Reason(how))]
            case Asks.MORE:
                self._step(consent.MoreDenied(how))
                return [Withdraw(), self._record(_event(how, "more-"), pending), said]
            case Asks.RENEW:
                return [
                    Withdraw(),
                    self._record(_event(how, "more-"), pending),
                    *self.end(Reason.LEASE_ENDED, now),
                ]

    def withdraw(self, capability: Capability, now: float) -> list[Action]:
        """The person takes one capability back, or the technician gives it back; what needs it goes along."""
        before, pending, actions = self.consent.granted, self.pending, list[Action]()
        if capability not in before:
            return []
        if pending and capability in map(consent.NEEDS.get, pending.capabilities - before):
            actions = self.deny(pending.number, Answer.WITHDRAWN, now)
        self._step(consent.Revoked(capability))
        left = self.consent.granted
        actions.append(Record("revoked", before - left, left, self.minutes, now))
        return actions if left else [*actions, *self.end(Reason.STOPPED, now)]

    # circumstances

    def hold(self, hold: Hold, now: float) -> list[Action]:
        """Something holds the session still; a question about more is taken back."""
        if self.consent.state not in {State.ACTIVE, State.ASKING_MORE} or hold in self.consent.holds:
            return []
        actions: list[Action] = []
        if hold is Hold.LINK and self.pending and self.pending.asks is Asks.MORE:
            actions = self.deny(self.pending.number, Answer.WITHDRAWN, now)
        self._step(consent.Held(hold))
        return actions

    def free(self, hold: Hold) -> list[Action]:
        """That hold is lifted."""
        # What comes after the end, such as a link that is back, changes nothing.
        if hold in self.consent.holds and self.consent.state is not State.ENDED:
            self._step(consent.Freed(hold))
        return []

    def end(self, reason: Reason, now: float) -> list[Action]:
        """End the session, from whatever state."""
        if self.consent.state is State.ENDED:
            return []
        pending, actions = self.pending, list[Action]()
        if pending is not None:
            self._close_question(now)
            # Whoever stops instead of answering has refused.
            how = Answer.REFUSED if reason is Reason.STOPPED else Answer.WITHDRAWN
            prefix = "" if pending.asks is Asks.FIRST else "more-"
            actions = [Withdraw(), self._record(_event(how, prefix), pending)]
            if pending.asks is Asks.FIRST and reason is Reason.STOPPED:
                reason = Reason.REFUSED
        self._step(consent.Ended(reason))
        return [*actions, Finish(reason)]

    def due(self, now: float) -> bool:
        """Tell whether `tick` may have something to do: most ticks of the clock change nothing."""
        return bool(self.pending and now >= self.pending.deadline) or now >= self.consent.lease_end > 0

    def tick(self, now: float) -> list[Action]:
        """Let time pass: the lease ends, questions run out."""
        if self.pending and now >= self.pending.deadline:
            return self.deny(self.pending.number, Answer.TIMED_OUT, now)
        state = self.consent
        if state.state in {State.ACTIVE, State.ASKING_MORE} and now >= state.lease_end > 0:
            if Hold.LEASE in state.holds or Hold.LINK in state.holds:
                return []
            actions: list[Action] = []
            if self.pending:
                actions = self.deny(self.pending.number, Answer.WITHDRAWN, now)
            self._step(consent.LeaseEnded())
            return actions + self._ask(Asks.RENEW, self.consent.granted, self.minutes, now)
        return []

    def _ask(
        self,
        asks: Asks,
        capabilities: frozenset[Capability],
        minutes: int,
        now: float,
        one: Capability | None = None,
    ) -> list[Action]:
        self._numbers += 1
        self.pending = Pending(self._numbers, asks, capabilities, minutes, now, now + ANSWER_SECONDS)
        return [Ask(self.pending), Say(messages.Asking(one))]

    def _close_question(self, now: float) -> None:
        self.pending = None
        self._answered_at = now

    def _record(self, event: ConsentEvent, pending: Pending) -> Record:
        return Record(event, pending.capabilities, self.consent.granted, self.minutes, pending.asked_at)

    def _answered(self, answer: Answer, capability: Capability | None) -> Say:
        granted = tuple(sorted(self.consent.granted))
        return Say(messages.Answered(answer, capability, granted, self.minutes))

    def _step(self, event: consent.Event) -> None:
        self.consent = consent.after(self.consent, event)


def _refuse(what: str, why: str) -> Say:
    return Say(messages.Refusal(what, why))


def _only(pending: Pending) -> Capability | None:
    """Return the capability of a question for one more."""
    return next(iter(pending.capabilities)) if pending.asks is Asks.MORE else None


_EVENTS: dict[str, ConsentEvent] = {event: event for event in get_args(ConsentEvent)}


def _event(how: Answer, prefix: str = "") -> ConsentEvent:
    """Return the consent event of an answer that is not a yes."""
    return _EVENTS[f"{prefix}{how}"]
