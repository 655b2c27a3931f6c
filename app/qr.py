"""A URL as a picture for a camera."""

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPaintEvent
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QWidget

from engine.broadcast.invitations import qr_svg

QR_PX = 148
SVG_PX_PER_MODULE = 8
"""The scale of ``qr_svg``."""


class QrPicture(QWidget):
    """An invitation for a camera: always dark on light, whatever the theme."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._renderer: QSvgRenderer | None = None
        self.setFixedSize(QR_PX, QR_PX)
        self.setAccessibleName(self.tr("Invitation as a QR code"))

    def show_url(self, url: str) -> None:
        """Shows ``url``; nothing for ""."""
        self._renderer = QSvgRenderer(QByteArray(qr_svg(url).encode())) if url else None
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """The code on a white plate."""
        if self._renderer is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor("#ffffff"))
        plate = QPainterPath()
        plate.addRoundedRect(QRectF(self.rect()), 10, 10)
        painter.drawPath(plate)
        painter.setClipPath(plate)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
        modules = self._renderer.defaultSize().width() // SVG_PX_PER_MODULE
        ratio = painter.deviceTransform().m11()
        side_px = int(QR_PX * ratio / modules) * modules  # whole pixels a module, else seams show
        begin_px = (round(QR_PX * ratio) - side_px) // 2
        square = QRectF(begin_px, begin_px, side_px, side_px)
        self._renderer.render(painter, QRectF(square.topLeft() / ratio, square.size() / ratio))
        painter.end()
