"""The console's real window without its network, told what to show by a test.

`python -m tests.technician_console.windows.stand FD`: over that socket come lines of
JSON (what to show), back go lines of JSON (what the technician wants, what Qt warns of).
"""

import json
import socket
import sys
import threading

from PySide6.QtCore import QMessageLogContext, QtMsgType, qInstallMessageHandler

from session.messages import PointerAt
from technician_console.decoder import Decoding
from technician_console.surface import Surface
from technician_console.view import Live
from technician_console.windows.application import run
from tests.technician_console.streams import Stream, scrolling
from tests.technician_console.windows.scenes import STATES, desk, picture_of, pointer
from tests.technician_console.windows.told import Told


class Teller(Told):
    """Tells the test every intent, at once."""

    def __init__(self, channel: socket.socket) -> None:
        super().__init__()
        self._channel, self._lock = channel, threading.Lock()

    def hear(self, *what: object) -> None:
        with self._lock:
            self._channel.sendall(json.dumps(what).encode() + b"\n")


def stream(surface: Surface, teller: Teller, width: int, height: int, count: int) -> Decoding:
    """Play so many frames of a page that scrolls, and return what goes on to scale the last one."""
    coder, done = Stream(width, height), threading.Event()
    decoding = Decoding(surface, lambda number: done.set(), lambda: teller.hear("key-frame-wanted"))
    decoding.start()
    for pixels in scrolling(width, height, count):
        done.clear()
        decoding.feed(coder.frame(pixels, captured_ms=1))
        done.wait()
    teller.hear("streamed", decoding.counts.decoded)
    return decoding


def obey(surface: Surface, teller: Teller, channel: socket.socket) -> None:
    """Do what the test says, until it closes the channel."""
    decodings = []
    for line in channel.makefile():
        match json.loads(line):
            case ["show", name]:
                surface.show(STATES[name])
            case ["desk"]:
                surface.picture(desk())
                surface.pointer(pointer())
            case ["picture", name]:
                state = STATES[name]
                assert isinstance(state, Live)
                surface.picture(picture_of(state))
            case ["pointer", x, y]:
                surface.pointer(PointerAt(0, x, y))
            case ["stream", width, height, count]:
                decodings.append(stream(surface, teller, width, height, count))
    # A thread that still works when the interpreter ends would abort the program.
    for each in decodings:
        each.close()
    surface.close()


def main() -> None:
    """Show the window until the test closes the channel."""
    with socket.socket(fileno=int(sys.argv[1])) as channel:
        surface, teller = Surface(), Teller(channel)

        def warn(kind: QtMsgType, context: QMessageLogContext, message: str) -> None:
            teller.hear("qt", kind.name, message)

        qInstallMessageHandler(warn)
        obeying = threading.Thread(target=obey, args=(surface, teller, channel), daemon=True)
        obeying.start()
        surface.show(STATES[sys.argv[2]])
        run(surface, teller)


if __name__ == "__main__":
    main()
