"""Which input comes from a hand: X Input Extension 2 on Qt's own connection.

Every X event that says "button" or "key" names the device it came from, if one
asks in the right way. Buttons and motion reach Qt as XI2 events with their
source; keys arrive as core events, so raw key events are selected beside them
and compared. A warped pointer names a device that did not move, so raw motion is
compared as well. XTEST devices carry a property that says so; XSendEvent sets a bit
(X11 protocol, section 10) or makes an event that Qt would not have selected.

Laws:
    1. What was not seen to come from a physical device never reaches a guarded window.
    2. An answer needs the very event that was seen: same kind, same time, and spontaneous.
    3. What cannot be told apart counts as injected.

Known weakness: who may make a kernel device (uinput) is a hand here.
"""

import ctypes
import struct
from collections import OrderedDict
from collections.abc import Callable
from enum import Enum
from typing import Protocol, TypeVar

from PySide6.QtCore import QAbstractNativeEventFilter, QByteArray, QEvent
from PySide6.QtGui import QGuiApplication, QInputEvent
from Xlib.display import Display

from agent.windows import xinput

T = TypeVar("T")

REMEMBERED = 64
CLOCK_MS = 5
"""So much may lie between the times of a raw event and of the event that it becomes (1 ms was seen)."""

_TOUCHES = {
    xinput.BUTTON_PRESS: QEvent.Type.MouseButtonPress,
    xinput.BUTTON_RELEASE: QEvent.Type.MouseButtonRelease,
}
_KEYS = {xinput.CORE_KEY_PRESS: QEvent.Type.KeyPress, xinput.CORE_KEY_RELEASE: QEvent.Type.KeyRelease}
_RAW_OF = {xinput.CORE_KEY_PRESS: xinput.RAW_KEY_PRESS, xinput.CORE_KEY_RELEASE: xinput.RAW_KEY_RELEASE}


class Hand(Protocol):
    """Tells a person's hand from a program."""

    def confirms(self, event: QInputEvent) -> bool:
        """Tell whether this very event came from a physical device."""

    def guard(self, window: int, injected: Callable[[], None]) -> None:
        """Keep injected input away from a window, and say when there was some."""

    def release(self, window: int) -> None:
        """Guard a window no longer."""


class NoHand:
    """A platform on which nothing can be told apart: nothing is ever confirmed."""

    def confirms(self, event: QInputEvent) -> bool:
        """Never."""
        return False

    def guard(self, window: int, injected: Callable[[], None]) -> None:
        """Nothing is guarded; no question is shown here."""

    def release(self, window: int) -> None:
        """Nothing was guarded."""


class _Verdict(Enum):
    NOT_INPUT = "not input"
    PHYSICAL = "physical"
    INJECTED = "injected"


