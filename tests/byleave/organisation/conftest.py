"""An organisation, made by the command that makes one."""

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from byleave.command import main
from byleave.organisation.layout import Layout, open_layout

Run = Callable[..., Result]
ABOUT = ("--relay", "http://127.0.0.1:8470", "--contact", "Ada Example", "--telephone", "+41 44 000 00 00")


@pytest.fixture
def run() -> Run:
    """`byleave organisation …`, with an expected exit code and what is typed."""

    def run(*arguments: str | Path, code: int = 0, typed: str | None = None) -> Result:
        result = CliRunner().invoke(main, ["organisation", *map(str, arguments)], input=typed)
        assert result.exit_code == code, result.output
        return result

    return run


@pytest.fixture
def layout(run: Run, tmp_path: Path) -> Layout:
    folder = tmp_path / "office"
    run("init", folder, "--name", "Example Support", *ABOUT, "--no-passphrase")
    return open_layout(folder)
