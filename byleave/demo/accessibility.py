"""The windows of a desktop as a screen reader sees them: AT-SPI over D-Bus.

People find widgets by role and name and click where they are; the attacker of
the tests presses them without any device (`Widget.press`).
"""

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

import psutil
from jeepney import DBusAddress, MessageType, new_method_call
from jeepney.bus_messages import message_bus
from jeepney.io.blocking import DBusConnection, open_dbus_connection
from jeepney.low_level import Message

ATSPI = "org.a11y.atspi"
REGISTRY = (f"{ATSPI}.Registry", f"/{ATSPI.replace('.', '/')}/accessible/root")
ON_SCREEN = 0
DEEPEST = 30
PATIENCE = 10.0
POLL = 0.02
"""Seconds that a widget may take to appear."""

STATES = {
    1: "active",
    4: "checked",
    7: "editable",
    8: "enabled",
    12: "focused",
    16: "modal",
    23: "selected",
    25: "showing",
    30: "visible",
    41: "checkable",
}
"""The bits of `AtspiStateType` that the demo asks for."""

ACTIONS = ("press", "click", "toggle", "activate")

Name = str | re.Pattern[str]


class WidgetError(Exception):
    """A widget is not there, or does not do what was asked."""


@dataclass(frozen=True)
class Extents:
    """Where a widget is on the display, in pixels."""

    x: int
    y: int
    width: int
    height: int

    @property
    def centre(self) -> tuple[int, int]:
        """The point that a person clicks."""
        return self.x + self.width // 2, self.y + self.height // 2


@dataclass(frozen=True)
class Widget:
    """A widget of a running program; what it tells is asked anew each time.

    Attributes:
        role: the AT-SPI role's name, such as `push button`, `check box`, `label`, `text`.
        name: the accessible name when it was found.
    """

    role: str
    name: str
    _windows: "Windows" = field(repr=False)
    _owner: str = field(repr=False)
    _path: str = field(repr=False)

    def _call(self, interface: str, member: str, signature: str = "", *arguments: Any) -> Any:
        return self._windows.call((self._owner, self._path), interface, member, signature, *arguments)

    def extents(self) -> Extents:
        """Return where the widget is now."""
        (place,) = self._call("Component", "GetExtents", "u", ON_SCREEN)
        factor = self._windows.factor(self._owner)
        return Extents(*(round(part * factor) for part in place))

    @property
    def centre(self) -> tuple[int, int]:
        """The point that a person clicks."""
        return self.extents().centre

    def states(self) -> frozenset[str]:
        """Return the names of the states that hold now, of those in `STATES`."""
        ((low, high),) = self._call("Accessible", "GetState")
        bits = low | high << 32
        return frozenset(name for bit, name in STATES.items() if bits >> bit & 1)

    def text(self) -> str:
        """Return the text that the widget holds, or its name if it holds none."""
        (interfaces,) = self._call("Accessible", "GetInterfaces")
        if f"{ATSPI}.Text" not in interfaces:
            return self._windows.name((self._owner, self._path))
        (text,) = self._call("Text", "GetText", "ii", 0, -1)
        return str(text)

    def value(self) -> float:
        """Return the number that a slider, progress bar or spin box shows."""
        return float(self._windows.property((self._owner, self._path), "Value", "CurrentValue"))

    def fill(self, text: str) -> None:
        """Replace the text without any key: as a screen reader can, and an attacker."""
        self._call("EditableText", "SetTextContents", "s", text)

    def press(self) -> None:
        """Do the widget's main action without any device: as a screen reader can, and an attacker.

        Raises:
            WidgetError: the widget has no such action.
        """
        (actions,) = self._call("Action", "GetActions")
        names = [str(action[0]).lower() for action in actions]
        for wanted in ACTIONS:
            if wanted in names:
                self._call("Action", "DoAction", "i", names.index(wanted))
                return
        message = f"{self} can only {names}"
        raise WidgetError(message)


