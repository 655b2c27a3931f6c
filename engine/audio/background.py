"""A microphone that nobody waits for: a device takes tens of milliseconds to open, a headset 0.7 s."""

import threading
from collections.abc import Callable
from concurrent.futures import Future, wait

from engine.errors import DeviceError
from engine.pcm import SILENCE, Pcm
from engine.ports import AudioSource


class BackgroundSource:
    """The AudioSource port over another one, which it opens and closes on threads of their own.

    ``open`` and ``close`` return at once; until the device is open, ``read`` gives nothing. What
    ``open`` would have raised is raised by the next ``read`` instead, once. What raises is closed.
    """

    def __init__(self, source: AudioSource) -> None:
        self._source = source
        self._opening: Future[None] | None = None
        self._last: Future[None] | None = None

    @property
    def live(self) -> bool:
        """Whether the source is open and live itself."""
        opening = self._opening
        return opening is not None and opening.done() and opening.exception() is None and self._source.live

    def open(self) -> None:
        """Begins to open the source. Harmless when open."""
        if self._opening is None:
            self._opening = self._after_the_last(self._source.open)

    def read(self) -> Pcm:
        """All samples since the last call; nothing while it is not open yet, or closed."""
        if self._opening is None or not self._opening.done():
            return SILENCE
        try:
            self._opening.result()
            return self._source.read()
        except DeviceError:
            self.close()
            raise

    def close(self) -> None:
        """Begins to close the source. Harmless when closed."""
        if self._opening is not None:
            self._opening = None
            self._after_the_last(self._source.close)

    def _after_the_last(self, job: Callable[[], None]) -> Future[None]:
        """Starts ``job`` on a thread, once the job before it is done."""
        before, done = self._last, Future[None]()

        def run() -> None:
            if before is not None:
                wait([before])
            try:
                job()
            except BaseException as error:  # noqa: BLE001 (whoever reads gets it)
                done.set_exception(error)
            else:
                done.set_result(None)

        threading.Thread(target=run, name="microphone", daemon=True).start()
        self._last = done
        return done
