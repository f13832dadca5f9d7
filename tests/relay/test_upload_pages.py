"""Evidence brought to a real relay over HTTP, and what it refuses."""

import asyncio
import base64
from collections.abc import AsyncIterator

import httpx
import msgspec
import pytest
import pytest_asyncio

from session.ledger import leaf_hash, open_checkpoint, verify_inclusion
from tests.relay.office import Holder, Office
from tests.relay.process import Ends, RelayProcess
from tests.relay.recording import Recording, Uploader


@pytest.fixture
def technician(office: Office) -> Holder:
    return office.holder()


@pytest_asyncio.fixture
async def agent(technician: Holder, relay: RelayProcess, ends: Ends) -> AsyncIterator[Uploader]:
    _, _, token = await ends.pair(technician)
    async with httpx.AsyncClient(base_url=relay.url, trust_env=False) as client:
        yield Uploader(client, token, Recording(technician))


def word(answer: httpx.Response) -> str:
    """Return the word of a refusal, which also has a sentence."""
    found = answer.json()
    assert set(found) == {"error", "sentence"} and found["sentence"]
    return str(found["error"])


async def test_a_receipt_is_checked_with_the_organisations_log_key(agent: Uploader) -> None:
    await agent.begin()
    await agent.allow()
    assert (await agent.segment()).status_code == 200
    commit = agent.recording.commit(agent.recording.close())
    answer = await agent.post(commit)
    receipt = answer.json()
    verifier = (await agent.client.get("/trust/log.vkey")).text.strip()
    checkpoint = open_checkpoint(receipt["checkpoint"].encode(), verifier)
    assert (await agent.client.get("/log/checkpoint")).text == receipt["checkpoint"]
    entry = base64.b64decode(msgspec.json.decode(commit)["leaf"])
    proof = [bytes.fromhex(each) for each in receipt["proof"]]
    verify_inclusion(leaf_hash(entry), receipt["index"], receipt["size"], proof, checkpoint.root)
    assert (await agent.post(commit)).json() == receipt


async def test_uploads_say_what_became_of_them(agent: Uploader) -> None:
    assert (await agent.put_key("main", b"wrapped")).status_code == 201
    assert (await agent.put_key("main", b"wrapped")).status_code == 200
    answer = await agent.put_key("main", b"changed")
    assert (answer.status_code, word(answer)) == (409, "differs")


async def test_without_a_token_nothing_is_taken(agent: Uploader) -> None:
    good = agent.headers
    for headers in ({}, {"authorization": "Basic eDp4"}, {"authorization": "Bearer guessed"}):
        agent.headers = headers
        answer = await agent.put_key("main")
        assert (answer.status_code, word(answer)) == (401, "no-token")
        answer = await agent.post(b"{}")
        assert (answer.status_code, word(answer)) == (401, "no-token")
    agent.headers = good
    assert (await agent.put_key("main")).status_code == 201


async def test_who_guesses_tokens_is_slowed_down(office: Office, technician: Holder) -> None:
    (office.relay / "relay.toml").write_text("[limits]\nsign_ins = {burst = 3, per_second = 0.001}\n")
    with RelayProcess(office.relay) as relay:
        async with httpx.AsyncClient(base_url=relay.url, trust_env=False) as client:
            agent = Uploader(client, "guessed", Recording(technician))
            found = [word(await agent.put_key("main")) for _ in range(4)]
    assert found == ["no-token"] * 3 + ["too-many"]


@pytest.mark.parametrize(
    "path",
    [
        "seg/..%2f..%2f..%2flog.key",
        "%2e%2e/%2e%2e/log.key",
        "..%2fallowed_signers",
        "seg/000001.events.jsonl.age%00",
        "seg/000001.events.jsonl.age%0a",
        "seg/000001.json",
        "custody/000000.json",
        ".tmp-0123456789abcdef",
    ],
)
async def test_names_lead_nowhere_else(agent: Uploader, office: Office, path: str) -> None:
    await agent.begin()
    answer = await agent.put(path, b"x")
    assert (answer.status_code, word(answer)) == (404, "not-found")
    assert not list(office.layout.folder.parent.rglob("*.age\n"))


