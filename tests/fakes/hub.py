"""A model hub on loopback, as far as the real client asks of it: a hub and a CDN, two origins.

Small files come from the hub with git's blob hash as their ETag, large ones by a redirect to the CDN
with the SHA-256 that the hub names, as on the real one. Faults are set per file and used up request
by request.
"""

import hashlib
import json
import sys
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self
from urllib.parse import unquote

LARGE_BYTES = 2_000
COMMIT = "c0ffee" + "0" * 34


@dataclass
class Asked:
    """A request as it came, and how many bytes of a body went out."""

    method: str
    origin: str
    path: str
    range: str
    authorization: str
    sent: int = 0


@dataclass
class Fault:
    """What goes wrong with one answer: cut after so many bytes, a status, or other bytes than promised."""

    cut_after: int | None = None
    status: int | None = None
    body: bytes | None = None
    hold: threading.Event | None = None
    code: str = ""


@dataclass
class FakeHub:
    """``with FakeHub({...}) as hub`` serves ``hub.endpoint``. ``files`` is {repo_id: {name: bytes}}."""

    files: dict[str, dict[str, bytes]]
    commit: str = COMMIT
    token: str = ""
    resumes: bool = True
    own_etags: bool = False  # names small files by something that is no hash, as a mirror may
    portal: bool = False  # answers everything with a log-in page, as a hotel's network does
    faults: dict[str, list[Fault]] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)

    def __enter__(self) -> Self:
        self._servers = [self._serve("hub"), self._serve("cdn")]
        self.endpoint, self.cdn = (f"http://127.0.0.1:{server.server_address[1]}" for server in self._servers)
        return self

    def __exit__(self, *ended: object) -> None:
        for server in self._servers:
            server.shutdown()
            server.server_close()

    def fail(self, name: str, *faults: Fault) -> None:
        """The next GETs of ``name``'s bytes meet these faults, one each."""
        self.faults.setdefault(name, []).extend(faults)

    def sent(self, name: str) -> int:
        """Bytes of ``name`` that went out in all."""
        key = next(blob for files in self.files.values() for blob in [files.get(name)] if blob is not None)
        ends = (name, hashlib.sha256(key).hexdigest())
        return sum(asked.sent for asked in self.asked if asked.path.endswith(ends))

    def _serve(self, origin: str) -> ThreadingHTTPServer:
        hub = self

        class Handler(_Handler):
            pass

        Handler.hub, Handler.origin = hub, origin
        server = _Server(("127.0.0.1", 0), Handler)
        threading.Thread(
            target=server.serve_forever, args=(0.01,), name=f"fake-{origin}", daemon=True
        ).start()
        return server


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up in the middle is part of what is tested; anything else is printed."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]


class _Handler(BaseHTTPRequestHandler):
    hub: FakeHub
    origin: str
    protocol_version = "HTTP/1.1"

    def log_message(self, *args: object) -> None:
        pass

    def do_HEAD(self) -> None:
        self._answer()

    def do_GET(self) -> None:
        self._answer()

    def _answer(self) -> None:
        headers = self.headers
        asked = Asked(
            self.command,
            self.origin,
            unquote(self.path),
            headers.get("Range", ""),
            headers.get("Authorization", ""),
        )
        self.hub.asked.append(asked)
        if self.origin == "cdn":
            self._cdn(asked)
        else:
            self._hub(asked)

    def _hub(self, asked: Asked) -> None:
        if self.hub.portal:
            return self._plain(200, {"Content-Type": "text/html"})
        if self.hub.token and asked.authorization != f"Bearer {self.hub.token}":
            return self._plain(401, {"X-Error-Code": "GatedRepo"})
        if asked.path.startswith("/api/models/"):
            return self._tree(*asked.path.removeprefix("/api/models/").split("?")[0].split("/tree/"))
        repo_id, _, rest = asked.path[1:].partition("/resolve/")
        revision, _, name = rest.partition("/")
        files = self.hub.files.get(repo_id)
        if files is None:
            return self._plain(401, {"X-Error-Code": "RepoNotFound"})
        if revision not in ("main", self.hub.commit):
            return self._plain(404, {"X-Error-Code": "RevisionNotFound"})
        common = {"X-Repo-Commit": self.hub.commit}
        if name not in files:
            return self._plain(404, {"X-Error-Code": "EntryNotFound", **common})
        body = files[name]
        digest = hashlib.sha256(body).hexdigest()
        if len(body) < LARGE_BYTES:
            blob = hashlib.sha1(b"blob %d\0" % len(body) + body).hexdigest()
            etag = "5f3a-something-else" if self.hub.own_etags else blob
            return self._body(asked, name, body, {"ETag": f'"{etag}"', **common})
        common |= {"X-Linked-Etag": f'"{digest}"', "X-Linked-Size": str(len(body))}
        return self._plain(302, {"Location": f"{self.hub.cdn}/{digest}", **common})

    def _tree(self, repo_id: str, revision: str) -> None:
        """The listing of a repository, as the hub's API has it."""
        entries = [
            {"type": "file", "path": name, "size": len(body), "oid": hashlib.sha1(body).hexdigest()}
            for name, body in self.hub.files.get(repo_id, {}).items()
        ]
        body = json.dumps(entries).encode()
        self._start(200, {"Content-Type": "application/json"}, len(body))
        self.wfile.write(body)

    def _cdn(self, asked: Asked) -> None:
        for files in self.hub.files.values():
            for name, body in files.items():
                if hashlib.sha256(body).hexdigest() == asked.path[1:]:
                    return self._body(asked, name, body, {"ETag": f'"{asked.path[1:]}"'})
        return self._plain(404, {})

    def _body(self, asked: Asked, name: str, body: bytes, headers: dict[str, str]) -> None:
        if self.command == "HEAD":
            return self._plain(200, headers, length=len(body))
        waiting = self.hub.faults.get(name)
        fault = waiting.pop(0) if waiting else Fault()
        if fault.status:
            return self._plain(fault.status, {"X-Error-Code": fault.code} if fault.code else {})
        body = body if fault.body is None else fault.body
        start = int(asked.range.removeprefix("bytes=").rstrip("-")) if asked.range and self.hub.resumes else 0
        if start and start >= len(body):
            return self._plain(416, {"Content-Range": f"bytes */{len(body)}"})
        if start:
            headers = {**headers, "Content-Range": f"bytes {start}-{len(body) - 1}/{len(body)}"}
        part = body[start:]
        self._start(206 if start else 200, headers, len(part))
        part = part if fault.cut_after is None else part[: fault.cut_after]
        half = len(part) // 2 if fault.hold else len(part)
        for piece in (part[:half], part[half:]):
            self.wfile.write(piece)
            self.wfile.flush()
            asked.sent += len(piece)
            if fault.hold and piece is not part[half:]:
                fault.hold.wait(20)
        self.close_connection = fault.cut_after is not None
        return None

    def _plain(self, status: int, headers: dict[str, str], *, length: int = 0) -> None:
        self._start(status, headers, length)

    def _start(self, status: int, headers: dict[str, str], length: int) -> None:
        self.send_response(status)
        for key, value in headers.items():
            self.send_header(key, value)
        self.send_header("Content-Length", str(length))
        self.end_headers()
