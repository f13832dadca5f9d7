"""The colours, light and dark, as pure data; a test computes their contrast (WCAG 2.2, 1.4.3)."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Palette:
    """One colour scheme.

    Args:
        background: of panels and fields.
        surface: of the page behind them.
        stage: around the person's screen.
        text: on both of the first.
        muted: less important text, on both.
        accent: what can be pressed, and where the player is; readable on both.
        accent_text: on the accent.
        accent_soft: behind what is chosen.
        warning: and likewise the next three: words and signs on their soft colour, or on the background.
        border: the edges of fields.
        hairline: the edges of panels; decoration only.
        hover: behind what the pointer is on.
        heat: the bars of the timeline.
    """

    dark: bool
    background: str
    surface: str
    stage: str
    text: str
    muted: str
    accent: str
    accent_text: str
    accent_hover: str
    accent_soft: str
    warning: str
    warning_soft: str
    danger: str
    danger_soft: str
    ok: str
    ok_soft: str
    live: str
    border: str
    hairline: str
    hover: str
    heat: str


LIGHT = Palette(
    dark=False,
    background="#FFFFFF",
    surface="#F6F7F9",
    stage="#E4E7EC",
    text="#14181F",
    muted="#545D6B",
    accent="#1F5FD0",
    accent_text="#FFFFFF",
    accent_hover="#1A51B3",
    accent_soft="#E8F0FD",
    warning="#8A5A00",
    warning_soft="#FFF4DC",
    danger="#B3261E",
    danger_soft="#FDECEA",
    ok="#177545",
    ok_soft="#E6F4EC",
    live="#C22F2F",
    border="#7C8594",
    hairline="#E2E5EA",
    hover="#EDEFF3",
    heat="#B9C6DD",
)

DARK = Palette(
    dark=True,
    background="#1E222A",
    surface="#16191F",
    stage="#0E1014",
    text="#EEF1F6",
    muted="#A7B0BF",
    accent="#7AA8FF",
    accent_text="#0C1524",
    accent_hover="#97BBFF",
    accent_soft="#1F2C45",
    warning="#FFCC66",
    warning_soft="#33290F",
    danger="#FF8A80",
    danger_soft="#3A1E1C",
    ok="#6FD39B",
    ok_soft="#173024",
    live="#FF6B5E",
    border="#7B8698",
    hairline="#2E343F",
    hover="#282D37",
    heat="#3D4C68",
)

TEXT = 4.5
CONTROL = 3.0

PAIRS = (
    *((ink, ground, TEXT) for ink in ("text", "muted", "accent") for ground in ("background", "surface")),
    *((tone, f"{tone}_soft", TEXT) for tone in ("accent", "warning", "danger", "ok")),
    *((tone, "background", TEXT) for tone in ("warning", "danger", "ok")),
    ("text", "accent_soft", TEXT),
    ("muted", "accent_soft", TEXT),
    ("text", "hover", TEXT),
    ("muted", "hover", TEXT),
    ("accent_text", "accent", TEXT),
    ("border", "background", CONTROL),
    ("live", "background", CONTROL),
)
"""Foreground, background, and the least contrast between them."""


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours `#RRGGBB`, from 1 to 21 (WCAG 2.2, "contrast ratio")."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(int(colour[start : start + 2], 16) / 255) for start in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(value: float) -> float:
    return value / 12.92 if value <= 0.04045 else float(((value + 0.055) / 1.055) ** 2.4)
