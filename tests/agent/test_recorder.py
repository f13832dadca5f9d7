"""The recorder: what was taken is sealed and durable after the next cut, or nothing is taken any more."""

import threading
from itertools import pairwise
from pathlib import Path

import pytest

from agent import recorder as module
from session.errors import RecorderFailed
from session.messages import Frame
from session.picture import Coding, Tile
from session.sealing import PIECE
from session.statements import OBJECTS_LIMIT, Idle, Segment
from tests.agent.recording import PARAMETERS, Recording, begin, frame


@pytest.fixture
def recording(tmp_path: Path) -> Recording:
    made = begin(tmp_path)
    made.allow()
    return made


def segments(recording: Recording) -> list[Segment]:
    return [each for each in recording.statements() if isinstance(each, Segment)]


def test_nothing_is_taken_before_something_is_allowed(tmp_path: Path) -> None:
    recorder = begin(tmp_path).recorder
    assert not recorder.recording
    with pytest.raises(RecorderFailed):
        recorder.event("chat", text="hello")
    with pytest.raises(RecorderFailed):
        recorder.frame(frame(1, key=True))
    assert recorder.cut() is None


def test_what_was_taken_is_sealed_by_kind(recording: Recording) -> None:
    recording.recorder.event("chat", **{"from": "person", "text": "hello"})
    recording.recorder.event("key", sensitive=True, keysym=97, down=1)
    recording.recorder.frame(frame(1, key=True, video=7), PARAMETERS)
    made = recording.recorder.cut()
    assert made is not None
    assert made.kind == "segment"
    (segment,) = segments(recording)
    assert [(each.key, each.name) for each in segment.objects] == [
        ("main", "seg/000002.screen-0-0.jsonl.age"),
        ("main", "seg/000002.images-0-0.png.age"),
        ("main", "init/video-0-0-7.mp4.age"),
        ("main", "seg/000002.video-0-0-7.m4s.age"),
        ("main", "seg/000002.events.jsonl.age"),
        ("sensitive", "seg/000002.sensitive.jsonl.age"),
    ]
    assert [event["e"] for event in recording.events()] == ["chat", "screen", "key"]
    files = [path for path in recording.spool.folder.rglob("*") if path.is_file()]
    assert not [path for path in files if b"hello" in path.read_bytes()]


def test_a_segment_covers_the_time_since_the_last_one(recording: Recording) -> None:
    for _ in range(3):
        recording.recorder.event("chat", **{"from": "person", "text": "hello"})
        recording.recorder.cut()
    times = [(each.t0, each.t1) for each in segments(recording)]
    assert all(t0 <= t1 for t0, t1 in times)
    assert all(earlier[1] >= later[0] for earlier, later in pairwise(times))


def test_an_empty_cut_is_idle_and_an_empty_last_one_is_nothing(recording: Recording) -> None:
    recording.recorder.cut()
    assert isinstance(recording.statements()[-1], Idle)
    before = len(recording.statements())
    assert recording.recorder.cut(last=True) is None
    assert recording.recorder.cut() is None
    assert len(recording.statements()) == before


def test_nothing_is_taken_after_the_last_cut(recording: Recording) -> None:
    recording.recorder.event("chat", **{"from": "person", "text": "hello"})
    recording.recorder.cut(last=True)
    assert not recording.recorder.recording
    with pytest.raises(RecorderFailed):
        recording.recorder.event("chat", **{"from": "person", "text": "too late"})
    assert [event["text"] for event in recording.events()] == ["hello"]


def test_what_was_sent_is_what_is_recorded(recording: Recording) -> None:
    sent = [frame(1, key=True), frame(2, video=0), frame(3)]
    for each in sent:
        recording.recorder.frame(each, PARAMETERS)
    recording.recorder.cut()
    first, second, third = recording.pictures()
    assert first == {
        "t": 1,
        "n": 1,
        "key": True,
        "width": 64,
        "height": 48,
        "copies": [],
        "tiles": [[0, 0, 16, 16, "png", len(b"image 1")]],
    }
    assert second["copies"] == [[0, 0, 8, 8, 8, 8]]
    assert recording.images() == [[b"image 1"], [b"image 2"], [b"image 3"]]
    # The number of the video stream; its picture is the next sample of the fragments.
    assert second["tiles"][1] == [0, 16, 31, 17, "h264", 0]
    assert [each["n"] for each in (first, second, third)] == [1, 2, 3]
    (fragments,) = [recording.read(each) for each in recording.objects() if ".video-" in each.name]
    assert b"film 2" in fragments


