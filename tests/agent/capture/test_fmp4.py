import json
import subprocess
from itertools import pairwise
from pathlib import Path

import av
import pytest

from agent.capture.encoder import Order, X264Encoder
from agent.capture.fmp4 import Sample, fragment, init_segment
from tests.agent.capture.pictures import page, scrolled, signal_to_noise

BASE = 1_000_000
TIMES = [BASE + each for each in (0, 33, 50, 1200, 1216, 1217, 1300, 4999, 5000, 9000, 9017, 9500)]
LAST = 250


class Stream:
    """Twelve pictures at uneven times, in fragments of four."""

    def __init__(self) -> None:
        self.encoder = X264Encoder(Order(640, 360))
        self.sources = [scrolled(page(1), 4 * n) for n in range(len(TIMES))]
        coded = [self.encoder.encode(each, key=n == 8) for n, each in enumerate(self.sources)]
        gaps = [after - before for before, after in pairwise(TIMES)]
        self.samples = [
            Sample(each.data, time, gap, each.key)
            for each, time, gap in zip(coded, TIMES, [*gaps, LAST], strict=True)
        ]
        self.init = init_segment(640, 360, self.encoder.sps, self.encoder.pps)
        self.fragments = [fragment(n // 4 + 1, self.samples[n : n + 4], BASE) for n in range(0, 12, 4)]


@pytest.fixture(scope="module")
def stream() -> Stream:
    return Stream()


def probed(path: Path) -> list[dict[str, str]]:
    command = [
        "ffprobe",
        "-v",
        "error",
        "-select_streams",
        "v",
        "-show_frames",
        "-show_packets",
        "-of",
        "json",
    ]
    done = subprocess.run([*command, str(path)], check=True, capture_output=True, text=True)
    assert done.stderr == ""
    found: list[dict[str, str]] = json.loads(done.stdout)["packets_and_frames"]
    return found


def test_a_stock_player_finds_every_picture_at_its_time(stream: Stream, tmp_path: Path) -> None:
    path = tmp_path / "screen.mp4"
    path.write_bytes(stream.init + b"".join(stream.fragments))
    found = probed(path)
    frames = [each for each in found if each["type"] == "frame"]
    packets = [each for each in found if each["type"] == "packet"]
    assert [int(each["pts"]) + BASE for each in frames] == TIMES
    assert [n for n, each in enumerate(packets) if "K" in each["flags"]] == [0, 8]


def test_each_picture_lasts_until_the_next(stream: Stream, tmp_path: Path) -> None:
    path = tmp_path / "screen.mp4"
    path.write_bytes(stream.init + b"".join(stream.fragments))
    # `ffprobe` 5 shows the codec's nominal duration instead.
    with av.open(str(path)) as container:
        packets = [packet for packet in container.demux() if packet.pts is not None]
    assert [each.duration for each in packets] == [each.duration_ms for each in stream.samples]


def test_pictures_decode_to_what_was_seen(stream: Stream, tmp_path: Path) -> None:
    path = tmp_path / "screen.mp4"
    path.write_bytes(stream.init + b"".join(stream.fragments))
    with av.open(str(path)) as container:
        shown = [frame.to_ndarray(format="bgra") for frame in container.decode(video=0)]
    assert len(shown) == len(stream.sources)
    for picture, source in zip(shown, stream.sources, strict=True):
        assert picture.shape == source.shape
        assert signal_to_noise(picture[..., :3], source[..., :3]) > 20


def test_ffmpeg_decodes_it_without_a_complaint(stream: Stream, tmp_path: Path) -> None:
    path = tmp_path / "screen.mp4"
    path.write_bytes(stream.init + b"".join(stream.fragments))
    command = ["ffmpeg", "-v", "warning", "-xerror", "-i", str(path), "-fps_mode", "passthrough"]
    command += ["-enc_time_base", "-1", "-f", "null", "-"]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    assert done.stderr == ""


def test_a_fragment_that_begins_with_a_key_frame_plays_alone(stream: Stream, tmp_path: Path) -> None:
    path = tmp_path / "screen.mp4"
    path.write_bytes(stream.init + stream.fragments[2])
    frames = [each for each in probed(path) if each["type"] == "frame"]
    assert [int(each["pts"]) + BASE for each in frames] == TIMES[8:]


def test_a_fragment_of_one_picture_is_complete(stream: Stream, tmp_path: Path) -> None:
    path = tmp_path / "screen.mp4"
    single = [fragment(n + 1, [each], BASE) for n, each in enumerate(stream.samples)]
    path.write_bytes(stream.init + b"".join(single))
    frames = [each for each in probed(path) if each["type"] == "frame"]
    assert [int(each["pts"]) + BASE for each in frames] == TIMES


def test_times_beyond_32_bits_are_exact(stream: Stream, tmp_path: Path) -> None:
    path = tmp_path / "screen.mp4"
    path.write_bytes(stream.init + fragment(1, stream.samples[:1], BASE - 2**33))
    assert [int(each["pts"]) for each in probed(path) if each["type"] == "packet"] == [2**33]


def test_pictures_out_of_order_are_refused(stream: Stream) -> None:
    with pytest.raises(ValueError, match="out of order"):
        fragment(1, stream.samples[1::-1], BASE)
    with pytest.raises(ValueError, match="out of order"):
        fragment(1, stream.samples[:1], BASE + 1)
    with pytest.raises(ValueError, match="without a picture"):
        fragment(1, [], BASE)
