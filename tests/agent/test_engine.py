"""The person's clicks on the summary count from the moment on that they can see it."""

import asyncio
from collections.abc import Callable
from pathlib import Path

from agent.view import Summary, ViewState, Welcome
from auditor.source import Bundle
from session import messages
from tests.house import House, session
from tests.person import Person


def when_it_can_be_saved(person: Person, click: Callable[[], None]) -> None:
    """Click as soon as the summary offers a copy, before anything else can happen."""
    show, clicked = person.seen.show, False

    def show_and_click(state: ViewState) -> None:
        nonlocal clicked
        show(state)
        if isinstance(state, Summary) and state.can_save and not clicked:
            clicked = True
            click()

    person.seen.show = show_and_click  # type: ignore[method-assign]  # the click comes with the page


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
