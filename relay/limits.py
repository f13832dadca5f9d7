"""How much one address or one technician may ask of the relay: pure arithmetic.

Time is an argument, in seconds on a clock that only goes forward. What is
remembered is bounded: who has been quiet for long enough is forgotten, because
a full bucket and an unknown key mean the same.
"""

import ipaddress
from dataclasses import dataclass

DAY_SECONDS = 24 * 3600
_SWEEP_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Rate:
    """So many at once, and so many a second from then on."""

    burst: float
    per_second: float


class Buckets:
    """A token bucket for each key.

    Args:
        rate: what every key is allowed.
        capacity: how many keys are remembered; beyond that, strangers are refused.
    """

    def __init__(self, rate: Rate, capacity: int = 100_000) -> None:
        self._rate = rate
        self._capacity = capacity
        self._levels: dict[str, tuple[float, float]] = {}
        self._swept = 0.0

    def __len__(self) -> int:
        """Return how many keys are remembered."""
        return len(self._levels)

    def take(self, key: str, now: float) -> bool:
        """Take one token, or say that there is none.

        Args:
            key: whose bucket.
            now: the time.
        """
        if now - self._swept >= _SWEEP_SECONDS or len(self._levels) >= self._capacity:
            self._sweep(now)
        if key not in self._levels and len(self._levels) >= self._capacity:
            return False
        level = self._level(key, now)
        if level < 1:
            return False
        self._levels[key] = (level - 1, now)
        return True

    def _level(self, key: str, now: float) -> float:
        level, then = self._levels.get(key, (self._rate.burst, now))
        return min(self._rate.burst, level + (now - then) * self._rate.per_second)

    def _sweep(self, now: float) -> None:
        self._swept = now
        for key in [key for key in self._levels if self._level(key, now) >= self._rate.burst]:
            del self._levels[key]


class Daily:
    """A number of things a day for each key; the day begins at a key's first thing."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._counts: dict[str, tuple[int, float]] = {}

    def take(self, key: str, now: float) -> bool:
        """Count one more, or say that the day's number is used up."""
        count, began = self._counts.get(key, (0, now))
        if now - began >= DAY_SECONDS:
            count, began = 0, now
        if count >= self._limit:
            return False
        self._counts[key] = (count + 1, began)
        return True


def network(address: str) -> str:
    """Return whom an address counts as: itself, or the /64 that one IPv6 subscriber has."""
    return _shortened(address, 32, 64)


def shown(address: str) -> str:
    """Return an address as the log may show it: IPv4 /24, IPv6 /48."""
    return _shortened(address, 24, 48)


def _shortened(address: str, bits4: int, bits6: int) -> str:
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return "unknown"
    if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped is not None:
        parsed = parsed.ipv4_mapped
    bits = bits4 if isinstance(parsed, ipaddress.IPv4Address) else bits6
    return str(ipaddress.ip_network((parsed, bits), strict=False))
