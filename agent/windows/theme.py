"""How all windows look: fonts, measures and one style sheet made from a palette.

The grid is 4 px. The font is the system's; where the desktop names none, the
first of `FAMILIES` that is installed. No text is smaller than 13 px.
"""

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFont, QFontDatabase, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication

from agent.windows.colours import DARK, LIGHT, Palette

WIDTH = 480
PADDING = 24
RADIUS = 10
CONTROL = 38
ANSWER = 44
BODY = 15
SMALL = 13
TITLE = 20

FAMILIES = ("Inter", "Noto Sans", "DejaVu Sans")
_NO_FAMILY = frozenset({"", "sans", "sans serif", "sans-serif", "helvetica"})


def dress(application: QApplication, palette: Palette) -> None:
    """Give the whole application these colours and the system's font."""
    application.setStyle("Fusion")
    application.setPalette(_qt_palette(palette))
    font = _font()
    font.setPixelSize(BODY)
    application.setFont(font)
    application.setStyleSheet(_sheet(palette))


def preferred() -> Palette:
    """Return the palette that the platform asks for."""
    dark = QGuiApplication.styleHints().colorScheme() is Qt.ColorScheme.Dark
    return DARK if dark else LIGHT


def colours() -> Palette:
    """Return the palette in use."""
    return DARK if QGuiApplication.palette().color(QPalette.ColorRole.Window).lightness() < 128 else LIGHT


def _font() -> QFont:
    font = QFontDatabase.systemFont(QFontDatabase.SystemFont.GeneralFont)
    if font.family().lower() in _NO_FAMILY:
        installed = set(QFontDatabase.families())
        font.setFamilies([family for family in FAMILIES if family in installed] or [font.family()])
    return font


def _qt_palette(palette: Palette) -> QPalette:
    roles = {
        QPalette.ColorRole.Window: palette.background,
        QPalette.ColorRole.WindowText: palette.text,
        QPalette.ColorRole.Base: palette.background,
        QPalette.ColorRole.AlternateBase: palette.surface,
        QPalette.ColorRole.Text: palette.text,
        QPalette.ColorRole.Button: palette.surface,
        QPalette.ColorRole.ButtonText: palette.text,
        QPalette.ColorRole.PlaceholderText: palette.muted,
        QPalette.ColorRole.Highlight: palette.accent,
        QPalette.ColorRole.HighlightedText: palette.on_accent,
        QPalette.ColorRole.ToolTipBase: palette.surface,
        QPalette.ColorRole.ToolTipText: palette.text,
        QPalette.ColorRole.Link: palette.accent,
        QPalette.ColorRole.Mid: palette.border,
    }
    made = QPalette()
    for role, colour in roles.items():
        made.setColor(role, QColor(colour))
    return made


