"""When a part of the screen is shown as a video stream, and which part."""

from collections.abc import Iterable, Sequence

from agent.capture.encoder import Encoder, Order
from agent.capture.encoders import Encoders, Prepared
from agent.capture.monitor import Rect
from agent.capture.shared_memory import Pixels
from agent.capture.shown import BLOCK, HOT_PIXELS, Grid, Heat
from agent.capture.video import FIRST_STEP, KEY_PICTURES, VideoStream, ordered
from session.errors import EffectFailed
from session.picture import Tile

END_SECONDS = 0.3
"""A film that stands still for so long has ended."""

LEAST_SHARE = 0.25
"""Where less of its place is new from picture to picture, it is no film: copies and tiles do better."""

LOOSE_SHARE = 0.6
"""Where less of it is new, the film may be a smaller one."""

STEADY = 4
"""Pictures over which that is looked at."""

RESTART_SECONDS = 0.5
"""A stream lives so long at least; each begins with a key picture."""

FITTING = 0.8
"""What lies in a film by so much belongs to it."""

SLOWEST, FASTEST, USUAL = 10, 60, 1 / 30
FLUENT = 20
"""Pictures a second that a bounded line shall carry: with fewer, each would be so large that no more do."""


LONG_PICTURES = KEY_PICTURES // 2
"""A film that has so many is likely to go on: its hardware encoder is opened then."""


