"""Experts spread over many devices: kernels of their own (DeepEP's grouped matmuls under SGLang, TensorRT-LLM's wide expert parallelism), in tables of their own.

Each geometry that was measured is a curve over tokens; no other is answered for. Where popular experts are held several times (EPLB), load is as even as
the tables' "uniform" (SGLang) or "_eplb" rows.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import numpy as np

from intarsia.cost_models import analytic, dtypes
from intarsia.cost_models.estimate import EXTRAPOLATED, INTERPOLATED, MEASURED, UNKNOWN_BAND, Estimate
from intarsia.cost_models.ops import Array, Experts
from intarsia.cost_models.silicon import tables
from intarsia.cost_models.silicon.moe import GEOMETRY, NUMBERS
from intarsia.errors import InputError
from intarsia.ir.device import Device

DECODE, PROMPTS = "wide", "wide prompts"
"""Values of `Experts.kernel`."""
EVEN = {"sglang": "uniform", "trtllm": "power_law_1.2_eplb"}
"""Rows for `balanced` loads."""
BAND = 0.1
"""Relative standard error between measured numbers of tokens: neighbouring rows of one curve differ by as much where work is alike."""


@dataclass(frozen=True)
class Rows:
    """Where a framework keeps its rows of a phase: the file's name, and its column of how many experts are held, copies included."""

    file: str
    slots: tuple[str, ...] = ()


FILES = {
    ("sglang", DECODE): Rows("wideep_generation_moe_perf"), ("sglang", PROMPTS): Rows("wideep_context_moe_perf"),
    ("trtllm", DECODE): Rows("wideep_moe_perf", ("num_slots",)), ("trtllm", PROMPTS): Rows("wideep_moe_perf", ("num_slots",)),
}  # fmt: skip


def estimate(op: Experts, device: Device, framework: str, folder: Path | None = None) -> Estimate:
    """Costs of one model's experts, shared out in one way, for tokens that may be an array. Raises InputError for a shape, type or load that was not measured.

    Between numbers of groups that were measured, ratios to the roofline are those of both neighbours at as many tokens a device.
    """
    shape = {name: int(np.unique(getattr(op, name)).item()) for name in GEOMETRY}
    curves = _curves(folder or tables.root(), device.name, framework, op.kernel, op.dtype, op.distribution, tuple(size for name, size in shape.items() if name != "ep"))
    ep, asked = shape["ep"], np.atleast_1d(np.asarray(op.tokens, np.float64))
    below, above = max((e for e in curves if e <= ep), default=0), min((e for e in curves if e >= ep), default=0)
    if not below or not above:
        raise InputError(f"no measurements of experts over {ep} devices", mend=f"measured are {', '.join(map(str, sorted(curves)))}")
    share = 0.0 if below == above else float(np.log(ep / below) / np.log(above / below))
    found = [_ratio(op, device, shape | {"ep": near}, curves[near], asked * near / ep) for near in (below, above)]
    ratio = (1 - share) * found[0][0] + share * found[1][0]
    kind = np.maximum(np.maximum(found[0][1], found[1][1]), MEASURED if below == above else INTERPOLATED).astype(np.int8)
    seconds = np.atleast_1d(analytic.smooth(op, device)) * np.exp(ratio)
    return Estimate(seconds, kind, np.where(kind == EXTRAPOLATED, UNKNOWN_BAND, BAND), f"measured with {framework}")


def _ratio(op: Experts, device: Device, shape: dict[str, int], curve: tuple[Array, Array], asked: Array) -> tuple[Array, Array]:
    """Logarithms of measured seconds over the roofline at some numbers of tokens, and their kinds."""
    tokens, seconds = curve
    marks, ratios = np.log(tokens), np.log(seconds / analytic.smooth(replace(op, tokens=tokens.astype(np.float64), **shape), device))  # type: ignore[arg-type]
    at = np.log(asked)
    outside = (at < marks[0] - 1e-9) | (at > marks[-1] + 1e-9)
    measured = np.isclose(at[..., None], marks, atol=1e-9).any(-1)
    return np.interp(at, marks, ratios), np.where(outside, EXTRAPOLATED, np.where(measured, MEASURED, INTERPOLATED))


@lru_cache(maxsize=256)
def _curves(folder: Path, device: str, framework: str, kernel: str, dtype: str, distribution: str, shape: tuple[int, ...]) -> dict[int, tuple[Array, Array]]:
    """By groups of experts: numbers of tokens, rising, and their seconds."""
    if (framework, kernel) not in FILES:
        raise InputError(f"nobody measured experts over many devices with {framework}", mend="use the usual tables")
    found = _table(folder, tables.folder_of(device), framework, kernel)
    load, columns = EVEN[framework] if distribution == "balanced" else distribution, found.columns
    rows = (columns["moe_dtype"] == dtypes.facts(dtype).measured_as) & (columns["distribution"] == load)
    rows &= np.logical_and.reduce([columns[NUMBERS[name]] == size for name, size in zip([name for name in GEOMETRY if name != "ep"], shape, strict=True)])
    for slots in FILES[framework, kernel].slots:
        rows &= columns[slots] == columns["num_experts"]
    part = found.take(rows)
    groups, order = part.columns[NUMBERS["ep"]], np.argsort(part.columns["num_tokens"])
    return {int(ep): (part.columns["num_tokens"][mine], part.seconds[mine]) for ep in np.unique(groups) if len(mine := order[groups[order] == ep]) > 1}


def _table(folder: Path, gpu: str, framework: str, kernel: str) -> tables.Table:
    rows = FILES[framework, kernel]
    return tables.read(tables.find(folder, gpu, "moe", rows.file, framework), (*NUMBERS.values(), *rows.slots), ("moe_dtype", "distribution"))
