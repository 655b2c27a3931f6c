"""The page about the brain: who writes the answers, under which key, and in which manner."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QWidget

from app import errors
from app.amounts import number
from app.controls import TextButton
from app.fields import TextArea, TextField
from app.forms import Choice, breakable
from app.settings.api_key import ApiKey
from app.settings.cards import Card, Row
from app.settings.page import Page
from app.settings.personas import PersonaButtons
from app.settings.server_address import address_fault
from app.settings.services import Services
from app.settings.store import SettingsStore
from app.theme import Theme
from engine.errors import AloudError, KeyMissing
from engine.events import BackendState, BackendStateChanged, Port
from engine.llm.discover import Found


class BrainPage(Page):
    """Provider, key, model and manner. Servers that run on this machine are offered."""

    def __init__(
        self, store: SettingsStore, services: Services, theme: Theme, parent: QWidget | None = None
    ) -> None:
        super().__init__(store, theme, parent)
        self._services = services
        self._offered: dict[str, Sequence[str]] = {}
        self.set_title(self.tr("Brain"))
        card = self.card()
        self.provider = self.choice(
            card, self.tr("Who answers"), "", "brain", "provider",
            [
                ("auto", self.tr("OpenAI where a key is kept, else offline")),
                ("openai", self.tr("OpenAI")),
                ("compatible", self.tr("Another server")),
                ("embedded", self.tr("This machine, offline")),
            ],
            resets={"model": ""},
        )  # fmt: skip
        self._add_server(card)
        self.key = ApiKey(self, card, services, server=lambda: self.server, opened=self.show_models)
        self._add_model(card)
        self.found = self.card(self.tr("Servers on this machine"))
        self.again = TextButton(self.tr("Look again"), "retry", None, self.colours)
        self.again.clicked.connect(self.look)
        self.show_servers(())
        self._add_manner()
        services.bridge.backend_state_changed.connect(self._part)
        self.refreshed_by(self._show_provider)

    # What a server says --------------------------------------------------------------------

    def showEvent(self, event: QShowEvent) -> None:
        """Looks for servers, a key, and the models it opens."""
        super().showEvent(event)
        self.look()

    def look(self) -> None:
        """Asks anew what there is."""
        self.work.do(self._look())
        self.ask_for_models()

    def ask_for_models(self) -> None:
        """Reads the list of models from the server that is chosen."""
        if self.server is not None:
            self.work.do(self._ask(self.server, ""), self._no_models)

    @property
    def server(self) -> str | None:
        """The address of the chosen server, "" for OpenAI's; None where no server is asked."""
        brain = self.store.settings.brain
        if brain.provider == "compatible":
            return brain.base_url or None
        return None if brain.provider == "embedded" else ""

    def show_servers(self, found: Sequence[Found]) -> None:
        """Offers ``found``, each with a button that takes it."""
        self.found.clear()
        chosen = self.store.settings.brain
        for server in found:
            use = TextButton(self.tr("Use"), "", None, self.colours)
            use.set_tinted(True)
            name = errors.words(server.name)
            use.setAccessibleName(self.tr("Use %s") % name)
            use.clicked.connect(lambda _=False, server=server: self._use(server))
            here = chosen.provider == "compatible" and chosen.base_url == server.base_url
            if here:
                use.set_content(self.tr("In use"), "check")
                use.setEnabled(False)
            many = self.tr("wants a key") if server.wants_key else ", ".join(server.models[:3])
            self.found.add(Row(name, breakable(f"{server.base_url} · {many}"), use, self.colours))
        words = (
            "" if found else self.tr("Ollama, LM Studio, llama.cpp and others are found here once they run.")
        )
        self.found.add(Row("", words, self.again, self.colours))

    def show_models(self, server: str, models: Sequence[str]) -> None:
        """Offers the models of ``server``."""
        self._offered[server] = models
        self.model_row.complain("")
        brain = self.store.settings.brain
        if models and brain.provider == "compatible" and not brain.model and server == brain.base_url:
            self.store.change("brain", model=models[0])  # there is no default to fall back on
        self._show_provider()

    async def _look(self) -> None:
        self.show_servers(await self._services.servers())
        server = self.server
        if server is not None:
            await self.key.look(server)

    async def _ask(self, server: str, key: str) -> None:
        self.show_models(server, await self._services.offered(server, key))

    def _no_models(self, error: AloudError) -> None:
        if not isinstance(error, KeyMissing):
            self.model_row.complain(errors.told(error))

    def _use(self, server: Found) -> None:
        model = server.models[0] if server.models else ""
        self._offered[server.base_url] = server.models
        self.store.change("brain", provider="compatible", base_url=server.base_url, model=model)
        self.look()

    # Rows ------------------------------------------------------------------------------------

    def _add_server(self, card: Card) -> None:
        self.address = self.text(
            card, self.tr("Address"), self.tr("Where its OpenAI-compatible interface is."),
            "brain", "base_url", check=address_fault, width=280,
        )  # fmt: skip
        assert isinstance(self.address.control, TextField)
        self.address.control.setPlaceholderText("http://localhost:11434/v1")

    def _add_model(self, card: Card) -> None:
        self.model_row = self.choice(card, self.tr("Model"), "", "brain", "model", [])
        self.local_row = self.choice(
            card, self.tr("Model on this machine"), self.tr("Bigger ones are on the page about models."),
            "brain", "gguf_file", [],
        )  # fmt: skip

    def _add_manner(self) -> None:
        card = self.card(
            self.tr("Manner"),
            self.tr("What the brain is told before every conversation. Empty for the default."),
        )
        self.personas = PersonaButtons(self.colours)
        self.prompt = TextArea(self.tr("System prompt"), self.colours)
        self.prompt.setPlaceholderText(self.tr("You speak aloud: short sentences, no lists…"))
        self.personas.chosen.connect(self._take_prompt)
        self.prompt.entered.connect(self._take_prompt)
        card.add(Row("", "", self.personas, self.colours, below=True))
        self.prompt_row = Row("", "", self.prompt, self.colours, below=True)
        card.add(self.prompt_row)
        self.slider(
            card, self.tr("Imagination"), self.tr("Low is exact, high is surprising."),
            "brain", "temperature", steps=(0, 20), per_unit=10, words=number,
        )  # fmt: skip
        self.text(
            card, self.tr("Longest answer"), self.tr("In tokens, about three quarters of a word each."),
            "brain", "longest_reply_tokens", read=int, width=90,
        )  # fmt: skip
        self.refreshed_by(self._show_prompt)

    # Showing and taking ------------------------------------------------------------------------

    def _show_prompt(self) -> None:
        prompt = self.store.settings.brain.system_prompt
        if not self.prompt_row.error.text():
            self.prompt.show_value(prompt)
        self.personas.show_prompt(prompt)

    def _take_prompt(self, prompt: str) -> None:
        reason = self.store.change("brain", system_prompt=prompt.strip())
        self.prompt_row.complain(reason)

    def _show_provider(self) -> None:
        brain = self.store.settings.brain
        asked = self.server is not None
        self.address.setVisible(brain.provider == "compatible")
        self.key.row.setVisible(asked or brain.provider == "compatible")
        self.model_row.setVisible(asked)
        self.local_row.setVisible(brain.provider == "embedded")
        self._offer_local()
        models = self._offered.get(self.server or "", ())
        default = [("", self.tr("Default"))] if brain.provider != "compatible" or not models else []
        choice = self.model_row.control
        assert isinstance(choice, Choice)
        choice.offer([*default, *((model, model) for model in models)], brain.model)

    def _offer_local(self) -> None:
        """The brains whose weights are on this machine, the one in the package first."""
        files = {"": self.tr("SmolLM2 (a small demo)")}
        for state in self._services.models.states():
            if state.ready and state.spec.port is Port.LANGUAGE_MODEL and state.folder is not None:
                files[str(state.folder / state.spec.files[0].name)] = errors.words(state.spec.title)
        chosen = self.store.settings.brain.gguf_file
        files.setdefault(chosen, Path(chosen).name)
        choice = self.local_row.control
        assert isinstance(choice, Choice)
        choice.offer(list(files.items()), chosen)

    def _stored(self, before: object, after: object) -> None:
        super()._stored(before, after)
        was, now = before.brain, after.brain  # type: ignore[attr-defined]
        if (was.provider, was.base_url) != (now.provider, now.base_url):
            self.model_row.complain("")
            self.look()

    def _part(self, event: BackendStateChanged) -> None:
        if event.port is Port.LANGUAGE_MODEL:
            loading = event.state in (BackendState.LOADING, BackendState.RESTARTING)
            words = self.tr("Loading %s…") if loading else self.tr("Now: %s")
            self.provider.explain(words % errors.words(event.name))
