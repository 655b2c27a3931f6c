"""The settings' window: a list of subjects at the left, the chosen one's page at the right. Never modal."""

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QCloseEvent,
    QColor,
    QFont,
    QKeyEvent,
    QKeySequence,
    QPainter,
    QPaintEvent,
    QShortcut,
    QShowEvent,
)
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from app.controls import PaintedButton
from app.forms import recolour
from app.icons import paint_icon
from app.settings.page import WIDTH_PX, Page
from app.settings.services import Services
from app.settings.store import SettingsStore
from app.text_size import roomy, use_font, window_size
from app.theme import Colours, Theme, text_font
from app.window.banner import Banner, BannerStack
from engine.errors import AloudError

LIST_PX = 196


@dataclass(frozen=True, slots=True)
class Section:
    """A subject: its name in the program and on the screen, its icon, and what makes its page."""

    name: str
    title: str
    icon: str
    make: Callable[[SettingsStore, Services, Theme], Page]


class SectionButton(PaintedButton):
    """A subject in the list."""

    def __init__(self, section: Section, colours: Colours, parent: QWidget) -> None:
        super().__init__(parent, colours)
        self._icon = section.icon
        self.setText(section.title)
        self.setAccessibleName(section.title)
        self.setCheckable(True)
        self.setAutoExclusive(True)
        use_font(self)

    def sizeHint(self) -> QSize:
        """A line of the list."""
        return QSize(roomy(LIST_PX) - 20, self.fontMetrics().height() + 15)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Icon and words, on a plate where it is chosen."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._ground(painter, 8)
        colours = self._colours
        colour = colours.accent if self.isChecked() else colours.quiet
        paint_icon(painter, self._icon, colour, QPointF(roomy(20), self.height() / 2), roomy(18))
        painter.setPen(QColor(colours.text))
        font = text_font(weight=QFont.Weight.Medium if self.isChecked() else QFont.Weight.Normal)
        painter.setFont(font)
        rect = QRectF(roomy(38), 0, self.width() - roomy(38) - 4, self.height())
        painter.drawText(rect, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, self.text())
        self._focus_ring(painter, 8)
        painter.end()


class SettingsWindow(QWidget):
    """Opened and left open beside the conversation; pages are made when they are first shown."""

    closed = Signal()

    def __init__(self, store: SettingsStore, services: Services, theme: Theme) -> None:
        super().__init__()
        self._store, self._services, self._theme = store, services, theme
        self._pages: dict[str, Page] = {}
        self.setWindowTitle(self.tr("Settings"))
        self.resize(window_size(880, 660))
        self.setMinimumSize(window_size(720, 480))
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.banner = Banner(theme.colours, self)
        self._banners = BannerStack(theme.colours, roomy(WIDTH_PX), self)
        self.banner.setParent(self._banners)
        self.banner.resized.connect(self._banners.place)
        self.banner.acted.connect(store.save)
        self._stack = QStackedWidget(self)
        self.sections = {section.name: section for section in self._sections()}
        self.buttons = {
            name: SectionButton(section, theme.colours, self) for name, section in self.sections.items()
        }
        self._group = QButtonGroup(self)
        self._lay_out()
        for name, button in self.buttons.items():
            self._group.addButton(button)
            button.toggled.connect(lambda on, name=name: self._show(name) if on else None)
        for keys in (QKeySequence.StandardKey.Close,):
            QShortcut(keys, self).activated.connect(self.close)
        store.failed.connect(self._not_saved)
        store.saved.connect(self._saved)
        theme.changed.connect(self._restyle)
        if store.unsaved is not None:
            self._not_saved(store.unsaved)
        self._restyle()
        self.show_section("general")

    def show_section(self, name: str) -> Page:
        """Turns to a subject and returns its page."""
        self.buttons[name].setChecked(True)
        return self._pages[name]

    @property
    def section(self) -> str:
        """The name of the subject that is shown."""
        return next(name for name, button in self.buttons.items() if button.isChecked())

    @property
    def page(self) -> Page:
        """The page that is shown."""
        return self._pages[self.section]

    def showEvent(self, event: QShowEvent) -> None:
        """Begins with nothing in the keyboard's focus, so that no ring is drawn before Tab is pressed."""
        super().showEvent(event)
        self.setFocus()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape closes."""
        if event.key() == Qt.Key.Key_Escape:
            self.close()
        else:
            super().keyPressEvent(event)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Takes what is still being typed, then closes."""
        focused = self.focusWidget()
        if focused is not None:
            focused.clearFocus()
        self.closed.emit()
        event.accept()

    def paintEvent(self, event: QPaintEvent) -> None:
        """The list's ground and the line beside it."""
        painter = QPainter(self)
        list_px = roomy(LIST_PX)
        painter.fillRect(0, 0, list_px, self.height(), QColor(self._theme.colours.sidebar))
        painter.fillRect(list_px, 0, 1, self.height(), QColor(self._theme.colours.line))
        painter.end()

    def _sections(self) -> tuple[Section, ...]:
        from app.settings.advanced import AdvancedPage
        from app.settings.brain import BrainPage
        from app.settings.general import GeneralPage
        from app.settings.listening import ListeningPage
        from app.settings.models import ModelsPage
        from app.settings.privacy import PrivacyPage
        from app.settings.sharing import SharingPage
        from app.settings.voice import VoicePage

        return (
            Section("general", self.tr("General"), "gear", GeneralPage),
            Section("voice", self.tr("Voice"), "voice", VoicePage),
            Section("listening", self.tr("Listening"), "ear", ListeningPage),
            Section("brain", self.tr("Brain"), "brain", BrainPage),
            Section("sharing", self.tr("Sharing"), "people", SharingPage),
            Section("models", self.tr("Models"), "download", ModelsPage),
            Section("privacy", self.tr("Privacy"), "lock", PrivacyPage),
            Section("advanced", self.tr("Advanced"), "sliders", AdvancedPage),
        )

    def _lay_out(self) -> None:
        listed = QVBoxLayout()
        listed.setContentsMargins(10, 16, 10, 10)
        listed.setSpacing(2)
        for button in self.buttons.values():
            listed.addWidget(button)
        listed.addStretch(1)
        left = QWidget(self)
        left.setFixedWidth(roomy(LIST_PX))
        left.setLayout(listed)
        right = QVBoxLayout()
        right.setContentsMargins(1, 0, 0, 0)
        right.setSpacing(0)
        right.addWidget(self._banners)
        right.addWidget(self._stack, 1)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(left)
        row.addLayout(right, 1)

    def _show(self, name: str) -> None:
        page = self._pages.get(name)
        if page is None:
            page = self._pages[name] = self.sections[name].make(self._store, self._services, self._theme)
            self._stack.addWidget(page)
        self._stack.setCurrentWidget(page)

    def _not_saved(self, error: AloudError) -> None:
        self.banner.tell(error, self.tr("Try again"))

    def _saved(self) -> None:
        if self.banner.isVisible():
            self.banner.hide()
            self._banners.place()

    def _restyle(self) -> None:
        self.setPalette(self._theme.palette())
        recolour(self, self._theme.colours)
        self.update()
