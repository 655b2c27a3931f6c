"""The running text of an answer, as it grows."""

import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices, QImage, QTextBlock, QTextCursor, QTextDocument, QTextList
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.theme import DARK, LIGHT
from app.transcript.answer import Answer
from app.transcript.code import BELOW_PX, HEADER_PX, CodeBlock
from app.transcript.prose import Prose
from tests.unit.test_transcript import MARKDOWN

TEXT = """Light **bends** in [water](https://example.org), see `n = 1.33`.

## Steps

1. It *enters*.
2. It leaves.

- one
  - two

> quoted

| a | b |
|---|---|
| 1 | 2 |

```python
x = 1  # 😀
```

The end 😀 and **more**."""


@pytest.fixture
def answer(qtbot: QtBot) -> Answer:
    made = Answer(LIGHT)
    qtbot.addWidget(made)
    made.resize(600, 400)
    made.show()
    return made


def written(answer: Answer) -> list[str]:
    return [part.toPlainText() if isinstance(part, Prose) else part.code for part in answer.parts]


def stream(answer: Answer, text: str, size: int) -> None:
    for start in range(0, len(text), size):
        answer.add(text[start : start + size])
        answer.flush()


@pytest.mark.parametrize("size", [1, 3, 1000])
def test_what_is_shown_at_the_end_does_not_depend_on_the_deltas(
    answer: Answer, qtbot: QtBot, size: int
) -> None:
    whole = Answer(LIGHT)
    qtbot.addWidget(whole)
    whole.add(TEXT)
    whole.finish()
    stream(answer, TEXT, size)
    answer.finish()
    assert written(answer) == written(whole)
    for mine, other in zip(answer.parts, whole.parts, strict=True):
        if isinstance(mine, Prose) and isinstance(other, Prose):
            assert mine.document().toHtml() == other.document().toHtml()


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(MARKDOWN, st.integers(1, 7))
def test_any_text_in_any_pieces_is_shown_without_a_complaint_of_qt(
    qapp: QApplication, text: str, size: int
) -> None:
    answer = Answer(LIGHT)
    whole = Answer(LIGHT)
    whole.add(text)
    whole.finish()
    stream(answer, text, size)
    answer.mark_spoken(0, 3)
    answer.finish()
    answer.restyle(DARK)
    assert written(answer) == written(whole)
    for made in (answer, whole):
        made.deleteLater()


LIVELY = st.lists(
    st.sampled_from(
        [
            *["word ", "more ", "and so on. ", "x", ", ", "(so) ", "é😀 ", "1", ". ", "  ", "e.g. "],
            *["**", "*", "_", "`", "~~", "[", "](", ")", "![", "&amp", ";", "\\", "|", "#", "!"],
            *["\n", "\n\n", "\n- ", "\n1. ", "\n> ", "\n## ", "\n---\n", "[a]: b", "ex.org "],
            *["\n| a | b |\n|---|---|\n| 1 ", "https://a.b"],
        ]
    ),
    max_size=30,
).map("".join)


def words(answer: Answer) -> list[str]:
    """Every line that has words."""
    return [line for part in written(answer) for line in part.split("\n") if line.strip()]


def looks(answer: Answer) -> list[object]:
    """Every block that has words, with its list, its margins, and the look of each run of characters."""
    found: list[object] = []
    for part in answer.parts:
        if isinstance(part, CodeBlock):
            found.append(part.code)
            continue
        block = part.document().begin()
        while block.isValid():
            held: QTextList | None = block.textList()
            shape = block.blockFormat()
            kind = (held.format().style(), held.format().indent()) if held is not None else None
            margins = (shape.topMargin(), shape.leftMargin(), shape.bottomMargin(), shape.headingLevel())
            if block.text():
                found.append((block.text(), kind, margins, runs(block)))
            block = block.next()
    return found


