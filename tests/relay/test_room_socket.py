"""Rooms over real sockets: who comes in, how often, and what they are told."""

import os
import time

import pytest

from session import rendezvous
from session.signatures import Namespace
from tests.relay.office import Holder, Office
from tests.relay.process import Ends, RelayProcess


async def test_two_ends_meet_and_bytes_pass_unchanged(office: Office, ends: Ends) -> None:
    technician, person, token = await ends.pair(office.holder())
    assert len(token) >= 40
    blocks = [os.urandom(size) for size in (0, 1, 1024, rendezvous.BINARY_LIMIT)]
    for block in blocks:
        await technician.socket.send(block)
        assert await person.socket.recv() == block
        await person.socket.send(block)
        assert await technician.socket.recv() == block
    await person.socket.close()
    assert await technician.refused() == "peer-left"


async def test_a_room_is_joined_once(office: Office, ends: Ends) -> None:
    technician, room = await ends.open_room(office.holder())
    first = await ends.join(room)
    assert isinstance(await first.hear(), rendezvous.Joined)
    second = await ends.join(room)
    assert await second.refused() == "room-taken"
    assert await technician.hear() == rendezvous.Joined()


async def test_a_lost_session_meets_again_without_a_new_token(office: Office, ends: Ends) -> None:
    name = os.urandom(16).hex()
    person = await ends.enter()
    await person.say(rendezvous.ResumeRoom(name))
    technician = await ends.enter()
    await technician.say(office.holder().open_room(technician.nonce, resume=name))
    assert await technician.hear() == rendezvous.RoomOpened("", rendezvous.RESUME_SECONDS)
    assert await technician.hear() == rendezvous.Joined()
    assert await person.hear() == rendezvous.Joined("")
    await technician.socket.send(b"hello again")
    assert await person.socket.recv() == b"hello again"


async def test_nobody_opens_a_room_with_a_strangers_certificate(office: Office, ends: Ends) -> None:
    stranger = Office(office.layout.folder.parent / "stranger")
    end = await ends.enter()
    await end.say(stranger.holder().open_room(end.nonce))
    assert await end.refused() == "not-certified"


async def test_nobody_opens_a_room_with_an_auditors_certificate(office: Office, ends: Ends) -> None:
    end = await ends.enter()
    await end.say(office.holder("auditor", "2001").open_room(end.nonce))
    assert await end.refused() == "not-certified"


async def test_nobody_opens_a_room_with_an_expired_certificate(office: Office, ends: Ends) -> None:
    end = await ends.enter()
    await end.say(office.holder(at=time.time() - 24 * 3600).open_room(end.nonce))
    assert await end.refused() == "not-certified"


async def test_a_signature_is_good_for_one_connection(office: Office, ends: Ends) -> None:
    technician = office.holder()
    first, second = await ends.enter(), await ends.enter()
    await second.say(technician.open_room(first.nonce))
    assert await second.refused() == "not-certified"


async def test_a_signature_for_a_new_room_resumes_none(office: Office, ends: Ends) -> None:
    technician = office.holder()
    end = await ends.enter()
    fresh = technician.open_room(end.nonce)
    await end.say(rendezvous.OpenRoom(fresh.certificate, fresh.signature, "0" * 32))
    assert await end.refused() == "not-certified"


async def test_a_signature_is_made_for_rooms(office: Office, ends: Ends) -> None:
    technician = office.holder()
    end = await ends.enter()
    signature = technician.sign(rendezvous.signed_bytes(end.nonce, None), Namespace.SESSION)
    await end.say(rendezvous.OpenRoom(technician.certificate.text, signature))
    assert await end.refused() == "not-certified"


async def test_somebody_elses_certificate_opens_no_room(office: Office, ends: Ends) -> None:
    technician, other = office.holder(), office.holder(number="1002")
    end = await ends.enter()
    signature = technician.open_room(end.nonce).signature
    await end.say(rendezvous.OpenRoom(other.certificate.text, signature))
    assert await end.refused() == "not-certified"


