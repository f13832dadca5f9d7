"""Evidence and pictures on one thin line, computed: the evidence is there in time, and takes no more."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from agent.debt import DUE_SECONDS, STATEMENT_BYTES, Debt, needed, size
from agent.upload import LEAST_PIECE, MOST_PIECE, PIECE_SECONDS
from session.statements import SEGMENT_MS, Idle, SealedObject, Segment
from tests.agent.line_model import Model

ROUND_TRIP = 0.1
FRAME_SECONDS = 1 / 60
LINES = pytest.mark.parametrize("rate", [37_500.0, 375_000.0], ids=["thin", "poor"])


@dataclass
class Share:
    """A picture that moves, and its recording, cut and brought as in a session.

    Args:
        rate: of the line, in bytes a second.
        moves: tells whether the picture moves at a time.
        factor: recorded bytes for each that is shown.
    """

    rate: float
    moves: Callable[[float], bool] = lambda now: True
    factor: float = 1.05
    oldest: float = 0.0
    shown: list[tuple[float, int]] = field(default_factory=list)
    _recorded: float = 0.0
    _owed: list[tuple[float, float]] = field(default_factory=list)
    _cut: float = SEGMENT_MS / 1000
    _free: float = 0.0
    _due: float = 0.0
    _last: float = -math.inf

    def run(self, seconds: float) -> None:
        model = Model(lambda at: self.rate, lambda at: ROUND_TRIP, self._paint, beside=self._bring)
        model.run(seconds)

    def share(self, since: float, until: float) -> float:
        """Return which part of the line the picture had."""
        return sum(each for at, each in self.shown if since <= at < until) / self.rate / (until - since)

    def _paint(self, model: Model) -> int:
        if model.now - self._last < FRAME_SECONDS or not self.moves(model.now):
            return 0
        self._last = model.now
        count = model.flow.budget().bytes
        self.shown.append((model.now, count))
        self._recorded += self.factor * count
        return count

    def _bring(self, model: Model) -> None:
        now = model.now
        if now >= self._cut:
            self._owed.append((self._recorded + STATEMENT_BYTES, now))
            self._recorded, self._cut = 0.0, self._cut + SEGMENT_MS / 1000
        if not self._owed or now < self._free:
            return
        left, made = self._owed[0]
        self.oldest = max(self.oldest, now - made)
        if left <= 0:
            self._owed.pop(0)
            return
        rate = model.flow.spare(needed(Debt(each, now - at) for each, at in self._owed))
        pace = math.inf if rate is None else rate
        piece = min(left, max(LEAST_PIECE, min(MOST_PIECE, pace * PIECE_SECONDS)))
        self._due = max(self._due, now - PIECE_SECONDS) + piece / pace
        # As much as a round trip is on its way; the last piece is followed by two answers.
        ahead = 2 * ROUND_TRIP if piece == left else -ROUND_TRIP
        self._free = max(self._due, model.carry(int(piece)) + ahead)
        self._owed[0] = (left - piece, made)


@LINES
@pytest.mark.parametrize(("factor", "oldest"), [(1.05, 8.0), (1.38, 9.0)])
def test_in_constant_motion_the_evidence_is_never_late(rate: float, factor: float, oldest: float) -> None:
    share = Share(rate, factor=factor)
    share.run(60.0)
    assert share.oldest < oldest
    assert share.share(0.0, 5.0) > 0.85
    assert share.share(0.0, 60.0) > 0.9 / (1 + factor)


@LINES
def test_a_burst_has_nearly_the_whole_line(rate: float) -> None:
    share = Share(rate, lambda now: now % 10.0 > 6.0 and now % 10.0 < 9.0)
    share.run(40.0)
    assert share.oldest < 8.0
    assert all(share.share(at + 6.2, at + 9.0) > 0.8 for at in (10.0, 20.0, 30.0))


@LINES
def test_moving_and_resting_in_turn_leaves_the_picture_most_of_the_line(rate: float) -> None:
    share = Share(rate, lambda now: now % 4.1 < 2.0)
    share.run(60.0)
    assert share.oldest < 8.0
    assert share.share(0.0, 60.0) > 0.7 * 2.0 / 4.1


def test_what_is_needed_is_what_the_hardest_needs() -> None:
    assert needed([]) == 0
    assert needed([Debt(6500.0, 0.0)]) == pytest.approx(6500.0 / DUE_SECONDS)
    # The second one is due later, but all that comes before it has to be brought as well.
    assert needed([Debt(1000.0, 5.5), Debt(64_000.0, 0.0)]) == pytest.approx(65_000 / DUE_SECONDS)
    assert needed([Debt(64_000.0, 5.5), Debt(1000.0, 0.0)]) == pytest.approx(64_000.0)
    assert needed([Debt(1000.0, 8.9)]) == pytest.approx(2000.0)
    assert needed([Debt(1000.0, 30.0)]) == math.inf


def test_evidence_that_is_about_to_be_late_does_not_believe_that_the_line_is_slow() -> None:
    model = Model(lambda at: 37_500.0, lambda at: ROUND_TRIP, lambda model: model.flow.budget().bytes)
    model.run(3.0)
    late = [Debt(400_000.0, 8.0)]
    assert (model.flow.spare(needed(late)) or math.inf) < 50_000.0
    assert model.flow.spare(needed([each._replace(waited=9.1) for each in late])) is None


def test_a_statement_is_as_long_as_what_it_names() -> None:
    fields = {"sid": "0" * 64, "seq": 3, "prev": "0" * 64, "salt": "0" * 64, "t0": 0, "t1": 0}
    objects = tuple(SealedObject("main", f"{each:06}.x", "0" * 64, 1000) for each in range(3))
    assert size(Segment(**fields, start=None, objects=objects)) == STATEMENT_BYTES + 3000  # type: ignore[arg-type]  # by name
    assert size(Idle(**fields)) == STATEMENT_BYTES  # type: ignore[arg-type]  # by name
