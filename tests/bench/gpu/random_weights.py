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
            at, (mean, spread), wide = facts["offset"] + layer * facts["stride"], _moments(name, facts["shape"][-1]), 1 if facts["dtype"] == "u8" else 2
            key = [zlib.crc32(f"{name}/{layer}/{begin}".encode()) for begin in range(0, count, CHUNK)]
            pieces += [(str(path), at + wide * CHUNK * i, min(CHUNK, count - CHUNK * i), each, wide, mean, spread) for i, each in enumerate(key)]
    with ProcessPoolExecutor(min(workers, os.cpu_count() or 1)) as pool:
        list(pool.map(_fill, pieces, chunksize=4))
    return path


def _moments(name: str, k: int) -> tuple[float, float]:
    """Mean and standard deviation: norms and scales lie about a number, matrices keep the size of rows (4.6: that of 4-bit numbers)."""
    if name.endswith(".scales"):
        return (32 * k) ** -0.5 / 4.6, 0.1 * (32 * k) ** -0.5 / 4.6
    return (1.0, 0.1) if "norm" in name else (0.0, 1.0 if "embd" in name else k**-0.5)


def _fill(piece: tuple[str, int, int, int, int, float, float]) -> None:
    """bf16 numbers by way of a table of 65,536 draws, or bytes."""
    path, at, count, name, wide, mean, spread = piece
    draws = np.random.default_rng([SEED, name]).integers(0, 1 << 8 * wide, count, np.uint8 if wide == 1 else np.uint16)
    if wide == 2:
        quantiles = np.sort(np.random.default_rng(SEED).standard_normal(1 << 16))
        table = (mean + spread * quantiles).astype(np.float32).view(np.uint32)
        draws = ((table + 0x7FFF + (table >> 16 & 1)) >> 16).astype(np.uint16)[draws]
    with open(path, "r+b") as file:
        file.seek(at)
        file.write(draws.data)


def _angles(path: Path, facts: dict[str, Any], theta: float) -> None:
    _, positions, head_dim = facts["shape"]
    rates, factor = frequencies(head_dim, theta, None)
    turns = np.arange(positions)[:, None] * np.array(rates)
    with open(path, "r+b") as file:
        file.seek(facts["offset"])
        file.write((np.concatenate([np.cos(turns), np.sin(turns)], 1) * factor).astype(np.float32).tobytes())
