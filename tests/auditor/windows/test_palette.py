"""Every pair of colours that stand on one another can be told apart."""

import pytest

from auditor.windows.palette import DARK, LIGHT, PAIRS, Palette, contrast


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize(("ink", "ground", "least"), PAIRS)
def test_contrast(palette: Palette, ink: str, ground: str, least: float) -> None:
    assert contrast(getattr(palette, ink), getattr(palette, ground)) >= least


def test_the_scale_ends_at_21() -> None:
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)
