"""How often the pixels of a picture are written, counted on real frames.

Counted is each place in the code where pixels come into other memory: it is
named here with the line of the product that does it. What a codec does inside
is its own. A scan-out by the display's hardware would come on top.
"""

from collections.abc import Iterable, Sequence

from benchmarks.agent_stages import Sent
from benchmarks.scenes import HEIGHT, WIDTH
from session.canvas import BAND
from session.messages import Frame
from session.picture import Coding, Copy, Tile

PLACES = {
    "server": "X server into the memory that it shares with the agent: whole rows (`DesktopPixels.grab`)",
    "memory": "the agent's picture of before: what is new or moved once (`Comparison.take`)",
    "codec": "the order that the codec takes: new pixels once (`tiles._bgr`, `X264Encoder.encode`)",
    "decoder": "the console's decoder: new pixels once (`decode_image`, `_Video.decode`)",
    "picture": "the console's picture: new and moved pixels once (`Canvas.paint`)",
    "window": "the window's memory (`QPainter.drawImage`) and the display (XShmPutImage): each once",
}


def count(sent: Iterable[Sent]) -> dict[str, float]:
    """Return written pixels for each pixel that differs, by place and in all, on the average."""
    written = dict.fromkeys(PLACES, 0)
    differing = 0
    for each in sent:
        tiles, moved = _area(each.frame.tiles), _area(each.frame.copies)
        differing += tiles + moved
        written["server"] += each.rows * WIDTH
        written["memory"] += each.fresh + moved
        written["codec"] += tiles
        written["decoder"] += tiles
        written["picture"] += tiles + _moved(each.frame)
        written["window"] += 2 * min(tiles + moved, WIDTH * HEIGHT)
    return {name: pixels / differing for name, pixels in written.items()} | {
        "all": sum(written.values()) / differing
    }


def _area(parts: Sequence[Copy | Tile]) -> int:
    return sum(part.width * part.height for part in parts)


def _moved(frame: Frame) -> int:
    """Return the pixels that are written to move some: twice where a band would overlap itself."""
    total = 0
    for copy in frame.copies:
        overlaps = abs(copy.y - copy.from_y) < BAND and abs(copy.x - copy.from_x) < copy.width
        total += copy.width * copy.height * (2 if overlaps else 1)
    return total


def filmed(sent: Iterable[Sent]) -> float:
    """Return the share of frames that hold a coded picture of a film."""
    frames = [each.frame for each in sent]
    return sum(any(tile.coding is Coding.H264 for tile in frame.tiles) for frame in frames) / len(frames)
