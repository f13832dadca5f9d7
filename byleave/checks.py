"""What `byleave doctor` looks at: each check is one function that returns one finding.

A check uses the programs' own parts, so that what is good here works there. It
changes nothing. What an extra would bring is skipped when it is not installed.
"""

import importlib
import ssl
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Literal

import httpx
from msgspec import Struct

from session.errors import ByleaveError, ClockWrong, EffectFailed, IdentityRefused
from session.picture import Coding, Tile
from session.profile import ADOPTION_LIMIT, Profile, open_profile, read_adoption
from session.revocation import LIMIT, RevocationList, open_revocation_list
from session.signatures import LIMIT as SIGNATURE_LIMIT

TIMEOUT_SECONDS = 5
CLOCK_SECONDS = 60
SIDE = 256
"""Pixels; a smaller picture would be lossless WebP on any line."""

IMAGES_ADVICE = "Install OpenCV from its own wheel: pip install --force-reinstall opencv-python-headless"
CODECS_ADVICE = "Install PyAV from its own wheel: pip install --only-binary av av"
FONTS = ("*.ttf", "*.otf", "*.ttc", "*.pfb")


class Finding(Struct, frozen=True):
    """What one check has found.

    Args:
        name: of the check.
        state: `skipped` when there was nothing to look at.
        words: what was found.
        advice: what to do; empty when all is well.
    """

    name: str
    state: Literal["good", "bad", "skipped"]
    words: str
    advice: str = ""


def display(name: str | None) -> Finding:
    """Look for a display whose picture can be taken and whose pointer can be moved.

    Args:
        name: such as `:0`; None when the environment names none.
    """
    if missing := _missing("Xlib", "mss", "numpy"):
        return _not_installed("display", missing, "agent")
    if name is None:
        advice = "Start Byleave from a desktop; if it is a Wayland one, log in to its Xorg session."
        return Finding("display", "bad", "there is no X display", advice)
    from agent.capture.connection import open_connection, require
    from agent.capture.screen import open_screen

    try:
        connection = open_connection(name)
        require(connection, "XTEST")
        connection.close()
        screen = open_screen(name)
        screen.grab()
        size = f"{screen.monitor.width} x {screen.monitor.height}"
        screen.close()
    except EffectFailed as error:
        advice = "Run this as the user who is logged in to that desktop, with Xorg or Xvnc."
        return Finding("display", "bad", f"{name}: {error}", advice)
    return Finding("display", "good", f"{name}, {size}")


def codec() -> Finding:
    """Code a picture each way that a session may need, and put it together again."""
    if missing := _missing("av", "cv2", "numpy"):
        return _not_installed("codec", missing, "agent")
    import cv2
    from numpy import uint8, zeros

    from agent.capture.encoder import Order, X264Encoder
    from agent.capture.monitor import Rect
    from agent.capture.tiles import lossless, rough
    from session.canvas import Canvas, Undecodable

    picture, whole = zeros((SIDE, SIDE, 4), dtype=uint8), Rect(0, 0, SIDE, SIDE)
    ways: list[tuple[Coding, Callable[[], bytes], str]] = [
        (
            Coding.H264,
            lambda: X264Encoder(Order(SIDE, SIDE)).encode(picture, key=True).data,
            CODECS_ADVICE,
        ),
        (Coding.PNG, lambda: lossless(picture, whole, busy=0.0, thin=False).data, IMAGES_ADVICE),
        (Coding.JPEG, lambda: rough(picture, whole, quality=80, thin=False).data, IMAGES_ADVICE),
        (Coding.WEBP, lambda: lossless(picture, whole, busy=0.0, thin=True).data, CODECS_ADVICE),
        (Coding.VP8, lambda: rough(picture, whole, quality=80, thin=True).data, CODECS_ADVICE),
    ]
    for coding, code, advice in ways:
        try:
            Canvas(SIDE, SIDE).apply((), (Tile(0, 0, SIDE, SIDE, coding, code()),))
        except (ByleaveError, Undecodable, ValueError, cv2.error) as error:
            return Finding("codec", "bad", f"{coding.name} does not work: {error}", advice)
    return Finding("codec", "good", "H.264, PNG, WebP and JPEG are coded and decoded")


def fonts(folders: list[Path]) -> Finding:
    """Look for fonts; without one the windows show empty boxes.

    Args:
        folders: where they may be.
    """
    count = sum(1 for folder in folders for pattern in FONTS for _ in folder.rglob(pattern))
    if not count:
        advice = "Install some, for instance the packages fonts-dejavu-core and fonts-noto-core."
        return Finding("fonts", "bad", "there are no fonts", advice)
    return Finding("fonts", "good", f"{count} font files")


