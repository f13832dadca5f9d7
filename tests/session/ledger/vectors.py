"""Where the test vectors of the log are, and how they are read."""

import json
from base64 import b64decode
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(__file__).parent.parent / "vectors" / "ledger"
KEYS: dict[str, dict[str, str]] = json.loads((FOLDER / "keys.json").read_text())


def files(pattern: str) -> list[Any]:
    """One test parameter a file, called like the file."""
    found = sorted(FOLDER.glob(pattern))
    assert found, pattern
    return [pytest.param(path, id=str(path.relative_to(FOLDER).with_suffix(""))) for path in found]


def case(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text())


def hashes(proof: list[str] | None) -> list[bytes]:
    return [b64decode(value) for value in proof or []]
