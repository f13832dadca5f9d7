"""The few requests of the X Keyboard Extension (XKB protocol, version 1.0) that we need.

python-xlib has none of them. The core protocol alone does not say which
modifiers lead to which symbol, nor which of several layouts is active.
"""

import struct
from typing import Any

from Xlib.display import Display
from Xlib.ext import xinput
from Xlib.protocol import rq

from agent.capture.asking import Question
from agent.capture.connection import require
from agent.effects.keymap import Keymap, State, parsed
from session.errors import EffectFailed

EXTENSION = "XKEYBOARD"
CORE_KEYBOARD = 0x0100
TYPES_AND_SYMBOLS = 0x0003
NEW_KEYBOARD_AND_MAP = 0x0003
ALL_MAP_PARTS = 0x00FF
SLAVE_KEYBOARD = 4
INJECTED = "XTEST keyboard"
_GET_STATE = 4
_STATE_WANTED = struct.Struct("=BBHHxx")
_STATE = struct.Struct("=8xB3xBB")
"""XkbGetState's answer: modifiers, group, and how much of the group is locked."""


class UseExtension(rq.ReplyRequest):
    """XkbUseExtension: must come first."""

    _request = rq.Struct(
        rq.Card8("opcode"), rq.Opcode(0), rq.RequestLength(), rq.Card16("major"), rq.Card16("minor")
    )
    _reply = rq.Struct(
        rq.ReplyCode(),
        rq.Bool("supported"),
        rq.Card16("sequence_number"),
        rq.ReplyLength(),
        rq.Card16("server_major"),
        rq.Card16("server_minor"),
        rq.Pad(20),
    )


class SelectEvents(rq.Request):
    """XkbSelectEvents, for changes of the map."""

    _request = rq.Struct(
        rq.Card8("opcode"),
        rq.Opcode(1),
        rq.RequestLength(),
        rq.Card16("device"),
        rq.Card16("affect_which"),
        rq.Card16("clear"),
        rq.Card16("select_all"),
        rq.Card16("affect_map"),
        rq.Card16("map"),
    )


class LatchLockState(rq.Request):
    """XkbLatchLockState, for the group only."""

    _request = rq.Struct(
        rq.Card8("opcode"),
        rq.Opcode(5),
        rq.RequestLength(),
        rq.Card16("device"),
        rq.Pad(2),
        rq.Card8("lock_group"),
        rq.Card8("group"),
        rq.Pad(6),
    )


class GetMap(rq.ReplyRequest):
    """XkbGetMap, for key types and symbols."""

    _request = rq.Struct(
        rq.Card8("opcode"),
        rq.Opcode(8),
        rq.RequestLength(),
        rq.Card16("device"),
        rq.Card16("full"),
        rq.Card16("partial"),
        rq.Pad(18),
    )
    _reply = rq.Struct(
        rq.ReplyCode(),
        rq.Card8("device"),
        rq.Card16("sequence_number"),
        rq.ReplyLength(),
        rq.Pad(7),
        rq.Card8("number_of_types"),
        rq.Pad(1),
        rq.Card8("first_key"),
        rq.Pad(2),
        rq.Card8("number_of_keys"),
        rq.Pad(19),
        rq.Binary("content"),
    )


class Xkb:
    """The keyboard of an X server as XKB knows it; belongs to the thread of its connection.

    Raises:
        EffectFailed: the server has no XKB.
    """

    def __init__(self, connection: Display) -> None:
        require(connection, xinput.extname)
        extension = connection.query_extension(EXTENSION)
        if extension is None:
            raise EffectFailed(f"the X server has no {EXTENSION}")
        self._connection = connection
        self._display: Any = connection.display
        self._opcode = extension.major_opcode
        self._ask(UseExtension, major=1, minor=0)
        self._ask(
            SelectEvents,
            device=CORE_KEYBOARD,
            affect_which=NEW_KEYBOARD_AND_MAP,
            clear=0,
            select_all=NEW_KEYBOARD_AND_MAP,
            affect_map=ALL_MAP_PARTS,
            map=ALL_MAP_PARTS,
        )
        self._injector = injector(connection)

    def _ask(self, request: type[rq.Request] | type[rq.ReplyRequest], **fields: int) -> Any:
        made: Any = request
        return made(display=self._display, opcode=self._opcode, **fields)

    def keymap(self) -> Keymap:
        """Return the map that injected keys are looked up in."""
        reply = self._ask(GetMap, device=self._injector, full=TYPES_AND_SYMBOLS, partial=0)
        return parsed(
            bytes(reply.content),
            types=reply.number_of_types,
            first_key=reply.first_key,
            keys=reply.number_of_keys,
        )

    def state(self) -> State:
        """Return the modifiers and the group that a key would meet now."""
        wanted = _STATE_WANTED.pack(self._opcode, _GET_STATE, 2, CORE_KEYBOARD)
        return State(*_STATE.unpack_from(Question(self._connection, wanted).answer()))

    def lock_group(self, group: int) -> None:
        """Make another layout of the keyboard the active one."""
        self._ask(LatchLockState, device=CORE_KEYBOARD, lock_group=1, group=group)


def injector(connection: Display) -> int:
    """Return the device that injected keys come from; its map can differ from the person's keyboard's."""
    for device in xinput.query_device(connection, xinput.AllDevices).devices:
        name = device.name
        text = name.decode("utf-8", "replace") if isinstance(name, bytes) else str(name)
        if device.use == SLAVE_KEYBOARD and text.endswith(INJECTED):
            return int(device.deviceid)
    return CORE_KEYBOARD
