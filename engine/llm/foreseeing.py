"""Begins a reply before it is asked for, where a wasted one costs nothing.

A person pauses before letting go of the key. What was said up to the pause is then probably the whole
question, so a language model on this machine may begin to write at once: if the question turns out to
be that one, its first words are there already at the key's release; if not, nobody ever sees them.
"""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Sequence
from typing import Final

from engine.ports import LanguageModel, Message

FORESEEN_DELTAS: Final = 48
"""Enough for the first sentences; a reply that nobody may ever want is not written to its end."""


class _Foreseen:
    """One reply that was begun ahead."""

    def __init__(self, messages: Sequence[Message], deltas: AsyncGenerator[str, None]) -> None:
        self.messages = list(messages)
        self._deltas = deltas
        self._buffer: asyncio.Queue[str | None] = asyncio.Queue()
        self._room = asyncio.Semaphore(FORESEEN_DELTAS)
        self._error: Exception | None = None
        self._task = asyncio.get_running_loop().create_task(self._read())

    async def _read(self) -> None:
        try:
            async with contextlib.aclosing(self._deltas) as deltas:
                async for delta in deltas:
                    await self._room.acquire()
                    self._buffer.put_nowait(delta)
        except Exception as error:  # noqa: BLE001 - whatever it is, whoever asks for the reply gets it
            self._error = error
        finally:
            self._buffer.put_nowait(None)

    @property
    def failed(self) -> bool:
        """Whether it came to nothing before its first word."""
        return self._error is not None and self._buffer.qsize() == 1

    async def rest(self) -> AsyncGenerator[str, None]:
        """All of the reply: what is there at once, then the rest as it is written."""
        while (delta := await self._buffer.get()) is not None:
            self._room.release()
            yield delta
        if self._error is not None:
            raise self._error

    async def drop(self) -> None:
        """Stops the model. Harmless when it has ended."""
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)


class Foreseeing:
    """The ``LanguageModel`` port over a model whose tokens are free.

    ``prepare`` with a likely question begins its reply; ``reply`` to the same messages goes on with
    it, and to any others begins afresh after the foreseen one was stopped.
    """

    def __init__(self, model: LanguageModel) -> None:
        self._model = model
        self._foreseen: _Foreseen | None = None

    async def reply(self, messages: Sequence[Message]) -> AsyncGenerator[str, None]:
        """Streams the reply; see the port."""
        foreseen, self._foreseen = self._foreseen, None
        if foreseen is not None and (foreseen.messages != list(messages) or foreseen.failed):
            await foreseen.drop()
            foreseen = None
        if foreseen is None:
            async with contextlib.aclosing(self._model.reply(messages)) as deltas:
                async for delta in deltas:
                    yield delta
            return
        try:
            async for delta in foreseen.rest():
                yield delta
        finally:
            await foreseen.drop()

    async def prepare(self, messages: Sequence[Message], *, likely: bool = False) -> None:
        """Reads the prompt ahead, or for a likely question begins its reply; see the port."""
        if self._foreseen is not None and self._foreseen.messages == list(messages):
            return
        await self.forget()
        if likely:
            self._foreseen = _Foreseen(messages, self._model.reply(messages))
        else:
            await self._model.prepare(messages)

    @property
    def reads_ahead(self) -> bool:
        """As the model does; see the port."""
        return self._model.reads_ahead

    async def close(self) -> None:
        """Stops what was begun, and the model."""
        await self.forget()
        await self._model.close()

    async def forget(self) -> None:
        """Stops the reply that was begun; see the port."""
        foreseen, self._foreseen = self._foreseen, None
        if foreseen is not None:
            await foreseen.drop()
