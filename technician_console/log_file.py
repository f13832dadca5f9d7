"""The console's log: the protocol's words in a file of the state folder, nothing of what was seen or said.

Only our own loggers write to it: other libraries would write down what they carry.
"""

import logging
import logging.handlers
import time
from collections.abc import Iterator
from contextlib import contextmanager

from session.errors import ConfigurationError
from technician_console.state_folder import LOG, StateFolder

SIZE = 1024 * 1024
KEPT = 3
FORMAT = "%(asctime)s.%(msecs)03dZ %(levelname)s %(name)s %(message)s"


@contextmanager
def open_log(folder: StateFolder, level: str) -> Iterator[None]:
    """Write the log into the state folder, inside the `with` block.

    Args:
        folder: the state folder.
        level: `warning`, `info` or `debug`.

    Raises:
        ConfigurationError: the file cannot be written.
    """
    try:
        handler = logging.handlers.RotatingFileHandler(
            folder.path / LOG, maxBytes=SIZE, backupCount=KEPT, encoding="utf-8"
        )
        (folder.path / LOG).chmod(0o600)
    except OSError as error:
        raise ConfigurationError(f"{folder.path / LOG} cannot be written: {error.strerror}") from None
    formatter = logging.Formatter(FORMAT, "%Y-%m-%dT%H:%M:%S")
    formatter.converter = time.gmtime
    handler.setFormatter(formatter)
    ours = logging.getLogger("byleave")
    ours.setLevel(level.upper())
    ours.addHandler(handler)
    try:
        yield
    finally:
        ours.removeHandler(handler)
        handler.close()
