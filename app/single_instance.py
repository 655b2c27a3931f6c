"""One Aloud at a time: a second start shows the first one's window and ends."""

import hashlib
import logging
from pathlib import Path
from typing import Final

from PySide6.QtCore import QLockFile, QObject, Signal
from PySide6.QtNetwork import QLocalServer, QLocalSocket

log = logging.getLogger(__name__)

SHOW: Final = b"show\n"
WAIT_MS: Final = 1_000
"""The first one answers within milliseconds unless it hangs, and then it need not be waited for."""


class SingleInstance(QObject):
    """Holds the place of the one Aloud that keeps its files in ``folder``.

    ``first`` is False where another one has it; that one has then been asked to show itself, unless
    ``ask`` is False, and ``answered`` says whether all went well. ``shown_wanted`` tells that a later
    start asks the same. Lives on the main thread; blocks it for a moment at a second start only.
    """

    shown_wanted = Signal()

    def __init__(self, folder: Path, parent: QObject | None = None, *, ask: bool = True) -> None:
        super().__init__(parent)
        folder.mkdir(parents=True, exist_ok=True)
        self._name = "aloud-" + hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:16]
        self._lock = QLockFile(str(folder / "running.lock"))
        self._lock.setStaleLockTime(0)  # only the end of its process frees it, not its age
        self._server = QLocalServer(self)
        self._server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        self._server.newConnection.connect(self._answer)
        self.first = self._lock.tryLock(0)
        self.answered = False
        if self.first:
            self._listen()
        elif self._lock.error() is QLockFile.LockError.LockFailedError:
            self.answered = self._ask() if ask else True
        else:
            log.warning("no lock can be had in %s; a second start will not be noticed", folder)
            self.first = True

    def close(self) -> None:
        """Makes room for another one."""
        self._server.close()
        self._lock.unlock()

    def _listen(self) -> None:
        QLocalServer.removeServer(self._name)  # what a crash has left
        if not self._server.listen(self._name):
            log.warning("a second start can't be heard: %s", self._server.errorString())

    def _ask(self) -> bool:
        socket = QLocalSocket()
        socket.connectToServer(self._name)
        asked = socket.waitForConnected(WAIT_MS) and socket.write(SHOW) == len(SHOW)
        asked = asked and (socket.bytesToWrite() == 0 or socket.waitForBytesWritten(WAIT_MS))
        socket.disconnectFromServer()
        return asked

    def _answer(self) -> None:
        while self._server.hasPendingConnections():
            socket = self._server.nextPendingConnection()
            socket.disconnected.connect(socket.deleteLater)
            self.shown_wanted.emit()
