"""Where everything is in an organisation's folder.

    keys/root             signs the profile; belongs offline, on a stick in a safe
    keys/issuing          signs certificates
    keys/status           signs revocation lists, every ten minutes
    profile.toml, .sig    what the root signed
    NAME.byleave          what a person's computer adopts
    register.jsonl        certificates that were issued
    revoked.jsonl         what no longer counts
    technicians/NUMBER/   id_ed25519, .pub, -cert.pub, NAME.byleave: to be handed over
    auditors/NUMBER/      the same, and identity.txt, the auditor's age identity
    relay/                what the relay is given, and all it is given:
      log.key               the log's signing key
      root.pub              the root's public key
      trust/                profile, allowed signers, revocation list, log key, recipients

Folders are for the owner alone (0700), private files too (0600).
"""

import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from byleave.organisation import files
from session.certificates import Kind
from session.errors import ConfigurationError

KEY_NAME = "id_ed25519"


@dataclass(frozen=True, slots=True)
class Layout:
    """The paths of one organisation.

    Args:
        folder: the organisation's folder.
    """

    folder: Path

    @property
    def root_key(self) -> Path:
        """The root's private key."""
        return self.folder / "keys" / "root"

    @property
    def issuing_key(self) -> Path:
        """The issuing private key."""
        return self.folder / "keys" / "issuing"

    @property
    def status_key(self) -> Path:
        """The status private key."""
        return self.folder / "keys" / "status"

    @property
    def profile(self) -> Path:
        """The profile; its signature is beside it."""
        return self.folder / "profile.toml"

    @property
    def profile_signature(self) -> Path:
        """The root's signature over the profile."""
        return self.folder / "profile.toml.sig"

    @property
    def register(self) -> Path:
        """Certificates that were issued."""
        return self.folder / "register.jsonl"

    @property
    def revoked(self) -> Path:
        """What no longer counts."""
        return self.folder / "revoked.jsonl"

    @property
    def relay(self) -> Path:
        """What the relay is given."""
        return self.folder / "relay"

    @property
    def log_key(self) -> Path:
        """The log's private key."""
        return self.relay / "log.key"

    @property
    def root_public(self) -> Path:
        """The root's public key."""
        return self.relay / "root.pub"

    @property
    def trust(self) -> Path:
        """The public files that the relay serves."""
        return self.relay / "trust"

    def person(self, kind: Kind, number: str) -> Path:
        """Return the folder of a technician or an auditor."""
        return self.folder / f"{kind}s" / number

    def adoption(self, name: str) -> Path:
        """Return the adoption file of an organisation of this name."""
        ascii_name = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
        words = re.sub(r"[^a-z0-9]+", "-", ascii_name).strip("-")
        return self.folder / f"{words or 'organisation'}.byleave"


def open_layout(folder: Path) -> Layout:
    """Return the layout of an organisation that exists.

    Raises:
        ConfigurationError: there is none in this folder.
    """
    layout = Layout(folder)
    if not layout.profile.is_file():
        raise ConfigurationError(f"{folder} holds no organisation; make one with: byleave organisation init")
    return layout


def make_layout(folder: Path) -> Layout:
    """Make the folders of a new organisation.

    Raises:
        ConfigurationError: the folder is not empty.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ConfigurationError(f"{folder} is not empty, and nothing in it is overwritten")
    layout = Layout(folder)
    for path in (folder, layout.root_key.parent, layout.relay, layout.trust):
        files.make_folder(path)
    return layout
