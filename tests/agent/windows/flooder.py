"""A program that does small things to a small window thousands of times a second, until it is ended."""

import sys
import time

from Xlib import X
from Xlib.display import Display
from Xlib.xobject.drawable import Window

PLACE = (100, 900)
SIZE = 50
STEP_SECONDS = 0.005


def main(kind: str, rate: int) -> None:
    display = Display()
    windows = [_window(display), _window(display)]
    began, done = time.monotonic(), 0
    while True:
        wanted = int((time.monotonic() - began) * rate)
        for number in range(done, wanted):
            if kind == "moves":
                windows[0].configure(x=PLACE[0] + number % 100)
            elif kind == "stacks":
                windows[0].configure(stack_mode=X.Below if number % 2 else X.Above)
            else:
                windows[0].unmap() if number % 2 else windows[0].map()
        if done < rate <= wanted:
            sys.stdout.write("flooding\n")
            sys.stdout.flush()
        done = wanted
        display.sync()
        time.sleep(STEP_SECONDS)


def _window(display: Display) -> Window:
    screen = display.screen()
    window: Window = screen.root.create_window(
        *PLACE, SIZE, SIZE, 0, screen.root_depth, override_redirect=True
    )
    window.map()
    return window


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
