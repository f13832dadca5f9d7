"""What these tests take from the environment."""

import os
import secrets


def read_seed() -> int:
    """Return the seed of a random test: that of `BYLEAVE_SEED`, to play a failure again, or a new one."""
    return int(os.environ.get("BYLEAVE_SEED") or secrets.randbelow(2**32))
