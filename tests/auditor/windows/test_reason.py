"""A recording at a relay is opened in the window only for a reason, which is then in the log."""

import re
import sys

import pytest

from byleave.demo.accessibility import Windows
from byleave.demo.desktop import Desktop
from byleave.demo.person import VncPerson
from tests.auditor.test_online import Place, place
from tests.desktop import until

__all__ = ["place"]

pytestmark = pytest.mark.desktop

REASON = "Complaint 4821: a file is missing"
OPEN = "Open the recording"


def test_the_window_asks_why_and_the_log_keeps_it(
    place: Place, desktop: Desktop, windows: Windows, person: VncPerson
) -> None:
    command = [sys.executable, "-m", "byleave", "audit", "replay", place.session.sid, *place.options]
    child = desktop.start("replay", command)
    try:
        person.click(*windows.wait("push button", OPEN, seconds=30).centre)
        windows.wait("label", "Say why, in your own words.")
        field = windows.wait("text", "Why do you open this recording?")
        person.click(*field.centre)
        person.type(REASON)
        until(lambda: field.text() == REASON)
        assert "access" not in str(place.json("verify", place.session.sid))
        person.click(*windows.wait("push button", OPEN).centre)
        windows.wait("push button", "Verified", seconds=30)
        windows.wait("list item", re.compile("Hello, I can see your screen"))
    finally:
        desktop.end(child)
    custody = place.json("verify", place.session.sid)["steps"][-1]
    assert custody["notes"] == [f"access by auditor:2001: {REASON}"]
