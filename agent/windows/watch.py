"""How our windows stand on the screen: the question's circumstances, the banners' visibility.

On a display that cannot be looked at, nothing is ever visible, so no question
is shown: forgetting refuses.
"""

import time
from collections.abc import Callable, Iterable
from typing import Protocol

from PySide6.QtGui import QGuiApplication, QScreen
from PySide6.QtWidgets import QWidget
from Xlib.display import Display
from Xlib.error import DisplayError

from agent.windows.arming import Circumstances, Rectangle
from agent.windows.device import Hand, NoHand, XInputHand
from agent.windows.surroundings import Surroundings
from agent.windows.xinput import Unsupported

RAISE_SECONDS = 0.05
"""At most so often a covered banner is raised, so that two such windows do not fight over a whole core."""

NOWHERE = Circumstances(visible=False, covered=True, focused=False, banner=False, place=(0, 0, 0, 0))


class Watch(Protocol):
    """What the windows ask about the screen."""

    hand: Hand
    able: bool

    def on_change(self, told: Callable[[], None]) -> None:
        """Call `told` after each change on the display."""

    def circumstances(self, window: QWidget, banners: Iterable[QWidget]) -> Circumstances:
        """Tell how a window stands, everything up to this moment taken in."""

    def shown_whole(self, banners: Iterable[QWidget]) -> bool:
        """Tell whether every banner is whole and on top, and raise those that are not."""

    def alone(self, banners: Iterable[QWidget]) -> bool:
        """Tell whether nothing lies over any banner, so that no cover comes without `on_change`."""

    def locked(self, window: QWidget, banners: Iterable[QWidget]) -> bool:
        """Tell whether something like a screen locker lies over the window's monitor."""

    def frames(self, windows: Iterable[int]) -> frozenset[int]:
        """Return the X11 ids of windows and of the frames around them."""


class Blind:
    """A display on which a hand cannot be told from a program."""

    able = False

    def __init__(self) -> None:
        self.hand: Hand = NoHand()

    def on_change(self, told: Callable[[], None]) -> None:
        """There is nothing to tell."""

    def circumstances(self, window: QWidget, banners: Iterable[QWidget]) -> Circumstances:
        """Nothing is known to be good."""
        return NOWHERE

    def shown_whole(self, banners: Iterable[QWidget]) -> bool:
        """Nothing is known to be visible."""
        return False

    def alone(self, banners: Iterable[QWidget]) -> bool:
        """Nothing is known to be free."""
        return False

    def locked(self, window: QWidget, banners: Iterable[QWidget]) -> bool:
        """Nothing is known to lie over it."""
        return False

    def frames(self, windows: Iterable[int]) -> frozenset[int]:
        """Return the windows themselves."""
        return frozenset(windows)


class X11Watch:
    """The watch on an X11 display, by connections of its own.

    Args:
        display: for questions.
        notices: for what is told unasked.
    """

    able = True

    def __init__(self, display: Display, notices: Display) -> None:
        self.hand: Hand = XInputHand(display)
        self._surroundings = Surroundings(display, notices)
        self._raised = 0.0
        self._known: dict[tuple[str, int], int] = {}

    def on_change(self, told: Callable[[], None]) -> None:
        """Call `told` after each change on the display."""
        self._surroundings.changed.connect(told)

    def circumstances(self, window: QWidget, banners: Iterable[QWidget]) -> Circumstances:
        """Tell how a window stands, everything up to this moment taken in."""
        number, bars = int(window.winId()), list(banners)
        known = self._surroundings.take_in_all()
        touched = self._touched("question", number, _numbers(bars))
        bars_touched = [self._touched("question", int(bar.winId())) for bar in bars]
        place = self._surroundings.place(number)
        return Circumstances(
            visible=place is not None and self._surroundings.inside(place),
            covered=not known or touched or self._surroundings.covered(number, _numbers(bars)),
            focused=window.isActiveWindow(),
            banner=not any(bars_touched) and self._all_whole(bars),
            place=place or NOWHERE.place,
        )

    def shown_whole(self, banners: Iterable[QWidget]) -> bool:
        """Tell whether every banner is whole and on top, and raise those that are not."""
        bars = list(banners)
        known = self._surroundings.take_in()
        touched = [self._touched("banner", int(bar.winId())) for bar in bars]
        covered = [bar for bar in bars if bar.isVisible() and not self._seen(bar)]
        if covered and time.monotonic() - self._raised >= RAISE_SECONDS:
            self._raised = time.monotonic()
            # Not by Qt: it takes what somebody else hid for shown, and may keep a request in its buffer.
            self._surroundings.put_on_top([int(bar.winId()) for bar in covered])
        return known and not any(touched) and self._all_whole(bars)

    def locked(self, window: QWidget, banners: Iterable[QWidget]) -> bool:
        """Tell whether something like a screen locker lies over the window's monitor."""
        return self._surroundings.locked(int(window.winId()), _pixels(window.screen()), _numbers(banners))

    def alone(self, banners: Iterable[QWidget]) -> bool:
        """Tell whether nothing lies over any banner, so that no cover comes without `on_change`."""
        # A window that is there already may become larger by its shape alone, which nobody is told of.
        return all(self._surroundings.alone(int(bar.winId())) for bar in banners)

    def frames(self, windows: Iterable[int]) -> frozenset[int]:
        """Return the X11 ids of windows and of the frames around them."""
        return self._surroundings.frames(windows)

    def _touched(self, asking: str, number: int, besides: Iterable[int] = ()) -> bool:
        """Tell whether something touched a window since the last time that the same one asked."""
        self._surroundings.guard(number, besides)
        now = self._surroundings.touches(number)
        before = self._known.get((asking, number), now)
        self._known[asking, number] = now
        return before != now

    def _all_whole(self, bars: list[QWidget]) -> bool:
        return bool(bars) and all(self._whole(bar) and self._seen(bar) for bar in bars)

    def _whole(self, bar: QWidget) -> bool:
        place = self._surroundings.place(int(bar.winId()))
        return place is not None and self._surroundings.inside(place) and place == _pixels_of(bar)

    def _seen(self, bar: QWidget) -> bool:
        number = int(bar.winId())
        return self._surroundings.place(number) is not None and not self._surroundings.covered(number)


def watch() -> "X11Watch | Blind":
    """Return the watch for the display that Qt is on."""
    if QGuiApplication.platformName() != "xcb":
        return Blind()
    try:
        return X11Watch(Display(), Display())
    except (Unsupported, DisplayError):
        return Blind()


def _numbers(windows: Iterable[QWidget]) -> list[int]:
    return [int(window.winId()) for window in windows if window.isVisible()]


def _pixels(screen: QScreen) -> Rectangle:
    """Return a screen's place in the X server's pixels; Qt keeps its corner unscaled."""
    area, scale = screen.geometry(), screen.devicePixelRatio()
    return area.x(), area.y(), round(area.width() * scale), round(area.height() * scale)


def _pixels_of(window: QWidget) -> Rectangle:
    """Return where a window should be in the X server's pixels."""
    screen, place = window.screen(), window.geometry()
    corner, scale = screen.geometry().topLeft(), screen.devicePixelRatio()
    return (
        corner.x() + round((place.x() - corner.x()) * scale),
        corner.y() + round((place.y() - corner.y()) * scale),
        round(place.width() * scale),
        round(place.height() * scale),
    )
