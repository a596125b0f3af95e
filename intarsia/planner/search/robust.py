"""How much a plan may lose by being chosen on wrong assumptions: its regret under each scenario, against the plan that would be best there (Savage's minimax regret)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from intarsia.planner.search import engines
from intarsia.planner.search.outcome import OBJECTIVES, Outcome
from intarsia.planner.search.problem import Goals
from intarsia.planner.search.scenario import STRESS, Scenario
from intarsia.planner.search.space import Deployment

Simulate = Callable[[Deployment, Scenario], Outcome]


@dataclass(frozen=True)
class Regret:
    """Of one plan: by scenario, the share of the best plan's worth that it lacks (0: it is the best there). `worst` is the largest of them."""

    by_scenario: Mapping[str, float]

    @property
    def worst(self) -> float:
        return max(self.by_scenario.values(), default=0.0)


@dataclass(frozen=True)
class Job:
    """One plan in one scenario."""

    deployment: Deployment
    scenario: Scenario
    place: int
    name: str


@dataclass(frozen=True)
class Work:
    """Runs jobs; it goes to other processes."""

    simulate: Simulate

    def __call__(self, job: Job) -> Outcome:
        return self.simulate(job.deployment, job.scenario)


def regrets(
    plans: Sequence[Deployment], simulate: Simulate, goals: Goals, objective: str = "", scenarios: Mapping[str, Scenario] = STRESS, engine: str = "processes", workers: int = 0,
) -> list[Regret]:  # fmt: skip
    """The regret of each plan under each scenario. A plan's worth is its objective's value; without one, goodput for each dollar an hour."""
    jobs = [Job(plan, scenario, place, name) for place, plan in enumerate(plans) for name, scenario in scenarios.items()]
    found = {(job.place, job.name): result for job, result in engines.run(engine, iter(jobs), Work(simulate), workers)}
    lacking: list[dict[str, float]] = [{} for _ in plans]
    for name in scenarios:
        worths = [_worth(found[place, name], goals, objective) for place in range(len(plans))]
        best = max(worths)
        for place, worth in enumerate(worths):
            lacking[place][name] = abs(best - worth) / abs(best) if best else 0.0
    return [Regret(by) for by in lacking]


def _worth(found: Outcome, goals: Goals, objective: str) -> float:
    """The more the better. Latencies are compared as rates, so that regret stays a share."""
    if not objective:
        return found.goodput / found.usd_per_h if found.usd_per_h else found.goodput
    value = OBJECTIVES[objective](found, goals)
    return -1 / value if value < 0 else value


def most_robust(found: Sequence[Regret]) -> int:
    """The place of the plan whose worst regret is least, the earlier of equals."""
    return min(range(len(found)), key=lambda place: (round(found[place].worst, 6), place))


