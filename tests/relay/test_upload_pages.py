"""A whole session brought to a real relay, and what it refuses."""

import base64

import httpx
import msgspec

from session.ledger import leaf_hash, open_checkpoint, verify_inclusion
from tests.relay.office import Office
from tests.relay.process import Ends, RelayProcess
from tests.relay.recording import Recording, Uploader, sign_in


async def test_a_session_from_open_to_access(office: Office, relay: RelayProcess, ends: Ends) -> None:
    technician = office.holder()
    auditor = office.holder("auditor", "2001")
    _, _, token = await ends.pair(technician)
    async with httpx.AsyncClient(base_url=relay.url) as client:
        recording = Recording(technician)
        agent = Uploader(client, token, recording)
        await agent.begin()
        await agent.allow()
        for _ in range(3):
            assert (await agent.segment()).status_code == 200
        commit = recording.commit(recording.close())
        receipt = (await agent.post(commit)).json()
        vkey = (await client.get("/trust/log.vkey")).text.strip()
        checkpoint = open_checkpoint(receipt["checkpoint"].encode(), vkey)
        entry = base64.b64decode(msgspec.json.decode(commit)["leaf"])
        proof = [bytes.fromhex(each) for each in receipt["proof"]]
        verify_inclusion(leaf_hash(entry), receipt["index"], receipt["size"], proof, checkpoint.root)
        headers = await sign_in(client, auditor)
        listed = (await client.get("/sessions", headers=headers)).json()
        assert [each["reason"] for each in listed] == ["stopped"]
        assert listed[0]["statements"] == 6
        assert listed[0]["technician"] == "Person 1001"
        key_path = f"/keys/{recording.sid}/main.age"
        assert (await client.get(key_path, headers=headers)).json()["error"] == "not-logged"
        recording.length = 0
        custody = recording.custody(recording.access(auditor), auditor)
        path = f"/sessions/{recording.sid}/custody"
        given = await client.post(path, content=custody, headers=headers)
        assert given.status_code == 200, given.text
        assert (await client.get(key_path, headers=headers)).content == b"wrapped"
        names = (await client.get(f"/sessions/{recording.sid}", headers=headers)).json()
        for each in names:
            data = (await client.get(f"/sessions/{recording.sid}/{each['name']}", headers=headers)).content
            assert len(data) == each["size"]
        assert len(names) == 1 + 4 + 6 * 3 + 3 + 3
