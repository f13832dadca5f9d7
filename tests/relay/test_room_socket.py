"""Rooms over real sockets: who comes in, what is forwarded, how it ends."""

import os

import pytest

from session import rendezvous
from tests.relay.office import Office
from tests.relay.process import Ends


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


async def test_nobody_opens_a_room_without_a_certificate(office: Office, ends: Ends) -> None:
    stranger = Office(office.layout.folder.parent / "stranger")
    end = await ends.enter()
    await end.say(stranger.holder().open_room(end.nonce))
    assert await end.refused() == "not-certified"


@pytest.mark.parametrize("word", ["{}", "[]", "\x00", '{"type":"open-room"}', '{"type":"joined","token":""}'])
async def test_anything_else_is_refused(word: str, ends: Ends) -> None:
    end = await ends.enter()
    await end.socket.send(word)
    assert await end.refused() == "protocol"
