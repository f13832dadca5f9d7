"""Where the two windows of a guided demo go, so that neither hides the other."""

from typing import NamedTuple

CONSOLE_SHARE = 0.45
CONSOLE_GOOD, CONSOLE_LEAST = 880, 740
"""With the first the console's bar has room for all its words; smaller than the second it will not be."""

FRAME_WIDTH, FRAME_HEIGHT = 16, 48
"""Room for a window's frame and title, generously."""

PERSON_GOOD, PERSON_LEAST = 608, (512, 480)
"""The agent's windows are 480 pixels wide, its banner may be wider."""

PERSON_MOST = (1920, 1080)
EVEN = 8
"""Sizes are multiples of it, as the codec likes them."""


class Rectangle(NamedTuple):
    """A part of a display, in pixels."""

    x: int
    y: int
    width: int
    height: int

    @property
    def pixels(self) -> int:
        """How many there are."""
        return self.width * self.height

    def common(self, other: "Rectangle") -> "Rectangle":
        """Return what both cover; it is empty, and lies anywhere, if they do not meet."""
        left, top = max(self.x, other.x), max(self.y, other.y)
        right = min(self.x + self.width, other.x + other.width)
        bottom = min(self.y + self.height, other.y + other.height)
        return Rectangle(left, top, max(0, right - left), max(0, bottom - top))


class Places(NamedTuple):
    """Where the windows go.

    Attributes:
        desktop: width and height of the person's desktop; the viewer shows each of its pixels.
        viewer: the viewer with its frame, on the left.
        console: the console with its frame, on the right.
    """

    desktop: tuple[int, int]
    viewer: Rectangle
    console: Rectangle


def side_by_side(area: Rectangle) -> Places:
    """Share out the part of a display that panels leave free.

    With less than 1268 x 528 pixels the windows overlap: below their least sizes they would be of no use.
    """
    beside = area.width - PERSON_GOOD - FRAME_WIDTH
    good = max(CONSOLE_LEAST, min(CONSOLE_GOOD, beside))
    right = min(area.width, max(good, round(area.width * CONSOLE_SHARE)))
    console = Rectangle(area.x + area.width - right, area.y, right, area.height)
    room = (area.width - right - FRAME_WIDTH, area.height - FRAME_HEIGHT)
    width, height = (
        min(most, max(least, free // EVEN * EVEN))
        for least, free, most in zip(PERSON_LEAST, room, PERSON_MOST, strict=True)
    )
    viewer = Rectangle(area.x, area.y, width + FRAME_WIDTH, height + FRAME_HEIGHT)
    return Places((width, height), viewer, console)
