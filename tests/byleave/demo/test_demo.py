"""`make demo` as CI runs it, and what a stranger with stock tools makes of its bundle."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from session.statements import Segment, parse

pytestmark = pytest.mark.desktop

DEMO_SECONDS = 180
KEYS = (
    "milestones session_id technician granted kex cipher frames_sent frames_recorded frames_shown input_sent "
    "input_applied latency_ms relay_plaintext_hits plaintext_control_hits recording stop_ms"
)


@pytest.fixture(scope="module")
def output(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that a headless demo leaves."""
    folder = tmp_path_factory.mktemp("demo") / "demo-output"
    command = [sys.executable, "-m", "byleave", "demo", "--headless", "--output", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=DEMO_SECONDS, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


def test_the_summary_says_what_was_promised(output: Path) -> None:
    summary = json.loads((output / "summary.json").read_text())
    assert set(KEYS.split()) <= set(summary)
    assert summary["broken_promises"] == []
    assert (summary["relay_plaintext_hits"], summary["recording"]["verified"]) == (0, True)
    assert summary["frames_sent"] == summary["frames_recorded"]


def test_everything_is_left_that_the_demo_promises(output: Path) -> None:
    names = "consent.png banner.png console.png replay.png session.mp4 bundle auditor bundle/trust bundle/log"
    assert [name for name in names.split() if not (output / name).exists()] == []


def stock(bundle: Path, output: Path) -> "subprocess.CompletedProcess[str]":
    """Run the bundle's own script: bash, ssh-keygen, age, sha256sum, openssl and ffprobe, nothing of ours."""
    command = ["bash", str(bundle / "verify.sh"), "--identity", str(output / "auditor" / "identity.txt")]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


def test_a_stranger_with_stock_tools_finds_it_whole(output: Path) -> None:
    done = stock(output / "bundle", output)
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "All of it holds."), done.stderr


def _a_statement(bundle: Path) -> Path:
    return sorted(bundle.glob("sessions/*/seg/*.json"))[2]


def _an_object(bundle: Path) -> Path:
    segment = next(
        statement
        for statement in (parse(path.read_bytes()) for path in sorted(bundle.glob("sessions/*/seg/*.json")))
        if isinstance(statement, Segment)
    )
    return next(bundle.glob("sessions/*")) / segment.objects[-1].name


def _the_countersignature(bundle: Path) -> Path:
    return next(bundle.glob("sessions/*/seg/000000.json.technician.sig"))


def _the_checkpoint(bundle: Path) -> Path:
    return bundle / "log" / "checkpoint"


def _the_keys(bundle: Path) -> Path:
    return next(bundle.glob("keys/*/main.age"))


@pytest.mark.parametrize(
    "part",
    [_a_statement, _an_object, _the_countersignature, _the_checkpoint, _the_keys],
    ids=lambda part: part.__name__,
)
def test_a_stranger_with_stock_tools_finds_a_changed_byte(
    output: Path, tmp_path: Path, part: Callable[[Path], Path]
) -> None:
    bundle = tmp_path / "bundle"
    shutil.copytree(output / "bundle", bundle)
    changed = part(bundle)
    data = bytearray(changed.read_bytes())
    data[len(data) // 2] ^= 1
    changed.write_bytes(data)
    assert stock(bundle, output).returncode == 1
