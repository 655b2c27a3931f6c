"""``python -m app`` opens the window; with ``--hidden``, as at login, it waits in the menu bar or the tray.

``--selftest`` checks instead that this copy is whole; a word is a command of ``aloud``, which a bundled
app has no other way to run: ``Aloud.app/Contents/MacOS/Aloud models list``.
"""

import sys


def run(arguments: list[str]) -> int:
    """Runs what ``arguments``, the program's name first, ask for; returns the exit status."""
    asked = arguments[1:]
    if "--selftest" in asked:
        from app import selftest

        return selftest.main(arguments)
    if asked and not asked[0].startswith("-"):
        from engine import cli

        return cli.main(asked)
    from app.main import main

    return main(arguments)


if __name__ == "__main__":
    sys.exit(run(sys.argv))
