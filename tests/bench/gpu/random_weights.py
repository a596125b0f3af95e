"""The weight file of a bundle, drawn by a seed: normal numbers, matrices scaled so that rows keep their size; rotary angles as they are."""

from __future__ import annotations

import os
import shutil
import zlib
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

from intarsia.ir.rope import frequencies

CHUNK = 1 << 24
SEED = 8


def write(bundle: Path, model: dict[str, Any], workers: int = 16) -> Path:
    """Fill the file in memory where there is room for it, else on disk, and link the bundle to it."""
    size = next(iter(model["entries"].values()))["weights_bytes"]
    place = Path("/dev/shm") if shutil.disk_usage("/dev/shm").free > size + (1 << 30) else Path("/tmp")
    path, link = place / f"intarsia-{SEED}-{size}.weights", bundle / model["weights"]
    link.unlink(missing_ok=True)
    link.symlink_to(path)
    if path.exists():
        return path
    with open(path, "wb") as file:
        file.truncate(size)
    pieces = []
    for name, facts in model["gpu"]["weights"].items():
        if name.startswith("angles."):
            _angles(path, facts, float(name.removeprefix("angles.")))
            continue
        count = int(np.prod(facts["shape"]))
        for layer in range(model["config"]["layers"] if facts["stride"] else 1):
            at = facts["offset"] + layer * facts["stride"]
            scale = 0.0 if "norm" in name else facts["shape"][-1] ** -0.5 if "embed" not in name else 1.0
            pieces += [(str(path), at + 2 * begin, min(CHUNK, count - begin), zlib.crc32(f"{name}/{layer}/{begin}".encode()), scale) for begin in range(0, count, CHUNK)]
    with ProcessPoolExecutor(min(workers, os.cpu_count() or 1)) as pool:
        list(pool.map(_fill, pieces, chunksize=4))
    return path


def _fill(piece: tuple[str, int, int, int, float]) -> None:
    """bf16 numbers by way of a table of 65,536 draws; norms lie about 1."""
    path, at, count, name, scale = piece
    draws = np.random.default_rng([SEED, name]).integers(0, 1 << 16, count, np.uint16)
    quantiles = np.sort(np.random.default_rng(SEED).standard_normal(1 << 16)).astype(np.float32)
    table = (quantiles * scale if scale else 1 + 0.1 * quantiles).astype(np.float32).view(np.uint32)
    halves = ((table + 0x7FFF + (table >> 16 & 1)) >> 16).astype(np.uint16)
    with open(path, "r+b") as file:
        file.seek(at)
        file.write(halves[draws].data)


def _angles(path: Path, facts: dict[str, Any], theta: float) -> None:
    _, positions, head_dim = facts["shape"]
    rates, factor = frequencies(head_dim, theta, None)
    turns = np.arange(positions)[:, None] * np.array(rates)
    with open(path, "r+b") as file:
        file.seek(facts["offset"])
        file.write((np.concatenate([np.cos(turns), np.sin(turns)], 1) * factor).astype(np.float32).tobytes())
