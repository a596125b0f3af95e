"""From a module of stage ops to a `Problem`: the ways of each task are those that planner/variants.py offers, one replica at a time.

What is assumed is said here:
- a pool is asked for at most `BUSY_MOST` of its time; requests wait before service as at one server that is as busy as the pool may become (spread.waiting);
- a prompt's and an answer's length are independent of each other, and of those of other tasks; decoding takes the prompt at the goals' percentile;
- data that is no KV cache is small: where its worst way takes no more than `SMALL_S`, it is charged with that wherever the tasks are;
- where the fleet states no link, devices reach each other as planner/search/problem.py assumes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from intarsia.cost_models import money, tasks
from intarsia.cost_models.cost import Setup
from intarsia.errors import InfeasibleError, UnsupportedError
from intarsia.ir.module import Module
from intarsia.ir.passes import to_tasks
from intarsia.planner import facts as planner_facts
from intarsia.planner import models, policy, variants
from intarsia.planner.facts import Facts, Fleet
from intarsia.planner.facts import Task as FactsTask
from intarsia.planner.placement.agents import dataflow, moments, spread
from intarsia.planner.placement.agents.graphs import graph_of, innermost_loop, visits_of
from intarsia.planner.placement.agents.links import Links
from intarsia.planner.placement.agents.problem import Class, Edge, Goals, Graph, Move, Pool, Problem, Task, Tenant, Way
from intarsia.planner.placement.agents.spread import Spread, constant
from intarsia.planner.placement.agents.timing import Timing
from intarsia.planner.variants import Run, Variant

BUSY_MOST = 0.8
SMALL_S = 2e-3
SWAP_BYTES_PER_S = 25e9
"""Into a device whose file states no port to its host: PCIe 4, 16 lanes."""
KEPT = "+kept"


@dataclass(frozen=True)
class Reading:
    """A problem, and what its names stand for: the run behind each (task, way), the variant behind each (model and precision, pool)."""

    problem: Problem
    facts: Facts
    runs: dict[tuple[str, str], Run]
    variants: dict[tuple[str, str], Variant]


def read(module: Module, rate_per_s: float | None = None) -> Reading:
    """The problem of placing a module's agent on its fleet. Raises InfeasibleError where a model fits no device, InputError or UnsupportedError."""
    known = planner_facts.read(module)
    if rate_per_s is not None:
        known = replace(known, rate_per_s=rate_per_s)
    if any(config.family == "torch" for config in known.models.values()):
        raise UnsupportedError("a torch program has no cost model that could place it on a mixed fleet", mend="plan it for one kind of device")
    bringing = models.read(module, known)
    offered = {name: _fitting(variants.variants(model, known, single=True), known, name) for name, model in bringing.items()}
    return _Reader(known, offered, dataflow.feeds(module)).read()


def _fitting(found: list[Variant], known: Facts, model: str) -> list[Variant]:
    """Variants whose weights and longest context fit their devices. Raises InfeasibleError where none does."""
    fits = [v for v in found if v.least_bytes <= variants.usable_bytes(v.fleet, known.wishes)]
    if not fits:
        nearest = min(found, key=lambda v: v.least_bytes / variants.usable_bytes(v.fleet, known.wishes))
        room = variants.usable_bytes(nearest.fleet, known.wishes)
        what = f"{model} fits no device of the fleet: as {nearest.name} it needs {nearest.least_bytes / 1e9:.3g} GB on each device, of {room / 1e9:.3g} that may be used"
        raise InfeasibleError(what, mend="add devices with more memory, or plan for a smaller context or precision")
    return fits


