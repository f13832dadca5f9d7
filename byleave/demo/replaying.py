"""The auditor's window, opened on the demo's own session."""

import sys
import time
from contextlib import ExitStack
from pathlib import Path

from byleave.demo.cast import Cast, seat

PROGRAM = "byleave-replay"
PLAYING_SECONDS = 3.0


def film_replay(stage: Cast, bundle: Path, auditor: Path, picture: Path) -> None:
    """Open the bundle in the replay window, play a little, and take a picture.

    Args:
        stage: everybody; the window opens on the technician's desktop, or on one of its own if there is none.
        bundle: the session's evidence.
        auditor: the auditor's keys.
        picture: the PNG to write.
    """
    keys = ["--key", str(auditor / "id_ed25519"), "--root", str(stage.adoption)]
    command = [sys.executable, "-m", "byleave", "audit", "replay", str(bundle.absolute()), *keys]
    with ExitStack() as stack:
        place = stage.seats.get("technician") or stack.enter_context(seat(stage.folder, "auditor"))
        window = place.desktop.start("replay", command)
        place.click("push button", "Play", program=PROGRAM, seconds=30)
        time.sleep(PLAYING_SECONDS)
        place.desktop.save(picture)
        place.desktop.end(window)
