"""Where the log holds leaves, and the file that says so: `log/proofs.json` of a bundle.

The file is JSON with one line for each statement, so that a shell script can
read it too.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from session.errors import EvidenceError


@dataclass(frozen=True, slots=True)
class Place:
    """Where the log is said to hold a leaf.

    Args:
        index: which leaf, from 0.
        proof: the hashes that lead from it to the checkpoint's root.
    """

    index: int
    proof: tuple[bytes, ...]


class _Line(Struct, frozen=True, forbid_unknown_fields=True):
    index: Annotated[int, Meta(ge=0)]
    proof: Annotated[tuple[Annotated[str, Meta(pattern="^[0-9a-f]{64}$")], ...], Meta(max_length=64)]


def read_proofs(data: bytes) -> dict[str, Place]:
    """Return the place of each statement by its path.

    Raises:
        EvidenceError: the file is malformed.
    """
    try:
        found = msgspec.json.decode(data, type=dict[str, _Line])
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise EvidenceError(f"log/proofs.json is malformed: {error}") from None
    places = {
        name: Place(line.index, tuple(bytes.fromhex(each) for each in line.proof))
        for name, line in found.items()
    }
    if write_proofs(places) != data:
        raise EvidenceError("log/proofs.json is not written as it should be")
    return places


def write_proofs(places: Mapping[str, Place]) -> bytes:
    """Return the file that says where the leaves are."""
    lines = [
        f"{json.dumps(name)}: "
        + json.dumps({"index": place.index, "proof": [each.hex() for each in place.proof]})
        for name, place in sorted(places.items())
    ]
    return ("{\n" + ",\n".join(lines) + "\n}\n").encode()


def _line(place: Place) -> str:
    return json.dumps({"index": place.index, "proof": [each.hex() for each in place.proof]})
