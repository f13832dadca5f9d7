"""The files of this tree: what is committed, or would be by `git add`."""

import subprocess
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parent.parent


@cache
def files(root: Path = ROOT) -> tuple[Path, ...]:
    """Return every file that git keeps or does not ignore, as paths below the root."""
    # The tree may belong to another user (a container's mount), which git
    # otherwise refuses to look at.
    command = ["git", "-c", f"safe.directory={root}", "ls-files", "-co", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=root, check=True, capture_output=True, text=True).stdout
    return tuple(sorted(Path(name) for name in listed.split("\0") if name and (root / name).is_file()))


@cache
def texts(*endings: str) -> dict[Path, str]:
    """Return the text of every file that is text, of those endings only if any is named."""
    found = {}
    for path in files():
        if endings and path.suffix not in endings:
            continue
        content = (ROOT / path).read_bytes()
        if b"\0" not in content:
            found[path] = content.decode("utf-8", errors="replace")
    return found
