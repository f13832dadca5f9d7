"""Evidence read over HTTP: by whom, when, and what a stranger may see."""

from collections.abc import AsyncIterator

import httpx
import pytest
import pytest_asyncio

from relay.config import Allowance, Config, Limits
from session.signatures import Namespace, sign
from tests.relay.inside import InsideRelay, relay_inside
from tests.relay.office import Holder, Office
from tests.relay.process import Ends
from tests.relay.recording import Recording, Uploader, sign_in
from tests.relay.test_trust import offered, soon


@pytest.fixture
def auditor(office: Office) -> Holder:
    return office.holder("auditor", "2001")


@pytest_asyncio.fixture
async def inside(office: Office) -> AsyncIterator[InsideRelay]:
    async with relay_inside(office) as relay:
        yield relay


@pytest_asyncio.fixture
async def client(inside: InsideRelay) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=inside.url, trust_env=False) as made:
        yield made


@pytest_asyncio.fixture
async def agent(office: Office, inside: InsideRelay, client: httpx.AsyncClient) -> Uploader:
    """An agent whose session is open and has one segment."""
    technician = office.holder()
    ends = Ends(inside)
    _, _, token = await ends.pair(technician)
    await ends.close()
    made = Uploader(client, token, Recording(technician))
    await made.begin()
    await made.allow()
    assert (await made.segment()).status_code == 200
    return made


async def hold(client: httpx.AsyncClient, recording: Recording) -> dict[str, str]:
    """Return the headers of the session's holder."""
    nonce = (await client.post("/challenge")).json()["nonce"]
    signature = sign(recording.key, f"byleave-sign-in-1 {nonce}".encode(), Namespace.SIGN_IN).decode()
    answer = await client.post(
        "/sign-in", json={"nonce": nonce, "sid": recording.sid, "signature": signature}
    )
    assert answer.json()["seconds"] == 900
    return {"authorization": f"Bearer {answer.json()['token']}"}


def word(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, str(answer.json()["error"])


async def test_an_auditor_lists_and_reads_sessions(
    client: httpx.AsyncClient, agent: Uploader, auditor: Holder
) -> None:
    headers = await sign_in(client, auditor)
    [listed] = (await client.get("/sessions", headers=headers)).json()
    assert listed["sid"] == agent.recording.sid
    assert (listed["technician"], listed["number"]) == ("Person 1001", "1001")
    assert (listed["statements"], listed["closed_ms"], listed["reason"]) == (3, None, None)
    assert listed["bytes"] > 10_000
    files = (await client.get(f"/sessions/{agent.recording.sid}", headers=headers)).json()
    assert len(files) == 1 + 4 + 1 + 4 + 1 + 3
    for file in files:
        answer = await client.get(f"/sessions/{agent.recording.sid}/{file['name']}", headers=headers)
        assert (answer.status_code, len(answer.content)) == (200, file["size"])
        assert answer.headers["cache-control"] == "no-store"


async def test_keys_need_a_closed_session_and_a_logged_access(
    client: httpx.AsyncClient, agent: Uploader, auditor: Holder
) -> None:
    headers = await sign_in(client, auditor)
    sid = agent.recording.sid
    path = f"/keys/{sid}/main.age"
    assert word(await client.get(path, headers=headers)) == (409, "not-closed")
    await agent.close()
    assert word(await client.get(path, headers=headers)) == (403, "not-logged")
    agent.recording.length = 0
    commit = agent.recording.custody(agent.recording.access(auditor), auditor)
    for token in ({}, agent.headers, await hold(client, agent.recording)):
        answer = await client.post(f"/sessions/{sid}/custody", content=commit, headers=token)
        assert answer.status_code in {401, 403}
    answer = await client.post(f"/sessions/{sid}/custody", content=commit, headers=headers)
    assert answer.json()["index"] == 4
    assert (await client.get(path, headers=headers)).content == b"wrapped"


async def test_one_auditors_access_opens_nothing_for_another(
    client: httpx.AsyncClient, agent: Uploader, auditor: Holder, office: Office
) -> None:
    await agent.close()
    headers = await sign_in(client, auditor)
    agent.recording.length = 0
    commit = agent.recording.custody(agent.recording.access(auditor), auditor)
    sid = agent.recording.sid
    assert (await client.post(f"/sessions/{sid}/custody", content=commit, headers=headers)).status_code == 200
    other = await sign_in(client, office.holder("auditor", "2002"))
    assert word(await client.get(f"/keys/{sid}/main.age", headers=other)) == (403, "not-logged")


async def test_the_holder_reads_the_own_session_and_its_keys(
    client: httpx.AsyncClient, agent: Uploader, office: Office, inside: InsideRelay
) -> None:
    headers = await hold(client, agent.recording)
    sid = agent.recording.sid
    assert (await client.get(f"/keys/{sid}/main.age", headers=headers)).content == b"wrapped"
    assert (await client.get(f"/sessions/{sid}", headers=headers)).status_code == 200
    assert (await client.get(f"/sessions/{sid}/seg/000000.json", headers=headers)).status_code == 200
    assert word(await client.get("/sessions", headers=headers)) == (403, "wrong-token")
    for path in (f"/sessions/{'0' * 64}", f"/keys/{'0' * 64}/main.age"):
        assert word(await client.get(path, headers=headers)) == (403, "wrong-token")


async def test_strangers_and_uploaders_read_nothing(client: httpx.AsyncClient, agent: Uploader) -> None:
    sid = agent.recording.sid
    paths = [
        "/sessions",
        f"/sessions/{sid}",
        f"/sessions/{sid}/seg/000000.json",
        f"/keys/{sid}/main.age",
    ]
    for path in paths:
        for headers in ({}, agent.headers, {"authorization": "Bearer guessed"}):
            assert word(await client.get(path, headers=headers)) == (401, "no-token")


async def test_what_is_not_there_is_not_found(
    client: httpx.AsyncClient, agent: Uploader, auditor: Holder
) -> None:
    headers = await sign_in(client, auditor)
    sid = agent.recording.sid
    paths = [
        f"/sessions/{'0' * 64}",
        f"/sessions/{sid}/seg/000009.json",
        f"/sessions/{sid}/..%2f..%2fkeys%2f{sid}%2fmain.age",
        f"/sessions/{sid}/seg",
        f"/sessions/{sid}/",
        f"/keys/{'0' * 64}/main.age",
        f"/keys/{sid}/other.age",
        f"/keys/{sid}/..%2f..%2flog.key",
    ]
    for path in paths:
        assert word(await client.get(path, headers=headers)) == (404, "not-found"), path


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b"[" * 10_000, b'{"nonce":"","signature":"","x":1}'])
async def test_a_malformed_sign_in_is_refused(client: httpx.AsyncClient, body: bytes) -> None:
    assert word(await client.post("/sign-in", content=body)) == (400, "malformed")


