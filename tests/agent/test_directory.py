"""What the relay publishes is believed only because the root and the status key have signed it."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from email.utils import formatdate
from pathlib import Path

import httpx
import msgspec
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from agent.directory import Directory
from agent.state import Adopted, Home
from session.errors import ClockWrong, IdentityRefused, LinkLost
from session.keys import PublicKey
from session.profile import Adoption, Profile, write_profile
from session.revocation import FRESH_SECONDS, LIMIT, RevocationList
from session.signatures import Namespace, sign
from tests.session.office import Office

OFFICE = Office()


def profile(version: int) -> Profile:
    expires = datetime.fromtimestamp(time.time() + 86400, UTC).replace(microsecond=0)
    return msgspec.structs.replace(OFFICE.profile(), version=version, expires=expires)


def signed(version: int, office: Office = OFFICE) -> Adoption:
    data = write_profile(profile(version))
    return Adoption(PublicKey.of(OFFICE.root), data, sign(office.root, data, Namespace.PROFILE))


def adopted(version: int) -> Adopted:
    return Adopted(signed(version), profile(version))


@asynccontextmanager
async def relay(pages: dict[str, bytes], *, clock: float | None = None) -> AsyncIterator[Directory]:
    """A relay that publishes these pages; what it has not is not found."""

    async def page(request: Request) -> Response:
        name = request.path_params["name"]
        headers = {"date": formatdate(clock, usegmt=True)} if clock is not None else {}
        return Response(pages.get(name, b""), 200 if name in pages else 404, headers)

    transport = httpx.ASGITransport(Starlette(routes=[Route("/trust/{name}", page)]))
    async with httpx.AsyncClient(transport=transport, base_url="http://relay.example.org") as client:
        yield Directory(client)


def profile_pages(adoption: Adoption) -> dict[str, bytes]:
    return {"profile.toml": adoption.profile, "profile.toml.sig": adoption.signature}


def krl_pages(generated: float, office: Office = OFFICE) -> dict[str, bytes]:
    data = RevocationList(1, int(generated)).encode()
    return {"krl": data, "krl.sig": sign(office.status, data, Namespace.KRL)}


async def test_a_newer_profile_of_the_root_is_taken_and_kept(tmp_path: Path) -> None:
    home, known = Home(tmp_path), adopted(7)
    async with relay(profile_pages(signed(8))) as directory:
        assert (await directory.renewed(home, known)).profile.version == 8
    kept = home.adopted(time.time())
    assert kept is not None
    assert kept.profile.version == 8


@pytest.mark.parametrize("version", [6, 7])
async def test_an_older_or_equal_profile_is_not_taken(tmp_path: Path, version: int) -> None:
    home, known = Home(tmp_path), adopted(7)
    async with relay(profile_pages(signed(version))) as directory:
        assert (await directory.renewed(home, known)).profile.version == 7
    assert home.adopted(time.time()) is None


async def test_a_profile_that_the_root_has_not_signed_is_not_taken(tmp_path: Path) -> None:
    home, known = Home(tmp_path), adopted(7)
    async with relay(profile_pages(signed(8, Office()))) as directory:
        assert await directory.renewed(home, known) == known
    assert home.adopted(time.time()) is None


async def test_the_same_profile_needs_no_second_look(tmp_path: Path) -> None:
    known = adopted(7)
    async with relay({"profile.toml": known.adoption.profile}) as directory:
        assert await directory.renewed(Home(tmp_path), known) is known


async def test_a_fresh_list_of_the_status_key_is_taken() -> None:
    async with relay(krl_pages(time.time())) as directory:
        assert (await directory.revocations(adopted(7))).version == 1


async def test_a_list_of_another_key_is_refused() -> None:
    async with relay(krl_pages(time.time(), Office())) as directory:
        with pytest.raises(IdentityRefused):
            await directory.revocations(adopted(7))


async def test_a_list_that_is_replaced_between_its_two_files_is_read_again() -> None:
    before, after = (krl_pages(time.time() - age) for age in (60, 0))
    answers = [before["krl"], after["krl.sig"], after["krl"], after["krl.sig"]]

    async def page(_: Request) -> Response:
        return Response(answers.pop(0))

    transport = httpx.ASGITransport(Starlette(routes=[Route("/trust/{name}", page)]))
    async with httpx.AsyncClient(transport=transport, base_url="http://relay.example.org") as client:
        found = await Directory(client).revocations(adopted(7))
    assert found == RevocationList.decode(after["krl"])
    assert not answers


async def test_an_old_list_is_refused_or_our_clock_is_off() -> None:
    old = time.time() - FRESH_SECONDS - 60
    async with relay(krl_pages(old), clock=time.time()) as directory:
        with pytest.raises(IdentityRefused):
            await directory.revocations(adopted(7))
    async with relay(krl_pages(old), clock=old) as directory:
        with pytest.raises(ClockWrong):
            await directory.revocations(adopted(7))
    async with relay(krl_pages(time.time() + FRESH_SECONDS + 60)) as directory:
        with pytest.raises(ClockWrong):
            await directory.revocations(adopted(7))


async def test_a_page_is_cut_off_at_its_limit() -> None:
    async with relay({"krl": bytes(LIMIT + 1), "krl.sig": b""}) as directory:
        with pytest.raises(IdentityRefused, match="longer than"):
            await directory.revocations(adopted(7))


async def test_a_relay_that_does_not_answer_is_a_lost_link(tmp_path: Path) -> None:
    async with relay({}) as directory:
        with pytest.raises(LinkLost):
            await directory.revocations(adopted(7))
        with pytest.raises(LinkLost):
            await directory.renewed(Home(tmp_path), adopted(7))
    async with httpx.AsyncClient(base_url="http://127.0.0.1:1") as client:
        with pytest.raises(LinkLost):
            await Directory(client).revocations(adopted(7))


async def test_a_date_that_is_none_is_no_clock() -> None:
    async def page(request: Request) -> Response:
        pages = krl_pages(time.time())
        return Response(pages[request.path_params["name"]], headers={"date": "yesterday"})

    transport = httpx.ASGITransport(Starlette(routes=[Route("/trust/{name}", page)]))
    async with httpx.AsyncClient(transport=transport, base_url="http://relay.example.org") as client:
        assert (await Directory(client).revocations(adopted(7))).version == 1
