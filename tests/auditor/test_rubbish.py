"""Pictures that an agent could seal and sign, and that nobody can see."""

import json
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from agent.capture.fmp4 import Sample, fragment
from auditor.findings import Failure
from session.picture import Coding
from session.statements import Segment, SessionStatement
from tests.auditor.drawing import bar, image
from tests.auditor.resealed import objects, opened, reseal, slip_in
from tests.auditor.story import whole_session
from tests.auditor.told import Make, report_of
from tests.auditor.world import Session

FIRST = "seg/000002.screen-0-0.jsonl.age"
IMAGES = "seg/000002.images-0-0.png.age"


def found(session: Session, words: str, name: str) -> None:
    """Assert that the check finds exactly this one thing."""
    report = report_of(session)
    assert [(each.failure, each.words) for each in report.findings] == [(Failure.CONTENT, words)]
    assert report.findings[0].where.endswith(name)


def found_among(session: Session, words: str, name: str) -> None:
    """Assert that the check finds this of an object, whatever else follows from it."""
    report = report_of(session)
    assert report.exit_code == Failure.CONTENT.code
    assert (Failure.CONTENT, words) in {
        (each.failure, each.words) for each in report.findings if each.where.endswith(name)
    }


def lines(change: Callable[[list[Any]], object]) -> Callable[[bytes], bytes]:
    """Return what changes an object's lines as values."""

    def changed(data: bytes) -> bytes:
        values = [json.loads(line) for line in data.splitlines()]
        change(values)
        return b"".join(msgspec.json.encode(value) + b"\n" for value in values)

    return changed


def test_sealed_rubbish_is_found(make_world: Make) -> None:
    session = whole_session(make_world())
    reseal(session, FIRST, lambda _: b"\0" * 500)
    report = report_of(session)
    assert report.exit_code == Failure.CONTENT.code
    assert report.findings[0].where.endswith(FIRST)
    assert "line 1 is not a picture" in report.findings[0].words


def _of_another_size(values: list[Any]) -> None:
    values[3]["tiles"][0][2] -= 1


def _outside(values: list[Any]) -> None:
    values[3]["tiles"][0][0] = 319


def _too_much_work(values: list[Any]) -> None:
    values[3]["copies"] = [[0, 0, 320, 200, 0, 0]] * 3


def _no_key(values: list[Any]) -> None:
    values[0]["key"] = False


def _key_that_copies(values: list[Any]) -> None:
    values[0]["copies"] = [[0, 0, 1, 1, 0, 0]]


def _huge(values: list[Any]) -> None:
    for value in values:
        value["width"] = value["height"] = 16384


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (_of_another_size, "picture 3 cannot be decoded: not of the size that was said"),
        (_outside, "picture 3 cannot be decoded: outside the picture"),
        (_too_much_work, "picture 3 cannot be decoded: more work than a picture is worth"),
        (_key_that_copies, "picture 0 cannot be decoded: a key frame that copies"),
    ],
)
def test_a_picture_that_nobody_can_see_is_found(
    change: Callable[[list[Any]], None], words: str, make_world: Make
) -> None:
    session = whole_session(make_world())
    reseal(session, FIRST, lines(change))
    found(session, words, FIRST)


def _cut_short(values: list[Any]) -> None:
    values[3]["tiles"][0][5] -= 30


def test_an_image_that_is_none_is_found(make_world: Make) -> None:
    session = whole_session(make_world())
    end = sum(json.loads(line)["tiles"][0][5] for line in opened(session, FIRST).splitlines()[:4])
    reseal(session, IMAGES, lambda data: data[: end - 30] + data[end:])
    reseal(session, FIRST, lines(_cut_short))
    found(session, "picture 3 cannot be decoded: not an image", FIRST)


def _longer(values: list[Any]) -> None:
    values[-1]["tiles"][0][5] += 1


def _of_any_length(values: list[Any]) -> None:
    values[3]["tiles"][0][5] = 2**31


def _shorter(values: list[Any]) -> None:
    values[-1]["tiles"][0][5] -= 1


def _of_no_length(values: list[Any]) -> None:
    values[4]["tiles"][0][5] = 0


def _unnamed(values: list[Any]) -> None:
    for value in values:
        value["tiles"] = []


def _another_kind(values: list[Any]) -> None:
    values[3]["tiles"][0][4] = "jpeg"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (_longer, "line 20: an image without its file"),
        (_of_any_length, "line 4: an image without its file"),
        (_of_no_length, "line 5: an image without its file"),
        (_another_kind, "line 4: an image without its file"),
        (_shorter, "there are images of kind png that no line names"),
        (_unnamed, "there are images of kind png that no line names"),
    ],
)
def test_lengths_that_do_not_add_up_are_found(
    change: Callable[[list[Any]], None], words: str, make_world: Make
) -> None:
    session = whole_session(make_world())
    reseal(session, FIRST, lines(change))
    found_among(session, words, FIRST)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda data: data + b"\0", "there are images of kind png that no line names"),
        (lambda data: data[:-1], "line 20: an image without its file"),
        (lambda data: b"", "line 1: an image without its file"),
        (lambda data: None, "line 1: an image without its file"),
    ],
)
def test_images_with_a_byte_too_many_or_too_few_are_found(
    change: Callable[[bytes], bytes | None], words: str, make_world: Make
) -> None:
    session = whole_session(make_world())
    reseal(session, IMAGES, change)
    found_among(session, words, FIRST)


@pytest.mark.parametrize("content", [b"", b"hidden"])
def test_images_of_a_kind_that_no_line_names_are_found(content: bytes, make_world: Make) -> None:
    session = whole_session(make_world())
    slip_in(session, "seg/000002.images-0-0.jpeg.age", content)
    found_among(session, "there are images of kind jpeg that no line names", FIRST)


