"""The demo for somebody with a display: the user plays both roles, guided by three lines."""

import time
from collections.abc import Callable, Mapping

from byleave.demo.applications import open_editor
from byleave.demo.cast import KEYPHRASE, Cast, wait_for
from byleave.demo.story import Told
from byleave.demo.viewer import open_viewer

PATIENCE_SECONDS = 1800.0


def guide(cast: Cast, display: Mapping[str, str], say: Callable[[str], None]) -> Told:
    """Open the person's desktop in a viewer and the console beside it; return when the session is over.

    Args:
        cast: with the person's seat only.
        display: the variables that lead to the user's own display.
        say: prints a line.
    """
    letter = cast.person.desktop.home / "letter.txt"
    letter.write_text("Dear Sir or Madam,\n\n")
    open_editor(cast.person.desktop, letter)
    viewer = open_viewer(cast.person.desktop, display)
    say("1. In the window with the desktop you are the person: press `Trust`, after three seconds.")
    wait_for(cast.start_agent("adopt", str(cast.adoption)), PATIENCE_SECONDS)
    cast.start_agent()
    cast.start_console(display)
    say(f"2. In the console you are the technician: the passphrase is “{KEYPHRASE}”. Get a code.")
    say("3. As the person: type the code, read, allow. Look around, ask for control, chat; then press Stop.")
    history = cast.agent_state / "history.jsonl"
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not history.exists() and viewer.poll() is None and time.monotonic() < deadline:
        time.sleep(0.5)
    return Told()
