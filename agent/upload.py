"""Brings a session's evidence to the relay, in order, until the log has its close.

Each commit is answered with a proof that the log holds the leaf; the proof is
checked here, and its receipt kept, before anything counts as acknowledged.
What the relay has already is not sent again, so a lost answer costs nothing.

The line is shared with the live picture, and on a thin one the evidence yields:
it leaves in small pieces, no faster than it is told.
"""

import asyncio
import base64
import contextlib
import logging
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path

import httpx
import msgspec

from agent.spool import Spool, write_whole
from session.errors import EvidenceError, LedgerError, LinkLost, RecorderFailed, RecordingFull
from session.ledger import leaf_hash, open_checkpoint, verify_inclusion
from session.statements import ATTACHED_LIMIT, Close, Consented, Open, SealedObject, Segment, parse

_log = logging.getLogger("byleave.upload")

RETRY_SECONDS = (0.2, 0.5, 1.0, 2.0, 5.0)
NAMES = ("main", "sensitive", "consent")
ANSWER_LIMIT = 64 * 1024
NOTICE, QUOTA = "Byleave-Notice", "quota"
PIECE_SECONDS = 0.02
LEAST_PIECE = 1400
MOST_PIECE = 64 * 1024
LOOK_SECONDS = 10.0
"""Seconds after which is looked for a statement unasked; whoever makes or signs one says so."""

LONGEST_PAUSE = 1.0
"""Seconds until a piece is sent whatever the line was taken for, and it is asked again."""

Pace = Callable[[], float | None]
"""Returns how many bytes a second may be sent at present; None if it does not matter."""


