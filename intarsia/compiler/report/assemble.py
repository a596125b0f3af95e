"""Puts the page together: facts to sections, sections to HTML."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from markupsafe import Markup

from intarsia import whole_file
from intarsia.compiler import units
from intarsia.compiler.report import agent_graph, arena_picture, facts, graph_picture, pipeline_picture, rendering, rows, timeline_picture
from intarsia.compiler.report.arena_picture import Buffer
from intarsia.compiler.report.facts import Facts
from intarsia.compiler.report.model import NOT_MEASURED, Arena, Card, Page, Run, Spec, Stage, Table, card, table, titled
from intarsia.compiler.report.timeline_picture import Slice
from intarsia.errors import BundleError, Where

FILE = "report.html"
LONGEST_STAGE = 400_000
"""Characters of a stage's text that the page shows."""
CARDS = (("Time to first token", "ttft_s", units.seconds), ("Time per token", "tpot_s", units.seconds), ("Decode rate", "decode_tokens_per_s", units.rate))
SOURCES: tuple[Spec, ...] = (("Figure", "figure", units.words), ("Value", "value", units.words), ("Source", "source", units.words))


def write(directory: Path, measured: dict[str, Any] | None) -> Path:
    """Write the page in one go. Raises BundleError."""
    found = facts.read(directory)
    if measured is not None:
        found = replace(found, measured=measured)
    target = directory / FILE
    try:
        whole_file.write(target, html(page(found)))
    except OSError as error:
        raise BundleError(f"cannot write the report: {error.strerror or error}", where=Where(str(target))) from None
    return target


def html(made: Page) -> str:
    """The page as one document."""
    return rendering.html(made, "bundle.html")


def page(found: Facts) -> Page:
    """All sections of a bundle; what is missing says so."""
    plan = found.plan
    return Page(
        title=_title(found), kind="compiled model" if _is_model(found) else "compiled agent",
        where=_where(found), bundle=str(found.directory), foot=_foot(found), cards=list(_cards(found)), why=rows.why(plan),
        alternatives=table("Plans, best first", titled(rows.ALTERNATIVES), rows.alternatives(plan), marked=lambda row: row["rank"] == 1),
        deploys=table("Models as deployed", rows.DEPLOYS, plan.get("deployments", [])),
        placements=table("Tasks as placed", titled(rows.PLACES), rows.places(found)),
        graph=_graph(found), memory=table("Memory by model", rows.MEMORY, rows.models(found)),
        tiers=table("Where bytes live", titled(rows.TIERS), rows.tiers(plan)), arenas=list(_arenas(plan)), pipelines=list(_pipelines(found)),
        runs=list(_runs(found)),
        comparisons=list(_comparisons(found)), devices=list(_devices(plan)), stages=list(_stages(found)),
    )  # fmt: skip


def _is_model(found: Facts) -> bool:
    """Whether the graph is that of one generation or embedding."""
    nodes = found.agent.get("body", {}).get("nodes", [])
    return len({agent_graph.base(node["name"]) for node in nodes}) <= 1


def _title(found: Facts) -> str:
    names = list(found.manifest.get("models", {}))
    name = ", ".join(names) if _is_model(found) and names else found.agent.get("name") or found.directory.name
    return str(name).replace("_", " ")


def _where(found: Facts) -> str:
    target, names = found.manifest.get("target", {}), ", ".join(each["device"] for each in found.plan.get("devices", []))
    parts = [names and f"for {names}", target and f"{target.get('machine', '')} with {target.get('isa', '')}", found.measured.get("when") and f"measured {found.measured['when']}"]
    return " · ".join(part for part in parts if part)


def _foot(found: Facts) -> str:
    made = time.strftime("%Y-%m-%d %H:%M")
    return f"Written {made} by Intarsia {found.manifest.get('intarsia', '')}, MLIR wheel {found.manifest.get('wheel', 'unknown')}."


# Summary.


def _cards(found: Facts) -> Iterator[Card]:
    """The figures that matter most: those of the whole agent, and of the model that generates."""
    agent, ran = rows.metrics(found.plan, "agent"), bool(rows.runs(found))
    yield card("End to end", units.seconds, agent.get("e2e_s"), rows.end_to_end(found), "mean of all runs" if ran else "")
    for model in [deploy["model"] for deploy in found.plan.get("deployments", []) if "tpot_s" in rows.metrics(found.plan, deploy["model"])][:1]:
        predicted, measured = rows.predicted_rates(found, model), rows.measured_rates(found, model)
        for label, key, write in CARDS:
            yield card(label, write, predicted.get(key), measured.get(key), f"model {model}")
    yield card("Throughput", rows.requests, agent.get("throughput_requests_per_s"), None, "requests in parallel")
    yield card("Memory", units.size, agent.get("memory_bytes"), found.measured.get("memory_bytes"), "peak of the process, interpreter included" if ran else "")


