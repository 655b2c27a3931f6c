"""The list of conversations: its entries, its model, how a row is painted, and what keys do in it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QPointF,
    QRect,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QFont,
    QFontMetrics,
    QKeyEvent,
    QPainter,
    QPen,
)
from PySide6.QtWidgets import (
    QAbstractItemDelegate,
    QAbstractItemView,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from app.controls import CHOSEN, HOVERED
from app.theme import Colours, text_font

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


class Entries(QAbstractListModel):
    """Entries and the section headings between them."""

    renamed = Signal(str, str)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.rows: list[Entry | str] = []

    def show(self, entries: Sequence[Entry]) -> None:
        """Lists ``entries``, each section headed once."""
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
        """Entries and headings."""
        return 0 if parent is not None and parent.isValid() else len(self.rows)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """A heading is its words; an entry is itself under ``UserRole`` and its title elsewhere."""
        row = self.rows[index.row()]
        if role == Qt.ItemDataRole.UserRole:
            return row
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.EditRole):
            return row if isinstance(row, str) else row.title
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return row if isinstance(row, str) else f"{row.title}. {row.detail}"
        return None

    def flags(self, index: _Index) -> Qt.ItemFlag:
        """Headings can't be chosen."""
        if isinstance(self.rows[index.row()], str):
            return Qt.ItemFlag.NoItemFlags
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsEditable

    def setData(self, index: _Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        """Asks for another title; the entry changes once it has been kept."""
        row = self.rows[index.row()]
        if isinstance(row, str) or role != Qt.ItemDataRole.EditRole or str(value).strip() == row.title:
            return False
        self.renamed.emit(row.conversation_id, str(value).strip())
        return True


class EntryRow(QStyledItemDelegate):
    """Paints headings and entries; ``current_id`` is the conversation that is open."""

    def __init__(self, colours: Colours, parent: QObject) -> None:
        super().__init__(parent)
        self.colours = colours
        self.current_id = ""

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        """Higher where there is a second line."""
        row = index.data(Qt.ItemDataRole.UserRole)
        line_px = QFontMetrics(text_font()).height()
        if isinstance(row, str):
            return QSize(0, line_px + 14)
        return QSize(0, 2 * line_px + 16 if row.detail else line_px + 18)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        """The row on its plate."""
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
        ground.setAlphaF(CHOSEN if here else HOVERED if state & QStyle.StateFlag.State_MouseOver else 0.0)
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


class EntryList(QListView):
    """The list; Enter opens, F2 renames, Delete deletes.

    While a title is being written the rows stay as they are; what is to be shown instead waits for its end.
    """

    opened = Signal(str)
    deleted = Signal(str)

    def __init__(self, model: Entries, parent: QWidget) -> None:
        super().__init__(parent)
        self._entries = model
        self._waiting: Sequence[Entry] | None = None
        self.setModel(model)

    def chosen(self) -> Entry | None:
        """The entry that the keyboard is on."""
        row = self.currentIndex().data(Qt.ItemDataRole.UserRole) if self.currentIndex().isValid() else None
        return row if isinstance(row, Entry) else None

    def show_entries(self, entries: Sequence[Entry]) -> None:
        """Lists ``entries``. The keyboard stays on its entry, or goes to the one that took its place."""
        if self.state() is QAbstractItemView.State.EditingState:
            self._waiting = entries
            return
        chosen, row, at = self.chosen(), self.currentIndex().row(), self.verticalScrollBar().value()
        self._entries.show(entries)
        if chosen is not None and not self._go_to(chosen.conversation_id):
            self._go_to_row(row)
        self.verticalScrollBar().setValue(at)

    def select(self, conversation_id: str) -> None:
        """Puts the keyboard's place on a conversation and brings it into sight."""
        if self._go_to(conversation_id):
            self.scrollTo(self.currentIndex())

    def rename(self, conversation_id: str) -> None:
        """Lets the person write another title; nothing where the conversation isn't listed any more."""
        if self._go_to(conversation_id):
            self.edit(self.currentIndex())

    def closeEditor(self, editor: QWidget, hint: QAbstractItemDelegate.EndEditHint) -> None:
        """Shows what has waited for the end of the editing."""
        super().closeEditor(editor, hint)
        waiting, self._waiting = self._waiting, None
        if waiting is not None:
            self.show_entries(waiting)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Opens, renames, deletes, or moves. A key that is kept down deletes once."""
        chosen = self.chosen()
        if chosen and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.opened.emit(chosen.conversation_id)
        elif chosen and event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            if not event.isAutoRepeat():
                self.deleted.emit(chosen.conversation_id)
        elif chosen and event.key() == Qt.Key.Key_F2:
            self.edit(self.currentIndex())
        elif event.key() == Qt.Key.Key_Escape:
            event.ignore()
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Begins at the first entry."""
        super().focusInEvent(event)
        if self.chosen() is None:
            self.setCurrentIndex(
                self.moveCursor(QAbstractItemView.CursorAction.MoveHome, Qt.KeyboardModifier(0))
            )

    def _go_to(self, conversation_id: str) -> bool:
        for row, entry in enumerate(self._entries.rows):
            if isinstance(entry, Entry) and entry.conversation_id == conversation_id:
                self.setCurrentIndex(self._entries.index(row, 0))
                return True
        return False

    def _go_to_row(self, row: int) -> None:
        """The entry in ``row``, else the next one, else the last."""
        places = [index for index, entry in enumerate(self._entries.rows) if isinstance(entry, Entry)]
        if places:
            place = next((index for index in places if index >= row), places[-1])
            self.setCurrentIndex(self._entries.index(place, 0))
