"""The table of exit codes is the page's; verdicts follow from findings."""

import re

from auditor.findings import Facts, Failure, Report, Step, Verdict
from tests.tree import ROOT


def report(*failures: Failure, reason: str = "stopped", alone: bool = False) -> Report:
    step = Step("a step", "it proves something")
    for failure in failures:
        step.fail(failure, "this is wrong")
    return Report("0" * 64, (step,), Facts(reason=reason), alone)


def test_the_page_of_exit_codes_is_the_table() -> None:
    page = (ROOT / "docs" / "reference" / "exit-codes.md").read_text("utf-8")
    lines = re.findall(r"^\| (\d+) \| `([a-z]+)` \| (.*) \|$", page, re.MULTILINE)
    assert lines == [(str(each.code), each.word, each.meaning) for each in Failure]


def test_every_failure_has_its_own_code_in_its_range() -> None:
    codes = [failure.code for failure in Failure]
    assert len(set(codes)) == len(codes)
    assert set(codes) <= set(range(20, 40))


def test_the_first_failure_is_the_exit_code() -> None:
    assert report(Failure.OBJECT, Failure.CHAIN).exit_code == Failure.OBJECT.code
    assert report().exit_code == 0


def test_a_root_that_is_not_pinned_counts_only_if_nothing_else_is_wrong() -> None:
    assert report(Failure.UNPINNED).verdict is Verdict.UNPINNED
    assert report(Failure.UNPINNED, Failure.LEAF).verdict is Verdict.FAILED
    assert report(Failure.UNPINNED, Failure.LEAF).exit_code == Failure.LEAF.code
    assert report(Failure.UNPINNED).exit_code == Failure.UNPINNED.code


def test_a_recovered_session_and_one_closed_alone_have_verdicts_of_their_own() -> None:
    assert report(reason="recovered", alone=True).verdict is Verdict.RECOVERED
    assert report(alone=True).verdict is Verdict.CLOSED_ALONE
    assert report(Failure.LEAF, reason="recovered").verdict is Verdict.FAILED
