"""Who no longer counts: an OpenSSH key revocation list (KRL) that the status key signs.

Format: PROTOCOL.krl of OpenSSH 9. Sections that we do not know are refused, for
they could revoke somebody. A list is good for 15 minutes, so that withholding
it helps nobody; PROTOCOL.md, section 3.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Self, TypeVar

from session import wire
from session.errors import ClockWrong, IdentityRefused
from session.keys import PublicKey
from session.signatures import Namespace, verify

FRESH_SECONDS = 15 * 60
LIMIT = 1024 * 1024

_T = TypeVar("_T")

_MAGIC = b"SSHKRL\n\x00"
_FORMAT = 1
_CERTIFICATES, _KEY, _SHA1, _SHA256 = 1, 2, 3, 5
_SERIAL_LIST, _SERIAL_RANGE, _SERIAL_BITMAP, _KEY_ID = 0x20, 0x21, 0x22, 0x23
_DIGEST_SIZES = {_SHA1: 20, _SHA256: 32}


@dataclass(frozen=True, slots=True)
class RevokedCertificates:
    """Certificates of one issuing key that no longer count.

    Args:
        authority: the issuing key's blob; empty for any.
        serials: first and last of each range, both included.
        bitmaps: an offset, and a number whose set bits count from there.
        names: key ids, in UTF-8.
    """

    authority: bytes = b""
    serials: tuple[tuple[int, int], ...] = ()
    bitmaps: tuple[tuple[int, int], ...] = ()
    names: frozenset[str] = frozenset()

    def hold(self, serial: int, name: str) -> bool:
        """Tell whether a certificate of this issuing key is among them."""
        return (
            name in self.names
            or any(first <= serial <= last for first, last in self.serials)
            or any(serial >= offset and bits >> (serial - offset) & 1 for offset, bits in self.bitmaps)
        )


@dataclass(frozen=True, slots=True)
class RevocationList:
    """What a KRL says.

    Args:
        version: rises with each list.
        generated: when it was made, in seconds since 1970.
        certificates: revoked certificates, by issuing key.
        keys: blobs of revoked keys.
        sha1: SHA-1 digests of revoked keys' blobs; OpenSSH still writes them on demand.
        sha256: SHA-256 digests of revoked keys' blobs.
        comment: free text.
    """

    version: int
    generated: int
    certificates: tuple[RevokedCertificates, ...] = ()
    keys: frozenset[bytes] = frozenset()
    sha1: frozenset[bytes] = frozenset()
    sha256: frozenset[bytes] = frozenset()
    comment: str = ""

    def revokes(self, key: PublicKey, authority: PublicKey, serial: int, name: str) -> bool:
        """Tell whether a certificate, its key or its issuing key no longer counts.

        Args:
            key: the holder's key.
            authority: the issuing key.
            serial: the certificate's serial number.
            name: its key id.
        """
        return (
            self.revokes_key(key)
            or self.revokes_key(authority)
            or any(
                section.hold(serial, name)
                for section in self.certificates
                if section.authority in {b"", authority.blob}
            )
        )

    def revokes_key(self, key: PublicKey) -> bool:
        """Tell whether a key itself no longer counts."""
        return (
            key.blob in self.keys
            or hashlib.sha1(key.blob, usedforsecurity=False).digest() in self.sha1
            or hashlib.sha256(key.blob).digest() in self.sha256
        )

    def check_fresh(self, at: float, *, relay_time: float | None = None) -> None:
        """Refuse a list that is too old, and a clock that is wrong.

        Args:
            at: this computer's time, in seconds since 1970.
            relay_time: what the relay says the time is. It is not trusted: it
                only chooses between two refusals.

        Raises:
            ClockWrong: this computer's clock is behind, or, as far as one can know, ahead.
            IdentityRefused: the list is too old.
        """
        if self.generated - at > FRESH_SECONDS:
            raise ClockWrong("the revocation list was made later than this computer's clock says it is")
        if at - self.generated > FRESH_SECONDS:
            if relay_time is not None and abs(relay_time - self.generated) <= FRESH_SECONDS:
                raise ClockWrong("this computer's clock is ahead of the relay and of the revocation list")
            raise IdentityRefused("the revocation list is too old")

    def encode(self) -> bytes:
        """Return the list as OpenSSH reads it."""
        parts = [
            _MAGIC,
            wire.uint32(_FORMAT),
            wire.uint64(self.version),
            wire.uint64(self.generated),
            wire.uint64(0),
            wire.string(b""),
            wire.string(self.comment.encode()),
        ]
        parts += [_section(_CERTIFICATES, _encode_certificates(each)) for each in self.certificates]
        for kind, members in ((_KEY, self.keys), (_SHA1, self.sha1), (_SHA256, self.sha256)):
            if members:
                parts.append(_section(kind, b"".join(wire.string(each) for each in sorted(members))))
        return b"".join(parts)

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Read a KRL.

        Raises:
            IdentityRefused: it is malformed, signed inside, or has sections that we do not know.
        """
        if len(data) > LIMIT:
            raise IdentityRefused(f"a revocation list has at most {LIMIT} bytes")
        reader = wire.Reader(data, "a revocation list")
        if reader.take(len(_MAGIC)) != _MAGIC or reader.uint32() != _FORMAT:
            raise IdentityRefused("this is not a revocation list")
        version, generated = reader.uint64(), reader.uint64()
        if reader.uint64() or reader.string():
            raise IdentityRefused("the revocation list uses a reserved field")
        comment = reader.text()
        certificates: list[RevokedCertificates] = []
        digests: dict[int, set[bytes]] = {_KEY: set(), _SHA1: set(), _SHA256: set()}
        while reader.left:
            kind, section = reader.byte(), wire.Reader(reader.string(), "a section of the revocation list")
            if kind == _CERTIFICATES:
                certificates.append(_decode_certificates(section))
            elif kind in digests:
                digests[kind].update(_members(section, _DIGEST_SIZES.get(kind)))
            else:
                raise IdentityRefused(f"the revocation list has a section of unknown kind {kind}")
        keys, sha1, sha256 = (frozenset(digests[kind]) for kind in (_KEY, _SHA1, _SHA256))
        return cls(version, generated, tuple(certificates), keys, sha1, sha256, comment)


