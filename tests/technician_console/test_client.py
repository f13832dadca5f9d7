"""One session from the console's side, as a dialogue with a person's end."""

from pathlib import Path

from session import messages
from session.messages import Capability, Reason
from technician_console.view import Live, Over
from tests.technician_console.stage import REQUEST, stage


async def test_a_session_from_the_code_to_stop(tmp_path: Path) -> None:
    async with stage(tmp_path) as both:
        await both.join()
        await both.person.allow()
        live = await both.surface.wait(Live, lambda page: page.recorded)
        assert live.granted == {Capability.VIEW}
        assert both.person.got[0] == REQUEST
        page = await both.end(Reason.STOPPED)
        assert page.title == "The person stopped the session"
        entry = await both.over()
        assert (entry.reason, entry.sid, entry.statements, entry.logged) == ("stopped", both.person.sid, 3, 3)
        assert (entry.kex, entry.cipher) == ("mlkem768x25519-sha256", "aes256-gcm@openssh.com")
        assert sorted(both.person.countersigned) == [0, 1, 2]


async def test_the_technician_leaves(tmp_path: Path) -> None:
    async with stage(tmp_path) as both:
        await both.join()
        await both.person.allow()
        await both.surface.wait(Live)
        both.client.session.leave()
        await both.person.heard(messages.Leave)
        assert (await both.surface.wait(Over)).title == "You ended the session"
        await both.end(Reason.LEFT)
        assert (await both.over()).reason == "left"
