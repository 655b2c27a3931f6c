"""Rows of the voice's page that only Kyutai's voice has: further speakers, and voices of the hub."""

import asyncio
from collections.abc import Sequence

from PySide6.QtCore import Signal

from app import errors
from app.controls import TextButton
from app.forms import Choice
from app.settings.cards import Row, beside
from app.settings.work import Work
from app.theme import Colours
from engine.errors import AloudError
from engine.models import Models, voices
from engine.models.catalog import KYUTAI_VOICES


def voice_name(voice: str) -> str:
    """A voice as a person reads it: the names of Kyutai's are paths of files."""
    folder, _, file = voice.rpartition("/")
    name = file.removesuffix(".wav").replace("_", " ").replace("-", " ")
    return f"{name.title()} ({folder})" if folder else name[:1].upper() + name[1:]


class OtherSpeakers(Row):
    """Who else speaks in an answer; ``picked`` carries their voices, joined by "+", "" for nobody."""

    picked = Signal(str)

    def __init__(self, colours: Colours) -> None:
        self.choice = Choice(self.tr("Other speakers"), colours)
        hint = self.tr("In an answer, lines that begin with S1: to S5: take turns.")
        super().__init__(self.tr("Other speakers"), hint, self.choice, colours)
        self.choice.picked.connect(self.picked.emit)

    def offer(self, names: Sequence[str], chosen: str, most: int) -> None:
        """Offers ``names`` beside the voices of ``chosen``, the first of which speaks anyway."""
        first, _, others = chosen.partition("+")
        options = [("", self.tr("Nobody"))]
        if others:
            options.append((others, ", ".join(voice_name(name) for name in others.split("+"))))
        if chosen.count("+") + 1 < most:
            taken = {first, *others.split("+")}
            options += [
                (f"{others}+{name}" if others else name, self.tr("Add %s") % voice_name(name))
                for name in names
                if name not in taken
            ]
        self.choice.offer(options, others)
        self.setVisible(most > 1 and (len(names) > 1 or bool(others)))


class MoreVoices(Row):
    """Looks what voices the hub has, and fetches one; ``added`` carries its name once it is here."""

    added = Signal(str)

    def __init__(self, models: Models, work: Work, colours: Colours) -> None:
        self.choice = Choice(self.tr("Voices of the hub"), colours)
        self.button = TextButton(self.tr("Look"), "search", None, colours)
        self.button.set_tinted(True)
        hint = self.tr("Some hundred voices can be downloaded for Kyutai, 0.3 MB each.")
        super().__init__(self.tr("More voices"), hint, beside(self.choice, self.button), colours)
        self._models, self._work = models, work
        self.choice.hide()
        self.button.clicked.connect(self._press)
        self.setVisible(any(state.spec.model_id == KYUTAI_VOICES.model_id for state in models.states()))

    def _press(self) -> None:
        self.complain("")
        self.button.setEnabled(False)
        self._work.do(self._add() if self.choice.isVisibleTo(self) else self._look(), self._failed)

    async def _look(self) -> None:
        offered = await asyncio.to_thread(voices.offered, self._models)
        options = [
            (voice.name, f"{voice_name(voice.name)}, {voice.licence}") for voice in offered if not voice.here
        ]
        self.button.setEnabled(bool(options))
        if options:
            self.choice.offer(options, options[0][0])
            self.choice.show()
            self.button.set_content(self.tr("Add"), "download")
            self.button.updateGeometry()
        else:
            self.explain(self.tr("Every voice of the hub is here."))

    async def _add(self) -> None:
        name = str(self.choice.value)
        await asyncio.to_thread(voices.add, self._models, name)
        self.choice.removeItem(self.choice.currentIndex())
        self.button.setEnabled(self.choice.count() > 0)
        self.explain(self.tr("%s is here and can be chosen.") % voice_name(name))
        self.added.emit(name)

    def _failed(self, error: AloudError) -> None:
        self.button.setEnabled(True)
        self.complain(errors.told(error))
