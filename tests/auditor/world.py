"""An organisation with its log and its sessions in one folder, a bundle; everything in it is real.

Nothing is shown and nobody clicks: the agent's journal and recorder are led by hand, and
pictures are drawn, so that a session of an hour is made in moments.
"""

import hashlib
import secrets
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import TypeAlias

import msgspec
import numpy as np
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_ssh_private_key
from numpy.typing import NDArray

import agent.journal
from agent.actions import Record
from agent.consent_record import Circumstances, ConsentRecords
from agent.journal import Journal, Made
from agent.recorder import Recorder
from agent.spool import Spool
from auditor.log import PublishedLog
from auditor.proofs import Place, write_proofs
from byleave.organisation.founding import Founding, found
from byleave.organisation.publication import publish
from relay.log import Log
from session import keys, sealing, statements
from session.certificates import Certificate, Kind, issue
from session.keys import PrivateKey, PublicKey
from session.ledger import open_checkpoint
from session.messages import Capability, Frame, Request
from session.picture import Copy, Tile
from session.profile import Auditor, Notice
from session.signatures import Namespace, sign
from session.statements import Access, Close, Consented, Open, Recipients, SessionStatement
from session.trust import session_signers
from tests.auditor.drawing import Video, apply_copies, bar, changes, image

BEGIN = 1_800_000_000.0
"""When the tests' clock starts, in seconds since 1970."""

WIDTH, HEIGHT = 320, 200
Picture: TypeAlias = NDArray[np.uint8]
COUNTERSIGNED = (Open, Consented, Close)


class Clock:
    """The time on the wall, moved by hand; in seconds since 1970."""

    def __init__(self, now: float = BEGIN) -> None:
        self.now = now

    def time_ns(self) -> int:
        return round(self.now * 1000) * 1_000_000


@contextmanager
def clock_on_the_wall(clock: Clock) -> Iterator[None]:
    """Let the agent's journal read this clock."""
    real = agent.journal.time
    agent.journal.time = SimpleNamespace(time_ns=clock.time_ns)  # type: ignore[assignment]  # all that it uses
    try:
        yield
    finally:
        agent.journal.time = real


@dataclass(frozen=True)
class Holder:
    """Somebody with a key and a certificate."""

    key: PrivateKey
    certificate: Certificate

    def sign(self, data: bytes, namespace: Namespace) -> bytes:
        return sign(self.key, data, namespace, certificate=self.certificate.blob)


@dataclass
class World:
    """An organisation, its log, its people.

    `folder` is the bundle with everything. Without `own_log` the sessions are meant for
    a relay, which has a log of its own.
    """

    base: Path
    clock: Clock = field(default_factory=Clock)
    own_log: bool = True

    def __post_init__(self) -> None:
        self.auditor, recipient = sealing.new_identity()
        self.person, self.person_recipient = sealing.new_identity()
        founding = Founding(
            name="Example Support",
            relay="http://127.0.0.1:8470",
            contact="Ada Example",
            telephone="+41 44 000 00 00",
            notice=Notice("1", "We record what you allow."),
            retention_days=90,
            valid_days=365,
        )
        office = self.base / "office"
        founded = found(office, founding, Auditor("Ida Auditor", recipient), self.clock.now - 3600, None)
        self.layout, self.issuing, self.root = founded.layout, founded.issuing, founded.root
        self.folder = self.base / "bundle"
        self.places: dict[str, int] = {}
        self.begin_log()
        self.publish()

    @property
    def trust(self) -> Path:
        return self.folder / "trust"

    @property
    def log_key(self) -> Ed25519PrivateKey:
        key = load_ssh_private_key(self.layout.log_key.read_bytes(), None)
        assert isinstance(key, Ed25519PrivateKey)
        return key

    @property
    def verifier(self) -> str:
        return (self.layout.trust / "log.vkey").read_text().strip()

    def begin_log(self) -> None:
        """Begin a new, empty log, as only who keeps it can."""
        shutil.rmtree(self.folder / "log", ignore_errors=True)
        self.log = Log(self.folder / "log", self.log_key, self.verifier)
        self.places.clear()

    def publish(self, at: float | None = None) -> None:
        """Sign the revocation list, and put the organisation's public files into the bundle."""
        publish(self.layout, self.clock.now if at is None else at)
        shutil.copytree(self.layout.trust, self.trust, dirs_exist_ok=True)

    def certify(
        self,
        name: str = "Maya Ortiz",
        number: str = "1001",
        kind: Kind = "technician",
        at: float | None = None,
        issuing: PrivateKey | None = None,
    ) -> Holder:
        key = keys.generate()
        at = self.clock.now if at is None else at
        made = issue(
            PublicKey.of(key), authority=issuing or self.issuing, name=name, kind=kind, number=number, at=at
        )
        return Holder(key, made)

    def append(self, path: str, entry: bytes) -> None:
        self.places[path] = self.log.append([entry])

    def strangers_leaf(self, entry: bytes = b"{}\nsomebody else's") -> None:
        self.log.append([entry])

    def prove(self) -> None:
        """Write `log/proofs.json` for the checkpoint as it is now."""
        log = PublishedLog(
            lambda name: (self.folder / name).read_bytes(), open_checkpoint(self.log.note, self.verifier)
        )
        places = {path: Place(index, log.proof(index)) for path, index in self.places.items()}
        (self.folder / "log" / "proofs.json").write_bytes(write_proofs(places))


