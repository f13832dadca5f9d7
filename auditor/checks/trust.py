"""Whom to believe: root, profile, revocation list. Everything else rests on these."""

from auditor.case import Case
from auditor.findings import Failure, Step
from session.keys import PublicKey
from session.profile import open_profile, profile_digest
from session.revocation import FRESH_SECONDS, open_revocation_list
from session.trust import ROOT_SIGNER, trust_files


def check_root(case: Case, step: Step) -> None:
    """Compare the root that the evidence names with the pinned one."""
    with step.expecting(Failure.PROFILE, "trust/allowed_signers"):
        root = _root_of(case.source.read("trust/allowed_signers").decode("utf-8", "replace"))
        if root is None:
            step.fail(Failure.PROFILE, "trust/allowed_signers names no root", "trust/allowed_signers")
            return
        case.root = root
        if case.pin is None:
            step.fail(Failure.UNPINNED, f"root {root.fingerprint} not pinned: is it the organisation's?")
        elif case.pin.fingerprint != root.fingerprint:
            step.fail(
                Failure.ROOT,
                f"the evidence is under root {root.fingerprint}, but {case.pin.fingerprint} is pinned",
                "trust/allowed_signers",
            )


def check_profile(case: Case, step: Step) -> None:
    """Check the root's signature over the profile, and everything that is made from the profile."""
    if case.root is None:
        step.skipped = "there is no root to check it with"
        return
    at = case.open.t0 / 1000 if case.open else 0.0
    with step.expecting(Failure.PROFILE, "trust/profile.toml"):
        data = case.source.read("trust/profile.toml")
        signature = case.source.read("trust/profile.toml.sig")
        case.profile = open_profile(data, signature, case.root, at=at)
        for name, content in trust_files(case.profile, data, signature, case.root).items():
            if case.find(f"trust/{name}") != content:
                step.fail(Failure.PROFILE, "it is not what the profile says", f"trust/{name}")
        if case.open and case.open.profile != profile_digest(data):
            step.note("the session was held under another version of the profile, which is not here")


def check_revocations(case: Case, step: Step) -> None:
    """Check the status key's signature over the revocation list, and that it covers the session."""
    if case.profile is None:
        step.skipped = "there is no profile that names the status key"
        return
    with step.expecting(Failure.REVOCATIONS, "trust/krl"):
        data, signature = case.source.read("trust/krl"), case.source.read("trust/krl.sig")
        krl = open_revocation_list(data, signature, status_key=case.profile.status)
        if case.open and case.open.t0 / 1000 - krl.generated > FRESH_SECONDS:
            minutes = round((case.open.t0 / 1000 - krl.generated) / 60)
            words = f"the list was made {minutes} minutes before the session and says nothing about its time"
            step.fail(Failure.REVOCATIONS, words, "trust/krl")
        case.krl = krl


def _root_of(allowed_signers: str) -> PublicKey | None:
    for line in allowed_signers.splitlines():
        name, _, rest = line.partition(" ")
        if name == ROOT_SIGNER:
            return PublicKey.from_text(rest.partition(" ")[2])
    return None
