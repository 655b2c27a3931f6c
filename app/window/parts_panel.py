"""The list of parts in a panel that hangs from the header."""

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import (
    QColor,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QWidget

from app.text_size import px
from app.theme import Theme
from app.window.parts import PartList

SHADOW_PX = 22


class PartsPanel(QWidget):
    """The list of parts in a panel that hangs from the header."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self.list = PartList(theme.colours, self)
        self.setAccessibleName(self.tr("How each part is doing"))
        self.hide()

    def place(self, right: int, top: int) -> None:
        """Sits below ``top`` with its right edge at ``right``."""
        width = min(px(372), right - 24)
        height = self.list.arrange(width - 36)
        self.setGeometry(right - width - SHADOW_PX, top, width + 2 * SHADOW_PX, height + 26 + SHADOW_PX)
        self.list.setGeometry(SHADOW_PX + 18, 12, width - 36, height)
        self.raise_()

    def paintEvent(self, event: QPaintEvent) -> None:
        """A raised plate with a soft shadow."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        plate = QRectF(self.rect()).adjusted(SHADOW_PX, 2.5, -SHADOW_PX, -SHADOW_PX)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(0, 0, 0, 7 if self._theme.colours.dark else 3))
        for step in range(SHADOW_PX - 3, 0, -2):
            painter.drawRoundedRect(plate.adjusted(-step, 3 - step, step, step + 3), 14 + step, 14 + step)
        painter.setPen(QPen(QColor(self._theme.colours.line), 1))
        painter.setBrush(QColor(self._theme.colours.raised))
        painter.drawRoundedRect(plate, 14, 14)
        painter.end()
