"""A model's repeated layer with costs from `cost_models`: sizes x plan x precision x device -> a `Layer`.

Which kernels there are is the caller's choice (`Kernels`). Positions belong to the product before them.
"""

from __future__ import annotations

import operator
from bisect import bisect_left
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from intarsia.cost_models import dtypes
from intarsia.cost_models.ops import Collective, Gemm, Op
from intarsia.cost_models.serving.memory import VLLM, Told, footprint
from intarsia.cost_models.serving.shapes import Batch, Chunk, Launch, Plan, Precision, Step
from intarsia.cost_models.serving.step import OpCost
from intarsia.cost_models.serving.step_ops import step_ops
from intarsia.errors import InfeasibleError, InputError, UnsupportedError
from intarsia.ir.device import Device
from intarsia.ir.model import ModelConfig
from intarsia.planner.pipeline.layer import Kind, Layer, Operator, Resources
from intarsia.planner.pipeline.parts import in_parts

PARTS = {
    "Norm1": (), "KQV": ("qkv", "rope_and_cache", "query_norms"), "O": ("attention_output", "output_gate"), "AR_O": ("attention_all_reduce",), "Norm2": (),
    "Route": ("router", "routing"), "Experts": ("experts", "shared_expert_up", "shared_expert_activation", "shared_expert_down", "shared_expert_sum"),
    "UG": ("ffn_up", "ffn_activation"), "D": ("ffn_down",), "AR_D": ("ffn_all_reduce", "moe_all_reduce"),
}  # fmt: skip
"""Labels of `step_ops` by operator, in the order of a layer; attention stands between KQV and O. Where norms stand is said by `_norms`."""
OUTSIDE = ("embedding", "embedding_all_reduce", "output", "logits_all_gather", "sampling", "stage_send", "attention", "quantised_rows")
STEP_ENDS = ("embedding", "embedding_all_reduce", "output", "logits_all_gather", "sampling")
"""What a step does before and after its layers, beside the last norm."""
Kernels = Literal["fused", "apart", "inline"]
"""*fused*, as in NanoFlow's pipelines (github.com/efeslab/Nanoflow, pipeline/include): the product up to the hidden width applies the activation to what it has in registers
(dualWrapper.cuh; in the paper's table 2 it reaches the same part of its compute bound, 88.2 %, as the product down, which has none), and an all-reduce norms the rows that a
device has reduced before it gives them to the others (netWrapper.cuh), so that a norm takes 1/devices of its time; on one device norms are operators of their own. Experts are
several launches (`parts.py`).
*apart*: norms are operators of their own, bound by memory, so that they may run beside the products of other rows; activations belong to the product before them.
*inline*: norms belong to the product after them."""
POINTS = 16
ROUND = 16
"""Rows: batches that are named instead of one that has no room are multiples of it."""
BATCH_ROWS, LARGE = 2048, (4096, 8192, 16384)
"""Rows, and sizes of the square matrices, of the products whose fastest rate counts as what a device attains: NanoFlow (arXiv 2408.12757v2, section 6.2) measures its
peak with 2,048 tokens, 280 TFLOP/s on A100 (section 3.5), where our costs say 284."""


@dataclass(frozen=True)
class Work:
    """A dense batch: `decode` sequences that add a token after `context` others, and `prefill` tokens of prompts of `prompt` tokens."""

    decode: int
    prefill: int
    context: float
    prompt: float

    @staticmethod
    def of(rows: int, prompt: float, output: float) -> Work:
        """What `rows` rows hold when requests of `prompt` and `output` tokens come and go evenly: each brings its prompt and one row for each later token.

        Sequences are half through their answers on average (NanoFlow, arXiv 2408.12757, section 2).
        """
        if rows < 1 or prompt <= 0 or output <= 0:
            raise InputError(f"a batch of {rows} rows of requests with {prompt:g} + {output:g} tokens", mend="give at least one row and one token of each")
        decode = round(rows * output / (prompt + output))
        return Work(decode, rows - decode, prompt + output / 2, prompt)


