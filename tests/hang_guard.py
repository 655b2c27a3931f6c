"""Ends a test process that hangs, wherever it does, with the stacks of all its threads on stderr.

pytest-timeout raises in the main thread, once. It can't where that thread waits in C; and what it raises may
be caught by a callback, or be followed by a teardown that hangs in its turn. This guard needs no interpreter.
"""

import faulthandler
import os
from collections.abc import Iterator
from typing import Final

import pytest

LONGEST_TEST_S: Final = 240.0
"""Twice what pytest-timeout leaves a test with its fixtures (pyproject.toml)."""

LONGEST_EXIT_S: Final = 60.0

_stderr = 2


def pytest_configure() -> None:
    """Keeps the real stderr, for tests have theirs captured."""
    global _stderr
    _stderr = os.dup(2)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol() -> Iterator[None]:
    """Guards a test with its fixtures. xdist reports the one in which a worker was ended."""
    faulthandler.dump_traceback_later(LONGEST_TEST_S, exit=True, file=_stderr)
    try:
        return (yield)
    finally:
        faulthandler.cancel_dump_traceback_later()


@pytest.hookimpl(trylast=True)
def pytest_exception_interact() -> None:
    """Guards the teardown of a test that has failed: pytest's own plugin has just called the guard off."""
    faulthandler.dump_traceback_later(LONGEST_TEST_S, exit=True, file=_stderr)


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config: pytest.Config) -> None:
    """Guards the interpreter's end; xdist sees to its workers', which wait for each other."""
    if not hasattr(config, "workerinput"):
        faulthandler.dump_traceback_later(LONGEST_EXIT_S, exit=True, file=_stderr)
