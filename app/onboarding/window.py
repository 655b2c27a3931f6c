"""The first run's window: a step at a time, any of which can be skipped, while the app already talks."""

from PySide6.QtCore import QPointF, QSize, Qt, Signal
from PySide6.QtGui import QCloseEvent, QColor, QKeyEvent, QPainter, QPaintEvent, QShowEvent
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QScrollArea,
    QSizePolicy,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from app.controls import TextButton, slim_scroll_bar
from app.forms import recolour
from app.onboarding.brain_step import BrainStep, ModelsStep
from app.onboarding.step import Step
from app.onboarding.steps import KeyStep, MicrophoneStep, VoiceStep, WelcomeStep
from app.settings.services import Services
from app.settings.store import SettingsStore
from app.text_size import roomy, window_size
from app.theme import Colours, Theme


class Dots(QWidget):
    """How many steps there are and which one this is."""

    def __init__(self, count: int, colours: Colours, parent: QWidget) -> None:
        super().__init__(parent)
        self._count, self._at, self._colours = count, 0, colours
        self.setFixedSize(self.sizeHint())

    def sizeHint(self) -> QSize:
        """A dot a step."""
        return QSize(self._count * 14, 14)

    def show_step(self, index: int) -> None:
        """Marks the step."""
        self._at = index
        self.setAccessibleName(self.tr("Step %s of %s") % (index + 1, self._count))
        self.update()

    def set_colours(self, colours: Colours) -> None:
        """Takes other colours."""
        self._colours = colours
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """The dots."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        for index in range(self._count):
            painter.setBrush(QColor(self._colours.accent if index == self._at else self._colours.faint))
            radius = 4 if index == self._at else 3
            painter.drawEllipse(QPointF(index * 14 + 7, 7), radius, radius)
        painter.end()


class Onboarding(QWidget):
    """Shown once. Closing it, at any step, is its end; ``finished`` tells so."""

    finished = Signal()

    def __init__(self, store: SettingsStore, services: Services, theme: Theme) -> None:
        super().__init__()
        self._store, self._theme = store, theme
        self.setWindowTitle(self.tr("Welcome to Aloud"))
        self.setFixedSize(window_size(640, 520))
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        kinds = (WelcomeStep, MicrophoneStep, KeyStep, VoiceStep, BrainStep, ModelsStep)
        self.steps: list[Step] = [kind(store, services, theme) for kind in kinds]
        self._stack = QStackedWidget(self)
        for step in self.steps:
            self._stack.addWidget(step)
        self._scroll = self._scrolling(self._stack)
        colours = theme.colours
        self.dots = Dots(len(self.steps), colours, self)
        self.back = TextButton(self.tr("Back"), "", self, colours)
        self.skip = TextButton(self.tr("Skip all"), "", self, colours)
        self.go_on = TextButton(self.tr("Continue"), "", self, colours, filled=True)
        for button in (self.back, self.skip, self.go_on):  # no narrower than their words
            button.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.back.clicked.connect(lambda: self.show_step(self.index - 1))
        self.go_on.clicked.connect(self._go_on)
        self.skip.clicked.connect(self.close)
        self._lay_out()
        theme.changed.connect(self._restyle)
        self._restyle()
        self.show_step(0)

    @property
    def index(self) -> int:
        """Which step is shown, from 0."""
        return self._stack.currentIndex()

    @property
    def step(self) -> Step:
        """The step that is shown."""
        return self.steps[self.index]

    def show_step(self, index: int) -> None:
        """Turns to a step."""
        self.step.leave()
        self._stack.setCurrentIndex(index)
        self.step.enter()
        self.dots.show_step(index)
        last = index == len(self.steps) - 1
        self.back.setVisible(index > 0)
        self.skip.setVisible(not last)
        self.go_on.set_content(self.tr("Start talking") if last else self.tr("Continue"), "")
        self.go_on.setAccessibleName(self.go_on.text())
        self.go_on.updateGeometry()
        self.setFocus()

    def showEvent(self, event: QShowEvent) -> None:
        """Begins with nothing in the keyboard's focus: Return goes on."""
        super().showEvent(event)
        self.setFocus()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape closes, Return goes on."""
        if event.key() == Qt.Key.Key_Escape:
            self.close()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._go_on()
        else:
            super().keyPressEvent(event)

    def closeEvent(self, event: QCloseEvent) -> None:
        """The first run is over."""
        self.step.leave()
        self._store.change("general", onboarded=True)
        self.finished.emit()
        event.accept()

    def paintEvent(self, event: QPaintEvent) -> None:
        """The line above the buttons."""
        painter = QPainter(self)
        y = self._scroll.geometry().bottom() + 1
        painter.fillRect(0, y, self.width(), 1, QColor(self._theme.colours.line))
        painter.end()

    def _lay_out(self) -> None:
        right = QHBoxLayout()
        right.setSpacing(8)
        right.addStretch(1)
        right.addWidget(self.back)
        right.addWidget(self.go_on)
        left = QHBoxLayout()
        left.addWidget(self.skip)
        left.addStretch(1)
        overhang_px = self.skip.overhang_px
        right.setContentsMargins(0, 0, overhang_px, 0)
        foot = QGridLayout()
        foot.setContentsMargins(24 - overhang_px, 16, 24 - overhang_px, 16)
        foot.addLayout(left, 0, 0)
        foot.addWidget(self.dots, 0, 1)
        foot.addLayout(right, 0, 2)
        for side in (0, 2):  # as wide as each other, so that the dots are in the middle
            foot.setColumnStretch(side, 1)
            foot.setColumnMinimumWidth(side, roomy(190))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._scroll, 1)
        column.addLayout(foot)

    def _scrolling(self, steps: QWidget) -> QScrollArea:
        """What shows the steps: whole, or scrolled where large text makes them higher than the window."""
        scroll = QScrollArea(self)
        scroll.setWidget(steps)
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        for ground in (steps, scroll.viewport()):
            ground.setAutoFillBackground(False)
        return scroll

    def _go_on(self) -> None:
        if self.index == len(self.steps) - 1:
            self.close()
        else:
            self.show_step(self.index + 1)

    def _restyle(self) -> None:
        self.setPalette(self._theme.palette())
        slim_scroll_bar(self._scroll.verticalScrollBar(), self._theme.colours)
        recolour(self, self._theme.colours)
        self.update()
