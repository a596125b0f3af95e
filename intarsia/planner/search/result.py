"""A search's result for other programs, and for asking it again: its schema is published as docs/search-schema.json, explained in docs/planning.md.

All figures are in SI units and US dollars. `schema` grows by one with every change that could break a reader.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import msgspec
import numpy as np

import intarsia
from intarsia.cost_models.serving import encoder
from intarsia.cost_models.serving.shapes import Plan, Precision
from intarsia.errors import InputError
from intarsia.planner.search import outcome, rules
from intarsia.planner.search.bands import band
from intarsia.planner.search.outcome import Latency, Outcome
from intarsia.planner.search.problem import Draft, Goals, Problem
from intarsia.planner.search.search import Found, Ranked
from intarsia.planner.search.space import Deployment, Pool, Replica, Span

SCHEMA = 1


class Record(msgspec.Struct):
    """Base of all parts; a reader ignores fields that it does not know."""


class SpanRecord(Record):
    """Successive stages of a replica on devices of one kind: `stages` of them, of `tp` devices (`ep` groups of experts) each, with `layers` together."""

    stock: str
    tp: int
    stages: int
    layers: int
    ep: int = 1


class PoolRecord(Record):
    """`count` replicas of a pool: role serve, prefill, decode or encode; `weights`, `kv`, `experts` and `attention` are types (docs/serving-costs.md). `spans`: where stages lie on
    several kinds of devices; `stock` then names them all, `pp` counts the stages, and `tp` says nothing. `parameters` of the policy that aren't as it comes."""

    role: str
    stock: str
    count: int
    tp: int
    pp: int = 1
    dp: int = 1
    ep: int = 1
    cp: int = 1
    weights: str = "bf16"
    kv: str = "bf16"
    experts: str = ""
    attention: str = ""
    head: str = "bf16"
    policy: str = ""
    chunk_tokens: int = 0
    max_sequences: int = 0
    draft_tokens: int = 0
    acceptance: float = 0.0
    weight_bytes: float = 0.0
    activation_bytes: float = 0.0
    engine_bytes: float = 0.0
    kv_tokens: int = 0
    spans: list[SpanRecord] = []
    parameters: dict[str, bool | int | float] = {}


class Prediction(Record):
    """A figure, and the interval [low, high] of the serving model's median error on published measurements around it (bands.py)."""

    value: float
    low: float
    high: float


class Percentiles(Record):
    """Seconds: the mean, and at 50, 90, 95 and 99 %."""

    mean: float
    p50: float
    p90: float
    p95: float
    p99: float


class PlanRecord(Record):
    """One simulated plan. `good` is the share of requests that meet the goals; `samples` (ttft_s, tpot_s, e2e_s) of requests spread evenly over the run."""

    rank: int
    plan: str
    mode: str
    pools: list[PoolRecord]
    devices: int
    usd_per_h: float
    watts: float
    requests_per_s: float
    tokens_per_s: Prediction
    ttft_s: Prediction
    tpot_s: Prediction
    ttft: Percentiles
    tpot: Percentiles
    e2e: Percentiles
    good: float
    goodput_per_s: float
    meets_goals: bool
    sustained: bool
    tokens_per_usd: float
    tokens_per_joule: float
    on_front: bool
    kv_peak: float = 0.0
    busy: float = 0.0
    preemptions: int = 0
    router: str = ""
    regret: dict[str, float] = {}
    samples: list[tuple[float, float, float]] = []


class RuleRecord(Record):
    """A rule that excluded plans: why there is such a rule, how many it excluded, and one of them."""

    name: str
    why: str
    count: int
    example: str


class Result(Record):
    """What was asked, what was found, and why. `counts`: plans that each part of the search saw; `proven`: no plan that was left out can be better."""

    schema: int
    intarsia: str
    model: str
    asked: dict[str, Any]
    goals: dict[str, float]
    objective: str
    rate_per_s: float
    prompt_tokens: float
    output_tokens: float
    plans: list[PlanRecord]
    why: list[str]
    counts: dict[str, int]
    rules: list[RuleRecord]
    proven: bool
    interrupted: bool
    seconds: float
    answer: dict[str, float] = {}


