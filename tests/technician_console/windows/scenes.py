"""Every window of the console in every state, for `make pictures`."""

from collections.abc import Callable
from dataclasses import replace
from functools import cache, partial

import cv2
import msgspec
import numpy
from PySide6.QtWidgets import QApplication, QWidget

from session.errors import IntroductionFailed, RoomRefused
from session.messages import Answer, Capability, Hold, Monitor, PointerAt, PointerImage, Reason, Standing
from technician_console import words
from technician_console.surface import Part, Picture, Surface
from technician_console.view import (
    ChatLine,
    Code,
    Draft,
    Live,
    NewSession,
    Notice,
    SignIn,
    Stage,
    ViewState,
)
from technician_console.windows.main_window import MainWindow
from technician_console.windows.theme import Theme
from tests.technician_console.windows.told import Told

NAME = "Maya Ortiz"
OFFICE = "Acme IT Help Desk"
WHY = "Outlook does not open since the update"
TICKET = "4821"
VIEW, CONTROL, FACTS = Capability.VIEW, Capability.CONTROL, Capability.SYSTEM_INFO
TALK = (
    ChatLine(False, "Person", "14:02", "Hello! It says the profile cannot be loaded."),
    ChatLine(True, NAME, "14:02", "Thank you. I look at it now, please leave the window open."),
    ChatLine(
        False, "Person", "14:03", "Shall I close the mail that I was writing? <b>It is not saved</b> yet."
    ),
    ChatLine(True, NAME, "14:03", "Save it first."),
)

SIGN_IN = SignIn(
    "~/.ssh/byleave",
    "~/.ssh/byleave-cert.pub",
    NAME,
    "1042",
    "valid until 21:40, 7 h 12 min left",
)
NEW = NewSession(NAME, "valid until 21:40, 7 h 12 min left", "relay.acme.example", OFFICE)
CODE = Code(Stage.WAITING, "4821 193 552", 582, WHY, TICKET, (VIEW, CONTROL), 30, OFFICE)
LIVE = Live(
    NAME,
    OFFICE,
    WHY,
    TICKET,
    Standing.VIEWING,
    granted=frozenset({VIEW}),
    seconds_left=24 * 60,
    recorded=True,
    round_trip_ms=18,
    kilobits=1420,
    frames=24,
    chat=TALK[:2],
)
CONTROLLED = replace(
    LIVE, standing=Standing.CONTROLLING, granted=frozenset({VIEW, CONTROL}), kilobits=880, frames=12, chat=()
)
HELD = replace(CONTROLLED, standing=Standing.PAUSED, kilobits=0, frames=0, seconds_left=18 * 60)
TABLE = (
    ("System", "Debian GNU/Linux 12"),
    ("Kernel", "6.1.0"),
    ("Processor", "8 cores, 2.4 GHz"),
    ("Memory", "15.6 GiB, 4.2 free"),
    ("Disk /", "234 GiB, 12 free"),
    ("Up since", "3 days 4 h"),
)

LEFT, RIGHT = Monitor(0, 0, 0, 1920, 1080, True, True), Monitor(1, 1920, 120, 1200, 1600, False, True)
SECOND = (msgspec.structs.replace(LEFT, watched=False), RIGHT)
FIRST = (LEFT, msgspec.structs.replace(RIGHT, watched=False))

UNSEEN = (Reason.REFUSED, Reason.TIMED_OUT, Reason.WITHDRAWN)

