"""A calm strip above the transcript: what went wrong and what to do, or a word about the demo brain."""

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QPainter, QPaintEvent, QPalette, QResizeEvent
from PySide6.QtWidgets import QLabel, QWidget

from app import errors
from app.controls import IconButton, TextButton
from app.icons import paint_icon
from app.text_size import use_font
from app.theme import Colours
from engine.errors import AloudError
from engine.wording import Wording

SIDE_PX = 28
_GAP_PX = 12


class BannerStack(QWidget):
    """Banners one under the other, as high as those that are shown and as wide as the column below them.

    ``column_px`` is what that column takes where there is room. A line parts the banners from what is
    scrolled away under them.
    """

    def __init__(self, colours: Colours, column_px: int, parent: QWidget) -> None:
        super().__init__(parent)
        self._colours, self._column_px = colours, column_px

    def set_colours(self, colours: Colours) -> None:
        """Takes other colours; the banners take theirs themselves."""
        self._colours = colours
        self.update()

    def place(self) -> None:
        """Places the banners and takes their height."""
        y = 0
        width = max(0, min(self._column_px, self.width() - 2 * SIDE_PX))
        for banner in self.findChildren(Banner):
            if banner.isVisibleTo(self):
                height = banner.arrange(width)
                banner.setGeometry((self.width() - width) // 2, y + _GAP_PX, width, height)
                y += height + _GAP_PX
        wanted = y + _GAP_PX if y else 0
        if wanted != self.height():
            self.setFixedHeight(wanted)

    def paintEvent(self, event: QPaintEvent) -> None:
        """The line below."""
        painter = QPainter(self)
        painter.fillRect(0, self.height() - 1, self.width(), 1, QColor(self._colours.line))
        painter.end()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Lays the banners out for the new width."""
        self.place()


class Banner(QWidget):
    """A message and its remedy, an action where there is one, and a button that puts it away.

    ``acted`` and ``dismissed`` are emitted after a click. It is hidden until ``say`` is called.
    """

    acted = Signal()
    dismissed = Signal()
    resized = Signal()

    def __init__(self, colours: Colours, parent: QWidget | None = None, *, alarming: bool = True) -> None:
        super().__init__(parent)
        self._colours, self._alarming = colours, alarming
        self._message = QLabel(self)
        use_font(self._message, weight=QFont.Weight.DemiBold)
        self._remedy = QLabel(self)
        for label in (self._message, self._remedy):
            label.setWordWrap(True)
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._action = TextButton("", "", self, colours)
        self._action.set_tinted(True)
        self._action.clicked.connect(self.acted)
        self._close = IconButton("close", self.tr("Dismiss"), self, colours, size=26)
        self._close.clicked.connect(self._dismiss)
        self._said = ("", "")
        self.set_colours(colours)
        self.hide()

    def tell(self, error: AloudError, action: str = "") -> None:
        """Shows an error and what to do about it, as ``say`` does."""
        self.say(error.message, error.remedy, action)

    def say(self, message: str, remedy: str, action: str = "") -> None:
        """Shows ``message`` and ``remedy``, with a button for ``action`` unless it is empty."""
        self._said = (message, remedy)
        self._message.setText(errors.words(message))
        self._remedy.setText(errors.words(remedy))
        self._remedy.setVisible(bool(remedy))
        self._action.set_content(action, "")
        self._action.setAccessibleName(action)
        self._action.setVisible(bool(action))
        self.retranslate()
        self.show()
        self.resized.emit()
        self.update()

    def retranslate(self) -> None:
        """Says the same in another language."""
        for label, said in zip((self._message, self._remedy), self._said, strict=True):
            if isinstance(said, Wording):
                label.setText(errors.words(said))
        self.setAccessibleName(f"{self.message} {self.remedy}")
        self.resized.emit()

    @property
    def message(self) -> str:
        """What it says happened."""
        return self._message.text()

    @property
    def remedy(self) -> str:
        """What it says to do."""
        return self._remedy.text()

    def set_colours(self, colours: Colours) -> None:
        """Takes other colours."""
        self._colours = colours
        for label, colour in ((self._message, colours.text), (self._remedy, colours.quiet)):
            palette = label.palette()
            palette.setColor(QPalette.ColorRole.WindowText, QColor(colour))
            label.setPalette(palette)
        self._action.set_colours(colours)
        self._close.set_colours(colours)
        self.update()

    def arrange(self, width: int) -> int:
        """Places its words for ``width`` and returns the height it takes."""
        action = self._action.sizeHint() if self._action.text() else QSize(0, 0)
        inner = max(60, width - 46 - 44 - action.width())
        message_px = self._message.heightForWidth(inner)
        remedy_px = self._remedy.heightForWidth(inner) if self._remedy.text() else 0
        self._message.setGeometry(46, 11, inner, message_px)
        self._remedy.setGeometry(46, 13 + message_px, inner, remedy_px)
        height = 11 + message_px + (2 + remedy_px if remedy_px else 0) + 11
        close = self._close.sizeHint()
        self._close.setGeometry(width - 8 - close.width(), 8, close.width(), close.height())
        self._action.setGeometry(
            width - 38 - action.width(), (height - action.height()) // 2, action.width(), action.height()
        )
        return height

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keeps its words in place."""
        self.arrange(self.width())

    def paintEvent(self, event: QPaintEvent) -> None:
        """The strip and its icon."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colours = self._colours
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colours.bad_wash if self._alarming else colours.accent_wash))
        painter.drawRoundedRect(QRectF(self.rect()), 12, 12)
        name, colour = ("alert", colours.bad) if self._alarming else ("info", colours.accent)
        paint_icon(painter, name, colour, QPointF(25, 21), 20)
        painter.end()

    def _dismiss(self) -> None:
        self.hide()
        self.dismissed.emit()
        self.resized.emit()
