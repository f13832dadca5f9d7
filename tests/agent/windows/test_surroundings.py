"""What the X server says of other windows counts; what somebody says in its name does not."""

from collections.abc import Callable, Iterator

import pytest
from Xlib import X
from Xlib.display import Display
from Xlib.protocol import event
from Xlib.xobject.drawable import Window

from agent.windows.surroundings import Surroundings
from tests.glass import Glass

PLACE = (100, 0, 200, 48)

# Without an application Qt complains of timers that never fire; here everything is taken in by hand.
pytestmark = [pytest.mark.desktop, pytest.mark.qt_log_level_fail("CRITICAL")]


def make(connection: Display, place: tuple[int, int, int, int] = PLACE) -> Window:
    window: Window = connection.screen().root.create_window(*place, 0, 24, override_redirect=1)
    window.map()
    connection.sync()
    return window


@pytest.fixture
def around(glass: Glass) -> Iterator[Surroundings]:
    made = Surroundings(Display(glass.name), Display(glass.name))
    yield made
    made.close()


def forge(glass: Glass, notice: object) -> None:
    root = glass.connection.screen().root
    root.send_event(notice, event_mask=X.SubstructureNotifyMask)
    glass.connection.sync()


def test_a_banner_that_was_unmapped_is_not_shown_whatever_anybody_says(
    glass: Glass, around: Surroundings
) -> None:
    banner = make(glass.connection)
    assert around.take_in_all()
    assert around.place(banner.id) == PLACE
    banner.unmap()
    forge(glass, event.MapNotify(event=glass.connection.screen().root, window=banner, override=1))
    assert around.take_in_all()
    assert around.place(banner.id) is None


@pytest.mark.parametrize(
    "notice",
    [
        lambda root, cover: event.DestroyNotify(event=root, window=cover),
        lambda root, cover: event.UnmapNotify(event=root, window=cover, from_configure=0),
        lambda root, cover: event.ConfigureNotify(
            event=root,
            window=cover,
            above_sibling=X.NONE,
            x=500,
            y=400,
            width=1,
            height=1,
            border_width=0,
            override=1,
        ),
    ],
    ids=["destroyed", "unmapped", "moved"],
)
def test_a_cover_stays_one_whatever_anybody_says(
    glass: Glass, around: Surroundings, notice: Callable[[Window, Window], object]
) -> None:
    banner = make(glass.connection)
    cover = make(glass.connection, (150, 10, 20, 20))
    assert around.take_in_all()
    assert around.covered(banner.id)
    forge(glass, notice(glass.connection.screen().root, cover))
    assert around.take_in_all()
    assert around.covered(banner.id)
    assert not around.alone(banner.id)
