"""What the session is doing: icon, word and colour together."""

from PySide6.QtWidgets import QFrame

from agent.windows.widgets.layout import row
from agent.windows.widgets.picture import Icon
from agent.windows.widgets.text import Text
from agent.words import Words
from session.messages import Standing

LOOKS = {
    Standing.WAITING: ("waiting", "muted"),
    Standing.ASKING: ("asking", "warning"),
    Standing.VIEWING: ("eye", "live"),
    Standing.CONTROLLING: ("pointer", "live"),
    Standing.PAUSED: ("pause", "warning"),
    Standing.ENDED: ("check", "ok"),
}
"""Icon and colour of each standing."""


class Chip(QFrame):
    """A standing as icon and word."""

    def __init__(self, words: Words) -> None:
        super().__init__()
        self._words = words
        self._icon = Icon("waiting", size=18)
        self._text = Text(role="strong", wraps=False)
        self.setLayout(row(self._icon, self._text, spacing=8))

    def show_standing(self, standing: Standing) -> None:
        """Show another standing."""
        self._icon.change(*LOOKS[standing])
        self._text.setText(self._words.say(f"standing.{standing}"))
