"""What a person can choose, as frozen structs, and the TOML file it is kept in.

``load`` never fails and never loses anything: what can't be used is reported with its line, its
default stands in for it, and the file stays as it is. ``save`` replaces the file atomically and
keeps the comments of a person who edited it.
"""

import difflib
import os
import re
import tempfile
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
import tomlkit
from msgspec import Meta, Struct
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import Table

from engine.errors import DiskFull, SettingsError
from engine.wording import Wording

Text = Annotated[str, Meta(max_length=8_000)]
Name = Annotated[str, Meta(max_length=500)]


class General(Struct, frozen=True, kw_only=True):
    """The app as a whole. ``text_size_percent`` 0 is the size that the system has."""

    hotkey: Name = "ctrl+alt+space"
    hotkey_modifier_only: Literal["", "right_option", "right_command", "fn"] = ""
    sounds: bool = True
    appearance: Literal["system", "light", "dark"] = "system"
    launch_at_login: bool = False
    language: Literal["system", "en", "fr"] = "system"
    text_size_percent: Literal[0, 100, 125, 150, 175, 200] = 0
    onboarded: bool = False


class Listening(Struct, frozen=True, kw_only=True):
    """Ears: the microphone and the recogniser. "auto" takes Parakeet where its weights are on disk.

    ``language`` is that of the conversation: Moonshine understands English alone, and numbers and signs
    are read aloud in it.
    """

    engine: Literal["auto", "parakeet", "moonshine"] = "auto"
    language: Literal["en", "fr"] = "en"
    parakeet_folder: Name = ""
    input_device: Name = ""
    avoid_bluetooth_microphone: bool = True
    keep_microphone_open_s: Annotated[float, Meta(ge=0, le=3600)] = 0.0
    partials: bool = True
    longest_utterance_s: Annotated[float, Meta(ge=5, le=600)] = 120.0


class Brain(Struct, frozen=True, kw_only=True):
    """The language model. "auto" takes OpenAI where a key is set, else the embedded demo brain."""

    provider: Literal["auto", "openai", "compatible", "embedded"] = "auto"
    model: Name = ""
    base_url: Name = ""
    gguf_file: Name = ""
    system_prompt: Text = ""
    temperature: Annotated[float, Meta(ge=0, le=2)] = 0.7
    longest_reply_tokens: Annotated[int, Meta(ge=16, le=32_000)] = 1_024


class Voice(Struct, frozen=True, kw_only=True):
    """The voice and the speaker. "auto" takes Kyutai where its weights are on disk, else hibari."""

    engine: Literal["auto", "kyutai", "hibari", "system"] = "auto"
    voice: Name = ""
    speed: Annotated[float, Meta(ge=0.5, le=2)] = 1.0
    muted: bool = False
    output_device: Name = ""
    kyutai_folder: Name = ""
    kyutai_bits: Literal[0, 4, 6, 8] = 8
    kyutai_codebooks: Literal[0, 8, 16, 24, 32] = 0
    kyutai_codec: Literal["auto", "mlx", "rustymimi"] = "auto"
    kyutai_precision: Literal["exact", "fast"] = "exact"


class Sharing(Struct, frozen=True, kw_only=True):
    """The room: who may follow the conversation from a browser.

    A question from the room, typed or spoken, that holds one of ``blocked_words`` is not asked, and while the
    room is shared they are left out of what is spoken. An entry may be a phrase. ``public_origins`` are
    where proxies serve the room, whose word for a guest's address is believed if they are among ``proxies``;
    ``allowed_origins`` are other websites that may connect to it.
    """

    enabled: bool = False
    port: Annotated[int, Meta(ge=1, le=65_535)] = 3_000
    local_network: bool = False
    original_protocol: bool = False
    allowed_origins: tuple[Name, ...] = ()
    public_origins: tuple[Name, ...] = ()
    proxies: tuple[Name, ...] = ()
    longest_audience: Annotated[int, Meta(ge=1, le=5_000)] = 64
    mode: Literal["personal", "room"] = "personal"
    encrypted: bool = False
    blocked_words: tuple[Name, ...] = ()
    bus_url: Name = ""


class Privacy(Struct, frozen=True, kw_only=True):
    """What is remembered, on this machine only."""

    history: bool = True


class Settings(Struct, frozen=True, kw_only=True):
    """All sections; every value has a default that works on a fresh machine."""

    general: General = General()
    listening: Listening = Listening()
    brain: Brain = Brain()
    voice: Voice = Voice()
    sharing: Sharing = Sharing()
    privacy: Privacy = Privacy()


