"""How long one call takes."""

import time
from collections.abc import Callable
from statistics import median


def milliseconds(call: Callable[[], object], rounds: int = 50) -> float:
    """Return the median time of one call, in milliseconds, after a first one that does not count."""
    call()
    times = []
    for _ in range(rounds):
        began = time.perf_counter()
        call()
        times.append(time.perf_counter() - began)
    return median(times) * 1000
