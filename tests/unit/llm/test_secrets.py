"""Keys: where they come from, whom they are shown to, and a keyring that will not."""

import asyncio
from collections.abc import Iterator
from contextlib import aclosing
from functools import partial

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.backends.fail import Keyring as NoKeyring
from keyring.errors import KeyringLocked

from engine.errors import KeyMissing, SettingsError
from engine.llm.openai_model import OpenAICompatible
from engine.ports import Message
from engine.secrets import delete_key, find_key, host_of, set_key
from tests.fakes.chat_server import Request, chat_server

WATCHDOG_S = 20.0


class MemoryKeyring(KeyringBackend):
    """A keyring that forgets."""

    priority = 1.0

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.kept[service, username]


class LockedKeyring(MemoryKeyring):
    """A keyring whose owner said no."""

    def get_password(self, service: str, username: str) -> str | None:
        raise KeyringLocked("locked")

    def set_password(self, service: str, username: str, password: str) -> None:
        raise KeyringLocked("locked")


@pytest.fixture
def ring() -> Iterator[MemoryKeyring]:
    before, ring = keyring.get_keyring(), MemoryKeyring()
    keyring.set_keyring(ring)
    yield ring
    keyring.set_keyring(before)


def test_a_key_is_kept_for_one_host_and_forgotten(ring: MemoryKeyring) -> None:
    set_key(" secret\n")
    assert ring.kept == {("Aloud", "api.openai.com"): "secret"}
    assert find_key() == "secret"
    assert find_key("https://elsewhere.example/v1") is None
    delete_key()
    delete_key()
    assert find_key() is None


def test_openais_key_in_the_environment_is_shown_to_openai_alone(
    ring: MemoryKeyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "for-openai")
    assert find_key() == "for-openai"
    assert find_key("https://api.openai.com/v1") == "for-openai"
    assert find_key("http://127.0.0.1:8080/v1") is None
    monkeypatch.setenv("ALOUD_API_KEY", "for-any")
    assert find_key() == find_key("http://127.0.0.1:8080/v1") == "for-any"


@pytest.mark.parametrize("key", ["", "  ", "two words", "line\nbreak", "naïve"])
def test_what_can_not_be_a_key_is_not_kept(ring: MemoryKeyring, key: str) -> None:
    with pytest.raises(SettingsError):
        set_key(key)
    assert ring.kept == {}


def test_a_locked_keyring_is_an_error_with_a_way_out(ring: MemoryKeyring) -> None:
    keyring.set_keyring(LockedKeyring())
    for call in (find_key, delete_key, lambda: set_key("secret")):
        with pytest.raises(SettingsError) as raised:
            call()
        assert "ALOUD_API_KEY" in raised.value.remedy
        assert "secret" not in str(raised.value)


def test_no_keyring_is_no_key_and_says_so_when_one_is_to_be_kept(ring: MemoryKeyring) -> None:
    keyring.set_keyring(NoKeyring())  # type: ignore[no-untyped-call]
    assert find_key() is None
    delete_key()
    with pytest.raises(SettingsError):
        set_key("secret")


def test_the_account_is_the_host() -> None:
    assert host_of(None) == host_of("") == "api.openai.com"
    assert host_of("http://localhost:11434/v1") == "localhost"


async def test_a_key_that_was_replaced_or_deleted_is_not_sent_again(ring: MemoryKeyring) -> None:
    given: list[str] = []

    async def answer(request: Request) -> None:
        given.append(request.headers["authorization"].removeprefix("Bearer "))
        await request.reply("Yes.")

    async with chat_server(answer) as server, asyncio.timeout(WATCHDOG_S):
        address = server.base_url
        model = OpenAICompatible("m", address, partial(find_key, address))
        for change in (lambda: set_key("one", address), lambda: set_key("two", address), lambda: None):
            await asyncio.to_thread(change)
            async with aclosing(model.reply([Message("user", "Hello?")])) as reply:
                assert [delta async for delta in reply] == ["Yes."]
        await asyncio.to_thread(delete_key, address)
        async with aclosing(model.reply([Message("user", "Hello?")])) as reply:
            assert [delta async for delta in reply] == ["Yes."]
        await model.close()
    assert given == ["one", "two", "two", "none"]


async def test_openai_wants_a_key_again_once_it_was_deleted(ring: MemoryKeyring) -> None:
    model = OpenAICompatible("gpt", None, find_key)
    set_key("sk-one")
    assert await model._found_key() == "sk-one"
    delete_key()
    with pytest.raises(KeyMissing):
        await anext(model.reply([Message("user", "Hello?")]))
    await model.close()