async def test_a_revoked_technician_opens_no_room(office: Office, ends: Ends) -> None:
    technician = office.holder()
    await ends.open_room(technician)
    office.revoke(technician)
    # The list was put into the folder; the relay looks every second.
    deadline = time.monotonic() + 20
    reason = ""
    while reason != "revoked" and time.monotonic() < deadline:
        end = await ends.enter()
        await end.say(technician.open_room(end.nonce))
        message = await end.hear()
        reason = message.reason if isinstance(message, rendezvous.Refused) else ""
        await end.socket.close()
    assert reason == "revoked"


async def test_a_relay_without_a_revocation_list_admits_nobody(office: Office) -> None:
    for name in ("krl", "krl.sig"):
        (office.layout.trust / name).unlink()
    with RelayProcess(office.relay) as relay:
        ends = Ends(relay)
        end = await ends.enter()
        await end.say(office.holder().open_room(end.nonce))
        assert await end.refused() == "not-certified"
        await ends.close()


@pytest.mark.parametrize(
    "word",
    [
        "",
        "{}",
        "[]",
        "\x00",
        '{"type":"open-room"}',
        '{"type":"joined","token":""}',
        '{"type":"join-room","room":"12345"}',
        '{"type":"join-room","room":"1234","more":1}',
        '{"type":"resume-room","name":"../"}',
        "[" * 16_000,
    ],
)
async def test_anything_else_is_refused(word: str, ends: Ends) -> None:
    end = await ends.enter()
    await end.socket.send(word)
    assert await end.refused() == "protocol"


async def test_a_text_beyond_the_limit_is_refused(ends: Ends) -> None:
    end = await ends.enter()
    await end.socket.send("x" * (rendezvous.TEXT_LIMIT + 1))
    assert await end.refused() == "too-large"


async def test_a_second_wish_is_refused(office: Office, ends: Ends) -> None:
    technician, room = await ends.open_room(office.holder())
    await technician.say(rendezvous.JoinRoom(room))
    assert await technician.refused() == "protocol"


async def test_who_guesses_rooms_is_slowed_down(office: Office) -> None:
    (office.relay / "relay.toml").write_text("[limits]\njoins = {burst = 3, per_second = 0.001}\n")
    with RelayProcess(office.relay) as relay:
        ends = Ends(relay)
        found = [await (await ends.join("0000")).refused() for _ in range(4)]
        await ends.close()
    assert found == ["no-room"] * 3 + ["too-many"]


async def test_who_connects_too_often_is_slowed_down(office: Office) -> None:
    (office.relay / "relay.toml").write_text("[limits]\nconnections = {burst = 2, per_second = 0.001}\n")
    with RelayProcess(office.relay) as relay:
        ends = Ends(relay)
        found = [await (await ends.join("0000")).refused() for _ in range(3)]
        await ends.close()
    assert found == ["no-room", "no-room", "too-many"]


async def wish(ends: Ends, technician: Holder) -> str:
    """Ask for a room; return why it is refused, or nothing."""
    end = await ends.enter()
    await end.say(technician.open_room(end.nonce))
    message = await end.hear()
    return message.reason if isinstance(message, rendezvous.Refused) else ""


async def test_a_technician_has_so_many_rooms_and_so_many_a_day(office: Office) -> None:
    (office.relay / "relay.toml").write_text("[limits]\nrooms_per_technician = 2\nsessions_per_day = 4\n")
    with RelayProcess(office.relay) as relay:
        ends = Ends(relay)
        technician, other = office.holder(), office.holder(number="1002")
        assert [await wish(ends, technician) for _ in range(3)] == ["", "", "too-many"]
        await ends.close()
        found = [await wish(ends, technician) for _ in range(2)]
        assert (found, await wish(ends, other)) == (["", "too-many"], "")
        await ends.close()


async def test_a_relay_has_so_many_sockets(office: Office) -> None:
    (office.relay / "relay.toml").write_text("[limits]\nsockets = 2\n")
    with RelayProcess(office.relay) as relay:
        ends = Ends(relay)
        await ends.enter()
        await ends.enter()
        assert await (await ends.join("0000")).refused() == "busy"
        await ends.close()
