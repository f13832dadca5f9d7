"""Where, as whom and by which clocks a session is held."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from technician_console.credentials import Credentials
from technician_console.meeting import Relay
from technician_console.organisation import Organisation
from technician_console.public_log import PublicLog
from technician_console.surface import Surface


@dataclass(frozen=True)
class Setting:
    """Where and as whom a session is held.

    Args:
        relay: where the relay is.
        organisation: whose session it is.
        credentials: who holds it.
        log: the organisation's.
        surface: gets the views.
        clock: seconds of a clock that only goes forward.
        wall: seconds since 1970.
        tick_seconds: how often the clock is looked at.
    """

    relay: Relay
    organisation: Organisation
    credentials: Credentials
    log: PublicLog
    surface: Surface
    clock: Callable[[], float] = time.monotonic
    wall: Callable[[], float] = time.time
    tick_seconds: float = 0.5
