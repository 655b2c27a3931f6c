"""Small moving and still marks inside a transcript: the question's bubble, dots while it thinks, a note."""

import math
import time

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt, QTimer
from PySide6.QtGui import QColor, QFont, QHideEvent, QPainter, QPaintEvent, QPalette, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QLabel, QWidget

from app import theme
from app.icons import paint_icon
from app.locale import leave_alone
from app.text_size import roomy, use_font
from app.theme import READING_SCALE, Colours

_PAD_X, _PAD_Y = 14, 9


class Bubble(QWidget):
    """A question, at the right; quieter while it is still being understood."""

    def __init__(self, colours: Colours, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._colours = colours
        self._settled = True
        self._sized: tuple[int, str, QSize] | None = None  # for a width and a font, as long as the text stays
        self._label = QLabel(self)
        self._label.setTextFormat(Qt.TextFormat.PlainText)
        self._label.setWordWrap(True)
        use_font(self._label, READING_SCALE)
        self._label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        leave_alone(self._label)
        self.set_colours(colours)

    def set_text(self, text: str, *, settled: bool) -> None:
        """Shows ``text``; unless it is ``settled`` it may yet be understood otherwise."""
        self._settled = settled
        self._sized = None
        self._label.setText(text)
        self.retranslate()
        self.set_colours(self._colours)

    def retranslate(self) -> None:
        """Is called otherwise in another language; what was asked stays as it was asked."""
        self._label.setAccessibleName(self.tr("Question: %s") % self._label.text())

    def set_colours(self, colours: Colours) -> None:
        """Takes other colours."""
        self._colours = colours
        palette = self._label.palette()
        palette.setColor(
            QPalette.ColorRole.WindowText, QColor(colours.text if self._settled else colours.quiet)
        )
        self._label.setPalette(palette)
        self.update()

    def size_for(self, width: int) -> QSize:
        """The size its text takes if it may be ``width`` wide at most."""
        font = self._label.font().key()
        if self._sized is None or self._sized[:2] != (width, font):
            self._sized = (width, font, self._size_for(width))
        return self._sized[2]

    def _size_for(self, width: int) -> QSize:
        inner = max(1, width - 2 * _PAD_X)
        metrics = self._label.fontMetrics()
        flags = int(Qt.TextFlag.TextWordWrap) | int(Qt.TextFlag.TextExpandTabs)
        box = metrics.boundingRect(QRect(0, 0, inner, 1_000_000), flags, self._label.text())
        text_px = min(inner, box.width() + 2)
        height = max(box.height(), self._label.heightForWidth(text_px))
        return QSize(text_px + 2 * _PAD_X, height + 2 * _PAD_Y)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keeps the text inside its padding."""
        self._label.setGeometry(self.rect().adjusted(_PAD_X, _PAD_Y, -_PAD_X, -_PAD_Y))

    def paintEvent(self, event: QPaintEvent) -> None:
        """The bubble."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(self._colours.bubble if self._settled else self._colours.accent_wash))
        painter.drawRoundedRect(QRectF(self.rect()), 17, 17)
        painter.end()


class Dots(QWidget):
    """Three dots that breathe while an answer is awaited; they cost nothing while hidden."""

    def __init__(self, colours: Colours, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._colours = colours
        self._ticking = QTimer(self, interval=50)
        self._ticking.timeout.connect(self.update)
        self.setFixedSize(44, 22)
        self.setAccessibleName(self.tr("Thinking"))

    def set_colours(self, colours: Colours) -> None:
        """Takes other colours."""
        self._colours = colours

    @property
    def moving(self) -> bool:
        """Whether they move."""
        return self._ticking.isActive()

    def showEvent(self, event: QShowEvent) -> None:
        """Begins to move, unless movement is not wanted."""
        if not theme.motion_reduced():
            self._ticking.start()

    def hideEvent(self, event: QHideEvent) -> None:
        """Rests."""
        self._ticking.stop()

    def paintEvent(self, event: QPaintEvent) -> None:
        """The dots, each a little later than the one before."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        phase = time.monotonic() * 4.2
        for index in range(3):
            colour = QColor(self._colours.quiet)
            colour.setAlphaF(0.35 + 0.65 * max(0.0, math.sin(phase - index * 0.8)))
            painter.setBrush(colour)
            painter.drawEllipse(QPointF(5 + index * 12, 11), 3.5, 3.5)
        painter.end()


class Note(QWidget):
    """A quiet line under an answer: that it was cut, or what went wrong and what to do."""

    def __init__(self, colours: Colours, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._colours, self._icon, self._alarming = colours, "cut", False
        self._label = QLabel(self)
        self._label.setWordWrap(True)
        self._label.setTextFormat(Qt.TextFormat.PlainText)
        self._label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        use_font(self._label, 12 / 13, weight=QFont.Weight.Medium)

    def say(self, text: str, icon: str, *, alarming: bool = False) -> None:
        """Shows ``text`` behind ``icon``."""
        self._icon, self._alarming = icon, alarming
        self._label.setText(text)
        self.set_colours(self._colours)

    @property
    def text(self) -> str:
        """What it says."""
        return self._label.text()

    def set_colours(self, colours: Colours) -> None:
        """Takes other colours."""
        self._colours = colours
        palette = self._label.palette()
        palette.setColor(QPalette.ColorRole.WindowText, QColor(self._colour()))
        self._label.setPalette(palette)
        self.update()

    def _colour(self) -> str:
        return self._colours.bad if self._alarming else self._colours.warn

    def height_for(self, width: int) -> int:
        """Its height at ``width``, in pixels."""
        return max(20, self._label.heightForWidth(max(1, width - roomy(22))))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keeps the words beside the icon."""
        left = roomy(22)
        self._label.setGeometry(left, 0, self.width() - left, self.height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """The icon."""
        painter = QPainter(self)
        line = self._label.fontMetrics().height()
        middle = self.height() / 2 if self.height() < 2 * line else line / 2 + 1
        paint_icon(painter, self._icon, self._colour(), QPointF(roomy(8), middle), roomy(16))
        painter.end()
