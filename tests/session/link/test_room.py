"""The room: how two ends meet at a relay, and what becomes of one that is not honest."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager

import pytest
from websockets.asyncio.server import ServerConnection, serve

from session import rendezvous
from session.codes import Code
from session.errors import (
    ByleaveError,
    IntroductionFailed,
    LinkLost,
    PeerError,
    ProtocolViolation,
    RoomRefused,
)
from session.introduction import Introduction, Resumption, Side
from session.link import room as module
from session.link.room import Room, enter, room_url
from session.link.transport import Transport
from tests.pair import address
from tests.session.link.middle import NONCE, ROOM, Guesser, Meeting, relay
from tests.session.link.test_transport import Stream

CODE = Code(ROOM, "19355")
CERTIFICATE, HOST_KEY = hashlib.sha256(b"certificate").digest(), hashlib.sha256(b"host key").digest()
SECRET = bytes(32)


def sign(data: bytes, namespace: str) -> bytes:
    return f"{namespace} {data.decode()}".encode()


async def technician(url: str, introduction: Introduction) -> bytes:
    async with await enter(url) as room:
        assert await room.open("certificate", sign) == ROOM
        await room.peer(5)
        return await room.introduce(Side.TECHNICIAN, introduction, CERTIFICATE)


async def person(url: str, introduction: Introduction) -> bytes:
    async with await enter(url) as room:
        assert await room.join(ROOM) == "token"
        return await room.introduce(Side.PERSON, introduction, HOST_KEY)


async def outcome(running: Awaitable[bytes]) -> bytes | ByleaveError:
    try:
        return await running
    except ByleaveError as error:
        return error


async def meet(
    meeting: Meeting, drawn: Code = CODE, typed: Code = CODE
) -> tuple[Introduction, Introduction, bytes | ByleaveError, bytes | ByleaveError]:
    """Have both ends meet at a relay; return their introductions and how these ended."""
    one, two = Introduction(Side.TECHNICIAN, drawn), Introduction(Side.PERSON, typed)
    async with relay(meeting) as url, asyncio.TaskGroup() as group:
        first = group.create_task(outcome(technician(url, one)))
        second = group.create_task(outcome(person(url, two)))
    return one, two, first.result(), second.result()


def void(introduction: Introduction) -> None:
    """The code is void: this end will not even try the right one."""
    other = Introduction(Side.TECHNICIAN, CODE)
    for act in (introduction.confirmation, lambda: introduction.take_share(other.share())):
        with pytest.raises(IntroductionFailed):
            act()


async def test_two_ends_with_one_code_learn_each_others_digest() -> None:
    one, two, certificate, host_key = await meet(Meeting())
    assert (certificate, host_key) == (HOST_KEY, CERTIFICATE)
    assert one.resume_secret == two.resume_secret


async def test_a_wrong_code_fails_at_both_ends() -> None:
    _, two, first, second = await meet(Meeting(), typed=Code(ROOM, "19356"))
    assert isinstance(first, IntroductionFailed)
    assert isinstance(second, IntroductionFailed)
    void(two)


async def test_a_relay_that_guesses_wrong_voids_the_code_at_both_ends() -> None:
    guesser = Guesser(Code(ROOM, "55555"))
    one, two, first, second = await meet(Meeting(play=guesser.play))
    assert guesser.right == []
    assert isinstance(first, IntroductionFailed)
    assert isinstance(second, IntroductionFailed)
    void(one)
    void(two)


async def test_a_person_proves_nothing_to_a_relay_that_guesses_wrong() -> None:
    heard: list[object] = []

    async def play(end: str, socket: ServerConnection) -> None:
        introduction = Introduction(Side(end).other, Code(ROOM, "55555"))
        await socket.send(introduction.share())
        introduction.take_share(bytes(await socket.recv()))  # type: ignore[arg-type]  # binary
        if end == "person":
            await socket.send(introduction.confirmation())
            heard.extend([message async for message in socket])

    *_, second = await meet(Meeting(play=play))
    assert isinstance(second, IntroductionFailed)
    assert heard == []


async def test_the_guess_is_a_real_one() -> None:
    # The same relay with the right code gets through: it is the code that stops it, not the harness.
    guesser = Guesser(CODE)
    await meet(Meeting(play=guesser.play))
    assert sorted(guesser.right) == ["person", "technician"]


@pytest.mark.parametrize("end", ["technician", "person"])
@pytest.mark.parametrize("step", range(3))
async def test_a_relay_that_changes_one_byte_introduces_nobody(end: str, step: int) -> None:
    count = {"technician": 0, "person": 0}

    def change(sender: str, message: bytes) -> list[bytes]:
        at, count[sender] = count[sender], count[sender] + 1
        if (sender, at) != (end, step):
            return [message]
        return [message[:-1] + bytes([message[-1] ^ 1])]

    *_, first, second = await meet(Meeting(change))
    failed = second if end == "technician" else first
    assert isinstance(failed, IntroductionFailed)


@pytest.mark.parametrize(
    "instead",
    [
        lambda message: [],
        lambda message: [message, message],
        lambda message: [bytes(2000)],
        lambda message: [b""],
    ],
    ids=["dropped", "doubled", "too-long", "empty"],
)
async def test_a_relay_that_does_not_forward_introduces_nobody(
    instead: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "STEP_SECONDS", 1.0)

    def change(end: str, message: bytes) -> list[bytes]:
        made: list[bytes] = instead(message)  # type: ignore[operator]  # one of the above
        return made

    *_, first, second = await meet(Meeting(change))
    assert isinstance(first, PeerError)
    assert isinstance(second, PeerError)


# a relay that says something else


@asynccontextmanager
async def saying(*texts: str | bytes) -> AsyncIterator[str]:
    """A relay that says these things, whatever it hears."""

    async def handle(socket: ServerConnection) -> None:
        for text in texts:
            await socket.send(text)
        await socket.wait_closed()

    async with serve(handle, "127.0.0.1", 0, compression=None) as server:
        yield address(server).replace("ws://", "http://")


CHALLENGE = rendezvous.encode(rendezvous.Challenge(NONCE))
JOINED = rendezvous.encode(rendezvous.Joined("token"))


@pytest.mark.parametrize("reason", rendezvous.REASONS)
async def test_a_refusal_says_why(reason: str) -> None:
    async with (
        saying(CHALLENGE, rendezvous.encode(rendezvous.Refused(reason))) as url,
        await enter(url) as room,
    ):
        with pytest.raises(RoomRefused) as caught:
            await room.join(ROOM)
    assert caught.value.reason == reason


@pytest.mark.parametrize(
    "first", [JOINED, "no message", "", b"bytes", rendezvous.encode(rendezvous.JoinRoom(ROOM))]
)
async def test_what_does_not_begin_with_a_challenge_is_no_relay(first: str | bytes) -> None:
    async with saying(first) as url:
        with pytest.raises(ProtocolViolation):
            await enter(url)


@pytest.mark.parametrize("second", [CHALLENGE, b"bytes", rendezvous.encode(rendezvous.RoomOpened(ROOM, 600))])
async def test_nothing_else_lets_a_person_in(second: str | bytes) -> None:
    async with saying(CHALLENGE, second) as url, await enter(url) as room:
        with pytest.raises(ProtocolViolation):
            await room.join(ROOM)


@pytest.mark.parametrize("text", [rendezvous.encode(rendezvous.Refused("peer-left")), JOINED])
async def test_words_instead_of_the_introduction_end_it(text: str) -> None:
    async with saying(CHALLENGE, JOINED, text) as url, await enter(url) as room:
        await room.join(ROOM)
        with pytest.raises(IntroductionFailed):
            await room.introduce(Side.PERSON, Introduction(Side.PERSON, CODE), HOST_KEY)


async def test_a_technician_signs_the_challenge_and_the_room() -> None:
    heard: list[rendezvous.FromEnd] = []

    async def handle(socket: ServerConnection) -> None:
        await socket.send(CHALLENGE)
        heard.append(rendezvous.from_end(str(await socket.recv())))
        await socket.send(rendezvous.encode(rendezvous.RoomOpened("", 60)))
        await socket.wait_closed()

    async with serve(handle, "127.0.0.1", 0, compression=None) as server:
        url = address(server).replace("ws://", "http://")
        for name in (None, "cd" * 16):
            async with await enter(url) as room:
                await room.open("certificate", sign, name)
    assert heard == [
        rendezvous.OpenRoom("certificate", f"room@byleave byleave-room-1 {NONCE} {word}", name)
        for name, word in ((None, "new"), ("cd" * 16, "cd" * 16))
    ]


# a link that breaks


async def test_a_message_beyond_the_limit_ends_the_link_and_reaches_nobody() -> None:
    whole, beyond = bytes(rendezvous.BINARY_LIMIT), bytes(rendezvous.BINARY_LIMIT + 1)
    async with saying(CHALLENGE, whole, beyond) as url, asyncio.TaskGroup() as group:
        async with await enter(url) as room:
            socket = room.hand_over()
        here = Stream()
        transport = Transport(socket, here, group)
        await transport.start()
        await here.until()
        assert [type(error) for error in here.lost] == [LinkLost]
        assert here.data == whole


async def test_nobody_there_is_a_lost_link() -> None:
    async with serve(lambda socket: socket.wait_closed(), "127.0.0.1", 0) as server:
        url = address(server).replace("ws://", "http://")
    for nobody in (url, "http://127.0.0.1:1", "http://[::1"):
        with pytest.raises((LinkLost, ValueError)):
            await enter(nobody)


async def test_silence_is_a_lost_link(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "CONNECT_SECONDS", 0.2)
    async with saying() as url:
        with pytest.raises(LinkLost):
            await enter(url)
    monkeypatch.setattr(module, "STEP_SECONDS", 0.1)
    async with saying(CHALLENGE) as url, await enter(url) as room:
        with pytest.raises(LinkLost):
            await room.join(ROOM)
        with pytest.raises(LinkLost):
            await room.peer(0.1)


async def test_a_relay_that_goes_is_a_lost_link() -> None:
    async def handle(socket: ServerConnection) -> None:
        await socket.send(CHALLENGE)
        await socket.recv()
        socket.transport.abort()

    async with serve(handle, "127.0.0.1", 0, compression=None) as server:
        async with await enter(address(server).replace("ws://", "http://")) as room:
            with pytest.raises(LinkLost):
                await room.join(ROOM)
            with pytest.raises(LinkLost):
                await room.join(ROOM)
            with pytest.raises(LinkLost):
                await room.introduce(Side.PERSON, Introduction(Side.PERSON, CODE), HOST_KEY)


# the way back


async def back(url: str, side: Side, secret: bytes) -> bytes:
    resumption = Resumption(side, secret)
    async with await enter(url) as room:
        if side is Side.TECHNICIAN:
            await room.open("certificate", sign, resumption.name)
            await room.peer(5)
        else:
            await room.rejoin(resumption.name, 5)
        await room.reintroduce(side, resumption)
        return resumption.resume_secret


@pytest.mark.parametrize("other", [SECRET, bytes([1]) * 32], ids=["same", "other"])
async def test_a_session_is_taken_up_by_those_who_hold_its_secret(other: bytes) -> None:
    async with relay(Meeting()) as url, asyncio.TaskGroup() as group:
        first = group.create_task(outcome(back(url, Side.TECHNICIAN, SECRET)))
        second = group.create_task(outcome(back(url, Side.PERSON, other)))
    if other == SECRET:
        assert first.result() == second.result() != SECRET
    else:
        assert isinstance(first.result(), IntroductionFailed)
        assert isinstance(second.result(), IntroductionFailed)


# small things


@pytest.mark.parametrize(
    ("relay_address", "url"),
    [
        ("http://127.0.0.1:8000", "ws://127.0.0.1:8000/room"),
        ("https://relay.example.org", "wss://relay.example.org/room"),
        ("https://relay.example.org/byleave/", "wss://relay.example.org/byleave/room"),
        ("https://relay.example.org/?x=1#y", "wss://relay.example.org/room"),
    ],
)
def test_the_room_is_on_the_relays_own_port(relay_address: str, url: str) -> None:
    assert room_url(relay_address) == url


async def test_a_socket_is_closed_unless_it_was_handed_over() -> None:
    async with saying(CHALLENGE) as url:
        async with await enter(url) as room:
            socket = room.hand_over()
        assert socket.close_code is None
        await socket.close()
        async with await enter(url) as room:
            pass
        assert room.hand_over().close_code == 1000
        assert isinstance(room, Room)
