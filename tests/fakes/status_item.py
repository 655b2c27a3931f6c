"""A menu bar that the test looks at and clicks."""

from collections.abc import Callable

from PySide6.QtWidgets import QMenu

from app.presence import Doing


class FakeStatusItem:
    """Keeps ``StatusItem``."""

    def __init__(self) -> None:
        self.shown = False
        self.told: list[Doing] = []
        self.hint = ""
        self.installed = 0
        self.clicked: Callable[[], None] = lambda: None
        self.menu: QMenu | None = None

    def show(self, clicked: Callable[[], None], menu: QMenu) -> None:
        self.shown, self.clicked, self.menu = True, clicked, menu
        self.installed += 1

    def tell(self, doing: Doing, hint: str = "") -> None:
        if doing not in self.told[-1:]:
            self.told.append(doing)
        self.hint = hint

    def reinstall(self) -> None:
        self.installed += 1

    def hide(self) -> None:
        self.shown = False
