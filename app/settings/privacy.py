"""The page about privacy: what leaves the machine under the present settings, and what is remembered."""

from PySide6.QtWidgets import QWidget

from app import errors
from app.settings.brain import server_name
from app.settings.cards import Row
from app.settings.confirm import ConfirmButton
from app.settings.page import Page
from app.settings.services import Services
from app.settings.store import SettingsStore
from app.theme import Theme
from engine.build import choose_name
from engine.errors import AloudError
from engine.llm.openai_model import is_loopback
from engine.registry import LANGUAGE_MODELS


class PrivacyPage(Page):
    """Plain words about what goes where, the history's switch, and the end of everything kept."""

    def __init__(
        self, store: SettingsStore, services: Services, theme: Theme, parent: QWidget | None = None
    ) -> None:
        super().__init__(store, theme, parent)
        self._services = services
        self.set_title(self.tr("Privacy"))
        card = self.card(self.tr("What leaves this machine"))
        self.voice_row = Row(
            self.tr("Your voice"),
            self.tr("Never. It is understood here and not kept; no recording is written."),
            None, self.colours,
        )  # fmt: skip
        self.words_row = Row(self.tr("Your words"), "", None, self.colours)
        self.answers_row = Row(
            self.tr("The answers' sound"), self.tr("Never. It is made here."), None, self.colours
        )
        self.room_row = Row(self.tr("The room"), "", None, self.colours)
        self.hub_row = Row(
            self.tr("Downloads"),
            self.tr("Models come from the model hub only when you press Download. Nothing else calls home."),
            None, self.colours,
        )  # fmt: skip
        for row in (self.voice_row, self.words_row, self.answers_row, self.room_row, self.hub_row):
            card.add(row)
        kept = self.card(self.tr("What is remembered"))
        self.history = self.switch(
            kept, self.tr("Keep conversations"), self.tr("On this machine only. Off forgets from now on."),
            "privacy", "history",
        )  # fmt: skip
        self.delete = ConfirmButton(
            self.tr("Delete all…"), self.tr("For good?"), self.tr("Delete everything"), self.colours
        )
        self.delete.confirmed.connect(self._delete)
        self.delete_row = Row(
            self.tr("Delete all conversations"), self.tr("Leaves nothing of them on the disk."),
            self.delete, self.colours,
        )  # fmt: skip
        kept.add(self.delete_row)
        self.refreshed_by(self._show)

    def _show(self) -> None:
        self.words_row.explain(self.words())
        sharing = self.store.settings.sharing
        if not sharing.enabled:
            words = self.tr("Closed. Nobody can follow.")
        elif sharing.local_network:
            words = self.tr("Open to those you invite on your network: they read and hear the conversation.")
        else:
            words = self.tr("Open on this machine only.")
        self.room_row.explain(words)

    def words(self) -> str:
        """Where the questions go."""
        brain = self.store.settings.brain
        chosen = choose_name(LANGUAGE_MODELS, brain.provider, self.store.settings)
        if chosen == "embedded":
            return self.tr("Never. The answers are written on this machine.")
        address = brain.base_url if chosen == "compatible" else ""
        if address and is_loopback(address):
            return self.tr("They go to the server on this machine, %s. What it does is up to it.") % address
        return self.tr(
            "Your questions and the conversation so far go to %s, as text, to be answered. "
            "No word goes there until you ask something."
        ) % server_name(address)

    def _delete(self) -> None:
        self.delete_row.complain("")
        self.work.do(self._delete_all(), self._not_deleted)

    async def _delete_all(self) -> None:
        await self._services.delete_history()
        self.delete_row.explain(self.tr("Everything is deleted."))

    def _not_deleted(self, error: AloudError) -> None:
        self.delete_row.complain(errors.told(error))
