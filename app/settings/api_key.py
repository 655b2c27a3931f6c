"""The row for the key of a server: tried there, then kept in the system's keychain, or forgotten."""

import asyncio
from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject

from app import errors
from app.controls import TextButton
from app.fields import TextField
from app.settings.cards import Card, Row, beside
from app.settings.page import Page
from app.settings.server_address import server_name
from app.settings.services import Services
from engine.errors import AloudError, BrainUnreachable


class ApiKey(QObject):
    """A row of ``page`` for the key of the server that is chosen there.

    ``server`` gives its address, "" for OpenAI's; None where none is chosen. ``opened`` is told the models
    that a new key opens at a server.
    """

    def __init__(
        self,
        page: Page,
        card: Card,
        services: Services,
        *,
        server: Callable[[], str | None],
        opened: Callable[[str, Sequence[str]], None],
    ) -> None:
        super().__init__(page)
        self._page, self._services, self._server, self._opened = page, services, server, opened
        self.field = TextField(self.tr("API key"), page.colours, width=210)
        self.field.setEchoMode(TextField.EchoMode.Password)
        self.field.setPlaceholderText("sk-…")
        self.keep = TextButton(self.tr("Test and keep"), "", None, page.colours)
        self.keep.set_tinted(True)
        self.keep.clicked.connect(self._keep)
        self.field.returnPressed.connect(self._keep)
        self.field.textChanged.connect(lambda text: self.keep.setEnabled(bool(text.strip())))
        self.forget = TextButton(self.tr("Forget"), "", None, page.colours)
        self.forget.setAccessibleName(self.tr("Forget the API key"))
        self.forget.clicked.connect(lambda: self._page.work.do(self._forget(), self._fault))
        self.keep.setEnabled(False)
        control = beside(self.forget, self.field, self.keep)
        self.row = Row(self.tr("API key"), "", control, page.colours)
        card.add(self.row)
        self._show(False)

    async def look(self, server: str) -> None:
        """Shows whether a key for ``server`` is kept."""
        self._show(await asyncio.to_thread(self._services.find_key, server or None) is not None)

    def _show(self, kept: bool) -> None:
        self.forget.setVisible(kept)
        self.field.setPlaceholderText("••••••••••••" if kept else "sk-…")
        hint = (
            self.tr("Kept in the system's keychain.")
            if kept
            else self.tr("Goes into the system's keychain only.")
        )
        self.row.explain(hint)

    def _keep(self) -> None:
        key, server = self.field.text().strip(), self._server()
        if not key:
            return
        if server is None:
            self.row.complain(self.tr("Give the server's address first."))
            return
        self.row.complain("")
        self.row.explain(self.tr("Asking %s…") % server_name(server))
        self.keep.setEnabled(False)
        self._page.work.do(self._test_and_keep(key, server), self._fault)

    async def _test_and_keep(self, key: str, server: str) -> None:
        """A key that the server refuses is not kept; one that can't be tried is kept."""
        untried = ""
        models: Sequence[str] = ()
        try:
            models = await self._services.offered(server, key)
        except BrainUnreachable as error:
            untried = errors.words(error.message)
        await asyncio.to_thread(self._services.keep_key, key, server or None)
        self.field.clear()
        self._show(True)
        if untried:
            self.row.complain(self.tr("Kept, but not tried: %s") % untried)
        else:
            self.row.explain(self.tr("It works, and is kept in the system's keychain."))
            self._opened(server, models)
        self._services.key_changed()

    def _fault(self, error: AloudError) -> None:
        self._show(self.forget.isVisibleTo(self._page))
        self.keep.setEnabled(bool(self.field.text().strip()))
        self.row.complain(errors.told(error))

    async def _forget(self) -> None:
        await asyncio.to_thread(self._services.forget_key, self._server() or None)
        self._show(False)
        self.row.complain("")
        self._services.key_changed()
