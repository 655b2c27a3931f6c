"""A word about what was just done, with a way back, that goes by itself."""

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QRectF, QTimer
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from app.controls import TextButton
from app.theme import Colours

SHOWN_FOR_MS = 8_000
ABOVE_BOTTOM_PX = 52  # above the way back to the latest answer


class Toast(QWidget):
    """Shows one message at a time; a newer one takes the place of an older one, whose way back ends."""

    def __init__(self, colours: Colours, parent: QWidget) -> None:
        super().__init__(parent)
        self._colours = colours
        self._undo: Callable[[], None] | None = None
        self._ended: Callable[[], None] | None = None
        self._label = QLabel(self)
        self._button = TextButton(self.tr("Undo"), "undo", self, colours)
        self._button.set_tinted(True)
        self._button.clicked.connect(self._undone)
        row = self._row = QHBoxLayout(self)
        row.setSpacing(10)
        row.addWidget(self._label)
        row.addWidget(self._button)
        self._time = QTimer(self, singleShot=True, interval=SHOWN_FOR_MS)
        self._time.timeout.connect(self.dismiss)
        parent.installEventFilter(self)
        self.set_colours(colours)
        self.hide()

    @property
    def message(self) -> str:
        """What it says."""
        return self._label.text()

    def say(
        self,
        message: str,
        undo: Callable[[], None] | None = None,
        ended: Callable[[], None] | None = None,
    ) -> None:
        """Shows ``message``; ``undo`` is called if the person wants it back, ``ended`` once that is over."""
        self.dismiss()
        self._undo, self._ended = undo, ended
        self._label.setText(message)
        self._button.setVisible(undo is not None)
        self._row.setContentsMargins(16, 5, 6, 5) if undo else self._row.setContentsMargins(16, 11, 16, 11)
        self.setAccessibleName(message)
        self.adjustSize()
        self.place()
        self.show()
        self.raise_()
        self._time.start()

    def dismiss(self) -> None:
        """Goes away; there is no way back any more."""
        self._time.stop()
        self.hide()
        ended, self._undo, self._ended = self._ended, None, None
        if ended is not None:
            ended()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Stays in its place when its parent is resized."""
        if event.type() is QEvent.Type.Resize:
            self.place()
        return False

    def event(self, event: QEvent) -> bool:
        """Takes the room that its words need in another language or size."""
        done = super().event(event)
        if event.type() is QEvent.Type.LayoutRequest:
            self.adjustSize()
            self.place()
        return done

    def place(self) -> None:
        """Sits at the bottom of its parent, in the middle."""
        parent = self.parentWidget()
        if parent is not None:
            self.move((parent.width() - self.width()) // 2, parent.height() - self.height() - ABOVE_BOTTOM_PX)

    def set_colours(self, colours: Colours) -> None:
        """Takes other colours."""
        self._colours = colours
        palette = self._label.palette()
        palette.setColor(QPalette.ColorRole.WindowText, QColor(colours.text))
        self._label.setPalette(palette)
        self._button.set_colours(colours)

    def paintEvent(self, event: QPaintEvent) -> None:
        """A raised pill."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QColor(self._colours.line))
        painter.setBrush(QColor(self._colours.raised))
        radius = self.height() / 2 - 1
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), radius, radius)
        painter.end()

    def _undone(self) -> None:
        undo, self._undo, self._ended = self._undo, None, None
        self._time.stop()
        self.hide()
        if undo is not None:
            undo()
