"""The technician's input, on its way to the person: only while it may have an effect.

The agent's gate decides. This is the console's own restraint: it sends nothing
that it knows to be refused, and no more of the pointer's way than can be seen.
"""

from collections.abc import Callable

from session.messages import Input, Key, PointerButton, PointerMove, ReleaseAll, Scroll, Text

MOVE_SECONDS = 0.008
"""The pointer's place is sent at most so often; the newest counts."""

Later = Callable[[float, Callable[[], None]], object]
"""Calls something after so many seconds."""


class Hands:
    """Pointer, buttons, wheel and keys of one session.

    Args:
        send: sends a message; tells whether there was a link to send it on.
        may: tells whether input may be sent now.
        clock: seconds of a clock that only goes forward.
        later: calls something after so many seconds, in the same thread.

    Attributes:
        sent: how many messages were sent.
    """

    def __init__(
        self,
        send: Callable[[Input], bool],
        may: Callable[[], bool],
        clock: Callable[[], float],
        later: Later,
    ) -> None:
        self.sent = 0
        self._send = send
        self._may = may
        self._clock = clock
        self._later = later
        self._held: set[tuple[type[Input], int]] = set()
        self._place: PointerMove | None = None
        self._moved_at = -MOVE_SECONDS
        self._scheduled = False

    def move(self, monitor: int, x: int, y: int) -> None:
        """The pointer is here now: on this monitor, in its pixels."""
        self._place = PointerMove(monitor, x, y)
        wait = self._moved_at + MOVE_SECONDS - self._clock()
        if wait <= 0:
            self._flush()
        elif not self._scheduled:
            self._scheduled = True
            self._later(wait, self._due)

    def button(self, number: int, down: bool) -> None:
        """A button is pressed or released."""
        if self._act(PointerButton(number, down)):
            self._hold(PointerButton, number, down)

    def scroll(self, dx: int, dy: int) -> None:
        """The wheel is turned."""
        self._act(Scroll(dx, dy))

    def key(self, keysym: int, down: bool) -> None:
        """A key is pressed or released."""
        if self._act(Key(keysym, down)):
            self._hold(Key, keysym, down)

    def text(self, text: str) -> None:
        """A text is typed."""
        self._act(Text(text))

    def release_all(self) -> None:
        """Let go of everything that is held; also when input is not allowed any more."""
        self._place = None
        if self._held:
            self._held.clear()
            self._send(ReleaseAll())

    def forget(self) -> None:
        """The link is lost: the other end lets go by itself."""
        self._held.clear()
        self._place = None

    def _hold(self, kind: type[Input], number: int, down: bool) -> None:
        if down:
            self._held.add((kind, number))
        else:
            self._held.discard((kind, number))

    def _act(self, message: Input) -> bool:
        # A click belongs to the place where the pointer was last, so that place goes first.
        self._flush()
        return self._forward(message)

    def _due(self) -> None:
        self._scheduled = False
        if self._place is not None:
            # A click may have sent a place meanwhile; the time counts from then.
            self.move(self._place.monitor, self._place.x, self._place.y)

    def _flush(self) -> None:
        place, self._place = self._place, None
        if place is not None:
            self._moved_at = self._clock()
            self._forward(place)

    def _forward(self, message: Input) -> bool:
        if not self._may() or not self._send(message):
            return False
        self.sent += 1
        return True
