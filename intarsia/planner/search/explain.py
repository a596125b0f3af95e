"""Why the first plan won: what binds it, who comes second, and what would change the choice."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import fields, replace

import numpy as np

from intarsia.planner.search import image_costs, outcome
from intarsia.planner.search.compose import Part
from intarsia.planner.search.outcome import OBJECTIVES, Outcome
from intarsia.planner.search.prices import Prices
from intarsia.planner.search.problem import Goals, Problem
from intarsia.planner.search.rules import RULES, Excluded
from intarsia.planner.search.search import Found, Ranked

RESOURCES = ("arithmetic", "memory bandwidth", "the network between devices")
STEADY = 2.0
"""Times that a request takes, for which requests have to come until about as many end as begin."""
WORTH = {
    "throughput": "tokens/s", "goodput": "good requests/s", "ttft": "TTFT", "tpot": "TPOT", "latency": "end-to-end latency", "cost": "tokens for a dollar",
    "energy": "tokens for a joule",
}  # fmt: skip

NAMES = {"ttft_s": "TTFT", "tpot_s": "TPOT", "e2e_s": "an end-to-end latency"}
"""Goals as people call them."""


def why(found: Found) -> list[str]:
    """Sentences about the first plan, the most important first."""
    best = found.best
    return [_won(found), _bound_by(found.problem, best), *_images(found.problem, best), *_second(found), *_changes(found), *_brief(found), *found.tried, _left(found)]


def answered(found: Found, tried: int) -> list[str]:
    """Sentences about a plan that answers a question, for the load in `found.problem`; `tried`: simulations."""
    return [_bound_by(found.problem, found.best), *_images(found.problem, found.best), *_margins(found), *_brief(found), f"It was found by {tried} simulations."]


def _won(found: Found) -> str:
    goals, best = found.problem.goals, found.best.outcome
    if goals.any and not best.meets(goals) and not found.options.objective:
        met = f"{100 * best.good:.3g} % of requests meet them"
        return f"{found.best.candidate.deployment} comes nearest to the goals: {met}, and what misses most is {best.miss(goals):.3g} times its goal."
    objective = found.options.objective or _criterion(found)
    return f"{found.best.candidate.deployment} won by {WORTH[objective]}: {_worth(found.best.outcome, found.problem.goals, objective)}."


def _criterion(found: Found) -> str:
    """What decided where no objective was given (see outcome.key)."""
    goals, best = found.problem.goals, found.best.outcome
    if goals.any:
        return "cost" if best.meets(goals) else "goodput"
    return "latency" if best.sustained else "throughput"


def _worth(found: Outcome, goals: Goals, objective: str) -> str:
    value = OBJECTIVES[objective](found, goals)
    return f"{-1e3 * value:.4g} ms at {goals.percentile:g} %" if value < 0 or objective in ("ttft", "tpot", "latency") else f"{float(f'{value:.4g}'):,.10g}"


def _bound_by(problem: Problem, best: Ranked) -> str:
    o = best.outcome
    if not o.sustained:
        return f"It can't keep up with {problem.rate:.4g} requests/s; {_resource(problem, best)}."
    if o.full:
        return f"The KV cache binds it: {100 * o.kv_peak:.0f} % of it were in use at the peak, and {o.preemptions} requests lost their place."
    return f"{_resource(problem, best).capitalize()}; the KV cache was {100 * o.kv_peak:.0f} % full at its peak."


def _resource(problem: Problem, best: Ranked) -> str:
    """The resource that takes most of a step at the plan's load."""
    share = max(1e-9, min(problem.rate, best.candidate.capacity or problem.rate))
    whole, steps = max(best.candidate.capacity, 1e-9), [part for part in best.candidate.parts if part.role != "encode"]
    rates = [share / part.count if part.role != "serve" else share * part.design.capacity / whole for part in steps]
    columns = sum((_columns(part, rate) for part, rate in zip(steps, rates, strict=True)), np.zeros(4))
    seconds, parts = columns[0], columns[1:]
    if seconds <= 0:
        return "nothing binds it"
    largest = int(np.argmax(parts))
    return f"{RESOURCES[largest]} binds it: at peak rates it alone would take {100 * parts[largest] / seconds:.0f} % of a step's time"


def _images(problem: Problem, best: Ranked) -> Iterator[str]:
    """How busy encoding keeps those who do it."""
    parts = best.candidate.parts
    doing = [part for part in parts if part.role == "encode"] or [part for part in parts if part.role != "decode"]
    rate = sum(part.count / each for part in doing if (each := image_costs.seconds(problem, part.design.replica)))
    if rate and math.isfinite(problem.rate):
        who = "the devices that do nothing else" if doing[0].role == "encode" else "the replicas that prefill"
        yield f"Encoding images keeps {who} busy for {100 * min(1.0, problem.rate / rate):.0f} % of the time."


def _columns(part: Part, rate: float) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """Seconds, arithmetic, memory and network of a mean step of one replica."""
    design = part.design
    assert isinstance(design.steps, Prices)
    table, shape = design.steps.table, design.shape
    state = design.at(rate)
    n, busy, context = float(state.running[0]), float(state.busy[0]), shape.isl + shape.osl / 2
    tokens = min(shape.isl, float(shape.chunk))
    decode = table.rows_term(n) + table.logits_term(n) + table.decode_term(n, context)
    alone = table.rows_term(tokens) + table.prefill_term(tokens, (shape.isl - tokens) / 2)
    if part.role == "prefill":
        return np.asarray(alone)
    return np.asarray(decode if part.role == "decode" else (1 - busy) * decode + busy * (decode + alone))


