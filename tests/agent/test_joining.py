"""Whether a technician still counts while the session runs: `LinkKeeper.revoked`."""

import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from agent.joining import Admission, LinkKeeper, Way
from agent.state import Adopted
from session.certificates import CLOCK_SLACK_SECONDS, LIFETIME_SECONDS, Certificate
from session.errors import ClockWrong
from session.keys import PublicKey, generate
from session.profile import Adoption
from session.revocation import FRESH_SECONDS, RevocationList, RevokedCertificates
from session.signatures import Namespace, sign
from tests.session.office import Office

OFFICE = Office()
PAGES = dict[str, bytes]


def made(generated: float, *revoked: Certificate) -> RevocationList:
    sections = tuple(
        RevokedCertificates(each.authority.blob, ((each.serial, each.serial),)) for each in revoked
    )
    return RevocationList(1, int(generated), sections)


def served(krl: RevocationList) -> PAGES:
    data = krl.encode()
    return {"krl": data, "krl.sig": sign(OFFICE.status, data, Namespace.KRL)}


@asynccontextmanager
async def keeper(pages: PAGES, krl: RevocationList, certificate: Certificate) -> AsyncIterator[LinkKeeper]:
    """A session with this technician, who was admitted by that list; the relay serves these pages."""

    async def page(request: Request) -> Response:
        name = request.path_params["name"]
        return Response(pages.get(name, b""), 200 if name in pages else 404)

    profile = OFFICE.profile()
    admission = Admission(profile, krl)
    admission.certificate = certificate
    adopted = Adopted(Adoption(PublicKey.of(OFFICE.root), b"", b""), profile)
    transport = httpx.ASGITransport(Starlette(routes=[Route("/trust/{name}", page)]))
    async with httpx.AsyncClient(transport=transport, base_url="http://relay.example.org") as client:
        way = Way(None, "", b"", b"")  # type: ignore[arg-type]  # no link is needed to ask for the list
        yield LinkKeeper(adopted, way, generate(), admission, client, time.monotonic)


async def test_a_technician_who_is_in_no_list_counts() -> None:
    now = time.time()
    technician = OFFICE.certificate(at=now)
    async with keeper(served(made(now)), made(now), technician) as link:
        assert not await link.revoked()


async def test_a_technician_who_is_in_the_list_by_now_does_not_count() -> None:
    now = time.time()
    technician = OFFICE.certificate(at=now)
    async with keeper(served(made(now, technician)), made(now), technician) as link:
        assert await link.revoked()


WITHHELD: dict[str, Callable[[float], PAGES]] = {
    "no list": lambda now: {},
    "a list that was changed": lambda now: {**served(made(now)), "krl": made(now - 1).encode()},
    "an old list": lambda now: served(made(now - FRESH_SECONDS - 60)),
}


@pytest.mark.parametrize("pages", WITHHELD.values(), ids=WITHHELD)
async def test_a_relay_that_withholds_the_list_keeps_nobody_in(pages: Callable[[float], PAGES]) -> None:
    now = time.time()
    technician = OFFICE.certificate(at=now)
    async with keeper(pages(now), made(now - FRESH_SECONDS + 60), technician) as link:
        assert not await link.revoked()
    async with keeper(pages(now), made(now - FRESH_SECONDS - 1), technician) as link:
        assert await link.revoked()


async def test_a_certificate_counts_until_its_end() -> None:
    now = time.time()
    for left in (60, -60):
        begun = LIFETIME_SECONDS - CLOCK_SLACK_SECONDS - left
        technician = OFFICE.certificate(at=now - begun)
        async with keeper(served(made(now)), made(now), technician) as link:
            assert await link.revoked() is (left < 0)


async def test_a_clock_that_was_turned_back_is_said() -> None:
    now = time.time()
    async with keeper({}, made(now + FRESH_SECONDS + 60), OFFICE.certificate(at=now)) as link:
        with pytest.raises(ClockWrong):
            await link.revoked()
