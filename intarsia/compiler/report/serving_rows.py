"""Plans on accelerators as rows of figures."""

from __future__ import annotations

from functools import partial
from typing import Any

from intarsia.compiler import units
from intarsia.compiler.report.model import Spec
from intarsia.planner.search.outcome import Outcome
from intarsia.planner.search.problem import Goals
from intarsia.planner.search.result import PlanRecord, Result, outcome_of

requests = partial(units.plain, unit="req/s")


def share(value: Any) -> str:
    """A share of one as a percentage."""
    return f"{100 * value:.1f} %" if isinstance(value, (int, float)) else units.UNKNOWN


def band(value: Any) -> str:
    """A prediction with the half-width of its band."""
    return units.seconds(value[0]) + f" ±{100 * (value[1] / value[0] - 1):.0f} %" if value and value[0] else units.UNKNOWN


def per_hour(value: Any) -> str:
    return f"${value:.2f}" if value else units.UNKNOWN


PLANS: tuple[Spec, ...] = (
    ("rank", "rank", str), ("plan", "plan", units.words), ("front", "front", units.words), ("TTFT", "ttft", band), ("TTFT p95", "ttft_p95", units.seconds),
    ("TPOT", "tpot", band), ("TPOT p95", "tpot_p95", units.seconds), ("throughput", "tokens_per_s", units.rate), ("good", "good", share), ("devices", "devices", str),
    ("an hour", "usd_per_h", per_hour), ("tok/$", "tokens_per_usd", partial(units.quantity, unit="")), ("tok/J", "tokens_per_joule", partial(units.plain, unit="")),
    ("regret", "regret", share),
)  # fmt: skip
PLACEMENTS: tuple[Spec, ...] = (
    ("rank", "rank", str), ("placement", "placement", units.words), ("good, least", "good", share), ("TTFT p95", "ttft_p95", units.seconds),
    ("TPOT p95", "tpot_p95", units.seconds), ("weights came", "weight_loads", str), ("throughput", "tokens_per_s", units.rate),
    ("devices", "devices", str), ("an hour", "usd_per_h", per_hour),
)  # fmt: skip
RULES: tuple[Spec, ...] = (("rule", "rule", units.words), ("excluded", "excluded", str), ("because", "why", units.words), ("for example", "example", units.words))


def columns(rows: list[dict[str, Any]]) -> tuple[Spec, ...]:
    """Those of PLANS that say anything of these rows: regrets are known with --robust alone, money where devices have prices."""
    return tuple(column for column in PLANS if any(row[column[1]] is not None for row in rows))


def plans(found: Result) -> list[dict[str, Any]]:
    """One row a plan."""
    return [_row(plan) for plan in found.plans]


def told_apart(found: Result) -> tuple[list[dict[str, Any]], str]:
    """Rows of the plans that this load tells apart, and a sentence about the ranks that do just what a better-ranked one does, or "" where there are none."""
    kept, seen, twins = list[PlanRecord](), list[Outcome](), list[int]()
    for plan in found.plans:
        does = outcome_of(plan, Goals())
        if any(does.looks_like(other) for other in seen):
            twins.append(plan.rank)
        else:
            kept.append(plan)
            seen.append(does)
    ranks = f"rank{'s' if len(twins) > 1 else ''} {', '.join(map(str, twins))}"
    said = f"Not listed, as they serve this load just as a plan above does, by another policy or limit: {ranks}." if twins else ""
    return [_row(plan) for plan in kept], said


def _row(plan: PlanRecord) -> dict[str, Any]:
    return {
        "rank": plan.rank, "plan": plan.plan, "front": "*" if plan.on_front else "", "ttft": (plan.ttft_s.value, plan.ttft_s.high), "ttft_p95": plan.ttft.p95,
        "tpot": (plan.tpot_s.value, plan.tpot_s.high), "tpot_p95": plan.tpot.p95, "tokens_per_s": plan.tokens_per_s.value, "good": plan.good, "devices": plan.devices,
        "usd_per_h": plan.usd_per_h or None, "tokens_per_usd": plan.tokens_per_usd or None, "tokens_per_joule": plan.tokens_per_joule or None,
        "regret": max(plan.regret.values()) if plan.regret else None,
    }  # fmt: skip
