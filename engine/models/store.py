"""What of a model is on disk: in the cache that huggingface_hub keeps, or in a folder of a person's own.

Looking is cheap (sizes only); ``verify`` reads every byte and remembers what it found damaged.
Nothing here talks to the network.
"""

import hashlib
import os
import re
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from engine.errors import ModelMissing
from engine.models import hub
from engine.models.catalog import ModelFile, ModelSpec
from engine.models.records import FileRecord, ModelRecord, Records
from engine.models.states import ModelState, ModelStatus
from engine.wording import Wording

READ_BYTES = 1 << 20
DIGEST = re.compile(r"[0-9a-f]{64}|[0-9a-f]{40}")

OnBytes = Callable[[int], None]
"""Told how many more bytes of a file were read; may raise to stop."""


def digest(path: Path, like: str, on_bytes: OnBytes = lambda count: None) -> str:
    """The hash of a file in the form that ``like`` has: SHA-256, or git's blob hash for 40 digits.

    Blocks for the time it takes to read the file. Raises ``OSError``.
    """
    if len(like) == 40:
        # The hub names small files by git's own object hash: not a choice of ours.
        state = hashlib.sha1(b"blob %d\0" % path.stat().st_size, usedforsecurity=False)
    else:
        state = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(READ_BYTES):
            state.update(piece)
            on_bytes(len(piece))
    return state.hexdigest()


def size_of(path: Path) -> int:
    """Bytes of a file; 0 where there is none, or none any more: a download renames under our eyes."""
    try:
        found = path.stat()
    except OSError:
        return 0
    return found.st_size if stat.S_ISREG(found.st_mode) else 0


def files_below(folder: Path) -> Iterator[Path]:
    """The files in ``folder`` and below; what is removed meanwhile is left out and no error."""
    for parent, _, names in os.walk(folder):
        for name in names:
            yield Path(parent, name)


@dataclass(frozen=True, slots=True)
class Place:
    """Where one file of a model is, and what it ought to be (0 and "" where that isn't known)."""

    file: ModelFile
    path: Path
    size_bytes: int
    digest: str

    def fault(self) -> str:
        """What is wrong as far as its size tells: "missing", "damaged", or ""."""
        try:
            size = self.path.stat().st_size
        except OSError:
            return "" if self.file.optional else "missing"
        return "damaged" if (self.size_bytes and size != self.size_bytes) or not size else ""


