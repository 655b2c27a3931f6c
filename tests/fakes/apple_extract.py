"""``python -m tests.fakes.apple_extract FOLDER`` writes ``apple_signatures.json`` again.

FOLDER holds the unpacked macOS wheels of the packages in ``packaging/lock.txt`` (``pip download --no-deps
--platform macosx_11_0_arm64 ...``, then unzip): pyobjc-framework-{cocoa,avfoundation,coreaudio,quartz,
servicemanagement,usernotifications,applicationservices} and quickmachotkey. Each states in its
``_metadata.py`` what PyObjC can't learn at run time: C functions, blocks, out-parameters, constants.
"""

import json
import re
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

MODULES = {
    "AppKit": "AppKit",
    "Foundation": "Foundation",
    "AVFoundation": "AVFoundation",
    "CoreAudio": "CoreAudio",
    "ServiceManagement": "ServiceManagement",
    "UserNotifications": "UserNotifications",
    "ApplicationServices": "HIServices",
    "Quartz": "Quartz/CoreGraphics",
    "HIToolbox": "quickmachotkey/_MinimalHIToolbox",
}
"""The module that the app imports, and the folder of its metadata."""

OURS = Path(__file__).parents[2] / "app"


class _Objc(ModuleType):
    """Stands in for ``objc`` and remembers what metadata registers about methods and structs."""

    def __init__(self) -> None:
        super().__init__("objc")
        self.methods: dict[str, dict[str, Any]] = {}
        self.structs: dict[str, list[str]] = {}

    def createStructType(self, name: str, encoding: bytes, fields: list[str], *more: Any) -> None:
        self.structs[name.rpartition(".")[2]] = fields

    def registerMetaDataForSelector(self, owner: bytes, selector: bytes, metadata: dict[str, Any]) -> None:
        self.methods.setdefault(owner.decode(), {})[selector.decode()] = metadata

    def __getattr__(self, name: str) -> Any:
        return lambda *args, **kwargs: None


def used() -> set[str]:
    """Every word in the app's adapters: what is not among them is left out."""
    texts = [path.read_text() for part in ("macos", "hotkey", "tray") for path in (OURS / part).glob("*.py")]
    return set(re.findall(r"\w+", "\n".join([*texts, (OURS / "theme.py").read_text()])))


def plain(value: Any) -> Any:
    """Metadata as JSON: encodings as text."""
    if isinstance(value, bytes):
        return value.decode()
    if isinstance(value, dict):
        return {str(key): plain(part) for key, part in value.items()}
    return [plain(part) for part in value] if isinstance(value, list | tuple) else value


def read(folder: Path, module: str, place: str, words: set[str]) -> dict[str, Any]:
    """What one framework's metadata says about the names in ``words``."""
    objc = _Objc()
    sys.modules["objc"] = objc
    found: dict[str, Any] = {}
    # A wheel that packaging/lock.txt pins by its hash.
    exec((folder / place / "_metadata.py").read_text(), found)
    if module == "HIToolbox":
        words = words | set(re.findall(r"\$(kVK_\w+)@", found["enums"]))
    enums = dict(re.findall(r"\$([^@$]+)@([^$]+)", found.get("enums", "")))
    constants = {name.partition("@")[0] for name in found.get("constants", "").split("$")}
    methods = {
        owner: {
            name: plain(about)
            for name, about in selectors.items()
            if ":" in name and name.replace(":", "_") in words
        }
        for owner, selectors in objc.methods.items()
        if owner in words or owner == "NSNotificationCenter"  # what NSWorkspace has one of
    }
    return {
        "functions": {k: plain(v) for k, v in found.get("functions", {}).items() if k in words},
        "methods": {owner: selectors for owner, selectors in sorted(methods.items()) if selectors},
        "enums": {name: int(value) for name, value in sorted(enums.items()) if name in words},
        "constants": sorted(constants & words),
        "structs": {name: fields for name, fields in sorted(objc.structs.items()) if name in words},
    }


def main() -> None:
    """Reads all wheels and writes the file beside this one."""
    words = used()
    read_all = {module: read(Path(sys.argv[1]), module, place, words) for module, place in MODULES.items()}
    target = Path(__file__).with_name("apple_signatures.json")
    target.write_text(json.dumps(read_all, indent=1, sort_keys=True) + "\n")


if __name__ == "__main__":
    main()
