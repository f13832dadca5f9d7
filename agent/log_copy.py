"""The part of the public log that shows one session, for the person's copy: RECORDING.md, section 1.

Proofs of all statements at one checkpoint, and the tiles that lead to it from
the session's own entries and from the checkpoint that its `close` names.
"""

import asyncio
import json
from collections.abc import Iterable, Iterator

import httpx
import msgspec

from agent.spool import Spool
from agent.upload import Receipt, check_receipt
from session.errors import EvidenceError, LinkLost
from session.ledger import TILE_WIDTH, Tile, open_checkpoint
from session.statements import Close, parse

HEIGHT = 8
"""Levels of the tree from one level of tiles to the next."""


async def log_files(spool: Spool, log_key: str, client: httpx.AsyncClient) -> dict[str, bytes]:
    """Return checkpoint, proofs and tiles: name below `log/` → content.

    Args:
        spool: the session's folder, with its receipts.
        log_key: the log's verifier key, from the profile.
        client: with the relay's address as its base.

    Raises:
        LinkLost: the relay has not all of the session yet, or cannot be reached.
        EvidenceError: the log's proofs are false.
    """
    receipts, seen = await asyncio.to_thread(_kept, spool, log_key)
    size = receipts[-1].size
    lines, checkpoint = [], b""
    for seq, kept in enumerate(receipts):
        data = await get(client, f"/log/inclusion?index={kept.index}&size={size}")
        entry = await asyncio.to_thread(spool.statement(seq, "leaf").read_bytes)
        receipt = check_receipt(data, entry, log_key)
        if (receipt.index, receipt.size) != (kept.index, size):
            raise EvidenceError("the relay's proof is for another leaf")
        name = json.dumps(f"sessions/{spool.sid}/seg/{seq:06d}.json")
        lines.append(f"{name}: " + json.dumps({"index": kept.index, "proof": list(receipt.proof)}))
        checkpoint = receipt.checkpoint.encode()
    files = {"checkpoint": checkpoint, "proofs.json": ("{\n" + ",\n".join(lines) + "\n}\n").encode()}
    places = {kept.index for kept in receipts}
    for tile in tiles(size, range(min(places), max(places) + 1), seen):
        files[tile.path] = await get(client, f"/log/{tile.path}")
    return files


def tiles(size: int, leaves: Iterable[int], seen: int) -> Iterator[Tile]:
    """Yield the tiles that prove some entries, and what the log was, by the root of `size` leaves.

    Args:
        size: leaves at the checkpoint.
        leaves: the entries, from 0.
        seen: an earlier size of the log, or 0.
    """
    numbers = {leaf // TILE_WIDTH for leaf in leaves}
    for number in sorted(numbers):
        yield Tile(-1, number, min(TILE_WIDTH, size - number * TILE_WIDTH))
    wanted = numbers | ({(seen - 1) // TILE_WIDTH} if seen else set())
    level = 0
    while filled := size >> HEIGHT * level:
        # The ragged edge gives the root; each of the others is a node of the tile above it.
        for index in sorted(wanted | {filled // TILE_WIDTH}):
            width = min(TILE_WIDTH, filled - index * TILE_WIDTH)
            if width > 0:
                yield Tile(level, index, width)
        wanted = {index // TILE_WIDTH for index in wanted}
        level += 1


async def get(client: httpx.AsyncClient, path: str) -> bytes:
    """Return a public page of the relay.

    Raises:
        LinkLost: it cannot be had.
    """
    try:
        response = await client.get(path)
        response.raise_for_status()
    except httpx.HTTPError as error:
        raise LinkLost(f"{path}: {type(error).__name__}") from error
    return response.content


def _kept(spool: Spool, log_key: str) -> tuple[list[Receipt], int]:
    """Return the receipts of all statements, and the size of the log that `close` names."""
    count = len(spool.statements())
    if not count or spool.acknowledged() < count:
        raise LinkLost("the log does not hold all of this session yet")
    paths = (spool.receipt(seq) for seq in range(count))
    receipts = [msgspec.json.decode(path.read_bytes(), type=Receipt) for path in paths]
    close = parse(spool.statement(count - 1).read_bytes())
    if not isinstance(close, Close) or close.checkpoint is None:
        return receipts, 0
    return receipts, open_checkpoint(close.checkpoint.encode(), log_key).size
