"""Real programs that say what reached them."""

from pathlib import Path
from subprocess import Popen

from Xlib import X
from Xlib.error import BadWindow
from Xlib.xobject.drawable import Window

from tests.agent.conftest import Desktop, until

UTF8 = "LC_ALL=C.UTF-8"


def has_focus(desktop: Desktop, name: str) -> bool:
    """Say whether the keyboard's focus is in a window of the program with this class."""
    focus = desktop.connection.get_input_focus().focus
    while isinstance(focus, Window):
        try:
            if name in (focus.get_wm_class() or ()):
                return True
            focus = focus.query_tree().parent
        except BadWindow:
            return False
    return False


class Typed:
    """A program with the focus whose input ends up in a file."""

    name = ""

    def __init__(self, desktop: Desktop, folder: Path) -> None:
        self.desktop = desktop
        self.path = folder / "typed"
        self.path.write_bytes(b"")
        self.child: Popen[bytes] = self.start()
        until(self.ready, what="a window with the focus")

    def start(self) -> "Popen[bytes]":
        raise NotImplementedError

    def ready(self) -> bool:
        return has_focus(self.desktop, self.name)

    def end(self) -> None:
        self.desktop.end(self.child)
        until(lambda: not has_focus(self.desktop, self.name), what="the window to go")


class Xterm(Typed):
    """An xterm that writes down each byte as it comes."""

    name = "xterm"

    def start(self) -> "Popen[bytes]":
        self.path.unlink()
        script = f"stty raw -echo; cat > {self.path}"
        return self.desktop.run("env", UTF8, "xterm", "-u8", "-e", "sh", "-c", script)

    def ready(self) -> bool:
        return super().ready() and self.path.exists()

    def text(self) -> str:
        return self.path.read_text(encoding="utf-8", errors="replace").replace("\r", "\n")

    def has(self, text: str) -> bool:
        """Tell whether just this was typed."""
        return self.text() == text


class Mousepad(Typed):
    """A text editor; `text` is what it saved."""

    name = "mousepad"

    def start(self) -> "Popen[bytes]":
        home = self.path.parent
        return self.desktop.run(
            *("env", UTF8, f"HOME={home}", f"XDG_CONFIG_HOME={home}", "GSETTINGS_BACKEND=memory"),
            *("mousepad", "--disable-server", str(self.path)),
        )

    def text(self) -> str:
        return self.path.read_text(encoding="utf-8")


class Watcher:
    """A window of the test's own that notes the keys and buttons it gets."""

    def __init__(self, desktop: Desktop) -> None:
        self.desktop = desktop
        mask = X.KeyPressMask | X.KeyReleaseMask | X.ButtonPressMask | X.ButtonReleaseMask | X.FocusChangeMask
        self.window = desktop.connection.screen().root.create_window(
            0, 0, 1920, 1080, 0, X.CopyFromParent, override_redirect=True, event_mask=mask
        )
        self.window.map()
        self.window.set_input_focus(X.RevertToParent, X.CurrentTime)
        desktop.connection.sync()
        self.events: list[tuple[str, int, int]] = []

    def seen(self) -> list[tuple[str, int, int]]:
        """What happened so far: kind, keycode or button, modifiers."""
        names = {X.KeyPress: "press", X.KeyRelease: "release", X.ButtonPress: "down", X.ButtonRelease: "up"}
        for _ in range(self.desktop.connection.pending_events()):
            event = self.desktop.connection.next_event()
            if event.type in names:
                self.events.append((names[event.type], event.detail, event.state))
        return self.events

    def end(self) -> None:
        self.window.destroy()
        self.desktop.connection.sync()
