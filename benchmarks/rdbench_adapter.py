"""Byleave as a peer of the side-by-side bench, which measures remote desktops from outside.

`RDBENCH_PLUGIN=benchmarks/rdbench_adapter.py RDBENCH_SOURCE=xvnc python -m rdbench run --peers ours`

Nothing is opened for the bench: the person adopts, types the code, ticks, waits
until `Allow` is armed and presses it, with the devices of the source display. The
technician signs in and asks as always. docs/performance.md says how to run it.

Our banner lies on the person's screen and is shown to the technician like everything
there. At rest the bench compares with a grab of the source display, which has it; in
motion it compares with its own drawing of the scene, which has not. So what the banner
covers does not count there.
"""

import sys
from pathlib import Path
from subprocess import Popen
from typing import Any

from rdbench import scenes
from rdbench.adapters import Adapter, register

PROJECT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(PROJECT))

from benchmarks.meeting import Meeting  # noqa: E402 - the bench knows the file only, not the project

_what_counts = scenes.codes_mask


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
        self._agent = self._meeting.start_agent()
        return [self._agent], None

    def start_viewer(self, ctx: Any, host: str, port: None) -> list["Popen[bytes]"]:
        """Start the console."""
        return [self._meeting.start_console()]

    def connected(self, ctx: Any) -> None:
        """Play both people, once."""
        self._meeting.play()
        scenes.codes_mask = self._what_counts

    def _what_counts(self, scene: str) -> Any:
        mask = _what_counts(scene)
        if self._agent.poll() is None:  # else it is another peer's turn
            banner, (left, top, *_) = self._meeting.banner, scenes.SCENES[scene]["region"]
            x, y = banner.x - left, banner.y - top
            mask[max(0, y) : max(0, y + banner.height), max(0, x) : max(0, x + banner.width)] = False
        return mask
