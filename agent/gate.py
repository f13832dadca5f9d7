"""The only way from a message to an effect on this computer: ARCHITECTURE, section 5.

For every single message: allowed now? → recorded? → still allowed? → act.
The last question and the act happen under one lock, and `shut` takes the same
lock, so nothing acts after `shut` has returned, whatever hangs elsewhere.
"""

import contextlib
import logging
import queue
import threading
from collections.abc import Callable
from typing import Protocol

from agent import effects as platform
from agent.capture.watching import Watching
from agent.effects import Effects
from agent.effects.facts import system_facts
from session import messages
from session.consent import Consent
from session.errors import EffectFailed, RecorderFailed
from session.messages import Capability

_log = logging.getLogger("byleave.gate")

WAITING_LIMIT = 1000
"""Inputs that may wait for the effects; more are refused as too fast."""

OpenEffects = Callable[[Watching], Effects]
"""Opens the effects, in the gate's thread."""

BEAT_SECONDS = 0.05
"""How often the watchdog hears of us while keys are held."""

Refuse = Callable[[str, str], None]
"""Is told what had no effect, and why (words of PROTOCOL.md, section 5)."""


class Taking(Protocol):
    """What the gate needs of the recorder."""

    def event(self, kind: str, *, sensitive: bool = False, **fields: object) -> None:
        """Take an event, or raise `RecorderFailed`."""


