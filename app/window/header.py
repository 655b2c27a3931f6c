"""The top of the window: what is talked about, how the parts are doing, and the switches for it."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor, QFont, QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QWidget

from app.controls import IconButton, TextButton
from app.locale import leave_alone
from app.text_size import fix, use_font
from app.theme import Colours
from app.window.status_pill import StatusPill


class _Title(QLabel):
    """One line, with dots at its end where it has no room."""

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setPen(self.palette().color(QPalette.ColorRole.WindowText))
        shown = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, self.width())
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, shown)
        painter.end()


class Header(QWidget):
    """Title, state, Mute and Settings."""

    settings_wanted = Signal()
    mute_wanted = Signal(bool)
    sidebar_wanted = Signal(bool)

    def __init__(self, colours: Colours, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._colours = colours
        fix(self, height=52)
        self.sidebar = IconButton("sidebar", self.tr("Conversations"), self, colours)
        self.sidebar.setCheckable(True)
        self.sidebar.toggled.connect(self.sidebar_wanted)
        self._title = _Title(self.tr("Aloud"), self)
        use_font(self._title, weight=QFont.Weight.DemiBold)
        self._title.setTextFormat(Qt.TextFormat.PlainText)
        leave_alone(self._title)
        self._title.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.status = StatusPill(colours, self)
        self.mute = IconButton("speaker", self.tr("Mute the voice"), self, colours)
        self.mute.setCheckable(True)
        self.mute.toggled.connect(self.mute_wanted)
        self._settings = IconButton("gear", self.tr("Settings"), self, colours)
        self._settings.clicked.connect(self.settings_wanted)
        self._signs: list[TextButton] = []
        row = self._row = QHBoxLayout(self)
        row.setContentsMargins(12, 0, 12, 0)
        row.setSpacing(6)
        row.addWidget(self.sidebar)
        row.addWidget(self._title, 1)
        for widget in (self.status, self.mute, self._settings):
            row.addWidget(widget)
        self.set_colours(colours)

    def add_sign(self, sign: TextButton) -> None:
        """Adds a sign before the state; it shows and hides itself."""
        self._signs.append(sign)
        self._row.insertWidget(2, sign)

    def retranslate(self) -> None:
        """Says the same in another language."""
        self.show_muted(self.mute.isChecked())

    def set_title(self, title: str) -> None:
        """What the conversation is called."""
        self._title.setText(title or self.tr("Aloud"))

    def show_muted(self, muted: bool) -> None:
        """Whether the voice is off."""
        self.mute.setChecked(muted)
        self.mute.set_icon("speaker-off" if muted else "speaker")
        self.mute.set_name(self.tr("Unmute the voice") if muted else self.tr("Mute the voice"))

    def set_colours(self, colours: Colours) -> None:
        """Takes other colours."""
        self._colours = colours
        for part in (self.sidebar, *self._signs, self.status, self.mute, self._settings):
            part.set_colours(colours)
        palette = self._title.palette()
        palette.setColor(QPalette.ColorRole.WindowText, QColor(colours.text))
        self._title.setPalette(palette)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """A hair line below."""
        painter = QPainter(self)
        painter.fillRect(0, self.height() - 1, self.width(), 1, QColor(self._colours.line))
        painter.end()
