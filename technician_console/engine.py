"""The program behind the window: an event loop in a thread of its own; Qt has the main thread.

Intents come from the window's thread and are carried over; views go back through
the `Surface`. Nothing here waits in the window's thread.
"""

import asyncio
import threading
from collections.abc import Callable

from session.messages import Capability
from technician_console.desk import Desk
from technician_console.live_session import LiveSession
from technician_console.surface import Surface

START_SECONDS = 10.0


class Engine:
    """Carries what the technician wants to the desk (`technician_console.view.Intents`).

    Args:
        make_desk: makes the desk, in the loop's thread.
        surface: is closed when the program has ended, whatever the reason.
    """

    def __init__(self, make_desk: Callable[[], Desk], surface: Surface) -> None:
        self._make_desk = make_desk
        self._surface = surface
        self._loop: asyncio.AbstractEventLoop | None = None
        self._desk: Desk | None = None
        self._ready = threading.Event()
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="engine", daemon=True)

    def begin(self) -> None:
        """Start the loop; returns when intents are taken."""
        self._thread.start()
        self._ready.wait(START_SECONDS)

    def join(self) -> None:
        """Wait for the loop's end.

        Raises:
            BaseException: what ended it, if it was not `quit`.
        """
        self._thread.join()
        if self._failure is not None:
            raise self._failure

    def _run(self) -> None:
        try:
            asyncio.run(self._main())
        except BaseException as error:  # noqa: BLE001  # it is raised again in the main thread, by `join`
            self._failure = error
        finally:
            self._ready.set()
            self._surface.close()

    async def _main(self) -> None:
        self._desk = self._make_desk()
        self._loop = asyncio.get_running_loop()
        self._loop.call_soon(self._ready.set)
        await self._desk.run()

    # the technician's intents

    def inspect(self, certificate_path: str) -> None:
        """Another certificate was chosen."""
        self._at_desk(lambda desk: desk.inspect(certificate_path))

    def sign_in(self, key_path: str, passphrase: str, certificate_path: str) -> None:
        """Open the key."""
        self._at_desk(lambda desk: desk.sign_in(key_path, passphrase, certificate_path))

    def start(self, purpose: str, ticket: str, capabilities: tuple[Capability, ...], minutes: int) -> None:
        """Open a room for this."""
        self._at_desk(lambda desk: desk.start(purpose, ticket, capabilities, minutes))

    def cancel(self) -> None:
        """Give up before the session is live."""
        self._at_desk(Desk.cancel)

    def ask(self, capability: Capability) -> None:
        """Ask for one more capability."""
        self._in_session(lambda session: session.ask(capability))

    def give_back(self, capability: Capability) -> None:
        """Give a capability back, or withdraw the question for it."""
        self._in_session(lambda session: session.give_back(capability))

    def facts(self) -> None:
        """Ask for the system facts."""
        self._in_session(LiveSession.facts)

    def chat(self, text: str) -> None:
        """Send a line of chat."""
        self._in_session(lambda session: session.chat(text))

    def watch(self, numbers: tuple[int, ...]) -> None:
        """Have these monitors shown."""
        self._in_session(lambda session: session.pictures.watch(numbers))

    def pointer_move(self, monitor: int, x: int, y: int) -> None:
        """Move the pointer."""
        self._in_session(lambda session: session.hands.move(monitor, x, y))

    def pointer_button(self, button: int, down: bool) -> None:
        """Press or release a mouse button."""
        self._in_session(lambda session: session.hands.button(button, down))

    def scroll(self, dx: int, dy: int) -> None:
        """Turn the wheel."""
        self._in_session(lambda session: session.hands.scroll(dx, dy))

    def key(self, keysym: int, down: bool) -> None:
        """Press or release a key."""
        self._in_session(lambda session: session.hands.key(keysym, down))

    def text(self, text: str) -> None:
        """Type a text."""
        self._in_session(lambda session: session.hands.text(text))

    def release_all(self) -> None:
        """Let go of every key and button."""
        self._in_session(lambda session: session.hands.release_all())

    def leave(self) -> None:
        """End the session."""
        self._in_session(LiveSession.leave)

    def again(self) -> None:
        """Go on to a new session."""
        self._at_desk(Desk.again)

    def painted(self, number: int, captured_ms: int) -> None:
        """The picture of this frame has been painted."""
        del number
        self._in_session(lambda session: session.painted(captured_ms))

    def quit(self) -> None:
        """The window is closed."""
        self._at_desk(Desk.quit)

    # across the threads

    def _at_desk(self, act: Callable[[Desk], None]) -> None:
        desk, loop = self._desk, self._loop
        if desk is None or loop is None or not self._thread.is_alive():
            return
        try:
            loop.call_soon_threadsafe(act, desk)
        except RuntimeError:
            # The loop has ended between the question and the call.
            return

    def _in_session(self, act: Callable[[LiveSession], None]) -> None:
        def inside(desk: Desk) -> None:
            if desk.session is not None:
                act(desk.session)

        self._at_desk(inside)
