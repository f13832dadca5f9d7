"""Is it being recorded? The witness believes statements, signatures and the log, and time tells."""

from dataclasses import dataclass, field
from typing import cast

import msgspec
import pytest

from session import keys
from session.errors import EvidenceError
from session.messages import StatementLogged, StatementMade
from session.signatures import Namespace, bare, sign
from session.statements import Access, Idle, leaf_of
from technician_console.witness import Claim, Expected, LinkTime, Verdict, Witness
from tests.technician_console.company import Company
from tests.technician_console.person_end import PersonEnd
from tests.technician_console.small_relay import SmallRelay


@dataclass
class Scene:
    """An introduced session whose statements are made by hand, and a clock that only the test moves."""

    now: float = 0.0
    company: Company = field(default_factory=Company)

    def __post_init__(self) -> None:
        relay = SmallRelay(self.company, self.company.organisation())
        self.person = PersonEnd(relay, self.company)
        certificate = self.company.credentials().certificate
        self.person.introduced = bytes.fromhex(certificate.digest)
        self.time = LinkTime(lambda: self.now)
        self.time.start()
        profile = relay.organisation
        expected = Expected(self.person.announce, certificate.digest, profile.digest, profile.profile.policy)
        self.witness = Witness(expected, self.time)

    def record(self, made: StatementMade) -> None:
        """Have a statement made, claimed and found."""
        self.witness.made(made)
        claim = self.witness.claimed(StatementLogged(made.seq, made.seq + 100))
        self.witness.found(cast(Claim, claim))

    def begin(self) -> None:
        """Come to where the person has allowed something."""
        self.record(self.person.opening())
        self.record(self.person.consenting())
        self.witness.watch()


def test_a_session_that_is_recorded_is_safe_to_the_end() -> None:
    scene = Scene()
    scene.begin()
    for _ in range(20):
        scene.now += 5
        assert scene.witness.verdict is Verdict.SAFE
        scene.record(scene.person.idling())
    scene.record(scene.person.closing("stopped"))
    assert scene.witness.complete
    assert scene.witness.logged == 23


# what a statement must be


def wrong_open(scene: Scene, **fields: object) -> None:
    with pytest.raises(EvidenceError):
        scene.witness.made(scene.person.opening(**fields))


def test_open_of_another_session_key_is_refused() -> None:
    scene = Scene()
    scene.person.key = keys.generate()
    wrong_open(scene, public_key=keys.PublicKey.of(scene.person.key).text)


def test_open_of_another_session_is_refused() -> None:
    wrong_open(Scene(), sid="7" * 64)


def test_open_that_names_another_certificate_is_refused() -> None:
    wrong_open(Scene(), certificate="7" * 64)


def test_open_that_names_another_profile_is_refused() -> None:
    wrong_open(Scene(), profile="7" * 64)


def test_open_with_a_weaker_policy_is_refused() -> None:
    wrong_open(Scene(), policy="spool")


def test_a_session_that_does_not_begin_with_open_is_refused() -> None:
    scene = Scene()
    with pytest.raises(EvidenceError):
        scene.witness.made(scene.person.idling())


def test_a_statement_that_the_session_key_did_not_sign_is_refused() -> None:
    scene = Scene()
    scene.begin()
    made = scene.person.idling()
    other = bare(sign(keys.generate(), made.statement, Namespace.SEGMENT), Namespace.SEGMENT)
    with pytest.raises(EvidenceError):
        scene.witness.made(msgspec.structs.replace(made, signature=other))


def test_a_signature_for_something_else_is_refused() -> None:
    scene = Scene()
    scene.begin()
    made = scene.person.idling()
    other = bare(sign(scene.person.key, made.statement, Namespace.LEAF), Namespace.LEAF)
    with pytest.raises(EvidenceError):
        scene.witness.made(msgspec.structs.replace(made, signature=other))


def test_a_leaf_that_the_session_key_did_not_sign_is_refused() -> None:
    scene = Scene()
    scene.begin()
    made = scene.person.idling()
    leaf = bare(sign(keys.generate(), leaf_of(made.statement), Namespace.LEAF), Namespace.LEAF)
    with pytest.raises(EvidenceError):
        scene.witness.made(msgspec.structs.replace(made, leaf=leaf))


def test_the_leaf_of_another_statement_is_refused() -> None:
    scene = Scene()
    scene.begin()
    one, two = scene.person.idling(), scene.person.idling()
    with pytest.raises(EvidenceError):
        scene.witness.made(msgspec.structs.replace(one, leaf=two.leaf))


@pytest.mark.parametrize("fields", [{"prev": "7" * 64}, {"seq": 9}, {"sid": "7" * 64}], ids=str)
def test_a_statement_that_does_not_follow_is_refused(fields: dict[str, object]) -> None:
    scene = Scene()
    scene.begin()
    with pytest.raises(EvidenceError):
        scene.witness.made(scene.person.statement(Idle, t1=1, **fields))


