"""An `llm.phase` of stage ops -> the graph of its operators with their ways."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from intarsia.cost_models import phases
from intarsia.errors import InputError, UnsupportedError
from intarsia.ir.module import Module, attribute, location_of, width
from intarsia.planner.placement.sharding.graph import COLUMNS, LAYOUTS, ROWS, WHOLE, Edge, Graph, Node, Way
from intarsia.planner.placement.sharding.ways import WAYS, Case, Load, Site, resharding, ways

SAME = {(layout, layout): 0.0 for layout in LAYOUTS}
"""What a cache allows: it is read where it was written."""
HAS_HEAD_DIM = ("llm.head_norm", "llm.rope")


@dataclass
class _Draft:
    """A graph that is being made. `of` maps values (by their MLIR identity) to nodes; `lasts[i]`: the last step that needs the result of node i."""

    site: Site
    load: Load
    works: Iterator[phases.Work]
    nodes: list[Node] = field(default_factory=list)
    edges: list[Edge] = field(default_factory=list)
    of: dict[Any, int] = field(default_factory=dict)
    bytes: list[float] = field(default_factory=list)
    lasts: list[int] = field(default_factory=list)
    place: int = 0
    cache: int = -1

    def add(self, node: Node, size: float) -> int:
        self.nodes.append(node)
        self.bytes.append(size)
        self.lasts.append(len(self.nodes) - 1)
        return len(self.nodes) - 1

    def join(self, source: int, target: int, place: int, count: int, seconds: dict[tuple[str, str], float] | None = None) -> None:
        self.edges.append(Edge(source, target, place, count, resharding(self.site, self.bytes[source]) if seconds is None else seconds))
        self.lasts[source] = max(self.lasts[source], target)


def graph(module: Module, phase: Any, site: Site, load: Load, memory: float) -> Graph:
    """The graph of a phase (an operation `llm.phase`). Raises InputError for a load or a memory that makes no sense, UnsupportedError for operators without ways."""
    if min(load.rows, load.sequences, load.logit_rows, site.devices) < 1 or min(load.context, load.kept) < 0 or not memory > 0:
        raise InputError(f"a step needs rows, sequences, devices and memory, found {load} on {site.devices} devices with {memory} bytes")
    if load.decode and load.rows != load.sequences:
        raise InputError(f"a decode step has one row a sequence, found {load.rows} rows of {load.sequences} sequences")
    draft = _Draft(site, load, iter(phases.works(phase, phases.weight_table(module.find("llm.model", attribute(phase, "model"))))))
    block = phase.regions[0].blocks[0]
    whole = Node("tokens", 1, (Way(WHOLE, (), WHOLE),))
    for argument in block.arguments:
        draft.of[argument] = draft.add(whole, 0.0)
    _block(draft, block, 1)
    alive = tuple(tuple(i for i in range(t + 1) if draft.lasts[i] >= t) for t in range(len(draft.nodes)))
    return Graph(tuple(draft.nodes), tuple(draft.edges), alive, memory, site.devices)


def _block(draft: _Draft, block: Any, count: int) -> list[int]:
    """Adds a block's operators; gives the nodes of what it yields."""
    for op in block.operations:
        operation = op.operation
        place, draft.place = draft.place, draft.place + 1
        if operation.name == "llm.repeat":
            _repeat(draft, operation)
        elif operation.name == "llm.yield":
            return [draft.of[value] for value in operation.operands]
        elif operation.name == "llm.return":
            out = draft.add(Node("result", 1, (Way(WHOLE, (WHOLE,) * len(operation.operands), WHOLE),), place), 0.0)
            for number, value in enumerate(operation.operands):
                draft.join(draft.of[value], out, number, 1)
        else:
            _operator(draft, operation, count, place)
    return []


def _repeat(draft: _Draft, op: Any) -> None:
    """A layer's arguments are nodes of their own: they come from before in the first layer, from the layer's yield in all others, and the last yield lies as they do."""
    place, block, count = draft.place - 1, op.regions[0].blocks[0], int(attribute(op, "count"))
    carried = []
    for argument, value in zip(block.arguments, op.operands, strict=True):
        source = draft.of[value]
        size = draft.bytes[source]
        held = {WHOLE: size, ROWS: size / draft.site.devices, COLUMNS: size / draft.site.devices}
        layouts = [layout for layout in LAYOUTS if layout == WHOLE or (draft.site.devices > 1 and _fits(draft, layout, width(argument)))]
        ways_in = tuple(Way(layout, (layout,), layout, result_bytes=held[layout]) for layout in layouts)
        node = draft.add(Node(f"argument of layers from {attribute(op, 'first')}", 1, ways_in, place), size)
        draft.join(source, node, 0, 1)
        draft.of[argument] = node
        carried.append(node)
    yielded = _block(draft, block, count)
    for node, last, result in zip(carried, yielded, op.results, strict=True):
        draft.join(last, node, 0, count)
        draft.lasts[last] = len(draft.nodes) - 1
        draft.of[result] = node


def _fits(draft: _Draft, layout: str, columns: int) -> bool:
    return draft.load.rows >= draft.site.devices if layout == ROWS else columns % draft.site.devices == 0


def _operator(draft: _Draft, op: Any, count: int, place: int) -> None:
    if op.name not in WAYS:
        raise UnsupportedError(f"{op.name} has no ways to be split", where=location_of(op), mend="shard a module of stage ops, before operators are fused")
    work = _work(next(draft.works), op)
    # a row of tokens has no width
    widths = tuple(width(value) if op.name != "llm.embed" else 0 for value in op.operands)
    case = Case(work, draft.site, draft.load, widths)
    node = draft.add(Node(_name(op, work), count, ways(case), place), case.result_bytes)
    for number, value in enumerate(op.operands):
        draft.join(draft.of[value], node, number, count)
    for value in op.results:
        draft.of[value] = node
    if op.name == "llm.kv_write":
        draft.cache = node
    elif op.name == "llm.attention":
        if draft.cache < 0:
            raise UnsupportedError("attention without a cache that was written before", where=location_of(op))
        draft.join(draft.cache, node, 1, count, SAME)


def _work(work: phases.Work, op: Any) -> phases.Work:
    """What cost models know of an operator, and its head width where it works on heads."""
    return replace(work, facts={**work.facts, "head_dim": attribute(op, "head_dim")}) if op.name in HAS_HEAD_DIM else work


def _name(op: Any, work: phases.Work) -> str:
    return work.label if work.weights else op.name.removeprefix("llm.")
