"""Aloud's engine: everything that needs no screen.

It imports no Qt and no macOS API, so the same conversation runs in the menu bar,
in a terminal, behind a browser, and under test.
"""

__version__ = "0.1.0"
