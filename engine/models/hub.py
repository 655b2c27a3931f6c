"""The border to huggingface_hub: what the hub says of a file, its bytes from an offset, its errors.

``hf_hub_download`` throws away what it has when a connection is cut, so the bytes are streamed
here, over the hub client's own session, and only the placing of a whole file in the cache is left
to it. Files kept in Xet storage come over plain HTTP as well, which can be resumed and cancelled.
huggingface_hub is imported inside the functions: it costs 0.2 s.
"""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from engine.errors import AloudError, DiskFull, DownloadFailed

TRANSIENT_STATUS = frozenset({408, 425, 429, 500, 502, 503, 504})
"""Answers of the hub that are worth asking again for."""


NO_SPACE = frozenset({errno.ENOSPC, errno.EDQUOT})
"""Errors of the system that mean a full disk, or a full share of it."""


class WrongSize(Exception):
    """The hub sends more or fewer bytes than it says the file has."""


class CutConnection(Exception):
    """The connection broke, or the hub asked for patience: trying again may help."""


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """A file as the hub describes it.

    ``etag`` is its SHA-256 (64 hex digits) where it is large, else its git blob hash (40).
    ``size_bytes`` is None where the hub does not tell.
    """

    repo_id: str
    name: str
    commit: str
    etag: str
    size_bytes: int | None
    url: str


def _hush() -> None:
    """Keeps the hub's client from adding to a download's requests what only serves statistics."""
    from huggingface_hub import constants

    constants.HF_HUB_DISABLE_TELEMETRY = True


def cache_folder() -> Path:
    """The cache that huggingface_hub shares with every program that uses it."""
    from huggingface_hub import constants

    return Path(constants.HF_HUB_CACHE)


def repo_folder(cache: Path, repo_id: str) -> Path:
    """Where the hub's client keeps one repository within its cache.

    By the layout that its cache has had since 2022; asking the client costs a start of the app 0.3 s.
    """
    return cache / f"models--{repo_id.replace('/', '--')}"


def describe(repo_id: str, name: str, revision: str, *, endpoint: str | None = None) -> RemoteFile | None:
    """What the hub says of a file; None where the repository has no such file.

    Blocks for one request of at most 10 s. Raises ``DownloadFailed``.
    """
    from huggingface_hub import get_hf_file_metadata, hf_hub_url
    from huggingface_hub.errors import RemoteEntryNotFoundError

    _hush()
    url = hf_hub_url(repo_id, name, revision=revision, endpoint=endpoint)
    with told_apart(repo_id):
        try:
            metadata = get_hf_file_metadata(url, endpoint=endpoint)
        except RemoteEntryNotFoundError:
            return None
        if metadata.commit_hash is None or metadata.etag is None:
            raise DownloadFailed(
                "What answers for {repo_id} is not the model hub.",
                "Check HF_ENDPOINT, the proxy, and whether this network asks for a log-in first.",
                repo_id=repo_id,
            )
        at_commit = hf_hub_url(repo_id, name, revision=metadata.commit_hash, endpoint=endpoint)
    return RemoteFile(repo_id, name, metadata.commit_hash, metadata.etag, metadata.size, at_commit)


def listing(repo_id: str, revision: str, *, endpoint: str | None = None) -> dict[str, int]:
    """Every file of a repository at a commit, and its bytes.

    Blocks for a request a thousand files. Raises ``DownloadFailed``.
    """
    from huggingface_hub import HfApi
    from huggingface_hub.hf_api import RepoFile

    _hush()
    with told_apart(repo_id):
        entries = HfApi(endpoint=endpoint).list_repo_tree(repo_id, recursive=True, revision=revision)
        return {entry.path: entry.size for entry in entries if isinstance(entry, RepoFile)}