class Film:
    """The one video stream of a monitor, while there is something to show by it.

    It begins with x264, which is there at once. Where its next key picture would
    be, a hardware encoder takes over with a new stream, if there is one.

    Args:
        width: of the monitor, in pixels.
        height: likewise.
        encoders: hardware encoders; None for x264 alone.
    """

    def __init__(self, width: int, height: int, encoders: Encoders | None = None) -> None:
        self._all = Rect(0, 0, width, height)
        self._heat = Heat(width, height)
        self._encoders = encoders
        self._prepared: Prepared | None = None
        self._stream: VideoStream | None = None
        self._streams = 0
        self._begun = 0.0
        self._share = 1.0
        self._step = FIRST_STEP
        self._was_dear = False
        self._now = 0.0

    def stop(self) -> None:
        """End the stream: the technician's picture begins anew."""
        if self._prepared is not None:
            self._prepared.drop()
        if self._stream is not None:
            self._stream.close()
        self._prepared = self._stream = None
        self._step = FIRST_STEP
        self._was_dear = False

    @property
    def place(self) -> Rect | None:
        """What it shows; None while there is no film."""
        return self._stream.place if self._stream else None

    @property
    def parameters(self) -> tuple[bytes, bytes] | None:
        """The stream's parameter sets."""
        return self._stream.parameters if self._stream else None

    def changed(
        self, places: Sequence[Rect], bytes_per_second: float | None, now: float, *, scrolls: bool = False
    ) -> None:
        """Note what was painted anew; the film may end by it, or suit its line better.

        Args:
            places: what is new.
            bytes_per_second: of the line.
            now: the time.
            scrolls: whether it is so because the rest moved: what comes in at an edge is no film.
        """
        self._now = now
        self._heat.painted(places, now, often=not scrolls)
        stream = self._stream
        if stream is None:
            return
        place = stream.place
        fresh = sum(common.area for each in places if (common := place.common(each)))
        if fresh:
            self._share += (fresh / place.area - self._share) / STEADY
        if self._share < LEAST_SHARE:
            # It only looked like a film; what made it look so must not begin the next one.
            self.stop()
            self._heat.forget()
        elif self._heat.area(place, now - END_SECONDS) < HOT_PIXELS // 4:
            self.stop()
        elif now - self._begun >= RESTART_SECONDS:
            if self._share < LOOSE_SHARE:
                self._tighten(places, bytes_per_second, now)
            elif stream.dear or self._may_be_finer(stream) or not stream.suits(bytes_per_second):
                self._begin(place, bytes_per_second, now)

    def _may_be_finer(self, stream: VideoStream) -> bool:
        # Once one was too dear, only where it costs no key picture to try.
        return stream.cheap and (stream.age >= KEY_PICTURES or not self._was_dear)

    def _tighten(self, fresh: Sequence[Rect], bytes_per_second: float | None, now: float) -> None:
        """Begin anew where it really moves, if that is much less."""
        hot = self._heat.hot(now)
        if self.place and hot and hot.area < LOOSE_SHARE * self.place.area:
            self._begin(_fitted(hot, fresh), bytes_per_second, now)

    def rested(self, since: float) -> Grid:
        """Return the blocks that were not painted anew after that moment."""
        return self._heat.rested(since)

    def calm(self, place: Rect, since: float) -> bool:
        """Tell whether nothing of a rectangle was painted anew after that moment."""
        return not self._heat.area(place, since)

    def look(self, fresh: Iterable[Rect], bytes_per_second: float | None, now: float) -> bool:
        """See whether a film runs that is not shown yet, or not all of it; tell whether a stream began.

        Args:
            fresh: what was just painted anew; it shows where the film's edges are.
            bytes_per_second: of the line.
            now: the time.
        """
        hot = self._heat.hot(now)
        if hot is None:
            return False
        place = self.place
        if place is not None:
            if _grown(place).common(hot) == hot or now - self._begun < RESTART_SECONDS:
                return False
            if place.common(hot):
                hot = hot.united(place)
            elif hot.area < place.area:
                return False
        self._begin(_fitted(hot, fresh), bytes_per_second, now)
        return True

    def _begin(self, place: Rect, bytes_per_second: float | None, now: float) -> None:
        interval = self._heat.interval(place, USUAL)
        least = SLOWEST if bytes_per_second is None else FLUENT
        rate = max(least, min(FASTEST, round(1 / max(interval, 1 / FASTEST))))
        # What was found out about this film holds for what it becomes.
        step, was_dear = self._step, self._was_dear
        if self._stream is not None:
            step += self._stream.dear - self._stream.cheap
            was_dear |= self._stream.dear
        self.stop()
        self._step, self._was_dear = step, was_dear
        self._start(place, ordered(place, rate, bytes_per_second, step=step))
        self._begun = now
        self._share = 1.0
        if self._encoders is not None:
            self._encoders.search()

    def _start(self, place: Rect, order: Order, encoder: Encoder | None = None) -> VideoStream:
        self._stream = VideoStream(self._streams, place, order, encoder)
        self._streams += 1
        return self._stream

    def code(self, picture: Pixels, changed: Iterable[Rect]) -> Tile | None:
        """Code what the film shows now, if any of this lies in it."""
        if self._stream is None or not any(self._stream.place.common(each) for each in changed):
            return None
        stream = self._at_its_best(self._stream)
        try:
            return stream.code(picture, self._now)
        except EffectFailed as error:
            if not stream.hardware or self._encoders is None:
                raise
            self._encoders.failed(error)
            stream.close()
            return self._start(stream.place, stream.order).code(picture, self._now)

    def _at_its_best(self, stream: VideoStream) -> VideoStream:
        """Return the stream to go on with: where a key picture is due, one by the hardware if it is ready."""
        if self._encoders is None or stream.hardware or stream.age < LONG_PICTURES:
            return stream
        if self._prepared is None:
            self._prepared = self._encoders.prepare(stream.order)
        if self._prepared is None or stream.age < KEY_PICTURES:
            return stream
        prepared, encoder = self._prepared, self._prepared.take()
        if encoder is None and prepared.error is None:
            return stream
        self._prepared = None
        if encoder is None:
            self._encoders.failed(prepared.error)
            return stream
        return self._start(stream.place, stream.order, encoder)


def _grown(place: Rect) -> Rect:
    return Rect(place.x - BLOCK, place.y - BLOCK, place.width + 2 * BLOCK, place.height + 2 * BLOCK)


def _fitted(hot: Rect, fresh: Iterable[Rect]) -> Rect:
    """Return an area of whole blocks to the pixel: a strip beside the film would be dear in each frame."""
    found = hot
    for each in fresh:
        common = hot.common(each)
        if common and common.area >= FITTING * each.area:
            if common.area >= FITTING * hot.area:
                return each
            found = found.united(each)
    return found
