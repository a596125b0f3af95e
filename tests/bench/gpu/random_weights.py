"""The weight file of a bundle, drawn by a seed: normal numbers, matrices scaled so that rows keep their size; rotary angles as they are."""

from __future__ import annotations

import os
import re
import shutil
import zlib
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import ml_dtypes
import numpy as np

from intarsia.ir.rope import frequencies

CHUNK = 1 << 24
SEED = 8
BYTES = {"u8": 1, "f8e4m3": 1, "bf16": 2, "f32": 4}
EIGHTS_SPREAD = 100.0
"""Standard deviation of codes in 8-bit floats, whose largest is 448."""


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
            at, (mean, spread), wide = facts["offset"] + layer * facts["stride"], _moments(name, _inputs(model["gpu"]["weights"], name)), BYTES[facts["dtype"]]
            key = [zlib.crc32(f"{name}/{layer}/{begin}".encode()) for begin in range(0, count, CHUNK)]
            pieces += [(str(path), at + wide * CHUNK * i, min(CHUNK, count - CHUNK * i), each, facts["dtype"], mean, spread) for i, each in enumerate(key)]
    with ProcessPoolExecutor(min(workers, os.cpu_count() or 1)) as pool:
        list(pool.map(_fill, pieces, chunksize=4))
    return path


def _inputs(weights: dict[str, Any], name: str) -> int:
    """Of a matrix in 8-bit floats that has scales: of a row of it. Else of the part itself."""
    return int(weights[name.removesuffix(".scales") if _eight(name) else name]["shape"][-1])


def _eight(name: str) -> bool:
    return bool(re.search(r"\.f8(_block)?\.scales$", name))


def _moments(name: str, k: int) -> tuple[float, float]:
    """Mean and standard deviation: norms and scales lie about a number, matrices keep the size of rows (4.6: that of 4-bit numbers)."""
    if _eight(name):
        return k**-0.5 / EIGHTS_SPREAD, 0.0
    if name.endswith(".scales"):
        return (32 * k) ** -0.5 / 4.6, 0.1 * (32 * k) ** -0.5 / 4.6
    return (1.0, 0.1) if "norm" in name else (0.0, 1.0 if "embd" in name else k**-0.5)


def _fill(piece: tuple[str, int, int, int, str, float, float]) -> None:
    """bf16 numbers by way of a table of 65,536 draws, 8-bit floats by one of 256, bytes, or scales in f32 that are all alike."""
    path, at, count, name, kind, mean, spread = piece
    draws = np.random.default_rng([SEED, name]).integers(0, 1 << 8 * min(2, BYTES[kind]), count, np.uint8 if BYTES[kind] == 1 else np.uint16)
    if kind == "f32":
        draws = np.full(count, mean, np.float32)
    if kind == "f8e4m3":
        quantiles = np.sort(np.random.default_rng(SEED).standard_normal(1 << 8))
        draws = np.clip(EIGHTS_SPREAD * quantiles, -448, 448).astype(ml_dtypes.float8_e4m3fn).view(np.uint8)[draws]
    if kind == "bf16":
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
