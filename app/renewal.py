"""A window made anew, in another language or text size, in the place of the one before it."""

from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QApplication, QScrollArea, QWidget


def take_place(old: QWidget, new: QWidget, old_part: QWidget, new_part: QWidget) -> None:
    """Lets ``new`` stand where ``old`` stands, and ``new_part`` of it as ``old_part`` does.

    The same control has the keyboard's focus, where one had it, and the part is scrolled as far.
    """
    new.setGeometry(old.geometry())
    focused, controls = old.focusWidget(), _controls(old_part)
    if focused in controls:
        place, again = controls.index(focused), _controls(new_part)
        if place < len(again) and type(again[place]) is type(focused):
            again[place].setFocus(Qt.FocusReason.OtherFocusReason)
    if isinstance(old_part, QScrollArea) and isinstance(new_part, QScrollArea):
        QApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest.value)  # so that it is as long as it is
        new_part.verticalScrollBar().setValue(old_part.verticalScrollBar().value())


def _controls(part: QWidget) -> list[QWidget]:
    return [child for child in part.findChildren(QWidget) if child.focusPolicy() & Qt.FocusPolicy.TabFocus]
