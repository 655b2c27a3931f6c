"""The plate of the pill: how large it is, where it lies on the screen, and its picture with its shadow."""

from typing import Final

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPixmap, QRegion

from app.text_size import px, roomy
from app.theme import Colours

PLATE_W: Final = 440
PLATE_H: Final = 58
SHADOW_PX: Final = 22
ABOVE_THE_EDGE_PX: Final = 28


def size_with_shadow() -> QSize:
    """What a plate that is as large as its text needs takes with its shadow."""
    return QSize(roomy(PLATE_W) + 2 * SHADOW_PX, px(PLATE_H) + 2 * SHADOW_PX)


def placed(screen: QRect, width: int, height: int) -> QRect:
    """Where a pill of that size goes on ``screen``: the middle of the bottom, the shadow not counted."""
    top = screen.bottom() + 1 - ABOVE_THE_EDGE_PX - height + SHADOW_PX
    return QRect(screen.center().x() - width // 2, top, width, height)


def plate_in(window: QRect) -> QRect:
    """Where the plate lies in ``window``, which has room for the shadow around it."""
    return window.adjusted(SHADOW_PX, SHADOW_PX, -SHADOW_PX, -SHADOW_PX)


def outline(plate: QRect) -> QRegion:
    """All that ``plate`` covers."""
    between_px, radius_px = plate.width() - plate.height(), plate.height() // 2
    round_ends = QRegion(plate.adjusted(0, 0, -between_px, 0), QRegion.RegionType.Ellipse)
    round_ends += round_ends.translated(between_px, 0)
    return round_ends + plate.adjusted(radius_px, 0, -radius_px, 0)


class PlatePicture:
    """The plate with its shadow, drawn once for a size and its colours: it is painted at every move."""

    def __init__(self) -> None:
        self._drawn: tuple[tuple[object, ...], QPixmap] | None = None

    def of(self, window: QRect, scale: float, colours: Colours) -> QPixmap:
        """The picture for a ``window`` with ``scale`` pixels to the point."""
        made_for = (window.size(), scale, colours)
        if self._drawn is None or self._drawn[0] != made_for:
            picture = QPixmap(window.size() * scale)
            picture.setDevicePixelRatio(scale)
            picture.fill(Qt.GlobalColor.transparent)
            painter = QPainter(picture)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            _paint(painter, QRectF(plate_in(window)), colours)
            painter.end()
            self._drawn = (made_for, picture)
        return self._drawn[1]


def _paint(painter: QPainter, plate: QRectF, colours: Colours) -> None:
    radius = plate.height() / 2
    painter.setPen(Qt.PenStyle.NoPen)
    for step in range(SHADOW_PX - 2, 0, -2):
        painter.setBrush(QColor(0, 0, 0, 7 if colours.dark else 3))
        around = plate.adjusted(-step, 3 - step, step, step + 3)
        painter.drawRoundedRect(around, radius + step, radius + step)
    edge = QColor(255, 255, 255, 34) if colours.dark else QColor(0, 0, 0, 26)
    painter.setPen(QPen(edge, 1))
    painter.setBrush(QColor(colours.raised))
    painter.drawRoundedRect(plate.adjusted(0.5, 0.5, -0.5, -0.5), radius, radius)
