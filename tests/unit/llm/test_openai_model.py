"""The real openai client against a server that a test scripts: streams, cancels, retries, errors."""

import asyncio
import gc
import sys
from collections.abc import Awaitable, Callable
from contextlib import aclosing

import pytest

from engine.errors import BrainError, BrainRefused, BrainUnreachable, KeyMissing, KeyRefused
from engine.llm.openai_model import OpenAICompatible, is_loopback
from engine.ports import Message
from tests.fakes.chat_server import Answer, ChatServer, Request, chat_server

HELLO = [Message("system", "Be brief."), Message("user", "Hello?")]
WATCHDOG_S = 20.0


async def no_wait(seconds: float) -> None:
    """Retries at once."""


def client(server: ChatServer, sleep: Callable[[float], Awaitable[None]] = no_wait) -> OpenAICompatible:
    return OpenAICompatible("m", server.base_url, lambda: "a-key", temperature=0.5, sleep=sleep)


async def whole(model: OpenAICompatible, into: list[str] | None = None) -> str:
    fragments = [] if into is None else into
    async with asyncio.timeout(WATCHDOG_S), aclosing(model.reply(HELLO)) as reply:
        async for fragment in reply:
            fragments.append(fragment)
    return "".join(fragments)


async def failure(answer: Answer) -> BrainError:
    """What ``reply`` raises when every request is answered so."""
    async with chat_server(answer) as server:
        model = client(server)
        with pytest.raises(BrainError) as raised:
            await whole(model)
        await model.close()
    assert raised.value.remedy
    assert "a-key" not in f"{raised.value} {raised.value.remedy}"
    return raised.value


async def test_a_reply_is_streamed_fragment_by_fragment() -> None:
    step = asyncio.Event()

    async def answer(request: Request) -> None:
        await request.begin_stream()
        await request.delta()  # roles and keep-alives carry no text
        await request.delta("Hel")
        await step.wait()
        await request.delta("lo.", "stop")
        await request.end_stream()

    async with chat_server(answer) as server:
        model = client(server)
        async with asyncio.timeout(WATCHDOG_S), aclosing(model.reply(HELLO)) as reply:
            assert await anext(reply) == "Hel"
            step.set()
            assert [fragment async for fragment in reply] == ["lo."]
        await model.close()
    (request,) = server.requests
    assert request.path == "/v1/chat/completions"
    assert request.headers["authorization"] == "Bearer a-key"
    assert request.body["messages"] == [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "Hello?"},
    ]
    assert request.body["stream"] is True
    assert request.body["temperature"] == 0.5
    assert request.body["max_tokens"] == 1_024


async def test_cancelling_hangs_up_at_once_and_the_next_reply_works() -> None:
    async def answer(request: Request) -> None:
        if len(server.requests) > 1:
            return await request.reply("Again.")
        await request.begin_stream()
        await request.delta("One ")
        await request.gone.wait()
        return None

    async with chat_server(answer) as server:
        model = client(server)
        began = asyncio.Event()

        async def begin() -> None:
            async with aclosing(model.reply(HELLO)) as reply:
                async for _ in reply:
                    began.set()

        task = asyncio.create_task(begin())
        async with asyncio.timeout(WATCHDOG_S):
            await began.wait()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            await server.requests[0].gone.wait()
            assert await whole(model) == "Again."
        await model.close()


async def test_cancelling_before_the_first_byte_hangs_up() -> None:
    asked = asyncio.Event()

    async def answer(request: Request) -> None:
        asked.set()
        await request.gone.wait()

    async with chat_server(answer) as server, asyncio.timeout(WATCHDOG_S):
        model = client(server)
        task = asyncio.create_task(whole(model))
        await asked.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await server.requests[0].gone.wait()
        await model.close()


async def test_a_reply_left_in_the_middle_leaves_no_generator_for_the_collector() -> None:
    async def answer(request: Request) -> None:
        await request.begin_stream()
        for _ in range(50):
            await request.delta("word ")
        await request.gone.wait()

    collected: list[object] = []
    before = sys.get_asyncgen_hooks()
    async with chat_server(answer) as server:
        model = client(server)
        sys.set_asyncgen_hooks(finalizer=collected.append)
        try:
            async with aclosing(model.reply(HELLO)) as reply:
                await anext(reply)
            gc.collect()
        finally:
            sys.set_asyncgen_hooks(*before)
        await model.close()
    assert collected == []