STATES: dict[str, ViewState] = {
    "sign-in-first": SignIn(),
    "sign-in": SIGN_IN,
    "sign-in-wrong": SignIn(
        SIGN_IN.key_path,
        SIGN_IN.certificate_path,
        NAME,
        "1042",
        SIGN_IN.expiry,
        error="The passphrase does not open this key.",
    ),
    "sign-in-expired": SignIn(
        SIGN_IN.key_path,
        SIGN_IN.certificate_path,
        NAME,
        "1042",
        "expired yesterday at 21:40",
        expired=True,
        error="This certificate has expired. Fetch the one of today, then try again.",
    ),
    "new-session": NEW,
    "new-session-filled": NewSession(
        NAME, NEW.expiry, NEW.relay, OFFICE, Draft(WHY, TICKET, (VIEW, CONTROL), 60)
    ),
    "new-session-error": NewSession(
        NAME, NEW.expiry, NEW.relay, OFFICE, Draft(WHY, TICKET), error="The relay does not answer."
    ),
    "code-opening": Code(Stage.OPENING, "", 0, WHY, TICKET, (VIEW,), 30, OFFICE),
    "code": CODE,
    "code-short": Code(Stage.WAITING, "4821 193 552", 42, WHY, "", (VIEW,), 30, OFFICE),
    "code-connecting": Code(Stage.CONNECTING, "4821 193 552", 0, WHY, TICKET, (VIEW, CONTROL), 30, OFFICE),
    "code-asking": Code(Stage.ASKING, "4821 193 552", 47, WHY, TICKET, (VIEW, CONTROL), 30, OFFICE),
    "live-viewing": LIVE,
    "live-controlling": replace(CONTROLLED, chat=TALK),
    "live-asking": replace(
        LIVE, pending=frozenset({CONTROL}), answers=((FACTS, Answer.TIMED_OUT),), seconds_left=12 * 60
    ),
    "live-refused": replace(
        LIVE,
        granted=frozenset({VIEW, FACTS}),
        answers=((CONTROL, Answer.REFUSED),),
        seconds_left=47,
        round_trip_ms=312,
    ),
    "live-paused": replace(HELD, holds=frozenset({Hold.PERSON})),
    "live-frozen": replace(
        HELD, holds=frozenset({Hold.EVIDENCE}), recorded=False, recording="Recording not stored"
    ),
    "live-link-lost": replace(HELD, holds=frozenset({Hold.LINK}), reconnect_seconds=42, round_trip_ms=None),
    "live-lease": replace(HELD, holds=frozenset({Hold.LEASE}), seconds_left=0),
    "live-two-screens": replace(CONTROLLED, monitors=(LEFT, RIGHT)),
    "live-first-screen": replace(CONTROLLED, monitors=FIRST),
    "live-second-screen": replace(CONTROLLED, monitors=SECOND),
    "live-not-shared": replace(LIVE, granted=frozenset({CONTROL})),
    **{
        f"over-{reason}": words.over(
            reason,
            duration="" if reason in UNSEEN else "12 min 4 s",
            recording="Stored, all 9 statements are in the log",
            purpose=WHY,
            ticket=TICKET,
        )
        for reason in Reason
    },
    "over-code-wrong": words.failed(IntroductionFailed(""), purpose=WHY, ticket=TICKET),
    "over-expired": words.failed(RoomRefused("expired"), purpose=WHY, ticket=TICKET),
}


@cache
def desk() -> Picture:
    """Draw the desktop that the person has: a page of text in a window."""
    rows = numpy.full((1080, 1920, 4), (165, 110, 58, 255), numpy.uint8)
    cv2.rectangle(rows, (300, 140), (1500, 920), (255, 255, 255, 255), -1)
    cv2.rectangle(rows, (300, 140), (1500, 176), (224, 226, 230, 255), -1)
    black = (30, 24, 20, 255)
    cv2.putText(rows, "letter.txt", (320, 166), cv2.FONT_HERSHEY_SIMPLEX, 0.6, black, 1, cv2.LINE_AA)
    for line in range(20):
        words_ = "The mail program says that the profile cannot be loaded."
        at = (324, 216 + line * 32)
        cv2.putText(rows, words_, at, cv2.FONT_HERSHEY_SIMPLEX, 0.7, black, 1, cv2.LINE_AA)
    cv2.rectangle(rows, (0, 1044), (1920, 1080), (54, 46, 40, 255), -1)
    return Picture(rows, 1920, 1080, 1, 0)


@cache
def upright() -> Picture:
    """Draw another monitor, which stands upright."""
    rows = numpy.full((1600, 1200, 4), (90, 120, 60, 255), numpy.uint8)
    cv2.rectangle(rows, (100, 200), (1100, 1300), (240, 248, 250, 255), -1)
    for line in range(30):
        at = (130, 250 + line * 34)
        ink = (30, 24, 20, 255)
        cv2.putText(rows, "Another screen of theirs", at, cv2.FONT_HERSHEY_SIMPLEX, 0.8, ink, 1, cv2.LINE_AA)
    return Picture(rows, 1200, 1600, 2, 0, parts=(Part(1, 0, 0, 1200, 1600),))


