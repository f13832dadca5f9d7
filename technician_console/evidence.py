"""The console's part in the evidence: it checks, countersigns, and asks the log by itself."""

import asyncio
import logging
from collections.abc import Callable

from session.errors import ByleaveError, LimitExceeded, LinkLost
from session.messages import Countersigned, StatementLogged, StatementMade
from session.signatures import Namespace
from session.statements import Close
from technician_console.credentials import Credentials
from technician_console.public_log import PublicLog
from technician_console.witness import COUNTERSIGNED, WAITING_MAXIMUM, Claim, Witness

_log = logging.getLogger("byleave.evidence")

RETRY_SECONDS = 1.0
AGREE_SECONDS = 1.0
"""The agent waits 2 s for the countersignature of `close`; the log must answer in half of it."""


class Evidence:
    """Follows one session's evidence.

    Args:
        witness: judges it.
        log: the organisation's.
        credentials: who countersigns.
        send: sends on the control subsystem, whatever link it is on.
        changed: is called when something was countersigned or found.
        fail: is called with what ends the session.
        group: owner of what takes time.
    """

    def __init__(
        self,
        witness: Witness,
        log: PublicLog,
        credentials: Credentials,
        send: Callable[[Countersigned], bool],
        changed: Callable[[], None],
        fail: Callable[[ByleaveError], None],
        group: asyncio.TaskGroup,
    ) -> None:
        self.witness = witness
        self._log = log
        self._credentials = credentials
        self._send = send
        self._changed = changed
        self._fail = fail
        self._group = group
        self._claims: asyncio.Queue[Claim] = asyncio.Queue(WAITING_MAXIMUM)
        self._refused = False

    @property
    def searching(self) -> bool:
        """Whether the log is being asked for a statement."""
        return self.witness.searching and not self._refused

    def refuse(self) -> None:
        """Countersign nothing any more: the session ends because of its evidence."""
        self._refused = True

    def made(self, message: StatementMade) -> None:
        """Take a statement, and countersign it if that is ours to do; raises as `Witness.made`."""
        statement = self.witness.made(message)
        _log.info("< statement %d: %s", statement.seq, statement.KIND)
        if isinstance(statement, Close) and statement.checkpoint is not None:
            self._group.create_task(self._compare(message, statement.checkpoint))
        elif isinstance(statement, COUNTERSIGNED):
            self._countersign(message)

    def logged(self, message: StatementLogged) -> None:
        """Take the claim that the log holds a statement; raises as `Witness.claimed`."""
        claim = self.witness.claimed(message)
        if claim is not None:
            try:
                self._claims.put_nowait(claim)
            except asyncio.QueueFull:
                raise LimitExceeded("too many claims about the log wait") from None

    async def ask(self) -> None:
        """Ask the log for each claim, until cancelled or until the log lies."""
        while True:
            claim = await self._claims.get()
            try:
                await self._find(claim)
            except ByleaveError as error:
                self._fail(error)
                return

    async def _find(self, claim: Claim) -> None:
        while True:
            try:
                await self._log.confirm(claim.index, claim.leaf)
            except LinkLost as error:
                # Time decides how long this may go on: the witness's clock runs.
                _log.info("= the log was not reached: %s", error)
                await asyncio.sleep(RETRY_SECONDS)
            else:
                self.witness.found(claim)
                _log.info("= statement %d is in the log at %d", claim.seq, claim.index)
                self._changed()
                return

    async def _compare(self, message: StatementMade, checkpoint: str) -> None:
        """Countersign `close`, unless its checkpoint shows that we are told another history."""
        try:
            async with asyncio.timeout(AGREE_SECONDS):
                await self._log.agree(checkpoint)
        except (LinkLost, TimeoutError) as error:
            # The auditor checks both checkpoints as well; silence of the relay must not cost the proof.
            _log.info("= the checkpoints were not compared: %s", type(error).__name__)
        except ByleaveError as error:
            self._fail(error)
            return
        self._countersign(message)

    def _countersign(self, message: StatementMade) -> None:
        if self._refused:
            return
        signature = self._credentials.sign(message.statement, Namespace.SESSION)
        self._send(Countersigned(message.seq, signature))
        _log.info("> countersigned %d", message.seq)
        self._changed()
