from hypothesis import given
from hypothesis import strategies as st

from agent.effects import feed

OPERATIONS = [
    feed.KEY_DOWN,
    feed.KEY_UP,
    feed.BUTTON_DOWN,
    feed.BUTTON_UP,
    feed.LENT,
    feed.RETURNED,
    feed.BEAT,
]


@given(st.lists(st.tuples(st.sampled_from(OPERATIONS), st.integers(0, 255))))
def test_what_is_told_is_heard(told: list[tuple[bytes, int]]) -> None:
    assert list(feed.records(b"".join(feed.record(*each) for each in told))) == told


def test_every_record_is_as_long_as_the_pipe_keeps_whole() -> None:
    assert {len(feed.record(each, 255)) for each in OPERATIONS} == {feed.RECORD}


def test_silence_leaves_time_to_release_within_the_promise() -> None:
    assert feed.SILENCE <= 0.45
