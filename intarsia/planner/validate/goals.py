"""Service goals: times to tokens, and end to end along every path."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from typing import Any

from intarsia.ir.distributions import Distribution
from intarsia.ir.module import Module, attribute, attributes_of
from intarsia.planner.validate.graph import TASKS, TOLERANCE, UNKNOWN_ITEMS, inside

MOST_SCENARIOS = 4096


def problems(module: Module) -> Iterator[str]:
    """A sentence for each goal that the plan's own estimates miss."""
    slo, graph = module.first("plan.slo"), module.first("agent.graph")
    goals = attributes_of(slo) if slo is not None else {}
    places = {attribute(op, "task"): attributes_of(op) for op in module.ops("plan.place")}
    for kind, goal in (("llm.prefill", "ttft_s"), ("llm.decode", "tpot_s")):
        for op in module.ops(kind):
            step = places.get(attribute(op, "name"), {}).get("step_s", 0.0)
            if goal in goals and step > goals[goal] * TOLERANCE:
                yield f"{attribute(op, 'name')} takes {step:.4g} s, more than the goal {goal} of {goals[goal]:.4g} s"
    if graph is not None:
        yield from _end_to_end(graph, goals, places)


def _end_to_end(graph: Any, goals: dict[str, Any], places: dict[str, dict[str, Any]]) -> Iterator[str]:
    """The goal holds on every path, or, at a percentile, on paths that together are likely enough."""
    sla = attribute(graph, "sla", {})
    limits = [g["e2e_s"] for g in (goals, sla) if "e2e_s" in g]
    if not limits:
        return
    wanted = (goals.get("percentile") or sla.get("percentile") or 100.0) / 100
    late = sum(odds for odds, seconds in _scenarios(graph, places, wanted) if seconds > min(limits) * TOLERANCE)
    if late > 1 - wanted + 1e-6:
        yield f"only {1 - late:.1%} of the paths end within {min(limits):.4g} s, instead of {wanted:.1%}"


def _scenarios(graph: Any, places: dict[str, dict[str, Any]], wanted: float) -> Iterator[tuple[float, float]]:
    """Every combination of cases of all branches (of very many, the first `MOST_SCENARIOS`), with its odds and its seconds."""
    branches = [op for op in _all(graph) if op.name == "agent.branch"]
    options = [[case for case in inside(branch) if case.name == "agent.case"] for branch in branches]
    for chosen in itertools.islice(itertools.product(*options), MOST_SCENARIOS):
        odds = 1.0
        for case in chosen:
            odds *= attribute(case, "probability")
        if odds > 0:
            taken = {id_of(branch): case for branch, case in zip(branches, chosen, strict=True)}
            yield odds, _seconds(graph.regions[0].blocks[0], places, taken, wanted)


def id_of(op: Any) -> str:
    """What tells a node from others of its graph."""
    return str(attribute(op, "name"))


def _all(op: Any) -> Iterator[Any]:
    for inner in inside(op):
        yield inner
        yield from _all(inner)


def _seconds(block: Any, places: dict[str, dict[str, Any]], taken: dict[str, Any], wanted: float) -> float:
    """When the last node of a block ends: each starts when everything that it reads is there, and nodes named `after` have ended."""
    ends: dict[Any, float] = {}
    named: dict[str, float] = {}
    last = 0.0
    for wrapped in block.operations:
        op = wrapped.operation
        start = max([ends.get(value, 0.0) for value in _uses(op)] + [named.get(n, 0.0) for n in attribute(op, "after", [])], default=0.0)
        end = start + _duration(op, places, taken, wanted)
        last = max(last, end)
        ends.update(dict.fromkeys(op.results, end))
        named.update(dict.fromkeys([attribute(o, "name") for o in [op, *_all(op)] if "name" in o.attributes], end))
    return last


def _uses(op: Any) -> Iterable[Any]:
    return itertools.chain(op.operands, *(inner.operands for inner in _all(op)))


def _duration(op: Any, places: dict[str, dict[str, Any]], taken: dict[str, Any], wanted: float) -> float:
    if op.name in TASKS:
        return float(places.get(attribute(op, "name"), {}).get("high_s", 0.0))
    if op.name == "agent.branch":
        return _seconds(taken[id_of(op)].regions[0].blocks[0], places, taken, wanted)
    spec = attribute(op, {"agent.loop": "iterations", "agent.map": "fan_out"}.get(op.name, "latency"))
    amount = max(Distribution(spec).mean(), Distribution(spec).quantile(wanted) if wanted < 1 else 0.0) if spec else None
    if op.name not in ("agent.loop", "agent.map"):
        return amount or 0.0
    body = _seconds(op.regions[0].blocks[0], places, taken, wanted)
    if op.name == "agent.map":
        parallel = attribute(op, "parallel")
        return body * (-(-(amount or UNKNOWN_ITEMS) // parallel) if parallel else 1.0)
    most = attribute(op, "max_iterations")
    turns = max(1.0, amount) if amount is not None else float(most)
    return body * (min(turns, float(most)) if most else turns)