class Gate:
    """Lets input through while the person's leave stands.

    Args:
        recorder: records each input before it acts.
        own_windows: returns the ids of Byleave's own windows, which get no input from elsewhere.
        clock: seconds of the boot-time clock.
        refuse: is told what had no effect; may be called from any thread.
        failed: is told when something could not be recorded.
        watching: which monitors the technician watches; input reaches no other.
        open_effects: opens the effects, in the gate's own thread; this platform's by default.
    """

    def __init__(
        self,
        recorder: Taking,
        own_windows: Callable[[], frozenset[int]],
        clock: Callable[[], float],
        refuse: Refuse,
        failed: Callable[[Exception], None],
        watching: Watching,
        open_effects: OpenEffects = platform.open_effects,
    ) -> None:
        self._recorder = recorder
        self._own_windows = own_windows
        self._clock = clock
        self._refuse = refuse
        self._failed = failed
        self._watching = watching
        self._lock = threading.Lock()
        self._consent = Consent()
        self._shut = False
        self._inputs: queue.Queue[messages.Input | None] = queue.Queue(WAITING_LIMIT)
        self.applied = 0
        self.clicks = 0
        self.keys = 0
        self._thread = threading.Thread(target=self._run, args=(open_effects,), name="gate", daemon=True)

    def start(self) -> None:
        """Open the effects and begin to act on what is let through."""
        self._thread.start()

    def set(self, consent: Consent) -> None:
        """Obey this consent from now on; what it no longer allows has ended when this returns."""
        with self._lock:
            self._consent = consent
        if not consent.may(Capability.CONTROL, self._clock()):
            self._let_go()

    def may(self, capability: Capability) -> bool:
        """Tell whether this capability may have an effect now."""
        with self._lock:
            return not self._shut and self._consent.may(capability, self._clock())

    def shut(self) -> None:
        """End everything, for good and at once; from any thread."""
        with self._lock:
            self._shut = True
        self._let_go()

    def _let_go(self) -> None:
        """Have the effects release what is held; what waits before it no longer acts, or acts as usual."""
        self._put(messages.ReleaseAll())

    def _put(self, message: messages.ReleaseAll | None) -> None:
        """Hand over what must arrive, without waiting for a thread that may hang."""
        while True:
            try:
                self._inputs.put_nowait(message)
                return
            except queue.Full:
                with contextlib.suppress(queue.Empty):
                    self._inputs.get_nowait()

    def close(self) -> None:
        """Shut, release everything, and end the thread."""
        self.shut()
        self._put(None)
        if self._thread.is_alive():
            self._thread.join(2.0)

    def take(self, message: messages.Input) -> None:
        """Take one input of the technician's: check, record, and hand it to the gate's thread."""
        kind = _kind(message)
        if isinstance(message, messages.ReleaseAll):
            self._let_go()
        elif not self.may(Capability.CONTROL):
            self._refuse(kind, self._why_not())
        elif self._recorded(message):
            self._hand_over(kind, message)

    def _hand_over(self, kind: str, message: messages.Input) -> None:
        # A text is typed a character at a time, so that Stop need not wait for its end.
        parts: list[messages.Input] = [message]
        if isinstance(message, messages.Text):
            parts = [messages.Text(character) for character in message.text]
        try:
            for part in parts:
                self._inputs.put_nowait(part)
        except queue.Full:
            self._refuse(kind, "too-fast")

    def _why_not(self) -> str:
        with self._lock:
            granted = self._consent.has(Capability.CONTROL)
        return "held" if granted else "not-granted"

    def _recorded(self, message: messages.Input) -> bool:
        try:
            match message:
                case messages.PointerMove(monitor, x, y):
                    self._recorder.event("pointer", monitor=monitor, x=x, y=y)
                case messages.PointerButton(button, down):
                    self._recorder.event("button", button=button, down=int(down))
                case messages.Scroll(dx, dy):
                    self._recorder.event("scroll", dx=dx, dy=dy)
                case messages.Key(keysym, down):
                    self._recorder.event("key", sensitive=True, keysym=keysym, down=int(down))
                case messages.Text(text):
                    self._recorder.event("text", sensitive=True, text=text)
                case messages.ReleaseAll():
                    return True
        except RecorderFailed as error:
            self._refuse(_kind(message), "not-recorded")
            self._failed(error)
            return False
        return True

    def _count(self, message: messages.Input) -> None:
        self.applied += 1
        match message:
            case messages.PointerButton(_, True):
                self.clicks += 1
            case messages.Key(_, True) | messages.Text():
                self.keys += 1
            case _:
                pass

    def facts(self) -> tuple[tuple[str, str], ...] | None:
        """Return facts about this computer if the person allows it now, else None."""
        return system_facts().pairs() if self.may(Capability.SYSTEM_INFO) else None

    def _run(self, open_effects: OpenEffects) -> None:
        """Act on what is let through; nothing is opened before the first input that is."""
        effects: Effects | None = None
        try:
            while (message := self._next(effects)) is not None:
                if effects is None and not isinstance(message, messages.ReleaseAll):
                    effects = self._opened(open_effects, message)
                if effects is not None:
                    self._act(effects, message)
        except Exception as error:
            # A session whose input goes nowhere must not look as if it went on.
            self._failed(error)
            raise
        finally:
            if effects is not None:
                effects.close()

    def _opened(self, open_effects: OpenEffects, message: messages.Input) -> Effects | None:
        try:
            return open_effects(self._watching)
        except EffectFailed as error:
            _log.error("= no effects: %s", error)
            self._refuse(_kind(message), "no-effect")
            return None

    def _next(self, effects: Effects | None) -> messages.Input | None:
        """Wait for the next input, and tell the watchdog meanwhile that somebody holds the keys."""
        while True:
            holding = effects is not None and effects.holding
            try:
                return self._inputs.get(timeout=BEAT_SECONDS if holding else None)
            except queue.Empty:
                if effects is not None and not self._beat(effects):
                    return messages.ReleaseAll()

    def _beat(self, effects: Effects) -> bool:
        """Tell the watchdog that we live; without it nothing may stay held."""
        try:
            effects.beat()
        except EffectFailed as error:
            _log.error("= no watchdog: %s", error)
            return False
        return True

    def _ours(self, effects: Effects, message: messages.Input) -> bool:
        """Tell whether a window of Byleave would get this; letting go is always let through."""
        match message:
            case messages.PointerButton(_, True) | messages.Scroll():
                return effects.pointer_is_on(self._own_windows())
            case messages.Key(_, True) | messages.Text():
                return effects.focus_is_on(self._own_windows())
            case _:
                return False

    def _unseen(self, effects: Effects, message: messages.Input) -> bool:
        """Tell whether this would happen where the technician, and the recording, do not see it."""
        match message:
            case messages.PointerMove(monitor):
                return not effects.sees(monitor)
            case messages.PointerButton(_, True) | messages.Scroll():
                return not effects.pointer_is_seen()
            case messages.Key(_, True) | messages.Text():
                return not effects.focus_is_seen()
            case _:
                return False

    def _act(self, effects: Effects, message: messages.Input) -> None:
        try:
            if isinstance(message, messages.ReleaseAll):
                effects.release_all()
            elif not self.may(Capability.CONTROL):
                # Before the X server is asked anything: after Stop, what waits must not keep keys down.
                return
            elif self._ours(effects, message):
                self._refuse(_kind(message), "own-window")
            elif self._unseen(effects, message):
                self._refuse(_kind(message), "not-watched")
            else:
                with self._lock:
                    if not self._shut and self._consent.may(Capability.CONTROL, self._clock()):
                        _apply(effects, message)
                        self._count(message)
        except EffectFailed as error:
            _log.warning("= %s: %s", _kind(message), error)
            self._refuse(_kind(message), "no-effect")


def _kind(message: messages.Input) -> str:
    return str(type(message).__struct_config__.tag)


def _apply(effects: Effects, message: messages.Input) -> None:
    match message:
        case messages.PointerMove(monitor, x, y):
            effects.move(monitor, x, y)
        case messages.PointerButton(button, down):
            effects.button(button, down)
        case messages.Scroll(dx, dy):
            effects.scroll(dx, dy)
        case messages.Key(keysym, down):
            effects.key(keysym, down)
        case messages.Text(text):
            effects.text(text)
        case messages.ReleaseAll():
            effects.release_all()
