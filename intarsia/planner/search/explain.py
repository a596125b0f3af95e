"""Why the first plan won: what binds it, who comes second, and what would change the choice."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace

import numpy as np

from intarsia.planner.search import image_costs, outcome
from intarsia.planner.search.compose import Part
from intarsia.planner.search.lasting import STEADY
from intarsia.planner.search.outcome import OBJECTIVES, Outcome
from intarsia.planner.search.prices import Prices
from intarsia.planner.search.problem import Goals, Problem, duration
from intarsia.planner.search.result import Result, goals_of, outcome_of
from intarsia.planner.search.rules import RULES, Excluded
from intarsia.planner.search.search import Found, Ranked

RESOURCES = ("arithmetic", "memory bandwidth", "the network between devices")
WORTH = {
    "throughput": "tokens/s", "goodput": "good requests/s", "ttft": "TTFT", "tpot": "TPOT", "latency": "end-to-end latency", "cost": "tokens for a dollar",
    "energy": "tokens for a joule",
}  # fmt: skip

NAMES = {"ttft_s": "TTFT", "tpot_s": "TPOT", "e2e_s": "an end-to-end latency"}
"""Goals as people call them."""


@dataclass(frozen=True)
class Weighed:
    """Plans by name with what they do, the best first, and what they were ranked by."""

    plans: Sequence[tuple[str, Outcome]]
    goals: Goals
    objective: str

    @property
    def best(self) -> Outcome:
        return self.plans[0][1]


def why(found: Found) -> list[str]:
    """Sentences about the first plan, the most important first."""
    best, weighed = found.best, _weighed(found)
    changes = [*_margins(weighed.best, weighed.goals), *_carries(found), *_cheaper(weighed)]
    return [_won(weighed), _bound_by(found.problem, best), *_images(found.problem, best), *_second(weighed), *changes, *_brief(found), *found.tried, _left(found)]


def _weighed(found: Found) -> Weighed:
    return Weighed([(str(plan.candidate.deployment), plan.outcome) for plan in found.plans], found.problem.goals, found.options.objective)


def again(found: Result) -> list[str]:
    """Sentences about a saved result whose plans were ranked or simulated anew: what can be said of them without a search."""
    goals = goals_of(found)
    weighed = Weighed([(plan.plan, outcome_of(plan, goals)) for plan in found.plans], goals, found.objective)
    best = weighed.best
    load = _overfull(best) if best.full else f"The KV cache was {100 * best.kv_peak:.0f} % full at its peak."
    busy = load if best.sustained else f"It can't keep up with {found.rate_per_s:.4g} requests/s."
    searched = "These are the plans that were simulated for what was asked then; a new search may find better ones."
    return [_won(weighed), busy, *_second(weighed), *_margins(best, goals), *_cheaper(weighed), searched]


def answered(found: Found, tried: int) -> list[str]:
    """Sentences about a plan that answers a question, for the load in `found.problem`; `tried`: simulations."""
    problem, best = found.problem, found.best
    return [_bound_by(problem, best), *_images(problem, best), *_margins(best.outcome, problem.goals), *_brief(found), f"It was found by {_counted(tried)}."]


def _counted(simulations: int) -> str:
    return "one simulation" if simulations == 1 else f"{simulations} simulations"


def _won(found: Weighed) -> str:
    goals, (name, best) = found.goals, found.plans[0]
    if goals.any and not best.meets(goals) and not found.objective:
        met = f"{100 * best.good:.3g} % of requests meet them"
        return f"{name} comes nearest to the goals: {met}, and what misses most is {_times(best.miss(goals))} its goal."
    objective = found.objective or _criterion(found)
    return f"{name} won by {WORTH[objective]}: {_worth(best, goals, objective)}."


def _times(factor: float) -> str:
    return f"{factor:,.0f} times" if factor >= 100 else f"{factor:.3g} times"


def _criterion(found: Weighed) -> str:
    """What decided where no objective was given (see outcome.key)."""
    goals, best = found.goals, found.best
    if goals.any:
        return "cost" if best.meets(goals) else "goodput"
    return "latency" if best.sustained else "throughput"


def _worth(found: Outcome, goals: Goals, objective: str) -> str:
    value = OBJECTIVES[objective](found, goals)
    return f"{duration(-value)} at {goals.percentile:g} %" if value < 0 or objective in ("ttft", "tpot", "latency") else f"{float(f'{value:.4g}'):,.10g}"


def _bound_by(problem: Problem, best: Ranked) -> str:
    o = best.outcome
    if not o.sustained:
        return f"It can't keep up with {problem.rate:.4g} requests/s; {_resource(problem, best)}."
    if o.full:
        return _overfull(o)
    return f"{_resource(problem, best).capitalize()}; the KV cache was {100 * o.kv_peak:.0f} % full at its peak."


def _overfull(found: Outcome) -> str:
    return f"The KV cache binds it: {100 * found.kv_peak:.0f} % of it were in use at the peak, and {found.preemptions} requests lost their place."


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


def _second(found: Weighed) -> Iterator[str]:
    first, goals = found.best, found.goals
    name, second = next(((name, o) for name, o in found.plans[1:] if not o.looks_like(first)), ("", None))
    if second is None:
        yield "No other plan was simulated." if len(found.plans) < 2 else "All others that were simulated do the same."
        return
    objective = found.objective or _criterion(found)
    a, b = (OBJECTIVES[objective](outcome, goals) for outcome in (first, second))
    apart = abs(a - b) / max(abs(a), 1e-12)
    level = "about level" if apart < outcome.SAME else f"{100 * apart:.3g} % worse in {WORTH[objective]}"
    missed = " and misses the goals" if goals.any and first.meets(goals) and not second.meets(goals) else ""
    yield f"Second is {name}: {level}{missed}, ${second.usd_per_h:.2f} against ${first.usd_per_h:.2f} an hour."


def _carries(found: Found) -> Iterator[str]:
    """At which load the choice would be another."""
    best = found.best
    if best.candidate.capacity and math.isfinite(found.problem.rate) and best.outcome.sustained:
        yield f"It is estimated to carry {best.candidate.capacity / found.problem.rate:.3g} times the rate."


def _cheaper(found: Weighed) -> Iterator[str]:
    """What less money buys, where that is anything."""
    less = ((name, o) for name, o in found.plans[1:] if o.usd_per_h < found.best.usd_per_h * (1 - outcome.SAME) and not o.judged)
    if cheaper := next(((name, o) for name, o in less if o.good > 0), None):
        name, o = cheaper
        missed = f"; only {100 * o.good:.3g} % of requests keep the goals" if found.goals.any and not o.meets(found.goals) else ""
        yield f"For less money: {name}, ${o.usd_per_h:.2f} an hour, with TTFT {duration(o.ttft.mean)} and TPOT {duration(o.tpot.mean)} on average{missed}."


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


def _margins(best: Outcome, goals: Goals) -> Iterator[str]:
    """How far each goal could be tightened, where all are met."""
    for f in fields(goals):
        if f.name == "percentile" or not math.isfinite(getattr(goals, f.name)) or not best.meets(goals):
            continue
        if reached := _tightest(best, goals, f.name):
            yield f"It would fail its goals with {NAMES[f.name]} under {duration(reached)} ({duration(getattr(goals, f.name))} were asked)."


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

