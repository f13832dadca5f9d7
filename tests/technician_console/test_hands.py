"""What leaves the technician's hands, and what does not."""

from collections.abc import Callable

from session.messages import Input, Key, PointerButton, PointerMove, ReleaseAll, Scroll, Text
from technician_console.hands import MOVE_SECONDS, Hands


class Scene:
    """Hands with a clock and a timer that only the test moves."""

    def __init__(self) -> None:
        self.now = 100.0
        self.allowed = True
        self.linked = True
        self.sent: list[Input] = []
        self.due: list[Callable[[], None]] = []
        self.hands = Hands(self._send, lambda: self.allowed, lambda: self.now, self._later)

    def _send(self, message: Input) -> bool:
        if self.linked:
            self.sent.append(message)
        return self.linked

    def _later(self, seconds: float, act: Callable[[], None]) -> object:
        assert 0 < seconds <= MOVE_SECONDS
        self.due.append(act)
        return None

    def wait(self) -> None:
        """Let so much time pass that everything that was put off is done."""
        self.now += MOVE_SECONDS
        while self.due:
            self.due.pop(0)()


def test_everything_goes_while_it_may() -> None:
    scene = Scene()
    scene.hands.move(0, 1, 2)
    scene.hands.button(1, True)
    scene.hands.scroll(0, -3)
    scene.hands.key(0x61, True)
    scene.hands.text("é")
    assert scene.sent == [
        PointerMove(0, 1, 2),
        PointerButton(1, True),
        Scroll(0, -3),
        Key(0x61, True),
        Text("é"),
    ]
    assert scene.hands.sent == 5


def test_nothing_goes_while_it_may_not() -> None:
    scene = Scene()
    scene.allowed = False
    scene.hands.move(0, 1, 2)
    scene.hands.button(1, True)
    scene.hands.scroll(0, 1)
    scene.hands.key(0x61, True)
    scene.hands.text("é")
    scene.hands.release_all()
    scene.wait()
    assert (scene.sent, scene.hands.sent) == ([], 0)


def test_of_many_places_the_newest_goes() -> None:
    scene = Scene()
    for x in range(50):
        scene.hands.move(0, x, 0)
    assert scene.sent == [PointerMove(0, 0, 0)]
    scene.wait()
    assert scene.sent == [PointerMove(0, 0, 0), PointerMove(0, 49, 0)]


def test_a_click_lands_where_the_pointer_was_last() -> None:
    scene = Scene()
    scene.hands.move(0, 1, 1)
    scene.hands.move(0, 2, 2)
    scene.hands.button(1, True)
    scene.wait()
    assert scene.sent == [PointerMove(0, 1, 1), PointerMove(0, 2, 2), PointerButton(1, True)]


def test_a_click_does_not_make_the_pointer_send_more_often() -> None:
    scene = Scene()
    scene.hands.move(0, 1, 1)
    scene.hands.move(0, 2, 2)
    scene.now += 0.75 * MOVE_SECONDS
    scene.hands.button(1, True)
    scene.hands.move(0, 3, 3)
    # What was put off for the second place comes due, but the click has sent that one already.
    scene.now += 0.25 * MOVE_SECONDS
    scene.due.pop(0)()
    assert scene.sent[-1] == PointerButton(1, True)
    scene.wait()
    assert scene.sent[-1] == PointerMove(0, 3, 3)
    assert scene.hands.sent == 4


def test_a_place_that_waits_is_forgotten_when_input_is_no_longer_allowed() -> None:
    scene = Scene()
    scene.hands.move(0, 1, 1)
    scene.hands.move(0, 2, 2)
    scene.allowed = False
    scene.wait()
    assert scene.sent == [PointerMove(0, 1, 1)]


def test_what_is_held_is_released_once() -> None:
    scene = Scene()
    scene.hands.key(0x61, True)
    scene.hands.button(1, True)
    scene.hands.button(1, False)
    scene.allowed = False
    scene.hands.release_all()
    scene.hands.release_all()
    assert scene.sent.count(ReleaseAll()) == 1


def test_nothing_is_held_after_a_lost_link() -> None:
    scene = Scene()
    scene.hands.key(0x61, True)
    scene.hands.forget()
    scene.hands.release_all()
    assert scene.sent == [Key(0x61, True)]


def test_what_no_link_took_is_not_counted() -> None:
    scene = Scene()
    scene.linked = False
    scene.hands.key(0x61, True)
    assert scene.hands.sent == 0
