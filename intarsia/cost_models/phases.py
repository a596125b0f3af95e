"""Costs of the operators of an `llm.phase`: what each does in one step, and how long that takes on a device.

>>> model = PhaseCosts.of(module, "smollm2")
>>> model.step("decode", Setup(device, threads=2, precision="w-a8"), Step(rows=1, context=512)).seconds
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from intarsia.cost_models import energy, ops, rates, sources
from intarsia.cost_models.cost import Cost, Setup, Step, total
from intarsia.cost_models.ops import Op
from intarsia.errors import UnsupportedError
from intarsia.ir.bindings import ir
from intarsia.ir.device import Device
from intarsia.ir.module import Module, attribute, element, walk, width
from intarsia.ir.weights import stored_bytes

FEWER_ROWS = ("llm.select_rows", "llm.pool")
ROW_BYTES = {"f32": 4.0, "q8": 1.25}
"""Of an element of a row of activations; quantised ones with their scales."""


@dataclass(frozen=True)
class Weight:
    """A matrix: its stored dtype, number of elements in one layer, and those of a row. `inner`: it is a layer's, and no vector."""

    dtype: str
    elements: int
    columns: int = 1
    inner: bool = False


@dataclass(frozen=True)
class Work:
    """One operator: `count` launches in a step. `few` says that it sees only the selected rows.

    `row_bytes` are the activations it reads and writes for a row; `facts` are its attributes; `width_out` and `made` its result's width and type.
    """

    op: str
    label: str
    count: int
    few: bool
    row_bytes: float
    width_out: int
    facts: dict[str, Any]
    weights: tuple[Weight, ...] = ()
    residual: bool = False
    made: str = "f32"


WeightTable = dict[str, list[tuple[frozenset[int], Weight]]]


def works(phase: Any, table: WeightTable) -> list[Work]:
    """The operators of an `llm.phase` in order; `table` is `weight_table` of its model."""
    found: list[Work] = []
    few: set[Any] = set()
    for op in phase.regions[0].blocks[0].operations:
        _collect(op.operation, 1, 0, table, few, found)
    return found


def weight_table(model: Any) -> WeightTable:
    """By name, the weights of an `llm.model` with the layers that have them (none: outside the layers)."""
    table: WeightTable = {}
    for op in walk(model, "llm.weight"):
        shape, layers = attribute(op, "shape"), frozenset(attribute(op, "layers", []))
        weight = Weight(attribute(op, "dtype"), math.prod(shape), shape[-1], inner=bool(layers) and len(shape) > 1)
        table.setdefault(attribute(op, "name"), []).append((layers, weight))
    return table


def _collect(op: Any, count: int, layer: int, table: Any, few: set[Any], found: list[Work]) -> None:
    if op.name == "llm.repeat":
        for inner in op.regions[0].blocks[0].operations:
            _collect(inner.operation, attribute(op, "count"), attribute(op, "first"), table, few, found)
        return
    if op.name in ("llm.return", "llm.yield"):
        return
    selected = op.name in FEWER_ROWS or any(value in few for value in op.operands)
    if selected:
        few.update(op.results)
    found.append(_work(op, count, layer, table, selected))


def _work(op: Any, count: int, layer: int, table: Any, few: bool) -> Work:
    names = _weight_names(op)
    moved = sum(_row_bytes(value) for value in (*op.operands, *op.results))
    out = width(op.results[0]) if len(op.results) else 0
    facts = {name: attribute(op, name) for name in FACTS.get(op.name, ())}
    residual = (op.name == "llm.matmul" and len(op.operands) == 2) or (op.name == "llm.moe_experts" and len(op.operands) == 4)
    found = tuple(_lookup(table, name, layer) for name in names)
    made = element(op.results[0]) if len(op.results) else "f32"
    return Work(op.name, names[0] if names else op.name.removeprefix("llm."), count, few, moved, out, facts, found, residual, made)


FACTS = {
    "llm.matmul": ("activation",),
    "llm.attention": ("heads", "kv_heads", "head_dim", "causal", "window"),
    "llm.kv_write": ("kv_heads", "head_dim"),
    "llm.rope_kv": ("kv_heads", "head_dim"),
    "llm.moe_route": ("experts", "top_k"),
    "llm.moe_experts": ("experts", "top_k"),
}


def _weight_names(op: Any) -> list[str]:
    if op.name == "llm.matmul":
        return list(attribute(op, "weights"))
    if op.name == "llm.moe_experts":
        return [attribute(op, name) for name in ("gate", "up", "down")]
    return [attribute(op, "weight")] if "weight" in op.attributes else []


