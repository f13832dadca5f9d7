"""How long the technician's hand goes on after the person pressed Stop."""

import threading
import time

from byleave.demo.cast import Cast, CastError
from byleave.demo.remote import RemoteView
from byleave.demo.screen import Screen

MOVING_SECONDS = 1.0
WATCHING_SECONDS = 1.5
LOOK_SECONDS = 0.001


def watch_stop(cast: Cast, view: RemoteView, stop: tuple[int, int]) -> float:
    """Press Stop while the technician moves the mouse; return milliseconds until the last effect.

    Both share one pointer on the person's desktop, and the person's hand rests
    once Stop is pressed: whatever moves the pointer then is the technician's.

    Args:
        cast: everybody.
        view: the console's view.
        stop: the middle of the button.
    """
    over = threading.Event()
    mover = threading.Thread(target=_move, args=(cast, view, over), name="technician's hand")
    mover.start()
    try:
        with cast.person.desktop.screen() as screen:
            if _last_move(screen, time.monotonic(), MOVING_SECONDS) is None:
                raise CastError("the technician's mouse moves nothing, so Stop would prove nothing")
            cast.person.person.point(*stop)
            cast.person.person.button(down=True)
            pressed = time.monotonic()
            cast.person.person.button(down=False)
            last = _last_move(screen, pressed, WATCHING_SECONDS) or pressed
    finally:
        over.set()
        mover.join()
    return max(0.0, (last - pressed) * 1000)


def _move(cast: Cast, view: RemoteView, over: threading.Event) -> None:
    """Move the technician's mouse to and fro over the view, 100 times a second."""
    place = 0
    while not over.wait(0.01):
        place = (place + 12) % 800
        cast.technician.person.point(*view.at(400 + place, 700))


def _last_move(screen: Screen, since: float, seconds: float) -> float | None:
    """Return when the pointer last moved, None if it has not; looks a thousand times a second."""
    last, before = None, screen.pointer()
    while time.monotonic() < since + seconds:
        now = screen.pointer()
        if now != before:
            last, before = time.monotonic(), now
        time.sleep(LOOK_SECONDS)
    return last
