"""The banner on a real display: always there, and Stop always works."""

import re

import pytest

from byleave.demo.desktop import Desktop
from byleave.demo.person import VncPerson
from tests.agent.windows.theatre import Attacker, Seen, Stage, click, quiet_for, xdotool
from tests.desktop import until

pytestmark = pytest.mark.desktop

STILL_WAKES = 6
"""In two seconds: one look at the banner a second, and a little. It was over a hundred."""

TITLE = "Byleave: what is happening"


@pytest.fixture
def session(stage: Stage) -> Stage:
    stage.show("session", 1500.0)
    until(lambda: stage.banner)
    return stage


def test_it_names_the_technician_and_what_they_can_do(session: Stage, seen: Seen) -> None:
    seen.wait("label", "Maya Ortiz")
    seen.wait("label", "can see your screen and use your mouse and keyboard")
    seen.wait("label", "25 min left")


def test_the_last_minute_is_counted_in_seconds(stage: Stage, seen: Seen) -> None:
    stage.show("session", 30.0)
    first = seen.wait("label", re.compile(r"^\d+ s left$"))
    until(lambda: first.text() != first.name)


def test_a_still_screen_stays_still(session: Stage, seen: Seen, desktop: Desktop) -> None:
    seen.wait("label", "25 min left")
    until(lambda: bool((desktop.grab()[:60] == desktop.grab()[:60]).all()))
    before = desktop.grab()[:60]
    assert quiet_for(1.5, session) == []
    assert (desktop.grab()[:60] == before).all()


def test_a_session_in_which_nothing_changes_hardly_wakes_the_windows(
    session: Stage, seen: Seen, person: VncPerson
) -> None:
    seen.wait("label", "25 min left")
    until(lambda: woken(session, 2.0) <= STILL_WAKES)
    before = session.wakes
    for _ in range(20):
        session.again(5)
        assert quiet_for(0.05, session) == []
    assert session.wakes - before <= STILL_WAKES
    before = session.wakes
    for x in range(40):
        person.move(300 + 2 * x, 700)
        assert quiet_for(0.05, session) == []
    assert session.wakes - before <= 2 * STILL_WAKES


def woken(stage: Stage, seconds: float) -> int:
    before = stage.wakes
    assert quiet_for(seconds, stage) == []
    return stage.wakes - before


def test_stop_is_one_click(session: Stage, seen: Seen, person: VncPerson) -> None:
    click(person, seen.wait("push button", "Stop"))
    assert session.await_intent() == ["stop"]


@pytest.mark.parametrize(("name", "intent"), [("Stop", "stop"), ("Pause", "pause")])
def test_a_technician_who_moves_the_pointer_cannot_keep_the_release_from_a_button(
    session: Stage, seen: Seen, person: VncPerson, desktop: Desktop, name: str, intent: str
) -> None:
    person.move(*seen.wait("push button", name).centre)
    person.button(down=True)
    xdotool(desktop, "mousemove", "400", "700")
    assert session.await_intent() == [intent]
    person.button(down=False)


def test_anybody_may_stop(session: Stage, seen: Seen, desktop: Desktop) -> None:
    x, y = (str(part) for part in seen.wait("push button", "Stop").centre)
    xdotool(desktop, "mousemove", x, y, "click", "1")
    assert session.await_intent() == ["stop"]


def test_anybody_may_pause_but_only_a_hand_goes_on(
    session: Stage, seen: Seen, person: VncPerson, desktop: Desktop
) -> None:
    seen.wait("push button", "Pause").press()
    assert session.await_intent() == ["pause"]
    session.show("session-paused", 1500.0)
    go_on = seen.wait("push button", "Go on")
    go_on.press()
    x, y = (str(part) for part in go_on.centre)
    xdotool(desktop, "mousemove", x, y, "click", "1")
    assert quiet_for(0.5, session) == []
    click(person, go_on)
    assert session.await_intent() == ["go_on"]


def test_it_cannot_be_closed_moved_shrunk_or_hidden(
    session: Stage, attacker: Attacker, desktop: Desktop
) -> None:
    banner = attacker.find(TITLE)
    place, size = attacker.place(banner), banner.get_geometry()
    attacker.close(banner)
    xdotool(desktop, "windowminimize", str(banner.id))
    attacker.display.sync()
    assert quiet_for(0.5, session) == []
    assert session.banner
    banner.configure(x=5, y=700, width=20, height=4)
    attacker.display.sync()
    until(lambda: attacker.place(banner) == place)
    until(lambda: banner.get_geometry().width == size.width)
    banner.unmap()
    attacker.display.sync()
    until(lambda: bool(attacker.titled(TITLE)))
    until(lambda: session.banner)


def test_it_comes_back_to_the_top(session: Stage, attacker: Attacker, desktop: Desktop) -> None:
    for _ in range(5):
        cover = attacker.cover(0, 0, 1920, 1080)
        until(lambda: bool((desktop.grab()[4:40, 700:1200] != 0).any()), 2.0)
        until(lambda: session.banner, 2.0)
        attacker.remove(cover)


def test_a_full_screen_window_does_not_hide_it(session: Stage, attacker: Attacker, desktop: Desktop) -> None:
    movie = desktop.start("xterm", ["xterm", "-fullscreen", "-bg", "black", "-T", "movie"])
    try:
        until(lambda: bool(attacker.titled("movie")))
        until(lambda: bool((desktop.grab()[1000] == 0).all()))
        until(lambda: session.banner, 2.0)
        assert (desktop.grab()[4:40, 700:1200] != 0).any()
    finally:
        desktop.end(movie)


def test_there_is_none_without_a_session(session: Stage, attacker: Attacker) -> None:
    session.show("welcome")
    until(lambda: not session.banner)
    until(lambda: not attacker.titled(TITLE))


def test_the_gate_learns_every_window_of_ours(
    session: Stage, seen: Seen, attacker: Attacker, person: VncPerson
) -> None:
    banner = attacker.find(TITLE)
    until(lambda: banner.id in session.own)
    click(person, seen.wait("push button", "Chat"))
    seen.wait("text", "Write a message")
    window = attacker.find("Remote help")
    frame = window
    while (parent := frame.query_tree().parent) != attacker.root:
        frame = parent
    assert frame != window
    until(lambda: {banner.id, window.id, frame.id} <= session.own)


def test_the_chat_opens_from_the_banner(session: Stage, seen: Seen, person: VncPerson) -> None:
    click(person, seen.wait("push button", re.compile(r"^Chat \(3\)$")))
    field = seen.wait("text", "Write a message")
    click(person, field)
    person.type("It works: é€")
    until(lambda: field.text() == "It works: é€")
    person.press("Return")
    assert session.await_intent() == ["chat", "It works: é€"]
    seen.wait("label", "Maya Ortiz: Hello, I can see your screen now.")


def test_a_right_can_be_taken_back(session: Stage, seen: Seen, person: VncPerson) -> None:
    click(person, seen.wait("push button", re.compile("^Chat")))
    click(person, seen.wait("push button", "Take back: Move the mouse and type"))
    assert session.await_intent() == ["withdraw", "control"]
