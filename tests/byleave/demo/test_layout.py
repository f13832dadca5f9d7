from hypothesis import given
from hypothesis import strategies as st

from byleave.demo.layout import PERSON_LEAST, Rectangle, side_by_side

offsets = st.integers(-3000, 3000)


@given(st.builds(Rectangle, offsets, offsets, st.integers(1268, 8000), st.integers(528, 5000)))
def test_on_an_ordinary_display_neither_window_hides_the_other(area: Rectangle) -> None:
    places = side_by_side(area)
    assert places.viewer.common(area) == places.viewer
    assert places.console.common(area) == places.console
    assert not places.viewer.common(places.console).pixels
    assert places.console.width >= 740
    assert places.desktop[0] <= places.viewer.width and places.desktop[1] <= places.viewer.height


@given(st.builds(Rectangle, offsets, offsets, st.integers(1, 8000), st.integers(1, 5000)))
def test_sizes_suit_the_codec_and_the_agent(area: Rectangle) -> None:
    places = side_by_side(area)
    assert [size % 8 for size in places.desktop] == [0, 0]
    assert places.desktop >= PERSON_LEAST
    assert places.console.width <= area.width


def test_what_does_not_meet_has_nothing_in_common() -> None:
    assert Rectangle(0, 0, 10, 10).common(Rectangle(10, 0, 5, 5)).pixels == 0
    assert Rectangle(0, 0, 10, 10).common(Rectangle(8, -2, 5, 5)) == Rectangle(8, 0, 2, 3)
