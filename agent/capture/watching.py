"""Which monitors the technician watches: what is not watched is never grabbed, sent or recorded.

Nor does input reach it: who acts must see it, and the recording with them.
"""

import threading
from collections.abc import Callable, Iterable, Sequence

from agent.capture.monitor import Monitor, Rect, Roster
from session.messages import DESKTOP_LIMIT

UNSEEN_SECONDS = 5.0
"""Who has not acknowledged a picture for so long does not see what happens, and nothing new is recorded."""


class Watching:
    """One session's choice of monitors; from any thread.

    Args:
        roster: knows the monitors' numbers.

    Attributes:
        late: tells for how many seconds a picture has waited for its acknowledgement.
    """

    def __init__(self, roster: Roster | None = None) -> None:
        self.roster = roster or Roster()
        self._lock = threading.Lock()
        self._wanted: frozenset[int] | None = None
        self._shown: set[int] = set()
        self.late: Callable[[], float] = lambda: 0.0

    def want(self, numbers: Iterable[int]) -> None:
        """The technician wants to watch these; numbers that no monitor has count for nothing."""
        with self._lock:
            self._wanted = frozenset(numbers)

    def watched(self, monitors: Sequence[Monitor]) -> tuple[Monitor, ...]:
        """Return those of these monitors that are watched: the primary one if no wanted one is there."""
        with self._lock:
            wanted = self._wanted
        found: list[Monitor] = []
        box: Rect | None = None
        for each in monitors:
            if wanted is None or each.number not in wanted:
                continue
            around = each.area if box is None else box.united(each.area)
            # More than this nobody puts together; what comes first is watched.
            if around.width * around.height <= DESKTOP_LIMIT:
                found.append(each)
                box = around
        return tuple(found or [each for each in monitors if each.primary])

    def shown(self, number: int) -> None:
        """A picture of this monitor was recorded."""
        with self._lock:
            self._shown.add(number)

    def hidden(self, number: int) -> None:
        """This monitor is not shown any more."""
        with self._lock:
            self._shown.discard(number)

    def seen(self, monitors: Sequence[Monitor]) -> tuple[Monitor, ...]:
        """Return the monitors that input may reach.

        One that was asked for counts from its first picture on; before anything
        was asked for it is the primary one. None while pictures are not acknowledged.
        """
        if self.late() > UNSEEN_SECONDS:
            return ()
        watched = self.watched(monitors)
        with self._lock:
            return tuple(each for each in watched if self._wanted is None or each.number in self._shown)
