"""Collects Python's cyclic garbage on the main thread only.

Python collects on whichever thread happens to allocate. A widget in a reference cycle would then be
destroyed on a worker's thread, which Qt does not allow (its timers can't be stopped from there, and
at worst the process ends). So the automatic collector is off while the app runs, and this does its
work between events, the large collections only while no turn is in flight.
"""

import gc
from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer

EVERY_MS = 1_000


class GarbageCollector(QObject):
    """Takes over from Python's collector until ``stop``. ``busy`` says whether a pause would be noticed."""

    def __init__(self, busy: Callable[[], bool], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._busy = busy
        self._was_enabled = gc.isenabled()
        gc.disable()
        gc.freeze()  # what is imported by now stays, and need not be looked at again
        self._timer = QTimer(self, interval=EVERY_MS)
        self._timer.timeout.connect(self.collect_some)
        self._timer.start()

    def collect_some(self) -> None:
        """What Python would have collected by now: the youngest, and at rest the older generations too."""
        counts, limits = gc.get_count(), gc.get_threshold()
        if self._busy():
            if counts[0] > limits[0]:
                gc.collect(0)
            return
        for generation in (2, 1, 0):
            if counts[generation] > limits[generation]:
                gc.collect(generation)
                return

    def settle(self) -> None:
        """Leaves out of later collections what is here now and will stay: imported modules and models."""
        gc.collect()
        gc.freeze()

    def stop(self) -> None:
        """Gives the work back to Python, which wants to take everything apart when it ends."""
        self._timer.stop()
        gc.unfreeze()
        if self._was_enabled:
            gc.enable()
