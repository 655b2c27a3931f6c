"""The side list: past conversations by day, found again by their words."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import (
    QAbstractListModel,
    QEvent,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QPoint,
    QPointF,
    QRect,
    QRectF,
    QSize,
    Qt,
    QTimer,
    Signal,
)
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QFont,
    QFontMetrics,
    QKeyEvent,
    QPainter,
    QPaintEvent,
    QPalette,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QLabel,
    QLineEdit,
    QListView,
    QMenu,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from app.controls import IconButton, slim_scroll_bar
from app.icons import paint_icon
from app.theme import Colours, text_font

WIDTH_PX = 264
SEARCHING_AFTER_MS = 150
"""A pause in typing this long begins a search."""

_Index = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True, slots=True)
class Entry:
    """A conversation in the list. ``section`` heads the entries that share it; "" heads none.

    ``marks`` are the characters of ``detail`` that were searched for.
    """

    conversation_id: str
    title: str
    detail: str = ""
    section: str = ""
    marks: tuple[tuple[int, int], ...] = ()


class _Entries(QAbstractListModel):
    """Entries and the section headings between them."""

    renamed = Signal(str, str)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.rows: list[Entry | str] = []

    def show(self, entries: Sequence[Entry]) -> None:
        self.beginResetModel()
        self.rows = []
        section = ""
        for entry in entries:
            if entry.section and entry.section != section:
                section = entry.section
                self.rows.append(section)
            self.rows.append(entry)
        self.endResetModel()

    def rowCount(self, parent: _Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self.rows)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        row = self.rows[index.row()]
        if role == Qt.ItemDataRole.UserRole:
            return row
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.EditRole):
            return row if isinstance(row, str) else row.title
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return row if isinstance(row, str) else f"{row.title}. {row.detail}"
        return None

    def flags(self, index: _Index) -> Qt.ItemFlag:
        if isinstance(self.rows[index.row()], str):
            return Qt.ItemFlag.NoItemFlags
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsEditable

    def setData(self, index: _Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        row = self.rows[index.row()]
        if isinstance(row, str) or role != Qt.ItemDataRole.EditRole or str(value).strip() == row.title:
            return False
        self.renamed.emit(row.conversation_id, str(value).strip())
        return True


class _Row(QStyledItemDelegate):
    def __init__(self, colours: Colours, parent: QObject) -> None:
        super().__init__(parent)
        self.colours = colours
        self.current_id = ""

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        row = index.data(Qt.ItemDataRole.UserRole)
        return QSize(0, 30 if isinstance(row, str) else 48 if row.detail else 34)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        row = index.data(Qt.ItemDataRole.UserRole)
        rect: QRect = option.rect
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if isinstance(row, str):
            painter.setFont(text_font(11 / 13, weight=QFont.Weight.DemiBold))
            painter.setPen(QColor(self.colours.quiet))
            place = rect.adjusted(18, 8, -12, -2)
            painter.drawText(place, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignBottom, row)
        else:
            self._entry(painter, rect, row, option.state)
        painter.restore()

    def _entry(self, painter: QPainter, rect: QRect, row: Entry, state: QStyle.StateFlag) -> None:
        plate = QRectF(rect).adjusted(8, 1, -8, -1)
        here = row.conversation_id == self.current_id
        ground = QColor(self.colours.accent if here else self.colours.text)
        ground.setAlphaF(0.14 if here else 0.06 if state & QStyle.StateFlag.State_MouseOver else 0.0)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ground)
        painter.drawRoundedRect(plate, 8, 8)
        if state & QStyle.StateFlag.State_HasFocus and state & QStyle.StateFlag.State_Selected:
            painter.setPen(QPen(QColor(self.colours.accent), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(plate.adjusted(1, 1, -1, -1), 8, 8)
        inner = rect.adjusted(18, 7, -18, -6)
        font = text_font(weight=QFont.Weight.Medium)
        painter.setFont(font)
        painter.setPen(QColor(self.colours.text))
        title = QFontMetrics(font).elidedText(row.title, Qt.TextElideMode.ElideRight, inner.width())
        painter.drawText(inner, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop, title)
        if row.detail:
            self._detail(painter, inner, row)

    def _detail(self, painter: QPainter, inner: QRect, row: Entry) -> None:
        """The second line, its found words stronger than the rest."""
        plain, strong = text_font(11.5 / 13), text_font(11.5 / 13, weight=QFont.Weight.DemiBold)
        x, baseline, right = float(inner.left()), inner.bottom() - 3, inner.right()
        for text, marked in _pieces(row):
            font = strong if marked else plain
            metrics = QFontMetrics(font)
            room = right - round(x)
            shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, room)
            painter.setFont(font)
            painter.setPen(QColor(self.colours.text if marked else self.colours.quiet))
            painter.drawText(QPointF(x, baseline), shown)
            x += metrics.horizontalAdvance(shown)
            if shown != text:
                return


def _pieces(row: Entry) -> list[tuple[str, bool]]:
    pieces: list[tuple[str, bool]] = []
    at = 0
    for start, end in row.marks:
        pieces += [(row.detail[at:start], False), (row.detail[start:end], True)]
        at = end
    return [piece for piece in (*pieces, (row.detail[at:], False)) if piece[0]]


class _List(QListView):
    """The list; Enter opens, F2 renames, Delete deletes."""

    opened = Signal(str)
    deleted = Signal(str)

    def chosen(self) -> Entry | None:
        row = self.currentIndex().data(Qt.ItemDataRole.UserRole) if self.currentIndex().isValid() else None
        return row if isinstance(row, Entry) else None

    def keyPressEvent(self, event: QKeyEvent) -> None:
        chosen = self.chosen()
        if chosen and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.opened.emit(chosen.conversation_id)
        elif chosen and event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.deleted.emit(chosen.conversation_id)
        elif chosen and event.key() == Qt.Key.Key_F2:
            self.edit(self.currentIndex())
        elif event.key() == Qt.Key.Key_Escape:
            event.ignore()
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        if self.chosen() is None:
            self.setCurrentIndex(
                self.moveCursor(QAbstractItemView.CursorAction.MoveHome, Qt.KeyboardModifier(0))
            )


class SearchField(QLineEdit):
    """A search field; ``searched`` comes a moment after the last key, or at once when it is emptied."""

    searched = Signal(str)

    def __init__(self, colours: Colours, parent: QWidget) -> None:
        super().__init__(parent)
        self._colours = colours
        self.setPlaceholderText(self.tr("Search"))
        self.setAccessibleName(self.tr("Search conversations"))
        self.setFrame(False)
        self.setTextMargins(28, 0, 8, 0)
        self.setFixedHeight(30)
        self._pause = QTimer(self, singleShot=True, interval=SEARCHING_AFTER_MS)
        self._pause.timeout.connect(lambda: self.searched.emit(self.text().strip()))
        self.textChanged.connect(self._changed)
        self.set_colours(colours)

    def set_colours(self, colours: Colours) -> None:
        """Takes other colours."""
        self._colours = colours
        palette = self.palette()
        palette.setColor(QPalette.ColorRole.Base, Qt.GlobalColor.transparent)
        palette.setColor(QPalette.ColorRole.Text, QColor(colours.text))
        palette.setColor(QPalette.ColorRole.PlaceholderText, QColor(colours.quiet))
        self.setPalette(palette)
        self.update()

    def event(self, event: QEvent) -> bool:
        """Claims Escape while there is something to empty, before the window's own use of it."""
        escape = isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape
        if event.type() is QEvent.Type.ShortcutOverride and escape and self.text():
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape empties it first."""
        if event.key() == Qt.Key.Key_Escape and self.text():
            self.clear()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """A quiet plate with a glass."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ground = QColor(self._colours.text)
        ground.setAlphaF(0.06)
        painter.setPen(QPen(QColor(self._colours.accent), 1.5) if self.hasFocus() else Qt.PenStyle.NoPen)
        painter.setBrush(ground)
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 8, 8)
        paint_icon(painter, "search", self._colours.quiet, QPointF(17, self.height() / 2), 16)
        painter.end()
        super().paintEvent(event)

    def _changed(self, text: str) -> None:
        if text:
            self._pause.start()
        else:
            self._pause.stop()
            self.searched.emit("")


