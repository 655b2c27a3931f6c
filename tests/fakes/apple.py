"""Apple's modules as far as the adapters use them, held to what PyObjC's own wheels say about them.

``apple_signatures.json`` was read out of the wheels (``apple_extract.py``). What PyObjC would refuse fails
the test: another number of arguments, a value that does not fit its type, an out-parameter that is not
None, a kept callback without a closure, a block that can't be called as the system calls it or that
returns what the system does not expect, a name that the frameworks do not have. A fake that answers
otherwise than PyObjC (without the out-parameters behind the result, say) fails it too.
"""

import functools
import inspect
import json
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any, Final

import pytest

SIGNATURES: dict[str, dict[str, Any]] = json.loads(
    Path(__file__).with_name("apple_signatures.json").read_text()
)

BITS: Final = {"c": 8, "C": 8, "s": 16, "S": 16, "i": 32, "I": 32, "l": 64, "L": 64, "q": 64, "Q": 64}
"""Integers of Objective-C's type encodings; capitals have no sign."""

SELF_AND_SELECTOR: Final = 2
"""A method's metadata counts these two before its own arguments."""

About = Mapping[str, Any]
"""What the metadata says of one argument."""


def types(encoding: str) -> list[str]:
    """The types in an encoding, the result's first, without their qualifiers."""
    found, place = [], 0
    while place < len(encoding):
        began = place
        while encoding[place] in "^rnNoORV":
            place += 1
        place = _end(encoding, place)
        found.append(encoding[began:place].lstrip("rnNoORV"))
    return found


def _end(encoding: str, place: int) -> int:
    """Where the type that begins at ``place`` ends."""
    if encoding[place] != "{":
        return place + (2 if encoding[place : place + 2] == "@?" else 1)
    depth = 0
    while True:
        depth += {"{": 1, "}": -1}.get(encoding[place], 0)
        place += 1
        if not depth:
            return place


def takes(call: Callable[..., Any], count: int) -> bool:
    """Whether ``call`` can be called with that many arguments."""
    try:
        inspect.signature(call).bind(*range(count))
    except TypeError:
        return False
    return True


def fits(kind: str, value: Any) -> bool:
    """Whether PyObjC would make a ``kind`` of ``value``; of objects and opaque pointers nothing is known."""
    if kind in ("Z", "B"):
        return value in (0, 1)
    if kind in BITS:
        low = 0 if kind.isupper() else -(1 << (BITS[kind] - 1))
        return isinstance(value, int) and low <= value < low + (1 << BITS[kind])
    if kind in ("f", "d"):
        return isinstance(value, int | float)
    if kind == "v":
        return value is None
    if kind.startswith("{"):
        fields = types(kind[1:-1].partition("=")[2])
        return isinstance(value, Sequence) and len(value) == len(fields) and all(map(fits, fields, value))
    return True


def checked_callable(about: About, call: Any, where: str) -> Callable[..., Any]:
    """``call`` as the system would call it: with arguments of its types, expecting a result of its type."""
    expected = about["callable"]
    kinds = [part["type"].lstrip("nNoO") for _, part in sorted(expected["arguments"].items())]
    # A block's own first argument is the block; a plain callback has none such.
    block = kinds[:1] == ["^v"]
    kinds = kinds[1:] if block else kinds
    assert takes(call, len(kinds)), f"{where}: the system calls back with {len(kinds)} arguments"
    if about.get("callable_retained") and not block:
        assert hasattr(call, "pyobjc_closure"), f"{where}: a callback that is kept needs objc.callbackFor"

    def called(*given: Any) -> Any:
        assert len(given) == len(kinds), where
        assert all(map(fits, kinds, given)), f"{where} is called back with {given}, not {kinds}"
        result = call(*given)
        kind = expected["retval"]["type"]
        assert fits(kind, result), f"{where}: {result!r} is returned where {kind} is expected"
        return result

    return called


def check_argument(kind: str, about: About, value: Any, others: Sequence[Any], where: str) -> Any:
    """Fails where PyObjC would refuse ``value``; returns it as the C function would get it."""
    modifier = about.get("type_modifier", "")
    if modifier == "o":
        assert value is None, f"{where}: {value!r} is given for an out-parameter"
    elif "callable" in about:
        return None if value is None else checked_callable(about, value, where)
    elif "sel_of_type" in about:
        wanted = len(types(about["sel_of_type"])) - 1 - SELF_AND_SELECTOR
        assert value.count(":") == wanted, f"{where}: {value} is no selector with {wanted} arguments"
    elif modifier and kind.startswith("^"):
        _check_pointed(kind[1:], about, value, others, where)
    else:
        assert fits(kind, value), f"{where}: {value!r} is no {kind}"
    return value


def _check_pointed(kind: str, about: About, value: Any, others: Sequence[Any], where: str) -> None:
    if "c_array_length_in_arg" not in about:
        assert fits(kind, value), f"{where}: {value!r} is no {kind}"
        return
    length = about["c_array_length_in_arg"]
    wanted = others[length[0] if isinstance(length, list) else length]
    assert len(value) == wanted, f"{where}: {value!r} has another length"
    assert kind == "v" or all(fits(kind, one) for one in value), f"{where}: {value!r} is not all {kind}"


