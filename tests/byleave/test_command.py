"""The front door: nothing is imported too early, every error has its exit code."""

import re
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from byleave import command as front
from byleave.command import SUBCOMMANDS, Entry, main
from byleave.exits import EXITS, PROBLEMS_FOUND, exit_code
from session import errors
from session.errors import ByleaveError, ConfigurationError, IdentityRefused, LedgerError

HEAVY = ("PySide6", "av", "cv2", "mss", "Xlib", "numpy")


def test_help_names_every_subcommand_without_importing_any() -> None:
    code = (
        "import sys; from click.testing import CliRunner; from byleave.command import main\n"
        "print(CliRunner().invoke(main, ['--help']).output)\n"
        "print([name for name in sys.modules if name.split('.')[0] in {'agent', 'relay', 'auditor',"
        " 'technician_console', 'PySide6', 'av'}])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    *shown, imported = done.stdout.strip().splitlines()
    for name in SUBCOMMANDS:
        assert any(line.strip().startswith(name) for line in shown), name
    assert imported == "[]"


@pytest.mark.parametrize("name", ["relay", "organisation"])
def test_relay_and_office_start_without_windows_and_codecs(name: str) -> None:
    code = (
        "import sys; from click.testing import CliRunner; from byleave.command import main\n"
        f"assert CliRunner().invoke(main, ['{name}', '--help']).exit_code == 0\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.strip() == "[]"


def test_a_missing_extra_says_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "needs_something.py").write_text("import something_that_is_not_there\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setitem(SUBCOMMANDS, "agent", Entry("needs_something", "…", "agent"))
    result = CliRunner().invoke(main, ["agent"])
    assert result.exit_code == 1
    assert "something_that_is_not_there" in result.output
    assert "pip install 'byleave[agent]'" in result.output


def test_a_mistake_of_our_own_is_not_called_a_missing_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(SUBCOMMANDS, "agent", Entry("session.not_there", "…", "agent"))
    assert isinstance(CliRunner().invoke(main, ["agent"]).exception, ModuleNotFoundError)
    monkeypatch.setitem(SUBCOMMANDS, "agent", Entry("byleave.exits", "…", "agent"))
    assert isinstance(CliRunner().invoke(main, ["agent"]).exception, AttributeError)


def test_an_unknown_subcommand_is_a_wrong_command_line() -> None:
    assert CliRunner().invoke(main, ["obey"]).exit_code == 2


@pytest.mark.parametrize(
    ("error", "code", "words"),
    [
        (ConfigurationError("the file is gone"), 3, "Error: the file is gone\n"),
        (ConfigurationError(), 3, "Error: A setting of Byleave is wrong.\n"),
        (IdentityRefused("expired"), 4, "could not be confirmed, so nothing was started. (expired)\n"),
        (LedgerError(), 7, "Error: The public log of sessions could not be confirmed.\n"),
    ],
)
def test_an_error_becomes_a_sentence_and_an_exit_code(
    monkeypatch: pytest.MonkeyPatch, error: ByleaveError, code: int, words: str
) -> None:
    @click.command()
    def failing() -> None:
        raise error

    module = type(sys)("failing")
    module.command = failing  # type: ignore[attr-defined]  # a module made here
    monkeypatch.setitem(sys.modules, "failing", module)
    monkeypatch.setitem(SUBCOMMANDS, "agent", Entry("failing", "…"))
    result = CliRunner().invoke(main, ["agent"])
    assert result.exit_code == code
    assert result.output.endswith(words)


def kinds(root: type[ByleaveError] = ByleaveError) -> set[type[ByleaveError]]:
    return {root}.union(
        *(kinds(kind) for kind in root.__subclasses__() if kind.__module__ == errors.__name__)
    )


def test_every_error_of_the_tree_has_an_exit_code_of_its_own() -> None:
    leaves = {kind for kind in kinds() if not kind.__subclasses__()}
    assert leaves <= set(EXITS)
    codes = [*EXITS.values(), PROBLEMS_FOUND]
    assert len(set(codes)) == len(codes)
    assert all(2 < code < 20 for code in codes)
    assert exit_code(ByleaveError()) == 1
    assert exit_code(type("Finer", (LedgerError,), {})()) == 7


def test_the_page_of_exit_codes_is_the_code() -> None:
    page = Path(front.__file__).parents[1] / "docs" / "reference" / "exit-codes.md"
    rows = dict(re.findall(r"^\| (\d+) \| `(\w+)` \|", page.read_text(), re.MULTILINE))
    # Those from 20 on are the auditor's; its own tests compare them.
    rows = {code: name for code, name in rows.items() if int(code) < 20}
    assert rows == {str(code): kind.__name__ for kind, code in EXITS.items()}


def every_command(group: click.Group, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    found = []
    for name in group.commands:
        command = group.commands[name]
        found += (
            every_command(command, (*path, name)) if isinstance(command, click.Group) else [(*path, name)]
        )
    return found


def test_every_command_of_the_office_shows_an_example() -> None:
    from byleave.organisation.command import command as office

    for path in [(), *every_command(office)]:
        result = CliRunner().invoke(main, ["organisation", *path, "--help"])
        assert result.exit_code == 0
        assert "Example: byleave organisation" in result.output, path
