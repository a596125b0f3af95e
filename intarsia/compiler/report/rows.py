"""A bundle's facts as rows of figures: what the commands print and the report tabulates."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from statistics import mean, median
from typing import Any

from intarsia.compiler import units
from intarsia.compiler.report.facts import Facts
from intarsia.compiler.report.model import Spec

Row = dict[str, Any]

joules = partial(units.quantity, unit="J")
requests = partial(units.plain, unit="req/s")



def told(value: Any) -> str:
    """Parameters of a policy."""
    return ", ".join(f"{name} {units.plain(each, unit='')}" for name, each in value.items()) if value else "as it comes"


MODELS: tuple[Spec, ...] = (
    ("model", "model", units.words), ("device", "device", units.words), ("precision", "precision", units.words), ("threads", "threads", str),
    ("context", "context", str), ("TTFT", "ttft_s", units.seconds), ("TPOT", "tpot_s", units.seconds), ("good to", "tpot_band", units.band),
    ("decode", "decode_tokens_per_s", units.rate), ("prefill", "prefill_tokens_per_s", units.rate), ("memory", "memory_bytes", units.size),
)  # fmt: skip
DEPLOYS: tuple[Spec, ...] = (
    ("Model", "model", units.words), ("Device", "device", units.words), ("Precision", "precision", units.words), ("Threads", "threads", str),
    ("Policy", "policy", units.words), ("Told", "parameters", told), ("KV cache", "kv_dtype", units.words), ("Tokens a page", "page_tokens", str), ("Pages", "kv_pages", str),
    ("Tokens a step", "max_batch_tokens", str), ("Sequences", "max_sequences", str), ("Context", "context", str),
)  # fmt: skip
PLACES: tuple[Spec, ...] = (
    ("task", "task", units.words), ("device", "device", units.words), ("threads", "threads", str), ("seconds", "seconds", units.seconds),
    ("bound by", "bound", units.words), ("energy", "joules", joules), ("cost", "dollars", units.dollars), ("good to", "error_band", units.band), ("from", "source", units.words),
)  # fmt: skip
MEMORY: tuple[Spec, ...] = (
    ("Model", "model", units.words), ("Weights", "weight_bytes", units.size), ("KV cache", "kv_bytes", units.size),
    ("Arena", "arena_bytes", units.size), ("Together", "memory_bytes", units.size),
)  # fmt: skip
TIERS: tuple[Spec, ...] = (
    ("model", "model", units.words), ("data", "data", units.words), ("layers", "layers", units.words), ("bytes", "total_bytes", units.size), ("lives in", "lives", units.words),
    ("window", "window", units.size), ("order", "order", units.words),
)  # fmt: skip
ALTERNATIVES: tuple[Spec, ...] = (
    ("rank", "rank", str), ("plan", "plan", units.words), ("end to end", "e2e_s", units.seconds), ("good to", "e2e_band", units.band), ("TTFT", "ttft_s", units.seconds),
    ("TPOT", "tpot_s", units.seconds), ("throughput", "throughput_requests_per_s", requests), ("memory", "memory_bytes", units.size),
    ("energy", "joules", joules), ("cost", "dollars", units.dollars),
)  # fmt: skip
ACCURACY: tuple[Spec, ...] = (
    ("subject", "subject", units.words), ("figure", "figure", units.words), ("predicted", "predicted_text", units.written),
    ("good to", "band", units.band), ("measured", "measured_text", units.written), ("error", "error", units.percent),
)  # fmt: skip
TASKS: tuple[Spec, ...] = (
    ("Task", "task", units.words), ("Runs", "runs", str), ("Tokens", "tokens", units.written), ("Planned", "seconds", units.seconds),
    ("Predicted for these tokens", "expected_s", units.seconds), ("Measured", "measured_s", units.seconds),
    ("Error of the plan", "plan_error", units.percent), ("Error for these tokens", "error", units.percent),
)  # fmt: skip
OPERATORS: tuple[Spec, ...] = (
    ("Operator", "op", units.words), ("Launches", "count", str), ("Predicted", "seconds", units.seconds), ("Measured", "measured_s", units.seconds),
    ("Error", "error", units.percent), ("Bound by", "bound", units.words),
)  # fmt: skip
RATES: tuple[tuple[str, str, Callable[[Any], str], str], ...] = (
    ("TTFT", "ttft_s", units.seconds, "ttft_band"), ("TPOT", "tpot_s", units.seconds, "tpot_band"),
    ("prefill", "prefill_tokens_per_s", units.rate, "ttft_band"), ("decode", "decode_tokens_per_s", units.rate, "tpot_band"),
)  # fmt: skip


def metrics(plan: Row, subject: str) -> dict[str, float]:
    """The predictions for a model, a phase or the agent; empty where there are none."""
    found: dict[str, float] = plan.get("estimates", {}).get(subject, {}).get("metrics", {})
    return found


def models(facts: Facts) -> list[Row]:
    """One row a deployed model: how it is served, and its predictions."""
    return [deploy | metrics(facts.plan, deploy["model"]) for deploy in facts.plan.get("deployments", [])]


def places(facts: Facts) -> list[Row]:
    """One row a task: where it runs and what it is predicted to take."""
    found: list[Row] = facts.plan.get("placements", [])
    return found


def tiers(plan: Row) -> list[Row]:
    """Where each model's weights, KV cache and activations live, and in which order what is not in memory is read."""
    return [_tier(each) for each in plan.get("tiers", [])]


