"""The page about models: what can be fetched, what is here, and what it takes of the disk."""

import asyncio
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from app import errors
from app.amounts import size
from app.forms import Words
from app.settings.model_row import ModelRow
from app.settings.page import Page
from app.settings.services import Services
from app.settings.store import SettingsStore
from app.theme import Theme
from engine.errors import AloudError
from engine.events import Port
from engine.models.states import ModelState, ModelStatus


class ModelsPage(Page):
    """A row a model, under what it is for. Told of every step of a download from any thread."""

    _told = Signal(object)

    def __init__(
        self, store: SettingsStore, services: Services, theme: Theme, parent: QWidget | None = None
    ) -> None:
        super().__init__(store, theme, parent)
        self._models = models = services.models
        self.rows: dict[str, ModelRow] = {}
        self.set_title(self.tr("Models"))
        self.total = Words("", self.colours, tone="quiet", scale=12 / 13)
        self.add(self.total)
        states = models.states()
        for port, heading in (
            (Port.TRANSCRIBER, self.tr("For listening")),
            (Port.SYNTHESIZER, self.tr("For the voice")),
            (Port.LANGUAGE_MODEL, self.tr("For answering offline")),
        ):
            of_port = [state for state in states if state.spec.port is port]
            if of_port:
                card = self.card(heading)
                for state in of_port:
                    card.add(self._row(state))
        self._told.connect(self.show_state)
        undo = models.subscribe(self._told.emit)
        self.destroyed.connect(lambda: undo())
        self.refreshed_by(self._show_all)

    def show_state(self, state: ModelState) -> None:
        """Shows one model as it is now."""
        row = self.rows.get(state.spec.model_id)
        if row is None:
            return
        usual = self._models.store.state(state.spec)
        failed = bool(state.detail) and state.detail != usual.detail
        damaged = state.status is ModelStatus.DAMAGED
        fault = errors.words(state.detail, state.remedy if failed else "") if failed or damaged else ""
        row.show_state(state, fault=fault, in_use=self._in_use(state))
        if state.status is not ModelStatus.DOWNLOADING:
            self._show_total()

    def _row(self, state: ModelState) -> ModelRow:
        row = self.rows[state.spec.model_id] = ModelRow(state, self.colours)
        row.download_wanted.connect(self._models.start)
        row.cancel_wanted.connect(self._models.cancel)
        row.verify_wanted.connect(lambda name: self.work.do(self._verify(name), self._failed(row)))
        row.remove_wanted.connect(lambda name: self.work.do(self._remove(name), self._failed(row)))
        row.folder_wanted.connect(self._ask_for_folder)
        row.use_wanted.connect(self._use)
        return row

    def _show_all(self) -> None:
        for state in self._models.states():
            self.show_state(state)

    def _show_total(self) -> None:
        used = sum(state.bytes_on_disk for state in self._models.states() if not state.is_local_folder)
        self.total.say(
            self.tr("Downloads take %s of the disk. Aloud talks without any of them; they make it better.")
            % size(used)
            if used
            else self.tr("Aloud talks without any of these; they make it better.")
        )

    def _in_use(self, state: ModelState) -> bool:
        brain = self.store.settings.brain
        if state.spec.port is not Port.LANGUAGE_MODEL or not brain.gguf_file or state.folder is None:
            return False
        return brain.provider == "embedded" and Path(brain.gguf_file) == self._file(state)

    @staticmethod
    def _file(state: ModelState) -> Path:
        assert state.folder is not None
        return state.folder / state.spec.files[0].name

    def _use(self, model_id: str) -> None:
        state = self._models.state(model_id)
        if state.ready:
            self.store.change("brain", provider="embedded", gguf_file=str(self._file(state)))

    async def _verify(self, model_id: str) -> None:
        row = self.rows[model_id]
        row.note(self.tr("checking every byte…"))
        state = await asyncio.to_thread(self._models.verify, model_id)
        self.show_state(state)
        if state.ready:
            row.note(self.tr("checked, and whole"))

    async def _remove(self, model_id: str) -> None:
        state = self._models.state(model_id)
        if self._in_use(state):
            self.store.change("brain", gguf_file="")
        await asyncio.to_thread(self._models.remove, model_id)

    def _failed(self, row: ModelRow) -> Callable[[AloudError], None]:
        def failed(error: AloudError) -> None:
            row.show_state(row.state, fault=errors.told(error))

        return failed

    def _ask_for_folder(self, model_id: str) -> None:
        dialog = QFileDialog(self, self.tr("The folder of %s") % self.rows[model_id].title.text())
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        dialog.fileSelected.connect(lambda path: self.use_folder(model_id, Path(path)))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def use_folder(self, model_id: str, folder: Path) -> None:
        """Takes a model from ``folder``, or says at its row what that folder lacks."""

        async def use() -> None:
            await asyncio.to_thread(self._models.use_folder, model_id, folder)

        self.work.do(use(), self._failed(self.rows[model_id]))
