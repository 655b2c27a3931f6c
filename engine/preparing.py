"""What a reply will need, done while the key is still held: one preparation at a time, the latest wins."""

import asyncio
from collections.abc import Sequence

from engine.ports import LanguageModel, Message
from engine.supervise import Supervisor


class Preparation:
    """Lets a language model get ready; on the conversation's loop only."""

    def __init__(self) -> None:
        self._task: asyncio.Task[None] | None = None

    def begin(self, brain: Supervisor[LanguageModel], prompt: Sequence[Message], *, likely: bool) -> None:
        """Prepares ``brain`` for ``prompt`` in place of what was prepared before; nothing while it loads.

        ``likely``: as in ``LanguageModel.prepare``.
        """
        self.stop()
        if brain.ready:
            self._task = asyncio.ensure_future(self._prepare(brain, prompt, likely))

    def stop(self) -> None:
        """Goes no further: the reply itself is asked for now, or nobody wants it. Harmless when idle."""
        if self._task is not None:
            self._task.cancel()
            self._task = None

    async def _prepare(
        self, brain: Supervisor[LanguageModel], prompt: Sequence[Message], likely: bool
    ) -> None:
        model = await brain.call(lambda model: model)
        await model.prepare(prompt, likely=likely)
