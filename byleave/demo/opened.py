"""What the auditor can read of the session: everything, opened with the auditor's own key."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from session.sealing import NAMES, identity_from_text, unseal, unwrap
from session.statements import Consented, Segment, parse

BLOCK = 64
BLOCKS_A_SEGMENT = 4
SHORTEST_TELLING = 8


@dataclass(frozen=True)
class Opened:
    """A bundle's streams in clear: names below the session's folder, and their bytes."""

    streams: dict[str, bytes]

    @property
    def typed(self) -> str:
        """What the technician typed, put together from the recorded keys."""
        lines = [
            json.loads(line)
            for name, data in sorted(self.streams.items())
            if ".sensitive." in name
            for line in data.splitlines()
        ]
        pressed = [line["keysym"] for line in lines if line["e"] == "key" and line["down"]]
        return "".join(chr(keysym) for keysym in pressed if 0x20 <= keysym <= 0xFF)

    def sources(self) -> Iterator[tuple[str, bytes]]:
        """Yield every stream, the image files as they were sent among them, and the typed text."""
        yield from self.streams.items()
        yield "typed", self.typed.encode()

    def said(self) -> dict[str, list[str]]:
        """Return what was asked, typed and said, by kind; without what could be found by chance."""
        records = [json.loads(data) for name, data in self.streams.items() if name.startswith("consent/")]
        events = [
            json.loads(line)
            for name, data in sorted(self.streams.items())
            if ".events." in name
            for line in data.splitlines()
        ]
        chat = [event for event in events if event["e"] == "chat"]
        words = {
            "purpose": [record["purpose"] for record in records],
            "ticket": [record["ticket"] for record in records],
            "typed": [self.typed],
            "chat of the technician": [event["text"] for event in chat if event["from"] == "technician"],
            "chat of the person": [event["text"] for event in chat if event["from"] == "person"],
        }
        telling = {kind: sorted({text for text in texts if _telling(text)}) for kind, texts in words.items()}
        return {kind: texts for kind, texts in telling.items() if texts}

    def screen_blocks(self) -> list[bytes]:
        """Return blocks of 64 bytes from within pictures, as they were recorded and as they were sent."""
        blocks = []
        for name, data in sorted(self.streams.items()):
            if any(kind in name for kind in (".screen-", ".images-", ".video-")):
                blocks += _blocks(data)
        # A block of one repeated byte would be found anywhere.
        return [block for block in blocks if len(set(block)) > BLOCK // 4]


def _telling(text: str) -> bool:
    """Say whether a text, met elsewhere, must come from here: it is not short, and no single word."""
    return len(text) >= SHORTEST_TELLING and not text.isalpha()


def _blocks(data: bytes) -> list[bytes]:
    step = max(BLOCK, len(data) // (BLOCKS_A_SEGMENT + 1))
    return [data[start : start + BLOCK] for start in range(step, len(data) - BLOCK, step)]


def open_bundle(bundle: Path, identity: Path) -> Opened:
    """Open every object that the bundle's statements name.

    Args:
        bundle: a folder as RECORDING.md lays it out.
        identity: the auditor's age identity.
    """
    session = next((bundle / "sessions").iterdir())
    reader = identity_from_text(identity.read_text())
    keys = {
        name: unwrap((bundle / "keys" / session.name / f"{name}.age").read_bytes(), reader) for name in NAMES
    }
    streams = {}
    for path in sorted((session / "seg").glob("*.json")):
        statement = parse(path.read_bytes())
        objects = statement.objects if isinstance(statement, Segment) else ()
        if isinstance(statement, Consented):
            objects = (statement.object,)
        for item in objects:
            streams[item.name] = unseal((session / item.name).read_bytes(), keys[item.key])
    return Opened(streams)
