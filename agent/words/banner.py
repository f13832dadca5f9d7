"""The text of the banner: who, what they can do now, and the time left."""

from dataclasses import dataclass

from agent.view import Session, seconds_left, shown_time
from agent.words import Words
from agent.words.foreign import foreign
from session.messages import Capability, Hold, Standing

NAME_ON_BANNER = 32
ON_BANNER = 3
"""So many capabilities are named on the banner; the session's window names all."""

_HELD = {
    Hold.PERSON: "banner.paused",
    Hold.LEASE: "banner.paused.lease",
    Hold.EVIDENCE: "banner.paused.evidence",
    Hold.LINK: "banner.paused.link",
}


@dataclass(frozen=True)
class BannerText:
    """What a banner says."""

    name: str
    what: str
    left: str
    can_pause: bool
    can_chat: bool

    @property
    def spoken(self) -> str:
        """All of it as one sentence for a screen reader."""
        return f"{self.name} {self.what}. {self.left}".strip()


def banner_text(session: Session, now: float, words: Words) -> BannerText:
    """Return what the banner says at `now` (seconds on the boot-time clock)."""
    running = session.standing in {Standing.VIEWING, Standing.CONTROLLING, Standing.PAUSED}
    return BannerText(
        name=foreign(session.technician.name, NAME_ON_BANNER),
        what=what_now(session, words),
        left=_time_left(session, now, words) if running and Hold.LEASE not in session.holds else "",
        can_pause=running and Hold.LEASE not in session.holds,
        can_chat=running,
    )


def what_now(session: Session, words: Words) -> str:
    """Return what the technician can do at this moment, to be read after the name."""
    match session.standing:
        case Standing.WAITING:
            return words.say("banner.waiting")
        case Standing.ASKING:
            return words.say("banner.asking")
        case Standing.ENDED:
            return words.say("banner.waiting")
        case Standing.PAUSED:
            hold = next((hold for hold in _HELD if hold in session.holds), Hold.PERSON)
            return words.say(_HELD[hold])
        case Standing.VIEWING | Standing.CONTROLLING:
            return _can(session.granted, words)


def _can(granted: frozenset[Capability], words: Words) -> str:
    named = [capability for capability in Capability if capability in granted][:ON_BANNER]
    if not named:
        return words.say("banner.nothing")
    return words.say("banner.can", what=words.listed([words.say(f"may.{each}") for each in named]))


def _time_left(session: Session, now: float, words: Words) -> str:
    number, in_seconds = shown_time(seconds_left(session.ends_at, now))
    return words.say("banner.left.seconds" if in_seconds else "banner.left.minutes", number=number)
