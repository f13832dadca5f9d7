"""A session as an agent records it, made by hand: statements, signatures, sealed objects."""

import base64
import hashlib
import secrets
import time
from typing import Any

import asyncssh
import httpx
import msgspec

from session import keys, statements
from session.keys import PublicKey
from session.signatures import Namespace, sign
from session.statements import (
    Access,
    Base,
    Close,
    Consented,
    Idle,
    Leaf,
    Open,
    Recipients,
    SealedObject,
    Segment,
    canonical,
    digest,
)
from session.trust import session_signers
from tests.relay.office import Holder

KEYS = ("main", "sensitive", "consent")


def base64_text(data: bytes) -> str:
    return base64.b64encode(data).decode()


def body(data: bytes, signature: bytes, technician: str | None, entry: bytes) -> bytes:
    return msgspec.json.encode(
        {
            "statement": base64_text(data),
            "signature": signature.decode(),
            "technician": technician,
            "leaf": base64_text(entry),
        }
    )


def leaf_entry(data: bytes, key: asyncssh.SSHKey, certificate: bytes | None = None, **changes: Any) -> bytes:
    """Return a statement's entry in the log, with some fields of the leaf changed."""
    statement = statements.parse(data)
    leaf = Leaf(h=digest(data), k=statement.KIND, n=statement.seq, s=statement.sid)
    raw = canonical(msgspec.structs.replace(leaf, **changes))
    return statements.entry(raw, sign(key, raw, Namespace.LEAF, certificate=certificate))


class Recording:
    """Makes commits of one session; `head` and `length` follow what was made."""

    def __init__(self, technician: Holder) -> None:
        self.technician = technician
        self.key = keys.generate()
        self.public = PublicKey.of(self.key)
        self.sid = self.public.digest
        self.head = ""
        self.length = 0

    @property
    def signers(self) -> bytes:
        return session_signers(self.public).encode()

    def make(self, kind: type[Base], **fields: Any) -> bytes:
        """Return the next statement's bytes."""
        given = {"sid": self.sid, "seq": self.length, "prev": self.head, "salt": secrets.token_hex(16)}
        return canonical(kind(**{**given, "t0": int(time.time() * 1000), **fields}))

    def open(self, **fields: Any) -> bytes:
        given: dict[str, Any] = {
            "public_key": self.public.text,
            "recipients": Recipients("age1main", "age1sensitive", "age1consent"),
            "certificate": self.technician.certificate.digest,
            "profile": "0" * 64,
            "policy": "strict",
            "agent": "byleave 0.1.0",
        }
        return self.make(Open, **{**given, **fields})

    def consent(self, sealed: SealedObject, event: str = "allowed") -> bytes:
        return self.make(Consented, event=event, object=sealed, plain="1" * 64)

    def segment(self, *sealed: SealedObject) -> bytes:
        return self.make(Segment, t1=int(time.time() * 1000), start=None, objects=sealed)

    def idle(self) -> bytes:
        return self.make(Idle, t1=int(time.time() * 1000))

    def close(self, reason: str = "stopped") -> bytes:
        return self.make(Close, reason=reason)

    def access(self, auditor: Holder, **fields: Any) -> bytes:
        return self.make(Access, **{"by": auditor.certificate.principal, "reason": "a complaint", **fields})

    def sign(self, data: bytes, namespace: Namespace = Namespace.SEGMENT) -> bytes:
        return sign(self.key, data, namespace)

    def countersign(self, data: bytes) -> str:
        return self.technician.sign(data, Namespace.SESSION)

    def commit(self, data: bytes) -> bytes:
        """Return the body of a commit as an honest agent makes it, and go on from there."""
        countersigned = statements.parse(data).KIND in {"open", "consent", "close"}
        technician = self.countersign(data) if countersigned else None
        self.head, self.length = digest(data), self.length + 1
        return body(data, self.sign(data), technician, leaf_entry(data, self.key))

    def custody(self, data: bytes, auditor: Holder) -> bytes:
        """Return the body of a custody commit, and go on from there."""
        self.head, self.length = digest(data), self.length + 1
        signature = auditor.sign(data, Namespace.CUSTODY).encode()
        return body(data, signature, None, leaf_entry(data, auditor.key))


def sealed(name: str, content: bytes, key: str = "main") -> SealedObject:
    return SealedObject(key=key, name=name, sha256=hashlib.sha256(content).hexdigest(), size=len(content))  # type: ignore[arg-type]  # names are tried on purpose


class Uploader:
    """Brings one recording to a relay over HTTP."""

    def __init__(self, client: httpx.AsyncClient, token: str, recording: Recording) -> None:
        self.client = client
        self.recording = recording
        self.headers = {"authorization": f"Bearer {token}"}

    async def put(self, name: str, content: bytes) -> httpx.Response:
        path = f"/sessions/{self.recording.sid}/{name}"
        return await self.client.put(path, content=content, headers=self.headers)

    async def put_key(self, name: str, content: bytes = b"wrapped") -> httpx.Response:
        path = f"/keys/{self.recording.sid}/{name}.age"
        return await self.client.put(path, content=content, headers=self.headers)

    async def post(self, commit: bytes) -> httpx.Response:
        path = f"/sessions/{self.recording.sid}/statements"
        return await self.client.post(path, content=commit, headers=self.headers)

    async def begin(self) -> None:
        """Bring everything up to the receipt of `open`."""
        for name in KEYS:
            assert (await self.put_key(name)).status_code == 201
        assert (await self.put("allowed_signers", self.recording.signers)).status_code == 201
        answer = await self.post(self.recording.commit(self.recording.open()))
        assert answer.status_code == 200, answer.text

    async def allow(self) -> None:
        content = secrets.token_bytes(500)
        record = sealed("consent/000.json.age", content, "consent")
        assert (await self.put(record.name, content)).status_code == 201
        answer = await self.post(self.recording.commit(self.recording.consent(record)))
        assert answer.status_code == 200, answer.text

    async def segment(self, size: int = 10_000) -> httpx.Response:
        content = secrets.token_bytes(size)
        record = sealed(f"seg/{self.recording.length:06}.events.jsonl.age", content)
        answer = await self.put(record.name, content)
        if answer.status_code not in {200, 201}:
            return answer
        return await self.post(self.recording.commit(self.recording.segment(record)))

    async def close(self) -> None:
        answer = await self.post(self.recording.commit(self.recording.close()))
        assert answer.status_code == 200, answer.text


async def sign_in(client: httpx.AsyncClient, auditor: Holder) -> dict[str, str]:
    """Return the headers of an auditor who has signed in."""
    nonce = (await client.post("/challenge")).json()["nonce"]
    signature = auditor.sign(f"byleave-sign-in-1 {nonce}".encode(), Namespace.SIGN_IN)
    answer = {"nonce": nonce, "certificate": auditor.certificate.text, "signature": signature}
    given = await client.post("/sign-in", json=answer)
    assert given.status_code == 200, given.text
    return {"authorization": f"Bearer {given.json()['token']}"}
