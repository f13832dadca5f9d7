"""The monitors that the technician saw at one moment, put together as they stood on the person's desktop."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy

from session.canvas import Pixels
from session.messages import DESKTOP_LIMIT


@dataclass(frozen=True)
class Place:
    """Where a monitor stands, in pixels.

    Args:
        monitor: its number.
        x: of its upper left corner; `y` likewise.
    """

    monitor: int
    x: int
    y: int


def together(pictures: Mapping[int, Pixels], told: Sequence[Place]) -> tuple[Pixels, tuple[Place, ...]]:
    """Put pictures together: where they stood, or side by side if that is not known.

    Args:
        pictures: BGRx, height × width × 4, by their monitors' numbers; at least one.
        told: where the monitors stand on the desktop.

    Returns:
        One picture, and where in it each monitor is. A single monitor's is its own, without a copy.
    """
    places = _from_corner([each for each in told if each.monitor in pictures])
    if len(places) < len(pictures) or _pixels(pictures, places) > DESKTOP_LIMIT:
        places = _row(pictures)
    if _pixels(pictures, places) > DESKTOP_LIMIT:
        # No desktop is that large: what can be shown is the first monitor.
        places = _row({number: pictures[number] for number in sorted(pictures)[:1]})
    if len(places) == 1:
        return pictures[places[0].monitor], (Place(places[0].monitor, 0, 0),)
    width, height = _size(pictures, places)
    whole = numpy.zeros((height, width, 4), numpy.uint8)
    for each in places:
        rows, columns = pictures[each.monitor].shape[:2]
        whole[each.y : each.y + rows, each.x : each.x + columns] = pictures[each.monitor]
    return whole, tuple(places)


def _from_corner(places: Sequence[Place]) -> list[Place]:
    if not places:
        return []
    left, top = min(each.x for each in places), min(each.y for each in places)
    return [Place(each.monitor, each.x - left, each.y - top) for each in places]


def _row(pictures: Mapping[int, Pixels]) -> list[Place]:
    places, x = [], 0
    for number in sorted(pictures):
        places.append(Place(number, x, 0))
        x += pictures[number].shape[1]
    return places


def _size(pictures: Mapping[int, Pixels], places: Sequence[Place]) -> tuple[int, int]:
    width = max(each.x + pictures[each.monitor].shape[1] for each in places)
    return width, max(each.y + pictures[each.monitor].shape[0] for each in places)


def _pixels(pictures: Mapping[int, Pixels], places: Sequence[Place]) -> int:
    if not places:
        return 0
    width, height = _size(pictures, places)
    return width * height
