"""The revocation list: made anew from the register, signed with the time, handed to the relay."""

import base64
import ssl
from http import HTTPStatus
from pathlib import Path

import httpx

from byleave.organisation import files, register
from byleave.organisation.layout import Layout
from session.errors import ConfigurationError, IdentityRefused, LinkLost
from session.keys import PublicKey, load_private
from session.profile import check_relay
from session.revocation import RevocationList, RevokedCertificates, open_revocation_list
from session.signatures import Namespace, sign

TIMEOUT_SECONDS = 10
ATTEMPTS = 3


def revocation_list(revoked: list[register.Revoked], at: float) -> RevocationList:
    """Return the list of what was revoked.

    Args:
        revoked: the lines of the file.
        at: now, in seconds since 1970; also the list's version, so that it rises.
    """
    by_authority: dict[str, set[int]] = {}
    keys = set()
    for line in revoked:
        if line.key:
            keys.add(PublicKey.from_text(line.key).blob)
        if line.serial:
            by_authority.setdefault(line.authority, set()).add(line.serial)
    certificates = tuple(
        RevokedCertificates(
            PublicKey.from_text(authority).blob, tuple((serial, serial) for serial in sorted(serials))
        )
        for authority, serials in sorted(by_authority.items())
    )
    return RevocationList(int(at), int(at), certificates, frozenset(keys))


def publish(layout: Layout, at: float, relay: str | None = None) -> RevocationList:
    """Sign a fresh list, write it to the relay's folder and, if told to, hand it to a running relay.

    A relay that has a newer one already is right if that says the same: it may
    have read the folder, or somebody publishes beside us. If it says something
    else, ours is signed anew, to be newer than that.

    Args:
        layout: the organisation.
        at: now, in seconds since 1970.
        relay: the relay's address, or None.

    Returns:
        The list that counts now.

    Raises:
        ConfigurationError: a file cannot be read or written, or the relay refuses the list.
        LinkLost: the relay cannot be reached, or cannot take the list now.
    """
    status_key = load_private(files.read(layout.status_key))
    address = None if relay is None else check_relay(relay)
    for _ in range(ATTEMPTS):
        made = revocation_list(register.revoked(layout.revoked), at)
        data = made.encode()
        signature = sign(status_key, data, Namespace.KRL)
        _write(layout.trust, data, signature)
        if address is None or _put(address, data, signature):
            return made
        served = _served(address, PublicKey.of(status_key))
        if (served.certificates, served.keys) == (made.certificates, made.keys):
            return served
        at = max(at, served.generated) + 1
    raise LinkLost(f"{address} has another, newer list each time")


def _write(trust: Path, data: bytes, signature: bytes) -> None:
    # Two files cannot change at once. A reader that finds a pair that does not
    # match reads again; the signature comes last, so it soon does.
    files.write_public(trust / "krl", data)
    files.write_public(trust / "krl.sig", signature)


def _put(relay: str, data: bytes, signature: bytes) -> bool:
    """Hand a list to the relay; tell whether it took it, or has one as new."""
    body = {"krl": base64.b64encode(data).decode(), "signature": signature.decode()}
    answer = _ask("PUT", f"{relay}/trust/krl", body)
    if answer.status_code == HTTPStatus.CONFLICT:
        return False
    if answer.status_code not in {HTTPStatus.OK, HTTPStatus.CREATED, HTTPStatus.NO_CONTENT}:
        raise ConfigurationError(f"{relay} does not accept the revocation list (HTTP {answer.status_code})")
    return True


def _served(relay: str, status_key: PublicKey) -> RevocationList:
    """Return the list that the relay serves; raises `LinkLost` if it is not one of ours."""
    data, signature = (_ask("GET", f"{relay}/trust/{name}").content for name in ("krl", "krl.sig"))
    try:
        return open_revocation_list(data, signature, status_key=status_key)
    except IdentityRefused as error:
        # It may have been replaced between its two files; whoever retries finds a whole one.
        raise LinkLost(f"{relay} serves no good revocation list: {error}") from None


def _ask(method: str, url: str, body: dict[str, str] | None = None) -> httpx.Response:
    # httpx would bring its own list of authorities; every other program uses the system's.
    system = ssl.create_default_context()
    try:
        answer = httpx.request(method, url, json=body, timeout=TIMEOUT_SECONDS, verify=system)
    except httpx.HTTPError as error:
        raise LinkLost(f"{url} cannot be reached: {type(error).__name__}") from None
    if answer.status_code == HTTPStatus.TOO_MANY_REQUESTS or answer.is_server_error:
        raise LinkLost(f"{url} cannot answer now (HTTP {answer.status_code})")
    return answer
