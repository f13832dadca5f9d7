"""A window on the user's own display that shows the person's desktop (Debian: tigervnc-viewer)."""

from collections.abc import Mapping
from subprocess import Popen

from byleave.demo.desktop import Desktop

PROGRAM = "xtigervncviewer"


def open_viewer(desktop: Desktop, display: Mapping[str, str]) -> "Popen[bytes]":
    """Open a VNC viewer in which the user is the person; it ends with the desktop, or when it is closed.

    Args:
        desktop: what is shown.
        display: the variables that lead to the user's own display.
    """
    options = [
        "-Shared",
        "-RemoteResize=0",
        "-SendClipboard=0",
        "-AcceptClipboard=0",
        "-MenuKey=",
        "-QualityLevel=9",
    ]
    command = [PROGRAM, *options, f"127.0.0.1::{desktop.display.port}"]
    return desktop.children.start("viewer", command, display)
