"""The technician's desk: one page after the other, and at most one session at a time.

    sign in ─▶ form ─▶ session ─▶ form …

Everything runs in the event loop's thread. What the window wants during a
session goes to `session` directly.
"""

import asyncio
import logging
import time
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path

from session.certificates import Certificate, admit
from session.errors import ByleaveError, IdentityRefused, LinkLost
from session.messages import Capability, Request
from session.profile import LIMIT
from session.signatures import LIMIT as SIGNATURE_LIMIT
from technician_console import config, credentials, history, organisation, views
from technician_console.client import Client
from technician_console.config import Config
from technician_console.credentials import Credentials
from technician_console.live_session import LiveSession
from technician_console.meeting import Relay
from technician_console.organisation import Organisation
from technician_console.public_log import PublicLog
from technician_console.relay_client import RelayClient
from technician_console.setting import Setting
from technician_console.state_folder import StateFolder
from technician_console.surface import Surface
from technician_console.view import Draft, NewSession, Stage

_log = logging.getLogger("byleave.desk")

MINUTE_SECONDS = 30.0
"""How often the time that a certificate has left is shown anew."""

CLOSE_SECONDS = 3.0
"""How long a closed window, or the next session, waits for the last words of the one before."""

HURRY_SECONDS = 1.0


class _Place(StrEnum):
    SIGN_IN = "sign-in"
    FORM = "form"
    SESSION = "session"


