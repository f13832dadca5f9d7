"""Composing in a thread: the newest wish counts, and the newest picture is shown."""

import logging
import threading
from collections.abc import Callable

from auditor.composing import Composing, Shown
from auditor.reel import Reel
from auditor.shelf import Position
from session.errors import ByleaveError

_log = logging.getLogger("byleave.audit")


class Projector:
    """Shows pictures on demand, from a thread of its own.

    Args:
        reel: the pictures.
        show: is given each picture, in the projector's thread; None where there is none yet.
        failed: is told why a picture cannot be shown, likewise.
    """

    def __init__(
        self, reel: Reel, show: Callable[[Shown | None], None], failed: Callable[[ByleaveError], None]
    ) -> None:
        self._reel = reel
        self._show = show
        self._failed = failed
        self._changed = threading.Condition()
        self._wish: Callable[[], Position | None] | None = None
        self._ended = False
        self._at: Position | None = None
        self._thread = threading.Thread(target=self._work, name="projector", daemon=True)
        self._thread.start()

    def want(self, moment: int) -> None:
        """Show the picture of a moment, milliseconds since 1970."""
        self._wish_for(lambda: self._reel.at(moment))

    def step(self, forward: bool) -> None:
        """Show the next picture, or the one before."""
        self._wish_for(lambda: self._neighbour(forward))

    def close(self) -> None:
        """End the thread."""
        with self._changed:
            self._ended = True
            self._changed.notify()
        self._thread.join(5.0)

    def _wish_for(self, find: Callable[[], Position | None]) -> None:
        with self._changed:
            self._wish = find
            self._changed.notify()

    def _neighbour(self, forward: bool) -> Position | None:
        if self._at is None:
            return None
        return self._reel.after(self._at) if forward else self._reel.before(self._at)

    def _work(self) -> None:
        composing = Composing(self._reel)
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._wish is not None or self._ended)
                wish, self._wish = self._wish, None
            if self._ended or wish is None:
                return
            try:
                target = wish()
                if target == self._at:
                    continue
                shown = None if target is None else composing.show(target)
            except ByleaveError as error:
                _log.warning("= %s: %s", error.code, error)
                self._failed(error)
                composing = Composing(self._reel)
                continue
            self._at = target
            self._show(shown)
