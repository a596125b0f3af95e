"""The arena of one phase: which values need a place, how long each lives, and which share one.

Time counts the phase's operators in the order of the text, a repeat's body once. A value lives from its operator to its
last reader, half-open; a value read inside a repeat but made before it lives to the repeat's end, and what a repeat
carries lives across all of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from intarsia.errors import IRError, UnsupportedError
from intarsia.ir.dialects import spec_of
from intarsia.ir.module import attribute, element, location_of, set_attributes, width
from intarsia.planner.memory.offsets import ALIGNMENT, Assignment, assign
from intarsia.planner.memory.problem import Buffer

IN_PLACE = {"llm.matmul": 1, "llm.add": 0, "llm.moe_experts": 3}
"""The operand whose buffer an operator's result takes, where the operator has that operand."""
ROW_BY_ROW = ("llm.rmsnorm", "llm.layernorm", "llm.activate", "llm.glu", "llm.add", "llm.head_norm", "llm.rope")
"""Operators that finish reading a row before they write it, and so may write where they read."""
WIDTHS = {"bf16": 2, "f16": 2}
FEWER_ROWS = ("llm.select_rows", "llm.pool")


@dataclass(eq=False)
class _Value:
    """One SSA value that needs a place. `first` and `last` are the operators that make it and last read it."""

    name: str
    row_bytes: int
    few_rows: bool
    first: int
    last: int
    maker: Any
    slot: str = "offset"
    readers: list[tuple[int, str]] = field(default_factory=list)


@dataclass(frozen=True)
class Arena:
    """The buffers of a phase with their places; `makers` maps a buffer's name to (operation, attribute to hold its offset)."""

    buffers: tuple[Buffer, ...]
    assignment: Assignment
    makers: dict[str, tuple[Any, str]]

    @property
    def bytes(self) -> int:
        return self.assignment.peak


