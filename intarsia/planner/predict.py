"""What a solution is predicted to do: by model, and for the whole agent."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

from intarsia.cost_models import tasks
from intarsia.cost_models.cost import Cost, total
from intarsia.planner import policy
from intarsia.planner.facts import Facts, Node, Region
from intarsia.planner.ilp.solve import Solution
from intarsia.planner.variants import Run, Variant, load_of, usable_bytes

Metrics = dict[str, float]


def threads_of(solution: Solution, model: str) -> dict[str, int]:
    """Threads by phase of a model, as the tasks have them."""
    return {run.task.phase or "": run.threads for run in solution.runs.values() if run.task.model == model}


def model_metrics(facts: Facts, solution: Solution, model: str) -> Metrics:
    """Predictions for one model serving its typical request.

    `ttft_s` and `tpot_s` are without queueing, at `batch` sequences together; `throughput_tokens_per_s` is that of all
    replicas, each with all the sequences its policy allows. Bytes are those of one device; joules and dollars of one request.
    """
    variant = solution.variants[model]
    threads = threads_of(solution, model)
    memory = {
        "weight_bytes": variant.weight_bytes, "kv_bytes": variant.kv_bytes, "arena_bytes": variant.model.arena(variant.precision, variant.policy),
    }  # fmt: skip
    memory["memory_bytes"] = sum(memory.values())
    family = variant.model.config.family
    if family == "torch":  # no cost model knows an exported function
        return memory
    times = _decoder(facts, variant, threads) if family == "decoder" else _encoder(facts, variant, threads)
    return times | _queueing(facts, variant, times) | memory


def _decoder(facts: Facts, variant: Variant, threads: dict[str, int]) -> Metrics:
    load = load_of(variant.model, facts)
    chunk, most = variant.policy.max_batch_tokens, variant.policy.max_sequences
    reading, writing = (variant.setup(threads.get(phase, 1)) for phase in ("prefill", "decode"))
    prefill = tasks.prefill(variant.costs, reading, load.prompt, chunk)
    decode = tasks.decode(variant.costs, writing, load.prompt, load.output, variant.batch)
    step = tasks.decode_step(variant.costs, writing, load.prompt + load.output / 2, variant.batch)
    busy = prefill.seconds + tasks.decode(variant.costs, writing, load.prompt, load.output, most).seconds / most
    joules = prefill.joules + decode.joules
    dollars = tasks.dollars(reading, prefill.seconds, prefill.joules) + tasks.dollars(writing, decode.seconds / variant.batch, decode.joules)
    return {
        "ttft_s": prefill.seconds, "tpot_s": step.seconds, "request_s": prefill.seconds + decode.seconds, "batch": variant.batch,
        "prefill_tokens_per_s": load.prompt / prefill.seconds, "decode_tokens_per_s": variant.batch / step.seconds,
        "throughput_tokens_per_s": variant.replicas * load.output / busy, "busy_s": busy, "joules": joules, "dollars": dollars,
        "dollars_per_million_tokens": 1e6 * dollars / load.output, "ttft_band": prefill.error_band, "tpot_band": step.error_band,
    }  # fmt: skip


def _encoder(facts: Facts, variant: Variant, threads: dict[str, int]) -> Metrics:
    load = load_of(variant.model, facts)
    phase, count = next(iter(threads.items()), ("encode", 1))
    setup = variant.setup(count)
    if phase not in ("encode", "call"):
        return {}
    cost = tasks.prefill(variant.costs, setup, load.prompt, variant.policy.max_batch_tokens, phase)
    return {
        "request_s": cost.seconds, "throughput_tokens_per_s": variant.replicas * load.prompt / cost.seconds, "busy_s": cost.seconds,
        "joules": cost.joules, "dollars": tasks.dollars(setup, cost.seconds, cost.joules), "request_band": cost.error_band,
    }  # fmt: skip


def _queueing(facts: Facts, variant: Variant, times: Metrics) -> Metrics:
    """Utilisation of a replica and the mean wait before service: M/D/1 (Pollaczek-Khinchine) on the busy seconds of a request."""
    visits = max((t.visits for t in facts.tasks_of(variant.model.name)), default=0.0)
    busy = times.get("busy_s", 0.0)
    load = facts.rate_per_s * visits / variant.replicas * busy
    if not 0 < load < 1:
        return {"utilisation": load} if load else {}
    wait = load * busy / (2 * (1 - load))
    return {"utilisation": load, "queue_s": wait} | ({"ttft_loaded_s": times["ttft_s"] + wait} if "ttft_s" in times else {})


def agent_metrics(facts: Facts, solution: Solution) -> Metrics:
    """Predictions for one run of the whole graph: mean and high end-to-end seconds, requests/s, joules, dollars, devices, bytes."""
    runs = list(solution.runs.values())
    bottleneck = max((_busy(facts, solution, fleet.symbol) for fleet in facts.fleet), default=0.0)
    return {
        "e2e_s": seconds(facts.graph, lambda t: solution.runs[t].seconds, "mean"),
        "e2e_high_s": seconds(facts.graph, lambda t: solution.runs[t].high_s, "high"),
        "e2e_band": spent(runs).error_band,
        "throughput_requests_per_s": 1 / bottleneck if bottleneck else 0.0,
        "joules": sum(r.task.visits * r.cost.joules for r in runs),
        "dollars": sum(r.task.visits * r.dollars for r in runs),
        "dollars_per_h": sum(_taken(facts, solution)[f.symbol] * f.device.rent_usd_per_h for f in facts.fleet),
        "devices": float(sum(_taken(facts, solution).values())),
        "memory_bytes": sum(v.weight_bytes + v.kv_bytes + v.model.arena(v.precision, v.policy) for v in solution.variants.values()),
    }  # fmt: skip


def _taken(facts: Facts, solution: Solution) -> dict[str, int]:
    """Devices in use by kind: those of each model, or, where models share them, as many as the one that takes most."""
    found = {}
    for fleet in facts.fleet:
        each = [v.devices for v in solution.variants.values() if v.fleet.symbol == fleet.symbol]
        shared = fleet.device.kind == "cpu" or sum(each) > fleet.count
        found[fleet.symbol] = max(each, default=0) if shared else sum(each)
    return found


def _busy(facts: Facts, solution: Solution, symbol: str) -> float:
    """Seconds that a request keeps devices of one kind busy: in turn where models share them, else those of the busiest model."""
    by_model: dict[str, float] = {}
    for run in solution.runs.values():
        if run.fleet.symbol == symbol:
            replicas = run.variant.replicas if run.variant else run.fleet.count
            owner = run.task.model or run.task.name
            by_model[owner] = by_model.get(owner, 0.0) + run.task.visits * run.busy_s / replicas
    fleet = next(f for f in facts.fleet if f.symbol == symbol)
    taken = sum(v.devices for v in solution.variants.values() if v.fleet.symbol == symbol)
    shared = fleet.device.kind == "cpu" or taken > fleet.count
    return (sum if shared else max)(by_model.values()) if by_model else 0.0


def seconds(region: Region, task_seconds: Callable[[str], float], kind: str) -> float:
    """The longest way through a region. `kind` mean weighs branches by their odds, high takes their slowest case."""
    finish: list[float] = []
    for node in region.nodes:
        start = max((finish[i] for i in node.after), default=0.0)
        finish.append(start + _latency(node, task_seconds, kind))
    return max(finish, default=0.0)


def _latency(node: Node, task_seconds: Callable[[str], float], kind: str) -> float:
    if node.kind == "task":
        return task_seconds(node.name)
    if node.kind == "latency":
        return float(getattr(node.latency, kind))
    inner = [(odds, seconds(case, task_seconds, kind)) for odds, case in node.cases]
    if node.kind == "branch":
        return sum(odds * s for odds, s in inner) if kind == "mean" else max((s for odds, s in inner if odds > 0), default=0.0)
    return float(getattr(node.turns, kind)) * inner[0][1]


def spent(runs: list[Run]) -> Cost:
    """All that a request's runs take, wherever they lie in the graph; its band and its shares of sources are those of the prediction."""
    return total([run.cost.times(run.task.visits) for run in runs])