@pytest.mark.parametrize(
    ("status", "code", "kind", "says"),
    [
        (401, "invalid_api_key", KeyRefused, "key"),
        (403, "forbidden", KeyRefused, "key"),
        (429, "rate_limit_exceeded", BrainRefused, "too many requests"),
        (429, "insufficient_quota", BrainRefused, "no credit"),
        (400, "context_length_exceeded", BrainRefused, "longer than the model can read"),
        (400, "exceed_context_size_error", BrainRefused, "longer than the model can read"),
        (413, "", BrainRefused, "longer than the model can read"),
        (400, "other", BrainRefused, "does not accept"),
        (500, "", BrainRefused, "fault of its own"),
        (503, "", BrainRefused, "fault of its own"),
    ],
)
async def test_each_status_becomes_what_a_person_can_act_on(
    status: int, code: str, kind: type[BrainError], says: str
) -> None:
    error = await failure(lambda request: request.error(status, "a-key leaks here: Hello?", code))
    assert type(error) is kind
    assert says in str(error)
    assert "Hello" not in f"{error} {error.remedy}"


async def test_an_unknown_model_is_answered_with_those_that_there_are() -> None:
    async def answer(request: Request) -> None:
        if request.path.endswith("/models"):
            models = [
                {"id": name, "object": "model", "created": 1, "owned_by": "x"} for name in ("beta", "alpha")
            ]
            return await request.json(200, {"object": "list", "data": models})
        return await request.error(404, "no such model")

    error = await failure(answer)
    assert isinstance(error, BrainRefused)
    assert "'m'" in str(error)
    assert "alpha, beta" in error.remedy


async def test_a_stream_that_breaks_keeps_what_came_and_is_not_asked_again() -> None:
    async def answer(request: Request) -> None:
        await request.begin_stream()
        await request.delta("Half a ")
        request.cut()

    async with chat_server(answer) as server:
        model = client(server)
        got: list[str] = []
        with pytest.raises(BrainUnreachable):
            await whole(model, got)
        await model.close()
    assert got == ["Half a "]
    assert len(server.requests) == 1


async def test_a_stream_that_ends_early_but_politely_is_told_too() -> None:
    async def answer(request: Request) -> None:
        await request.begin_stream()
        await request.delta("Half a ")
        await request.end_stream(done=False)

    assert "middle of the reply" in str(await failure(answer))


@pytest.mark.parametrize("body", [b"data: {not json\n\n", b"<html>hello</html>", b"data: [1, 2]\n\n", b""])
async def test_garbage_is_no_reply(body: bytes) -> None:
    async def answer(request: Request) -> None:
        await request.begin_stream()
        if body:
            await request.chunk(body)
        await request.end_stream(done=False)

    assert isinstance(await failure(answer), BrainRefused)


async def test_an_error_in_the_stream_is_an_error() -> None:
    async def answer(request: Request) -> None:
        await request.begin_stream()
        await request.chunk(b'data: {"error": {"message": "out of memory"}}\n\n')
        await request.end_stream()

    assert isinstance(await failure(answer), BrainRefused)


@pytest.mark.parametrize("status", [429, 500, 503])
async def test_what_may_pass_is_tried_again_a_little_later_each_time(status: int) -> None:
    waits: list[float] = []

    async def sleep(seconds: float) -> None:
        waits.append(seconds)

    async def answer(request: Request) -> None:
        await (request.reply("Now.") if len(server.requests) == 3 else request.error(status))

    async with chat_server(answer) as server:
        model = client(server, sleep)
        assert await whole(model) == "Now."
        await model.close()
    assert len(server.requests) == 3
    assert 0 <= waits[0] <= 0.3
    assert 0 <= waits[1] <= 1.0


