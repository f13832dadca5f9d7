"""The text of a question, made once: the window shows it, the consent record keeps it."""

from dataclasses import dataclass

from agent.view import Asks, Question
from agent.words import Words
from agent.words.foreign import ORGANISATION_LENGTH, PURPOSE_LENGTH, TICKET_LENGTH, foreign
from session.consent import NEEDS
from session.messages import Capability


@dataclass(frozen=True)
class Box:
    """One thing that is asked."""

    capability: Capability
    label: str
    hint: str
    needs: str
    ticked: bool


@dataclass(frozen=True)
class QuestionText:
    """All that a question says, in the order in which the window says it."""

    title: str
    organisation: str
    identity: str
    why: str
    ticket: str
    what: str
    boxes: tuple[Box, ...]
    how_long: str
    lengths: tuple[tuple[int, str], ...]
    recorded: str
    fraud: str
    deny: str
    allow: tuple[tuple[int, str], ...]

    def lines(self) -> tuple[str, ...]:
        """Return the text as lines, for the record of what was shown."""
        boxes = [
            f"[{'x' if box.ticked else ' '}] {box.label} {box.hint} {box.needs}".rstrip()
            for box in self.boxes
        ]
        lengths = [" | ".join(label for _, label in self.lengths)] if self.lengths else []
        allow = " | ".join(label for _, label in self.allow)
        lines = [
            *(
                self.title,
                self.organisation,
                self.identity,
                self.why,
                self.ticket,
                self.what,
                *boxes,
                self.how_long,
            ),
            *(*lengths, self.recorded, self.fraud, self.deny, allow),
        ]
        return tuple(line for line in lines if line)


def question_text(question: Question, words: Words) -> QuestionText:
    """Return what a question says to the person.

    Args:
        question: the page.
        words: the catalogue in the person's language.
    """
    technician, organisation = (
        question.technician,
        foreign(question.technician.organisation, ORGANISATION_LENGTH),
    )
    first, renew = question.asks is Asks.FIRST, question.asks is Asks.RENEW
    return QuestionText(
        title=_title(question, words),
        organisation=organisation,
        identity=words.say("question.identity", number=foreign(technician.number, 24)),
        why=words.say("question.quote", purpose=foreign(question.purpose, PURPOSE_LENGTH)),
        ticket=words.say("question.ticket", ticket=foreign(question.ticket, TICKET_LENGTH))
        if foreign(question.ticket)
        else "",
        what=words.say("question.what.renew" if renew else "question.what"),
        boxes=tuple(_box(words, capability, first=first) for capability in question.capabilities),
        how_long=words.say("question.long" if question.choices else "question.long.more"),
        lengths=tuple((minutes, words.duration(minutes, short=True)) for minutes in question.choices),
        recorded=_recorded(question, words, organisation),
        fraud=words.say("question.fraud"),
        deny=words.say("question.deny"),
        allow=tuple(
            (minutes, allow_text(question.asks, minutes, words))
            for minutes in question.choices or (question.minutes,)
        ),
    )


def allow_text(asks: Asks, minutes: int, words: Words) -> str:
    """Return the words on `Allow` for a length."""
    match asks:
        case Asks.FIRST:
            return words.say("question.allow", time=words.duration(minutes))
        case Asks.MORE:
            return words.say("question.allow.more")
        case Asks.RENEW:
            return words.say("question.allow.renew", time=words.duration(minutes))


def _title(question: Question, words: Words) -> str:
    name = foreign(question.technician.name)
    if question.asks is Asks.RENEW:
        return words.say("question.renew", name=name)
    # The first thing asked leads; the boxes name the rest one by one.
    return words.say("question.wants", name=name, what=words.say(f"may.{question.capabilities[0]}"))


def _box(words: Words, capability: Capability, *, first: bool) -> Box:
    hint = f"hint.{capability}"
    return Box(
        capability,
        words.say(f"box.{capability}"),
        words.say(hint) if words.has(hint) else "",
        words.say(f"needs.{NEEDS[capability]}") if first and capability in NEEDS else "",
        first and capability is Capability.VIEW,
    )


def _recorded(question: Question, words: Words, organisation: str) -> str:
    names = [foreign(name, ORGANISATION_LENGTH) for name in question.recipients]
    who = (
        words.say("question.who", recipients=words.listed(names))
        if names
        else words.say("question.who.nobody")
    )
    until = (
        words.say("question.until", date=words.date(question.kept_until))
        if question.kept_until
        else words.say("question.until.unknown", organisation=organisation)
    )
    return words.say("question.recorded", who=who, until=until)
