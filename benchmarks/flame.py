"""Draws a flame graph: each box is a call, as wide as the processor time in it and in what it called.

The picture stands for itself: no script, no outside font; a box tells its share
when the pointer rests on it. What is narrower than a few pixels is left out.
"""

import re
import zlib
from collections.abc import Iterable
from colorsys import hls_to_rgb
from dataclasses import dataclass, field
from html import escape

from benchmarks.sampling import LINE_MARK, Second

WIDTH, ROW, EDGE = 1600, 17, 12
HEAD = 56
LETTER = 6.6
"""Pixels of a letter, about."""

NARROWEST = 3.0
LABELLED = 24
"""Pixels that a box has at least to hold a word."""

THREAD = "thread "
COLOURS = {
    "agent": (24, 72),
    "technician_console": (205, 55),
    "session": (130, 38),
    "byleave": (45, 20),
    "thread": (0, 0),
}
"""Hue and saturation by the package that a call belongs to."""

LIBRARY = (285, 22)
LINE = (50, 65)


@dataclass
class Box:
    """A call, and what it called.

    Attributes:
        name: of the call.
        seconds: processor seconds in it, with all that it called.
    """

    name: str
    seconds: float = 0.0
    calls: "dict[str, Box]" = field(default_factory=dict)

    def add(self, stack: Iterable[str], seconds: float) -> None:
        """Take the time of one stack, the outermost call first."""
        box = self
        box.seconds += seconds
        for name in stack:
            box = box.calls.setdefault(name, Box(name))
            box.seconds += seconds

    def depth(self, least: float) -> int:
        """Return how many calls are on top of each other, where they take that long at least."""
        return 1 + max(
            (each.depth(least) for each in self.calls.values() if each.seconds >= least), default=0
        )


def tree(seconds: Iterable[Second]) -> Box:
    """Return what all threads did: each thread's time is as the system says, shared as it was seen."""
    root = Box("all")
    cpu: dict[str, float] = {}
    seen: dict[str, dict[str, int]] = {}
    for each in seconds:
        cpu[each.thread] = cpu.get(each.thread, 0.0) + each.cpu
        stacks = seen.setdefault(each.thread, {})
        for stack, times in each.stacks.items():
            stacks[stack] = stacks.get(stack, 0) + times
    for thread, spent in cpu.items():
        stacks = seen[thread] or {"": 1}
        for stack, times in stacks.items():
            calls = stack.split(";") if stack else []
            root.add([f"{THREAD}{thread}", *calls], spent * times / sum(stacks.values()))
    return root


def draw(root: Box, title: str, seconds: float) -> str:
    """Return the picture as SVG.

    Args:
        root: what was measured.
        title: above it.
        seconds: of the clock on the wall that it took.
    """
    least = root.seconds * NARROWEST / (WIDTH - 2 * EDGE)
    height = HEAD + EDGE + ROW * (root.depth(least) - 1)
    load = 100 * root.seconds / seconds
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" '
        'font-family="Verdana, DejaVu Sans, sans-serif" font-size="11">',
        f'<rect width="{WIDTH}" height="{height}" fill="#fff"/>',
        f'<text x="{EDGE}" y="22" font-size="16">{escape(title)}</text>',
        f'<text x="{EDGE}" y="42" fill="#555">{root.seconds:.1f} s of a core in {seconds:.0f} s '
        f"({load:.0f} %). Orange: agent; blue: console; green: session; "
        "violet: libraries; yellow: the line that ran.</text>",
    ]
    _boxes(root, EDGE, HEAD, (WIDTH - 2 * EDGE) / root.seconds, root.seconds, parts)
    return "\n".join([*parts, "</svg>\n"])


def _boxes(box: Box, left: float, top: int, scale: float, all_of_it: float, parts: list[str]) -> None:
    for call in sorted(box.calls.values(), key=lambda each: each.name):
        width = call.seconds * scale
        if width >= NARROWEST:
            words = f"{call.name}: {100 * call.seconds / all_of_it:.1f} %"
            place = f'x="{left:.1f}" y="{top}" width="{width - 0.5:.1f}" height="{ROW - 1}"'
            label = f'<text x="{left + 3:.1f}" y="{top + 12}">{escape(_fitted(call.name, width - 6))}</text>'
            parts.append(
                f'<g><title>{escape(words)}</title><rect {place} fill="{_colour(call.name)}"/>'
                f"{label if width > LABELLED else ''}</g>"
            )
            _boxes(call, left, top + ROW, scale, all_of_it, parts)
        left += width


def _fitted(name: str, width: float) -> str:
    """Return a name as far as there is room: without the packages, then without its end."""
    if not name.startswith((LINE_MARK, THREAD)):
        module, _, call = name.partition(" ")
        name = f"{module.rpartition('.')[2]} {call}"
    letters = int(width / LETTER)
    return name if len(name) <= letters else f"{name[: max(0, letters - 1)]}…"


def _colour(name: str) -> str:
    package = re.split(r"[. ]", name, maxsplit=1)[0]
    hue, saturation = LINE if name.startswith(LINE_MARK) else COLOURS.get(package, LIBRARY)
    # Neighbours differ a little, so that their edges are seen.
    light = (72 + zlib.crc32(name.encode()) % 12) / 100
    parts = hls_to_rgb(hue / 360, light, saturation / 100)
    return "#" + "".join(f"{round(part * 255):02x}" for part in parts)
