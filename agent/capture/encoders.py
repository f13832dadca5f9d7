"""This computer's hardware encoder, if it has one that is any good: found once, for the agent's life.

Nothing waits for it. The first film begins the search, and until something is
found, or opened, x264 codes. What fails in use is not used again.
"""

import logging
import threading
from collections.abc import Callable, Iterable, Sequence
from functools import cache, partial

import av

from agent.capture.distant_encoder import PROGRAM, DistantEncoder
from agent.capture.encoder import Encoder, Order
from agent.capture.selftest import try_out
from session.errors import EffectFailed

NAMES = ("h264_nvenc", "h264_qsv", "h264_videotoolbox", "h264_mf", "h264_vaapi")
"""Those of `hardware.CANDIDATES`, in the order in which they are tried."""

_log = logging.getLogger("byleave.encoders")


class Encoders:
    """Finds a hardware encoder and opens it; may be used from any thread.

    Args:
        names: what is tried, the likely one first; None for those that this computer's PyAV has.
        command: starts an encoder's process.
    """

    def __init__(self, names: Iterable[str] | None = None, command: Sequence[str] = PROGRAM) -> None:
        self._names = None if names is None else tuple(names)
        self._command = command
        self._lock = threading.Lock()
        self._searching = False
        self._chosen: str | None = None
        self.settled = threading.Event()
        """Set when it is known whether there is one."""

    @property
    def chosen(self) -> str | None:
        """The encoder that was found; None before, and if there is none."""
        return self._chosen

    def search(self) -> None:
        """Begin the search, unless it has begun before; returns at once."""
        with self._lock:
            if self._searching:
                return
            self._searching = True
        threading.Thread(target=self._search, name="encoders", daemon=True).start()

    def prepare(self, order: Order) -> "Prepared | None":
        """Begin to open the chosen encoder, if there is one; returns at once."""
        name = self._chosen
        return None if name is None else Prepared(partial(self._open, name, order))

    def failed(self, error: Exception | None) -> None:
        """Use x264 from now on: the chosen encoder has failed."""
        if self._chosen is not None:
            _log.warning("= encoder: x264 from now on; %s failed: %s", self._chosen, error)
        self._chosen = None

    def _open(self, name: str, order: Order) -> Encoder:
        return DistantEncoder(name, order, self._command)

    def _search(self) -> None:
        verdicts = []
        for name in self._available():
            try:
                verdict = try_out(partial(self._open, name))
            except EffectFailed as error:
                verdicts.append(f"{name}: {error}")
                continue
            self._chosen = name
            _log.info("= encoder: %s: %s", name, verdict)
            break
        else:
            _log.info("= encoder: x264; %s", "; ".join(verdicts) or "PyAV has no other")
        self.settled.set()

    def _available(self) -> tuple[str, ...]:
        if self._names is not None:
            return self._names
        return tuple(name for name in NAMES if name in av.codecs_available)


class Prepared:
    """An encoder that is being opened, in a thread of its own.

    Args:
        open_encoder: opens it; may raise EffectFailed.
    """

    def __init__(self, open_encoder: Callable[[], Encoder]) -> None:
        self._lock = threading.Lock()
        self._encoder: Encoder | None = None
        self._dropped = False
        self.error: EffectFailed | None = None
        """Why it does not open."""
        self.done = threading.Event()
        threading.Thread(target=self._work, args=(open_encoder,), name="encoder", daemon=True).start()

    def take(self) -> Encoder | None:
        """Return the encoder, once; None while it is not open."""
        with self._lock:
            encoder, self._encoder = self._encoder, None
        return encoder

    def drop(self) -> None:
        """Close it; nobody wants it any more."""
        with self._lock:
            self._dropped = True
            encoder, self._encoder = self._encoder, None
        if encoder is not None:
            encoder.close()

    def _work(self, open_encoder: Callable[[], Encoder]) -> None:
        try:
            encoder = open_encoder()
        except EffectFailed as error:
            self.error = error
            self.done.set()
            return
        with self._lock:
            self._encoder = None if self._dropped else encoder
        if self._dropped:
            encoder.close()
        self.done.set()


@cache
def of_this_computer() -> Encoders:
    """Return the one that all sessions share."""
    return Encoders()
