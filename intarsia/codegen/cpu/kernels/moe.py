"""Mixture of experts: choose experts for each row, group rows by expert, run each expert's matmuls over its rows, combine.

The *groups* of a step are an int32 array: the number of experts in use; then (expert, first place, places) for each of them,
room for all; then for each pair (row, choice) its place; then for each place its row. Places of one expert are adjacent.
"""

from __future__ import annotations

from dataclasses import dataclass

from intarsia.codegen.cpu.formats import activation_row_bytes, packed_bytes
from intarsia.codegen.cpu.isa import Isa
from intarsia.codegen.cpu.kernels.kernel import Kernel
from intarsia.codegen.cpu.kernels.matmul import MatmulSpec, emit_matmul
from intarsia.codegen.cpu.kernels.rows import MakeValue, RowText, digits
from intarsia.codegen.cpu.kernels.text import PTR

NEVER = -1e30


@dataclass(frozen=True)
class RouteSpec:
    """How experts are chosen. `groups` > 0: only experts of the best `top_groups` groups may be chosen (DeepSeek-V3, section 2.1.2)."""

    experts: int
    top_k: int
    scoring: str
    normalise: bool
    bias: bool
    scale: float
    groups: int
    top_groups: int

    @property
    def name(self) -> str:
        flags = f"{'_norm' if self.normalise else ''}{'_bias' if self.bias else ''}"
        limits = f"_g{self.groups}of{self.top_groups}" if self.groups else ""
        return f"moe_route_{self.experts}_{self.top_k}_{self.scoring}{flags}{limits}_{digits(self.scale)}"


def emit_route(spec: RouteSpec, isa: Isa) -> Kernel:
    """(logits, bias, weights, experts; rows): the top_k experts of each row with their weights, best first."""
    return _Route(spec, isa).kernel()


