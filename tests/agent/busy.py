"""A process that records as fast as it can, until somebody kills it: `python -m tests.agent.busy FOLDER`.

It writes a line for each statement that its journal has reported as made.
"""

import sys
from functools import partial
from pathlib import Path

from agent.journal import Place
from agent.spool import write_durably
from session import keys
from session.statements import SealedObject
from tests.agent.recording import Recording, begin, frame


def main() -> None:
    """Record below the folder that is named."""
    recording = begin(Path(sys.argv[1]))
    write_durably(recording.spool.folder / "session_key", keys.export_private(recording.key))
    recording.journal._made = lambda made: tell(made.seq)
    tell(0)
    recording.allow()
    number = 0
    while True:
        for _ in range(number % 7):
            recording.recorder.event("pointer", x=number, y=1)
            recording.recorder.event("key", sensitive=True, keysym=97, down=1)
        if number % 3 == 0:
            recording.recorder.frame(frame(number, key=number % 30 == 0))
        recording.recorder.cut()
        if number % 11 == 10:
            name = f"consent/{1 + number // 11:03d}.json.age"
            recording.journal.consent("renewed", partial(sealed, recording, name))
        number += 1


def sealed(recording: Recording, name: str, place: Place) -> tuple[SealedObject, str]:
    """Write a consent record."""
    del place
    return recording.recorder.seal(name, b"{}", "consent"), "0" * 64


def tell(seq: int) -> None:
    """Say that a statement is made."""
    sys.stdout.write(f"{seq}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
