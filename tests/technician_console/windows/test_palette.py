"""WCAG 2.2, 1.4.3 and 1.4.11: text 4.5:1, edges of fields 3:1."""

import pytest

from technician_console.windows.palette import DARK, LIGHT, Palette

TEXT = [
    ("text", "background"),
    ("text", "surface"),
    ("text", "hover"),
    ("muted", "background"),
    ("muted", "surface"),
    ("accent", "background"),
    ("accent", "accent_soft"),
    ("accent_text", "accent"),
    ("accent_text", "accent_hover"),
    ("warning", "background"),
    ("warning", "warning_soft"),
    ("danger", "background"),
    ("danger", "danger_soft"),
    ("ok", "background"),
    ("ok", "ok_soft"),
    ("live_text", "live"),
    ("live_text", "live_hover"),
]
EDGES = [("border", "background"), ("border", "surface"), ("accent", "background"), ("danger", "background")]


def luminance(colour: str) -> float:
    """Relative luminance (WCAG 2.2, glossary)."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize(("ink", "paper"), TEXT)
def test_text_can_be_read(palette: Palette, ink: str, paper: str) -> None:
    assert contrast(getattr(palette, ink), getattr(palette, paper)) >= 4.5


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize(("edge", "paper"), EDGES)
def test_edges_can_be_seen(palette: Palette, edge: str, paper: str) -> None:
    assert contrast(getattr(palette, edge), getattr(palette, paper)) >= 3
