"""Placements between the least of an objective and the least latency."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from intarsia.errors import InfeasibleError, InputError
from intarsia.planner.placement.agents.outcome import Found
from intarsia.planner.placement.agents.place import Limits, place
from intarsia.planner.placement.agents.problem import Problem

USUAL = Limits()


def pareto(problem: Problem, objective: str, points: int = 6, limits: Limits = USUAL) -> list[Found]:
    """Placements between the least of `objective` and the least latency, none of them beaten in both, best `objective` first.

    Each is the best under an end-to-end goal at the goals' percentile (without one, 95 %). Raises what `place` does.
    """
    if points < 2:
        raise InputError(f"a front needs at least two points, found {points}")
    level = problem.goals.quantile or 0.95
    free = replace(problem, goals=replace(problem.goals, e2e_s=None, quantile=level))

    def measure(found: Found) -> float:
        return found.figures.percentiles[level]

    ends = [place(free, objective, limits, then="latency"), place(free, "latency", limits, then=objective)]
    high, low = (measure(end) for end in ends)
    found = list(ends)
    for number in range(1, points - 1):
        aim = low * (high / low) ** (number / (points - 1)) if low > 0 else high * number / (points - 1)
        try:
            found.append(place(replace(free, goals=replace(free.goals, e2e_s=aim)), objective, limits))
        except InfeasibleError:
            continue
    return _front(found, objective, measure)


def _front(found: list[Found], objective: str, measure: Callable[[Found], float]) -> list[Found]:
    kept: list[Found] = []
    for one in sorted(found, key=lambda f: (round(f.figures.of(objective), 12), measure(f))):
        if not kept or measure(one) < measure(kept[-1]) * (1 - 1e-6):
            kept.append(one)
    return kept
