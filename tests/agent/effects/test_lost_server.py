"""What happens when the X server dies while everything is in use."""

import threading
import time

import pytest

from agent.capture.pointer import X11Pointer
from agent.capture.screen import X11Screen
from agent.effects.x11 import X11Effects
from session.errors import EffectFailed
from tests.agent.conftest import Desktop, until
from tests.agent.effects.test_release import is_over

pytestmark = pytest.mark.desktop


def test_everything_fails_with_our_error_and_closes() -> None:
    desktop = Desktop(width=640, height=480, managed=False)
    screen, pointer, effects = X11Screen(desktop.name), X11Pointer(desktop.name), X11Effects(desktop.name)
    watchdog = effects._watchdog.process
    screen.grab()
    effects.key(ord("a"), True)
    death = threading.Timer(0.2, desktop.kill_server)
    death.start()
    before = time.monotonic()
    with pytest.raises(EffectFailed):
        while True:
            screen.wait(20)
    assert time.monotonic() - before < 10
    death.join()
    with pytest.raises(EffectFailed):
        screen.grab()
    with pytest.raises(EffectFailed):
        pointer.wait(20)
    for act in (
        lambda: effects.move(0, 1, 1),
        lambda: effects.key(ord("b"), True),
        lambda: effects.text("x"),
    ):
        with pytest.raises(EffectFailed):
            act()
    with pytest.raises(EffectFailed):
        effects.pointer_is_on({1})
    screen.close()
    pointer.close()
    effects.close()
    until(lambda: is_over(watchdog), what="the watchdog's end")
    desktop.close()
