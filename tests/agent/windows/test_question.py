"""The consent window on a real display: who may answer it, and when."""

import time

import pytest

from byleave.demo.desktop import Desktop
from byleave.demo.person import VncPerson
from tests.agent.windows.theatre import (
    Attacker,
    Seen,
    Stage,
    await_armed,
    await_focus,
    click,
    quiet_for,
    xdotool,
)
from tests.desktop import until

pytestmark = pytest.mark.desktop

TITLE = "Request for remote help"
LONG = 170.0


def test_the_person_allows_what_is_ticked(stage: Stage, seen: Seen, person: VncPerson) -> None:
    number = stage.show("question")
    box = seen.wait("check box", "Move the mouse and type")
    click(person, box)
    until(lambda: "checked" in box.states())
    click(person, seen.wait("radio button", "1 hour"))
    await_armed(seen)
    click(person, seen.wait("push button", "Allow for 1 hour"))
    assert stage.await_intent() == ["answer", number, ["control", "view"], 60]


def test_control_waits_for_seeing(stage: Stage, seen: Seen, person: VncPerson) -> None:
    stage.show("question", LONG)
    see, control = (
        seen.wait("check box", "See this screen"),
        seen.wait("check box", "Move the mouse and type"),
    )
    click(person, control)
    until(lambda: "checked" in control.states())
    click(person, see)
    until(lambda: "checked" not in control.states() and "enabled" not in control.states())
    click(person, control)
    click(person, seen.allow)
    assert quiet_for(0.5, stage) == []
    assert "checked" not in control.states()
    click(person, see)
    until(lambda: "enabled" in control.states())
    assert "checked" not in control.states()


def test_only_seeing_is_ticked_at_first(stage: Stage, seen: Seen) -> None:
    stage.show("question-everything")
    seen.wait("check box", "See this screen")
    ticked = [box.name for box in seen.all("check box") if "checked" in box.states()]
    assert ticked == ["See this screen"]
    assert len(list(seen.all("check box"))) == 8


def test_a_later_question_needs_its_box_ticked(stage: Stage, seen: Seen, person: VncPerson) -> None:
    number = stage.show("question-more")
    seen.wait("label", "Tick the box to allow.")
    click(person, seen.allow)
    assert quiet_for(0.5, stage) == []
    click(person, seen.wait("check box"))
    await_armed(seen)
    click(person, seen.allow)
    assert stage.await_intent() == ["answer", number, ["control"], 30]


# 500 injected clicks and keys in three ways; after each, the person's own click still answers.


def test_150_presses_by_at_spi_never_answer(stage: Stage, seen: Seen, person: VncPerson) -> None:
    number = stage.show("question", LONG)
    allow, deny, box = seen.allow, seen.deny, seen.wait("check box", "Move the mouse and type")
    await_armed(seen)
    for _ in range(50):
        allow.press()
        deny.press()
        box.press()
    assert quiet_for(0.3, stage) == []
    assert "checked" not in box.states()
    await_armed(seen)
    click(person, allow)
    assert stage.await_intent() == ["answer", number, ["view"], 30]


def test_200_clicks_and_keys_by_xtest_never_answer(
    stage: Stage, seen: Seen, person: VncPerson, desktop: Desktop
) -> None:
    number = stage.show("question", LONG)
    allow, deny, box = seen.allow, seen.deny, seen.wait("check box", "Move the mouse and type")
    for target, times in ((allow, 75), (deny, 25), (box, 25)):
        # Whatever a program's pointer did before has to be forgiven first.
        await_armed(seen)
        x, y = (str(part) for part in target.centre)
        xdotool(desktop, "mousemove", x, y, "click", "--repeat", str(times), "--delay", "4", "1")
    await_armed(seen)
    for key in ("space", "Return", "Escape"):
        xdotool(desktop, "key", "--repeat", "25", "--delay", "4", key)
    assert quiet_for(0.3, stage) == []
    assert "checked" not in box.states()
    await_armed(seen)
    click(person, allow)
    assert stage.await_intent() == ["answer", number, ["view"], 30]


