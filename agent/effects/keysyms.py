"""X keysyms and the characters they stand for, by libxkbcommon.

The one module that knows that library. It is on every computer that shows the
agent's windows, because Qt needs it there.
"""

import ctypes
import functools

UNICODE = 0x01000000
FUNCTION_KEYS = range(0xFF00, 0x10000)
KEYPAD = range(0xFF80, 0xFFBE)
ISO_KEYS = range(0xFE00, 0xFE20)
MODIFIERS = frozenset({*range(0xFFE1, 0xFFEF), 0xFF7E, 0xFF7F, 0xFF14, 0xFE03, 0xFE11})
"""Shift_L to Hyper_R, Mode_switch, Num_Lock, Scroll_Lock, ISO_Level3_Shift, ISO_Level5_Shift."""
LOCKS = frozenset({0xFFE5, 0xFFE6, 0xFF7F, 0xFF14})
"""Caps_Lock, Shift_Lock, Num_Lock, Scroll_Lock: they toggle, and are never pressed as a means."""

RETURN = 0xFF0D
TAB = 0xFF09
CONTROLS = {"\n": RETURN, "\t": TAB}


@functools.cache
def _library() -> ctypes.CDLL:
    library = ctypes.CDLL("libxkbcommon.so.0")
    for function in (
        library.xkb_keysym_to_utf32,
        library.xkb_utf32_to_keysym,
        library.xkb_keysym_to_upper,
        library.xkb_keysym_to_lower,
    ):
        function.restype, function.argtypes = ctypes.c_uint32, [ctypes.c_uint32]
    return library


def keysym_of(character: str) -> int | None:
    """Return the keysym that types a character; None for one that no key types."""
    if character in CONTROLS:
        return CONTROLS[character]
    if not character.isprintable():
        return None
    return int(_library().xkb_utf32_to_keysym(ord(character))) or None


def canonical(keysym: int) -> int:
    """Return the one keysym for a character that has several (`Cyrillic_ef` is U+0444)."""
    if keysym in FUNCTION_KEYS:
        return keysym
    character = _library().xkb_keysym_to_utf32(keysym)
    return int(_library().xkb_utf32_to_keysym(character)) if character > 0x1F else keysym


def both_cases(keysym: int) -> tuple[int, int]:
    """Return a letter's lower and upper keysym; twice the same for anything else."""
    library = _library()
    return int(library.xkb_keysym_to_lower(keysym)), int(library.xkb_keysym_to_upper(keysym))


def means_the_key(keysym: int) -> bool:
    """Say whether the keysym names a key (Return, F1, Shift), not a symbol that a level of it gives."""
    return keysym in ISO_KEYS or (keysym in FUNCTION_KEYS and keysym not in KEYPAD)
