"""A look at the microphone's level outside of a turn."""

from collections.abc import Callable

import numpy as np
from PySide6.QtCore import QObject, QTimer, Signal

from engine.errors import DeviceError
from engine.ports import AudioSource

EVERY_MS = 50
SILENT_DBFS = -100.0


class LevelProbe(QObject):
    """Opens the microphone that ``make`` gives while it runs, and tells its level twenty times a second.

    Main thread; nothing blocks. ``failed`` carries the ``DeviceError`` that ended it.
    """

    level = Signal(float)
    failed = Signal(object)

    def __init__(self, make: Callable[[], AudioSource], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._make = make
        self._source: AudioSource | None = None
        self._timer = QTimer(self, interval=EVERY_MS)
        self._timer.timeout.connect(self.look)

    @property
    def running(self) -> bool:
        """Whether the microphone is held."""
        return self._source is not None

    def start(self) -> None:
        """Opens the microphone. Harmless while it runs."""
        if self._source is not None:
            return
        try:
            self._source = self._make()
            self._source.open()
        except DeviceError as error:
            self._fail(error)
            return
        self._timer.start()

    def stop(self) -> None:
        """Lets go of the microphone. Harmless when stopped."""
        self._timer.stop()
        source, self._source = self._source, None
        if source is not None:
            source.close()

    def look(self) -> None:
        """Tells the level of what came since the last look; nothing where nothing came."""
        if self._source is None:
            return
        try:
            samples = self._source.read()
        except DeviceError as error:
            self._fail(error)
            return
        if len(samples):
            rms = float(np.sqrt(np.mean(np.square(samples, dtype=np.float64))))
            self.level.emit(20 * float(np.log10(rms)) if rms > 1e-5 else SILENT_DBFS)

    def _fail(self, error: DeviceError) -> None:
        self.stop()
        self.failed.emit(error)
