"""The strict reader of the film, against the agent's writer and against everything else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.capture.fmp4 import Sample, fragment, init_segment
from auditor.fragments import read_fragment, read_start
from session.errors import EvidenceError

START = init_segment(1920, 1080, b"\x67\x42\xc0\x28\x01", b"\x68\x01")


def unit(number: int, size: int = 20) -> bytes:
    return b"\x00\x00\x00\x01" + bytes([0x65 if number == 0 else 0x41]) + bytes([number + 1]) * size


GOOD = fragment(3, [Sample(unit(n), 1000 + 40 * n, 40, n == 0) for n in range(5)], 1000)


def test_the_start_says_how_large_and_how_to_decode() -> None:
    start = read_start(START)
    assert (start.width, start.height) == (1920, 1080)
    assert start.parameters == (b"\x67\x42\xc0\x28\x01", b"\x68\x01")


@given(st.lists(st.tuples(st.integers(1, 200), st.integers(0, 5000)), min_size=1, max_size=20))
def test_what_the_agent_writes_is_read_back(pictures: list[tuple[int, int]]) -> None:
    samples, at = [], 5000
    for number, (size, gap) in enumerate(pictures):
        samples.append(Sample(unit(number % 200, size), at, 1, number == 0))
        at += gap
    read = read_fragment(fragment(1, samples, 5000))
    assert [sample.at_ms for sample in read] == [sample.pts_ms - 5000 for sample in samples]
    assert [sample.key for sample in read] == [sample.key for sample in samples]
    assert [sample.data[4:] for sample in read] == [sample.data_annexb[4:] for sample in samples]


@given(st.integers(0, len(GOOD) - 1))
def test_a_film_that_breaks_off_is_refused(length: int) -> None:
    with pytest.raises(EvidenceError):
        read_fragment(GOOD[:length])


@given(st.integers(0, len(START) - 1))
def test_a_start_that_breaks_off_is_refused(length: int) -> None:
    with pytest.raises(EvidenceError):
        read_start(START[:length])


@given(st.binary(max_size=300))
def test_anything_else_is_refused(data: bytes) -> None:
    for read in (read_fragment, read_start):
        with pytest.raises(EvidenceError):
            read(data)


@pytest.mark.parametrize("data", [GOOD + GOOD, START + GOOD, GOOD + b"\0" * 8, GOOD + b"tail"])
def test_more_than_one_fragment_is_refused(data: bytes) -> None:
    with pytest.raises(EvidenceError):
        read_fragment(data)
