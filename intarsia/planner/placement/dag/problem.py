"""Tasks with a time on each processor, data between them, and schedules of them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import networkx as nx
import numpy as np
from numpy.typing import NDArray

from intarsia.errors import InputError
from intarsia.planner.ilp.model import Model, total
from intarsia.planner.ilp.solver import solve

Seconds = NDArray[np.float64]


@dataclass(frozen=True)
class Instance:
    """A task graph on processors. Tasks and processors are held by number; `names` and `processors` say which they are.

    seconds: float64[tasks, processors], infinite where a task can't run. edges: (from, to, bytes). `seconds_per_byte` and `latency_s`:
    float64[processors, processors], whose diagonal is not read: nothing is moved within a processor.
    """

    names: tuple[str, ...]
    processors: tuple[str, ...]
    seconds: Seconds
    edges: tuple[tuple[int, int, float], ...]
    seconds_per_byte: Seconds
    latency_s: Seconds

    def move_s(self, size: float, source: int, target: int) -> float:
        """Seconds to move `size` bytes between two processors."""
        return 0.0 if source == target else float(size * self.seconds_per_byte[source, target] + self.latency_s[source, target])

    def mean_move_s(self, size: float) -> float:
        """The mean of `move_s` over pairs of unlike processors: what ranks are made of (HEFT, section 4.1)."""
        return float(size * self._mean(self.seconds_per_byte) + self._mean(self.latency_s))

    def _mean(self, table: Seconds) -> float:
        apart = ~np.eye(len(self.processors), dtype=bool)
        return float(table[apart].mean()) if apart.any() else 0.0

    @cached_property
    def before(self) -> list[list[tuple[int, float]]]:
        """For each task, its predecessors with the bytes that they send."""
        found: list[list[tuple[int, float]]] = [[] for _ in self.names]
        for source, target, size in self.edges:
            found[target].append((source, size))
        return found

    @cached_property
    def after(self) -> list[list[tuple[int, float]]]:
        """For each task, its successors with the bytes that they get."""
        found: list[list[tuple[int, float]]] = [[] for _ in self.names]
        for source, target, size in self.edges:
            found[source].append((target, size))
        return found

    @cached_property
    def order(self) -> list[int]:
        """The tasks in an order of the graph, smaller numbers first among free ones."""
        return list(nx.lexicographical_topological_sort(self._graph()))

    def _graph(self) -> nx.DiGraph:
        graph = nx.DiGraph()
        graph.add_nodes_from(range(len(self.names)))
        graph.add_edges_from((source, target) for source, target, _ in self.edges)
        return graph


@dataclass(frozen=True)
class Placed:
    """A task on a processor over [start, end), in seconds."""

    processor: int
    start: float
    end: float


@dataclass(frozen=True)
class Schedule:
    """Where and when each task runs, by number; `method` says who found it."""

    tasks: tuple[Placed, ...]
    method: str

    @property
    def makespan(self) -> float:
        return max((task.end for task in self.tasks), default=0.0)


def instance(seconds: Mapping[str, Sequence[float]], edges: Mapping[tuple[str, str], float], processors: Sequence[str], *, seconds_per_byte: float | Seconds,
             latency_s: float | Seconds = 0.0) -> Instance:  # fmt: skip
    """An instance from names, checked. Raises InputError for a cycle, an edge to nowhere, a wrong number of times, or a time that is none."""
    names = tuple(seconds)
    number = {name: i for i, name in enumerate(names)}
    if not processors:
        raise InputError("there are no processors", mend="name at least one")
    if len(set(processors)) != len(processors):
        raise InputError("two processors have one name", mend="give each its own")
    for name, row in seconds.items():
        _check_times(name, row, len(processors))
    for (source, target), size in edges.items():
        _check_edge(source, target, size, number)
    shape = (len(processors), len(processors))
    made = Instance(
        names, tuple(processors), np.array([seconds[n] for n in names], dtype=np.float64).reshape(len(names), len(processors)),
        tuple((number[a], number[b], float(size)) for (a, b), size in edges.items()),
        np.broadcast_to(np.asarray(seconds_per_byte, dtype=np.float64), shape), np.broadcast_to(np.asarray(latency_s, dtype=np.float64), shape),
    )  # fmt: skip
    _check_acyclic(made)
    return made


def _check_times(name: str, row: Sequence[float], processors: int) -> None:
    if len(row) != processors:
        raise InputError(f"task {name} has {len(row)} times for {processors} processors", mend="give one for each, inf where it can't run")
    if any(math.isnan(t) or t < 0 for t in row):
        raise InputError(f"task {name} has a time that is negative or no number: {list(row)}", mend="times are seconds, inf where a task can't run")
    if not any(math.isfinite(t) for t in row):
        raise InputError(f"task {name} can run on no processor", mend="give it a time somewhere")


def _check_edge(source: str, target: str, size: float, number: Mapping[str, int]) -> None:
    for end in (source, target):
        if end not in number:
            raise InputError(f"the edge {source} -> {target} names {end}, which is no task", mend="correct the name, or add the task")
    if not (math.isfinite(size) and size >= 0):
        raise InputError(f"the edge {source} -> {target} carries {size} bytes", mend="give a finite number that is not negative")


def _check_acyclic(made: Instance) -> None:
    graph = made._graph()
    if not nx.is_directed_acyclic_graph(graph):
        cycle = [made.names[a] for a, _ in nx.find_cycle(graph)]
        raise InputError(f"the tasks wait for each other: {' -> '.join([*cycle, cycle[0]])}", mend="remove one of these edges, or unroll the loop")


def bound(made: Instance) -> float:
    """What no schedule can beat: the longest path with each task on its quickest processor and nothing moved, or all work divided at will."""
    quickest = made.seconds.min(axis=1) if len(made.names) else np.zeros(0)
    done = [0.0] * len(made.names)
    for task in made.order:
        done[task] = max((done[b] for b, _ in made.before[task]), default=0.0) + quickest[task]
    return max(max(done, default=0.0), _load(made))


def _load(made: Instance) -> float:
    """The least time in which processors could do all work if tasks could be divided between them: a linear program."""
    program = Model("load")
    busiest = program.continuous("busiest")
    parts = {(t, p): program.continuous(f"part_of_{t}_on_{p}") for t, p in zip(*np.nonzero(np.isfinite(made.seconds)), strict=True)}
    for task in range(len(made.names)):
        program.rule(f"all_of_{task}", total((1.0, part) for (t, _), part in parts.items() if t == task) == 1)
    for processor in range(len(made.processors)):
        program.rule(f"work_of_{processor}", busiest >= total((float(made.seconds[t, p]), part) for (t, p), part in parts.items() if p == processor))
    program.minimize(busiest, "busiest")
    answer = solve(program)
    return answer.bound * (1 - 1e-9) if answer.status == "optimal" else 0.0
