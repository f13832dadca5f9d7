"""The technician's clicks and keys on the pages before and after a session."""

from collections.abc import Callable

import pytest

from byleave.demo.accessibility import Windows
from byleave.demo.person import VncPerson
from tests.desktop import until
from tests.technician_console.windows.conftest import Console
from tests.technician_console.windows.scenes import SIGN_IN, WHY

pytestmark = pytest.mark.desktop
Open = Callable[[str], Console]


def test_the_passphrase_and_enter_sign_in(console: Open, windows: Windows, technician: VncPerson) -> None:
    window = console("sign-in")
    field = windows.wait("text", "Passphrase")
    until(lambda: "focused" in field.states())
    technician.type("open sesame\n")
    wanted = ("sign_in", SIGN_IN.key_path, "open sesame", SIGN_IN.certificate_path)
    assert window.next("inspect") == wanted
    assert field.text() == ""


def test_another_certificate_is_looked_at(console: Open, windows: Windows, technician: VncPerson) -> None:
    window = console("sign-in-first")
    field = windows.wait("text", "Certificate file")
    until(lambda: "focused" in field.states())
    technician.type("/etc/other-cert.pub\t")
    assert window.next() == ("inspect", "/etc/other-cert.pub")


def test_a_purpose_and_enter_ask_for_a_code(console: Open, windows: Windows, technician: VncPerson) -> None:
    window = console("new-session")
    until(lambda: "focused" in windows.wait("text", "Purpose").states())
    technician.type("The printer is silent")
    technician.click(*windows.wait("check box", "Mouse and keyboard").centre)
    technician.click(*windows.wait("check box", "60 minutes").centre)
    technician.click(*windows.wait("text", "Ticket").centre)
    technician.type("77\n")
    assert window.next() == ("start", "The printer is silent", "77", ["view", "control"], 60)


def test_control_is_asked_for_only_with_seeing(
    console: Open, windows: Windows, technician: VncPerson
) -> None:
    window = console("new-session")
    until(lambda: "focused" in windows.wait("text", "Purpose").states())
    technician.type("The printer is silent")
    see = windows.wait("check box", "See the screen")
    control = windows.wait("check box", "Mouse and keyboard")
    technician.click(*control.centre)
    until(lambda: "checked" in control.states())
    technician.click(*see.centre)
    until(lambda: "checked" not in control.states() and "enabled" not in control.states())
    technician.click(*windows.wait("check box", "System facts").centre)
    technician.click(*windows.wait("text", "Ticket").centre)
    technician.type("\n")
    assert window.next() == ("start", "The printer is silent", "", ["system-info"], 30)


def test_without_a_purpose_nothing_starts(console: Open, windows: Windows, technician: VncPerson) -> None:
    window = console("new-session")
    until(lambda: "focused" in windows.wait("text", "Purpose").states())
    technician.type("a\n")
    windows.wait("label", "Say why")
    technician.type(" printer is silent\n")
    assert window.next() == ("start", "a printer is silent", "", ["view"], 30)


def test_the_code_is_read_out_and_copied(console: Open, windows: Windows, technician: VncPerson) -> None:
    window = console("code")
    windows.wait("label", "Code 4821 193 552")
    technician.click(*windows.wait("push button", "Copy the code").centre)
    technician.click(*windows.wait("push button", "Cancel").centre)
    assert window.next() == ("cancel",)


def test_a_cancelled_code_leads_back_to_what_was_typed(console: Open, windows: Windows) -> None:
    window = console("code")
    windows.wait("label", "Code 4821 193 552")
    window.tell("show", "new-session-filled")
    until(lambda: windows.wait("text", "Purpose").text() == WHY)


def test_enter_on_the_last_page_begins_anew(console: Open, windows: Windows, technician: VncPerson) -> None:
    window = console("over-stopped")
    windows.wait("label", "The person stopped the session")
    until(lambda: "focused" in windows.wait("push button", "New session").states())
    technician.type(" ")
    assert window.next() == ("again",)