def open_revocation_list(data: bytes, signature: bytes | str, *, status_key: PublicKey) -> RevocationList:
    """Check the status key's signature over a KRL, then read it; its age is `check_fresh`'s affair.

    Raises:
        IdentityRefused: the status key did not sign it, or it is malformed.
    """
    verify(data, signature, Namespace.KRL, key=status_key)
    return RevocationList.decode(data)


def _section(kind: int, data: bytes) -> bytes:
    return bytes([kind]) + wire.string(data)


def _encode_certificates(revoked: RevokedCertificates) -> bytes:
    parts = [wire.string(revoked.authority), wire.string(b"")]
    parts += [
        _section(_SERIAL_RANGE, wire.uint64(first) + wire.uint64(last)) for first, last in revoked.serials
    ]
    for offset, bits in revoked.bitmaps:
        # One byte more than the bits need: an mpint with its top bit set is negative.
        number = bits.to_bytes(bits.bit_length() // 8 + 1, "big") if bits else b""
        parts.append(_section(_SERIAL_BITMAP, wire.uint64(offset) + wire.string(number)))
    if revoked.names:
        names = b"".join(wire.string(name.encode()) for name in sorted(revoked.names))
        parts.append(_section(_KEY_ID, names))
    return b"".join(parts)


def _decode_certificates(reader: wire.Reader) -> RevokedCertificates:
    authority = reader.string()
    if reader.string():
        raise IdentityRefused("the revocation list uses a reserved field")
    serials: list[tuple[int, int]] = []
    bitmaps: list[tuple[int, int]] = []
    names: set[str] = set()
    while reader.left:
        kind, section = reader.byte(), wire.Reader(reader.string(), "a section of the revocation list")
        if kind == _SERIAL_LIST:
            serials += [(serial, serial) for serial in _all(section, section.uint64)]
        elif kind == _SERIAL_RANGE:
            serials.append((section.uint64(), section.uint64()))
        elif kind == _SERIAL_BITMAP:
            bitmaps.append((section.uint64(), _natural(section.string())))
        elif kind == _KEY_ID:
            names.update(_all(section, section.text))
        else:
            raise IdentityRefused(f"the revocation list has a section of unknown kind {kind}")
        section.end()
    return RevokedCertificates(authority, tuple(serials), tuple(bitmaps), frozenset(names))


def _natural(mpint: bytes) -> int:
    number = int.from_bytes(mpint, "big", signed=True)
    if number < 0 or (mpint[:1] == b"\x00" and mpint[1:2] < b"\x80"):
        raise IdentityRefused("the revocation list has a malformed number")
    return number


def _members(reader: wire.Reader, size: int | None) -> list[bytes]:
    members = _all(reader, reader.string)
    if size is not None and any(len(member) != size for member in members):
        raise IdentityRefused("the revocation list has a digest of the wrong length")
    return members


def _all(reader: wire.Reader, take: Callable[[], _T]) -> list[_T]:
    found = []
    while reader.left:
        found.append(take())
    return found
