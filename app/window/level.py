"""How loud the microphone is, as a row of bars that moves from right to left while listening."""

from collections import deque

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.theme import Colours

_STEP_PX = 5
_QUIET_DBFS, _LOUD_DBFS = -60.0, -12.0


def loudness(level_dbfs: float) -> float:
    """``level_dbfs`` on a scale from 0.0 (a quiet room) to 1.0 (speech close by)."""
    return min(1.0, max(0.0, (level_dbfs - _QUIET_DBFS) / (_LOUD_DBFS - _QUIET_DBFS)))


class LevelMeter(QWidget):
    """The last few seconds of the input level. It repaints when it is told a level and rests otherwise."""

    def __init__(self, colours: Colours, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._colours = colours
        self._levels: deque[float] = deque(maxlen=400)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName(self.tr("Input level"))

    @property
    def level(self) -> float:
        """The last level told, from 0.0 to 1.0."""
        return self._levels[-1] if self._levels else 0.0

    def tell(self, level_dbfs: float) -> None:
        """Takes the next level."""
        self._levels.append(loudness(level_dbfs))
        self.update()

    def clear(self) -> None:
        """Forgets all levels."""
        self._levels.clear()
        self.update()

    def set_colours(self, colours: Colours) -> None:
        """Takes other colours."""
        self._colours = colours
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """The bars, the newest at the right; dots where nothing has been heard yet."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        middle, x = self.height() / 2, self.width() - 3.0
        levels = iter(reversed(self._levels))
        while x >= 0:
            level = next(levels, None)
            painter.setBrush(QColor(self._colours.accent if level is not None else self._colours.faint))
            height = max(3.0, (level or 0.0) ** 1.3 * (self.height() - 8))
            painter.drawRoundedRect(QRectF(x, middle - height / 2, 3, height), 1.5, 1.5)
            x -= _STEP_PX
        painter.end()