class Store:
    """The models on this machine. Any thread; calls on one model must not overlap (``Models`` sees to it)."""

    def __init__(self, state_folder: Path, cache: Path) -> None:
        self.cache = cache
        self.records = Records(state_folder)

    def commit(self, spec: ModelSpec) -> str:
        """The commit that is used: the pinned one, the one of the first download, or ""."""
        return spec.revision or self.records.read(spec.model_id).commit

    def folder(self, spec: ModelSpec) -> Path | None:
        """Where the model's files are or would be; None before the first download of an unpinned one."""
        chosen = self.records.read(spec.model_id).folder
        if chosen:
            return Path(chosen)
        commit = self.commit(spec)
        return hub.repo_folder(self.cache, spec.repo_id) / "snapshots" / commit if commit else None

    def partial(self, spec: ModelSpec, etag: str) -> Path:
        """Where the bytes of an unfinished file wait, named as the hub's tools know to clean up."""
        return self.blob(spec, etag).with_name(f"{etag}.incomplete")

    def blob(self, spec: ModelSpec, etag: str) -> Path:
        """Where the hub's client looks for a file's bytes."""
        return hub.repo_folder(self.cache, spec.repo_id) / "blobs" / etag

    def files(self, spec: ModelSpec) -> tuple[ModelFile, ...]:
        """The catalog's files and those that were asked for beyond them, which may be missing."""
        extras = self.records.read(spec.model_id).extras
        return spec.files + tuple(ModelFile(name, optional=True) for name in extras)

    def places(self, spec: ModelSpec) -> list[Place]:
        """Where each file of the model is, or would be."""
        folder = self.folder(spec)
        if folder is None:
            return []
        record = self.records.read(spec.model_id)
        return [self._place(file, folder, record) for file in self.files(spec)]

    def state(self, spec: ModelSpec) -> ModelState:
        """How the model is on disk, by names and sizes and what ``verify`` last found."""
        record = self.records.read(spec.model_id)
        found = {place.file.name: place.fault() for place in self.places(spec)}
        found |= {name: "damaged" for name in record.damaged if found.get(name) == ""}
        damaged = tuple(name for name, fault in found.items() if fault == "damaged")
        missing = tuple(name for name, fault in found.items() if fault == "missing")
        on_disk = self._bytes_on_disk(spec, local=bool(record.folder))
        if damaged:
            status = ModelStatus.DAMAGED
        elif found and not missing:
            status = ModelStatus.READY
        else:
            status = ModelStatus.PARTIAL if on_disk else ModelStatus.MISSING
        return ModelState(
            spec,
            status,
            bytes_on_disk=on_disk,
            folder=self.folder(spec) if status is ModelStatus.READY else None,
            is_local_folder=bool(record.folder),
            faults=damaged + missing,
            detail=_detail(spec, status, damaged, missing, record.folder),
            remedy="" if status is ModelStatus.READY else _remedy(spec, record.folder),
        )

    def verify(self, spec: ModelSpec, on_bytes: OnBytes = lambda count: None) -> ModelState:
        """Reads every byte of the model and compares hashes; damage is remembered until it is mended.

        A file whose hash is not known yet is remembered as it is. Blocks for seconds a gigabyte.
        """
        record = self.records.read(spec.model_id)
        damaged = []
        for place in self.places(spec):
            name = place.file.name
            if not place.path.exists():
                continue
            found = digest(place.path, place.digest, on_bytes) if not place.fault() else ""
            if not found or (place.digest and found != place.digest):
                damaged.append(name)
            else:
                record = record.with_file(name, FileRecord(place.path.stat().st_size, found))
        self.records.write(spec.model_id, replace(record, damaged=tuple(damaged)))
        return self.state(spec)

    def use_folder(self, spec: ModelSpec, folder: Path) -> ModelState:
        """Takes the model from ``folder``, which must have all its files. Raises ``ModelMissing``.

        The files may be another edition than the pinned one: their hashes are not held against it.
        """
        folder = folder.expanduser().absolute()
        lacking = [
            file.name for file in spec.files if not file.optional and not (folder / file.name).is_file()
        ]
        if lacking:
            raise ModelMissing(
                "The folder {folder} lacks {files} of {model}.",
                "Choose the folder that holds these files.",
                folder=folder,
                files=", ".join(lacking),
                model=spec.title,
            )
        self.records.write(spec.model_id, ModelRecord(folder=str(folder)))
        return self.state(spec)

    def remove(self, spec: ModelSpec) -> int:
        """Deletes the model from the hub's cache and returns the bytes that this frees.

        A person's own folder is only forgotten, never touched. Other commits and repositories of
        the cache stay. Raises ``OSError``.
        """
        record = self.records.read(spec.model_id)
        freed = 0
        if not record.folder:
            freed = self._bytes_on_disk(spec, local=False)
            commit = self.commit(spec)
            if commit:
                self._delete_commit(spec.repo_id, commit)
            for partial in self._partials(spec):
                partial.unlink(missing_ok=True)
        self.records.forget(spec.model_id)
        return freed

    def drop(self, place: Place) -> None:
        """Deletes one damaged file of the cache, so that it is fetched again."""
        target = place.path.resolve()
        place.path.unlink(missing_ok=True)
        if target.is_relative_to(self.cache.resolve()):
            target.unlink(missing_ok=True)

    def _place(self, file: ModelFile, folder: Path, record: ModelRecord) -> Place:
        path = folder / file.name
        known = record.files.get(file.name)
        if record.folder:
            return Place(file, path, known.size_bytes if known else 0, known.digest if known else "")
        # In the hub's cache a file is a link to a blob that is named by its hash.
        name = path.resolve().name if path.is_symlink() else ""
        return Place(
            file,
            path,
            file.size_bytes or (known.size_bytes if known else 0),
            file.sha256 or (known.digest if known else name if DIGEST.fullmatch(name) else ""),
        )

    def _bytes_on_disk(self, spec: ModelSpec, *, local: bool) -> int:
        """Bytes of the model's files; in the cache also of what was made from them beside them."""
        folder = self.folder(spec)
        if local or folder is None:
            paths = [place.path for place in self.places(spec)]
        else:
            paths = [*files_below(folder), *self._partials(spec)]
        return sum(size_of(path) for path in paths)

    def _partials(self, spec: ModelSpec) -> list[Path]:
        """Unfinished files of this model, told from other models of the same repository by their hash."""
        known = {place.digest for place in self.places(spec)} | {file.sha256 for file in spec.files}
        blobs = hub.repo_folder(self.cache, spec.repo_id) / "blobs"
        partials = (path for path in files_below(blobs) if path.suffix == ".incomplete")
        return [path for path in partials if path.stem in known]

    def _delete_commit(self, repo_id: str, commit: str) -> None:
        from huggingface_hub import scan_cache_dir

        if not self.cache.is_dir():
            return
        cached = scan_cache_dir(self.cache)
        repos = frozenset(repo for repo in cached.repos if repo.repo_id == repo_id)
        if any(commit == revision.commit_hash for repo in repos for revision in repo.revisions):
            replace(cached, repos=repos).delete_revisions(commit).execute()


def _detail(
    spec: ModelSpec, status: ModelStatus, damaged: tuple[str, ...], missing: tuple[str, ...], folder: str
) -> str:
    model, where = spec.title, Wording(" in {folder}", folder=folder) if folder else ""
    match status:
        case ModelStatus.DAMAGED:
            files = ", ".join(damaged)
            return Wording("{model} is damaged{where}: {files}.", model=model, where=where, files=files)
        case ModelStatus.PARTIAL:
            return Wording(
                "{model} is only partly here{where}: {files} is still missing.",
                model=model,
                where=where,
                files=", ".join(missing),
            )
        case ModelStatus.MISSING:
            return Wording("{model} is not on this machine{where}.", model=model, where=where)
        case _:
            return ""


def _remedy(spec: ModelSpec, folder: str) -> str:
    if folder:
        return Wording(
            "Mend the folder, or run `aloud models remove {model_id}` to forget it.", model_id=spec.model_id
        )
    return Wording(
        "Run `aloud models download {model_id}`, or download it in the settings.", model_id=spec.model_id
    )
