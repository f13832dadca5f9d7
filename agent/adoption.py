"""`byleave agent adopt FILE`: pin an organisation's root once, after asking in a window."""

import logging
import threading
import time
from pathlib import Path

from agent.state import Adopted, Home
from agent.view import Adopt, Organisation, Windows
from session.errors import ConfigurationError, IdentityRefused
from session.messages import Answer, Capability
from session.profile import ADOPTION_LIMIT, open_profile, read_adoption

_log = logging.getLogger("byleave.adoption")


def offered(path: Path) -> Adopted:
    """Read an adoption file and check that its root has signed its profile.

    Raises:
        ConfigurationError: the file cannot be read.
        IdentityRefused: it is not signed, expired, or no adoption file.
    """
    try:
        with path.open("rb") as file:
            data = file.read(ADOPTION_LIMIT + 1)
    except OSError as error:
        raise ConfigurationError(f"{path}: {error.strerror}") from error
    adoption = read_adoption(data)
    return Adopted(
        adoption, open_profile(adoption.profile, adoption.signature, adoption.root, at=time.time())
    )


class AdoptionIntents:
    """The intents of the adoption window: yes or no, and nothing else (`agent.view.Intents`).

    Args:
        home: where the organisation is kept.
        offer: what is offered.

    Attributes:
        adopted: whether the person said yes.
    """

    _windows: Windows

    def __init__(self, home: Home, offer: Adopted) -> None:
        self._home = home
        self._offer = offer
        self._once = threading.Lock()
        self.adopted = False

    def ask(self, windows: Windows) -> None:
        """Show who would be trusted."""
        self._windows = windows
        profile = self._offer.profile
        self._windows.show(
            Adopt(
                organisation=Organisation(profile.name, profile.telephone, profile.contact),
                fingerprint=self._offer.adoption.root.fingerprint,
                relay=profile.relay,
                replaces=self._present(),
            )
        )

    def _present(self) -> str:
        """Return the name of the organisation that is trusted now, or nothing."""
        try:
            present = self._home.adopted(time.time())
        except IdentityRefused:
            # It has expired, or cannot be read any more; it is replaced all the same.
            return ""
        return present.profile.name if present else ""

    def adopt(self, yes: bool) -> None:
        """Trust the organisation, or don't."""
        with self._once:
            if yes:
                self._home.adopt(self._offer.adoption)
                self.adopted = True
                _log.info("= adopted %s", self._offer.adoption.root.fingerprint)
        self._windows.quit()

    def quit(self) -> None:
        """Closing the window is a no."""
        self._windows.quit()

    def stop(self) -> None:
        """Nothing runs; this is a no as well."""
        self._windows.quit()

    def code_typed(self, text: str) -> None:
        """There is no session while an organisation is adopted."""

    def answer(self, question: int, granted: frozenset[Capability], minutes: int) -> None:
        """There is no session while an organisation is adopted."""

    def deny(self, question: int, how: Answer) -> None:
        """There is no session while an organisation is adopted."""

    def pause(self) -> None:
        """There is no session while an organisation is adopted."""

    def go_on(self) -> None:
        """There is no session while an organisation is adopted."""

    def withdraw(self, capability: Capability) -> None:
        """There is no session while an organisation is adopted."""

    def chat(self, text: str) -> None:
        """There is no session while an organisation is adopted."""

    def save_copy(self, folder: Path) -> None:
        """There is no session while an organisation is adopted."""

    def report(self, text: str) -> None:
        """There is no session while an organisation is adopted."""

    def close_summary(self) -> None:
        """There is no session while an organisation is adopted."""