class Session:
    """One session, from open to close, led by hand.

    Args:
        world: the organisation.
        technician: who helps.
        countersigning: whether the technician signs.
        draw: makes the picture with a number; a bar that moves if left out.
    """

    def __init__(
        self,
        world: World,
        technician: Holder | None = None,
        *,
        countersigning: bool = True,
        draw: Callable[[int], Picture] | None = None,
    ) -> None:
        self.world = world
        self.technician = technician or world.certify()
        self.countersigning = countersigning
        self.key = keys.generate()
        self.device = keys.generate()
        self.sid = keys.session_id(PublicKey.of(self.key))
        self.spool = Spool(world.folder, self.sid)
        self.made: list[Made] = []
        self.journal = Journal(self.spool, self.key, self._on_made)
        self.recipients: dict[str, sealing.Recipient] = {}
        self.epoch = 0
        self.drawn = 0
        self._draw = draw or (lambda number: bar(number, WIDTH, HEIGHT))
        self._shown: Picture | None = None
        self._videos = 0
        for name in sealing.NAMES:
            readers = [sealing.recipient_of(world.auditor), world.person_recipient]
            sealed = sealing.new_session_identity(readers)
            self.recipients[name] = sealed.recipient
            self.spool.keys.mkdir(parents=True, exist_ok=True)
            (self.spool.keys / f"{name}.age").write_bytes(sealed.wrapped)
        self.spool.session.mkdir(parents=True, exist_ok=True)
        (self.spool.session / "allowed_signers").write_text(session_signers(PublicKey.of(self.key)))
        self.recorder = Recorder(self.spool, self.journal, self.recipients)  # type: ignore[arg-type]  # the names are those
        profile = msgspec.toml.decode(world.layout.profile.read_bytes())
        self._circumstances = Circumstances(
            sid=self.sid,
            session_key=PublicKey.of(self.key).blob,
            device_key=self.device,
            certificate=self.technician.certificate.text,
            profile=_Named(profile["name"], Notice("1", "We record what you allow.")),  # type: ignore[arg-type]  # all that it uses
            request=Request("Your printer", (Capability.VIEW, Capability.CONTROL), "T-1", 30),
            language="en",
        )
        self.records = ConsentRecords(self._circumstances, self.recorder)

    def path(self, seq: int, suffix: str = "json") -> Path:
        return self.spool.statement(seq, suffix)

    def tick(self, seconds: float) -> None:
        self.world.clock.now += seconds

    def open(self) -> None:
        self.journal.open(
            public_key=PublicKey.of(self.key).text,
            recipients=Recipients(**self.recipients),
            certificate=self.technician.certificate.digest,
            profile=hashlib.sha256((self.world.layout.trust / "profile.toml").read_bytes()).hexdigest(),
            policy="strict",
            agent="byleave 0.1.0",
        )

    def consent(
        self,
        event: str = "allowed",
        asked: Sequence[Capability] = (Capability.VIEW, Capability.CONTROL),
        granted: Sequence[Capability] = (Capability.VIEW,),
        minutes: int = 30,
    ) -> None:
        record = Record(event, frozenset(asked), frozenset(granted), minutes, 0.0)  # type: ignore[arg-type]  # the event's name
        text = ["Maya Ortiz of Example Support wants to see this screen.", "It is recorded."]
        self.journal.consent(record.event, lambda place: self.records.write(place, record, text))
        if event == "allowed":
            self.recorder.start()

    def standing(self, standing: str, granted: Sequence[Capability], holds: Sequence[str] = ()) -> None:
        self.recorder.event("standing", standing=standing, granted=list(granted), holds=list(holds))

    def chat(self, text: str, sender: str = "technician") -> None:
        self.recorder.event("chat", **{"from": sender, "text": text})

    def frame(
        self,
        tiles: Sequence[Tile],
        copies: Sequence[Copy] = (),
        *,
        key: bool = False,
        every: float = 0.1,
        parameters: tuple[bytes, bytes] | None = None,
    ) -> None:
        """Record a frame; one with a video has its parameter sets."""
        frame = Frame(
            monitor=0,
            epoch=self.epoch,
            number=self.drawn,
            key=key,
            width=WIDTH,
            height=HEIGHT,
            captured_ms=round(self.world.clock.now * 1000),
            copies=tuple(copies),
            tiles=tuple(tiles),
        )
        self.recorder.frame(frame, parameters)
        self.drawn += 1
        self.tick(every)

    def pictures(self, count: int = 5, *, every: float = 0.1, key: bool = False) -> None:
        """Record drawn pictures, each as what has changed since the one before."""
        for number in range(count):
            begins = self._shown is None or (key and number == 0)
            picture = self._draw(self.drawn)
            tiles = changes(None if begins else self._shown, picture)
            self._shown = picture.copy()
            self.frame(tiles, key=begins, every=every)

    def scroll(self, count: int = 5, *, step: int = 8, every: float = 0.1) -> None:
        """Scroll the picture up; what comes in below is of one colour."""
        for number in range(count):
            assert self._shown is not None
            copies = (Copy(0, 0, WIDTH, HEIGHT - step, 0, step),)
            made = apply_copies(self._shown, copies)
            made[HEIGHT - step :] = (number * 40 % 250, 120, self.drawn % 250, 0)
            self.frame((image(made[HEIGHT - step :], 0, HEIGHT - step),), copies, every=every)
            self._shown = made

    def play(self, count: int = 5, *, every: float = 0.1) -> None:
        """Play a video in a part of the screen, and make it exact at the end."""
        assert self._shown is not None
        video = Video(40, 31, 120, 81, self._videos, every=10)
        self._videos += 1
        place = (slice(31, 112), slice(40, 160))
        for _ in range(count):
            moving = np.ascontiguousarray(self._draw(self.drawn)[place])
            self.frame((video.tile(moving),), every=every, parameters=video.parameters)
            self._shown[place] = moving
        self.frame((image(self._shown[place], 40, 31),), every=every)

    def change_size(self) -> None:
        self.epoch += 1
        self._shown = None

    def cut(self, *, last: bool = False) -> None:
        self.recorder.cut(last=last)

    def close(self, reason: str = "stopped", gap: int = 0) -> None:
        self.cut(last=True)
        seen = self.world.log.note.decode() if self.world.own_log else None
        self.journal.close(reason, gap=gap, checkpoint=seen)
        self.world.prove()

    def access(self, auditor: Holder, reason: str = "a complaint", **changes: object) -> int:
        """Have an auditor sign why it is opened, after the close; return the statement's number."""
        before = sorted((self.spool.session / "custody").glob("*.json"))
        last = before[-1] if before else self.path(self.made[-1].seq)
        fields = {
            "sid": self.sid,
            "seq": len(before),
            "prev": statements.digest(last.read_bytes()),
            "salt": secrets.token_hex(16),
            "t0": round(self.world.clock.now * 1000),
            "by": auditor.certificate.principal,
            "reason": reason,
        }
        data = statements.canonical(Access(**fields | changes))  # type: ignore[arg-type]  # by name
        leaf = statements.leaf_of(data)
        stem = self.spool.session / "custody" / f"{len(before):06d}"
        stem.parent.mkdir(exist_ok=True)
        entry = statements.entry(leaf, sign(auditor.key, leaf, Namespace.LEAF))
        stem.with_suffix(".json").write_bytes(data)
        stem.with_suffix(".json.sig").write_bytes(auditor.sign(data, Namespace.CUSTODY))
        stem.with_suffix(".leaf").write_bytes(entry)
        self.world.append(f"sessions/{self.sid}/custody/{len(before):06d}.json", entry)
        self.world.prove()
        return len(before)

    def _on_made(self, made: Made) -> None:
        self.made.append(made)
        if self.countersigning and made.kind in {"open", "consent", "close"}:
            signature = self.technician.sign(made.statement, Namespace.SESSION)
            self.path(made.seq, "json.technician.sig").write_bytes(signature)
        self.world.append(f"sessions/{self.sid}/seg/{made.seq:06d}.json", made.leaf)

    def restamp(
        self,
        edit: Callable[[list[SessionStatement]], list[SessionStatement]],
        *,
        as_seen: bool = True,
    ) -> None:
        """Write the whole chain and a new log again, with everybody's keys, from edited statements.

        With `as_seen`, the close names the new log's checkpoint.
        """
        values = [statements.parse(each.statement) for each in self.made]
        for path in self.path(0).parent.glob("*"):
            if path.suffix in {".json", ".leaf", ".sig"}:
                path.unlink()
        self.made.clear()
        self.world.begin_log()
        previous = ""
        for seq, value in enumerate(edit(values)):  # type: ignore[arg-type]  # a session's own
            stamped = msgspec.structs.replace(value, seq=seq, prev=previous)
            if isinstance(stamped, Close) and as_seen:
                stamped = msgspec.structs.replace(stamped, checkpoint=self.world.log.note.decode())
            data = statements.canonical(stamped)
            previous = statements.digest(data)
            self.path(seq).write_bytes(data)
            self.path(seq, "json.sig").write_bytes(sign(self.key, data, Namespace.SEGMENT))
            leaf = statements.leaf_of(data)
            entry = statements.entry(leaf, sign(self.key, leaf, Namespace.LEAF))
            self.path(seq, "leaf").write_bytes(entry)
            self._on_made(Made(seq, stamped.KIND, data, b"", entry))
        self.world.prove()


@dataclass(frozen=True)
class _Named:
    """As much of a profile as a consent record needs."""

    name: str
    notice: Notice