# Pictures.


def _graph(found: Facts) -> Markup | None:
    nodes, edges = agent_graph.boxes(found.agent)
    return Markup(graph_picture.draw(nodes, edges)) if nodes else None


def _arenas(plan: dict[str, Any]) -> Iterator[Arena]:
    for arena in plan.get("arenas", []):
        buffers = [Buffer(b["name"], b["offset"], b["bytes"], b["lower"], b["upper"]) for b in arena["buffers"] if not b.get("shares")]
        bound, size = arena.get("bound", 0), arena["bytes"]
        reached = "the least possible" if size <= bound else f"{size / bound - 1:.1%} above the bound of {units.size(bound)}" if bound else "no bound known"
        caption = f"{units.size(size)}, {reached}; {len(buffers)} buffers, placed by {arena.get('method') or 'the planner'}"
        yield Arena(arena["phase"], caption, Markup(arena_picture.draw(buffers, size)))


def _pipelines(found: Facts) -> Iterator[Arena]:
    """The nano-batches that `intarsia pipeline` found for a layer, three layers of them."""
    made = found.pipeline
    if made:
        bars = [pipeline_picture.Bar(*bar) for bar in made["bars"]]
        yield Arena(made["layer"], made["caption"], Markup(pipeline_picture.draw(bars, made["period_s"])))


def _runs(found: Facts) -> Iterator[Run]:
    for number, run in enumerate(rows.runs(found)):
        tasks = [Slice("tasks", t["name"], t["start_s"], t["start_s"] + t["seconds"], agent_graph.base(t["name"])) for t in run.get("tasks", [])]
        threads = [Slice(row, name, start, end) for row, name, start, end in found.measured.get("slices", [])] if number == 0 else []
        drawn = Markup(timeline_picture.draw([*_apart(tasks), *threads])) if tasks or threads else None
        yield Run(str(run.get("input", "")), str(run.get("answer", "")), _facts_of(run), drawn)


def _apart(tasks: list[Slice]) -> list[Slice]:
    """Tasks that overlap in time on rows of their own."""
    ends: list[float] = []
    found = []
    for task in sorted(tasks, key=lambda each: each.start):
        free = next((row for row, end in enumerate(ends) if end <= task.start + 1e-9), len(ends))
        ends[free:free + 1] = [task.end]
        found.append(replace(task, row="tasks" if free == 0 else f"tasks {free + 1}"))
    return found


def _facts_of(run: dict[str, Any]) -> str:
    parts = [("first token", units.seconds, run.get("ttft_s")), ("in all", units.seconds, run.get("total_s")), ("decode", units.rate, run.get("decode_tokens_per_s"))]
    return ", ".join(f"{label} {write(value)}" for label, write, value in parts if value is not None)


# Tables.


def _comparisons(found: Facts) -> Iterator[Table]:
    yield table("The whole, and each model", titled(rows.ACCURACY), rows.summary(found), absent=NOT_MEASURED)
    yield table("Tasks (medians)", rows.TASKS, rows.tasks(found), absent=NOT_MEASURED)
    for subject, estimate in found.plan.get("estimates", {}).items():
        if estimate.get("operators"):
            measured = "" if subject in found.measured.get("operators", {}) else f" ({NOT_MEASURED})"
            yield table(f"Operators of a typical step of {subject}{measured}", rows.OPERATORS, rows.operators(found, subject))


def _devices(plan: dict[str, Any]) -> Iterator[Table]:
    for device in plan.get("devices", []):
        sources = device.get("sources", {})
        figures = [
            ("cores", str(device.get("cores", "")), "cores"),
            ("memory", f"{units.size(device.get('memory_bytes'))} at {units.quantity(device.get('bandwidth_bytes_per_s'), 'B/s')}", "memory"),
            *((f"peak {dtype}", units.quantity(rate, "FLOP/s"), "flops") for dtype, rate in device.get("flops", {}).items()),
            ("power", units.quantity(device.get("watts") or None, "W"), "watts"), ("rent per hour", units.dollars(device.get("rent_usd_per_h") or None), "rent_usd_per_h"),
        ]  # fmt: skip
        known = [{"figure": label, "value": value, "source": sources.get(key)} for label, value, key in figures if value != units.UNKNOWN]
        yield table(f"{device['count']} × {device['device']} ({device['kind']})", SOURCES, known)


def _stages(found: Facts) -> Iterator[Stage]:
    for name, text in found.stages.items():
        cut = text if len(text) <= LONGEST_STAGE else text[:LONGEST_STAGE] + f"\n… and {len(text) - LONGEST_STAGE} more characters in stages/{name}"
        yield Stage(name, f"{text.count(chr(10))} lines", cut)
