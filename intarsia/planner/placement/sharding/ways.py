"""The ways to split each operator of an `llm.phase` over equal devices, with their costs on the model's sizes. One function an operator: `WAYS`.

A matmul's weight may be whole, split along its outputs (its result lies by columns), or along its inputs (each device has a partial sum, which is all-reduced, or reduced and
scattered): Megatron's two splits (arXiv 1909.08053), sequence parallelism's (arXiv 2205.05198), and those between.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from intarsia.cost_models import ops, sources
from intarsia.cost_models.dtypes import DTYPES
from intarsia.cost_models.ops import ACTIVATION_BYTES, Op
from intarsia.cost_models.phases import Work
from intarsia.ir.device import Device
from intarsia.planner.placement.sharding.graph import COLUMNS, LAYOUTS, ROWS, WHOLE, Way

STATISTIC_BYTES = 4
"""A row's sum of squares, which devices that hold its columns share."""
KV_BYTES = 2


@dataclass(frozen=True)
class Load:
    """A step: `rows` tokens of `sequences`, `context` tokens of each before them, `logit_rows` rows whose logits are wanted; `kept` tokens are in the cache, over all sequences."""

    rows: int
    sequences: int
    context: int
    logit_rows: int
    kept: int
    decode: bool


@dataclass(frozen=True)
class Site:
    """Where it runs: `devices` equal ones. `dtype` of weights and products."""

    device: Device
    devices: int
    dtype: str = "bf16"

    def seconds(self, op: Op) -> float:
        return _seconds(op, self.device)

    def collective(self, name: str, size: float) -> float:
        return self.seconds(ops.Collective(name, size, self.devices)) if self.devices > 1 else 0.0

    def weights(self, elements: float) -> float:
        """Bytes of weights."""
        return elements * DTYPES[self.dtype].bits / 8


@lru_cache(maxsize=1 << 16)
def _seconds_of(op: Op, name: str) -> float:
    return float(sources.best(ops.at_least_one(op), _devices[name]).seconds.item())


_devices: dict[str, Device] = {}


def _seconds(op: Op, device: Device) -> float:
    _devices[device.name] = device
    return _seconds_of(op, device.name)