def _sheet(p: Palette) -> str:
    return f"""
QLabel {{ color: {p.text}; font-size: {BODY}px; background: transparent; }}
QLabel[role="title"] {{ font-size: {TITLE}px; font-weight: 600; }}
QLabel[role="strong"] {{ font-weight: 600; }}
QLabel[role="caption"] {{ font-size: {SMALL}px; font-weight: 600; color: {p.muted}; }}
QLabel[role="muted"] {{ font-size: 14px; color: {p.muted}; }}
QLabel[role="small"] {{ font-size: {SMALL}px; color: {p.muted}; }}
QLabel[role="tight"] {{ font-size: {SMALL}px; }}
QLabel[role="error"] {{ font-size: 14px; color: {p.danger}; }}
QLabel[role="number"] {{ font-size: {TITLE}px; font-weight: 600; }}
QLabel[role="code"] {{ font-family: monospace; font-size: 14px; }}
QLabel[tone="warning"] {{ color: {p.warning}; font-size: 14px; }}
QLabel[tone="danger"] {{ color: {p.danger}; font-size: 14px; }}
QLabel[tone="ok"] {{ color: {p.ok}; font-size: 14px; }}
QLabel[tone="danger"][role="title"] {{ font-size: {TITLE}px; font-weight: 600; }}
QLabel[tone="plain"] {{ color: {p.text}; font-size: 14px; }}

QFrame[card="plain"] {{ background: {p.surface}; border: 1px solid {p.line}; border-radius: {RADIUS}px; }}
QFrame[card="warning"] {{ background: {p.warning_soft}; border: none; border-radius: {RADIUS}px; }}
QFrame[card="danger"] {{ background: {p.danger_soft}; border: none; border-radius: {RADIUS}px; }}
QFrame[card="ok"] {{ background: {p.ok_soft}; border: none; border-radius: {RADIUS}px; }}
QFrame[rule="true"] {{ background: {p.line}; border: none; max-height: 1px; min-height: 1px; }}

QPushButton {{ font-size: {BODY}px; font-weight: 600; border-radius: 8px; padding: 0 16px;
  min-height: {CONTROL - 4}px; border: 2px solid transparent; }}
QPushButton[kind="primary"] {{ background: {p.accent}; color: {p.on_accent}; border-color: {p.accent}; }}
QPushButton[kind="secondary"] {{ background: {p.background}; color: {p.accent}; border-color: {p.accent}; }}
QPushButton[kind="neutral"] {{ background: {p.background}; color: {p.text}; border: 1px solid {p.border};
  min-height: {CONTROL - 2}px; padding: 0 17px; }}
QPushButton[kind="quiet"] {{ background: transparent; color: {p.accent}; padding: 0 8px; }}
QPushButton[kind="stop"] {{ background: {p.live}; color: {p.on_live}; border-color: {p.live}; }}
QPushButton[tall="true"] {{ min-height: {ANSWER - 4}px; }}
QPushButton[narrow="true"] {{ min-height: 28px; max-height: 28px; padding: 0 12px; font-size: 14px; }}
QPushButton[kind="neutral"][narrow="true"] {{ min-height: 30px; max-height: 30px; padding: 0 13px; }}
QPushButton:hover[kind="neutral"], QPushButton:hover[kind="quiet"] {{ background: {p.surface}; }}
QPushButton:hover[kind="secondary"] {{ background: {p.accent_soft}; }}
QPushButton:disabled {{ color: {p.muted}; background: {p.surface}; border: 2px solid {p.line}; }}
QPushButton:focus[kind="primary"], QPushButton:focus[kind="stop"] {{ border-color: {p.text}; }}
QPushButton:focus[kind="secondary"], QPushButton:focus[kind="quiet"] {{ border-color: {p.text}; }}
QPushButton:focus[kind="neutral"] {{ border: 2px solid {p.accent}; min-height: {CONTROL - 4}px;
  padding: 0 16px; }}
QPushButton:focus[kind="neutral"][narrow="true"] {{ min-height: 28px; max-height: 28px; padding: 0 12px; }}

QLineEdit, QPlainTextEdit {{ background: {p.background}; color: {p.text}; font-size: {BODY}px;
  border: 1px solid {p.border}; border-radius: 8px; padding: 0 11px; min-height: {CONTROL - 2}px;
  selection-background-color: {p.accent}; selection-color: {p.on_accent}; }}
QPlainTextEdit {{ padding: 7px; }}
QLineEdit:focus, QPlainTextEdit:focus {{ border: 2px solid {p.accent}; padding: 0 10px;
  min-height: {CONTROL - 4}px; }}
QPlainTextEdit:focus {{ padding: 6px; }}

QScrollArea {{ background: transparent; border: none; }}
QScrollArea > QWidget > QWidget[clear="true"] {{ background: transparent; }}
QScrollBar:vertical {{ background: transparent; width: 10px; margin: 0; }}
QScrollBar::handle:vertical {{ background: {p.border}; border-radius: 3px; min-height: 28px; margin: 2px; }}
QScrollBar::add-line:vertical, QScrollBar::sub-line:vertical {{ height: 0; }}
QScrollBar::add-page:vertical, QScrollBar::sub-page:vertical {{ background: transparent; }}
QMenu {{ background: {p.background}; color: {p.text}; border: 1px solid {p.line}; padding: 4px;
  font-size: 14px; }}
QMenu::item {{ padding: 8px 16px 8px 12px; border-radius: 6px; }}
QMenu::item:selected {{ background: {p.accent_soft}; }}
QMenu::item:disabled {{ color: {p.muted}; }}
QMenu::separator {{ height: 1px; background: {p.line}; margin: 4px 8px; }}
"""
