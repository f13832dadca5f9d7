"""A connection to the X server, opened in one way.

Connections are not shared between threads: whoever opens one uses it alone.
"""

import logging

from Xlib.display import Display
from Xlib.error import ConnectionClosedError, DisplayError, XError
from Xlib.protocol import rq

from session.errors import EffectFailed

log = logging.getLogger(__name__)

CONNECTION_ERRORS = (OSError, ConnectionClosedError, DisplayError, XError)
"""What python-xlib raises when the server refuses or is gone."""


def open_connection(name: str | None = None) -> Display:
    """Connect to an X server.

    Args:
        name: such as `:0`; None takes the one this program was started on.

    Raises:
        EffectFailed: no X server answers there.
    """
    try:
        connection = Display(name)
    except CONNECTION_ERRORS as error:
        raise EffectFailed(f"no X server answers: {error}") from error
    # The library's own handler writes to the standard error stream.
    connection.set_error_handler(_note)
    return connection


def require(connection: Display, *extensions: str) -> None:
    """Refuse a server that lacks one of the extensions.

    Raises:
        EffectFailed: it does.
    """
    for extension in extensions:
        if not connection.has_extension(extension):
            raise EffectFailed(f"the X server has no {extension}")


def pending(connection: Display) -> list[rq.Event]:
    """Return the events that have arrived, without waiting."""
    return [connection.next_event() for _ in range(connection.pending_events())]


def queued(connection: Display) -> list[rq.Event]:
    """Return the events that were read while something else was waited for."""
    connection.display.check_for_error()
    events: list[rq.Event] = list(connection.display.event_queue)
    connection.display.event_queue.clear()
    return events


def _note(error: XError, _request: rq.Request | None) -> None:
    log.warning("the X server refused a request: %s", type(error).__name__)
