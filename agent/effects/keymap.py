"""Which key, and which modifiers, give a symbol: the XKB map as a pure value.

A key has groups (layouts), a group has a type and levels, and the type says
which modifiers lead to which level (XKB protocol, 4.4 and 16.3.6).
"""

import struct
from collections.abc import Iterator

import msgspec

from agent.effects.keysyms import both_cases, canonical, means_the_key

LOCK = 0x02
"""The modifier of Caps Lock."""

MOST_GROUPS = 4
OTHER_GROUP = 16
"""What another layout costs, in modifiers: any level of the active one is better."""
WRAP, CLAMP, REDIRECT = 0x00, 0x40, 0x80
"""What a key does with a group that it has not (`groupInfo`, upper bits)."""


class State(msgspec.Struct, frozen=True):
    """Modifiers (real ones, eight bits) and group that are in effect; how much of the group is locked."""

    modifiers: int
    group: int
    locked_group: int = 0


class Kind(msgspec.Struct, frozen=True):
    """A key type: the modifiers it looks at, and the level that each set of them gives."""

    consulted: int
    levels: dict[int, int]

    def sets_for(self, level: int) -> Iterator[int]:
        """Yield the sets of modifiers that lead to a level; a set that is not named leads to the first."""
        candidate = self.consulted
        while True:
            if self.levels.get(candidate, 0) == level:
                yield candidate
            if not candidate:
                return
            candidate = (candidate - 1) & self.consulted


class Place(msgspec.Struct, frozen=True):
    """Where a symbol is on the keyboard."""

    keycode: int
    group: int
    level: int
    kind: Kind


class Way(msgspec.Struct, frozen=True):
    """How to get a symbol: press these modifiers, let go of those, take this group, press the key."""

    keycode: int
    press: int = 0
    let_go: int = 0
    group: int | None = None


class Keymap:
    """All keys of a keyboard.

    Args:
        places: where each symbol is, by canonical keysym, lower keycodes first.
        groups: number of groups and the rule for others, by keycode.
        empty: keycodes that give no symbol at all.
    """

    def __init__(
        self,
        places: dict[int, list[Place]],
        groups: dict[int, tuple[int, int]],
        empty: tuple[int, ...],
    ) -> None:
        self._places = places
        self._groups = groups
        self.empty = empty

    def keycodes(self, keysym: int) -> frozenset[int]:
        """Return the keys that give a symbol at any level."""
        return frozenset(place.keycode for place in self._places.get(canonical(keysym), ()))

    def way(self, keysym: int, state: State, pressable: int) -> Way | None:
        """Return the cheapest way to a symbol.

        Args:
            keysym: the symbol.
            state: what is in effect now.
            pressable: modifiers that may be changed for the moment.

        Returns:
            None when this keyboard has no way to it.
        """
        places = self._places.get(canonical(keysym), ())
        if means_the_key(keysym):
            # Shift with an arrow is what the technician holds, not a level to be corrected.
            first = [place for place in places if not place.level]
            if first:
                return Way(first[0].keycode)
        best: tuple[int, Way] | None = None
        for cost, way in self._ways(keysym, places, state, pressable):
            if best is None or cost < best[0]:
                best = cost, way
        return best[1] if best else None

    def _ways(
        self, keysym: int, places: "list[Place] | tuple[()]", state: State, pressable: int
    ) -> Iterator[tuple[int, Way]]:
        for place in places:
            elsewhere = self._active(place.keycode, state.group) != place.group
            if _capitalised(keysym, place.kind, state):
                continue
            for wanted in place.kind.sets_for(place.level):
                changed = (state.modifiers ^ wanted) & place.kind.consulted
                if changed & ~pressable:
                    continue
                yield (
                    elsewhere * OTHER_GROUP + changed.bit_count(),
                    Way(
                        keycode=place.keycode,
                        press=changed & wanted,
                        let_go=changed & ~wanted,
                        group=place.group if elsewhere else None,
                    ),
                )

    def _active(self, keycode: int, group: int) -> int:
        """Return the group that a key is in when the keyboard is in `group`."""
        count, rule = self._groups[keycode]
        if group < count:
            return group
        if rule & (WRAP | CLAMP | REDIRECT) == REDIRECT:
            redirected = rule >> 4 & 0x03
            return redirected if redirected < count else 0
        return count - 1 if rule & CLAMP else group % count


def _capitalised(keysym: int, kind: Kind, state: State) -> bool:
    """Say whether Caps Lock would turn the symbol into its capital, which X clients do by themselves."""
    if not state.modifiers & LOCK or kind.consulted & LOCK:
        return False
    return keysym != both_cases(keysym)[1]


def parsed(content: bytes, *, types: int, first_key: int, keys: int) -> Keymap:
    """Read the variable part of an XkbGetMap reply: key types, then symbols.

    Raises:
        ValueError: it is shorter than it says.
    """
    try:
        return _parsed(content, types, first_key, keys)
    except (struct.error, IndexError) as error:
        raise ValueError(f"not a keyboard map: {error}") from None


def _parsed(content: bytes, types: int, first_key: int, keys: int) -> Keymap:
    kinds: list[Kind] = []
    offset = 0
    for _ in range(types):
        kind, offset = _kind(content, offset)
        kinds.append(kind)
    places: dict[int, list[Place]] = {}
    groups: dict[int, tuple[int, int]] = {}
    empty: list[int] = []
    for keycode in range(first_key, first_key + keys):
        *of_group, info, width, count = struct.unpack_from("=6BH", content, offset)
        symbols = struct.unpack_from(f"={count}I", content, offset + 8)
        offset += 8 + 4 * count
        groups[keycode] = max(min(info & 0x0F, MOST_GROUPS), 1), info
        for index, symbol in enumerate(symbols):
            if symbol:
                group, level = divmod(index, width)
                place = Place(keycode, group, level, kinds[of_group[group]])
                places.setdefault(canonical(symbol), []).append(place)
        if not any(symbols):
            empty.append(keycode)
    return Keymap(places, groups, tuple(empty))


def _kind(content: bytes, offset: int) -> tuple[Kind, int]:
    consulted, _mods, _virtual, _levels, entries, preserve = struct.unpack_from("=BBHBB?x", content, offset)
    offset += 8
    levels = {}
    for _ in range(entries):
        active, mask, level = struct.unpack_from("=?BB5x", content, offset)
        offset += 8
        if active:
            levels[mask] = level
    return Kind(consulted, levels), offset + 4 * entries * preserve
