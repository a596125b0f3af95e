"""Experts of a mixture between CPU and GPU over several steps: the best that could be done, knowing all that comes, beside HybriMoE's rules, which don't.

    gpu[k, e]         whether the expert e that visit k activates runs on the GPU; else on the CPU, where all weights are
    copy[k, e]        whether it is copied to the GPU for that, during the visit itself
    ahead[j, k, e]    whether it is copied during an earlier visit j, while the link would be idle
    held[k, e]        whether the GPU has expert e of visit k's layer when the visit begins: the cache, which links the visits of one layer
    seconds[k]        visit k: CPU, or GPU with the copies that it waits for, or the link, whichever ends last

A visit is one layer in one step. Its cached experts run first on the GPU, copied ones as they come, the heaviest first, which is the best order (all copies take equally
long). Seconds of an expert come from the caller (`Speeds` of runtime/scheduler/hybrimoe.py: HybriMoE, Zhong et al., arXiv 2504.05897).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pulp

from intarsia.errors import InputError
from intarsia.planner.ilp import solver
from intarsia.planner.ilp.model import Model, total
from intarsia.planner.ilp.solver import Answer
from intarsia.runtime.scheduler.hybrimoe import ExpertCache, HybriMoe, Shared, Speeds

MOST_EARLY = 6
"""Experts fetched for later visits during one: more than a visit's time has room for."""
Visit = Mapping[int, int]
"""The activated experts of one layer in one step, with their tokens."""


@dataclass(frozen=True)
class Problem:
    """`steps` of layers, each a visit; `capacity` experts of each layer fit on the GPU, `held` of them at the start. Experts may be copied up to `ahead` visits early."""

    steps: tuple[tuple[Visit, ...], ...]
    capacity: int
    speeds: Speeds
    held: tuple[frozenset[int], ...] = ()
    ahead: int = 3

    def __post_init__(self) -> None:
        layers = {len(step) for step in self.steps}
        if len(layers) != 1 or not min(layers):
            raise InputError("every step visits the same layers, at least one")
        if self.capacity < 0 or self.ahead < 0 or any(tokens < 1 for step in self.steps for visit in step for tokens in visit.values()):
            raise InputError("capacity and visits ahead are zero or more, and activated experts have tokens")
        if self.held and (len(self.held) != self.layers or any(len(each) > self.capacity for each in self.held)):
            raise InputError(f"what is held at the start is given for each of {self.layers} layers, at most {self.capacity} experts of each")

    @property
    def layers(self) -> int:
        return len(self.steps[0])

    @property
    def visits(self) -> list[Visit]:
        """Visits in order of time; visit k is of layer k modulo the layers."""
        return [visit for step in self.steps for visit in step]

    def at_start(self, layer: int) -> frozenset[int]:
        return self.held[layer] if self.held else frozenset()


@dataclass(frozen=True)
class Done:
    """What happens in one visit: experts on the GPU without a copy, on the CPU, copied for it; and those copied meanwhile for a later visit, as (visit, expert)."""

    gpu: tuple[int, ...]
    cpu: tuple[int, ...]
    copied: tuple[int, ...]
    early: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True)
class Outcome:
    """All visits, the experts held when each begins, and its seconds."""

    problem: Problem
    done: tuple[Done, ...]
    held: tuple[frozenset[int], ...]
    seconds: tuple[float, ...]
    answer: Answer | None = None

    @property
    def total_s(self) -> float:
        return sum(self.seconds)


def visit_seconds(visit: Visit, done: Done, speeds: Speeds) -> float:
    """How long a visit lasts."""
    cached = sum(speeds.gpu(visit[e]) for e in done.gpu)
    order = sorted(done.copied, key=lambda e: (-visit[e], -e))
    ends = cached
    for place, e in enumerate(order, 1):
        ends = max(ends, place * speeds.copy_s) + speeds.gpu(visit[e])
    return max(ends, sum(speeds.cpu(visit[e]) for e in done.cpu), speeds.copy_s * (len(done.copied) + len(done.early)))


def by_rule(problem: Problem, scores: Sequence[Mapping[int, float]], activated: int, policy: HybriMoe | None = None) -> Outcome:
    """What HybriMoE's rules do, visit by visit, with the router's `scores` of each. Its forecast is perfect here: it fetches ahead what the coming visits really activate."""
    rule, visits, speeds = policy or HybriMoe(), problem.visits, problem.speeds
    caches = [ExpertCache(problem.capacity, set(problem.at_start(layer))) for layer in range(problem.layers)]
    done, held = list[Done](), list[frozenset[int]]()
    for k, visit in enumerate(visits):
        cache = caches[k % problem.layers]
        held.append(frozenset(cache.held))
        shared = rule.share(visit, cache.held, speeds)
        rule.seen(cache, scores[k], activated)
        rule.keep(cache, shared.copied)
        early = _fetch(rule, problem, k, caches, shared)
        done.append(Done(shared.gpu, shared.cpu, shared.copied, early))
    return Outcome(problem, tuple(done), tuple(held), tuple(visit_seconds(v, d, speeds) for v, d in zip(visits, done, strict=True)))