class _Route:
    def __init__(self, spec: RouteSpec, isa: Isa) -> None:
        self.spec = spec
        self.text = RowText(f"{spec.name}_{isa.name}", ["logits", "bias", "weights", "experts"], isa)
        self.stride = activation_row_bytes("f32", spec.experts)
        self.scores = self.text.bytes_on_stack(self.stride)
        self.choices = self.text.bytes_on_stack(self.stride)

    def kernel(self) -> Kernel:
        text, spec = self.text, self.spec
        with text.units() as unit:
            logits = text.element("%logits", unit, self.stride)
            self._sigmoid(logits) if spec.scoring == "sigmoid" else self._softmax(logits)
            scores = text.load_columns(self.scores)
            bias = text.load_columns("%bias")
            text.write_row("f32", spec.experts, self.choices, (lambda o: text.math.add(scores(o), bias(o))) if spec.bias else scores)
            if spec.groups:
                self._limit_groups()
            row = activation_row_bytes("f32", spec.top_k)
            self._choose(text.element("%weights", unit, row), text.element("%experts", unit, row))
        return text.kernel()

    def _sigmoid(self, logits: str) -> None:
        text, load = self.text, self.text.load_columns(logits)
        one = text.math.constant(1.0)
        text.write_row("f32", self.spec.experts, self.scores,
                       lambda offset: text.math.div(one, text.math.add(one, text.math.exp(text.math.neg(load(offset))))))  # fmt: skip

    def _softmax(self, logits: str) -> None:
        text, experts, load = self.text, self.spec.experts, self.text.load_columns(logits)
        low = text.math.constant(NEVER)
        peaks = text.sweep(experts, lambda o, c, mask: [text.math.maximum(c[0], text.masked(load(o), mask, NEVER))], [low])
        shift = text.splat(text.math.reduce("maxnumf", peaks[0]), text.lanes, "f32")

        def step(offset: str, carried: list[str], mask: str | None) -> list[str]:
            value = text.math.exp(text.math.sub(load(offset), shift))
            text.store(value, text.at(self.scores, offset), text.f32)
            return [text.math.add(carried[0], text.masked(value, mask))]

        total = text.math.reduce("add", text.sweep(experts, step, [text.math.constant(0.0)])[0])
        factor = text.splat(text.scalar("arith.divf", text.number(1.0), total), text.lanes, "f32")
        scores = text.load_columns(self.scores)
        text.write_row("f32", experts, self.scores, lambda offset: text.math.mul(scores(offset), factor))

    def _best(self, base: str, count: int) -> tuple[str, str]:
        """The largest f32 of an array and its index; the first of equals."""
        text = self.text
        start, types = [text.number(10 * NEVER), text.const(0)], ["f32", "i64"]
        with text.loop(text.const(0), text.const(count), text.const(1), start, types) as loop:
            value = text.load(text.element(base, loop.index, 4), "f32")
            better = text.op(f"arith.cmpf ogt, {value}, {loop.carried[0]} : f32")
            loop.yielded = [text.select(better, value, loop.carried[0], "f32"), text.select(better, loop.index, loop.carried[1], "i64")]
        return loop.results[0], loop.results[1]

    def _limit_groups(self) -> None:
        """Drop the choices outside the best groups; a group's score is its best expert's, or the sum of its two best (sigmoid)."""
        text, spec = self.text, self.spec
        size = spec.experts // spec.groups
        totals = text.bytes_on_stack(activation_row_bytes("f32", spec.groups))
        allowed = text.bytes_on_stack(activation_row_bytes("f32", spec.groups))
        with text.each(spec.groups) as group:
            text.store(text.number(NEVER), text.element(allowed, group, 4), "f32")
            text.store(self._group_score(text.element(self.choices, group, 4 * size), size), text.element(totals, group, 4), "f32")
        with text.each(spec.top_groups):
            _, best = self._best(totals, spec.groups)
            text.store(text.number(0.0), text.element(allowed, best, 4), "f32")
            text.store(text.number(2 * NEVER), text.element(totals, best, 4), "f32")
        with text.each(spec.experts) as expert:
            place = text.element(self.choices, expert, 4)
            penalty = text.load(text.element(allowed, text.divide(expert, size), 4), "f32")
            text.store(text.scalar("arith.addf", text.load(place, "f32"), penalty), place, "f32")

    def _group_score(self, choices: str, size: int) -> str:
        text = self.text
        best, index = self._best(choices, size)
        if self.spec.scoring != "sigmoid" or size < 2:
            return best
        place = text.element(choices, index, 4)
        text.store(text.number(2 * NEVER), place, "f32")
        second, _ = self._best(choices, size)
        text.store(best, place, "f32")
        return text.scalar("arith.addf", best, second)

    def _choose(self, weights: str, experts: str) -> None:
        text, spec = self.text, self.spec
        total = text.bytes_on_stack(64)
        text.store(text.number(1e-20), total, "f32")
        with text.each(spec.top_k) as choice:
            _, best = self._best(self.choices, spec.experts)
            weight = text.load(text.element(self.scores, best, 4), "f32")
            text.store(weight, text.element(weights, choice, 4), "f32")
            text.store(text.cast("arith.trunci", best, "i64", "i32"), text.element(experts, choice, 4), "i32")
            text.store(text.number(2 * NEVER), text.element(self.choices, best, 4), "f32")
            text.store(text.scalar("arith.addf", text.load(total, "f32"), weight), total, "f32")
        factor = text.number(spec.scale)
        if spec.normalise or spec.scoring == "softmax_topk":
            factor = text.scalar("arith.divf", factor, text.load(total, "f32"))
        with text.each(spec.top_k) as choice:
            place = text.element(weights, choice, 4)
            text.store(text.scalar("arith.mulf", text.load(place, "f32"), factor), place, "f32")


def groups_words(experts: int, pairs: int) -> int:
    """Int32 words of the groups of a step with `pairs` (row, choice) pairs."""
    return places_at(experts) + 2 * pairs


def places_at(experts: int) -> int:
    """Where the pairs' places begin, in words."""
    return 1 + 3 * experts


def emit_group(experts: int, top_k: int, isa: Isa) -> Kernel:
    """(experts, groups; rows; one unit): sorts the pairs of all rows by expert, in order of row."""
    text = RowText(f"moe_group_{experts}_{top_k}", ["experts", "groups"], isa, ["rows"])
    stride, pairs = activation_row_bytes("f32", top_k), text.mul("%rows", top_k)
    counts, places = text.bytes_on_stack(8 * experts), text.at("%groups", 4 * places_at(experts))
    sources = text.at(places, text.mul(pairs, 4))
    with text.each(experts) as expert:
        text.store(text.const(0), text.element(counts, expert, 8), "i64")
    with text.each("%rows") as row, text.each(top_k) as choice:
        place = text.element(counts, _expert_of(text, row, choice, stride), 8)
        text.store(text.add(text.load(place, "i64"), 1), place, "i64")
    _lay_out_groups(text, counts, experts)
    with text.each("%rows") as row, text.each(top_k) as choice:
        next_place = text.element(counts, _expert_of(text, row, choice, stride), 8)
        place = text.load(next_place, "i64")
        text.store(text.add(place, 1), next_place, "i64")
        _store_i32(text, place, text.element(places, text.add(text.mul(row, top_k), choice), 4))
        _store_i32(text, row, text.element(sources, place, 4))
    return text.kernel()


