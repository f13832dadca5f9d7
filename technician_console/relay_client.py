"""The relay's public pages: PROTOCOL.md, section 1. The only module that knows httpx in this program."""

import ssl
from types import TracebackType
from typing import Self

import httpx

from session.errors import LinkLost

SECONDS = 10.0
KEPT_SECONDS = 20.0
"""So long a connection is kept that nobody uses: the log is asked every five seconds."""


class RelayClient:
    """Reads public pages of one relay; an asynchronous context manager.

    Args:
        relay: the relay's HTTP address.
        tls: whom to trust; the system's trust when absent.
    """

    def __init__(self, relay: str, tls: ssl.SSLContext | None = None) -> None:
        self._client = httpx.AsyncClient(
            base_url=relay,
            # httpx would bring its own list of authorities; the room's WebSocket uses the system's.
            verify=tls or ssl.create_default_context(),
            timeout=SECONDS,
            limits=httpx.Limits(keepalive_expiry=KEPT_SECONDS),
            follow_redirects=False,
            trust_env=False,
        )

    async def __aenter__(self) -> Self:
        """Return the client itself."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close its connections."""
        await self._client.aclose()

    async def get(self, path: str, limit: int, **query: int) -> bytes:
        """Return a page.

        Args:
            path: with a leading slash.
            limit: bytes of the largest page that is taken.
            query: what to ask for.

        Raises:
            LinkLost: the relay cannot be reached, does not have the page, or sends more than that.
        """
        try:
            async with self._client.stream("GET", path, params=query) as response:
                if response.status_code != httpx.codes.OK:
                    raise LinkLost(f"{path}: status {response.status_code}")
                page = bytearray()
                async for part in response.aiter_bytes():
                    page += part
                    if len(page) > limit:
                        raise LinkLost(f"{path}: more than {limit} bytes")
                return bytes(page)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise LinkLost(f"{path}: {type(error).__name__}") from error
