"""`byleave doctor`, against a real relay, a real codec and a real desktop."""

import json
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from byleave import checks, doctor
from byleave.checks import Finding
from byleave.command import main
from byleave.demo.desktop import Desktop
from byleave.organisation.layout import Layout, open_layout
from session.keys import load_private
from session.profile import Profile, read_profile
from session.revocation import FRESH_SECONDS, RevocationList
from session.signatures import Namespace, sign
from tests.byleave.organisation.conftest import ABOUT
from tests.desktop import desktop  # noqa: F401  # a fixture
from tests.relay.process import RelayProcess

NOW = time.time()


def office(folder: Path, relay: str) -> Layout:
    options = [*ABOUT, "--name", "Example Support", "--relay", relay, "--no-passphrase"]
    result = CliRunner().invoke(main, ["organisation", "init", str(folder), *options])
    assert result.exit_code == 0, result.output
    return open_layout(folder)


@pytest.fixture
def away(tmp_path: Path) -> Layout:
    """An organisation whose relay is not there."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    return office(tmp_path / "office", f"http://127.0.0.1:{port}")


@pytest.fixture
def running(away: Layout) -> Iterator[Layout]:
    """The same, but its relay is there."""
    address = read_profile(away.profile.read_bytes()).relay.removeprefix("http://")
    with RelayProcess(away.relay, "--listen", address):
        yield away


def adoption(layout: Layout) -> Path:
    return layout.folder / "example-support.byleave"


def asked(layout: Layout, at: float = NOW) -> dict[str, Finding]:
    _, found = checks.profile(adoption(layout), NOW)
    assert isinstance(found, Profile)
    return {finding.name: finding for finding in checks.relay_and_clock(found, at)}


def test_a_good_profile_is_named(away: Layout) -> None:
    finding, profile = checks.profile(adoption(away), NOW)
    assert finding.state == "good"
    assert "Example Support, version 1" in finding.words
    assert profile == read_profile(away.profile.read_bytes())


def test_what_is_wrong_with_a_profile_is_said_with_what_to_do(away: Layout, tmp_path: Path) -> None:
    (tmp_path / "rubbish.byleave").write_text("rubbish")
    wrong = [
        checks.profile(None, NOW),
        checks.profile(tmp_path / "none.byleave", NOW),
        checks.profile(tmp_path / "rubbish.byleave", NOW),
        checks.profile(adoption(away), NOW + 366 * 86400),
    ]
    for finding, profile in wrong:
        assert (finding.state, profile) == ("bad", None)
        assert finding.advice
    assert "expired" in wrong[3][0].words


def test_without_a_profile_the_relay_is_not_asked() -> None:
    assert {finding.state for finding in checks.relay_and_clock(None, NOW)} == {"skipped"}


def test_a_relay_that_is_away_is_said(away: Layout) -> None:
    found = asked(away)
    assert (found["relay"].state, found["clock"].state) == ("bad", "skipped")
    assert "cannot be reached" in found["relay"].words


def test_a_relay_that_answers_is_good_and_so_is_the_clock(running: Layout) -> None:
    assert {name: finding.state for name, finding in asked(running, time.time()).items()} == {
        "relay": "good",
        "revocations": "good",
        "clock": "good",
    }


def test_a_clock_that_is_behind_is_told_from_an_old_list(running: Layout) -> None:
    behind = asked(running, time.time() - FRESH_SECONDS - 120)
    assert (behind["revocations"].state, behind["clock"].state) == ("skipped", "bad")
    assert "NTP" in behind["clock"].advice
    ahead = asked(running, time.time() + FRESH_SECONDS + 120)
    assert (ahead["revocations"].state, ahead["clock"].state) == ("skipped", "bad")
    slightly = asked(running, time.time() + 120)
    assert (slightly["revocations"].state, slightly["clock"].state) == ("good", "bad")
    assert "away from the relay's" in slightly["clock"].words


def test_an_old_list_is_the_office_s_affair(away: Layout) -> None:
    old = RevocationList(1, int(time.time()) - FRESH_SECONDS - 60).encode()
    (away.trust / "krl").write_bytes(old)
    status_key = load_private(away.status_key.read_bytes())
    (away.trust / "krl.sig").write_bytes(sign(status_key, old, Namespace.KRL))
    address = read_profile(away.profile.read_bytes()).relay.removeprefix("http://")
    with RelayProcess(away.relay, "--listen", address):
        found = asked(away, time.time())
    assert (found["revocations"].state, found["clock"].state) == ("bad", "skipped")
    assert "publish" in found["revocations"].advice


def test_another_organisation_s_relay_is_said(tmp_path: Path, running: Layout) -> None:
    mine = office(tmp_path / "mine", read_profile(running.profile.read_bytes()).relay)
    found = asked(mine, time.time())
    assert (found["relay"].state, found["revocations"].state) == ("good", "bad")
    assert "has not signed" in found["revocations"].advice


def test_a_page_that_is_too_long_or_not_there_is_said(tmp_path: Path, away: Layout) -> None:
    from http.server import HTTPServer, SimpleHTTPRequestHandler
    from threading import Thread

    class Quiet(SimpleHTTPRequestHandler):
        def __init__(self, *rest: object) -> None:
            super().__init__(*rest, directory=str(tmp_path))  # type: ignore[arg-type]  # as the server calls it

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    _, port = read_profile(away.profile.read_bytes()).relay.rsplit(":", 1)
    with HTTPServer(("127.0.0.1", int(port)), Quiet) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        assert "HTTP 404" in asked(away)["relay"].words
        (tmp_path / "trust").mkdir()
        (tmp_path / "trust" / "krl").write_bytes(bytes(2 * 1024 * 1024))
        assert "has more than" in asked(away)["relay"].words
        server.shutdown()


def test_the_codec_is_really_used() -> None:
    assert checks.codec().state == "good"


def test_fonts_are_looked_for_where_they_are(tmp_path: Path) -> None:
    assert checks.fonts([tmp_path]).state == "bad"
    (tmp_path / "below").mkdir()
    (tmp_path / "below" / "a.ttf").write_bytes(b"")
    assert checks.fonts([tmp_path]) == Finding("fonts", "good", "1 font files")
    assert checks.fonts(doctor.font_folders()).state == "good"


# python-xlib leaves its sockets to the garbage collector when nobody answers.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_no_display_and_a_wrong_one_are_said() -> None:
    for name in (None, ":9999"):
        finding = checks.display(name)
        assert finding.state == "bad"
        assert finding.advice


@pytest.mark.desktop
def test_a_real_display_is_good(desktop: Desktop, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811  # the fixture
    monkeypatch.setenv("XAUTHORITY", str(desktop.display.authority))
    finding = checks.display(f":{desktop.display.number}")
    assert finding.state == "good", finding
    assert "1920 x 1080" in finding.words


def test_what_an_extra_would_bring_is_skipped(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    for module in ("av", "Xlib"):
        monkeypatch.setitem(sys.modules, module, None)
    for finding in (checks.codec(), checks.display(":0")):
        assert finding.state == "skipped"
        assert "pip install 'byleave[agent]'" in finding.words


def test_the_agent_s_organisation_goes_before_the_console_s(tmp_path: Path) -> None:
    agent, console = tmp_path / "agent", tmp_path / "console"
    for folder in (agent, console):
        folder.mkdir()
    assert doctor.adopted(agent, console) is None
    (console / doctor.ADOPTED).write_text("")
    assert doctor.adopted(agent, console) == console / doctor.ADOPTED
    (agent / doctor.ADOPTED).write_text("")
    assert doctor.adopted(agent, console) == agent / doctor.ADOPTED


def test_the_command_says_problems_with_its_exit_code(away: Layout, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DISPLAY", raising=False)
    shown = CliRunner().invoke(main, ["doctor", "--profile", str(adoption(away))])
    assert shown.exit_code == 15
    assert "→" in shown.output
    told = CliRunner().invoke(main, ["doctor", "--profile", str(adoption(away)), "--json"])
    assert told.exit_code == 15
    said = json.loads(told.stdout)
    assert said["good"] is False
    assert [finding["name"] for finding in said["findings"]] == [
        "display",
        "codec",
        "fonts",
        "profile",
        "relay",
        "revocations",
        "clock",
    ]


@pytest.mark.desktop
def test_the_command_says_when_all_is_well(
    running: Layout,
    desktop: Desktop,  # noqa: F811  # the fixture
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("XAUTHORITY", str(desktop.display.authority))
    monkeypatch.setenv("DISPLAY", f":{desktop.display.number}")
    shown = CliRunner().invoke(main, ["doctor", "--profile", str(adoption(running))])
    assert shown.exit_code == 0, shown.output
    assert "problem" not in shown.output
