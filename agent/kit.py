"""What the engine hands to every session: state, windows, words, screen and clock."""

from collections.abc import Callable
from dataclasses import dataclass

from agent.capture.desktop import Desktop
from agent.state import Home
from agent.view import Windows, boot_time
from agent.words import Words


@dataclass(frozen=True)
class Kit:
    """The surroundings of a session; the clock counts seconds of the boot-time clock."""

    home: Home
    windows: Windows
    words: Words
    desktop: Desktop
    clock: Callable[[], float] = boot_time
