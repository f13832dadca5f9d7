"""The auditor's window, opened on the demo's own session."""

import sys
import time
from pathlib import Path

from byleave.demo.cast import Cast

PROGRAM = "byleave-replay"
PLAYING_SECONDS = 3.0


def film_replay(stage: Cast, bundle: Path, auditor: Path, picture: Path) -> None:
    """Open the bundle in the replay window, play a little, and take a picture.

    Args:
        stage: everybody; the window opens on the technician's desktop, or the person's if there is none.
        bundle: the session's evidence.
        auditor: the auditor's keys.
        picture: the PNG to write.
    """
    seat = stage.seats.get("technician", stage.person)
    keys = ["--key", str(auditor / "id_ed25519"), "--root", str(stage.adoption)]
    command = [sys.executable, "-m", "byleave", "audit", "replay", str(bundle.absolute()), *keys]
    window = seat.desktop.start("replay", command)
    seat.click("push button", "Play", program=PROGRAM, seconds=30)
    time.sleep(PLAYING_SECONDS)
    seat.desktop.save(picture)
    seat.desktop.end(window)
