"""What the demo takes from the environment, read once."""

import os
from collections.abc import Mapping
from dataclasses import dataclass

DISPLAY_VARIABLES = (
    *("DISPLAY", "XAUTHORITY", "HOME", "PATH", "LANG", "XDG_RUNTIME_DIR"),
    # A screen reader is found by it, and a window is as large as its user has set.
    *("DBUS_SESSION_BUS_ADDRESS", "QT_SCALE_FACTOR", "QT_SCREEN_SCALE_FACTORS"),
)


@dataclass(frozen=True)
class Surroundings:
    """Where the demo was started.

    Attributes:
        display: the variables that lead to the user's own X display; None if there is none, or if
            `BYLEAVE_HEADLESS` is set to anything but nothing or 0.
    """

    display: Mapping[str, str] | None


def read(environment: Mapping[str, str] = os.environ) -> Surroundings:
    """Return the surroundings that the environment tells of."""
    headless = environment.get("BYLEAVE_HEADLESS", "") not in {"", "0"}
    if headless or not environment.get("DISPLAY"):
        return Surroundings(display=None)
    return Surroundings(
        display={name: environment[name] for name in DISPLAY_VARIABLES if name in environment}
    )
