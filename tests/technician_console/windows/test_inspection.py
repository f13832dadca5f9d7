import json
import subprocess
import sys

import pytest


@pytest.fixture(scope="module", params=["1", "2"], ids=["100%", "200%"])
def found(request: pytest.FixtureRequest) -> dict[str, list[str]]:
    command = [sys.executable, "-m", "tests.technician_console.windows.inspection"]
    output = subprocess.run(
        ["env", f"QT_SCALE_FACTOR={request.param}", *command],
        check=True,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert output.stderr == "", "Qt has warned"
    return dict(json.loads(output.stdout))


def test_no_label_takes_their_words_for_markup(found: dict[str, list[str]]) -> None:
    assert found["markup"] == []


def test_every_control_has_a_name_to_be_read_out(found: dict[str, list[str]]) -> None:
    assert found["nameless"] == []


def test_nothing_of_a_bar_is_cut_off_in_the_narrowest_window(found: dict[str, list[str]]) -> None:
    assert found["cut"] == []
