"""The pages of the main window on a real display, as the person uses them."""

import pytest

from byleave.demo.desktop import Desktop
from byleave.demo.person import VncPerson
from session.codes import check_digit
from tests.agent.windows.theatre import Attacker, Seen, Stage, await_focus, click, quiet_for, xdotool
from tests.desktop import until

pytestmark = pytest.mark.desktop

NINE = "482119355"
CODE = NINE + check_digit(NINE)
SLIP = NINE + str((int(check_digit(NINE)) + 1) % 10)


def test_the_code_comes_after_the_question_who_phoned(stage: Stage, seen: Seen, person: VncPerson) -> None:
    stage.show("welcome")
    seen.wait("label", "Our official number: +41 44 555 01 23")
    click(person, seen.wait("push button", "Yes, I phoned"))
    field = seen.wait("text", "Code of ten digits")
    await_focus(field)
    person.type(SLIP)
    seen.wait("label", "One digit is wrong.")
    person.press("Return")
    assert quiet_for(0.3, stage) == []
    person.press("BackSpace")
    person.type(CODE[-1])
    until(lambda: field.text() == f"{CODE[:4]} {CODE[4:7]} {CODE[7:]}")
    click(person, seen.wait("push button", "Connect"))
    assert stage.await_intent() == ["code_typed", CODE]


def test_who_was_phoned_is_told_to_hang_up(stage: Stage, seen: Seen, person: VncPerson) -> None:
    stage.show("welcome")
    click(person, seen.wait("push button", "No, they phoned me"))
    seen.wait("label", "Hang up now")
    assert seen.gone("text", "Code of ten digits")
    click(person, seen.wait("push button", "Back"))
    seen.wait("label", "Did you phone us yourself?")


def test_an_error_is_said_beside_the_field(stage: Stage, seen: Seen) -> None:
    stage.show("welcome-trouble")
    seen.wait("label", "The code did not match, so it is no longer valid.")
    seen.wait("text", "Code of ten digits")


def test_connecting_can_be_given_up(stage: Stage, seen: Seen, person: VncPerson) -> None:
    stage.show("connecting")
    seen.wait("label", "Comparing the code: now")
    click(person, seen.wait("push button", "Cancel"))
    assert stage.await_intent() == ["stop"]


def test_only_a_hand_adopts_an_organisation(
    stage: Stage, seen: Seen, person: VncPerson, desktop: Desktop
) -> None:
    stage.show("adopt")
    trust = seen.wait("push button", "Trust")
    await_focus(seen.wait("push button", "Don’t trust"))
    trust.press()
    x, y = (str(part) for part in trust.centre)
    xdotool(desktop, "mousemove", x, y, "click", "1")
    assert quiet_for(0.5, stage) == []
    click(person, trust)
    assert stage.await_intent() == ["adopt", True]


def test_enter_does_not_adopt(stage: Stage, seen: Seen, person: VncPerson) -> None:
    stage.show("adopt")
    await_focus(seen.wait("push button", "Don’t trust"))
    person.press("Tab")
    person.press("Return")
    assert stage.await_intent() == ["adopt", False]


def test_the_person_saves_a_copy(stage: Stage, seen: Seen, person: VncPerson) -> None:
    stage.show("summary")
    seen.wait("label", "You stopped the session")
    click(person, seen.wait("push button", "Save my copy"))
    name, folder = stage.await_intent()
    assert name == "save_copy"
    assert folder.endswith("/Byleave")
    stage.show("summary-saved")
    seen.wait("label", "Your copy is in /media/stick/Byleave")


def test_the_person_reports_a_problem(stage: Stage, seen: Seen, person: VncPerson) -> None:
    stage.show("summary")
    click(person, seen.wait("push button", "Report a problem"))
    await_focus(seen.wait("text", "Your words"))
    person.type("He wanted my card number.")
    click(person, seen.wait("push button", "Send report"))
    assert stage.await_intent() == ["report", "He wanted my card number."]


@pytest.mark.parametrize(
    ("name", "title", "intent"),
    [
        ("summary", "Remote help has ended", ["close_summary"]),
        ("adopt", "Set up Byleave", ["adopt", False]),
        ("connecting", "Connecting", ["stop"]),
    ],
)
def test_closing_a_page_means_the_careful_thing(
    stage: Stage, attacker: Attacker, name: str, title: str, intent: list[object]
) -> None:
    stage.show(name)
    until(lambda: bool(attacker.titled(title)))
    attacker.close(attacker.find(title))
    assert stage.await_intent() == intent


def test_a_later_question_keeps_what_is_being_written(stage: Stage, seen: Seen, person: VncPerson) -> None:
    stage.show("session-viewing", 1500.0)
    click(person, seen.wait("push button", "Chat"))
    field = seen.wait("text", "Write a message")
    click(person, field)
    person.type("One moment")
    stage.show("question-more")
    click(person, seen.deny)
    assert stage.await_intent()[2] == "refused"
    stage.show("session-viewing", 1500.0)
    assert field.text() == "One moment"
