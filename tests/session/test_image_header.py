"""Image files of tiles: only the plainest kind is taken, and what it says of itself is looked at first."""

import struct
import tracemalloc
import zlib

import cv2
import numpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from session.canvas import PIXELS_LIMIT, Composer, Undecodable, decode_image
from session.image_header import image_size
from session.messages import Frame
from session.picture import Coding, Tile
from tests.session.test_canvas import canvas, file, noise, tile
from tests.technician_console.streams import page


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def header(width: int, height: int, *, depth: int = 8, colour: int = 2, interlace: int = 0) -> bytes:
    fields = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, interlace)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", fields)


def png_of(*, depth: int = 8, colour: int = 2, interlace: int = 0, before: bytes = b"") -> bytes:
    """A black PNG of 16 × 16, as libpng takes it, with something that tiles do not have."""
    bits = depth * {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[colour]
    rows = (b"\0" + bytes((16 * bits + 7) // 8)) * 16
    if interlace:
        passes = ((2, 2), (2, 2), (4, 2), (4, 4), (8, 4), (8, 8), (16, 8))
        rows = b"".join((b"\0" + bytes(3 * width)) * height for width, height in passes)
    data = chunk(b"PLTE", bytes(3)) if colour == 3 else b""
    data += before + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return header(16, 16, depth=depth, colour=colour, interlace=interlace) + data


# what is taken


@pytest.mark.parametrize("kind", ["grey", "palette", "colour"])
def test_every_plain_kind_of_png_is_taken(kind: str) -> None:
    colour = numpy.full((16, 16, 3), 90, numpy.uint8)
    rows = b"".join(b"\0" + bytes(16) for _ in range(16))
    palette = chunk(b"PLTE", bytes([90] * 3)) + chunk(b"IDAT", zlib.compress(rows))
    data = {
        "grey": file(colour[..., 0], Coding.PNG),
        "palette": header(16, 16, colour=3) + palette + chunk(b"IEND", b""),
        "colour": file(colour, Coding.PNG),
    }[kind]
    assert numpy.array_equal(decode_image(tile(data)), colour)


def test_a_jpeg_is_about_its_picture() -> None:
    pixels = page(64, 48)
    made = decode_image(
        Tile(0, 0, 64, 48, Coding.JPEG, file(pixels, Coding.JPEG, cv2.IMWRITE_JPEG_QUALITY, 90))
    )
    assert numpy.abs(made.astype(int) - pixels).mean() < 12


# what is refused


REFUSED_PNG: dict[str, bytes] = {
    "transparent": png_of(colour=6),
    "grey and transparent": png_of(colour=4),
    "16 bits": png_of(depth=16),
    "1 bit": png_of(depth=1, colour=0),
    "interlaced": png_of(interlace=1),
    "one transparent colour": png_of(before=chunk(b"tRNS", bytes(6))),
    "transparent palette": png_of(colour=3, before=chunk(b"tRNS", bytes(1))),
    "of another colour space": png_of(before=chunk(b"gAMA", struct.pack(">I", 30_000))),
    "turned": png_of(before=chunk(b"eXIf", b"MM\0*\0\0\0\x08\0\1\1\x12\0\3\0\0\0\1\0\3\0\0\0\0\0\0")),
    "moving": png_of(before=chunk(b"acTL", struct.pack(">II", 1, 0))),
}


@pytest.mark.parametrize("data", REFUSED_PNG.values(), ids=REFUSED_PNG.keys())
def test_a_png_that_could_look_otherwise_elsewhere_is_refused(data: bytes) -> None:
    # The library takes each of them, so it is not a mistake in the file that refuses it.
    assert cv2.imdecode(numpy.frombuffer(data, numpy.uint8), cv2.IMREAD_COLOR) is not None
    assert image_size(Coding.PNG, data) is None
    with pytest.raises(Undecodable):
        decode_image(tile(data))


def test_a_webp_with_transparency_or_loss_is_refused() -> None:
    clear = numpy.zeros((16, 16, 4), numpy.uint8)
    lossy = cv2.imencode(".webp", noise(16, 16), (cv2.IMWRITE_WEBP_QUALITY, 80))[1].tobytes()
    for data in (file(clear, Coding.WEBP), lossy):
        with pytest.raises(Undecodable):
            decode_image(tile(data, Coding.WEBP))


def test_a_lossy_webp_is_about_its_picture() -> None:
    pixels = page(64, 48)
    made = decode_image(Tile(0, 0, 64, 48, Coding.VP8, file(pixels, Coding.VP8)))
    assert numpy.abs(made.astype(int) - pixels[..., :3]).mean() < 12


@pytest.mark.parametrize("at", [27, 29])
def test_a_lossy_webp_that_asks_to_be_shown_larger_is_refused(at: int) -> None:
    data = bytearray(file(noise(16, 16), Coding.VP8))
    data[at] |= 0x40
    assert image_size(Coding.VP8, bytes(data)) is None


def test_a_jpeg_that_is_turned_or_progressive_is_refused() -> None:
    data = file(noise(16, 16), Coding.JPEG)
    exif = b"Exif\0\0MM\0*\0\0\0\x08\0\1\1\x12\0\3\0\0\0\1\0\3\0\0\0\0\0\0"
    turned = data[:2] + b"\xff\xe1" + struct.pack(">H", 2 + len(exif)) + exif + data[2:]
    progressive = file(noise(16, 16), Coding.JPEG, cv2.IMWRITE_JPEG_PROGRESSIVE, 1)
    assert decode_image(tile(data, Coding.JPEG)).shape == (16, 16, 3)
    for other in (turned, progressive):
        with pytest.raises(Undecodable):
            decode_image(tile(other, Coding.JPEG))


def enlarged(coding: Coding) -> bytes:
    """A small image file whose header says 16383 x 16383."""
    data = bytearray(file(noise(16, 16), coding))
    match coding:
        case Coding.PNG:
            return header(16383, 16383) + bytes(data[33:])
        case Coding.WEBP:
            data[21:25] = struct.pack("<I", 16382 | 16382 << 14)
        case Coding.VP8:
            data[26:30] = struct.pack("<HH", 16383, 16383)
        case Coding.JPEG:
            at = data.index(b"\xff\xc0")
            data[at + 5 : at + 9] = struct.pack(">HH", 16383, 16383)
    return bytes(data)


@pytest.mark.parametrize("coding", [Coding.PNG, Coding.WEBP, Coding.VP8, Coding.JPEG])
def test_an_image_that_says_it_is_huge_costs_nothing(coding: Coding, monkeypatch: pytest.MonkeyPatch) -> None:
    data, made = enlarged(coding), canvas()
    assert image_size(coding, data) == (16383, 16383)
    decoded: list[object] = []
    monkeypatch.setattr(cv2, "imdecode", lambda *arguments: decoded.append(arguments))
    with pytest.raises(Undecodable):
        made.apply((), (tile(data, coding),))
    assert decoded == []


@pytest.mark.parametrize("coding", [Coding.PNG, Coding.WEBP, Coding.VP8, Coding.JPEG])
def test_a_picture_that_says_it_is_huge_is_refused(coding: Coding) -> None:
    tracemalloc.start()
    try:
        with pytest.raises(Undecodable):
            Composer().take(Frame(0, 0, 0, True, 16384, 16384, 0, (), (tile(enlarged(coding), coding),)))
        assert tracemalloc.get_traced_memory()[1] < 16 << 20
    finally:
        tracemalloc.stop()
    assert 7680 * 4320 <= PIXELS_LIMIT < 16384 * 16384


@settings(max_examples=60)
@given(st.data(), st.sampled_from([Coding.PNG, Coding.WEBP, Coding.VP8, Coding.JPEG]))
def test_a_damaged_file_is_refused_or_an_image(data: st.DataObject, coding: Coding) -> None:
    whole = bytearray(file(noise(16, 16), coding))
    for _ in range(data.draw(st.integers(0, 4))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    damaged = bytes(whole[: data.draw(st.integers(0, len(whole)))])
    try:
        assert decode_image(tile(damaged, coding)).shape == (16, 16, 3)
    except Undecodable:
        pass


@pytest.mark.parametrize("coding", [Coding.PNG, Coding.WEBP])
def test_a_file_that_is_cut_short_is_refused(coding: Coding) -> None:
    data = file(noise(16, 16), coding)
    for end in range(0, len(data) - 16, 17):
        with pytest.raises(Undecodable):
            decode_image(tile(data[:end], coding))


@pytest.mark.parametrize("at", range(41, 700, 60))
def test_a_png_with_a_wrong_bit_is_refused(at: int) -> None:
    data = bytearray(file(noise(16, 16), Coding.PNG))
    data[at] ^= 0x10
    with pytest.raises(Undecodable):
        decode_image(tile(bytes(data)))


@pytest.mark.parametrize("coding", [Coding.PNG, Coding.WEBP, Coding.VP8, Coding.JPEG])
def test_an_image_of_another_size_or_kind_is_refused(coding: Coding) -> None:
    data = file(noise(16, 16), coding)
    with pytest.raises(Undecodable):
        decode_image(tile(data, coding, 16, 17))
    for other in set(Coding) - {coding, Coding.H264}:
        with pytest.raises(Undecodable):
            decode_image(tile(data, other))
