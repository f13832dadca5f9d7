"""The technician's console as a process of its own, without a window: it can be killed.

`python -m tests.console_process STATE KEY ADOPTION` reads a command a line
(`start view control`, `chat Hello`) and tells of each page.
"""

import logging
import sys
from collections.abc import Mapping
from pathlib import Path

from session import keys
from session.messages import Capability
from technician_console import config, organisation
from technician_console.desk import Desk
from technician_console.engine import Engine
from technician_console.state_folder import StateFolder
from technician_console.surface import Surface
from technician_console.view import Code, Live, Over, ViewState
from tests.relay.office import Holder
from tests.telling import Page, TellingProcess, tell


def described(state: ViewState) -> Page:
    told: Page = {"page": type(state).__name__}
    match state:
        case Code():
            return {**told, "code": state.grouped, "stage": state.stage}
        case Live():
            return {**told, "granted": sorted(state.granted)}
        case Over():
            return {**told, "recording": state.recording}
        case _:
            return told


class Telling(Surface):
    """Tells of each page."""

    def show(self, state: ViewState) -> None:
        tell(described(state))
        super().show(state)


def main() -> None:
    logging.basicConfig(level=logging.INFO)
    state, key, adoption = (Path(argument) for argument in sys.argv[1:])
    settings = config.load(state, key=key, profile=adoption)
    folder, surface = StateFolder(settings.state), Telling()
    works_for = organisation.pinned(folder, settings.profile)
    engine = Engine(lambda: Desk(settings, folder, works_for, surface), surface)
    engine.begin()
    engine.sign_in(settings.settings.key, "", settings.settings.certificate)
    for line in sys.stdin:
        match line.split():
            case ["start", *words]:
                wanted = tuple(Capability(word) for word in words)
                engine.start("The printer does not print", "4821", wanted, 10)
            case ["chat", *words]:
                engine.chat(" ".join(words))
            case command:
                raise ValueError(command)


class ConsoleProcess(TellingProcess):
    """Runs it.

    Args:
        folder: for the console's state, its key and its certificate; made if missing.
        holder: who works there.
        adoption: the organisation's adoption file.
        environment: of the process.
    """

    def __init__(self, folder: Path, holder: Holder, adoption: Path, environment: Mapping[str, str]) -> None:
        folder.mkdir(exist_ok=True)
        key = folder / "id_ed25519"
        key.touch(mode=0o600)
        key.write_bytes(keys.export_private(holder.key))
        (folder / "id_ed25519-cert.pub").write_text(holder.certificate.text)
        arguments = ("-m", "tests.console_process", str(folder / "state"), str(key), str(adoption))
        super().__init__(folder / "console.log", "NewSession", environment, *arguments)


if __name__ == "__main__":
    main()