class Desk:
    """Everything between two sessions, and the one that runs.

    Args:
        settings: what was configured.
        folder: the state folder.
        works_for: the organisation as it is known.
        surface: gets the pages.
        wall: seconds since 1970.
    """

    def __init__(
        self,
        settings: Config,
        folder: StateFolder,
        works_for: Organisation,
        surface: Surface,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self._settings = settings
        self._folder = folder
        self._organisation = works_for
        self._surface = surface
        self._wall = wall
        self._group = asyncio.TaskGroup()
        self._over = asyncio.Event()
        self._place = _Place.SIGN_IN
        self._paths = (settings.settings.key, settings.settings.certificate)
        self._credentials: Credentials | None = None
        self._draft = Draft()
        self._client: Client | None = None
        self._running: asyncio.Task[None] | None = None

    async def run(self) -> None:
        """Show one page after the other until the window is closed."""
        try:
            async with self._group:
                minutes = self._group.create_task(self._keep_time())
                self._show_sign_in()
                await self._over.wait()
                minutes.cancel()
        finally:
            self._surface.close()

    @property
    def session(self) -> LiveSession | None:
        """The session that the window is about."""
        return self._client.session if self._client is not None and self._place is _Place.SESSION else None

    # signing in

    def inspect(self, certificate_path: str) -> None:
        """Another certificate was chosen."""
        if self._place is _Place.SIGN_IN and certificate_path != self._paths[1]:
            self._paths = (self._paths[0], certificate_path)
            self._show_sign_in()

    def sign_in(self, key_path: str, passphrase: str, certificate_path: str) -> None:
        """Open the key and go on to the form."""
        if self._place is _Place.SIGN_IN:
            self._paths = (key_path, certificate_path)
            self._show_sign_in(busy=True)
            self._group.create_task(self._sign_in(passphrase))

    async def _sign_in(self, passphrase: str) -> None:
        key, certificate = self._paths
        try:
            # Deriving a key from a passphrase takes a while on purpose.
            self._credentials = await asyncio.to_thread(
                credentials.sign_in,
                Path(key),
                passphrase,
                Path(certificate),
                self._organisation.profile.authorities,
                self._wall(),
            )
            await asyncio.to_thread(config.remember, self._folder, key=key, certificate=certificate)
        except ByleaveError as error:
            self._show_sign_in(error)
            return
        _log.info("= signed in, certificate %d", self._credentials.certificate.serial)
        self._show_form()

    # the form and the session

    def start(self, purpose: str, ticket: str, capabilities: tuple[Capability, ...], minutes: int) -> None:
        """Open a room for this."""
        if self._place is not _Place.FORM or self._credentials is None:
            return
        self._draft = Draft(purpose, ticket, capabilities, minutes)
        if self._credentials.expired(self._wall()):
            self._show_sign_in()
            return
        self._place = _Place.SESSION
        request = Request(purpose, capabilities, ticket, minutes)
        before = self._client, self._running
        self._client = None
        self._running = self._group.create_task(self._hold(request, self._credentials, before))

    async def _hold(
        self, request: Request, who: Credentials, before: tuple[Client | None, asyncio.Task[None] | None]
    ) -> None:
        """Hold a session, once the one before is closed."""
        about = views.About(who.certificate.name, self._organisation.profile.name, request)
        self._surface.show(views.code(about, views.Page(Stage.OPENING), 0.0))
        await _closed(*before)
        address = self._settings.settings.relay or self._organisation.profile.relay
        try:
            async with RelayClient(address) as client:
                log = await self._prepare(client, who)
                setting = Setting(Relay(address), self._organisation, who, log, self._surface)
                self._client = Client(setting, request)
                if self._place is not _Place.SESSION:
                    return
                entry = await self._client.run()
            await asyncio.to_thread(history.append, self._folder, entry)
        except ByleaveError as error:
            _log.warning("= no session: %s: %s", error.code, error)
            if self._place is _Place.SESSION:
                self._surface.show(views.over(about, error, None, ""))

    async def _prepare(self, client: RelayClient, who: Credentials) -> PublicLog:
        """Take the newest profile, and see that profile, certificate and log are good."""
        await self._renew(client)
        profile, now = self._organisation.profile, self._wall()
        self._organisation.check(now)
        admit(who.certificate.blob, authorities=profile.authorities, at=now, krl=None)
        log = PublicLog(client, profile.log_key, self._folder)
        await log.advance()
        return log

    async def _renew(self, client: RelayClient) -> None:
        try:
            data = await client.get("/trust/profile.toml", LIMIT)
            signature = await client.get("/trust/profile.toml.sig", SIGNATURE_LIMIT)
            renewed = self._organisation.renewed(data, signature, self._wall())
        except (LinkLost, IdentityRefused) as error:
            # What is pinned goes on to count until it expires; nobody but the root replaces it.
            _log.warning("= the profile was not renewed: %s", error)
            return
        if renewed is not self._organisation:
            await asyncio.to_thread(organisation.remember, self._folder, renewed)
            self._organisation = renewed
            _log.info("= profile %d", renewed.profile.version)

    def cancel(self) -> None:
        """Give up before the session is live; back to the form with its draft."""
        if self._place is _Place.SESSION:
            self._leave()
            self._show_form()

    def again(self) -> None:
        """Go from the end of a session to a new one."""
        if self._place is _Place.SESSION:
            self._leave()
            if self._credentials is None or self._credentials.expired(self._wall()):
                self._show_sign_in()
            else:
                self._show_form()

    def quit(self) -> None:
        """The window is closed: end everything."""
        if not self._over.is_set():
            self._group.create_task(self._quit())

    async def _quit(self) -> None:
        self._leave()
        self._place = _Place.SIGN_IN
        await _closed(self._client, self._running)
        self._over.set()

    def _leave(self) -> None:
        """Whatever the session does from now on, the window is about something else."""
        if self._client is not None:
            self._client.session.hidden = True
            self._client.session.leave()

    # pages

    def _show_sign_in(self, error: ByleaveError | None = None, *, busy: bool = False) -> None:
        self._place = _Place.SIGN_IN
        key, certificate = self._paths
        read, unread = _read(certificate)
        self._surface.show(
            views.sign_in(key, certificate, read, self._wall(), error=error or unread, busy=busy)
        )

    def _show_form(self) -> None:
        if self._credentials is None:
            return
        self._place = _Place.FORM
        certificate = self._credentials.certificate
        self._surface.show(
            NewSession(
                name=certificate.name,
                expiry=views.expiry(certificate, self._wall()),
                relay=self._settings.settings.relay or self._organisation.profile.relay,
                organisation=self._organisation.profile.name,
                draft=self._draft,
            )
        )

    async def _keep_time(self) -> None:
        while True:
            await asyncio.sleep(MINUTE_SECONDS)
            if self._place is _Place.FORM:
                self._show_form()


async def _closed(client: Client | None, running: asyncio.Task[None] | None) -> None:
    """Wait, but not for long, until a session is closed that nobody looks at any more."""
    if running is None:
        return
    await asyncio.wait({running}, timeout=CLOSE_SECONDS)
    if client is not None:
        client.hurry()
    await asyncio.wait({running}, timeout=HURRY_SECONDS)
    running.cancel()
    await asyncio.wait({running})


def _read(path: str) -> tuple[Certificate | None, ByleaveError | None]:
    """Read a certificate as far as it can be."""
    if not path:
        return None, None
    try:
        return credentials.read_certificate(Path(path)), None
    except ByleaveError as error:
        return None, error
