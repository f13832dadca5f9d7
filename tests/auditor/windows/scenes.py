"""The replay window in every state, for `make pictures`."""

from collections.abc import Callable
from dataclasses import replace
from functools import cache, partial

import cv2
import numpy
from PySide6.QtWidgets import QApplication, QWidget

from auditor.findings import Status
from auditor.playback import Playback
from auditor.timeline import Kind, Row, Span, Timeline, Track
from auditor.verify import STEPS
from auditor.view import AskReason, Badge, CheckLine, Header, Loading, Problem, Tone, player
from auditor.wall import Place, together
from auditor.windows.checks import Checks
from auditor.windows.replay_window import ReplayWindow
from auditor.windows.theme import Theme
from session.canvas import Pixels

TITLE = "Session 5f92b923ec677f63… · https://relay.acme.example"
PURPOSE = "Outlook does not open since the update"


class Silent:
    """Wants nothing: the intents of a window that is only looked at."""

    def __getattr__(self, name: str) -> Callable[..., None]:
        return lambda *_: None


def checked(status: Status = Status.PASSED) -> tuple[CheckLine, ...]:
    """Return the lines of a check, the last but two of which ended like this."""
    lines = [CheckLine(Status.PASSED, step.name, step.proves) for step in STEPS]
    remark = {
        Status.PASSED: "1204 pictures and 389 events, all within what was allowed",
        Status.FAILED: "sessions/5f92b923/seg/000012.events.jsonl.age: line 7 is not an event",
        Status.SKIPPED: "",
    }[status]
    lines[-3] = replace(lines[-3], status=status, remarks=(remark,) if remark else ())
    lines[-1] = replace(lines[-1], remarks=("access by auditor:2001: complaint 4821",))
    return tuple(lines)


VERIFIED = Badge(Tone.OK, "Verified", "Nothing was changed, and nothing is missing.", checked())
UNPINNED = Badge(
    Tone.WARNING,
    "Organisation not confirmed",
    "Everything agrees, but nobody has said that this root key is the organisation's.",
    checked(Status.SKIPPED),
)
FAILED = Badge(
    Tone.DANGER,
    "Not verified",
    "The sealed content cannot be read, or shows something that was not allowed. "
    "Do not rely on what you see here.",
    checked(Status.FAILED),
)
ROWS = (
    Row(
        4_000, Kind.CONSENT, "Allowed", "view for 30 minutes · “Outlook does not open since the update”", True
    ),
    Row(4_200, Kind.SCREEN, "Sees the screen", "monitor 1, 1920 × 1080"),
    Row(4_300, Kind.STANDING, "Viewing"),
    Row(9_000, Kind.CHAT, "The technician wrote", "Hello! I can see your screen now."),
    Row(
        21_000,
        Kind.CHAT,
        "The person wrote",
        "It says the profile cannot be loaded. <b>Shall</b> I restart?",
        True,
    ),
    Row(38_000, Kind.CONSENT, "More allowed", "now: control, view", True),
    Row(38_100, Kind.STANDING, "Controlling"),
    Row(52_000, Kind.INPUT, "Typed, clicked 3 times", "outlook.exe /resetnavpane⏎"),
    Row(75_000, Kind.INPUT, "Clicked 2 times, scrolled"),
    Row(98_000, Kind.HOLD, "Paused", "the person paused it", True),
    Row(131_000, Kind.HOLD, "Goes on", "Controlling"),
    Row(160_000, Kind.REFUSAL, "Had no effect", "key: it would have reached Byleave's own window"),
    Row(181_000, Kind.INPUT, "Typed", "The quick brown fox jumps over the lazy dog and then some[Ctrl+S]"),
    Row(205_000, Kind.FACTS, "Was told about the computer", "System: Debian GNU/Linux 12 · Memory: 16 GB"),
    Row(232_000, Kind.DENIED, "Taken back", "now: view", True),
    Row(250_000, Kind.CHAT, "The person wrote", "Thank you very much, it works again!", True),
    Row(262_000, Kind.END, "Ended", "the person stopped it"),
)