def row_bytes(value: Any) -> int:
    """Bytes of one row of an activation, a multiple of 64: i8 rows carry their scales and sums behind them."""
    columns = width(value)
    size = columns + columns // 32 * 8 if element(value) == "i8" else WIDTHS.get(element(value), 4) * columns
    return -(-size // ALIGNMENT) * ALIGNMENT


def plan_arena(phase: Any, max_rows: int, few_rows: int) -> Arena:
    """Places for all values of `phase` with `max_rows` rows, and `few_rows` rows after select_rows or pool."""
    liveness = Liveness(phase)
    buffers = tuple(
        Buffer(v.name, v.first, v.last + 1, v.row_bytes * (few_rows if v.few_rows else max_rows), alias=liveness.group(v))
        for v in liveness.values
    )
    return Arena(buffers, assign(buffers), {v.name: (v.maker, v.slot) for v in liveness.values})


def write_arena(phase: Any, arena: Arena, max_rows: int) -> None:
    """Puts the places into the module: `offset` on each operator, `max_rows` and `arena_bytes` on the phase."""
    for name, (maker, slot) in arena.makers.items():
        set_attributes(maker, **{slot: arena.assignment.offsets[name]})
    set_attributes(phase, max_rows=max_rows, arena_bytes=arena.bytes)


class Liveness:
    """One walk over a phase: makes `values`, and joins those that share a buffer."""

    def __init__(self, phase: Any) -> None:
        self.values: list[_Value] = []
        self._of: dict[Any, _Value] = {}
        self._parent: dict[str, str] = {}
        self._overwritten: dict[Any, str] = {}
        self._clock = 0
        self._block(phase.regions[0].blocks[0])

    def group(self, value: _Value) -> str:
        """The name of the first value in `value`'s buffer."""
        name = value.name
        while self._parent[name] != name:
            name = self._parent[name]
        return name

    def _block(self, block: Any) -> None:
        for op in block.operations:
            if op.operation.name == "llm.repeat":
                self._repeat(op.operation)
            else:
                self._operator(op.operation)

    def _operator(self, op: Any) -> None:
        for operand in op.operands:
            self._read(operand, op)
        if _needs_place(op):
            for index, result in enumerate(op.results):
                self._make(op, result, index)
            self._write_in_place(op)
        self._clock += 1

    def _check_fresh(self, operand: Any, op: Any) -> None:
        if operand in self._overwritten:
            raise UnsupportedError(
                f"reads rows that {self._overwritten[operand]} has overwritten", where=location_of(op), mend="read them before, or copy them",
            )

    def _read(self, operand: Any, op: Any) -> None:
        self._check_fresh(operand, op)
        if operand in self._of:
            value = self._of[operand]
            value.last = max(value.last, self._clock)
            value.readers.append((self._clock, op.name))

    def _make(self, op: Any, result: Any, index: int) -> None:
        few = op.name in FEWER_ROWS or any(self._of[v].few_rows for v in op.operands if v in self._of)
        name = f"{len(self.values)}:{op.name.removeprefix('llm.')}" + (f".{index}" if index else "")
        value = _Value(name, row_bytes(result), few, self._clock, self._clock, op, "offset" if index == 0 else f"offset{index}")
        self.values.append(value)
        self._of[result] = value
        self._parent[name] = name

    def _write_in_place(self, op: Any) -> None:
        place = IN_PLACE.get(op.name)
        if place is None or place >= len(op.operands) or op.operands[place] not in self._of:
            return
        target = op.operands[place]
        old, others = self._of[target], [self._of[v] for i, v in enumerate(op.operands) if i != place and v in self._of]
        if op.name not in ROW_BY_ROW and any(self.group(other) == self.group(old) for other in others):
            raise UnsupportedError("reads the same rows that it writes in place", where=location_of(op), mend="give the residual a buffer of its own")
        self._overwritten[target] = op.name
        self._join(old, self._of[op.results[0]])

    def _join(self, old: _Value, new: _Value) -> None:
        if old.row_bytes != new.row_bytes:
            raise IRError(f"rows of {new.row_bytes} bytes can't take the place of rows of {old.row_bytes}", where=location_of(new.maker))
        self._parent[self.group(new)] = self.group(old)

    def _repeat(self, op: Any) -> None:
        body = op.regions[0].blocks[0]
        carried = [self._carried(operand, op) for operand in op.operands]
        self._of.update(zip(body.arguments, carried, strict=True))
        self._overwritten.update((operand, op.name) for operand in op.operands)
        start, outside = self._clock, list(self.values)
        self._block(body)
        for value, yielded in zip(carried, list(body.operations)[-1].operation.operands, strict=True):
            self._carry(value, self._of[yielded])
        for value in outside:
            if value.last >= start or value in carried:
                value.last = self._clock - 1
        self._of.update(zip(op.results, carried, strict=True))

    def _carried(self, operand: Any, op: Any) -> _Value:
        self._check_fresh(operand, op)
        if operand not in self._of:
            raise UnsupportedError("a repeat can carry only values that operators of the phase make", where=location_of(op))
        return self._of[operand]

    def _carry(self, value: _Value, yielded: _Value) -> None:
        """The yielded value takes the carried one's place for the next turn, so nobody may still read that one."""
        if self.group(value) == self.group(yielded):
            return
        for member in (v for v in self.values if self.group(v) == self.group(value)):
            for when, reader in member.readers:
                if when > yielded.first or (when == yielded.first and reader not in ROW_BY_ROW):
                    raise UnsupportedError(
                        f"{yielded.name} takes the place of the carried {member.name}, which {reader} still reads",
                        where=location_of(yielded.maker), mend="yield a value made after the last reader of the carried one",
                    )
        self._join(value, yielded)


def _needs_place(op: Any) -> bool:
    spec = spec_of(op.name)
    return spec is not None and "offset" in spec.optional and bool(op.results)


def operators(phase: Any) -> Iterator[tuple[Any, int]]:
    """The operators of a phase in order with how often each runs in a step; repeats and terminators are left out."""
    for op in phase.regions[0].blocks[0].operations:
        operation = op.operation
        if operation.name == "llm.repeat":
            count = attribute(operation, "count")
            for inner in operation.regions[0].blocks[0].operations:
                if inner.operation.name != "llm.yield":
                    yield inner.operation, count
        elif operation.name != "llm.return":
            yield operation, 1