def _lookup(table: Any, name: str, layer: int) -> Weight:
    for layers, weight in table.get(name, []):
        if not layers or layer in layers:
            return weight  # type: ignore[no-any-return]
    raise UnsupportedError(f"the model has no weight {name} for layer {layer}", mend="add it to the llm.model, or correct the name")


def _row_bytes(value: Any) -> float:
    """Bytes of one row; token numbers are one word."""
    columns = width(value) if ir.RankedTensorType(value.type).rank > 1 else 1
    return columns * {"i8": ROW_BYTES["q8"], "f16": 2.0, "bf16": 2.0}.get(element(value), ROW_BYTES["f32"])


@dataclass(frozen=True)
class Part:
    """An operator as cost models know it (ops/). `fused`: it is done in passing by the one before, without a launch of its own."""

    op: Op
    fused: bool = False


def cost(work: Work, setup: Setup, step: Step) -> Cost:
    """One launch of `work` in `step`, its overhead included, by the best source for each part."""
    seen = replace(step, rows=step.logit_rows) if work.few and work.op not in FEWER_ROWS else step
    if seen.rows <= 0:
        return Cost()
    parts = PARTS.get(work.op, _elementwise)(work, setup, seen)
    if work.residual and setup.tp > 1:
        parts.append(Part(ops.Collective("all_reduce", seen.rows * work.width_out * ops.ACTIVATION_BYTES, setup.tp)))
    spent = total([_price(part, setup) for part in parts])
    return replace(spent, joules=spent.joules * setup.tp)


def _price(part: Part, setup: Setup) -> Cost:
    """The cost of a part on as many of the device's cores as there are threads."""
    device = rates.narrow(setup.device, setup.threads)
    key = (id(device), part.op)
    if key not in _prices or _prices[key][0] is not device:
        if len(_prices) > MOST_PRICES:
            _prices.clear()
        _prices[key] = device, sources.cost(ops.at_least_one(part.op), device)
    found = _prices[key][1]
    launch = rates.launch_seconds(device, setup.threads)
    if part.fused:
        return found.times(max(1.0 - launch / found.seconds, 0.0))
    return replace(found, bound="launch") if launch > found.seconds / 2 else found


_prices: dict[tuple[int, Op], tuple[Device, Cost]] = {}
"""Operators that were priced, by device: planning asks for the same ones again and again."""
MOST_PRICES = 1 << 17


def _elementwise(work: Work, setup: Setup, step: Step) -> list[Part]:
    return [Part(ops.Elementwise(work.row_bytes * step.rows, _kernel(work, setup)))]


def _kernel(work: Work, setup: Setup) -> str:
    """What calibration calls the kernel of an operator."""
    name, made = work.op.removeprefix("llm."), "q8" if work.made == "i8" else "f32"
    match name:
        case "quantise":
            return "activate.none.q8"
        case "activate":
            return f"activate.gelu.{made}"
        case "rmsnorm" | "layernorm" | "glu":
            return f"{name}.{made}"
        case "kv_write" | "rope_kv":
            return f"{name}.{setup.kv_dtype}"
    return name


def _embed(work: Work, setup: Setup, step: Step) -> list[Part]:
    bits = rates.weight_bits(work.weights[0].dtype, setup.precision)
    kernel = f"embed.{rates.packed_format(work.weights[0].dtype, setup.precision)}"
    return [Part(ops.Elementwise(step.rows * work.width_out * (bits / 8 + 4), kernel))]


def _matmul(work: Work, setup: Setup, step: Step) -> list[Part]:
    """A product for each type of weights, and the function that is fused to it. Products of 8-bit floats are priced with what makes their rows so."""
    outputs: dict[str, float] = {}
    for weight in work.weights:
        dtype = rates.operand(weight.dtype, setup, inner=weight.inner)
        outputs[dtype] = outputs.get(dtype, 0.0) + weight.elements / weight.columns
    columns = work.weights[0].columns if work.weights else 1
    products = [Part(ops.Gemm(step.rows, max(n / setup.tp, 1.0), columns, dtype)) for dtype, n in outputs.items()]
    return products + _fused_function(work, step)


def _fused_function(work: Work, step: Step) -> list[Part]:
    kind, made = str(work.facts.get("activation") or "none"), "q8" if work.made == "i8" else "f32"
    if kind == "none":
        return []
    gated = kind.startswith("glu_")
    moved = step.rows * work.width_out * ((8.0 if gated else 4.0) + ROW_BYTES[made])
    return [Part(ops.Elementwise(moved, f"glu.{made}" if gated else f"activate.gelu.{made}"), fused=True)]