def profile(file: Path | None, at: float) -> tuple[Finding, Profile | None]:
    """Check the organisation's profile.

    Args:
        file: an adoption file; None when there is none.
        at: now, in seconds since 1970.

    Returns:
        The finding, and the profile if it is good.
    """
    if file is None:
        advice = "Ask your organisation for its file, then: byleave agent adopt NAME.byleave"
        return Finding("profile", "bad", "no organisation is adopted on this computer", advice), None
    try:
        with file.open("rb") as opened:
            adoption = read_adoption(opened.read(ADOPTION_LIMIT + 1))
        found = open_profile(adoption.profile, adoption.signature, adoption.root, at=at)
    except OSError as error:
        return Finding("profile", "bad", f"{file}: {error.strerror}", "Name another file."), None
    except IdentityRefused as error:
        advice = "Ask your organisation for its current file, and check this computer's date."
        return Finding("profile", "bad", f"{file}: {error}", advice), None
    until = found.expires.date().isoformat()
    words = f"{found.name}, version {found.version}, until {until}, root {adoption.root.fingerprint}"
    return Finding("profile", "good", words), found


def relay_and_clock(found: Profile | None, at: float) -> list[Finding]:
    """Ask the relay for its revocation list, and hold the clock against it.

    Args:
        found: the organisation's profile, None if there is no good one.
        at: now, in seconds since 1970.
    """
    if found is None:
        words = "not asked: its address and keys are in the profile"
        return [Finding(name, "skipped", words) for name in ("relay", "revocations", "clock")]
    try:
        # Whom to trust is the system's list, and proxies are not asked, as in the agent.
        system = ssl.create_default_context()
        with httpx.Client(
            base_url=found.relay, verify=system, timeout=TIMEOUT_SECONDS, trust_env=False
        ) as client:
            data, told = _page(client, "krl", LIMIT)
            signature, _ = _page(client, "krl.sig", SIGNATURE_LIMIT)
    except httpx.HTTPError as error:
        advice = "Check this computer's network, then ask whoever runs the relay."
        return [
            Finding("relay", "bad", f"{found.relay}: {_fault(error)}", advice),
            *(Finding(name, "skipped", "the relay did not answer") for name in ("revocations", "clock")),
        ]
    reached = Finding("relay", "good", f"{found.relay} answers")
    try:
        krl = open_revocation_list(data, signature, status_key=found.status)
    except IdentityRefused as error:
        advice = "Ask your organisation: the relay serves a list that its status key has not signed."
        return [
            reached,
            Finding("revocations", "bad", str(error), advice),
            Finding("clock", "skipped", "there is no signed time"),
        ]
    return [reached, _revocations(krl, at, told), _clock(krl, at, told)]


def _revocations(krl: RevocationList, at: float, told: float | None) -> Finding:
    made = datetime.fromtimestamp(krl.generated, UTC).isoformat()
    try:
        krl.check_fresh(at, relay_time=told)
    except ClockWrong:
        return Finding("revocations", "skipped", f"made at {made}; the clock comes first")
    except IdentityRefused:
        advice = "The office has to run: byleave organisation publish DIR --every 10m"
        return Finding("revocations", "bad", f"made at {made}, which is too old", advice)
    return Finding("revocations", "good", f"made at {made}")


def _clock(krl: RevocationList, at: float, told: float | None) -> Finding:
    # The signed time is only as young as the last publication, so the relay's
    # own word is the finer measure; sessions are refused by the signed one.
    advice = "Switch on setting the time automatically (NTP), then try again."
    try:
        krl.check_fresh(at, relay_time=told)
    except ClockWrong as error:
        return Finding("clock", "bad", str(error), advice)
    except IdentityRefused:
        return Finding("clock", "skipped", "the signed time is too old to compare with")
    if told is not None and abs(told - at) > CLOCK_SECONDS:
        return Finding("clock", "bad", f"{abs(told - at):.0f} s away from the relay's", advice)
    return Finding("clock", "good", "agrees with the signed time")


def _page(client: httpx.Client, name: str, limit: int) -> tuple[bytes, float | None]:
    """Return one page of the relay, and what time the relay says it is."""
    with client.stream("GET", f"/trust/{name}") as response:
        response.raise_for_status()
        data = b""
        for chunk in response.iter_bytes():
            data += chunk
            if len(data) > limit:
                raise httpx.DecodingError(f"{name} has more than {limit} bytes")
        return data, _moment(response.headers.get("date"))


def _moment(text: str | None) -> float | None:
    try:
        return parsedate_to_datetime(text).timestamp() if text else None
    except ValueError:
        return None


def _fault(error: httpx.HTTPError) -> str:
    if isinstance(error, httpx.HTTPStatusError):
        return f"it answers with HTTP {error.response.status_code}"
    return "it cannot be reached" if isinstance(error, httpx.TransportError) else str(error)


def _missing(*modules: str) -> str | None:
    for module in modules:
        try:
            importlib.import_module(module)
        except ImportError:
            return module
    return None


def _not_installed(name: str, module: str, extra: str) -> Finding:
    words = f"{module} is not installed; a person's computer needs it: pip install 'byleave[{extra}]'"
    return Finding(name, "skipped", words)
