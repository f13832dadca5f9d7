"""Two ends and five digits: they meet only if nobody stands between them with another code."""

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from session.codes import Code
from session.errors import IntroductionFailed
from session.introduction import MESSAGE_LIMIT, Introduction, Resumption, Side, resume_name

CODE = Code("4821", "19355")
CODES = st.builds(
    Code, st.text("0123456789", min_size=4, max_size=4), st.text("0123456789", min_size=5, max_size=5)
)
HOST_KEY, CERTIFICATE = bytes(range(32)), bytes(range(100, 132))
SECRET = bytes(range(200, 232))

Change = Callable[[str, bytes], bytes]
"""What somebody in the middle makes of a message, by its name."""


def unchanged(name: str, message: bytes) -> bytes:
    return message


@dataclass
class Met:
    """What two ends learned of each other."""

    technician: Introduction
    person: Introduction
    digests: tuple[bytes, bytes] = (b"", b"")
    seen: dict[str, bytes] = field(default_factory=dict)


def meet(code: Code, typed: Code, change: Change = unchanged) -> Met:
    """Run an introduction, in the order of PROTOCOL.md, section 2."""
    technician, person = Introduction(Side.TECHNICIAN, code), Introduction(Side.PERSON, typed)
    met = Met(technician, person)

    def cross(name: str, message: bytes) -> bytes:
        assert len(message) <= MESSAGE_LIMIT
        met.seen[name] = message
        return change(name, message)

    person.take_share(cross("technician's share", technician.share()))
    technician.take_share(cross("person's share", person.share()))
    person.confirm(cross("technician's proof", technician.confirmation()))
    technician.confirm(cross("person's proof", person.confirmation()))
    host_key = technician.take_digest(cross("person's digest", person.announce(HOST_KEY)))
    certificate = person.take_digest(cross("technician's digest", technician.announce(CERTIFICATE)))
    met.digests = (host_key, certificate)
    return met


MESSAGES = [
    "technician's share",
    "person's share",
    "technician's proof",
    "person's proof",
    "person's digest",
    "technician's digest",
]


def dead(end: Introduction | Resumption) -> None:
    """An end that has failed does nothing any more."""
    acts: list[Callable[[], object]] = [
        end.confirmation,
        lambda: end.confirm(bytes(32)),
        lambda: end.resume_secret,
    ]
    if isinstance(end, Introduction):
        acts += [
            lambda: end.take_share(Introduction(Side.PERSON, CODE).share()),
            lambda: end.announce(HOST_KEY),
            lambda: end.take_digest(bytes(64)),
        ]
    else:
        acts += [lambda: end.take_nonce(bytes(32))]
    for act in acts:
        with pytest.raises(IntroductionFailed):
            act()


# by the code


@settings(max_examples=30)
@given(code=CODES)
def test_ends_with_the_same_code_meet(code: Code) -> None:
    met = meet(code, Code(*code))
    assert met.digests == (HOST_KEY, CERTIFICATE)
    assert met.technician.resume_secret == met.person.resume_secret
    assert len(met.technician.resume_secret) == 32


@settings(max_examples=30)
@given(code=CODES, typed=CODES)
def test_ends_with_different_codes_do_not_meet(code: Code, typed: Code) -> None:
    if code == typed:
        return
    with pytest.raises(IntroductionFailed):
        meet(code, typed)


def test_the_room_belongs_to_the_code() -> None:
    with pytest.raises(IntroductionFailed):
        meet(CODE, Code("4822", CODE.secret))


def test_each_introduction_has_a_secret_of_its_own() -> None:
    assert meet(CODE, CODE).technician.resume_secret != meet(CODE, CODE).technician.resume_secret


def test_nothing_that_crosses_tells_the_code() -> None:
    for message in meet(CODE, CODE).seen.values():
        assert CODE.secret.encode() not in message
        assert CODE.digits.encode() not in message


