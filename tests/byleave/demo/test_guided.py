"""The guided demo, played by somebody at a display."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from agent.conversation import PAUSE_BETWEEN_QUESTIONS
from byleave.demo import viewer
from byleave.demo.accessibility import Windows
from byleave.demo.desktop import Desktop
from byleave.demo.layout import Rectangle
from byleave.demo.person import VncPerson
from byleave.demo.story import AGENT, CONSOLE
from tests.byleave.demo.player import APPEARING, Player, alive
from tests.desktop import until

ENDING = 60.0
TYPED = "The paper tray was upside down."
CHAT = "That noise is the paper tray."


@contextmanager
def playing(folder: Path, size: tuple[int, int]) -> Iterator[Player]:
    with (
        Desktop(folder, title="user", size=size) as desktop,
        VncPerson(desktop.display.port) as person,
        Windows(desktop.bus) as console,
    ):
        player = Player(desktop, person, console, folder / "out")
        try:
            yield player
        finally:
            player.keep("end")
            desktop.children.end(player.demo, patience=ENDING)


def nothing_is_hidden(player: Player) -> bool:
    """Say whether viewer and console are wholly on the display, and neither covers the other."""
    windows = [player.viewer(), player.window("Byleave console")]
    display = Rectangle(0, 0, player.person.width, player.person.height)
    return not windows[0].common(windows[1]).pixels and windows == [one.common(display) for one in windows]


def play(player: Player, windows: Windows) -> None:
    player.trust(windows)
    until(lambda: nothing_is_hidden(player))
    player.meet(windows)
    player.press(windows, "push button", "Allow for")
    windows.wait("label", "can see your screen", program=AGENT)
    answered = time.monotonic()
    player.click("check box", "Chat")
    player.click("text", "Message")
    player.person.type(CHAT + "\n")
    player.keep("6-chat")
    until(lambda: time.monotonic() > answered + PAUSE_BETWEEN_QUESTIONS + 1)
    player.click("push button", "Control: ask")
    player.press(windows, "check box", "Move the mouse and type")
    player.read(windows, "Move the mouse and type")
    player.press(windows, "push button", "Allow this too")
    windows.wait("label", "mouse", program=AGENT)
    player.write(windows, TYPED)
    player.keep("7-controlling")
    player.press(windows, "push button", "Stop")


@pytest.mark.desktop
@pytest.mark.parametrize("size", [(1366, 768)])
def test_a_user_plays_it_to_its_end(tmp_path: Path, size: tuple[int, int]) -> None:
    with playing(tmp_path, size) as player:
        with player.inside() as windows:
            play(player, windows)
        started = player.started()
        player.demo.wait(ENDING)
        assert player.demo.returncode == 0, player.told
        assert not [process for process in started if alive(process)]
    assert [f"  {number}. " in player.told for number in (1, 2, 3)] == [True] * 3
    summary = json.loads((player.output / "summary.json").read_text())
    assert summary["broken_promises"] == []
    assert set(summary["searched_for"]) == {"chat of the technician", "purpose", "screen", "typed"}
    assert 0 < summary["input_applied"] <= summary["input_sent"]
    assert [summary[name] for name in ("stop_ms", "latency_ms", "frames_per_second")] == [None] * 3
    assert "stop ms" not in player.told
    assert (player.output / "replay.png").exists()


@pytest.mark.desktop
def test_whoever_closes_the_window_too_early_is_told_so(tmp_path: Path) -> None:
    with playing(tmp_path, (1920, 1080)) as player:
        with player.inside() as windows:
            windows.wait("push button", "Trust", program=AGENT, seconds=APPEARING)
            started = player.started()
            player.close_viewer()
        assert player.demo.wait(ENDING) == 1
        assert "was closed before a session was over" in player.told
        assert "Traceback" not in player.told
        assert not [process for process in started if alive(process)]


@pytest.mark.desktop
def test_control_c_in_the_middle_leaves_nothing_behind(tmp_path: Path) -> None:
    with playing(tmp_path, (1366, 768)) as player:
        with player.inside() as windows:
            player.trust(windows)
            player.console.wait("text", "Passphrase", program=CONSOLE, seconds=APPEARING)
            started = player.started()
            state = player.state()
            assert state.exists()
        # The second one comes while the first is being obeyed.
        player.demo.send_signal(signal.SIGINT)
        player.demo.send_signal(signal.SIGINT)
        assert player.demo.wait(ENDING) == 128 + signal.SIGINT
        assert player.told.rstrip().endswith("Everything that the demo had started is ended.")
        assert "Traceback" not in player.told
        assert not [process for process in started if alive(process)]
        assert not state.exists()


@pytest.mark.parametrize(
    ("installed", "said"),
    [(False, "sudo apt-get install tigervnc-viewer"), (True, "the display :4242 cannot be used")],
)
def test_without_viewer_or_display_it_says_what_to_do_and_touches_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, installed: bool, said: str
) -> None:
    if installed:
        (tmp_path / viewer.PROGRAM).touch(mode=0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("DISPLAY", ":4242")
    monkeypatch.delenv("BYLEAVE_HEADLESS", raising=False)
    line = [sys.executable, "-m", "byleave", "demo", "--output", str(tmp_path / "out")]
    done = subprocess.run(line, capture_output=True, text=True, timeout=ENDING, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert said in done.stderr
    assert "byleave demo --headless" in done.stderr
    assert not (tmp_path / "out").exists()