@pytest.mark.parametrize(("status", "code"), [(401, ""), (400, ""), (404, ""), (429, "insufficient_quota")])
async def test_what_will_not_pass_is_not_tried_again(status: int, code: str) -> None:
    async with chat_server(lambda request: request.error(status, "", code)) as server:
        model = client(server)
        with pytest.raises(BrainError):
            await whole(model)
        await model.close()
    assert sum(request.path.endswith("/completions") for request in server.requests) == 1


async def test_a_server_that_never_recovers_is_given_up_after_three_tries() -> None:
    async with chat_server(lambda request: request.error(500)) as server:
        model = client(server)
        with pytest.raises(BrainRefused):
            await whole(model)
        await model.close()
    assert len(server.requests) == 3


async def test_an_option_that_a_model_does_not_take_is_left_out_from_then_on() -> None:
    async def answer(request: Request) -> None:
        if "temperature" in request.body:
            return await request.error(400, "unsupported", "unsupported_value", param="temperature")
        return await request.reply("Fine.")

    async with chat_server(answer) as server:
        model = client(server)
        assert [await whole(model), await whole(model)] == ["Fine.", "Fine."]
        await model.close()
    assert len(server.requests) == 3


async def test_nobody_listening_and_a_silent_server_are_unreachable() -> None:
    async with chat_server(lambda request: request.gone.wait()) as server:
        silent = OpenAICompatible("m", server.base_url, first_token_s=0.05, sleep=no_wait)
        with pytest.raises(BrainUnreachable, match="in time"):
            await whole(silent)
        await silent.close()
        port = server.base_url
    gone = OpenAICompatible("m", port, sleep=no_wait)
    with pytest.raises(BrainUnreachable, match="can't be reached"):
        await whole(gone)
    await gone.close()


async def test_openai_itself_wants_a_key_before_anything_is_sent() -> None:
    model = OpenAICompatible("gpt")
    with pytest.raises(KeyMissing):
        await whole(model)
    await model.prepare(HELLO)  # never raises, and sends nothing either
    await model.close()


async def test_a_key_entered_later_is_found_and_a_refused_one_looked_for_again() -> None:
    keys: list[str | None] = [None, "old", "new"]

    async def answer(request: Request) -> None:
        given = request.headers["authorization"]
        await (request.reply("Yes.") if given == "Bearer new" else request.error(401))

    async with chat_server(answer) as server:
        model = OpenAICompatible("m", server.base_url, lambda: keys.pop(0))
        with pytest.raises(KeyMissing):
            await whole(model)
        with pytest.raises(KeyRefused):
            await whole(model)
        assert await whole(model) == "Yes."
        assert await whole(model) == "Yes."
        await model.close()


async def test_prepare_has_a_local_server_read_ahead_on_the_connection_that_the_reply_uses() -> None:
    async def answer(request: Request) -> None:
        if request.body["stream"]:
            return await request.reply("Hi.")
        choice = {"index": 0, "finish_reason": "length", "message": {"role": "assistant", "content": "H"}}
        return await request.json(
            200, {"id": "1", "object": "chat.completion", "created": 1, "model": "m", "choices": [choice]}
        )

    async with chat_server(answer) as server:
        model = client(server)
        await model.prepare(HELLO)
        assert await whole(model) == "Hi."
        await model.close()
    assert server.connections == 1
    assert server.requests[0].body["max_tokens"] == 1
    assert server.requests[0].body["messages"] == server.requests[1].body["messages"]


async def test_prepare_only_opens_the_connection_where_tokens_cost_money_and_never_raises() -> None:
    async def answer(request: Request) -> None:
        await request.error(500)

    async with chat_server(answer) as server:
        model = OpenAICompatible("m", server.base_url, lambda: "a-key", prefill=False)
        await model.prepare(HELLO)
        await model.close()
    assert [request.path for request in server.requests] == ["/v1/models"]


def test_loopback_is_told_from_the_rest() -> None:
    for here in ("http://127.0.0.1:1/v1", "http://localhost/v1", "http://[::1]:8080/v1", "http://127.9.9.9"):
        assert is_loopback(here)
    for away in (None, "", "http://10.0.0.2:1/v1", "https://localhost.example/v1", "127.0.0.1"):
        assert not is_loopback(away)
