"""How the C library keeps memory that pictures are made in."""

import ctypes
import sys

# The names and numbers of malloc.h (GNU C library).
M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3
LARGEST = 32 << 20
KEPT = 128 << 20


def keep_large_buffers() -> bool:
    """Let freed pictures be used again instead of giving their memory back for each frame.

    A picture of 1920x1080 takes 8 MB. By itself the GNU C library gives that much back to the
    system as soon as it is free, and the next picture pays 2.5 ms for 2025 fresh pages, five
    times what it costs to make it (`benchmarks/bench_console_paint.py`).

    Returns:
        Whether the C library can be told so.
    """
    if not sys.platform.startswith("linux"):
        return False
    tell = getattr(ctypes.CDLL(None), "mallopt", None)
    return tell is not None and all((tell(M_MMAP_THRESHOLD, LARGEST), tell(M_TRIM_THRESHOLD, KEPT)))
