"""Who is ahead, from a few lines as the bench writes them."""

import math
from pathlib import Path

from click.testing import CliRunner

from benchmarks.compare import Pair, main, medians, pairs, read, summary

LINES = Path(__file__).parent / "compare.jsonl"


def compared() -> dict[tuple[str, str, str], Pair]:
    found = pairs(medians(read([LINES])), "ours")
    return {(*pair.cell, pair.figure): pair for pair in found}


def test_the_best_peer_is_another_one_for_each_figure() -> None:
    found = compared()
    assert found["lan", "scroll30", "fps"].peer == "tigervnc"
    assert found["lan", "scroll30", "kbit/s"].peer == "xpra3"


def test_a_ratio_says_how_many_times_worse_we_are() -> None:
    found = compared()
    latency, frames = found["lan", "scroll30", "latency p50 ms"], found["lan", "scroll30", "fps"]
    assert (latency.ours, latency.best, latency.ratio, latency.ahead) == (50.0, 40.0, 1.25, False)
    assert (frames.ours, frames.best, frames.ratio, frames.ahead) == (20.0, 28.0, 1.4, False)
    assert found["lan", "scroll30", "kbit/s"].ratio == 0.5


def test_repeats_count_by_their_median() -> None:
    assert compared()["lan", "scroll30", "input p50 ms"].ours == 60.0


def test_equal_within_the_noise_is_ahead() -> None:
    rest = compared()["lan", "scroll30", "rest dB"]
    assert (rest.ours, rest.best, rest.ahead) == (99.0, 99.0, True)
    assert compared()["lan", "scroll30", "latency p95 ms"].ahead


def test_the_scene_costs_nobody_anything() -> None:
    # 12 of the agent, 3 of the relay, and 7 of the X server, of which the scene itself takes 5.
    assert compared()["lan", "scroll30", "host CPU %"].ours == 17.0


def test_idle_is_reached_at_one_per_cent_and_has_no_latency() -> None:
    found = compared()
    processor = found["lan", "idle", "host CPU %"]
    assert processor.ahead and processor.ratio > 1
    assert {figure for _, scene, figure in found if scene == "idle"} == {"kbit/s", "rest dB", "host CPU %"}


def test_where_a_key_draws_the_share_that_was_shown_counts() -> None:
    found = compared()
    assert ("lan", "typing", "fps") not in found
    share = found["lan", "typing", "shown %"]
    assert (share.ours, share.best, share.ahead) == (100.0, 90.0, True)


def test_what_we_do_not_have_is_behind_without_measure() -> None:
    motion = compared()["lan", "scroll30", "motion dB"]
    assert (motion.ours, motion.ratio, motion.ahead) == (None, math.inf, False)


def test_the_summary_counts_and_names_the_worst() -> None:
    found = list(compared().values())
    assert summary(found) == "Ahead in 9 of 14 (64 %); worst ratio inf (lan scroll30, motion dB)."
    assert summary([]).startswith("Nothing to compare")


def test_the_command_lists_what_is_behind_the_worst_first_and_tells_of_errors() -> None:
    run = CliRunner().invoke(main, [str(LINES), "--behind"])
    assert run.exit_code == 0
    rows = [line for line in run.output.splitlines() if line.startswith("| lan")]
    assert [row.split(" | ")[2] for row in rows][:2] == ["motion dB", "fps"]
    assert "error: xpra3 wan *: viewer never showed the source" in run.output


def test_an_overview_has_one_line_for_each_cell() -> None:
    run = CliRunner().invoke(main, [str(LINES), "--overview"])
    assert run.exit_code == 0
    (row,) = [line for line in run.output.splitlines() if line.startswith("| lan idle")]
    assert row.split(" | ")[1:] == [
        "",
        "",
        "",
        "",
        "",
        "",
        "8.0 / 7.0",
        "",
        "**exact** / 60.0",
        "**0.9** / 0.4 |",
    ]


def test_other_work_on_the_machine_is_told() -> None:
    run = CliRunner().invoke(main, [str(LINES)])
    assert run.output.splitlines()[-1] == "Other work took 0 % of a core, 40 % at most."
