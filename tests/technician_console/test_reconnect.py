"""A lost link: frozen at once, back within a minute under the same leave, or over."""

from contextlib import suppress
from pathlib import Path

from session import messages
from session.errors import PeerError
from session.messages import Capability, Hold, Reason, Request
from session.picture import Coding, Tile
from technician_console.conversation import Phase
from technician_console.view import Code, Live, Over
from technician_console.view import Stage as Progress
from tests.technician_console.stage import Stage, stage

BOTH = Request("Printer does not print", (Capability.VIEW, Capability.CONTROL))


async def live(both: Stage, *granted: Capability) -> Live:
    await both.join()
    await both.person.allow(*granted)
    return await both.surface.wait(Live, lambda page: page.recorded)


async def lose(both: Stage) -> Live:
    """Cut the link and see that the console knows."""
    both.relay.drop()
    return await both.surface.wait(Live, lambda page: Hold.LINK in page.holds)


async def test_the_session_goes_on_after_a_lost_link(tmp_path: Path) -> None:
    async with stage(tmp_path, request=BOTH) as both:
        await live(both, Capability.VIEW, Capability.CONTROL)
        page = await lose(both)
        assert 55 <= page.reconnect_seconds <= 60
        assert not page.controlling
        both.rejoin()
        page = await both.surface.wait(Live, lambda page: not page.holds)
        assert page.granted == {Capability.VIEW, Capability.CONTROL}
        both.client.session.hands.key(0x61, True)
        await both.person.heard(messages.Key)
        assert sum(isinstance(each, messages.Request) for each in both.person.got) == 1
        await both.end(Reason.STOPPED)
        assert (await both.over()).reconnects == 1


async def test_a_link_may_be_lost_again_and_again(tmp_path: Path) -> None:
    async with stage(tmp_path) as both:
        await live(both)
        for _ in range(3):
            await lose(both)
            both.rejoin()
            await both.surface.wait(Live, lambda page: not page.holds)
        both.client.session.chat("still here")
        await both.person.heard(messages.Chat)


async def test_what_was_said_while_the_link_was_lost_is_taken_when_it_is_said_again(tmp_path: Path) -> None:
    async with stage(tmp_path) as both:
        await live(both)
        await lose(both)
        missed = both.person.idling()
        both.rejoin()
        await both.surface.wait(Live, lambda page: not page.holds)
        for made in both.person.made:
            both.person.say(made)
        both.person.log(missed)
        await both.surface.wait(Live, lambda page: page.recording.startswith("Recorded, 3"))


async def test_nobody_waits_longer_than_a_minute(tmp_path: Path) -> None:
    async with stage(tmp_path) as both:
        await live(both)
        await lose(both)
        both.clock.ahead += 59
        await both.surface.wait(Live, lambda page: page.reconnect_seconds <= 1)
        both.clock.ahead += 2
        assert (await both.over()).reason == "link-lost"
        assert (await both.surface.wait(Over)).title == "Connection lost"


async def test_the_technician_need_not_wait(tmp_path: Path) -> None:
    async with stage(tmp_path) as both:
        await live(both)
        await lose(both)
        both.client.session.leave()
        assert (await both.over()).reason == "left"


async def test_a_revoked_technician_does_not_come_back(tmp_path: Path) -> None:
    async with stage(tmp_path) as both:
        await live(both)
        both.relay.refusing = "revoked"
        # Not `lose`: the answer may be there before anybody has seen the console wait.
        both.relay.drop()
        assert (await both.over()).reason == "revoked"
        assert (await both.surface.wait(Over)).title == "Your certificate was revoked"


async def test_a_relay_that_restarts_costs_a_moment(tmp_path: Path) -> None:
    async with stage(tmp_path) as both:
        await live(both)
        await both.relay.stop()
        await both.surface.wait(Live, lambda page: Hold.LINK in page.holds)
        await both.relay.start()
        both.rejoin()
        await both.surface.wait(Live, lambda page: not page.holds)


async def test_somebody_else_in_the_room_ends_the_session(tmp_path: Path) -> None:
    async with stage(tmp_path) as both:
        await live(both)
        await lose(both)
        both.relay.alter = lambda data: bytes(32) if len(data) == 32 else data
        both.serving.append(both.group.create_task(try_to_come_back(both)))
        assert (await both.over()).reason == "link-lost"


async def try_to_come_back(both: Stage) -> None:
    while not both.running.done():
        with suppress(PeerError):
            await both.person.rejoin()


async def test_a_key_frame_is_wanted_after_a_lost_link(tmp_path: Path) -> None:
    async with stage(tmp_path) as both:
        await live(both)
        damaged = Tile(0, 0, 64, 64, Coding.PNG, b"damaged")
        both.person.show(messages.Frame(0, 0, 0, True, 64, 64, 0, (), (damaged,)))
        await both.person.heard(messages.KeyFrameWanted)
        await lose(both)
        both.rejoin()
        await both.surface.wait(Live, lambda page: not page.holds)
        await both.person.heard(messages.KeyFrameWanted, 2)


async def test_a_link_that_is_lost_before_anything_is_allowed_ends_the_attempt(tmp_path: Path) -> None:
    async with stage(tmp_path) as both:
        await both.join()
        await both.person.open()
        await both.surface.wait(Code, lambda page: page.stage is Progress.ASKING)
        both.relay.drop()
        assert (await both.over()).reason == "link-lost"
        assert (await both.surface.wait(Over)).title == "No connection"


async def test_a_refusal_is_not_taken_for_a_lost_link(tmp_path: Path) -> None:
    async with stage(tmp_path) as both:
        await both.join()
        await both.person.open()
        both.person.say(messages.Answered(messages.Answer.REFUSED))
        await both.person.until(lambda: both.client.session.talk.phase is Phase.DENIED)
        both.relay.drop()
        assert (await both.over()).reason == "refused"


async def test_a_link_that_is_lost_before_the_request_ends_the_attempt(tmp_path: Path) -> None:
    async with stage(tmp_path) as both:
        await both.code()
        both.relay.drop()
        assert (await both.over()).reason == "link-lost"
