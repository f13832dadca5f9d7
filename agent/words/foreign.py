"""Words that come from elsewhere, made harmless before a window shows them.

A name may hold characters that turn the direction of what follows, hide, or
pile up over other lines. None of them reaches a window of ours.
"""

import unicodedata

NAME_LENGTH = 60
ORGANISATION_LENGTH = 80
PURPOSE_LENGTH = 300
TICKET_LENGTH = 40
CHAT_LENGTH = 4000
MARKS_IN_A_ROW = 2

# Controls, formats (bidi overrides, zero-width joiners, tags), surrogates, private use, not assigned.
_DROPPED = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
_BLANKS = frozenset({"Zs", "Zl", "Zp"})
# Letters and symbols without ink, which would make an empty name look like nobody's.
_INKLESS = frozenset("\u115f\u1160\u3164\uffa0\u2800\u034f\u17b4\u17b5")
_MARKS = frozenset({"Mn", "Me"})
_SPACES = frozenset("\n\r\t\v\f\x85")


def foreign(text: str, limit: int = NAME_LENGTH) -> str:
    """Return one line of text without controls, hidden characters and towers of marks.

    Args:
        text: what somebody else wrote.
        limit: at most so many characters; a longer text ends with an ellipsis.
    """
    return _shortened(" ".join(_kept(text).split()), limit)


def foreign_lines(text: str, limit: int = CHAT_LENGTH) -> str:
    """Return the same for a text that may have lines; empty lines are dropped."""
    lines = (" ".join(_kept(line).split()) for line in text.splitlines())
    return _shortened("\n".join(line for line in lines if line), limit)


def _kept(text: str) -> str:
    kept: list[str] = []
    marks = 0
    for character in unicodedata.normalize("NFC", text):
        category = unicodedata.category(character)
        if character in _SPACES or category in _BLANKS:
            kept.append(" ")
        elif category in _DROPPED or character in _INKLESS:
            continue
        marks = marks + 1 if category in _MARKS else 0
        if marks <= MARKS_IN_A_ROW and category not in _BLANKS and character not in _SPACES:
            kept.append(character)
    return "".join(kept)


def _shortened(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"