class Windows:
    """All widgets of all programs on one desktop; not for several threads at once.

    Args:
        bus: the address of the desktop's session bus.
    """

    def __init__(self, bus: str) -> None:
        session = open_dbus_connection(bus)
        try:
            where = DBusAddress("/org/a11y/bus", "org.a11y.Bus", "org.a11y.Bus")
            _await_owner(session, "org.a11y.Bus")
            (address,) = _answer(session, new_method_call(where, "GetAddress"))
        finally:
            session.close()
        self._bus = open_dbus_connection(address)
        self._factors: dict[str, float] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bus.close()

    def call(
        self, target: tuple[str, str], interface: str, member: str, signature: str = "", *arguments: Any
    ) -> Any:
        """Call a method of an AT-SPI interface and return the body of its reply.

        Raises:
            WidgetError: the program answers with an error, or not at all.
        """
        owner, path = target
        address = DBusAddress(path, owner, f"{ATSPI}.{interface}")
        return _answer(self._bus, new_method_call(address, member, signature or None, arguments))

    def property(self, target: tuple[str, str], interface: str, name: str) -> Any:
        """Return a property of an AT-SPI interface; it raises as `call` does."""
        owner, path = target
        address = DBusAddress(path, owner, "org.freedesktop.DBus.Properties")
        ((_, value),) = _answer(
            self._bus, new_method_call(address, "Get", "ss", (f"{ATSPI}.{interface}", name))
        )
        return value

    def name(self, target: tuple[str, str]) -> str:
        """Return the accessible name of an object."""
        return str(self.property(target, "Accessible", "Name"))

    def factor(self, owner: str) -> float:
        """Return how many pixels a program's unit of length has: Qt tells places before scaling."""
        if owner not in self._factors:
            (pid,) = _answer(self._bus, message_bus.GetConnectionUnixProcessID(owner))
            self._factors[owner] = float(psutil.Process(pid).environ().get("QT_SCALE_FACTOR", "1"))
        return self._factors[owner]

    def all(
        self, role: str, name: Name = "", *, program: Name = "", states: frozenset[str] = frozenset()
    ) -> Iterator[Widget]:
        """Yield the widgets that show on the display now.

        Args:
            role: the AT-SPI role's name.
            name: a part of the accessible name, or a pattern found in it.
            program: the same for the program's name; all programs if empty.
            states: what must hold besides.
        """
        wanted = _Wanted(role, name, states | {"showing"})
        for child in self._children(REGISTRY):
            try:
                named = _fits(program, self.name(child))
            except WidgetError:
                continue
            if named:
                yield from self._below(child, wanted, DEEPEST)

    def _below(self, target: tuple[str, str], wanted: "_Wanted", depth: int) -> Iterator[Widget]:
        for child in self._children(target):
            if widget := self._widget(child, wanted):
                yield widget
            if depth:
                yield from self._below(child, wanted, depth - 1)

    def _widget(self, target: tuple[str, str], wanted: "_Wanted") -> Widget | None:
        """Return the object if it is wanted; one that vanishes meanwhile is not."""
        try:
            (role,) = self.call(target, "Accessible", "GetRoleName")
            if role != wanted.role or not _fits(wanted.name, name := self.name(target)):
                return None
            widget = Widget(role, name, self, *target)
            return widget if wanted.states <= widget.states() else None
        except WidgetError:
            return None

    def _children(self, target: tuple[str, str]) -> list[tuple[str, str]]:
        try:
            (children,) = self.call(target, "Accessible", "GetChildren")
        except WidgetError:
            return []
        return [(owner, path) for owner, path in children]

    def find(self, role: str, name: Name = "", *, program: Name = "") -> Widget | None:
        """Return the first widget that shows now, or None; the arguments are those of `all`."""
        return next(self.all(role, name, program=program), None)

    def wait(
        self,
        role: str,
        name: Name = "",
        *,
        program: Name = "",
        states: frozenset[str] = frozenset(),
        seconds: float = PATIENCE,
    ) -> Widget:
        """Return the first widget that shows and has all the states, as soon as there is one.

        Raises:
            WidgetError: there was none within so many seconds.
        """
        deadline = time.monotonic() + seconds
        while True:
            if widget := next(self.all(role, name, program=program, states=states), None):
                return widget
            if time.monotonic() > deadline:
                message = f"no {role} {name!r} {sorted(states)} within {seconds} s"
                raise WidgetError(message)
            time.sleep(0.05)

    def wait_gone(self, role: str, name: Name = "", *, program: Name = "", seconds: float = PATIENCE) -> None:
        """Wait until no such widget shows.

        Raises:
            WidgetError: there still was one after so many seconds.
        """
        deadline = time.monotonic() + seconds
        while widget := self.find(role, name, program=program):
            if time.monotonic() > deadline:
                message = f"{widget} still shows after {seconds} s"
                raise WidgetError(message)
            time.sleep(0.05)


@dataclass(frozen=True)
class _Wanted:
    role: str
    name: Name
    states: frozenset[str]


def _fits(wanted: Name, name: str) -> bool:
    return wanted.search(name) is not None if isinstance(wanted, re.Pattern) else wanted in name


def _await_owner(connection: DBusConnection, name: str) -> None:
    """Wait until a program has taken a name: a bus is there before those who serve on it."""
    deadline = time.monotonic() + PATIENCE
    while not _answer(connection, message_bus.NameHasOwner(name))[0] and time.monotonic() < deadline:
        time.sleep(POLL)


def _answer(connection: DBusConnection, request: Message, seconds: float = 5.0) -> Any:
    try:
        reply = connection.send_and_get_reply(request, timeout=seconds)
    except (OSError, TimeoutError) as error:
        message = f"no answer on the accessibility bus: {error!r}"
        raise WidgetError(message) from error
    if reply.header.message_type is MessageType.error:
        message = f"the program refused: {reply.body}"
        raise WidgetError(message)
    return reply.body
