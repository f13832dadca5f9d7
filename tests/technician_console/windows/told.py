"""The program's side of the seam for tests of windows: it writes down what it is told."""

from session.messages import Capability


class Told:
    """Every intent, in order, as a tuple of its name and what came with it."""

    def __init__(self) -> None:
        self.heard: list[tuple[object, ...]] = []

    def hear(self, *what: object) -> None:
        """Write down one intent."""
        self.heard.append(what)

    def inspect(self, certificate_path: str) -> None:
        self.hear("inspect", certificate_path)

    def sign_in(self, key_path: str, passphrase: str, certificate_path: str) -> None:
        self.hear("sign_in", key_path, passphrase, certificate_path)

    def start(self, purpose: str, ticket: str, capabilities: tuple[Capability, ...], minutes: int) -> None:
        self.hear("start", purpose, ticket, capabilities, minutes)

    def cancel(self) -> None:
        self.hear("cancel")

    def ask(self, capability: Capability) -> None:
        self.hear("ask", capability)

    def give_back(self, capability: Capability) -> None:
        self.hear("give_back", capability)

    def facts(self) -> None:
        self.hear("facts")

    def chat(self, text: str) -> None:
        self.hear("chat", text)

    def watch(self, numbers: tuple[int, ...]) -> None:
        self.hear("watch", list(numbers))

    def pointer_move(self, monitor: int, x: int, y: int) -> None:
        self.hear("pointer_move", monitor, x, y)

    def pointer_button(self, button: int, down: bool) -> None:
        self.hear("pointer_button", button, down)

    def scroll(self, dx: int, dy: int) -> None:
        self.hear("scroll", dx, dy)

    def key(self, keysym: int, down: bool) -> None:
        self.hear("key", keysym, down)

    def text(self, text: str) -> None:
        self.hear("text", text)

    def release_all(self) -> None:
        self.hear("release_all")

    def leave(self) -> None:
        self.hear("leave")

    def again(self) -> None:
        self.hear("again")

    def painted(self, number: int, captured_ms: int) -> None:
        self.hear("painted", number)

    def quit(self) -> None:
        self.hear("quit")
