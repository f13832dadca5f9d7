"""What the technician typed, as people read it: key symbols and texts become one line.

X11 names keys by numbers (keysyms): Latin letters are themselves, all other
letters are 0x01000000 plus their code point, and the rest is named here.
"""

from collections.abc import Iterable

from auditor.events import Event, Key, Text

_UNICODE = 0x01000000
_LATIN = range(0x20, 0x100)
_NAMES = {
    0xFF08: "⌫",
    0xFF09: "⇥",
    0xFF0D: "⏎",
    0xFF8D: "⏎",
    0xFF1B: "Esc",
    0xFF50: "Home",
    0xFF51: "←",
    0xFF52: "↑",
    0xFF53: "→",
    0xFF54: "↓",
    0xFF55: "Page Up",
    0xFF56: "Page Down",
    0xFF57: "End",
    0xFF63: "Insert",
    0xFFFF: "Delete",
    **{0xFFBE + number: f"F{number + 1}" for number in range(12)},
}
_MODIFIERS = {
    0xFFE3: "Ctrl",
    0xFFE4: "Ctrl",
    0xFFE9: "Alt",
    0xFFEA: "Alt",
    0xFFEB: "Super",
    0xFFEC: "Super",
}
_SILENT = frozenset({0xFFE1, 0xFFE2, 0xFFE5, 0xFE03})
"""Shift, Caps Lock and AltGr show in the letters that they make."""


def typed(events: Iterable[Event]) -> str:
    """Return what these events typed, in order; special keys are shown by sign or name."""
    held: set[str] = set()
    parts: list[str] = []
    for event in events:
        if isinstance(event, Text):
            parts.append(event.text.replace("\n", "⏎"))
        elif isinstance(event, Key):
            parts.append(_pressed(event, held))
    return "".join(parts)


def _pressed(event: Key, held: set[str]) -> str:
    modifier = _MODIFIERS.get(event.keysym)
    if modifier is not None:
        (held.add if event.down else held.discard)(modifier)
        return ""
    if not event.down or event.keysym in _SILENT:
        return ""
    name = _name(event.keysym)
    if held:
        return f"[{'+'.join([*sorted(held), name])}]"
    return name if len(name) == 1 else f"[{name}]"


def _name(keysym: int) -> str:
    if keysym in _NAMES:
        return _NAMES[keysym]
    if keysym in _LATIN:
        return chr(keysym)
    if _UNICODE < keysym <= _UNICODE + 0x10FFFF:
        return chr(keysym - _UNICODE)
    return f"key {keysym:#x}"
