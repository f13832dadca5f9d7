"""`export --bundle`: the evidence of one session, complete, for somebody outside.

What a check reads is what a check needs: the session is checked through a
source that keeps a copy of every file that is read.
"""

import hashlib
from importlib.resources import files
from pathlib import Path

from auditor.case import Case
from auditor.findings import Report
from auditor.proofs import Place, write_proofs
from auditor.source import Source
from auditor.verify import Progress, examine
from session.errors import ConfigurationError, EvidenceError

GUIDES = {"VERIFY.md": 0o644, "verify.sh": 0o755}
"""What is put beside the evidence, and its mode."""


class Copying:
    """A source that keeps a copy of everything that is read.

    Args:
        source: where the evidence is.
        folder: where the copies go.
    """

    def __init__(self, source: Source, folder: Path) -> None:
        self._source = source
        self._folder = folder
        self.title = source.title

    def sessions(self) -> list[str]:
        """Return the sessions of the source."""
        return self._source.sessions()

    def names(self, sid: str) -> dict[str, int]:
        """Return the files of a session."""
        return self._source.names(sid)

    def read(self, name: str) -> bytes:
        """Return one file, and keep a copy; see `Source.read`."""
        content = self._source.read(name)
        path = self._folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return content

    def digest(self, name: str) -> str:
        """Return the SHA-256 of a file, and keep a copy."""
        return hashlib.sha256(self.read(name)).hexdigest()

    def tiles(self) -> list[str]:
        """Return nothing: only what the session needs of the log is copied."""
        return []

    def places(self, sid: str) -> dict[str, Place]:
        """Return where the log holds the session's leaves."""
        return self._source.places(sid)


def export_bundle(case: Case, folder: Path, progress: Progress | None = None) -> Report:
    """Write a session's evidence as a bundle of its own, and return its check.

    Args:
        case: the session; its source is read once more.
        folder: where; made, and refused if it is not empty.
        progress: is told of each step.

    Raises:
        ConfigurationError: the folder is not empty or cannot be written.
        LinkLost: the relay cannot be reached.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ConfigurationError(f"{folder} is not empty, and nothing in it is overwritten")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        copied = Case(Copying(case.source, folder), case.sid, case.pin, case.identities)
        report = examine(copied, progress)
        _write_log(copied, folder)
        for name, mode in GUIDES.items():
            path = folder / name
            path.write_bytes((files("auditor.stock") / name).read_bytes())
            path.chmod(mode)
    except OSError as error:
        raise ConfigurationError(f"{folder} cannot be written: {error.strerror}") from None
    return report


def _write_log(case: Case, folder: Path) -> None:
    """Write the proofs, and copy the log's entries from open to close even where no check needs them."""
    if case.log is None:
        return
    try:
        own = [*case.held, *case.custody]
        found = case.source.places(case.sid)
        places = {held.path: found[held.path] for held in own if held.path in found}
        (folder / "log" / "proofs.json").write_bytes(write_proofs(places))
        indices = [place.index for place in places.values()]
        for index in range(min(indices, default=0), max(indices, default=-1) + 1):
            case.log.entry(index)
    except EvidenceError:
        # The report says what is wrong with the log; the bundle holds what there is.
        return
