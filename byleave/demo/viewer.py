"""A window on the user's own display that shows the person's desktop (Debian: tigervnc-viewer)."""

import shutil
from collections.abc import Mapping
from subprocess import Popen

from byleave.demo.desktop import Desktop

PROGRAM = "xtigervncviewer"

# All that the user may have set otherwise for other desktops. It asks nothing when the desktop ends.
OPTIONS = (
    "-Shared",
    "-FullScreen=0",
    "-Maximize=0",
    "-ViewOnly=0",
    "-RemoteResize=0",
    "-SendClipboard=0",
    "-AcceptClipboard=0",
    "-MenuKey=",
    "-QualityLevel=9",
    "-ReconnectOnError=0",
    "-AlertOnFatalError=0",
)


def installed(display: Mapping[str, str]) -> bool:
    """Say whether there is a viewer for this user."""
    return shutil.which(PROGRAM, path=display.get("PATH")) is not None


def open_viewer(desktop: Desktop, display: Mapping[str, str]) -> "Popen[bytes]":
    """Open a VNC viewer in which the user is the person; it ends with the desktop, or when it is closed.

    Args:
        desktop: what is shown.
        display: the variables that lead to the user's own display.
    """
    command = [PROGRAM, *OPTIONS, f"127.0.0.1::{desktop.display.port}"]
    return desktop.children.start("viewer", command, display)
