"""Apple's modules as far as the adapters use them, held to what PyObjC's own wheels say about them.

``apple_signatures.json`` was read out of the wheels (``apple_extract.py``). A fake function or method
whose number of arguments differs from it, a block that could not be called as the system calls it, and a
name that the frameworks do not have, fail the test.
"""

import inspect
import json
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

SIGNATURES: dict[str, dict[str, Any]] = json.loads(
    Path(__file__).with_name("apple_signatures.json").read_text()
)


def arguments(encoding: str) -> int:
    """How many arguments a C function of that Objective-C type encoding takes."""
    count, place = 0, 0
    while place < len(encoding):
        while encoding[place] in "^rnNoORV":
            place += 1
        if encoding[place] == "{":
            depth = 0
            while True:
                depth += {"{": 1, "}": -1}.get(encoding[place], 0)
                place += 1
                if not depth:
                    break
        else:
            place += 2 if encoding[place : place + 2] == "@?" else 1
        count += 1
    return count - 1


def takes(call: Callable[..., Any], count: int) -> bool:
    """Whether ``call`` can be called with that many arguments."""
    try:
        inspect.signature(call).bind(*range(count))
    except TypeError:
        return False
    return True


def check_function(module: str, name: str, fake: Callable[..., Any]) -> None:
    """Fails where the frameworks have no such function, or one with other arguments."""
    encoding = SIGNATURES[module]["functions"][name][0]
    assert takes(fake, arguments(encoding)), f"{module}.{name} is {encoding}"


def check_class(module: str, fake: type) -> None:
    """Fails where a method takes another number of arguments than its selector has colons."""
    for name, method in vars(fake).items():
        if name.endswith("_") and not name.startswith("__"):
            call = method.__func__ if isinstance(method, classmethod | staticmethod) else method
            own = 0 if isinstance(method, staticmethod) else 1
            assert takes(call, name.count("_") + own), f"{module}.{fake.__name__}.{name}"


def check_block(module: str, owner: str, selector: str, block: Callable[..., Any]) -> None:
    """Fails where ``block`` can't be called with what that method calls it with."""
    about = SIGNATURES[module]["methods"][owner][selector]
    (called,) = [part["callable"] for part in about["arguments"].values() if "callable" in part]
    assert takes(block, len(called["arguments"]) - 1), f"{owner} {selector}"


def check_function_block(module: str, name: str, block: Callable[..., Any]) -> None:
    """The same for a C function that takes a block or a callback."""
    parts = SIGNATURES[module]["functions"][name][2]["arguments"].values()
    (called,) = [part["callable"] for part in parts if "callable" in part]
    # A block's own first argument is the block; a plain callback has none such.
    own = 1 if called["arguments"]["0"]["type"] == "^v" else 0
    assert takes(block, len(called["arguments"]) - own), name


Install = Callable[..., ModuleType]


def installer(monkeypatch: pytest.MonkeyPatch) -> Install:
    """Puts fake frameworks where the adapters import them from."""

    def install(name: str, *given: Any) -> ModuleType:
        module = AppleModule(name, *given)
        monkeypatch.setitem(sys.modules, name, module)
        return module

    return install


class AppleModule(ModuleType):
    """A framework: numbers and names from its metadata, functions and classes from the test."""

    def __init__(self, name: str, *given: Any) -> None:
        super().__init__(name)
        for one in given:
            if isinstance(one, type):
                check_class(name, one)
            else:
                check_function(name, one.__name__, one)
            setattr(self, one.__name__, one)

    def __getattr__(self, name: str) -> Any:
        known = SIGNATURES.get(self.__name__, {"enums": {}, "constants": []})
        if name in known["enums"]:
            return known["enums"][name]
        if name in known["constants"]:
            return name
        raise AttributeError(f"{self.__name__} has no {name}")
