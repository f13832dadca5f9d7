"""A relay's evidence pages, as small as they can be: a real log, in memory."""

import asyncio
import base64
import json
from collections.abc import Callable
from dataclasses import dataclass, field

import httpx
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from session.ledger import Checkpoint, Tree, VerifierKey, sign_checkpoint
from session.statements import Consented, Segment, parse

NAME = "relay.example.org/log"


@dataclass
class SmallLog:
    """Takes uploads and commits, and answers with proofs.

    Attributes:
        files: what was uploaded, by its path.
        entries: the log's entries, in order.
        order: every request, in order, as words.
        broken: how many requests from now on are answered with 503.
        forgetful: how many commits from now on are stored without an answer.
        lies: changes what is answered to a commit.
        notices: how many commits from now on are answered with the notice that the share is used up.
        refusals: what the next requests are refused with.
    """

    key: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)
    files: dict[str, bytes] = field(default_factory=dict)
    entries: list[bytes] = field(default_factory=list)
    order: list[str] = field(default_factory=list)
    commits: list[dict[str, str | None]] = field(default_factory=list)
    tokens: set[str] = field(default_factory=set)
    broken: int = 0
    forgetful: int = 0
    lies: dict[str, object] = field(default_factory=dict)
    notices: int = 0
    refusals: list[bytes] = field(default_factory=list)

    @property
    def log_key(self) -> str:
        """The verifier key, as the profile names it."""
        return str(VerifierKey.of(NAME, self.key))

    def application(self) -> Starlette:
        """The pages."""
        routes = [
            Route("/keys/{path:path}", self._put, methods=["PUT"]),
            Route("/sessions/{sid}/statements", self._commit, methods=["POST"]),
            Route("/sessions/{path:path}", self._put, methods=["PUT"]),
        ]
        return Starlette(routes=routes)

    def client(self) -> httpx.AsyncClient:
        """A client of this relay."""
        transport = httpx.ASGITransport(self.application())
        return httpx.AsyncClient(transport=transport, base_url="http://relay.example.org")

    def _is_broken(self, request: Request) -> bool:
        self.tokens.add(request.headers.get("authorization", ""))
        self.broken -= self.broken > 0
        return self.broken > 0

    async def _put(self, request: Request) -> Response:
        if self.refusals:
            return Response(self.refusals.pop(0), 403)
        if self._is_broken(request):
            return JSONResponse({"error": "busy"}, 503)
        path = request.url.path
        self.order.append(f"put {path.rpartition('/')[2]}")
        known = path in self.files
        self.files[path] = await request.body()
        return Response(status_code=200 if known else 201)

    async def _commit(self, request: Request) -> Response:
        if self._is_broken(request):
            return JSONResponse({"error": "busy"}, 503)
        head, _, attached = (await request.body()).partition(b"\n")
        commit = json.loads(head)
        entry = base64.b64decode(commit["leaf"])
        if attached:
            self._keep(base64.b64decode(commit["statement"]), attached)
        if entry not in self.entries:
            self.entries.append(entry)
            self.commits.append(commit)
        self.order.append(f"commit {self.entries.index(entry)}")
        if self.forgetful:
            self.forgetful -= 1
            return Response(status_code=504)
        headers = {"Byleave-Notice": "quota"} if self.notices else None
        self.notices -= self.notices > 0
        return JSONResponse({**self.receipt(entry), **self.lies}, headers=headers)

    def _keep(self, statement: bytes, attached: bytes) -> None:
        """Keep the objects that came along with a statement."""
        said = parse(statement)
        objects = said.objects if isinstance(said, Segment) else ()
        if isinstance(said, Consented):
            objects = (said.object,)
        for each in objects:
            self.order.append(f"attached {each.name.rpartition('/')[2]}")
            self.files[f"/sessions/{said.sid}/{each.name}"], attached = (
                attached[: each.size],
                attached[each.size :],
            )
        assert not attached

    def receipt(self, entry: bytes) -> dict[str, object]:
        """Return the proof that the log holds an entry."""
        tree = Tree()
        for each in self.entries:
            tree.append(each)
        index = self.entries.index(entry)
        checkpoint = Checkpoint(NAME, tree.size, tree.root())
        return {
            "index": index,
            "size": tree.size,
            "proof": [node.hex() for node in tree.inclusion_proof(index)],
            "checkpoint": sign_checkpoint(checkpoint, NAME, self.key).decode(),
        }


async def eventually(condition: Callable[[], bool], seconds: float = 10.0) -> None:
    """Wait for a condition, with a deadline."""
    deadline = asyncio.get_running_loop().time() + seconds
    for _ in iter(condition, True):
        assert asyncio.get_running_loop().time() < deadline, f"waited {seconds} s"
        await asyncio.sleep(0.002)
