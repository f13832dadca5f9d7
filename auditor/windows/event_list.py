"""What happened, line by line; a line that is chosen takes the player there."""

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QRectF,
    QSize,
    QSortFilterProxyModel,
    Qt,
)
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from auditor.timeline import Kind, Row, Timeline
from auditor.view import stamp
from auditor.windows.controls import columns, rows, rule, text
from auditor.windows.theme import SMALL, Theme, digits, drawing

Index = QModelIndex | QPersistentModelIndex

ROW = Qt.ItemDataRole.UserRole.value
ICON = 18
PAD = 12
CLOCK = 52
LINES = 2
FILTER_WIDTH = 176

LOOKS = {
    Kind.CONSENT: ("shield-check", "ok"),
    Kind.DENIED: ("ban", "warning"),
    Kind.STANDING: ("eye", "muted"),
    Kind.HOLD: ("hand", "warning"),
    Kind.CHAT: ("message-square", "accent"),
    Kind.INPUT: ("keyboard", "text"),
    Kind.FACTS: ("cpu", "muted"),
    Kind.REFUSAL: ("ban", "danger"),
    Kind.SCREEN: ("monitor", "muted"),
    Kind.END: ("circle-stop", "live"),
}
"""The icon of a row and its colour."""

CHOICES: dict[str, frozenset[Kind]] = {
    "Everything": frozenset(Kind),
    "Consent, pauses": frozenset({Kind.CONSENT, Kind.DENIED, Kind.HOLD, Kind.STANDING, Kind.END}),
    "Chat": frozenset({Kind.CHAT}),
    "Input": frozenset({Kind.INPUT, Kind.REFUSAL}),
}


