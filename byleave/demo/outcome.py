"""What came of the demo: figures, promises, `summary.json` and a table."""

import json
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from byleave.demo import canaries, heard
from byleave.demo.cast import NUMBER, TECHNICIAN, Cast
from byleave.demo.opened import Opened
from byleave.demo.story import FROM_PERSON, FROM_TECHNICIAN, PURPOSE, TICKET, TYPED, Told

MILESTONES = ("M1", "M2", "M3", "M4", "M5", "M6")
STOP_LIMIT_MS = 200.0
SCRIPT = {
    "typed": [TYPED],
    "chat of the technician": [FROM_TECHNICIAN],
    "chat of the person": [FROM_PERSON],
    "purpose": [PURPOSE],
    "ticket": [TICKET],
}
"""What is said where nobody improvises."""


@dataclass
class Outcome:
    """The figures of one demo, as `summary.json` holds them, and the promises that were broken.

    `frames_shown` counts what the console painted, so it may be less than `frames_sent`, or a little
    more. Where a user played, nothing was timed: `latency_ms`, `frames_per_second` and `stop_ms` are null.
    """

    figures: dict[str, Any] = field(default_factory=dict)
    broken: list[str] = field(default_factory=list)

    def promise(self, kept: bool, words: str) -> None:
        """Note a promise that was not kept."""
        if not kept:
            self.broken.append(words)

    def table(self) -> str:
        """Return the figures as lines of text."""
        rows = []
        for name, value in self.figures.items():
            if value is None:
                continue
            if isinstance(value, dict):
                value = ", ".join(f"{key} {one}" for key, one in value.items())
            elif isinstance(value, list):
                value = ", ".join(str(one) for one in value)
            rows.append(f"  {name.replace('_', ' '):26} {value}")
        return "\n".join(rows)

    def write(self, path: Path) -> None:
        """Write `summary.json`."""
        path.write_text(json.dumps({**self.figures, "broken_promises": self.broken}, indent=2) + "\n")


def last_line(path: Path) -> dict[str, Any]:
    """Return the last session of a history."""
    return dict(json.loads(path.read_text().splitlines()[-1]))


def judge(cast: Cast, told: Told, opened: Opened, verdict: dict[str, Any], mp4: Path) -> Outcome:
    """Put the figures together and see which promises were kept.

    Args:
        cast: everybody, with their state folders.
        told: what the story measured.
        opened: the recording in clear.
        verdict: what `byleave audit verify --json` said.
        mp4: the exported film.
    """
    agent = last_line(cast.agent_state / "history.jsonl")
    console = last_line(cast.console_state / "history.jsonl")
    hits, control = _searched(cast, told, opened)
    film = probe_film(mp4)
    outcome = Outcome()
    outcome.figures = {
        "milestones": list(MILESTONES),
        "session_id": agent["sid"],
        "technician": f"{TECHNICIAN} (technician:{NUMBER})",
        "granted": agent["granted"],
        "reason": agent["reason"],
        "kex": console["kex"],
        "cipher": console["cipher"],
        "frames_sent": agent["frames_sent"],
        "frames_recorded": film["frames"],
        "frames_shown": console["frames_shown"],
        "input_sent": console["input_sent"],
        "input_applied": agent["input_applied"],
        "relay_plaintext_hits": sum(hits.values()),
        "plaintext_control_hits": sum(control.values()),
        "recording": {
            "verified": bool(verdict.get("verified")),
            "stock_tools": bool(verdict.get("stock_tools")),
            "segments": sum(".screen-" in name for name in opened.streams),
            "statements": agent["statements"],
            "duration_s": film["duration"],
            "mp4": mp4.name,
        },
    }
    outcome.figures |= _timed(told)
    if told.guided:
        # The user says and types what they like, so a table without this would look like the other one.
        outcome.figures["searched_for"] = sorted(hits)
    _check(outcome, told, hits, control)
    return outcome


def _timed(told: Told) -> dict[str, Any]:
    """Return what was timed; null where nobody did."""
    measured = told.measurement
    latency = None if measured is None else {"p50": round(measured.p50, 1), "p95": round(measured.p95, 1)}
    return {
        "stop_ms": None if told.stop_ms is None else round(told.stop_ms, 1),
        "latency_ms": latency,
        "frames_per_second": None if measured is None else round(measured.frames_per_second, 1),
    }


def _check(outcome: Outcome, told: Told, hits: dict[str, int], control: dict[str, int]) -> None:
    figures = outcome.figures
    for name, count in hits.items():
        outcome.promise(count == 0, f"the relay saw {name} in clear, {count} times")
    for name, count in control.items():
        # The code is said on the telephone and is nowhere in a recording.
        outcome.promise(count > 0 or name == "code", f"the search cannot find {name} even where it is")
    outcome.promise(figures["recording"]["verified"], "the recording does not verify")
    outcome.promise(figures["recording"]["stock_tools"], "stock tools do not find the bundle whole")
    outcome.promise(
        figures["frames_recorded"] == figures["frames_sent"] > 0, "not every frame that was sent is recorded"
    )
    outcome.promise(0 < figures["frames_shown"], "the console showed nothing")
    least = 0 if told.guided else 1
    outcome.promise(
        least <= figures["input_applied"] <= figures["input_sent"],
        "more input was applied than was sent, or none",
    )
    if told.stop_ms is not None:
        outcome.promise(told.stop_ms <= STOP_LIMIT_MS, f"Stop took {told.stop_ms:.1f} ms")


def _searched(cast: Cast, told: Told, opened: Opened) -> tuple[dict[str, int], dict[str, int]]:
    """Search the same canaries in all that the relay got and kept, and in the opened recording."""
    words = opened.said() if told.guided else SCRIPT
    wanted = {
        kind: [form for text in texts for form in canaries.forms(text)] for kind, texts in words.items()
    }
    if told.code:
        wanted["code"] = [told.code.encode(), told.code[4:].encode(), told.code[4:9].encode()]
    wanted["screen"] = opened.screen_blocks()

    def everything() -> Any:
        yield from heard.unmasked(cast.folder / "wire")
        yield from canaries.stored(cast.office / "relay")

    return canaries.search(wanted, everything()), canaries.search(wanted, opened.sources())


def probe_film(mp4: Path) -> dict[str, Any]:
    """Return the number of frames and the duration in seconds that `ffprobe` finds."""
    entries = "stream=nb_read_packets:format=duration"
    options = ["-v", "error", "-count_packets", "-select_streams", "v:0", "-show_entries", entries]
    done = subprocess.run(
        ["ffprobe", *options, "-of", "json", str(mp4)], capture_output=True, text=True, check=True
    )
    found = json.loads(done.stdout)
    return {
        "frames": int(found["streams"][0]["nb_read_packets"]),
        "duration": round(float(found["format"]["duration"]), 1),
    }


def checked_by_stock_tools(bundle: Path, identity: Path) -> bool:
    """Run the bundle's own script, which needs nothing of ours; tell whether it found all of it whole."""
    command = ["bash", str(bundle / "verify.sh"), "--identity", str(identity)]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0
