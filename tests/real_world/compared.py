"""What the recording and the film show at the time of each screenshot.

The auditor's own lines compose the pictures. Which of them a screenshot must be is not
asked of anybody: its pixels decide, among those that had been captured by then.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import av
import cv2
import numpy as np
from av.video.reformatter import Colorspace, VideoReformatter

from auditor import config as configuration
from auditor.composing import Composing
from auditor.opening import identities_of, open_session, open_source
from auditor.options import asking
from auditor.reel import Reel
from auditor.shelf import Position
from byleave.demo import barcode
from tests.real_world.shots import Pixels, Shot
from tests.real_world.stage import Stage
from tests.real_world.watch import PLACE

LAGS_MS = (500, 30_000)
"""How old a picture may be that is still shown: mostly, and on a machine that has too much to do."""

BLOCK = 8
SHARP = 64
"""A block with such a step of brightness in it holds an edge: on these desktops mostly of a letter."""


@dataclass(frozen=True)
class Match:
    """A screenshot, and the recorded picture that is most like it.

    Attributes:
        shot: the screenshot.
        position: of the picture in the reel.
        index: how many pictures the reel has before it.
        captured_ms: when it was captured, as the recording says, milliseconds since 1970.
        wrong: pixels that differ.
    """

    shot: Shot
    position: Position
    index: int
    captured_ms: int
    wrong: int

    @property
    def age_ms(self) -> float:
        """How old the picture was when the screenshot was asked for; below 0 if it came meanwhile."""
        return self.shot.began - self.captured_ms

    def __str__(self) -> str:
        """Say what was found, in words."""
        return f"{self.shot.scene} {self.shot.path.stem}: {self.wrong} pixels, {self.age_ms:.0f} ms old"


@dataclass(frozen=True)
class Likeness:
    """How like a film's picture is to what was seen, in dB of peak signal to noise.

    Attributes:
        match: what was seen.
        late_ms: how much later the film shows it than the recording says.
        whole: of all colours, everywhere.
        text: of the brightness, where there are edges.
        legible: whether the number in the film's picture is that one; where one was seen half drawn, none.
    """

    match: Match
    late_ms: float
    whole: float
    text: float
    legible: bool


@contextmanager
def opened(stage: Stage, bundle: Path) -> Iterator[Reel]:
    """Check and open a bundle as the auditor does."""
    key, root = stage.auditor / "id_ed25519", str(stage.adoption)
    config, ask = configuration.load(stage.folder / "state-auditor", root=root, key=key), asking(None)
    with open_source(str(bundle), config, ask) as source:
        (sid,) = source.sessions()
        yield Reel(open_session(source, sid, config, identities_of(config, ask)).recording)


def replayed(reel: Reel, shots: Sequence[Shot]) -> list[Match]:
    """Find each screenshot's picture in the recording."""
    composing = Composing(reel)
    found = []
    for shot in shots:
        match = _found(reel, composing, shot, LAGS_MS[0])
        found.append(match if not match.wrong else _found(reel, composing, shot, LAGS_MS[1]))
    return found


def _found(reel: Reel, composing: Composing, shot: Shot, lag_ms: int) -> Match:
    best: Match | None = None
    # The number in the corner tells most pictures apart, and is compared in no time.
    x, y = PLACE
    corner = shot.pixels()[y : y + barcode.HEIGHT, x : x + barcode.WIDTH]
    for position in _candidates(reel, shot, lag_ms):
        shown = composing.show(position)
        pixels = shown.pixels[:, :, :3]
        if best is None or (pixels[y : y + barcode.HEIGHT, x : x + barcode.WIDTH] == corner).all():
            wrong = shot.differs(pixels)
            if best is None or wrong <= best.wrong:
                index = sum(len(reel.pictures(piece)) for piece in range(position.piece)) + position.number
                best = Match(shot, position, index, shown.at, wrong)
    assert best is not None, f"the recording shows nothing when {shot.path.stem} was taken"
    return best


def _candidates(reel: Reel, shot: Shot, lag_ms: int) -> list[Position]:
    """Return the pictures that may have been shown, the oldest first."""
    position = reel.at(round(shot.ended))
    found: list[Position] = []
    while position is not None:
        found.append(position)
        if reel.time_of(position) < shot.began - lag_ms:
            break
        position = reel.before(position)
    return found[::-1]


def filmed(reel: Reel, film: Path, matches: Sequence[Match]) -> list[Likeness]:
    """Look up each match's picture in the film, where the recording says that it stands."""
    wanted = {match.index: match for match in matches}
    begun = reel.time_of(Position(0, 0))
    composing, reformatter, found = Composing(reel), VideoReformatter(), []
    with av.open(str(film)) as container:
        for index, frame in enumerate(container.decode(video=0)):
            if (match := wanted.get(index)) is None:
                continue
            assert frame.time is not None
            picture = reformatter.reformat(frame, format="bgr24", src_colorspace=Colorspace.ITU709)
            played = picture.to_ndarray()
            seen = composing.show(match.position).pixels[:, :, :3]
            late = 1000 * frame.time - (match.captured_ms - begun)
            found.append(Likeness(match, late, _psnr(played, seen), *_text(played, seen)))
    return found


def _text(played: Pixels, seen: Pixels) -> tuple[float, bool]:
    one, other = (cv2.cvtColor(np.ascontiguousarray(each), cv2.COLOR_BGR2GRAY) for each in (played, seen))
    kernel = np.ones((BLOCK, BLOCK), np.uint8)
    edges = (cv2.dilate(other, kernel) - cv2.erode(other, kernel)) > SHARP
    x, y = PLACE
    corners = (each[y : y + barcode.HEIGHT, x : x + barcode.WIDTH] for each in (played, seen))
    film, screen = (barcode.read(corner) for corner in corners)
    return _psnr(one[edges], other[edges]), film == screen


def _psnr(one: Pixels, other: Pixels) -> float:
    error = float(np.mean((one.astype(np.float32) - other) ** 2)) if one.size else 0.0
    return 99.0 if error == 0 else float(10 * np.log10(255**2 / error))
