"""Who may read evidence: one answer for each challenge, by the right key, for a while."""

import time

import pytest

from relay import sign_in
from relay.sign_in import CHALLENGE_SECONDS, READER_SECONDS, Desk, SignIn, signed_bytes
from session.keys import generate
from session.signatures import Namespace, sign
from tests.relay.bench import Bench, refused
from tests.relay.office import Holder, Office


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def desk(bench: Bench, clock: Clock) -> Desk:
    return Desk(bench.trust, bench.evidence.index, clock)


def answer(auditor: Holder, nonce: str, namespace: Namespace = Namespace.SIGN_IN) -> SignIn:
    return SignIn(nonce, auditor.sign(signed_bytes(nonce), namespace), auditor.certificate.text)


def test_an_auditor_signs_in_and_is_known_for_a_while(office: Office, desk: Desk, clock: Clock) -> None:
    token = desk.sign_in(answer(office.holder("auditor", "2001"), desk.challenge()))
    assert desk.reader(token).principal == "auditor:2001"
    clock.now += READER_SECONDS - 1
    assert desk.reader(token).principal == "auditor:2001"
    clock.now += 1
    with refused("no-token"):
        desk.reader(token)


def test_a_challenge_is_answered_once_and_soon(office: Office, desk: Desk, clock: Clock) -> None:
    auditor = office.holder("auditor", "2001")
    good = answer(auditor, desk.challenge())
    desk.sign_in(good)
    with refused("not-signed"):
        desk.sign_in(good)
    late = answer(auditor, desk.challenge())
    clock.now += CHALLENGE_SECONDS
    for each in (late, answer(auditor, "0" * 64)):
        with refused("not-signed"):
            desk.sign_in(each)


def test_technicians_and_strangers_do_not_sign_in(office: Office, desk: Desk) -> None:
    stranger = Office(office.layout.folder.parent / "stranger").holder("auditor", "2001")
    old = office.holder("auditor", "2001", at=time.time() - 24 * 3600)
    for holder in (office.holder("technician", "1001"), stranger, old):
        with refused("not-signed"):
            desk.sign_in(answer(holder, desk.challenge()))
    with refused("not-signed"):
        desk.sign_in(answer(office.holder("auditor", "2001"), desk.challenge(), Namespace.CUSTODY))


def test_a_revoked_auditor_reads_nothing_more(office: Office, bench: Bench, desk: Desk) -> None:
    auditor = office.holder("auditor", "2001")
    token = desk.sign_in(answer(auditor, desk.challenge()))
    office.revoke(auditor)
    bench.trust.reload()
    with refused("not-signed"):
        desk.reader(token)


def test_the_holder_of_a_session_key_signs_in_for_this_session(bench: Bench, desk: Desk) -> None:
    agent = bench.agent()
    agent.begin()
    nonce = desk.challenge()
    signature = sign(agent.recording.key, signed_bytes(nonce), Namespace.SIGN_IN).decode()
    reader = desk.reader(desk.sign_in(SignIn(nonce, signature, sid=agent.sid)))
    assert (reader.principal, reader.sid) == (None, agent.sid)
    nonce = desk.challenge()
    forged = sign(generate(), signed_bytes(nonce), Namespace.SIGN_IN).decode()
    with refused("not-signed"):
        desk.sign_in(SignIn(nonce, forged, sid=agent.sid))


def test_an_answer_is_for_one_or_the_other(office: Office, bench: Bench, desk: Desk) -> None:
    agent = bench.agent()
    with refused("not-found"):
        desk.sign_in(SignIn(desk.challenge(), "", sid=agent.sid))
    with refused("not-found"):
        desk.sign_in(SignIn(desk.challenge(), "", sid="../x"))
    for lie in (
        SignIn(desk.challenge(), ""),
        SignIn(desk.challenge(), "", office.holder("auditor", "1").certificate.text, agent.sid),
    ):
        with refused("malformed"):
            desk.sign_in(lie)


def test_challenges_and_readers_are_bounded(
    office: Office, desk: Desk, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    auditor = office.holder("auditor", "2001")
    monkeypatch.setattr(sign_in, "_READERS", 1)
    desk.sign_in(answer(auditor, desk.challenge()))
    with refused("too-many"):
        desk.sign_in(answer(auditor, desk.challenge()))
    clock.now += READER_SECONDS
    desk.sign_in(answer(auditor, desk.challenge()))
    monkeypatch.setattr(sign_in, "_CHALLENGES", 2)
    clock.now += CHALLENGE_SECONDS
    desk.challenge()
    desk.challenge()
    with refused("too-many"):
        desk.challenge()
    clock.now += CHALLENGE_SECONDS
    desk.challenge()


def test_a_guessed_token_is_nobodys(desk: Desk) -> None:
    with refused("no-token"):
        desk.reader("guessed")
