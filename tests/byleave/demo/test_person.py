import socket
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from byleave.demo.accessibility import Windows
from byleave.demo.applications import open_editor
from byleave.demo.desktop import Desktop
from byleave.demo.person import PersonError, VncPerson, keysym
from tests.desktop import until

WINDOW = str(Path(__file__).with_name("window.py"))


def test_every_character_has_a_keysym() -> None:
    assert [keysym(key) for key in ("a", "é", "€", "Ω", "😀", "\n", "Escape")] == [
        *(0x61, 0xE9, 0x010020AC, 0x010003A9, 0x0101F600, 0xFF0D, 0xFF1B)
    ]


@pytest.mark.desktop
def test_the_person_sits_at_the_desktop_and_nowhere_else(desktop: Desktop, person: VncPerson) -> None:
    assert (person.width, person.height) == (1920, 1080)
    assert person.desktop == "desktop"
    with pytest.raises(OSError, match="refused"):
        VncPerson(1)


@pytest.fixture
def editor(desktop: Desktop, windows: Windows, tmp_path: Path) -> Iterator[str]:
    (tmp_path / "note.txt").write_text("one two\n")
    program = open_editor(desktop, tmp_path / "note.txt")
    yield "mousepad"
    desktop.end(program)
    windows.wait_gone("text", program="mousepad")


@pytest.mark.desktop
def test_any_text_is_typed(person: VncPerson, windows: Windows, editor: str) -> None:
    text = windows.wait("text", program=editor)
    person.click(*text.centre)
    person.press("Control", "a")
    person.type("Grüße, 5 € & Ωμέγα\tTAB\nSecond: [x] {y} \\ ~ žluť 漢字")
    until(lambda: text.text() == "Grüße, 5 € & Ωμέγα\tTAB\nSecond: [x] {y} \\ ~ žluť 漢字")


@pytest.mark.desktop
def test_a_word_is_dragged_over_and_replaced(person: VncPerson, windows: Windows, editor: str) -> None:
    text = windows.wait("text", program=editor)
    place = text.extents()
    person.click(place.x + 20, place.y + 8, times=2)
    person.type("three")
    until(lambda: text.text() == "three two\n")
    person.drag((place.x + 1, place.y + 8), (place.x + place.width - 2, place.y + 8))
    person.press("Delete")
    until(lambda: text.text() == "\n")


@pytest.mark.desktop
def test_the_wheel_turns_both_ways(desktop: Desktop, person: VncPerson, windows: Windows) -> None:
    program = desktop.start("window", [sys.executable, WINDOW, "trial"])
    try:
        slider = windows.wait("slider", "How long", program="trial")
        person.move(*slider.centre)
        person.scroll(-3)
        until(lambda: slider.value() == 9)
        person.scroll(2)
        until(lambda: slider.value() == 3)
    finally:
        desktop.end(program)


@pytest.mark.desktop
def test_a_server_that_is_no_vnc_server_is_named(desktop: Desktop) -> None:

    with socket.create_server(("127.0.0.1", 0)) as listener:

        def greet() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.sendall(b"SSH-2.0-nobody\r\n")

        thread = threading.Thread(target=greet)
        thread.start()
        with pytest.raises(PersonError, match="no VNC server"):
            VncPerson(listener.getsockname()[1])
        thread.join()