@pytest.mark.parametrize("name", MESSAGES)
@settings(max_examples=20)
@given(place=st.integers(0, 1000), flip=st.integers(1, 255))
def test_one_changed_byte_anywhere_and_nobody_meets(name: str, place: int, flip: int) -> None:
    def change(crossing: str, message: bytes) -> bytes:
        if crossing != name:
            return message
        at = place % len(message)
        return message[:at] + bytes([message[at] ^ flip]) + message[at + 1 :]

    with pytest.raises(IntroductionFailed):
        meet(CODE, CODE, change)


@pytest.mark.parametrize("name", MESSAGES)
@pytest.mark.parametrize(
    "change",
    [
        lambda message: message[:-1],
        lambda message: message + b"\0",
        lambda message: b"",
        lambda message: bytes(len(message)),
        lambda message: b"\xff" * len(message),
        lambda message: message[:1] + bytes(len(message) - 1),
        lambda message: message[:1] + b"\x01" + bytes(len(message) - 2),
        lambda message: message[:1] + b"\x01" + bytes(len(message) - 3) + b"\x80",
    ],
    ids=["short", "long", "empty", "zero", "ones", "order-4", "identity", "sign-bit"],
)
def test_a_message_of_another_shape_and_nobody_meets(name: str, change: Callable[[bytes], bytes]) -> None:
    with pytest.raises(IntroductionFailed):
        meet(CODE, CODE, lambda crossing, message: change(message) if crossing == name else message)


@pytest.mark.parametrize("side", Side)
def test_ones_own_messages_sent_back_are_refused(side: Side) -> None:
    one = Introduction(side, CODE)
    with pytest.raises(IntroductionFailed):
        one.take_share(one.share())
    dead(one)
    other = Introduction(side.other, CODE)
    for act in ("confirm", "take_digest"):
        one = Introduction(side, CODE)
        one.take_share(other.share())
        own = one.confirmation() if act == "confirm" else one.announce(HOST_KEY)
        with pytest.raises(IntroductionFailed):
            getattr(one, act)(own)
        dead(one)


def test_messages_of_an_earlier_introduction_are_refused() -> None:
    earlier = meet(CODE, CODE).seen
    for name in MESSAGES:
        with pytest.raises(IntroductionFailed):
            meet(
                CODE,
                CODE,
                lambda crossing, message, name=name: earlier[name] if crossing == name else message,
            )  # type: ignore[misc]  # bound now


@pytest.mark.parametrize("side", Side)
def test_the_first_failure_is_final(side: Side) -> None:
    one, other = Introduction(side, CODE), Introduction(side.other, CODE)
    one.take_share(other.share())
    other.take_share(one.share())
    with pytest.raises(IntroductionFailed):
        one.confirm(bytes(32))
    with pytest.raises(IntroductionFailed):
        one.confirm(other.confirmation())
    dead(one)


def test_a_share_is_taken_once() -> None:
    one = Introduction(Side.PERSON, CODE)
    one.take_share(Introduction(Side.TECHNICIAN, CODE).share())
    with pytest.raises(IntroductionFailed):
        one.take_share(Introduction(Side.TECHNICIAN, CODE).share())
    dead(one)


def test_nothing_is_proved_before_there_are_shares() -> None:
    for act in (Introduction.confirmation, lambda one: one.announce(HOST_KEY), lambda one: one.resume_secret):
        one = Introduction(Side.TECHNICIAN, CODE)
        with pytest.raises(IntroductionFailed):
            act(one)
        dead(one)


@settings(max_examples=30)
@given(guess=CODES)
def test_who_stands_in_the_middle_has_one_guess_at_each_end(guess: Code) -> None:
    # The relay knows the room; it plays the other end to both.
    guess = Code(CODE.room, guess.secret)
    if guess == CODE:
        return
    technician, to_technician = Introduction(Side.TECHNICIAN, CODE), Introduction(Side.PERSON, guess)
    technician.take_share(to_technician.share())
    to_technician.take_share(technician.share())
    with pytest.raises(IntroductionFailed):
        technician.confirm(to_technician.confirmation())
    dead(technician)
    person, to_person = Introduction(Side.PERSON, CODE), Introduction(Side.TECHNICIAN, guess)
    person.take_share(to_person.share())
    to_person.take_share(person.share())
    with pytest.raises(IntroductionFailed):
        person.confirm(to_person.confirmation())
    dead(person)


