"""How guests join the room: its addresses, an invitation to copy or to scan, what a phone needs to talk."""

from PySide6.QtCore import QCoreApplication, QLocale, Qt, QTime, QTimer, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.controls import TextButton
from app.flow import Flow
from app.forms import Choice, Words
from app.qr import QrPicture
from app.sharing import Renewed, Room
from app.theme import Colours
from engine.broadcast.trust_steps import TRUST_STEPS

COPIED_FOR_MS = 1_500


class CopyButton(TextButton):
    """Puts a text on the clipboard, and says so for a moment."""

    def __init__(self, words: str, parent: QWidget, colours: Colours, *, filled: bool = False) -> None:
        super().__init__(words, "copy", parent, colours, filled=filled)
        self.content = ""
        self._words = words
        self._copied = QTimer(self, singleShot=True, interval=COPIED_FOR_MS)
        self._copied.timeout.connect(lambda: self.set_content(self._words, "copy"))
        self.clicked.connect(self._copy)

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.content)
        self.set_content(self.tr("Copied"), "check")
        self._copied.start()


class Joining(QWidget):
    """The way in, under one address at a time. ``invitation_wanted`` carries a role."""

    invitation_wanted = Signal(str)

    def __init__(self, room: Room, colours: Colours, parent: QWidget) -> None:
        super().__init__(parent)
        self._room = room
        self._url = ""
        self.picture = QrPicture(self)
        self.address = Words("", colours, self, tone="quiet", scale=12 / 13)
        self.address.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.where = Choice(self.tr("Where guests find the room"), colours, self)
        self.where.picked.connect(self._show_address)
        self.note = Words("", colours, self, tone="quiet", scale=12 / 13)
        self.copy = CopyButton(self.tr("Copy the invitation"), self, colours, filled=True)
        self.role = Choice(self.tr("What the next guest may do"), colours, self)
        self.role.offer(
            [
                ("listener", self.tr("May listen")),
                ("typist", self.tr("May type questions")),
                ("talker", self.tr("May talk")),
                ("owner", self.tr("May lead")),
            ],
            "listener",
        )
        self.role.picked.connect(self.invitation_wanted.emit)
        self.fresh = TextButton(self.tr("New invitation"), "retry", self, colours)
        self.fresh.clicked.connect(lambda: self.invitation_wanted.emit(self.role.value))
        self.trust = Trust(colours, self)
        self.tailscale = Words("", colours, self, tone="quiet", scale=12 / 13)
        self.command = CopyButton(self.tr("Copy the command"), self, colours)
        self._lay_out()

    def refresh(self) -> None:
        """Shows the room as it is now."""
        urls = self._room.urls
        if self._url not in urls:
            self._url = urls[0] if urls else ""
        self.where.offer([(url, url.rstrip("/")) for url in urls], self._url)
        self.where.setVisible(len(urls) > 1)
        self.address.setVisible(len(urls) == 1)
        self._say_note()
        self._offer_tailscale()
        self._show_address(self._url)

    def _show_address(self, url: str) -> None:
        self._url = url
        invitations = dict(zip(self._room.urls, self._room.invitations, strict=False))
        invitation = invitations.get(url, "")
        self.address.say(url)
        self.picture.show_url(invitation)
        self.copy.content = invitation
        for part in (self.picture, self.copy, self.role, self.fresh, self.note):
            part.setVisible(bool(invitation))
        self.trust.show_for(url if url and self._room.needs_trust(url) else "")

    def _say_note(self) -> None:
        expires_at = self._room.expires_at
        if expires_at is None:
            self.note.say("")
            return
        clock = QTime(expires_at.hour, expires_at.minute)
        time = QLocale().toString(clock, QLocale.FormatType.ShortFormat)
        words = self.tr("For one guest, until %s.") % time
        before = {
            Renewed.NO: "",
            Renewed.USED: self.tr("The last invitation was used."),
            Renewed.EXPIRED: self.tr("The last invitation was too old."),
        }[self._room.renewed]
        self.note.say(f"{before} {words}".strip())

    def _offer_tailscale(self) -> None:
        own = self._room.tailscale
        offered = own is not None and not own.serves
        for part in (self.tailscale, self.command):
            part.setVisible(offered)
        if own is not None and offered:
            self.command.content = own.command
            self.tailscale.say(
                self.tr(
                    "Tailscale is on this machine. With the command %s your own devices can talk at %s, "
                    "with no certificate to trust."
                )
                % (own.command, own.origin)
            )

    def _lay_out(self) -> None:
        words = QVBoxLayout()
        words.setSpacing(8)
        words.addWidget(self.address)
        words.addWidget(self.where, 0, Qt.AlignmentFlag.AlignLeft)
        words.addWidget(self.note)
        words.addStretch(1)
        words.addWidget(self.role, 0, Qt.AlignmentFlag.AlignLeft)
        actions = Flow(spacing=4)
        actions.addWidget(self.copy)
        actions.addWidget(self.fresh)
        words.addLayout(actions)
        top = QHBoxLayout()
        top.setSpacing(18)
        top.addLayout(words, 1)
        top.addWidget(self.picture, 0, Qt.AlignmentFlag.AlignTop)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 8, 16, 10)
        column.setSpacing(8)
        column.addLayout(top)
        column.addWidget(self.trust)
        column.addWidget(self.tailscale)
        column.addWidget(self.command, 0, Qt.AlignmentFlag.AlignLeft)


class Trust(QWidget):
    """What a guest does once so that their device trusts the room's certificate, by its system."""

    def __init__(self, colours: Colours, parent: QWidget) -> None:
        super().__init__(parent)
        self._url = ""
        why = self.tr("To talk, a guest's device has to trust this machine's certificate, once:")
        self.why = Words(why, colours, self, tone="quiet", scale=12 / 13)
        self.system = Choice(self.tr("The guest's system"), colours, self)
        self.system.offer([(name, _translated(name)) for name in TRUST_STEPS], next(iter(TRUST_STEPS)))
        self.system.picked.connect(lambda _: self._show_steps())
        self.steps = Words("", colours, self, tone="quiet", scale=12 / 13)
        self.steps.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        for part in (self.why, self.steps):
            column.addWidget(part)
        column.insertWidget(1, self.system, 0, Qt.AlignmentFlag.AlignLeft)

    def show_for(self, url: str) -> None:
        """Shows the steps for the room at ``url``; nothing for ""."""
        self._url = url
        self.setVisible(bool(url))
        self._show_steps()

    def _show_steps(self) -> None:
        steps = TRUST_STEPS[self.system.value]
        numbered = [f"{number}. {_translated(step)}" for number, step in enumerate(steps, 1)]
        self.steps.say("\n".join([f"{self._url}authority.crt", *numbered]))


def _translated(text: str) -> str:
    return QCoreApplication.translate("Trust", text)
