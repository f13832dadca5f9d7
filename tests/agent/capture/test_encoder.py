from collections.abc import Iterable

import av
import cv2
import numpy as np
import pytest

from agent.capture.annexb import kind, units
from agent.capture.encoder import VBV_SECONDS, Coded, Order, X264Encoder
from agent.capture.selftest import drawn
from agent.capture.video import STEPS
from session.canvas import Canvas
from session.errors import EffectFailed
from session.messages import SCREEN_LIMIT
from session.picture import Coding, Tile
from tests.agent.capture.pictures import Picture, page, scrolled, signal_to_noise


def decoded(coded: Iterable[Coded]) -> list[Picture]:
    """What a decoder that knows nothing but the stream shows."""
    decoder = av.CodecContext.create("h264", "r")
    frames = [frame for each in coded for frame in decoder.decode(av.Packet(each.data))]
    frames += decoder.decode(None)
    return [frame.to_ndarray() for frame in frames]


def luma(picture: Picture) -> Picture:
    planes = cv2.cvtColor(picture, cv2.COLOR_BGRA2YUV_I420)
    return np.asarray(planes[: picture.shape[0]], dtype=np.uint8)


def test_each_picture_comes_out_at_once_and_the_first_is_a_key_frame() -> None:
    encoder = X264Encoder(Order(640, 360))
    coded = [encoder.encode(scrolled(page(1), 3 * n)) for n in range(20)]
    assert [each.key for each in coded] == [True] + [False] * 19
    shown = decoded(coded)
    assert len(shown) == 20
    for n, picture in enumerate(shown):
        assert signal_to_noise(picture[:360], luma(scrolled(page(1), 3 * n))) > 28


def test_a_key_frame_on_demand_lets_a_decoder_start() -> None:
    encoder = X264Encoder(Order(640, 360))
    coded = [encoder.encode(scrolled(page(1), 3 * n), key=n == 5) for n in range(10)]
    assert [n for n, each in enumerate(coded) if each.key] == [0, 5]
    assert len(decoded(coded[5:])) == 5


def test_a_key_frame_carries_exactly_the_parameter_sets_that_were_told_before() -> None:
    encoder = X264Encoder(Order(640, 360))
    sps, pps = encoder.sps, encoder.pps
    found = list(units(encoder.encode(page(1)).data))
    assert [each for each in found if kind(each) == 7] == [sps]
    assert [each for each in found if kind(each) == 8] == [pps]


def test_a_key_frame_says_nothing_of_its_encoder() -> None:
    for order in (Order(640, 360), Order(640, 360, 30, 20, 1e6)):
        encoder = X264Encoder(order)
        coded = [encoder.encode(page(1), key=key) for key in (False, True, False)]
        assert [{kind(unit) for unit in units(each.data)} for each in coded[:2]] == [{7, 8, 5}] * 2
        assert b"x264" not in b"".join(each.data for each in coded)
        assert len(decoded(coded)) == 3


def test_no_further_key_frame_comes_by_itself() -> None:
    encoder = X264Encoder(Order(64, 64))
    assert [n for n in range(600) if encoder.encode(page(n % 7, 64, 64)).key] == [0]


def test_a_line_is_never_flooded() -> None:
    rate, seconds = 20_000.0, 3
    encoder = X264Encoder(Order(640, 360, 30, bytes_per_second=rate))
    sizes = [len(encoder.encode(page(n, 640, 360)).data) for n in range(30 * seconds)]
    # Each page is quite another one; x264 keeps to its bound within a little.
    assert sizes[0] < 1.3 * rate * VBV_SECONDS
    assert sum(sizes) < 1.3 * rate * seconds


@pytest.mark.parametrize(("width", "height"), [(3840, 2160), (1920, 1200), (1280, 720)])
def test_one_picture_fits_into_a_message_whatever_it_shows(width: int, height: int) -> None:
    noise = np.random.default_rng(1).integers(0, 256, (height, width, 4), np.uint8)
    for rate in (10, 60):
        encoder = X264Encoder(Order(width, height, rate=rate, quality=STEPS[0][0]))
        assert all(len(encoder.encode(noise).data) < SCREEN_LIMIT for _ in range(2))


def test_how_fine_it_is_does_not_depend_on_how_often_pictures_are_expected() -> None:
    sizes = []
    for rate in (10, 60):
        encoder = X264Encoder(Order(640, 360, rate=rate))
        sizes.append([len(encoder.encode(scrolled(page(1), 3 * n)).data) for n in range(10)][1:])
    assert sizes[0] == sizes[1]


def test_odd_sizes_are_padded_with_their_own_edge() -> None:
    encoder = X264Encoder(Order(637, 359))
    assert (encoder.width, encoder.height) == (638, 360)
    source = page(3, 637, 359)
    shown = decoded([encoder.encode(source)])[0]
    padded = cv2.copyMakeBorder(source, 0, 1, 0, 1, cv2.BORDER_REPLICATE)
    assert signal_to_noise(shown[:360], luma(np.asarray(padded, dtype=np.uint8))) > 30


@pytest.mark.parametrize(("width", "height"), [(640, 360), (638, 358), (637, 357), (640, 362), (642, 361)])
def test_colours_are_right_whatever_the_size(width: int, height: int) -> None:
    picture = drawn(0, width, height)
    for encoder in (X264Encoder(Order(width, height)), X264Encoder(Order(width, height, 30, 20, 1e6))):
        canvas = Canvas(width, height)
        canvas.apply((), (Tile(0, 0, width, height, Coding.H264, encoder.encode(picture).data),))
        assert signal_to_noise(canvas.pixels[..., :3], picture[..., :3]) > 30


def test_a_key_picture_in_the_middle_does_not_flood_the_line_either() -> None:
    rate = 20_000.0
    encoder = X264Encoder(Order(640, 360, 30, bytes_per_second=rate))
    sizes = [len(encoder.encode(scrolled(page(1), n), key=n == 60).data) for n in range(90)]
    assert max(sizes) < 1.3 * rate * VBV_SECONDS
    assert sum(sizes[45:75]) < 1.3 * rate


def test_the_source_is_not_changed_and_not_kept() -> None:
    encoder = X264Encoder(Order(640, 360))
    source = page(1)
    before = source.copy()
    encoder.encode(source)
    assert np.array_equal(source, before)
    source[:] = 0
    again = encoder.encode(before)
    assert len(again.data) < 20_000


def test_a_part_of_a_larger_picture_is_coded_without_its_surroundings() -> None:
    whole = page(1, 800, 600)
    part = whole[100:460, 64:704]
    (shown,) = decoded([X264Encoder(Order(640, 360)).encode(part)])
    assert signal_to_noise(shown[:360], luma(np.ascontiguousarray(part))) > 28


def test_colours_survive_and_the_stream_names_its_matrix() -> None:
    encoder = X264Encoder(Order(64, 64))
    picture = np.zeros((64, 64, 4), np.uint8)
    picture[:] = (40, 120, 220, 255)
    decoder = av.CodecContext.create("h264", "r")
    (frame,) = [
        *decoder.decode(av.Packet(encoder.encode(picture).data)),
        *decoder.decode(None),
    ]
    assert (int(frame.colorspace), int(frame.color_range)) == (6, 1)
    back = cv2.cvtColor(frame.to_ndarray(), cv2.COLOR_YUV2BGR_I420)
    assert np.abs(back[32, 32].astype(int) - (40, 120, 220)).max() <= 3


def test_a_size_that_no_codec_takes_is_our_error() -> None:
    with pytest.raises(EffectFailed):
        X264Encoder(Order(40_000, 40_000))
