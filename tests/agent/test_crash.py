"""Evidence on the disk when the agent dies, or the disk is full."""

import random  # noqa: TID251 - the seeded generator that a run can be had again with
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from agent.backlog import close_recovered
from agent.recorder import Recorder
from agent.spool import Spool
from session import statements
from session.errors import RecorderFailed
from session.keys import PublicKey, load_private
from session.picture import Coding, Tile
from session.signatures import Namespace, verify
from session.statements import Chain, Close, Consented, SealedObject, Segment
from tests.agent.guarded import CONTROLLING, guarded
from tests.agent.recording import begin, frame
from tests.agent.test_gate import INPUTS
from tests.tree import ROOT


def killed(folder: Path, seconds: float) -> tuple[Spool, int]:
    """Kill a recording process after so many seconds; return what it left and what it reported last."""
    command = [sys.executable, "-m", "tests.agent.busy", str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stdout is not None
        # The process tells when its first statement is made; what it says later waits in the pipe.
        assert process.stdout.readline() == "0\n"
        time.sleep(seconds)
        process.kill()
        told = [line for line in process.stdout.read().splitlines(keepends=True) if line.endswith("\n")]
        assert process.wait() == -9
    (session,) = (folder / "sessions" / "one" / "sessions").iterdir()
    return Spool(folder / "sessions" / "one", session.name), int(told[-1]) if told else 0


def check(spool: Spool) -> list[statements.SessionStatement]:
    """Check the whole of what lies in a spool as a stranger would; return the chain."""
    key = PublicKey.of(load_private((spool.folder / "session_key").read_bytes()))
    chain, found = Chain(), []
    for seq in spool.statements():
        data = spool.statement(seq).read_bytes()
        found.append(chain.follow(data))
        verify(data, spool.statement(seq, "json.sig").read_bytes(), Namespace.SEGMENT, key=key)
        leaf, signature = statements.check_entry(spool.statement(seq, "leaf").read_bytes(), data)
        verify(leaf, signature, Namespace.LEAF, key=key)
        for sealed in objects(found[-1]):
            content = (spool.session / sealed.name).read_bytes()
            assert (statements.digest(content), len(content)) == (sealed.sha256, sealed.size)
    return found


def objects(statement: statements.SessionStatement) -> tuple[SealedObject, ...]:
    match statement:
        case Segment(objects=several):
            return several
        case Consented(object=one):
            return (one,)
        case _:
            return ()


def survive(folder: Path, dice: random.Random, kills: int) -> None:
    """Kill a recording process at random moments; what it had reported is there, and can be closed."""
    lengths = []
    for number in range(kills):
        spool, told = killed(folder / str(number), dice.random() * 0.25)
        before = check(spool)
        assert len(before) > told
        close_recovered(spool)
        after = check(spool)
        assert after[:-1] == before
        assert isinstance(after[-1], Close)
        assert after[-1].reason == "recovered"
        lengths.append(len(after))
    # It proves something only if the process died at different places.
    assert len(set(lengths)) > kills / 10


def test_a_killed_agent_leaves_a_chain_that_can_be_closed(dice: random.Random, tmp_path: Path) -> None:
    survive(tmp_path, dice, 20)


@pytest.mark.soak
def test_an_agent_killed_a_hundred_times_leaves_chains(dice: random.Random, tmp_path: Path) -> None:
    survive(tmp_path, dice, 100)


# a full disk


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 8 MB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    options = ["-t", "tmpfs", "-o", "size=8m,mode=0700", "tmpfs"]
    if subprocess.run(["mount", *options, disk], capture_output=True, check=False).returncode:
        pytest.skip("only root can mount a small disk")
    yield disk
    subprocess.run(["umount", disk], check=True)


def fill(recorder: Recorder) -> None:
    """Record until the disk is full."""
    for number in range(100):
        picture = Tile(0, 0, 16, 16, Coding.PNG, b"x" * 1_000_000)
        recorder.frame(msgspec.structs.replace(frame(number, key=True), tiles=(picture,)))
        recorder.cut()


def test_a_full_disk_ends_the_recording_and_everything_with_it(small_disk: Path) -> None:
    made = begin(small_disk)
    made.allow()
    with guarded(made.recorder) as guard:
        guard.gate.set(CONTROLLING)
        guard.gate.take(INPUTS[0])
        guard.settle()
        assert len(guard.acts) == 1
        with pytest.raises(RecorderFailed, match="No space left on device"):
            fill(made.recorder)
        for message in INPUTS:
            guard.gate.take(message)
        guard.settle()
        assert len(guard.acts) == 1
        assert {why for _, why in guard.refused} == {"not-recorded"}
        assert {type(error) for error in guard.failures} == {RecorderFailed}
    with pytest.raises(RecorderFailed):
        made.recorder.frame(frame(1, key=True))
    assert not made.recorder.recording
    kinds = [each.KIND for each in made.statements()]
    assert kinds[:3] == ["open", "consent", "segment"]
    assert not list(small_disk.rglob("*.part"))


def test_a_full_disk_leaves_room_for_the_close_once_something_is_deleted(small_disk: Path) -> None:
    made = begin(small_disk)
    made.allow()
    ballast = small_disk / "ballast"
    ballast.write_bytes(bytes(3_000_000))
    with pytest.raises(RecorderFailed):
        fill(made.recorder)
    ballast.unlink()
    made.journal.close("unrecorded")
    assert made.statements()[-1].KIND == "close"