@dataclass
class _Reader:
    known: Facts
    offered: dict[str, list[Variant]]
    feeds: list[tuple[str, str]]
    pools: dict[str, Pool] = field(default_factory=dict)
    tenants: dict[tuple[str, str], Tenant] = field(default_factory=dict)
    ways: dict[str, list[Way]] = field(default_factory=lambda: defaultdict(list))
    runs: dict[tuple[str, str], Run] = field(default_factory=dict)
    served: dict[tuple[str, str], Variant] = field(default_factory=dict)
    edges: list[Edge] = field(default_factory=list)
    timings: dict[tuple[str, str], Timing] = field(default_factory=dict)

    def read(self) -> Reading:
        known = self.known
        self.links = Links.of(known)
        self.graph = graph_of(known.graph)
        self.visits = visits_of(self.graph)
        self.mine = [task for task in known.tasks if task.name in self.visits]
        self._sharing()
        for task in self.mine:
            self._ways(task)
        self._keep_caches()
        self._waits()
        self._caches()
        self._data()
        made = tuple(Task(task.name, self.visits[task.name], tuple(self.ways[task.name]), GOALS.get(task.phase or "", "")) for task in self.mine)
        classes = tuple(self._class(fleet) for fleet in known.fleet)
        goals = Goals(known.goals.e2e_s, known.goals.quantile, known.goals.ttft_s, known.goals.tpot_s)
        problem = Problem(classes, tuple(self.pools.values()), made, self.graph, tuple(self.edges), tuple(self.tenants.values()), goals, known.rate_per_s)
        return Reading(problem, known, self.runs, self.served)

    def _class(self, fleet: Fleet) -> Class:
        rate = self.links.network(fleet.symbol)
        return Class(fleet.symbol, fleet.count, variants.usable_bytes(fleet, self.known.wishes), usd_per_h(fleet), rate, rate)

    # Ways.

    def _ways(self, task: FactsTask) -> None:
        if task.model is not None:
            for variant in self.offered[task.model]:
                self._model_way(task, variant)
        elif task.work:
            for fleet in self.known.fleet:
                self._work_way(task, fleet)
        else:
            for fleet in [f for f in self.known.fleet if f.device.kind == "cpu"] or self.known.fleet:
                self._tool_way(task, fleet)

    def _model_way(self, task: FactsTask, variant: Variant) -> None:
        run = variants.run_of(task, variant, self._timing(variant).threads)
        seconds = self._seconds(task, variant)
        held = self._kv_per_token(variant) * (task.prompt.mean + (task.output.mean if task.phase == "decode" else 0.0)) * seconds.mean
        way = Way(variant.name, "", seconds, run.dollars, run.cost.joules, run.busy_s, held, run.step_s)
        self._homes(task, way, run, variant.fleet, variant.tp, f"{task.model}_{variant.precision}", variant.least_bytes, variant)

    def _homes(self, task: FactsTask, way: Way, run: Run, fleet: Fleet, group: int, tenant: str, weights: float, variant: Variant | None) -> None:
        """The same way in a pool of its model's own, in one that models share, and, where they don't all fit, in one where they take turns."""
        own = self._pool(f"{tenant}_{fleet.symbol}_tp{group}", fleet, group, False)
        self._add(task, replace(way, pool=own, tenant=tenant), run, weights, variant)
        if not self.sharing or group != self.least_group[fleet.symbol]:
            return
        shared = self._pool(f"{fleet.symbol}_tp{group}_shared", fleet, group, True)
        self._add(task, replace(way, name=f"{way.name}_shared", pool=shared, tenant=tenant), run, weights, variant)
        if not self.crowded[fleet.symbol]:
            return
        swap_s = weights / next((port.bandwidth for port in fleet.device.ports if port.leads_to == "host"), SWAP_BYTES_PER_S)
        swapped = replace(
            way, name=f"{way.name}_swapped", pool=shared, tenant=f"{tenant}_swapped", seconds=way.seconds.plus(swap_s), busy_s=way.busy_s + swap_s,
            dollars=way.dollars + group * usd_per_h(fleet) * swap_s / 3600, joules=way.joules + group * fleet.device.idle_watts * swap_s,
        )  # fmt: skip
        self._add(task, swapped, run, weights, variant, swapped=True)

    def _sharing(self) -> None:
        """On each class: the smallest group that holds the largest model it can, and whether such a group is too small for all of them together."""
        works = [task.work.get("memory_bytes", 0.0) for task in self.mine if task.work]
        self.sharing = len(self.offered) + len(works) > 1
        self.least_group, self.crowded = dict[str, int](), dict[str, bool]()
        for fleet in self.known.fleet:
            least = [min((v for v in found if v.fleet is fleet), key=lambda v: v.tp, default=None) for found in self.offered.values()]
            here = [v for v in least if v is not None]
            self.least_group[fleet.symbol] = max((v.tp for v in here), default=1)
            together = sum(v.least_bytes * v.tp for v in here) / self.least_group[fleet.symbol] + sum(works)
            self.crowded[fleet.symbol] = together > variants.usable_bytes(fleet, self.known.wishes)

    def _pool(self, name: str, fleet: Fleet, group: int, shared: bool) -> str:
        self.pools.setdefault(name, Pool(name, fleet.symbol, group, BUSY_MOST, shared))
        return name

    def _add(self, task: FactsTask, way: Way, run: Run, weights: float, variant: Variant | None, swapped: bool = False) -> None:
        self.ways[task.name].append(way)
        self.runs[task.name, way.name] = run
        if way.tenant:
            size = variants.usable_bytes(run.fleet, self.known.wishes)
            rent = weights / size * usd_per_h(run.fleet) * self.pools[way.pool].group
            self.tenants.setdefault((way.tenant, way.pool), Tenant(way.tenant, way.pool, weights, swapped, rent))
            if variant is not None:
                self.served[way.tenant, way.pool] = variant

    def _kv_per_token(self, variant: Variant) -> float:
        """Bytes on each device."""
        return policy.kv_bytes_per_token(variant.model.config, variant.setup(1)) if variant.policy.kv_pages else 0.0

    def _timing(self, variant: Variant) -> Timing:
        key = variant.model.name, variant.name
        if key not in self.timings:
            self.timings[key] = Timing(variant, max(variants.thread_options(variant.fleet, self.known.wishes)))
        return self.timings[key]

    def _seconds(self, task: FactsTask, variant: Variant) -> Spread:
        timing, most = self._timing(variant), float(variant.policy.context or 1e9)
        if task.phase == "decode":
            return spread.of(task.specs["output"], most).through(lambda length: timing.decode(task.prompt.high, length))
        return spread.of(task.specs["prompt"], most).through(lambda length: timing.prefill(length, task.phase or "encode"))

    def _work_way(self, task: FactsTask, fleet: Fleet) -> None:
        cores = fleet.device.cores if fleet.device.kind == "cpu" else 1
        setup = Setup(fleet.device, cores, "w-a32" if fleet.device.kind == "cpu" else "w-a16")
        cost = tasks.own_work(task.work, setup)
        weights = task.work.get("memory_bytes", 0.0)
        if weights > variants.usable_bytes(fleet, self.known.wishes):
            return
        run = Run(task, fleet, cores, None, cost.seconds, cost.seconds, 0.0, cost.seconds, cost, tasks.dollars(setup, cost.seconds, cost.joules))
        latency = spread.of(task.specs["latency"]) if "latency" in task.specs else constant(0.0)
        way = Way(fleet.symbol, "", latency.plus(cost.seconds), run.dollars, cost.joules, cost.seconds)
        self._homes(task, way, run, fleet, 1, task.name, weights, None)

    def _tool_way(self, task: FactsTask, fleet: Fleet) -> None:
        """On one thread of a host; what a tool computes keeps it busy, what it looks up does not."""
        run = variants.tool_run(task, fleet)
        latency = spread.of(task.specs["latency"]) if "latency" in task.specs else constant(0.0)
        computes = latency.mean if task.kind == "compute" else 0.0
        cores = fleet.device.cores if fleet.device.kind == "cpu" else 1
        busy = (run.busy_s + computes) / cores
        setup = Setup(fleet.device, 1)
        joules = run.cost.joules + computes * setup.watts
        way = Way(fleet.symbol, "", latency.plus(run.busy_s), usd_per_h(fleet) * busy / 3600, joules, busy)
        pool = self._pool(f"{fleet.symbol}_tools", fleet, 1, True)
        self._add(task, replace(way, pool=pool), run, 0.0, None)

    # Caches that are kept from turn to turn.

    def _keep_caches(self) -> None:
        for prefill in self.mine:
            body = innermost_loop(self.graph, prefill.name)
            if prefill.phase == "prefill" and "new" in prefill.specs and body is not None:
                self._keep(prefill, prefill.name.removesuffix(".prefill") + ".decode", body)

    def _keep(self, prefill: FactsTask, decode: str, body: Graph) -> None:
        """A second flavour of each way of a prefill: the turn before left the cache, so new tokens alone are read; it is held in memory meanwhile."""
        gap_s = self._gap(body, {prefill.name, decode})
        old = max(prefill.prompt.mean - spread.of(prefill.specs["new"]).mean, 0.0)
        for way in list(self.ways[prefill.name]):
            run, variant = self.runs[prefill.name, way.name], self.served[way.tenant, way.pool]
            seconds = self._new_seconds(prefill, variant)
            share = min(1.0, seconds.mean / way.seconds.mean) if way.seconds.mean else 1.0
            held = self._kv_per_token(variant) * old * gap_s
            rent = held / variants.usable_bytes(run.fleet, self.known.wishes) * usd_per_h(run.fleet) * variant.tp / 3600
            kept = replace(
                way, name=way.name + KEPT, seconds=seconds, dollars=way.dollars * share + rent, joules=way.joules * share, busy_s=way.busy_s * share,
                byte_seconds=way.byte_seconds * share + held, step_s=min(way.step_s, seconds.quantile(self.known.goals.quantile or 0.5)), end=way.pool + KEPT,
            )  # fmt: skip
            self._add(prefill, kept, run, self.tenants[way.tenant, way.pool].weight_bytes, variant, self.tenants[way.tenant, way.pool].swapped)

    def _gap(self, body: Graph, own: set[str]) -> float:
        """Mean seconds between an answer and the next turn's prompt: everything else in the loop, at its slowest way."""
        return moments.most_mean(body, {name: 0.0 if name in own else max(way.seconds.mean for way in self.ways[name]) for name in body.tasks()})

    def _new_seconds(self, task: FactsTask, variant: Variant) -> Spread:
        """Of the tokens at the end of a prompt of mean length."""
        timing, length = self._timing(variant), task.prompt.mean

        def seconds(new: float) -> float:
            return max(timing.prefill(1.0), timing.prefill(length) - timing.prefill(length - new))

        return spread.of(task.specs["new"], length).through(seconds)

    # Waits and transfers.

    def _waits(self) -> None:
        """As busy as a pool may become: with all the load that could come to it on one replica, or the most it may be asked for."""
        load: dict[str, float] = defaultdict(float)
        runs: dict[str, float] = defaultdict(float)
        for task in self.mine:
            most: dict[str, float] = {}
            for way in self.ways[task.name]:
                most[way.pool] = max(most.get(way.pool, 0.0), way.busy_s)
            for pool, busy_s in most.items():
                load[pool] += self.visits[task.name] * busy_s
                runs[pool] += self.visits[task.name]
        waits = {pool: spread.waiting(min(BUSY_MOST, self.known.rate_per_s * load[pool]), load[pool] / runs[pool]) for pool in load if runs[pool]}
        for task in self.mine:
            self.ways[task.name] = [replace(way, wait=waits[way.pool]) if way.pool in waits else way for way in self.ways[task.name]]

    def _caches(self) -> None:
        """KV caches from prefill to decode, and back where they are kept."""
        names = {task.name: task for task in self.mine}
        for name, task in names.items():
            decode = name.removesuffix(".prefill") + ".decode"
            if task.phase != "prefill" or decode not in names:
                continue
            prompt = spread.of(task.specs["prompt"])
            self._edge(name, decode, "kv", lambda variant, prompt=prompt: prompt.times(self._kv_per_token(variant) * variant.tp))  # type: ignore[misc]
            if any(way.end for way in self.ways[name]):
                old = max(task.prompt.mean - spread.of(task.specs["new"]).mean, 0.0)
                self._edge(decode, name, "kept", lambda variant, old=old: constant(old * self._kv_per_token(variant) * variant.tp))  # type: ignore[misc]

    def _edge(self, source: str, target: str, kind: str, size: Callable[[Variant], Spread]) -> None:
        moves = {}
        for a in self.ways[source]:
            for b in self.ways[target]:
                if a.pool == b.pool or (kind == "kept" and not b.end) or (a.at, b.at) in moves:
                    continue
                first, second = self.served[a.tenant, a.pool], self.served[b.tenant, b.pool]
                bandwidth, latency_s = self.links.between(first.fleet.symbol, second.fleet.symbol)
                amount = size(first)
                moves[a.at, b.at] = Move(amount.times(1 / (bandwidth * min(first.tp, second.tp))).plus(latency_s), bytes=amount.mean)
        if moves:
            self.edges.append(Edge(f"{kind}_{source}", source, target, self.visits[target], moves, kind))

    def _data(self) -> None:
        """Texts and numbers: charged with their worst way, which is short, wherever they go."""
        names, caches = {task.name: task for task in self.mine}, {(edge.source, edge.target) for edge in self.edges}
        for source, target in self.feeds:
            if source not in names or target not in names or (source, target) in caches or names[target].phase == "decode":
                continue
            task = names[source]
            size = to_tasks.CHARACTERS_PER_TOKEN * (task.output.mean if task.phase == "decode" else to_tasks.UNKNOWN_TOKENS)
            worst = self.links.worst(size)
            if worst <= SMALL_S:
                self.ways[target] = [replace(way, seconds=way.seconds.plus(worst)) for way in self.ways[target]]
            else:
                self._data_edge(source, target, size)

    def _data_edge(self, source: str, target: str, size: float) -> None:
        device = {pool.name: pool.device for pool in self.pools.values()}
        moves = {
            (a.at, b.at): Move(constant(self.links.seconds(device[a.pool], device[b.pool], size)), bytes=size)
            for a in self.ways[source] for b in self.ways[target] if device[a.pool] != device[b.pool]
        }  # fmt: skip
        if moves:
            self.edges.append(Edge(f"data_{source}_{target}", source, target, self.visits[target], moves))


GOALS = {"prefill": "ttft", "decode": "tpot"}


def usd_per_h(fleet: Fleet) -> float:
    """Rent, or what owning comes to; nothing for a device without a price."""
    return money.hourly(fleet.device).usd if fleet.device.rent_usd_per_h or fleet.device.price_usd else 0.0
