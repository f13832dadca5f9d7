"""Who opened the recording since: what an auditor, a technician or who keeps the store could make of it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from auditor.findings import Failure, Report
from session import keys, statements
from session.signatures import Namespace, sign
from tests.auditor.conftest import evidence_of
from tests.auditor.story import whole_session
from tests.auditor.told import Make
from tests.auditor.world import Holder, Session


@pytest.fixture
def session(make_world: Make) -> Session:
    """A session that was opened twice, by two auditors."""
    made = whole_session(make_world())
    made.access(ida(made), "a complaint")
    made.access(made.world.certify("Otto Auditor", "2002", "auditor"), "a spot check")
    return made


def ida(session: Session) -> Holder:
    return session.world.certify("Ida Auditor", "2001", "auditor")


def report_of(session: Session) -> Report:
    return evidence_of(session).report()


def custody(session: Session, name: str) -> Path:
    return session.spool.session / "custody" / name


def notes_of(report: Report) -> list[str]:
    return next(step.notes for step in report.steps if step.name == "custody")


def test_every_opening_is_told_with_its_reason(session: Session) -> None:
    report = report_of(session)
    assert report.exit_code == 0
    assert notes_of(report) == ["access by auditor:2001: a complaint", "access by auditor:2002: a spot check"]


def change_the_reason(session: Session) -> None:
    path = custody(session, "000000.json")
    path.write_bytes(path.read_bytes().replace(b"complaint", b"curiosity"))


def drop_the_first(session: Session) -> None:
    for ending in ("json", "json.sig", "leaf"):
        custody(session, f"000000.{ending}").unlink()


def drop_a_signature(session: Session) -> None:
    custody(session, "000001.json.sig").unlink()


def swap_the_signatures(session: Session) -> None:
    custody(session, "000000.json.sig").write_bytes(custody(session, "000001.json.sig").read_bytes())


def sign_as_somebody_else(session: Session) -> None:
    session.access(ida(session), by="auditor:2002")


def sign_as_a_technician(session: Session) -> None:
    session.access(session.technician)


def sign_with_an_expired_certificate(session: Session) -> None:
    world = session.world
    session.access(world.certify("Ida Auditor", "2001", "auditor", at=world.clock.now - 13 * 3600))


def sign_with_another_issuing_key(session: Session) -> None:
    session.access(session.world.certify("Ida Auditor", "2001", "auditor", issuing=keys.generate()))


def sign_the_leaf_with_another_key(session: Session) -> None:
    leaf = statements.leaf_of(custody(session, "000001.json").read_bytes())
    forged = statements.entry(leaf, sign(keys.generate(), leaf, Namespace.LEAF))
    custody(session, "000001.leaf").write_bytes(forged)
    session.world.append(f"sessions/{session.sid}/custody/000001.json", forged)
    session.world.prove()


@pytest.mark.parametrize(
    "spoil",
    [
        drop_the_first,
        drop_a_signature,
        swap_the_signatures,
        sign_as_somebody_else,
        sign_as_a_technician,
        sign_with_an_expired_certificate,
        sign_with_another_issuing_key,
        sign_the_leaf_with_another_key,
    ],
    ids=lambda spoil: spoil.__name__,
)
def test_a_false_record_of_openings_is_found(session: Session, spoil: Callable[[Session], None]) -> None:
    spoil(session)
    report = report_of(session)
    assert {finding.failure for finding in report.findings} <= {Failure.CUSTODY, Failure.INCLUSION}
    assert Failure.CUSTODY in {finding.failure for finding in report.findings}


def test_a_changed_reason_is_found(session: Session) -> None:
    change_the_reason(session)
    assert report_of(session).exit_code == Failure.CUSTODY.code


def test_an_opening_that_is_kept_back_is_noted(session: Session) -> None:
    for ending in ("json", "json.sig", "leaf"):
        custody(session, f"000001.{ending}").unlink()
    report = report_of(session)
    assert report.exit_code == 0
    assert "the log names this session in 1 leaves after its close whose statements are not here" in notes_of(
        report
    )