def timeline() -> Timeline:
    """Return a session of some four minutes."""
    wave = numpy.abs(numpy.sin(numpy.arange(240) / 9) * numpy.sin(numpy.arange(240) / 31))
    wave[90:120] = 0
    wave[:4] = 0
    return Timeline(
        opened_ms=1_800_000_000_000,
        length=264_000,
        first=4_000,
        rows=ROWS,
        activity=tuple(float(each) for each in wave),
        still=(Span(98_000, 131_000),),
        standings=((4_300, "Viewing"), (38_100, "Controlling"), (98_000, "Paused"), (131_000, "Controlling")),
        technician=Track((52_000, 239_000), ((0, 780, 452), (0, 1100, 300))),
        person=Track((0,), ((0, 1210, 700),)),
        clicks=(52_000,),
    )


def desktop() -> Pixels:
    """Return a screen with a window on it."""
    picture = numpy.full((1080, 1920, 4), (120, 92, 62, 255), dtype=numpy.uint8)
    cv2.rectangle(picture, (260, 130), (1520, 900), (250, 250, 250, 255), -1)
    cv2.rectangle(picture, (260, 130), (1520, 176), (70, 60, 52, 255), -1)
    for number in range(18):
        words = f"{number + 1:2}  A line of a letter that the person was writing about the printer"
        place = (300, 230 + number * 36)
        cv2.putText(picture, words, place, cv2.FONT_HERSHEY_SIMPLEX, 0.8, (40, 30, 20, 255), 1, cv2.LINE_AA)
    cv2.rectangle(picture, (0, 1040), (1920, 1080), (45, 40, 36, 255), -1)
    return picture


@cache
def theme() -> Theme:
    """Return the process's theme."""
    application = QApplication.instance()
    assert isinstance(application, QApplication)
    return Theme(application)


def window() -> ReplayWindow:
    """Return the window, empty."""
    return ReplayWindow(theme(), Silent())


def playing(
    badge: Badge, position: int, *, pictured: bool = True, speed: float = 1.0, purpose: str = PURPOSE
) -> QWidget:
    """Return the window in the middle of a recording."""
    header = Header(
        title="Maya Ortiz (technician:1001) · Acme IT Help Desk",
        subtitle=f"2027-01-15 08:00:00 UTC · {purpose} · 4821",
        badge=badge,
        length="04:24",
        blank="Nothing of the screen had been shown yet.",
    )
    made = window()
    state = player(header, timeline(), Playback(264_000, position, 0.0, speed, playing=pictured), 0.0)
    made.render_state(state)
    if pictured:
        made.player.stage.show_picture(desktop())
    return made


def two_monitors() -> QWidget:
    """Return the window while the technician saw two monitors, with a pointer on the second one."""
    made = playing(VERIFIED, 61_000)
    assert isinstance(made, ReplayWindow)
    upright = numpy.full((1600, 1200, 4), (60, 120, 90, 255), dtype=numpy.uint8)
    cv2.rectangle(upright, (100, 200), (1100, 1300), (240, 248, 250, 255), -1)
    places = (Place(0, 0, 0), Place(1, 1920, 120))
    made.player.stage.show_picture(*together({0: desktop(), 1: upright}, places))
    made.player.stage.show_pointers((1, 400, 500), (0, 1210, 700), clicked=True)
    return made


def asking(fault: str = "") -> QWidget:
    """Return the window that asks why."""
    made = window()
    made.render_state(AskReason(TITLE, "Ida Auditor", fault))
    return made


def loading() -> QWidget:
    """Return the window while it checks."""
    made = window()
    made.render_state(Loading(TITLE, "countersignatures", 8, len(STEPS)))
    return made


def problem() -> QWidget:
    """Return the window that shows nothing."""
    made = window()
    words = "The recording could not be confirmed."
    made.render_state(Problem(TITLE, words, "seg/000004.json: a statement is not in its canonical encoding"))
    return made


def checks(badge: Badge) -> QWidget:
    """Return the list of what was checked."""
    return Checks(theme(), badge)


SCENES: dict[str, Callable[[], QWidget]] = {
    "reason": asking,
    "two-monitors": two_monitors,
    "reason-refused": partial(asking, "The relay does not admit this certificate any more."),
    "loading": loading,
    "problem": problem,
    "playing": partial(playing, VERIFIED, 52_300),
    "paused-at-start": partial(playing, VERIFIED, 1_000, pictured=False),
    "held": partial(playing, UNPINNED, 110_000, speed=8.0),
    "not-verified": partial(playing, FAILED, 240_000),
    "long-purpose": partial(playing, UNPINNED, 200_000, purpose=f"{PURPOSE}. " * 8),
    "checks-verified": partial(checks, VERIFIED),
    "checks-failed": partial(checks, FAILED),
}
