"""What agent, technician or who keeps the log could do, with their own keys: all signatures are good."""

import shutil
from pathlib import Path

from auditor.findings import Failure, Verdict
from auditor.source import Bundle
from auditor.verify import verify
from relay.log import Log
from session import keys, sealing, statements
from session.ledger import VerifierKey
from session.revocation import RevocationList, RevokedCertificates
from session.signatures import Namespace, sign
from tests.auditor.conftest import evidence_of
from tests.auditor.story import begin, end, whole_session
from tests.auditor.told import Make, report_of, told
from tests.auditor.world import Holder, Session, World


def test_a_recovered_session_has_a_verdict_of_its_own(make_world: Make) -> None:
    def story(session: Session) -> None:
        begin(session)
        session.pictures(5)
        session.tick(60)
        session.countersigning = False
        session.journal.close("recovered", gap=60_500)

    report = report_of(told(make_world(), story))
    assert (report.verdict, report.exit_code) == (Verdict.RECOVERED, 0)
    assert report.facts.gap_ms == 60_500


def test_a_session_that_the_agent_closes_alone_has_a_verdict_of_its_own(make_world: Make) -> None:
    def story(session: Session) -> None:
        begin(session)
        session.countersigning = False
        session.close("stopped")

    report = report_of(told(make_world(), story))
    assert (report.verdict, report.exit_code) == (Verdict.CLOSED_ALONE, 0)


def test_a_session_without_an_end_is_unfinished(make_world: Make) -> None:
    report = report_of(told(make_world(), begin))
    assert report.exit_code == Failure.UNFINISHED.code


def test_a_technicians_certificate_that_had_expired_is_found(make_world: Make) -> None:
    world = make_world()
    technician = world.certify(at=world.clock.now - 13 * 3600)
    session = told(world, lambda session: (begin(session), end(session))[0], Session(world, technician))
    report = report_of(session)
    assert report.exit_code == Failure.CERTIFICATE.code
    assert "expired" in report.findings[0].words


def test_a_certificate_that_expires_during_the_session_does_not_countersign_its_end(make_world: Make) -> None:
    world = make_world()
    technician = world.certify(at=world.clock.now - 12 * 3600 + 320)

    def story(session: Session) -> None:
        begin(session)
        session.tick(60)
        end(session)

    report = report_of(told(world, story, Session(world, technician)))
    assert report.exit_code == Failure.COUNTERSIGNATURE.code


def test_a_certificate_of_another_issuing_key_is_found(make_world: Make) -> None:
    world = make_world()
    technician = world.certify(issuing=keys.generate())
    report = report_of(
        told(world, lambda session: (begin(session), end(session))[0], Session(world, technician))
    )
    assert report.exit_code == Failure.CERTIFICATE.code
    assert "another issuing key" in report.findings[0].words


def test_an_auditors_certificate_is_no_technicians(make_world: Make) -> None:
    world = make_world()
    session = Session(world, world.certify(kind="auditor"))
    report = report_of(told(world, lambda session: (begin(session), end(session))[0], session))
    assert report.exit_code == Failure.CERTIFICATE.code


def revoke(world: World, technician: Holder, at: float) -> None:
    """Put a signed list with this certificate into the bundle."""
    certificate = technician.certificate
    section = RevokedCertificates(certificate.authority.blob, ((certificate.serial, certificate.serial),))
    data = RevocationList(int(at), int(at), (section,)).encode()
    status = keys.load_private(world.layout.status_key.read_bytes())
    (world.trust / "krl").write_bytes(data)
    (world.trust / "krl.sig").write_bytes(sign(status, data, Namespace.KRL))


def test_a_certificate_that_was_revoked_before_is_found(make_world: Make) -> None:
    session = whole_session(make_world())
    revoke(session.world, session.technician, session.world.clock.now)
    report = report_of(session)
    assert report.exit_code == Failure.CERTIFICATE.code
    assert "revoked" in report.findings[0].words


def test_a_certificate_that_was_revoked_long_after_spoils_nothing_but_is_named(make_world: Make) -> None:
    session = whole_session(make_world())
    revoke(session.world, session.technician, session.world.clock.now + 24 * 3600)
    report = report_of(session)
    assert report.exit_code == 0
    assert any(
        "is revoked in a list made 24.0 hours after" in note for step in report.steps for note in step.notes
    )


def test_a_revocation_list_from_long_before_is_refused(make_world: Make) -> None:
    world = make_world()
    world.clock.now += 3600
    assert report_of(whole_session(world)).exit_code == Failure.REVOCATIONS.code


