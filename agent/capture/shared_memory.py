"""Pixels of an X desktop in memory that we share with the server.

The one module that knows mss, and the parts of it that are not its public
interface: its version is pinned, and `tests/agent/capture/test_shared_memory.py`
fails when they change. mss alone copies each picture once more and cannot put
a band of rows into its place in a larger picture; its XCB layer can do both.
"""

import contextlib
import mmap
import os
from collections.abc import Iterable
from typing import Any

import numpy as np
from mss.exception import ScreenShotError
from mss.linux import xcb as _xcb
from mss.linux.base import ALL_PLANES
from mss.linux.xcbhelpers import LIB, XError
from mss.linux.xgetimage import MSSImplXGetImage
from numpy.typing import NDArray

from agent.capture.monitor import Rect
from session.errors import EffectFailed

BYTES_PER_PIXEL = 4
SHARED_DESCRIPTORS_SINCE = (1, 2)
"""MIT-SHM version that takes a file descriptor."""

Pixels = NDArray[np.uint8]

# Its generated half has no annotations that a type checker could use.
xcb: Any = _xcb

REFUSALS = (ScreenShotError, XError, OSError, AssertionError, ValueError)
"""What mss raises; the last two when the server is gone and there is no reply at all."""

_allowed_depths = xcb.screen_allowed_depths


def _root_visual_first(screen: Any) -> Iterable[Any]:
    """List a screen's depths so that the one with the root's visual comes first.

    TigerVNC's Xvnc lists depth 24 twice; mss looks into the first one only and
    finds no visual there.
    """
    return sorted(_allowed_depths(screen), key=lambda depth: not _holds(depth, screen.root_visual))


def _holds(depth: Any, visual: Any) -> bool:
    return any(each.visual_id == visual for each in xcb.depth_visuals(depth))


xcb.screen_allowed_depths = _root_visual_first


class DesktopPixels:
    """Read access to the pixels of a desktop; its connection belongs to the thread that grabs.

    Args:
        name: the display, such as `:0`; None takes the one this program was started on.
        area: the part of the desktop that `pixels` shows.

    Raises:
        EffectFailed: there is no such display, or its pixels are not BGRx.
    """

    def __init__(self, name: str | None, area: Rect) -> None:
        self.area = area
        try:
            self._server: Any = MSSImplXGetImage(display=name)
            self._memory = mmap.mmap(-1, 1)
            self._segment = self._attached()
        except REFUSALS as error:
            raise EffectFailed(f"the screen cannot be read: {error}") from error
        if self._segment is None:
            self._memory = mmap.mmap(-1, self._size)
        flat = np.frombuffer(self._memory, dtype=np.uint8, count=self._size)
        self.pixels: Pixels = flat.reshape(area.height, area.width, BYTES_PER_PIXEL)
        """BGRx, height × width × 4, writable; each grab changes it in place."""

    @property
    def shared(self) -> bool:
        """Whether the server writes into our memory; else each picture comes through the socket."""
        return self._segment is not None

    @property
    def _size(self) -> int:
        return self.area.width * self.area.height * BYTES_PER_PIXEL

    def _attached(self) -> Any | None:
        """Share memory with the server; None if it cannot, as over a network."""
        if not xcb.get_extension_data(self._server.conn, LIB.shm_id).present:
            return None
        version = xcb.shm_query_version(self._server.conn)
        if (version.major_version, version.minor_version) < SHARED_DESCRIPTORS_SINCE:
            return None
        descriptor = os.memfd_create("byleave-screen", os.MFD_CLOEXEC)
        os.ftruncate(descriptor, self._size)
        self._memory = mmap.mmap(descriptor, self._size)
        segment = xcb.ShmSeg(xcb.generate_id(self._server.conn).value)
        try:
            # XCB closes the descriptor, whether this succeeds or not.
            xcb.shm_attach_fd(self._server.conn, segment, descriptor, read_only=False)
        except XError:
            return None
        return segment

    def grab(self, first: int, count: int) -> None:
        """Refresh `count` rows of `pixels`, from row `first` on.

        Raises:
            EffectFailed: the area is not on the desktop any more, or the server is gone.
        """
        try:
            if self._segment is None:
                self._grab_by_socket(first, count)
            else:
                self._grab_shared(first, count)
        except REFUSALS as error:
            raise EffectFailed(f"the screen cannot be read: {error}") from error

    def _grab_shared(self, first: int, count: int) -> None:
        area = self.area
        xcb.shm_get_image(
            self._server.conn,
            self._server.drawable,
            area.x,
            area.y + first,
            area.width,
            count,
            ALL_PLANES,
            xcb.ImageFormat.ZPixmap,
            self._segment,
            first * area.width * BYTES_PER_PIXEL,
        )

    def _grab_by_socket(self, first: int, count: int) -> None:
        area = self.area
        rows = {"left": area.x, "top": area.y + first, "width": area.width, "height": count}
        data = np.frombuffer(self._server.grab(rows), dtype=np.uint8)
        self.pixels[first : first + count] = data.reshape(count, area.width, BYTES_PER_PIXEL)

    def close(self) -> None:
        """Close the connection; the server lets go of the memory, which lives as long as `pixels` is used."""
        # It may be closed already, from the other end.
        with contextlib.suppress(*REFUSALS):
            self._server.close()
