"""The revocation list on its way to the relay."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from byleave.organisation.layout import Layout
from byleave.organisation.publication import publish
from session.keys import PublicKey
from session.profile import read_profile
from session.revocation import RevocationList, open_revocation_list
from tests.byleave.organisation.conftest import Run
from tests.relay.process import RelayProcess

DEADLINE_SECONDS = 20


@contextmanager
def process(*arguments: str | Path) -> Iterator[subprocess.Popen[str]]:
    """`byleave …` as a process of its own, ended at the end."""
    command = [sys.executable, "-m", "byleave", *map(str, arguments)]
    running = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        yield running
    finally:
        running.kill()
        running.communicate(timeout=DEADLINE_SECONDS)


@pytest.fixture
def relay(layout: Layout) -> Iterator[str]:
    """The address of a running relay of this organisation."""
    with RelayProcess(layout.relay) as running:
        yield running.url


def served(relay: str, layout: Layout) -> RevocationList:
    pages = [httpx.get(f"{relay}/trust/{name}") for name in ("krl", "krl.sig")]
    status_key = read_profile(layout.profile.read_bytes()).status
    return open_revocation_list(pages[0].content, pages[1].content, status_key=status_key)


def test_a_list_is_signed_anew_with_the_time(run: Run, layout: Layout) -> None:
    os.utime(layout.trust / "krl", (0, 0))
    said = json.loads(run("publish", layout.folder, "--json").stdout)
    krl = RevocationList.decode((layout.trust / "krl").read_bytes())
    assert krl.generated == krl.version == said["generated"]
    assert abs(krl.generated - time.time()) < 60
    assert (layout.trust / "krl").stat().st_mtime > 0


def test_a_running_relay_serves_whom_was_revoked(run: Run, layout: Layout, relay: str) -> None:
    run("technician", layout.folder, "Mila", "--id", "1", "--no-passphrase")
    key = PublicKey.from_text((layout.person("technician", "1") / "id_ed25519.pub").read_text())
    before = served(relay, layout)
    assert not before.revokes_key(key)
    run("revoke", layout.folder, "--id", "1", "--relay", relay)
    assert served(relay, layout).revokes_key(key)


def test_a_relay_that_reads_the_folder_itself_is_no_trouble(run: Run, layout: Layout, relay: str) -> None:
    for _ in range(5):
        # In the same second the list is not newer, and the relay may have read it from the folder before.
        said = json.loads(run("publish", layout.folder, "--relay", relay, "--json").stdout)
        assert served(relay, layout).generated == said["generated"]


def test_who_was_revoked_is_served_even_if_the_relay_has_a_newer_list(
    run: Run, layout: Layout, relay: str
) -> None:
    run("technician", layout.folder, "Mila", "--id", "1", "--no-passphrase")
    key = PublicKey.from_text((layout.person("technician", "1") / "id_ed25519.pub").read_text())
    ahead = publish(layout, time.time() + 60, relay)
    assert served(relay, layout) == ahead
    run("revoke", layout.folder, "--id", "1", "--relay", relay)
    now = served(relay, layout)
    assert now.revokes_key(key)
    assert now.generated == ahead.generated + 1


def test_the_relay_refuses_a_list_that_another_status_key_has_signed(
    run: Run, layout: Layout, relay: str
) -> None:
    layout.status_key.write_bytes(layout.log_key.read_bytes())
    refused = run("publish", layout.folder, "--relay", relay, code=3)
    assert "does not accept" in refused.output


def test_a_relay_that_is_away_is_said(run: Run, layout: Layout) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    run("publish", layout.folder, "--relay", f"http://127.0.0.1:{port}", code=5)
    run("publish", layout.folder, "--relay", "http://relay.example.org", code=3)


@pytest.mark.parametrize("span", ["15m", "1h", "0s", "10", "ten", "1.5m", ""])
def test_a_span_that_would_leave_lists_too_old_is_refused(run: Run, layout: Layout, span: str) -> None:
    run("publish", layout.folder, "--every", span, code=2)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_publishing_goes_on_until_it_is_told_to_stop(layout: Layout, number: signal.Signals) -> None:
    with process("organisation", "publish", layout.folder, "--every", "1s", "--json") as running:
        assert running.stdout is not None
        times = [json.loads(running.stdout.readline())["generated"] for _ in range(2)]
        assert times[0] < times[1]
        running.send_signal(number)
        assert running.wait(DEADLINE_SECONDS) == 0


def test_publishing_goes_on_while_the_relay_is_away(layout: Layout) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
    with process("organisation", "publish", layout.folder, "--every", "1s", "--relay", url) as running:
        assert running.stdout is not None
        for _ in range(2):
            assert "trying again" in running.stdout.readline()


def test_publishing_goes_on_beside_somebody_who_is_ahead(layout: Layout, relay: str) -> None:
    ahead = publish(layout, time.time() + 60, relay).generated
    arguments = ("--every", "1s", "--relay", relay, "--json")
    with process("organisation", "publish", layout.folder, *arguments) as running:
        assert running.stdout is not None
        for _ in range(2):
            assert json.loads(running.stdout.readline())["generated"] == ahead
