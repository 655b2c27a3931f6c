"""Aloud's own line icons, drawn as vectors in any colour and at any size."""

from functools import cache
from importlib.resources import files

from PySide6.QtCore import QByteArray, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer


@cache
def _renderer(name: str, colour: str) -> QSvgRenderer:
    source = files("resources").joinpath("icons", f"{name}.svg").read_text("utf-8")
    return QSvgRenderer(QByteArray(source.replace("currentColor", colour).encode()))


def paint_icon(painter: QPainter, name: str, colour: str, centre: QPointF, size: float) -> None:
    """Paints the icon in a square of ``size`` about ``centre``. Raises ``FileNotFoundError``."""
    rect = QRectF(0, 0, size, size)
    rect.moveCenter(centre)
    _renderer(name, colour).render(painter, rect)


def icon(name: str, colour: str, size: int = 18) -> QIcon:
    """The icon for widgets that want a ``QIcon``, with pixels for plain and for Retina screens."""
    made = QIcon()
    for ratio in (1, 2):
        pixmap = QPixmap(QSize(size, size) * ratio)
        pixmap.setDevicePixelRatio(ratio)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        paint_icon(painter, name, colour, QPointF(size / 2, size / 2), size)
        painter.end()
        made.addPixmap(pixmap)
    return made
