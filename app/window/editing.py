"""What the composer shows above its field while an earlier question is being asked anew."""

from PySide6.QtCore import QPointF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QPainter, QPaintEvent, QPalette, QResizeEvent
from PySide6.QtWidgets import QLabel, QWidget

from app.controls import IconButton
from app.icons import paint_icon
from app.text_size import px, roomy, use_font
from app.theme import Colours

HEIGHT_PX = 28
"""Where text has its usual size."""

_ICON_PX, _CANCEL_PX = 15, 24


class EditingStrip(QWidget):
    """One line that says which question is being replaced, with a button that ends that."""

    cancelled = Signal()

    def __init__(self, colours: Colours, parent: QWidget) -> None:
        super().__init__(parent)
        self._colours, self._asked_at = colours, ""
        self._label = QLabel(self)
        self._label.setTextFormat(Qt.TextFormat.PlainText)
        use_font(self._label, 12 / 13, weight=QFont.Weight.Medium)
        self.cancel = IconButton("close", self.tr("Cancel editing"), self, colours, size=_CANCEL_PX)
        self.cancel.setToolTip(self.tr("Cancel (Esc)"))
        self.cancel.clicked.connect(self.cancelled)
        self.set_colours(colours)
        self.hide()

    @property
    def text(self) -> str:
        """What it says."""
        return self._label.text()

    def say(self, asked_at: str) -> None:
        """Shows that the question of ``asked_at``, a time in words ("" where unknown), is being replaced."""
        self._asked_at = asked_at
        said = self.tr("Replacing your question from %s") % asked_at
        self._label.setText(said if asked_at else self.tr("Replacing your question"))

    def set_colours(self, colours: Colours) -> None:
        """Takes other colours."""
        self._colours = colours
        palette = self._label.palette()
        palette.setColor(QPalette.ColorRole.WindowText, QColor(colours.quiet))
        self._label.setPalette(palette)
        self.cancel.set_colours(colours)
        self.update()

    def sizeHint(self) -> QSize:
        """One line."""
        return QSize(200, px(HEIGHT_PX))

    def retranslate(self) -> None:
        """Says the same in another language."""
        self.say(self._asked_at)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keeps the words between the icon and the button."""
        width, height = self.width(), self.height()
        cancel = self.cancel.sizeHint()
        self.cancel.setGeometry(
            width - cancel.width(), (height - cancel.height()) // 2, cancel.width(), cancel.height()
        )
        left = roomy(_ICON_PX) + 7
        self._label.setGeometry(left, 0, width - left - cancel.width() - 6, height)

    def paintEvent(self, event: QPaintEvent) -> None:
        """The pencil."""
        painter = QPainter(self)
        icon_px = roomy(_ICON_PX)
        centre = QPointF(icon_px / 2, self.height() / 2)
        paint_icon(painter, "edit", self._colours.quiet, centre, icon_px)
        painter.end()
