"""What a technician does in a session, and what comes back."""

from pathlib import Path

import pytest

from session import messages
from session.messages import Answer, Capability, Hold, Reason, Request
from technician_console.view import Code, Live
from technician_console.view import Stage as Progress
from tests.technician_console.stage import Stage, stage
from tests.technician_console.streams import Stream, plain

ALL = Request("Printer does not print", (Capability.VIEW, Capability.CONTROL, Capability.SYSTEM_INFO))


async def live(both: Stage, *granted: Capability) -> Live:
    await both.join()
    await both.person.allow(*granted)
    return await both.surface.wait(Live, lambda page: page.recorded)


async def test_the_code_page_follows_what_happens(tmp_path: Path) -> None:
    async with stage(tmp_path) as both:
        await both.join()
        await both.person.open()
        page = await both.surface.wait(Code, lambda page: page.stage is Progress.ASKING)
        assert 55 <= page.seconds_left <= 60
        stages = [page.stage for page in both.surface.states if isinstance(page, Code)]
        assert list(dict.fromkeys(stages)) == list(Progress)


@pytest.mark.parametrize(
    ("answer", "title"),
    [
        (Answer.REFUSED, "The person did not allow it"),
        (Answer.TIMED_OUT, "No answer"),
        (Answer.WITHDRAWN, "Request withdrawn"),
    ],
)
async def test_no_leave_is_said_in_clear_words(tmp_path: Path, answer: Answer, title: str) -> None:
    async with stage(tmp_path) as both:
        await both.join()
        await both.person.open()
        await both.person.state(both.person.consenting(answer))
        both.person.say(messages.Answered(answer))
        page = await both.end(Reason(answer))
        assert (page.title, page.duration) == (title, "")
        assert (await both.over()).granted == ()


async def test_pictures_are_decoded_and_acknowledged(tmp_path: Path) -> None:
    async with stage(tmp_path) as both:
        await live(both)
        stream = Stream(320, 200)
        for grey in (10, 100, 200):
            both.person.show(stream.frame(plain(320, 200, grey)))
        assert await both.person.heard(messages.FrameAck, 3) == messages.FrameAck(2)
        picture = await both.surface.painted()
        assert (picture.width, picture.height) == (320, 200)
        both.client.session.painted(picture.captured_ms)
        await both.end(Reason.STOPPED)
        entry = await both.over()
        assert (entry.frames_decoded, entry.frames_shown) == (3, 1)


async def test_a_minute_in_which_the_technician_only_looks_takes_few_messages(tmp_path: Path) -> None:
    async with stage(tmp_path) as both:
        await live(both)
        person, log = both.person, both.log
        await person.until(lambda: person.pings)
        pings, said = person.pings, len(person.got)
        for second in range(60):
            both.clock.ahead += 1
            both.client.session.tick()
            if second % 4 == 0:
                await person.state(person.idling())
                await person.until(lambda: log.newest and log.newest.size == both.relay.tree.size)
        both.client.session.chat("the last word")
        await person.heard(messages.Chat)
        assert 10 <= person.pings - pings <= 14
        assert person.got[said:] == [messages.Chat("the last word")]


async def test_asking_for_control_and_using_it(tmp_path: Path) -> None:
    async with stage(tmp_path) as both:
        await live(both)
        session = both.client.session
        session.hands.key(0x61, True)
        session.ask(Capability.CONTROL)
        assert (await both.person.heard(messages.AskMore)).capability is Capability.CONTROL
        assert (await both.surface.wait(Live)).pending == {Capability.CONTROL}
        both.person.say(messages.Asking(Capability.CONTROL))
        granted = (Capability.VIEW, Capability.CONTROL)
        both.person.say(messages.Answered(Answer.ALLOWED, Capability.CONTROL, granted, 30))
        both.person.status(*granted)
        await both.surface.wait(Live, lambda page: page.controlling)
        session.hands.move(0, 10, 20)
        session.hands.button(1, True)
        session.hands.button(1, False)
        session.hands.scroll(0, 3)
        session.hands.text("é€")
        await both.person.heard(messages.Text)
        assert [message for message in both.person.got if isinstance(message, messages.Input)] == [
            messages.PointerMove(0, 10, 20),
            messages.PointerButton(1, True),
            messages.PointerButton(1, False),
            messages.Scroll(0, 3),
            messages.Text("é€"),
        ]


