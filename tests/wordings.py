"""Finds, in the source, every English text that a screen may have to say in another language."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from string import Formatter

import app
import engine

ROOTS = (Path(engine.__file__).parent, Path(app.__file__).parent)
TERMINAL = (
    *("engine/cli/", "engine/history/cli.py", "engine/models/cli.py"),
    *("engine/tts/kyutai/report.py", "app/selftest.py", "app/macos/trial.py"),
)
"""What speaks to a terminal speaks English."""
FILL_IN = ("engine/wording.py", "app/errors.py")
"""Where templates are filled in, whosever they are."""
WORDS_ITSELF = "ExtraMissing"
"""The error whose constructor takes no template; it gives its own to ``AloudError``."""


@dataclass(frozen=True)
class Template:
    """A text with what is filled into it, or what keeps it from being one. ``where`` is file and line."""

    where: str
    text: str
    names: frozenset[str]
    given: frozenset[str] | None = None
    fault: str = ""


def fields(text: str) -> frozenset[str]:
    """The names in ``text`` that values are filled in for."""
    return frozenset(name for _, name, _, _ in Formatter().parse(text) if name)


def sources() -> Iterator[tuple[str, ast.Module]]:
    """Every module of the engine and the app that a screen shows words of."""
    for root in ROOTS:
        for path in sorted(root.rglob("*.py")):
            name = path.relative_to(root.parent).as_posix()
            if not name.startswith(TERMINAL):
                yield name, ast.parse(path.read_text())


def templates() -> Iterator[Template]:
    """Every template of an error, of a ``Wording`` and of what loading tells; faults among them."""
    modules = [(name, module) for name, module in sources() if name not in FILL_IN]
    kinds = _error_kinds(modules)
    for name, module in modules:
        named = _assigned(module)
        for node in ast.walk(module):
            if not isinstance(node, ast.Call):
                continue
            called = ast.unparse(node.func)
            where = f"{name}:{node.lineno}"
            own = called == "super().__init__" and name == "engine/errors.py" and len(node.args) > 1
            if own or called in kinds - {WORDS_ITSELF}:
                yield from _error(node, where, named)
            elif called == "Wording" and name != "engine/errors.py":
                yield from _literals(node.args[0], where, named, _given(node))
            elif called == "progress" and len(node.args) > 1:
                yield from _literals(node.args[1], where, named, frozenset())


def _error_kinds(modules: list[tuple[str, ast.Module]]) -> frozenset[str]:
    """The names of ``AloudError`` and everything that is made of it, wherever it is."""
    kinds = {"AloudError"}
    classes = [node for _, module in modules for node in ast.walk(module) if isinstance(node, ast.ClassDef)]
    while more := {one.name for one in classes if kinds & {ast.unparse(base) for base in one.bases}} - kinds:
        kinds |= more
    return frozenset(kinds)


def _error(node: ast.Call, where: str, named: dict[str, list[ast.expr]]) -> Iterator[Template]:
    texts = [one for argument in node.args[:2] for one in _literals(argument, where, named, None)]
    used: frozenset[str] = frozenset().union(*(one.names for one in texts))
    for one in texts:
        yield Template(one.where, one.text, one.names, None, one.fault)
    given = _given(node)
    if given != used:
        yield Template(where, "", used, given, f"fills in {sorted(given)} where {sorted(used)} are named")


def _given(node: ast.Call) -> frozenset[str]:
    return frozenset(keyword.arg for keyword in node.keywords if keyword.arg)


def _literals(
    node: ast.expr, where: str, named: dict[str, list[ast.expr]], given: frozenset[str] | None
) -> Iterator[Template]:
    match node:
        case ast.Constant(value=str(text)):
            names = fields(text)
            wrong = given is not None and given != names
            fault = f"fills in {sorted(given or ())} where {sorted(names)} are named" if wrong else ""
            yield Template(where, text, names, given, fault)
        case ast.IfExp(body=one, orelse=other):
            yield from _literals(one, where, named, given)
            yield from _literals(other, where, named, given)
        case ast.Name(id=name) if name in named:
            for value in named[name]:
                yield from _literals(value, where, named, given)
        case ast.Attribute(attr="message" | "remedy" | "detail"):
            pass  # made elsewhere, and looked at there
        case ast.Name(id="detail"):
            pass  # what loading tells, looked at where it is told
        case ast.Call(func=ast.Name(id=function)) if function in ("Wording", "joined", *named):
            pass  # looked at where it is made
        case _:
            yield Template(where, "", frozenset(), None, f"{ast.unparse(node)} is no literal")


def _assigned(module: ast.Module) -> dict[str, list[ast.expr]]:
    """What stands behind each name, wherever in the module it is given; functions that give a ``Wording``."""
    found: dict[str, list[ast.expr]] = {}
    for node in ast.walk(module):
        if isinstance(node, ast.FunctionDef) and node.returns and ast.unparse(node.returns) == "Wording":
            found[node.name] = []
        if isinstance(node, ast.Assign):
            for target in node.targets:
                if isinstance(target, ast.Name):
                    found.setdefault(target.id, []).append(node.value)
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value:
            found.setdefault(node.target.id, []).append(node.value)
    return found
