"""The colours, light and dark, as pure data; a test computes their contrast (WCAG 2.2, 1.4.3)."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Palette:
    """One colour scheme; what is written on a colour has the same name and `_text` or the like.

    Attributes:
        background: of cards and fields.
        surface: of the page behind the cards.
        text: on both of them.
        muted: less important text, on both.
        accent: what can be pressed, and links; readable on both.
        hairline: the edges of cards; decoration only.
        border: the edges of fields, 3:1 at least.
        stage: around the person's screen.
    """

    dark: bool
    background: str
    surface: str
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
    live_text: str
    live_hover: str
    border: str
    hairline: str
    hover: str
    stage: str


LIGHT = Palette(
    dark=False,
    background="#FFFFFF",
    surface="#F6F7F9",
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
    live_text="#FFFFFF",
    live_hover="#A82727",
    border="#7C8594",
    hairline="#E2E5EA",
    hover="#EDEFF3",
    stage="#E4E7EC",
)

DARK = Palette(
    dark=True,
    background="#1E222A",
    surface="#16191F",
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
    live_text="#2B0705",
    live_hover="#FF877C",
    border="#7B8698",
    hairline="#2E343F",
    hover="#282D37",
    stage="#0E1014",
)
