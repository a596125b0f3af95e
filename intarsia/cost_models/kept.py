"""Arrays in the user's cache that follow from the cost models: prices, and measured tables as they are asked.

A file is one line of JSON that says where each array lies, and the arrays, which are mapped rather than read: opening one takes a tenth of a millisecond. Without the file, or with
one that was cut short, all is found as the first time. What is kept belongs to one state of the cost models: another version of Intarsia, of its source files or of the measured
tables has a folder of its own. So two installations may share a cache: alike, they share what is kept, and unlike, each keeps its own. Folders of
states that nobody has used for some weeks are removed.
"""

from __future__ import annotations

import hashlib
import json
import mmap
import os
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from functools import lru_cache
from importlib import metadata
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

import intarsia
from intarsia import knobs, whole_file

COSTS = Path(__file__).parent
TABLES = "aiconfigurator-core"
"""The package of the measured tables."""
ALIGNED = 64
"""Bytes: where each array begins."""
KINDS = "biuf"
"""Of arrays that are kept, as NumPy names them."""
STATES, WEEKS = 4, 4
"""So many states of the cost models are kept beside the one in use, each for so long after it was used last."""


class Record(NamedTuple):
    """What a file holds: arrays, and words, by their names."""

    arrays: Mapping[str, NDArray[Any]]
    words: Mapping[str, str] = {}


def place(folder: str, *subject: object) -> Path:
    """Where what belongs to a subject is kept, all of whose facts are in its parts' `repr`."""
    return _state(knobs.get().cache / folder / stamp()) / hashlib.sha256(repr(subject).encode()).hexdigest()[:32]


@lru_cache(maxsize=64)
def _state(folder: Path) -> Path:
    """The folder of a state, which is in use: its time of change says so to whoever looks for old ones."""
    with suppress(OSError):  # not there yet, or another user's
        os.utime(folder)
    return folder


def read(path: Path) -> Record | None:
    """What `write` wrote; None where it isn't there, or not whole."""
    try:
        with path.open("rb") as file:
            first = file.readline()
            whole = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        told = json.loads(first)
        if len(whole) != told["bytes"]:
            return None
        return Record({name: _array(whole, *where) for name, where in told["arrays"].items()}, told["words"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def found(path: Path | None, make: Callable[[], Record]) -> Record:
    """What is kept at a path, else what `make` makes, which is kept there. Without a path nothing is kept."""
    if path is not None and (record := read(path)) is not None:
        return record
    record = make()
    if path is not None:
        write(path, record)
    return record


def _array(whole: mmap.mmap, dtype: str, shape: list[int], start: int) -> NDArray[Any]:
    kind = np.dtype(dtype)
    if kind.kind not in KINDS:
        raise ValueError(f"arrays of {dtype} aren't kept")
    return np.frombuffer(whole, kind, int(np.prod(shape)), start).reshape(shape)


def write(path: Path, record: Record) -> bool:
    """Keep a record, whole or not at all; a cache that can't be written is none, and is told by False."""

    def fill(beside: Path) -> None:
        _remove_old(path.parent)
        with beside.open("wb") as file:
            file.write(_head(record))
            for array in record.arrays.values():
                file.write(bytes(-file.tell() % ALIGNED))
                file.write(array.tobytes())

    return whole_file.keep(path, fill)


def _head(record: Record) -> bytes:
    """The first line, as long as it says itself: places are counted from its end, so it is laid out until it no longer grows."""
    size = 0
    while True:
        at, places = size, {}
        for name, array in record.arrays.items():
            at += -at % ALIGNED
            places[name] = (array.dtype.str, array.shape, at)
            at += array.nbytes
        line = json.dumps({"bytes": at, "arrays": places, "words": dict(record.words)}).encode() + b"\n"
        if len(line) <= size:
            return line[:-1].ljust(size - 1) + b"\n"
        size = len(line)


def _remove_old(state: Path) -> None:
    """Remove the states beside one that were used last some weeks ago, and the oldest of those that are too many. Raises OSError."""
    others = sorted(((other.stat().st_mtime, other) for other in state.parent.iterdir() if other.is_dir() and other != state), reverse=True)
    oldest = time.time() - WEEKS * 7 * 24 * 3600
    for place, (used, other) in enumerate(others):
        if place >= STATES or used < oldest:
            shutil.rmtree(other, ignore_errors=True)


@lru_cache(maxsize=1)
def stamp() -> str:
    """The state of the cost models: what their prices follow from beside the operator and the device."""
    digest = hashlib.sha256(f"{intarsia.__version__} {np.__version__}".encode())
    digest.update(_version(TABLES).encode())
    for path in sorted(_files(str(COSTS))):
        with open(path, "rb", buffering=0) as file:
            content = file.read()
        digest.update(f"{path.removeprefix(str(COSTS))} {len(content)};".encode())
        digest.update(content)
    return digest.hexdigest()[:16]


def _version(package: str) -> str:
    try:
        return f"{package} {metadata.version(package)};"
    except metadata.PackageNotFoundError:
        return f"no {package};"


def _files(folder: str) -> Iterator[str]:
    """Sources and data files below a folder."""
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir() and entry.name != "__pycache__":
                yield from _files(entry.path)
            elif entry.is_file():
                yield entry.path