class Receipt(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The relay's answer to a commit: the leaf's place in the log at this checkpoint."""

    index: int
    size: int
    proof: tuple[str, ...]
    checkpoint: str


class Uploader:
    """Uploads one session.

    Args:
        spool: the session's folder.
        client: with the relay's address as its base.
        token: the right to upload.
        log_key: the log's verifier key, from the profile.
        acknowledged: is called for each statement that the log holds: its number, its receipt.
        countersigned: tells whether a statement may be sent: its signature is there, or nobody will make it.
        pace: asked for each piece.

    Attributes:
        used_up: whether the relay has said that this session has used up its share.
    """

    def __init__(
        self,
        spool: Spool,
        client: httpx.AsyncClient,
        token: str,
        log_key: str,
        acknowledged: Callable[[int, Receipt], None],
        countersigned: Callable[[int], bool],
        pace: Pace = lambda: None,
    ) -> None:
        self._spool = spool
        self._client = client
        self._headers = {"Authorization": f"Bearer {token}"}
        self._log_key = log_key
        self._acknowledged = acknowledged
        self._countersigned = countersigned
        self._pace = pace
        self._wake = asyncio.Event()
        self._next = spool.acknowledged()
        self._brought = 0
        self._prepared = self._next > 0
        self.used_up = False

    @property
    def brought(self) -> tuple[int, int]:
        """Which statement is being uploaded, and how many bytes have left for it."""
        return self._next, self._brought

    def wake(self) -> None:
        """There is a new statement, or a new countersignature; call it in the event loop."""
        self._wake.set()

    async def run(self) -> None:
        """Upload until the log holds the session's `close`; failures are tried again."""
        failures = 0
        # Whoever was killed between the last receipt and the end has nothing left to bring.
        over = self._next > 0 and await asyncio.to_thread(self._is_close, self._next - 1)
        while not over:
            try:
                over = await self._step()
                failures = 0
            except (LinkLost, EvidenceError, RecorderFailed, OSError, httpx.HTTPError) as error:
                _log.warning("= upload: %s: %s", type(error).__name__, error)
                await asyncio.sleep(RETRY_SECONDS[min(failures, len(RETRY_SECONDS) - 1)])
                failures += 1

    def _is_close(self, seq: int) -> bool:
        return isinstance(parse(self._spool.statement(seq).read_bytes()), Close)

    async def _step(self) -> bool:
        """Upload the next statement, or wait for one; tell whether it was the close."""
        path = self._spool.statement(self._next)
        if not path.exists() or not self._countersigned(self._next):
            self._wake.clear()
            # Not `wait_for`, which swallows a cancellation that comes together with what it waits for.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LOOK_SECONDS):
                    await self._wake.wait()
            return False
        data = path.read_bytes()
        statement = parse(data)
        self._brought = 0
        if isinstance(statement, Open):
            await self._prepare()
        objects = (
            statement.objects
            if isinstance(statement, Segment)
            else (statement.object,)
            if isinstance(statement, Consented)
            else ()
        )
        # What is small comes along with its statement: a request of its own costs more than it does.
        small = sum(item.size for item in objects) <= ATTACHED_LIMIT
        if not small:
            for item in objects:
                await self._put(f"/sessions/{self._spool.sid}/{item.name}", self._spool.session / item.name)
        await self._commit(data, objects if small else ())
        return isinstance(statement, Close)

    async def _prepare(self) -> None:
        """Bring what must be there before `open` counts."""
        sid = self._spool.sid
        for name in NAMES:
            await self._put(f"/keys/{sid}/{name}.age", self._spool.keys / f"{name}.age")
        await self._put(f"/sessions/{sid}/allowed_signers", self._spool.session / "allowed_signers")

    async def _put(self, url: str, path: Path) -> None:
        data = await asyncio.to_thread(path.read_bytes)
        before = self._brought
        await self._send("PUT", url, data)
        self._brought = before + len(data)

    async def _commit(self, data: bytes, attached: Sequence[SealedObject]) -> None:
        seq = self._next
        leaf = self._spool.statement(seq, "leaf").read_bytes()
        body = await asyncio.to_thread(self._body, data, leaf, attached)
        answer = await self._send("POST", f"/sessions/{self._spool.sid}/statements", body)
        receipt = check_receipt(answer, leaf, self._log_key)
        # Without it the statement is brought once more after a power cut, and the relay says the same again.
        await asyncio.to_thread(write_whole, self._spool.receipt(seq), msgspec.json.encode(receipt))
        self._next += 1
        self._acknowledged(seq, receipt)

    def _body(self, data: bytes, leaf: bytes, attached: Sequence[SealedObject]) -> bytes:
        """Return a commit, and behind it the objects that come along."""
        seq = self._next
        technician = self._spool.statement(seq, "json.technician.sig")
        commit = {
            "statement": base64.b64encode(data).decode(),
            "signature": self._spool.statement(seq, "json.sig").read_text(),
            "technician": technician.read_text() if technician.exists() else None,
            "leaf": base64.b64encode(leaf).decode(),
        }
        parts = [msgspec.json.encode(commit)]
        if attached:
            parts += [b"\n", *((self._spool.session / item.name).read_bytes() for item in attached)]
        return b"".join(parts)

    async def _send(self, method: str, url: str, content: bytes) -> bytes:
        """Send one request and return the answer, which a relay does not choose the length of."""
        headers = {**self._headers, "Content-Length": str(len(content))}
        # A body in one part costs less, at both ends.
        rate = self._pace()
        whole = rate is None or len(content) <= _piece(rate)
        body = content if whole else self._in_pieces(content)
        async with self._client.stream(method, url, content=body, headers=headers) as response:
            answer = b""
            async for part in response.aiter_bytes():
                answer += part
                if len(answer) > ANSWER_LIMIT:
                    raise LedgerError("the relay's answer is too long")
        refused = response.status_code not in (200, 201)
        if QUOTA in (response.headers.get(NOTICE), _refusal(answer) if refused else None):
            self.used_up = True
        if refused:
            failure = RecordingFull if self.used_up else LinkLost
            raise failure(f"{method} {response.request.url.path}: {response.status_code}")
        return answer

    async def _in_pieces(self, content: bytes) -> AsyncIterator[bytes]:
        """Give the content piece by piece, each when the line has taken the one before."""
        loop = asyncio.get_running_loop()
        due, at = loop.time(), 0
        while at < len(content):
            rate = self._pace()
            size = MOST_PIECE if rate is None else _piece(rate)
            piece = content[at : at + size]
            yield piece
            at += size
            self._brought += len(piece)
            if rate is not None:
                # From now on, not from when it was due: what was missed is not made up for in a burst.
                due = max(due, loop.time() - PIECE_SECONDS) + size / rate
                await asyncio.sleep(max(0.0, min(due - loop.time(), LONGEST_PAUSE)))


def _piece(rate: float) -> int:
    """Return how many bytes may leave at once at a rate in bytes a second."""
    return max(LEAST_PIECE, min(MOST_PIECE, int(rate * PIECE_SECONDS)))


class _Error(msgspec.Struct, frozen=True):
    """Why a request is refused; the sentence beside it is for people."""

    error: str


def _refusal(answer: bytes) -> str | None:
    """Return the word of a refusal, None if it has none."""
    try:
        return msgspec.json.decode(answer, type=_Error).error
    except msgspec.DecodeError:
        return None


def check_receipt(data: bytes, entry: bytes, log_key: str) -> Receipt:
    """Check the relay's proof that the log holds an entry.

    Raises:
        LedgerError: it proves nothing.
    """
    try:
        receipt = msgspec.json.decode(data, type=Receipt)
        proof = [bytes.fromhex(node) for node in receipt.proof]
    except (msgspec.DecodeError, ValueError) as error:
        raise LedgerError(f"not a receipt: {type(error).__name__}") from None
    checkpoint = open_checkpoint(receipt.checkpoint.encode(), log_key)
    if checkpoint.size != receipt.size:
        raise LedgerError("the receipt is for another checkpoint")
    verify_inclusion(leaf_hash(entry), receipt.index, receipt.size, proof, checkpoint.root)
    return receipt
