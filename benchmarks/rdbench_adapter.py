"""Byleave as a peer of the side-by-side bench, which measures remote desktops from outside.

`RDBENCH_PLUGIN=benchmarks/rdbench_adapter.py RDBENCH_SOURCE=xvnc python -m rdbench run --peers ours`

Nothing is opened for the bench: the person adopts, types the code, ticks, waits
until `Allow` is armed and presses it, with the devices of the source display. The
technician signs in and asks as always. docs/performance.md says how to run it.
"""

import sys
from pathlib import Path
from subprocess import Popen
from typing import Any

from rdbench.adapters import Adapter, register

PROJECT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(PROJECT))

from benchmarks.meeting import Meeting  # noqa: E402 - the bench knows the file only, not the project


@register
class Byleave(Adapter):
    """Agent, relay and console on the bench's two displays."""

    name = "ours"
    label = "Byleave: agent, relay, console"
    settings = "SSH from end to end through the relay, recorded, sealed and uploaded meanwhile"
    encrypted = True
    startup_s = 150

    def available(self) -> bool:
        """It always is."""
        return True

    def start_server(self, ctx: Any) -> tuple[list["Popen[bytes]"], None]:
        """Found the organisation, start the relay, let the person adopt and start the agent."""
        if not hasattr(ctx, "src_rfb"):
            raise RuntimeError("Byleave's consent answers to real devices only: set RDBENCH_SOURCE=xvnc")
        self._meeting = Meeting(ctx)
        self.relay = [self._meeting.open_office()]
        return [self._meeting.start_agent()], None

    def start_viewer(self, ctx: Any, host: str, port: None) -> list["Popen[bytes]"]:
        """Start the console."""
        return [self._meeting.start_console()]

    def connected(self, ctx: Any) -> None:
        """Play both people, once."""
        self._meeting.play()