def test_a_strangers_leaf_in_the_log_spoils_nothing(make_world: Make) -> None:
    world = make_world()

    def story(session: Session) -> None:
        begin(session)
        forged = statements.canonical(statements.Leaf(h="0" * 64, k="segment", n=3, s=session.sid))
        world.strangers_leaf(statements.entry(forged, sign(keys.generate(), forged, Namespace.LEAF)))
        end(session)

    report = report_of(told(world, story))
    assert report.exit_code == 0
    assert any("not signed by it" in note for step in report.steps for note in step.notes)


def test_a_statement_that_only_the_log_knows_is_found(make_world: Make) -> None:
    world = make_world()

    def story(session: Session) -> None:
        begin(session)
        hidden = statements.canonical(statements.Leaf(h="0" * 64, k="segment", n=3, s=session.sid))
        world.strangers_leaf(statements.entry(hidden, sign(session.key, hidden, Namespace.LEAF)))
        end(session)

    report = report_of(told(world, story))
    assert report.exit_code == Failure.COMPLETENESS.code
    assert "also holds a segment statement 3" in report.findings[0].words


def test_a_session_that_was_shown_another_log_is_found(make_world: Make, tmp_path: Path) -> None:
    """A log with two histories: the one signed into the session is not the one that is published."""
    session = whole_session(make_world())
    world = session.world
    entries = [world.log.entries(index, index + 1)[0] for index in range(world.log.size)]
    places = dict(world.places)
    world.begin_log()
    world.strangers_leaf()
    world.log.append(entries)
    world.places.update({path: index + 1 for path, index in places.items()})
    report = report_of(session)
    assert report.exit_code == Failure.HISTORY.code
    assert "was shown another log" in report.findings[0].words


def test_a_log_that_is_younger_than_the_session_says_is_found(make_world: Make) -> None:
    world = make_world()
    for _ in range(40):
        world.strangers_leaf()
    session = whole_session(world)
    session.restamp(lambda values: values, as_seen=False)
    assert report_of(session).exit_code == Failure.HISTORY.code


def test_another_log_key_than_the_profiles_is_found(make_world: Make) -> None:
    session = whole_session(make_world())
    world = session.world
    entries = world.log.entries(0, world.log.size)
    world.layout.log_key.write_bytes(keys.export_private(keys.generate()))
    origin = world.verifier.partition("+")[0]
    shutil.rmtree(world.folder / "log" / "tile")
    (world.folder / "log" / "checkpoint").unlink()
    forged = Log(world.folder / "log", world.log_key, str(VerifierKey.of(origin, world.log_key)))
    forged.append(entries)
    assert evidence_of(session).report().exit_code == Failure.CHECKPOINT.code


def test_two_good_sessions_in_one_log_are_both_complete(make_world: Make) -> None:
    world = make_world()
    first, second = whole_session(world), whole_session(world)
    assert report_of(first).exit_code == report_of(second).exit_code == 0
    assert Bundle(world.folder).sessions() == sorted([first.sid, second.sid])
    assert {verify(Bundle(world.folder), sid).verdict for sid in (first.sid, second.sid)} == {
        Verdict.UNPINNED
    }


def test_a_countersignature_of_another_technician_of_the_same_organisation_is_found(make_world: Make) -> None:
    session = whole_session(make_world())
    other = session.world.certify("Somebody Else", "1002", at=session.world.clock.now - 60)
    consent = session.path(1)
    session.path(1, "json.technician.sig").write_bytes(other.sign(consent.read_bytes(), Namespace.SESSION))
    report = report_of(session)
    assert report.exit_code == Failure.COUNTERSIGNATURE.code
    assert "Somebody Else" in report.findings[0].words


def test_a_leaf_that_another_key_signed_is_found(make_world: Make) -> None:
    session = whole_session(make_world())
    leaf = statements.leaf_of(session.path(3).read_bytes())
    forged = statements.entry(leaf, sign(keys.generate(), leaf, Namespace.LEAF))
    session.path(3, "leaf").write_bytes(forged)
    assert report_of(session).exit_code == Failure.LEAF.code


def test_keys_to_something_else_are_found(make_world: Make) -> None:
    """The auditor can open them, but the session was not sealed to them."""
    session = whole_session(make_world())
    sealed = sealing.new_session_identity([sealing.recipient_of(session.world.auditor)])
    (session.spool.keys / "main.age").write_bytes(sealed.wrapped)
    report = report_of(session)
    assert report.exit_code == Failure.KEYS.code
    assert "another key than the one that open names" in report.findings[0].words
