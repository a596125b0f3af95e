"""NanoFlow's published per-operator times of Llama-2-70B on eight A100 (INTARSIA_DATA/nanoflow), as a table that `frontends/pipeline_times.py` reads."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

LAYERS, HIDDEN_BYTES = 80, 16384
DECODE, PREFILL = 1280, 768
"""Of the published batch of 2,048 rows."""
FLOPS, PARAMETERS = 260e12, 70e9
"""What the paper counts as an A100's rate, and the model's parameters: 1,857 tokens/s a device."""


def times(folder: Path) -> dict[str, Any]:
    """Whole batches as table 2 has them; smaller ones as the published profiles do, network as its profile's shape through table 2's time.

    `folder`: the data's root. One layer is a part of 80 of the table's times; the two all-reduces share its network time evenly.
    """
    table = {row["op"]: {key: float(value) for key, value in row.items() if key != "op"} for row in _rows(folder, "paper_table2_llama2_70b_8xA100_B2048.csv")}
    gemms: dict[str, dict[float, float]] = {}
    for row in _rows(folder, "gemm_points_ms.csv"):
        gemms.setdefault(row["op"].partition("(")[0], {})[float(row["batch"])] = float(row["ms"])
    decode = {float(row["batch"]): float(row["ms"]) for row in _rows(folder, "gemv70b_seq1024_ms.csv")}
    shape = {float(row["size_bytes"]) / HIDDEN_BYTES: float(row["allgather_8blocks_us"]) + float(row["reducescatter_32blocks_us"]) for row in _rows(folder, "network_us_8xA100.csv")}
    whole = DECODE + PREFILL
    reduce = {rows: us / shape[whole] * table["Net"]["real_ms"] / LAYERS / 2 for rows, us in shape.items()}

    def used(name: str, part: float = 1.0) -> dict[str, float]:
        return {f"{kind}_ms": part * table[name][key] / LAYERS for kind, key in (("compute", "Tcomp_ms"), ("memory", "Tmem_ms"), ("network", "Tnet_ms"))}

    def product(name: str, **more: Any) -> dict[str, Any]:
        return {"kind": "compute", "ms": gemms[name] | {float(whole): table[name]["real_ms"] / LAYERS}, **used(name), **more}

    operators = {
        "KQV": product("KQV", previous=["AR_D"]),
        "PfAttn": {"kind": "compute", "rows": "prefill", "after": ["KQV"], "ms": {PREFILL: table["PfAttn"]["real_ms"] / LAYERS}, **used("PfAttn")},
        "DecAttn": {"kind": "memory", "rows": "decode", "after": ["KQV"], "ms": decode, **used("DecAttn")},
        "O": product("O", after=["DecAttn", "PfAttn"]),
        "AR_O": {"kind": "network", "after": ["O"], "ms": reduce, **used("Net", 0.5)},
        "UG": product("UG", after=["AR_O"]),
        "D": product("D", after=["UG"]),
        "AR_D": {"kind": "network", "after": ["D"], "ms": reduce, **used("Net", 0.5)},
    }
    return {
        "name": "Llama-2-70B", "layers": LAYERS, "devices": 8, "batch": {"decode": DECODE, "prefill": PREFILL}, "grain": 128,
        "peak": {"flops": FLOPS, "parameters": PARAMETERS}, "operators": operators,
    }  # fmt: skip


def _rows(folder: Path, name: str) -> list[dict[str, str]]:
    with open(folder / "nanoflow" / name, newline="") as file:
        return list(csv.DictReader(file))
