"""Aloud's open windows: what is before the person, and what kind of app Aloud is because of it.

The one place that chooses between an app with a Dock icon and one that lives in the menu bar only.
"""

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QGuiApplication, QWindow
from PySide6.QtWidgets import QApplication, QWidget

from app.macos.activation import Activation, NoActivation


class OpenWindows(QObject):
    """Knows the windows that were brought or watched, and the dialogs that belong to them. Main thread.

    ``flipped`` tells that the system's idea of the app has really changed, which detaches the item in a
    Mac's menu bar; ``emptied`` that the last window was closed; ``brought`` carries one that was asked for.
    """

    flipped = Signal()
    emptied = Signal()
    brought = Signal(QWidget)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._windows: list[QWidget] = []
        self._activation: Activation = NoActivation()
        self._were_open = self._closed = False
        application = QGuiApplication.instance()
        assert isinstance(application, QGuiApplication)
        self._application = application
        application.focusWindowChanged.connect(self._focus_moved)  # a dialog that closes tells nothing else

    @property
    def any_open(self) -> bool:
        """Whether a window of ours is open, minimised or not."""
        return any(self._is_ours(widget) and widget.isVisible() for widget in QApplication.topLevelWidgets())

    @property
    def any_in_sight(self) -> bool:
        """Whether a person has a window of ours before them."""
        return any(
            self._is_ours(widget) and widget.isVisible() and not widget.isMinimized()
            for widget in QApplication.topLevelWidgets()
        )

    def follow(self, activation: Activation) -> None:
        """Tells ``activation`` what kind of app this is, now and from now on."""
        self._activation = activation
        self._settle()
        if self._were_open:
            activation.come_forward()

    def watch(self, window: QWidget) -> None:
        """Counts ``window`` among ours. Harmless when it is."""
        if window not in self._windows:
            self._windows.append(window)
            window.installEventFilter(self)
            window.destroyed.connect(lambda: self._forget(window))

    def bring(self, window: QWidget) -> None:
        """Opens ``window``, or brings it back from the Dock, and to the front."""
        self.watch(window)
        if self._activation.regular():
            self.flipped.emit()
        self._activation.come_forward()
        if window.isMinimized():
            window.setWindowState(window.windowState() & ~Qt.WindowState.WindowMinimized)
        window.show()
        window.raise_()
        window.activateWindow()
        self.brought.emit(window)

    def close(self) -> None:
        """Follows nothing any more. Harmless when closed."""
        if not self._closed:
            self._closed = True
            self._application.focusWindowChanged.disconnect(self._focus_moved)
        for window in self._windows:
            window.removeEventFilter(self)
        self._windows.clear()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Looks for windows that open and close, and stops nothing."""
        if event.type() in (QEvent.Type.Show, QEvent.Type.Hide):
            self._settle()
        return False

    def _is_ours(self, widget: QWidget) -> bool:
        """A dialog's parents lead to the window that it belongs to."""
        one: QWidget | None = widget
        while one is not None:
            if one in self._windows:
                return True
            one = one.parentWidget()
        return False

    def _forget(self, window: QWidget) -> None:
        if window in self._windows:
            self._windows.remove(window)

    def _focus_moved(self, window: QWindow | None) -> None:
        self._settle()

    def _settle(self) -> None:
        open_now = self.any_open
        changed = self._activation.regular() if open_now else self._activation.accessory()
        if changed:
            self.flipped.emit()
        before, self._were_open = self._were_open, open_now
        if before and not open_now:
            self.emptied.emit()
