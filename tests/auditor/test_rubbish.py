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
from tests.auditor.resealed import objects, reseal
from tests.auditor.story import whole_session
from tests.auditor.told import Make, report_of
from tests.auditor.world import Session

FIRST = "seg/000002.screen-0-0.jsonl.age"


def found(session: Session, words: str, name: str) -> None:
    """Assert that the check finds exactly this one thing."""
    report = report_of(session)
    assert [(each.failure, each.words) for each in report.findings] == [(Failure.CONTENT, words)]
    assert report.findings[0].where.endswith(name)


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


def _not_an_image(values: list[Any]) -> None:
    values[3]["tiles"][0][5] = values[3]["tiles"][0][5][:-40]


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
        (_not_an_image, "picture 3 cannot be decoded: not an image"),
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
        playing = next(at for at, value in enumerate(values) if value["tiles"][0][4] == "h264")
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

    def repaint(values: list[Any]) -> None:
        for at, coding in enumerate(Coding, 1):
            if coding is not Coding.H264:
                tile = image(bar(at), coding=coding)
                values[at]["tiles"] = [[0, 0, tile.width, tile.height, coding, _text(tile.data)]]

    reseal(session, FIRST, lines(repaint))
    assert report_of(session).exit_code == 0


def _text(data: bytes) -> str:
    encoded: str = msgspec.json.decode(msgspec.json.encode(data))
    return encoded


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
