"""Fixtures of the relay's tests."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.relay.bench import Bench
from tests.relay.office import Office
from tests.relay.process import Ends, RelayProcess


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path / "office")


@pytest.fixture
def relay(office: Office) -> Iterator[RelayProcess]:
    with RelayProcess(office.relay, "--verbose") as process:
        yield process


@pytest_asyncio.fixture
async def ends(relay: RelayProcess) -> AsyncIterator[Ends]:
    made = Ends(relay)
    yield made
    await made.close()


@pytest.fixture
def bench(office: Office) -> Iterator[Bench]:
    made = Bench(office)
    yield made
    made.close()
