"""OpenAI-compatible servers that already run on this machine, so that they can be offered."""

import asyncio
from dataclasses import dataclass
from typing import Final

from engine.errors import BrainError, KeyMissing, KeyRefused
from engine.wording import Wording

USUAL_PORTS: Final[tuple[tuple[int, str], ...]] = (
    (11434, "Ollama"),
    (1234, "LM Studio"),
    (8080, Wording("llama.cpp or mlx_lm")),
    (8000, "vLLM"),
    (1337, "Jan"),
    (5001, "KoboldCpp"),
    (4000, "LiteLLM"),
)
"""Where each listens unless told otherwise, by its own documentation."""

_CONNECT_S: Final = 0.3
_ANSWER_S: Final = 1.5


@dataclass(frozen=True, slots=True)
class Found:
    """A server on loopback. ``name`` is whose port it is; ``models`` is empty where it ``wants_key``."""

    name: str
    base_url: str
    models: tuple[str, ...]
    wants_key: bool = False


async def discover(
    ports: tuple[tuple[int, str], ...] = USUAL_PORTS, *, answer_s: float = _ANSWER_S
) -> list[Found]:
    """The servers among ``ports`` of 127.0.0.1 that list models the OpenAI way, in that order.

    Takes 10 ms where nothing listens and never longer than about two seconds. Raises nothing:
    what does not answer in time, or answers something else, is not found.
    """
    answers = await asyncio.gather(*(_look(port, name, answer_s) for port, name in ports))
    return [found for found in answers if found is not None]


async def _look(port: int, name: str, answer_s: float) -> Found | None:
    if not await _listens(port):
        return None
    from engine.llm.openai_model import OpenAICompatible

    base_url = f"http://127.0.0.1:{port}/v1"
    server = await asyncio.to_thread(OpenAICompatible, "", base_url)  # imports the client, which blocks
    try:
        async with asyncio.timeout(answer_s):
            return Found(name, base_url, tuple(await server.models()))
    except (KeyMissing, KeyRefused):
        return Found(name, base_url, (), wants_key=True)
    except (BrainError, TimeoutError):
        return None
    finally:
        await server.close()


async def _listens(port: int) -> bool:
    try:
        async with asyncio.timeout(_CONNECT_S):
            _, writer = await asyncio.open_connection("127.0.0.1", port)
    except (OSError, TimeoutError):
        return False
    writer.close()
    return True