def test_whoever_guesses_right_is_the_one_in_a_hundred_thousand() -> None:
    # What the code protects against, and what it cannot: the one right guess.
    technician, relay = Introduction(Side.TECHNICIAN, CODE), Introduction(Side.PERSON, CODE)
    technician.take_share(relay.share())
    relay.take_share(technician.share())
    technician.confirm(relay.confirmation())


# by the secret of the last one


def resume(secret: bytes, other: bytes, change: Change = unchanged) -> tuple[Resumption, Resumption]:
    technician, person = Resumption(Side.TECHNICIAN, secret), Resumption(Side.PERSON, other)
    person.take_nonce(change("technician's nonce", technician.nonce()))
    technician.take_nonce(change("person's nonce", person.nonce()))
    person.confirm(change("technician's proof", technician.confirmation()))
    technician.confirm(change("person's proof", person.confirmation()))
    return technician, person


def test_a_session_is_resumed_and_its_secret_replaced() -> None:
    secret = meet(CODE, CODE).technician.resume_secret
    seen = {secret}
    for _ in range(4):
        technician, person = resume(secret, secret)
        assert technician.name == person.name == resume_name(secret)
        assert technician.resume_secret == person.resume_secret
        secret = technician.resume_secret
        assert secret not in seen
        seen.add(secret)


def test_the_same_secret_never_gives_the_same_again() -> None:
    assert resume(SECRET, SECRET)[0].resume_secret != resume(SECRET, SECRET)[0].resume_secret


@settings(max_examples=50)
@given(place=st.integers(0, 31), flip=st.integers(1, 255))
def test_a_wrong_secret_resumes_nothing(place: int, flip: int) -> None:
    other = SECRET[:place] + bytes([SECRET[place] ^ flip]) + SECRET[place + 1 :]
    assert resume_name(SECRET) != resume_name(other)
    with pytest.raises(IntroductionFailed):
        resume(SECRET, other)


@pytest.mark.parametrize(
    "name", ["technician's nonce", "person's nonce", "technician's proof", "person's proof"]
)
@settings(max_examples=20)
@given(place=st.integers(0, 31), flip=st.integers(1, 255))
def test_one_changed_byte_and_nothing_is_resumed(name: str, place: int, flip: int) -> None:
    def change(crossing: str, message: bytes) -> bytes:
        if crossing != name:
            return message
        return message[:place] + bytes([message[place] ^ flip]) + message[place + 1 :]

    with pytest.raises(IntroductionFailed):
        resume(SECRET, SECRET, change)


@pytest.mark.parametrize("side", Side)
@pytest.mark.parametrize("nonce", [b"", bytes(31), bytes(33), None], ids=["empty", "short", "long", "own"])
def test_a_nonce_of_another_shape_or_ones_own_is_refused(side: Side, nonce: bytes | None) -> None:
    one = Resumption(side, SECRET)
    with pytest.raises(IntroductionFailed):
        one.take_nonce(one.nonce() if nonce is None else nonce)
    dead(one)


@pytest.mark.parametrize("side", Side)
def test_ones_own_proof_sent_back_resumes_nothing(side: Side) -> None:
    one = Resumption(side, SECRET)
    one.take_nonce(bytes(32))
    with pytest.raises(IntroductionFailed):
        one.confirm(one.confirmation())
    dead(one)


def test_the_name_tells_nothing_of_the_secret() -> None:
    assert len(resume_name(SECRET)) == 32
    assert resume_name(SECRET) not in SECRET.hex()
    assert len({resume_name(bytes([number]) * 32) for number in range(256)}) == 256
