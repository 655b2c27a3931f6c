"""Words become the same entries as in moshi_mlx."""

from pathlib import Path
from typing import Any

import pytest
import sentencepiece
from hypothesis import given, settings
from hypothesis import strategies as st
from moshi_mlx.models.tts import TokenIds, script_to_entries

from engine.tts.kyutai.entries import EntryMaker
from tests.fakes.tiny_hub import TINY, config_dict


@pytest.fixture(scope="module")
def tokenizer(tiny_hub: Path) -> Any:
    return sentencepiece.SentencePieceProcessor(str(tiny_hub / config_dict(TINY)["tokenizer_name"]))


def test_entries_are_those_of_moshi_mlx(tokenizer: Any) -> None:
    @settings(deadline=None)
    @given(st.lists(st.text("abcdez:()’'.,!é ", min_size=1), min_size=1, max_size=6))
    def check(texts: list[str]) -> None:
        script = " ".join(texts)
        theirs = script_to_entries(tokenizer, TokenIds(TINY.text_vocabulary + 1), 12.5, [script], True, 1)
        maker = EntryMaker(tokenizer)
        ours = [entry for word in script.split(" ") for entry in maker.entries(word, 0.0, 0)]
        assert [(list(entry.tokens), entry.padding) for entry in ours] == [
            (entry.tokens, entry.padding) for entry in theirs
        ]

    check()


def test_a_pause_follows_its_word(tokenizer: Any) -> None:
    theirs = script_to_entries(tokenizer, TokenIds(321), 12.5, ['one <break time="0.5s"/> two'], True, 1)
    maker = EntryMaker(tokenizer)
    ours = [*maker.entries("one", 0.5, 0), *maker.entries("two", 0.0, 1)]
    assert [(list(entry.tokens), entry.padding) for entry in ours] == [
        (entry.tokens, entry.padding) for entry in theirs
    ]


def test_only_the_first_part_of_a_word_tells_it(tokenizer: Any) -> None:
    assert [entry.index for entry in EntryMaker(tokenizer).entries("10:30", 0.0, 4)] == [4, -1]


def test_marks_pass_the_turn_where_there_are_several_voices(tokenizer: Any) -> None:
    maker = EntryMaker(tokenizer, speakers=2)
    first = maker.entries("hello", 0.0, 0)[0].tokens[0]
    assert maker.entries("S2:", 0.0, 1) == []
    second = maker.entries("hello", 0.0, 2)[0].tokens[0]
    assert maker.entries("again", 0.0, 3)[0].tokens[0] not in (1, 2)
    assert (first, second) == (1, 2)


def test_a_mark_is_a_word_where_there_is_one_voice(tokenizer: Any) -> None:
    assert EntryMaker(tokenizer).entries("S2:", 0.0, 0)
