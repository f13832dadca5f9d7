"""Real crashes of a real relay: kill -9 at any moment, a full disk, a second relay."""

import asyncio
import contextlib
import os
import secrets
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from random import Random  # noqa: TID251 - seeded: the moments of a failed run can be had again

import httpx
import msgspec
import pytest

from relay.log import Receipt
from session.ledger import Tree, decode_bundle, open_checkpoint
from session.statements import parse_entry
from tests.relay.office import Office
from tests.relay.process import Ends, RelayProcess
from tests.relay.recording import Recording, Uploader, sealed

MEGABYTE = 1024 * 1024


class PublicLog:
    """The log as a stranger reads it over HTTP."""

    def __init__(self, checkpoint: bytes, entries: list[bytes], verifier: str) -> None:
        self.verifier = verifier
        self.tree = Tree()
        for entry in entries:
            self.tree.append(entry)
        self.leaves = [parse_entry(entry)[0] for entry in entries]
        found = open_checkpoint(checkpoint, verifier)
        assert (found.size, found.root) == (self.tree.size, self.tree.root())

    @classmethod
    async def read(cls, client: httpx.AsyncClient) -> "PublicLog":
        verifier = (await client.get("/trust/log.vkey")).text.strip()
        checkpoint = (await client.get("/log/checkpoint")).content
        size = open_checkpoint(checkpoint, verifier).size
        entries: list[bytes] = []
        for start in range(0, size, 256):
            width = min(256, size - start)
            suffix = "" if width == 256 else f".p/{width}"
            bundle = (await client.get(f"/log/tile/entries/{start // 256:03}{suffix}")).content
            entries += decode_bundle(bundle, width)
        return cls(checkpoint, entries, verifier)

    def check(self, receipt: Receipt) -> None:
        """Check that an old receipt is about this log."""
        found = open_checkpoint(receipt.checkpoint.encode(), self.verifier)
        assert found.root == self.tree.root(found.size), "the log was rewritten"
        proof = [bytes.fromhex(each) for each in receipt.proof]
        assert self.tree.inclusion_proof(receipt.index, receipt.size) == proof


class Stubborn:
    """An agent that brings what it has until it gets a receipt, whatever happens to the relay."""

    def __init__(self, agent: Uploader) -> None:
        self.agent = agent
        self.receipts: list[Receipt] = []

    async def bring(self, client: httpx.AsyncClient, name: str, content: bytes, commit: bytes) -> None:
        self.agent.client = client
        put = await self.agent.put(name, content)
        assert put.status_code in {200, 201}, put.text
        answer = await self.agent.post(commit)
        assert answer.status_code == 200, answer.text
        self.receipts.append(msgspec.json.decode(answer.content, type=Receipt))

    async def try_once(self, relay: RelayProcess, name: str, content: bytes, commit: bytes) -> bool:
        with contextlib.suppress(httpx.TransportError):
            async with httpx.AsyncClient(base_url=relay.url, trust_env=False) as client:
                await self.bring(client, name, content, commit)
                return True
        return False

    def next_segment(self) -> tuple[str, bytes, bytes]:
        content = secrets.token_bytes(50_000)
        recording = self.agent.recording
        record = sealed(f"seg/{recording.length:06}.events.jsonl.age", content)
        return record.name, content, recording.commit(recording.segment(record))


async def kill_and_go_on(office: Office, relay: RelayProcess, kills: int, dice: Random) -> None:
    technician = office.holder()
    ends = Ends(relay)
    _, _, token = await ends.pair(technician)
    await ends.close()
    async with httpx.AsyncClient(base_url=relay.url, trust_env=False) as client:
        stubborn = Stubborn(Uploader(client, token, Recording(technician)))
        await stubborn.agent.begin()
        await stubborn.agent.allow()
    for _ in range(kills):
        async with asyncio.TaskGroup() as group:
            bringing = group.create_task(bring_until_killed(stubborn, relay))
            await asyncio.sleep(dice.uniform(0.0, 0.15))
            relay.process.kill()
            pending = await bringing
        relay.restart()
        assert await stubborn.try_once(relay, *pending)
    async with httpx.AsyncClient(base_url=relay.url, trust_env=False) as client:
        stubborn.agent.client = client
        await stubborn.agent.close()
        log = await PublicLog.read(client)
    for receipt in stubborn.receipts:
        log.check(receipt)
    assert [leaf.n for leaf in log.leaves] == list(range(stubborn.agent.recording.length))
    assert len(stubborn.receipts) == stubborn.agent.recording.length - 3


