"""Candidates -> estimated outcomes, all of one layout's at once: the order in which they are simulated."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from intarsia.cost_models.energy import MEMORY_SHARE
from intarsia.planner.search.compose import Candidate, Part
from intarsia.planner.search.estimate import Array, Shape, Steady, steady
from intarsia.planner.search.outcome import FRONT, OBJECTIVES, PERCENTILES, Latency, Outcome, key
from intarsia.planner.search.problem import Problem

TAIL = tuple(math.log(100 / (100 - p)) for p in PERCENTILES)
"""Waits in a queue are about exponential: their percentiles, in means."""


@dataclass(frozen=True)
class Load:
    """What one replica of a part is estimated to do: its steady state at its share of the rate, and the share of its capacity that this is."""

    ttft_s: float
    tpot_s: float
    wait_s: float
    use: float
    stable: bool


def assess(problem: Problem, candidates: Sequence[Candidate]) -> list[Outcome]:
    """An estimate of each candidate's outcome. Requests go to the replicas by capacity."""
    loads = _loads(problem, candidates)
    return [_outcome(problem, candidate, loads[number]) for number, candidate in enumerate(candidates)]


def _loads(problem: Problem, candidates: Sequence[Candidate]) -> list[list[Load]]:
    """For each candidate, the load of each part; steady states are found for all parts with the same prices at once."""
    found = [[Load(0.0, 0.0, 0.0, 0.0, False)] * len(candidate.parts) for candidate in candidates]
    groups: dict[int, list[tuple[int, int, float]]] = {}
    for number, candidate in enumerate(candidates):
        for place, part in enumerate(candidate.parts):
            groups.setdefault(id(part.design.steps), []).append((number, place, _rate(problem, candidate, part)))
    for members in groups.values():
        designs = [candidates[number].parts[place].design for number, place, _ in members]
        shape = Shape(problem.isl, problem.osl, *(np.array([getattr(d.shape, name) for d in designs], dtype=np.float64) for name in ("chunk", "sequences", "kv_tokens")))
        rates = np.array([rate / design.replica.groups for (*_, rate), design in zip(members, designs, strict=True)])
        state = steady(designs[0].steps, shape, rates)
        for i, (number, place, rate) in enumerate(members):
            found[number][place] = _load(candidates[number].parts[place], state, i, rate)
    return found


def _rate(problem: Problem, candidate: Candidate, part: Part) -> float:
    """Requests a second that come to one replica: no more than it carries."""
    own = {"serve": part.design.capacity, "prefill": part.design.prefills, "decode": part.design.decodes}[part.role]
    offered = problem.rate * own / candidate.capacity if part.role == "serve" and candidate.capacity else problem.rate / part.count
    return min(offered, own * 0.98) if own else 0.0


def _load(part: Part, state: Steady, i: int, rate: float) -> Load:
    """Of one part. A pool that only prefills is a queue of prompts; one that only decodes takes steps without prompts."""
    design = part.design
    if part.role == "prefill":
        busy = min(rate / design.prefills, 0.98) if design.prefills else 0.98
        wait = design.prefill_s * busy / (2 * (1 - busy))
        return Load(design.prefill_s + wait, 0.0, wait, busy, design.prefills > 0)
    if part.role == "decode":
        n = np.array([max(1.0, rate / design.replica.groups * max(design.shape.osl - 1, 0) * float(state.tpot_s[i]))])
        step = float(design.steps.decode_s(n, np.array([design.shape.isl + design.shape.osl / 2]))[0])
        return Load(step, step, 0.0, rate / design.decodes if design.decodes else 1.0, design.decodes > 0)
    busy = float(state.busy[i])
    own = float(state.ttft_s[i])
    return Load(own, float(state.tpot_s[i]), own * busy / (2 - busy), rate / design.capacity if design.capacity else 1.0, bool(state.stable[i]))


def _outcome(problem: Problem, candidate: Candidate, loads: Sequence[Load]) -> Outcome:
    shares = np.array([part.count * part.design.capacity for part in candidate.parts])
    weights = shares / shares.sum() if shares.sum() else np.full(len(shares), 1 / len(shares))
    carried = min(problem.rate, candidate.capacity)
    apart = candidate.parts[0].role != "serve"
    ttft = sum(load.ttft_s for load in loads) if apart else float(sum(w * load.ttft_s for w, load in zip(weights, loads, strict=True)))
    tpot = loads[-1].tpot_s if apart else float(sum(w * load.tpot_s for w, load in zip(weights, loads, strict=True)))
    wait = max(load.wait_s for load in loads)
    ttft, late = ttft + problem.split_s, _backlog_s(problem, candidate.capacity)
    first = Latency(ttft + late, tuple(ttft - wait + wait * tail + 2 * late for tail in TAIL))
    step = Latency(tpot, (tpot,) * len(PERCENTILES))
    whole = Latency(first.mean + tpot * problem.osl, tuple(at + tpot * problem.osl for at in first.at))
    return Outcome(
        carried, carried * problem.osl, first, step, whole, _good(problem, first, step, whole), late == 0.0, _watts(problem, candidate, loads),
        candidate.deployment.usd_per_h(problem), candidate.devices,
    )  # fmt: skip


def _backlog_s(problem: Problem, capacity: float) -> float:
    """Mean seconds that requests wait where more come than are carried."""
    if not capacity:
        return 1e9
    behind = len(problem.workload) / capacity - problem.workload.duration_s
    return max(0.0, behind / 2) if problem.rate > capacity else 0.0


def _good(problem: Problem, ttft: Latency, tpot: Latency, e2e: Latency) -> float:
    """1 where the goals hold at their percentile, less the further off they are."""
    goals, p = problem.goals, problem.goals.percentile
    shares = [goal / max(at.percentile(p), 1e-9) for goal, at in ((goals.ttft_s, ttft), (goals.tpot_s, tpot), (goals.e2e_s, e2e))]
    return float(min(1.0, *shares))


def _watts(problem: Problem, candidate: Candidate, loads: Sequence[Load]) -> float:
    """Idle draw, and above it the span of memory-bound work for the share of the time that the replicas are in use."""
    total = 0.0
    for part, load in zip(candidate.parts, loads, strict=True):
        for name, count in part.design.replica.used.items():
            device = problem.stock[name].device
            total += part.count * count * (device.idle_watts + MEMORY_SHARE * min(1.0, load.use) * (device.watts - device.idle_watts))
    return total


def order(problem: Problem, estimates: Sequence[Outcome], objective: str) -> list[int]:
    """Indices in the order of simulation: the best by the search's own order, and in turn the best by each objective of the front."""
    by_key = sorted(range(len(estimates)), key=lambda i: (key(estimates[i], problem.goals, objective), i))
    if objective:
        return by_key
    others = [sorted(by_key, key=lambda i: -OBJECTIVES[name](estimates[i], problem.goals)) for name in FRONT]
    taken: dict[int, None] = {}
    queues: list[Array | list[int]] = [by_key, *others]
    for rank in range(len(estimates)):
        taken[int(by_key[rank])] = None
        taken[int(queues[1 + rank % len(others)][rank // len(others)])] = None
    return list(taken)
