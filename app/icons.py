"""Aloud's own line icons, drawn as vectors in any colour and at any size, and the icon of the app itself."""

from functools import cache
from importlib.resources import files
from typing import Final

from PySide6.QtCore import QByteArray, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QImage, QLinearGradient, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

APP_ICON_PX: Final = (16, 32, 64, 128, 256)
"""The sizes of the app's icon, from lists of windows to a Dock on a Retina screen."""


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


def app_picture(size: int) -> QImage:
    """The app's icon: the voice in white on the accent colour.

    It keeps macOS's grid: a plate of 824 in 1024, with corners of 185.
    """
    unit = size / 1024
    image = QImage(size, size, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    shades = QLinearGradient(QPointF(0, 100 * unit), QPointF(0, 924 * unit))
    shades.setColorAt(0.0, QColor("#6675f2"))
    shades.setColorAt(1.0, QColor("#3544c2"))
    painter.setBrush(shades)
    painter.setPen(Qt.PenStyle.NoPen)
    plate = QRectF(100 * unit, 100 * unit, 824 * unit, 824 * unit)
    painter.drawRoundedRect(plate, 185 * unit, 185 * unit)
    paint_icon(painter, "voice", "#ffffff", plate.center(), 640 * unit)
    painter.end()
    return image


def app_icon() -> QIcon:
    """The app's icon for windows, where no bundle brings it."""
    made = QIcon()
    for size in APP_ICON_PX:
        made.addPixmap(QPixmap.fromImage(app_picture(size)))
    return made
