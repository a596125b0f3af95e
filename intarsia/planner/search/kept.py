"""Prices of operators that earlier searches asked for: a search of the same model on the same devices needn't interpolate measured tables anew (cost_models/kept.py)."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, fields
from pathlib import Path

import numpy as np

from intarsia.cost_models import kept
from intarsia.cost_models.ops import Op
from intarsia.planner.search.estimate import Array

FOLDER = "prices"
"""Below the user's cache."""
DIGEST = 16
"""Bytes of an operator's name in a file."""
MOST_BYTES = 64 << 20
"""A file that would grow beyond is started anew."""


def name_of(op: Op) -> bytes:
    """A name for an operator and all its numbers."""
    digest = hashlib.blake2b(type(op).__name__.encode(), digest_size=DIGEST)
    for each in fields(op):
        value = getattr(op, each.name)
        told = f"{value.dtype.str}{value.shape}" if isinstance(value, np.ndarray) else repr(value)
        digest.update(f"{each.name}={len(told)}:{told}".encode())
        if isinstance(value, np.ndarray):
            digest.update(np.ascontiguousarray(value).data)
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
        path = kept.place(FOLDER, *subject)
        return Kept(path, _read(path))

    def __setitem__(self, name: bytes, seconds: Array) -> None:
        self.known[name] = seconds
        self.fresh = True

    def save(self) -> None:
        """Write what is new, whole or not at all; a cache that can't be written is none."""
        if self.path is not None and self.fresh:
            self.fresh = not _write(self.path, self.known)


def _read(path: Path) -> dict[bytes, Array]:
    found = kept.read(path)
    if found is None or not {"names", "counts", "seconds"} <= set(found.arrays):
        return {}
    names, counts, seconds = bytes(found.arrays["names"]), found.arrays["counts"], found.arrays["seconds"]
    if len(names) != DIGEST * len(counts) or counts.sum() != len(seconds):
        return {}
    parts = np.split(seconds, np.cumsum(counts)[:-1])
    return {names[DIGEST * place : DIGEST * (place + 1)]: part for place, part in enumerate(parts)}


def _write(path: Path, known: dict[bytes, Array]) -> bool:
    chosen = {name: seconds for name, seconds in known.items() if seconds.ndim == 1}
    if sum(seconds.nbytes for seconds in chosen.values()) > MOST_BYTES:
        path.unlink(missing_ok=True)
        return True
    counts = np.array([len(seconds) for seconds in chosen.values()], np.int64)
    names, seconds = np.frombuffer(b"".join(chosen), np.uint8), np.concatenate([*chosen.values(), np.zeros(0)])
    return kept.write(path, kept.Record({"names": names, "counts": counts, "seconds": seconds}))
