"""A small X display without a window manager, for tests that look at what really happens on it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from Xlib.display import Display as Connection

from byleave.demo.children import Children
from byleave.demo.display import Display

NUMBERS = range(20, 30)
SIZE = (640, 480)


@dataclass(frozen=True)
class Glass:
    """A display, and a connection that looks at it."""

    name: str
    port: int
    environment: dict[str, str]
    connection: Connection

    @property
    def pointer(self) -> tuple[int, int]:
        """Where the pointer is."""
        place = self.connection.screen().root.query_pointer()
        return place.root_x, place.root_y

    @property
    def held(self) -> set[int]:
        """The keys that are down, as keycodes."""
        return {
            8 * place + bit
            for place, eight in enumerate(self.connection.query_keymap())
            for bit in range(8)
            if eight >> bit & 1
        }

    @property
    def buttons(self) -> int:
        """The mouse buttons that are down, as the mask of X."""
        mask: int = self.connection.screen().root.query_pointer().mask & 0x1F00
        return mask

    def put_pointer(self, x: int, y: int) -> None:
        """Put the pointer there."""
        self.connection.screen().root.warp_pointer(x, y)
        self.connection.sync()

    def paint(self, colour: int) -> None:
        """Change the picture."""
        root = self.connection.screen().root
        root.change_attributes(background_pixel=colour)
        root.clear_area()
        self.connection.sync()


@contextmanager
def open_glass(folder: Path) -> Iterator[Glass]:
    """Start the display, and put this process on it."""
    environment = {"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": str(folder), "LANG": "C.UTF-8"}
    with Children(folder / "logs") as children, pytest.MonkeyPatch.context() as patch:
        display = Display(children, folder, environment, title="glass", size=SIZE, numbers=NUMBERS)
        where = {"DISPLAY": f":{display.number}", "XAUTHORITY": str(display.authority)}
        for name, value in where.items():
            patch.setenv(name, value)
        connection = Connection(where["DISPLAY"])
        try:
            yield Glass(where["DISPLAY"], display.port, {**environment, **where}, connection)
        finally:
            connection.close()
