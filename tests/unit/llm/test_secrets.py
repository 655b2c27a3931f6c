"""Keys: where they come from, whom they are shown to, and a keyring that will not."""

from collections.abc import Iterator

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.backends.fail import Keyring as NoKeyring
from keyring.errors import KeyringLocked

from engine.errors import SettingsError
from engine.secrets import delete_key, find_key, host_of, set_key


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
