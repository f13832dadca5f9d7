"""Figures become tables, with the machine that they were measured on."""

import json
import platform
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from benchmarks import bench_introduction, machine, report
from benchmarks.__main__ import LOAD, MACHINE, available, main
from benchmarks.copies import PLACES
from benchmarks.sheet import STAGES
from tests.tree import ROOT

FACTS = {"processor": "A processor, 2 cores", "memory": "4 GiB", "system": "Debian", "Python": "3.11"}


def stages() -> dict[str, float]:
    figures = {LOAD: 0.25}
    for number, scene in enumerate(("typing", "new page"), 1):
        for stage in STAGES:
            figures |= {
                f"{scene} / {stage} / {what}": float(number) for what in ("p50, ms", "p95, ms", "x floor")
            }
        for end in ("agent", "console"):
            figures[f"{scene} / all at the {end} / p50, ms"] = 9.0
        for what in ("bytes a frame", "frames with film"):
            figures[f"{scene} / all of it / {what}"] = 0.5
        for place in (*PLACES, "all"):
            figures[f"{scene} / copies, {place} / times"] = float(number)
    return figures


def rows(text: str) -> list[list[str]]:
    return [line.strip("| ").split(" | ") for line in text.splitlines() if line.startswith("| ")]


def test_a_stage_is_a_row_and_a_scene_a_column() -> None:
    table = rows(report.stages(stages()))
    assert table[0][1:] == ["typing", "new page"]
    assert ["capture", "1.00 / 1.00, 1.0x", "2.00 / 2.00, 2.0x"] in table
    assert ["**agent, until it is packed**", "9.0", "9.0"] in table


def test_every_row_is_as_long_as_its_head() -> None:
    for table in (report.stages(stages()), report.copies(stages()), report.floors()):
        assert len({len(row) for row in rows(table)}) == 1


RESULTS: dict[str, dict[str, Any]] = {
    MACHINE: FACTS,
    "stages": stages(),
    "end_to_end": {LOAD: 0.5, "typing / latency, ms": 12.345, "scroll / latency, ms": 20.0},
    "flame": {LOAD: 0.0, "agent, % of a core": 21.5},
    "sealing": {LOAD: 1.2, "seal, MB/s": 1234.5},
}


def test_every_benchmark_has_its_place_in_the_report(tmp_path: Path) -> None:
    (tmp_path / "results.json").write_text(json.dumps(RESULTS))
    run = CliRunner().invoke(report.main, ["--results", str(tmp_path / "results.json")])
    assert run.exit_code == 0, run.output
    assert run.output.startswith("A processor, 2 cores; 4 GiB; Debian. Python 3.11.\n")
    assert ["latency, ms", "12.3", "20"] in rows(run.output)
    assert ["sealing", "seal, MB/s", "1234"] in rows(run.output)
    assert "Cores that other programs took just before: stages 0.2, end_to_end 0.5, flame 0.0" in run.output


def test_tables_in_a_page_are_replaced_and_nothing_else(tmp_path: Path) -> None:
    page, results = tmp_path / "page.md", tmp_path / "results.json"
    page.write_text("Before.\n<!-- measured: flame -->\n| old |\n<!-- end -->\nAfter.\n")
    results.write_text(json.dumps(RESULTS))
    for _ in range(2):
        run = CliRunner().invoke(report.main, ["--results", str(results), "--into", str(page)])
        assert (run.exit_code, run.output) == (0, "")
    table = report.plain({"flame": RESULTS["flame"]})
    assert page.read_text() == f"Before.\n<!-- measured: flame -->\n{table}\n<!-- end -->\nAfter.\n"


def test_the_page_about_performance_has_a_place_for_each_table_of_its_own() -> None:
    page = (ROOT / "docs" / "performance.md").read_text("utf-8")
    names = ("machine", "load", "stages", "floors", "copies", "end_to_end", "flame")
    assert [name for name in names if report.BEGIN.format(name) not in page] == []
    # What a stage is stands in the page as it stands in the code.
    assert report.put(page, {"floors": report.floors()}) == page


def test_the_machine_is_described_without_a_name_or_a_place() -> None:
    facts = machine.describe()
    assert "cores" in facts["processor"] and facts["memory"].endswith("GiB")
    assert {"Python", "OpenCV", "PyAV", "Qt"} <= set(facts)
    assert platform.node() not in " ".join(facts.values())
    assert not any(value.startswith("/") for value in facts.values())


def test_the_help_names_every_benchmark_and_a_wrong_name_is_refused() -> None:
    shown = CliRunner().invoke(main, ["--help"]).output
    assert all(f"\n  {name} " in shown for name in available())
    refused = CliRunner().invoke(main, ["sealing", "nothing"])
    assert refused.exit_code == 2 and "no such benchmark: nothing" in refused.output


def test_a_bound_that_is_not_kept_is_told_in_the_end_and_the_others_are_measured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def slow() -> dict[str, float]:
        raise AssertionError("40 times its floor")

    monkeypatch.setattr("benchmarks.__main__.OUTPUT", tmp_path)
    monkeypatch.setattr(bench_introduction, "measure", slow)
    run = CliRunner().invoke(main, ["introduction", "sealing"])
    assert run.exit_code == 1
    assert "introduction: 40 times its floor (other programs took" in run.output
    found = json.loads((tmp_path / "results.json").read_text())
    assert set(found) == {MACHINE, "sealing"} and found["sealing"]["seal, MB/s"] > 0
