"""The watchdog against real deaths of a real holder."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest
from Xlib import X

from agent.effects import feed
from tests.agent.conftest import Desktop, until

pytestmark = pytest.mark.desktop

PROMISE = 0.5
"""Seconds (CONSENT.md: the agent dies while keys are held)."""

DEATHS = 8


class Holder:
    """A process that holds Control, x and the left button, with its watchdog."""

    def __init__(self, desktop: Desktop, *, beats: bool = True) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.agent.effects.holder", desktop.name, "beat" if beats else "silent"],
            stdout=subprocess.PIPE,
            cwd=Path(__file__).parents[3],
        )
        assert self.process.stdout is not None
        self.watchdog = int(self.process.stdout.readline())

    def end(self) -> None:
        self.process.kill()
        self.process.wait()
        assert self.process.stdout is not None
        self.process.stdout.close()


@contextmanager
def holder(desktop: Desktop, *, beats: bool = True) -> Iterator[Holder]:
    made = Holder(desktop, beats=beats)
    try:
        yield made
    finally:
        made.end()


def held(desktop: Desktop) -> bool:
    buttons = desktop.connection.screen().root.query_pointer().mask & X.Button1Mask
    return any(desktop.connection.query_keymap()) or bool(buttons)


def released_after(desktop: Desktop) -> float:
    before = time.monotonic()
    until(lambda: not held(desktop), seconds=5, what="the release")
    return time.monotonic() - before


def is_over(process: int) -> bool:
    try:
        return psutil.Process(process).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def test_a_killed_holder_leaves_nothing_held(desktop: Desktop) -> None:
    waits = []
    for _ in range(DEATHS):
        with holder(desktop) as dying:
            assert held(desktop)
            os.kill(dying.process.pid, signal.SIGKILL)
            waits.append(released_after(desktop))
            until(lambda: is_over(dying.watchdog), what="the watchdog's end")
    assert max(waits) < PROMISE, waits


def test_a_frozen_holder_is_released_and_may_go_on(desktop: Desktop) -> None:
    with holder(desktop) as freezing:
        os.kill(freezing.process.pid, signal.SIGSTOP)
        assert released_after(desktop) < PROMISE
        assert not is_over(freezing.watchdog)
        os.kill(freezing.process.pid, signal.SIGCONT)


def test_a_holder_whose_gate_does_not_beat_is_released(desktop: Desktop) -> None:
    with holder(desktop, beats=False) as silent:
        assert released_after(desktop) < PROMISE
        assert silent.process.poll() is None


def test_a_living_holder_keeps_what_it_holds(desktop: Desktop) -> None:
    with holder(desktop):
        deadline = time.monotonic() + 3 * feed.SILENCE
        while time.monotonic() < deadline:
            assert held(desktop)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP])
def test_the_watchdog_outlives_what_ends_a_terminals_programs(desktop: Desktop, number: int) -> None:
    with holder(desktop) as dying:
        os.kill(dying.watchdog, number)
        os.kill(dying.process.pid, signal.SIGKILL)
        assert released_after(desktop) < PROMISE


def test_a_watchdog_that_is_asked_to_end_releases_first(desktop: Desktop) -> None:
    with holder(desktop) as holding:
        os.kill(holding.watchdog, signal.SIGTERM)
        assert released_after(desktop) < PROMISE
        until(lambda: is_over(holding.watchdog), what="the watchdog's end")


def test_lent_keys_are_given_back_when_the_holder_dies(desktop: Desktop) -> None:
    def lent() -> bool:
        information = desktop.connection.display.info
        count = information.max_keycode - information.min_keycode + 1
        symbols = desktop.connection.get_keyboard_mapping(information.min_keycode, count)
        return any(0x1006F22 in key for key in symbols)

    with holder(desktop) as dying:
        assert lent()
        os.kill(dying.process.pid, signal.SIGKILL)
        until(lambda: not lent(), what="the key")
