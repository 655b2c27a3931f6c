"""A language model that says what it is told to, as fast as a test lets it."""

import asyncio
from collections.abc import AsyncGenerator, Sequence

from engine.errors import AloudError
from engine.ports import Message


class FakeLanguageModel:
    """The ``LanguageModel`` port.

    Each reply is the next of ``replies``: fragments, and perhaps an ``AloudError`` to raise among
    them. Without any left it repeats the question, word by word. ``hold`` makes it wait for
    ``go_on`` before every fragment. Keeps ``asked`` and ``prepared`` (the messages) and ``calls``,
    and raises ``AssertionError`` after ``close``.
    """

    reads_ahead = True

    def __init__(self, *replies: Sequence[str | AloudError], hold: bool = False) -> None:
        self.asked: list[list[Message]] = []
        self.prepared: list[list[Message]] = []
        self.calls: list[str] = []
        self._replies = list(replies)
        self._steps = asyncio.Semaphore(0) if hold else None

    def go_on(self, fragments: int = 1) -> None:
        """Lets that many fragments out."""
        assert self._steps is not None, "go_on without hold"
        for _ in range(fragments):
            self._steps.release()

    async def reply(self, messages: Sequence[Message]) -> AsyncGenerator[str, None]:
        self._called("reply")
        self.asked.append(list(messages))
        question = messages[-1].text
        fragments = self._replies.pop(0) if self._replies else question.replace(" ", " \0").split("\0")
        try:
            for fragment in fragments:
                if self._steps is not None:
                    await self._steps.acquire()
                else:
                    await asyncio.sleep(0)
                if isinstance(fragment, AloudError):
                    raise fragment
                if fragment:
                    yield fragment
        finally:
            self.calls.append("reply ended")

    async def prepare(self, messages: Sequence[Message], *, likely: bool = False) -> None:
        self._called("prepare")
        self.prepared.append(list(messages))

    async def forget(self) -> None:
        self._called("forget")

    async def close(self) -> None:
        self._called("close")

    def _called(self, name: str) -> None:
        assert "close" not in self.calls, f"{name} after close"
        self.calls.append(name)
