"""What every step of the first run is made of: a picture, a title, a line, and its own content."""

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.balanced import balanced
from app.forms import Words
from app.icons import paint_icon
from app.settings.services import Services
from app.settings.store import SettingsStore
from app.settings.work import Work
from app.text_size import roomy
from app.theme import Colours, Theme

EMBLEM_PX = 72
TEXT_PX = 460
FAULT_PX = 520
ABOVE_PX = 56
"""Every step begins here, so that nothing jumps from one to the next."""

_LINES = 2
"""The room that the text takes at least."""


class Emblem(QWidget):
    """The step's icon on a soft plate; ``good`` once the step has been proved."""

    def __init__(self, icon: str, colours: Colours, parent: QWidget) -> None:
        super().__init__(parent)
        self._icon, self._colours, self._good = icon, colours, False
        self.setFixedSize(EMBLEM_PX, EMBLEM_PX)

    def set_good(self, good: bool) -> None:
        """Whether what the step is about works."""
        self._good = good
        self.update()

    def set_colours(self, colours: Colours) -> None:
        """Takes other colours."""
        self._colours = colours
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """The icon."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colours = self._colours
        ground = QColor(colours.good)
        ground.setAlphaF(0.16)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ground if self._good else QColor(colours.accent_wash))
        painter.drawRoundedRect(QRectF(self.rect()), 21, 21)
        centre = QPointF(EMBLEM_PX / 2, EMBLEM_PX / 2)
        paint_icon(painter, self._icon, colours.good if self._good else colours.accent, centre, 40)
        painter.end()


class Step(QWidget):
    """One step. It is told when it is turned to and away from, and never keeps anybody from going on."""

    def __init__(self, icon: str, store: SettingsStore, services: Services, theme: Theme) -> None:
        super().__init__()
        self.store, self.services, self.theme = store, services, theme
        self.work = Work(self)
        self.emblem = Emblem(icon, theme.colours, self)
        self.title = Words("", theme.colours, scale=22 / 13, weight=QFont.Weight.DemiBold)
        self.text = Words("", theme.colours, tone="quiet", scale=14 / 13)
        self.fault = Words("", theme.colours, tone="bad")
        for words in (self.title, self.text, self.fault):
            words.setAlignment(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop)
        self.fault.hide()
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(40, ABOVE_PX, 40, 12)
        self._column.setSpacing(8)
        centre = Qt.AlignmentFlag.AlignHCenter
        self._column.addWidget(self.emblem, 0, centre)
        self._column.addSpacing(8)
        self._column.addWidget(self.title)
        self._column.addWidget(self.text, 0, centre)
        self._column.addSpacing(16)
        self._column.addWidget(self.fault, 0, centre)
        self._column.addStretch(1)

    def say(self, title: str, text: str) -> None:
        """What the step is about."""
        self.title.say(title)
        self.text.say(text)
        lines = QSize(0, _LINES * self.text.fontMetrics().lineSpacing())
        self.text.setFixedSize(balanced(self.text, roomy(TEXT_PX)).expandedTo(lines))
        self.setAccessibleName(title)

    def add(self, widget: QWidget) -> None:
        """Adds to the step's content, in the middle."""
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(widget)
        row.addStretch(1)
        self._column.insertLayout(self._column.count() - 2, row)

    def complain(self, words: str) -> None:
        """Shows what went wrong; "" for nothing."""
        self.fault.say(words)
        self.fault.setFixedSize(balanced(self.fault, roomy(FAULT_PX)))
        self.fault.setVisible(bool(words))

    def enter(self) -> None:
        """The step is turned to."""

    def leave(self) -> None:
        """The step is turned away from."""
        self.work.cancel()
