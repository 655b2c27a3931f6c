"""Quantised weights on disk: written once beside the model, checked by hash, read straight from there.

Two files a width: ``kyutai-8bit.safetensors`` and ``kyutai-8bit.json``, which has the SHA-256 of the
former and what it was made from. Anything that does not match is as good as absent: the caller makes
it anew. MLX is imported only where arrays are read or written.
"""

import contextlib
import hashlib
import json
import logging
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from engine.tts.kyutai.arrays import read_arrays
from engine.tts.kyutai.weights import Tree

log = logging.getLogger(__name__)

Told = Callable[[float], None]
"""Told how far something is, in [0, 1]; may raise ``Cancelled`` to stop it."""

_DRAFT: Final = ".part.safetensors"
"""Ends the name of a file that is being written, after the number of the process that writes it."""

_READ_BYTES: Final = 1 << 24

_FORMAT: Final = 1
"""Raised whenever the tree of ``weights.fuse`` changes, so that older files are made anew."""


@dataclass(frozen=True, slots=True)
class QuantisedStore:
    """The quantised weights of one model in ``folder``, made from the file ``source``."""

    folder: Path
    source: Path
    bits: int

    @property
    def weights_file(self) -> Path:
        """The weights, as safetensors."""
        return self.folder / f"kyutai-{self.bits}bit.safetensors"

    @property
    def manifest_file(self) -> Path:
        """What the weights were made from and their hash, as JSON."""
        return self.folder / f"kyutai-{self.bits}bit.json"

    def read(self, told: Told = lambda fraction: None) -> Tree | None:
        """The weights, or None where there are none, or damaged or outdated ones. Reads the whole file."""
        try:
            manifest = json.loads(self.manifest_file.read_text(encoding="utf-8"))
            if manifest["made_from"] != self._identity():
                return None
            if manifest["sha256"] != _sha256(self.weights_file, told):
                log.warning("%s is damaged and will be made anew", self.weights_file.name)
                return None
        except (OSError, ValueError, KeyError, TypeError):
            return None
        from mlx.utils import tree_unflatten

        tree: Any = tree_unflatten(list(read_arrays(self.weights_file).items()))
        # Names of these have dots of their own, which the unflattening took for levels.
        return {**tree, "conditioners": _flat(tree["conditioners"])}

    def write(self, tree: Tree, told: Told = lambda fraction: None) -> bool:
        """Keeps ``tree`` (evaluated) for the next start; says whether it could.

        A folder that can't be written or a full disk is no failure: the weights are then quantised
        anew at every start.
        """
        import mlx.core as mx
        from mlx.utils import tree_flatten

        # A name of this process's own: another may be keeping the same weights at this moment.
        draft = self.weights_file.with_suffix(f".{os.getpid()}{_DRAFT}")
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            mx.save_safetensors(str(draft), dict(tree_flatten(tree)))
            manifest = {"made_from": self._identity(), "sha256": _sha256(draft, told)}
            draft.replace(self.weights_file)
            self.manifest_file.write_text(json.dumps(manifest), encoding="utf-8")
        except (OSError, RuntimeError) as error:
            log.warning("the quantised weights could not be kept in %s: %s", self.folder, error)
            return False
        finally:
            with contextlib.suppress(OSError):
                draft.unlink(missing_ok=True)
        return True

    def clear_drafts(self) -> None:
        """Removes what a program that was killed left half written, of any width: up to 2.4 GB."""
        for draft in self.folder.glob(f"kyutai-*{_DRAFT}"):
            process = draft.name.removesuffix(_DRAFT).rpartition(".")[2]
            if process.isdigit() and not _lives(int(process)):
                with contextlib.suppress(OSError):
                    draft.unlink(missing_ok=True)

    def _identity(self) -> dict[str, Any]:
        status = self.source.stat()
        return {
            "format": _FORMAT,
            "bits": self.bits,
            "file": self.source.name,
            "bytes": status.st_size,
            "modified_ns": status.st_mtime_ns,
        }


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True  # another user's
    return True


def _sha256(path: Path, told: Told) -> str:
    state, done, size = hashlib.sha256(), 0, max(1, path.stat().st_size)
    with path.open("rb") as file:
        while piece := file.read(_READ_BYTES):
            state.update(piece)
            done += len(piece)
            told(done / size)
    return state.hexdigest()


def _flat(tree: Any, prefix: str = "") -> dict[str, Any]:
    if not isinstance(tree, dict):
        return {prefix: tree}
    flat: dict[str, Any] = {}
    for name, value in tree.items():
        flat |= _flat(value, f"{prefix}.{name}" if prefix else name)
    return flat