@pytest.mark.parametrize("sid", ["x", "%2e%2e", "A" * 64, "0" * 63, "0" * 64 + "%0a"])
async def test_session_ids_are_digests(agent: Uploader, sid: str) -> None:
    for method, path in (("PUT", "allowed_signers"), ("POST", "statements")):
        answer = await agent.client.request(
            method, f"/sessions/{sid}/{path}", content=b"{}", headers=agent.headers
        )
        assert word(answer) == "not-found"


async def test_bodies_are_limited_before_they_are_read(agent: Uploader, office: Office) -> None:
    await agent.begin()
    answers = [
        await agent.put_key("main", b"x" * (64 * 1024 + 1)),
        await agent.put("allowed_signers", b"x" * (16 * 1024 + 1)),
        await agent.post(b"x" * (160 * 1024 + 1)),
    ]
    assert [(each.status_code, word(each)) for each in answers] == [(413, "too-large")] * 3
    # Nothing but the head is sent, so whoever waits for the body waits for ever.
    path = f"/sessions/{agent.recording.sid}/seg/000001.events.jsonl.age"
    url = agent.client.base_url
    reader, writer = await asyncio.open_connection(url.host, url.port)
    writer.write(
        f"PUT {path} HTTP/1.1\r\nhost: relay\r\ncontent-length: {64 * 1024**2 + 1}\r\n"
        f"authorization: {agent.headers['authorization']}\r\n\r\n".encode()
    )
    async with asyncio.timeout(10):
        assert (await reader.readline()).startswith(b"HTTP/1.1 413 ")
    writer.close()
    await writer.wait_closed()
    assert not list((office.relay / "incoming").iterdir())


async def test_a_body_says_how_long_it_is(agent: Uploader) -> None:
    async def endless() -> AsyncIterator[bytes]:
        yield b"x" * 10

    path = f"/keys/{agent.recording.sid}/main.age"
    answer = await agent.client.put(path, content=endless(), headers=agent.headers)
    assert (answer.status_code, word(answer)) == (400, "malformed")


async def test_what_the_protocol_does_not_have_is_refused_in_its_words(agent: Uploader) -> None:
    found = [
        await agent.client.get("/"),
        await agent.client.get("/docs"),
        await agent.client.get("/trust/../log.key"),
        await agent.client.get("/trust/log.key"),
        await agent.client.get("/log/tile/0/000"),
    ]
    assert [(each.status_code, word(each)) for each in found] == [(404, "not-found")] * len(found)
    answer = await agent.client.delete(f"/keys/{agent.recording.sid}/main.age", headers=agent.headers)
    assert (answer.status_code, word(answer)) == (405, "not-allowed")


async def test_a_lost_upload_leaves_nothing(agent: Uploader, office: Office) -> None:
    await agent.begin()

    async def broken() -> AsyncIterator[bytes]:
        yield b"x" * 300_000
        raise ConnectionResetError

    path = f"/sessions/{agent.recording.sid}/seg/000001.events.jsonl.age"
    head = {**agent.headers, "content-length": "1000000"}
    with pytest.raises(ConnectionResetError):
        await agent.client.put(path, content=broken(), headers=head)
    # The next request of this session comes after the relay has noticed.
    assert (await agent.put("seg/000001.events.jsonl.age", b"content")).status_code == 201


async def test_a_session_that_has_used_up_its_share_is_told_and_can_end(
    office: Office, technician: Holder
) -> None:
    (office.relay / "relay.toml").write_text("[limits]\nsession_bytes = 15000\nfile_bytes = 30000\n")
    with RelayProcess(office.relay) as relay:
        ends = Ends(relay)
        _, _, token = await ends.pair(technician)
        await ends.close()
        async with httpx.AsyncClient(base_url=relay.url, trust_env=False) as client:
            agent = Uploader(client, token, Recording(technician))
            await agent.begin()
            await agent.allow()
            answers = [await agent.segment() for _ in range(5)]
            assert [answer.status_code for answer in answers] == [200] * 4 + [403]
            notices = [answer.headers.get("byleave-notice") for answer in answers]
            assert notices == [None, "quota", "quota", "quota", None]
            assert word(answers[-1]) == "quota"
            await agent.close()
