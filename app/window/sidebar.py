"""The side list: past conversations by day, found again by their words."""

from collections.abc import Sequence

from PySide6.QtCore import (
    QModelIndex,
    QPoint,
    Qt,
    Signal,
)
from PySide6.QtGui import (
    QColor,
    QPainter,
    QPaintEvent,
    QPalette,
    QResizeEvent,
)
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QLabel,
    QWidget,
)

from app.controls import IconButton, slim_scroll_bar
from app.menu import Menu
from app.text_size import fix, px, roomy
from app.theme import Colours
from app.window.conversation_list import Entries, Entry, EntryList, EntryRow
from app.window.search_field import SearchField

WIDTH_PX = 264


class EntryMenu(Menu):
    """What can be done with a conversation."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent, ticks=False)
        self.rename = self.addAction(self.tr("Rename"))
        self.export = self.addAction(self.tr("Export…"))
        self.addSeparator()
        self.delete = self.addAction(self.tr("Delete"))


class FilesMenu(Menu):
    """Conversations as files."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent, ticks=False)
        self.bring = self.addAction(self.tr("Import…"))
        self.every = self.addAction(self.tr("Export all…"))


class Sidebar(QWidget):
    """Search, the list, a button for a new conversation and a menu for files. It only shows and asks."""

    new_wanted = Signal()
    searched = Signal(str)
    opened = Signal(str)
    renamed = Signal(str, str)
    deleted = Signal(str)
    export_wanted = Signal(str)
    export_all_wanted = Signal()
    import_wanted = Signal()

    def __init__(self, colours: Colours, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._colours = colours
        fix(self, width=WIDTH_PX)
        self.setAccessibleName(self.tr("Conversations"))
        self.search = SearchField(colours, self)
        self.search.searched.connect(self.searched)
        self.new = IconButton("compose", self.tr("New conversation"), self, colours)
        self.new.clicked.connect(self.new_wanted)
        self.more = IconButton("more", self.tr("More"), self, colours)
        self.more.clicked.connect(self._show_more)
        self._model = Entries(self)
        self._model.renamed.connect(self.renamed)
        self._row = EntryRow(colours, self)
        self.list = self._make_list()
        self._empty = QLabel(self)
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._empty.setWordWrap(True)
        self.set_colours(colours)
        self.show_entries([], "")

    def _make_list(self) -> EntryList:
        shown = EntryList(self._model, self)
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
            self.list.show_entries(entries)
        self.list.viewport().update()
        words = self.tr("Nothing found") if self.search.text() else self.tr("Your conversations appear here.")
        self._empty.setText(words)
        self._empty.setVisible(not entries)

    def select(self, conversation_id: str) -> None:
        """Puts the keyboard's place on a conversation and brings it into sight, if it is listed."""
        self.list.select(conversation_id)

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
        self.more.set_colours(colours)
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keeps everything in place."""
        width, height = self.width(), self.height()
        head_px, field_px = roomy(52), self.search.height()
        button = self.more.sizeHint()
        top, left = (head_px - button.height()) // 2, width - 12 - button.width()
        self.more.setGeometry(left, top, button.width(), button.height())
        left -= button.width() + 2
        self.new.setGeometry(left, top, button.width(), button.height())
        self.search.setGeometry(12, (head_px - field_px) // 2, left - 6 - 12, field_px)
        self.list.setGeometry(0, head_px, width - 1, height - head_px)
        self._empty.setGeometry(24, head_px + 38, width - 48, px(60))

    def paintEvent(self, event: QPaintEvent) -> None:
        """A hair line at the right."""
        painter = QPainter(self)
        painter.fillRect(self.width() - 1, 0, 1, self.height(), QColor(self._colours.line))
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
        menu = EntryMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.set_colours(self._colours)
        menu.rename.triggered.connect(lambda: self.list.rename(row.conversation_id))
        menu.export.triggered.connect(lambda: self.export_wanted.emit(row.conversation_id))
        menu.delete.triggered.connect(lambda: self.deleted.emit(row.conversation_id))
        menu.popup(self.list.viewport().mapToGlobal(place))

    def _show_more(self) -> None:
        menu = FilesMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.set_colours(self._colours)
        menu.bring.triggered.connect(self.import_wanted)
        menu.every.setEnabled(bool(self.entries))
        menu.every.triggered.connect(self.export_all_wanted)
        menu.popup(self.more.mapToGlobal(QPoint(0, self.more.height())))
