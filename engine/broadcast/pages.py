"""The page's few files, read once and served from memory, with headers that let it do nothing else."""

import gzip
import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Final

log = logging.getLogger(__name__)

_TYPES: Final = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".ico": "image/x-icon",
    ".json": "application/json",
    ".webmanifest": "application/manifest+json",
    ".wasm": "application/wasm",
    ".woff2": "font/woff2",
}
_COMPRESSED: Final = {".html", ".js", ".css", ".svg", ".json", ".webmanifest", ".wasm"}
AUTHORITY_PATH: Final = "/authority.crt"
MAX_FILES: Final = 64
MAX_FILE_BYTES: Final = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class _File:
    content_type: str
    body: bytes
    compressed: bytes | None


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


def security_headers(host_header: str) -> tuple[tuple[str, str], ...]:
    """What a page served here may do: talk to this server and nothing more.

    ``host_header`` was checked before. The socket's origin is spelt out because not every browser
    counts it as 'self'.
    """
    policy = (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
        f"connect-src 'self' ws://{host_header} wss://{host_header}; media-src 'self' data: blob:; "
        "manifest-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
    )
    return (
        ("Content-Security-Policy", policy),
        ("X-Content-Type-Options", "nosniff"),
        ("X-Frame-Options", "DENY"),
        ("Referrer-Policy", "no-referrer"),
        ("Cross-Origin-Opener-Policy", "same-origin"),
        ("Cross-Origin-Resource-Policy", "same-origin"),
        ("Permissions-Policy", "microphone=(self), camera=(), geolocation=()"),
    )


def plain_answer(status: int, text: str) -> Answer:
    """A short text for people."""
    return Answer(
        status,
        (("Content-Type", "text/plain; charset=utf-8"), ("X-Content-Type-Options", "nosniff")),
        f"{text}\n".encode(),
    )


class Pages:
    """The files of a folder, by the path they are asked for; nothing that is not listed is served.

    Raises ``OSError`` where ``authority`` (a certificate to download) or a listed file can't be read.
    """

    def __init__(self, folder: Path | None, authority: Path | None = None) -> None:
        self._files: dict[str, _File] = {}
        if authority is not None:
            self._files[AUTHORITY_PATH] = _File("application/x-x509-ca-cert", authority.read_bytes(), None)
        for path in sorted(folder.rglob("*")) if folder and folder.is_dir() else []:
            self._add(path, "/" + path.relative_to(folder or path).as_posix())
        if "/index.html" in self._files:
            self._files["/"] = self._files["/index.html"]

    def answer(self, method: str, target: str, host_header: str, accept_encoding: str) -> Answer:
        """The answer to a request whose host was checked."""
        if method != "GET":
            return plain_answer(405, "Only GET is understood here.")
        file = self._files.get(target.partition("?")[0])
        if file is None:
            return plain_answer(404, "There is no such page here.")
        headers = [("Content-Type", file.content_type), ("Cache-Control", "no-cache")]
        body = file.body
        if file.compressed is not None:
            headers.append(("Vary", "Accept-Encoding"))
            if "gzip" in accept_encoding.lower():
                headers.append(("Content-Encoding", "gzip"))
                body = file.compressed
        return Answer(200, (*headers, *security_headers(host_header)), body)

    def _add(self, path: Path, name: str) -> None:
        if not path.is_file() or path.is_symlink() or path.suffix not in _TYPES or "/." in name:
            return
        if len(self._files) >= MAX_FILES or path.stat().st_size > MAX_FILE_BYTES:
            log.warning("the page's folder holds more than a page; %s is not served", name)
            return
        body = path.read_bytes()
        compressed = gzip.compress(body, 9, mtime=0) if path.suffix in _COMPRESSED else None
        self._files[name] = _File(_TYPES[path.suffix], body, compressed)
