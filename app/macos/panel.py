"""Makes a Qt window float over full-screen apps, on every Space, never to be clicked or activated."""

from typing import Any

from PySide6.QtWidgets import QWidget

from app.macos.activation import on_a_mac


def float_over_everything(widget: QWidget) -> None:
    """Tells macOS so; elsewhere the window's flags say enough. Call it before the window is first shown."""
    if on_a_mac():
        _float(_window_of(widget))


def _window_of(widget: QWidget) -> Any:
    import objc

    return objc.objc_object(c_void_p=int(widget.winId())).window()


def _float(window: Any) -> None:
    import AppKit

    window.setLevel_(AppKit.NSStatusWindowLevel)
    window.setCollectionBehavior_(
        AppKit.NSWindowCollectionBehaviorCanJoinAllSpaces
        | AppKit.NSWindowCollectionBehaviorFullScreenAuxiliary
        | AppKit.NSWindowCollectionBehaviorStationary
        | AppKit.NSWindowCollectionBehaviorIgnoresCycle
    )
    window.setStyleMask_(window.styleMask() | AppKit.NSWindowStyleMaskNonactivatingPanel)
    window.setHidesOnDeactivate_(False)
    window.setIgnoresMouseEvents_(True)
