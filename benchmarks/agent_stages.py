"""The agent's way of a picture, stage by stage: from an X display to bytes, recorded and packed."""

import os
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from agent.capture.aside import Keeping
from agent.capture.differ import Change, Differ
from agent.capture.monitor import Changed, Rect
from agent.capture.painter import Painter, Picture
from agent.capture.screen import Screen, open_screen
from agent.capture.shared_memory import DesktopPixels
from agent.flow import NEAR_BYTES, Budget
from benchmarks.bare import Coder, image_tiles, part
from benchmarks.drawing import Drawer
from benchmarks.scenes import HEIGHT, WIDTH, Pixels, Scene
from benchmarks.sheet import Sheet
from session.codec import encode
from session.framing import pack
from session.messages import Frame
from session.picture import Coding, Tile
from tests.agent.recording import begin

LOCAL = Budget(NEAR_BYTES, None)
"""What a local network can take."""

CUTS = 6
WARM = 8
SETTLING = 400
LONGEST = 5.0
SEALED_AT_ONCE = 64 * 1024


@dataclass(frozen=True)
class Sent:
    """A frame, and what is known about it.

    Attributes:
        counts: whether it was measured; others only lead from one measured frame to the next.
        rows: of the display that were fetched for it.
        fresh: pixels that came into view.
    """

    frame: Frame = field(repr=False)
    counts: bool
    rows: int
    fresh: int


class TimedDiffer(Differ):
    """Knows how long its last look took, and what it found."""

    seconds = 0.0
    change = Change((), ())

    def look(self, pixels: Pixels, changed: Changed | None, keeping: Keeping | None = None) -> Change:
        """Look, and look at the clock."""
        began = time.perf_counter()
        self.change = super().look(pixels, changed, keeping)
        self.seconds = time.perf_counter() - began
        return self.change


