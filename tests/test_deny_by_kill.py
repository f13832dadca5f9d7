"""An agent that is killed while its question is open has denied: nothing was shown, the evidence says so."""

import asyncio
from contextlib import suppress
from pathlib import Path

from session import messages
from session.errors import ByleaveError
from session.messages import Capability
from tests.glass import Glass
from tests.house import House, request
from tests.person_process import PersonProcess
from tests.technician import Technician


async def test_a_kill_while_the_question_is_open_denies(house: House, glass: Glass, tmp_path: Path) -> None:
    technician = Technician(house.url, house.technician)
    person = PersonProcess(tmp_path / "agent", house.adoption, glass.name, glass.environment)
    await asyncio.to_thread(person.start)
    try:
        person.say("hesitate")
        person.say(f"code {(await technician.open()).replace(' ', '')}")
        with suppress(ByleaveError):
            async with technician.meet():
                technician.say(request(Capability.VIEW, Capability.CONTROL, Capability.SYSTEM_INFO))
                await technician.hear(messages.Asking)
                technician.say(messages.FactsWanted())
                technician.say(messages.Key(0x61, True))
                await technician.hear(messages.Refusal, lambda refusal: refusal.what == "facts-wanted")
                await asyncio.to_thread(person.kill)
                await technician.ended.wait()
        shown = (messages.Frame, messages.PointerAt, messages.PointerImage, messages.Facts, messages.Answered)
        assert [message for message in technician.got if isinstance(message, shown)] == []
        assert glass.held == set()
        await asyncio.to_thread(person.start)
        sid = technician.host_digest.hex()
        await house.closed(sid)
        report = await asyncio.to_thread(house.audit, sid)
        assert (report.verdict, report.findings) == ("recovered", [])
        assert report.facts.segments == 0
    finally:
        await asyncio.to_thread(person.kill)
