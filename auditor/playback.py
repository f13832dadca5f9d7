"""Where the player is, as a value. Positions are in milliseconds, clocks in seconds."""

from dataclasses import dataclass, replace
from typing import Self

SPEEDS = (0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0)


@dataclass(frozen=True)
class Playback:
    """The state of the player.

    Args:
        length: of the recording.
        position: where it was at `since`.
        since: when that was, in seconds of a clock that only goes forward.
        speed: times real time.
        playing: whether it goes on by itself.
    """

    length: int
    position: float = 0.0
    since: float = 0.0
    speed: float = 1.0
    playing: bool = False

    def at(self, now: float) -> int:
        """Return the position, at most the end."""
        gone = (now - self.since) * 1000 * self.speed if self.playing else 0.0
        return round(min(float(self.length), self.position + gone))

    def settled(self, now: float) -> Self:
        """Return the same as it is now; at the end nothing plays on."""
        position = self.at(now)
        playing = self.playing and position < self.length
        return replace(self, position=float(position), since=now, playing=playing)

    def play(self, now: float) -> Self:
        """Play; from the beginning if it is at the end."""
        settled = self.settled(now)
        position = 0.0 if settled.position >= self.length else settled.position
        return replace(settled, position=position, playing=True)

    def pause(self, now: float) -> Self:
        """Stand still."""
        return replace(self.settled(now), playing=False)

    def toggle(self, now: float) -> Self:
        """Play, or stand still."""
        return self.pause(now) if self.settled(now).playing else self.play(now)

    def seek(self, now: float, position: float) -> Self:
        """Go somewhere, and play on if it did."""
        return replace(self.settled(now), position=max(0.0, min(float(self.length), position)))

    def at_speed(self, now: float, speed: float) -> Self:
        """Go on at another speed, the nearest that there is."""
        nearest = min(SPEEDS, key=lambda each: abs(each - speed))
        return replace(self.settled(now), speed=nearest)

    def faster(self, now: float, steps: int) -> Self:
        """Go on so many steps faster, or slower if negative."""
        number = SPEEDS.index(self.speed) + steps
        return self.at_speed(now, SPEEDS[max(0, min(len(SPEEDS) - 1, number))])
