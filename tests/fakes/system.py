"""The rest of a system that the test plays: what kind of app it takes Aloud for, and opening at login."""

from app.macos.login_item import LoginItemRefused


class FakeActivation:
    """Keeps ``Activation``."""

    def __init__(self) -> None:
        self.now = "accessory"
        self.forward = self.about = 0

    def regular(self) -> bool:
        return self._change("regular")

    def accessory(self) -> bool:
        return self._change("accessory")

    def come_forward(self) -> None:
        self.forward += 1

    def show_about(self) -> None:
        self.about += 1

    def _change(self, wanted: str) -> bool:
        before, self.now = self.now, wanted
        return before != wanted


class FakeLoginItem:
    """Keeps ``LoginItem``."""

    def __init__(self) -> None:
        self.on = False
        self.refuses = False

    def enabled(self) -> bool:
        return self.on

    def enable(self, wanted: bool) -> None:
        if self.refuses:
            raise LoginItemRefused("Not permitted.", "Ask.")
        self.on = wanted