def test_150_clicks_and_keys_by_xsendevent_never_answer(
    stage: Stage, seen: Seen, person: VncPerson, attacker: Attacker
) -> None:
    number = stage.show("question", LONG)
    allow, deny, box = seen.allow, seen.deny, seen.wait("check box", "Move the mouse and type")
    window = attacker.find(TITLE)
    await_armed(seen)
    for target in (allow, deny, box):
        for _ in range(25):
            attacker.send_click(window, target.centre)
    for key in ("space", "Return", "Escape"):
        for _ in range(25):
            attacker.send_key(window, key)
    assert quiet_for(0.3, stage) == []
    assert "checked" not in box.states()
    await_armed(seen)
    click(person, allow)
    assert stage.await_intent() == ["answer", number, ["view"], 30]


def test_an_injected_pointer_starts_the_wait_again(
    stage: Stage, seen: Seen, person: VncPerson, desktop: Desktop
) -> None:
    # Moving the pointer onto `Allow` just before the person clicks is an attack of its own.
    stage.show("question", LONG)
    allow = seen.allow
    person.move(400, 400)
    await_armed(seen)
    xdotool(desktop, "mousemove", *(str(part) for part in allow.centre))
    person.click(*allow.centre)
    assert quiet_for(0.3, stage) == []


def test_the_person_answers_twenty_of_twenty(stage: Stage, seen: Seen, person: VncPerson) -> None:
    answers = []
    for turn in range(20):
        number = stage.show("question")
        deny = seen.deny
        await_focus(deny)
        match turn % 5:
            case 0:
                await_armed(seen)
                click(person, seen.allow)
                wanted = ["answer", number, ["view"], 30]
            case 1:
                await_armed(seen)
                # From `Don't allow` one Tab leads to `Allow`.
                person.press("Tab")
                await_focus(seen.allow)
                person.press(" ")
                wanted = ["answer", number, ["view"], 30]
            case 2:
                click(person, deny)
                wanted = ["deny", number, "refused"]
            case 3:
                person.press(" ")
                wanted = ["deny", number, "refused"]
            case _:
                person.press("Return")
                wanted = ["deny", number, "refused"]
        answers.append(stage.await_intent() == wanted)
    assert answers == [True] * 20


@pytest.mark.parametrize("key", ["Escape", "Return", " "])
def test_a_key_by_habit_refuses(stage: Stage, seen: Seen, person: VncPerson, key: str) -> None:
    number = stage.show("question")
    deny = seen.deny
    await_focus(deny)
    person.press(key)
    assert stage.await_intent() == ["deny", number, "refused"]


def test_enter_refuses_even_on_allow(stage: Stage, seen: Seen, person: VncPerson) -> None:
    number = stage.show("question")
    await_armed(seen)
    person.press("Tab")
    await_focus(seen.allow)
    person.press("Return")
    assert stage.await_intent() == ["deny", number, "refused"]


def test_closing_the_window_refuses(stage: Stage, seen: Seen, attacker: Attacker) -> None:
    number = stage.show("question")
    await_focus(seen.deny)
    attacker.close(attacker.find(TITLE))
    assert stage.await_intent() == ["deny", number, "refused"]


def test_silence_is_a_timeout_and_not_a_refusal(stage: Stage, seen: Seen) -> None:
    began = time.monotonic()
    number = stage.show("question", 4.0)
    seen.wait("label", "No answer means “Don’t allow”.")
    assert stage.await_intent() == ["deny", number, "timed-out"]
    assert 3.5 < time.monotonic() - began < 6
    assert seen.gone("push button", "Don’t allow")


def test_another_size_of_the_screen_takes_the_question_away(
    stage: Stage, seen: Seen, desktop: Desktop
) -> None:
    number = stage.show("question")
    await_focus(seen.deny)
    desktop.start("xrandr", ["xrandr", "--size", "1680x1050"]).wait(10)
    try:
        assert stage.await_intent() == ["deny", number, "refused"]
    finally:
        desktop.start("xrandr", ["xrandr", "--size", "1920x1080"]).wait(10)


