"""OpenAI, and every server that speaks its chat completions: streamed, cancellable, kept warm."""

import asyncio
import ipaddress
import logging
import random
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from engine import secrets
from engine.errors import BrainError, KeyMissing, KeyRefused
from engine.llm.failures import cut_off, no_such_model, not_a_reply, told, worth_retrying
from engine.ports import Message
from engine.secrets import OPENAI_HOST, host_of

if TYPE_CHECKING:
    from openai import AsyncStream
    from openai.types.chat import ChatCompletionChunk

log = logging.getLogger(__name__)

_RETRY_AFTER_S: Final = (0.3, 1.0)
"""The longest wait before each further try; the wait itself is drawn between nothing and this."""

_CONNECT_S: Final = 5.0
_KEEP_OPEN_S: Final = 90.0
"""Longer than anybody holds a key: the connection opened at key-down must be there at release."""

_MODELS_S: Final = 3.0


class OpenAICompatible:
    """The ``LanguageModel`` port over the openai client.

    ``base_url``: where the server's API begins, usually ending in ``/v1``; None for OpenAI itself.
    ``find_key``: gives the API key or None; it may block and is called on a thread, again whenever
    keys have changed. OpenAI wants a key, other servers are also asked without one.
    ``temperature`` None leaves it to the server.
    ``first_token_s``: the longest silence that is borne, before the first token and between two.
    ``prefill``: whether ``prepare`` has the server read the conversation ahead, which costs money
    where tokens do; None for servers on this machine alone.

    The constructor blocks for about a second the first time, to import the client: make it on a
    thread, then use it on one loop.
    """

    def __init__(
        self,
        model: str,
        base_url: str | None = None,
        find_key: Callable[[], str | None] = lambda: None,
        *,
        temperature: float | None = None,
        longest_reply_tokens: int = 1_024,
        first_token_s: float = 60.0,
        prefill: bool | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        import openai

        local = is_loopback(base_url)
        self.model = model
        self._server = host_of(base_url)
        self._find_key = find_key
        self._key: str | None = None
        self._key_changes = 0
        self.reads_ahead = local if prefill is None else prefill
        self._sleep = sleep
        limit = "max_completion_tokens" if self._server == OPENAI_HOST else "max_tokens"
        self._options: dict[str, Any] = {limit: longest_reply_tokens}
        if temperature is not None:
            self._options["temperature"] = temperature
        timeout = openai.Timeout(first_token_s, connect=_CONNECT_S)
        self._client = openai.AsyncOpenAI(
            api_key="none",
            base_url=base_url or f"https://{OPENAI_HOST}/v1",
            max_retries=0,  # _open does it, and knows what was received
            timeout=timeout,
            http_client=openai.DefaultAsyncHttpxClient(
                timeout=timeout,
                limits=_limits(),
                trust_env=not local,  # a proxy knows nothing of this machine's own servers
            ),
        )
        _ = self._client.chat.completions, self._client.models  # import what the first use would

    async def reply(self, messages: Sequence[Message]) -> AsyncGenerator[str]:
        """Streams the reply; see the port. Nothing is asked twice once text has come."""
        stream = await self._open(messages)
        received, finished = False, False
        try:
            while (chunk := await _next(stream)) is not None:
                received = True
                for choice in chunk.choices[:1]:
                    if choice.delta.content:
                        yield choice.delta.content
                    finished = finished or choice.finish_reason is not None
        except Exception as error:
            log.warning("the reply from %s broke: %s", self._server, type(error).__name__)
            raise await self._tell(error) from error
        finally:
            await _close(stream)
        if not received:
            raise not_a_reply(self._server)
        if not finished:
            raise cut_off(self._server)

    async def prepare(self, messages: Sequence[Message], *, likely: bool = False) -> None:
        """Opens the connection; has a local server read ``messages`` into its cache. See the port."""
        try:
            if self.reads_ahead and messages:
                await self._create(messages, {"max_tokens": 1, "stream": False})
            else:
                await self.models()
        except Exception as error:  # noqa: BLE001 - whatever it is, reply will meet and tell it
            log.info("could not prepare %s: %s", self._server, type(error).__name__)

    async def forget(self) -> None:
        """Nothing to do: what was asked for by ``prepare`` has been answered, or was cancelled."""

    async def models(self) -> list[str]:
        """The names of the server's models. Raises ``BrainError``."""
        try:
            client = self._client.with_options(api_key=await self._found_key(), timeout=_MODELS_S)
            page = await client.models.list()
            return sorted(model.id for model in page.data)
        except BrainError:
            raise
        except Exception as error:
            raise told(error, self._server, self.model) from error

    async def close(self) -> None:
        """Closes the connections."""
        await self._client.close()

    async def _open(self, messages: Sequence[Message]) -> "AsyncStream[ChatCompletionChunk]":
        """The stream of a reply of which nothing was received yet. Raises ``BrainError``."""
        waits = iter(_RETRY_AFTER_S)
        while True:
            try:
                stream: AsyncStream[ChatCompletionChunk] = await self._create(messages, {"stream": True})
                return stream
            except BrainError:
                raise
            except Exception as error:
                if self._without_refused_option(error):
                    continue
                longest_s = next(waits, None) if worth_retrying(error) else None
                if longest_s is None:
                    raise await self._tell(error) from error
                log.info("asking %s again after %s", self._server, type(error).__name__)
                await self._sleep(random.uniform(0.0, longest_s))  # noqa: S311 - spreads load, guards nothing

    async def _create(self, messages: Sequence[Message], extra: dict[str, Any]) -> Any:
        client = self._client.with_options(api_key=await self._found_key())
        asked: list[Any] = [{"role": message.role, "content": message.text} for message in messages]
        return await client.chat.completions.create(
            model=self.model, messages=asked, **{**self._options, **extra}
        )

    def _without_refused_option(self, error: Exception) -> bool:
        """Drops the option that a 400 names (some models take no temperature); whether there was one."""
        import openai

        refused = error.param if isinstance(error, openai.BadRequestError) else None
        return refused is not None and self._options.pop(refused, None) is not None

    async def _found_key(self) -> str:
        if self._key is None or self._key_changes != secrets.changes():
            self._key_changes = secrets.changes()
            self._key = await asyncio.to_thread(self._find_key)
        if self._key is None and self._server == OPENAI_HOST:
            raise KeyMissing(
                "OpenAI wants an API key and none is set.",
                "Enter a key in the settings, or choose a brain that needs none.",
            )
        return self._key or "none"  # the client insists on one; local servers ignore it

    async def _tell(self, error: Exception) -> BrainError:
        """``error`` as a ``BrainError``, with the server's models where the chosen one is not among them."""
        import openai

        if isinstance(error, BrainError):
            return error
        if isinstance(error, openai.NotFoundError):
            with suppress(BrainError):
                available = await self.models()
                if self.model not in available:
                    return no_such_model(self._server, self.model, available)
        failure = told(error, self._server, self.model)
        if isinstance(failure, KeyRefused):
            had_key, self._key = self._key is not None, None  # the next try looks for a new one
            if not had_key:
                return KeyMissing(
                    "{server} wants an API key and none is set.",
                    "Enter a valid key in the settings.",
                    server=self._server,
                )
        return failure


def is_loopback(base_url: str | None) -> bool:
    """Whether the server at ``base_url`` runs on this machine."""
    host = (urlsplit(base_url).hostname or "") if base_url else ""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


async def _next(stream: "AsyncStream[ChatCompletionChunk]") -> "ChatCompletionChunk | None":
    """The next chunk of ``stream``, or None at its end."""
    try:
        return await anext(stream)
    except StopAsyncIteration:
        return None


async def _close(stream: "AsyncStream[ChatCompletionChunk]") -> None:
    """Closes the connection at once, and runs the client's inner generators to their end.

    Left unfinished, they would be collected outside the loop, which neither asyncio's nor qasync's
    hooks take without noise.
    """
    await stream.close()
    with suppress(Exception):  # reading from a closed response is what ends them
        while True:
            await anext(stream)


def _limits() -> Any:
    import httpx2

    return httpx2.Limits(max_connections=8, max_keepalive_connections=4, keepalive_expiry=_KEEP_OPEN_S)
