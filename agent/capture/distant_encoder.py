"""An encoder in a process of its own: a driver's crash or hang costs a picture, not the session."""

import contextlib
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import msgspec

from agent.capture import encoder_program as program
from agent.capture.annexb import is_key, parameter_sets
from agent.capture.encoder import Coded, Order, Planes
from agent.capture.shared_memory import Pixels
from session.errors import EffectFailed
from session.messages import SCREEN_LIMIT

OPENING = 5.0
"""Seconds that the process and the driver get to start; 0.5 are usual."""

CODING = 0.25
"""Seconds for one picture."""

ENDING = 0.2

LARGEST = SCREEN_LIMIT // 2
"""Bytes of one coded picture; it has to fit into a message."""

PROGRAM = (sys.executable, "-m", "agent.capture.encoder_program")
PROGRAMS = Path(__file__).parents[2]
"""The folder from which `python -m agent.capture.encoder_program` finds this very package."""


class DistantEncoder:
    """An encoder of `hardware.CANDIDATES`, in a process of its own.

    Args:
        codec: its name.
        order: what is wanted.
        command: starts the process.

    Raises:
        EffectFailed: it does not open, or not in time.
    """

    def __init__(self, codec: str, order: Order, command: Sequence[str] = PROGRAM) -> None:
        self.sps, self.pps = b"", b""
        self._planes = Planes(order.width, order.height)
        self._channel, theirs = socket.socketpair()
        with theirs:
            try:
                self._process = subprocess.Popen(
                    command,
                    stdin=theirs.fileno(),
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    cwd=PROGRAMS,
                    start_new_session=True,
                )
            except OSError as error:
                self._channel.close()
                raise EffectFailed(f"the encoder's process does not start: {error}") from error
        self._ask(program.OPEN, msgspec.msgpack.encode((codec, order)), OPENING)

    def encode(self, picture: Pixels, *, key: bool = False) -> Coded:
        """Code a picture; raises as `Encoder.encode`, and then nothing more can be coded."""
        self._planes.fill(picture)
        kind = program.KEY if key else program.PICTURE
        data = self._ask(kind, self._planes.pixels.data.cast("B"), CODING)
        try:
            if not self.sps:
                self.sps, self.pps = parameter_sets(data)
            return Coded(data, is_key(data))
        except ValueError as error:
            self.close()
            raise EffectFailed(f"the encoder's output is no stream: {error}") from error

    def close(self) -> None:
        """End the process; whatever its driver does."""
        self._channel.close()
        self._process.kill()
        # What hangs in the kernel dies when it can.
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(ENDING)

    @property
    def process(self) -> int:
        """The id of its process."""
        return self._process.pid

    def _ask(self, kind: int, content: bytes | memoryview, seconds: float) -> bytes:
        try:
            self._channel.settimeout(seconds)
            program.send(self._channel, kind, content)
            answer, data = self._answer(time.monotonic() + seconds)
        except (OSError, EffectFailed) as error:
            self.close()
            raise EffectFailed(f"the encoder's process does not answer: {error}") from error
        if answer != program.DONE:
            self.close()
            raise EffectFailed(f"the encoder failed: {data.decode(errors='replace')[:200]}")
        return data

    def _answer(self, until: float) -> tuple[int, bytes]:
        kind: int
        length: int
        kind, length = program.HEADER.unpack(self._exactly(program.HEADER.size, until))
        if length > LARGEST:
            raise EffectFailed("more than any picture")
        return kind, self._exactly(length, until)

    def _exactly(self, size: int, until: float) -> bytes:
        """Read so many bytes until then: who sends one at a time does not get longer."""
        found = bytearray(size)
        left = memoryview(found)
        while left:
            self._channel.settimeout(max(until - time.monotonic(), 0.001))
            count = self._channel.recv_into(left)
            if not count:
                raise EffectFailed("it is gone")
            left = left[count:]
        return bytes(found)
