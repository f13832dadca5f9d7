"""A code is good for one attempt, at both ends, whoever stands between them. PROTOCOL.md, section 2."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from agent.view import Trouble, Welcome
from byleave.demo.display import free_port
from session.codes import Code, check_digit, digits_of
from session.errors import IntroductionFailed
from session.introduction import Side
from tests.house import House
from tests.middle import ROOM, Middle
from tests.person import Person
from tests.relay.office import Office
from tests.technician import Technician


def another(code: str) -> str:
    """Return a code with the same room and another secret; its check digit is right."""
    digits = digits_of(code)
    secret = f"{(int(digits[4:9]) + 1) % 100_000:05}"
    return digits[:4] + secret + check_digit(digits[:4] + secret)


async def trouble(person: Person) -> Trouble:
    page = await asyncio.to_thread(person.seen.wait, Welcome, lambda page: page.trouble is not None)
    assert page.trouble is not None
    return page.trouble


@contextmanager
def met_in_the_middle(tmp_path: Path, port: int) -> Iterator[tuple[Office, Person]]:
    office = Office(tmp_path / "office", relay=f"http://127.0.0.1:{port}")
    with Person(tmp_path / "agent", office.layout.adoption("Example Support")) as person:
        yield office, person


async def test_a_wrong_guess_in_the_middle_voids_the_code_at_both_ends(tmp_path: Path) -> None:
    port = free_port()
    with met_in_the_middle(tmp_path, port) as (office, person):
        async with Middle(office.layout.trust, port, guess="00000") as middle:
            technician = Technician(f"http://127.0.0.1:{port}", office.holder())
            code = await technician.open()
            typed = another(code) if Code(ROOM, "00000").grouped == code else code
            person.engine.code_typed(typed)
            with pytest.raises(IntroductionFailed):
                async with technician.meet():
                    pass
            assert (await trouble(person)).code == "introduction-failed"
            assert middle.right == set()
            # The person proves nothing to whoever has not proved the code: one guess, not two.
            assert middle.heard[Side.PERSON] == []
            assert middle.joins == 1
            person.seen.pages.clear()
            person.engine.code_typed(typed)
            assert (await trouble(person)).code == "introduction-failed"
            assert middle.joins == 1
        await asyncio.to_thread(person.__exit__)


async def test_a_wrong_code_voids_the_right_one(house: House, person: Person) -> None:
    technician = Technician(house.url, house.technician)
    code = await technician.open()
    person.engine.code_typed(another(code))
    with pytest.raises(IntroductionFailed):
        async with technician.meet():
            pass
    assert (await trouble(person)).code == "introduction-failed"
    person.seen.pages.clear()
    person.engine.code_typed(code)
    refused = await trouble(person)
    # The relay says the one until it has seen the technician leave, and then the other.
    assert (refused.code, refused.reason in {"room-taken", "no-room"}) == ("room-refused", True)


async def test_a_code_that_was_used_is_refused(house: House, person: Person, tmp_path: Path) -> None:
    technician = Technician(house.url, house.technician)
    code = await technician.open()
    person.engine.code_typed(code)
    async with technician.meet():
        with Person(tmp_path / "another", house.adoption) as late:
            late.engine.code_typed(code)
            assert await trouble(late) == Trouble("room-refused", "room-taken")
            await asyncio.to_thread(late.__exit__)
