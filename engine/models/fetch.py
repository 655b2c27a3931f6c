"""The bytes of one file: over as many connections as it takes, and right before they are used."""

import logging
import random
from pathlib import Path

from engine.crossing import Cancelled, CancelToken
from engine.errors import ModelDamaged
from engine.models import hub
from engine.models.hub import RemoteFile
from engine.models.meter import Meter
from engine.models.store import digest, size_of

log = logging.getLogger(__name__)

ATTEMPTS = 6
"""How often in a row a connection may break without a single byte before the download gives up."""

FIRST_WAIT_S = 0.5
LONGEST_WAIT_S = 8.0


class Fetcher:
    """Fetches one file into ``partial``, going on from what is there. Used once, by one thread.

    ``expected`` is the hash that the file must have, or "" where only its size is known. The first
    pause after a broken connection is at most ``first_wait_s``; it doubles, with full jitter, up to
    ``LONGEST_WAIT_S``.
    """

    def __init__(
        self,
        remote: RemoteFile,
        partial: Path,
        expected: str,
        meter: Meter,
        token: CancelToken,
        *,
        first_wait_s: float = FIRST_WAIT_S,
    ) -> None:
        self._remote = remote
        self._partial = partial
        self._expected = expected
        self._meter = meter
        self._token = token
        self._first_wait_s = first_wait_s

    def run(self) -> None:
        """Blocks until the file is whole and right; wrong bytes are fetched a second time.

        Raises ``ModelDamaged`` after the second, ``CutConnection`` when the hub stays away,
        ``Cancelled``, and ``OSError`` where the disk gives up.
        """
        for attempt in (1, 2):
            try:
                self._complete()
                if not self._expected:
                    return
                self._meter.tell(checking=True)
                if digest(self._partial, self._expected, self._go_on) == self._expected:
                    return
                log.warning("%s came with a wrong hash (attempt %d)", self._remote.name, attempt)
            except hub.WrongSize:
                log.warning("%s came with a wrong size (attempt %d)", self._remote.name, attempt)
            self._meter.found(-size_of(self._partial))
            self._partial.unlink(missing_ok=True)
        raise ModelDamaged(
            "{file} of {model} came with wrong bytes twice.",
            "Start the download again later, or on another network: something on the way changes it.",
            file=self._remote.name,
            model=self._remote.repo_id,
        )

    def _complete(self) -> None:
        """Appends to the file until it has its size."""
        size = self._remote.size_bytes
        have = furthest = size_of(self._partial)
        self._meter.found(have)
        failures = 0
        while size is None or have < size:
            try:
                self._stream(have)
                if size is None:
                    return
                raise hub.CutConnection("the hub closed the connection")
            except hub.CutConnection as cut:
                have = size_of(self._partial)
                if have == size:
                    return
                log.warning("%s stopped after %d bytes: %s", self._remote.name, have, cut)
                failures = 1 if have > furthest else failures + 1
                furthest = max(furthest, have)
                if failures >= ATTEMPTS:
                    raise
                longest = min(LONGEST_WAIT_S, self._first_wait_s * 2 ** (failures - 1))
                if self._token.wait(random.uniform(0, longest)):  # noqa: S311  # spreads load, no secret
                    raise Cancelled from cut
        if have > size:
            raise hub.WrongSize

    def _stream(self, have: int) -> None:
        """One connection's worth of bytes, from ``have`` on or from the start where the hub won't resume."""
        size = self._remote.size_bytes
        with hub.stream(self._remote.url, have) as (start, pieces):
            self._meter.found(start - have)
            with self._partial.open("r+b" if start else "wb") as file:
                file.seek(start)
                file.truncate()
                for piece in pieces:
                    self._go_on(len(piece))
                    file.write(piece)
                    start += len(piece)
                    self._meter.fetched(len(piece))
                    if size is not None and start > size:
                        raise hub.WrongSize

    def _go_on(self, count: int) -> None:
        if self._token.cancelled:
            raise Cancelled
