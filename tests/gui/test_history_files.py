"""Conversations written to files and brought back from them, through the dialogs of the side list."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog, QMenu

from app.history_files import file_name, with_suffix
from engine.history import ConversationRecord
from engine.history.export import to_json
from tests.gui.conftest import until
from tests.gui.history_world import BOATS, BREAD, LEFT, Drive, Opened, drive, turn

__all__ = ["drive"]

pytestmark = pytest.mark.qt_log_ignore(
    "grabbing the keyboard", extend=True
)  # the offscreen platform, of a menu

TEA = ConversationRecord("tea", "Tea", True, 3000.0, (turn(7, "Green or black?", "Green."),))
SOUP = ConversationRecord("soup", "Soup", True, 2500.0, (turn(8, "Hot?", "Yes."),))


def dialog_of(opened: Opened) -> QFileDialog:
    return next(dialog for dialog in opened.window.findChildren(QFileDialog) if dialog.isVisible())


def choose_more(opened: Opened, name: str) -> None:
    """Chooses an entry of the overflow menu."""
    QTest.mouseClick(opened.window.sidebar.more, LEFT)
    menu = next(menu for menu in opened.window.sidebar.findChildren(QMenu) if menu.isVisible())
    next(action for action in menu.actions() if action.text() == name).trigger()
    menu.close()


async def save_as(opened: Opened, folder: Path, name: str, kind: str = "") -> None:
    """Goes through the dialog as a person does: folder, kind of file, name, Save."""
    dialog = dialog_of(opened)
    dialog.setDirectory(str(folder))
    if kind:
        dialog.selectNameFilter(kind)
        dialog.filterSelected.emit(kind)  # as its list of kinds does
    dialog.selectFile(name)
    dialog.accept()
    await opened.settled()


async def bring_back(opened: Opened, files: Sequence[Path]) -> None:
    choose_more(opened, "Import…")
    dialog = dialog_of(opened)
    dialog.filesSelected.emit([str(file) for file in files])
    dialog.close()
    await opened.settled()


@pytest.mark.parametrize(
    ("name", "kind", "made"),
    [
        ("out", "", "out.md"),
        ("out", "JSON (*.json)", "out.json"),
        ("out.md", "JSON (*.json)", "out.json"),
        ("out.json", "", "out.json"),
        ("v1.2 notes", "JSON (*.json)", "v1.2 notes.json"),
    ],
)
def test_the_format_follows_the_kind_of_file_that_was_chosen(
    drive: Drive, tmp_path: Path, name: str, kind: str, made: str
) -> None:
    async def body(opened: Opened) -> None:
        opened.window.sidebar.export_wanted.emit("bread")
        await save_as(opened, tmp_path, name, kind)
        (file,) = (path for path in tmp_path.iterdir() if path.name.startswith(name[:3]))
        assert file.name == made
        text = file.read_text("utf-8")
        if made.endswith(".json"):
            (conversation,) = json.loads(text)["conversations"]
            assert conversation["turns"][1]["question"] == "How hot?"
        else:
            assert text.startswith("# Bread")
            assert "Very *hot*." in text
        assert opened.window.toast.message == f"Exported as {made}"

    drive(body)


def test_the_name_offered_is_the_title(drive: Drive) -> None:
    async def body(opened: Opened) -> None:
        opened.history.rename("bread", "Bread: how/why?")
        opened.conversations.refresh()
        await opened.settled()
        opened.window.sidebar.export_wanted.emit("bread")
        dialog = dialog_of(opened)
        assert [Path(path).stem for path in dialog.selectedFiles()] == ["Bread how why"]
        dialog.close()

    drive(body)


def test_another_ending_does_not_overwrite_a_file_that_nobody_was_asked_about(
    drive: Drive, tmp_path: Path
) -> None:
    async def body(opened: Opened) -> None:
        (tmp_path / "out.json").write_text("precious")
        opened.window.sidebar.export_wanted.emit("bread")
        dialog = dialog_of(opened)
        dialog.selectNameFilter("JSON (*.json)")
        dialog.fileSelected.emit(str(tmp_path / "out.md"))
        dialog.close()
        await until(lambda: opened.window.notices.error.isVisible())
        assert opened.window.notices.error.message == "There is already a file named out.json."
        assert (tmp_path / "out.json").read_text() == "precious"

    drive(body)


def test_a_place_that_can_not_be_written_is_told(drive: Drive, tmp_path: Path) -> None:
    async def body(opened: Opened) -> None:
        opened.window.sidebar.export_wanted.emit("bread")
        dialog = dialog_of(opened)
        dialog.fileSelected.emit(str(tmp_path / "no folder" / "bread.md"))
        dialog.close()
        await until(lambda: opened.window.notices.error.isVisible())
        assert opened.window.notices.error.remedy == "Choose another place for it."

    drive(body)


def test_all_conversations_are_exported_and_come_back(drive: Drive, tmp_path: Path) -> None:
    async def body(opened: Opened) -> None:
        choose_more(opened, "Export all…")
        await save_as(opened, tmp_path, "all", "JSON (*.json)")
        opened.history.clear()
        opened.conversations.refresh()
        await opened.settled()
        assert opened.titles() == []
        await bring_back(opened, [tmp_path / "all.json"])
        assert opened.titles() == ["Boats", "Bread"]
        assert opened.window.toast.message == "2 conversations imported"
        assert opened.history.conversation("bread") == BREAD

    drive(body)


def test_there_is_nothing_to_export_while_nothing_was_said(drive: Drive) -> None:
    async def body(opened: Opened) -> None:
        opened.history.clear()
        opened.conversations.refresh()
        await opened.settled()
        QTest.mouseClick(opened.window.sidebar.more, LEFT)
        (menu,) = opened.window.sidebar.findChildren(QMenu)
        assert [(action.text(), action.isEnabled()) for action in menu.actions()] == [
            ("Import…", True),
            ("Export all…", False),
        ]
        menu.close()

    drive(body)


def test_imported_conversations_appear_and_the_newest_is_opened(drive: Drive, tmp_path: Path) -> None:
    async def body(opened: Opened) -> None:
        one, two = tmp_path / "one.json", tmp_path / "two.json"
        one.write_bytes(to_json([TEA]))
        two.write_bytes(to_json([SOUP, BREAD]))
        opened.window.header.sidebar.setChecked(False)
        QTest.keyClicks(opened.window.sidebar.search, "swallow")
        await until(lambda: opened.titles() == ["Boats"])
        await bring_back(opened, [one, two])
        assert sorted(opened.titles()) == ["Boats", "Bread", "Soup", "Tea"]
        assert opened.window.sidebar.isVisible()
        assert opened.everywhere("soup") == ["Hot?"]
        chosen = opened.window.sidebar.list.chosen()
        assert chosen is not None
        assert chosen.conversation_id == opened.recorder.conversation_id == "soup"
        assert opened.window.toast.message == "2 conversations imported"
        assert not opened.window.notices.error.isVisible()

    drive(body)


def test_what_is_already_here_is_recognised_and_the_answer_goes_on(drive: Drive, tmp_path: Path) -> None:
    async def body(opened: Opened) -> None:
        file = tmp_path / "again.json"
        file.write_bytes(to_json([BREAD, BOATS]))
        opened.type("Why?")
        await bring_back(opened, [file])
        assert opened.window.toast.message == "Nothing new: all of it is already here"
        assert opened.titles()[1:] == ["Boats", "Bread"]
        assert opened.questions() == ["Why?"]
        assert opened.conversation.turn is not None
        assert opened.conversation.turn.live

    drive(body)


def test_missing_turns_come_back_into_the_open_conversation(drive: Drive, tmp_path: Path) -> None:
    async def body(opened: Opened) -> None:
        file = tmp_path / "bread.json"
        file.write_bytes(to_json([BREAD]))
        await opened.choose("Bread")
        opened.click("Delete this turn", 0)
        opened.window.toast.dismiss()
        opened.type("And then?")
        opened.conversation.write("Eat it.")
        await bring_back(opened, [file])
        assert opened.window.toast.message == "Missing turns imported"
        assert opened.everywhere("bread") == ["How long?", "How hot?", "And then?"]
        assert opened.window.transcript.shown[-1].reply == "Eat it."

    drive(body)


def test_files_that_can_not_be_imported_are_named_and_the_others_are(drive: Drive, tmp_path: Path) -> None:
    async def body(opened: Opened) -> None:
        good, bad = tmp_path / "tea.json", tmp_path / "holiday.json"
        good.write_bytes(to_json([TEA]))
        bad.write_text('{"photos": []}')
        await bring_back(opened, [bad, tmp_path / "gone.json", good])
        assert opened.everywhere("tea") == ["Green or black?"]
        assert opened.window.notices.error.isVisible()
        message = opened.window.notices.error.message
        assert message.startswith("holiday.json could not be imported: This is not an Aloud history")
        assert "gone.json could not be imported: " in message
        assert opened.window.notices.error.remedy == "Choose a JSON file that Aloud has exported."

    drive(body)


def test_a_conversation_that_was_deleted_comes_back_by_import(drive: Drive, tmp_path: Path) -> None:
    async def body(opened: Opened) -> None:
        file = tmp_path / "boats.json"
        file.write_bytes(to_json([BOATS]))
        opened.window.sidebar.deleted.emit("boats")
        await opened.settled()
        await bring_back(opened, [file])
        assert opened.window.toast.message == "Conversation imported"
        await opened.settled()
        assert opened.everywhere("boats") == ["A name?"]

    drive(body)


def test_the_dialog_asks_for_several_json_files(drive: Drive) -> None:
    async def body(opened: Opened) -> None:
        choose_more(opened, "Import…")
        dialog = dialog_of(opened)
        assert dialog.fileMode() == QFileDialog.FileMode.ExistingFiles
        assert dialog.nameFilters() == ["JSON (*.json)"]
        QTest.keyClick(dialog, Qt.Key.Key_Escape)
        await opened.settled()
        assert opened.titles() == ["Boats", "Bread"]

    drive(body)


@pytest.mark.parametrize(
    ("title", "name"), [("a/b\\c: d?", "a b c d"), ("  ..", ""), ("x" * 99, "x" * 60), ("é\n東京", "é 東京")]
)
def test_a_title_becomes_a_name_that_every_file_system_takes(title: str, name: str) -> None:
    assert file_name(title) == name


@pytest.mark.parametrize(
    ("path", "as_json", "made"),
    [
        ("a.JSON", False, "a.JSON"),
        ("a.MD", True, "a.json"),
        ("a.txt", False, "a.txt.md"),
        ("a", True, "a.json"),
    ],
)
def test_the_ending_is_that_of_the_format(path: str, as_json: bool, made: str) -> None:
    assert with_suffix(Path(path), as_json=as_json) == Path(made)
