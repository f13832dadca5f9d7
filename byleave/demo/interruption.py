"""Ctrl+C, a closed terminal, a polite kill: everything that was started still ends."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
EXIT_BASE = 128


class Interrupted(BaseException):
    """A signal asked for the end; no `except Exception` takes it for a failure.

    Args:
        number: of the signal.
    """

    def __init__(self, number: int) -> None:
        super().__init__(signal.Signals(number).name)
        self.number = number

    @property
    def exit_code(self) -> int:
        """What a shell says of a program that a signal has ended: 130 after Ctrl+C."""
        return EXIT_BASE + self.number


@contextmanager
def interruptible() -> Iterator[None]:
    """Have the first signal raise `Interrupted`; more of them cannot disturb the tidying up.

    Raises:
        Interrupted: a signal came.
    """
    before = {number: signal.getsignal(number) for number in SIGNALS}

    def interrupt(number: int, frame: FrameType | None) -> None:
        for each in SIGNALS:
            signal.signal(each, signal.SIG_IGN)
        raise Interrupted(number)

    for number, handler in before.items():
        # Whoever runs us with `nohup` wants no end when the terminal is closed.
        if handler is not signal.SIG_IGN:
            signal.signal(number, interrupt)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
