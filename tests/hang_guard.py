"""Ends a test process that hangs, wherever it does, with the stacks of all its threads on stderr.

Not by an exception in the main thread, as other guards do: that thread may wait in C, or in Qt's loop, where
the exception is printed and forgotten; whoever catches it may wait on. This guard needs no interpreter. What
a test itself waits for has shorter limits (``tests.watchdog``), which fail it in its own words.
"""

import faulthandler
import os
from collections.abc import Iterator
from typing import Final

import pytest

LONGEST_TEST_S: Final = 180.0
"""For a test with its fixtures; the mark ``may_take(seconds)`` gives it another limit."""

LONGEST_EXIT_S: Final = 60.0

_stderr = 2


def pytest_configure(config: pytest.Config) -> None:
    """Keeps the real stderr, for tests have theirs captured."""
    global _stderr
    _stderr = os.dup(2)
    config.addinivalue_line("markers", "may_take(seconds): how long the test may take with its fixtures")


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """Guards a test with its fixtures. xdist reports the one in which a worker was ended."""
    _guard(_longest_s(item))
    try:
        return (yield)
    finally:
        faulthandler.cancel_dump_traceback_later()


@pytest.hookimpl(trylast=True)
def pytest_exception_interact(node: pytest.Item | pytest.Collector) -> None:
    """Guards the teardown of a test that has failed: pytest's own plugin has just called the guard off."""
    _guard(_longest_s(node))


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config: pytest.Config) -> None:
    """Guards the interpreter's end; xdist sees to its workers', which wait for each other."""
    if not hasattr(config, "workerinput"):
        _guard(LONGEST_EXIT_S)


def _longest_s(node: pytest.Item | pytest.Collector) -> float:
    mark = node.get_closest_marker("may_take")
    return LONGEST_TEST_S if mark is None else float(mark.args[0])


def _guard(longest_s: float) -> None:
    faulthandler.dump_traceback_later(longest_s, exit=True, file=_stderr)
