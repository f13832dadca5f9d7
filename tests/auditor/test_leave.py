"""What an agent could record that the person had not allowed, with all signatures good."""

import hashlib
from collections.abc import Callable

import msgspec
import pytest

from auditor.findings import Failure, Verdict
from session import keys, sealing, statements
from session.keys import PublicKey
from session.messages import Capability
from session.statements import Consented, SealedObject, SessionStatement
from tests.auditor.story import CONTROL, VIEW, begin, take_control, whole_session
from tests.auditor.told import Make, report_of, told
from tests.auditor.world import Session

FACTS = Capability.SYSTEM_INFO


def test_a_refused_session_is_verified_without_a_recording(make_world: Make) -> None:
    def story(session: Session) -> None:
        session.open()
        session.tick(5)
        session.consent("refused", granted=())
        session.close("refused")

    report = report_of(told(make_world(), story))
    assert (report.verdict, report.facts.reason, report.facts.segments) == (Verdict.VERIFIED, "refused", 0)


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
        session.recorder.event("pointer", monitor=0, x=1, y=1)
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


def click(session: Session) -> None:
    session.tick(1)
    session.recorder.event("button", button=1, down=1)
    session.tick(1)
    session.cut()
    session.close()


@pytest.mark.parametrize("event", ["more-refused", "more-timed-out", "more-withdrawn", "revoked"])
def test_a_refusal_that_grants_is_found(make_world: Make, event: str) -> None:
    def story(session: Session) -> None:
        begin(session)
        session.consent(event, (CONTROL,), (VIEW, CONTROL))
        click(session)

    report = report_of(told(make_world(), story))
    assert report.exit_code == Failure.CONSENT.code
    assert "it grants control, which was not asked or not allowed" in report.findings[0].words
    assert any("type button happened without leave" in found.words for found in report.findings)


def test_an_answer_that_grants_what_was_not_asked_is_found(make_world: Make) -> None:
    def story(session: Session) -> None:
        begin(session)
        session.consent("more-allowed", (FACTS,), (VIEW, CONTROL, FACTS))
        click(session)

    report = report_of(told(make_world(), story))
    assert report.exit_code == Failure.CONSENT.code
    assert "it grants control, which was not asked" in report.findings[0].words


def test_a_first_answer_that_grants_more_than_was_asked_is_found(make_world: Make) -> None:
    def story(session: Session) -> None:
        session.open()
        session.consent("allowed", (VIEW,), (VIEW, CONTROL))
        session.close()

    report = report_of(told(make_world(), story))
    assert report.exit_code == Failure.CONSENT.code
    assert "nothing that was not asked" in report.findings[0].words


def test_a_leave_that_is_taken_back_in_silence_is_found(make_world: Make) -> None:
    def story(session: Session) -> None:
        begin(session)
        take_control(session)
        session.consent("more-refused", (FACTS,), (VIEW,))
        session.close()

    report = report_of(told(make_world(), story))
    assert report.exit_code == Failure.CONSENT.code
    assert "leaves out control" in report.findings[0].words


def test_a_session_that_is_allowed_twice_is_found(make_world: Make) -> None:
    def story(session: Session) -> None:
        begin(session)
        session.consent("allowed", (VIEW, CONTROL), (VIEW, CONTROL))
        session.close()

    report = report_of(told(make_world(), story))
    assert report.exit_code == Failure.CONSENT.code
    assert "not allowed when active" in report.findings[0].words


@pytest.mark.parametrize("minutes", [0, 121])
def test_a_lease_that_nobody_can_give_is_found(make_world: Make, minutes: int) -> None:
    def story(session: Session) -> None:
        begin(session, minutes)
        session.close()

    report = report_of(told(make_world(), story))
    assert report.exit_code == Failure.CONSENT.code
    assert f"leave for {minutes} minutes" in report.findings[0].words


def test_a_record_that_is_answered_after_it_was_signed_is_found(make_world: Make) -> None:
    session = whole_session(make_world())

    def later(record: dict[str, object]) -> None:
        record["answered_ms"] = int(str(record["answered_ms"])) + 1000

    replace_record(session, later, salted=True)
    report = report_of(session)
    assert report.exit_code == Failure.CONSENT.code
    assert "dated later" in report.findings[0].words


def wait(session: Session, minutes: float) -> None:
    """Let time pass in which nothing happens."""
    for _ in range(round(minutes * 60 / 5)):
        session.tick(5)
        session.cut()


