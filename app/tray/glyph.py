"""The menu bar's icons: one colour on nothing, so that the system can paint them light or dark."""

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QIcon, QImage, QImageWriter, QPainter, QPen, QPixmap

from app.presence import Doing

SIDE: Final = 18
"""Points: what macOS gives an icon in its menu bar."""

_BARS: Final = ((2.5, 3.0), (5.75, 8.0), (9.0, 13.0), (12.25, 7.0), (15.5, 3.0))
"""The five bars of the mark: where, and how tall."""


def _pen(colour: QColor, width: float) -> QPen:
    return QPen(colour, width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap)


def _bars(painter: QPainter, scale: float = 1.0, width: float = 1.7) -> None:
    painter.setPen(_pen(painter.brush().color(), width))
    for x, height in _BARS:
        x = 9 + (x - 9) * scale
        reach = (height - width) / 2 * scale
        painter.drawLine(QPointF(x, 9 - reach), QPointF(x, 9 + reach))
    painter.setPen(Qt.PenStyle.NoPen)


def _cut(painter: QPainter, draw: Callable[[QPainter], None]) -> None:
    """Draws by taking away."""
    painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_DestinationOut)
    draw(painter)
    painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_SourceOver)


def _idle(painter: QPainter) -> None:
    _bars(painter)


def _microphone(painter: QPainter) -> None:
    painter.drawRoundedRect(QRectF(7.3, 3.9, 3.4, 6.4), 1.7, 1.7)
    pen = _pen(painter.brush().color(), 1.2)
    painter.setPen(pen)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawArc(QRectF(5.5, 5.2, 7, 7), 180 * 16, 180 * 16)
    painter.drawLine(QPointF(9, 12.4), QPointF(9, 13.9))


def _listening(painter: QPainter) -> None:
    painter.drawEllipse(QRectF(0.75, 0.75, 16.5, 16.5))
    _cut(painter, _microphone)


def _understanding(painter: QPainter) -> None:
    """The disc of listening, with the dots of thinking in it."""
    painter.drawEllipse(QRectF(0.75, 0.75, 16.5, 16.5))

    def dots(cutting: QPainter) -> None:
        for x in (5.0, 9.0, 13.0):
            cutting.drawEllipse(QPointF(x, 9), 1.35, 1.35)

    _cut(painter, dots)


def _loading(painter: QPainter) -> None:
    """The mark, not there yet."""
    painter.setOpacity(0.55)
    _bars(painter)


def _thinking(painter: QPainter) -> None:
    for x in (3.4, 9.0, 14.6):
        painter.drawEllipse(QPointF(x, 9), 1.9, 1.9)


def _speaking(painter: QPainter) -> None:
    painter.drawRoundedRect(QRectF(0.75, 1.5, 16.5, 12.5), 4.2, 4.2)
    painter.drawPolygon([QPointF(4.2, 12), QPointF(4.2, 17.2), QPointF(9.6, 13)])
    painter.translate(0, -1.25)
    _cut(painter, lambda cutting: _bars(cutting, 0.66, 1.7))


def _error(painter: QPainter) -> None:
    _bars(painter)
    badge = QRectF(9.2, 8.8, 9.6, 9.6)
    _cut(painter, lambda cutting: cutting.drawEllipse(badge))
    painter.drawEllipse(badge.adjusted(1, 1, -1, -1))

    def mark(cutting: QPainter) -> None:
        cutting.drawRoundedRect(QRectF(13.35, 10.9, 1.3, 3.2), 0.65, 0.65)
        cutting.drawEllipse(QPointF(14, 15.4), 0.75, 0.75)

    _cut(painter, mark)


def _muted(painter: QPainter) -> None:
    _bars(painter)

    def line(width: float) -> None:
        painter.setPen(_pen(painter.brush().color(), width))
        painter.drawLine(QPointF(2.6, 2.6), QPointF(15.4, 15.4))

    _cut(painter, lambda _: line(4.6))
    line(1.7)


_GLYPHS: Final[dict[Doing, Callable[[QPainter], None]]] = {
    Doing.IDLE: _idle,
    Doing.LISTENING: _listening,
    Doing.UNDERSTANDING: _understanding,
    Doing.THINKING: _thinking,
    Doing.SPEAKING: _speaking,
    Doing.ERROR: _error,
    Doing.LOADING: _loading,
    Doing.MUTED: _muted,
}


def image(doing: Doing, pixels: int, colour: str = "#000000") -> QImage:
    """The icon as a square of ``pixels``."""
    made = QImage(pixels, pixels, QImage.Format.Format_ARGB32_Premultiplied)
    made.fill(Qt.GlobalColor.transparent)
    painter = QPainter(made)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.scale(pixels / SIDE, pixels / SIDE)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(colour))
    _GLYPHS[doing](painter)
    painter.end()
    return made


def icon(doing: Doing, colour: str = "#000000") -> QIcon:
    """The icon for plain and for Retina screens, and for the larger trays of Linux, as a template."""
    made = QIcon()
    for ratio in (1, 2, 3):
        pixmap = QPixmap.fromImage(image(doing, SIDE * ratio, colour))
        made.addPixmap(pixmap)
    made.setIsMask(True)
    return made


def png(doing: Doing) -> bytes:
    """The icon at twice its size, as a PNG file."""
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    QImageWriter(buffer, QByteArray(b"png")).write(image(doing, 2 * SIDE))
    return bytes(buffer.data().data())
