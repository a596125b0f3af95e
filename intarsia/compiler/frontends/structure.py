"""Arbitrary control-flow graphs of nodes and edges -> structured branches, loops and parallel threads (frontends/flow.py).

After Ramsey, "Beyond Relooper" (ICFP 2022): code follows the dominator tree. A node with one way in stands where it is
reached; one with several stands after the node that dominates it, guarded by a variable that says where control goes,
unless all ways lead there. A natural loop's body ends by saying whether it goes round again, and where to otherwise.

    a -> b | c, b -> d, c -> d      ->      a; branch {b} {c}; d
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from intarsia.compiler.frontends.control_flow import Bound, ControlFlow, Vertex, bound_of, check
from intarsia.compiler.frontends.flow import Branch, Case, Item, Let, Loop, Parallel, Step, written
from intarsia.errors import InputError

GO = "where control goes"
OTHERWISE = "otherwise"
MOST_VERTICES = 5000


def structure(
    vertices: Sequence[Vertex], entry: str, leave: str, bounds: Mapping[str, Bound] | None = None, default_bound: Bound | None = None,
    *, cycle_hint: str = "give it a bound",
) -> tuple[Item, ...]:
    """The graph from `entry` to `leave` as structured items; `bounds` maps a node to the bound of the cycle that begins or goes through it.

    Raises InputError naming the node: dangling edges, unreachable nodes, nodes that never reach the end, cycles with two
    ways in (irreducible) or without a bound, parallel branches that don't meet.
    """
    if len(vertices) > MOST_VERTICES:
        raise InputError(f"the graph has {len(vertices)} nodes, more than {MOST_VERTICES}", where=vertices[0].where)
    graph = ControlFlow({vertex.name: vertex for vertex in vertices}, entry, leave)
    check(graph)
    for header in graph.loops:
        bound_of(graph, header, bounds or {}, default_bound, cycle_hint)
    placed = _Structurer(graph, bounds or {}, default_bound).tree(entry)
    return sequenced(placed.items)


@dataclass
class _Placed:
    """Items, and where control goes after them: targets outside, each with its probability (they sum to 1)."""

    items: list[Item]
    exits: dict[str, float]


@dataclass
class _Structurer:
    graph: ControlFlow
    bounds: Mapping[str, Bound]
    default_bound: Bound | None
    _owned: dict[str, list[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in sorted(self.graph.dominator, key=lambda n: self.graph.order[n]):
            if not self._inline(self.graph.dominator[name], name):
                self._owned.setdefault(self._owner(name), []).append(name)

    def _inline(self, source: str, name: str) -> bool:
        """Whether `name` stands right where `source` leads to it."""
        return self.graph.dominator[name] == source and self.graph.ways_in(name) == 1 and not self.graph.left(source, name)

    def _owner(self, name: str) -> str:
        """The vertex after whose ways out `name` stands: its dominator, or the outermost loop that is left on the way."""
        above = self.graph.dominator[name]
        return next(iter(self.graph.left(above, name)), above)

    def tree(self, name: str) -> _Placed:
        """`name` and all that stands after it."""
        body = self.graph.loops.get(name)
        placed = self._ways_out(name)
        owned = self._owned.get(name, [])
        self._place_owned(placed, [n for n in owned if body is None or n in body])
        if body is None:
            return placed
        looped = self._loop(name, placed)
        self._place_owned(looped, [n for n in owned if n not in body])
        return looped

    def _place_owned(self, placed: _Placed, names: Sequence[str]) -> None:
        """Append each of `names`, guarded where control may go elsewhere."""
        for name in names:
            odds = placed.exits.pop(name, 0.0)
            inner = self.tree(name)
            if not placed.exits:
                placed.items += inner.items
                placed.exits = inner.exits
                continue
            cases = (Case(name, odds, tuple(inner.items)), Case(OTHERWISE, 1 - odds, ()))
            placed.items.append(Branch(f"{name}.if", GO, cases, where=self.graph.vertices[name].where))
            for target, share in inner.exits.items():
                placed.exits[target] = placed.exits.get(target, 0.0) + odds * share

    def _ways_out(self, name: str) -> _Placed:
        vertex = self.graph.vertices[name]
        items = list(vertex.steps)
        if vertex.fork:
            return self._fork(vertex, items)
        if not vertex.edges:
            return _Placed(items, {})
        if not vertex.on:
            way = self._follow(name, vertex.edges[0].target)
            return _Placed(items + way.items, way.exits)
        odds = self.odds(name)
        ways = [self._follow(name, edge.target) for edge in vertex.edges]
        cases = tuple(Case(edge.label, p, tuple(way.items), vertex.where) for edge, p, way in zip(vertex.edges, odds, ways, strict=True))
        items.append(Branch(f"{name}.branch" if vertex.steps else name, vertex.on, cases, where=vertex.where))
        exits: dict[str, float] = {}
        for p, way in zip(odds, ways, strict=True):
            for target, share in way.exits.items():
                exits[target] = exits.get(target, 0.0) + p * share
        return _Placed(items, exits)

    def _follow(self, source: str, target: str) -> _Placed:
        if (source, target) not in self.graph.back_edges and self._inline(source, target):
            return self.tree(target)
        items: list[Item] = [Let(GO, target), *(Let(_again(header), "no") for header in self.graph.left(source, target))]
        if (source, target) in self.graph.back_edges:
            items.append(Let(_again(target), "yes"))
        return _Placed(items, {target: 1.0})

    def _fork(self, vertex: Vertex, items: list[Item]) -> _Placed:
        """All ways out side by side, up to the node where they meet."""
        meet = self.graph.postdominator[vertex.name]
        threads = []
        for edge in vertex.edges:
            if edge.target == meet:
                continue
            way = self._follow(vertex.name, edge.target)
            if set(way.exits) != {meet}:
                elsewhere = next((t for t in way.exits if t != meet), meet)
                what = f"the parallel branch from {vertex.name!r} to {edge.target!r} goes on to {elsewhere!r} instead of meeting the others in {meet!r}"
                raise InputError(what, where=vertex.where, mend="let all parallel branches of a node end in one common node")
            threads.append(tuple(way.items))
        items.append(Parallel(f"{vertex.name}.join", tuple(threads), vertex.where))
        items.append(Let(GO, meet))
        return _Placed(items, {meet: 1.0})

    def _loop(self, header: str, body: _Placed) -> _Placed:
        again = body.exits.pop(header, 0.0)
        bound = bound_of(self.graph, header, self.bounds, self.default_bound, "")
        iterations = bound.iterations
        if iterations is None and again < 1 and self._known(header):
            iterations = {"kind": "geometric", "mean": 1 / (1 - again)}
        where = self.graph.vertices[header].where
        loop = Loop(f"{header}.loop", _again(header), tuple(body.items), bound.max_iterations, iterations, where=where)
        left = sum(body.exits.values())
        return _Placed([loop], {target: share / left if left else 1 / len(body.exits) for target, share in body.exits.items()})

    def _known(self, header: str) -> bool:
        """Whether the probabilities of all branches of a loop are stated, or follow from those that are."""
        vertices = [self.graph.vertices[name] for name in self.graph.loops[header]]
        unknown = [[edge.probability is None for edge in vertex.edges] for vertex in vertices if vertex.on]
        return all(sum(missing) <= 1 and not all(missing) for missing in unknown)

    def odds(self, name: str) -> list[float]:
        """The probabilities of a branch's ways: as stated, the rest shared evenly.

        Where none is stated, and this branch alone decides when a loop ends, the loop's expected turns say how often it does.
        """
        edges = self.graph.vertices[name].edges
        stated = sum(edge.probability or 0.0 for edge in edges)
        unknown = [edge for edge in edges if edge.probability is None]
        leave = self._leave_odds(name) if len(unknown) == len(edges) else None
        if leave is not None:
            header, share = leave
            out = [edge.target not in self.graph.loops[header] for edge in edges]
            return [share / sum(out) if gone else (1 - share) / (len(out) - sum(out)) for gone in out]
        rest = max(0.0, 1 - stated)
        return [rest / len(unknown) if edge.probability is None else edge.probability for edge in edges]

    def _leave_odds(self, name: str) -> tuple[str, float] | None:
        for header, body in sorted(self.graph.loops.items(), key=lambda item: len(item[1])):
            leaving = {u for u in body for v in self.graph.directed.successors(u) if v not in body}
            staying = any(edge.target in body for edge in self.graph.vertices[name].edges)
            if leaving == {name} and staying:
                mean = bound_of(self.graph, header, self.bounds, self.default_bound, "").mean()
                return header, 1 / mean
        return None


def _again(header: str) -> str:
    return f"again at {header}"


def sequenced(items: Sequence[Item], after: tuple[str, ...] = (), earlier: Sequence[Item] = ()) -> tuple[Item, ...]:
    """The items with a control edge to each from the one before, unless it reads what that one writes.

    `after` names what comes before the first, and `earlier` is that.
    """
    placed: list[Item] = []
    before = list(earlier)
    for item in items:
        if isinstance(item, Parallel):
            placed.append(replace(item, threads=tuple(sequenced(thread, after, before) for thread in item.threads)))
        elif isinstance(item, (Step, Branch, Loop)) or hasattr(item, "name"):
            placed.append(_inside(item, () if _reads(item, before) else after))
        else:
            placed.append(item)
            before.append(item)
            continue
        after, before = _ends(placed[-1]) or after, [item]
    return tuple(placed)


def _reads(item: Item, before: list[Item]) -> bool:
    wrote = set(written(before))
    return bool(wrote & (set(item.reads) if isinstance(item, Step) else {item.on} if isinstance(item, Branch) else set()))


def _ends(item: Item) -> tuple[str, ...]:
    """The names that a later item waits for."""
    if not isinstance(item, Parallel):
        return (str(getattr(item, "name", "")),)
    ends = [next((_ends(inner) for inner in reversed(thread) if hasattr(inner, "name")), ()) for thread in item.threads]
    return tuple(name for names in ends for name in names)


def _inside(item: Item, after: tuple[str, ...]) -> Item:
    if isinstance(item, Branch):
        return replace(item, after=after, cases=tuple(replace(case, body=sequenced(case.body)) for case in item.cases))
    if isinstance(item, Loop):
        return replace(item, after=after, body=sequenced(item.body))
    return replace(item, after=(*getattr(item, "after", ()), *after))  # type: ignore[call-arg, arg-type]
