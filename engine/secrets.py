"""API keys: from the environment or the system's keyring, never from or to a file.

Everything here may block (a keyring can ask its owner for a password): call it on a thread.
"""

import os
from typing import Final
from urllib.parse import urlsplit

from engine.errors import SettingsError

SERVICE: Final = "Aloud"
OPENAI_HOST: Final = "api.openai.com"

_REMEDY: Final = "Set ALOUD_API_KEY in the environment instead, or unlock the keyring and try again."


_changes = 0


def changes() -> int:
    """How often this process has kept or forgotten a key; one that was found at another count is stale."""
    return _changes


def _changed() -> None:
    global _changes
    _changes += 1


def host_of(base_url: str | None) -> str:
    """The account a key is kept under: the host of ``base_url``, OpenAI's for none."""
    return (urlsplit(base_url).hostname or base_url) if base_url else OPENAI_HOST


def find_key(base_url: str | None = None) -> str | None:
    """The key for the server at ``base_url``, or None where there is none.

    ``ALOUD_API_KEY`` counts for every server, ``OPENAI_API_KEY`` for OpenAI alone (another server
    must not be shown it), then the keyring. Raises ``SettingsError`` when the keyring is locked or
    refuses; a machine without one simply has no key in it.
    """
    host = host_of(base_url)
    found = os.environ.get("ALOUD_API_KEY", "")
    if not found and host == OPENAI_HOST:
        found = os.environ.get("OPENAI_API_KEY", "")
    if found.strip():
        return found.strip()
    import keyring
    from keyring.errors import KeyringError, NoKeyringError

    try:
        return keyring.get_password(SERVICE, host) or None
    except NoKeyringError:
        return None
    except KeyringError as error:
        raise SettingsError("The system's keyring can't be read for {host}.", _REMEDY, host=host) from error


def set_key(key: str, base_url: str | None = None) -> None:
    """Keeps ``key`` in the system's keyring. Raises ``SettingsError`` where that can't be done."""
    import keyring
    from keyring.errors import KeyringError

    key = key.strip()
    if not key or not key.isascii() or not key.isprintable() or " " in key:
        raise SettingsError("That is not an API key.", "Paste the key alone, without spaces or line breaks.")
    try:
        keyring.set_password(SERVICE, host_of(base_url), key)
    except KeyringError as error:
        raise SettingsError("The key can't be kept in the system's keyring.", _REMEDY) from error
    _changed()


def delete_key(base_url: str | None = None) -> None:
    """Forgets the key; harmless where there is none. Raises ``SettingsError`` where that can't be done."""
    import keyring
    from keyring.errors import KeyringError, NoKeyringError

    try:
        if keyring.get_password(SERVICE, host_of(base_url)) is not None:
            keyring.delete_password(SERVICE, host_of(base_url))
            _changed()
    except NoKeyringError:
        return
    except KeyringError as error:
        raise SettingsError("The key can't be taken out of the system's keyring.", _REMEDY) from error