def test_a_statement_is_what_its_message_says() -> None:
    scene = Scene()
    scene.begin()
    with pytest.raises(EvidenceError):
        scene.witness.made(msgspec.structs.replace(scene.person.idling(), kind="close"))


def test_custody_has_no_place_in_a_session() -> None:
    scene = Scene()
    scene.begin()
    with pytest.raises(EvidenceError):
        scene.witness.made(scene.person.statement(Access, by="auditor:1", reason="curious"))


def test_what_is_said_again_changes_nothing() -> None:
    scene = Scene()
    scene.begin()
    made = scene.person.idling()
    assert scene.witness.made(made) == scene.witness.made(made)
    assert scene.witness.chain.length == 3


def test_another_statement_at_a_place_that_is_taken_is_refused() -> None:
    scene = Scene()
    scene.begin()
    scene.person.made.pop()
    with pytest.raises(EvidenceError):
        scene.witness.made(scene.person.consenting("refused"))


# what is said of the log


def test_a_place_for_a_statement_that_was_never_made_is_refused() -> None:
    scene = Scene()
    scene.begin()
    with pytest.raises(EvidenceError):
        scene.witness.claimed(StatementLogged(7, 7))


def test_two_places_for_one_statement_are_refused() -> None:
    scene = Scene()
    scene.begin()
    scene.witness.made(scene.person.idling())
    assert scene.witness.claimed(StatementLogged(2, 7)) is not None
    assert scene.witness.claimed(StatementLogged(2, 7)) is None
    with pytest.raises(EvidenceError):
        scene.witness.claimed(StatementLogged(2, 8))


def test_two_statements_at_one_place_are_refused() -> None:
    scene = Scene()
    scene.begin()
    scene.witness.made(scene.person.idling())
    with pytest.raises(EvidenceError):
        scene.witness.claimed(StatementLogged(2, 100))


# what time tells


def test_a_claim_alone_is_not_a_recording() -> None:
    scene = Scene()
    scene.begin()
    scene.witness.made(scene.person.idling())
    scene.witness.claimed(StatementLogged(2, 7))
    scene.now += 30
    assert scene.witness.verdict is Verdict.MISSING


def test_what_the_log_does_not_hold_freezes_at_ten_seconds_and_ends_at_thirty() -> None:
    scene = Scene()
    scene.begin()
    scene.witness.made(scene.person.idling())
    for seconds, verdict in [
        (9.9, Verdict.SAFE),
        (10, Verdict.FROZEN),
        (29.9, Verdict.FROZEN),
        (30, Verdict.MISSING),
    ]:
        scene.now = seconds
        assert scene.witness.verdict is verdict


def test_silence_freezes_and_ends_as_well() -> None:
    scene = Scene()
    scene.begin()
    for seconds, verdict in [
        (14.9, Verdict.SAFE),
        (15, Verdict.FROZEN),
        (34.9, Verdict.FROZEN),
        (35, Verdict.MISSING),
    ]:
        scene.now = seconds
        assert scene.witness.verdict is verdict


def test_many_statements_do_not_hide_one_that_is_not_in_the_log() -> None:
    scene = Scene()
    scene.begin()
    scene.witness.made(scene.person.idling())
    for _ in range(6):
        scene.now += 5
        scene.record(scene.person.idling())
    assert scene.witness.verdict is Verdict.MISSING


def test_the_clocks_stand_still_while_the_link_is_lost() -> None:
    scene = Scene()
    scene.begin()
    scene.witness.made(scene.person.idling())
    scene.now = 5
    scene.time.stop()
    scene.now = 60
    scene.time.start()
    assert scene.witness.verdict is Verdict.SAFE
    scene.now = 65
    assert scene.witness.verdict is Verdict.FROZEN


def test_nothing_is_due_while_the_person_reads() -> None:
    scene = Scene()
    scene.record(scene.person.opening())
    scene.now += 60
    assert scene.witness.age == 0


def test_nothing_is_shown_before_open_is_in_the_log_and_leave_is_recorded() -> None:
    scene = Scene()
    opening, consenting = scene.person.opening(), scene.person.consenting()
    scene.witness.made(opening)
    scene.witness.made(consenting)
    scene.witness.watch()
    assert scene.witness.verdict is Verdict.FROZEN
    scene.witness.found(cast(Claim, scene.witness.claimed(StatementLogged(0, 4))))
    assert scene.witness.verdict is Verdict.SAFE


def test_nothing_is_due_after_close() -> None:
    scene = Scene()
    scene.begin()
    scene.record(scene.person.closing("stopped"))
    scene.now += 100
    assert scene.witness.age == 0
