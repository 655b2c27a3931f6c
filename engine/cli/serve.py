"""``aloud serve``: the whole loop for browsers, without a screen; ``aloud edge``: one more door to it."""

import argparse

INVITED = ("owner", "talker", "typist", "listener")


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Adds ``serve`` and ``edge``."""
    serve = commands.add_parser("serve", help="share the conversation with browsers, without a window")
    serve.add_argument("--port", type=int, help="3000 unless the settings say otherwise")
    serve.add_argument("--lan", action="store_true", help="let the local network join (by invitation)")
    serve.add_argument("--encrypted", action="store_true", help="https, so that phones can talk")
    serve.add_argument("--original", action="store_true", help="also speak the original demo's protocol")
    serve.add_argument("--listen", default="", help="an address to listen at, in a container say")
    serve.add_argument(
        "--origin", action="append", default=[], help="the origin at which guests find it, behind a proxy say"
    )
    serve.add_argument(
        "--proxy", action="append", default=[], help="a proxy's address, believed for X-Forwarded-For"
    )
    serve.add_argument("--bus", help="nats:// or redis:// URL that edges are behind")
    serve.add_argument("--speaker", action="store_true", help="also play on this machine's speaker")
    serve.add_argument("--invite", choices=INVITED, default="owner", help="whom the printed link lets in")
    serve.set_defaults(run=_serve)
    edge = commands.add_parser("edge", help="serve a room that lives on another machine, over its bus")
    edge.add_argument("bus", help="nats:// or redis:// URL")
    edge.add_argument("--port", type=int, default=3000)
    edge.add_argument("--lan", action="store_true", help="listen beyond this machine")
    edge.add_argument("--origin", action="append", default=[], help="the origin a proxy serves it at")
    edge.add_argument(
        "--proxy", action="append", default=[], help="a proxy's address, believed for X-Forwarded-For"
    )
    edge.set_defaults(run=_edge)


def _serve(args: argparse.Namespace) -> int:
    from engine.cli.serving import run_serve

    return run_serve(args)


def _edge(args: argparse.Namespace) -> int:
    from engine.cli.serving import run_edge

    return run_edge(args)
