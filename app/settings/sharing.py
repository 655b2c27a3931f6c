"""The page about the room: who may follow the conversation, and the panel to let them in."""

from PySide6.QtWidgets import QWidget

from app.listeners import RoomPanel
from app.settings.page import Page
from app.settings.services import Services
from app.settings.store import SettingsStore
from app.theme import Theme
from engine.broadcast.gate import address_of


class SharingPage(Page):
    """The switches of the room over its panel."""

    def __init__(
        self, store: SettingsStore, services: Services, theme: Theme, parent: QWidget | None = None
    ) -> None:
        super().__init__(store, theme, parent)
        self._services = services
        room = services.room
        self.set_title(self.tr("Sharing"))
        card = self.card()
        self.enabled = self.switch(
            card, self.tr("Share the conversation"),
            self.tr("Those you invite follow it in a browser: the same words, the same sound, in step."),
            "sharing", "enabled",
        )  # fmt: skip
        self.network = self.switch(
            card, self.tr("On the local network"),
            self.tr("Off: on this machine only. On: phones and computers near you can join by invitation."),
            "sharing", "local_network",
        )  # fmt: skip
        self.encrypted = self.switch(
            card, self.tr("Encrypted"),
            self.tr("Needed to talk from a phone. Guests install this machine's certificate once."),
            "sharing", "encrypted",
        )  # fmt: skip
        self.mode = self.choice(
            card, self.tr("In step with"), "", "sharing", "mode",
            [
                ("personal", self.tr("Nobody: you hear it at once")),
                ("room", self.tr("The room: you hear it with the guests")),
            ],
        )  # fmt: skip
        panel_card = self.card(self.tr("The room"))
        self.panel = RoomPanel(room, self.colours)
        panel_card.add(self.panel)
        more = self.card(self.tr("More"))
        self.port = self.text(more, self.tr("Port"), "", "sharing", "port", read=int, width=90)
        self.audience = self.text(
            more, self.tr("Most guests"), "", "sharing", "longest_audience", read=int, width=90
        )
        self.original = self.switch(
            more, self.tr("Original protocol"),
            self.tr("For the first version's web client, which needs no invitation."),
            "sharing", "original_protocol",
        )  # fmt: skip
        self.origins = self.text(
            more, self.tr("Allowed origins"),
            self.tr("Other websites that may connect, with commas between them."),
            "sharing", "allowed_origins", read=_listed, show=", ".join, check=self._origin_fault,
        )  # fmt: skip
        self.public = self.text(
            more, self.tr("Public addresses"),
            self.tr("Where a proxy serves the room, such as https://room.example.org, with commas between."),
            "sharing", "public_origins", read=_listed, show=", ".join, check=self._origin_fault,
        )  # fmt: skip
        self.proxies = self.text(
            more, self.tr("Trusted proxies"),
            self.tr("Their addresses, such as 127.0.0.1: what they say of where guests are is believed."),
            "sharing", "proxies", read=_listed, show=", ".join, check=self._proxy_fault,
        )  # fmt: skip
        self.blocked = self.text(
            more, self.tr("Words left out"),
            self.tr("Not asked by guests and not spoken aloud; with commas between them."),
            "sharing", "blocked_words", read=_listed, show=", ".join,
        )  # fmt: skip
        self.bus = self.text(
            more, self.tr("Bus to edges"),
            self.tr("For a room beyond one machine: nats:// or redis://, empty for none."),
            "sharing", "bus_url", check=self._bus_fault,
        )  # fmt: skip
        self.panel.invitation_wanted.connect(lambda role: self.work.do(room.invite(role)))
        self.panel.role_wanted.connect(lambda who, role: self.work.do(room.promote(who, role)))
        self.panel.hush_wanted.connect(lambda who, hushed: self.work.do(room.hush(who, hushed)))
        self.panel.removal_wanted.connect(lambda who: self.work.do(room.remove(who)))

    def _bus_fault(self, address: str) -> str:
        known = ("nats://", "tls://", "redis://", "rediss://")
        if address and not address.startswith(known):
            return self.tr("An address that begins with nats:// or redis://.")
        return ""

    def _proxy_fault(self, proxies: tuple[str, ...]) -> str:
        if any(address_of(proxy) is None for proxy in proxies):
            return self.tr("Addresses such as 127.0.0.1, not names.")
        return ""

    def _origin_fault(self, origins: tuple[str, ...]) -> str:
        if any(not origin.startswith(("http://", "https://")) for origin in origins):
            return self.tr("Addresses that begin with http:// or https://, without a path.")
        return ""


def _listed(text: str) -> tuple[str, ...]:
    """What stands between commas, each once."""
    return tuple(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))
