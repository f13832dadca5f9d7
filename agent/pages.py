"""What the person sees of one session: facts in, pages out."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from agent.actions import Pending, Record
from agent.conversation import Conversation
from agent.kit import Kit
from agent.view import (
    Asks,
    ChatLine,
    Connecting,
    Deeds,
    Question,
    Recording,
    Side,
    Stage,
    Summary,
    Technician,
    choices_of,
    session_of,
)
from agent.words.question import question_text
from session.certificates import Certificate
from session.consent import State
from session.messages import Capability, Hold, Reason
from session.profile import Profile

CHAT_LINES = 500


class Pages:
    """Follows one session and shows it; called in the event loop's thread.

    Args:
        kit: the surroundings.
        profile: the organisation's.

    Attributes:
        text: every sentence of the last question, for its record.
        summary: what happened, once `finish` was called.
        closed: whether the person has closed the summary.
    """

    def __init__(self, kit: Kit, profile: Profile) -> None:
        self._kit = kit
        self._profile = profile
        self._technician: Technician | None = None
        self._began = datetime.now(UTC)
        self._began_at = kit.clock()
        self._question: Question | None = None
        self._chat: tuple[ChatLine, ...] = ()
        self._granted: frozenset[Capability] = frozenset()
        self._deeds = Deeds()
        self.text: tuple[str, ...] = ()
        self.summary: Summary | None = None
        self.closed = False

    def technician_is(self, certificate: Certificate | None) -> None:
        """The technician has proved who they are."""
        if certificate is not None:
            self._technician = Technician(certificate.name, certificate.number, self._profile.name)

    def connecting(self, stage: Stage) -> None:
        """Show how far the way to the technician is."""
        self._kit.windows.show(Connecting(stage, self._technician))

    def ask(self, pending: Pending, talk: Conversation) -> None:
        """Prepare a question; `show` shows it."""
        if self._technician is None or talk.request is None:
            return
        self._question = Question(
            number=pending.number,
            asks=pending.asks,
            technician=self._technician,
            purpose=talk.request.purpose,
            ticket=talk.request.ticket,
            capabilities=_in_order(pending.capabilities),
            minutes=pending.minutes,
            choices=() if pending.asks is Asks.MORE else choices_of(pending.minutes),
            recipients=tuple(auditor.name for auditor in self._profile.auditors),
            kept_until=self._began + timedelta(days=self._profile.retention_days),
            deadline=pending.deadline,
        )
        self.text = question_text(self._question, self._kit.words).lines()

    def show(self, talk: Conversation, linked: bool) -> None:
        """Show where the session stands."""
        del linked
        if self._technician is None or talk.consent.state is State.ENDED:
            return
        running = None
        if talk.consent.state in {State.ACTIVE, State.ASKING_MORE}:
            recorded = Hold.EVIDENCE not in talk.consent.holds
            running = session_of(talk.consent, self._technician, recorded=recorded, chat=self._chat)
        if talk.pending is not None and self._question is not None:
            self._kit.windows.show(replace(self._question, session=running))
        elif running is not None:
            self._kit.windows.show(running)

    def chat(self, side: Side, text: str) -> None:
        """A line was written."""
        self._chat = (*self._chat, ChatLine(side, text))[-CHAT_LINES:]

    def granted(self, record: Record) -> None:
        """Something was answered; remember all that was ever allowed."""
        self._granted |= record.granted

    def told_facts(self) -> None:
        """The technician got the system facts."""
        self._deeds = Deeds(facts=True)

    def finish(self, reason: Reason, deeds: Deeds) -> None:
        """The session is over."""
        mine = sum(line.side is Side.TECHNICIAN for line in self._chat)
        self.summary = Summary(
            technician=self._technician,
            began=self._began,
            seconds=round(self._kit.clock() - self._began_at),
            reason=reason,
            granted=self._granted,
            deeds=Deeds(deeds.clicks, deeds.keys, mine, self._deeds.facts),
        )

    def recording(self, where: Recording, *, can_save: bool) -> None:
        """Show the summary, and where the recording is."""
        if self.summary is not None:
            kept = where if self.summary.granted else Recording.NONE
            self.summary = replace(self.summary, recording=kept, can_save=can_save)
            if not self.closed:
                self._kit.windows.show(self.summary)


def _in_order(capabilities: frozenset[Capability]) -> tuple[Capability, ...]:
    """Return capabilities in the order of the table, `view` first."""
    return tuple(capability for capability in Capability if capability in capabilities)