class Sidebar(QWidget):
    """Search, the list, and a button for a new conversation. It only shows and asks."""

    new_wanted = Signal()
    searched = Signal(str)
    opened = Signal(str)
    renamed = Signal(str, str)
    deleted = Signal(str)
    export_wanted = Signal(str)

    def __init__(self, colours: Colours, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._colours = colours
        self.setFixedWidth(WIDTH_PX)
        self.setAccessibleName(self.tr("Conversations"))
        self.search = SearchField(colours, self)
        self.search.searched.connect(self.searched)
        self.new = IconButton("compose", self.tr("New conversation"), self, colours)
        self.new.clicked.connect(self.new_wanted)
        self._model = _Entries(self)
        self._model.renamed.connect(self.renamed)
        self._row = _Row(colours, self)
        self.list = self._make_list()
        self._empty = QLabel(self)
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._empty.setWordWrap(True)
        self.set_colours(colours)
        self.show_entries([], "")

    def _make_list(self) -> _List:
        shown = _List(self)
        shown.setModel(self._model)
        shown.setItemDelegate(self._row)
        shown.setAccessibleName(self.tr("Conversations"))
        shown.setFrameShape(QFrame.Shape.NoFrame)
        shown.setMouseTracking(True)
        shown.setUniformItemSizes(False)
        shown.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        shown.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        shown.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        shown.clicked.connect(self._clicked)
        shown.opened.connect(self.opened)
        shown.deleted.connect(self.deleted)
        shown.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        shown.customContextMenuRequested.connect(self._menu)
        return shown

    @property
    def entries(self) -> list[Entry]:
        """What the list shows."""
        return [row for row in self._model.rows if isinstance(row, Entry)]

    def show_entries(self, entries: Sequence[Entry], current_id: str) -> None:
        """Shows ``entries``, the one of ``current_id`` as the open one."""
        self._row.current_id = current_id
        if entries != self.entries:
            bar = self.list.verticalScrollBar()
            at = bar.value()
            self._model.show(entries)
            bar.setValue(at)
        self.list.viewport().update()
        words = self.tr("Nothing found") if self.search.text() else self.tr("Your conversations appear here.")
        self._empty.setText(words)
        self._empty.setVisible(not entries)

    def set_colours(self, colours: Colours) -> None:
        """Takes other colours."""
        self._colours = self._row.colours = colours
        palette = self.palette()
        palette.setColor(QPalette.ColorRole.Window, QColor(colours.sidebar))
        palette.setColor(QPalette.ColorRole.Base, QColor(colours.sidebar))
        palette.setColor(QPalette.ColorRole.WindowText, QColor(colours.quiet))
        palette.setColor(QPalette.ColorRole.Text, QColor(colours.text))
        self.setPalette(palette)
        self.setAutoFillBackground(True)
        slim_scroll_bar(self.list.verticalScrollBar(), colours)
        self.search.set_colours(colours)
        self.new.set_colours(colours)
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keeps everything in place."""
        width, height = self.width(), self.height()
        self.search.setGeometry(12, 11, width - 24 - 36, 30)
        self.new.setGeometry(width - 42, 11, 30, 30)
        self.list.setGeometry(0, 52, width - 1, height - 52)
        self._empty.setGeometry(24, 90, width - 48, 60)

    def paintEvent(self, event: QPaintEvent) -> None:
        """A hair line at the right."""
        painter = QPainter(self)
        painter.setPen(QColor(self._colours.line))
        painter.drawLine(self.width() - 1, 0, self.width() - 1, self.height())
        painter.end()

    def _clicked(self, index: QModelIndex) -> None:
        row = index.data(Qt.ItemDataRole.UserRole)
        if isinstance(row, Entry):
            self.opened.emit(row.conversation_id)

    def _menu(self, place: QPoint) -> None:
        index = self.list.indexAt(place)
        row = index.data(Qt.ItemDataRole.UserRole) if index.isValid() else None
        if not isinstance(row, Entry):
            return
        self.list.setCurrentIndex(index)
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction(self.tr("Rename")).triggered.connect(lambda: self.list.edit(index))
        menu.addAction(self.tr("Export…")).triggered.connect(
            lambda: self.export_wanted.emit(row.conversation_id)
        )
        menu.addSeparator()
        menu.addAction(self.tr("Delete")).triggered.connect(lambda: self.deleted.emit(row.conversation_id))
        menu.popup(self.list.viewport().mapToGlobal(place))