def _tier(found: Row) -> Row:
    count, window = found.get("count", 0), found.get("window", 0)
    total = found["bytes"] * max(count, 1)
    lives = ", ".join(f"{memory} {units.size(share * total)}" for memory, share in found["shares"].items() if share > 0)
    layers = f"{found.get('first', 0)} to {found.get('first', 0) + count - 1}" if count else "all" if found["data"] != "weights" else "the rest"
    order = "layer after layer, each step, while those before run" if window else "stays"
    return found | {"layers": layers, "total_bytes": total, "lives": lives, "window": window or None, "order": order}


def alternatives(plan: Row) -> list[Row]:
    """The ranked plans, each model's TTFT and TPOT at their worst."""
    return [_alternative(each) for each in plan.get("alternatives", [])]


def _alternative(found: Row) -> Row:
    named: dict[str, float] = found["metrics"]
    choices = found["choices"]
    plan = next(iter(choices.values())) if len(choices) == 1 else "; ".join(f"{model}: {choice}" for model, choice in choices.items())
    worst = {key: max((value for name, value in named.items() if name.endswith(f".{key}")), default=None) for key in ("ttft_s", "tpot_s")}
    whole = {name: value for name, value in named.items() if "." not in name}
    return {"rank": found["rank"], "plan": plan, **worst, **whole, "why": found.get("why", ""), "choices": choices, "metrics": named}


def why(plan: Row) -> str:
    """Why the first plan won."""
    return next((each.get("why", "") for each in plan.get("alternatives", []) if each["rank"] == 1), "")


# Measured.


def runs(facts: Facts) -> list[Row]:
    found: list[Row] = facts.measured.get("runs", [])
    return found


def timings(facts: Facts) -> dict[str, list[Row]]:
    """The measured timings of each task over all runs."""
    found: dict[str, list[Row]] = {}
    for run in runs(facts):
        for task in run.get("tasks", []):
            found.setdefault(task["name"], []).append(task)
    return found


def accuracy(facts: Facts) -> list[Row]:
    """Predicted against measured: the whole agent, then each model's rates, then each task for the tokens that it had."""
    return [*summary(facts), *_each_task(facts)]


def summary(facts: Facts) -> list[Row]:
    """Predicted against measured for the whole agent and each model, as far as measured."""
    return [row for row in (*_whole(facts), *_rates(facts)) if row["measured"] is not None]


def _figure(subject: str, figure: str, predicted: Any, measured: Any, write: Any, band: float | None = None) -> Row:
    return {
        "subject": subject, "figure": figure, "predicted": predicted, "band": band, "measured": measured, "predicted_text": write(predicted), "measured_text": write(measured),
        "error": units.error_of(predicted, measured),
    }  # fmt: skip


def _whole(facts: Facts) -> Iterator[Row]:
    predicted = metrics(facts.plan, "agent")
    yield _figure("agent", "end to end", predicted.get("e2e_s"), end_to_end(facts), units.seconds, predicted.get("e2e_band"))
    yield _figure("agent", "memory", predicted.get("memory_bytes"), facts.measured.get("memory_bytes"), units.size)


def end_to_end(facts: Facts) -> float | None:
    """Mean seconds of all runs: what is predicted is a mean over the branches too."""
    return mean(run["total_s"] for run in runs(facts)) if runs(facts) else None


def _rates(facts: Facts) -> Iterator[Row]:
    for deploy in facts.plan.get("deployments", []):
        predicted, found = predicted_rates(facts, deploy["model"]), measured_rates(facts, deploy["model"])
        for figure, key, write, band in RATES:
            yield _figure(deploy["model"], figure, predicted.get(key), found.get(key), write, predicted.get(band))


def _phases(facts: Facts, model: str) -> dict[str, list[tuple[float, int]]]:
    """(seconds, tokens) of each prefill and decode of a model: of the agent's tasks, or of a bare model's own runs."""
    phases = {place["task"]: place.get("phase", "") for place in places(facts) if place.get("model") == model}
    of = {phase: [(t["seconds"], t["tokens"]) for task, each in timings(facts).items() if phases.get(task) == phase for t in each] for phase in ("prefill", "decode")}
    for run in runs(facts):
        if not run.get("tasks"):
            of["prefill"].append((run["ttft_s"], run.get("prompt_tokens", 0)))
            of["decode"].append((run["total_s"] - run["ttft_s"], run.get("output_tokens", 0)))
    return of


