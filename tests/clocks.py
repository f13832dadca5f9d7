"""Clocks that are handed to a person's agent."""

from dataclasses import dataclass, field

from agent.upkeep import LONGEST_TICK, TICK_SECONDS
from agent.view import boot_time


@dataclass
class Ahead:
    """A boot-time clock that can be put forward, and counts how often it was looked at."""

    ahead: float = 0.0
    looks: int = 0

    def __call__(self) -> float:
        self.looks += 1
        return boot_time() + self.ahead


FASTEST = LONGEST_TICK / TICK_SECONDS
"""At this speed, each tick of the agent's is as long after the one before as one tick counts for at most."""


@dataclass
class Fast:
    """A boot-time clock that can be made to run faster than the world, by `FASTEST` at most."""

    speed: float = 1.0
    _began: float = field(default_factory=boot_time)
    _offset: float = 0.0

    def __call__(self) -> float:
        return self._began + self._offset + (boot_time() - self._began) * self.speed

    def run(self, speed: float) -> None:
        assert speed <= FASTEST
        now = self()
        self._began, self._offset, self.speed = boot_time(), 0.0, speed
        self._offset = now - self._began