def of(found: Found, why: list[str], asked: dict[str, Any], answer: dict[str, float] | None = None, regrets: list[dict[str, float]] | None = None) -> Result:
    """A search as its result. `asked`: the words of the request, so that it can be asked again."""
    problem = found.problem
    return Result(
        SCHEMA, intarsia.__version__, problem.name, asked, goals_dict(problem.goals), found.options.objective, problem.workload.rate_per_s, problem.isl, problem.osl,
        [_plan(problem, plan, place, place in found.front, (regrets or [])[place : place + 1]) for place, plan in enumerate(found.plans)],
        why, vars(found.counts), _rules(found), found.proven, found.interrupted, found.seconds, answer or {},
    )  # fmt: skip


def goals_dict(goals: Goals) -> dict[str, float]:
    """Goals that were set, by name; empty where none was."""
    return {name: value for name, value in vars(goals).items() if np.isfinite(value)} if goals.any else {}


def goals_of(found: Result) -> Goals:
    """The goals that its plans are judged by."""
    return Goals(**found.goals)


def _rules(found: Found) -> list[RuleRecord]:
    reasons = {rule.name: rule.why for rule in rules.RULES}
    counts = sorted(found.excluded.counts.items(), key=lambda item: -item[1])
    return [RuleRecord(name, reasons[name], count, found.excluded.examples[name]) for name, count in counts]


def _plan(problem: Problem, plan: Ranked, place: int, on_front: bool, regret: list[dict[str, float]]) -> PlanRecord:
    o, deployment = plan.outcome, plan.candidate.deployment
    return PlanRecord(
        place + 1, str(deployment), deployment.mode, [pool_record(problem, pool) for pool in deployment.pools], o.devices, o.usd_per_h, o.watts, o.requests_per_s,
        *_bands(o, problem.framework, deployment.mode), _percentiles(o.ttft), _percentiles(o.tpot), _percentiles(o.e2e),
        o.good, o.goodput, o.meets(problem.goals), o.sustained, o.tokens_per_usd, o.tokens_per_joule, on_front, o.kv_peak, o.busy, o.preemptions,
        deployment.router, regret[0] if regret else {}, list(o.samples),
    )  # fmt: skip


def _bands(o: Outcome, engine: str, mode: str) -> tuple[Prediction, Prediction, Prediction]:
    """Tokens a second, TTFT and TPOT with what they may be."""
    return _band(o.tokens_per_s, band("throughput", engine, mode)), _band(o.ttft.mean, band("ttft", engine, mode)), _band(o.tpot.mean, band("tpot", engine, mode))


def _band(value: float, share: float) -> Prediction:
    return Prediction(value, value * (1 - share), value * (1 + share))


def _percentiles(found: Latency) -> Percentiles:
    return Percentiles(found.mean, *found.at)


def pool_record(problem: Problem, pool: Pool) -> PoolRecord:
    """A pool of a plan, with where the memory of its devices goes."""
    r = pool.replica
    if pool.role == "encode":
        assert problem.images is not None
        held = encoder.weight_bytes(problem.images.encoder), encoder.activation_bytes(problem.images.encoder, problem.images.size, 0)
        return PoolRecord(pool.role, r.stock, pool.count, 1, policy=r.policy, weight_bytes=held[0], activation_bytes=held[1], parameters=dict(r.settings))
    room = rules.room(problem, r)
    draft = (r.draft.tokens, r.draft.acceptance) if r.draft else (0, 0.0)
    return PoolRecord(
        pool.role, r.stock, pool.count, r.plan.tp, r.plan.pp, r.plan.dp, r.plan.ep, r.cp, r.precision.weights, r.precision.kv, r.precision.experts, r.precision.attention,
        r.precision.head, r.policy, r.chunk_tokens, r.max_sequences, *draft, room.weights, room.activations, room.engine, room.kv_tokens,
        [SpanRecord(span.stock, span.plan.tp, span.plan.pp, span.layers, span.plan.ep) for span in r.spans], dict(r.settings),
    )  # fmt: skip


def deployment(plan: PlanRecord, draft: Draft | None = None) -> Deployment:
    """The deployment of a record. Its draft model is not in the record: give it again."""
    return Deployment(tuple(pool_of(pool, draft) for pool in plan.pools), plan.router)


