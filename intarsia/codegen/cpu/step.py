"""pipe -> MLIR: the step function of each program, and the kernels that it calls.

A launch becomes a *region*, a function of a range of units that finds its buffers and weights and calls the kernel; the step
function hands the regions to @parallel in order, layers in a loop. `KERNELS` says for each kernel what code it is, which
addresses it takes, and how many units of work there are.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from intarsia.codegen.cpu.isa import Isa
from intarsia.codegen.cpu.kernels import attention, elementwise, embed, moe, norm, pool, rope
from intarsia.codegen.cpu.kernels.kernel import Kernel
from intarsia.codegen.cpu.kernels.matmul import MatmulSpec, emit_matmul
from intarsia.codegen.cpu.kernels.streaming import AWAIT, PASS, streaming_text
from intarsia.codegen.cpu.kernels.text import PTR, FunctionText
from intarsia.codegen.cpu.kernels.threads import WORK, threads_text
from intarsia.errors import IRError, UnsupportedError
from intarsia.ir.module import attributes_of, location_of
from intarsia.ir.step_abi import slot

REGION = [("env", PTR), ("layer", "i64"), ("begin", "i64"), ("end", "i64")]
ROW_BLOCK = 128
NULL, KV = "null", "kv"
"""Addresses beside "b0" (the launch's first buffer), "w0" (its first weight) and the step block's words."""


@dataclass(frozen=True)
class Units:
    """Units of work: min(word x times, most) x each; a word is of the step block, "" counts as 1."""

    word: str
    times: int = 1
    most: int = 0
    each: int = 1


@dataclass(frozen=True)
class Call:
    """Kernels to emit (the last is called), the addresses and then the step block's words that it takes, its units.

    With `strides` (bytes of a row, for each address; 0: no rows), the rows, the one word, are taken in blocks of ROW_BLOCK: a
    block's rows stay in the cache, and there are units enough for many threads.
    """

    kernels: Sequence[Kernel]
    pointers: Sequence[str]
    units: Units
    words: Sequence[str] = ()
    strides: Sequence[int] = ()


@dataclass(frozen=True)
class Launch:
    """One pipe.launch with the facts of what it uses."""

    kernel: str
    order: int
    params: dict[str, Any]
    buffers: list[dict[str, Any]]
    weights: list[dict[str, Any]]
    op: str


@dataclass(frozen=True)
class Repeat:
    """Launches of a repeated layer. Streamed layers have only the first `resident` bytes of their weights in memory (None: all)."""

    first: int
    count: int
    launches: list[Launch]
    resident: int | None = None

    def spans(self) -> list[tuple[int, int]]:
        """Where in the weight file each layer lies: [begin, end)."""
        weights = [w for launch in self.launches for w in launch.weights if w.get("stride")]
        begin, stride = min(w["offset"] for w in weights), weights[0]["stride"]
        return [(begin + i * stride, begin + (i + 1) * stride) for i in range(self.count)]


@dataclass(frozen=True)
class Program:
    """One pipe.program as plain facts."""

    facts: dict[str, Any]
    items: list[Launch | Repeat]
    output: dict[str, Any]

    @property
    def name(self) -> str:
        return str(self.facts["sym_name"])

    @property
    def launches(self) -> list[tuple[Launch, int | None]]:
        """Every launch of a step with its layer, in order: the numbers of tickets and traces."""
        found: list[tuple[Launch, int | None]] = []
        for item in self.items:
            if isinstance(item, Repeat):
                found += [(launch, layer) for layer in range(item.first, item.first + item.count) for launch in item.launches]
            else:
                found.append((item, None))
        return found


def read_program(op: Any) -> Program:
    """The facts of a pipe.program."""
    weights: dict[str, dict[str, Any]] = {}
    buffers: dict[Any, dict[str, Any]] = {}
    items: list[Launch | Repeat] = []
    for inner in op.regions[0].blocks[0].operations:
        inner, facts = inner.operation, attributes_of(inner.operation)
        if inner.name == "pipe.weight":
            weights[facts["name"]] = facts
        elif inner.name == "pipe.buffer":
            buffers[inner.results[0]] = facts
        elif inner.name == "pipe.launch":
            items.append(_read_launch(inner, buffers, weights))
        elif inner.name == "pipe.repeat":
            body = [o.operation for o in inner.regions[0].blocks[0].operations if o.operation.name == "pipe.launch"]
            items.append(Repeat(facts["first"], facts["count"], [_read_launch(o, buffers, weights) for o in body], facts.get("resident")))
    facts = attributes_of(op)
    output = next((buffer for buffer in buffers.values() if buffer["name"] == facts.get("output")), None)
    if output is None:
        raise IRError("the program names no buffer as its output", where=location_of(op))
    return Program(facts, items, output)


def _read_launch(op: Any, buffers: dict[Any, dict[str, Any]], weights: dict[str, dict[str, Any]]) -> Launch:
    facts = attributes_of(op)
    names = facts.get("weights", [])
    if missing := [name for name in names if name not in weights]:
        raise IRError(f"the launch uses the weight {missing[0]!r}, which its program has not", where=location_of(op))
    return Launch(facts["kernel"], facts["order"], facts.get("params", {}), [buffers[v] for v in op.operands], [weights[n] for n in names], facts.get("op", ""))


def module_text(programs: Sequence[Program], isa: Isa) -> str:
    """The MLIR module of a model's programs: kernels once, then regions and step functions, and the threads' entries."""
    kernels: dict[str, str] = {}
    functions: list[str] = []
    for program in programs:
        writer = _Writer(program, isa)
        functions.append(writer.text())
        kernels |= {kernel.name: kernel.text for kernel in writer.kernels}
    streamed = any(isinstance(item, Repeat) and item.resident is not None for program in programs for item in program.items)
    return "\n".join(["module {", *kernels.values(), *functions, threads_text() + (streaming_text() if streamed else ""), "}"])


class _Writer:
    """Writes one program."""

    def __init__(self, program: Program, isa: Isa) -> None:
        self.program, self.isa = program, isa
        self.kernels: list[Kernel] = []
        self.regions: list[str] = []

    def text(self) -> str:
        step = FunctionText(self.program.name, [("env", PTR)])
        number = 0
        for item in self.program.items:
            if isinstance(item, Launch):
                self._launch(step, item, step.const(number), step.const(0))
                number += 1
            else:
                self._repeat(step, item, number)
                number += item.count * len(item.launches)
        return "".join([*self.regions, step.text()])

    def _repeat(self, step: FunctionText, item: Repeat, number: int) -> None:
        per_layer = step.const(len(item.launches))
        with step.loop(step.const(0), step.const(item.count), step.const(1)) as loop:
            base = step.binary("arith.addi", step.binary("arith.muli", loop.index, per_layer), step.const(number))
            layer = step.binary("arith.addi", loop.index, step.const(item.first))
            if item.resident is not None:
                step.call(AWAIT, ["%env", layer], [PTR, "i64"])
            for at, launch in enumerate(item.launches):
                self._launch(step, launch, step.binary("arith.addi", base, step.const(at)), layer)
        if item.resident is not None:
            step.call(PASS, ["%env", step.const(item.first + item.count)], [PTR, "i64"])

    def _launch(self, step: FunctionText, launch: Launch, number: str, layer: str) -> None:
        lower = KERNELS.get(launch.kernel)
        if lower is None:
            raise UnsupportedError(f"there is no kernel {launch.kernel!r}", where=self.program.name)
        try:
            call = lower(launch, self.program.facts, self.isa)
        except ValueError as error:
            raise UnsupportedError(f"launch {launch.order} ({launch.op}): {error}", where=self.program.name) from None
        self.kernels += call.kernels
        name = f"{self.program.name}_{launch.order}_{launch.kernel}"
        self.regions.append(self._region(name, launch, call))
        units = _units(step, call.units, launch.params["rows"])
        if call.strides:
            units = step.binary("arith.muli", units, _row_blocks(step, launch.params["rows"]))
        work = step.op(f"func.constant @{name} : {WORK}")
        step.call("parallel", ["%env", number, layer, units, work], [PTR, "i64", "i64", "i64", WORK])

    def _region(self, name: str, launch: Launch, call: Call) -> str:
        text = FunctionText(name, REGION, internal=True)
        pointers = [self._pointer(text, launch, place) for place in call.pointers]
        words = [_word(text, word) for word in call.words]
        if call.strides:
            _call_in_blocks(text, call, pointers, words[0])
        else:
            _call_kernel(text, call, [*pointers, *words, "%begin", "%end"])
        return text.text()

    def _pointer(self, text: FunctionText, launch: Launch, place: str) -> str:
        if place == NULL:
            return text.constant(f"llvm.mlir.zero : {PTR}")
        if place == KV:
            return self._kv(text)
        if place[1:].isdigit():
            facts = (launch.buffers if place[0] == "b" else launch.weights)[int(place[1:])]
            return text.at(_word(text, "arena", PTR), facts["offset"]) if place[0] == "b" else _weight(text, facts)
        return _word(text, place, PTR)

    def _kv(self, text: FunctionText) -> str:
        """The layer's part of the first page; a pool of one layer serves all."""
        layout = kv_layout(self.program.facts)
        kv = _word(text, "kv", PTR)
        return kv if layout.layers == 1 else text.at(kv, text.binary("arith.muli", "%layer", text.const(layout.layer_bytes)))


def _call_kernel(text: FunctionText, call: Call, operands: Sequence[str]) -> None:
    text.call(call.kernels[-1].name, operands, [PTR] * len(call.pointers) + ["i64"] * (len(operands) - len(call.pointers)))


def _call_in_blocks(text: FunctionText, call: Call, pointers: Sequence[str], rows: str) -> None:
    """The units [begin, end) are numbered block of rows by block of rows."""
    each, size = text.const(call.units.each), text.const(ROW_BLOCK)
    first = text.binary("arith.divui", "%begin", each)
    past = text.binary("arith.ceildivui", "%end", each)
    with text.loop(first, past, text.const(1)) as loop:
        start, base = text.binary("arith.muli", loop.index, size), text.binary("arith.muli", loop.index, each)
        left = text.binary("arith.subi", rows, start)
        last = text.op(f"arith.cmpi slt, {left}, {text.const(2 * ROW_BLOCK)} : i64")
        moved = [text.at(p, text.binary("arith.muli", start, text.const(s))) if s else p for p, s in zip(pointers, call.strides, strict=True)]
        count = text.op(f"arith.select {last}, {left}, {size} : i64")
        low = text.binary("arith.maxsi", text.binary("arith.subi", "%begin", base), text.const(0))
        high = text.binary("arith.minsi", text.binary("arith.subi", "%end", base), each)
        _call_kernel(text, call, [*moved, count, low, high])


def _word(text: FunctionText, name: str, kind: str = "i64") -> str:
    return text.load(text.at("%env", slot(name)), kind)


def _weight(text: FunctionText, facts: dict[str, Any]) -> str:
    base = text.at(_word(text, "weights", PTR), facts["offset"])
    if not facts.get("stride"):
        return base
    layer = text.binary("arith.subi", "%layer", text.const(facts["first"]))
    return text.at(base, text.binary("arith.muli", layer, text.const(facts["stride"])))


def _units(text: FunctionText, units: Units, rows: str) -> str:
    """How many units there are: none where the launch has no rows."""
    if units.word:
        count = text.binary("arith.muli", _word(text, units.word), text.const(units.times))
        if units.most:
            count = text.binary("arith.minsi", count, text.const(units.most))
        return text.binary("arith.muli", count, text.const(units.each))
    some = text.op(f"arith.cmpi sgt, {_word(text, rows)}, {text.const(0)} : i64")
    return text.op(f"arith.select {some}, {text.const(units.each)}, {text.const(0)} : i64")


def _row_blocks(text: FunctionText, rows: str) -> str:
    """Blocks of ROW_BLOCK rows, the last one with up to twice as many; at least one."""
    blocks = text.binary("arith.divui", _word(text, rows), text.const(ROW_BLOCK))
    return text.binary("arith.maxsi", blocks, text.const(1))


def kv_layout(facts: dict[str, Any]) -> rope.KvLayout:
    """How the KV cache of a program is laid out."""
    return rope.KvLayout(facts["kv_heads"], facts["head_dim"], facts["page_tokens"], facts["kv_dtype"], facts["layers"])


# ------------------------------------------------------------------------------------------------- kernels


def _rows(launch: Launch) -> Units:
    return Units(launch.params["rows"])


def _embed(launch: Launch, facts: dict[str, Any], isa: Isa) -> Call:
    p = launch.params
    formats = dict(zip(p["tables"], (w["format"] for w in launch.weights), strict=True))
    places = {name: f"w{i}" for i, name in enumerate(p["tables"])}
    kernel = embed.emit_embed(p["width"], tuple(formats.get(name, "") for name in embed.SOURCES), p["scale"], isa)  # type: ignore[arg-type]
    return Call([kernel], ["tokens", "positions", *(places.get(name, NULL) for name in embed.SOURCES), "b0"], _rows(launch))


def _rmsnorm(launch: Launch, facts: dict[str, Any], isa: Isa) -> Call:
    p = launch.params
    return Call([norm.emit_rmsnorm(p["width"], p["y"], p["eps"], isa)], ["b0", "w0", "b1"], _rows(launch))


def _layernorm(launch: Launch, facts: dict[str, Any], isa: Isa) -> Call:
    p, adds = launch.params, len(launch.buffers) == 3
    pointers = ["b0", "b1" if adds else NULL, "w0", "w1", "b2" if adds else "b1"]
    return Call([norm.emit_layernorm(p["width"], p["y"], p["eps"], adds, isa)], pointers, _rows(launch))


def _head_norm(launch: Launch, facts: dict[str, Any], isa: Isa) -> Call:
    p = launch.params
    return Call([norm.emit_head_norm(p["heads"], p["head_dim"], p["eps"], isa)], ["b0", "w0", "b1"], _rows(launch))


def _dequantise(launch: Launch, facts: dict[str, Any], isa: Isa) -> Call:
    return Call([elementwise.emit_dequantise(launch.params["width"], isa)], ["b0", "b1"], _rows(launch))


def _activate(launch: Launch, facts: dict[str, Any], isa: Isa) -> Call:
    p = launch.params
    return Call([elementwise.emit_activate(p["width"], p["y"], p["kind"], isa)], ["b0", "b1"], _rows(launch))


def _copy(launch: Launch, facts: dict[str, Any], isa: Isa) -> Call:
    return Call([elementwise.emit_copy(launch.params["row_bytes"], isa)], ["b0", "b1"], _rows(launch))


def _add(launch: Launch, facts: dict[str, Any], isa: Isa) -> Call:
    return Call([elementwise.emit_add(launch.params["width"], isa)], ["b0", "b1", "b2"], _rows(launch))


def _glu(launch: Launch, facts: dict[str, Any], isa: Isa) -> Call:
    p = launch.params
    return Call([elementwise.emit_glu(p["width"], p["y"], p["activation"], isa)], ["b0", "b1", "b2"], _rows(launch))


def _select_rows(launch: Launch, facts: dict[str, Any], isa: Isa) -> Call:
    return Call([elementwise.emit_select_rows(launch.params["row_bytes"], isa)], ["b0", "logit_row_table", "b1"], _rows(launch))


def _pool(launch: Launch, facts: dict[str, Any], isa: Isa) -> Call:
    p = launch.params
    return Call([pool.emit_pool(p["width"], p["kind"], p["normalise"], isa)], ["b0", "sequence_table", "b1"], _rows(launch))


def _rope(launch: Launch, facts: dict[str, Any], isa: Isa) -> Call:
    p = launch.params
    return Call([rope.emit_rope(p["heads"], p["head_dim"], p["style"], isa)], ["b0", "positions", "w0", "b1"], _rows(launch))


def _kv_write(launch: Launch, facts: dict[str, Any], isa: Isa) -> Call:
    return Call([rope.emit_kv_write(kv_layout(facts), isa)], ["b0", "b1", "slots", KV], _rows(launch))


def _rope_kv(launch: Launch, facts: dict[str, Any], isa: Isa) -> Call:
    p, rotates = launch.params, launch.params["style"] != "none"
    norms = [f"w{rotates + i}" for i in range(2)] if p["norms"] else [NULL, NULL]
    kernel = rope.emit_rope_kv(p["heads"], kv_layout(facts), p["style"], p["norms"], p["eps"], isa)
    return Call([kernel], ["b0", "positions", "slots", "w0" if rotates else NULL, *norms, KV, "b1"], _rows(launch))


def _attention(launch: Launch, facts: dict[str, Any], isa: Isa) -> Call:
    p, layout = launch.params, kv_layout(facts)
    spec = attention.AttentionSpec(p["heads"], p["scale"], p["causal"], p["window"], p["y"], layout, facts["tile_rows"], isa)
    pointers = ["b0", "sequence_table", "page_table", "tile_table", KV, "b1"]
    return Call([attention.emit_attention(spec)], pointers, Units("tiles", layout.kv_heads), ["pages"])


def _matmul_spec(launch: Launch, isa: Isa) -> MatmulSpec:
    p = launch.params
    return MatmulSpec(k=p["k"], n=p["n"], weight=p["weight"], x=p["x"], y=p["y"], activation=p["activation"], bias=p["bias"], residual=p["residual"], isa=isa.name)


def _matmul(launch: Launch, facts: dict[str, Any], isa: Isa) -> Call:
    spec = _matmul_spec(launch, isa)
    pointers = ["b0", "b1", "b2" if spec.residual else NULL, "w0", "w1" if spec.bias else NULL]
    strides = [launch.buffers[0]["row_bytes"], launch.buffers[1]["row_bytes"], launch.buffers[2]["row_bytes"] if spec.residual else 0, 0, 0]
    return Call([emit_matmul(spec)], pointers, Units("", each=spec.units), [launch.params["rows"]], strides)


def _moe_route(launch: Launch, facts: dict[str, Any], isa: Isa) -> Call:
    p = launch.params
    spec = moe.RouteSpec(p["experts"], p["top_k"], p["scoring"], p["normalise"], p["bias"], p["scale"], p["groups"], p["top_groups"])
    return Call([moe.emit_route(spec, isa)], ["b0", "w0" if spec.bias else NULL, "b1", "b2"], _rows(launch))


def _moe_group(launch: Launch, facts: dict[str, Any], isa: Isa) -> Call:
    p = launch.params
    return Call([moe.emit_group(p["experts"], p["top_k"], isa)], ["b0", "b1"], Units(""), [p["rows"]])


def _moe_gather(launch: Launch, facts: dict[str, Any], isa: Isa) -> Call:
    p = launch.params
    kernel = moe.emit_gather(p["row_bytes"], p["experts"], p["top_k"], isa)
    return Call([kernel], ["b0", "b1", "b2"], Units(p["rows"], p["top_k"]), [p["rows"]])


def _moe_matmul(launch: Launch, facts: dict[str, Any], isa: Isa) -> Call:
    p, spec = launch.params, _matmul_spec(launch, isa)
    units = Units(p["rows"], p["top_k"], p["experts"], spec.units)
    return Call([emit_matmul(spec), moe.emit_expert_matmul(spec, isa)], ["b0", "b1", "w0", "b2"], units)


def _moe_combine(launch: Launch, facts: dict[str, Any], isa: Isa) -> Call:
    p = launch.params
    kernel = moe.emit_combine(p["width"], p["experts"], p["top_k"], p["residual"], isa)
    return Call([kernel], ["b0", "b1", "b2", "b3" if p["residual"] else NULL, "b4" if p["residual"] else "b3"], _rows(launch))


KERNELS: dict[str, Callable[[Launch, dict[str, Any], Isa], Call]] = {
    "embed": _embed, "rmsnorm": _rmsnorm, "layernorm": _layernorm, "head_norm": _head_norm, "dequantise": _dequantise, "activate": _activate,
    "copy": _copy, "add": _add, "glu": _glu, "select_rows": _select_rows, "pool": _pool, "rope": _rope, "kv_write": _kv_write, "rope_kv": _rope_kv,
    "attention": _attention, "matmul": _matmul, "moe_route": _moe_route, "moe_group": _moe_group, "moe_gather": _moe_gather,
    "moe_matmul": _moe_matmul, "moe_combine": _moe_combine,
}  # fmt: skip
