"""Runs the app on one asyncio loop on Qt's, from its first coroutine to its last thread."""

import asyncio
import contextlib
import logging
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

import qasync
from PySide6.QtCore import QSocketNotifier
from PySide6.QtWidgets import QApplication

from app.composition import CLOSING_AT_MOST_S, App

log = logging.getLogger(__name__)

WORK: Final = "work"
"""What the threads are called on which asyncio makes blocking calls."""

WORK_THREADS: Final = 10


def run_app(application: QApplication, app: App) -> list[str]:
    """Runs ``app`` to its end on a loop of its own; names the threads that would not end."""
    loop = qasync.QEventLoop(application)
    work = ThreadPoolExecutor(WORK_THREADS, WORK)
    loop.set_default_executor(work)
    asyncio.set_event_loop(loop)
    hooks = sys.get_asyncgen_hooks()
    # Without these a reply that is broken off is finalised outside of the loop.
    sys.set_asyncgen_hooks(loop._asyncgen_firstiter_hook, loop._asyncgen_finalizer_hook)
    try:
        with _quit_on_signals(app.quit):
            loop.run_until_complete(app.run())
        left = app.threads.join(CLOSING_AT_MOST_S)
        loop.run_until_complete(_drain(loop))
        left += _let_go(work)
    finally:
        sys.set_asyncgen_hooks(*hooks)
        loop.set_default_executor(None)  # closing the loop would wait for its calls without a limit
        loop.close()
        asyncio.set_event_loop(None)
    return left


def _let_go(work: ThreadPoolExecutor) -> list[str]:
    """Names the threads whose call does not return: a keyring may be asking its owner for a password."""
    work.shutdown(wait=False, cancel_futures=True)
    deadline_s = time.monotonic() + CLOSING_AT_MOST_S
    threads = [thread for thread in threading.enumerate() if thread.name.startswith(f"{WORK}_")]
    for thread in threads:
        thread.join(max(0.0, deadline_s - time.monotonic()))
    return [thread.name for thread in threads if thread.is_alive()]


async def _drain(loop: Any) -> None:
    """Ends what tasks are left, so that none is destroyed while pending; one that won't end is told of."""
    left = [task for task in asyncio.all_tasks(loop) if task is not asyncio.current_task()]
    for task in left:
        task.cancel()
    ended, late = await asyncio.wait(left, timeout=CLOSING_AT_MOST_S) if left else ((), ())
    for task in ended:
        if not task.cancelled():
            task.exception()  # nobody is left to be told of it
    for task in late:
        log.warning("%s did not end in time", task.get_name())
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