def _fetch(rule: HybriMoe, problem: Problem, k: int, caches: list[ExpertCache], shared: Shared) -> tuple[tuple[int, int], ...]:
    """What the idle link brings for the next visits, into their caches. Those of the visit's own layer are not looked at."""
    coming = [k + 1 + i for i in range(min(problem.ahead, problem.layers - 1)) if k + 1 + i < len(problem.visits)]
    ahead = [(problem.visits[j], caches[j % problem.layers].held) for j in coming]
    wanted = rule.prefetch(ahead, shared.seconds - shared.link_s, problem.speeds) if problem.capacity else []
    found: list[tuple[int, int]] = []
    for place, expert in wanted:
        cache = caches[coming[place] % problem.layers]
        rule.keep(cache, [expert], pinned=[e for j, e in found if j == coming[place]])
        if expert in cache.held:
            found.append((coming[place], expert))
    return tuple(found)


def fixed_mapping(problem: Problem) -> Outcome:
    """The baseline that HybriMoE improves on: what the GPU holds at the start runs there, all else on the CPU; nothing moves (kTransformers)."""
    done, held = list[Done](), list[frozenset[int]]()
    for k, visit in enumerate(problem.visits):
        held.append(problem.at_start(k % problem.layers))
        done.append(Done(tuple(e for e in visit if e in held[-1]), tuple(e for e in visit if e not in held[-1]), ()))
    return Outcome(problem, tuple(done), tuple(held), tuple(visit_seconds(v, d, problem.speeds) for v, d in zip(problem.visits, done, strict=True)))


def solve(problem: Problem, begin: Outcome | None = None, *, time_limit_s: float = solver.TIME_LIMIT_S, gap: float = 1e-3, write_lp: Path | None = None) -> Outcome:
    """The visits of least time; `begin` is where the solver begins, and the answer where it finds nothing in time."""
    made = _build(problem)
    start = _start(made, begin) if begin else None
    answer = solver.solve(made.model, time_limit_s=time_limit_s, gap=gap, write_lp=write_lp, start=start)
    if not answer.found:
        first = begin or fixed_mapping(problem)
        return Outcome(problem, first.done, first.held, first.seconds, answer)
    done = tuple(_done(made, k) for k in range(len(problem.visits)))
    held = tuple(frozenset(e for e in made.experts(k) if solver.chosen(made.held[k, e])) for k in range(len(problem.visits)))
    return Outcome(problem, done, held, tuple(visit_seconds(v, d, problem.speeds) for v, d in zip(problem.visits, done, strict=True)), answer)


@dataclass
class _Made:
    """The program's variables."""

    problem: Problem
    model: Model = field(default_factory=lambda: Model("experts"))
    gpu: dict[tuple[int, int], pulp.LpVariable] = field(default_factory=dict)
    copy: dict[tuple[int, int], pulp.LpVariable] = field(default_factory=dict)
    ahead: dict[tuple[int, int, int], pulp.LpVariable] = field(default_factory=dict)
    held: dict[tuple[int, int], pulp.LpVariable] = field(default_factory=dict)
    seconds: list[pulp.LpVariable] = field(default_factory=list)

    def experts(self, k: int) -> list[int]:
        """Experts of visit k's layer that any step activates: no others matter."""
        layer = k % self.problem.layers
        return sorted({e for step in self.problem.steps for e in step[layer]})

    def early(self, k: int) -> range:
        """Visits during which an expert may come for visit k: fewer than a whole step before."""
        return range(max(0, k - min(self.problem.ahead, self.problem.layers - 1)), k)


def _build(problem: Problem) -> _Made:
    made = _Made(problem)
    for k, visit in enumerate(problem.visits):
        made.seconds.append(made.model.continuous(f"seconds[{k}]"))
        _cache(made, k)
        for e in visit:
            made.gpu[k, e] = made.model.binary(f"gpu[{k},{e}]")
            made.copy[k, e] = made.model.binary(f"copy[{k},{e}]")
            made.model.rule(f"there[{k},{e}]", made.gpu[k, e] <= made.held[k, e] + made.copy[k, e])
    for k, visit in enumerate(problem.visits):
        _visit(made, k, visit)
    made.model.minimize(pulp.lpSum(made.seconds), "seconds")
    return made


def _cache(made: _Made, k: int) -> None:
    """What the GPU holds of a layer: what it held a step before, what was copied then, and what came early."""
    problem, before = made.problem, k - made.problem.layers
    for e in made.experts(k):
        made.held[k, e] = made.model.binary(f"held[{k},{e}]")
        for j in made.early(k):
            made.ahead[j, k, e] = made.model.binary(f"ahead[{j},{k},{e}]")
        came = pulp.lpSum(made.ahead[j, k, e] for j in made.early(k))
        if before < 0:
            made.model.rule(f"kept[{k},{e}]", made.held[k, e] <= came + float(e in problem.at_start(k)))
        else:
            copied = made.copy[before, e] if (before, e) in made.copy else 0
            made.model.rule(f"kept[{k},{e}]", made.held[k, e] <= made.held[before, e] + copied + came)
    made.model.rule(f"capacity[{k}]", pulp.lpSum(made.held[k, e] for e in made.experts(k)) <= problem.capacity)


