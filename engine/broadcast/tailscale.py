"""Tailscale, where this machine has it: an encrypted address for one's own devices, with nothing to trust.

``tailscale serve`` is the person's to switch on; here it is only found out whether it could be, and is.
"""

import json
import logging
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

log = logging.getLogger(__name__)

MAC_PROGRAM: Final = "/Applications/Tailscale.app/Contents/MacOS/Tailscale"
TIMEOUT_S: Final = 2.0


@dataclass(frozen=True, slots=True)
class Tailscale:
    """``origin`` is where it offers the room, or would: with ``command``, while it does not ``serve`` it."""

    origin: str
    command: str
    serves: bool


def find(port: int, scheme: str) -> Tailscale | None:
    """Tailscale as it stands for a room at ``port``, or None where it does not run. Blocks for up to 4 s."""
    program = shutil.which("tailscale") or shutil.which(MAC_PROGRAM)
    status = _answer(program, "status") if program else None
    if program is None or status is None or status.get("BackendState") != "Running":
        return None
    own = status.get("Self")
    name = str(own.get("DNSName", "")).rstrip(".") if isinstance(own, dict) else ""
    if not name:
        return None
    target = str(port) if scheme == "http" else f"https+insecure://localhost:{port}"
    shown = "tailscale" if Path(program).name == "tailscale" else MAC_PROGRAM
    return Tailscale(f"https://{name}", f"{shown} serve --bg {target}", _serves(program, name, port))


def _serves(program: str, name: str, port: int) -> bool:
    """Whether the whole of ``https://name`` is passed on to ``port`` of this machine."""
    web = (_answer(program, "serve", "status") or {}).get("Web")
    site = web.get(f"{name}:443") if isinstance(web, dict) else None
    handlers = site.get("Handlers") if isinstance(site, dict) else None
    root = handlers.get("/") if isinstance(handlers, dict) else None
    return isinstance(root, dict) and str(root.get("Proxy", "")).rstrip("/").endswith(f":{port}")


def _answer(program: str, *words: str) -> dict[str, Any] | None:
    try:
        done = subprocess.run(
            [program, *words, "--json"], capture_output=True, text=True, timeout=TIMEOUT_S, check=True
        )
        answer = json.loads(done.stdout)
    except (OSError, subprocess.SubprocessError, ValueError):
        log.debug("tailscale does not answer")
        return None
    return answer if isinstance(answer, dict) else None
