"""Draws a scene on an X display: one copy within the server for each step, as toolkits do."""

import numpy as np
from Xlib import X
from Xlib.display import Display

from benchmarks.scenes import HEIGHT, WIDTH, Blit, Pixels, Scene, text
from byleave.demo import barcode

STRIP = 200_000
"""Bytes of one request; the protocol has a limit."""


class Drawer:
    """A window over the whole display, below all others, that shows a scene.

    Args:
        display: its name.
        scene: what is shown.
        coded: whether each step shows its number as a barcode, in every place that the scene names.
    """

    def __init__(self, display: str, scene: Scene, *, coded: bool) -> None:
        self._display = Display(display)
        self._scene = scene
        self._codes = scene.codes if coded else ()
        root = self._display.screen().root
        self._depth = self._display.screen().root_depth
        self._window = root.create_window(0, 0, WIDTH, HEIGHT, 0, self._depth, override_redirect=True)
        self._gc = self._window.create_gc(graphics_exposures=False)
        self._back = self._window.create_pixmap(WIDTH, HEIGHT, self._depth)
        self._pictures = [self._upload(picture) for picture in scene.pictures]
        self._put(self._back, text(3), 0, 0)
        self._show(scene.step(0), 0)
        self._window.configure(stack_mode=X.Below)
        self._window.map()
        self._window.copy_area(self._gc, self._back, 0, 0, WIDTH, HEIGHT, 0, 0)
        self._display.sync()

    def draw(self, step: int) -> None:
        """Show this step; it is on the screen when this returns."""
        blit = self._scene.step(step)
        self._show(blit, step)
        place = (blit.to_x, blit.to_y, blit.width, blit.height)
        self._window.copy_area(self._gc, self._back, *place, blit.to_x, blit.to_y)
        self._display.sync()

    def round_trip(self) -> None:
        """Ask the server something, and wait for the answer."""
        self._display.sync()

    def close(self) -> None:
        """Take the window away."""
        self._display.close()

    def _show(self, blit: Blit, step: int) -> None:
        picture = self._pictures[blit.picture]
        place = (blit.x, blit.y, blit.width, blit.height)
        self._back.copy_area(self._gc, picture, *place, blit.to_x, blit.to_y)
        for x, y in self._codes:
            self._put(self._back, barcode.draw(step), x, y)

    def _upload(self, pixels: Pixels) -> object:
        height, width = pixels.shape[:2]
        pixmap = self._window.create_pixmap(width, height, self._depth)
        self._put(pixmap, pixels, 0, 0)
        return pixmap

    def _put(self, drawable: object, pixels: Pixels, x: int, y: int) -> None:
        width = pixels.shape[1]
        rows = STRIP // (4 * width)
        for top in range(0, len(pixels), rows):
            part = np.ascontiguousarray(pixels[top : top + rows])
            size = (width, len(part))
            drawable.put_image(self._gc, x, y + top, *size, X.ZPixmap, self._depth, 0, part.tobytes())