def _expert_of(text: RowText, row: str, choice: str, stride: int) -> str:
    return text.load_index(text.element("%experts", row, stride), choice)


def _store_i32(text: RowText, value: str, address: str) -> None:
    text.store(text.cast("arith.trunci", value, "i64", "i32"), address, "i32")


def _lay_out_groups(text: RowText, counts: str, experts: int) -> None:
    """Write the experts in use; turn counts into each expert's next place."""
    zero = text.const(0)
    with text.loop(zero, text.const(experts), text.const(1), [zero, zero], ["i64", "i64"]) as loop:
        used, place = loop.carried
        address = text.element(counts, loop.index, 8)
        count = text.load(address, "i64")
        entry = text.element("%groups", used, 12, 4)
        for at, value in enumerate((loop.index, place, count)):
            _store_i32(text, value, text.at(entry, 4 * at))
        text.store(place, address, "i64")
        some = text.cast("arith.extui", text.compare("sgt", count, 0), "i1", "i64")
        loop.yielded = [text.add(used, some), text.add(place, count)]
    _store_i32(text, loop.results[0], "%groups")


def emit_gather(row_bytes: int, experts: int, top_k: int, isa: Isa) -> Kernel:
    """(x, groups, y; rows; places): row p of y is the row of x that place p belongs to."""
    text = RowText(f"moe_gather_{row_bytes}_{experts}_{top_k}", ["x", "groups", "y"], isa, ["rows"])
    sources = text.at("%groups", 4 * places_at(experts), text.mul(text.mul("%rows", top_k), 4))
    with text.units() as unit:
        source = text.element("%x", text.load_index(sources, unit), row_bytes)
        text.copy(source, text.element("%y", unit, row_bytes), row_bytes)
    return text.kernel()


def emit_expert_matmul(spec: MatmulSpec, isa: Isa) -> Kernel:
    """(x, y, w, groups; units = experts in use at most x column units): the matmul of each expert's places by its weights."""
    matmul = emit_matmul(spec)
    text = RowText(f"moe_{spec.name}", ["x", "y", "w", "groups"], isa)
    null, used = text.constant(f"llvm.mlir.zero : {PTR}"), text.load_index("%groups", text.const(0))
    first, last = text.divide("%begin", spec.units), text.divide(text.add("%end", spec.units - 1), spec.units)
    with text.each(text.binary("arith.minsi", last, used), first) as group:
        expert, place, count = (text.load_index("%groups", group, 4 * i + 4, 12) for i in range(3))
        x = text.element("%x", place, activation_row_bytes(spec.x, spec.k))
        y = text.element("%y", place, activation_row_bytes(spec.y, spec.n_out))
        w = text.element("%w", expert, packed_bytes(spec.weight, spec.n, spec.k))
        base = text.mul(group, spec.units)
        low = text.binary("arith.maxsi", text.sub("%begin", base), text.const(0))
        high = text.binary("arith.minsi", text.sub("%end", base), text.const(spec.units))
        text.call(matmul.name, [x, y, null, w, null, count, low, high], [PTR] * 5 + ["i64"] * 3)
    return Kernel(text.name, text.text(), matmul.unit_columns)


def emit_combine(width: int, experts: int, top_k: int, residual: bool, isa: Isa) -> Kernel:
    """(x, weights, groups, residual, y; rows): y = the weighted sum of a row's places (+ residual, which may be y)."""
    name = f"moe_combine_{width}_{experts}_{top_k}{'_residual' if residual else ''}_{isa.name}"
    text = RowText(name, ["x", "weights", "groups", "residual", "y"], isa)
    stride, places = activation_row_bytes("f32", width), text.at("%groups", 4 * places_at(experts))
    with text.units() as unit:
        weights = text.element("%weights", unit, activation_row_bytes("f32", top_k))
        base: MakeValue = text.load_columns(text.element("%residual", unit, stride)) if residual else (lambda _: text.math.constant(0.0))
        parts: list[tuple[MakeValue, str]] = []
        for choice in range(top_k):
            place = text.load_index(places, text.add(text.mul(unit, top_k), choice))
            factor = text.splat(text.load(text.at(weights, 4 * choice), "f32"), text.lanes, "f32")
            parts.append((text.load_columns(text.element("%x", place, stride)), factor))

        def value(offset: str, base: MakeValue = base, parts: list[tuple[MakeValue, str]] = parts) -> str:
            total = base(offset)
            for row, factor in parts:
                total = text.math.fma(row(offset), factor, total)
            return total

        text.write_row("f32", width, text.element("%y", unit, stride), value)
    return text.kernel()
