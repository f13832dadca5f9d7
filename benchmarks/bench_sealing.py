"""Sealing: a segment's events and its pictures, and opening them again."""

from benchmarks.clock import milliseconds
from session.sealing import new_identity, seal, unseal

MEGABYTE = 1_000_000


def measure() -> dict[str, float]:
    """Return the time to seal what a segment of five seconds holds, and the rate for bulk."""
    identity, recipient = new_identity()
    pictures = bytes(MEGABYTE)
    sealed = seal(pictures, [recipient])
    return {
        "seal 4 KiB, ms": milliseconds(lambda: seal(bytes(4096), [recipient])),
        "seal, MB/s": 1000 / milliseconds(lambda: seal(pictures, [recipient])),
        "open, MB/s": 1000 / milliseconds(lambda: unseal(sealed, identity)),
    }
