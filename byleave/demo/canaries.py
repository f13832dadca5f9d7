"""The search for words that nobody in between may see."""

import base64
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from urllib.parse import quote

SHORTEST_ENCODED = 6
"""Characters below which an encoded form would be found by chance."""

LONGEST_NUMBER = 11
"""Digits up to which a number could be a part of another one by chance."""


def forms(text: str) -> list[bytes]:
    """Return the ways in which a text could be written in a message, a log or a database.

    As it is, in UTF-16, in JSON (with escapes for all beyond ASCII and without), quoted for a URL, in
    hexadecimal digits, and in base64 at each of the three places at which it can begin.
    """
    plain = text.encode()
    found = [plain]
    if len(plain) >= SHORTEST_ENCODED:
        found += [text.encode("utf-16-le"), json.dumps(text)[1:-1].encode(), quote(text).encode()]
        found.append(json.dumps(text, ensure_ascii=False)[1:-1].encode())
        found += [plain.hex().encode(), plain.hex().upper().encode()]
        for before in range(3):
            # The first and last characters also depend on the neighbours, so they are left out.
            skipped = (0, 2, 3)[before]
            whole = base64.b64encode(bytes(before) + plain).rstrip(b"=")
            kept = len(whole) if (before + len(plain)) % 3 == 0 else len(whole) - 1
            found += [whole[skipped:kept], whole[skipped:kept].translate(bytes.maketrans(b"+/", b"-_"))]
    return list(dict.fromkeys(found))


def search(
    canaries: Mapping[str, bytes | Sequence[bytes]], sources: Iterable[tuple[str, bytes]]
) -> dict[str, int]:
    """Count how often each canary occurs in all sources together.

    A canary of at most 11 digits and nothing else only counts where no further digit stands beside it.

    Args:
        canaries: by name, the bytes or the several forms of each.
        sources: labels and bytes, such as `heard.unmasked` and `stored` yield.

    Raises:
        ValueError: a canary is empty, or there is no source, so that nothing would be proved.
    """
    wanted = {name: [form] if isinstance(form, bytes) else list(form) for name, form in canaries.items()}
    if not wanted or not all(forms and all(forms) for forms in wanted.values()):
        message = "an empty canary is found nowhere or everywhere"
        raise ValueError(message)
    hits, size = dict.fromkeys(wanted, 0), 0
    for _, data in sources:
        size += len(data)
        for name, several in wanted.items():
            hits[name] += sum(_count(form, data) for form in several)
    if not size:
        message = "there was nothing to search"
        raise ValueError(message)
    return hits


def _count(form: bytes, data: bytes) -> int:
    if form.isdigit() and len(form) <= LONGEST_NUMBER:
        return len(re.findall(rb"(?<!\d)" + form + rb"(?!\d)", data))
    return data.count(form)


def stored(folder: Path) -> Iterable[tuple[str, bytes]]:
    """Yield every file below a folder, as its name there and its bytes."""
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            yield str(path.relative_to(folder)), path.read_bytes()
