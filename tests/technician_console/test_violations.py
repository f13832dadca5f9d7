"""What no honest agent does, and an introduction that goes wrong: the console leaves, and says why."""

import hashlib
from pathlib import Path

import pytest

from session import codes, messages
from session.errors import PeerError
from session.messages import Answer, Answered, Asking, Capability, Message, Standing, Status
from technician_console.view import Live, Over
from tests.technician_console.stage import Stage, stage

FRAME = messages.Frame(0, 0, 0, True, 64, 64, 0, (), ())


async def left_because(both: Stage, reason: str) -> Over:
    await both.person.heard(messages.Leave)
    both.person.leave()
    assert (await both.over()).reason == reason
    return await both.surface.wait(Over)


@pytest.mark.parametrize("picture", [FRAME, messages.PointerAt(0, 1, 1)], ids=["frame", "pointer"])
async def test_a_picture_before_leave_ends_the_session(tmp_path: Path, picture: Message) -> None:
    async with stage(tmp_path) as both:
        await both.join()
        await both.person.open()
        both.person.show(picture)
        await left_because(both, "violation")


OUT_OF_PLACE: list[Message] = [
    Answered(Answer.ALLOWED, None, (Capability.VIEW,), 30),
    Status(Standing.VIEWING, (Capability.VIEW,)),
    Asking(Capability.CONTROL),
    messages.Facts((("os", "Debian"),)),
]


@pytest.mark.parametrize("message", OUT_OF_PLACE, ids=lambda message: type(message).__name__)
async def test_leave_that_nobody_asked_for_ends_the_session(tmp_path: Path, message: Message) -> None:
    async with stage(tmp_path) as both:
        await both.join()
        await both.person.heard(messages.Request)
        both.person.say(message)
        page = await left_because(both, "violation")
        assert page.title == "Ended: a program broke the rules"


async def test_a_message_of_the_other_end_ends_the_session(tmp_path: Path) -> None:
    async with stage(tmp_path) as both:
        await both.join()
        await both.person.heard(messages.Request)
        both.person.say(messages.Leave())
        assert (await both.over()).reason == "violation"


async def test_a_fault_on_the_screen_is_answered_with_leave(tmp_path: Path) -> None:
    async with stage(tmp_path) as both:
        await both.join()
        await both.person.allow()
        await both.surface.wait(Live)
        both.person.show(messages.FrameAck(1))
        await left_because(both, "violation")


# the introduction


async def test_a_wrong_code_is_said_to_be_wrong_and_is_void(tmp_path: Path) -> None:
    async with stage(tmp_path) as both:
        right = codes.parse(await both.code())
        wrong = codes.Code(right.room, f"{(int(right.secret) + 1) % 100000:05}")
        failed = False
        try:
            await both.person.join(wrong.digits)
        except PeerError:
            failed = True
        assert failed
        assert (await both.over()).reason == "introduction-failed"
        assert (await both.surface.wait(Over)).title == "The code did not match"


async def test_another_host_key_than_the_introduced_one_is_refused(tmp_path: Path) -> None:
    async with stage(tmp_path) as both:
        both.person.announce = hashlib.sha256(b"another key").digest()
        await both.join()
        entry = await both.over()
        assert (entry.reason, entry.statements) == ("identity-refused", 0)
        assert (await both.surface.wait(Over)).title == "Identity not confirmed"
        assert not both.person.got


@pytest.mark.parametrize(
    ("reason", "title"),
    [
        ("busy", "The relay is busy"),
        ("revoked", "Your certificate was revoked"),
        ("not-certified", "The relay does not accept your certificate"),
    ],
)
async def test_a_relay_that_refuses(tmp_path: Path, reason: str, title: str) -> None:
    async with stage(tmp_path, refusing=reason) as both:
        assert (await both.over()).reason == "room-refused"
        assert (await both.surface.wait(Over)).title == title
