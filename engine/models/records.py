"""What is remembered of each model beside the hub's cache: the commit, the hashes, a chosen folder.

One small JSON file a model, replaced atomically. A record that can't be read counts as none: what
it says can be found out again, from the hub or from the files.
"""

import contextlib
import logging
import os
import tempfile
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import msgspec

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class FileRecord:
    """A file as it was when it was whole. ``digest`` is a SHA-256 (64 hex) or a git blob hash (40)."""

    size_bytes: int
    digest: str


@dataclass(frozen=True, slots=True)
class ModelRecord:
    """What is remembered of one model.

    ``folder`` is a person's own, or "" for the hub's cache. ``extras`` are files of the repository
    that a person asked for beyond the catalog's.
    """

    commit: str = ""
    files: dict[str, FileRecord] = field(default_factory=dict)
    damaged: tuple[str, ...] = ()
    folder: str = ""
    extras: tuple[str, ...] = ()

    def with_file(self, name: str, record: FileRecord) -> "ModelRecord":
        """The same with ``name`` known and whole."""
        damaged = tuple(other for other in self.damaged if other != name)
        return replace(self, files={**self.files, name: record}, damaged=damaged)


class Records:
    """The records of all models in one folder. Any thread; the last writer of a record wins."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def read(self, model_id: str) -> ModelRecord:
        """The record of a model, or an empty one."""
        try:
            return msgspec.json.decode(self._file(model_id).read_bytes(), type=ModelRecord)
        except FileNotFoundError:
            return ModelRecord()
        except (OSError, msgspec.MsgspecError) as error:
            log.warning("the record of %s can't be read and is made again: %s", model_id, error)
            return ModelRecord()

    def write(self, model_id: str, record: ModelRecord) -> None:
        """Replaces the record of a model. Raises ``OSError``."""
        self._folder.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=self._folder, prefix=model_id)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(msgspec.json.format(msgspec.json.encode(asdict(record))))
            Path(temporary).replace(self._file(model_id))
        except BaseException:
            with contextlib.suppress(OSError):
                Path(temporary).unlink()
            raise

    def forget(self, model_id: str) -> None:
        """Drops the record of a model."""
        self._file(model_id).unlink(missing_ok=True)

    def _file(self, model_id: str) -> Path:
        return self._folder / f"{model_id}.json"
