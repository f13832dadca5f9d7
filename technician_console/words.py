"""Every phrase that turns a word of the protocol into one for the technician.

One catalogue, so that all of it can be read, corrected and translated in one place.
"""

from collections.abc import Collection

from session.errors import (
    ByleaveError,
    EvidenceError,
    IdentityRefused,
    IntroductionFailed,
    LinkLost,
    OwnError,
    RoomRefused,
)
from session.messages import Answer, Capability, Hold, Reason, Standing
from technician_console.view import Over, Stage, Tone

CAPABILITIES: dict[Capability, str] = {
    Capability.VIEW: "See the screen",
    Capability.CONTROL: "Mouse and keyboard",
    Capability.CLIPBOARD_IN: "Paste into their clipboard",
    Capability.CLIPBOARD_OUT: "Read their clipboard",
    Capability.FILES_IN: "Send files",
    Capability.FILES_OUT: "Fetch files",
    Capability.TERMINAL: "Terminal",
    Capability.SYSTEM_INFO: "System facts",
}

SHORT: dict[Capability, str] = {
    Capability.VIEW: "View",
    Capability.CONTROL: "Control",
    Capability.CLIPBOARD_IN: "Clipboard in",
    Capability.CLIPBOARD_OUT: "Clipboard out",
    Capability.FILES_IN: "Files in",
    Capability.FILES_OUT: "Files out",
    Capability.TERMINAL: "Terminal",
    Capability.SYSTEM_INFO: "System facts",
}

WHAT_FOR: dict[Capability, str] = {
    Capability.VIEW: "their picture, on your screen",
    Capability.CONTROL: "can do anything that they can do",
    Capability.CLIPBOARD_IN: "put text where they can paste it",
    Capability.CLIPBOARD_OUT: "read what they have copied",
    Capability.FILES_IN: "put files on their computer",
    Capability.FILES_OUT: "get files that they choose",
    Capability.TERMINAL: "can do anything that they can do",
    Capability.SYSTEM_INFO: "system, memory and disks, no names",
}

WAITING: dict[Stage, tuple[str, str]] = {
    Stage.OPENING: ("Getting a code", "The relay opens a room for this session."),
    Stage.WAITING: (
        "Read this code to the person",
        "“Open Byleave, answer its question, and type the code that I read to you.”",
    ),
    Stage.JOINED: (
        "Checking the code",
        "Somebody has typed a code. Both ends now prove that it is this one.",
    ),
    Stage.CONNECTING: ("Connecting", "The two ends agree on keys; nobody in between can read along."),
    Stage.ASKING: (
        "The person is choosing",
        "“Take your time. Read what it says, and allow only what you want me to do.”",
    ),
}

STAGES: dict[Stage, str] = {
    Stage.WAITING: "They type the code",
    Stage.CONNECTING: "The two ends connect, encrypted from end to end",
    Stage.ASKING: "They read your request and choose",
}

ANSWERS: dict[Answer, str] = {
    Answer.ALLOWED: "allowed",
    Answer.REFUSED: "refused",
    Answer.TIMED_OUT: "no answer",
    Answer.WITHDRAWN: "withdrawn",
}

CHIPS: dict[str, str] = {
    "granted": "allowed",
    "pending": "asking",
    "refused": "refused",
    "unanswered": "no answer",
    "open": "ask",
}

STANDINGS: dict[Standing, str] = {
    Standing.WAITING: "Waiting",
    Standing.ASKING: "Asking",
    Standing.VIEWING: "Viewing",
    Standing.CONTROLLING: "Controlling",
    Standing.PAUSED: "Paused",
    Standing.ENDED: "Ended",
}

NO_VIEW = ("Their screen is not shared", "The person does not let you see it at the moment.")
NO_PICTURE = ("Waiting for the first picture", "It comes as soon as the recording has begun.")

HINTS: dict[str, str] = {
    "open": "You can look. To use their mouse and keyboard, ask.",
    "asked": "The person is being asked. Until they answer, you can only look.",
    "question": "The person has a question open. Until they answer, you can only look.",
}

