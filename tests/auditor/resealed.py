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


def reseal(session: Session, name: str, change: Callable[[bytes], bytes | None]) -> None:
    """Change an object's content, or leave it out, and sign everything anew."""
    path = session.spool.session / name
    key = sealing.unwrap((session.spool.keys / "main.age").read_bytes(), session.world.auditor)
    content = change(sealing.unseal(path.read_bytes(), key))
    new: SealedObject | None = None
    if content is None:
        path.unlink()
    else:
        path.write_bytes(sealing.seal(content, [session.recipients["main"]]))
        data = path.read_bytes()
        new = SealedObject("main", name, statements.digest(data), len(data))

    def edited(value: SessionStatement) -> SessionStatement:
        if not isinstance(value, Segment):
            return value
        kept = tuple(
            each for item in value.objects if (each := new if item.name == name else item) is not None
        )
        return msgspec.structs.replace(value, objects=kept)

    session.restamp(lambda values: [edited(value) for value in values])
