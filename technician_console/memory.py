"""How the C library keeps memory that pictures are made in."""

import ctypes
import sys

# The names and numbers of malloc.h (GNU C library).
M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3
LARGEST = 32 << 20
KEPT = 128 << 20


def keep_large_buffers() -> bool:
    """Let freed pictures be used again instead of giving their memory back for each frame.

    The picture itself stays where it is, but each large tile is decoded into memory of its own,
    6 MB for all of 1920x1080. By itself the GNU C library gives that much back to the system as
    soon as it is free, and the next one pays about 2 ms for fresh pages.

    Returns:
        Whether the C library can be told so.
    """
    if not sys.platform.startswith("linux"):
        return False
    tell = getattr(ctypes.CDLL(None), "mallopt", None)
    return tell is not None and all((tell(M_MMAP_THRESHOLD, LARGEST), tell(M_TRIM_THRESHOLD, KEPT)))
