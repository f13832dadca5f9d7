"""The replay window on a real display, led by a person's mouse and keys and by a screen reader."""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from byleave.demo.accessibility import Windows
from byleave.demo.desktop import Desktop
from byleave.demo.person import VncPerson
from tests.auditor.conftest import Evidence
from tests.desktop import until

pytestmark = pytest.mark.desktop

PATIENCE = 30.0


class Replayed:
    """A running `byleave audit replay`, as a screen reader sees it."""

    def __init__(self, windows: Windows) -> None:
        self.windows = windows

    def position(self) -> int:
        return round(self.windows.wait("slider", "Position in the session").value())

    def press(self, name: str) -> None:
        self.windows.wait("push button", name).press()

    def click(self, person: VncPerson, role: str, name: str) -> None:
        person.click(*self.windows.wait(role, name).centre)


@pytest.fixture
def replayed(desktop: Desktop, windows: Windows, copy: Evidence, tmp_path: Path) -> Iterator[Replayed]:
    identity = tmp_path / "identity.txt"
    identity.write_text(f"{copy.auditor}\n")
    command = [sys.executable, "-m", "byleave", "audit", "replay", str(copy.folder)]
    command += ["--root", copy.root, "--identity", str(identity), "--state", str(tmp_path / "state")]
    child = desktop.start("replay", command)
    try:
        windows.wait("push button", "Verified", seconds=PATIENCE)
        yield Replayed(windows)
    finally:
        desktop.end(child)


def test_it_opens_where_the_recording_begins(replayed: Replayed, desktop: Desktop) -> None:
    assert replayed.position() == 2000
    assert replayed.windows.find("label", re.compile("Maya Ortiz"))
    until(lambda: _blue_bar(desktop))


def _blue_bar(desktop: Desktop) -> bool:
    """Tell whether the bar of the recorded pictures is on the display."""
    grabbed = desktop.grab()[..., :3].astype(int)
    return bool((np.abs(grabbed - np.array((40, 90, 200))).max(axis=2) < 24).sum() > 500)


def test_play_goes_on_and_pause_stands_still(replayed: Replayed, person: VncPerson) -> None:
    before = replayed.position()
    replayed.click(person, "push button", "Play")
    until(lambda: replayed.position() > before + 400)
    replayed.click(person, "push button", "Pause")
    replayed.windows.wait("push button", "Play")
    stands = replayed.position()
    assert replayed.position() == stands


def test_a_screen_reader_leads_it_from_event_to_event(replayed: Replayed) -> None:
    before = replayed.position()
    replayed.press("Next event")
    until(lambda: replayed.position() > before)
    after = replayed.position()
    replayed.press("Forward 10 seconds")
    until(lambda: replayed.position() == after + 10_000)
    replayed.press("Back 10 seconds")
    until(lambda: replayed.position() == after)


def test_a_click_on_an_event_goes_there(replayed: Replayed, person: VncPerson) -> None:
    item = replayed.windows.wait("list item", re.compile("More allowed"))
    person.click(*item.centre)
    until(lambda: replayed.position() == 5000)


def test_a_click_on_the_timeline_goes_there(replayed: Replayed, person: VncPerson) -> None:
    place = replayed.windows.wait("slider", "Position in the session").extents()
    person.click(place.x + place.width // 2, place.y + place.height // 2)
    until(lambda: abs(replayed.position() - 12_250) < 200)


def test_keys_lead_it(replayed: Replayed, person: VncPerson) -> None:
    person.press("End")
    until(lambda: replayed.position() == 24_500)
    person.press("Home")
    until(lambda: replayed.position() == 0)
    person.press("n")
    until(lambda: replayed.position() > 0)
    person.press("l")
    until(lambda: replayed.position() > 10_000)
    person.press("b")
    replayed.windows.wait("dialog", "What was checked")


def test_the_badge_opens_what_was_checked(replayed: Replayed, person: VncPerson) -> None:
    replayed.click(person, "push button", "Verified")
    replayed.windows.wait("dialog", "What was checked")
    replayed.windows.wait("label", re.compile("completeness: passed"))
    replayed.click(person, "push button", "Close")
    replayed.windows.wait_gone("dialog", "What was checked")


def test_every_control_has_a_name(replayed: Replayed) -> None:
    for role in ("push button", "combo box", "slider", "list", "check box"):
        assert [widget for widget in replayed.windows.all(role) if not widget.name] == []