SCREENS = "Screens"
ALL_SCREENS = "All screens"
PRIMARY = "primary"
NEXT_SCREEN = "Choose which screens you see (Shift+F11 goes on to the next)"

FULL_SCREEN = "F11 or the right Control key leaves full screen."
UNREAD_BEHIND = "They have written in the chat. F11 leaves full screen."

REFUSALS: dict[str, str] = {
    "not-granted": "The person has not allowed this.",
    "held": "The session is held for now, so that had no effect.",
    "not-recorded": "It could not be recorded, so it did not happen.",
    "not-watched": "That would have been on a screen that you do not see.",
    "own-window": "Byleave's own windows on their computer cannot be used from here.",
    "busy": "The person has a question open, or answered one a moment ago. Try again shortly.",
    "too-fast": "That was faster than is allowed, so some of it had no effect.",
    "no-effect": "Their computer cannot do that.",
}

HOLDS: dict[Hold, tuple[str, str]] = {
    Hold.PERSON: (
        "Paused by the person",
        "The screen stands still and nothing you do has an effect until they go on.",
    ),
    Hold.EVIDENCE: (
        "Frozen: the recording is not safe yet",
        "It goes on by itself once the recording is stored. If that fails, the session ends.",
    ),
    Hold.LINK: (
        "Connection lost",
        "Trying again by itself. What the person allowed still holds; their time runs on.",
    ),
    Hold.LEASE: (
        "The time is up",
        "The person is being asked whether to go on.",
    ),
}

ENDINGS: dict[Reason, tuple[str, str, Tone]] = {
    Reason.STOPPED: (
        "The person stopped the session",
        "They pressed Stop. Nothing of it goes on.",
        Tone.CALM,
    ),
    Reason.LEFT: ("You ended the session", "The person sees that it is over.", Tone.CALM),
    Reason.REFUSED: (
        "The person did not allow it",
        "They read your request and chose not to. That is their right; nothing was seen.",
        Tone.WARNING,
    ),
    Reason.TIMED_OUT: (
        "No answer",
        "The question stood for a minute without an answer. Nothing was seen. Ask again with a new code.",
        Tone.WARNING,
    ),
    Reason.WITHDRAWN: ("Request withdrawn", "The question was taken back before it was answered.", Tone.CALM),
    Reason.LEASE_ENDED: (
        "The time is over",
        "The session ended with the time that the person had allowed.",
        Tone.CALM,
    ),
    Reason.LINK_LOST: (
        "Connection lost",
        "It could not be brought back within a minute, so the session ended. Ask again with a new code.",
        Tone.DANGER,
    ),
    Reason.UNRECORDED: (
        "Ended: it could not be recorded",
        "What cannot be recorded does not happen. Tell whoever looks after the relay.",
        Tone.DANGER,
    ),
    Reason.FULL: (
        "Ended: the recording is full",
        "The relay stores no more of one session than this. Ask again with a new code.",
        Tone.WARNING,
    ),
    Reason.VIOLATION: (
        "Ended: a program broke the rules",
        "Something was sent that is not allowed. Report this with the time and the ticket.",
        Tone.DANGER,
    ),
    Reason.REVOKED: (
        "Your certificate was revoked",
        "Your organisation withdrew it, so the session ended. Ask the office.",
        Tone.DANGER,
    ),
    Reason.RECOVERED: (
        "Their Byleave stopped unexpectedly",
        "The session ended there; what was recorded until then is safe.",
        Tone.DANGER,
    ),
}