@pytest.mark.parametrize("place", ["0-7", "1-0"])
def test_images_of_an_epoch_or_a_monitor_without_pictures_are_found(place: str, make_world: Make) -> None:
    session = whole_session(make_world())
    name = f"seg/000002.images-{place}.png.age"
    slip_in(session, name, opened(session, IMAGES))
    report = report_of(session)
    assert report.exit_code == Failure.OBJECT.code
    assert [each.words for each in report.findings if each.where.endswith(name)] == [
        "no picture says where these images were seen"
    ]
    assert f"no picture says where images-{place} were seen" in {each.words for each in report.findings}


@pytest.mark.parametrize("name", ["seg/000002.images-00-0.png.age", "seg/000002.images-0-00.png.age"])
def test_images_under_another_spelling_are_found(name: str, make_world: Make) -> None:
    session = whole_session(make_world())
    slip_in(session, name, b"hidden")
    words = {each.words for each in report_of(session).findings if each.where.endswith(name)}
    assert "its number is not written as it should be" in words


def test_more_than_anything_that_is_recorded_is_not_opened(
    make_world: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = whole_session(make_world())
    size = (session.spool.session / IMAGES).stat().st_size
    monkeypatch.setattr("auditor.recording.OBJECT_LIMIT", size + 100)
    found_among(session, "it is larger than anything that is recorded", FIRST)


def test_a_picture_that_is_larger_than_any_monitor_takes_no_memory(make_world: Make) -> None:
    session = whole_session(make_world())
    reseal(session, FIRST, lines(_huge))
    words = [each.words for each in report_of(session).findings]
    assert "picture 0 cannot be decoded: larger than any monitor" in words


def test_a_recording_without_a_key_picture_is_found(make_world: Make) -> None:
    session = whole_session(make_world())
    reseal(session, FIRST, lines(_no_key))
    words = [each.words for each in report_of(session).findings]
    assert words[:2] == [
        "no decoder can start where the statement says",
        "picture 0 cannot be decoded: no key frame yet",
    ]


def _older(values: list[Any]) -> None:
    values[5]["t"] = values[4]["t"] - 1


def _same_number(values: list[Any]) -> None:
    values[5]["n"] = values[4]["n"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (_older, "a picture is older than the one before"),
        (_same_number, "the numbers of the pictures do not rise"),
    ],
)
def test_pictures_out_of_order_are_found(
    change: Callable[[list[Any]], None], words: str, make_world: Make
) -> None:
    session = whole_session(make_world())
    reseal(session, FIRST, lines(change))
    found(session, words, FIRST)


def test_a_video_with_a_picture_too_many_or_too_few_is_found(make_world: Make) -> None:
    session = whole_session(make_world())
    [video] = objects(session, ".video-")
    screen = video.replace("video-0-0-0.m4s", "screen-0-0.jsonl")

    def one_more(values: list[Any]) -> None:
        playing = next(
            at for at, value in enumerate(values) if [tile[4] for tile in value["tiles"]] == ["h264"]
        )
        values[playing]["tiles"] = []

    reseal(session, screen, lines(one_more))
    found(session, "video stream 0 has a picture that no line names", screen)


def test_a_video_that_cannot_be_decoded_is_found(make_world: Make) -> None:
    session = whole_session(make_world())
    [video] = objects(session, ".video-")
    samples = [Sample(b"\0\0\0\1\x65" + b"\7" * 300, 40 * at, 40, at == 0) for at in range(11)]
    reseal(session, video, lambda _: fragment(1, samples, 0))
    [finding] = report_of(session).findings
    assert finding.failure is Failure.CONTENT
    assert "cannot be decoded" in finding.words


@pytest.mark.parametrize("part", [".video-", "init/video-", "lines"])
def test_a_video_and_its_lines_and_its_start_belong_together(part: str, make_world: Make) -> None:
    session = whole_session(make_world())
    [video] = objects(session, ".video-")
    name = (
        video.replace("video-0-0-0.m4s", "screen-0-0.jsonl") if part == "lines" else objects(session, part)[0]
    )
    reseal(session, name, lambda _: None)
    report = report_of(session)
    words = {each.words for each in report.findings}
    expected = {
        ".video-": "line 9: its picture is not in video stream 0",
        "init/video-": "the start of its stream is missing",
        "lines": "no picture says where this video was seen",
    }
    assert expected[part] in words
    if part == ".video-":
        assert "no picture belongs to this video" in words


def test_images_of_every_kind_are_read(make_world: Make) -> None:
    session = whole_session(make_world())
    others = [coding for coding in Coding if coding not in {Coding.PNG, Coding.H264}]
    files = {coding: image(bar(number), coding=coding).data for number, coding in enumerate(others)}
    for coding, data in files.items():
        slip_in(session, f"seg/000002.images-0-0.{coding}.age", data)

    def repaint(values: list[Any]) -> None:
        for value, (coding, data) in zip(values[1:], files.items(), strict=False):
            value["tiles"].append([0, 0, 320, 200, coding, len(data)])

    reseal(session, FIRST, lines(repaint))
    assert report_of(session).exit_code == 0


def test_a_start_from_which_nothing_can_be_decoded_is_found(make_world: Make) -> None:
    session = whole_session(make_world())

    def edit(values: list[SessionStatement]) -> list[SessionStatement]:
        return [
            msgspec.structs.replace(value, start=value.seq)
            if isinstance(value, Segment) and value.start is not None
            else value
            for value in values
        ]

    session.restamp(edit)
    assert report_of(session).exit_code == Failure.CONTENT.code
