"""A session's evidence, from `open` to `close`: made here, countersigned, uploaded, watched.

Everything that touches the disk runs in worker threads; the rest in the event
loop. The host reads `lag` to know when to freeze (EVIDENCE, *Fail closed*).
"""

import asyncio
import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version

import httpx

from agent import debt
from agent.actions import Record
from agent.consent_record import Circumstances, ConsentRecords
from agent.debt import Debt
from agent.journal import Journal, Made
from agent.recorder import Recorder
from agent.spool import Spool, write_durably
from agent.state import Adopted, Home
from agent.upload import Receipt, Uploader
from session import keys, sealing
from session.certificates import Certificate
from session.errors import IdentityRefused, RecorderFailed
from session.keys import PrivateKey, PublicKey
from session.messages import Request
from session.sealing import Recipient
from session.signatures import Namespace, open_container, verify_container
from session.statements import SEGMENT_MS, IdentityName, Recipients, parse
from session.trust import session_signers

_log = logging.getLogger("byleave.evidence")

RECENT = 60
"""Statements; a lost link is noticed within 15 s and mended within 60 s, at a statement every 5 s."""

COUNTERSIGNED = frozenset({"open", "consent", "close"})
NAMES: tuple[IdentityName, ...] = ("main", "sensitive", "consent")


@dataclass(frozen=True)
class Parties:
    """Whose session this is."""

    home: Home
    adopted: Adopted
    certificate: Certificate
    session_key: PrivateKey
    token: str = field(repr=False)
    language: str

    @property
    def public_key(self) -> PublicKey:
        """The session's public key."""
        return PublicKey.of(self.session_key)

    @property
    def sid(self) -> str:
        """The session's name."""
        return keys.session_id(self.public_key)


