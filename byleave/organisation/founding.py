"""Making an organisation, and signing its profile anew."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from byleave.organisation import files
from byleave.organisation.layout import Layout, make_layout
from session import keys
from session.errors import ConfigurationError, IdentityRefused
from session.keys import PrivateKey, PublicKey
from session.ledger import VerifierKey
from session.profile import (
    Adoption,
    Auditor,
    Notice,
    Profile,
    check_relay,
    read_profile,
    write_adoption,
    write_profile,
)
from session.signatures import Namespace, sign
from session.trust import trust_files


@dataclass(frozen=True, slots=True)
class Founding:
    """What a new organisation is told to be.

    Args:
        name: as the person is shown.
        relay: the relay's address.
        contact: the accountable person.
        telephone: the official number.
        notice: the privacy notice.
        retention_days: how long recordings are kept.
        valid_days: how long the profile counts.
    """

    name: str
    relay: str
    contact: str
    telephone: str
    notice: Notice
    retention_days: int
    valid_days: int


@dataclass(frozen=True, slots=True)
class Founded:
    """A new organisation.

    Args:
        layout: where it is.
        root: the root's public key.
        issuing: the issuing private key.
    """

    layout: Layout
    root: PublicKey
    issuing: PrivateKey


def found(folder: Path, founding: Founding, auditor: Auditor, at: float, passphrase: str | None) -> Founded:
    """Make an organisation: its keys, its signed profile, the adoption file, the relay's folder.

    Args:
        folder: where; made if it is not there, refused if it is not empty.
        founding: what it is told to be.
        auditor: the first auditor.
        at: now, in seconds since 1970.
        passphrase: of the root's and the issuing key; None leaves them bare.

    Raises:
        ConfigurationError: the folder is not empty or cannot be written, or the relay's address is wrong.
        IdentityRefused: the profile could not be accepted by anybody.
    """
    check_relay(founding.relay)
    root, issuing, status, log = (keys.generate() for _ in range(4))
    log_key = VerifierKey(f"{urlsplit(founding.relay).netloc}/log", PublicKey.of(log).raw)
    profile = Profile(
        version=1,
        name=founding.name,
        expires=datetime.fromtimestamp(int(at), UTC) + timedelta(days=founding.valid_days),
        relay=founding.relay,
        contact=founding.contact,
        telephone=founding.telephone,
        issuing_keys=(PublicKey.of(issuing).text,),
        status_key=PublicKey.of(status).text,
        log_key=str(log_key),
        auditors=(auditor,),
        notice=founding.notice,
        retention_days=founding.retention_days,
    )
    write_profile(profile)  # refuses what nobody would accept, before anything is written
    layout = make_layout(folder)
    files.write_private(layout.root_key, keys.export_private(root, passphrase))
    files.write_private(layout.issuing_key, keys.export_private(issuing, passphrase))
    # These two are used without anybody sitting there.
    files.write_private(layout.status_key, keys.export_private(status))
    files.write_private(layout.log_key, keys.export_private(log))
    files.write_public(layout.root_public, f"{PublicKey.of(root).text}\n".encode())
    sign_profile(layout, profile, root)
    return Founded(layout, PublicKey.of(root), issuing)


def sign_profile(layout: Layout, profile: Profile, root: PrivateKey) -> None:
    """Sign a profile and write it everywhere it belongs.

    Args:
        layout: the organisation.
        profile: its new profile.
        root: the root's private key.

    Raises:
        IdentityRefused: the profile is malformed, or this is another root.
    """
    public = PublicKey.of(root)
    if public != root_of(layout):
        raise IdentityRefused("this is not the root of this organisation")
    data = write_profile(profile)
    signature = sign(root, data, Namespace.PROFILE)
    for name, content in trust_files(profile, data, signature, public).items():
        files.write_public(layout.trust / name, content)
    files.write_public(layout.adoption(profile.name), write_adoption(Adoption(public, data, signature)))
    files.write_public(layout.profile_signature, signature)
    files.write_public(layout.profile, data)


def with_auditor(layout: Layout, auditor: Auditor) -> Profile:
    """Return the next profile, in which one more auditor may open recordings.

    Raises:
        ConfigurationError: somebody has this recipient already.
    """
    profile = read_profile(files.read(layout.profile))
    if auditor.recipient in profile.recipients:
        raise ConfigurationError("this recipient is an auditor's already")
    return msgspec.structs.replace(
        profile, version=profile.version + 1, auditors=(*profile.auditors, auditor)
    )


def root_of(layout: Layout) -> PublicKey:
    """Return the root's public key; raises as `files.read` and `PublicKey.from_text`."""
    return PublicKey.from_text(files.read(layout.root_public).decode())
