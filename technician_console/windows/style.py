"""The style sheet of every control; `@name` stands for a colour of the palette."""

from dataclasses import fields

from technician_console.windows.palette import Palette

SHEET = """
QWidget { color: @text; }
QWidget#page { background: @surface; }
QToolTip { color: @text; background: @background; border: 1px solid @hairline; padding: 4px 8px; }

QFrame[part="card"] { background: @background; border: 1px solid @hairline; border-radius: 10px; }
QFrame[part="inset"] { background: @surface; border: 1px solid @hairline; border-radius: 10px; }
QFrame[part="bar"] { background: @background; border: 0; }
QFrame[part="rule"] { background: @hairline; border: 0; }
QFrame[tone="calm"] { background: @accent_soft; border: 0; border-radius: 8px; }
QFrame[tone="warning"] { background: @warning_soft; border: 0; border-radius: 8px; }
QFrame[tone="danger"] { background: @danger_soft; border: 0; border-radius: 8px; }
QFrame[tone="ok"] { background: @ok_soft; border: 0; border-radius: 8px; }

QLabel { background: transparent; }
QLabel[role="title"] { font-size: 22px; font-weight: 600; }
QLabel[role="heading"] { font-size: 16px; font-weight: 600; }
QLabel[role="strong"] { font-weight: 600; }
QLabel[role="field"] { font-weight: 600; font-size: 13px; }
QLabel[role="muted"] { color: @muted; font-size: 13px; }
QLabel[role="used"] { color: @muted; }
QLabel[role="calm"] { color: @accent; font-size: 13px; }
QLabel[role="warning"] { color: @warning; font-size: 13px; }
QLabel[role="danger"] { color: @danger; font-size: 13px; }
QLabel[role="ok"] { color: @ok; font-size: 13px; }

QLineEdit, QPlainTextEdit, QSpinBox {
    background: @background; border: 1px solid @border; border-radius: 8px; padding: 0 11px;
    selection-background-color: @accent; selection-color: @accent_text;
}
QLineEdit, QSpinBox { min-height: 36px; max-height: 36px; }
QPlainTextEdit { padding: 6px 8px; }
QLineEdit:focus, QPlainTextEdit:focus, QSpinBox:focus { border: 2px solid @accent; padding: 0 10px; }
QPlainTextEdit:focus { padding: 5px 7px; }
QLineEdit:disabled, QPlainTextEdit:disabled, QSpinBox:disabled { color: @muted; background: @surface; }
QLineEdit[invalid="true"], QPlainTextEdit[invalid="true"] { border: 2px solid @danger; }
QSpinBox QLineEdit { border: 0; padding: 0; min-height: 0; background: transparent; }
QSpinBox::up-button, QSpinBox::down-button { width: 0; border: 0; }

QPushButton {
    background: @background; border: 1px solid @border; border-radius: 8px; padding: 0 15px;
    min-height: 36px; max-height: 36px; font-weight: 600;
}
QPushButton:hover { background: @hover; }
QPushButton:pressed { background: @hairline; }
QPushButton:focus { border: 2px solid @accent; padding: 0 14px; }
QPushButton:disabled { color: @muted; border-color: @hairline; background: @surface; }

QPushButton[kind="primary"] {
    background: @accent; color: @accent_text; border: 1px solid @accent; min-height: 42px; max-height: 42px;
}
QPushButton[kind="primary"]:hover { background: @accent_hover; border-color: @accent_hover; }
QPushButton[kind="primary"]:focus { border: 2px solid @text; }
QPushButton[kind="primary"]:disabled {
    background: @hairline; border-color: @hairline; color: @muted;
}
QPushButton[kind="secondary"] { min-height: 42px; max-height: 42px; }
QPushButton[kind="end"] {
    background: @live; color: @live_text; border: 1px solid @live; min-height: 30px; max-height: 30px;
    padding: 0 11px;
}
QPushButton[kind="end"]:hover { background: @live_hover; border-color: @live_hover; }
QPushButton[kind="end"]:focus { border: 2px solid @text; padding: 0 10px; }

QPushButton[kind="quiet"], QToolButton[kind="quiet"] {
    background: transparent; border: 1px solid transparent; border-radius: 8px; padding: 0 9px;
    min-height: 30px; max-height: 30px; font-weight: 500;
}
QPushButton[kind="quiet"]:hover, QToolButton[kind="quiet"]:hover { background: @hover; }
QPushButton[kind="quiet"]:pressed, QToolButton[kind="quiet"]:pressed { background: @hairline; }
QPushButton[kind="quiet"]:checked, QToolButton[kind="quiet"]:checked {
    background: @accent_soft; color: @accent;
}
QPushButton[kind="quiet"]:focus, QToolButton[kind="quiet"]:focus {
    border: 2px solid @accent; padding: 0 8px;
}

QPushButton[kind="choice"] { padding: 0 11px; font-weight: 500; }
QPushButton[kind="choice"]:checked {
    background: @accent_soft; color: @accent; border: 2px solid @accent; padding: 0 10px;
}
QPushButton[kind="choice"]:focus { border: 2px solid @accent; padding: 0 10px; }

QPushButton[kind="chip"] {
    border-radius: 15px; min-height: 28px; max-height: 28px; padding: 0 11px;
    font-size: 13px; font-weight: 500;
}
QPushButton[kind="chip"]:focus { border: 2px solid @accent; padding: 0 10px; }
QPushButton[kind="chip"][look="granted"] { background: @ok_soft; color: @ok; border-color: @ok; }
QPushButton[kind="chip"][look="pending"] { background: @accent_soft; color: @accent; border-color: @accent; }
QPushButton[kind="chip"][look="refused"] { background: @danger_soft; color: @danger; border-color: @danger; }
QPushButton[kind="chip"][look="unanswered"] {
    background: @warning_soft; color: @warning; border-color: @warning;
}
QPushButton[kind="chip"][look="open"] { background: transparent; color: @muted; border-style: dashed; }
QPushButton[kind="chip"][look="open"]:hover { background: @hover; color: @text; }
QPushButton[kind="chip"]:focus { border-color: @accent; border-style: solid; }

QCheckBox { spacing: 12px; min-height: 24px; }
QCheckBox::indicator {
    width: 18px; height: 18px; border: 2px solid @border; border-radius: 5px; background: @background;
}
QCheckBox::indicator:hover { border-color: @accent; }
QCheckBox::indicator:checked { background: @accent; border-color: @accent; image: url("@tick"); }
QCheckBox:focus { color: @accent; }
QCheckBox::indicator:focus { border-color: @accent; }

QMenu { background: @background; border: 1px solid @hairline; padding: 4px; }
QMenu::item { padding: 8px 16px; border-radius: 6px; background: transparent; }
QMenu::item:selected { background: @hover; }
QMenu::icon { padding-left: 8px; }
QMenu::indicator { width: 16px; height: 16px; left: 8px; }
QMenu::indicator:checked { image: url("@mark"); }
QMenu::separator { height: 1px; background: @hairline; margin: 4px 8px; }

QScrollArea, QScrollArea > QWidget > QWidget { background: transparent; border: 0; }
QScrollArea > QWidget > QWidget#page { background: @surface; }
QScrollBar:vertical { background: transparent; width: 10px; margin: 0; }
QScrollBar:horizontal { background: transparent; height: 10px; margin: 0; }
QScrollBar::handle { background: @border; border-radius: 3px; margin: 2px; }
QScrollBar::handle:vertical { min-height: 32px; }
QScrollBar::handle:horizontal { min-width: 32px; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }
QAbstractScrollArea::corner { background: transparent; }

QProgressBar { background: @hairline; border: 0; border-radius: 2px; min-height: 4px; max-height: 4px; }
QProgressBar::chunk { background: @accent; border-radius: 2px; }
QProgressBar[short="true"]::chunk { background: @warning; }

QWidget#stage { background: @stage; }
QLabel[role="mine"] { background: @accent; color: @accent_text; border-radius: 10px; padding: 8px 12px; }
QLabel[role="theirs"] { background: @hover; border-radius: 10px; padding: 8px 12px; }
QLabel[role="badge"] {
    background: @live; color: @live_text; border-radius: 9px; font-size: 13px; font-weight: 600;
}
"""


def style_sheet(colours: Palette, tick: str, mark: str) -> str:
    """Return the style of every control.

    Args:
        colours: what the names in `SHEET` stand for.
        tick: the file with the tick of a checked box.
        mark: the file with the tick of a checked choice in a menu.
    """
    values = {field.name: str(getattr(colours, field.name)) for field in fields(Palette)}
    values |= {"tick": tick, "mark": mark}
    sheet = SHEET
    # Longest first, so that `@accent` does not eat the beginning of `@accent_text`.
    for name in sorted(values, key=len, reverse=True):
        sheet = sheet.replace(f"@{name}", values[name])
    return sheet
