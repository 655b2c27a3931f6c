"""Fetching one model: ask the hub, look at the disk, fetch what is missing, check every byte.

Bytes go to ``<hash>.incomplete`` beside the cache's blobs and stay there through a cut connection,
a cancel, a full disk or the end of the program, so no byte is fetched twice; a file enters the
cache only after its hash was found right.
"""

import logging
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from engine.crossing import Cancelled, CancelToken
from engine.errors import DiskFull, DownloadFailed, ModelDamaged
from engine.models import hub
from engine.models.catalog import ModelFile, ModelSpec
from engine.models.fetch import FIRST_WAIT_S, Fetcher
from engine.models.hub import RemoteFile
from engine.models.meter import Meter
from engine.models.records import FileRecord
from engine.models.store import DIGEST, Place, Store, digest, size_of
from engine.units import ByteCount

log = logging.getLogger(__name__)

SPARE_BYTES = 256 << 20
"""Room that a download leaves on the disk for everything else on the machine."""

LOCK_WAIT_S = 5.0
"""How long a download waits for another program that fetches the same file."""


class Usage(Protocol):
    """What ``shutil.disk_usage`` returns, as far as it matters here."""

    @property
    def free(self) -> int:
        """Bytes that may still be written."""
        ...


@dataclass(frozen=True, slots=True)
class _Item:
    """A file to be made whole: what the hub says of it and where it will be."""

    remote: RemoteFile
    place: Place
    expected: str  # its hash, "" where nobody tells it

    @property
    def size_bytes(self) -> int:
        return self.remote.size_bytes or self.place.size_bytes


