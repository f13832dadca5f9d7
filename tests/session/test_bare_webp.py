"""WebP tiles cross the wire without their heads, and arrive as the very files that were recorded."""

from collections.abc import Callable

import msgspec
import numpy as np
import pytest

from agent.capture import tiles
from agent.capture.monitor import Rect
from agent.capture.shared_memory import Pixels
from session import bare_webp, codec
from session.canvas import decode_image
from session.messages import Frame
from session.picture import Coding, Tile

HEADS = 20


def picture() -> Pixels:
    """A picture with something in it, from the same numbers each time."""
    return np.random.default_rng(1).integers(0, 4, (64, 64, 4), np.uint8) * np.uint8(60)


def coded() -> dict[str, Tile]:
    """Tiles of every way in which WebP is made here."""
    little = [
        tiles.lossless(picture(), Rect(0, 0, width, 32), busy=0.0, thin=False) for width in range(16, 64)
    ]
    return {
        "odd": next(each for each in little if each.data[16] % 2),
        "even": next(each for each in little if not each.data[16] % 2),
        "thin": tiles.lossless(picture(), Rect(0, 0, 48, 32), busy=0.9, thin=True),
        "rough": tiles.rough(picture(), Rect(0, 0, 48, 32), quality=40, thin=True),
    }


def frame(*parts: Tile) -> Frame:
    """A frame of these tiles."""
    return Frame(0, 0, 1, True, 64, 64, 1, (), parts)


@pytest.mark.parametrize("kind", ["odd", "even", "thin", "rough"])
def test_a_file_loses_its_heads_and_gets_them_back_to_the_byte(kind: str) -> None:
    tile = coded()[kind]
    sent = frame(tile)
    (thin,) = bare_webp.bare(sent).tiles
    assert len(tile.data) - len(thin.data) in (HEADS, HEADS + 1)
    wire = codec.encode(sent)
    assert len(wire) <= len(msgspec.msgpack.encode(sent)) - HEADS
    received = codec.screen_out(wire)
    assert received == sent
    assert isinstance(received, Frame)
    assert decode_image(received.tiles[0]).shape == (tile.height, tile.width, 3)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"RIFF",
        b"RIFF" + bytes(30),
        b"RIFF\x20\0\0\0WEBPVP8X" + bytes(30),
    ],
)
def test_what_is_no_such_file_stays_as_it_is(data: bytes) -> None:
    sent = frame(Tile(0, 0, 16, 16, Coding.WEBP, data))
    assert bare_webp.bare(sent) == sent


@pytest.mark.parametrize(
    "change", [lambda data: data + b"\0\0", lambda data: data[:-2], lambda data: data[:4] + b"\0" + data[5:]]
)
def test_a_file_that_is_not_exactly_so_keeps_its_heads(change: Callable[[bytes], bytes]) -> None:
    tile = coded()["even"]
    data = change(tile.data)
    sent = frame(Tile(tile.x, tile.y, tile.width, tile.height, tile.coding, data))
    assert codec.screen_out(codec.encode(sent)) == sent


def test_other_images_are_left_alone() -> None:
    sent = frame(Tile(0, 0, 16, 16, Coding.PNG, b"an image"), Tile(0, 0, 16, 16, Coding.H264, b"a film", 1))
    assert bare_webp.bare(sent) is sent
    assert bare_webp.whole(sent) is sent