def pool_of(p: PoolRecord, draft: Draft | None = None) -> Pool:
    """A pool of a record; the draft model likewise."""
    precision = Precision(p.weights, p.kv, p.experts, p.attention, p.head)
    chosen = replace(draft, tokens=p.draft_tokens, acceptance=p.acceptance) if p.draft_tokens and draft else None
    spans = tuple(Span(s.stock, Plan(s.tp, s.stages, 1, s.ep), s.layers) for s in p.spans)
    told = tuple(sorted(p.parameters.items()))
    return Pool(p.role, Replica(p.stock, Plan(p.tp, p.pp, p.dp, p.ep), precision, p.chunk_tokens, p.max_sequences, p.policy, p.cp, chosen, spans, told), p.count)


def outcome_of(plan: PlanRecord, goals: Goals) -> Outcome:
    """The outcome of a record, judged by other goals: the share of good requests is that of its samples."""
    samples = np.array(plan.samples, dtype=np.float64).reshape(-1, 3)
    ttft, tpot, e2e = (Latency(p.mean, (p.p50, p.p90, p.p95, p.p99)) for p in (plan.ttft, plan.tpot, plan.e2e))
    return Outcome(
        plan.requests_per_s, plan.tokens_per_s.value, ttft, tpot, e2e, outcome.share_good(samples, goals), plan.sustained, plan.watts, plan.usd_per_h, plan.devices, plan.busy,
        plan.kv_peak, plan.preemptions, tuple(plan.samples),
    )  # fmt: skip


def ranked_again(found: Result, goals: Goals, objective: str) -> Result:
    """The same plans in the order that other goals or another objective give them; nothing is simulated. Regrets were those under the old ones."""
    outcomes = [outcome_of(plan, goals) for plan in found.plans]
    front = set(outcome.front([outcome.vector(o, goals) for o in outcomes]))
    plans = []
    same = (goals_of(found), found.objective) == (goals, objective)
    for rank, place in enumerate(outcome.best(enumerate(outcomes), goals, objective)):
        o, plan = outcomes[place], found.plans[place]
        figures = {"good": o.good, "goodput_per_s": o.goodput, "meets_goals": o.meets(goals), "on_front": place in front, "regret": plan.regret if same else {}}
        plans.append(msgspec.structs.replace(plan, rank=rank + 1, **figures))
    return msgspec.structs.replace(found, plans=plans, goals=goals_dict(goals), objective=objective, proven=False)


def with_outcome(plan: PlanRecord, o: Outcome, goals: Goals, engine: str) -> PlanRecord:
    """The same plan with what it does in another simulation."""
    tokens, first, later = _bands(o, engine, plan.mode)
    return msgspec.structs.replace(
        plan, watts=o.watts, requests_per_s=o.requests_per_s, tokens_per_s=tokens, ttft_s=first, tpot_s=later,
        ttft=_percentiles(o.ttft), tpot=_percentiles(o.tpot), e2e=_percentiles(o.e2e), good=o.good, goodput_per_s=o.goodput,
        meets_goals=o.meets(goals), sustained=o.sustained, tokens_per_usd=o.tokens_per_usd, tokens_per_joule=o.tokens_per_joule, kv_peak=o.kv_peak, busy=o.busy,
        preemptions=o.preemptions, regret={}, samples=list(o.samples),
    )  # fmt: skip


def at_rate(found: Result, plans: list[PlanRecord], rate: float) -> Result:
    """The result at another rate, its plans simulated anew."""
    return msgspec.structs.replace(found, plans=plans, rate_per_s=rate, asked=found.asked | {"rate": rate})


def encode(result: Result) -> bytes:
    """As JSON that `decode` reads."""
    return msgspec.json.format(msgspec.json.encode(result), indent=1)


def decode(text: bytes, file: str = "") -> Result:
    """Raises InputError for what is no result, or one of another schema."""
    try:
        found = msgspec.json.decode(text, type=Result)
    except msgspec.DecodeError as error:
        raise InputError(f"is no result of `intarsia plan`: {error}", where=file, mend="write one with `intarsia plan ... --json > result.json`") from None
    if found.schema != SCHEMA:
        raise InputError(f"has schema {found.schema}, and {SCHEMA} is read here", where=file, mend="search again")
    if not found.plans:
        raise InputError("holds no plan", where=file, mend="search again")
    return found


def json_schema() -> str:
    """The schema of `Result`, as docs/search-schema.json holds it."""
    return json.dumps(msgspec.json.schema(Result), indent=1) + "\n"
