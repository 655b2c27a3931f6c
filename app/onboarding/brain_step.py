"""The last steps of the first run: a better brain, chosen or skipped, and models that download."""

import asyncio
from collections.abc import Sequence

from PySide6.QtCore import Signal

from app import errors
from app.controls import TextButton
from app.fields import TextField
from app.onboarding.step import Step
from app.settings.cards import Card, Row, beside
from app.settings.model_row import ModelRow
from app.settings.services import Services
from app.settings.store import SettingsStore
from app.text_size import roomy
from app.theme import Theme
from engine.errors import AloudError, BrainUnreachable
from engine.llm.discover import Found
from engine.models.states import ModelState

CARD_PX = 500


class BrainStep(Step):
    """An OpenAI key, a server that already runs here, or neither."""

    def __init__(self, store: SettingsStore, services: Services, theme: Theme) -> None:
        super().__init__("brain", store, services, theme)
        self.say(
            self.tr("Who should answer?"),
            self.tr(
                "The small brain inside Aloud works offline and is a demo. A better one is a key or a click "
                "away. You can also decide later."
            ),
        )
        colours = theme.colours
        self.card = Card(colours)
        self.card.setFixedWidth(roomy(CARD_PX))
        self.add(self.card)
        self.key = TextField(self.tr("OpenAI key"), colours, width=190)
        self.key.setEchoMode(TextField.EchoMode.Password)
        self.key.setPlaceholderText("sk-…")
        self.keep = TextButton(self.tr("Use"), "", None, colours)
        self.keep.set_tinted(True)
        self.keep.setAccessibleName(self.tr("Use this OpenAI key"))
        self.keep.clicked.connect(self._keep)
        self.key.returnPressed.connect(self._keep)
        self.key_row = Row(
            "OpenAI",
            self.tr("Your questions go there as text."),
            beside(self.key, self.keep),
            colours,
        )
        self.card.add(self.key_row)
        self._servers: list[Row] = []

    def enter(self) -> None:
        """Looks for servers on this machine."""
        self.work.do(self._look())

    def show_servers(self, found: Sequence[Found]) -> None:
        """Offers what runs on this machine."""
        for row in self._servers:
            row.hide()
            row.deleteLater()
        self._servers = []
        for server in found:
            use = TextButton(self.tr("Use"), "", None, self.theme.colours)
            use.set_tinted(True)
            name = errors.words(server.name)
            use.setAccessibleName(self.tr("Use %s") % name)
            use.clicked.connect(lambda _=False, server=server: self._use(server))
            row = Row(name, ", ".join(server.models[:3]) or server.base_url, use, self.theme.colours)
            self._servers.append(row)
            self.card.add(row)

    async def _look(self) -> None:
        self.show_servers(await self.services.servers())

    def _use(self, server: Found) -> None:
        model = server.models[0] if server.models else ""
        self.complain(
            self.store.change("brain", provider="compatible", base_url=server.base_url, model=model)
        )
        self._taken(self.tr("%s answers from now on.") % errors.words(server.name))

    def _keep(self) -> None:
        key = self.key.text().strip()
        if key:
            self.key_row.complain("")
            self.key_row.explain(self.tr("Asking OpenAI…"))
            self.work.do(self._test_and_keep(key), self._refused)

    async def _test_and_keep(self, key: str) -> None:
        try:
            await self.services.offered("", key)
        except BrainUnreachable as error:
            self.key_row.complain(self.tr("Kept, but not tried: %s") % errors.words(error.message))
        await asyncio.to_thread(self.services.keep_key, key, None)
        self.key.clear()
        self.store.change("brain", provider="auto")
        self.services.key_changed()
        self._taken(self.tr("OpenAI answers from now on."))

    def _refused(self, error: AloudError) -> None:
        self.key_row.explain(self.tr("Your questions go there as text."))
        self.key_row.complain(errors.told(error))

    def _taken(self, words: str) -> None:
        self.emblem.set_good(True)
        self.say(self.title.text(), words)


class ModelsStep(Step):
    """Bigger models, fetched while the conversation has long begun."""

    _told = Signal(object)
    OFFERED = ("parakeet", "kyutai-tts")

    def __init__(self, store: SettingsStore, services: Services, theme: Theme) -> None:
        super().__init__("download", store, services, theme)
        self.say(
            self.tr("Even better, a little later"),
            self.tr(
                "These download in the background while you talk, and are used as soon as they are here. "
                "You can close this window at any time."
            ),
        )
        self._models = services.models
        card = Card(theme.colours)
        card.setFixedWidth(roomy(CARD_PX))
        self.rows: dict[str, ModelRow] = {}
        for state in self._models.states():
            if state.spec.model_id in self.OFFERED:
                row = self.rows[state.spec.model_id] = ModelRow(state, theme.colours)
                row.download_wanted.connect(self._models.start)
                row.cancel_wanted.connect(self._models.cancel)
                card.add(row)
        self.add(card)
        self._told.connect(self.show_state)
        undo = self._models.subscribe(self._told.emit)
        self.destroyed.connect(lambda: undo())
        for state in self._models.states():
            self.show_state(state)

    def show_state(self, state: ModelState) -> None:
        """Shows how far a model is."""
        row = self.rows.get(state.spec.model_id)
        if row is None:
            return
        failed = bool(state.detail) and state.detail != self._models.store.state(state.spec).detail
        row.show_state(state, fault=errors.words(state.detail, state.remedy) if failed else "")
        for name in ("folder", "verify", "remove"):
            row.buttons[name].hide()
        self.emblem.set_good(all(row.state.ready for row in self.rows.values()))
