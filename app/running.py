"""Runs the app on one asyncio loop on Qt's, from its first coroutine to its last thread."""

import asyncio
import contextlib
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from typing import Any

import qasync
from PySide6.QtCore import QSocketNotifier
from PySide6.QtWidgets import QApplication

from app.composition import CLOSING_AT_MOST_S, App


def run_app(application: QApplication, app: App) -> list[str]:
    """Runs ``app`` to its end on a loop of its own; names the threads that would not end."""
    loop = qasync.QEventLoop(application)
    asyncio.set_event_loop(loop)
    hooks = sys.get_asyncgen_hooks()
    # Without these a reply that is broken off is finalised outside of the loop.
    sys.set_asyncgen_hooks(loop._asyncgen_firstiter_hook, loop._asyncgen_finalizer_hook)
    try:
        with _quit_on_signals(app.quit):
            loop.run_until_complete(app.run())
        left = app.threads.join(CLOSING_AT_MOST_S)
        loop.run_until_complete(_drain(loop))
    finally:
        sys.set_asyncgen_hooks(*hooks)
        loop.close()
        asyncio.set_event_loop(None)
    return left


async def _drain(loop: Any) -> None:
    """Ends what tasks are left, so that none is destroyed while pending."""
    left = [task for task in asyncio.all_tasks(loop) if task is not asyncio.current_task()]
    for task in left:
        task.cancel()
    await asyncio.gather(*left, return_exceptions=True)
    await loop.shutdown_asyncgens()


@contextlib.contextmanager
def _quit_on_signals(quit_app: Callable[[], None]) -> Iterator[None]:
    """SIGINT and SIGTERM quit; a Qt loop would otherwise not look at them until the next Python call."""
    near, far = socket.socketpair()
    near.setblocking(False)
    far.setblocking(False)
    old_fd = signal.set_wakeup_fd(far.fileno())
    old = {number: signal.signal(number, lambda *_: None) for number in (signal.SIGINT, signal.SIGTERM)}
    notifier = QSocketNotifier(near.fileno(), QSocketNotifier.Type.Read)
    notifier.activated.connect(quit_app)
    try:
        yield
    finally:
        notifier.setEnabled(False)
        signal.set_wakeup_fd(old_fd)
        for number, handler in old.items():
            signal.signal(number, handler)
        near.close()
        far.close()
