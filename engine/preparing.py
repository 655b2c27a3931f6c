"""What a reply will need, done while the key is still held.

At key-down the connection is opened, once and whatever is said meanwhile; a model that reads ahead is
then given what was understood so far, of which only the latest counts.
"""

import asyncio
from collections.abc import Sequence

from engine.errors import AloudError
from engine.ports import LanguageModel, Message
from engine.supervise import Supervisor


class Preparation:
    """Lets a language model get ready for one turn after the other; on the conversation's loop only."""

    def __init__(self) -> None:
        self._brain: Supervisor[LanguageModel] | None = None
        self._model: LanguageModel | None = None
        self._opening: asyncio.Task[None] | None = None
        self._reading: asyncio.Task[None] | None = None
        self._ending: set[asyncio.Task[None]] = set()

    def begin(self, brain: Supervisor[LanguageModel], prompt: Sequence[Message]) -> None:
        """The key went down: prepares ``brain``, once it is loaded, for what goes before the question."""
        self.drop()
        self._brain = brain
        self._opening = asyncio.ensure_future(self._open(brain, prompt))

    def read_ahead(self, prompt: Sequence[Message], *, likely: bool) -> None:
        """Goes on to ``prompt``, which ends with the question so far; ``likely`` as in ``prepare``."""
        if self._brain is not None:
            self._cancel(self._reading)
            self._reading = asyncio.ensure_future(self._read(self._brain, prompt, likely))

    def hand_over(self) -> None:
        """The reply is asked for now: goes no further. What was begun for it belongs to the reply."""
        self._cancel(self._opening)
        self._cancel(self._reading)
        self._brain = self._model = self._opening = self._reading = None

    def drop(self) -> None:
        """Nobody will ask: what was begun is given up. Harmless when handed over or dropped before."""
        model = self._model
        self.hand_over()
        if model is not None:
            self._await_end(asyncio.ensure_future(model.forget()))

    async def close(self) -> None:
        """Gives up what was begun, and returns once nothing of it goes on."""
        self.drop()
        await asyncio.gather(*self._ending, return_exceptions=True)

    def _cancel(self, task: asyncio.Task[None] | None) -> None:
        if task is not None:
            task.cancel()
            self._await_end(task)

    def _await_end(self, task: asyncio.Task[None]) -> None:
        self._ending.add(task)
        task.add_done_callback(self._ending.discard)

    async def _open(self, brain: Supervisor[LanguageModel], prompt: Sequence[Message]) -> None:
        model = await self._loaded(brain)
        if model is not None:
            await model.prepare(prompt)

    async def _read(self, brain: Supervisor[LanguageModel], prompt: Sequence[Message], likely: bool) -> None:
        model = await self._loaded(brain)
        if model is not None and model.reads_ahead:
            await model.prepare(prompt, likely=likely)

    async def _loaded(self, brain: Supervisor[LanguageModel]) -> LanguageModel | None:
        try:
            self._model = await brain.call(lambda model: model)
        except AloudError:  # the reply will meet it, too, and tell
            return None
        return self._model
