"""What is to be placed, as numbers alone: tasks and the ways to run each, pools of replicas, transfers, the graph, devices, goals.

    graph ── task ── way ──▶ pool (replicas of a group of devices of one class) ──▶ class
                └── move (from one task's end to another's: a KV cache, or data)

Seconds, bytes, joules and US dollars throughout; all of them for one run of a task, or one traversal of an edge.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from intarsia.errors import InputError, Where
from intarsia.planner.placement.agents.spread import Spread, constant

MOST = 1e15
"""No figure of a problem may be larger: beyond, a solver's floating point can't tell limits apart."""
OBJECTIVES = ("cost", "hourly", "energy", "latency")
"""Dollars a request, dollars an hour at the rate, joules a request, mean seconds end to end."""


@dataclass(frozen=True)
class Class:
    """`count` devices of one kind: `memory_bytes` of each that may be used, bytes/s into and out of each (infinite: not counted), dollars an hour of each."""

    name: str
    count: int
    memory_bytes: float
    usd_per_h: float = 0.0
    in_bytes_per_s: float = math.inf
    out_bytes_per_s: float = math.inf


@dataclass(frozen=True)
class Pool:
    """Replicas of `group` devices of a class. `busy_most` is the largest share of its time that a replica may be asked for.

    Several models may share a `shared` pool; any other serves one.
    """

    name: str
    device: str
    group: int = 1
    busy_most: float = 1.0
    shared: bool = False


@dataclass(frozen=True)
class Tenant:
    """A model (with its precision) in a pool: `weight_bytes` on each device of a replica. `swapped`: its weights come in for each run, by way of room that such models share.

    `usd_per_h` is what its share of a replica's memory costs an hour, counted where cost is by use.
    """

    name: str
    pool: str
    weight_bytes: float = 0.0
    swapped: bool = False
    usd_per_h: float = 0.0


@dataclass(frozen=True)
class Way:
    """One way to run a task: a device class and a plan variant.

    `seconds` of a run; `wait` before it. `step_s` counts against the goals for tokens. `busy_s`: seconds that a run takes of a replica that is
    full of them. `byte_seconds`: memory it holds on each device, times how long. `end` names its end of a transfer (default: its pool).
    """

    name: str
    pool: str
    seconds: Spread
    dollars: float = 0.0
    joules: float = 0.0
    busy_s: float = 0.0
    byte_seconds: float = 0.0
    step_s: float = 0.0
    wait: Spread = field(default_factory=lambda: constant(0.0))
    tenant: str = ""
    end: str = ""

    @property
    def at(self) -> str:
        return self.end or self.pool


@dataclass(frozen=True)
class Task:
    """A task of the graph, run `visits` times a request on average. `goal` says which goal its ways' `step_s` are held to: ttft, tpot or none."""

    name: str
    visits: float
    ways: tuple[Way, ...]
    goal: str = ""


@dataclass(frozen=True)
class Move:
    """A transfer between two ends: seconds, dollars, mean bytes."""

    seconds: Spread
    dollars: float = 0.0
    bytes: float = 0.0


FREE = Move(constant(0.0))


@dataclass(frozen=True)
class Edge:
    """What `target` gets from `source`, `visits` times a request. Pairs of ends that are not in `moves` cost nothing."""

    name: str
    source: str
    target: str
    visits: float
    moves: dict[tuple[str, str], Move]
    kind: str = "data"


@dataclass(frozen=True)
class Node:
    """A step of a graph: `task` by name, `wait` (of so many `seconds`), `branch`, `loop` or `map`.

    `after` names earlier nodes by number. `cases` are (probability, graph); a loop or map has one, and `counts` are its (turns or items, probability),
    `parallel` how many of a map's items run together (0: all).
    """

    kind: str
    name: str
    after: tuple[int, ...] = ()
    seconds: Spread = field(default_factory=lambda: constant(0.0))
    cases: tuple[tuple[float, Graph], ...] = ()
    counts: tuple[tuple[int, float], ...] = ((1, 1.0),)
    parallel: int = 0


