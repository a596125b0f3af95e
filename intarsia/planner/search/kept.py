"""Prices of operators that earlier searches asked for, in the user's cache folder: a search of the same model on the same devices needn't interpolate measured tables anew.

Without the file, or with a damaged one, prices are found as the first time. What is kept belongs to one state of the cost models: another version of Intarsia, of its source files,
of the measured tables or of what learns from them starts a folder of its own and removes the others.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from functools import lru_cache
from importlib import metadata
from pathlib import Path

import numpy as np

import intarsia
from intarsia import knobs, whole_file
from intarsia.cost_models.ops import Op
from intarsia.planner.search.estimate import Array

COSTS = Path(intarsia.__file__).with_name("cost_models")
FOLDER = "prices"
"""Below the user's cache."""
PACKAGES = ("aiconfigurator-core", "lightgbm")
DIGEST = 16
"""Bytes of an operator's name in a file."""
MOST_BYTES = 64 << 20
"""A file that would grow beyond is started anew."""


def name_of(op: Op) -> bytes:
    """A name for an operator and all its numbers."""
    digest = hashlib.blake2b(type(op).__name__.encode(), digest_size=DIGEST)
    for each in fields(op):
        value = getattr(op, each.name)
        part = f"{value.dtype.str}{value.shape}".encode() + value.tobytes() if isinstance(value, np.ndarray) else repr(value).encode()
        digest.update(b"%s=%d:" % (each.name.encode(), len(part)) + part)
    return digest.digest()


@dataclass
class Kept:
    """Seconds by operator, of one subject (a model, a device, an engine). `path` is None where nothing is to be kept."""

    path: Path | None = None
    known: dict[bytes, Array] = field(default_factory=dict)
    fresh: bool = False

    @staticmethod
    def of(*subject: object) -> Kept:
        """What is known of a subject, all of whose facts are in its parts' `repr`."""
        path = knobs.get().cache / FOLDER / stamp() / f"{hashlib.sha256(repr(subject).encode()).hexdigest()[:32]}.npz"
        return Kept(path, _read(path))

    def __setitem__(self, name: bytes, seconds: Array) -> None:
        self.known[name] = seconds
        self.fresh = True

    def save(self) -> None:
        """Write what is new, whole or not at all; a cache that can't be written is none."""
        if self.path is None or not self.fresh:
            return
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            _remove_others(self.path.parent)
            _write(self.path, self.known)
        except OSError:
            return
        self.fresh = False


def _read(path: Path) -> dict[bytes, Array]:
    try:
        with np.load(path, allow_pickle=False) as found:
            names, counts, seconds = bytes(found["names"]), found["counts"], found["seconds"]
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):  # absent or damaged: prices are found anew
        return {}
    if len(names) != DIGEST * len(counts) or counts.sum() != len(seconds):
        return {}
    parts = np.split(seconds, np.cumsum(counts)[:-1])
    return {names[DIGEST * place : DIGEST * (place + 1)]: part for place, part in enumerate(parts)}


def _write(path: Path, known: dict[bytes, Array]) -> None:
    chosen = {name: seconds for name, seconds in known.items() if seconds.ndim == 1}
    if sum(seconds.nbytes for seconds in chosen.values()) > MOST_BYTES:
        path.unlink(missing_ok=True)
        return
    with whole_file.draft(path) as beside, beside.open("wb") as file:
        np.savez(
            file, names=np.frombuffer(b"".join(chosen), np.uint8), counts=np.array([len(seconds) for seconds in chosen.values()], np.int64),
            seconds=np.concatenate([*chosen.values(), np.zeros(0)]),
        )  # fmt: skip


def _remove_others(folder: Path) -> None:
    for other in folder.parent.iterdir():
        if other.is_dir() and other != folder:
            shutil.rmtree(other, ignore_errors=True)


@lru_cache(maxsize=1)
def stamp() -> str:
    """The state of the cost models: what their prices follow from beside the operator and the device."""
    digest = hashlib.sha256(f"{intarsia.__version__} {np.__version__}".encode())
    for name in PACKAGES:
        digest.update(_version(name).encode())
    for path, size, changed in sorted(_files(COSTS)):
        digest.update(f"{path} {size} {changed}".encode())
    return digest.hexdigest()[:16]


def _version(package: str) -> str:
    try:
        return f"{package} {metadata.version(package)};"
    except metadata.PackageNotFoundError:
        return f"no {package};"


def _files(folder: Path) -> Iterator[tuple[str, int, int]]:
    """Sources and data files below a folder: path, bytes, time of the last change."""
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir() and entry.name != "__pycache__":
                yield from _files(Path(entry.path))
            elif entry.is_file():
                found = entry.stat()
                yield entry.path, found.st_size, found.st_mtime_ns