class Downloader:
    """Fetches models into a ``Store``. One ``fetch`` at a time a model; any thread, and it blocks.

    ``endpoint`` is the hub's address, or None for the one that HF_ENDPOINT or the client names.
    """

    def __init__(
        self,
        store: Store,
        *,
        endpoint: str | None = None,
        disk_usage: Callable[[Path], Usage] = shutil.disk_usage,
        first_wait_s: float = FIRST_WAIT_S,
    ) -> None:
        self.endpoint = endpoint
        self._store = store
        self._disk_usage = disk_usage
        self._first_wait_s = first_wait_s

    def fetch(self, spec: ModelSpec, meter: Meter, token: CancelToken) -> None:
        """Makes the model whole on disk.

        Raises ``DownloadFailed``, ``DiskFull``, ``ModelDamaged`` (the hub's own bytes are wrong) and
        ``Cancelled``; what arrived stays and the next call goes on from there.
        """
        with hub.told_apart(spec.title):
            items = self._plan(spec, token)
            meter.total = sum(item.size_bytes for item in items)
            lacking = [item for item in items if not self._is_whole(spec, item)]
            meter.found(sum(item.size_bytes for item in items if item not in lacking))
            self._require_space(spec, lacking)
            for item in lacking:
                meter.file = item.remote.name
                try:
                    self._complete(spec, item, meter, token)
                except OSError as error:
                    if error.errno in hub.NO_SPACE:
                        raise self._disk_full(spec, lacking) from error
                    raise

    def _plan(self, spec: ModelSpec, token: CancelToken) -> list[_Item]:
        """What the hub says of every file, held against what is pinned."""
        revision = self._store.commit(spec) or "main"
        remotes: list[tuple[ModelFile, RemoteFile]] = []
        for file in self._store.files(spec):
            if token.cancelled:
                raise Cancelled
            remote = hub.describe(spec.repo_id, file.name, revision, endpoint=self.endpoint)
            if remote is not None:
                _require_pinned(spec, file, remote)
                revision = remote.commit  # a branch may move between two files
                remotes.append((file, remote))
            elif not file.optional:
                raise DownloadFailed(
                    "The model hub has no file {file} in {repo_id}.",
                    "Update Aloud, or use a folder that has the files.",
                    file=file.name,
                    repo_id=spec.repo_id,
                )
        record = self._store.records.read(spec.model_id)
        self._store.records.write(spec.model_id, replace(record, commit=revision, folder=""))
        places = {place.file.name: place for place in self._store.places(spec)}
        return [_Item(remote, places[file.name], _expected(file, remote)) for file, remote in remotes]

    def _is_whole(self, spec: ModelSpec, item: _Item) -> bool:
        """Whether a file is in the cache and right as far as is known; a damaged one is dropped."""
        known_damaged = item.remote.name in self._store.records.read(spec.model_id).damaged
        if not item.place.path.exists():
            return False
        size = item.place.path.stat().st_size
        if not known_damaged and item.remote.size_bytes in (None, size) and not item.place.fault():
            return True
        log.warning("%s of %s is damaged and is fetched again", item.remote.name, spec.model_id)
        self._store.drop(item.place)
        return False

    def _require_space(self, spec: ModelSpec, lacking: list[_Item]) -> None:
        if (
            lacking
            and self._needed_bytes(spec, lacking) > self._disk_usage(_existing(self._store.cache)).free
        ):
            raise self._disk_full(spec, lacking)

    def _needed_bytes(self, spec: ModelSpec, lacking: list[_Item]) -> int:
        """What is fetched, and what will be made of the weights where they are among it.

        A small file of a model that is here is mended whatever will be made beside it: that is done
        without where there is no room.
        """
        fetch = sum(item.size_bytes - self._waiting_bytes(spec, item) for item in lacking)
        made = any(item.remote.name == spec.largest_file for item in lacking)
        return fetch + (spec.extra_disk_bytes if made else 0) + SPARE_BYTES

    def _disk_full(self, spec: ModelSpec, lacking: list[_Item]) -> DiskFull:
        needed = self._needed_bytes(spec, lacking)
        free = self._disk_usage(_existing(self._store.cache)).free
        return DiskFull(
            "{model} needs {needed} more on the disk and {free} are free.",
            "Free some space and start the download again: it goes on from where it stopped.",
            model=spec.title,
            needed=ByteCount(needed),
            free=ByteCount(free),
        )

    def _waiting_bytes(self, spec: ModelSpec, item: _Item) -> int:
        return min(size_of(self._store.partial(spec, item.remote.etag)), item.size_bytes)

    def _complete(self, spec: ModelSpec, item: _Item, meter: Meter, token: CancelToken) -> None:
        """Fetches one file, checks it (twice from the start if need be) and places it in the cache."""
        blob = self._store.blob(spec, item.remote.etag)
        partial = self._store.partial(spec, item.remote.etag)
        partial.parent.mkdir(parents=True, exist_ok=True)
        with self._alone(spec, item):
            if blob.exists():  # whole since another program, or a cancel, left it unlinked
                meter.found(item.size_bytes)
            else:
                wait_s = self._first_wait_s
                Fetcher(item.remote, partial, item.expected, meter, token, first_wait_s=wait_s).run()
                partial.replace(blob)
        place = hub.place(item.remote, self._store.cache, endpoint=self.endpoint)
        record = self._store.records.read(spec.model_id)
        entry = FileRecord(size_of(place), item.expected or digest(place, ""))
        self._store.records.write(spec.model_id, record.with_file(item.remote.name, entry))

    @contextmanager
    def _alone(self, spec: ModelSpec, item: _Item) -> Iterator[None]:
        """Keeps two programs from writing one file at once, by the lock that the hub's client takes too."""
        from filelock import Timeout
        from huggingface_hub.utils import WeakFileLock  # type: ignore[attr-defined]  # public, not in __all__

        folder = hub.repo_folder(self._store.cache / ".locks", spec.repo_id)
        folder.mkdir(parents=True, exist_ok=True)
        try:
            with WeakFileLock(folder / f"{item.remote.etag}.lock", timeout=LOCK_WAIT_S):
                yield
        except Timeout as error:
            raise DownloadFailed(
                "Another program is fetching {file} of {model} at this moment.",
                "Let it finish, then start the download again.",
                file=item.remote.name,
                model=spec.title,
            ) from error


def _expected(file: ModelFile, remote: RemoteFile) -> str:
    return file.sha256 or (remote.etag if DIGEST.fullmatch(remote.etag) else "")


def _require_pinned(spec: ModelSpec, file: ModelFile, remote: RemoteFile) -> None:
    size_differs = file.size_bytes and remote.size_bytes not in (None, file.size_bytes)
    hash_differs = file.sha256 and len(remote.etag) == 64 and remote.etag != file.sha256
    if size_differs or hash_differs:
        raise ModelDamaged(
            "The model hub offers another {file} of {model} than the one Aloud knows.",
            "Update Aloud; if that does not help, do not use what this hub offers.",
            file=file.name,
            model=spec.title,
        )


def _existing(path: Path) -> Path:
    """The nearest folder that exists, whose disk is the one that counts."""
    while not path.exists():
        path = path.parent
    return path
