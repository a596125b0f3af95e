"""Agent graphs of 10, 100 and 1000 tasks on 3, 10 and 30 device classes: value, bound, gap, CPU-seconds and memory, beside a greedy heuristic.

Tasks are made in steps, as agents have them: a generation (prompt and answer of one of some models, with a KV cache between), a tool on CPUs, two generations side by
side, a branch, a loop. Durations are log-normal. Classes differ in speed and price; what is quicker costs more for its speed, and each model is as fast as its size and
the class allow. The goal lies between what the quickest and the cheapest placement take.
"""

from __future__ import annotations

import random
import resource
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from intarsia.planner.placement.agents import spread
from intarsia.planner.placement.agents.greedy import greedy
from intarsia.planner.placement.agents.outcome import Assessor
from intarsia.planner.placement.agents.place import Limits, place
from intarsia.planner.placement.agents.problem import Class, Edge, Goals, Graph, Move, Node, Pool, Problem, Task, Tenant, Way
from intarsia.planner.placement.agents.spread import Spread, constant
from intarsia.planner.validate import agents as judge
from tests.bench.figures import Figure
from tests.bench.planner.solved import solved

SIZES = ((10, 3, 60.0), (100, 10, 120.0), (1000, 30, 150.0))
"""Tasks, classes, and seconds to plan in."""
RATE = 1.0
UNIT = spread.of({"kind": "lognormal", "median": 1.0, "sigma": 0.4}, 6.0)


