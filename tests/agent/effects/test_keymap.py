"""The map as a pure value: a small keyboard, written as XkbGetMap would tell it."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.effects.keymap import Keymap, State, Way, parsed

SHIFT, LOCK, CONTROL, NUM, LEVEL3 = 0x01, 0x02, 0x04, 0x10, 0x80
ONE, TWO, LETTER, FOUR, KEYPAD = range(5)
MOMENTARY = SHIFT | CONTROL | LEVEL3
NOTHING = State(modifiers=0, group=0)

KINDS = [
    (0, {}),
    (SHIFT, {SHIFT: 1}),
    (SHIFT | LOCK, {SHIFT: 1, LOCK: 1}),
    (SHIFT | LEVEL3, {SHIFT: 1, LEVEL3: 2, SHIFT | LEVEL3: 3}),
    (SHIFT | NUM, {SHIFT: 1, NUM: 1}),
]
A, CAPITAL_A, EF, CAPITAL_EF = 0x61, 0x41, 0x6C6, 0x6E6
LEFT, TAB, BACK_TAB, KP_1, KP_END, EURO = 0xFF51, 0xFF09, 0xFE20, 0xFFB1, 0xFF9C, 0x20AC
KEYS = [
    ([LETTER, LETTER], 2, [A, CAPITAL_A, EF, CAPITAL_EF]),
    ([FOUR], 4, [0x65, 0x45, EURO, 0xE9]),
    ([TWO], 2, [TAB, BACK_TAB]),
    ([ONE], 1, [LEFT]),
    ([], 0, []),
    ([KEYPAD], 2, [KP_END, KP_1]),
    ([TWO], 2, [0x31, 0x21]),
]
FIRST = 10


def told() -> bytes:
    content = b""
    for consulted, levels in KINDS:
        content += struct.pack("=BBHBB?x", consulted, consulted, 0, 4, len(levels), False)
        content += b"".join(struct.pack("=?BBBHxx", True, mask, at, mask, 0) for mask, at in levels.items())
    for kinds, width, symbols in KEYS:
        indices = [*kinds, *[0] * (4 - len(kinds))]
        content += struct.pack("=6BH", *indices, len(kinds), width, len(symbols))
        content += struct.pack(f"={len(symbols)}I", *symbols)
    return content


@pytest.fixture
def keymap() -> Keymap:
    return parsed(told(), types=len(KINDS), first_key=FIRST, keys=len(KEYS))


def test_a_plain_symbol_needs_only_its_key(keymap: Keymap) -> None:
    assert keymap.way(A, NOTHING, MOMENTARY) == Way(10)


def test_levels_ask_for_their_modifiers(keymap: Keymap) -> None:
    assert keymap.way(CAPITAL_A, NOTHING, MOMENTARY) == Way(10, press=SHIFT)
    assert keymap.way(EURO, NOTHING, MOMENTARY) == Way(11, press=LEVEL3)
    assert keymap.way(0xE9, NOTHING, MOMENTARY) == Way(11, press=LEVEL3 | SHIFT)


def test_a_modifier_that_is_in_the_way_is_let_go(keymap: Keymap) -> None:
    assert keymap.way(A, State(modifiers=SHIFT, group=0), MOMENTARY) == Way(10, let_go=SHIFT)
    assert keymap.way(EURO, State(modifiers=SHIFT, group=0), MOMENTARY) == Way(11, press=LEVEL3, let_go=SHIFT)


def test_control_is_none_of_a_letters_business(keymap: Keymap) -> None:
    assert keymap.way(A, State(modifiers=CONTROL, group=0), MOMENTARY) == Way(10)


def test_caps_lock_is_counted_with(keymap: Keymap) -> None:
    locked = State(modifiers=LOCK, group=0)
    assert keymap.way(CAPITAL_A, locked, MOMENTARY) == Way(10)
    assert keymap.way(A, locked, MOMENTARY) == Way(10, press=SHIFT)


def test_what_clients_would_capitalise_has_no_way_there(keymap: Keymap) -> None:
    assert keymap.way(0x65, State(modifiers=LOCK, group=0), MOMENTARY) is None
    assert keymap.way(0x45, State(modifiers=LOCK, group=0), MOMENTARY) == Way(11, press=SHIFT)


def test_another_layout_is_taken_when_only_it_has_the_symbol(keymap: Keymap) -> None:
    assert keymap.way(EF, NOTHING, MOMENTARY) == Way(10, group=1)
    assert keymap.way(EF, State(modifiers=0, group=1), MOMENTARY) == Way(10)
    # A key with one group has the same in every layout.
    assert keymap.way(0x31, State(modifiers=0, group=1), MOMENTARY) == Way(16)


def test_the_same_letter_is_found_under_its_other_name(keymap: Keymap) -> None:
    assert keymap.way(0x1000444, State(modifiers=0, group=1), MOMENTARY) == Way(10)


def test_a_named_key_is_pressed_with_whatever_is_held(keymap: Keymap) -> None:
    assert keymap.way(LEFT, State(modifiers=SHIFT | CONTROL, group=0), MOMENTARY) == Way(13)
    assert keymap.way(TAB, State(modifiers=SHIFT, group=0), MOMENTARY) == Way(12)
    assert keymap.way(BACK_TAB, NOTHING, MOMENTARY) == Way(12, press=SHIFT)


def test_the_keypad_obeys_num_lock(keymap: Keymap) -> None:
    assert keymap.way(KP_1, State(modifiers=NUM, group=0), MOMENTARY) == Way(15)
    assert keymap.way(KP_1, NOTHING, MOMENTARY) == Way(15, press=SHIFT)
    assert keymap.way(KP_END, State(modifiers=NUM, group=0), MOMENTARY) == Way(15, press=SHIFT)


def test_what_no_key_gives_has_no_way(keymap: Keymap) -> None:
    assert keymap.way(0x1006F22, NOTHING, MOMENTARY) is None
    assert keymap.empty == (14,)


@given(
    modifiers=st.integers(0, 255),
    group=st.integers(0, 3),
    keysym=st.sampled_from([A, CAPITAL_A, EF, CAPITAL_EF, EURO, 0xE9, 0x65, KP_1, KP_END, 0x31, 0x21]),
)
def test_every_way_leads_to_the_symbol(modifiers: int, group: int, keysym: int) -> None:
    """Whatever is in effect: the changes of a way, applied, give the level that holds the symbol."""
    keymap = parsed(told(), types=len(KINDS), first_key=FIRST, keys=len(KEYS))
    way = keymap.way(keysym, State(modifiers=modifiers, group=group), MOMENTARY)
    if way is None:
        return
    kinds, width, symbols = KEYS[way.keycode - FIRST]
    consulted = (modifiers | way.press) & ~way.let_go
    active = (group if way.group is None else way.group) % len(kinds)
    mask, levels = KINDS[kinds[active]]
    assert symbols[active * width + levels.get(consulted & mask, 0)] == keysym


@pytest.mark.parametrize("cut", [1, 7, 40, 100])
def test_a_map_that_is_cut_short_is_refused(cut: int) -> None:
    with pytest.raises(ValueError, match="keyboard map"):
        parsed(told()[:-cut], types=len(KINDS), first_key=FIRST, keys=len(KEYS))
