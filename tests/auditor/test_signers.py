"""What agent, technician or who keeps the log could do, with their own keys: all signatures are good."""

import hashlib
import shutil
from collections.abc import Callable
from pathlib import Path

import msgspec

from auditor.findings import Failure, Report, Verdict
from auditor.source import Bundle
from auditor.verify import verify
from relay.log import Log
from session import keys, sealing, statements
from session.keys import PublicKey
from session.ledger import VerifierKey
from session.revocation import RevocationList, RevokedCertificates
from session.signatures import Namespace, sign
from session.statements import Consented, SealedObject, Segment, SessionStatement
from tests.auditor.conftest import evidence_of
from tests.auditor.story import CONTROL, VIEW, begin, end, take_control, whole_session
from tests.auditor.world import Holder, Session, World, clock_on_the_wall

Make = Callable[[], World]


def report_of(session: Session) -> Report:
    session.world.prove()
    return evidence_of(session).report()


def told(world: World, story: Callable[[Session], None], session: Session | None = None) -> Session:
    """Play a story on the world's clock."""
    with clock_on_the_wall(world.clock):
        session = session or Session(world)
        story(session)
    return session


def test_a_refused_session_is_verified_without_a_recording(make_world: Make) -> None:
    def story(session: Session) -> None:
        session.open()
        session.tick(5)
        session.consent("refused", granted=())
        session.close("refused")

    report = report_of(told(make_world(), story))
    assert (report.verdict, report.facts.reason, report.facts.segments) == (Verdict.VERIFIED, "refused", 0)


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


def test_a_recording_that_begins_before_the_leave_is_found(make_world: Make) -> None:
    session = whole_session(make_world())

    def recorded_first(values: list[SessionStatement]) -> list[SessionStatement]:
        return [values[0], values[2], values[1], *values[3:]]

    session.restamp(recorded_first)
    report = report_of(session)
    assert report.findings[0].failure is Failure.CONSENT
    assert "before the person had allowed anything" in report.findings[0].words


def test_a_recording_without_any_consent_is_found(make_world: Make) -> None:
    session = whole_session(make_world())
    session.restamp(lambda values: [value for value in values if not isinstance(value, Consented)])
    assert report_of(session).exit_code == Failure.CONSENT.code


def test_a_refusal_that_is_made_an_answer_is_found(make_world: Make) -> None:
    """The record inside still says what the person answered."""

    def story(session: Session) -> None:
        session.open()
        session.consent("refused", granted=())
        session.close("refused")

    session = told(make_world(), story)

    def allowed(values: list[SessionStatement]) -> list[SessionStatement]:
        return [
            msgspec.structs.replace(value, event="allowed") if isinstance(value, Consented) else value
            for value in values
        ]

    session.restamp(allowed)
    report = report_of(session)
    assert report.exit_code == Failure.CONSENT.code
    assert "another answer" in report.findings[0].words


def replace_record(session: Session, change: Callable[[dict[str, object]], None], *, salted: bool) -> None:
    """Change the first consent record and seal it anew; with `salted`, its signed digest too."""
    path = session.spool.session / "consent" / "000.json.age"
    key = sealing.unwrap((session.spool.keys / "consent.age").read_bytes(), session.world.auditor)
    record = msgspec.json.decode(sealing.unseal(path.read_bytes(), key))
    change(record)
    plain = statements.canonical(record)
    sealed = sealing.seal(plain, [session.recipients["consent"]])
    path.write_bytes(sealed)

    def edit(values: list[SessionStatement]) -> list[SessionStatement]:
        found = values[1]
        assert isinstance(found, Consented)
        item = SealedObject("consent", found.object.name, statements.digest(sealed), len(sealed))
        digest = hashlib.sha256(bytes.fromhex(found.salt) + plain).hexdigest() if salted else found.plain
        return [values[0], msgspec.structs.replace(found, object=item, plain=digest), *values[2:]]

    session.restamp(edit)


