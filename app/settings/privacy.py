"""The page about privacy: what leaves the machine under the present settings, and what is remembered."""

from urllib.parse import urlsplit

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from app import errors
from app.settings.cards import Row
from app.settings.confirm import ConfirmButton
from app.settings.page import Page
from app.settings.server_address import server_name
from app.settings.services import Services
from app.settings.store import SettingsStore
from app.sharing import RoomState
from app.theme import Theme
from engine.build import choose_name
from engine.errors import AloudError
from engine.events import BackendStateChanged, Port
from engine.llm.openai_model import is_loopback
from engine.models.states import ModelState, ModelStatus
from engine.registry import LANGUAGE_MODELS


class PrivacyPage(Page):
    """Plain words about what goes where as things are now, the history's switch, and the end of what is kept.

    It follows the settings, the room, the brain that runs and the downloads while it is shown.
    """

    _told = Signal(object)

    def __init__(
        self, store: SettingsStore, services: Services, theme: Theme, parent: QWidget | None = None
    ) -> None:
        super().__init__(store, theme, parent)
        self._services = services
        self._fetched = {
            state.spec.model_id: state.spec.title
            for state in services.models.states()
            if state.status is ModelStatus.DOWNLOADING
        }
        self.set_title(self.tr("Privacy"))
        card = self.card(self.tr("What leaves this machine"))
        self.voice_row = Row(
            self.tr("Your voice"),
            self.tr("Never. It is understood here and not kept; no recording is written."),
            None, self.colours,
        )  # fmt: skip
        self.words_row = Row(self.tr("Your words"), "", None, self.colours)
        self.answers_row = Row(self.tr("The answers' sound"), "", None, self.colours)
        self.room_row = Row(self.tr("The room"), "", None, self.colours)
        self.hub_row = Row(self.tr("Downloads"), "", None, self.colours)
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
        self._follow()
        self.refreshed_by(self._show)

    def _follow(self) -> None:
        """Says it anew when something changes that is no setting."""
        room, models = self._services.room, self._services.models
        room.changed.connect(self._show)
        room.listeners_changed.connect(self._show)
        self._services.bridge.backend_state_changed.connect(self._part)
        self._told.connect(self._model)
        undo = models.subscribe(self._told.emit)
        self.destroyed.connect(lambda: undo())

    def _part(self, event: BackendStateChanged) -> None:
        if event.port is Port.LANGUAGE_MODEL:
            self._show()

    def _model(self, state: ModelState) -> None:
        if state.status is ModelStatus.DOWNLOADING:
            self._fetched[state.spec.model_id] = state.spec.title
        else:
            self._fetched.pop(state.spec.model_id, None)
        self.hub_row.explain(self._downloads())

    def _show(self) -> None:
        self.words_row.explain(" ".join(part for part in (self.words(), self._read_by()) if part))
        self.answers_row.explain(self._heard_by())
        self.room_row.explain(self._room())
        self.hub_row.explain(self._downloads())

    def words(self) -> str:
        """Where the questions go to be answered."""
        brain = self.store.settings.brain
        chosen = choose_name(LANGUAGE_MODELS, brain.provider, self.store.settings)
        if chosen == "embedded":
            return self.tr("To be answered: nowhere. The answers are written on this machine.")
        address = brain.base_url if chosen == "compatible" else ""
        if address and is_loopback(address):
            return self.tr("They go to the server on this machine, %s. What it does is up to it.") % address
        return self.tr(
            "Your questions and the conversation so far go to %s, as text, to be answered. "
            "No word goes there until you ask something."
        ) % server_name(address)

    @property
    def _shared(self) -> bool:
        """Whether anything of the conversation leaves the machine by the room."""
        room = self._services.room
        return room.on_network or (room.state is RoomState.OPEN and bool(self._bus))

    @property
    def _bus(self) -> str:
        return self.store.settings.sharing.bus_url

    def _read_by(self) -> str:
        return self.tr("Whoever is in the room reads questions and answers.") if self._shared else ""

    def _heard_by(self) -> str:
        if self._shared:
            return self.tr("It is made here, and goes to whoever is in the room while that is open.")
        if self._services.room.state is RoomState.OPEN:
            return self.tr("Never. It is made here, and heard in browsers on this machine, too.")
        return self.tr("Never. It is made here.")

    def _room(self) -> str:
        room = self._services.room
        if room.state is RoomState.FAILED:
            return self.tr("It could not be opened. Nobody can follow.")
        if room.state is not RoomState.OPEN:
            return self.tr("Closed. Nobody can follow.")
        if room.on_network:
            said = self.tr("Open to those you invite on your network: they read and hear the conversation.")
        else:
            said = self.tr("Open on this machine only.")
        if self._bus:
            over = urlsplit(self._bus).hostname or self._bus
            said = f"{said} {self.tr('Over the bus at %s it reaches rooms on other machines.') % over}"
        return f"{said} {self.tr('Guests now: %s.') % len(room.listeners)}"

    def _downloads(self) -> str:
        usual = self.tr(
            "Models come from the model hub only when you press Download. Nothing else calls home."
        )
        if not self._fetched:
            return usual
        titles = ", ".join(errors.words(title) for title in self._fetched.values())
        return f"{self.tr('On their way from the model hub now: %s.') % titles} {usual}"

    def _delete(self) -> None:
        self.delete_row.complain("")
        self.work.do(self._delete_all(), self._not_deleted)

    async def _delete_all(self) -> None:
        await self._services.delete_history()
        self.delete_row.explain(self.tr("Everything is deleted."))

    def _not_deleted(self, error: AloudError) -> None:
        self.delete_row.complain(errors.told(error))
