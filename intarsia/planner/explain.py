"""Ranked plans in words and numbers, and why the first one won."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from intarsia.planner import predict
from intarsia.planner.facts import Facts
from intarsia.planner.ilp import solve
from intarsia.planner.ilp.program import Program
from intarsia.planner.ilp.solve import Solution

OBJECTIVES = {
    "latency": ("e2e_s", "end to end", "s"), "throughput": ("throughput_requests_per_s", "throughput", "requests/s"),
    "energy": ("joules", "energy", "J a request"), "cost": ("dollars", "cost", "dollars a request"), "hourly": ("dollars_per_h", "cost", "dollars an hour"),
}  # fmt: skip
"""What each wish is measured by: metric, words, unit."""
WORTH_SAYING = 0.01
"""Relative gain from which a relaxed limit is worth a sentence."""
BOUNDS = {
    "memory": "memory bandwidth", "compute": "compute", "launch": "launch overhead", "host": "Python between steps", "network": "the links between devices",
    "latency": "the tools' own latency",
}  # fmt: skip


@dataclass(frozen=True)
class PlanSummary:
    """One plan: what it chooses by model, predictions by metric (`<model>.<metric>` for a model's own), why it stands where it does, and what the solver did."""

    rank: int
    choices: dict[str, str]
    metrics: dict[str, float]
    why: str = ""
    reasons: list[str] = field(default_factory=list)
    solver: str = ""


def summaries(facts: Facts, program: Program, solutions: list[Solution], until: float) -> list[PlanSummary]:
    """All plans, best first. What would change the choice is looked for until then (by time.monotonic)."""
    metrics = [_metrics(facts, solution) for solution in solutions]
    found = []
    for index, solution in enumerate(solutions):
        reasons = _reasons(facts, program, solutions, metrics, until) if index == 0 else [_behind(facts, metrics[0], metrics[index])]
        found.append(PlanSummary(index + 1, _choices(facts, solution), metrics[index], " ".join(reasons), reasons, str(solution.statistics)))
    return found


def _choices(facts: Facts, solution: Solution) -> dict[str, str]:
    policies = predict.settled(facts, solution)
    return {name: describe(solution, name, policies[name].max_sequences, policies[name].max_batch_tokens) for name in solution.variants}


def describe(solution: Solution, model: str, sequences: int, chunk: int) -> str:
    """How a plan serves a model, in one line."""
    variant, threads = solution.variants[model], predict.threads_of(solution, model)
    many = f"{variant.devices} x " if variant.devices > 1 else ""
    parts = [f"{many}{variant.fleet.symbol}", variant.precision]
    if variant.fleet.device.kind == "cpu":
        parts.append(_threads(threads))
    else:
        parts.append(f"TP {variant.tp}" + (f" x {variant.replicas} replicas" if variant.replicas > 1 else ""))
    return ", ".join([*parts, f"chunks of {chunk}", f"{sequences} sequences"])


def _threads(threads: dict[str, int]) -> str:
    counts = set(threads.values())
    if len(counts) <= 1:
        count = counts.pop() if counts else 1
        return f"{count} thread" + ("s" if count > 1 else "")
    return " and ".join(f"{count} thread{'s' * (count > 1)} for {phase}" for phase, count in threads.items())


def _metrics(facts: Facts, solution: Solution) -> dict[str, float]:
    found = predict.agent_metrics(facts, solution)
    for model in solution.variants:
        found |= {f"{model}.{name}": value for name, value in predict.model_metrics(facts, solution, model).items()}
    return found


def _reasons(facts: Facts, program: Program, solutions: list[Solution], metrics: list[dict[str, float]], until: float) -> list[str]:
    """The binding resource, the runner-up, and what would change the choice."""
    name, words, unit = OBJECTIVES[facts.wishes.objective]
    shares = predict.bounds(list(solutions[0].runs.values()))
    bound, share = next(iter(shares.items()), ("", 0.0))
    reasons = [f"Best {words}: {metrics[0][name]:.3g} {unit}."]
    if bound:
        reasons.append(f"{share:.0%} of its time is bound by {BOUNDS.get(bound, bound)}.")
    runs = list(solutions[0].runs.values())
    reasons.append(f"Its seconds come from {shares_text(predict.sources(runs))}; they are good to about ±{predict.spent(runs).error_band:.0%}.")
    if len(solutions) > 1:
        reasons.append(f"The runner-up ({_difference(solutions[0], solutions[1])}) {_behind(facts, metrics[0], metrics[1])}")
    return reasons + _would_change(program, solutions[0], until)


def shares_text(shares: dict[str, float]) -> str:
    """"probe 98 %, analytic 2 %"; what rounds to nothing is left out."""
    return ", ".join(f"{name.replace(', ', ' ')} {share:.0%}" for name, share in shares.items() if share >= 0.005) or "nothing"


def _difference(first: Solution, second: Solution) -> str:
    """What the second plan does otherwise."""
    parts = []
    for model, variant in second.variants.items():
        if variant.name != first.variants[model].name:
            parts.append(f"{model} as {variant.name}")
        elif predict.threads_of(first, model) != predict.threads_of(second, model):
            parts.append(f"{model} with {_threads(predict.threads_of(second, model))}")
    return ", ".join(parts) or "other tools' places"


def _behind(facts: Facts, best: dict[str, float], other: dict[str, float]) -> str:
    name, words, unit = OBJECTIVES[facts.wishes.objective]
    if not best[name] or not other[name]:
        return f"has {other[name]:.3g} {unit} {words}."
    worse = best[name] / other[name] if name == "throughput_requests_per_s" else other[name] / best[name]
    if abs(worse - 1) < 0.005:
        return f"is as good {words}, but takes more time, devices or threads."
    return f"has {other[name]:.3g} {unit} {words}, {abs(worse - 1):.0%} {'worse' if worse > 1 else 'better'}."


def _would_change(program: Program, best: Solution, until: float) -> list[str]:
    """Limits that keep a better plan out: each alone left out, and the program solved again, while there is time."""
    found = []
    for limit in program.model.limits.values():
        if time.monotonic() >= until:
            break
        try:
            looser = solve.solve(program, until, relaxed=frozenset({limit.name}))
        except solve.OutOfTime:
            break
        if looser is None:
            continue
        gain = (best.statistics.objective - looser.statistics.objective) / max(abs(best.statistics.objective), 1e-12)
        if gain > WORTH_SAYING:
            used = limit.expression.value()
            found.append(f"With more {limit.subject} ({used:.3g} {limit.unit} instead of {limit.bound:.3g}), {_difference(best, looser)} would be {gain:.0%} better.")
    return found
