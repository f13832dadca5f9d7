"""A control patch: what it takes out, and which tests must then fail."""

import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.tree import ROOT, files

FOLDER = ROOT / "tests" / "controls"
HEADER = re.compile(r"^# (test|defence): (\S.*)$", re.MULTILINE)


@dataclass(frozen=True)
class Control:
    """One patch with the header that names its defence and its tests."""

    path: Path
    defence: str
    tests: tuple[str, ...]

    @property
    def name(self) -> str:
        """The patch's name without its ending."""
        return self.path.stem


def read(path: Path) -> Control:
    """Return the control that a patch file holds.

    Raises:
        ValueError: the header lacks its defence or its test, or names two defences.
    """
    header = path.read_text(encoding="utf-8").split("\ndiff --git ", 1)[0]
    lines = HEADER.findall(header)
    tests = tuple(value for key, value in lines if key == "test")
    defences = [value for key, value in lines if key == "defence"]
    if not tests or len(defences) != 1:
        message = f"{path.name} must begin with one line '# defence: …' and a line '# test: …' or more"
        raise ValueError(message)
    return Control(path, defences[0], tests)


def controls() -> list[Control]:
    """Return every control of this tree, by name."""
    return [read(path) for path in sorted(FOLDER.glob("*.patch"))]


def copy_tree(target: Path) -> None:
    """Copy what git would commit of this tree into an empty folder."""
    for path in files():
        (target / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / path, target / path)


def apply(control: Control, folder: Path, *, only_check: bool = False) -> str:
    """Apply a control to a copy of the tree, and return what git has to complain of.

    Args:
        control: the patch to apply.
        folder: the root of the tree to patch.
        only_check: change nothing, tell only whether it would work.
    """
    # Git must not look for a repository above the folder: inside one, `git apply`
    # passes over paths in silence.
    command = [
        "env",
        "GIT_DIR=/dev/null",
        "git",
        "apply",
        *(["--check"] if only_check else []),
        str(control.path),
    ]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    return done.stderr.strip() if done.returncode else ""