def _visit(made: _Made, k: int, visit: Visit) -> None:
    """CPU, GPU and link end within the visit's seconds; the GPU waits for each copy, the heaviest first."""
    model, speeds, ends = made.model, made.problem.speeds, made.seconds[k]
    order = sorted(visit, key=lambda e: (-visit[e], -e))
    cpu = total((-speeds.cpu(visit[e]), made.gpu[k, e]) for e in visit) + sum(speeds.cpu(n) for n in visit.values())
    model.rule(f"cpu[{k}]", ends - cpu >= 0)
    model.rule(f"gpu[{k}]", ends - total((speeds.gpu(visit[e]), made.gpu[k, e]) for e in visit) >= 0)
    for place, e in enumerate(order):
        before = total((speeds.copy_s, made.copy[k, other]) for other in order[: place + 1])
        after = total((speeds.gpu(visit[other]), made.copy[k, other]) for other in order[place:])
        model.rule(f"waits[{k},{e}]", ends - before - after >= 0)
        model.rule(f"runs[{k},{e}]", made.copy[k, e] <= made.gpu[k, e])
    early = [x for (j, _, _), x in made.ahead.items() if j == k]
    model.rule(f"link[{k}]", ends - total((speeds.copy_s, x) for x in [*early, *(made.copy[k, e] for e in visit)]) >= 0)
    if len(set(visit.values())) == 1:
        _counted(made, k, visit, early)


def _counted(made: _Made, k: int, visit: Visit, early: Sequence[pulp.LpVariable]) -> None:
    """Where all experts have as many tokens, as in decoding one sequence, a visit's seconds follow from numbers alone: so many on the GPU, so many of them copied, so many fetched.

    One of these ways is chosen. That says the same as the clocks above, and far more to a solver that looks at fractions.
    """
    model, experts, most = made.model, sorted(visit), min(len(early), MOST_EARLY)
    ways = {(a, b, m): model.binary(f"way[{k},{a},{b},{m}]") for a in range(len(experts) + 1) for b in range(a + 1) for m in range(most + 1)}
    model.rule(f"one_way[{k}]", pulp.lpSum(ways.values()) == 1)
    for name, place, variables in (("gpu", 0, [made.gpu[k, e] for e in experts]), ("copy", 1, [made.copy[k, e] for e in experts]), ("early", 2, list(early))):
        model.rule(f"count_{name}[{k}]", total((float(way[place]), x) for way, x in ways.items()) - pulp.lpSum(variables) == 0)
    seconds = {(a, b, m): _way_seconds(visit, experts, a, b, m, made.problem.speeds) for a, b, m in ways}
    model.rule(f"way_seconds[{k}]", made.seconds[k] - total((seconds[way], x) for way, x in ways.items()) >= 0)


def _way_seconds(visit: Visit, experts: list[int], on_gpu: int, copied: int, early: int, speeds: Speeds) -> float:
    done = Done(tuple(experts[copied:on_gpu]), tuple(experts[on_gpu:]), tuple(experts[:copied]), ((0, 0),) * early)
    return visit_seconds(visit, done, speeds)


def _done(made: _Made, k: int) -> Done:
    visit = made.problem.visits[k]
    copied = tuple(e for e in visit if solver.chosen(made.copy[k, e]))
    on_gpu = tuple(e for e in visit if solver.chosen(made.gpu[k, e]) and e not in copied)
    early = tuple((to, e) for (j, to, e), x in made.ahead.items() if j == k and solver.chosen(x))
    return Done(on_gpu, tuple(e for e in visit if e not in on_gpu and e not in copied), copied, early)


def _start(made: _Made, outcome: Outcome) -> dict[str, float]:
    """The values that an outcome gives to the binaries."""
    found: dict[str, float] = {}

    def give(table: Mapping[tuple[int, ...], pulp.LpVariable], chosen: Callable[[tuple[int, ...]], bool], keys: Iterable[tuple[int, ...]]) -> None:
        found.update({table[key].name: float(chosen(key)) for key in keys})

    done = outcome.done
    give(made.gpu, lambda key: key[1] not in done[key[0]].cpu, made.gpu)  # type: ignore[arg-type]
    give(made.copy, lambda key: key[1] in done[key[0]].copied, made.copy)  # type: ignore[arg-type]
    give(made.ahead, lambda key: (key[1], key[2]) in done[key[0]].early, made.ahead)  # type: ignore[arg-type]
    give(made.held, lambda key: key[1] in outcome.held[key[0]], made.held)  # type: ignore[arg-type]
    return found