def of_kinds(number: int, *kinds: Coding, epoch: int = 0) -> Frame:
    tiles = tuple(
        Tile(0, 16 * at, 16, 16, kind, b"%s %d" % (kind.encode(), number)) for at, kind in enumerate(kinds)
    )
    return Frame(0, epoch, number, number == 0 or epoch > 0, 64, 80, number, (), tiles)


def test_images_of_a_kind_stand_one_after_the_other_in_the_order_of_the_lines(recording: Recording) -> None:
    sent = [
        of_kinds(0, Coding.PNG),
        of_kinds(1, Coding.JPEG, Coding.PNG, Coding.JPEG),
        of_kinds(2),
        of_kinds(3, Coding.PNG, Coding.VP8),
        of_kinds(4, Coding.WEBP, epoch=1),
    ]
    for each in sent:
        recording.recorder.frame(each)
    recording.recorder.cut()
    held = {each.name: recording.read(each) for each in recording.objects() if ".images-" in each.name}
    assert held == {
        "seg/000002.images-0-0.png.age": b"png 0png 1png 3",
        "seg/000002.images-0-0.jpeg.age": b"jpeg 1jpeg 1",
        "seg/000002.images-0-0.vp8.age": b"vp8 3",
        "seg/000002.images-0-1.webp.age": b"webp 4",
    }
    assert recording.images() == [[tile.data for tile in each.tiles] for each in sent]


def test_pictures_without_an_image_have_no_object_of_images(recording: Recording) -> None:
    recording.recorder.frame(of_kinds(0))
    recording.recorder.cut()
    assert [each.name for each in recording.objects()] == [
        "seg/000002.screen-0-0.jsonl.age",
        "seg/000002.events.jsonl.age",
    ]


def test_a_segment_says_where_decoding_must_start(recording: Recording) -> None:
    def cut(*taken: Frame) -> int | None:
        for each in taken:
            recording.recorder.frame(each)
        recording.recorder.cut()
        return segments(recording)[-1].start

    assert cut(frame(0, key=True), frame(1), frame(2)) == 2
    assert cut(frame(3), frame(4)) == 2
    # A key picture in the middle helps the next segment only.
    assert cut(frame(5), frame(6, key=True), frame(7)) == 2
    assert cut(frame(8)) == 4
    assert cut(frame(9), frame(10, key=True, epoch=1)) == 4
    assert cut(frame(11, epoch=1)) == 6
    recording.recorder.event("chat", **{"from": "person", "text": "no picture"})
    recording.recorder.cut()
    assert segments(recording)[-1].start is None


def test_each_epoch_and_each_stream_begins_once(recording: Recording) -> None:
    for number in range(2):
        for epoch in range(2):
            recording.recorder.frame(frame(2 * number, key=True, epoch=epoch, video=0), PARAMETERS)
            recording.recorder.frame(frame(2 * number + 1, epoch=epoch, video=1), PARAMETERS)
        recording.recorder.cut()
    begun = [each.name for each in recording.objects() if each.name.startswith("init/")]
    assert begun == [f"init/video-0-{epoch}-{number}.mp4.age" for epoch in range(2) for number in range(2)]
    assert [event["epoch"] for event in recording.events()] == [0, 1]


def test_a_video_that_nobody_could_play_is_not_taken(recording: Recording) -> None:
    with pytest.raises(RecorderFailed):
        recording.recorder.frame(frame(1, key=True, video=0))
    assert recording.recorder.frames == 0


def test_no_event_is_lost_or_doubled_while_segments_are_cut(recording: Recording) -> None:
    def work(number: int) -> None:
        for count in range(300):
            recording.recorder.event("pointer", x=number, y=count)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(3)]
    cutting = threading.Thread(target=lambda: [recording.recorder.cut() for _ in range(10)])
    for thread in (*threads, cutting):
        thread.start()
    for thread in (*threads, cutting):
        thread.join()
    recording.recorder.cut(last=True)
    taken = [(event["x"], event["y"]) for event in recording.events()]
    assert sorted(taken) == [(number, count) for number in range(3) for count in range(300)]
    # Within each thread the order is kept.
    assert all([y for x, y in taken if x == number] == list(range(300)) for number in range(3))


def test_more_films_than_a_segment_holds_are_several_segments(recording: Recording) -> None:
    taken = 3 * OBJECTS_LIMIT
    for number in range(taken):
        recording.recorder.frame(frame(number, key=number == 0, video=number), PARAMETERS)
    recording.recorder.event("chat", **{"from": "person", "text": "hello"})
    assert recording.recorder.full
    made = recording.recorder.cut()
    assert not recording.recorder.full
    cut = segments(recording)
    assert made is not None
    assert made.seq == cut[-1].seq
    assert len(cut) > 3
    assert all(earlier.t1 == later.t0 for earlier, later in pairwise(cut))
    # Nothing is lost or out of order, and each names where decoding must start.
    assert [each["n"] for each in recording.pictures()] == list(range(taken))
    assert {each.start for each in cut} == {cut[0].seq}
    assert len({each.name for each in recording.objects()}) == len(recording.objects())