@contextmanager
def stream(url: str, start: int) -> Iterator[tuple[int, Iterator[bytes]]]:
    """The bytes of a file from ``start`` on, in pieces as they arrive, with the offset they begin at.

    That offset is 0 where the server does not resume. Blocks for at most 10 s without a byte.
    Raises ``CutConnection`` for what may pass, ``WrongSize`` where the file ends before ``start``, and
    ``HfHubHTTPError`` for what will not pass.
    """
    import httpx2
    from huggingface_hub import constants
    from huggingface_hub.errors import HfHubHTTPError
    from huggingface_hub.utils import (  # type: ignore[attr-defined]  # public, but not in its __all__
        build_hf_headers,
        hf_raise_for_status,
        http_stream_backoff,
    )

    _hush()
    # Compressed in transit, neither the length nor an offset would mean bytes of the file.
    headers = {**build_hf_headers(), "Accept-Encoding": "identity"}
    if start:
        headers["Range"] = f"bytes={start}-"
    try:
        with http_stream_backoff(
            "GET",
            url,
            headers=headers,
            timeout=constants.HF_HUB_DOWNLOAD_TIMEOUT,
            follow_redirects=True,
            retry_on_exceptions=(),
            retry_on_status_codes=(),
        ) as response:
            if response.status_code == 416:  # it has not even the bytes that we have
                raise WrongSize
            hf_raise_for_status(response)
            resumed = response.status_code == 206
            yield (start if resumed else 0), response.iter_bytes()
    except httpx2.TransportError as error:
        raise CutConnection(str(error) or type(error).__name__) from error
    except HfHubHTTPError as error:
        if error.response.status_code in TRANSIENT_STATUS:
            raise CutConnection(f"the hub answered {error.response.status_code}") from error
        raise


def place(remote: RemoteFile, cache: Path, *, endpoint: str | None = None) -> Path:
    """Lets the hub's client link a blob that is whole into its cache's snapshot; returns the file.

    Blocks for one request. Raises ``DownloadFailed``.
    """
    from huggingface_hub import hf_hub_download

    _hush()
    with told_apart(remote.repo_id):
        return Path(
            hf_hub_download(
                remote.repo_id, remote.name, revision=remote.commit, cache_dir=cache, endpoint=endpoint
            )
        )


@contextmanager
def told_apart(repo_id: str) -> Iterator[None]:
    """Turns whatever the hub's client and the disk raise into an ``AloudError`` with a remedy."""
    import httpx2
    from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError, OfflineModeIsEnabled

    try:
        yield
    except AloudError:
        raise
    except OfflineModeIsEnabled as error:
        raise DownloadFailed(
            "{repo_id} can't be fetched: HF_HUB_OFFLINE forbids it.",
            "Unset HF_HUB_OFFLINE in the environment, or use a folder that has the files.",
            repo_id=repo_id,
        ) from error
    except HfHubHTTPError as error:
        raise _refusal(repo_id, error.response.status_code) from error
    except (httpx2.HTTPError, LocalEntryNotFoundError, CutConnection) as error:
        raise DownloadFailed(
            "The model hub can't be reached for {repo_id}.",
            "Check the network and start the download again: it goes on from where it stopped.",
            repo_id=repo_id,
        ) from error
    except OSError as error:
        raise disk_error(repo_id, error) from error


def disk_error(what: str, error: OSError) -> AloudError:
    """What a failed write means for a person."""
    if error.errno in NO_SPACE:
        return DiskFull(
            "There is no room left on the disk for {what}.",
            "Free some space and start the download again: it goes on from where it stopped.",
            what=what,
        )
    reason = error.strerror or str(error) or type(error).__name__
    return DownloadFailed(
        "{what} can't be written: {reason}.",
        "Check that the model cache's folder can be written.",
        what=what,
        reason=reason,
    )


def _refusal(repo_id: str, status: int) -> DownloadFailed:
    if status in (401, 403):
        return DownloadFailed(
            "The model hub refuses {repo_id}: it asks for an account that may read it ({status}).",
            "Accept the model's terms on its page, then run `hf auth login` or set HF_TOKEN.",
            repo_id=repo_id,
            status=status,
        )
    if status == 404:
        return DownloadFailed(
            "The model hub has no {repo_id} at the commit that this version of Aloud asks for.",
            "Update Aloud, or use a folder that has the files.",
            repo_id=repo_id,
        )
    return DownloadFailed(
        "The model hub answered {status} for {repo_id}.",
        "Start the download again in a few minutes.",
        status=status,
        repo_id=repo_id,
    )
