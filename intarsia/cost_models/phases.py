"""Costs of the operators of an `llm.phase`: what each does in one step, and how long that takes on a device.

>>> model = PhaseCosts.of(module, "smollm2")
>>> model.step("decode", Setup(device, threads=2, precision="w-a8"), Step(rows=1, context=512)).seconds
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from intarsia.cost_models import rates
from intarsia.cost_models.cost import Cost, Setup, Step, total
from intarsia.errors import UnsupportedError
from intarsia.ir.bindings import ir
from intarsia.ir.module import Module, attribute, element, walk, width
from intarsia.ir.weights import stored_bytes

FEWER_ROWS = ("llm.select_rows", "llm.pool")


@dataclass(frozen=True)
class Weight:
    """A matrix: its stored dtype and number of elements in one layer."""

    dtype: str
    elements: int


@dataclass(frozen=True)
class Work:
    """One operator: `count` launches in a step. `few` says that it sees only the selected rows.

    `row_bytes` are the activations it reads and writes for a row; `facts` are its attributes; `width_out` its result's width.
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


def works(phase: Any, table: dict[str, list[tuple[frozenset[int], Weight]]]) -> list[Work]:
    """The operators of an `llm.phase` in order; `table` is `weight_table` of its model."""
    found: list[Work] = []
    few: set[Any] = set()
    for op in phase.regions[0].blocks[0].operations:
        _collect(op.operation, 1, 0, table, few, found)
    return found


def weight_table(model: Any) -> dict[str, list[tuple[frozenset[int], Weight]]]:
    """By name, the weights of an `llm.model` with the layers that have them (none: outside the layers)."""
    table: dict[str, list[tuple[frozenset[int], Weight]]] = {}
    for op in walk(model, "llm.weight"):
        weight = Weight(attribute(op, "dtype"), math.prod(attribute(op, "shape")))
        table.setdefault(attribute(op, "name"), []).append((frozenset(attribute(op, "layers", [])), weight))
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
    return Work(op.name, names[0] if names else op.name.removeprefix("llm."), count, few, moved, out, facts, found, residual)


FACTS = {
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
    return columns * {"i8": 1.25, "f16": 2.0, "bf16": 2.0}.get(element(value), 4.0)


def cost(work: Work, setup: Setup, step: Step) -> Cost:
    """One launch of `work` in `step`, its overhead included."""
    seen = replace(step, rows=step.logit_rows) if work.few and work.op not in FEWER_ROWS else step
    found = COSTS.get(work.op, _elementwise)(work, setup, seen)
    launch = rates.launch_seconds(setup.device, setup.threads)
    bound = "launch" if launch > found.seconds else found.bound
    parts = [replace(found, seconds=found.seconds + launch, bound=bound)]
    if work.residual and setup.tp > 1:
        parts.append(rates.all_reduce(setup, seen.rows * work.width_out * 2))
    spent = total(parts)
    return replace(spent, joules=spent.seconds * setup.watts)


def _elementwise(work: Work, setup: Setup, step: Step) -> Cost:
    return rates.stream(setup, work.row_bytes * step.rows)


def _embed(work: Work, setup: Setup, step: Step) -> Cost:
    bits = rates.BITS[rates.packed_format(work.weights[0].dtype, setup.precision)]
    return rates.stream(setup, step.rows * work.width_out * (bits / 8 + 4))


def _matmul(work: Work, setup: Setup, step: Step) -> Cost:
    by_format: dict[str, float] = {}
    for weight in work.weights:
        fmt = rates.packed_format(weight.dtype, setup.precision)
        by_format[fmt] = by_format.get(fmt, 0.0) + weight.elements
    return total([rates.matmul(setup, fmt, step.rows, elements) for fmt, elements in by_format.items()])


def _attention(work: Work, setup: Setup, step: Step) -> Cost:
    rows = step.rows / max(step.sequences, 1)
    window = work.facts["window"] or math.inf
    before = min(step.context, window)
    inside = rows / 2 + 0.5 if work.facts["causal"] else rows
    pairs = step.rows * min(before + inside, window)
    width_q = work.facts["heads"] * work.facts["head_dim"]
    kv_row = 2 * work.facts["kv_heads"] * work.facts["head_dim"] * setup.kv_element_bytes
    return rates.attention(setup, pairs, width_q, step.sequences * (before + rows) * kv_row, rows)


def _kv_write(work: Work, setup: Setup, step: Step) -> Cost:
    return rates.stream(setup, step.rows * 2 * work.facts["kv_heads"] * work.facts["head_dim"] * (4 + setup.kv_element_bytes) / setup.tp)


def _rope_kv(work: Work, setup: Setup, step: Step) -> Cost:
    return total([_elementwise(work, setup, step), _kv_write(work, setup, step)])


def _moe_route(work: Work, setup: Setup, step: Step) -> Cost:
    return _matmul(work, setup, step)


def _moe_experts(work: Work, setup: Setup, step: Step) -> Cost:
    """Every expert that some row chose, under even routing, with its share of the rows."""
    experts, top_k = work.facts["experts"], work.facts["top_k"]
    touched = experts * (1 - (1 - top_k / experts) ** step.rows)
    rows = step.rows * top_k / max(touched, 1e-9)
    each = tuple(replace(w, elements=round(w.elements * touched / experts)) for w in work.weights)
    return _matmul(replace(work, weights=each), setup, replace(step, rows=max(rows, 1.0)))


COSTS: dict[str, Callable[[Work, Setup, Step], Cost]] = {
    "llm.embed": _embed, "llm.matmul": _matmul, "llm.attention": _attention, "llm.kv_write": _kv_write, "llm.rope_kv": _rope_kv,
    "llm.moe_route": _moe_route, "llm.moe_experts": _moe_experts,
}  # fmt: skip


@dataclass(frozen=True)
class PhaseCosts:
    """A model's costs by the operators of its phases."""

    phases: dict[str, list[Work]]
    weights: list[tuple[str, float]] = field(default_factory=list)

    @staticmethod
    def of(module: Module, model: str) -> PhaseCosts:
        """The phases of `model` in a module of stage ops or plan."""
        op = module.find("llm.model", model)
        table = weight_table(op)
        phases = {attribute(p, "kind"): works(p, table) for p in module.ops("llm.phase") if attribute(p, "model") == model and "function" not in p.attributes}
        return PhaseCosts(phases, [(w.dtype, w.elements * max(len(layers), 1)) for each in table.values() for layers, w in each])

    def operators(self, phase: str, setup: Setup, step: Step) -> list[tuple[Work, Cost]]:
        """Each operator with the cost of one of its launches."""
        return [(work, cost(work, setup, step)) for work in self.phases[phase]]

    def step(self, phase: str, setup: Setup, step: Step) -> Cost:
        """All launches of one step."""
        return total([found.times(work.count) for work, found in self.operators(phase, setup, step)])

    @property
    def stored_bytes(self) -> float:
        """Bytes of all weights as stored."""
        return float(sum(stored_bytes(dtype, round(elements)) for dtype, elements in self.weights))

    def weight_bytes(self, precision: str) -> float:
        return sum(elements * rates.BITS[rates.packed_format(dtype, precision)] / 8 for dtype, elements in self.weights)