async def test_who_asks_for_too_many_challenges_waits(office: Office) -> None:
    config = Config(limits=Limits(sign_ins=Allowance(3, 0.001)))
    async with relay_inside(office, config) as inside:
        async with httpx.AsyncClient(base_url=inside.url, trust_env=False) as client:
            found = [(await client.post("/challenge")).status_code for _ in range(4)]
    assert found == [200, 200, 200, 429]


async def test_who_reads_the_log_too_often_waits(office: Office) -> None:
    config = Config(limits=Limits(reads=Allowance(3, 0.001)))
    async with relay_inside(office, config) as inside:
        async with httpx.AsyncClient(base_url=inside.url, trust_env=False) as client:
            found = [(await client.get("/log/checkpoint")).status_code for _ in range(4)]
    assert found == [200, 200, 200, 429]


async def test_anybody_reads_the_log_and_the_trust_folder(
    client: httpx.AsyncClient, agent: Uploader, office: Office
) -> None:
    for path in office.layout.trust.iterdir():
        assert (await client.get(f"/trust/{path.name}")).content == path.read_bytes()
    checkpoint = await client.get("/log/checkpoint")
    assert checkpoint.headers["cache-control"] == "no-cache"
    assert checkpoint.text.splitlines()[1] == "3"
    inclusion = (await client.get("/log/inclusion", params={"index": 1, "size": 3})).json()
    assert set(inclusion) == {"index", "size", "proof", "checkpoint"}
    assert (await client.get("/log/inclusion", params={"index": 1})).json() == inclusion
    consistency = await client.get("/log/consistency", params={"old": 1, "new": 3})
    assert len(consistency.json()["proof"]) > 0
    tile = await client.get("/log/tile/entries/000.p/3")
    assert (tile.status_code, tile.headers["cache-control"]) == (200, "no-cache")
    assert agent.recording.sid.encode() in tile.content
    assert b"Person" not in tile.content
    assert word(await client.get("/log/tile/entries/000")) == (404, "not-found")
    for query in (
        "",
        "?index=3",
        "?index=1&size=",
        "?index=-1&size=3",
        "?index=x&size=3",
        "?index=1&size=9",
        f"?index={'9' * 30}",
    ):
        assert (await client.get(f"/log/inclusion{query}")).status_code in {400, 404}


async def test_the_organisation_hands_over_a_newer_list(client: httpx.AsyncClient, office: Office) -> None:
    newer = offered(office, soon(30))
    given = {"krl": newer.krl, "signature": newer.signature}
    assert (await client.put("/trust/krl", json=given)).status_code == 204
    assert (await client.get("/trust/krl")).content == newer.data
    assert word(await client.put("/trust/krl", json=given)) == (409, "not-newer")
    forged = offered(office, soon(60), foreign=True)
    lie = {"krl": forged.krl, "signature": forged.signature}
    assert word(await client.put("/trust/krl", json=lie)) == (403, "not-signed")
    assert word(await client.put("/trust/krl", content=b"x" * (2 * 1024 * 1024 + 1))) == (413, "too-large")
