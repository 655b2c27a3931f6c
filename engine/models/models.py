"""The models of this machine as one object that a window, a terminal or the composition can use."""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from engine.crossing import Cancelled, CancelToken
from engine.errors import AloudError, DownloadFailed, ModelDamaged, ModelMissing
from engine.models import hub
from engine.models.catalog import CATALOG, ModelSpec
from engine.models.download import Downloader
from engine.models.meter import Meter
from engine.models.states import ModelState, ModelStatus, Transfer
from engine.models.store import Store
from engine.models.watchers import Undo, Watcher, Watchers
from engine.paths import data_dir
from engine.ports import Progress
from engine.wording import Wording
from engine.workers import Host, host_on_thread

log = logging.getLogger(__name__)

TELL_EVERY_S = 0.1
"""How often a download's progress is told; every piece would be a thousand times a second."""

STOP_WAIT_S = 15.0
"""How long ``remove`` waits for a download to let go: one silent read of the network and a little more."""


@dataclass
class _Active:
    """A download under way."""

    token: CancelToken = field(default_factory=CancelToken)
    transfer: Transfer = field(default_factory=lambda: Transfer(0, 0, 0.0))
    ended: threading.Event = field(default_factory=threading.Event)
    told_at_s: float = 0.0


class Models:
    """Lists, fetches, checks and removes weights.

    Every call may come from any thread. ``download``, ``verify`` and ``remove`` block for their
    disk and network work; ``start`` is ``download`` on a thread of its own; the rest is quick.
    ``host`` gives those threads (a QThread in the app). Nothing of the hub's client is imported
    before it is needed.
    """

    def __init__(
        self,
        specs: Sequence[ModelSpec] = CATALOG,
        *,
        state_folder: Path | None = None,
        cache: Path | None = None,
        downloader: Callable[[Store], Downloader] = Downloader,
        host: Host = host_on_thread,
    ) -> None:
        self._specs = {spec.model_id: spec for spec in specs}
        self.store = Store(state_folder or data_dir() / "models", cache or hub.cache_folder())
        self._downloader = downloader(self.store)
        self._host = host
        self._lock = threading.Lock()
        self._active: dict[str, _Active] = {}
        self._failures: dict[str, AloudError] = {}
        self._watchers = Watchers()
        self.subscribe = self._watchers.subscribe

    def spec(self, model_id: str) -> ModelSpec:
        """The model of that name. Raises ``ModelMissing`` naming those that exist."""
        try:
            return self._specs[model_id]
        except KeyError:
            raise ModelMissing(
                "There is no model called {model_id}.",
                "Choose one of {models}.",
                model_id=model_id,
                models=", ".join(self._specs),
            ) from None

    def states(self) -> list[ModelState]:
        """Every model as it is now. Touches the disk (a few stats a model), never the network."""
        return [self.state(model_id) for model_id in self._specs]

    def state(self, model_id: str) -> ModelState:
        """One model as it is now; a failed download shows its error until the next attempt."""
        state = self.store.state(self.spec(model_id))
        with self._lock:
            active = self._active.get(model_id)
            failure = self._failures.get(model_id)
        if active is not None and not active.token.cancelled:
            return replace(
                state, status=ModelStatus.DOWNLOADING, transfer=active.transfer, detail="", remedy=""
            )
        if failure is not None and not state.ready:
            return replace(state, detail=failure.message, remedy=failure.remedy)
        return state

    def path(self, model_id: str) -> Path:
        """The folder that has the model's files.

        Raises ``ModelMissing`` or ``ModelDamaged``, each with the command that mends it. Looks at
        names and sizes, not at hashes.
        """
        state = self.store.state(self.spec(model_id))
        if state.folder is not None:
            return state.folder
        error = ModelDamaged if state.status is ModelStatus.DAMAGED else ModelMissing
        raise error(state.detail, state.remedy)

    def with_needs(self, model_id: str) -> list[ModelSpec]:
        """The model and those it needs, these first."""
        spec = self.spec(model_id)
        return [found for need in spec.needs for found in self.with_needs(need)] + [spec]

    def download(self, model_id: str, progress: Progress = lambda fraction, detail: None) -> ModelState:
        """Fetches what is missing or damaged of the model and of those it needs, and blocks meanwhile.

        Returns the state it ended in: READY, or PARTIAL when it was cancelled. Returns at once where
        the model is whole or is being fetched already. Raises ``DownloadFailed``, ``DiskFull`` or
        ``ModelDamaged``; what arrived is kept, and the next call goes on from there.
        """
        for spec in self.with_needs(model_id):
            state = self._download_one(spec, progress)
            if not state.ready:
                return state
        return state

    def when_ready(self, then: Watcher) -> Undo:
        """Calls ``then`` each time a model that could not be loaded can be: the moment to load it.

        On the thread on which that happens, as for ``subscribe``; returns its undo.
        """
        ready = {state.spec.model_id for state in self.states() if state.ready}

        def watch(state: ModelState) -> None:
            model_id = state.spec.model_id
            if state.ready and model_id not in ready:
                ready.add(model_id)
                then(state)
            elif not state.ready:
                ready.discard(model_id)

        return self.subscribe(watch)

    def add_file(self, model_id: str, name: str) -> ModelState:
        """Fetches one more file of the model's repository and keeps it with the model; blocks meanwhile.

        Raises as ``download`` does, and ``ModelMissing`` where the model is a folder of a person's own;
        a file that the repository lacks is not asked for again.
        """
        spec = self.spec(model_id)
        record = self.store.records.read(model_id)
        if record.folder:
            raise ModelMissing(
                "{model} come from the folder {folder}, to which Aloud adds nothing.",
                "Put the file there, or run `aloud models remove {model_id}` to use downloads again.",
                model=spec.title,
                folder=record.folder,
                model_id=model_id,
            )
        if name not in (file.name for file in self.store.files(spec)):
            self.store.records.write(model_id, replace(record, extras=(*record.extras, name)))
        state = self._fetch(spec, lambda fraction, detail: None)
        if state.ready and not (self.path(model_id) / name).is_file():
            record = self.store.records.read(model_id)
            extras = tuple(extra for extra in record.extras if extra != name)
            self.store.records.write(model_id, replace(record, extras=extras))
            raise DownloadFailed(
                "{repo_id} has no file {name}.", "Choose one that it offers.", repo_id=spec.repo_id, name=name
            )
        return state

    def offered_files(self, model_id: str) -> dict[str, int]:
        """Every file that the hub has in the model's repository, and its bytes; blocks for the network.

        Raises ``DownloadFailed``.
        """
        spec = self.spec(model_id)
        commit = self.store.commit(spec) or "main"
        return hub.listing(spec.repo_id, commit, endpoint=self._downloader.endpoint)

    def start(self, model_id: str) -> None:
        """``download`` on a thread of its own; errors go to the model's state and the watchers."""

        def body() -> None:
            try:
                self.download(model_id)
            except AloudError as error:
                log.warning("the download of %s failed: %s", model_id, error)
            except Exception as error:  # a thread's last stop: the window must hear of it
                log.exception("the download of %s failed", model_id)
                self._fail(
                    model_id, AloudError("The download failed: {reason}.", "See the log.", reason=error)
                )

        self._host(f"download-{model_id}", body)

    def cancel(self, model_id: str) -> None:
        """Calls off the download of the model and of what it needs; what arrived is kept. Does not wait."""
        for spec in self.with_needs(model_id):
            with self._lock:
                active = self._active.get(spec.model_id)
            if active is not None:
                active.token.cancel()

    def verify(self, model_id: str) -> ModelState:
        """Reads every byte of the model and compares hashes. Blocks for seconds a gigabyte."""
        spec = self.spec(model_id)
        with self._lock:
            under_way = model_id in self._active
        if under_way:  # a download checks each file itself
            return self.state(model_id)
        self.store.verify(spec)
        self._tell(model_id)
        return self.state(model_id)

    def remove(self, model_id: str) -> int:
        """Deletes the model's files and returns the bytes that this frees; a chosen folder is only forgotten.

        A download under way is called off first. Raises ``AloudError``.
        """
        spec = self.spec(model_id)
        with self._lock:
            active = self._active.get(model_id)
        if active is not None:
            active.token.cancel()
            active.ended.wait(STOP_WAIT_S)
        try:
            freed = self.store.remove(spec)
        except OSError as error:
            raise hub.disk_error(spec.title, error) from error
        with self._lock:
            self._failures.pop(model_id, None)
        self._tell(model_id)
        return freed

    def use_folder(self, model_id: str, folder: Path) -> ModelState:
        """Takes the model from a folder of a person's own. Raises ``ModelMissing`` where files lack."""
        state = self.store.use_folder(self.spec(model_id), folder)
        self._tell(model_id)
        return state

    def _download_one(self, spec: ModelSpec, progress: Progress) -> ModelState:
        state = self.store.state(spec)
        return state if state.ready else self._fetch(spec, progress)

    def _fetch(self, spec: ModelSpec, progress: Progress) -> ModelState:
        active = _Active()
        with self._lock:
            other = self._active.get(spec.model_id)
        if other is not None and other.token.cancelled:  # its last read of the network may take a while
            other.ended.wait(STOP_WAIT_S)
        with self._lock:
            if spec.model_id in self._active:
                return replace(self.store.state(spec), status=ModelStatus.DOWNLOADING)
            self._active[spec.model_id] = active
            self._failures.pop(spec.model_id, None)

        def report(transfer: Transfer) -> None:
            changed = transfer.file != active.transfer.file or transfer.checking != active.transfer.checking
            active.transfer = transfer
            now_s = time.monotonic()
            if changed or now_s - active.told_at_s >= TELL_EVERY_S or transfer.fraction == 1.0:
                active.told_at_s = now_s
                progress(transfer.fraction, _sentence(spec, transfer))
                self._tell(spec.model_id)

        try:
            self._downloader.fetch(spec, Meter(report), active.token)
        except Cancelled:
            log.info("the download of %s was called off", spec.model_id)
        except AloudError as error:
            with self._lock:
                self._failures[spec.model_id] = error
            raise
        finally:
            with self._lock:
                del self._active[spec.model_id]
            active.ended.set()
            self._tell(spec.model_id)
        return self.state(spec.model_id)

    def _fail(self, model_id: str, error: AloudError) -> None:
        with self._lock:
            self._failures[model_id] = error
        self._tell(model_id)

    def _tell(self, model_id: str) -> None:
        self._watchers.tell(self.state(model_id))


def _sentence(spec: ModelSpec, transfer: Transfer) -> Wording:
    if transfer.checking:
        return Wording("Checking {file}", file=transfer.file)
    return Wording("Fetching {model}", model=spec.title)