@cache
def both() -> Picture:
    """Draw both monitors as they stand."""
    rows = numpy.zeros((1720, 3120, 4), numpy.uint8)
    rows[:1080, :1920], rows[120:, 1920:] = desk().pixels, upright().pixels
    parts = (Part(0, 0, 0, 1920, 1080), Part(1, 1920, 120, 1200, 1600))
    return Picture(rows, 3120, 1720, 3, 0, parts=parts)


def picture_of(state: Live) -> Picture:
    """Return what the technician sees in a state."""
    pictures = {frozenset({1}): upright(), frozenset({0, 1}): both()}
    return pictures.get(state.watched, desk())


def pointer() -> PointerImage:
    """Draw an arrow."""
    shape = numpy.zeros((24, 16, 4), numpy.uint8)
    outline = numpy.array([(0, 0), (0, 17), (4, 13), (7, 20), (10, 19), (7, 12), (12, 12)], numpy.int32)
    cv2.fillPoly(shape, [outline], (0, 0, 0, 255))
    cv2.polylines(shape, [outline], True, (255, 255, 255, 255), 1)
    return PointerImage(16, 24, 0, 0, shape.tobytes())


def _theme() -> Theme:
    application = QApplication.instance()
    assert isinstance(application, QApplication)
    return application.findChild(Theme) or Theme(application)


def build(
    state: ViewState, then: Callable[[MainWindow], None] | None = None, *, width: int = 1280
) -> QWidget:
    """Return the window in this state."""
    window = MainWindow(_theme(), Surface(), Told())
    window.resize(width, 800)
    window.show_state(state)
    if isinstance(state, Live):
        live = window.live
        live.show_picture(picture_of(state))
        live.show_pointer(pointer())
        live.show_pointer(PointerAt(0, 900, 500))
    if then is not None:
        window.show()
        then(window)
    return window


def chatting(window: MainWindow) -> None:
    window.live.bar.chat.click()


def clicking(window: MainWindow) -> None:
    window.live.remote.refused.emit()


def noticing(window: MainWindow) -> None:
    window.show_state(replace(LIVE, notice=Notice(1, words.refusal("own-window"))))


def knowing(window: MainWindow) -> None:
    window.live.bar.facts_wanted.emit()


def ending(window: MainWindow) -> None:
    window.live.ask_end()


def pixels(window: MainWindow) -> None:
    window.live.bar.pixels.click()


def filling(window: MainWindow) -> None:
    window.live.show_whole(True)


def choosing() -> QWidget:
    """Return the menu of screens; its window lives as long."""
    menu = _chooser().live.bar.screens.menu()
    menu.aboutToHide.disconnect()
    return menu


@cache
def _chooser() -> MainWindow:
    window = build(STATES["live-first-screen"])
    assert isinstance(window, MainWindow)
    return window


def unread(window: MainWindow) -> None:
    window.live.bar.show_unread(12)


NARROW = replace(
    LIVE, pending=frozenset({CONTROL}), monitors=(LEFT, RIGHT), answers=((FACTS, Answer.TIMED_OUT),)
)

SCENES: dict[str, Callable[[], QWidget]] = {
    **{name: partial(build, state) for name, state in STATES.items()},
    "live-chat": partial(build, replace(CONTROLLED, chat=TALK), chatting),
    "live-hint": partial(build, LIVE, clicking),
    "live-facts": partial(
        build, replace(CONTROLLED, granted=frozenset({VIEW, CONTROL, FACTS}), facts=TABLE), knowing
    ),
    "live-notice": partial(build, LIVE, noticing),
    "live-ending": partial(build, CONTROLLED, ending),
    "live-pixels": partial(build, CONTROLLED, pixels),
    "live-screens-menu": choosing,
    "live-two-screens-pixels": partial(build, STATES["live-two-screens"], pixels),
    "live-narrow": partial(build, STATES["live-refused"], unread, width=720),
    "live-narrow-two-screens": partial(build, NARROW, unread, width=720),
    "live-full-screen": partial(build, CONTROLLED, filling),
}
