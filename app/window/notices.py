"""What the window says above the transcript: what went wrong, and that the small brain is a demo."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from app.theme import Colours
from app.window.banner import Banner, BannerStack
from app.window.part import Part
from engine.errors import AloudError
from engine.events import BackendState
from engine.wording import Wording

DEMO_BRAIN = "SmolLM2"


class Notices(BannerStack):
    """``error`` and, below it, ``demo``; ``brain_wanted`` asks for another brain than the demo."""

    brain_wanted = Signal()

    def __init__(self, colours: Colours, column_px: int, parent: QWidget) -> None:
        super().__init__(colours, column_px, parent)
        self._complained_of: AloudError | None = None
        self._demo_dismissed = False
        self.error = Banner(colours, self)
        self.demo = Banner(colours, self, alarming=False)
        for banner in (self.error, self.demo):
            banner.resized.connect(self.place)
        self.demo.acted.connect(self.brain_wanted)
        self.demo.dismissed.connect(self._dismiss_demo)

    def set_colours(self, colours: Colours) -> None:
        """Takes other colours."""
        super().set_colours(colours)
        for banner in (self.error, self.demo):
            banner.set_colours(colours)

    def tell(self, error: AloudError) -> None:
        """Says what went wrong."""
        self._complained_of = error
        self.error.tell(error)

    def tell_part(self, part: Part) -> None:
        """Says that ``part`` does not work."""
        self.error.say(part.detail or Wording("Something is not working."), part.remedy)

    def withdraw(self, error: AloudError) -> None:
        """Takes back what is said of ``error``, which is over."""
        if self._complained_of is error:
            self.move_on()

    def move_on(self) -> None:
        """Says no more of what went wrong."""
        self._put_away(self.error)

    def show_brain(self, part: Part) -> None:
        """Says that the brain is a demo, if it is and nobody has put that away yet."""
        demo = DEMO_BRAIN.lower() in part.name.lower() and part.state is BackendState.READY
        if demo and not self._demo_dismissed:
            self.demo.say(
                Wording("The small brain is a demo"),
                Wording("It answers offline, and often wrongly. Choose OpenAI or a local server."),
                self.tr("Choose…"),
            )
        elif not demo:
            self._put_away(self.demo)

    def _dismiss_demo(self) -> None:
        self._demo_dismissed = True

    def _put_away(self, banner: Banner) -> None:
        if banner.isVisible():
            banner.hide()
            self.place()