def test_a_record_that_is_not_the_signed_one_is_found(make_world: Make) -> None:
    session = whole_session(make_world())
    replace_record(session, lambda record: record.update(purpose="Something harmless"), salted=False)
    report = report_of(session)
    assert report.findings[0].failure is Failure.CONSENT
    assert "not the one that was signed" in report.findings[0].words


def test_a_record_that_another_device_endorses_is_found(make_world: Make) -> None:
    session = whole_session(make_world())
    another = keys.generate()

    def change(record: dict[str, object]) -> None:
        record["device_key"] = PublicKey.of(another).text

    replace_record(session, change, salted=True)
    report = report_of(session)
    assert report.findings[0].failure is Failure.CONSENT
    assert "does not endorse" in report.findings[0].words


def test_a_record_that_shows_another_technician_is_found(make_world: Make) -> None:
    session = whole_session(make_world())
    other = session.world.certify("Somebody Else", "1002")
    replace_record(session, lambda record: record.update(certificate=other.certificate.text), salted=True)
    report = report_of(session)
    assert report.findings[0].failure is Failure.CONSENT
    assert "another technician" in report.findings[0].words


def test_input_without_leave_to_control_is_found(make_world: Make) -> None:
    def story(session: Session) -> None:
        begin(session)
        session.recorder.event("key", sensitive=True, keysym=0x61, down=1)
        session.tick(1)
        session.cut()
        session.close()

    report = report_of(told(make_world(), story))
    assert report.exit_code == Failure.CONTENT.code
    assert "type key happened without leave for control" in report.findings[0].words


def test_input_after_control_was_taken_back_is_found(make_world: Make) -> None:
    def story(session: Session) -> None:
        begin(session)
        take_control(session)
        session.consent("revoked", (CONTROL,), (VIEW,))
        session.tick(1)
        session.recorder.event("pointer", x=1, y=1)
        session.close()

    assert report_of(told(make_world(), story)).exit_code == Failure.CONTENT.code


def test_input_while_the_person_holds_the_session_is_found(make_world: Make) -> None:
    def story(session: Session) -> None:
        begin(session)
        take_control(session)
        session.standing("paused", [VIEW, CONTROL], ["person"])
        session.tick(1)
        session.recorder.event("button", button=1, down=1)
        session.close()

    report = report_of(told(make_world(), story))
    assert report.exit_code == Failure.CONTENT.code
    assert "held still" in report.findings[0].words


def test_pictures_without_leave_to_see_are_found(make_world: Make) -> None:
    def story(session: Session) -> None:
        session.open()
        session.consent("allowed", (CONTROL,), (CONTROL,))
        session.pictures(5)
        session.close()

    report = report_of(told(make_world(), story))
    assert report.exit_code == Failure.CONTENT.code
    assert "not to be seen" in report.findings[0].words


def test_sealed_rubbish_is_found(make_world: Make) -> None:
    session = whole_session(make_world())
    rubbish = sealing.seal(b"\0" * 500, [session.recipients["main"]])
    name = "seg/000002.screen-0-0.m4s.age"
    (session.spool.session / name).write_bytes(rubbish)

    def edit(values: list[SessionStatement]) -> list[SessionStatement]:
        found = values[2]
        assert isinstance(found, Segment)
        new = SealedObject("main", name, statements.digest(rubbish), len(rubbish))
        kept = tuple(new if item.name == name else item for item in found.objects)
        return [*values[:2], msgspec.structs.replace(found, objects=kept), *values[3:]]

    session.restamp(edit)
    report = report_of(session)
    assert report.exit_code == Failure.CONTENT.code
    assert report.findings[0].where.endswith(name)


def test_a_start_from_which_nothing_can_be_decoded_is_found(make_world: Make) -> None:
    session = whole_session(make_world())

    def edit(values: list[SessionStatement]) -> list[SessionStatement]:
        return [
            msgspec.structs.replace(value, start=value.seq)
            if isinstance(value, Segment) and value.start is not None
            else value
            for value in values
        ]

    session.restamp(edit)
    assert report_of(session).exit_code == Failure.CONTENT.code


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
