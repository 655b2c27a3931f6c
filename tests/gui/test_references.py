"""PySide 6.12.0 loses a reference to None at every call on Python 3.11, which ends the process after some
thousands of them. This fails on such a version; the bound in packaging/requirements.in can go when a
later one passes."""

import sys

from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot


def test_calls_into_qt_keep_none_alive(qtbot: QtBot) -> None:
    label = QLabel()
    qtbot.addWidget(label)
    before = sys.getrefcount(None)
    for _ in range(500):
        label.setText("x")
    assert sys.getrefcount(None) > before - 250
