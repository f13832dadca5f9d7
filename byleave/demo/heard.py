"""What somebody who owns the relay heard: the tap's files, with all wrapping taken off."""

from collections.abc import Iterator
from pathlib import Path

from byleave.demo.frames import Frame, Splitter
from byleave.demo.tap import END_OF_HEAD, WEBSOCKET

PLAIN_CODINGS = {b"", b"identity"}


class HeardError(Exception):
    """A tap's file cannot be searched as it is: a search of it would prove nothing."""


def unmasked(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Yield everything that a tap kept, as a label and bytes.

    Each file comes as it is; then, of a WebSocket, the messages joined in their
    order, an unfinished one too, and the control frames; of other HTTP, the bodies joined.

    Args:
        folder: the tap's folder; connections may still be open.

    Raises:
        HeardError: a body is compressed, or a WebSocket begins where none is expected.
        FrameError: a frame is compressed.
    """
    for path in sorted([*folder.glob("*.up"), *folder.glob("*.down")]):
        raw = path.read_bytes()
        yield path.name, raw
        head, end, rest = raw.partition(END_OF_HEAD)
        if WEBSOCKET.search(head + end):
            splitter = Splitter()
            frames = splitter.feed(rest)
            yield f"{path.name} messages", _joined(frames, control=False) + splitter.partial()
            yield f"{path.name} control", _joined(frames, control=True)
        else:
            yield f"{path.name} bodies", b"".join(_bodies(path, raw))


def _joined(frames: list[Frame], *, control: bool) -> bytes:
    return b"".join(frame.payload for frame in frames if frame.is_control is control)


def _bodies(path: Path, raw: bytes) -> Iterator[bytes]:
    """Yield the body of each request or response of a kept-alive connection."""
    while raw:
        head, _, rest = raw.partition(END_OF_HEAD)
        if WEBSOCKET.search(head + END_OF_HEAD):
            message = f"{path} becomes a WebSocket after other requests"
            raise HeardError(message)
        fields = dict(_fields(head))
        if fields.get(b"content-encoding", b"") not in PLAIN_CODINGS:
            message = f"{path} has a body in {fields[b'content-encoding']!r}"
            raise HeardError(message)
        if fields.get(b"transfer-encoding", b"") == b"chunked":
            body, raw = _unchunked(rest)
        else:
            # Responses without a length end with the connection; requests without one have no body.
            last = head.startswith(b"HTTP/") and b"content-length" not in fields
            size = len(rest) if last else int(fields.get(b"content-length", b"0"))
            body, raw = rest[:size], rest[size:]
        yield body


def _fields(head: bytes) -> Iterator[tuple[bytes, bytes]]:
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        yield name.strip().lower(), value.strip().lower()


def _unchunked(data: bytes) -> tuple[bytes, bytes]:
    """Return the body and what follows it (RFC 9112, section 7.1); the body may be cut off."""
    body, place = bytearray(), 0
    while True:
        line = data.find(b"\r\n", place)
        if line < 0:
            return bytes(body), b""
        size = int(data[place:line].partition(b";")[0], 16)
        if not size:
            _, _, following = data[line:].partition(END_OF_HEAD)
            return bytes(body), following
        body += data[line + 2 : line + 2 + size]
        place = line + 2 + size + 2
