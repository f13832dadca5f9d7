"""The text of the summary: what was allowed, what was done, how long it took."""

from agent.view import Deeds
from agent.words import Words
from session.messages import Capability


def rights_text(granted: frozenset[Capability], words: Words) -> str:
    """Return what was allowed, in the order of the protocol."""
    named = [words.say(f"box.{capability}") for capability in Capability if capability in granted]
    return words.say("list.comma").join(named) or words.say("summary.allowed.nothing")


def deeds_text(deeds: Deeds, words: Words) -> str:
    """Return what the technician did as one list."""
    counted = (("clicks", deeds.clicks), ("keys", deeds.keys), ("lines", deeds.lines))
    parts = [words.count(f"summary.deeds.{what}", number) for what, number in counted if number]
    if deeds.facts:
        parts.append(words.say("summary.deeds.facts"))
    text = words.listed(parts)
    return text[:1].upper() + text[1:] if text else words.say("summary.deeds.nothing")


def length_text(seconds: int, words: Words) -> str:
    """Return a length in minutes and seconds."""
    minutes, rest = divmod(max(0, seconds), 60)
    if not minutes:
        return words.say("summary.long.seconds", number=rest)
    return words.say("summary.long.minutes", minutes=minutes, seconds=rest)
