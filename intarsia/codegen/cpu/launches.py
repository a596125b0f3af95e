"""A `pipe.program` as plain facts: launches in order, loops over layers, and what each launch uses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from intarsia.errors import IRError
from intarsia.ir.module import attributes_of, location_of


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
