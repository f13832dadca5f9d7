"""The style sheet of every control; `@name` stands for a colour of the palette."""

import re
from dataclasses import fields

from auditor.windows.palette import Palette

SHEET = """
QWidget { color: @text; }
QWidget#page { background: @surface; }
QWidget#stage { background: @stage; }
QToolTip { color: @text; background: @background; border: 1px solid @hairline; padding: 4px 8px; }

QFrame[part="bar"] { background: @background; border: 0; }
QFrame[part="card"] { background: @background; border: 1px solid @hairline; border-radius: 10px; }
QFrame[part="rule"] { background: @hairline; border: 0; }
QFrame[tone="ok"] { background: @ok_soft; border: 0; border-radius: 8px; }
QFrame[tone="warning"] { background: @warning_soft; border: 0; border-radius: 8px; }
QFrame[tone="danger"] { background: @danger_soft; border: 0; border-radius: 8px; }

QLabel { background: transparent; }
QLabel[role="title"] { font-size: 20px; font-weight: 600; }
QLabel[role="heading"] { font-size: 15px; font-weight: 600; }
QLabel[role="strong"] { font-weight: 600; }
QLabel[role="field"] { font-weight: 600; font-size: 13px; }
QLabel[role="muted"] { color: @muted; font-size: 13px; }
QLabel[role="ok"] { color: @ok; font-size: 13px; }
QLabel[role="warning"] { color: @warning; font-size: 13px; }
QLabel[role="danger"] { color: @danger; font-size: 13px; }
QLabel[role="standing"] {
    background: @hover; border-radius: 12px; padding: 0 10px; min-height: 24px; max-height: 24px;
    font-size: 13px; font-weight: 600;
}

QLineEdit {
    background: @background; border: 1px solid @border; border-radius: 8px; padding: 0 11px;
    min-height: 36px; max-height: 36px;
    selection-background-color: @accent; selection-color: @accent_text;
}
QLineEdit:focus { border: 2px solid @accent; padding: 0 10px; }

QPushButton, QToolButton, QComboBox {
    background: @background; border: 1px solid @border; border-radius: 8px; padding: 0 13px;
    min-height: 36px; max-height: 36px; font-weight: 600;
}
QPushButton:hover, QToolButton:hover, QComboBox:hover { background: @hover; }
QPushButton:pressed, QToolButton:pressed { background: @hairline; }
QPushButton:focus, QToolButton:focus, QComboBox:focus { border: 2px solid @accent; padding: 0 12px; }
QPushButton[kind="primary"] { background: @accent; color: @accent_text; border: 1px solid @accent; }
QPushButton[kind="primary"]:hover { background: @accent_hover; border-color: @accent_hover; }
QPushButton[kind="primary"]:focus { border: 2px solid @text; }
QPushButton[kind="round"] {
    background: @accent; border: 1px solid @accent; border-radius: 22px; padding: 0;
    min-width: 42px; max-width: 42px; min-height: 42px; max-height: 42px;
}
QPushButton[kind="round"]:hover { background: @accent_hover; border-color: @accent_hover; }
QPushButton[kind="round"]:focus { border: 2px solid @text; min-width: 40px; max-width: 40px;
    min-height: 40px; max-height: 40px; }
QPushButton[kind="quiet"] {
    background: transparent; border: 1px solid transparent; padding: 0; font-weight: 500;
    min-width: 36px; max-width: 36px; min-height: 34px; max-height: 34px;
}
QPushButton[kind="quiet"]:hover { background: @hover; }
QPushButton[kind="quiet"]:pressed { background: @hairline; }
QPushButton[kind="quiet"]:focus { border: 2px solid @accent; min-width: 34px; max-width: 34px;
    min-height: 32px; max-height: 32px; }
QPushButton[kind="quiet"]:checked { background: @accent_soft; }
QPushButton[kind="badge"] { border-radius: 18px; padding: 0 14px 0 10px; min-height: 34px; max-height: 34px; }
QPushButton[kind="badge"]:focus { padding: 0 13px 0 9px; min-height: 32px; max-height: 32px; }
QPushButton[tone="ok"] { background: @ok_soft; color: @ok; border-color: @ok; }
QPushButton[tone="warning"] { background: @warning_soft; color: @warning; border-color: @warning; }
QPushButton[tone="danger"] { background: @danger_soft; color: @danger; border-color: @danger; }

QComboBox { padding-right: 30px; font-weight: 500; }
QComboBox:focus { padding-right: 29px; }
QComboBox::drop-down { border: 0; width: 28px; }
QComboBox::down-arrow { image: url("@chevron"); width: 14px; height: 14px; }
QComboBox QAbstractItemView {
    background: @background; border: 1px solid @hairline; padding: 4px; outline: 0;
    selection-background-color: @accent_soft; selection-color: @text;
}
QComboBox QAbstractItemView::item { min-height: 30px; padding: 0 8px; }

QListView { background: @background; border: 0; outline: 0; }
QScrollArea, QScrollArea > QWidget > QWidget { background: transparent; border: 0; }
QScrollBar:vertical { background: transparent; width: 10px; margin: 0; }
QScrollBar:horizontal { background: transparent; height: 10px; margin: 0; }
QScrollBar::handle { background: @border; border-radius: 3px; margin: 2px; }
QScrollBar::handle:vertical { min-height: 32px; }
QScrollBar::handle:horizontal { min-width: 32px; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }
QAbstractScrollArea::corner { background: transparent; }

QSplitter::handle { background: @hairline; }
QProgressBar { background: @hairline; border: 0; border-radius: 2px; min-height: 4px; max-height: 4px; }
QProgressBar::chunk { background: @accent; border-radius: 2px; }
"""


def style_sheet(colours: Palette, chevron: str) -> str:
    """Return the style of every control.

    Args:
        colours: what the names in `SHEET` stand for.
        chevron: the file with the arrow of a choice.
    """
    values = {field.name: str(getattr(colours, field.name)) for field in fields(Palette)}
    values["chevron"] = chevron
    return re.sub(r"@([a-z_]+)", lambda name: values[name[1]], SHEET)
