"""Requests in the server's own bytes, compared with the library's on a real display."""

import struct
from collections.abc import Iterator
from types import SimpleNamespace

import pytest
from Xlib import X
from Xlib.display import Display
from Xlib.error import BadWindow, XError
from Xlib.ext import damage
from Xlib.xobject.drawable import Window

from agent.capture.asking import (
    Question,
    ask_focus,
    ask_parent,
    focus_of,
    notice_only,
    parent_of,
    pointer_place,
    tell,
)
from agent.capture.connection import CONNECTION_ERRORS, open_connection, pending, queued, require
from agent.capture.damage import DamageWatch
from agent.capture.monitor import Rect
from agent.capture.region import MOST_RECTS, Region
from tests.agent.conftest import Desktop

pytestmark = pytest.mark.desktop

GONE = 0x00DEAD00
"""No window."""

NO_OPERATION = struct.pack("=BxH", 127, 1)
DESTROY_WINDOW = struct.pack("=BxHI", 4, 2, GONE)


@pytest.fixture
def connection(desktop: Desktop) -> Iterator[Display]:
    made = open_connection(desktop.name)
    yield made
    made.close()


@pytest.fixture
def nested(connection: Display) -> Iterator[tuple[Window, Window]]:
    """Two windows, one in the other, that no window manager touches."""
    root = connection.screen().root
    outer = root.create_window(100, 50, 400, 300, 0, X.CopyFromParent, override_redirect=True)
    inner = outer.create_window(10, 10, 200, 100, 0, X.CopyFromParent, event_mask=X.KeyPressMask)
    inner.map()
    outer.map()
    connection.sync()
    yield outer, inner
    outer.destroy()
    connection.sync()


def test_the_pointers_place_is_the_librarys(connection: Display, nested: tuple[Window, Window]) -> None:
    root = connection.screen().root
    for x, y in ((150, 80), (1900, 1000)):
        root.warp_pointer(x, y)
        where = root.query_pointer()
        found = pointer_place(connection)
        assert (found.x, found.y) == (where.root_x, where.root_y) == (x, y)
        assert found.window == (where.child.id if isinstance(where.child, Window) else 0)
    root.warp_pointer(150, 80)
    assert pointer_place(connection).window == nested[0].id


def test_focus_and_parents_are_the_librarys(connection: Display, nested: tuple[Window, Window]) -> None:
    outer, inner = nested
    root = connection.screen().root
    inner.set_input_focus(X.RevertToParent, X.CurrentTime)
    assert focus_of(ask_focus(connection).answer()) == inner.id
    asked = [ask_parent(connection, each) for each in (inner.id, outer.id, root.id)]
    assert [parent_of(each.answer()) for each in asked] == [outer.id, root.id, 0]
    for what in (X.PointerRoot, X.NONE):
        connection.set_input_focus(what, X.RevertToNone, X.CurrentTime)
        assert focus_of(ask_focus(connection).answer()) == what


def test_a_refused_question_is_the_librarys_error_and_disturbs_no_other(connection: Display) -> None:
    root = connection.screen().root.id
    before, refused, unheard, after = (ask_parent(connection, each) for each in (root, GONE, GONE + 1, root))
    assert parent_of(after.answer()) == 0
    assert parent_of(before.answer()) == 0
    with pytest.raises(BadWindow):
        refused.answer()
    del unheard
    assert parent_of(ask_parent(connection, root).answer()) == 0


def test_what_cannot_be_done_is_noted_and_no_more(
    connection: Display, caplog: pytest.LogCaptureFixture
) -> None:
    tell(connection, DESTROY_WINDOW)
    assert parent_of(ask_parent(connection, connection.screen().root.id).answer()) == 0
    assert "BadWindow" in caplog.text


def test_numbers_that_begin_again_lead_to_the_right_answers(connection: Display) -> None:
    root = connection.screen().root.id
    for _ in range(70):
        for _ in range(1000):
            tell(connection, NO_OPERATION)
        asked = ask_parent(connection, root), ask_parent(connection, GONE)
        assert parent_of(asked[0].answer()) == 0
        with pytest.raises(XError):
            asked[1].answer()


def test_events_that_come_before_an_answer_are_kept(
    connection: Display, nested: tuple[Window, Window]
) -> None:
    outer, _ = nested
    outer.change_attributes(event_mask=X.StructureNotifyMask)
    notice_only(connection, X.ConfigureNotify)
    outer.configure(x=300)
    pointer_place(connection)
    assert [event.type for event in queued(connection)] == [X.ConfigureNotify]
    assert queued(connection) == []


def test_what_one_connection_only_notices_others_read(
    desktop: Desktop, connection: Display, nested: tuple[Window, Window]
) -> None:
    notice_only(connection, X.ConfigureNotify)
    other = open_connection(desktop.name)
    outer = other.create_resource_object("window", nested[0].id)
    outer.change_attributes(event_mask=X.StructureNotifyMask)
    outer.configure(x=310)
    other.sync()
    assert [(event.type, event.x) for event in queued(other)] == [(X.ConfigureNotify, 310)]
    other.close()


def test_a_region_takes_what_was_drawn_since(connection: Display, nested: tuple[Window, Window]) -> None:
    outer, _ = nested
    require(connection, damage.extname)
    damage.query_version(connection)
    pen = outer.create_gc(foreground=0xFFFFFF)
    region = Region(connection)
    gathered = outer.damage_create(damage.DamageReportNonEmpty)
    region.take(gathered)
    outer.fill_rectangle(pen, 300, 200, 7, 5)
    outer.fill_rectangle(pen, 350, 250, 3, 2)
    assert region.take(gathered) == (Rect(300, 200, 7, 5), Rect(350, 250, 3, 2))
    assert region.take(gathered) == ()
    for number in range(MOST_RECTS + 1):
        outer.fill_rectangle(pen, 220 + number % 2 * 100, 120 + 2 * number, 1, 1)
    assert region.take(gathered) == (Rect(220, 120, 101, 2 * MOST_RECTS + 1),)


def test_what_is_drawn_as_the_time_is_up_is_reported_by_the_next_call(
    desktop: Desktop,
    connection: Display,
    nested: tuple[Window, Window],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    watch = DamageWatch(desktop.name)
    while watch.wait(0) is not None:
        pass
    pen = nested[0].create_gc(foreground=0x00FF00)

    def just_too_early(*_: object) -> tuple[list[int], list[int], list[int]]:
        nested[0].fill_rectangle(pen, 300, 200, 7, 5)
        connection.sync()
        return [], [], []

    with monkeypatch.context() as patched:
        patched.setattr("agent.capture.damage.select", SimpleNamespace(select=just_too_early))
        assert watch.wait(0) is None
    assert watch.wait(5) == Rect(400, 250, 7, 5)
    watch.close()


def test_a_server_that_is_gone_is_an_error() -> None:
    own = Desktop(width=640, height=480, managed=False)
    lost = open_connection(own.name)
    asked = Question(lost, struct.pack("=BxH", 43, 1))
    own.kill_server()
    with pytest.raises(CONNECTION_ERRORS):
        asked.answer()
    with pytest.raises(CONNECTION_ERRORS):
        pointer_place(lost)
    with pytest.raises(CONNECTION_ERRORS):
        pending(lost)
    own.close()
