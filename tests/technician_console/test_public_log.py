"""What the log says counts only if it is signed, consistent and proved, today and next time."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from session.errors import LedgerError, LinkLost
from session.ledger import Tree, leaf_hash
from technician_console.public_log import PublicLog
from technician_console.relay_client import RelayClient
from technician_console.state_folder import StateFolder
from tests.technician_console.company import Company
from tests.technician_console.small_relay import SmallRelay


class Scene:
    def __init__(self, relay: SmallRelay, client: RelayClient, folder: StateFolder) -> None:
        self.relay = relay
        self.client = client
        self.folder = folder

    def log(self) -> PublicLog:
        """The log, as a console that has just been started knows it."""
        return PublicLog(self.client, self.relay.organisation.profile.log_key, self.folder)

    def another_history(self, leaves: int) -> None:
        self.relay.tree = Tree()
        for number in range(leaves):
            self.relay.append(f"another history {number}".encode())


@asynccontextmanager
async def scene(tmp_path: Path, leaves: int = 5) -> AsyncIterator[Scene]:
    company = Company()
    async with SmallRelay(company, company.organisation()) as relay, RelayClient(relay.url) as client:
        for number in range(leaves):
            relay.append(f"leaf {number}".encode())
        yield Scene(relay, client, StateFolder(tmp_path / "console"))


async def test_a_leaf_that_is_there_is_confirmed(tmp_path: Path) -> None:
    async with scene(tmp_path) as here:
        log = here.log()
        for number in range(5):
            await log.confirm(number, leaf_hash(f"leaf {number}".encode()))
        assert log.newest is not None
        assert log.newest.size == 5


async def test_a_new_leaf_takes_one_question(tmp_path: Path) -> None:
    async with scene(tmp_path) as here:
        log = here.log()
        await log.confirm(4, leaf_hash(b"leaf 4"))
        here.relay.append(b"leaf 5")
        here.relay.asked.clear()
        await log.confirm(5, leaf_hash(b"leaf 5"))
        assert here.relay.asked == ["/log/inclusion"]


async def test_a_leaf_beyond_the_end_is_no_leaf(tmp_path: Path) -> None:
    async with scene(tmp_path) as here:
        with pytest.raises(LedgerError, match="leaf 5 is claimed, and the log has 5"):
            await here.log().confirm(5, leaf_hash(b"leaf 5"))


async def test_a_leaf_that_is_not_there_is_not(tmp_path: Path) -> None:
    async with scene(tmp_path) as here:
        with pytest.raises(LedgerError):
            await here.log().confirm(2, leaf_hash(b"another leaf"))


async def test_the_proof_must_be_for_the_leaf_that_was_asked_for(tmp_path: Path) -> None:
    async with scene(tmp_path) as here:
        here.relay.lie = lambda receipt: receipt.update(index=3)
        with pytest.raises(LedgerError):
            await here.log().confirm(2, leaf_hash(b"leaf 2"))


async def test_a_proof_must_lead_to_the_signed_root(tmp_path: Path) -> None:
    async with scene(tmp_path) as here:
        here.relay.lie = lambda receipt: receipt.update(proof=["7" * 64, "7" * 64, "7" * 64])
        with pytest.raises(LedgerError):
            await here.log().confirm(2, leaf_hash(b"leaf 2"))


async def test_another_key_signs_for_another_log(tmp_path: Path) -> None:
    async with scene(tmp_path) as here:
        here.relay.company.log = Ed25519PrivateKey.generate()
        with pytest.raises(LedgerError):
            await here.log().advance()


async def test_the_log_may_grow_from_one_time_to_the_next(tmp_path: Path) -> None:
    async with scene(tmp_path) as here:
        await here.log().advance()
        here.relay.append(b"leaf 5")
        await here.log().confirm(5, leaf_hash(b"leaf 5"))


@pytest.mark.parametrize("leaves", [3, 5, 9], ids=["shorter", "as long", "longer"])
async def test_another_history_than_last_time_is_noticed(tmp_path: Path, leaves: int) -> None:
    async with scene(tmp_path) as here:
        await here.log().advance()
        here.another_history(leaves)
        with pytest.raises((LedgerError, LinkLost)):
            await here.log().advance()


async def test_an_older_checkpoint_of_the_same_history_does_no_harm(tmp_path: Path) -> None:
    async with scene(tmp_path) as here:
        log, older = here.log(), here.relay.note(3).decode()
        await log.advance()
        await log.agree(older)
        assert log.newest is not None
        assert log.newest.size == 5


async def test_two_ends_that_see_two_histories_notice(tmp_path: Path) -> None:
    async with scene(tmp_path) as here:
        log = here.log()
        await log.advance()
        true = here.relay.tree
        here.another_history(3)
        other, here.relay.tree = here.relay.note().decode(), true
        with pytest.raises(LedgerError):
            await log.agree(other)


async def test_a_kept_checkpoint_that_was_changed_is_noticed(tmp_path: Path) -> None:
    async with scene(tmp_path) as here:
        await here.log().advance()
        (kept,) = here.folder.path.glob("checkpoint-*")
        kept.write_bytes(kept.read_bytes().replace(b"\n5\n", b"\n4\n"))
        with pytest.raises(LedgerError):
            here.log()


async def test_a_log_that_does_not_answer_is_a_lost_link(tmp_path: Path) -> None:
    async with scene(tmp_path) as here:
        here.relay.silent = True
        with pytest.raises(LinkLost):
            await here.log().advance()


async def test_a_page_that_never_ends_is_not_read(tmp_path: Path) -> None:
    async with scene(tmp_path) as here:
        here.relay.lie = lambda receipt: receipt.update(checkpoint="x" * 100_000)
        with pytest.raises(LinkLost):
            await here.log().confirm(2, leaf_hash(b"leaf 2"))
