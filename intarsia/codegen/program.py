"""A program while it is made, on any kind of device: rows at places in an arena, launches in order, loops over layers; written as a `pipe.program`."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, Protocol, TypeVar

from intarsia.ir.module import Builder


@dataclass(frozen=True)
class Scope:
    """The layers [first, first + count) that one run of equal layers covers; count 0: no layer at all."""

    first: int = 0
    count: int = 0


NO_LAYERS = Scope()


@dataclass(frozen=True)
class Buffer:
    """Rows at a byte of the arena: `times` for each of `rows` (a word that a step counts), of `width` numbers in `row_bytes`."""

    name: str
    dtype: str
    width: int
    rows: str
    offset: int
    row_bytes: int
    times: int = 1


class OverBuffers(Protocol):
    """A launch, whatever else it says."""

    @property
    def buffers(self) -> tuple[Buffer, ...]:
        """All that it touches."""


L = TypeVar("L", bound=OverBuffers)


@dataclass
class Body(Generic[L]):
    """Launches in order; with a scope, those of a repeated layer."""

    scope: Scope = NO_LAYERS
    items: list[L | Body[L]] = field(default_factory=list)

    def launches(self) -> Iterator[L]:
        """All of them, those of a repeated layer once."""
        for item in self.items:
            if isinstance(item, Body):
                yield from item.launches()
            else:
                yield item


class Program(ABC, Generic[L]):
    """What a phase becomes. `most`: how many rows a buffer has at most, by its word. Kinds of devices differ in weights, and in what a launch says."""

    def __init__(self, most: Mapping[str, int]) -> None:
        self.most = most
        self.buffers: list[Buffer] = []
        self.body: Body[L] = Body()
        self.output: Buffer | None = None

    def rows(self, buffer: Buffer) -> int:
        """The most rows that a buffer can have."""
        return self.most[buffer.rows] * buffer.times

    def write(self, builder: Builder, facts: Mapping[str, Any]) -> None:
        """Append the program to the module; `facts` are its attributes."""
        output = self.output.name if self.output else None
        builder.op("pipe.program", body=lambda: self._write_body(builder), output=output, **facts)

    @abstractmethod
    def write_weights(self, builder: Builder) -> None:
        """A `pipe.weight` for each weight that launches read."""

    @abstractmethod
    def launch_facts(self, launch: L) -> dict[str, Any]:
        """The attributes of a launch but its place in the order."""

    def buffer_facts(self, buffer: Buffer) -> dict[str, Any]:
        """The attributes of a buffer."""
        rows = self.rows(buffer)
        return {
            "name": buffer.name, "dtype": buffer.dtype, "width": buffer.width, "rows": rows, "row_bytes": buffer.row_bytes, "offset": buffer.offset,
            "bytes": rows * buffer.row_bytes,
        }  # fmt: skip

    def repeat_facts(self, scope: Scope) -> dict[str, Any]:
        """The attributes of a loop over layers."""
        return {"first": scope.first, "count": scope.count}

    def _write_body(self, builder: Builder) -> None:
        self._places = {buffer: builder.op("pipe.buffer", [], ["!pipe.rows"], **self.buffer_facts(buffer)) for buffer in self.buffers}
        self.write_weights(builder)
        self._order = 0
        self._write_items(builder, self.body)

    def _write_items(self, builder: Builder, body: Body[L]) -> None:
        for item in body.items:
            if isinstance(item, Body):
                builder.op("pipe.repeat", body=lambda item=item: self._write_items(builder, item), **self.repeat_facts(item.scope))
            else:
                builder.op("pipe.launch", [self._places[b] for b in item.buffers], order=self._order, **self.launch_facts(item))
                self._order += 1
        builder.op("pipe.end")
