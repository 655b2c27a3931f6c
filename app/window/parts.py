"""How each part of the voice is doing: loading with its progress, ready, or failed with what to do."""

import math
import time

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QColor,
    QFont,
    QHideEvent,
    QPainter,
    QPaintEvent,
    QPalette,
    QResizeEvent,
    QShowEvent,
)
from PySide6.QtWidgets import QLabel, QWidget

from app import errors, theme
from app.amounts import percent
from app.controls import TextButton
from app.icons import paint_icon
from app.text_size import use_font
from app.theme import Colours
from app.window.part import Part
from engine.events import (
    BackendState,
    Port,
)

ICONS = {
    Port.TRANSCRIBER: "ear",
    Port.LANGUAGE_MODEL: "brain",
    Port.SYNTHESIZER: "voice",
    Port.MICROPHONE: "mic",
    Port.SPEAKER: "speaker",
}


def state_colour(state: BackendState, colours: Colours) -> str:
    """The colour that stands for ``state``."""
    return {
        BackendState.READY: colours.good,
        BackendState.FAILED: colours.bad,
        BackendState.RESTARTING: colours.warn,
        BackendState.LOADING: colours.accent,
        BackendState.OFF: colours.faint,
    }[state]


class PartRow(QWidget):
    """One part in one or two lines; ``retry_wanted`` is offered where it has failed."""

    retry_wanted = Signal(Port)

    def __init__(self, port: Port, colours: Colours, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.part = Part(port)
        self._colours = colours
        self._title = QLabel(self)
        use_font(self._title, weight=QFont.Weight.Medium)
        self._title.setWordWrap(True)
        self._detail = QLabel(self)
        self._detail.setWordWrap(True)
        use_font(self._detail, 12 / 13)
        self._detail.setTextFormat(Qt.TextFormat.PlainText)
        self._retry = TextButton(self.tr("Try again"), "retry", self, colours)
        self._retry.clicked.connect(lambda: self.retry_wanted.emit(self.part.port))
        self._retry.hide()
        self._ticking = QTimer(self, interval=40)
        self._ticking.timeout.connect(self.update)
        self.show_part(self.part)

    def show_part(self, part: Part) -> None:
        """Shows ``part`` from now on."""
        self.part = part
        self._title.setText(self._name())
        self._detail.setText(self._state_words())
        failed = part.state is BackendState.FAILED
        self._retry.setVisible(failed)
        self._move()
        self.setAccessibleName(f"{self._title.text()}: {self._detail.text()}")
        self._retry.setAccessibleName(self.tr("Try again: %s") % self._name())
        self.set_colours(self._colours)

    def retranslate(self) -> None:
        """Says the same in another language."""
        self.show_part(self.part)

    def set_colours(self, colours: Colours) -> None:
        """Takes other colours."""
        self._colours = colours
        for label, colour in ((self._title, colours.text), (self._detail, self._detail_colour())):
            palette = label.palette()
            palette.setColor(QPalette.ColorRole.WindowText, QColor(colour))
            label.setPalette(palette)
        self._retry.set_colours(colours)
        self.update()

    def arrange(self, width: int) -> int:
        """Places its words for ``width`` and returns the height it takes."""
        right = self._retry.sizeHint().width() + 8 if self.part.state is BackendState.FAILED else 24
        inner = max(40, width - 44 - right)
        title_px = self._title.heightForWidth(inner)
        detail_px = self._detail.heightForWidth(inner)
        self._title.setGeometry(44, 8, inner, title_px)
        self._detail.setGeometry(44, 9 + title_px, inner, detail_px)
        hint = self._retry.sizeHint()
        self._retry.setGeometry(width - hint.width(), 10, hint.width(), hint.height())
        return 8 + title_px + 1 + detail_px + (14 if self.part.state is BackendState.LOADING else 9)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keeps its words in place."""
        self.arrange(self.width())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Its icon, its state, and how far it has loaded."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        state, colours = self.part.state, self._colours
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colours.bad_wash if state is BackendState.FAILED else colours.bubble))
        painter.drawRoundedRect(QRectF(0, 8, 32, 32), 9, 9)
        icon_colour = colours.bad if state is BackendState.FAILED else colours.text
        paint_icon(painter, ICONS[self.part.port], icon_colour, QPointF(16, 24), 18)
        if state is BackendState.READY:
            paint_icon(painter, "check", colours.good, QPointF(self.width() - 9, 24), 16)
        elif state is BackendState.LOADING:
            self._bar(painter)
        painter.end()

    def _bar(self, painter: QPainter) -> None:
        colours, y, width = self._colours, self.height() - 8.0, self.width() - 44.0
        painter.setBrush(QColor(colours.line))
        painter.drawRoundedRect(QRectF(44, y, width, 3), 1.5, 1.5)
        painter.setBrush(QColor(colours.accent))
        if self.part.progress is not None:
            painter.drawRoundedRect(QRectF(44, y, max(3.0, width * self.part.progress), 3), 1.5, 1.5)
            return
        # How far it is can't be told: a piece that wanders to and fro, or rests in the middle.
        place = 0.5 - 0.5 * math.cos(time.monotonic() * 2.2) if self._ticking.isActive() else 0.5
        painter.drawRoundedRect(QRectF(44 + place * width * 0.7, y, width * 0.3, 3), 1.5, 1.5)

    def _move(self) -> None:
        """Moves only while it is seen and has something to show by it."""
        waits = self.part.state is BackendState.LOADING and self.part.progress is None
        if waits and self.isVisible() and not theme.motion_reduced():
            self._ticking.start()
        else:
            self._ticking.stop()

    def showEvent(self, event: QShowEvent) -> None:
        """Begins to move, where it has something to show by it."""
        super().showEvent(event)
        self._move()

    def hideEvent(self, event: QHideEvent) -> None:
        """Rests."""
        super().hideEvent(event)
        self._ticking.stop()

    def _detail_colour(self) -> str:
        return self._colours.bad if self.part.state is BackendState.FAILED else self._colours.quiet

    def _name(self) -> str:
        kind = {
            Port.TRANSCRIBER: self.tr("Hearing"),
            Port.LANGUAGE_MODEL: self.tr("Thinking"),
            Port.SYNTHESIZER: self.tr("Voice"),
            Port.MICROPHONE: self.tr("Microphone"),
            Port.SPEAKER: self.tr("Speaker"),
        }[self.part.port]
        return f"{kind} · {errors.words(self.part.name)}" if self.part.name else kind

    def _state_words(self) -> str:
        part = self.part
        if part.state is BackendState.OFF and part.port is Port.MICROPHONE:
            return self.tr("Opens when you talk")
        if part.state is BackendState.OFF and part.port is Port.SPEAKER:
            return self.tr("Opens when an answer is spoken")
        words = {
            BackendState.OFF: self.tr("Not started yet"),
            BackendState.LOADING: self.tr("Loading"),
            BackendState.READY: self.tr("Ready"),
            BackendState.RESTARTING: self.tr("Starting again"),
            BackendState.FAILED: self.tr("Not working"),
        }[part.state]
        if part.state is BackendState.FAILED:
            return errors.words(part.detail or words, part.remedy)
        if part.state is BackendState.LOADING and part.progress is not None:
            words = f"{words} {percent(part.progress)}"
        return f"{words} · {errors.words(part.detail)}" if part.detail else words


class PartList(QWidget):
    """All parts, one under the other."""

    retry_wanted = Signal(Port)

    def __init__(self, colours: Colours, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.rows = {port: PartRow(port, colours, self) for port in Port}
        for row in self.rows.values():
            row.retry_wanted.connect(self.retry_wanted)

    def show_part(self, part: Part) -> None:
        """Shows ``part`` in its row."""
        self.rows[part.port].show_part(part)
        self.arrange(self.width())
        self.updateGeometry()

    def set_colours(self, colours: Colours) -> None:
        """Takes other colours."""
        for row in self.rows.values():
            row.set_colours(colours)

    def arrange(self, width: int) -> int:
        """Places the rows for ``width`` and returns the height they take."""
        y = 0
        for row in self.rows.values():
            if row.isHidden():
                continue
            height = row.arrange(width)
            row.setGeometry(0, y, width, height)
            y += height + 2
        return y

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keeps the rows in place."""
        self.arrange(self.width())

    def sizeHint(self) -> QSize:
        """As high as its rows."""
        return QSize(340, self.arrange(max(340, self.width())))
