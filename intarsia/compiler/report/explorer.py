"""The plan explorer: a search's result as one page, where goals can be changed and the plans rank themselves anew."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
from markupsafe import Markup

from intarsia import whole_file
from intarsia.compiler import units
from intarsia.compiler.report import rendering, serving_rows, tradeoff_picture
from intarsia.compiler.report.model import Arena, Card, Link, Spec, Table, card, table, titled
from intarsia.compiler.report.tradeoff_picture import Axis, Point
from intarsia.planner.search import outcome
from intarsia.planner.search.result import Percentiles, PlanRecord, Prediction, Result

GOAL_UNITS = (("ttft_s", "TTFT", "ms", 1e3), ("tpot_s", "TPOT", "ms", 1e3), ("e2e_s", "End to end", "s", 1.0))
DIGITS = 4
"""Of a sample in the page."""
POOLS: tuple[Spec, ...] = (
    ("Rank", "rank", str), ("Pool", "pool", units.words), ("Replicas", "count", str), ("Parallelism", "parallelism", units.words), ("Policy", "policy", units.words),
    ("Tokens a step", "chunk", str), ("Sequences", "sequences", str), ("Weights", "weights", units.size), ("Activations", "activations", units.size),
    ("Engine", "engine", units.size), ("KV cache", "kv", partial(units.quantity, unit="tokens")),
)  # fmt: skip
COUNTS: tuple[Spec, ...] = (("What", "what", units.words), ("How many", "count", str))
COUNTED = {
    "layouts": "designs of a replica in the space", "legal": "of them legal", "designs": "with their settings for batches", "undominated": "that no other beats in everything",
    "candidates": "plans of the fleet made of them", "scouted": "plans tried on the first requests", "simulated": "plans simulated on the whole workload",
    "bounded": "plans that a bound shows to be no better", "open": "plans left open",
}  # fmt: skip


@dataclass(frozen=True)
class Goal:
    """A field of the form: its value in `unit`, nothing where there is no such goal; a second is `scale` of the unit."""

    key: str
    label: str
    unit: str
    scale: float
    value: str


@dataclass(frozen=True)
class Explorer:
    """What search.html reads."""

    title: str
    kind: str
    where: str
    foot: str
    cards: list[Card]
    why: list[str]
    goals: list[Goal]
    percentile: str
    pictures: list[Arena]
    plans: Table
    pools: Table
    rules: Table
    counts: Table
    data: Markup
    sections: tuple[Link, ...] = field(
        default=(Link("summary", "Summary"), Link("plans", "Plans"), Link("tradeoffs", "Trade-offs"), Link("memory", "Memory"), Link("searched", "What was searched"))
    )


def write(found: Result, target: Path) -> None:
    """The page, whole or not at all. Raises InputError where it can't be written."""
    whole_file.save(target, html(found), "the report")


def html(found: Result) -> str:
    """The page of a search, which needs nothing else."""
    return rendering.html(page(found), "search.html", ("page.js", "explore.js"))


def page(found: Result) -> Explorer:
    """What the page of a search shows."""
    goals, plans, rows = found.goals, found.plans, serving_rows.plans(found)
    return Explorer(
        title=found.model, kind="plan search", where=_where(found), foot=f"Written {time.strftime('%Y-%m-%d %H:%M')} by Intarsia {found.intarsia}.",
        cards=list(_cards(plans[0])), why=found.why,
        goals=[Goal(key, label, unit, scale, f"{goals[key] * scale:g}" if key in goals else "") for key, label, unit, scale in GOAL_UNITS],
        percentile=f"{goals.get('percentile', 95.0):g}", pictures=list(_pictures(plans)),
        plans=table("Plans that were simulated, best first", titled(_known(serving_rows.PLANS, rows)), rows, marked=lambda row: row["rank"] == 1),
        pools=table("What each device holds", POOLS, [_pool(plan, pool) for plan in plans for pool in plan.pools], marked=lambda row: row["rank"] == 1),
        rules=table("Rules that excluded plans", titled(serving_rows.RULES), [_rule(rule) for rule in found.rules], absent="none excluded any"),
        counts=table("The search in numbers", COUNTS, [{"what": text, "count": found.counts[key]} for key, text in COUNTED.items() if found.counts.get(key)]),
        data=_data(found),
    )  # fmt: skip


def _known(specs: Sequence[Spec], rows: Sequence[dict[str, Any]]) -> list[Spec]:
    """Columns in which some row has a figure."""
    return [spec for spec in specs if any(row[spec[1]] is not None for row in rows)]


def _where(found: Result) -> str:
    asked = found.asked
    load = f"{found.rate_per_s:.4g} requests a second" if found.rate_per_s else "all requests at once"
    parts = [f"on {asked['fleet']}" if asked.get("fleet") else "", f"{load} of {found.prompt_tokens:.0f} + {found.output_tokens:.0f} tokens"]
    return " · ".join(part for part in parts if part)


