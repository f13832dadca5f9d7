"""Effects that only note what would have happened: what the X server does is tested with the X server."""

import threading
import time
from collections.abc import Callable, Set
from dataclasses import dataclass, field

from session.errors import EffectFailed


@dataclass
class Noted:
    """Notes every act, in order; implements `agent.effects.Effects`.

    Attributes:
        acts: what was done, as words.
        pointer_on: top-level windows under the pointer.
        focus_on: top-level windows that have the focus.
        unseen: whether the technician sees nothing of where input would act.
        pause: seconds that each act takes.
        fails: acts that this computer does not obey, by their first word.
        before: is called before each act.
    """

    acts: list[tuple[object, ...]] = field(default_factory=list)
    pointer_on: frozenset[int] = frozenset()
    focus_on: frozenset[int] = frozenset()
    unseen: bool = False
    pause: float = 0.0
    fails: frozenset[str] = frozenset()
    before: Callable[[tuple[object, ...]], None] = lambda act: None
    held: set[object] = field(default_factory=set)
    beats: int = 0
    released: threading.Event = field(default_factory=threading.Event)
    closed: bool = False

    def _act(self, *act: object) -> None:
        self.before(act)
        if act[0] in self.fails:
            raise EffectFailed(f"{act[0]} by the test")
        if self.pause:
            time.sleep(self.pause)
        self.acts.append(act)

    def _hold(self, what: object, down: bool) -> None:
        (self.held.add if down else self.held.discard)(what)

    def move(self, monitor: int, x: int, y: int) -> None:
        self._act("move", monitor, x, y)

    def button(self, number: int, down: bool) -> None:
        self._act("button", number, down)
        self._hold(("button", number), down)

    def scroll(self, dx: int, dy: int) -> None:
        self._act("scroll", dx, dy)

    def key(self, keysym: int, down: bool) -> None:
        self._act("key", keysym, down)
        self._hold(("key", keysym), down)

    def text(self, text: str, allowed: Callable[[], bool] = lambda: True) -> None:
        self._act("text", text)

    def release_all(self) -> None:
        self.held.clear()
        self.released.set()

    def beat(self) -> None:
        if "beat" in self.fails:
            raise EffectFailed("the watchdog is gone")
        self.beats += 1

    @property
    def holding(self) -> bool:
        return bool(self.held)

    def pointer_is_on(self, own: Set[int]) -> bool:
        return bool(self.pointer_on & own)

    def focus_is_on(self, own: Set[int]) -> bool:
        return bool(self.focus_on & own)

    def sees(self, monitor: int) -> bool:
        return not self.unseen

    def pointer_is_seen(self) -> bool:
        return not self.unseen

    def focus_is_seen(self) -> bool:
        return not self.unseen

    def close(self) -> None:
        self.release_all()
        self.closed = True
