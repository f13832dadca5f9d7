"""Other displays than the usual one: twice as fine, with two monitors, or none that can be trusted."""

import subprocess
from collections.abc import Iterator

import pytest

from byleave.demo.accessibility import Windows
from byleave.demo.desktop import Desktop
from byleave.demo.person import VncPerson
from tests.agent.windows.theatre import Attacker, Seen, Stage, await_armed, click
from tests.desktop import until

pytestmark = pytest.mark.desktop

BANNER = "Byleave: what is happening"


@pytest.fixture
def two_monitors(desktop: Desktop) -> Iterator[None]:
    left, right = ("960/254x1080/285+0+0", "VNC-0"), ("960/254x1080/285+960+0", "none")
    for name, (place, output) in {"left": left, "right": right}.items():
        xrandr(desktop, "--setmonitor", name, place, output)
    yield
    for name in ("left", "right"):
        xrandr(desktop, "--delmonitor", name)


def xrandr(desktop: Desktop, *arguments: str) -> None:
    subprocess.run(["xrandr", *arguments], env=desktop.environment, check=True, timeout=20)


def test_at_200_percent_the_question_is_answered_as_well(
    desktop: Desktop, windows: Windows, person: VncPerson
) -> None:
    with Stage(desktop, scale="2") as stage:
        seen = Seen(windows)
        number = stage.show("question-more", 120.0)
        seen.wait("label", "There is more to read")
        person.move(960, 500)
        person.scroll(20)
        click(person, seen.wait("check box"))
        await_armed(seen)
        assert stage.banner
        click(person, seen.allow)
        assert stage.await_intent() == ["answer", number, ["control"], 30]


@pytest.mark.usefixtures("two_monitors")
def test_there_is_a_banner_on_every_monitor(stage: Stage, attacker: Attacker) -> None:
    stage.show("session", 1500.0)
    until(lambda: len(attacker.titled(BANNER)) == 2)
    places = sorted(attacker.place(banner) for banner in attacker.titled(BANNER))
    assert [x // 960 for x, _ in places] == [0, 1]
    until(lambda: stage.banner)
    cover = attacker.cover(960, 0, 960, 1080)
    until(lambda: stage.banner)
    attacker.remove(cover)


def test_a_monitor_that_comes_takes_the_question_away_and_gets_a_banner(
    stage: Stage, seen: Seen, attacker: Attacker, request: pytest.FixtureRequest
) -> None:
    number = stage.show("question")
    until(lambda: "focused" in seen.deny.states())
    request.getfixturevalue("two_monitors")
    assert stage.await_intent() == ["deny", number, "refused"]
    until(lambda: len(attacker.titled(BANNER)) == 2)


def test_where_hands_cannot_be_told_apart_nothing_is_asked(desktop: Desktop) -> None:
    with Stage(desktop, platform="offscreen") as stage:
        number = stage.show("question")
        assert stage.await_intent() == ["deny", number, "refused"]
        assert not stage.banner
