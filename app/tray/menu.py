"""The menu of the item in the menu bar. What is not there yet, or not here, is not shown."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRect, QRectF, Signal, SignalInstance
from PySide6.QtGui import QAction, QActionGroup, QKeySequence, QPainter
from PySide6.QtWidgets import QMenu, QWidget

from app.menu import SIGNS_PX, Menu
from app.presence import Doing, colour, words
from app.theme import Colours
from app.tray.glyph import SIDE, image

LONGEST_TITLE = 42


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several things to choose from. ``name`` is what the choice is told by."""

    name: str
    title: str
    chosen: bool = False


class TrayMenu(Menu):
    """Says what Aloud does and lets a person do it.

    Submenus appear once they are given something to choose from, and the switch for sharing once it is
    known whether the room is open.
    """

    open_wanted = Signal()
    talk_wanted = Signal()
    stop_wanted = Signal()
    mute_wanted = Signal(bool)
    conversation_wanted = Signal(str)
    new_wanted = Signal()
    microphone_wanted = Signal(str)
    speaker_wanted = Signal(str)
    voice_wanted = Signal(str)
    sharing_wanted = Signal(bool)
    settings_wanted = Signal()
    quit_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._groups: dict[QMenu, QActionGroup] = {}
        self._key = ""
        self.state = self.addAction("")
        self.state.setEnabled(False)
        self.addSeparator()
        self.open = self._does(self.open_wanted)
        self.talk = self._does(self.talk_wanted)
        self.stop = self._does(self.stop_wanted)
        self.mute = self._switches(self.mute_wanted)
        self.addSeparator()
        self.recent = self._choices(self.conversation_wanted)
        self.new = self._does(self.new_wanted)
        self.addSeparator()
        self.microphones = self._choices(self.microphone_wanted)
        self.speakers = self._choices(self.speaker_wanted)
        self.voices = self._choices(self.voice_wanted)
        self.sharing = self._switches(self.sharing_wanted)
        self.sharing.setVisible(False)
        self.addSeparator()
        self.settings = self._does(self.settings_wanted)
        self.settings.setShortcut(QKeySequence(QKeySequence.StandardKey.Preferences))
        self.quit = self._does(self.quit_wanted)
        self.quit.setShortcut(QKeySequence(QKeySequence.StandardKey.Quit))
        self.settings.setMenuRole(QAction.MenuRole.NoRole)
        self.quit.setMenuRole(QAction.MenuRole.NoRole)
        for submenu in (self.recent, self.microphones, self.speakers, self.voices):
            submenu.menuAction().setVisible(False)
        self._doing = Doing.IDLE
        self.retranslate()
        self.tell(Doing.IDLE)

    def retranslate(self) -> None:
        """Says the same in another language."""
        self.open.setText(self.tr("Open Aloud"))
        self.stop.setText(self.tr("Stop"))
        self.mute.setText(self.tr("Mute the voice"))
        self.recent.setTitle(self.tr("Recent conversations"))
        self.new.setText(self.tr("New conversation"))
        self.microphones.setTitle(self.tr("Microphone"))
        self.speakers.setTitle(self.tr("Speaker"))
        self.voices.setTitle(self.tr("Voice"))
        self.sharing.setText(self.tr("Share with the room"))
        self.settings.setText(self.tr("Settings…"))
        self.quit.setText(self.tr("Quit Aloud"))
        self._name_state()

    def _paint_signs(self, painter: QPainter, action: QAction, place: QRect, colours: Colours) -> None:
        """What Aloud does stands in the first line, with its sign."""
        super()._paint_signs(painter, action, place, colours)
        if action is self.state:
            target = QRectF(0, 0, SIDE, SIDE)
            target.moveCenter(QPointF(place.left() + SIGNS_PX / 2, place.center().y() + 0.5))
            ratio = painter.deviceTransform().m11()
            painter.drawImage(target, image(self._doing, round(SIDE * ratio), colour(self._doing, colours)))

    def set_key_name(self, name: str) -> None:
        """What the talk key is called, shown beside Talk; "" where there is none."""
        self._key = name
        self._name_state()

    def tell(self, doing: Doing) -> None:
        """Follows what Aloud does."""
        self._doing = doing
        self.stop.setVisible(doing.live)
        self._name_state()

    def tell_muted(self, muted: bool) -> None:
        """Follows whether the voice is off."""
        self.mute.setChecked(muted)

    def tell_sharing(self, shared: bool) -> None:
        """Shows whether the room is open."""
        self.sharing.setVisible(True)
        self.sharing.setChecked(shared)

    def fill(self, submenu: QMenu, choices: Sequence[Choice], *, exclusive: bool = True) -> None:
        """Gives ``submenu`` its choices; without any it is not shown. Of exclusive ones, one is ticked."""
        submenu.clear()
        group = self._groups[submenu] = QActionGroup(submenu)
        group.setExclusive(exclusive)
        for choice in choices:
            action = submenu.addAction(_short(choice.title))
            action.setData(choice.name)
            action.setCheckable(exclusive or choice.chosen)
            action.setChecked(choice.chosen)
            group.addAction(action)
        submenu.menuAction().setVisible(bool(choices))

    def _name_state(self) -> None:
        self.state.setText(words(self._doing))
        listening = self._doing is Doing.LISTENING
        talk = self.tr("Ask what I said") if listening else self.tr("Talk")
        self.talk.setText(f"{talk}\t{self._key}" if self._key else talk)

    def _does(self, wanted: SignalInstance) -> QAction:
        action = self.addAction("")
        action.triggered.connect(lambda: wanted.emit())
        return action

    def _switches(self, wanted: SignalInstance) -> QAction:
        action = self.addAction("")
        action.setCheckable(True)
        action.triggered.connect(lambda on: wanted.emit(on))
        return action

    def _choices(self, wanted: SignalInstance) -> QMenu:
        submenu = Menu(self)
        self.addMenu(submenu)
        submenu.triggered.connect(lambda action: wanted.emit(action.data()))
        return submenu


def _short(title: str) -> str:
    shown = title if len(title) <= LONGEST_TITLE else title[: LONGEST_TITLE - 1].rstrip() + "…"
    return shown.replace("&", "&&")
