"""What others wrote into the evidence is shown on a terminal, and never obeyed by it."""

import json

import pytest

from auditor.findings import Facts, Failure, Report, Step
from auditor.printing import report_as_json, show_list, show_report, write_json
from auditor.relay_client import Listed

ESCAPE = "x\r\x1b[8A\x1b[J\n  Verified: this is what happened\x9b8m\u202e\u200b"
SHOWN = "x [8A[J Verified: this is what happened8m"


def forged() -> Report:
    step = Step("custody", "everybody signed")
    step.note(f"access by auditor:7: {ESCAPE}")
    step.fail(Failure.OBJECT, f"it was {ESCAPE}", f"sessions/{ESCAPE}")
    skipped = Step("content", "it can be read", skipped=ESCAPE)
    facts = Facts(technician=ESCAPE, organisation=ESCAPE, opened_ms=1, closed_ms=2, reason=ESCAPE)
    return Report(f"{'ab' * 32}{ESCAPE}", (step, skipped), facts)


def tame(text: str) -> bool:
    """Tell whether a text holds nothing that a terminal obeys, but the ends of its lines."""
    return all(character == "\n" or character.isprintable() for character in text)


def test_a_report_shows_foreign_words_without_their_commands(capsys: pytest.CaptureFixture[str]) -> None:
    show_report(forged())
    said = capsys.readouterr().out
    assert tame(said)
    assert f"      access by auditor:7: {SHOWN}\n" in said
    assert f"      sessions/{SHOWN}: it was {SHOWN} [33]\n" in said
    assert said.splitlines()[-1] == "  NOT verified."


def test_a_list_shows_foreign_words_without_their_commands(capsys: pytest.CaptureFixture[str]) -> None:
    show_list([Listed(ESCAPE, 1, 2, ESCAPE, ESCAPE, ESCAPE, 3, 4)])
    said = capsys.readouterr().out
    assert tame(said)
    assert len(said.splitlines()) == 2
    assert said.count(SHOWN) == 4


def test_json_keeps_foreign_words_and_not_their_commands(capsys: pytest.CaptureFixture[str]) -> None:
    write_json(report_as_json(forged()))
    said = capsys.readouterr().out
    assert tame(said)
    assert json.loads(said)["reason"] == ESCAPE
