"""Where Aloud keeps its files on this machine.

Each is the platform's own place for such files; ``ALOUD_HOME`` in the environment puts all of them
under one folder instead. None of these functions creates anything.
"""

import os
from pathlib import Path

from platformdirs import PlatformDirs

_DIRS = PlatformDirs("Aloud", appauthor=False)


def config_dir() -> Path:
    """Holds ``settings.toml``."""
    return _under("config", _DIRS.user_config_path)


def data_dir() -> Path:
    """Holds the history and what else must outlive an update."""
    return _under("data", _DIRS.user_data_path)


def log_dir() -> Path:
    """Holds the rotating log and crash traces; neither has transcripts or keys in it."""
    return _under("log", _DIRS.user_log_path)


def settings_file() -> Path:
    """The settings, as TOML that a person may edit."""
    return config_dir() / "settings.toml"


def history_file() -> Path:
    """The conversations, as SQLite."""
    return data_dir() / "history.sqlite3"


def _under(name: str, default: Path) -> Path:
    home = os.environ.get("ALOUD_HOME")
    return Path(home) / name if home else default
