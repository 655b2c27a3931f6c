"""What ``aloud serve`` and ``aloud edge`` do; imported when they are called, for what they bring along."""

import argparse
import asyncio
import contextlib
import signal
import sys
from collections.abc import Callable

from msgspec.structs import replace as with_changes

from engine.audio.null import NullSink, NullSource
from engine.broadcast.edge import EdgeServer
from engine.broadcast.options import RoomOptions
from engine.cli.inviting import StandingInvitation
from engine.cli.terminal import TerminalView
from engine.headless import conversation, read_settings
from engine.settings import Settings, Sharing
from engine.sharing import EVERYWHERE, SharedRoom, page_folder


def run_serve(args: argparse.Namespace) -> int:
    """Runs ``serve`` until it is interrupted."""
    settings, problems = read_settings()
    view = TerminalView()
    for problem in problems:
        view.tell_error(problem)
    asyncio.run(_serve(settings, _sharing(settings, args), args, view))
    return 0


def run_edge(args: argparse.Namespace) -> int:
    """Runs ``edge`` until it is interrupted."""
    options = RoomOptions(
        host=EVERYWHERE if args.lan else "127.0.0.1",
        port=args.port,
        public_origins=frozenset(args.origin),
        proxies=frozenset(args.proxy),
        page=page_folder(),
        bus_url=args.bus,
        max_clients=1_000,
    )
    edge = EdgeServer(options)
    edge.start()
    print(f"This edge listens at port {edge.port}.", file=sys.stderr)
    try:
        asyncio.run(_until_told_to_stop())
    finally:
        edge.stop()
    return 0


def _sharing(settings: Settings, args: argparse.Namespace) -> Sharing:
    chosen = settings.sharing
    return with_changes(
        chosen,
        enabled=True,
        port=args.port or chosen.port,
        local_network=args.lan or chosen.local_network,
        encrypted=args.encrypted or chosen.encrypted,
        original_protocol=args.original or chosen.original_protocol,
        public_origins=(*chosen.public_origins, *args.origin),
        proxies=(*chosen.proxies, *args.proxy),
        bus_url=args.bus or chosen.bus_url,
    )


async def _serve(settings: Settings, sharing: Sharing, args: argparse.Namespace, view: TerminalView) -> None:
    loop = asyncio.get_running_loop()
    used: asyncio.Queue[str] = asyncio.Queue()
    room = SharedRoom(sharing, on_used=lambda token: _tell(loop, used.put_nowait, token), listen=args.listen)
    await asyncio.to_thread(room.open)
    sink = None if args.speaker else NullSink()
    try:
        shared = with_changes(settings, sharing=sharing)
        async with conversation(shared, sink=sink, source=NullSource()) as talk:
            talk.bus.subscribe(view)
            room.attach(talk)
            standing = asyncio.create_task(StandingInvitation(room, args.invite, view).keep(used))
            try:
                await _until_told_to_stop()
            finally:
                standing.cancel()
                await asyncio.gather(standing, return_exceptions=True)
            room.detach()
    finally:
        await asyncio.to_thread(room.close)


def _tell(loop: asyncio.AbstractEventLoop, call: Callable[[str], None], token: str) -> None:
    with contextlib.suppress(RuntimeError):  # the loop is closed: it is the end
        loop.call_soon_threadsafe(call, token)


async def _until_told_to_stop() -> None:
    told = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(NotImplementedError):
            loop.add_signal_handler(number, told.set)
    await told.wait()
