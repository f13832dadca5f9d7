"""What the relay publishes for the organisation: its newest profile and its revocation list.

Nothing of it is believed because the relay says so: the root signed the
profile, the status key the list.
"""

import logging
import time
from email.utils import parsedate_to_datetime

import httpx

from agent.state import Adopted, Home
from session.errors import IdentityRefused, LinkLost
from session.profile import LIMIT, Adoption, open_profile
from session.revocation import LIMIT as KRL_LIMIT
from session.revocation import RevocationList, open_revocation_list
from session.signatures import LIMIT as SIGNATURE_LIMIT

_log = logging.getLogger("byleave.directory")


class Directory:
    """The relay's public pages.

    Args:
        client: with the relay's address as its base.
    """

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client

    async def renewed(self, home: Home, adopted: Adopted) -> Adopted:
        """Return the newest profile that the pinned root has signed; it is kept.

        Raises:
            LinkLost: the relay cannot be reached.
        """
        data, _ = await self._get("profile.toml", LIMIT)
        if data == adopted.adoption.profile:
            return adopted
        signature, _ = await self._get("profile.toml.sig", SIGNATURE_LIMIT)
        root, version = adopted.adoption.root, adopted.profile.version
        try:
            profile = open_profile(data, signature, root, at=time.time(), newer_than=version)
        except IdentityRefused as error:
            _log.warning("< the relay's profile is not taken: %s", error)
            return adopted
        adoption = Adoption(root, data, signature)
        home.adopt(adoption)
        _log.info("= profile %d replaces %d", profile.version, version)
        return Adopted(adoption, profile)

    async def revocations(self, adopted: Adopted) -> RevocationList:
        """Return the revocation list, checked and fresh.

        Raises:
            LinkLost: the relay cannot be reached.
            IdentityRefused: the list is not signed, or too old.
            ClockWrong: this computer's clock is off.
        """
        try:
            return await self._revocations(adopted)
        except IdentityRefused:
            # A new list may have come between its two files; two readings in a row cannot both be torn.
            return await self._revocations(adopted)

    async def _revocations(self, adopted: Adopted) -> RevocationList:
        data, told = await self._get("krl", KRL_LIMIT)
        signature, _ = await self._get("krl.sig", SIGNATURE_LIMIT)
        krl = open_revocation_list(data, signature, status_key=adopted.profile.status)
        krl.check_fresh(time.time(), relay_time=told)
        return krl

    async def _get(self, name: str, limit: int) -> tuple[bytes, float | None]:
        """Return a page and the relay's clock, in seconds since 1970."""
        try:
            async with self._client.stream("GET", f"/trust/{name}") as response:
                response.raise_for_status()
                data = b""
                async for chunk in response.aiter_bytes():
                    data += chunk
                    if len(data) > limit:
                        raise IdentityRefused(f"{name} is longer than {limit} bytes")
                return data, _date(response.headers.get("date"))
        except httpx.HTTPError as error:
            raise LinkLost(f"{name}: {type(error).__name__}") from error


def _date(text: str | None) -> float | None:
    try:
        return parsedate_to_datetime(text).timestamp() if text else None
    except ValueError:
        return None
