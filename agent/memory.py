"""How the C library keeps memory in a program with many threads."""

import ctypes
import sys

# The name and number of malloc.h (GNU C library).
M_ARENA_MAX = -8
ARENAS = 2


def few_arenas() -> bool:
    """Let all threads share what they have freed; called before there are any.

    By itself the GNU C library gives nearly every thread an arena of its own. Pictures are
    grabbed, coded, sealed and uploaded by a dozen threads, and each arena keeps the most
    that its thread ever needed: 40 MB after some minutes that nobody needs at one time.

    Returns:
        Whether the C library can be told so.
    """
    if not sys.platform.startswith("linux"):
        return False
    tell = getattr(ctypes.CDLL(None), "mallopt", None)
    return tell is not None and bool(tell(M_ARENA_MAX, ARENAS))
