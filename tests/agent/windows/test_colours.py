"""Every pair of colours that meets on a window can be read (WCAG AA)."""

from dataclasses import fields

import pytest

from agent.windows.colours import DARK, LIGHT, PAIRS, Palette, contrast


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize(("ink", "ground", "least"), PAIRS)
def test_the_contrast_is_enough(palette: Palette, ink: str, ground: str, least: float) -> None:
    assert contrast(getattr(palette, ink), getattr(palette, ground)) >= least


def test_contrast_is_that_of_the_standard() -> None:
    assert contrast("#FFFFFF", "#000000") == pytest.approx(21.0)
    assert contrast("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.005)
    assert contrast("#123456", "#123456") == 1.0


def test_every_colour_but_a_thin_line_is_in_a_pair() -> None:
    used = {name for pair in PAIRS for name in pair[:2]}
    assert {field.name for field in fields(Palette)} - used == {"line"}
