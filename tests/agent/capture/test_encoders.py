"""A wrong driver never ends a session: what it does wrong is found, and x264 goes on."""

import logging
import os
import signal
import time
from collections.abc import Callable, Iterator

import numpy as np
import pytest

from agent.capture import distant_encoder, film, selftest, video
from agent.capture.distant_encoder import DistantEncoder
from agent.capture.encoder import Order, X264Encoder
from agent.capture.encoders import NAMES, Encoders
from agent.capture.film import Film
from agent.capture.hardware import CANDIDATES
from agent.capture.monitor import Rect
from agent.capture.selftest import drawn, likeness, try_out
from session.canvas import Canvas
from session.errors import EffectFailed
from session.picture import Tile
from tests.agent.capture.encoder_processes import command

ORDER = Order(320, 200, 30)
PLACE = Rect(32, 16, 640, 400)
PATIENCE = 60.0


def opened(kind: str, order: Order) -> DistantEncoder:
    return DistantEncoder(kind, order, command(kind))


def searched(kind: str) -> Encoders:
    encoders = Encoders([kind], command(kind))
    encoders.search()
    assert encoders.settled.wait(PATIENCE)
    return encoders


@pytest.fixture
def any_speed(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is tested here is x264 itself, in another process, on a busy machine: never the faster one."""
    monkeypatch.setattr(selftest, "FASTER", 100.0)
    monkeypatch.setattr(distant_encoder, "CODING", 3.0)


@pytest.mark.usefixtures("any_speed")
def test_an_encoder_in_another_process_does_what_x264_does_here() -> None:
    there, here = opened("good", ORDER), X264Encoder(ORDER)
    canvas = Canvas(ORDER.width, ORDER.height)
    for number in range(6):
        picture = drawn(number, ORDER.width, ORDER.height)
        one, other = there.encode(picture, key=number == 3), here.encode(picture, key=number == 3)
        assert one.key == other.key == (number in (0, 3))
        canvas.apply((), (Tile(0, 0, 320, 200, video.Coding.H264, one.data),))
        assert likeness(canvas.pixels, picture) > 30
    there.close()
    assert "dB" in try_out(lambda order: opened("good", order))


@pytest.mark.usefixtures("any_speed")
@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("unheard-of", "failed"),
        ("another-codec", "no stream"),
        ("refuses", "failed"),
        ("dies", "does not answer"),
        ("dies-at-once", "does not answer"),
        ("hangs", "does not answer"),
        ("hangs-at-once", "does not answer"),
        ("wrong", "its pictures are"),
        ("blurred", "its pictures are"),
        ("keeps-pictures-back", "no stream|kept back"),
        ("reorders", "no stream|kept back"),
        ("only-keys", "key pictures"),
        ("without-parameters", "parameter sets"),
        ("floods", "floods the line"),
        ("wastes", "times x264's bytes"),
    ],
)
def test_what_is_wrong_is_found(kind: str, words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(distant_encoder, "OPENING", 5.0 if kind != "hangs-at-once" else 0.5)
    with pytest.raises(EffectFailed, match=words):
        try_out(lambda order: opened(kind, order))


def test_what_is_slower_than_x264_is_not_chosen() -> None:
    assert searched("slow").chosen is None


def test_this_computer_is_really_searched(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "byleave.encoders"):
        encoders = Encoders()
        assert encoders.prepare(ORDER) is None
        began = time.monotonic()
        encoders.search()
        assert time.monotonic() - began < 1.0
        assert encoders.settled.wait(PATIENCE)
        encoders.search()
    (line,) = [each.getMessage() for each in caplog.records]
    assert line.startswith(f"= encoder: {encoders.chosen or 'x264'}")


def test_the_names_are_those_that_the_program_knows() -> None:
    assert NAMES == tuple(CANDIDATES)


def test_an_encoder_that_is_not_wanted_any_more_is_closed() -> None:
    encoders = Encoders(["good"], command("good"))
    encoders._chosen = "good"
    prepared = encoders.prepare(ORDER)
    assert prepared is not None
    prepared.drop()
    assert prepared.done.wait(PATIENCE)
    assert prepared.take() is None


# in a film


class Cinema:
    """A film that is shown to a technician."""

    def __init__(self, encoders: Encoders) -> None:
        self.film = Film(800, 600, encoders)
        self.canvas = Canvas(800, 600)
        self.number = 0
        self.streams: list[int] = []
        for number in range(4):
            self.film.changed([PLACE], None, number / 30)
        assert self.film.look([PLACE], None, 0.1)

    def play(self) -> None:
        """Show one picture; whatever happens, the technician has it."""
        picture = np.zeros((600, 800, 4), np.uint8)
        view = picture[PLACE.y : PLACE.y + PLACE.height, PLACE.x : PLACE.x + PLACE.width]
        view[:] = drawn(self.number, PLACE.width, PLACE.height)
        self.number += 1
        tile = self.film.code(picture, [PLACE])
        assert tile is not None
        self.canvas.apply((), (tile,))
        self.streams.append(tile.stream)
        assert likeness(self.canvas.pixels, picture) > 30
        assert self.film.parameters is not None

    def play_until(self, reached: Callable[[], bool]) -> None:
        deadline = time.monotonic() + PATIENCE
        while not reached():
            assert time.monotonic() < deadline
            self.play()


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Key pictures come sooner."""
    for module in (film, video):
        monkeypatch.setattr(module, "KEY_PICTURES", 12)
    monkeypatch.setattr(film, "LONG_PICTURES", 4)


@pytest.fixture
def cinema(any_speed: None, short: None) -> Iterator[Cinema]:
    shown = Cinema(searched("good"))
    yield shown
    shown.film.stop()


def hardware(cinema: Cinema) -> DistantEncoder | None:
    stream = cinema.film._stream
    assert stream is not None
    return stream._encoder if isinstance(stream._encoder, DistantEncoder) else None


def test_a_film_begins_with_x264_and_goes_on_with_the_hardware(cinema: Cinema) -> None:
    cinema.play()
    assert hardware(cinema) is None
    cinema.play_until(lambda: hardware(cinema) is not None)
    # Only where a key picture was due anyway; from there on it is one stream.
    assert cinema.streams == [0] * (len(cinema.streams) - 1) + [1]
    assert (len(cinema.streams) - 1) % 12 == 0
    for _ in range(30):
        cinema.play()
    assert cinema.streams[-31:] == [1] * 31


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGSTOP])
def test_a_driver_that_fails_in_use_costs_no_picture(cinema: Cinema, end: signal.Signals) -> None:
    cinema.play_until(lambda: hardware(cinema) is not None)
    used = hardware(cinema)
    assert used is not None
    os.kill(used.process, end)
    cinema.play()
    assert cinema.streams[-2:] == [1, 2]
    assert hardware(cinema) is None
    # It is not tried again.
    for _ in range(30):
        cinema.play()
    assert cinema.streams[-1] == 2
    assert cinema.film._encoders is not None
    assert cinema.film._encoders.chosen is None


def test_a_driver_that_does_not_open_any_more_costs_no_picture(cinema: Cinema) -> None:
    assert cinema.film._encoders is not None
    cinema.film._encoders._command = command("dies-at-once")
    cinema.play_until(lambda: cinema.film._encoders is not None and cinema.film._encoders.chosen is None)
    cinema.play()
    assert set(cinema.streams) == {0}


def test_the_encoder_of_a_film_that_is_over_is_ended(cinema: Cinema) -> None:
    cinema.play_until(lambda: hardware(cinema) is not None)
    used = hardware(cinema)
    assert used is not None
    cinema.film.stop()
    with pytest.raises(ProcessLookupError):
        os.kill(used.process, 0)


def test_nothing_waits_for_the_search(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(distant_encoder, "OPENING", 2.0)
    encoders = Encoders(["hangs-at-once"], command("hangs-at-once"))
    shown = Cinema(encoders)
    for _ in range(5):
        shown.play()
    assert not encoders.settled.is_set()
    assert encoders.settled.wait(PATIENCE)
    assert encoders.chosen is None
