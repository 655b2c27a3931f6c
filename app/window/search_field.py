"""A field to search in, which waits for a pause in typing."""

from PySide6.QtCore import (
    QEvent,
    QPointF,
    QRectF,
    Qt,
    QTimer,
    Signal,
)
from PySide6.QtGui import (
    QColor,
    QKeyEvent,
    QPainter,
    QPaintEvent,
    QPalette,
    QPen,
)
from PySide6.QtWidgets import (
    QLineEdit,
    QWidget,
)

from app.icons import paint_icon
from app.text_size import fix, roomy
from app.theme import Colours

SEARCHING_AFTER_MS = 150
"""A pause in typing this long begins a search."""


class SearchField(QLineEdit):
    """A search field; ``searched`` comes a moment after the last key, or at once when it is emptied."""

    searched = Signal(str)

    def __init__(self, colours: Colours, parent: QWidget) -> None:
        super().__init__(parent)
        self._colours = colours
        self.setPlaceholderText(self.tr("Search"))
        self.setAccessibleName(self.tr("Search conversations"))
        self.setFrame(False)
        self.fit_text()
        fix(self, height=30)
        self._pause = QTimer(self, singleShot=True, interval=SEARCHING_AFTER_MS)
        self._pause.timeout.connect(lambda: self.searched.emit(self.text().strip()))
        self.textChanged.connect(self._changed)
        self.set_colours(colours)

    def fit_text(self) -> None:
        """Begins beside the glass."""
        self.setTextMargins(roomy(28), 0, 8, 0)

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
        focused = self.hasFocus()
        painter.setPen(
            QPen(QColor(self._colours.accent if focused else self._colours.edge), 1.5 if focused else 1)
        )
        painter.setBrush(QColor(self._colours.raised))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 8, 8)
        paint_icon(painter, "search", self._colours.quiet, QPointF(roomy(17), self.height() / 2), roomy(16))
        painter.end()
        super().paintEvent(event)

    def _changed(self, text: str) -> None:
        if text:
            self._pause.start()
        else:
            self._pause.stop()
            self.searched.emit("")
