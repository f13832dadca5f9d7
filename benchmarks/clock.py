"""How long one call takes."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median, quantiles


def milliseconds(call: Callable[[], object], rounds: int = 50) -> float:
    """Return the median time of one call, in milliseconds, after a first one that does not count."""
    call()
    times = []
    for _ in range(rounds):
        began = time.perf_counter()
        call()
        times.append(time.perf_counter() - began)
    return median(times) * 1000


@dataclass(frozen=True)
class Spread:
    """Half of the times were at most `p50`, 95 of 100 at most `p95`; in milliseconds."""

    p50: float
    p95: float

    @classmethod
    def of(cls, seconds: Sequence[float]) -> "Spread":
        """Return the spread of at least two times in seconds."""
        cuts = quantiles(seconds, n=20, method="inclusive")
        return cls(cuts[9] * 1000, cuts[18] * 1000)
