"""`make pictures`: a PNG of every window in every state, light and dark, at 100 % and 200 %.

The tests of a program's windows offer them in a module `windows/scenes.py`, as
`SCENES: dict[str, Callable[[], QWidget]]`: the name of the picture, and what
makes the window in that state. Qt's scale belongs to a process, so every kind
of picture is made by a process of its own.
"""

import importlib
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import click
from PySide6.QtCore import QEventLoop, Qt, QTimer
from PySide6.QtGui import QCursor
from PySide6.QtWidgets import QApplication, QWidget

from byleave.demo.desktop import Desktop
from tests.tree import files

SCHEMES = {"light": Qt.ColorScheme.Light, "dark": Qt.ColorScheme.Dark}
SCALES = {"100": 1, "200": 2}
SIZE = (1920, 1080)
"""Of the desktop at 100 %; at 200 % as many points, so that nothing is scrolled for want of them."""

SETTLING_MS = 150
"""Long enough for layout, fonts and short animations to come to rest."""


def scenes() -> dict[str, Callable[[], QWidget]]:
    """Return every scene by name, `agent-consent` for `consent` in `tests/agent/windows/scenes.py`."""
    found: dict[str, Callable[[], QWidget]] = {}
    for path in files():
        if path.match("tests/*/windows/scenes.py"):
            module = importlib.import_module(".".join(path.with_suffix("").parts))
            program = path.parts[1].removeprefix("technician_")
            found |= {f"{program}-{name}": build for name, build in module.SCENES.items()}
    return found


def settle() -> None:
    """Let Qt lay out and paint."""
    loop = QEventLoop()
    QTimer.singleShot(SETTLING_MS, loop.quit)
    loop.exec()


def paint(folder: Path, scheme: str, scale: str, names: tuple[str, ...]) -> None:
    """Save every scene of one kind from within a process that has its scale."""
    application = QApplication([])
    application.setQuitOnLastWindowClosed(False)
    application.styleHints().setColorScheme(SCHEMES[scheme])
    # Nobody points at anything: what the pointer is over has a frame of its own.
    QCursor.setPos(application.primaryScreen().geometry().bottomRight())
    # The change comes as an event; the first window must not be built before it.
    settle()
    for name, build in scenes().items():
        if names and name not in names:
            continue
        window = build()
        window.show()
        settle()
        target = folder / f"{name}-{scheme}-{scale}.png"
        if not window.grab().save(str(target)):
            raise click.ClickException(f"{target} could not be written")
        window.close()
        window.deleteLater()


def run(desktop: Desktop, arguments: list[str], factor: int) -> None:
    """Make the pictures of one kind in a process on the desktop.

    Raises:
        click.ClickException: it failed; its output is the message.
    """
    command = [sys.executable, "-m", "tests.pictures", *arguments]
    painter = desktop.start(
        "pictures",
        command,
        # Of Qt's themes for X11, GNOME's is the one that lets a program choose light or dark.
        QT_QPA_PLATFORMTHEME="gnome",
        QT_LOGGING_RULES="qt.qpa.*=false",
        QT_SCALE_FACTOR=str(factor),
    )
    if painter.wait() != 0:
        raise click.ClickException((desktop.folder / "logs" / "pictures.log").read_text(encoding="utf-8"))


@click.command()
@click.argument("names", nargs=-1)
@click.option("--output", default="pictures-output", show_default=True, type=click.Path(path_type=Path))
@click.option("--kind", nargs=2, hidden=True, help="Scheme and scale, for the processes of this program.")
def main(names: tuple[str, ...], output: Path, kind: tuple[str, str] | None) -> None:
    """Picture every window, or the named ones.

    Example: make pictures ARGS="agent-consent"
    """
    output.mkdir(parents=True, exist_ok=True)
    if kind:
        paint(output, *kind, names)
        return
    unknown = set(names) - set(scenes())
    if unknown or not scenes():
        raise click.UsageError(f"no such scene: {', '.join(sorted(unknown)) or 'there is none yet'}")
    for scale, factor in SCALES.items():
        size = (factor * SIZE[0], factor * SIZE[1])
        with (
            tempfile.TemporaryDirectory(prefix="byleave-pictures-") as folder,
            Desktop(Path(folder), size=size) as desktop,
        ):
            for scheme in SCHEMES:
                run(desktop, [*names, "--output", str(output.resolve()), "--kind", scheme, scale], factor)
    click.echo(f"{len(list(output.glob('*.png')))} pictures in {output}/")


if __name__ == "__main__":
    main()
