"""The revocation list: made anew from the register, signed with the time, handed to the relay."""

import base64
from http import HTTPStatus
from pathlib import Path

import httpx

from byleave.organisation import files, register
from byleave.organisation.layout import Layout
from session.errors import ConfigurationError, LinkLost
from session.keys import PublicKey, load_private
from session.profile import check_relay
from session.revocation import RevocationList, RevokedCertificates
from session.signatures import Namespace, sign

TIMEOUT_SECONDS = 10


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

    Args:
        layout: the organisation.
        at: now, in seconds since 1970.
        relay: the relay's address, or None.

    Raises:
        ConfigurationError: a file cannot be read or written, or the relay refuses the list.
        LinkLost: the relay cannot be reached.
    """
    status_key = load_private(files.read(layout.status_key))
    made = revocation_list(register.revoked(layout.revoked), at)
    data = made.encode()
    signature = sign(status_key, data, Namespace.KRL)
    _write(layout.trust, data, signature)
    if relay is not None:
        _put(check_relay(relay), data, signature)
    return made


def _write(trust: Path, data: bytes, signature: bytes) -> None:
    # Two files cannot change at once. A reader that finds a pair that does not
    # match reads again; the signature comes last, so it soon does.
    files.write_public(trust / "krl", data)
    files.write_public(trust / "krl.sig", signature)


def _put(relay: str, data: bytes, signature: bytes) -> None:
    body = {"krl": base64.b64encode(data).decode(), "signature": signature.decode()}
    try:
        answer = httpx.put(f"{relay}/trust/krl", json=body, timeout=TIMEOUT_SECONDS)
    except httpx.HTTPError as error:
        raise LinkLost(f"{relay} cannot be reached: {type(error).__name__}") from None
    if answer.status_code not in {HTTPStatus.OK, HTTPStatus.CREATED, HTTPStatus.NO_CONTENT}:
        raise ConfigurationError(f"{relay} does not accept the revocation list (HTTP {answer.status_code})")
