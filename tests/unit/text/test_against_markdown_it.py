"""The same words as a whole Markdown parser finds, for any well-formed reply."""

import re

from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from engine.text import speakable_text

NUMBERS = ("one", "two", "three", "four", "five")
WORD = st.sampled_from(["fox", "river", "Paris", "don't", "well-known", "été", "it", "green"])
TEXT = st.lists(WORD, min_size=1, max_size=4).map(" ".join)
MARK = st.sampled_from(
    ["**{}**", "*{}*", "_{}_", "__{}__", "***{}***", "~~{}~~", "[{}](http://a.org/b_c)", "`{}`", "{}", "{}"]
)
PHRASE = st.builds(lambda mark, text: mark.format(text), MARK, TEXT)
END = st.sampled_from(["", ".", "!", ", so"])
LINE = st.builds(lambda phrases, end: " ".join(phrases) + end, st.lists(PHRASE, min_size=1, max_size=4), END)
BLOCK = st.one_of(
    LINE,
    st.builds(lambda one, two: f"{one}\n{two}", LINE, LINE),
    st.builds(lambda level, line: f"{'#' * level} {line}", st.integers(1, 6), LINE),
    st.builds(lambda lines: "\n".join(f"> {line}" for line in lines), st.lists(LINE, min_size=1, max_size=3)),
    st.builds(
        lambda bullet, lines: "\n".join(f"{bullet} {line}" for line in lines),
        st.sampled_from("-*+"),
        st.lists(LINE, min_size=1, max_size=3),
    ),
    st.builds(
        lambda lines: "\n".join(f"{index}. {line}" for index, line in enumerate(lines, start=1)),
        st.lists(LINE, min_size=1, max_size=5),
    ),
    st.builds(lambda one, two: f"- {one}\n  - {two}\n- {one}", LINE, LINE),
    st.builds(
        lambda fence, text: f"{fence}python\n{text} = 1\n{fence}",
        st.sampled_from(["```", "~~~", "````"]),
        TEXT,
    ),
    st.builds(lambda one, two: f"    {one}\n\n    {two}", TEXT, TEXT),
    st.builds(lambda line, code: f"- {line}\n\n      {code}\n\n  {line}", LINE, TEXT),
    st.builds(lambda line, more: f"1. {line}\n\n   {more}\n\n       code\n", LINE, LINE),
    st.builds(lambda a, b: f"| {a} | {b} |\n|---|:-:|\n| {b} | {a} |", TEXT, TEXT),
    st.sampled_from(["---", "***", "* * *"]),
)
PARSER = MarkdownIt("commonmark").enable(["table", "strikethrough"])


def words_by_markdown_it(markdown: str) -> list[str]:
    """The words that the parser's tree holds, with what is said in place of lists' numbers and code."""
    out: list[str] = []
    for token in PARSER.parse(markdown):
        if token.type in ("fence", "code_block"):
            out.append("code omitted")
        elif token.type == "list_item_open" and token.info:
            out.append(NUMBERS[int(token.info) - 1])
        elif token.type == "inline":
            out += _text(token)
    return bare(" ".join(out))


def _text(inline: Token) -> list[str]:
    pieces: list[str] = []
    for child in inline.children or []:
        if child.type == "code_inline":
            pieces.append(re.sub(r"['’]", " ", child.content))
        elif child.type in ("text", "softbreak"):
            pieces.append(child.content or " ")
    return ["".join(pieces)]


def bare(text: str) -> list[str]:
    return re.sub(r"[.,!?]", " ", text.lower()).split()


@given(st.lists(BLOCK, min_size=1, max_size=6))
@settings(max_examples=120, deadline=None)
def test_it_says_the_words_of_the_parsed_text(blocks: list[str]) -> None:
    markdown = "\n\n".join(blocks) + "\n"
    assert bare(speakable_text(markdown)) == words_by_markdown_it(markdown)
