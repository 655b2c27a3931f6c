"""What Aloud is doing, in the header: the sign and the word that the menu bar and the pill have for it."""

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetrics,
    QPainter,
    QPaintEvent,
)
from PySide6.QtWidgets import QWidget

from app.amounts import percent
from app.controls import PaintedButton
from app.presence import Doing, colour, words
from app.text_size import roomy, use_font
from app.theme import Colours
from app.tray.glyph import image

_SIGN_PX = 16
_PAD_PX = 10
_GAP_PX = 6


class StatusPill(PaintedButton):
    """What Aloud is doing in one word; opens the list of parts."""

    def __init__(self, colours: Colours, parent: QWidget | None = None) -> None:
        super().__init__(parent, colours)
        self.doing = Doing.LOADING
        self._progress: float | None = None
        use_font(self, 12 / 13, weight=QFont.Weight.Medium)
        self.setCheckable(True)
        self.show_doing(Doing.LOADING, None)

    def show_doing(self, doing: Doing, progress: float | None) -> None:
        """Shows ``doing`` from now on, and how far what is loading has come, if that is known."""
        self.doing, self._progress = doing, progress
        shown = words(doing)
        if doing is Doing.LOADING and progress is not None:
            shown = f"{shown} {percent(progress)}"
        name = self.tr("State: %s") % shown
        if (shown, name) != (self.text(), self.accessibleName()):
            self.setText(shown)
            self.setAccessibleName(name)
            self.updateGeometry()
        self.setToolTip(self.tr("How each part is doing"))
        self.update()

    def retranslate(self) -> None:
        """Says the same in another language."""
        self.show_doing(self.doing, self._progress)

    def sizeHint(self) -> QSize:
        """As wide as its word."""
        metrics = QFontMetrics(self.font())
        before_px = _PAD_PX + roomy(_SIGN_PX) + _GAP_PX
        word_px = metrics.horizontalAdvance(self.text())
        return QSize(before_px + word_px + _PAD_PX + 2, max(28, metrics.height() + 10))

    def paintEvent(self, event: QPaintEvent) -> None:
        """The sign in the state's colour, and the word."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._ground(painter, 14)
        sign, sign_px = colour(self.doing, self._colours), roomy(_SIGN_PX)
        ratio = painter.deviceTransform().m11()
        target = QRectF(0, 0, sign_px, sign_px)
        target.moveCenter(QPointF(_PAD_PX + sign_px / 2, self.height() / 2))
        painter.drawImage(target, image(self.doing, round(sign_px * ratio), sign))
        loud = self.doing.live or self.doing is Doing.ERROR
        quiet = self._colours.text if self.underMouse() else self._colours.quiet
        painter.setPen(QColor(sign if loud else quiet))
        painter.setFont(self.font())
        left = _PAD_PX + sign_px + _GAP_PX
        rect = QRectF(left, 0, self.width() - left, self.height())
        painter.drawText(rect, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, self.text())
        self._focus_ring(painter, 14)
        painter.end()