def runs(block: QTextBlock) -> list[tuple[object, ...]]:
    found: list[tuple[object, ...]] = []
    for place, character in enumerate(block.text()):
        cursor = QTextCursor(block)
        cursor.setPosition(block.position() + place + 1)
        made = cursor.charFormat()
        shape = (made.fontWeight(), made.fontItalic(), made.fontStrikeOut(), made.font().family())
        run: tuple[object, ...] = (*shape, made.anchorHref())
        if found and found[-1][1:] == run:
            found[-1] = (str(found[-1][0]) + character, *run)
        else:
            found.append((character, *run))
    return found


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(LIVELY, st.integers(1, 9))
def test_what_is_shown_at_any_moment_is_what_its_text_shows(qapp: QApplication, text: str, size: int) -> None:
    answer = Answer(LIGHT)
    for start in range(0, len(text), size):
        prefix = text[: start + size]
        answer.add(text[start : start + size])
        answer.flush()
        whole = Answer(LIGHT)
        whole.add(prefix)
        whole.flush()
        assert words(answer) == words(whole), prefix
        if not re.search(r"\w\.\w|//", prefix):  # what may be an address is made one when its block closes
            assert looks(answer) == looks(whole), prefix
        for place in (len(prefix) // 2, len(prefix) - 1):
            for one in (answer, whole):
                one.mark_spoken(place, place + 1)
            assert spans(answer) == spans(whole), (prefix, place)
        whole.deleteLater()
    whole = Answer(LIGHT)
    whole.add(text)
    for one in (answer, whole):
        one.finish()
    assert looks(answer) == looks(whole)
    for one in (answer, whole):
        one.deleteLater()


def spans(answer: Answer) -> list[tuple[int, int] | None]:
    return [part.spoken_range() for part in answer.parts if isinstance(part, Prose)]


@pytest.mark.parametrize("word", ["Light", "bends", "water", "leaves", "two", "quoted", "end", "more"])
def test_the_spoken_word_is_found_wherever_it_stands(answer: Answer, word: str) -> None:
    stream(answer, TEXT, 5)
    start = TEXT.index(word)
    place = answer.mark_spoken(start, start + len(word))
    assert place is not None
    assert [shown_word(part) for part in answer.parts if isinstance(part, Prose)].count(word) == 1


def shown_word(prose: Prose) -> str:
    span = prose.spoken_range()
    if span is None:
        return ""
    cursor = QTextCursor(prose.document())
    cursor.setPosition(span[0])
    cursor.setPosition(span[1], QTextCursor.MoveMode.KeepAnchor)
    return cursor.selectedText()


def test_marks_are_not_seen_while_a_word_is_still_being_written(answer: Answer) -> None:
    answer.add("This is **very")
    answer.flush()
    assert written(answer) == ["This is very"]


def test_a_code_block_is_plain_while_open_and_coloured_once_closed(answer: Answer) -> None:
    answer.add("```python\nimport os\n")
    answer.flush()
    (code,) = answer.parts
    assert isinstance(code, CodeBlock)
    assert code.code == "import os\n"
    assert len(colours(code)) == 1
    answer.add("```\n")
    answer.finish()
    assert len(colours(code)) > 1


def test_code_of_an_unknown_language_stays_plain(answer: Answer) -> None:
    answer.add("```brainfog\nimport os\n```\n")
    answer.finish()
    (code,) = answer.parts
    assert isinstance(code, CodeBlock)
    assert len(colours(code)) == 1


def colours(code: CodeBlock) -> set[str]:
    document = code.text_view.document()
    found = set()
    for place in range(1, document.characterCount()):
        cursor = QTextCursor(document)
        cursor.setPosition(place)
        found.add(cursor.charFormat().foreground().color().name())
    return found


def test_pictures_are_never_fetched_and_pages_open_outside(
    answer: Answer, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: opened.append(url.toString()))
    answer.add(
        "![a cat](https://example.org/cat.png) and [page](https://example.org/) [file](file:///etc/passwd)"
    )
    answer.finish()
    (prose,) = answer.parts
    assert isinstance(prose, Prose)
    assert prose.toPlainText() == "a cat and page [file](file:///etc/passwd)"
    kinds = QTextDocument.ResourceType
    assert prose.loadResource(kinds.ImageResource.value, QUrl("https://example.org/cat.png")) is None
    for target in ("https://example.org/", "file:///etc/passwd", "javascript:alert(1)"):
        prose.anchorClicked.emit(QUrl(target))
    assert opened == ["https://example.org/"]


def test_raw_html_stays_text(answer: Answer) -> None:
    answer.add("<script>x</script> <b>bold</b>")
    answer.finish()
    assert written(answer) == ["<script>x</script> <b>bold</b>"]


def test_the_copy_button_of_code_copies_it(answer: Answer, qapp: QApplication) -> None:
    answer.add("```python\nx = 1\n```\n")
    answer.finish()
    (code,) = answer.parts
    assert isinstance(code, CodeBlock)
    code.copy_button.click()
    assert qapp.clipboard().text() == "x = 1"
    assert code.copy_button.text() == "Copied"


def test_what_was_not_heard_is_greyed(answer: Answer) -> None:
    answer.add("One **two** three.\n\nFour.")
    answer.finish()
    answer.cut_at(len("One **two**"))
    (prose,) = answer.parts
    assert isinstance(prose, Prose)
    (unheard,) = prose.extraSelections()
    assert unheard.cursor.selectedText() == " three.\u2029Four."
    picture = QImage(prose.size(), QImage.Format.Format_RGB32)
    prose.render(picture)


def test_the_comma_after_the_last_word_counts_as_heard(answer: Answer) -> None:
    answer.add("It works just like a *rainbow*, but it is faint.")
    answer.finish()
    answer.cut_at(len("It works just like a *rainbow"))
    (prose,) = answer.parts
    assert isinstance(prose, Prose)
    (unheard,) = prose.extraSelections()
    assert unheard.cursor.selectedText() == " but it is faint."


@pytest.mark.parametrize("lines", ["x = 1", "x = 1\n\n\ny = 2  # 漢字\nz = 3"])
def test_code_is_as_high_as_its_lines_with_room_below(answer: Answer, lines: str) -> None:
    stream(answer, f"```python\n{lines}\n", 3)
    (code,) = answer.parts
    assert isinstance(code, CodeBlock)
    for _ in ("while it is written", "when it is closed"):
        view = code.text_view
        block, lines_px = view.document().firstBlock(), 0.0
        while block.isValid():
            lines_px += view.blockBoundingRect(block).height()
            block = block.next()
        assert code.height_for(600) == round(HEADER_PX + lines_px + BELOW_PX)
        answer.add("```\n")
        answer.finish()