def _attention(work: Work, setup: Setup, step: Step) -> list[Part]:
    """Where every row sees all others, a context of half the rows makes as many pairs."""
    f, batch = work.facts, max(step.sequences, 1.0)
    rows = step.rows / batch
    context = step.context if f["causal"] else step.context + (rows - 1) / 2
    heads, kv_heads = max(f["heads"] / setup.tp, 1.0), max(f["kv_heads"] / setup.tp, 1.0)
    dtype = "f32" if setup.device.kind == "cpu" else "bf16"
    return [Part(ops.Attention(batch, rows, context, heads, kv_heads, f["head_dim"], dtype, setup.kv_dtype, f["window"] or 0))]


def _kv_bytes(work: Work, setup: Setup, step: Step) -> float:
    return float(step.rows * 2 * work.facts["kv_heads"] * work.facts["head_dim"] * (4 + setup.kv_element_bytes) / setup.tp)


def _kv_write(work: Work, setup: Setup, step: Step) -> list[Part]:
    return [Part(ops.Elementwise(_kv_bytes(work, setup, step), _kernel(work, setup)))]


def _rope_kv(work: Work, setup: Setup, step: Step) -> list[Part]:
    return [Part(ops.Elementwise(work.row_bytes * step.rows + _kv_bytes(work, setup, step), _kernel(work, setup)))]


def _moe_route(work: Work, setup: Setup, step: Step) -> list[Part]:
    chosen = step.rows * (4.0 * work.facts["experts"] + 8 * work.facts["top_k"])
    return [*_matmul(work, setup, step), Part(ops.Elementwise(chosen, "moe_route"))]


def _moe_experts(work: Work, setup: Setup, step: Step) -> list[Part]:
    """Even routing; gate, up and down are priced as if all were of the gate's type."""
    gate, experts = work.weights[0], work.facts["experts"]
    inter = gate.elements / gate.columns / experts
    return [Part(ops.Experts(step.rows, gate.columns, inter, work.facts["top_k"], experts, tp=setup.tp, dtype=rates.operand(gate.dtype, setup, inner=True)))]


PARTS: dict[str, Callable[[Work, Setup, Step], list[Part]]] = {
    "llm.embed": _embed, "llm.matmul": _matmul, "llm.attention": _attention, "llm.kv_write": _kv_write, "llm.rope_kv": _rope_kv,
    "llm.moe_route": _moe_route, "llm.moe_experts": _moe_experts,
}  # fmt: skip


@dataclass(frozen=True)
class PhaseCosts:
    """A model's costs by the operators of its phases. `table`: see `weight_table`."""

    phases: dict[str, list[Work]]
    weights: list[tuple[str, float]] = field(default_factory=list)
    table: WeightTable = field(default_factory=dict)

    @staticmethod
    def of(module: Module, model: str) -> PhaseCosts:
        """The phases of `model` in a module of stage ops or plan."""
        op = module.find("llm.model", model)
        table = weight_table(op)
        phases = {attribute(p, "kind"): works(p, table) for p in module.ops("llm.phase") if attribute(p, "model") == model and "function" not in p.attributes}
        return PhaseCosts(phases, [(w.dtype, w.elements * max(len(layers), 1)) for each in table.values() for layers, w in each], table)

    def operators(self, phase: str, setup: Setup, step: Step) -> list[tuple[Work, Cost]]:
        """Each operator with the cost of one of its launches."""
        return [(work, cost(work, setup, step)) for work in self.phases[phase]]

    def step(self, phase: str, setup: Setup, step: Step) -> Cost:
        """All launches of one step, and Python's time around them."""
        return total([*(found.times(work.count) for work, found in self.operators(phase, setup, step)), self.host(phase, setup, step)])

    def host(self, phase: str, setup: Setup, step: Step) -> Cost:
        """Python's time in one step; logits are of the phase's last product."""
        last = self.phases[phase][-1]
        found = rates.host(setup.device, step.rows, step.sequences, step.logit_rows * last.width_out if phase in ("prefill", "decode") else 0.0)
        return replace(found, joules=energy.joules(rates.narrow(setup.device, 1), found.seconds, found.seconds, 0.0))

    @property
    def stored_bytes(self) -> float:
        """Bytes of all weights as stored."""
        return float(sum(stored_bytes(dtype, round(elements)) for dtype, elements in self.weights))

    def weight_bytes(self, precision: str) -> float:
        placed = [(weight, max(len(layers), 1)) for each in self.table.values() for layers, weight in each]
        return sum(w.elements * count * rates.weight_bits(w.dtype, precision, inner=w.inner) / 8 for w, count in placed)
