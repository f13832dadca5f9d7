"""Where a pixel of the person's desktop is shown on the technician's."""

from byleave.demo.accessibility import Widget

DESKTOP = (1920, 1080)


class RemoteView:
    """The console's view of the person's desktop, fitted and centred.

    Args:
        widget: the view.
    """

    def __init__(self, widget: Widget) -> None:
        self._widget = widget

    def at(self, x: int, y: int) -> tuple[int, int]:
        """Return the place on the technician's desktop of a pixel of the person's."""
        place = self._widget.extents()
        scale = min(place.width / DESKTOP[0], place.height / DESKTOP[1])
        left = place.x + (place.width - DESKTOP[0] * scale) / 2
        top = place.y + (place.height - DESKTOP[1] * scale) / 2
        return round(left + x * scale), round(top + y * scale)
