"""The part of the screen where a film or the like moves, as one H.264 stream."""

from agent.capture.encoder import X264Encoder
from agent.capture.monitor import Rect
from agent.capture.shared_memory import Pixels
from session.picture import Coding, Tile

FAST_QUALITY = 20
"""x264's constant rate factor where bytes do not matter."""

THIN_QUALITY = 24
LINE_SHARE = 0.8
"""So much of the line's rate a film may take; the rest is for all else."""

TOO_MUCH, TOO_LITTLE = 1.4, 0.5
"""A stream that was made for so many times the line's rate is replaced by a new one."""


class VideoStream:
    """One video stream of one epoch; it belongs to the thread that paints.

    Args:
        number: within the epoch.
        place: of its pictures on the monitor; stays.
        rate: pictures a second that are expected.
        bytes_per_second: of the line; None if it is fast.

    Raises:
        EffectFailed: the codec does not take this size.
    """

    def __init__(self, number: int, place: Rect, rate: int, bytes_per_second: float | None) -> None:
        self.number = number
        self.place = place
        self._line = bytes_per_second
        self._encoder = X264Encoder(
            place.width,
            place.height,
            rate=rate,
            quality=FAST_QUALITY if bytes_per_second is None else THIN_QUALITY,
            bytes_per_second=None if bytes_per_second is None else LINE_SHARE * bytes_per_second,
        )

    @property
    def parameters(self) -> tuple[bytes, bytes]:
        """The sequence's and the picture's parameter set."""
        return self._encoder.sps, self._encoder.pps

    def suits(self, bytes_per_second: float | None) -> bool:
        """Tell whether the stream was made for about this line; x264 cannot change that later."""
        if self._line is None or bytes_per_second is None:
            return self._line is bytes_per_second
        return TOO_LITTLE < self._line / bytes_per_second < TOO_MUCH

    def code(self, picture: Pixels) -> Tile:
        """Code what the monitor shows there now; the first time as a key picture.

        Raises:
            EffectFailed: the codec refused it.
        """
        at = self.place
        part = picture[at.y : at.y + at.height, at.x : at.x + at.width]
        coded = self._encoder.encode(part)
        return Tile(at.x, at.y, at.width, at.height, Coding.H264, coded.data, self.number)