def test_a_lease_that_goes_on_is_good(make_world: Make) -> None:
    def story(session: Session) -> None:
        begin(session, minutes=1)
        take_control(session)
        session.pictures(5)
        session.cut()
        wait(session, 1)
        session.standing("paused", [VIEW, CONTROL], ["lease"])
        session.tick(5)
        session.consent("renewed", (VIEW, CONTROL), (VIEW, CONTROL), 1)
        session.standing("controlling", [VIEW, CONTROL])
        session.pictures(5)
        session.recorder.event("button", button=1, down=1)
        session.cut()
        wait(session, 1)
        session.standing("paused", [VIEW, CONTROL], ["lease"])
        session.tick(60)
        session.consent("more-timed-out", (VIEW, CONTROL), (VIEW, CONTROL), 1)
        session.close("lease-ended")

    assert report_of(told(make_world(), story)).findings == []


def test_more_that_is_refused_leaves_the_rest(make_world: Make) -> None:
    def story(session: Session) -> None:
        begin(session)
        session.consent("more-timed-out", (FACTS,), (VIEW,))
        take_control(session)
        click(session)

    assert report_of(told(make_world(), story)).findings == []


def test_input_after_the_lease_is_found(make_world: Make) -> None:
    def story(session: Session) -> None:
        begin(session, minutes=1)
        take_control(session)
        wait(session, 1)
        click(session)

    report = report_of(told(make_world(), story))
    assert report.exit_code == Failure.CONTENT.code
    assert "type button happened without leave for control" in report.findings[0].words


def test_pictures_after_the_lease_are_found(make_world: Make) -> None:
    def story(session: Session) -> None:
        begin(session, minutes=1)
        wait(session, 1)
        session.pictures(5)
        session.close()

    report = report_of(told(make_world(), story))
    assert report.exit_code == Failure.CONTENT.code
    assert "not to be seen" in report.findings[0].words


def test_pictures_just_after_the_lease_are_found(make_world: Make) -> None:
    """Their segment begins before."""

    def story(session: Session) -> None:
        begin(session, minutes=1)
        session.tick(56)
        session.cut()
        session.tick(4)
        session.pictures(2)
        session.close()

    report = report_of(told(make_world(), story))
    assert report.exit_code == Failure.CONTENT.code
    assert "not to be seen" in report.findings[0].words


def test_pictures_while_the_person_holds_the_session_are_found(make_world: Make) -> None:
    """Their segment begins before the pause, or ends after it."""

    def story(session: Session) -> None:
        begin(session)
        session.pictures(5)
        session.standing("paused", [VIEW], ["person"])
        session.tick(2)
        session.pictures(2)
        session.tick(2)
        session.standing("viewing", [VIEW])
        session.close()

    report = report_of(told(make_world(), story))
    assert report.exit_code == Failure.CONTENT.code
    assert "pictures were recorded while the session was held still" in report.findings[0].words


def test_a_segment_of_pictures_within_a_pause_is_found(make_world: Make) -> None:
    """Whatever their own time says."""

    def story(session: Session) -> None:
        begin(session)
        session.standing("paused", [VIEW], ["person"])
        session.tick(2)
        session.cut()
        session.tick(1)
        now = session.world.clock.now
        session.world.clock.now = now + 600
        session.pictures(1)
        session.world.clock.now = now + 1
        session.cut()
        session.tick(1)
        session.standing("viewing", [VIEW])
        session.close()

    report = report_of(told(make_world(), story))
    assert report.exit_code == Failure.CONTENT.code
    assert "held still" in report.findings[0].words


def test_control_without_seeing_is_found(make_world: Make) -> None:
    def story(session: Session) -> None:
        session.open()
        session.consent("allowed", (VIEW, CONTROL), (CONTROL,))
        session.close()

    report = report_of(told(make_world(), story))
    assert report.exit_code == Failure.CONSENT.code
    assert "without what it needs" in report.findings[0].words


def test_pictures_without_leave_to_see_are_found(make_world: Make) -> None:
    def story(session: Session) -> None:
        session.open()
        session.consent("allowed", (FACTS,), (FACTS,))
        session.pictures(5)
        session.close()

    report = report_of(told(make_world(), story))
    assert report.exit_code == Failure.CONTENT.code
    assert "not to be seen" in report.findings[0].words
