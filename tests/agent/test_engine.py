"""The person's clicks on the summary count from the moment on that they can see it."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from agent.view import Connecting, Summary, ViewState, Welcome
from auditor.source import Bundle
from session import messages
from session.codes import Code, draw_secret
from tests.house import House, session, until
from tests.person import Person
from tests.technician import Technician

CODE = Code("1234", draw_secret()).grouped


def when(person: Person, page: Callable[[ViewState], bool], click: Callable[[], None]) -> None:
    """Click as soon as such a page shows, once, before anything else can happen."""
    show, clicked = person.seen.show, False

    def show_and_click(state: ViewState) -> None:
        nonlocal clicked
        show(state)
        if page(state) and not clicked:
            clicked = True
            click()

    person.seen.show = show_and_click  # type: ignore[method-assign]  # the click comes with the page


def when_it_can_be_saved(person: Person, click: Callable[[], None]) -> None:
    """Click as soon as the summary offers a copy."""
    when(person, lambda page: isinstance(page, Summary) and page.can_save, click)


@pytest.fixture
def slow_to_close(monkeypatch: pytest.MonkeyPatch) -> None:
    """Connections to the relay take their time to be closed, as on a busy computer."""
    leave = httpx.AsyncClient.__aexit__

    async def leave_later(client: httpx.AsyncClient, *error: Any) -> None:
        try:
            await asyncio.sleep(0.15)
        finally:
            await leave(client, *error)

    monkeypatch.setattr(httpx.AsyncClient, "__aexit__", leave_later)


def joins_again(person: Person) -> bool:
    """Tell whether another session is opened after the first screen was back."""
    pages = [type(page) for page in person.seen.pages[1:]]
    return Welcome in pages and Connecting in pages[pages.index(Welcome) :]


async def hold_session(house: House, person: Person) -> None:
    async with session(house, person) as technician:
        person.engine.stop()
        await technician.hear(messages.Ended)


async def test_the_first_click_on_save_saves(house: House, person: Person, tmp_path: Path) -> None:
    when_it_can_be_saved(person, lambda: person.engine.save_copy(tmp_path / "copies"))
    await hold_session(house, person)
    page = await asyncio.to_thread(person.seen.wait, Summary, lambda page: page.saved is not None)
    assert page.saved is not None
    assert Bundle(page.saved).sessions()


async def test_the_first_click_on_done_forgets(house: House, person: Person) -> None:
    when_it_can_be_saved(person, person.engine.close_summary)
    await hold_session(house, person)
    await asyncio.to_thread(person.seen.wait, Welcome)
    assert isinstance(person.seen.pages[-1], Welcome)
    person.engine.quit()
    await asyncio.to_thread(person.engine.join)
    assert not person.home.spools()


async def test_done_right_after_save_waits_for_the_copy(house: House, person: Person, tmp_path: Path) -> None:
    def click() -> None:
        person.engine.save_copy(tmp_path / "copies")
        person.engine.close_summary()

    when_it_can_be_saved(person, click)
    await hold_session(house, person)
    await asyncio.to_thread(person.seen.wait, Welcome)
    (copy,) = (tmp_path / "copies").iterdir()
    assert Bundle(copy).sessions()
    person.engine.quit()
    await asyncio.to_thread(person.engine.join)
    assert not person.home.spools()


@pytest.mark.usefixtures("slow_to_close")
async def test_a_code_counts_as_soon_as_the_first_screen_is_back(house: House, person: Person) -> None:
    technician = Technician(house.url, house.technician)
    await asyncio.to_thread(person.seen.wait, Welcome)
    when(person, lambda page: isinstance(page, Welcome), lambda: person.engine.code_typed(CODE))
    person.engine.code_typed(await technician.open())
    async with technician.meet():
        person.engine.stop()
        await until(lambda: joins_again(person), "the second code is tried")


@pytest.mark.usefixtures("slow_to_close")
async def test_a_code_counts_as_soon_as_the_summary_is_closed(house: House, person: Person) -> None:
    await hold_session(house, person)
    when(person, lambda page: isinstance(page, Welcome), lambda: person.engine.code_typed(CODE))
    await until(lambda: person.engine._host is None, "all of the session is done but its connections")
    person.engine.close_summary()
    await until(lambda: joins_again(person), "the second code is tried")
