"""How old the technician's picture is, read off both displays at once, from outside."""

import contextlib
import threading
import time
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np

from byleave.demo import barcode
from byleave.demo.screen import Screen
from tests.real_world.stage import SIZE, Stage

PLACE = (SIZE[0] - barcode.WIDTH, SIZE[1] - barcode.HEIGHT)
"""Of the ticker: in the lower right corner, where no window of the scenes comes."""

PAUSE = 0.006
"""Seconds between two looks; what is measured is too long by at most that and the look's own time."""

STALL = 0.25

QUEUE_SECONDS = 0.1
"""From one look at the programs' threads to the next."""


@dataclass(frozen=True)
class Delay:
    """A number on the person's display, and the first one on the technician's that is not older.

    Attributes:
        at: when it was seen on the person's, on the monotonic clock.
        seconds: until it, or a newer one, was seen on the technician's.
        scene: what happened on the desktop meanwhile.
        blind: the longest that the watch itself was kept from looking meanwhile, in seconds.
        queued: how long the threads of agent, relay and console were ready to run meanwhile and got
            no processor, in seconds, all together: what a busy machine adds.
    """

    at: float
    seconds: float
    scene: str
    blind: float
    queued: float


@dataclass
class Trace:
    """Where the person's pointer was, for whoever wants to know where it is drawn."""

    places: "deque[tuple[float, int, int]]" = field(default_factory=lambda: deque(maxlen=2000))

    def since(self, moment: float) -> list[tuple[int, int]]:
        """Return the places since a moment, and the one before."""
        every = list(self.places)
        first = next((index for index, each in enumerate(every) if each[0] >= moment), len(every))
        return [(x, y) for _, x, y in every[max(0, first - 1) :]]


class Watch:
    """Looks at both tickers until the context is left.

    Args:
        stage: with a session whose console is in full screen.

    Attributes:
        scene: is noted with each delay; whoever plays sets it.
        delays: what was found.
        trace: of the person's pointer.
    """

    def __init__(self, stage: Stage) -> None:
        self.scene = ""
        self.delays: list[Delay] = []
        self.trace = Trace()
        self._stage = stage
        self._over = threading.Event()
        self._waiting: deque[tuple[int, float, str]] = deque()
        self._shown = -1
        self._looks: deque[float] = deque(maxlen=1000)
        self._queue: deque[tuple[float, float]] = deque(maxlen=1000)
        self._failed: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="watch")

    def __enter__(self) -> Self:
        x, y = PLACE
        command = ["python", "-m", "tests.real_world.ticker", str(x), str(y)]
        self._ticker = self._stage.person.desktop.start("ticker", command)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()
        self._stage.person.desktop.end(self._ticker)
        if self._failed is not None:
            raise self._failed

    @property
    def seconds(self) -> list[float]:
        """All delays, the longest last."""
        return sorted(each.seconds for each in self.delays)

    @property
    def stalls(self) -> list[Delay]:
        """The delays that were too long, but for those in which the watch itself was kept from looking."""
        return [each for each in self.delays if each.seconds - each.blind > STALL]

    def summary(self) -> str:
        """What came of it, in words."""
        seconds = self.seconds
        worst = max(self.delays, key=lambda each: each.seconds)
        p50, p99 = (1000 * float(np.quantile(seconds, part)) for part in (0.5, 0.99))
        return (
            f"{len(seconds)} numbers: p50 {p50:.0f} ms, p99 {p99:.0f} ms, "
            f"worst {1000 * worst.seconds:.0f} ms ({worst.scene}; {1000 * worst.blind:.0f} ms of it blind, "
            f"{1000 * worst.queued:.0f} ms of waiting for a processor), "
            f"{len(self.stalls)} over 250 ms"
        )

    def _run(self) -> None:
        try:
            with (
                self._stage.person.desktop.screen() as person,
                self._stage.technician.desktop.screen() as other,
            ):
                while not self._over.wait(PAUSE):
                    self._look(person, other)
        except BaseException as error:  # noqa: BLE001 - it is raised again where the context is left
            self._failed = error

    def _look(self, person: Screen, technician: Screen) -> None:
        now = time.monotonic()
        self._looks.append(now)
        if not self._queue or now >= self._queue[-1][0] + QUEUE_SECONDS:
            self._queue.append((now, queued(program.pid for program in self._stage.programs.values())))
        drawn = _read(person)
        if drawn is not None and drawn > (self._waiting[-1][0] if self._waiting else self._shown):
            self._waiting.append((drawn, now, self.scene))
        self.trace.places.append((now, *person.pointer()))
        shown = _read(technician)
        if shown is None or not self._waiting or shown > self._waiting[-1][0]:
            return
        self._shown = max(self._shown, shown)
        while self._waiting and self._waiting[0][0] <= shown:
            _, at, scene = self._waiting.popleft()
            seen = time.monotonic()
            self.delays.append(self._delay(at, seen, scene))

    def _delay(self, begin: float, end: float, scene: str) -> Delay:
        looks = [begin, *(each for each in self._looks if begin < each < end), end]
        blind = max(later - earlier for earlier, later in pairwise(looks)) - PAUSE
        before = [seconds for at, seconds in self._queue if at <= begin][-1:]
        after = [seconds for at, seconds in self._queue if at > begin][-1:]
        return Delay(begin, end - begin, scene, blind, after[0] - before[0] if before and after else 0.0)


def queued(programs: Iterable[int]) -> float:
    """Return for how many seconds the threads of some processes have waited for a processor so far.

    Linux says so in the second field of `schedstat`, in nanoseconds.
    """
    total = 0
    for program in programs:
        for path in Path(f"/proc/{program}/task").glob("*/schedstat"):
            # A thread may end between the two.
            with contextlib.suppress(OSError):
                total += int(path.read_text().split()[1])
    return total / 1e9


def _read(screen: Screen) -> int | None:
    return barcode.read(screen.grab(*PLACE, barcode.WIDTH, barcode.HEIGHT))
