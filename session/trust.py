"""The files of `trust/`, with which stock tools check everything: RECORDING.md, section 1.

`ssh-keygen -Y verify` reads the allowed signers and the revocation list,
`openssl` the log's key, `age -R` the auditors' recipients.
"""

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from session.keys import PublicKey
from session.ledger import VerifierKey
from session.profile import Profile
from session.signatures import Namespace

ROOT_SIGNER = "root"
STATUS_SIGNER = "status"
SESSION_SIGNER = "session"

_TECHNICIAN = (Namespace.ROOM, Namespace.SESSION)
_AUDITOR = (Namespace.SIGN_IN, Namespace.CUSTODY)


def trust_files(profile: Profile, data: bytes, signature: bytes, root: PublicKey) -> dict[str, bytes]:
    """Return the files of `trust/` but the revocation list: name → content.

    Args:
        profile: what the data say.
        data: the profile's bytes.
        signature: the root's signature over them, armored.
        root: the root's key.
    """
    log_key = VerifierKey.parse(profile.log_key)
    return {
        "allowed_signers": allowed_signers(profile, root).encode(),
        "auditors.txt": "".join(f"{recipient}\n" for recipient in profile.recipients).encode(),
        "log.pem": _pem(log_key.public),
        "log.vkey": f"{log_key}\n".encode(),
        "profile.toml": data,
        "profile.toml.sig": signature,
    }


def allowed_signers(profile: Profile, root: PublicKey) -> str:
    """Return `trust/allowed_signers`: each key with the only namespaces that it may sign for."""
    lines = [
        f'{kind}:* cert-authority,namespaces="{",".join(namespaces)}" {key}\n'
        for key in profile.issuing_keys
        for kind, namespaces in (("technician", _TECHNICIAN), ("auditor", _AUDITOR))
    ]
    lines.append(f'{ROOT_SIGNER} namespaces="{Namespace.PROFILE}" {root.text}\n')
    lines.append(f'{STATUS_SIGNER} namespaces="{Namespace.KRL}" {profile.status.text}\n')
    return "".join(lines)


def session_signers(session_key: PublicKey) -> str:
    """Return `sessions/SID/allowed_signers`: the session's key, for its statements and leaves."""
    namespaces = f"{Namespace.SEGMENT},{Namespace.LEAF}"
    return f'{SESSION_SIGNER} namespaces="{namespaces}" {session_key.text}\n'


def _pem(raw: bytes) -> bytes:
    return Ed25519PublicKey.from_public_bytes(raw).public_bytes(
        Encoding.PEM, PublicFormat.SubjectPublicKeyInfo
    )
