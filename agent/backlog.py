"""What earlier sessions left on this computer: closed as recovered, and uploaded. RECORDING.md, section 5."""

import asyncio
import logging
import shutil
from collections import deque
from collections.abc import Callable, Iterable

import httpx

from agent.journal import Journal, Made, wall_ms
from agent.spool import Spool
from agent.state import Home
from agent.upload import Pace, Receipt, Uploader
from session.errors import ByleaveError, RecorderFailed
from session.keys import load_private
from session.messages import Reason
from session.statements import Close, Consented, Idle, Open, Segment, parse

_log = logging.getLogger("byleave.backlog")

DISK_SECONDS = 5.0
"""How long a full disk is left alone."""

AGAIN_SECONDS = 30.0
"""How long one session is brought before it is another one's turn."""


class Backlog:
    """Brings home what is left of earlier sessions, each in its turn.

    Args:
        home: the state folder.
        log_key: the log's verifier key.
        client: with the relay's address as its base.
        brought: is called for each session with which nothing more is to be done.
        pace: how fast anything may be uploaded.
    """

    def __init__(
        self,
        home: Home,
        log_key: str,
        client: httpx.AsyncClient,
        brought: Callable[[Spool], None],
        pace: Pace = lambda: None,
    ) -> None:
        self._home = home
        self._log_key = log_key
        self._client = client
        self._brought = brought
        self._pace = pace

    async def run(self, unfinished: asyncio.Queue[Spool]) -> None:
        """Close and upload what earlier runs left, then what ends meanwhile; never returns.

        One that does not get on keeps none of the others waiting for long.

        Args:
            unfinished: sessions of this run.
        """
        spools = await asyncio.to_thread(self._home.spools)
        await asyncio.to_thread(discard, spools)
        left = deque(spool for spool in spools if (spool.folder / "session_key").exists())
        while True:
            while not left or not unfinished.empty():
                left.append(await unfinished.get())
            spool = left.popleft()
            if await self._bring(spool):
                self._brought(spool)
            else:
                left.append(spool)

    async def _bring(self, spool: Spool) -> bool:
        """Bring one session for a while; tell whether nothing more is to be done for it."""
        try:
            if not await asyncio.to_thread(_closed, spool):
                return True
            token = (spool.folder / "token").read_text()
            uploader = Uploader(
                spool, self._client, token, self._log_key, _noted, lambda seq: True, self._pace
            )
            async with asyncio.timeout(AGAIN_SECONDS):
                await uploader.run()
            await asyncio.to_thread(settle, spool)
        except TimeoutError:
            _log.warning("= session %s is not complete yet", spool.sid[:8])
            return False
        except RecorderFailed as error:
            _log.warning("= session %s is not complete yet: %s", spool.sid[:8], error)
            await asyncio.sleep(DISK_SECONDS)
            return False
        except (ByleaveError, OSError) as error:
            # One bad session must not keep the others.
            _log.error("= session %s stays here: %s", spool.sid[:8], error)
            return True
        _log.info("= session %s is complete", spool.sid[:8])
        return True


def _closed(spool: Spool) -> bool:
    """Give a session its close, or forget it if nothing was ever asked in it; tell which."""
    if not spool.statement(0, "json.technician.sig").exists():
        # The technician never countersigned `open`, and without that the relay takes none of it.
        shutil.rmtree(spool.folder, ignore_errors=True)
        return False
    close_recovered(spool)
    return True


def _noted(seq: int, receipt: Receipt) -> None:
    _log.info("= statement %d is in the log at %d", seq, receipt.index)


def close_recovered(spool: Spool) -> None:
    """Give a session that has no `close` one, with the length of what is missing before it.

    Raises:
        RecorderFailed: the disk does not take it.
        EvidenceError: what is there is no chain.
    """
    if not spool.statements():
        # A crash before `open`: nothing was shown, seen or said.
        shutil.rmtree(spool.folder)
        return
    journal = Journal(spool, load_private((spool.folder / "session_key").read_bytes()), _made)
    journal.resume()
    if not journal.closed:
        journal.close(Reason.RECOVERED, gap=max(0, wall_ms() - _last_moment(spool)))


def _made(made: Made) -> None:
    _log.info("= recovered: statement %d, %s", made.seq, made.kind)


def _last_moment(spool: Spool) -> int:
    """Return when the last statement was made, in milliseconds since 1970."""
    statement = parse(spool.statement(spool.statements()[-1]).read_bytes())
    match statement:
        case Segment(t1=t1) | Idle(t1=t1):
            return t1
        case Open(t0=t0) | Consented(t0=t0) | Close(t0=t0):
            return t0
        case _:
            return wall_ms()


def settle(spool: Spool) -> None:
    """Forget what is needed no more once the log holds the close: the session's key and the token."""
    for name in ("session_key", "token"):
        (spool.folder / name).unlink(missing_ok=True)


def discard(spools: Iterable[Spool]) -> None:
    """Delete what the relay has: sealed copies are no use to a person who did not save them."""
    for spool in spools:
        if not (spool.folder / "session_key").exists():
            shutil.rmtree(spool.folder, ignore_errors=True)