def _second(found: Found) -> Iterator[str]:
    first, goals = found.best, found.problem.goals
    second = next((plan for plan in found.plans[1:] if not plan.outcome.looks_like(first.outcome)), None)
    if second is None:
        yield "No other plan was simulated." if len(found.plans) < 2 else "All others that were simulated do the same."
        return
    objective = found.options.objective or _criterion(found)
    a, b = (OBJECTIVES[objective](plan.outcome, goals) for plan in (first, second))
    apart = abs(a - b) / max(abs(a), 1e-12)
    level = "about level" if apart < outcome.SAME else f"{100 * apart:.3g} % worse in {WORTH[objective]}"
    missed = " and misses the goals" if goals.any and first.outcome.meets(goals) and not second.outcome.meets(goals) else ""
    yield f"Second is {second.candidate.deployment}: {level}{missed}, ${second.outcome.usd_per_h:.2f} against ${first.outcome.usd_per_h:.2f} an hour."


def _changes(found: Found) -> Iterator[str]:
    """At which goal, load or price the choice would be another."""
    best = found.best
    yield from _margins(found)
    if best.candidate.capacity and math.isfinite(found.problem.rate) and best.outcome.sustained:
        yield f"It is estimated to carry {best.candidate.capacity / found.problem.rate:.3g} times the rate."
    if cheaper := next((p for p in found.plans[1:] if p.outcome.usd_per_h < best.outcome.usd_per_h * (1 - outcome.SAME) and not p.outcome.judged), None):
        o, name = cheaper.outcome, cheaper.candidate.deployment
        missed = f"; only {100 * o.good:.3g} % of requests keep the goals" if found.problem.goals.any and not o.meets(found.problem.goals) else ""
        yield f"For less money: {name}, ${o.usd_per_h:.2f} an hour, with TTFT {1e3 * o.ttft.mean:.4g} ms and TPOT {1e3 * o.tpot.mean:.4g} ms on average{missed}."


def is_brief(found: Found) -> bool:
    """Whether a load is over before its first requests are answered twice over: then the fleet never gets as busy as by one that goes on."""
    return 0 < found.problem.workload.duration_s < STEADY * found.best.outcome.e2e.mean < math.inf


def _brief(found: Found) -> Iterator[str]:
    if is_brief(found):
        workload, taken = found.problem.workload, found.best.outcome.e2e.mean
        yield (
            f"All {len(workload)} requests come within {workload.duration_s:.3g} s, and one takes {taken:.3g} s: a load that goes on fills the fleet more. "
            f"For that give {math.ceil(STEADY * taken * workload.rate_per_s)} requests or more at this rate."
        )


def _margins(found: Found) -> Iterator[str]:
    """How far each goal could be tightened, where all are met."""
    goals, best = found.problem.goals, found.best.outcome
    for f in fields(goals):
        if f.name == "percentile" or not math.isfinite(getattr(goals, f.name)) or not best.meets(goals):
            continue
        reached = _tightest(best, goals, f.name)
        yield f"It would fail its goals with {NAMES[f.name]} under {1e3 * reached:.4g} ms ({1e3 * getattr(goals, f.name):.4g} ms were asked)."


def _tightest(found: Outcome, goals: Goals, name: str) -> float:
    """The least value of one goal at which the plan still keeps all, from its samples."""
    samples = np.array(found.samples, dtype=np.float64).reshape(-1, 3)
    column = {"ttft_s": 0, "tpot_s": 1, "e2e_s": 2}[name]
    others = replace(goals, **{name: math.inf})
    kept = samples[(samples[:, 0] <= others.ttft_s) & (samples[:, 1] <= others.tpot_s) & (samples[:, 2] <= others.e2e_s)]
    needed = max(1, math.ceil(goals.percentile / 100 * len(samples)))
    ordered = np.sort(kept[:, column])
    return float(ordered[min(needed, len(ordered)) - 1]) if len(ordered) else math.inf


def _left(found: Found) -> str:
    c = found.counts
    if found.proven:
        return f"Of {c.candidates} plans worth a look {c.simulated} were simulated; the bounds of the other {c.bounded} show that they are no better."
    stopped = "the search was interrupted" if found.interrupted else "simulations were limited"
    if c.scouted:
        stopped += f", and the best of {c.scouted} that were scouted with the first requests got all of them"
    return f"Of {c.candidates} plans worth a look {c.simulated} were simulated, bounds rule out {c.bounded}, and {c.open} are open: {stopped}."


def rules(excluded: Excluded, without: Sequence[str] = ()) -> list[dict[str, object]]:
    """What each rule excluded, and why there is such a rule: rows for a table, rules that excluded nothing too."""
    return [
        {"rule": rule.name, "why": rule.why, "excluded": excluded.counts.get(rule.name, 0), "example": excluded.examples.get(rule.name, ""), "off": rule.name in without}
        for rule in RULES
    ]

