import os
import stat
from pathlib import Path

import cv2
import psutil
import pytest

from byleave.demo.accessibility import Windows
from byleave.demo.applications import open_document, open_editor, open_folder, open_terminal, write_document
from byleave.demo.children import Children
from byleave.demo.desktop import Desktop
from byleave.demo.screen import Screen, ScreenError
from tests.desktop import until

pytestmark = pytest.mark.desktop


def test_the_display_is_full_hd_and_paints_its_background(desktop: Desktop) -> None:
    picture = desktop.grab()
    assert picture.shape == (1080, 1920, 3)
    assert picture[500, 960].tolist() == [0xA5, 0x6E, 0x3A]


def test_nobody_without_the_cookie_sees_the_display(desktop: Desktop) -> None:
    with pytest.raises(ScreenError):
        Screen(desktop.display.number, bytes(16))
    assert stat.S_IMODE(desktop.display.authority.stat().st_mode) == 0o600


def test_there_are_a_window_manager_and_a_tray(desktop: Desktop) -> None:
    with desktop.screen() as screen:
        assert screen.owned("WM_S0")
        assert screen.owned("_NET_SYSTEM_TRAY_S0")
        assert not screen.owned("NOBODY_OWNS_THIS")


def test_a_rectangle_outside_the_display_is_refused(desktop: Desktop) -> None:
    with desktop.screen() as screen:
        with pytest.raises(ScreenError):
            screen.grab(1900, 0, 100, 100)
        assert screen.grab(10, 20, 30, 40).shape == (40, 30, 4)


def test_a_saved_picture_is_the_picture(desktop: Desktop, tmp_path: Path) -> None:
    path = desktop.save(tmp_path / "desktop.png")
    assert cv2.imread(str(path)).shape == (1080, 1920, 3)


def test_all_ends_with_the_desktop_even_what_left_its_group(tmp_path: Path) -> None:
    before = set(psutil.pids())
    with Desktop(tmp_path, title="short") as desktop:
        desktop.start("shell", ["sh", "-c", "setsid sleep 1000 & setsid setsid sleep 1000 & exit"])
        until(lambda: sum(p.name() == "sleep" for p in desktop.children.left()) == 2)
        names = {process.name() for process in desktop.children.left()}
        assert {"Xvnc", "openbox", "tint2", "at-spi-bus-launcher", "dbus-daemon"} <= names
        runtime = Path(desktop.environment["XDG_RUNTIME_DIR"])
    assert not desktop.children.left()
    assert not runtime.exists()
    with pytest.raises(OSError, match=r"Connection refused|No such file"):
        Screen(desktop.display.number, desktop.display.cookie)
    mine = [p for p in psutil.Process().children(recursive=True) if p.pid not in before]
    assert not mine


def test_a_child_that_ignores_the_question_is_killed(tmp_path: Path) -> None:
    with Children(tmp_path) as children:
        script = "trap '' TERM; echo ready; while :; do sleep 1; done"
        stubborn = children.start("stubborn", ["sh", "-c", script], {"PATH": os.defpath})
        until(lambda: (tmp_path / "stubborn.log").read_bytes() == b"ready\n")
        children.end(stubborn, patience=0.2)
        assert stubborn.returncode == -9


def test_two_desktops_stand_side_by_side(desktop: Desktop, tmp_path: Path) -> None:
    with Desktop(tmp_path, size=(800, 600), background="#102030") as other:
        assert other.display.number != desktop.display.number
        assert other.bus != desktop.bus
        assert other.grab()[300, 400].tolist() == [0x30, 0x20, 0x10]
        assert desktop.grab()[500, 960].tolist() == [0xA5, 0x6E, 0x3A]


def test_the_applications_show_their_files(desktop: Desktop, windows: Windows, tmp_path: Path) -> None:
    notes, paper = tmp_path / "notes.txt", tmp_path / "guide.pdf"
    notes.write_text("milk, bread\n")
    write_document(paper, "A guide (short)", [f"Line {number}" for number in range(100)])
    running = [
        open_editor(desktop, notes),
        open_folder(desktop, tmp_path),
        open_document(desktop, paper),
        open_terminal(desktop),
    ]
    try:
        editor = windows.wait("text", program="mousepad")
        assert editor.text() == "milk, bread\n"
        until(lambda: (desktop.grab()[720:950, 300:780] > 250).mean() > 0.9)
        until(lambda: (desktop.grab()[40:940, 1240:1880] > 250).mean() > 0.5)
        until(lambda: (desktop.grab()[570:970, 1250:1860] > 250).mean() > 0.8)
        assert all(program.poll() is None for program in running)
    finally:
        for program in running:
            desktop.end(program)
