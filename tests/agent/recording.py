"""A small real recording on a disk: spool, journal and recorder, and the keys to read it back."""

import json
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any

from agent.journal import Journal, Made
from agent.recorder import Recorder
from agent.spool import Spool
from session import keys, sealing, statements
from session.keys import PrivateKey, PublicKey
from session.messages import Frame
from session.picture import Coding, Copy, Tile
from session.sealing import Identity, Recipient
from session.statements import Chain, IdentityName, Recipients, SealedObject, Segment

NAMES: tuple[IdentityName, ...] = ("main", "sensitive", "consent")


@dataclass
class Recording:
    """One session's recording, and what only its readers hold."""

    spool: Spool
    journal: Journal
    recorder: Recorder
    key: PrivateKey
    identities: dict[IdentityName, Identity]
    made: list[Made] = field(default_factory=list)

    @property
    def public(self) -> PublicKey:
        return PublicKey.of(self.key)

    def allow(self) -> None:
        """The person has allowed something: things are taken from now on."""
        self.journal.consent(
            "allowed", lambda place: (self.recorder.seal("consent/000.json.age", b"{}", "consent"), "0" * 64)
        )
        self.recorder.start()

    def statements(self) -> list[statements.SessionStatement]:
        """Every statement on the disk, in a chain that holds."""
        chain = Chain()
        return [chain.follow(self.spool.statement(seq).read_bytes()) for seq in self.spool.statements()]

    def objects(self) -> list[SealedObject]:
        """Every object of every segment."""
        return [each for one in self.statements() if isinstance(one, Segment) for each in one.objects]

    def read(self, sealed: SealedObject) -> bytes:
        """Return what an object holds."""
        data = (self.spool.session / sealed.name).read_bytes()
        assert (statements.digest(data), len(data)) == (sealed.sha256, sealed.size)
        return sealing.unseal(data, self.identities[sealed.key])

    def events(self) -> list[dict[str, Any]]:
        """Every event of every segment, of both streams."""
        return self._lines("events", "sensitive")

    def pictures(self) -> list[dict[str, Any]]:
        """Every frame of every segment."""
        return self._lines("screen-")

    def images(self) -> list[list[bytes]]:
        """The image files of every frame of every segment, cut out of the objects of their kind."""
        found = []
        for sealed in [each for each in self.objects() if ".screen-" in each.name]:
            kinds: dict[str, BytesIO] = {}
            for line in self.read(sealed).splitlines():
                files = []
                for *_, coding, length in json.loads(line)["tiles"]:
                    if coding != Coding.H264:
                        kind = kinds.get(coding) or BytesIO(self.read(self._images_of(sealed, coding)))
                        kinds[coding] = kind
                        files.append(kind.read(length))
                        assert len(files[-1]) == length
                found.append(files)
            assert not any(rest.read() for rest in kinds.values()), sealed.name
        return found

    def _images_of(self, lines: SealedObject, coding: str) -> SealedObject:
        name = lines.name.replace(".screen-", ".images-").replace(".jsonl", f".{coding}")
        (found,) = [each for each in self.objects() if each.name == name]
        return found

    def _lines(self, *kinds: str) -> list[dict[str, Any]]:
        named = [each for each in self.objects() if any(f".{kind}" in each.name for kind in kinds)]
        return [json.loads(line) for each in named for line in self.read(each).splitlines()]


def begin(folder: Path) -> Recording:
    """Begin a recording below a folder, as far as its `open`."""
    key = keys.generate()
    spool = Spool(folder / "sessions" / "one", keys.session_id(PublicKey.of(key)))
    told: list[Made] = []
    journal = Journal(spool, key, told.append)
    identities: dict[IdentityName, Identity] = {}
    recipients: dict[IdentityName, Recipient] = {}
    for name in NAMES:
        identities[name], recipients[name] = sealing.new_identity()
    open_statement(journal, PublicKey.of(key), recipients)
    return Recording(spool, journal, Recorder(spool, journal, recipients), key, identities, told)


def open_statement(journal: Journal, key: PublicKey, recipients: dict[IdentityName, Recipient]) -> None:
    journal.open(
        public_key=key.text,
        recipients=Recipients(*(recipients[name] for name in NAMES)),
        certificate="0" * 64,
        profile="0" * 64,
        policy="strict",
        agent="byleave test",
    )


PARAMETERS = (b"\x67\x42\xc0\x1e\x00", b"\x68\xce\x3c\x80")
"""A video stream's parameter sets; they are those of no real encoder."""


def frame(number: int, *, epoch: int = 0, key: bool = False, video: int | None = None) -> Frame:
    """A small frame of one image tile and, if a stream is named, one of video; the number is its time too."""
    tiles = [Tile(0, 0, 16, 16, Coding.PNG, b"image %d" % number)]
    if video is not None:
        tiles.append(Tile(0, 16, 31, 17, Coding.H264, b"\0\0\0\1\x65film %d" % number, video))
    return Frame(0, epoch, number, key, 64, 48, number, (Copy(0, 0, 8, 8, 8, 8),) * (not key), tuple(tiles))
