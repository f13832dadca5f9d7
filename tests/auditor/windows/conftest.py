"""One desktop for a module, and what a person and a screen reader find on it."""

from collections.abc import Iterator

import pytest

from byleave.demo.desktop import Desktop
from tests.desktop import person, windows

__all__ = ["desktop", "person", "windows"]

NUMBERS = range(80, 90)


@pytest.fixture(scope="module")
def desktop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desktop]:
    with Desktop(tmp_path_factory.mktemp("desktop"), numbers=NUMBERS) as running:
        yield running
