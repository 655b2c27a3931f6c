"""The state of everything in two words, in the header."""

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetrics,
    QPainter,
    QPaintEvent,
)
from PySide6.QtWidgets import QWidget

from app.amounts import percent
from app.controls import PaintedButton
from app.text_size import use_font
from app.theme import Colours
from app.window.parts import state_colour
from engine.events import (
    BackendState,
)


class StatusPill(PaintedButton):
    """The state of everything in two words; opens the list of parts."""

    def __init__(self, colours: Colours, parent: QWidget | None = None) -> None:
        super().__init__(parent, colours)
        self._state = BackendState.OFF
        self._progress: float | None = None
        use_font(self, 12 / 13, weight=QFont.Weight.Medium)
        self.setCheckable(True)
        self.show_state(BackendState.OFF, None)

    def show_state(self, state: BackendState, progress: float | None) -> None:
        """Shows ``state`` from now on."""
        self._state, self._progress = state, progress
        words = {
            BackendState.OFF: self.tr("Starting"),
            BackendState.LOADING: self.tr("Getting ready"),
            BackendState.READY: self.tr("Ready"),
            BackendState.RESTARTING: self.tr("Starting again"),
            BackendState.FAILED: self.tr("Needs attention"),
        }[state]
        if state is BackendState.LOADING and progress is not None:
            words = f"{words} {percent(progress)}"
        self.setText(words)
        self.setAccessibleName(self.tr("State: %s") % words)
        self.setToolTip(self.tr("How each part is doing"))
        self.updateGeometry()
        self.update()

    def retranslate(self) -> None:
        """Says the same in another language."""
        self.show_state(self._state, self._progress)

    def sizeHint(self) -> QSize:
        """As wide as its words."""
        metrics = QFontMetrics(self.font())
        return QSize(metrics.horizontalAdvance(self.text()) + 34, max(28, metrics.height() + 10))

    def paintEvent(self, event: QPaintEvent) -> None:
        """A dot in the state's colour, and the words."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._ground(painter, 14)
        painter.setBrush(QColor(state_colour(self._state, self._colours)))
        painter.drawEllipse(QPointF(14, self.height() / 2), 4, 4)
        painter.setPen(QColor(self._colours.text if self.underMouse() else self._colours.quiet))
        painter.setFont(self.font())
        rect = QRectF(24, 0, self.width() - 24, self.height())
        painter.drawText(rect, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, self.text())
        self._focus_ring(painter, 14)
        painter.end()
