"""The relay's evidence without a server: what the pages do, in one thread."""

import secrets
import time
from pathlib import Path

import msgspec
import pytest

from relay.config import Limits
from relay.evidence import Evidence
from relay.failures import Refusal
from relay.log import Receipt
from relay.parts import open_evidence
from relay.trust import Trust
from tests.relay.office import Holder, Office
from tests.relay.recording import KEYS, Recording, base64_text, leaf_entry, sealed


def refused(word: str) -> "pytest.RaisesExc[Refusal]":
    """Expect a refusal with this word."""
    return pytest.raises(Refusal, match=rf"^{word}\b")


class Bench:
    """One relay's evidence, and one technician."""

    def __init__(self, office: Office, limits: Limits | None = None) -> None:
        self.office = office
        self.limits = limits or Limits()
        self.technician = office.holder()
        self.trust: Trust
        self.evidence: Evidence
        self.open()

    def open(self) -> None:
        self.trust = Trust(self.office.relay / "trust", time.time)
        self.evidence = open_evidence(self.office.relay, self.limits, self.trust)

    def close(self) -> None:
        self.evidence.index.close()

    def reopen(self) -> None:
        self.close()
        self.open()

    def token(self, technician: Holder | None = None, seconds: float = 3600) -> str:
        """Return a token as joining a room gives it."""
        token = secrets.token_urlsafe(32)
        digest = (technician or self.technician).certificate.digest
        self.evidence.index.add_token(token, digest, time.time() + seconds)
        return token

    def agent(self) -> "Agent":
        return Agent(self)

    @property
    def session_folder(self) -> Path:
        return self.office.relay / "sessions"


class Agent:
    """Brings one recording, as an honest agent does."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.token = bench.token()
        self.recording = Recording(bench.technician)

    @property
    def sid(self) -> str:
        return self.recording.sid

    def put(self, name: str, content: bytes, token: str | None = None) -> bool:
        evidence = self.bench.evidence
        path = evidence.begin_upload(token or self.token, self.sid, name, len(content))
        created = False
        upload = evidence.store.upload()
        try:
            upload.write(content)
            created = upload.settle(path)
        finally:
            upload.discard()
            if not created:
                evidence.end_upload(self.sid, len(content))
        return created

    def post(self, body: bytes, token: str | None = None) -> Receipt:
        evidence = self.bench.evidence
        [place] = evidence.commit([evidence.prepare(token or self.token, self.sid, body)])
        return evidence.log.receipt(place.leaf, place.size)

    def post_custody(self, auditor: Holder, body: bytes) -> Receipt:
        evidence = self.bench.evidence
        stored = evidence.prepare_custody(auditor.certificate.principal, self.sid, body)
        [place] = evidence.commit([stored])
        return evidence.log.receipt(place.leaf, place.size)

    def put_before_open(self) -> None:
        for name in KEYS:
            self.put(f"{name}.age", b"wrapped " + name.encode())
        self.put("allowed_signers", self.recording.signers)

    def begin(self) -> Receipt:
        self.put_before_open()
        return self.post(self.recording.commit(self.recording.open()))

    def allow(self) -> Receipt:
        content = secrets.token_bytes(100)
        record = sealed("consent/000.json.age", content, "consent")
        self.put(record.name, content)
        return self.post(self.recording.commit(self.recording.consent(record)))

    def segment_body(self, name: str = "events.jsonl.age") -> bytes:
        content = secrets.token_bytes(100)
        record = sealed(f"seg/{self.recording.length:06}.{name}", content)
        self.put(record.name, content)
        return self.recording.commit(self.recording.segment(record))

    def segment(self, name: str = "events.jsonl.age") -> Receipt:
        return self.post(self.segment_body(name))

    def close(self) -> Receipt:
        return self.post(self.recording.commit(self.recording.close()))

    def whole(self) -> None:
        self.begin()
        self.allow()
        self.segment()
        self.close()


def lie(agent: Agent, data: bytes, **changes: str | bytes | None) -> bytes:
    """Return a commit whose parts are right but for those that are given."""
    recording = agent.recording
    parts = {
        "statement": data,
        "signature": recording.sign(data).decode(),
        "technician": None,
        "leaf": leaf_entry(data, recording.key),
        **changes,
    }
    for name in ("statement", "leaf"):
        value = parts[name]
        parts[name] = base64_text(value) if isinstance(value, bytes) else value
    return msgspec.json.encode(parts)
