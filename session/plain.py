"""Foreign text, made fit to be shown: CONSENT.md's "plain text" and PROTOCOL.md, section 3.

Names, purposes and chat come from somebody else. Characters that turn the
reading direction, hide, or move what follows could make a name read as another.
Letters that merely resemble others are not looked at here.
"""

import re
import unicodedata

NAME_LIMIT = 64
TEXT_LIMIT = 4096

# Unicode's Default_Ignorable_Code_Point and blank letters that are not in a
# category of their own: fillers, joiners, variation selectors, the Braille blank.
_INVISIBLE = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0000-\U000e0fff]"
)
# Controls, formats (bidirectional marks, zero-width characters), surrogates,
# private use, unassigned, line and paragraph separators.
_FORBIDDEN_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_COMMANDS = frozenset({"Cc", "Cs", "Zl", "Zp"})
# More marks than this on one letter reach into the lines above and below.
_MARKS = 4


def name_fault(name: str) -> str | None:
    """Say what is wrong with a name that a certificate carries, or None.

    Args:
        name: the name; good only if it is in Unicode's normalisation form C.
    """
    if not 1 <= len(name) <= NAME_LIMIT:
        return f"a name has 1 to {NAME_LIMIT} characters"
    if name != display_name(name):
        return "a name has no invisible, control or bidirectional characters and no spare blanks"
    return None


def display_name(text: str, limit: int = NAME_LIMIT) -> str:
    """Return a foreign string as one line that is safe to show.

    Args:
        text: anything.
        limit: characters of the result; what is longer ends in an ellipsis.
    """
    # Marks are thinned out after composition, then composed again, so that the
    # result is its own display name.
    cleaned = _thin(_visible(unicodedata.normalize("NFC", text)))
    return _cut(unicodedata.normalize("NFC", " ".join(cleaned.split())), limit)


def display_text(text: str, limit: int = TEXT_LIMIT) -> str:
    """Return a foreign string with its line breaks, otherwise as `display_name`."""
    lines = (display_name(line, limit) for line in text.replace("\r\n", "\n").split("\n"))
    return _cut("\n".join(lines).strip("\n"), limit)


def commands_a_terminal(text: str) -> bool:
    """Tell whether a text holds controls or line breaks, which a terminal obeys instead of showing them."""
    return any(unicodedata.category(character) in _COMMANDS for character in text)


def _visible(text: str) -> str:
    kept = []
    for character in _INVISIBLE.sub("", text):
        if character.isspace():
            kept.append(" ")
        elif unicodedata.category(character) not in _FORBIDDEN_CATEGORIES:
            kept.append(character)
    return "".join(kept)


def _thin(text: str) -> str:
    kept = []
    marks = 0
    for character in text:
        marks = marks + 1 if unicodedata.category(character) in {"Mn", "Me"} else 0
        if marks <= _MARKS:
            kept.append(character)
    return "".join(kept)


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"