@dataclass(frozen=True)
class Graph:
    """Nodes in order; those that are last end together."""

    nodes: tuple[Node, ...]

    def tasks(self) -> Iterator[str]:
        """Names of all tasks, those of inner graphs too."""
        for node in self.nodes:
            if node.kind == "task":
                yield node.name
            for _, inner in node.cases:
                yield from inner.tasks()


@dataclass(frozen=True)
class Goals:
    """Seconds, None where there is no goal. `e2e_s` holds for the share `quantile` of requests (None: on average).

    `late_usd_per_s`: instead of a limit, what a second of mean lateness costs (the lambda of arXiv 2507.19635).
    """

    e2e_s: float | None = None
    quantile: float | None = None
    ttft_s: float | None = None
    tpot_s: float | None = None
    late_usd_per_s: float | None = None

    @property
    def limited(self) -> bool:
        """Whether the end-to-end goal is one to keep, not one to pay for."""
        return self.e2e_s is not None and self.late_usd_per_s is None


@dataclass(frozen=True)
class Problem:
    """Everything that placing reads. `rate_per_s` of requests; zero: one at a time."""

    classes: tuple[Class, ...]
    pools: tuple[Pool, ...]
    tasks: tuple[Task, ...]
    graph: Graph
    edges: tuple[Edge, ...] = ()
    tenants: tuple[Tenant, ...] = ()
    goals: Goals = Goals()
    rate_per_s: float = 0.0
    name: str = "agent"

    def class_of(self, pool: str) -> Class:
        device = next(p.device for p in self.pools if p.name == pool)
        return next(c for c in self.classes if c.name == device)


def check(problem: Problem) -> Problem:
    """The problem, if it is one. Raises InputError that names what is doubled, missing, cyclic, or out of range."""
    _names(problem)
    _numbers(problem)
    _graph(problem.graph)
    placed, known = list(problem.graph.tasks()), {task.name for task in problem.tasks}
    for name in _repeated(placed):
        raise InputError(f"the task {name!r} stands twice in the graph", mend="give each its own name")
    if missing := set(placed) ^ known:
        raise InputError(f"the task {sorted(missing)[0]!r} is not both in the graph and in the list of tasks")
    return problem


def _repeated(names: list[str]) -> list[str]:
    return sorted({name for name in names if names.count(name) > 1}) if len(set(names)) != len(names) else []


def _names(problem: Problem) -> None:
    kinds = {"device class": problem.classes, "pool": problem.pools, "task": problem.tasks, "edge": problem.edges}
    for what, things in kinds.items():
        for name in _repeated([thing.name for thing in things]):  # type: ignore[attr-defined]
            raise InputError(f"two {what}es are called {name!r}" if what.endswith("s") else f"two {what}s are called {name!r}", mend="give each its own name")
    classes, pools, tasks = ({thing.name for thing in things} for things in (problem.classes, problem.pools, problem.tasks))  # type: ignore[attr-defined]
    tenants = {(t.name, t.pool) for t in problem.tenants}
    for pool in problem.pools:
        if pool.device not in classes:
            raise InputError(f"the pool {pool.name!r} is of {pool.device!r}, which is no device class")
    for task in problem.tasks:
        for name in _repeated([way.name for way in task.ways]):
            raise InputError(f"two ways of {task.name!r} are called {name!r}", mend="give each its own name")
        for way in task.ways:
            if way.pool not in pools:
                raise InputError(f"the way {way.name!r} of {task.name!r} uses {way.pool!r}, which is no pool")
            if way.tenant and (way.tenant, way.pool) not in tenants:
                raise InputError(f"the way {way.name!r} of {task.name!r} needs {way.tenant!r} in the pool {way.pool!r}, which has no such tenant")
    for edge in problem.edges:
        if edge.source not in tasks or edge.target not in tasks:
            raise InputError(f"the edge {edge.name!r} dangles", mend="it should join two tasks")


