import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, QPointF, QRect, QSize

from technician_console.windows.geometry import Geometry

sides = st.integers(16, 8192)
sharpnesses = st.sampled_from([1.0, 1.25, 1.5, 2.0, 3.0])


def test_pixel_for_pixel_lies_in_the_middle() -> None:
    geometry = Geometry(QSize(640, 400), QSize(800, 600), 1.0, fit=False)
    assert geometry.target == QRect(80, 100, 640, 400)
    assert geometry.to_remote(QPointF(80, 100)) == QPoint(0, 0)
    assert geometry.to_remote(QPointF(719.9, 499.9)) == QPoint(639, 399)


def test_beside_the_picture_there_is_nothing_but_the_nearest_pixel() -> None:
    geometry = Geometry(QSize(640, 400), QSize(800, 600), 1.0, fit=False)
    assert geometry.to_remote(QPointF(79, 100)) is None
    assert geometry.to_remote(QPointF(720, 500)) is None
    assert geometry.to_remote(QPointF(-50, 900), clamped=True) == QPoint(0, 399)


def test_on_a_sharp_display_a_pixel_is_a_device_pixel() -> None:
    geometry = Geometry(QSize(640, 400), QSize(400, 300), 2.0, fit=False)
    assert geometry.target == QRect(80, 100, 640, 400)
    assert geometry.to_remote(QPointF(40, 50)) == QPoint(0, 0)
    assert geometry.to_remote(QPointF(40.5, 50.5)) == QPoint(1, 1)


def test_a_change_is_painted_whole() -> None:
    geometry = Geometry(QSize(640, 400), QSize(400, 300), 2.0, fit=False)
    assert geometry.to_widget(QRect(1, 1, 1, 1)) == QRect(40, 50, 1, 1)
    assert geometry.to_widget(QRect(1, 1, 2, 2)) == QRect(40, 50, 2, 2)


@pytest.mark.parametrize("fit", [True, False])
def test_nothing_has_no_place(fit: bool) -> None:
    assert Geometry(QSize(), QSize(10, 10), 1.0, fit=fit).to_remote(QPointF(1, 1)) is None
    assert Geometry(QSize(10, 10), QSize(0, 0), 1.0, fit=fit).to_remote(QPointF(0, 0)) is None


@given(sides, sides, sides, sides, sharpnesses)
def test_a_fitted_screen_fills_the_widget_and_keeps_its_shape(
    width: int, height: int, wide: int, high: int, sharpness: float
) -> None:
    geometry = Geometry(QSize(width, height), QSize(wide, high), sharpness, fit=True)
    room = QRect(0, 0, round(wide * sharpness), round(high * sharpness))
    assert room.contains(geometry.target)
    assert geometry.target.width() == room.width() or geometry.target.height() == room.height()
    assert abs(geometry.target.width() / geometry.scale - width) <= 1 / geometry.scale
    assert abs(geometry.target.height() / geometry.scale - height) <= 1 / geometry.scale


@given(sides, sides, sides, sides, sharpnesses, st.floats(0, 1), st.floats(0, 1))
def test_every_pixel_of_theirs_is_found_again(
    width: int, height: int, wide: int, high: int, sharpness: float, across: float, down: float
) -> None:
    geometry = Geometry(QSize(width, height), QSize(wide, high), sharpness, fit=True)
    at = QPoint(int(across * (width - 1)), int(down * (height - 1)))
    drawn = QPointF(geometry.from_remote(at)) / sharpness
    found = geometry.to_remote(drawn, clamped=True)
    assert found is not None
    assert (found - at).manhattanLength() <= 2 + 2 / geometry.scale
