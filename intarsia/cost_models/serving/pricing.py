"""Prices of a step's operators, each from the best source of costs (sources.py).

>>> price = Priced("vllm")
>>> step_cost(config, plan, precision, step, load("H100-SXM"), price)

Operators of one kind are priced together, so that a million of them cost few look-ups. `sources` counts where prices came from.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from intarsia.cost_models import ops, sources
from intarsia.cost_models.estimate import Estimate, Source
from intarsia.cost_models.ops import BatchedGemm, Collective, Elementwise, Experts, Gemm, Op
from intarsia.cost_models.silicon import moves
from intarsia.errors import InputError, MissingDependency
from intarsia.ir.device import Device

LEAST_SECONDS = 1e-6
NARROW = ("f8", "f8_block", "f4")
NOT_AS_SERVED = (("vllm", "f8_block"), ("trtllm", "f4"))
"""Tables that were not measured as engines run: without a CUDA graph, so that the host sets the least time; and without TensorRT-LLM's autotuner, which chooses
among kernels of 4 bits (collect_gemm.py of aiconfigurator's collectors)."""


@dataclass
class Priced:
    """Measured under `framework` where possible, else under another, else modelled.

    Products of bf16 and element-wise passes have the price of the fastest engine measured: all call the same libraries, and a table with a slower figure holds an
    older kernel. Narrow products have the framework's own price, as each calls another library (vLLM CUTLASS, TensorRT-LLM cuBLAS), unless its table is one of
    NOT_AS_SERVED. `all_reduce` and `experts`: the framework's "own", or the "fastest" of all
    (engines on Blackwell take TensorRT-LLM's all-reduce by way of FlashInfer; a pipeline takes the fastest kernel).
    """

    framework: str = "vllm"
    all_reduce: str = "own"
    experts: str = "own"
    sources: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        for what, choice in (("all-reduce", self.all_reduce), ("experts", self.experts)):
            if choice not in ("own", "fastest"):
                raise InputError(f"unknown {what} {choice!r}", mend="choose own or fastest")

    def __call__(self, wanted: Sequence[Op], device: Device) -> NDArray[np.float64]:
        """Seconds of one launch of each operator."""
        seconds = np.zeros(len(wanted))
        for places in ops.by_kind(wanted).values():
            seconds[places] = self.batched(ops.stack([wanted[place] for place in places]), device)
        return seconds

    def batched(self, op: Op, device: Device) -> NDArray[np.float64]:
        """Seconds of one launch of each operator that one with arrays stands for."""
        found = self._price(ops.at_least_one(op), device)
        self.sources[found.source] += found.seconds.size
        return found.seconds

    def _price(self, op: Op, device: Device) -> Estimate:
        order = sources.preferred(self.framework)
        if isinstance(op, Gemm) and op.dtype in NARROW and (self.framework, op.dtype) not in NOT_AS_SERVED and (own := _answer(op, device, order[1])) is not None:
            return own
        found = [answer for source in order[:-1] if (answer := _answer(op, device, source)) is not None] if self._shared(op) else []
        if not found:
            return sources.best(op, device, order)
        fastest = np.minimum.reduce([np.broadcast_to(answer.seconds, found[0].seconds.shape) for answer in found])
        return replace(found[0], seconds=fastest)

    def _shared(self, op: Op) -> bool:
        if isinstance(op, Experts):
            return self.experts == "fastest"
        return isinstance(op, (Gemm, BatchedGemm, Elementwise)) or (isinstance(op, Collective) and op.op == "all_reduce" and self.all_reduce == "fastest")


def _answer(op: Op, device: Device, source: Source) -> Estimate | None:
    """What measured tables say, if anything. TensorRT-LLM's products of 8 bits were measured with finding the scale of their rows, which is taken off:
    checkpoints with a scale a tensor hold that of the rows too, and step_ops.py counts it where one does not."""
    try:
        found = source.estimate(op, device)
        if isinstance(op, Gemm) and op.dtype == "f8" and found.source == "measured with trtllm":
            scales = moves.scale_seconds(np.asarray(op.m * op.k), device.name, "trtllm")
            return replace(found, seconds=np.maximum(found.seconds - scales, LEAST_SECONDS))
    except (InputError, MissingDependency):
        return None
    return found