ROOMS: dict[str, tuple[str, str]] = {
    "not-certified": ("The relay does not accept your certificate", "Renew it, then sign in again."),
    "revoked": ("Your certificate was revoked", "Your organisation withdrew it. Ask the office."),
    "no-room": ("The code is no longer valid", "Start again to get a new one."),
    "room-taken": ("Somebody has used this code already", "Start again to get a new one."),
    "expired": ("The code has expired", "Nobody typed it within ten minutes. Start again to get a new one."),
    "busy": ("The relay is busy", "It has as many sessions as it can hold. Try again shortly."),
    "too-many": ("Too many attempts", "The relay asks you to wait a few minutes."),
    "too-large": ("The relay ended the connection", "More was sent than it allows."),
    "too-slow": ("The connection is too slow", "The relay waited for half a minute in vain."),
    "protocol": (
        "The relay ended the connection",
        "It did not understand this console. Is it up to date?",
    ),
    "closing": ("The relay is restarting", "Try again in a moment."),
    "peer-left": ("The person has gone", "They closed Byleave before the session began."),
}

CODE_WRONG = (
    "The code did not match",
    "A digit was wrong, or somebody tried to come in between. This code is void now: start again and"
    " read the new one to the person.",
)

EVIDENCE_FALSE = (
    "Ended: the recording could not be confirmed",
    "What was said of the recording is not what the log holds. Tell whoever looks after the relay.",
)

NO_CONNECTION = (
    "No connection",
    "The relay or the other computer could not be reached. Check the network, then try again.",
)


def over(
    reason: Reason, *, duration: str = "", recording: str = "", purpose: str = "", ticket: str = ""
) -> Over:
    """Return the page that says why a session is over."""
    title, sentence, tone = ENDINGS[reason]
    return Over(title, sentence, tone, duration, recording, purpose, ticket)


def failed(error: ByleaveError, *, purpose: str = "", ticket: str = "") -> Over:
    """Return the page that says why a session did not come about."""
    title, sentence, tone = "It did not work", error.sentence, Tone.DANGER
    match error:
        case IntroductionFailed():
            title, sentence = CODE_WRONG
        case RoomRefused(reason=reason) if reason in ROOMS:
            (title, sentence), tone = ROOMS[reason], Tone.WARNING
        case IdentityRefused():
            title, sentence = "Identity not confirmed", f"Nothing was started: {error}."
        case EvidenceError():
            title, sentence = EVIDENCE_FALSE
        case LinkLost():
            title, sentence = NO_CONNECTION
        case OwnError():
            sentence = f"{error.sentence} ({error})"
        case _:
            pass
    return Over(title, sentence, tone, "", "", purpose, ticket)


def refusal(why: str) -> str:
    """Return why something had no effect, from a word of the protocol."""
    return REFUSALS.get(why, "That had no effect.")


def duration(seconds: float) -> str:
    """Return a length of time as it is said: `12 min 4 s`."""
    whole = max(0, int(seconds))
    hours, minutes = divmod(whole // 60, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {whole % 60} s" if minutes else f"{whole} s"


def time_left(seconds: int) -> str:
    """Return the time left, in minutes, and in seconds only in the last one, so that it stays still."""
    if seconds >= 3600:
        return f"{seconds // 3600} h {seconds % 3600 // 60} min left"
    if seconds > 60:
        return f"{-(-seconds // 60)} min left"
    return f"{max(0, seconds)} s left"


def clock(seconds: int) -> str:
    """Return a time that runs down, as a clock shows it: `9:42`."""
    return f"{max(0, seconds) // 60}:{max(0, seconds) % 60:02d}"


def rate(kilobits: float) -> str:
    """Return how much is sent each second."""
    return f"{kilobits / 1000:.1f} Mbit/s" if kilobits >= 1000 else f"{kilobits:.0f} kbit/s"


def screen(number: int, width: int, height: int, *, primary: bool) -> str:
    """Return what a screen is called: `Screen 1 · 1920 × 1080 · primary`."""
    parts = [f"Screen {number + 1}", f"{width} × {height}", *([PRIMARY] if primary else [])]
    return " · ".join(parts)


def screens(watched: Collection[int], count: int) -> str:
    """Return which screens are shown: `All screens`, `Screen 2`, `Screens 1, 3`."""
    if len(watched) == count:
        return ALL_SCREENS
    numbers = ", ".join(str(number + 1) for number in sorted(watched))
    return f"Screen {numbers}" if len(watched) == 1 else f"{SCREENS} {numbers}"
