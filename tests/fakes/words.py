"""Words of a reply for tests that need no Markdown."""

from engine.crossing import TextFeed
from engine.ports import SpeakableWord


def words_of(text: str) -> list[SpeakableWord]:
    """The words of ``text`` between spaces, and where they stand in it."""
    words, start = [], 0
    for part in text.split(" "):
        if part:
            words.append(SpeakableWord(part, start, start + len(part)))
        start += len(part) + 1
    return words


def feed_of(text: str, *, ended: bool = True) -> TextFeed:
    """A feed that has the words of ``text``."""
    feed = TextFeed()
    for word in words_of(text):
        feed.put(word)
    if ended:
        feed.end()
    return feed