def predicted_rates(facts: Facts, model: str) -> dict[str, float | None]:
    """A model's predictions; once it ran, TTFT is the mean for prompts as long as those it had."""
    found: dict[str, float | None] = dict(metrics(facts.plan, model))
    rate, prefills = found.get("prefill_tokens_per_s"), _phases(facts, model)["prefill"]
    if rate and prefills:
        found["ttft_s"] = mean(tokens / rate for _, tokens in prefills)
    return found


def measured_rates(facts: Facts, model: str) -> dict[str, float | None]:
    """A model's rates over all its generations: medians, and the mean TTFT, as prompts differ in length."""
    of = _phases(facts, model)
    each_token = middle(seconds / (tokens - 1) for seconds, tokens in of["decode"] if tokens > 1 and seconds > 0)
    return {
        "ttft_s": mean(seconds for seconds, _ in of["prefill"]) if of["prefill"] else None, "tpot_s": each_token,
        "decode_tokens_per_s": 1 / each_token if each_token else None,
        "prefill_tokens_per_s": middle(tokens / seconds for seconds, tokens in of["prefill"] if tokens and seconds > 0),
    }  # fmt: skip


def tasks(facts: Facts) -> list[Row]:
    """One row a task that ran: planned seconds, predicted for the tokens it had, and the median measured."""
    measured = timings(facts)
    return [_task(facts, place, measured[place["task"]]) for place in places(facts) if place["task"] in measured]


def _task(facts: Facts, place: Row, found: list[Row]) -> Row:
    seconds, tokens = middle(t["seconds"] for t in found), middle(t["tokens"] for t in found if t["tokens"])
    expected = expected_seconds(metrics(facts.plan, place.get("model", "")), place, tokens)
    return {
        "task": place["task"], "runs": len(found), "tokens": f"{tokens:.0f}" if tokens else "", "seconds": place.get("seconds"), "expected_s": expected, "measured_s": seconds,
        "plan_error": units.error_of(place.get("seconds"), seconds), "error": units.error_of(expected, seconds),
    }  # fmt: skip


def expected_seconds(predicted: dict[str, float], place: Row, tokens: float | None) -> float | None:
    """What the predicted rates give for so many tokens; the planned seconds for a task that counts none."""
    if not tokens:
        return place.get("seconds")
    if place.get("phase") == "prefill" and predicted.get("prefill_tokens_per_s"):
        return tokens / predicted["prefill_tokens_per_s"]
    if place.get("phase") == "decode" and predicted.get("tpot_s"):
        return (tokens - 1) * predicted["tpot_s"]
    if place.get("phase") == "encode" and predicted.get("throughput_tokens_per_s"):
        return tokens / predicted["throughput_tokens_per_s"]
    return place.get("seconds")


def _each_task(facts: Facts) -> Iterator[Row]:
    for row in tasks(facts):
        figure = f"seconds for {row['tokens']} tokens" if row["tokens"] else "seconds"
        if row["measured_s"]:
            yield _figure(row["task"], figure, row["expected_s"], row["measured_s"], units.seconds)


def operators(facts: Facts, phase: str) -> list[Row]:
    """One row a kind of operator: all its launches in one typical step; what was measured is scaled to that step's rows."""
    grouped: dict[str, Row] = {}
    for each in facts.plan.get("estimates", {}).get(phase, {}).get("operators", []):
        row = grouped.setdefault(each["op"], {"op": each["op"], "count": 0, "seconds": 0.0, "bounds": {}})
        row["count"] += each["count"]
        row["seconds"] += each["count"] * each["seconds"]
        row["bounds"][each["bound"]] = row["bounds"].get(each["bound"], 0.0) + each["count"] * each["seconds"]
    measured = _measured_operators(facts, phase)
    for row in grouped.values():
        bounds: dict[str, float] = row.pop("bounds")
        row |= {"bound": max(bounds, key=lambda name: bounds[name]), "measured_s": measured.get(row["op"])}
        row["error"] = units.error_of(row["seconds"], row["measured_s"])
    return sorted(grouped.values(), key=lambda row: -row["seconds"])


def _measured_operators(facts: Facts, phase: str) -> dict[str, float]:
    found = facts.measured.get("operators", {}).get(phase)
    if not found:
        return {}
    scale = metrics(facts.plan, phase).get("rows", found["rows"]) / found["rows"]
    return {name: seconds * scale for name, seconds in found["operators"].items()}


def middle(values: Iterable[float | None]) -> float | None:
    """The median of the values that are known, None without any."""
    known = [value for value in values if value is not None]
    return median(known) if known else None