def bounds(runs: list[Run]) -> dict[str, float]:
    """Share of all seconds by the resource that bounds them."""
    found: dict[str, float] = {}
    for run in runs:
        found[run.cost.bound] = found.get(run.cost.bound, 0.0) + run.task.visits * run.seconds
    return _shares(found)


def sources(runs: list[Run]) -> dict[str, float]:
    """Share of all seconds by the source that they come from."""
    return _shares({name: seconds for name, (seconds, _) in spent(runs).by_source().items()})


def _shares(seconds: dict[str, float]) -> dict[str, float]:
    """As parts of their sum, the largest first."""
    whole = math.fsum(seconds.values()) or 1.0
    return {name: value / whole for name, value in sorted(seconds.items(), key=lambda item: -item[1])}


def settled(facts: Facts, solution: Solution) -> dict[str, policy.Policy]:
    """The policies, with KV pools cut so that models that share devices fit together: each keeps its least, and an even share of the rest."""
    policies = {name: v.policy for name, v in solution.variants.items()}
    for fleet in facts.fleet:
        here = [v for v in solution.variants.values() if v.fleet.symbol == fleet.symbol]
        if fleet.device.kind != "cpu" and sum(v.devices for v in here) <= fleet.count:
            continue
        spare = usable_bytes(fleet, facts.wishes) - sum(v.least_bytes for v in here)
        pools = [v for v in here if v.policy.kv_pages]
        for variant in pools:
            policies[variant.model.name] = _cut(variant, spare / len(pools))
    return policies


def _cut(variant: Variant, spare_bytes: float) -> policy.Policy:
    chosen = variant.policy
    page = chosen.page_tokens * policy.kv_bytes_per_token(variant.model.config, variant.setup(1))
    least = policy.pages_for(chosen.context, chosen.page_tokens)
    return replace(chosen, kv_pages=min(chosen.kv_pages, least + int(max(spare_bytes, 0.0) / page)))
