"""Processes of encoders that work, and of such as a bad driver makes: `python -m … KIND`.

They are real ones: libx264 stands for the graphics processor, well or badly asked.
"""

import os
import signal
import sys
from collections.abc import Callable

import numpy as np

from agent.capture import encoder_program as program
from agent.capture.annexb import START, kind, units
from agent.capture.encoder import Order
from agent.capture.hardware import Candidate, Driver
from agent.capture.shared_memory import Pixels

COMMON = {"preset": "ultrafast", "tune": "zerolatency", "forced-idr": "1"}
PARAMETERS = "repeat-headers=1:scenecut=0:subme=2"


def x264(quantiser: str = "{quality}", bounded: dict[str, str] | None = None, **changes: str) -> Candidate:
    common = COMMON | {"x264-params": PARAMETERS} | changes
    return Candidate("libx264", common, {"qp": quantiser}, bounded or {"crf": "24"})


CANDIDATES = {
    "good": x264(),
    "slow": x264(preset="veryslow"),
    "unheard-of": Candidate("h264_of_nobody", {}, {}),
    "another-codec": Candidate("mpeg4", {}, {}, nv12=False),
    "blurred": x264("51"),
    "keeps-pictures-back": x264(tune="film"),
    "reorders": x264(tune="film", bf="2"),
    "only-keys": x264(g="1"),
    "floods": x264(bounded={"crf": "1", "x264-params": f"{PARAMETERS}:vbv-maxrate=0:vbv-bufsize=0"}),
    "wastes": x264("2"),
}


class Wrong(Driver):
    """Codes another picture than it was given."""

    def encode(self, planes: Pixels, *, key: bool) -> bytes:
        return super().encode(np.roll(planes, 40, axis=0), key=key)


class Bare(Driver):
    """Keeps its parameter sets to itself after the first time."""

    def encode(self, planes: Pixels, *, key: bool) -> bytes:
        again = self._count > 0
        found = units(super().encode(planes, key=key))
        return b"".join(START + unit for unit in found if kind(unit) not in (7, 8) or not again)


class Refuses(Driver):
    """Opens, and takes nothing."""

    def encode(self, planes: Pixels, *, key: bool) -> bytes:
        raise ValueError("no")


class Dies(Driver):
    """Crashes in the middle."""

    def encode(self, planes: Pixels, *, key: bool) -> bytes:
        if self._count == 5:
            os.kill(os.getpid(), signal.SIGSEGV)
        return super().encode(planes, key=key)


class Hangs(Driver):
    """Does not come back."""

    def encode(self, planes: Pixels, *, key: bool) -> bytes:
        if self._count == 5:
            signal.pause()
        return super().encode(planes, key=key)


def die() -> None:
    os._exit(3)


DRIVERS: dict[str, Callable[[Candidate, Order], Driver]] = {
    "wrong": Wrong,
    "without-parameters": Bare,
    "refuses": Refuses,
    "dies": Dies,
    "hangs": Hangs,
}
STARTS: dict[str, Callable[[], None]] = {"dies-at-once": die, "hangs-at-once": signal.pause}


def command(kind: str) -> tuple[str, ...]:
    """What starts such a process."""
    return (sys.executable, "-m", "tests.agent.capture.encoder_processes", kind)


if __name__ == "__main__":
    asked = sys.argv[1]
    STARTS.get(asked, lambda: None)()
    program.main({asked: CANDIDATES.get(asked, CANDIDATES["good"])}, DRIVERS.get(asked, Driver))