class Rows(QAbstractListModel):
    """The rows of a timeline."""

    def __init__(self) -> None:
        super().__init__()
        self._rows: tuple[Row, ...] = ()
        self.current: int | None = None

    def show_rows(self, found: tuple[Row, ...]) -> None:
        """Show these rows."""
        self.beginResetModel()
        self._rows = found
        self.endResetModel()

    def mark(self, current: int | None) -> None:
        """Mark the row that happened last."""
        if current == self.current:
            return
        before, self.current = self.current, current
        for number in (before, current):
            if number is not None:
                index = self.index(number)
                self.dataChanged.emit(index, index)

    def row(self, number: int) -> Row:
        """Return one row."""
        return self._rows[number]

    def rowCount(self, parent: Index | None = None) -> int:
        """Return how many rows there are."""
        return 0 if parent is not None and parent.isValid() else len(self._rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return what a row shows, and what a screen reader says of it."""
        row = self._rows[index.row()]
        if role == ROW:
            return row
        if role in {Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole}:
            return " · ".join(part for part in (stamp(row.at), row.title, row.detail) if part)
        return None


class Chosen(QSortFilterProxyModel):
    """The rows of some kinds only."""

    def __init__(self, rows_model: Rows) -> None:
        super().__init__()
        self._kinds: frozenset[Kind] = frozenset(Kind)
        self._rows = rows_model
        self.setSourceModel(rows_model)

    def choose(self, kinds: frozenset[Kind]) -> None:
        """Show these kinds."""
        self.beginFilterChange()
        self._kinds = kinds
        self.endFilterChange(QSortFilterProxyModel.Direction.Rows)

    def source_row(self, index: Index) -> int:
        """Return which row of the timeline this is."""
        return self.mapToSource(self.index(index.row(), 0)).row()

    def filterAcceptsRow(self, number: int, parent: Index) -> bool:
        """Tell whether a row is shown."""
        return self._rows.row(number).kind in self._kinds


class Painted(QStyledItemDelegate):
    """Paints a row: icon, title, time, and what was said or typed."""

    def __init__(self, theme: Theme, model: Rows, proxy: Chosen) -> None:
        super().__init__()
        self._theme = theme
        self._model = model
        self._proxy = proxy

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """Return how much room a row needs."""
        row: Row = index.data(ROW)
        title, small = self._fonts(option)
        height = PAD + QFontMetrics(title).height() + PAD
        if row.detail:
            height += (
                3 + self._lines(row.detail, small, option.rect.width()) * QFontMetrics(small).lineSpacing()
            )
        return QSize(100, height)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Paint a row."""
        row: Row = index.data(ROW)
        rect = option.rect
        painter.save()
        self._paint_ground(painter, option, self._proxy.source_row(index))
        icon, colour = LOOKS[row.kind]
        place = QRectF(rect.left() + PAD, rect.top() + PAD - 1, ICON, ICON)
        drawing(icon, self._theme.colour(colour)).render(painter, place)
        title, small = self._fonts(option)
        left = rect.left() + PAD + ICON + PAD
        width = rect.right() - PAD - CLOCK - left
        painter.setFont(title)
        painter.setPen(QColor(self._theme.palette.text))
        line = QFontMetrics(title)
        top = rect.top() + PAD
        painter.drawText(
            QRect(left, top, width, line.height()),
            Qt.AlignmentFlag.AlignLeft,
            line.elidedText(row.title, Qt.TextElideMode.ElideRight, width),
        )
        painter.setFont(digits(small))
        painter.setPen(QColor(self._theme.palette.muted))
        clock = QRect(rect.right() - PAD - CLOCK, top, CLOCK, line.height())
        painter.drawText(clock, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, stamp(row.at))
        if row.detail:
            self._paint_detail(
                painter, row.detail, small, QPoint(left, top + line.height() + 3), rect.right()
            )
        painter.restore()

    def _paint_ground(self, painter: QPainter, option: QStyleOptionViewItem, number: int) -> None:
        palette = self._theme.palette
        if number == self._model.current:
            painter.fillRect(option.rect, QColor(palette.accent_soft))
            painter.fillRect(
                QRect(option.rect.left(), option.rect.top(), 3, option.rect.height()), QColor(palette.accent)
            )
        elif option.state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(option.rect, QColor(palette.hover))
        if option.state & QStyle.StateFlag.State_HasFocus:
            painter.setPen(QColor(palette.accent))
            painter.drawRect(option.rect.adjusted(0, 0, -1, -1))

    def _paint_detail(self, painter: QPainter, detail: str, font: QFont, at: QPoint, right: int) -> None:
        metrics = QFontMetrics(font)
        painter.setFont(font)
        width = right - PAD - at.x()
        first, rest = _split(detail, metrics, width)
        for number, line in enumerate((first, rest)):
            shown = metrics.elidedText(line, Qt.TextElideMode.ElideRight, width)
            painter.drawText(at + QPoint(0, metrics.ascent() + number * metrics.lineSpacing()), shown)

    def _lines(self, detail: str, font: QFont, width: int) -> int:
        room = width - PAD - ICON - PAD - PAD
        return 1 if QFontMetrics(font).horizontalAdvance(detail) <= room else LINES

    def _fonts(self, option: QStyleOptionViewItem) -> tuple[QFont, QFont]:
        title, small = QFont(option.font), QFont(option.font)
        title.setWeight(QFont.Weight.DemiBold)
        small.setPixelSize(SMALL)
        return title, small


class EventList(QWidget):
    """The list with its heading and its filter.

    Args:
        theme: whose palette.
        chosen: is told where the auditor wants to go, in milliseconds.
    """

    def __init__(self, theme: Theme, chosen: Callable[[int], None]) -> None:
        super().__init__()
        self._chosen = chosen
        self._model = Rows()
        self._proxy = Chosen(self._model)
        self.filter = QComboBox()
        self.filter.addItems(list(CHOICES))
        self.filter.setAccessibleName("Which events are shown")
        self.filter.setFixedWidth(FILTER_WIDTH)
        self.filter.currentTextChanged.connect(lambda name: self._proxy.choose(CHOICES[name]))
        self.view = QListView()
        self.view.setModel(self._proxy)
        self._painted = Painted(theme, self._model, self._proxy)
        self.view.setItemDelegate(self._painted)
        self.view.setAccessibleName("Events")
        self.view.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.view.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.view.setMouseTracking(True)
        self.view.setResizeMode(QListView.ResizeMode.Adjust)
        self.view.clicked.connect(self._jump)
        self.view.activated.connect(self._jump)
        heading = columns(text("What happened", "heading", wrap=False), 12, 0, self.filter)
        heading.setContentsMargins(16, 12, 12, 12)
        self.setLayout(rows(heading, rule(), self.view))
        theme.changed.connect(self.view.viewport().update)

    def show_timeline(self, timeline: Timeline) -> None:
        """Show the events of a session."""
        self._model.show_rows(timeline.rows)

    def mark(self, current: int | None) -> None:
        """Mark the row that happened last, and keep it in sight."""
        if current == self._model.current:
            return
        self._model.mark(current)
        if current is not None and not self.view.underMouse():
            index = self._proxy.mapFromSource(self._model.index(current))
            self.view.scrollTo(index, QAbstractItemView.ScrollHint.EnsureVisible)

    def _jump(self, index: QModelIndex) -> None:
        row: Row = index.data(ROW)
        self._chosen(row.at)


def _split(detail: str, metrics: QFontMetrics, width: int) -> tuple[str, str]:
    """Return the first line and what is left, broken between words."""
    if metrics.horizontalAdvance(detail) <= width:
        return detail, ""
    words = detail.split(" ")
    count = 1
    while count < len(words) and metrics.horizontalAdvance(" ".join(words[: count + 1])) <= width:
        count += 1
    if count == 1 and metrics.horizontalAdvance(words[0]) > width:
        letters = next(n for n in range(len(detail), 0, -1) if metrics.horizontalAdvance(detail[:n]) <= width)
        return detail[:letters], detail[letters:]
    return " ".join(words[:count]), " ".join(words[count:])
