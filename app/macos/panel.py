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


def levels() -> tuple[int, int, int]:
    """AppKit's numbers for such a window: its level, its behaviour among Spaces, and a bit of its style."""
    import AppKit

    behaviour = (
        AppKit.NSWindowCollectionBehaviorCanJoinAllSpaces
        | AppKit.NSWindowCollectionBehaviorFullScreenAuxiliary
        | AppKit.NSWindowCollectionBehaviorStationary
        | AppKit.NSWindowCollectionBehaviorIgnoresCycle
    )
    return AppKit.NSStatusWindowLevel, behaviour, AppKit.NSWindowStyleMaskNonactivatingPanel


def _float(window: Any) -> None:
    level, behaviour, never_activates = levels()
    window.setLevel_(level)
    window.setCollectionBehavior_(behaviour)
    window.setStyleMask_(window.styleMask() | never_activates)
    window.setHidesOnDeactivate_(False)
    window.setIgnoresMouseEvents_(True)