def _numbers(problem: Problem) -> None:
    def within(value: float, least: float, what: str, of: str, most: float = MOST) -> None:
        if not least <= value <= most:
            raise InputError(f"{what} is {value:g}", where=Where(node=of), mend=f"it should lie between {least:g} and {most:g}")

    for c in problem.classes:
        within(c.count, 1, "count", c.name, 1e9)
        within(c.memory_bytes, 0, "memory_bytes", c.name)
        within(c.usd_per_h, 0, "usd_per_h", c.name)
        for what in ("in_bytes_per_s", "out_bytes_per_s"):
            if getattr(c, what) <= 0:
                raise InputError(f"{what} is {getattr(c, what):g}", where=Where(node=c.name), mend="it should be greater than zero")
    for pool in problem.pools:
        within(pool.group, 1, "group", pool.name, 1e6)
        within(pool.busy_most, 1e-3, "busy_most", pool.name, 1.0)
    for tenant in problem.tenants:
        within(tenant.weight_bytes, 0, "weight_bytes", tenant.name)
    for task in problem.tasks:
        within(task.visits, 0, "visits", task.name)
        for way in task.ways:
            for what in ("dollars", "joules", "busy_s", "byte_seconds", "step_s"):
                within(getattr(way, what), 0, what, f"{task.name}, {way.name}")
            within(float(way.seconds.values[-1]), 0, "seconds", f"{task.name}, {way.name}")
    within(problem.rate_per_s, 0, "rate_per_s", problem.name)
    _goals(problem.goals)


def _goals(goals: Goals) -> None:
    for what in ("e2e_s", "ttft_s", "tpot_s"):
        value = getattr(goals, what)
        if value is not None and not 0 < value <= MOST:
            raise InputError(f"the goal {what} is {value:g}", mend="it should be greater than zero")
    if goals.quantile is not None and not 0 < goals.quantile < 1:
        raise InputError(f"the goals' quantile is {goals.quantile:g}", mend="it should lie between 0 and 1")


def _graph(graph: Graph) -> None:
    for number, node in enumerate(graph.nodes):
        if any(not 0 <= i < number for i in node.after):
            raise InputError("comes after a node that is not before it", where=Where(node=node.name), mend="the graph has a cycle: make it a loop, with a number of turns")
        if node.kind == "branch" and abs(sum(odds for odds, _ in node.cases) - 1) > 1e-6:
            raise InputError("has cases whose probabilities don't sum to 1", where=Where(node=node.name))
        if node.kind in ("loop", "map") and (abs(sum(odds for _, odds in node.counts) - 1) > 1e-6 or any(count < 0 for count, _ in node.counts)):
            raise InputError("needs numbers of turns of zero or more whose probabilities sum to 1", where=Where(node=node.name))
        for _, inner in node.cases:
            _graph(inner)


def rounds(node: Node) -> tuple[tuple[int, float], ...]:
    """Of a loop, its turns; of a map, its rounds of `parallel` items, which follow one another."""
    if node.kind == "loop":
        return node.counts
    return tuple((-(-count // node.parallel) if node.parallel else min(count, 1), odds) for count, odds in node.counts)


def mean_rounds(node: Node) -> float:
    """How often a loop's body runs, on average."""
    return sum(odds * count for count, odds in rounds(node))


def inner(node: Node) -> Iterator[tuple[float, Graph]]:
    """The graphs inside a node, with how often each runs on average: a branch's cases by their odds, what a loop or map repeats by its rounds."""
    for odds, graph in node.cases:
        yield (odds if node.kind == "branch" else mean_rounds(node)), graph


def mean_of(node: Node, tasks: Mapping[str, float], of_graph: Callable[[Graph, Mapping[str, float]], float]) -> float:
    """Mean seconds of a node where tasks take so many, and a graph what `of_graph` says."""
    if node.kind == "task":
        return tasks[node.name]
    if node.kind == "wait":
        return node.seconds.mean
    return sum(runs * of_graph(graph, tasks) for runs, graph in inner(node))


def among(problem: Problem, pools: frozenset[str]) -> Problem:
    """The problem with these pools alone; a task that has no way there keeps its ways."""
    tasks = tuple(replace(task, ways=tuple(way for way in task.ways if way.pool in pools) or task.ways) for task in problem.tasks)
    needed = {way.pool for task in tasks for way in task.ways}
    return replace(
        problem, tasks=tasks, pools=tuple(pool for pool in problem.pools if pool.name in needed), tenants=tuple(t for t in problem.tenants if t.pool in needed),
    )  # fmt: skip
