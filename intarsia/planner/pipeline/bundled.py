"""What the pipeline search says of a GPU bundle's decode steps: attention's share of the cores where nano-batches overlap, and what they gain or cost."""

from __future__ import annotations

import re
from dataclasses import dataclass

from intarsia.cost_models.serving.own_kernels import HOPPER, OwnKernels
from intarsia.cost_models.serving.shapes import Plan, Precision
from intarsia.errors import InfeasibleError, InputError, UnsupportedError
from intarsia.ir.device import Device
from intarsia.ir.model import ModelConfig
from intarsia.planner.pipeline import model_layer
from intarsia.planner.pipeline.curves import H100, PUBLISHED, STEPS, Interference
from intarsia.planner.pipeline.layer import Layer
from intarsia.planner.pipeline.schedule import Schedule
from intarsia.planner.pipeline.search import Options, search

SEARCH = Options(time_limit_s=10.0, structures=4, changes=1000, overlap=True)


@dataclass(frozen=True)
class Advice:
    """`share`: of the cores, what attention gets beside products. `speedup`: of the best such pipeline against one operator after the other; below 1, nano-batches cost time."""

    share: float
    speedup: float


def curves_of(device: Device) -> Interference:
    """Those measured on such a device, else the published ones."""
    return H100 if re.fullmatch(HOPPER, device.name, re.IGNORECASE) else PUBLISHED


def advise(config: ModelConfig, device: Device, sequences: int, context: int) -> Advice:
    """For a decode step of `sequences` with `context` tokens each, or as many as there is room for."""
    curves = curves_of(device)
    layer = _layer(config, device, sequences, context)
    if layer is None:
        return Advice(best_share(curves), 1.0)
    found = search(layer, curves, SEARCH)
    return Advice(_share(found) or best_share(curves), round(found.speedup, 3))


def _layer(config: ModelConfig, device: Device, sequences: int, context: int) -> Layer | None:
    """None where costs know no such layer."""
    for part in (1.0, 0.75, 0.5, 0.25, 0.1):
        try:
            work = model_layer.Work(sequences, 0, max(1.0, part * context), 1.0)
            return model_layer.layer("decode", config, device, Plan(), Precision(), work, OwnKernels(), kernels="inline")
        except InfeasibleError:
            continue
        except (UnsupportedError, InputError):
            return None
    return None


def _share(found: Schedule) -> float | None:
    """Attention's mean share while something runs beside it; None where nothing ever does."""
    beside = [(seconds, share) for run in found.runs if run.nano.kind == "memory" and run.nano.operator == "DecAttn" for seconds, share in run.parts if share < 1]
    total = sum(seconds for seconds, _ in beside)
    return round(sum(seconds * share for seconds, share in beside) / total, 2) if total else None


def best_share(curves: Interference) -> float:
    """Where a product and attention beside each other go fastest, their speeds added up; of shares that differ by less than was measured, the largest."""
    shares = [step / STEPS for step in range(1, STEPS)]
    return max(shares, key=lambda share: (round(curves.speed("memory", share, ("compute",)) + 1 - share, 2), share))
