"""Who is at the console: key, certificate, passphrase."""

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QLineEdit, QWidget

from technician_console.view import Intents, SignIn
from technician_console.windows.controls import (
    Icon,
    Initials,
    Message,
    button,
    columns,
    frame,
    restyle,
    rows,
    text,
)
from technician_console.windows.page import Page
from technician_console.windows.theme import Theme


class SignInPage(QWidget):
    """The first page; the passphrase is taken out of its field as soon as it is handed over."""

    def __init__(self, theme: Theme, intents: Intents) -> None:
        super().__init__()
        self._intents = intents
        self._certificate = _field("Certificate file", "Path of your certificate")
        self._key = _field("Key file", "Path of your private key")
        self._passphrase = _field("Passphrase", "The passphrase of your key")
        self._passphrase.setEchoMode(QLineEdit.EchoMode.Password)
        self._passphrase.setInputMethodHints(
            Qt.InputMethodHint.ImhSensitiveData | Qt.InputMethodHint.ImhNoPredictiveText
        )
        self._error = Message(theme, "danger")
        self._error.setAccessibleName("Why you are not signed in")
        self._initials = Initials(theme)
        self._name = text(role="strong", name="Name in the certificate")
        self._name.setAccessibleName("")
        self._expiry = text(role="muted")
        self._sign = Icon(theme, "badge-check", "ok", 20)
        self._identity = frame(
            columns(self._initials, rows(self._name, self._expiry, gap=4), self._sign, margin=12, gap=12),
            "inset",
        )
        self._go = button("Sign in", "primary", pressed=self._sign_in)
        self._certificate.editingFinished.connect(self._inspect)
        self._key.returnPressed.connect(self._passphrase.setFocus)
        self._passphrase.returnPressed.connect(self._sign_in)
        self._passphrase.textChanged.connect(lambda _text: restyle(self._passphrase, "invalid", False))
        content = rows(
            text("Sign in", "title"),
            4,
            text("With your key and the certificate of today.", "muted"),
            20,
            self._identity,
            20,
            text("Certificate", "field"),
            4,
            self._with_browse(self._certificate, "Choose the certificate"),
            16,
            text("Key", "field"),
            4,
            self._with_browse(self._key, "Choose the key"),
            16,
            text("Passphrase", "field"),
            4,
            self._passphrase,
            20,
            self._error,
            self._go,
        )
        self.setLayout(rows(Page(content)))

    def show_state(self, state: SignIn, *, entered: bool) -> None:
        """Show this; `entered` when another page was shown before."""
        if entered or not self._certificate.hasFocus():
            self._certificate.setText(state.certificate_path)
        if entered:
            self._key.setText(state.key_path)
            self._passphrase.clear()
        self._identity.setVisible(bool(state.name))
        self._initials.show_name(state.name)
        self._name.setText(state.name)
        number = f"Number {state.number} · " if state.number else ""
        self._expiry.setText(number + state.expiry)
        restyle(self._expiry, "role", "danger" if state.expired else "muted")
        self._sign.show_icon(*("circle-x", "danger") if state.expired else ("badge-check", "ok"))
        self._error.say(state.error)
        restyle(self._passphrase, "invalid", bool(state.error) and not state.expired)
        self._go.setText("Signing in…" if state.busy else "Sign in")
        for control in (self._certificate, self._key, self._passphrase, self._go):
            control.setEnabled(not state.busy)
        if not state.busy and (entered or state.error):
            self._first_empty().setFocus()

    def _first_empty(self) -> QLineEdit:
        empty = (field for field in (self._certificate, self._key) if not field.text())
        return next(empty, self._passphrase)

    def _with_browse(self, field: QLineEdit, name: str) -> QHBoxLayout:
        return columns(field, button("Browse…", name=name, pressed=lambda: self._browse(field, name)), gap=8)

    def _browse(self, field: QLineEdit, title: str) -> None:
        start = str(Path(field.text()).parent) if field.text() else str(Path.home())
        path, _ = QFileDialog.getOpenFileName(self, title, start)
        if path:
            field.setText(path)
            if field is self._certificate:
                self._inspect()

    def _inspect(self) -> None:
        self._intents.inspect(self._certificate.text().strip())

    def _sign_in(self) -> None:
        passphrase = self._passphrase.text()
        self._passphrase.clear()
        self._intents.sign_in(self._key.text().strip(), passphrase, self._certificate.text().strip())


def _field(name: str, hint: str) -> QLineEdit:
    field = QLineEdit()
    field.setAccessibleName(name)
    field.setAccessibleDescription(hint)
    return field