def test_a_screen_locker_takes_the_question_away(stage: Stage, seen: Seen, attacker: Attacker) -> None:
    number = stage.show("question")
    await_focus(seen.deny)
    attacker.cover(0, 0, 1920, 1080)
    assert stage.await_intent() == ["deny", number, "refused"]


def test_allow_counts_after_three_seconds_and_not_before(stage: Stage, seen: Seen, person: VncPerson) -> None:
    began = time.monotonic()
    number = stage.show("question")
    allow = seen.allow
    while not stage.intents():
        person.click(*allow.centre)
        assert time.monotonic() < began + 10
    assert time.monotonic() >= began + 3.0
    assert stage.intents()[0] == ["answer", number, ["view"], 30]


def test_one_pixel_over_the_window_is_enough(
    stage: Stage, seen: Seen, person: VncPerson, attacker: Attacker
) -> None:
    number = stage.show("question", LONG)
    await_armed(seen)
    allow = seen.allow
    x, y = attacker.place(attacker.find(TITLE))
    pixel = attacker.cover(x + 3, y + 3, 1, 1)
    seen.wait("label", "Something covers this window")
    covered = time.monotonic()
    while time.monotonic() < covered + 3.5:
        person.click(*allow.centre)
    assert stage.intents() == []
    attacker.remove(pixel)
    await_armed(seen)
    person.click(*allow.centre)
    assert stage.await_intent() == ["answer", number, ["view"], 30]


def test_a_window_that_lets_clicks_through_covers_as_well(
    stage: Stage, seen: Seen, person: VncPerson, attacker: Attacker
) -> None:
    stage.show("question", LONG)
    await_armed(seen)
    allow = seen.allow
    x, y = attacker.place(attacker.find(TITLE))
    attacker.cover(x, y + 100, 480, 300, click_through=True)
    person.click(*allow.centre)
    assert quiet_for(0.5, stage) == []


def test_a_window_that_only_flashes_starts_the_wait_again(
    stage: Stage, seen: Seen, person: VncPerson, attacker: Attacker
) -> None:
    stage.show("question", LONG)
    allow = seen.allow
    x, y = attacker.place(attacker.find(TITLE))
    person.move(*allow.centre)
    await_armed(seen)
    attacker.remove(attacker.cover(x + 200, y + 200, 40, 40))
    person.click(*allow.centre)
    assert quiet_for(0.5, stage) == []
    await_armed(seen)


def test_a_window_that_moves_starts_the_wait_again(
    stage: Stage, seen: Seen, person: VncPerson, attacker: Attacker
) -> None:
    stage.show("question", LONG)
    await_armed(seen)
    window = attacker.find(TITLE)
    before = attacker.place(window)
    window.configure(x=300, y=200)
    attacker.display.sync()
    until(lambda: attacker.place(window) != before)
    click(person, seen.allow)
    assert quiet_for(0.3, stage) == []


def test_a_window_without_the_focus_takes_no_answer(
    stage: Stage, seen: Seen, person: VncPerson, desktop: Desktop
) -> None:
    stage.show("question", LONG)
    await_armed(seen)
    other = desktop.start("xterm", ["xterm", "-geometry", "40x10+0+700"])
    try:
        seen.wait("label", "Click into this window to allow.")
        click(person, seen.allow)
        assert quiet_for(0.3, stage) == []
    finally:
        desktop.end(other)


def test_no_question_without_a_banner_in_sight(stage: Stage, seen: Seen, attacker: Attacker) -> None:
    cover = attacker.cover(0, 0, 1920, 60)
    number = stage.show("question")
    deadline = time.monotonic() + 8
    while time.monotonic() < deadline and not stage.intents():
        # Whatever the banner does to come back, this window comes right after it.
        cover.raise_window()
        attacker.display.sync()
        time.sleep(0.002)
    assert stage.intents() == [["deny", number, "refused"]]
    assert seen.gone("push button", "Don’t allow")
