"""The editor of the talk key, and the lamp that shows the key arriving."""

import time
from collections.abc import Callable

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFocusEvent, QFont, QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from app.amounts import number
from app.controls import PaintedButton
from app.forms import Words
from app.hotkey.chord import Chord, from_qt, parse
from app.text_size import px, use_font
from app.theme import Colours
from engine.errors import SettingsError


class KeyField(PaintedButton):
    """Shows a chord; pressed, it waits for another one. Escape, or leaving it, keeps the old one.

    ``recording`` tells when it begins and ends to wait; ``entered`` carries what was pressed.
    """

    recording = Signal(bool)
    entered = Signal(Chord)

    def __init__(self, name: str, colours: Colours, parent: QWidget | None = None) -> None:
        super().__init__(parent, colours)
        self._name = name
        self._chord: Chord | None = None
        self._waiting = False
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        use_font(self, weight=QFont.Weight.Medium)
        self.setFixedSize(self.sizeHint())
        self.clicked.connect(lambda: self._wait(not self._waiting))
        self.show_chord("")

    @property
    def waiting(self) -> bool:
        """Whether it waits for keys now."""
        return self._waiting

    def show_chord(self, text: str) -> None:
        """Shows the chord that the settings name, or that there is none."""
        try:
            self._chord = parse(text) if text else None
        except SettingsError:
            self._chord = None
        self._tell()

    def sizeHint(self) -> QSize:
        """Room for the longest chord and for the words while it waits."""
        return QSize(px(190), self.fontMetrics().height() + 15)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Takes the chord while it waits."""
        if not self._waiting:
            super().keyPressEvent(event)
            return
        event.accept()
        if event.isAutoRepeat():
            return
        if event.key() == Qt.Key.Key_Escape and not event.modifiers():
            self._wait(False)
            return
        chord = from_qt(event.key(), event.modifiers(), event.nativeVirtualKey())
        if chord is not None:
            self._wait(False)
            self.entered.emit(chord)

    def focusNextPrevChild(self, forward: bool) -> bool:
        """Tab is a key like any other while it waits."""
        return False if self._waiting else super().focusNextPrevChild(forward)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Stops waiting."""
        super().focusOutEvent(event)
        self._wait(False)

    def paintEvent(self, event: QPaintEvent) -> None:
        """The chord on a plate."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colours = self._colours
        active = self._waiting or self.hasFocus()
        painter.setPen(QPen(QColor(colours.accent), 2) if active else QPen(QColor(colours.edge), 1))
        painter.setBrush(QColor(colours.accent_wash if self._waiting else colours.raised))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 8, 8)
        painter.setFont(self.font())
        usual = colours.text if self.isEnabled() else colours.quiet
        painter.setPen(QColor(colours.accent if self._waiting else usual))
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, self.text())
        painter.end()

    def _wait(self, waiting: bool) -> None:
        if waiting != self._waiting:
            self._waiting = waiting
            self._tell()
            self.recording.emit(waiting)

    def _tell(self) -> None:
        shown = self._chord.symbols() if self._chord else self.tr("None")
        self.setText(self.tr("Press the new keys…") if self._waiting else shown)
        words = self._chord.words() if self._chord else shown
        self.setAccessibleName(f"{self._name}: {words}")
        self.update()


class KeyLamp(QWidget):
    """Lights up while the key is down, and says afterwards how long it was held."""

    def __init__(
        self,
        colours: Colours,
        parent: QWidget | None = None,
        *,
        centred: bool = False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(parent)
        self._colours, self._centred, self.clock = colours, centred, clock
        self._since_s: float | None = None
        self.arrived = False
        self.words = Words("", colours, self, tone="quiet")
        self.words.setWordWrap(False)
        self.reset()

    def reset(self) -> None:
        """As before any key."""
        self._since_s, self.arrived = None, False
        self._say(self.tr("Press your key now"))

    def tell(self, down: bool) -> None:
        """The key went down or came up."""
        if down:
            self._since_s = self._since_s or self.clock()
            self._say(self.tr("It is down"))
        elif self._since_s is not None:
            held_s, self._since_s = self.clock() - self._since_s, None
            self.arrived = True
            self._say(self.tr("It arrives: held for %s s") % number(held_s))

    def sizeHint(self) -> QSize:
        """The lamp and the words."""
        return QSize(self.words.sizeHint().width() + 26, px(28))

    def set_colours(self, colours: Colours) -> None:
        """Takes other colours."""
        self._colours = colours
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """The lamp at the left of the words."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colours = self._colours
        down = self._since_s is not None
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colours.accent if down else colours.good if self.arrived else colours.faint))
        radius = 6 if down else 4.5
        x = self.words.x() - 16
        painter.drawEllipse(QRectF(x - radius, self.height() / 2 - radius, 2 * radius, 2 * radius))
        painter.end()

    def resizeEvent(self, event: object) -> None:
        """Keeps the words at the right."""
        self._place()

    def _say(self, words: str) -> None:
        self.words.say(words)
        self.updateGeometry()
        self.setAccessibleName(words)
        self._place()
        self.update()

    def _place(self) -> None:
        self.words.adjustSize()
        room = self.width() - self.words.width()
        x = (room + 22) // 2 if self._centred else room
        self.words.move(x, (self.height() - self.words.height()) // 2)
