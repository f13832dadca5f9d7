import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from byleave.demo.desktop import Desktop
from byleave.demo.probe import Probe, ProbeError, measure, read_log
from byleave.demo.scroller import RATE
from tests.desktop import until

pytestmark = pytest.mark.desktop


@pytest.fixture
def log(desktop: Desktop, tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / "drawn"
    place = ["500", "200", "1000", "700"]
    page = desktop.start("scroller", [sys.executable, "-m", "byleave.demo.scroller", str(path), *place])
    until(path.exists)
    yield path
    desktop.end(page)


def test_the_probe_sees_every_step_at_once_on_the_same_display(desktop: Desktop, log: Path) -> None:
    with desktop.screen() as screen:
        measured = measure(screen, log, 3.0)
    sys.stdout.write(f"{measured}\n")
    assert measured.frames_per_second == pytest.approx(RATE, rel=0.2)
    assert 0.9 * measured.drawn <= measured.shown <= measured.drawn
    assert 0 < measured.p50 < 30
    assert measured.p50 <= measured.p95


def test_the_page_lies_where_it_was_put(desktop: Desktop, log: Path) -> None:
    with desktop.screen() as screen:
        first, second = Probe(screen).find()
    assert first.x >= 500
    assert first.y >= 200
    assert (second.x + second.width - first.x, second.y + second.height - first.y) == (1000, 700)


def test_each_step_is_logged_once(desktop: Desktop, log: Path) -> None:
    until(lambda: len(log.read_bytes().splitlines()) > 20)
    steps = read_log(log)
    assert list(steps) == sorted(steps)
    assert list(steps.values()) == sorted(steps.values())


def test_a_display_without_the_page_is_told(desktop: Desktop) -> None:
    with desktop.screen() as screen, pytest.raises(ProbeError, match="0 barcodes"):
        Probe(screen).find(0.1)
