"""The variables of an edge: which end it leaves and at which it arrives, with ends that are alike taken together.

Ends are alike where their transfers to and from all others are the same, as those of pools on one kind of device are. Then one variable stands for all pairs
of two groups, and one for each end tells when source and target meet there, which costs less than leaving it:

    cost = sum over groups a, b: cost(a, b) y[a, b]  -  sum over ends p: (cost(a, b) - cost(p, p)) s[p],   s[p] <= x_source(p), x_target(p)

Nothing is lost by it: a transport between alike ends costs the same whichever way it is split, and the most that may stay is the sum of the smaller shares.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from intarsia.planner.placement.agents.problem import FREE, Edge, Move

Key = tuple[int, float, float]
"""What tells transfers apart: their seconds (by identity of equal ones), dollars, bytes."""


@dataclass(frozen=True)
class Shape:
    """Groups of a source's and of a target's ends; `between` is the transfer of two groups, `staying` that from an end to itself where it is another."""

    sources: tuple[tuple[str, ...], ...]
    targets: tuple[tuple[str, ...], ...]
    between: dict[tuple[int, int], Move]
    staying: dict[str, Move]

    def pair(self, end: str) -> tuple[int, int]:
        """The groups that hold an end, on both sides."""
        return next(i for i, g in enumerate(self.sources) if end in g), next(i for i, g in enumerate(self.targets) if end in g)


@dataclass
class Shapes:
    """Makes the shapes of edges; equal seconds are told apart by their values, once."""

    _known: dict[bytes, int] = field(default_factory=dict)
    _by_identity: dict[int, tuple[Move, Key]] = field(default_factory=dict)

    def of(self, edge: Edge, sources: list[str], targets: list[str], class_of: Mapping[str, str]) -> Shape:
        """`class_of` gives each end's device class: only ends of one class are alike, unless all transfers have the same bytes."""
        moves = {(a, b): edge.moves.get((a, b), FREE) for a in sources for b in targets}
        keys = {pair: self._key(move) for pair, move in moves.items()}
        same_bytes = len({move.bytes for (a, b), move in moves.items() if a != b}) <= 1
        home = {} if same_bytes else class_of
        rows = _groups(sources, targets, lambda a, b: keys[a, b], home)
        columns = _groups(targets, sources, lambda b, a: keys[a, b], home)
        between: dict[tuple[int, int], Move] = {}
        staying: dict[str, Move] = {}
        for i, row in enumerate(rows):
            for j, column in enumerate(columns):
                apart = [(a, b) for a in row for b in column if a != b]
                if len({keys[pair] for pair in apart}) > 1:
                    return _whole(sources, targets, moves)
                pair = apart[0] if apart else (row[0], column[0])
                between[i, j] = moves[pair]
                staying |= {a: moves[a, a] for a in row if a in column and keys[a, a] != keys[pair]}
        return Shape(rows, columns, between, staying)

    def _key(self, move: Move) -> Key:
        if id(move) not in self._by_identity:
            number = self._known.setdefault(move.seconds.values.tobytes(), len(self._known))
            self._by_identity[id(move)] = move, (number, move.dollars, move.bytes)
        return self._by_identity[id(move)][1]


def _groups(ends: list[str], others: list[str], key: object, home: Mapping[str, str]) -> tuple[tuple[str, ...], ...]:
    """Ends whose transfers with all others but themselves are the same."""
    groups: list[list[str]] = []
    for end in ends:
        for group in groups:
            first = group[0]
            if home.get(end) == home.get(first) and all(key(end, b) == key(first, b) for b in others if b not in (end, first)):  # type: ignore[operator]
                group.append(end)
                break
        else:
            groups.append([end])
    return tuple(tuple(group) for group in groups)


def _whole(sources: list[str], targets: list[str], moves: dict[tuple[str, str], Move]) -> Shape:
    """Each end by itself."""
    rows, columns = tuple((a,) for a in sources), tuple((b,) for b in targets)
    return Shape(rows, columns, {(i, j): moves[a, b] for i, a in enumerate(sources) for j, b in enumerate(targets)}, {})


def values(shape: Shape, what: str) -> Iterator[tuple[tuple[int, int] | str, float]]:
    """What each variable (a pair of groups, or an end that is stayed at) adds of seconds (mean), dollars or bytes."""
    def value(move: Move) -> float:
        return move.seconds.mean if what == "seconds" else float(getattr(move, what))

    for pair, move in shape.between.items():
        if value(move):
            yield pair, value(move)
    for end, move in shape.staying.items():
        if difference := value(move) - value(shape.between[shape.pair(end)]):
            yield end, difference