def load(path: Path) -> tuple[Settings, list[SettingsError]]:
    """The settings in ``path`` and what was wrong with it; never raises and never writes."""
    try:
        text = path.read_bytes().decode()
        values = tomllib.loads(text)
    except FileNotFoundError:
        return Settings(), []
    except (OSError, UnicodeDecodeError) as error:
        return Settings(), [_problem(path, Wording("can't be read ({reason}).", reason=error))]
    except tomllib.TOMLDecodeError as error:
        return Settings(), [_problem(path, Wording("is not TOML: {reason}.", reason=error))]
    except RecursionError:
        return Settings(), [_problem(path, Wording("is not TOML: nested too deeply."))]
    problems: list[SettingsError] = []
    sections: dict[str, Any] = {
        field.name: _section(path, text, field.name, field.type, values.pop(field.name, {}), problems)
        for field in msgspec.structs.fields(Settings)
    }
    for name in values:
        problems.append(_unknown(path, text, "", name, Settings.__struct_fields__))
    return Settings(**sections), problems


def save(path: Path, settings: Settings) -> None:
    """Writes ``settings`` so that ``path`` is either the old file or the new one, never half of one.

    Values that equal their defaults are left out, unless the file names them already. A file that is
    not TOML is kept beside it under another name. Raises ``DiskFull`` or ``SettingsError``.
    """
    document = _document(path)
    for section in msgspec.structs.fields(Settings):
        value = getattr(settings, section.name)
        for field in msgspec.structs.fields(type(value)):
            _put(document, section.name, field.name, getattr(value, field.name), field.default)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _replace(path, tomlkit.dumps(document))
    except OSError as error:
        if error.errno == 28:  # ENOSPC
            full = "The settings could not be saved: the disk is full."
            raise DiskFull(full, "Free some space and change the setting again.") from error
        raise SettingsError(
            "The settings could not be saved in {path}: {reason}.", path=path, reason=error
        ) from error


def _section(
    path: Path, text: str, section: str, kind: type[Struct], values: object, problems: list[SettingsError]
) -> Struct:
    if not isinstance(values, dict):
        what = Wording("[{section}] is not a section.", section=section)
        problems.append(_problem(path, what, _line(text, "", section)))
        return msgspec.convert({}, kind)
    good: dict[str, Any] = {}
    for key, value in values.items():
        if key not in kind.__struct_fields__:
            problems.append(_unknown(path, text, section, key, kind.__struct_fields__))
            continue
        try:
            msgspec.convert({key: value}, kind)
        except msgspec.ValidationError as error:
            reason = str(error).split(" - at ")[0]
            what = Wording("{section}.{key}: {reason}.", section=section, key=key, reason=reason)
            problems.append(_problem(path, what, _line(text, section, key)))
        else:
            good[key] = value
    return msgspec.convert(good, kind)


def _unknown(path: Path, text: str, section: str, key: str, known: tuple[str, ...]) -> SettingsError:
    near = difflib.get_close_matches(key, known, n=1)
    name = f"{section}.{key}" if section else key
    if near:
        what = Wording("{name} is not a setting; did you mean {near}?", name=name, near=near[0])
    else:
        what = Wording("{name} is not a setting.", name=name)
    return _problem(path, what, _line(text, section, key))


def _problem(path: Path, what: Wording, line: int | None = None) -> SettingsError:
    where = Wording("{file}, line {line}", file=path.name, line=line) if line else path.name
    return SettingsError(
        "{where}: {what}",
        "The default is used. Correct {path}, or change it in the settings.",
        where=where,
        what=what,
        path=path,
    )


def _line(text: str, section: str, key: str) -> int | None:
    """The line that ``key`` stands in, as well as a scan can tell (tomllib keeps no positions)."""
    here = ""
    wanted = re.compile(rf"""\s*["']?{re.escape(key)}["']?\s*(=|\.)""")
    for number, line in enumerate(text.splitlines(), start=1):
        header = re.match(r"\s*\[\s*([^\[\]]+?)\s*\]", line)
        if header:
            here = header[1].strip("\"'")
            if not section and here == key:
                return number
        elif here == section and wanted.match(line):
            return number
    return None


def _document(path: Path) -> tomlkit.TOMLDocument:
    try:
        return tomlkit.parse(path.read_bytes().decode())
    except FileNotFoundError:
        return tomlkit.document()
    except (OSError, UnicodeDecodeError, TOMLKitError, RecursionError):
        number = 1
        while (kept := path.with_name(f"{path.name}.unreadable-{number}")).exists():
            number += 1
        path.rename(kept)
        return tomlkit.document()


def _put(document: tomlkit.TOMLDocument, section: str, key: str, value: Any, default: Any) -> None:
    table = document.get(section)
    named = isinstance(table, Table) and key in table
    if value == default and not named:
        return
    if not isinstance(table, Table):
        table = tomlkit.table()
        document[section] = table
    plain = list(value) if isinstance(value, tuple) else value
    if not named or table[key] != plain:
        table[key] = plain


def _replace(path: Path, text: str) -> None:
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