async def bring_until_killed(stubborn: Stubborn, relay: RelayProcess) -> tuple[str, bytes, bytes]:
    while True:
        pending = stubborn.next_segment()
        if not await stubborn.try_once(relay, *pending):
            return pending


async def test_a_relay_killed_at_random_moments_loses_nothing(
    office: Office, relay: RelayProcess, dice: Random
) -> None:
    await kill_and_go_on(office, relay, 4, dice)


@pytest.mark.soak
async def test_a_relay_killed_a_hundred_times_loses_nothing(
    office: Office, relay: RelayProcess, dice: Random
) -> None:
    await kill_and_go_on(office, relay, 100, dice)


def test_a_second_relay_is_refused(office: Office, relay: RelayProcess) -> None:
    command = [sys.executable, "-m", "byleave", "relay", str(office.relay), "--listen", "127.0.0.1:0"]
    second = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert second.returncode == 3
    assert "another relay" in second.stderr
    assert relay.process.poll() is None


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 8 MB."""
    if os.geteuid() != 0:
        pytest.skip("only root may mount a small disk")
    folder = tmp_path / "small"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(folder)]
    if subprocess.run(mount, capture_output=True, check=False).returncode != 0:
        pytest.skip("nothing may be mounted here")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


@contextlib.asynccontextmanager
async def session_on(folder: Path) -> AsyncIterator[tuple[RelayProcess, Uploader]]:
    office = Office(folder / "office")
    with RelayProcess(office.relay) as relay:
        ends = Ends(relay)
        technician = office.holder()
        _, _, token = await ends.pair(technician)
        await ends.close()
        async with httpx.AsyncClient(base_url=relay.url, trust_env=False) as client:
            agent = Uploader(client, token, Recording(technician))
            await agent.begin()
            await agent.allow()
            yield relay, agent


async def test_a_full_disk_takes_no_more_segments_but_the_close(small_disk: Path) -> None:
    async with session_on(small_disk) as (relay, agent):
        answers = []
        while len(answers) < 100 and (not answers or answers[-1].status_code == 200):
            answers.append(await agent.segment(300_000))
        assert (answers[-1].status_code, answers[-1].json()["error"]) == (507, "storage")
        assert 5 < len(answers) < 30
        await agent.close()
        log = await PublicLog.read(agent.client)
        assert [leaf.n for leaf in log.leaves] == list(range(agent.recording.length))
        relay.restart()


async def test_a_disk_without_a_single_byte_left_harms_nothing(small_disk: Path) -> None:
    async with session_on(small_disk) as (relay, agent):
        assert (await agent.segment()).status_code == 200
        fill = small_disk / "fill"
        with contextlib.suppress(OSError), fill.open("wb", buffering=0) as file:
            while file.write(b"x" * 4096) == 4096:
                pass
        recording = agent.recording
        commit = recording.commit(recording.idle())
        for _ in range(3):
            assert (await agent.post(commit)).status_code == 507
        assert (await agent.put("seg/000009.events.jsonl.age", b"x" * 10_000)).status_code == 507
        fill.unlink()
        assert (await agent.post(commit)).status_code == 200
        await agent.close()
        log = await PublicLog.read(agent.client)
        assert [leaf.n for leaf in log.leaves] == list(range(agent.recording.length))
        assert not list((relay.folder / "incoming").iterdir())
