"""From a phase to a program, on any kind of device: the walk over its operators, the buffers of their results, and loops over layers."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, ClassVar, Generic, TypeVar

from intarsia.codegen.cpu.formats import round_up
from intarsia.codegen.program import Body, Buffer, OverBuffers, Program, Scope
from intarsia.errors import IRError, UnsupportedError
from intarsia.ir.module import attribute, attributes_of, element, location_of, width

L = TypeVar("L", bound=OverBuffers)


class Walk(ABC, Generic[L]):
    """One phase on its way to a program: a method an operator, of the same name.

    Results lie where the planner put them. What an operator needs for itself lies behind the planned arena, where the next one reuses it.
    """

    OPERATORS: ClassVar[tuple[str, ...]]
    KERNEL: ClassVar[str] = "kernel"
    """As messages call it."""
    ALIGNMENT: ClassVar[int] = 64
    """Bytes, of what lies behind the planned arena."""

    program: Program[L]

    def __init__(self, phase: Any) -> None:
        self.phase = phase
        self.kind: str = attribute(phase, "kind")
        self.max_rows: int = attribute(phase, "max_rows", 0)
        if self.max_rows <= 0:
            raise IRError("the phase has no max_rows", where=location_of(phase), mend="run the planner first")
        self._values: dict[Any, Buffer] = {}
        self._scratch_base = self._scratch_at = self.arena_bytes = round_up(attribute(phase, "arena_bytes", 0), self.ALIGNMENT)

    @abstractmethod
    def row_bytes(self, dtype: str, columns: int) -> int:
        """Bytes from one row to the next."""

    def dtype(self, value: Any) -> str:
        """What a value's rows hold, as kernels call it."""
        return element(value)

    def carry(self, op: Any, carried: list[Buffer], yielded: list[Buffer]) -> None:
        """What a repeat's body yields lies where the next turn reads it. Raises UnsupportedError."""
        if any(new.offset != old.offset for new, old in zip(yielded, carried, strict=True)):
            what = f"a repeated layer that doesn't end where it began has no {self.KERNEL}"
            raise UnsupportedError(what, where=location_of(op), mend="add the residual in the last operator")

    # The walk.

    def walk(self) -> None:
        """Make the program's launches."""
        self._body = self.program.body
        for op in self.phase.regions[0].blocks[0].operations:
            self._operator(op.operation)

    @property
    def scope(self) -> Scope:
        """The layers that the current operator repeats for."""
        return self._body.scope

    def _operator(self, op: Any) -> None:
        self._scratch_at = self._scratch_base
        dialect, _, name = op.name.partition(".")
        if name == "return":
            self.finish(op)
        elif dialect == "llm" and name in self.OPERATORS:
            getattr(self, name)(op, attributes_of(op))
        else:
            raise UnsupportedError(f"there is no {self.KERNEL} for {op.name}", where=location_of(op))

    def repeat(self, op: Any, a: dict[str, Any]) -> None:
        """A loop over layers: what it carries stays in its place."""
        block = op.regions[0].blocks[0]
        carried = [self._read(value) for value in op.operands]
        self._values.update(zip(block.arguments, carried, strict=True))
        outer, self._body = self._body, Body(Scope(a["first"], a["count"]))
        for inner in block.operations:
            if inner.operation.name != "llm.yield":
                self._operator(inner.operation)
        self.carry(op, carried, [self._read(value) for value in list(block.operations)[-1].operation.operands])
        outer.items.append(self._body)
        self._body = outer
        self._values.update(zip(op.results, carried, strict=True))

    def sample(self, op: Any, a: dict[str, Any]) -> None:
        """The host samples from the logits."""
        self._alias(op, self._read(op.operands[0]))

    def finish(self, op: Any) -> None:
        """What the phase returns is the program's output."""
        if op.operands:
            self.program.output = self._read(op.operands[0])

    # Values.

    def _read(self, value: Any) -> Buffer:
        if value not in self._values:
            raise IRError("an operator reads rows that no operator of the phase makes", where=location_of(value.owner))
        return self._values[value]

    def _result(self, op: Any, rows: str | None = None, index: int = 0) -> Buffer:
        """The buffer of a result, at the place that the planner gave it; without `rows`, as many as the first operand has."""
        value, name = op.results[index], "offset" if index == 0 else f"offset{index}"
        offset = attribute(op, name)
        if offset is None:
            raise IRError(f"{op.name} has no {name}", where=location_of(op), mend="run the planner first")
        buffer = self._buffer(op.name.removeprefix("llm."), self.dtype(value), width(value), rows or self._read(op.operands[0]).rows, offset)
        return self._alias(op, buffer, index)

    def _alias(self, op: Any, buffer: Buffer, index: int = 0) -> Buffer:
        """A result that lies in a buffer that there is."""
        self._values[op.results[index]] = buffer
        return buffer

    def _buffer(self, name: str, dtype: str, columns: int, rows: str, offset: int, times: int = 1) -> Buffer:
        buffer = Buffer(f"{len(self.program.buffers)}.{name}", dtype, columns, rows, offset, self.row_bytes(dtype, columns), times)
        self.program.buffers.append(buffer)
        return buffer

    def _scratch(self, name: str, dtype: str, columns: int, rows: str, times: int = 1) -> Buffer:
        """Rows for the current operator alone: `times` for each of `rows`."""
        buffer = self._buffer(name, dtype, columns, rows, self._scratch_at, times)
        self._scratch_at += round_up(buffer.row_bytes * self.program.rows(buffer), self.ALIGNMENT)
        self.arena_bytes = max(self.arena_bytes, self._scratch_at)
        return buffer
