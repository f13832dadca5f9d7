"""The pure half of the windows: pages from facts."""

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from agent import view
from agent.view import ChatLine, Question, Side, Technician, choices_of, seconds_left, session_of, shown_time
from session.consent import Allowed, Consent, Held, MoreRequested, Opened, Requested, after
from session.errors import IntroductionFailed, RoomRefused
from session.messages import Capability, Hold, Standing
from tests.agent.windows.states import FIRST

MAYA = Technician("Maya Ortiz", "1042", "Acme")


def test_a_running_session_is_what_consent_says() -> None:
    consent = Consent()
    for event in (
        Requested(frozenset({Capability.VIEW, Capability.CONTROL})),
        Opened(),
        Allowed(frozenset({Capability.VIEW}), lease_end=1800.0),
    ):
        consent = after(consent, event)
    page = session_of(consent, MAYA, recorded=True)
    assert (page.standing, page.ends_at) == (Standing.VIEWING, 1800.0)
    assert page.granted == {Capability.VIEW}
    held = session_of(after(consent, Held(Hold.PERSON)), MAYA, recorded=True)
    assert held.standing is Standing.PAUSED
    assert held.paused_by_person
    asked = after(consent, MoreRequested(Capability.CONTROL))
    assert session_of(asked, MAYA, recorded=False).standing is Standing.VIEWING


@given(st.integers(10, 120))
def test_the_length_that_was_asked_is_among_the_choices(minutes: int) -> None:
    choices = choices_of(minutes)
    assert minutes in choices
    assert list(choices) == sorted(set(choices))


def test_time_is_rounded_up_and_shows_seconds_only_at_the_end() -> None:
    assert [seconds_left(100.0, now) for now in (40.0, 40.5, 99.9, 100.0, 130.0)] == [60, 60, 1, 0, 0]
    assert [shown_time(seconds) for seconds in (1800, 1799, 121, 61, 60, 1)] == [
        (30, False),
        (30, False),
        (3, False),
        (2, False),
        (60, True),
        (1, True),
    ]


@given(st.floats(0, 7200))
def test_a_still_screen_stays_still_for_most_of_a_minute(now: float) -> None:
    shown = {shown_time(seconds_left(now + 3600, now + part))[0] for part in (0.5, 20.0, 40.0, 59.0)}
    assert len(shown) == 1


def test_trouble_keeps_the_relays_reason_and_no_log_text() -> None:
    assert view.trouble_of(RoomRefused("expired")) == view.Trouble("room-refused", "expired")
    assert view.trouble_of(IntroductionFailed("transcript of secret")) == view.Trouble("introduction-failed")


def test_what_people_wrote_is_in_no_log() -> None:
    assert "Outlook" not in repr(FIRST)
    assert "4821" not in repr(FIRST)
    assert "hello" not in repr(ChatLine(Side.PERSON, "hello"))
    assert isinstance(FIRST, Question)


def test_no_qt_on_this_side_of_the_seam() -> None:
    root = Path(view.__file__).parent
    for path in (root / "view.py", *(root / "words").glob("*.py")):
        assert "PySide6" not in path.read_text()
