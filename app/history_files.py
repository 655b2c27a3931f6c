"""Conversations as files: writing one or all of them out, and bringing written ones back."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QStandardPaths
from PySide6.QtWidgets import QFileDialog

from app.window.main_window import MainWindow
from engine.errors import AloudError
from engine.history import ConversationRecord, History
from engine.history.export import BroughtBack, all_conversations, bring_back, to_json, to_markdown
from engine.wording import Wording, joined

Do = Callable[[Coroutine[Any, Any, None]], None]
"""Runs work on the loop, one after the other, and tells what goes wrong."""

BroughtBackTo = Callable[[Sequence[str], Sequence[str]], Coroutine[Any, Any, None]]
"""Is awaited with the conversations that an import brought, and with those that it made longer."""

NAME_CHARACTERS = 60


class HistoryFiles(QObject):
    """Asks where, writes and reads. Used on the conversation's loop; files are touched on another thread."""

    def __init__(self, history: History, window: MainWindow, do: Do, brought_back: BroughtBackTo) -> None:
        super().__init__(window)
        self._history, self._window, self._do, self._brought_back = history, window, do, brought_back
        sidebar = window.sidebar
        sidebar.export_wanted.connect(self._export_wanted)
        sidebar.export_all_wanted.connect(self._export_all_wanted)
        sidebar.import_wanted.connect(self._import_wanted)

    # Out ---------------------------------------------------------------------------------------

    def _export_wanted(self, conversation_id: str) -> None:
        titles = {entry.conversation_id: entry.title for entry in self._window.sidebar.entries}
        self._ask_where(
            self.tr("Export conversation"),
            titles.get(conversation_id, ""),
            lambda: [self._history.conversation(conversation_id)],
        )

    def _export_all_wanted(self) -> None:
        self._ask_where(
            self.tr("Export all conversations"),
            self.tr("Conversations"),
            lambda: all_conversations(self._history),
        )

    def _ask_where(self, title: str, name: str, read: Callable[[], list[ConversationRecord]]) -> None:
        markdown, json = self.tr("Markdown (*.md)"), self.tr("JSON (*.json)")
        dialog = QFileDialog(self._window, title)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilters([markdown, json])
        dialog.setDefaultSuffix("md")
        dialog.filterSelected.connect(lambda kind: dialog.setDefaultSuffix("json" if kind == json else "md"))
        dialog.setDirectory(_documents())
        dialog.selectFile(file_name(name))
        dialog.fileSelected.connect(
            lambda path: self._do(self._write(read, Path(path), as_json=dialog.selectedNameFilter() == json))
        )
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    async def _write(
        self, read: Callable[[], list[ConversationRecord]], chosen: Path, *, as_json: bool
    ) -> None:
        path = with_suffix(chosen, as_json=as_json)
        if path != chosen and path.exists():  # the dialog asked about another name
            raise AloudError("There is already a file named {name}.", "Choose another name.", name=path.name)

        def write() -> None:
            path.write_bytes(written(read(), as_json=path.suffix.lower() == ".json"))

        try:
            await asyncio.to_thread(write)
        except OSError as error:
            raise AloudError(
                "The conversation could not be written: {reason}.",
                "Choose another place for it.",
                reason=error.strerror,
            ) from error
        self._window.toast.say(self.tr("Exported as %s") % path.name)

    # Back --------------------------------------------------------------------------------------

    def _import_wanted(self) -> None:
        dialog = QFileDialog(self._window, self.tr("Import conversations"))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptOpen)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
        dialog.setNameFilters([self.tr("JSON (*.json)")])
        dialog.setDirectory(_documents())
        dialog.filesSelected.connect(lambda paths: self._do(self._bring_back([Path(path) for path in paths])))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    async def _bring_back(self, paths: Sequence[Path]) -> None:
        """Takes what each file has, and tells of those that could not be read."""
        done: list[BroughtBack] = []
        failed: list[tuple[Path, AloudError]] = []
        for path in paths:
            try:
                done.append(await asyncio.to_thread(self._read, path))
            except AloudError as error:
                failed.append((path, error))
        appeared = [name for one in done for name in one.appeared]
        grew = [name for one in done for name in one.grew if name not in appeared]
        if done:
            await self._brought_back(appeared, grew)
            self._window.toast.say(self._told(appeared, grew))
        if failed:
            told = [
                Wording("{name} could not be imported: {reason}", name=path.name, reason=error)
                for path, error in failed
            ]
            raise AloudError(joined(told, " "), failed[0][1].remedy)

    def _read(self, path: Path) -> BroughtBack:
        try:
            data = path.read_bytes()
        except OSError as error:
            raise AloudError(
                "it can't be read ({reason}).", "Choose another file.", reason=error.strerror
            ) from error
        return bring_back(self._history, data)

    def _told(self, appeared: Sequence[str], grew: Sequence[str]) -> str:
        if len(appeared) > 1:
            return self.tr("%s conversations imported") % len(appeared)
        if appeared:
            return self.tr("Conversation imported")
        if grew:
            return self.tr("Missing turns imported")
        return self.tr("Nothing new: all of it is already here")


def written(conversations: Sequence[ConversationRecord], *, as_json: bool) -> bytes:
    """What a file of these conversations holds."""
    if as_json:
        return to_json(conversations)
    return "\n".join(to_markdown(conversation) for conversation in conversations).encode()


def with_suffix(path: Path, *, as_json: bool) -> Path:
    """The path with the ending of its format: that of JSON if it was chosen or the name says so."""
    ours = path.suffix.lower() in (".md", ".json")
    if path.suffix.lower() == ".json" or not (as_json or not ours):
        return path
    suffix = ".json" if as_json else ".md"
    return path.with_suffix(suffix) if ours else path.with_name(path.name + suffix)


def _documents() -> str:
    return QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)


def file_name(title: str) -> str:
    """A title as the name of a file, without what no file's name may hold."""
    kept = "".join(" " if each in '/\\:*?"<>|' or not each.isprintable() else each for each in title)
    return " ".join(kept.split())[:NAME_CHARACTERS].strip(" .")