@dataclass
class Maker:
    """Makes one problem."""

    tasks: int
    classes: int
    seed: int = 0
    made: list[Task] = field(default_factory=list)
    edges: list[Edge] = field(default_factory=list)
    pools: dict[str, Pool] = field(default_factory=dict)
    tenants: dict[tuple[str, str], Tenant] = field(default_factory=dict)

    def problem(self) -> Problem:
        self.rng = random.Random(self.seed)
        cpus = max(1, self.classes // 5)
        self.gpus = [self._gpu(i) for i in range(self.classes - cpus)]
        self.cpus = [Class(f"cpu{i}", 1000, 2e11, 1.0 + 0.2 * i) for i in range(cpus)]
        self.models = [(f"m{i}", self.rng.choice((1.0, 2.0, 9.0))) for i in range(max(2, min(8, self.tasks // 12)))]
        nodes: list[Node] = []
        while len(self.made) < self.tasks:
            nodes.append(self._step(f"s{len(nodes)}", (len(nodes) - 1,) if nodes else (), 1.0))
        classes = (*(c for c, _, _ in self.gpus), *self.cpus)
        return Problem(classes, tuple(self.pools.values()), tuple(self.made), Graph(tuple(nodes)), tuple(self.edges), tuple(self.tenants.values()), rate_per_s=RATE)

    def _gpu(self, number: int) -> tuple[Class, float, float]:
        """A class, the share of the fastest one's arithmetic that it has, and of its bandwidth."""
        compute, memory = self.rng.uniform(0.1, 1.0), self.rng.uniform(0.15, 1.0)
        price = 6 * (0.5 * compute + 0.5 * memory) ** 1.2 * self.rng.uniform(0.8, 1.2)
        return Class(f"gpu{number}", 1000, self.rng.choice((24e9, 48e9, 80e9, 192e9)), price, 5e10, 5e10), compute, memory

    def _step(self, name: str, after: tuple[int, ...], visits: float) -> Node:
        kind = self.rng.choices(("llm", "tool", "side", "branch", "loop"), (5, 3, 1, 1, 1))[0]
        if kind == "llm":
            return Node("branch", name, after, cases=((1.0, self._generation(name, visits)),))
        if kind == "tool":
            return Node("branch", name, after, cases=((1.0, self._tool(name, visits)),))
        if kind == "branch":
            return Node("branch", name, after, cases=((0.7, self._generation(f"{name}a", 0.7 * visits)), (0.3, self._generation(f"{name}b", 0.3 * visits))))
        if kind == "loop":
            counts = ((1, 0.6), (2, 0.3), (3, 0.1))
            return Node("loop", name, after, cases=((1.0, self._generation(name, 1.5 * visits)),), counts=counts)
        both = Graph(tuple(Node("branch", f"{name}{i}", cases=((1.0, self._generation(f"{name}{i}", visits)),)) for i in "ab"))
        return Node("branch", name, after, cases=((1.0, both),))

    def _generation(self, name: str, visits: float) -> Graph:
        model, size = self.rng.choice(self.models)
        prompt, answer = self.rng.uniform(0.02, 0.3) * size, self.rng.uniform(0.1, 1.0) * size
        self.made.append(Task(f"{name}.p", visits, tuple(self._ways(model, size, prompt, True))))
        self.made.append(Task(f"{name}.d", visits, tuple(self._ways(model, size, answer, False))))
        ends = [way.pool for way in self.made[-1].ways]
        move = Move(constant(0.005 + 0.02 * size * self.rng.random()), 1e-6, 2e8 * size)
        self.edges.append(Edge(f"{name}.kv", f"{name}.p", f"{name}.d", visits, {(a, b): move for a in ends for b in ends if a != b}, "kv"))
        return Graph((Node("task", f"{name}.p"), Node("task", f"{name}.d", (0,))))

    def _ways(self, model: str, size: float, seconds: float, prompt: bool) -> Iterator[Way]:
        for device, compute, memory in self.gpus:
            if 16e9 * size / 2 > device.memory_bytes:
                continue
            pool = f"{model}@{device.name}"
            self.pools.setdefault(pool, Pool(pool, device.name, busy_most=0.8))
            self.tenants.setdefault((model, pool), Tenant(model, pool, 16e9 * size / 2))
            mean = seconds * 0.05 / (compute if prompt else memory)
            busy = mean if prompt else mean / 16
            yield Way(pool, pool, self._spread(mean), device.usd_per_h * busy / 3600, 400 * compute * busy, busy, 1e8 * size * mean, tenant=model)

    def _tool(self, name: str, visits: float) -> Graph:
        mean = self.rng.uniform(0.01, 0.2)
        ways = []
        for number, device in enumerate(self.cpus):
            self.pools.setdefault(device.name, Pool(device.name, device.name, busy_most=0.8, shared=True))
            each = mean / (1 + 0.3 * number)
            ways.append(Way(device.name, device.name, self._spread(each), device.usd_per_h * each / 3600 / 32, 5 * each, each / 32))
        self.made.append(Task(name, visits, tuple(ways)))
        return Graph((Node("task", name),))

    def _spread(self, mean: float) -> Spread:
        return UNIT.times(mean)


def problem_of(tasks: int, classes: int, seed: int = 0) -> Problem:
    """With a goal at 95 % between the quickest and the cheapest way of each task."""
    free = Maker(tasks, classes, seed).problem()
    assessor = Assessor(free)
    ends = []
    for measure in (lambda way: way.seconds.mean, lambda way: way.dollars):
        ways = {task.name: min(task.ways, key=measure) for task in free.tasks}
        ends.append(assessor.percentiles(ways, (0.95,))[0.95])
    return replace(free, goals=Goals(e2e_s=ends[0] + 0.4 * max(ends[1] - ends[0], 0.1 * ends[0]), quantile=0.95))


def figures() -> Iterator[Figure]:
    """For each size: the best value that the program finds beside the greedy heuristic's, with bound, gap, CPU-seconds, and the process's peak memory so far."""
    for tasks, classes, limit_s in SIZES:
        problem, began = problem_of(tasks, classes), time.process_time()
        found = place(problem, "hourly", Limits(limit_s, 1e-3))
        spent = time.process_time() - began
        judge.check(problem, found.choice, found.figures, samples=4000)
        simple = greedy(problem)
        baseline = Assessor(problem).figures(simple).usd_per_h if simple else float("nan")
        peak = 1024.0 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        name = f"agent graph, {tasks} tasks, {classes} classes"
        yield solved(name, "at p95, cost", found.value, "$/h", "greedy", baseline, bound=found.bound, cpu_s=spent, peak_bytes=peak, target=baseline)