def test_sizes_that_change_all_the_time_are_several_segments(recording: Recording) -> None:
    for epoch in range(2 * OBJECTS_LIMIT):
        recording.recorder.frame(frame(epoch, key=True, epoch=epoch))
    recording.recorder.cut()
    # Each has its lines and its images.
    assert len(segments(recording)) == 5
    assert [event["epoch"] for event in recording.events()] == list(range(2 * OBJECTS_LIMIT))


def test_every_kind_of_images_counts_as_an_object(recording: Recording) -> None:
    kinds = [kind for kind in Coding if kind is not Coding.H264]
    taken = 2 * OBJECTS_LIMIT
    for number in range(taken):
        recording.recorder.frame(of_kinds(number, *kinds, epoch=number))
    # One that needs no further object still belongs to the last of them.
    recording.recorder.frame(of_kinds(taken, *kinds, epoch=taken - 1))
    recording.recorder.cut()
    counts = [len(each.objects) for each in segments(recording)]
    most = (OBJECTS_LIMIT - 2) // (1 + len(kinds))
    assert counts[0] == 1 + most * (1 + len(kinds))
    assert max(counts) <= OBJECTS_LIMIT
    assert len(counts) == -(-taken // most)
    assert [each["n"] for each in recording.pictures()] == list(range(taken + 1))


def test_much_is_cut_early(recording: Recording, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SEGMENT_BYTES", 1000)
    recording.recorder.event("chat", **{"from": "person", "text": "short"})
    assert not recording.recorder.full
    recording.recorder.event("chat", **{"from": "person", "text": "x" * 900})
    recording.recorder.event("chat", **{"from": "person", "text": "y" * 900})
    assert recording.recorder.full
    recording.recorder.cut(last=True)
    assert len(segments(recording)) == 3
    assert [event["text"][0] for event in recording.events()] == ["s", "x", "y"]


def test_sealing_lets_others_go_on(recording: Recording, monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []
    monkeypatch.setattr(module, "_pause", lambda: pauses.append(0.0))
    tile = Tile(0, 0, 16, 16, Coding.PNG, bytes(10 * PIECE))
    recording.recorder.frame(Frame(0, 0, 1, True, 64, 48, 1, (), (tile,)))
    recording.recorder.cut()
    assert len(pauses) >= 9
    assert recording.images() == [[tile.data]]


def test_what_is_recorded_is_hardly_more_than_what_was_sent(recording: Recording) -> None:
    tile = Tile(0, 0, 16, 16, Coding.PNG, bytes(range(256)) * 400)
    for number in range(10):
        recording.recorder.frame(Frame(0, 0, number, number == 0, 64, 48, 1, (), (tile,)))
    recording.recorder.cut()
    assert sum(each.size for each in recording.objects()) < 1.01 * 10 * len(tile.data)


def test_a_cut_that_fails_is_the_end(recording: Recording) -> None:
    recording.recorder.event("chat", **{"from": "person", "text": "hello"})
    (recording.spool.session / "seg" / "000002.events.jsonl.age" / "in the way").mkdir(parents=True)
    with pytest.raises(RecorderFailed):
        recording.recorder.cut()
    assert not recording.recorder.recording
    for taking in (
        lambda: recording.recorder.event("chat", **{"from": "person", "text": "after"}),
        lambda: recording.recorder.frame(frame(1, key=True)),
        lambda: recording.recorder.cut(),
        lambda: recording.recorder.cut(last=True),
    ):
        with pytest.raises(RecorderFailed):
            taking()
    recording.recorder.start()
    assert not recording.recorder.recording
    assert [each.KIND for each in recording.statements()] == ["open", "consent"]


def test_a_disk_that_cannot_follow_is_the_end(recording: Recording, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MEMORY_LIMIT", 1000)
    with pytest.raises(RecorderFailed):
        for _ in range(100):
            recording.recorder.event("chat", **{"from": "person", "text": "x" * 50})
    assert not recording.recorder.recording
    with pytest.raises(RecorderFailed):
        recording.recorder.event("chat", **{"from": "person", "text": "short"})


def test_the_memory_is_free_again_after_a_cut(recording: Recording, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MEMORY_LIMIT", 1000)
    for _ in range(20):
        recording.recorder.event("chat", **{"from": "person", "text": "x" * 500})
        recording.recorder.cut()
    assert recording.recorder.recording