class XInputHand(QAbstractNativeEventFilter):
    """The filter on Qt's own X connection; made once, in Qt's thread.

    Args:
        display: another connection to the same server, for questions about devices.
    """

    def __init__(self, display: Display) -> None:
        super().__init__()
        self._devices = xinput.Devices(display)
        self._opcode = xinput.opcode(display)
        self._guarded: dict[int, Callable[[], None]] = {}
        self._raw: OrderedDict[tuple[int, int, int], None] = OrderedDict()
        self._seen: OrderedDict[tuple[QEvent.Type, int], None] = OrderedDict()
        self._down: set[int] = set()
        application = QGuiApplication.instance()
        if application is None:
            message = "the windows are not open yet"
            raise RuntimeError(message)
        self._connection = ctypes.c_void_p(application.nativeInterface().connection())  # type: ignore[attr-defined]  # not in the stubs
        self._root = display.screen().root.id
        self._select()
        application.installNativeEventFilter(self)

    def confirms(self, event: QInputEvent) -> bool:
        """Tell whether this very event came from a physical device."""
        return event.spontaneous() and (event.type(), event.timestamp()) in self._seen

    def guard(self, window: int, injected: Callable[[], None]) -> None:
        """Keep injected input away from a window, and say when there was some."""
        self._guarded[window] = injected
        self._select()

    def release(self, window: int) -> None:
        """Guard a window no longer."""
        self._guarded.pop(window, None)
        self._select()

    def _select(self) -> None:
        """Have raw motion told only while it is compared: else each move of the mouse would wake us."""
        xinput.select_raw_events(self._connection, self._root, self._opcode, motion=bool(self._guarded))

    def nativeEventFilter(
        self, kind: QByteArray | bytes | bytearray | memoryview, message: int
    ) -> tuple[bool, int]:
        """Look at one X event before Qt does; True drops it."""
        data = ctypes.string_at(int(message), xinput.SHORTEST)
        window, verdict = self._judged(data, int(message))
        if verdict is _Verdict.INJECTED and window in self._guarded:
            self._guarded[window]()
            return True, 0
        return False, 0

    def _judged(self, data: bytes, address: int) -> tuple[int, _Verdict]:
        number = data[0] & 0x7F
        if number == xinput.GENERIC:
            if data[1] != self._opcode:
                return 0, _Verdict.NOT_INPUT
            return self._judged_xi2(ctypes.string_at(address, xinput.LONGEST))
        if number in xinput.CORE_INPUT:
            (window,) = struct.unpack_from("<I", data, xinput.CORE_WINDOW)
            return window, self._judged_core(data, number)
        return 0, _Verdict.NOT_INPUT

    def _judged_xi2(self, data: bytes) -> tuple[int, _Verdict]:
        kind, _, when, detail = struct.unpack_from("<HHII", data, 8)
        if kind in xinput.RAW_EVENTS:
            (source,) = struct.unpack_from("<H", data, xinput.RAW_SOURCE)
            self._note_raw(kind, detail, when, source)
            return 0, _Verdict.NOT_INPUT
        if kind not in xinput.POINTER_EVENTS:
            return 0, _Verdict.NOT_INPUT
        (window,) = struct.unpack_from("<I", data, xinput.XI2_WINDOW)
        (source,) = struct.unpack_from("<H", data, xinput.XI2_SOURCE)
        # An event with the bit of XSendEvent is nobody's hand, whatever source it names.
        if data[0] & xinput.SENT or not self._devices.physical(source):
            return window, _Verdict.INJECTED
        if kind == xinput.MOTION and not self._was_raw(xinput.RAW_MOTION, 0, when):
            return window, _Verdict.INJECTED
        if kind in _TOUCHES:
            self._remember(_TOUCHES[kind], when)
        return window, _Verdict.PHYSICAL

    def _judged_core(self, data: bytes, number: int) -> _Verdict:
        if number not in _KEYS or data[0] & xinput.SENT:
            # Qt selects pointers by XI2 only: a core button or motion was made by a program.
            return _Verdict.INJECTED
        (when,) = struct.unpack_from("<I", data, xinput.CORE_TIME)
        if not self._was_raw(_RAW_OF[number], data[1], when):
            return _Verdict.INJECTED
        self._remember(_KEYS[number], when)
        return _Verdict.PHYSICAL

    def _was_raw(self, kind: int, detail: int, when: int) -> bool:
        # The server reads its clock once for each of the two, so the raw event may be a little older.
        return any((kind, detail, when - later) in self._raw for later in range(CLOCK_MS + 1))

    def _note_raw(self, kind: int, keycode: int, when: int, source: int) -> None:
        if not self._devices.physical(source):
            return
        if kind == xinput.RAW_MOTION:
            _keep(self._raw, (kind, 0, when))
            return
        repeated = kind == xinput.RAW_KEY_PRESS and keycode in self._down
        if kind == xinput.RAW_KEY_PRESS:
            self._down.add(keycode)
        else:
            self._down.discard(keycode)
        if not repeated:
            _keep(self._raw, (kind, keycode, when))

    def _remember(self, kind: QEvent.Type, when: int) -> None:
        _keep(self._seen, (kind, when))


def _keep(memory: "OrderedDict[T, None]", item: T) -> None:
    memory[item] = None
    while len(memory) > REMEMBERED:
        memory.popitem(last=False)