class Evidence:
    """The evidence of one session.

    Args:
        parties: whose.
        made: is called in the event loop with each statement, in order.
        logged: likewise with each statement that the log holds.
    """

    def __init__(
        self, parties: Parties, made: Callable[[Made], None], logged: Callable[[int, Receipt], None]
    ) -> None:
        self._parties = parties
        self._tell_made = made
        self._tell_logged = logged
        self._loop = asyncio.get_running_loop()
        self._spool = parties.home.spool(parties.sid)
        self._made: dict[int, Made] = {}
        self._waiting: dict[int, float] = {}
        self._sizes: dict[int, int] = {}
        self._unsealed = 0.0
        self._places: dict[int, int] = {}
        self._countersigned: set[int] = set()
        self._expecting = True
        self._uploader: Uploader | None = None
        self._upload_task: asyncio.Task[None] | None = None
        self._records: ConsentRecords | None = None
        self._journal = Journal(self._spool, parties.session_key, self._on_made)
        self.recorder = Recorder(self._spool, self._journal, {})
        self._close_settled = asyncio.Event()
        self.complete = asyncio.Event()
        self.spare: Callable[[float], float | None] = lambda needed: None
        self.sent: Callable[[], int] = lambda: 0
        self.checkpoint: str | None = None

    @property
    def spool(self) -> Spool:
        """The session's folder."""
        return self._spool

    def recent(self) -> list[Made]:
        """Return the last statements, which a lost link may have swallowed."""
        return list(self._made.values())[-RECENT:]

    def place(self, seq: int) -> int | None:
        """Return where the log holds a statement's leaf, None if it does not yet."""
        return self._places.get(seq)

    def abandon(self) -> None:
        """Stop uploading; what is left is uploaded later, from the spool."""
        if self._upload_task is not None:
            self._upload_task.cancel()

    @property
    def storable(self) -> bool:
        """Tell whether the relay will take all of it: it has its close, and a countersigned `open`."""
        return self._journal.closed and (0 in self._countersigned or self._expecting)

    @property
    def used_up(self) -> bool:
        """Tell whether the relay has said that the session has had its share, and must come to its end."""
        return self._uploader is not None and self._uploader.used_up

    @property
    def length(self) -> int:
        """How many statements there are."""
        return len(self._made)

    def owes(self, length: int) -> bool:
        """Tell whether the log lacks one of the first so many statements."""
        return any(seq < length for seq in self._waiting)

    @property
    def lag(self) -> float:
        """Seconds that the oldest statement waits for the log, or to be made; counted by `pass_time`."""
        return max([self._unsealed - SEGMENT_MS / 1000, *self._waiting.values()])

    def _debts(self) -> Iterator[Debt]:
        """Tell what the log does not hold yet, in the order in which it is brought."""
        now, brought = self._uploader.brought if self._uploader else (0, 0)
        for seq, waited in self._waiting.items():
            yield Debt(self._sizes[seq] - (brought if seq == now else 0), waited)

    def pass_time(self, seconds: float) -> None:
        """Let time pass for what waits; not called while the link is down."""
        self._unsealed += seconds
        for seq in self._waiting:
            self._waiting[seq] += seconds

    async def open(self, request: Request, client: httpx.AsyncClient, group: asyncio.TaskGroup) -> None:
        """Make the session's identities and its `open`, and begin to upload.

        Raises:
            RecorderFailed: the disk does not take it.
        """
        await asyncio.to_thread(self._make_open, request)
        self._uploader = Uploader(
            self._spool,
            client,
            self._parties.token,
            self._parties.adopted.profile.log_key,
            self._on_logged,
            self._may_upload,
            lambda: self.spare(debt.needed(self._debts())),
        )
        self._upload_task = group.create_task(self._upload(self._uploader))

    async def _upload(self, uploader: Uploader) -> None:
        await uploader.run()
        self.complete.set()

    def _make_open(self, request: Request) -> None:
        parties, adopted = self._parties, self._parties.adopted
        # A folder without this key is one that the relay has, and is tidied up.
        write_durably(self._spool.folder / "session_key", keys.export_private(parties.session_key))
        write_durably(self._spool.folder / "token", parties.token.encode())
        readers = [*adopted.profile.recipients, sealing.recipient_of(parties.home.person())]
        recipients: dict[IdentityName, Recipient] = {}
        for name in NAMES:
            sealed = sealing.new_session_identity([Recipient(reader) for reader in readers])
            recipients[name] = sealed.recipient
            write_durably(self._spool.keys / f"{name}.age", sealed.wrapped)
        write_durably(self._spool.session / "allowed_signers", session_signers(parties.public_key).encode())
        self.recorder = Recorder(self._spool, self._journal, recipients)
        self._records = ConsentRecords(
            Circumstances(
                sid=parties.sid,
                session_key=parties.public_key.blob,
                device_key=parties.home.device_key(),
                certificate=parties.certificate.text,
                profile=adopted.profile,
                request=request,
                language=parties.language,
            ),
            self.recorder,
        )
        self._journal.open(
            public_key=parties.public_key.text,
            recipients=Recipients(*(recipients[name] for name in NAMES)),
            certificate=parties.certificate.digest,
            profile=adopted.digest,
            policy=adopted.profile.policy,
            agent=f"byleave {version('byleave')}",
        )

    async def consent(self, record: Record, text: Sequence[str]) -> int:
        """Make a consent record and its statement; return the statement's number.

        Raises:
            RecorderFailed: the disk does not take it.
        """
        records = self._records
        if records is None:
            raise RecorderFailed("there is no session to record yet")
        made = await asyncio.to_thread(
            self._journal.consent, record.event, lambda place: records.write(place, record, text)
        )
        if record.event == "allowed":
            self.recorder.start()
        return made.seq

    async def cut(self, *, last: bool = False) -> None:
        """Seal what was recorded since the last cut; raises as `consent`."""
        await asyncio.to_thread(self.recorder.cut, last=last)
        self._unsealed = 0.0

    async def close(self, reason: str, gap: int = 0) -> None:
        """Make the last statement; raises as `consent`."""
        if self._made and not self._journal.closed:
            await asyncio.to_thread(self._journal.close, reason, gap=gap, checkpoint=self.checkpoint)

    async def countersign(self, seq: int, signature: bytes) -> None:
        """Take the technician's signature of a statement; one that was not wanted counts for nothing.

        Raises:
            IdentityRefused: it is no signature of this technician's over this statement.
        """
        made = self._made.get(seq)
        if made is None or made.kind not in COUNTERSIGNED or seq in self._countersigned:
            return
        container = open_container(signature, Namespace.SESSION)
        if container.signer != self._parties.certificate.blob:
            raise IdentityRefused("the countersignature is by another certificate")
        verify_container(container, made.statement, self._parties.certificate.key)
        await asyncio.to_thread(write_durably, self._spool.statement(seq, "json.technician.sig"), signature)
        self._countersigned.add(seq)
        if made.kind == "close":
            self._close_settled.set()
        self._wake()

    def is_countersigned(self, seq: int) -> bool:
        """Tell whether the technician has signed a statement."""
        return seq in self._countersigned

    async def close_countersigned(self) -> None:
        """Wait until the technician has signed the `close`, or is gone."""
        await self._close_settled.wait()

    def expect_countersignatures(self, expecting: bool) -> None:
        """Say whether the technician can sign now; who is gone is not waited for."""
        self._expecting = expecting
        if not expecting:
            self._close_settled.set()
        self._wake()

    def _may_upload(self, seq: int) -> bool:
        made = self._made.get(seq)
        if made is None:
            # Durable a moment ago, and this loop has not heard of it yet.
            return False
        if made.kind not in COUNTERSIGNED or seq in self._countersigned:
            return True
        # Without a countersigned `open` nothing may happen, so nothing is stored either.
        return seq > 0 and not self._expecting

    def _wake(self) -> None:
        if self._uploader is not None:
            self._uploader.wake()

    def _on_made(self, made: Made) -> None:
        self._loop.call_soon_threadsafe(self._take_made, made)

    def _take_made(self, made: Made) -> None:
        _log.info("= statement %d: %s", made.seq, made.kind)
        self._made[made.seq] = made
        self._waiting[made.seq] = 0.0
        self._sizes[made.seq] = debt.size(parse(made.statement))
        self._tell_made(made)
        self._wake()

    def _on_logged(self, seq: int, receipt: Receipt) -> None:
        self._waiting.pop(seq, None)
        self._sizes.pop(seq, None)
        self._places[seq] = receipt.index
        self.checkpoint = receipt.checkpoint
        self._tell_logged(seq, receipt)
