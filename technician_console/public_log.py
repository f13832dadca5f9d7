"""The organisation's log, asked by the console itself: EVIDENCE, *The log*; PROTOCOL.md, section 1.

Laws of this file: nothing counts without a checkpoint that the log's key has
signed; every checkpoint must continue the one before, also that of the last
time, which is kept in the state folder.
"""

import asyncio
from typing import Annotated, TypeVar

import msgspec
from msgspec import Meta, Struct

from session.errors import LedgerError, LinkLost
from session.ledger import Checkpoint, VerifierKey, open_checkpoint, verify_consistency, verify_inclusion
from technician_console.relay_client import RelayClient
from technician_console.state_folder import StateFolder

PAGE_LIMIT = 64 * 1024

_T = TypeVar("_T")
_Hash = Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]
_Proof = Annotated[tuple[_Hash, ...], Meta(max_length=128)]


class _Receipt(Struct, frozen=True, forbid_unknown_fields=True):
    index: int
    size: int
    proof: _Proof
    checkpoint: str
    consistency: _Proof | None = None


class _Consistency(Struct, frozen=True, forbid_unknown_fields=True):
    proof: _Proof


class PublicLog:
    """One log, and the newest checkpoint of it that was ever seen here.

    Args:
        client: of the relay that serves it.
        log_key: the log's verifier key, from the profile.
        folder: where the newest checkpoint is kept.

    Raises:
        LedgerError: the kept checkpoint is not this log's.
        ConfigurationError: it cannot be read.
    """

    def __init__(self, client: RelayClient, log_key: str, folder: StateFolder) -> None:
        self._client = client
        self._log_key = log_key
        self._folder = folder
        self._file = _kept_name(log_key)
        note = folder.read(self._file)
        self._newest = None if note is None else open_checkpoint(note, log_key)
        # One after another, or two branches could both continue what came before them.
        self._lock = asyncio.Lock()

    @property
    def newest(self) -> Checkpoint | None:
        """The newest checkpoint that was seen."""
        return self._newest

    async def advance(self) -> Checkpoint:
        """Take the log's newest checkpoint, if it continues all that was seen before.

        Raises:
            LedgerError: it does not, or is not signed by the log.
            LinkLost: the relay does not answer.
        """
        async with self._lock:
            return await self._advance()

    async def _advance(self) -> Checkpoint:
        note = await self._client.get("/log/checkpoint", PAGE_LIMIT)
        checkpoint = open_checkpoint(note, self._log_key)
        await self._continue(checkpoint, note)
        return checkpoint

    async def confirm(self, index: int, leaf: bytes) -> None:
        """Check that the log holds a leaf.

        Args:
            index: the place that is claimed for it.
            leaf: its hash.

        Raises:
            LedgerError: the log does not prove it.
            LinkLost: the relay does not answer.
        """
        async with self._lock:
            await self._confirm(index, leaf)

    async def _confirm(self, index: int, leaf: bytes) -> None:
        query = {"index": index}
        if self._newest is not None and self._newest.size:
            # Whether it continues what was seen is asked along with it.
            query["old"] = self._newest.size
        try:
            page = await self._client.get("/log/inclusion", PAGE_LIMIT, **query)
        except LinkLost:
            # Either the log does not answer, or it has no such leaf.
            size = (await self._advance()).size
            if index >= size:
                raise LedgerError(f"leaf {index} is claimed, and the log has {size}") from None
            raise
        receipt = _decode(page, _Receipt)
        note = receipt.checkpoint.encode()
        checkpoint = open_checkpoint(note, self._log_key)
        if (receipt.index, receipt.size) != (index, checkpoint.size):
            raise LedgerError("the log proves something else than was asked")
        verify_inclusion(leaf, index, checkpoint.size, _hashes(receipt.proof), checkpoint.root)
        await self._continue(checkpoint, note, receipt.consistency)

    async def agree(self, note: str) -> None:
        """Check that the other end of a session sees the same log.

        Args:
            note: the checkpoint that it saw last.

        Raises:
            LedgerError: the two are not of one history.
            LinkLost: the relay does not answer.
        """
        async with self._lock:
            await self._continue(open_checkpoint(note.encode(), self._log_key), note.encode())

    async def _continue(
        self, checkpoint: Checkpoint, note: bytes, known: tuple[str, ...] | None = None
    ) -> None:
        newest = self._newest
        if newest is not None and newest != checkpoint:
            old, new = sorted((newest, checkpoint), key=lambda each: each.size)
            proof: list[bytes] = []
            if old is newest and known is not None:
                proof = _hashes(known)
            elif 0 < old.size < new.size:
                page = await self._client.get("/log/consistency", PAGE_LIMIT, old=old.size, new=new.size)
                proof = _hashes(_decode(page, _Consistency).proof)
            verify_consistency(old.size, new.size, old.root, new.root, proof)
        if self._newest is None or checkpoint.size > self._newest.size:
            self._newest = checkpoint
            self._folder.write(self._file, note)


def _kept_name(log_key: str) -> str:
    """Return where the checkpoint is kept; another key is another log."""
    return f"checkpoint-{VerifierKey.parse(log_key).key_id.hex()}"


def _hashes(proof: tuple[str, ...]) -> list[bytes]:
    return [bytes.fromhex(each) for each in proof]


def _decode(page: bytes, kind: type[_T]) -> _T:
    try:
        return msgspec.json.decode(page, type=kind)
    except (msgspec.DecodeError, UnicodeError) as error:
        raise LedgerError(f"the log's answer is malformed: {type(error).__name__}") from None
