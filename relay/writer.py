"""The one task that writes the log: whoever waits together is committed together."""

import asyncio
import logging
from collections.abc import Callable
from weakref import WeakValueDictionary

from relay.evidence import Stored
from relay.failures import StorageFailed
from relay.index import Place

_log = logging.getLogger("byleave.relay.evidence")

QUEUE = 1024
BATCH = 256


class Writer:
    """Appends durable statements to the log, in batches, in a thread.

    Args:
        commit: appends a batch and returns where each is; `Evidence.commit`.
    """

    def __init__(self, commit: Callable[[list[Stored]], list[Place]]) -> None:
        self._commit = commit
        self._waiting: asyncio.Queue[tuple[Stored, asyncio.Future[Place]]] = asyncio.Queue(QUEUE)
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    def turn(self, sid: str) -> asyncio.Lock:
        """Return the lock under which one statement of a session is taken after the other."""
        return self._locks.setdefault(sid, asyncio.Lock())

    async def append(self, stored: Stored) -> Place:
        """Return where a statement is once it is in the log.

        Raises:
            StorageFailed: it is not, or nobody knows.
        """
        done: asyncio.Future[Place] = asyncio.get_running_loop().create_future()
        await self._waiting.put((stored, done))
        return await done

    async def run(self) -> None:
        """Write until cancelled."""
        while True:
            batch = [await self._waiting.get()]
            while len(batch) < BATCH and not self._waiting.empty():
                batch.append(self._waiting.get_nowait())
            await self._write(batch)

    async def _write(self, batch: list[tuple[Stored, asyncio.Future[Place]]]) -> None:
        try:
            places = await asyncio.to_thread(self._commit, [stored for stored, _ in batch])
        except Exception as error:  # noqa: BLE001 - one bad batch must not end the only writer
            _log.error("a batch of %d statements is not in the log: %s", len(batch), error)
            for _, done in batch:
                if not done.cancelled():
                    done.set_exception(StorageFailed("the log cannot be written"))
            return
        for (_, done), place in zip(batch, places, strict=True):
            if not done.cancelled():
                done.set_result(place)
