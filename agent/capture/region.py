"""Regions at the X server: XFixes' requests that python-xlib does not have (fixesproto, section 8).

A region is a set of disjoint rectangles; the server keeps it, and tells them all at once.
"""

import numpy as np
from numpy.typing import NDArray
from Xlib.display import Display
from Xlib.ext import xfixes
from Xlib.protocol import rq, structs

from agent.capture.monitor import Rect

MOST_RECTS = 64
"""More are not looked at one by one."""


class _CreateRegion(rq.Request):
    _request = rq.Struct(
        rq.Card8("opcode"),
        rq.Opcode(5),
        rq.RequestLength(),
        rq.Card32("region"),
        rq.List("rectangles", structs.Rectangle),
    )


class _FetchRegion(rq.ReplyRequest):
    _request = rq.Struct(rq.Card8("opcode"), rq.Opcode(19), rq.RequestLength(), rq.Card32("region"))
    _reply = rq.Struct(
        rq.ReplyCode(),
        rq.Pad(1),
        rq.Card16("sequence_number"),
        rq.ReplyLength(),
        rq.Object("extents", structs.Rectangle),
        rq.Pad(16),
        rq.Binary("rectangles"),
    )


class Region:
    """An empty region of this connection; XFixes must be there."""

    def __init__(self, connection: Display) -> None:
        self._connection = connection
        xfixes.query_version(connection)
        self._opcode = connection.display.get_extension_major(xfixes.extname)
        self.number: int = connection.display.allocate_resource_id()
        """Its name at the server."""
        _CreateRegion(display=connection.display, opcode=self._opcode, region=self.number, rectangles=[])

    def fetch(self) -> tuple[Rect, ...]:
        """Return its rectangles, from top to bottom; one around all of them if they are many.

        The server has done by then whatever this connection asked for before.
        """
        reply = _FetchRegion(display=self._connection.display, opcode=self._opcode, region=self.number)
        sides: NDArray[np.int16] = np.frombuffer(reply.rectangles, np.int16).reshape(-1, 4)
        if len(sides) > MOST_RECTS:
            bounds = reply.extents
            return (Rect(bounds.x, bounds.y, bounds.width, bounds.height),)
        # The lengths have no sign.
        return tuple(Rect(x, y, width & 0xFFFF, height & 0xFFFF) for x, y, width, height in sides.tolist())
