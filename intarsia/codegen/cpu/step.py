"""pipe -> MLIR: the step function of each program, and the kernels that it calls.

A launch becomes a *region*, a function of a range of units that finds its buffers and weights and calls the kernel; the step
function hands the regions to @parallel in order, layers in a loop. `calls.py` says what a launch calls.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from intarsia.codegen.cpu.calls import KERNELS, KV, NULL, ROW_BLOCK, Call, Units, kv_layout
from intarsia.codegen.cpu.isa import Isa
from intarsia.codegen.cpu.kernels.kernel import Kernel
from intarsia.codegen.cpu.kernels.streaming import AWAIT, PASS, streaming_text
from intarsia.codegen.cpu.kernels.text import PTR, FunctionText
from intarsia.codegen.cpu.kernels.threads import WORK, threads_text
from intarsia.codegen.cpu.launches import Launch, Program, Repeat
from intarsia.errors import UnsupportedError
from intarsia.ir.step_abi import slot

REGION = [("env", PTR), ("layer", "i64"), ("begin", "i64"), ("end", "i64")]


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