async def test_giving_control_back(tmp_path: Path) -> None:
    async with stage(tmp_path, request=ALL) as both:
        await live(both, Capability.VIEW, Capability.CONTROL)
        session = both.client.session
        session.give_back(Capability.CONTROL)
        await both.person.heard(messages.GiveBack)
        both.person.status(Capability.VIEW)
        page = await both.surface.wait(Live, lambda page: page.granted == {Capability.VIEW})
        assert dict(page.answers) == {Capability.SYSTEM_INFO: Answer.REFUSED}
        session.hands.key(0x61, True)
        session.chat("mark")
        await both.person.heard(messages.Chat)
        assert not any(isinstance(message, messages.Key) for message in both.person.got)


async def test_facts_are_asked_for_only_when_granted(tmp_path: Path) -> None:
    async with stage(tmp_path, request=ALL) as both:
        await live(both, Capability.VIEW, Capability.SYSTEM_INFO)
        both.client.session.facts()
        await both.person.heard(messages.FactsWanted)
        both.person.say(messages.Facts((("System", "Debian 12"),)))
        page = await both.surface.wait(Live, lambda page: bool(page.facts))
        assert page.facts == (("System", "Debian 12"),)


async def test_chat_goes_both_ways(tmp_path: Path) -> None:
    async with stage(tmp_path) as both:
        await live(both)
        both.client.session.chat("Which printer is it?")
        assert (await both.person.heard(messages.Chat)).text == "Which printer is it?"
        both.person.say(messages.Chat("The grey one"))
        page = await both.surface.wait(Live, lambda page: len(page.chat) == 2)
        assert [(line.mine, line.who, line.text) for line in page.chat] == [
            (True, "Maya Ortiz", "Which printer is it?"),
            (False, "The person", "The grey one"),
        ]


async def test_a_pause_holds_and_a_refusal_is_said(tmp_path: Path) -> None:
    async with stage(tmp_path) as both:
        await live(both)
        both.person.status(Capability.VIEW, holds=(Hold.PERSON,))
        await both.surface.wait(Live, lambda page: page.holds == {Hold.PERSON})
        both.person.say(messages.Refusal("ask-more", "busy"))
        page = await both.surface.wait(Live, lambda page: page.notice is not None)
        assert page.notice is not None
        assert page.notice.text.startswith("The person has a question open")


async def test_the_round_trip_is_measured(tmp_path: Path) -> None:
    async with stage(tmp_path) as both:
        await live(both)
        page = await both.surface.wait(Live, lambda page: page.round_trip_ms is not None)
        assert page.round_trip_ms is not None
        assert 0 < page.round_trip_ms < 5000


async def test_cancelling_while_the_person_is_asked_withdraws_the_question(tmp_path: Path) -> None:
    async with stage(tmp_path) as both:
        await both.join()
        await both.person.open()
        await both.surface.wait(Code, lambda page: page.stage is Progress.ASKING)
        both.client.session.leave()
        await both.person.heard(messages.Leave)
        await both.person.state(both.person.consenting("withdrawn"))
        both.person.say(messages.Answered(Answer.WITHDRAWN))
        await both.end(Reason.WITHDRAWN)
        assert (await both.over()).reason == "withdrawn"


async def test_giving_up_while_nobody_has_come(tmp_path: Path) -> None:
    async with stage(tmp_path) as both:
        await both.code()
        both.client.session.leave()
        assert (await both.over()).reason == "withdrawn"