@dataclass(frozen=True)
class Case:
    """One operator to be split: its rows in this step, and the widths of its operands."""

    work: Work
    site: Site
    load: Load
    widths: tuple[int, ...]

    @property
    def rows(self) -> int:
        return self.load.logit_rows if self.work.few else self.load.rows

    @property
    def n(self) -> int:
        return self.site.devices

    @property
    def result_bytes(self) -> float:
        return float(self.rows * self.work.width_out * ACTIVATION_BYTES)

    def splits(self, *, columns: int) -> tuple[str, ...]:
        """The layouts that sizes allow: rows where each device gets one, columns where `columns` can be shared out evenly."""
        allowed = {WHOLE: True, ROWS: self.rows >= self.n, COLUMNS: columns > 0 and columns % self.n == 0}
        return tuple(layout for layout in LAYOUTS if allowed[layout])

    def share(self, layout: str) -> float:
        """Of the rows, or of the columns, on the busiest device."""
        return 1.0 if layout == WHOLE else -(-self.rows // self.n) / self.rows if layout == ROWS else 1 / self.n


def ways(case: Case) -> tuple[Way, ...]:
    """All ways of an operator; one on a single device. Raises KeyError for an operator that has none."""
    found = tuple(WAYS[case.work.op](case))
    return found[:1] if case.n == 1 else found


def _alike(case: Case, columns: int, moved: float) -> Iterator[Way]:
    """Operands and result in one layout, bytes shared out."""
    for layout in case.splits(columns=columns):
        part = case.share(layout)
        spent = case.site.seconds(ops.Elementwise(moved * part))
        yield Way(layout, (layout,) * len(case.widths), layout, spent, result_bytes=case.result_bytes * part)


def _elementwise(case: Case) -> Iterator[Way]:
    moved = case.rows * ACTIVATION_BYTES * (sum(case.widths) + case.work.width_out)
    return _alike(case, case.work.width_out, moved)


def _heads(case: Case) -> Iterator[Way]:
    """What works on heads is split between them."""
    heads = case.work.width_out // int(case.work.facts["head_dim"])
    return _alike(case, heads, case.rows * ACTIVATION_BYTES * (sum(case.widths) + case.work.width_out))


def _norm(case: Case) -> Iterator[Way]:
    """By columns, devices share each row's statistics."""
    for way in _elementwise(case):
        extra = case.site.collective("all_reduce", case.rows * STATISTIC_BYTES) if way.gives == COLUMNS else 0.0
        yield Way(way.name, way.takes, way.gives, way.seconds + extra, result_bytes=way.result_bytes)


def _embed(case: Case) -> Iterator[Way]:
    """The table whole, by words (each device adds nothing for words of others), or by columns. Token numbers are on every device."""
    table = case.site.weights(sum(weight.elements for weight in case.work.weights))
    moved = 2 * case.result_bytes
    for layout in case.splits(columns=case.work.width_out):
        part = case.share(layout)
        spent = case.site.seconds(ops.Elementwise(moved * part))
        yield Way(layout, (WHOLE,), layout, spent, table / case.n if layout == COLUMNS else table, result_bytes=case.result_bytes * part)
    spent = case.site.seconds(ops.Elementwise(moved)) + case.site.collective("all_reduce", case.result_bytes)
    yield Way("words", (WHOLE,), WHOLE, spent, table / case.n, result_bytes=case.result_bytes)


def _matmul(case: Case) -> Iterator[Way]:
    """Several weights are one product side by side; a residual has the result's layout."""
    k, outputs = case.widths[0], sum(weight.elements for weight in case.work.weights) // case.widths[0]
    weights = case.site.weights(sum(weight.elements for weight in case.work.weights))
    more = len(case.widths) - 1
    for layout in case.splits(columns=min(case.work.width_out, *(weight.elements // weight.columns for weight in case.work.weights))):
        rows, part = case.rows * (case.share(ROWS) if layout == ROWS else 1), 1 / case.n if layout == COLUMNS else 1
        spent = case.site.seconds(ops.Gemm(rows, outputs * part, k, case.site.dtype))
        name, takes = ("outputs", WHOLE) if layout == COLUMNS else (layout, layout)
        yield Way(name, (takes, *[layout] * more), layout, spent, weights * part, result_bytes=case.result_bytes * case.share(layout))
    if k % case.n == 0:
        yield from _partial(case, outputs, k, weights, more)


def _partial(case: Case, outputs: int, k: int, weights: float, more: int) -> Iterator[Way]:
    """Weights split along the inputs: partial sums are added up everywhere, or each device gets the sums of its rows or columns."""
    product = case.site.seconds(ops.Gemm(case.rows, outputs, k / case.n, case.site.dtype))
    size = float(case.rows * outputs * ACTIVATION_BYTES)
    for layout in case.splits(columns=case.work.width_out):
        name, collective = ("inputs", "all_reduce") if layout == WHOLE else (f"inputs, {layout}", "reduce_scatter")
        spent = product + case.site.collective(collective, size)
        yield Way(name, (COLUMNS, *[layout] * more), layout, spent, weights / case.n, result_bytes=case.result_bytes * case.share(layout))


def _cache_layouts(case: Case) -> tuple[str, ...]:
    """Keys and values are split between KV heads, or, where each row is a sequence of its own, between sequences."""
    return tuple(layout for layout in case.splits(columns=int(case.work.facts["kv_heads"])) if layout != ROWS or case.load.decode)


def _kv_write(case: Case) -> Iterator[Way]:
    width = 2 * int(case.work.facts["kv_heads"]) * int(case.work.facts["head_dim"])
    for layout in _cache_layouts(case):
        part = case.share(layout)
        spent = case.site.seconds(ops.Elementwise(case.rows * width * (ACTIVATION_BYTES + KV_BYTES) * part))
        yield Way(layout, (layout, layout), layout, spent, cache_bytes=case.load.kept * width * KV_BYTES * part)


def _attention(case: Case) -> Iterator[Way]:
    """Its last operand stands for the cache, in the layout in which it was written."""
    f, load = case.work.facts, case.load
    for layout in _cache_layouts(case):
        heads = case.n if layout == COLUMNS else 1
        batch = -(-load.sequences // case.n) if layout == ROWS else load.sequences
        op = ops.Attention(batch, load.rows / load.sequences, load.context, f["heads"] / heads, f["kv_heads"] / heads, f["head_dim"], "bf16", "bf16", f["window"] or 0)
        yield Way(layout, (layout, layout), layout, case.site.seconds(op), result_bytes=case.result_bytes * case.share(layout))


def _route(case: Case) -> Iterator[Way]:
    """Routers are small: whole, or by rows."""
    experts = int(case.work.facts["experts"])
    for layout in (WHOLE, ROWS)[: 2 if case.rows >= case.n else 1]:
        rows = case.rows * case.share(layout)
        spent = case.site.seconds(ops.Gemm(rows, experts, case.widths[0], case.site.dtype))
        yield Way(layout, (layout,), layout, spent, case.site.weights(experts * case.widths[0]), result_bytes=rows * case.work.width_out * 8)


def _experts(case: Case) -> Iterator[Way]:
    """Whole; each expert split; experts on different devices with sums or with exchanges of rows."""
    f, gate, n = case.work.facts, case.work.weights[0], case.n
    experts, hidden = int(f["experts"]), gate.columns
    inter = gate.elements // gate.columns // experts
    weights, size = case.site.weights(sum(weight.elements for weight in case.work.weights)), case.result_bytes
    more = len(case.widths)

    def spent(tp: int, ep: int) -> float:
        return case.site.seconds(ops.Experts(case.rows, hidden, inter, int(f["top_k"]), experts, tp=tp, ep=ep, dtype=case.site.dtype))

    yield Way(WHOLE, (WHOLE,) * more, WHOLE, spent(1, 1), weights, result_bytes=size)
    total = case.site.collective("all_reduce", size)
    if inter % n == 0:
        yield Way("inputs", (WHOLE,) * more, WHOLE, spent(n, 1) + total, weights / n, result_bytes=size)
    if experts % n == 0:
        yield Way("experts", (WHOLE,) * more, WHOLE, spent(1, n) + total, weights / n, result_bytes=size)
        if case.rows >= n:
            moved = 2 * case.site.collective("all_to_all", size * int(f["top_k"]) / n)
            yield Way("experts, rows", (ROWS,) * more, ROWS, spent(1, n) + moved, weights / n, result_bytes=size * case.share(ROWS))


def _select(case: Case) -> Iterator[Way]:
    """Rows that are wanted: a copy, by rows as even as they come."""
    return _alike(case, case.work.width_out, 2 * case.result_bytes)


WAYS: dict[str, Callable[[Case], Iterator[Way]]] = {
    "llm.embed": _embed, "llm.matmul": _matmul, "llm.rmsnorm": _norm, "llm.layernorm": _norm, "llm.head_norm": _heads, "llm.rope": _heads, "llm.kv_write": _kv_write,
    "llm.attention": _attention, "llm.glu": _elementwise, "llm.activate": _elementwise, "llm.add": _elementwise, "llm.moe_route": _route, "llm.moe_experts": _experts,
    "llm.select_rows": _select, "llm.pool": _select,
}  # fmt: skip


def resharding(site: Site, size: float) -> dict[tuple[str, str], float]:
    """Seconds from one layout to another of a tensor of `size` bytes. A device takes its part of what it has whole without a transfer."""
    gather, exchange = site.collective("all_gather", size), site.collective("all_to_all", size / site.devices)
    free = {(WHOLE, layout): 0.0 for layout in LAYOUTS} | {(layout, layout): 0.0 for layout in LAYOUTS}
    return free | {(ROWS, WHOLE): gather, (COLUMNS, WHOLE): gather, (ROWS, COLUMNS): exchange, (COLUMNS, ROWS): exchange}
