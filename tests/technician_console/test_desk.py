"""Between two sessions: signing in, the form, and what is looked at before a room is opened."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from session.ledger import Tree
from session.messages import Capability
from technician_console import config, organisation
from technician_console.config import Config
from technician_console.desk import Desk
from technician_console.public_log import PublicLog
from technician_console.relay_client import RelayClient
from technician_console.state_folder import StateFolder
from technician_console.view import Code, NewSession, Over, SignIn
from technician_console.view import Stage as Progress
from tests.technician_console.company import Company
from tests.technician_console.small_relay import SmallRelay
from tests.technician_console.stage import SeenSurface


@dataclass
class Room:
    """A desk with its window, and a relay."""

    company: Company
    relay: SmallRelay
    desk: Desk
    surface: SeenSurface
    folder: StateFolder
    settings: Config
    ahead: float = 0.0

    def wall(self) -> float:
        return time.time() + self.ahead

    def sign_in(self, passphrase: str = "") -> None:
        found = self.settings.settings
        self.desk.sign_in(found.key, passphrase, found.certificate)

    def start(self) -> None:
        self.desk.start("Printer does not print", "", (Capability.VIEW,), 30)

    async def signed_in(self) -> NewSession:
        self.sign_in()
        return await self.surface.wait(NewSession)


@asynccontextmanager
async def room(tmp_path: Path, *, passphrase: str | None = None) -> AsyncIterator[Room]:
    company, surface = Company(), SeenSurface()
    async with SmallRelay(company, company.organisation()) as relay:
        company.relay = relay.url
        relay.organisation = company.organisation()
        key = company.hand_over(tmp_path / "maya", passphrase=passphrase)
        settings = config.load(tmp_path / "console", key=key)
        folder = StateFolder(settings.state)
        (tmp_path / "maya" / "example.byleave").write_bytes(company.adoption(relay.organisation))
        works_for = organisation.pinned(folder, settings.profile)
        here: list[Room] = []
        desk = Desk(settings, folder, works_for, surface, lambda: here[0].wall())
        here.append(Room(company, relay, desk, surface, folder, settings))
        async with asyncio.TaskGroup() as group:
            group.create_task(desk.run())
            await surface.wait(SignIn)
            yield here[0]
            desk.quit()


async def test_the_certificate_is_shown_before_anything_is_typed(tmp_path: Path) -> None:
    async with room(tmp_path) as here:
        page = await here.surface.wait(SignIn)
        assert (page.name, page.number, page.expired) == ("Maya Ortiz", "1001", False)
        assert page.expiry.startswith("valid until ")


async def test_another_certificate_is_looked_at(tmp_path: Path) -> None:
    async with room(tmp_path) as here:
        here.desk.inspect(str(tmp_path / "nothing"))
        page = await here.surface.wait(SignIn, lambda page: bool(page.error))
        assert page.name == ""


async def test_a_wrong_passphrase_is_said_and_can_be_tried_again(tmp_path: Path) -> None:
    async with room(tmp_path, passphrase="correct horse") as here:
        here.sign_in("wrong")
        page = await here.surface.wait(SignIn, lambda page: bool(page.error))
        assert (page.error, page.busy) == ("The passphrase is wrong.", False)
        here.sign_in("correct horse")
        form = await here.surface.wait(NewSession)
        assert (form.name, form.organisation, form.relay) == ("Maya Ortiz", "Example Support", here.relay.url)


async def test_a_certificate_that_has_expired_meanwhile_leads_back_to_signing_in(tmp_path: Path) -> None:
    async with room(tmp_path) as here:
        await here.signed_in()
        here.ahead = 13 * 3600
        here.start()
        assert (await here.surface.wait(SignIn)).expired


async def test_nothing_starts_before_signing_in(tmp_path: Path) -> None:
    async with room(tmp_path) as here:
        here.start()
        assert isinstance(here.surface.states[-1], SignIn)


async def test_a_newer_profile_is_taken_from_the_relay(tmp_path: Path) -> None:
    async with room(tmp_path) as here:
        await here.signed_in()
        here.relay.organisation = here.company.organisation(version=2, name="Renamed Support")
        here.start()
        await here.surface.wait(Code, lambda page: page.stage is Progress.WAITING)
        known = organisation.known(here.folder)
        assert known is not None
        assert known.profile.name == "Renamed Support"


async def test_the_profile_of_another_root_changes_nothing(tmp_path: Path) -> None:
    async with room(tmp_path) as here:
        await here.signed_in()
        here.relay.organisation = Company().organisation(version=9, name="Somebody Else")
        here.start()
        page = await here.surface.wait(Code, lambda page: page.stage is Progress.WAITING)
        assert page.organisation == "Example Support"


async def test_an_expired_profile_opens_no_room(tmp_path: Path) -> None:
    async with room(tmp_path) as here:
        await here.signed_in()
        expires = here.relay.organisation.profile.expires.timestamp()
        here.desk._credentials = here.company.credentials(expires)
        here.ahead = expires - time.time() + 60
        here.start()
        page = await here.surface.wait(Over)
        assert "profile has expired" in page.sentence


async def test_a_log_that_was_rewritten_since_last_time_opens_no_room(tmp_path: Path) -> None:
    async with room(tmp_path) as here:
        here.relay.append(b"what was said last time")
        async with RelayClient(here.relay.url) as client:
            await PublicLog(client, here.relay.organisation.profile.log_key, here.folder).advance()
        here.relay.tree = Tree()
        here.relay.append(b"what is said today")
        await here.signed_in()
        here.start()
        assert (await here.surface.wait(Over)).title == "Ended: the recording could not be confirmed"


@pytest.mark.parametrize("when", ["sign-in", "form", "code"])
async def test_closing_the_window_ends_everything(tmp_path: Path, when: str) -> None:
    async with room(tmp_path) as here:
        if when != "sign-in":
            await here.signed_in()
        if when == "code":
            here.start()
            await here.surface.wait(Code, lambda page: page.stage is Progress.WAITING)
    assert here.surface.take().closed
