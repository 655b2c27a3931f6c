"""``aloud doctor``: what is here, what is missing, and the command that mends it."""

import argparse
import asyncio
import logging
import platform
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from engine import __version__, secrets
from engine.audio.devices import inputs, outputs
from engine.errors import AloudError, SettingsError
from engine.headless import read_settings
from engine.paths import history_file, settings_file
from engine.registry import LANGUAGE_MODELS, SYNTHESIZERS, TRANSCRIBERS, BackendSpec, choose
from engine.settings import Settings

log = logging.getLogger(__name__)

PACKAGES = (
    "mlx",
    "moshi-mlx",
    "onnxruntime",
    "onnx-asr",
    "openai",
    "xllamacpp",
    "pyside6-essentials",
    "websockets",
)


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report. ``mend`` is the command or step that mends what is not well."""

    what: str
    well: bool
    detail: str
    mend: str = ""


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Adds ``doctor``."""
    parser = commands.add_parser("doctor", help="tell what is installed, found and missing")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Runs ``doctor``: 0 when Aloud can talk, 1 when something that it needs is missing."""
    findings = list(findings_here())
    for finding in findings:
        mark = "ok     " if finding.well else "missing"
        print(f"{mark}  {finding.what:<14} {finding.detail}")
        if finding.mend:
            print(f"{'':>9}{'':<14} -> {finding.mend}")
    return 0 if all(finding.well for finding in findings) else 1


def findings_here() -> Iterator[Finding]:
    """Looks at everything; loads no model and opens no device. What can't be looked at is a finding, too."""
    settings, problems = read_settings()
    yield Finding("Aloud", True, f"{__version__}, Python {platform.python_version()}, {platform.platform()}")
    parts: tuple[tuple[str, Callable[[], Iterable[Finding]]], ...] = (
        ("packages", _packages),
        ("settings", lambda: _settings(problems)),
        ("microphone", lambda: [_device("microphone", inputs)]),
        ("speaker", lambda: [_device("speaker", outputs)]),
        ("ears", lambda: [_backend("ears", TRANSCRIBERS, settings.listening.engine, settings)]),
        ("brain", lambda: [_backend("brain", LANGUAGE_MODELS, settings.brain.provider, settings)]),
        ("voice", lambda: [_backend("voice", SYNTHESIZERS, settings.voice.engine, settings)]),
        ("models", _models),
        ("key", lambda: [_key()]),
        ("servers", _servers),
        ("history", lambda: [_history(settings)]),
    )
    for what, look in parts:
        yield from _looked(what, look)


def _looked(what: str, look: Callable[[], Iterable[Finding]]) -> Iterator[Finding]:
    """The findings of one part, up to the one that could not be made: the other parts are told of anyway."""
    try:
        yield from look()
    except AloudError as error:
        yield Finding(what, False, str(error), error.remedy)
    except Exception as error:
        log.exception("%s could not be looked at", what)
        yield Finding(what, False, f"can't be looked at: {error!r}", "aloud --verbose doctor")


def _settings(problems: Sequence[SettingsError]) -> Iterator[Finding]:
    for problem in problems:
        yield Finding("settings", False, str(problem), problem.remedy)
    if not problems:
        where = settings_file()
        found = f"{where}" if where.exists() else f"defaults ({where} does not exist)"
        yield Finding("settings", True, found)


def _history(settings: Settings) -> Finding:
    return Finding("history", True, str(history_file()) if settings.privacy.history else "switched off")


def _packages() -> Iterator[Finding]:
    found, missing = [], []
    for package in PACKAGES:
        try:
            found.append(f"{package} {version(package)}")
        except PackageNotFoundError:
            missing.append(package)
    yield Finding("packages", True, ", ".join(found))
    for package in missing:
        yield Finding("package", False, f"{package} is not installed", "make install")


def _device(what: str, find: Callable[[], Any]) -> Finding:
    devices = find()
    if devices:
        names = ", ".join(f"{device.name}{' (default)' if device.default else ''}" for device in devices)
        return Finding(what, True, names)
    instead = (
        "typing and /wav FILE work without one" if what == "microphone" else "the voice is written to a WAV"
    )
    return Finding(what, True, f"none found; {instead}", "connect one, or check the system's sound settings")


def _backend(what: str, specs: tuple[BackendSpec[Any], ...], chosen: str, settings: Settings) -> Finding:
    spec = choose(specs, chosen, settings)
    package = spec.missing_package()
    how = " (chosen automatically)" if chosen == "auto" else ""
    return Finding(
        what,
        package is None,
        f"{spec.title}{how}",
        f"make install  ({package} is missing)" if package else "",
    )


def _models() -> Iterator[Finding]:
    from engine.models import Models

    for state in Models().states():
        mend = "" if state.ready else f"aloud models download {state.spec.model_id}"
        yield Finding("model", True, f"{state.spec.title}: {state.status.value}", mend)


def _key() -> Finding:
    if secrets.find_key():
        return Finding("key", True, "an OpenAI key is set")
    return Finding(
        "key", True, "no OpenAI key (none is needed for the embedded brain)", "export OPENAI_API_KEY=..."
    )


def _servers() -> Iterator[Finding]:
    from engine.llm.discover import discover

    for server in asyncio.run(discover()):
        models = ", ".join(server.models[:5]) or "no models"
        yield Finding("server", True, f"{server.name} at {server.base_url}: {models}")