def checked_function(module: str, fake: Callable[..., Any]) -> Callable[..., Any]:
    """``fake`` held to the C function of its name in that framework."""
    name = fake.__name__
    encoding, *rest = SIGNATURES[module]["functions"][name]
    about = {int(place): part for place, part in (rest[1]["arguments"] if rest[1:] else {}).items()}
    result, *kinds = types(encoding)
    where = f"{module}.{name}"
    assert takes(fake, len(kinds)), f"{where} is {encoding}"
    out = sum(about.get(place, {}).get("type_modifier") in ("o", "N") for place in range(len(kinds)))

    @functools.wraps(fake)
    def call(*given: Any) -> Any:
        assert len(given) == len(kinds), f"{where} is {encoding}"
        answer = fake(
            *(
                check_argument(kind, about.get(place, {}), given[place], given, f"{where} {place}")
                for place, kind in enumerate(kinds)
            )
        )
        if out:
            assert isinstance(answer, tuple) and len(answer) == 1 + out, f"{where} answers {answer!r}"
        first = answer[0] if out else answer
        assert fits(result, first), f"{where} answers {first!r}, not {result}"
        return answer

    return call


def _about_method(module: str, owner: type, selector: str) -> About:
    known = SIGNATURES[module]["methods"]
    methods = [known.get(kind.__name__, {}) for kind in owner.__mro__]
    return next((about[selector] for about in methods if selector in about), {})


def check_class(module: str, fake: type) -> None:
    """Holds the methods of ``fake`` to their selectors, and to what is known of their arguments."""
    for name, method in tuple(vars(fake).items()):
        if not name.endswith("_") or name.startswith("__"):
            continue
        static = isinstance(method, staticmethod)
        call = method.__func__ if isinstance(method, classmethod | staticmethod) else method
        where = f"{module}.{fake.__name__}.{name}"
        assert takes(call, name.count("_") + (0 if static else 1)), where
        about = _about_method(module, fake, name.replace("_", ":"))
        if about:
            held = _checked_method(call, about, 0 if static else 1, where)
            setattr(fake, name, type(method)(held) if call is not method else held)


def _checked_method(call: Callable[..., Any], about: About, own: int, where: str) -> Callable[..., Any]:
    parts = {int(place): part for place, part in about.get("arguments", {}).items()}

    @functools.wraps(call)
    def held(*given: Any) -> Any:
        mine, others = given[:own], given[own:]
        checked = [
            check_argument(part.get("type", "@"), part, value, (None, None, *others), f"{where} {place}")
            for place, value in enumerate(others)
            for part in (parts.get(place + SELF_AND_SELECTOR, {}),)
        ]
        answer = call(*mine, *checked)
        if "type" in about.get("retval", {}):
            first = answer[0] if any(part.get("type_modifier") == "o" for part in parts.values()) else answer
            assert fits(about["retval"]["type"], first), f"{where} answers {first!r}"
        return answer

    return held


Install = Callable[..., ModuleType]


def installer(monkeypatch: pytest.MonkeyPatch) -> Install:
    """Puts fake frameworks where the adapters import them from."""

    def install(name: str, *given: Any) -> ModuleType:
        module = sys.modules.get(name)
        if not isinstance(module, AppleModule):
            module = AppleModule(name)
            monkeypatch.setitem(sys.modules, name, module)
        module.take(*given)
        return module

    return install


class AppleModule(ModuleType):
    """A framework: numbers and names from its metadata, functions and classes from the test."""

    def __init__(self, name: str, *given: Any) -> None:
        super().__init__(name)
        self.take(*given)

    def take(self, *given: Any) -> None:
        """Adds functions and classes of the test."""
        for one in given:
            if isinstance(one, type):
                check_class(self.__name__, one)
                setattr(self, one.__name__, one)
            else:
                setattr(self, one.__name__, checked_function(self.__name__, one))

    def __getattr__(self, name: str) -> Any:
        known = SIGNATURES.get(self.__name__, {"enums": {}, "constants": []})
        if name in known["enums"]:
            return known["enums"][name]
        if name in known["constants"]:
            return name
        if name in known.get("structs", {}):
            return _struct(name, known["structs"][name])
        raise AttributeError(f"{self.__name__} has no {name}")


def _struct(name: str, fields: Sequence[str]) -> Callable[..., tuple[Any, ...]]:
    """A C struct as PyObjC makes it: fields by place or by name, and a sequence of them afterwards."""

    def make(*given: Any, **named: Any) -> tuple[Any, ...]:
        return (
            inspect.Signature(
                [
                    inspect.Parameter(field, inspect.Parameter.POSITIONAL_OR_KEYWORD, default=0)
                    for field in fields
                ]
            )
            .bind(*given, **named)
            .args
        )

    make.__name__ = name
    return make


class ObjcModule(ModuleType):
    """``objc`` as far as the adapters use it."""

    def __init__(self) -> None:
        super().__init__("objc")

    def callbackFor(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """As PyObjC's own: it writes the closure onto the function, which a bound method does not allow."""
        module = next(name for name, known in SIGNATURES.items() if function.__name__ in known["functions"])
        about = SIGNATURES[module]["functions"][function.__name__][2]["arguments"].values()
        (called,) = [part for part in about if "callable" in part]

        def add_closure(callback: Any) -> Any:
            checked = checked_callable({"callable": called["callable"]}, callback, function.__name__)
            callback.pyobjc_closure = checked
            callback.__metadata__ = lambda: called
            return callback

        return add_closure


def four_characters(code: str) -> int:
    """A code such as 'blue' as the number that it is."""
    assert re.fullmatch(r"[\x20-\x7e]{4}", code)
    return int.from_bytes(code.encode(), "big")
