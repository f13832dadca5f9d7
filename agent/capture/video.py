"""The part of the screen where a film or the like moves, as one H.264 stream."""

import math

from agent.capture.encoder import Encoder, Order, X264Encoder
from agent.capture.monitor import Rect
from agent.capture.shared_memory import Pixels
from agent.line import FAST
from session.picture import Coding, Tile

STEPS = ((16, 1.0), (20, 1.9), (23, math.inf))
"""Quantisers where bytes hardly matter, and up to how many bytes a second for each pixel: 1.9 are 14 Mbit/s
of 720p, which the recording holds too."""

FIRST_STEP = 1
"""A film begins with it: the finest one could be more than what looks like a fast line carries."""

FINER_COSTS = 3
"""Times the bytes, with the quantiser before."""

SPENDING_SECONDS = 0.5
"""So long is looked at to see what a film takes."""

QUALITIES = ((1_500_000, 17), (0, 24))
"""x264's rate factor from so many bytes a second on."""

LINE_SHARE = 0.8
"""So much of the line's rate a film may take; the rest is for all else."""

TOO_MUCH, TOO_LITTLE = 1.4, 0.5
"""A stream that was made for so many times the line's rate is replaced by a new one."""

EASY_SHARE = 0.4
"""A stream without a bound needs none while it takes no more of the line."""

KEY_PICTURES = 250
"""From one key picture to the next; who seeks in a recording has so many to decode at most."""


class Spending:
    """What a stream takes lately; a key picture does not count."""

    def __init__(self) -> None:
        self.rate: float | None = None
        """Bytes a second; None while that is not known."""
        self._since: float | None = None
        self._bytes = 0

    def took(self, size: int, now: float) -> None:
        """Note a picture of so many bytes."""
        if self._since is None:
            self._since = now
            return
        self._bytes += size
        if now - self._since >= SPENDING_SECONDS:
            self.rate = self._bytes / (now - self._since)
            self._since, self._bytes = now, 0


class VideoStream:
    """One video stream of one epoch; it belongs to the thread that paints.

    Args:
        number: within the epoch.
        place: of its pictures on the monitor; stays.
        order: what its encoder was made for.
        encoder: codes it; x264 if not given.

    Raises:
        EffectFailed: the codec does not take this size.
    """

    def __init__(self, number: int, place: Rect, order: Order, encoder: Encoder | None = None) -> None:
        self.number = number
        self.place = place
        self.order = order
        self.hardware = encoder is not None
        """Whether it is coded by something else than x264, which never fails."""
        self._encoder = X264Encoder(order) if encoder is None else encoder
        self._count = 0
        self._spending = Spending()

    @property
    def parameters(self) -> tuple[bytes, bytes]:
        """The sequence's and the picture's parameter set, once there was a picture."""
        return self._encoder.sps, self._encoder.pps

    @property
    def age(self) -> int:
        """How many pictures there were since its last key picture, with that one."""
        return self._count

    @property
    def dear(self) -> bool:
        """Tell whether it takes more than one of `STEPS` allows."""
        spent = self._spending.rate
        if self.order.bytes_per_second is not None or spent is None:
            return False
        return spent > dict(STEPS).get(self.order.quality, math.inf) * self.place.area

    @property
    def cheap(self) -> bool:
        """Tell whether the finer one of `STEPS` would not be dear."""
        spent = self._spending.rate
        if self.hardware or self.order.bytes_per_second is not None or spent is None:
            return False
        finer = next((most for quality, most in reversed(STEPS) if quality < self.order.quality), 0.0)
        return FINER_COSTS * spent < finer * self.place.area

    def suits(self, bytes_per_second: float | None) -> bool:
        """Tell whether the stream was made for about this line; x264 cannot change that later."""
        line = self.order.bytes_per_second
        if line is None:
            return bytes_per_second is None or self._easy(bytes_per_second)
        return TOO_LITTLE < line / (LINE_SHARE * (bytes_per_second or FAST)) < TOO_MUCH

    def _easy(self, bytes_per_second: float) -> bool:
        spent = self._spending.rate
        return spent is not None and spent < EASY_SHARE * bytes_per_second

    def code(self, picture: Pixels, now: float) -> Tile:
        """Code what the monitor shows there now; as a key picture the first time, and when it is time.

        Args:
            picture: all of the monitor's.
            now: the time.

        Raises:
            EffectFailed: the codec refused it.
        """
        at = self.place
        part = picture[at.y : at.y + at.height, at.x : at.x + at.width]
        coded = self._encoder.encode(part, key=self._count == KEY_PICTURES)
        self._count = 1 if coded.key else self._count + 1
        if not coded.key:
            self._spending.took(len(coded.data), now)
        return Tile(at.x, at.y, at.width, at.height, Coding.H264, coded.data, self.number)

    def close(self) -> None:
        """Let go of its encoder."""
        self._encoder.close()


def ordered(place: Rect, rate: int, bytes_per_second: float | None, *, step: int = FIRST_STEP) -> Order:
    """Return what a film wants of an encoder.

    Args:
        place: of its pictures.
        rate: pictures a second that are expected.
        bytes_per_second: of the line; None if it is fast.
        step: which of `STEPS` is not too dear; counts on a fast line.
    """
    if bytes_per_second is None:
        return Order(place.width, place.height, rate, STEPS[step][0])
    quality = next(quality for least, quality in QUALITIES if bytes_per_second >= least)
    return Order(place.width, place.height, rate, quality, LINE_SHARE * bytes_per_second)