def _cards(best: PlanRecord) -> Iterator[Card]:
    """The first plan's figures, with their bands."""
    yield card("Time to first token", units.seconds, best.ttft_s.value, note=_between(best.ttft_s, units.seconds))
    yield card("Time per token", units.seconds, best.tpot_s.value, note=_between(best.tpot_s, units.seconds))
    yield card("Throughput", units.rate, best.tokens_per_s.value, note=_between(best.tokens_per_s, units.rate))
    yield card("Good requests", serving_rows.share, best.good, note="within the goals")
    yield card("Cost", serving_rows.per_hour, best.usd_per_h, note=f"an hour, {best.devices} devices")
    yield card("Energy", partial(units.plain, unit="tok/J"), best.tokens_per_joule, note=f"{units.quantity(best.watts, 'W')} in the mean")


def _between(found: Prediction, write: Any) -> str:
    return f"between {write(found.low)} and {write(found.high)}"


def _pictures(plans: Sequence[PlanRecord]) -> Iterator[Arena]:
    """Latency against money, or against devices where nothing has a price; and against energy."""
    priced = any(plan.usd_per_h for plan in plans)
    money = Axis("dollars an hour", "${:.4g}".format) if priced else Axis("devices", "{:.0f}".format)
    for name in ("TTFT", "TPOT"):
        points = [_point(plan, plan.usd_per_h if priced else float(plan.devices), getattr(plan, name.lower()).p95) for plan in plans]
        yield Arena(name, f"at 95 %, against {money.label}", Markup(tradeoff_picture.draw(points, money, Axis(f"{name} at 95 %", units.seconds))))
    points = [_point(plan, plan.tokens_per_joule, plan.tpot.p95) for plan in plans]
    drawn = tradeoff_picture.draw(points, Axis("tokens for a joule", "{:.3g}".format), Axis("TPOT at 95 %", units.seconds))
    yield Arena("Energy", "TPOT at 95 %, against tokens for a joule", Markup(drawn))


def _point(plan: PlanRecord, x: float, y: float) -> Point:
    latency = f"TTFT {units.seconds(plan.ttft.p95)}, TPOT {units.seconds(plan.tpot.p95)} at 95 %"
    tip = f"{plan.rank}: {plan.plan}; {latency}; {serving_rows.per_hour(plan.usd_per_h)} an hour; {serving_rows.share(plan.good)} good"
    return Point(plan.rank, x, y, plan.on_front, plan.meets_goals, tip)


def _pool(plan: PlanRecord, pool: Any) -> dict[str, Any]:
    split = {"TP": pool.tp, "PP": pool.pp, "DP": pool.dp, "EP": pool.ep, "CP": pool.cp}
    spans = " then ".join(f"{span.stock} TP{span.tp} PP{span.stages} with {span.layers} layers" for span in pool.spans)
    policy = ", ".join([pool.policy, *(f"{name} {value}" for name, value in pool.parameters.items())])
    parallelism = spans or " ".join(f"{name}{size}" for name, size in split.items() if size > 1) or "one device"
    return {
        "rank": plan.rank, "pool": f"{pool.role}, {pool.stock}", "count": pool.count, "parallelism": parallelism,
        "policy": policy, "chunk": pool.chunk_tokens, "sequences": pool.max_sequences, "weights": pool.weight_bytes, "activations": pool.activation_bytes,
        "engine": pool.engine_bytes, "kv": pool.kv_tokens,
    }  # fmt: skip


def _rule(rule: Any) -> dict[str, Any]:
    return {"rule": rule.name, "excluded": rule.count, "why": rule.why, "example": rule.example}


def _data(found: Result) -> Markup:
    """What explore.js ranks by, the same figures as `outcome.key` has; text that could end the script is escaped."""
    facts = {"objective": found.objective, "same": outcome.SAME, "percentiles": outcome.PERCENTILES, "plans": [_figures(plan) for plan in found.plans]}
    return Markup(json.dumps(facts, separators=(",", ":")).replace("<", "\\u003c"))


def _figures(plan: PlanRecord) -> dict[str, Any]:
    return {
        "rank": plan.rank, "plan": plan.plan, "usd_per_h": plan.usd_per_h, "sustained": plan.sustained, "requests_per_s": plan.requests_per_s,
        "throughput": plan.tokens_per_s.value, "cost": plan.tokens_per_usd, "energy": plan.tokens_per_joule, "e2e_mean": plan.e2e.mean,
        "ttft_s": _at(plan.ttft), "tpot_s": _at(plan.tpot), "e2e_s": _at(plan.e2e), "samples": [[float(f"{value:.{DIGITS}g}") for value in sample] for sample in plan.samples],
    }  # fmt: skip


def _at(found: Percentiles) -> list[float]:
    return [float(value) for value in msgspec.structs.astuple(found)[1:]]