def layer(name: str, config: ModelConfig, device: Device, plan: Plan, precision: Precision, work: Work, cost: OpCost, *, kernels: Kernels = "fused",
          peak: float | None = None) -> Layer:  # fmt: skip
    """The mean layer of a model on each of the plan's devices. `peak`: FLOP/s of a device that the optimum counts with; None for what products attain.

    Raises UnsupportedError for layers of other kinds, InfeasibleError where the batch has no room.
    """
    _check(name, config, device, plan, precision, work)
    rows = work.decode + work.prefill
    grid = sorted({max(1, round(rows * i / POINTS)) for i in range(1, POINTS + 1)})
    dense = [_by_part(config, plan, precision, Step(decode=(Batch(count, work.context),)), device, cost, kernels) for count in grid]
    operators = [_operator(part, [(count, found[part]) for count, found in zip(grid, dense, strict=True)]) for part in PARTS if part in dense[-1]]
    middle = []
    if work.decode:
        middle.append(_attention("DecAttn", "decode", config, plan, precision, device, cost, [(n, Step(decode=(Batch(n, work.context),))) for n in _grid(work.decode)]))
    if work.prefill:
        middle.append(_attention("PfAttn", "prefill", config, plan, precision, device, cost, [(n, _prompts(n, work.prompt)) for n in _grid(work.prefill)]))
    if kernels == "fused":
        operators = in_parts(operators, sum(op.points[-1][1] for op in (*operators, *middle)), device)
    first = next(number for number, op in enumerate(operators) if op.name == "KQV") + 1
    chained = _chained(operators[:first], middle, operators[first:])
    active = 2.0 * config.parameters(active=True) * rows / config.layers
    optimal = max(active / (plan.devices * (peak or attained(device, precision, cost))), *(getattr(_total(chained), kind) for kind in ("memory", "network")))
    ends = _ends(config, plan, precision, work, device, cost)
    return Layer(name, chained, work.decode, work.prefill, config.layers, plan.devices, optimal, grain=max(1, rows // 16), outside_s=ends)


def attained(device: Device, precision: Precision, cost: OpCost) -> float:
    """The best FLOP/s that large products reach under these costs: the compute bound is that of a real product, not of a data sheet."""
    products = [Gemm(float(BATCH_ROWS), float(n), float(n), precision.weights) for n in LARGE]
    return max(float(op.flops) / float(seconds) for op, seconds in zip(products, cost(products, device), strict=True))


def _check(name: str, config: ModelConfig, device: Device, plan: Plan, precision: Precision, work: Work) -> None:
    if config.kv_lora_rank or config.linear_layers or config.family != "decoder":
        raise UnsupportedError("only layers of grouped-head attention have a pipeline", where=name, mend="give a decoder without latent attention or layers with a state")
    if plan.pp > 1 or plan.dp > 1:
        raise UnsupportedError("a pipeline is one of tensor-parallel devices", where=name, mend="leave pp and dp at 1")
    if config.heads % plan.tp:
        most = max(n for n in range(1, plan.tp) if config.heads % n == 0)
        raise InputError(f"{plan.tp} devices can't share {config.heads} heads evenly", where=name, mend=f"take {most} devices")
    held, room = _kept(config, device, plan, precision, work)
    if held > room:
        rows = work.decode + work.prefill
        most = ROUND * bisect_left(range(1, rows // ROUND + 1), True, key=lambda n: operator.gt(*_kept(config, device, plan, precision, _part(work, ROUND * n / rows))))
        raise InfeasibleError(
            f"the batch keeps {held:.0f} tokens of context, but {plan.devices} x {device.name} hold {room} beside the weights and what its rows take", where=name,
            mend=f"take a batch of at most {most} rows" if most > 0 else "take more devices, or weights of fewer bits")  # fmt: skip


def _kept(config: ModelConfig, device: Device, plan: Plan, precision: Precision, work: Work) -> tuple[float, int]:
    """Tokens of context that a batch keeps, and those that there is room for beside the weights and its rows."""
    room = footprint(config, device, plan, precision, VLLM, Told(work.decode + work.prefill, max(1, work.decode)))
    return work.decode * work.context + work.prefill, room.kv_tokens


def _part(work: Work, share: float) -> Work:
    decode = round(share * work.decode)
    return replace(work, decode=decode, prefill=round(share * (work.decode + work.prefill)) - decode)


def _grid(rows: int) -> list[int]:
    return sorted({max(1, round(rows * i / 8)) for i in range(1, 9)})


def _prompts(rows: int, prompt: float) -> Step:
    """So many rows of prompts: whole ones, and at most one whose last part this is."""
    if rows >= prompt:
        return Step(prefill=(Chunk(prompt, 0.0, rows / prompt),))
    return Step(prefill=(Chunk(float(rows), (prompt - rows) / 2),))


Cost = tuple[float, Resources, tuple[float, Kind]]
"""Seconds, resources, and the longest launch with what bounds it."""


def _norms(config: ModelConfig, plan: Plan, kernels: Kernels) -> tuple[str, ...]:
    """The operators that a layer's norms are part of."""
    if kernels == "fused" and plan.tp > 1:
        return ("AR_D", "AR_O")[: config.layer_norms]
    second = "Route" if config.experts else "UG"
    return (("KQV", second) if kernels == "inline" else ("Norm1", "Norm2"))[: config.layer_norms]


def _by_part(config: ModelConfig, plan: Plan, precision: Precision, step: Step, device: Device, cost: OpCost, kernels: Kernels) -> dict[str, Cost]:
    """Seconds and resources of a mean layer, by operator."""
    launches = [launch for launch in step_ops(config, plan, precision, step) if not (kernels == "fused" and launch.label == "ffn_activation")]
    seconds = cost([launch.op for launch in launches], device)
    found: dict[str, Cost] = {}
    known, norms = {label for labels in PARTS.values() for label in labels} | {"norm", *OUTSIDE}, _norms(config, plan, kernels)
    for launch, taken in zip(launches, seconds, strict=True):
        if launch.label not in known:
            raise UnsupportedError(f"the operator {launch.label} has no place in a pipeline", mend="give a decoder of grouped-head attention and dense or expert layers")
        parts = list(norms) if launch.label == "norm" else [part for part, labels in PARTS.items() if launch.label in labels]
        for part in parts:
            rows = 1 / plan.tp if launch.label == "norm" and part.startswith("AR_") else 1.0
            share = rows * _count(launch) / config.layers / len(parts)
            old, used, longest = found.get(part, (0.0, Resources(), (0.0, "compute")))
            mine = _resources(launch.op, device, share)
            found[part] = (old + share * float(taken), used + mine, max(longest, (share * float(taken), mine.bound)))
    if not plan.tp > 1:
        found = {part: each for part, each in found.items() if not part.startswith("AR_")}
    return found


def _ends(config: ModelConfig, plan: Plan, precision: Precision, work: Work, device: Device, cost: OpCost) -> float:
    """Seconds of a step before and after its layers, one operator after the other."""
    decode = (Batch(work.decode, work.context),) if work.decode else ()
    step = Step(decode=decode, prefill=_prompts(work.prefill, work.prompt).prefill if work.prefill else ())
    launches = [launch for launch in step_ops(config, plan, precision, step) if launch.label in (*STEP_ENDS, "norm")]
    counts = [1 if launch.label == "norm" else launch.count for launch in launches]
    return float(np.dot(counts, cost([launch.op for launch in launches], device)))


def _count(launch: Launch) -> int:
    """Launches in the layers: the last norm stands behind them."""
    return launch.count - 1 if launch.label == "norm" else launch.count


def _resources(op: Op, device: Device, share: float) -> Resources:
    if isinstance(op, Collective):
        there = 2.0 if op.op == "all_reduce" else 1.0
        return Resources(network=share * there * float(op.size) * (float(op.ranks) - 1) / float(op.ranks) / max(device.link_bandwidth, 1.0))
    return Resources(share * float(op.flops) / dtypes.peak(device, op.arithmetic), share * float(op.bytes) / device.main_memory.bandwidth)


def _operator(name: str, costs: list[tuple[int, Cost]]) -> Operator:
    _, resources, (_, kind) = costs[-1][1]
    return Operator(name, kind, tuple((float(rows), seconds) for rows, (seconds, *_) in costs), resources=resources)


def _attention(name: str, rows: str, config: ModelConfig, plan: Plan, precision: Precision, device: Device, cost: OpCost, steps: list[tuple[int, Step]]) -> Operator:
    points, resources = [], Resources()
    for count, step in steps:
        launches = [launch for launch in step_ops(config, plan, precision, step) if launch.label == "attention"]
        seconds = cost([launch.op for launch in launches], device)
        points.append((float(count), float(np.dot([launch.count for launch in launches], seconds)) / config.layers))
        resources = sum((_resources(launch.op, device, launch.count / config.layers) for launch in launches), Resources())
    kind: Kind = "memory" if rows == "decode" else resources.bound
    return Operator(name, kind, _rising(points), rows=rows, resources=resources)


def _rising(points: list[tuple[float, float]]) -> tuple[tuple[float, float], ...]:
    """More rows never take less: measured tables have dents."""
    highest = np.maximum.accumulate([seconds for _, seconds in points])
    return tuple((rows, float(seconds)) for (rows, _), seconds in zip(points, highest, strict=True))


def _chained(before: list[Operator], middle: list[Operator], after: list[Operator]) -> tuple[Operator, ...]:
    """One after the other, both attentions beside each other; the next layer's first after it all."""
    found: list[Operator] = []
    waits: tuple[str, ...] = ()
    for group in (*([op] for op in before), middle, *([op] for op in after)):
        found += [replace(op, after=waits, points=_rising(list(op.points))) for op in group]
        waits = tuple(op.name for op in group) or waits
    return (replace(found[0], previous=waits), *found[1:])


def _total(operators: tuple[Operator, ...]) -> Resources:
    return sum((op.resources for op in operators), Resources())
