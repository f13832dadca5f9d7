"""Objects that an agent could have written, with all signatures good."""

from collections.abc import Callable

import msgspec

from session import sealing, statements
from session.statements import SealedObject, Segment, SessionStatement
from tests.auditor.world import Session


def objects(session: Session, part: str) -> list[str]:
    """Return the names of a session's objects that hold this in their names."""
    folder = session.spool.session
    return sorted(
        str(path.relative_to(folder))
        for path in folder.glob("*/*.age")
        if part in str(path.relative_to(folder))
    )


def opened(session: Session, name: str) -> bytes:
    """Return what one of a session's objects holds."""
    key = sealing.unwrap((session.spool.keys / "main.age").read_bytes(), session.world.auditor)
    return sealing.unseal((session.spool.session / name).read_bytes(), key)


def reseal(session: Session, name: str, change: Callable[[bytes], bytes | None]) -> None:
    """Change an object's content, or leave it out, and sign everything anew."""
    content = change(opened(session, name))
    new: SealedObject | None = None
    if content is None:
        (session.spool.session / name).unlink()
    else:
        new = _sealed(session, name, content)

    def edited(value: SessionStatement) -> SessionStatement:
        if not isinstance(value, Segment):
            return value
        kept = tuple(
            each for item in value.objects if (each := new if item.name == name else item) is not None
        )
        return msgspec.structs.replace(value, objects=kept)

    session.restamp(lambda values: [edited(value) for value in values])


def slip_in(session: Session, name: str, content: bytes) -> None:
    """Put one more object into the segment that its name says, and sign everything anew."""
    new, seq = _sealed(session, name, content), int(name.removeprefix("seg/")[:6])

    def edited(value: SessionStatement) -> SessionStatement:
        if not isinstance(value, Segment) or value.seq != seq:
            return value
        return msgspec.structs.replace(value, objects=(*value.objects, new))

    session.restamp(lambda values: [edited(value) for value in values])


def _sealed(session: Session, name: str, content: bytes) -> SealedObject:
    data = sealing.seal(content, [session.recipients["main"]])
    (session.spool.session / name).write_bytes(data)
    return SealedObject("main", name, statements.digest(data), len(data))
