"""What ``aloud serve`` and ``aloud edge`` do; imported when they are called, for what they bring along."""

import argparse
import asyncio
import contextlib
import signal
import sys

from msgspec.structs import replace as with_changes

from engine.audio.null import NullSink, NullSource
from engine.broadcast.edge import EdgeServer
from engine.broadcast.invitations import qr_text
from engine.broadcast.options import RoomOptions
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
        port=args.port or chosen.port,
        local_network=args.lan or chosen.local_network,
        encrypted=args.encrypted or chosen.encrypted,
        original_protocol=args.original or chosen.original_protocol,
        allowed_origins=(*chosen.allowed_origins, *args.origin),
        bus_url=args.bus or chosen.bus_url,
    )


async def _serve(settings: Settings, sharing: Sharing, args: argparse.Namespace, view: TerminalView) -> None:
    room = SharedRoom(sharing)
    await asyncio.to_thread(room.open)
    sink = None if args.speaker else NullSink()
    try:
        async with conversation(settings, sink=sink, source=NullSource()) as talk:
            talk.bus.subscribe(view)
            room.attach(talk)
            for invitation in room.invite(args.invite):
                view.tell(f"Open {invitation.url}")
            if sharing.local_network:
                view.tell(qr_text(room.invite(args.invite)[0].url))
            view.tell("Press Control-C to stop.")
            await _until_told_to_stop()
            room.detach()
    finally:
        await asyncio.to_thread(room.close)


async def _until_told_to_stop() -> None:
    told = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(NotImplementedError):
            loop.add_signal_handler(number, told.set)
    await told.wait()