class AgentStages:
    """Everything between an X display and the line, for one scene.

    Args:
        display: its name.
        scene: what is drawn.
        folder: for the recording.
        sheet: where times are written.
    """

    def __init__(self, display: str, scene: Scene, folder: Path, sheet: Sheet) -> None:
        self._scene, self._folder, self._sheet = scene, folder, sheet
        self._drawer = Drawer(display, scene, coded=False)
        self._screen: Screen = open_screen(display)
        self._bare = DesktopPixels(display, self._screen.monitor)
        self._differ = TimedDiffer(WIDTH, HEIGHT)
        self._painter = Painter(WIDTH, HEIGHT, self._differ)
        self._coder = Coder()
        self._recording = begin(folder / "recording")
        self._recording.allow()
        self._before: Pixels = np.empty((HEIGHT, WIDTH, 4), np.uint8)
        self._differs = np.empty((HEIGHT, WIDTH), bool)
        self._planes = np.empty((HEIGHT * 3 // 2, WIDTH), np.uint8)
        self._now = 0.0
        self._lock, self._listed = threading.Lock(), list[Frame]()
        self.sent: list[Sent] = []

    def run(self, steps: int) -> None:
        """Draw so many steps and send each, all of it in this thread."""
        self._pixels = self._screen.grab()
        self._keep(self._paint(None, key=True), counts=False, rows=HEIGHT)
        self._settle()
        for step in range(1, WARM + steps + 1):
            self._step(step, counts=step > WARM)
            if self._scene.rate < 5:
                self._settle()
            if step > WARM and (step - WARM) % max(1, steps // CUTS) == 0:
                self._cut(max(1, steps // CUTS))
        self._settle()

    @property
    def picture(self) -> Pixels:
        """What the technician has now: BGRx, height × width × 4."""
        return self._differ.picture

    def close(self) -> None:
        """Let go of the display."""
        self._painter.close()
        self._screen.close()
        self._bare.close()
        self._drawer.close()

    def _step(self, step: int, *, counts: bool) -> None:
        sheet = self._sheet if counts else Sheet()
        np.copyto(self._before, self._pixels)
        self._now += 1 / self._scene.rate
        self._drawer.draw(step)
        with sheet.stage("notice"):
            changed = self._screen.wait(LONGEST)
        assert changed is not None, "nothing was drawn"
        with sheet.stage("capture"):
            self._pixels = self._screen.grab(changed)
        began = time.perf_counter()
        picture = self._paint(changed, key=False)
        took = time.perf_counter() - began
        sheet.add("compare", self._differ.seconds)
        sheet.add("encode", took - self._differ.seconds)
        frame = self._keep(picture, counts=counts, rows=changed.height, sheet=sheet)
        self._floors(sheet, changed, frame)

    def _paint(self, changed: Rect | None, *, key: bool) -> Picture:
        picture = self._painter.paint(self._pixels, changed, key=key, budget=LOCAL, now=self._now)
        return picture or Picture((), (), None)

    def _keep(self, picture: Picture, *, counts: bool, rows: int, sheet: Sheet | None = None) -> Frame:
        sheet = sheet or Sheet()
        number = len(self.sent)
        captured = round(self._now * 1000)
        frame = Frame(0, 0, number, number == 0, WIDTH, HEIGHT, captured, picture.copies, picture.tiles)
        with sheet.stage("record"):
            self._recording.recorder.frame(frame, picture.parameters)
        with sheet.stage("pack"):
            pack(encode(frame))
        fresh = sum(rect.width * rect.height for rect in self._differ.change.rects)
        self.sent.append(Sent(frame, counts, rows, fresh))
        return frame

    def _settle(self) -> None:
        """Paint until the technician has all of it exactly."""
        for _ in range(SETTLING):
            if self._painter.exact:
                return
            self._now += 0.05
            picture = self._paint(None, key=False)
            if picture.tiles:
                self._keep(picture, counts=False, rows=0)
        raise TimeoutError("the picture never became exact")

    def _floors(self, sheet: Sheet, changed: Rect, frame: Frame) -> None:
        with sheet.floor("notice"):
            self._drawer.round_trip()
        with sheet.floor("capture"):
            self._bare.grab(changed.y, changed.height)
        rows = slice(changed.y, changed.y + changed.height)
        place = (rows, slice(changed.x, changed.x + changed.width))
        new, old = (each.view(np.uint32)[..., 0][place] for each in (self._pixels, self._before))
        with sheet.floor("compare"):
            np.not_equal(new, old, out=self._differs[place])
        self._convert(sheet, frame.tiles)
        self._coder.prepare(self._pixels, frame.tiles)
        with sheet.floor("encode"):
            self._coder.code()
        with sheet.floor("record"), self._lock:
            self._listed.append(frame)
        data = [tile.data for tile in frame.tiles]
        with sheet.floor("pack"):
            b"".join(data)

    def _convert(self, sheet: Sheet, tiles: Sequence[Tile]) -> None:
        with sheet.stage("convert"):
            for tile in image_tiles(tiles):
                cv2.cvtColor(part(self._pixels, tile), cv2.COLOR_BGRA2BGR)
            for tile in tiles:
                if tile.coding is Coding.H264:
                    size = tile.width * tile.height * 3 // 2
                    planes = self._planes.ravel()[:size].reshape(tile.height * 3 // 2, tile.width)
                    cv2.cvtColor(part(self._pixels, tile), cv2.COLOR_BGRA2YUV_I420, dst=planes)
        with sheet.floor("convert"):
            for tile in tiles:
                np.copyto(part(self._before, tile), part(self._pixels, tile))

    def _cut(self, pictures: int) -> None:
        """Seal what was recorded since the last cut; the floor is one file with the same bytes."""
        size = sum(len(tile.data) for each in self.sent[-pictures:] for tile in each.frame.tiles)
        began = time.perf_counter()
        self._recording.recorder.cut()
        self._sheet.add("seal", (time.perf_counter() - began) / pictures)
        data, key, nonce = bytes(size), ChaCha20Poly1305(bytes(32)), bytes(12)
        began = time.perf_counter()
        with (self._folder / "floor").open("wb") as file:
            for at in range(0, size, SEALED_AT_ONCE):
                file.write(key.encrypt(nonce, data[at : at + SEALED_AT_ONCE], None))
            file.flush()
            os.fsync(file.fileno())
        self._sheet.add_floor("seal", (time.perf_counter() - began) / pictures)
