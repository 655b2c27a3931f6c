"""A ``tailscale`` program that answers as it is told to."""

import json
from pathlib import Path
from typing import Any

NAME = "mac.tail1.ts.net"
RUNS = {"BackendState": "Running", "Self": {"DNSName": f"{NAME}."}}


class FakeTailscale:
    """A program in ``folder``, which is to be the (first) folder in the PATH."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.answer(RUNS)
        self.serves(None)
        program = folder / "tailscale"
        program.write_text(
            f'#!/bin/sh\nif [ "$1" = serve ]; then cat "{folder}/serve"; else cat "{folder}/status"; fi\n'
        )
        program.chmod(0o755)

    def answer(self, status: Any) -> None:
        """What ``tailscale status`` tells from now on."""
        (self._folder / "status").write_text(status if isinstance(status, str) else json.dumps(status))

    def serves(self, port: int | None, path: str = "/") -> None:
        """What ``tailscale serve status`` tells from now on."""
        site = {"Handlers": {path: {"Proxy": f"http://127.0.0.1:{port}"}}}
        web = {} if port is None else {"Web": {f"{NAME}:443": site}}
        (self._folder / "serve").write_text(json.dumps(web))
