"""The X Input Extension 2, as far as the windows need it (XI2proto 2.2).

Qt's connection is libxcb's and the XInput part of libxcb need not be installed,
so the one request that has to travel on it is built here by hand.
"""

import ctypes
import struct
from typing import Any

from Xlib.display import Display

GENERIC = 35
SENT = 0x80
CORE_KEY_PRESS, CORE_KEY_RELEASE = 2, 3
CORE_INPUT = frozenset(range(2, 7))
"""Core KeyPress, KeyRelease, ButtonPress, ButtonRelease and MotionNotify."""

BUTTON_PRESS, BUTTON_RELEASE, MOTION = 4, 5, 6
TOUCH_BEGIN, TOUCH_UPDATE, TOUCH_END = 18, 19, 20
POINTER_EVENTS = frozenset({BUTTON_PRESS, BUTTON_RELEASE, MOTION, TOUCH_BEGIN, TOUCH_UPDATE, TOUCH_END})
RAW_KEY_PRESS, RAW_KEY_RELEASE, RAW_MOTION = 13, 14, 17
RAW_EVENTS = frozenset({RAW_KEY_PRESS, RAW_KEY_RELEASE, RAW_MOTION})

CORE_TIME, CORE_WINDOW = 4, 12
XI2_WINDOW = 24
# libxcb puts four bytes of its own (`full_sequence`) after the first 32 of a generic event.
XI2_SOURCE = 56
RAW_SOURCE = 20
SHORTEST, LONGEST = 32, 60

SELECT_EVENTS = 46
ALL_DEVICES, ALL_MASTERS = 0, 1
SLAVE_POINTER, SLAVE_KEYBOARD = 3, 4
EXTENSION = "XInputExtension"


class Unsupported(Exception):
    """This display cannot tell a hand from a program."""


class Devices:
    """Which source is a physical device; asks the server again when an unknown one shows up.

    Args:
        display: a connection of its own.

    Raises:
        Unsupported: there is no XInput 2, or what is behind the display hides the devices.
    """

    def __init__(self, display: Display) -> None:
        if "XWAYLAND" in display.list_extensions():
            # There every program's input comes through one device of the compositor.
            raise Unsupported("XWayland hides which device an event came from")
        if not display.query_extension(EXTENSION):
            raise Unsupported("no XInput")
        display.xinput_query_version()
        self._display = display
        self._test_device = display.intern_atom("XTEST Device")
        self._known: dict[int, bool] = {}
        self._ask()
        if not any(self._known.values()):
            raise Unsupported("no physical pointer or keyboard")

    def physical(self, source: int) -> bool:
        """Tell whether a source id is a physical pointer or keyboard."""
        if source not in self._known:
            self._ask()
        return self._known.setdefault(source, False)

    def _ask(self) -> None:
        answer = self._display.xinput_query_device(ALL_DEVICES)
        self._known = {device.deviceid: self._is_physical(device) for device in answer.devices}

    def _is_physical(self, device: Any) -> bool:
        if device.use not in {SLAVE_POINTER, SLAVE_KEYBOARD} or "XTEST" in str(device.name):
            return False
        listed = self._display.xinput_list_device_properties(device.deviceid)
        return self._test_device not in listed.atoms


def opcode(display: Display) -> int:
    """Return the extension's major opcode, which is the same for every client of a server.

    Raises:
        Unsupported: there is no XInput.
    """
    found = display.query_extension(EXTENSION)
    if not found:
        raise Unsupported("no XInput")
    return int(found.major_opcode)


class _Part(ctypes.Structure):
    _fields_ = (("base", ctypes.c_void_p), ("length", ctypes.c_size_t))


class _Request(ctypes.Structure):
    _fields_ = (
        ("count", ctypes.c_size_t),
        ("extension", ctypes.c_void_p),
        ("opcode", ctypes.c_uint8),
        ("is_void", ctypes.c_uint8),
    )


def select_raw_events(connection: ctypes.c_void_p, root: int, major: int, *, motion: bool) -> None:
    """Ask for raw keys of all masters on a libxcb connection, and for raw motion or no longer.

    Args:
        connection: an `xcb_connection_t *`.
        root: the root window.
        major: the extension's opcode.
        motion: whether raw motion is wanted, up to a thousand events a second.
    """
    mask = 1 << RAW_KEY_PRESS | 1 << RAW_KEY_RELEASE | motion << RAW_MOTION
    body = struct.pack("<BBHIHHHHI", 0, SELECT_EVENTS, 0, root, 1, 0, ALL_MASTERS, 1, mask)
    buffer = ctypes.create_string_buffer(body, len(body))
    # libxcb writes into the two parts in front of the first one (xcbext.h, xcb_send_request).
    parts = (_Part * 4)()
    parts[2] = _Part(ctypes.addressof(buffer), len(body))
    xcb = ctypes.CDLL("libxcb.so.1")
    xcb.xcb_send_request.restype = ctypes.c_uint
    xcb.xcb_send_request.argtypes = (
        ctypes.c_void_p,
        ctypes.c_int,
        ctypes.c_void_p,
        ctypes.POINTER(_Request),
    )
    xcb.xcb_flush.argtypes = (ctypes.c_void_p,)
    first = ctypes.addressof(parts) + 2 * ctypes.sizeof(_Part)
    xcb.xcb_send_request(connection, 0, first, ctypes.byref(_Request(1, None, major, 1)))
    xcb.xcb_flush(connection)
