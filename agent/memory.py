"""How the C library keeps memory in a program with many threads."""

import ctypes
import sys
from collections.abc import Callable

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
    tell = _function("mallopt")
    return tell is not None and bool(tell(M_ARENA_MAX, ARENAS))


def give_back() -> bool:
    """Give the system what was freed and is kept for later; called now and then, in a thread of its own.

    By itself the GNU C library gives back only what lies at the end of an arena, so one small
    thing that lives on keeps all before it. A call takes some milliseconds, and threads that
    want memory wait meanwhile.

    Returns:
        Whether there was anything to give.
    """
    trim = _function("malloc_trim")
    return trim is not None and bool(trim(0))


def _function(name: str) -> Callable[..., int] | None:
    """Return a function of the C library, None where it has none of that name."""
    return getattr(ctypes.CDLL(None), name, None) if sys.platform.startswith("linux") else None
