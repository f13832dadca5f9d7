import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from byleave.demo.accessibility import WidgetError, Windows
from byleave.demo.desktop import Desktop
from byleave.demo.person import VncPerson
from tests.desktop import until

pytestmark = pytest.mark.desktop
WINDOW = str(Path(__file__).with_name("window.py"))
TRIAL = re.compile("^trial$")


@pytest.fixture(scope="module", params=["1", "2"])
def window(desktop: Desktop, request: pytest.FixtureRequest) -> Iterator[None]:
    program = desktop.start("window", [sys.executable, WINDOW, "trial"], QT_SCALE_FACTOR=request.param)
    yield
    assert program.poll() is None
    desktop.end(program)


@pytest.mark.usefixtures("window")
class TestWindow:
    def test_widgets_are_found_by_role_and_name(self, windows: Windows) -> None:
        assert windows.wait("push button", "Allow", program=TRIAL).name == "Allow for 30 minutes"
        assert windows.wait("push button", re.compile(r"for \d+ min"), program=TRIAL).role == "push button"
        assert windows.find("push button", "Deny", program=TRIAL) is None
        assert windows.find("label", "Allow", program=TRIAL) is None
        assert windows.find("push button", "Allow", program="other") is None
        assert len(list(windows.all("push button", program=TRIAL))) == 2

    def test_the_person_clicks_where_the_widget_is(self, windows: Windows, person: VncPerson) -> None:
        button = windows.wait("push button", "Allow", program=TRIAL)
        label = windows.wait("label", program=TRIAL)
        before = int(re.sub(r"\D", "", label.text()) or 0)
        person.click(*button.centre)
        until(lambda: label.text() == f"clicked {before + 1}")
        place = button.extents()
        for corner in [
            (place.x + 3, place.y + 3),
            (place.x + place.width - 4, place.y + place.height - 4),
        ]:
            before += 1
            person.click(*corner)
            until(lambda wanted=f"clicked {before + 1}": label.text() == wanted)
        person.click(place.x - 4, place.y - 4)
        box = windows.wait("check box", program=TRIAL)
        person.click(*box.centre)
        until(lambda: "checked" in box.states())
        assert label.text() == f"clicked {before + 1}"
        person.click(*box.centre)
        until(lambda: "checked" not in box.states())

    def test_states_are_told(self, windows: Windows, person: VncPerson) -> None:
        never = windows.wait("push button", "Never", program=TRIAL)
        assert "enabled" not in never.states()
        line = windows.wait("text", "Code", program=TRIAL, states=frozenset({"enabled", "editable"}))
        person.click(*line.centre)
        until(lambda: "focused" in line.states())

    def test_a_line_holds_what_the_person_types(self, windows: Windows, person: VncPerson) -> None:
        line = windows.wait("text", "Code", program=TRIAL)
        person.click(*line.centre)
        person.press("Control", "a")
        person.type("4821 193 552")
        until(lambda: line.text() == "4821 193 552")

    def test_a_page_holds_lines(self, windows: Windows, person: VncPerson) -> None:
        page = windows.wait("text", "Chat", program=TRIAL)
        person.click(*page.centre)
        person.press("Control", "a")
        person.type("one\ntwo")
        until(lambda: page.text() == "one\ntwo")

    def test_the_attacker_presses_without_a_device(self, windows: Windows) -> None:
        label = windows.wait("label", program=TRIAL)
        before = int(re.sub(r"\D", "", label.text()) or 0)
        windows.wait("push button", "Allow", program=TRIAL).press()
        until(lambda: label.text() == f"clicked {before + 1}")
        box = windows.wait("check box", program=TRIAL)
        box.press()
        until(lambda: "checked" in box.states())
        box.press()
        until(lambda: "checked" not in box.states())

    def test_the_attacker_fills_a_line_without_a_device(self, windows: Windows) -> None:
        line = windows.wait("text", "Code", program=TRIAL)
        line.fill("injected")
        assert line.text() == "injected"
        line.fill("")
        assert line.text() == ""

    def test_what_has_no_action_cannot_be_pressed(self, windows: Windows) -> None:
        with pytest.raises(WidgetError):
            windows.wait("label", program=TRIAL).press()


def test_waiting_has_an_end(windows: Windows) -> None:
    with pytest.raises(WidgetError, match="within"):
        windows.wait("push button", "Nobody made this", seconds=0.2)


def test_a_program_that_ended_is_gone(desktop: Desktop, windows: Windows) -> None:
    program = desktop.start("brief", [sys.executable, WINDOW, "brief"])
    button = windows.wait("push button", "Allow", program="brief")
    with pytest.raises(WidgetError, match="still shows"):
        windows.wait_gone("push button", "Allow", program="brief", seconds=0.1)
    desktop.end(program)
    windows.wait_gone("push button", "Allow", program="brief")
    with pytest.raises(WidgetError):
        button.text()
