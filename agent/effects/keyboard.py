"""Typing on an X11 desktop in any keyboard layout; belongs to the thread of its connection."""

from collections.abc import Callable

from Xlib.display import Display

from agent.effects.held import Held
from agent.effects.keymap import MOST_GROUPS, Keymap, State, Way
from agent.effects.keysyms import LOCKS, MODIFIERS, keysym_of
from agent.effects.spare import SpareKeys
from agent.effects.watchdog import Watchdog
from agent.effects.xkb import Xkb
from session.errors import EffectFailed


class Keyboard:
    """Presses the keys that give symbols.

    Args:
        connection: to the X server.
        held: what presses.
        watchdog: what cleans up if this process cannot.

    Raises:
        EffectFailed: the X server has no XKB.
    """

    def __init__(self, connection: Display, held: Held, watchdog: Watchdog) -> None:
        self._connection = connection
        self._held = held
        self._xkb = Xkb(connection)
        self._spare = SpareKeys(connection, watchdog)
        self._pressed: dict[int, int] = {}
        self._keymap: Keymap | None = None
        self._modifier_keys: dict[int, tuple[int, ...]] = {}

    def map_changed(self) -> None:
        """Read the map again before the next key."""
        self._keymap = None

    def key(self, keysym: int, down: bool) -> None:
        """Press or release the key that gives a keysym.

        A key that gives it only with other modifiers than those in effect is
        tapped at once instead of held, or it would repeat as something else.

        Raises:
            EffectFailed: nothing on this keyboard gives it.
        """
        if not down:
            self._let_go(keysym)
        elif keysym not in self._pressed:
            way = self._way(keysym)
            plain = way == Way(way.keycode)
            self._strike(way, hold=plain)
            if plain:
                self._pressed[keysym] = way.keycode

    def _let_go(self, keysym: int) -> None:
        keycode = self._pressed.pop(keysym, None)
        if keycode is None:
            # Shift was let go first: the press was told as `A`, the release is told as `a`.
            keycodes = self._map().keycodes(keysym)
            keysym = next((each for each, code in self._pressed.items() if code in keycodes), 0)
            keycode = self._pressed.pop(keysym, None)
        if keycode is not None:
            self._held.key(keycode, False)
            self._held.flush()

    def text(self, text: str, allowed: Callable[[], bool]) -> None:
        """Type a text.

        Args:
            text: any characters; a line end is Return. Control characters are left out.
            allowed: asked before each character; False ends the text there.

        Raises:
            EffectFailed: a character cannot be typed here.
        """
        for character in text.replace("\r\n", "\n").replace("\r", "\n"):
            if not allowed():
                return
            keysym = keysym_of(character)
            if keysym is not None:
                self._strike(self._way(keysym), hold=False)

    def _map(self) -> Keymap:
        if self._keymap is None:
            self._keymap = self._xkb.keymap()
            momentary = {code for each in MODIFIERS - LOCKS for code in self._keymap.keycodes(each)}
            self._modifier_keys = {
                1 << index: tuple(code for code in codes if code in momentary)
                for index, codes in enumerate(self._connection.get_modifier_mapping())
            }
        return self._keymap

    def _way(self, keysym: int) -> Way:
        keymap, state = self._map(), self._xkb.state()
        way = keymap.way(keysym, state, self._pressable(state))
        if way is None:
            self._spare.lend(keysym, keymap.empty)
            self.map_changed()
            way = self._map().way(keysym, state, self._pressable(state))
        if way is None:
            raise EffectFailed("this keyboard cannot type that symbol")
        return way

    def _pressable(self, state: State) -> int:
        """Return the modifiers that can be changed for a moment: absent ones, and those we hold ourselves."""
        return sum(
            modifier
            for modifier, codes in self._modifier_keys.items()
            if codes and (not state.modifiers & modifier or any(map(self._held.is_down, codes)))
        )

    def _strike(self, way: Way, *, hold: bool) -> None:
        """Press a key with exactly the modifiers and the group that it needs, then put them back."""
        changes = [(code, False) for code in self._holding(way.let_go)]
        changes += [(self._modifier_keys[each][0], True) for each in _bits(way.press)]
        group = self._take_group(way.group) if way.group is not None else None
        for code, down in changes:
            self._held.key(code, down)
        self._held.key(way.keycode, True)
        if not hold:
            self._held.key(way.keycode, False)
        for code, down in reversed(changes):
            self._held.key(code, not down)
        if group is not None:
            self._xkb.lock_group(group)
        self._spare.used(way.keycode)
        self._held.flush()

    def _take_group(self, wanted: int) -> int:
        """Make a layout the active one; return the one that was locked before."""
        state = self._xkb.state()
        by_hand = state.group - state.locked_group
        self._xkb.lock_group((wanted - by_hand) % MOST_GROUPS)
        return state.locked_group

    def _holding(self, modifiers: int) -> list[int]:
        codes = [code for each in _bits(modifiers) for code in self._modifier_keys[each]]
        return [code for code in codes if self._held.is_down(code)]

    def released(self) -> None:
        """Note that everything was released."""
        self._pressed.clear()

    def rest(self) -> None:
        """Give lent keys back when they were not used for a while."""
        self._spare.give_back()

    def close(self) -> None:
        """Give lent keys back."""
        self._spare.close()


def _bits(modifiers: int) -> list[int]:
    return [1 << index for index in range(8) if modifiers & 1 << index]
