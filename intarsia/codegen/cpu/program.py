"""A CPU program while it is made: buffers, packed weights and launches; written as a `pipe.program`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from intarsia.codegen.cpu.weights import Packed, Scope, WeightFile, thawed
from intarsia.errors import IRError
from intarsia.ir.module import Builder, Module, attribute, location_of

TOKENS, LOGITS, SEQUENCES = "rows", "logit_rows", "sequences"
"""What a buffer has rows for: the words of the step block that count them."""


@dataclass(frozen=True)
class Buffer:
    """Rows at a place in the arena: `times` for each of `rows` (one of TOKENS, LOGITS, SEQUENCES; or "" for one at all)."""

    name: str
    dtype: str
    width: int
    rows: str
    offset: int
    row_bytes: int
    times: int = 1


@dataclass(frozen=True)
class Launch:
    """A kernel over buffers and weights; `op` is the operator it comes from."""

    kernel: str
    buffers: tuple[Buffer, ...]
    weights: tuple[Packed, ...]
    params: dict[str, Any]
    op: str


@dataclass
class Body:
    """Launches in order; with a scope, those of a repeated layer."""

    scope: Scope
    items: list[Launch | Body] = field(default_factory=list)


class Program:
    """What a phase has become. `most` rows: of each thing that a buffer has rows for. `tiers`: which layers come from a disk, as `plan.tier` has it."""

    def __init__(self, phase: Any, most: Mapping[str, int], tiers: Sequence[dict[str, Any]]) -> None:
        self.phase, self.most, self.tiers = phase, most, tiers
        self.buffers: list[Buffer] = []
        self.used: dict[Packed, None] = {}
        self.body = Body(Scope())

    def rows(self, buffer: Buffer) -> int:
        """The most rows that a buffer can have."""
        return self.most[buffer.rows] * buffer.times

    def launches(self) -> Iterator[Launch]:
        """All of them, those of a repeated layer once."""
        return _launches(self.body)

    def write(self, module: Module, file: WeightFile, facts: dict[str, Any]) -> None:
        """Append the program to the module; its weights lie in `file`. Raises IRError where the plan's tiers leave out a layer."""
        self.file, builder, place = file, Builder(module), location_of(self.phase)
        with builder.at(place.file or attribute(self.phase, "kind"), place.line or 1):
            builder.op("pipe.program", body=lambda: self._write_body(builder), **facts)

    def _write_body(self, builder: Builder) -> None:
        self.places = {buffer: self._write_buffer(builder, buffer) for buffer in self.buffers}
        self.names = _distinct_names(list(self.used))
        for weight in self.used:
            self._write_weight(builder, weight)
        self.order = 0
        self._write_launches(builder, self.body)
        builder.op("pipe.end")

    def _write_buffer(self, builder: Builder, buffer: Buffer) -> Any:
        rows = self.rows(buffer)
        return builder.op("pipe.buffer", [], ["!pipe.rows"], name=buffer.name, dtype=buffer.dtype, width=buffer.width, rows=rows, row_bytes=buffer.row_bytes,
                          offset=buffer.offset, bytes=rows * buffer.row_bytes)  # fmt: skip

    def _write_weight(self, builder: Builder, w: Packed) -> None:
        file, layered = self.file, w.scope.count > 0
        builder.op("pipe.weight", name=self.names[w], format=w.format, n=w.n, k=w.k, offset=file.offset(w), bytes=w.bytes, sources=list(w.sources),
                   source_types=list(w.source_types), count=w.scope.count if layered else None, first=w.scope.first if layered else None,
                   stride=file.stride(w.scope) if layered else None, glu=w.glu or None, experts=w.experts or None, params=_params(w) or None)  # fmt: skip

    def _write_launches(self, builder: Builder, body: Body) -> None:
        for item in body.items:
            if isinstance(item, Body):
                scope = item.scope
                builder.op("pipe.repeat", body=lambda item=item: self._write_repeat(builder, item), first=scope.first, count=scope.count, resident=self._resident(scope))
            else:
                rows = next((b.rows for b in reversed(item.buffers) if b.rows), TOKENS)
                builder.op("pipe.launch", [self.places[b] for b in item.buffers], kernel=item.kernel, order=self.order, params=item.params | {"rows": rows},
                           weights=[self.names[w] for w in item.weights] or None, share=1.0, op=item.op)  # fmt: skip
                self.order += 1

    def _resident(self, scope: Scope) -> int | None:
        """Bytes of each layer that stay in memory, where the plan lets the others come from a disk. Raises IRError where it leaves out a layer."""
        if not self.tiers:
            return None
        found = [tier["resident"] for tier in self.tiers if tier["first"] <= scope.first and scope.first + scope.count <= tier["first"] + tier["count"]]
        if not found:
            raise IRError(f"no plan.tier says where layers {scope.first} to {scope.first + scope.count - 1} live", where=location_of(self.phase))
        return int(found[0])

    def _write_repeat(self, builder: Builder, body: Body) -> None:
        self._write_launches(builder, body)
        builder.op("pipe.end")


def _launches(body: Body) -> Iterator[Launch]:
    for item in body.items:
        if isinstance(item, Body):
            yield from _launches(item)
        else:
            yield item


def _params(weight: Packed) -> dict[str, Any]:
    return {key: thawed(value) for key, value in weight.params}


def _distinct_names(weights: list[Packed]) -> dict[Packed, str]:
    """The weights' names, with the first layer where several runs of layers have the same."""
    names = [weight.name for weight in weights]
    return {weight: weight.name if names.count(weight.name) == 1 else f"{weight.name}@{weight.scope.first}" for weight in weights}
