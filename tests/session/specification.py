"""The tables and figures of a normative page, read as a person would."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import session

FOLDER = Path(session.__file__).parent

_NAME = re.compile(r"`([^`]+)`")


@dataclass(frozen=True)
class Table:
    """One table: its section's heading, its columns, its rows."""

    section: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def column(self, name: str) -> list[str]:
        """Return one column, without the code marks."""
        at = self.columns.index(name)
        return [row[at].replace("`", "") for row in self.rows]

    def pairs(self, *names: str) -> list[tuple[str, ...]]:
        """Return some columns, row by row, without the code marks."""
        return list(zip(*(self.column(name) for name in names), strict=True))


class Page:
    """One page of the specification."""

    def __init__(self, name: str) -> None:
        self.text = (FOLDER / name).read_text("utf-8")
        # A sentence may be broken anywhere.
        self.flat = " ".join(self.text.split())
        self.tables = tuple(_tables(self.text.splitlines()))

    def table(self, section: str, first: str) -> Table:
        """Return the one table of a section whose first column is called so."""
        found = [t for t in self.tables if t.section.startswith(section) and t.columns[0] == first]
        if len(found) != 1:
            raise LookupError(f"{len(found)} tables {first!r} in {section!r}")
        return found[0]

    def number(self, pattern: str) -> int:
        """Return the number that one sentence names; `#` in the pattern stands for it."""
        found = re.findall(re.escape(pattern).replace(r"\#", "([0-9]+)"), self.flat)
        if len(found) != 1:
            raise LookupError(f"{pattern!r} stands {len(found)} times in the page")
        return int(found[0])

    def words(self, before: str) -> list[str]:
        """Return the code words of the one list that follows some words, up to its full stop."""
        found = re.findall(re.escape(before) + r"\s*((?:`[^`]+`(?:,\s+)?)+)\.", self.flat)
        if len(found) != 1:
            raise LookupError(f"{before!r} begins {len(found)} lists in the page")
        return names(found[0])


def names(cell: str) -> list[str]:
    """Return what stands in code marks, in order."""
    return _NAME.findall(cell)


def _tables(lines: Sequence[str]) -> list[Table]:
    tables, section = [], ""
    rows: list[tuple[str, ...]] = []
    for line in [*lines, ""]:
        if line.startswith("#"):
            section = line.lstrip("# ")
        if line.startswith("|"):
            rows.append(tuple(cell.strip() for cell in line.strip("|").split("|")))
        elif rows:
            head, _, *body = rows
            if any(len(row) != len(head) for row in body):
                raise LookupError(f"a row of {section!r} has another number of cells than its head")
            tables.append(Table(section, head, tuple(body)))
            rows = []
    return tables
