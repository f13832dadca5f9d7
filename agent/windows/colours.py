"""The two palettes, and how much two colours differ; no Qt here.

A palette names what a colour is for. Every pair that is put together on a
window is listed in `PAIRS`, with the contrast it must have (WCAG 2.2, 1.4.3
and 1.4.11); a test computes them all.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Palette:
    """Colours by what they are for, as `#RRGGBB`."""

    background: str
    surface: str
    line: str
    border: str
    text: str
    muted: str
    accent: str
    on_accent: str
    accent_soft: str
    warning: str
    warning_soft: str
    danger: str
    danger_soft: str
    ok: str
    ok_soft: str
    live: str
    on_live: str


LIGHT = Palette(
    background="#FFFFFF",
    surface="#F6F7F9",
    line="#DFE3E8",
    border="#7C8594",
    text="#14181F",
    muted="#545D6B",
    accent="#1F5FD0",
    on_accent="#FFFFFF",
    accent_soft="#E8F0FE",
    warning="#8A5A00",
    warning_soft="#FFF4DC",
    danger="#B3261E",
    danger_soft="#FDECEA",
    ok="#177545",
    ok_soft="#E6F4EC",
    live="#C22F2F",
    on_live="#FFFFFF",
)

DARK = Palette(
    background="#16191F",
    surface="#1E222A",
    line="#2E343F",
    border="#7B8698",
    text="#EEF1F6",
    muted="#A7B0BF",
    accent="#7AA8FF",
    on_accent="#0C1524",
    accent_soft="#1B2A45",
    warning="#FFCC66",
    warning_soft="#33290F",
    danger="#FF8A80",
    danger_soft="#3A1D1B",
    ok="#6FD39B",
    ok_soft="#173024",
    live="#FF6B5E",
    on_live="#2B0705",
)

TEXT = 4.5
CONTROL = 3.0

PAIRS = (
    ("text", "background", TEXT),
    ("text", "surface", TEXT),
    ("text", "accent_soft", TEXT),
    ("muted", "background", TEXT),
    ("muted", "surface", TEXT),
    ("accent", "background", TEXT),
    ("accent", "surface", TEXT),
    ("accent", "accent_soft", TEXT),
    ("on_accent", "accent", TEXT),
    ("warning", "warning_soft", TEXT),
    ("danger", "danger_soft", TEXT),
    ("danger", "background", TEXT),
    ("ok", "ok_soft", TEXT),
    ("ok", "background", TEXT),
    ("ok", "surface", TEXT),
    ("live", "background", CONTROL),
    ("live", "surface", CONTROL),
    ("on_live", "live", TEXT),
    ("border", "background", CONTROL),
    ("border", "surface", CONTROL),
)
"""Foreground, background, and the least contrast between them."""


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours, from 1 to 21 (WCAG 2.2, "contrast ratio")."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    red, green, blue = (int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5))
    return 0.2126 * _linear(red) + 0.7152 * _linear(green) + 0.0722 * _linear(blue)


def _linear(value: float) -> float:
    return value / 12.92 if value <= 0.04045 else float(((value + 0.055) / 1.055) ** 2.4)
