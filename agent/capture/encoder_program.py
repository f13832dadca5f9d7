"""The process in which a driver codes, so that its crash is not the agent's.

`python -m agent.capture.encoder_program`; standard input is a socket. A message is its
kind, its length and its content:

    parent   OPEN     the encoder's name and an `Order`, MessagePack
             PICTURE  I420 of the ordered size; KEY likewise, for a key picture
    child    DONE     what comes out, after each of them
             FAILED   why not

The parent has a deadline for each answer. A driver that hangs is ended from
inside too, in case the parent has died meanwhile.
"""

import faulthandler
import os
import socket
import struct
from collections.abc import Callable
from typing import Final

import msgspec
import numpy as np
from av.error import FFmpegError

from agent.capture.encoder import Order
from agent.capture.hardware import CANDIDATES, Candidate, Driver

HEADER: Final = struct.Struct(">BI")
OPEN, PICTURE, KEY, DONE, FAILED = range(5)

HUNG_SECONDS = 10
"""After so long in a driver this process ends itself."""


def main(
    candidates: dict[str, Candidate] = CANDIDATES, drive: Callable[[Candidate, Order], Driver] = Driver
) -> None:
    """Serve until the parent is gone.

    Args:
        candidates: the encoders that there are, by name.
        drive: opens one.
    """
    channel = socket.socket(fileno=os.dup(0))
    driver: Driver | None = None
    shape = (0, 0)
    with channel, open(os.devnull, "wb") as nowhere:
        while (message := receive(channel)) is not None:
            kind, content = message
            faulthandler.dump_traceback_later(HUNG_SECONDS, exit=True, file=nowhere)
            try:
                if kind == OPEN:
                    name, order = msgspec.msgpack.decode(content, type=tuple[str, Order])
                    shape = (order.coded_size[1] * 3 // 2, order.coded_size[0])
                    driver = drive(candidates[name], order)
                    answer = b""
                elif driver is None:
                    raise ValueError("nothing is open")
                else:
                    planes = np.frombuffer(content, np.uint8).reshape(shape)
                    answer = driver.encode(planes, key=kind == KEY)
                send(channel, DONE, answer)
            except (FFmpegError, ValueError, KeyError, RuntimeError, NotImplementedError) as error:
                words = error.strerror if isinstance(error, FFmpegError) else str(error)
                send(channel, FAILED, f"{type(error).__name__}: {words}".encode())
            faulthandler.cancel_dump_traceback_later()


def send(channel: socket.socket, kind: int, content: bytes | memoryview) -> None:
    """Send a message; raises OSError."""
    channel.sendall(HEADER.pack(kind, len(content)))
    channel.sendall(content)


def receive(channel: socket.socket) -> tuple[int, bytearray] | None:
    """Return the next message, None at the end; raises OSError."""
    header = exactly(channel, HEADER.size)
    if header is None:
        return None
    kind, length = HEADER.unpack(header)
    content = exactly(channel, length)
    return None if content is None else (kind, content)


def exactly(channel: socket.socket, size: int) -> bytearray | None:
    """Return so many bytes, None if there are not so many; raises OSError."""
    found = bytearray(size)
    left = memoryview(found)
    while left:
        count = channel.recv_into(left)
        if not count:
            return None
        left = left[count:]
    return found


if __name__ == "__main__":
    main()
