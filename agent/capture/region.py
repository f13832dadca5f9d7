"""Regions at the X server: XFixes' requests that python-xlib does not have (fixesproto, section 8).

A region is a set of disjoint rectangles; the server keeps it, and tells them all at once.
"""

import struct

from Xlib.display import Display
from Xlib.ext import damage, xfixes
from Xlib.protocol import rq, structs

from agent.capture.asking import Question, tell
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


_SUBTRACT, _FETCH = 3, 19
_SUBTRACTION = struct.Struct("=BBHIII")
_FETCHING = struct.Struct("=BBHI")
_SIDES = struct.Struct("=hhHH")
_EXTENTS = 8
_RECTANGLES = 32
"""Where in the answer the rectangle around all is, and where all of them begin."""


class Region:
    """An empty region of this connection; XFixes must be there."""

    def __init__(self, connection: Display) -> None:
        self._connection = connection
        xfixes.query_version(connection)
        self._opcode = connection.display.get_extension_major(xfixes.extname)
        self.number: int = connection.display.allocate_resource_id()
        """Its name at the server."""
        _CreateRegion(display=connection.display, opcode=self._opcode, region=self.number, rectangles=[])
        self._fetching = _FETCHING.pack(self._opcode, _FETCH, 2, self.number)

    def take(self, gatherer: int) -> tuple[Rect, ...]:
        """Take what a damage object has gathered; it gathers anew from then on.

        The server has done by then whatever this connection asked for before.

        Returns:
            Rectangles from top to bottom; one around all of them if they are many.
        """
        opcode = self._connection.display.get_extension_major(damage.extname)
        tell(self._connection, _SUBTRACTION.pack(opcode, _SUBTRACT, 4, gatherer, 0, self.number))
        answer = Question(self._connection, self._fetching).answer()
        if len(answer) - _RECTANGLES > MOST_RECTS * _SIDES.size:
            return (Rect(*_SIDES.unpack_from(answer, _EXTENTS)),)
        return tuple(Rect(*sides) for sides in _SIDES.iter_unpack(answer[_RECTANGLES:]))
