"""What a program holds of the computer: memory and descriptors."""

from collections.abc import Mapping
from dataclasses import dataclass
from subprocess import Popen
from typing import Any

import psutil

MEGABYTE = 1_000_000
MEMORY_LIMITS = {"agent": 250.0, "console": 300.0}
"""Megabytes at 1920x1080."""


@dataclass(frozen=True)
class Footprint:
    """At one moment.

    Attributes:
        megabytes: its share of the memory: what it shares with others is divided among them.
        own: of that, what nobody else uses; it doesn't depend on who else runs.
        descriptors: open files, sockets and the like.
    """

    megabytes: float
    own: float
    descriptors: int

    def __str__(self) -> str:
        """Say it in words."""
        return f"{self.megabytes:.0f} MB ({self.own:.0f} its own), {self.descriptors} descriptors"


def footprint(process: psutil.Process) -> Footprint:
    """Measure a program with all that it has started."""
    everyone = [process, *process.children(recursive=True)]
    memory = [each.memory_full_info() for each in everyone]
    return Footprint(
        sum(each.pss for each in memory) / MEGABYTE,
        sum(each.uss for each in memory) / MEGABYTE,
        sum(each.num_fds() for each in everyone),
    )


def footprints(programs: Mapping[str, "Popen[Any]"]) -> dict[str, Footprint]:
    """Measure each of them, by name."""
    return {name: footprint(psutil.Process(program.pid)) for name, program in programs.items()}
