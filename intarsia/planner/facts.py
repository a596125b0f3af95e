"""What planning needs to know, read from a module of stage ops: devices, goals, models, and the graph of tasks."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

from intarsia.cost_models import devices
from intarsia.errors import IRError
from intarsia.ir import distributions
from intarsia.ir.device import Device
from intarsia.ir.distributions import Distribution
from intarsia.ir.model import ModelConfig
from intarsia.ir.module import Module, attribute, attributes_of, location_of, walk
from intarsia.ir.passes import expectations, to_tasks
from intarsia.ir.topology import Link
from intarsia.planner.policy import NAME
from intarsia.runtime.scheduler.policy import check_parameters, check_runtime

MODEL_TASKS = {"llm.prefill": "prefill", "llm.decode": "decode", "llm.encode": "encode"}
HOST_TASKS = ("llm.tool_call", "llm.retrieve_top_k")
PROMPT_TOKENS, OUTPUT_TOKENS = 256.0, 64.0
"""Lengths assumed where neither a task nor the workload says."""


@dataclass(frozen=True)
class Fleet:
    """`count` devices of one kind."""

    symbol: str
    device: Device
    count: int


@dataclass(frozen=True)
class Goals:
    """Service goals in seconds, None where there is none; `quantile` in (0, 1) of lengths and latencies, None: their means."""

    ttft_s: float | None = None
    tpot_s: float | None = None
    e2e_s: float | None = None
    quantile: float | None = None


@dataclass(frozen=True)
class Wishes:
    """The knobs: None where the planner is free."""

    threads: int | None = None
    precision: str | None = None
    objective: str = "latency"
    kv_dtype: str | None = None
    context: int | None = None
    max_sequences: int | None = None
    memory_bytes: int | None = None
    policy: str | None = None
    nano_batches: int | None = None
    parameters: dict[str, Any] | None = field(default=None, hash=False)

    @property
    def scheduler(self) -> str:
        """The scheduling policy, by name."""
        return self.policy or NAME


@dataclass(frozen=True)
class Length:
    """A number of tokens, or seconds, as its mean and at the goals' quantile."""

    mean: float
    high: float


@dataclass(frozen=True)
class Task:
    """A task to be placed. `visits` is how often a request runs it; `phase` is that of `model`; `latency` a tool's own seconds; `passages` are searched.

    `specs` are the distributions behind the lengths, and of `new` tokens of a prompt (those that the turn before did not leave in the KV cache); `work` is what a
    node says of its own arithmetic, and `kind` whether a tool looks up or computes.
    """

    name: str
    op: str
    visits: float
    model: str | None = None
    phase: str | None = None
    prompt: Length = Length(0.0, 0.0)
    output: Length = Length(0.0, 0.0)
    latency: Length = Length(0.0, 0.0)
    resources: dict[str, str] = field(default_factory=dict)
    passages: float = 0.0
    specs: dict[str, dict[str, Any]] = field(default_factory=dict)
    work: dict[str, float] = field(default_factory=dict)
    kind: str = ""


@dataclass(frozen=True)
class Node:
    """A step of a region: a task by name, a fixed latency, or an inner structure (`kind` branch, loop or map).

    `cases` are (probability, region); a loop or map has one. `turns` is how often it runs, one after the other. `spec` is the distribution of the latency, of a
    loop's turns or of a map's items, of which `most` may come and `parallel` run together (0: no limit).
    """

    kind: str
    name: str
    after: tuple[int, ...]
    latency: Length = Length(0.0, 0.0)
    cases: tuple[tuple[float, Region], ...] = ()
    turns: Length = Length(1.0, 1.0)
    spec: dict[str, Any] | None = None
    most: int = 0
    parallel: int = 0


@dataclass(frozen=True)
class Region:
    """Nodes in order; `after` of each names earlier ones by number."""

    nodes: tuple[Node, ...]


@dataclass(frozen=True)
class Facts:
    """Everything that planning reads."""

    fleet: tuple[Fleet, ...]
    goals: Goals
    wishes: Wishes
    rate_per_s: float
    concurrency: int
    models: dict[str, ModelConfig]
    tasks: tuple[Task, ...]
    graph: Region
    links: tuple[Link, ...]

    def tasks_of(self, model: str) -> list[Task]:
        return [task for task in self.tasks if task.model == model]


def read(module: Module) -> Facts:
    """The facts of a module. Raises IRError for facts that contradict each other."""
    goals = _goals(module)
    graph = module.first("agent.graph")
    visits = expectations.task_visits(module)
    workload = module.first("plan.workload")
    tasks = tuple(_task(op, visits, workload, goals) for op in module.ops() if is_task(op))
    fleet = tuple(_fleet(op) for op in module.ops("plan.device")) or (Fleet("local", devices.local(), 1),)
    links = tuple(_link(op) for op in module.ops("plan.link"))
    return Facts(
        fleet, goals, _wishes(module), attribute(workload, "rate_per_s", 0.0) if workload else 0.0, (attribute(workload, "concurrency") or 0) if workload else 0,
        {attribute(op, "sym_name"): ModelConfig.from_dict(attribute(op, "config")) for op in module.ops("llm.model")},
        tasks, _region(graph.regions[0].blocks[0], goals) if graph is not None else Region(()), links,
    )  # fmt: skip


def _link(op: Any) -> Link:
    return Link(str(attribute(op, "source")), str(attribute(op, "target")), attribute(op, "kind"), attribute(op, "bandwidth"), attribute(op, "latency_s"))


def is_task(op: Any) -> bool:
    """Whether an operation is placed: a model's phase, a tool, a search, or a transform that says what work it is."""
    return op.name in MODEL_TASKS or op.name in HOST_TASKS or (op.name == "agent.transform" and "work" in op.attributes)


def _fleet(op: Any) -> Fleet:
    try:
        return Fleet(attribute(op, "sym_name"), Device.from_dict(attribute(op, "facts")), attribute(op, "count"))
    except ValueError as error:
        raise IRError(str(error), where=location_of(op)) from None


def _goals(module: Module) -> Goals:
    """The tighter of `plan.slo` and the graph's own `sla`."""
    slo, graph = module.first("plan.slo"), module.first("agent.graph")
    found = attributes_of(slo) if slo is not None else {}
    sla = attribute(graph, "sla", {}) if graph is not None else {}
    ends = [goal["e2e_s"] for goal in (found, sla) if "e2e_s" in goal]
    percentile = found.get("percentile", sla.get("percentile"))
    return Goals(found.get("ttft_s"), found.get("tpot_s"), min(ends, default=None), percentile / 100 if percentile else None)


def _wishes(module: Module) -> Wishes:
    op = module.first("plan.knobs")
    given = attributes_of(op) if op is not None else {}
    if given.get("precision") == "auto":
        del given["precision"]
    if "policy" in given:
        check_runtime(given["policy"])
    if "parameters" in given:
        check_parameters(given.get("policy", NAME), given["parameters"])
    return Wishes(**{name: value for name, value in given.items() if name in Wishes.__dataclass_fields__})


def _task(op: Any, visits: dict[str, float], workload: Any, goals: Goals) -> Task:
    name, spec = attribute(op, "name"), attribute(op, "latency")
    specs = {"latency": spec} if spec else {}
    latency = _length(spec, goals, Length(0.0, 0.0))
    if op.name not in MODEL_TASKS:
        passages = float(attribute(op, "documents", to_tasks.UNKNOWN_DOCUMENTS))
        own = {"specs": specs, "work": attribute(op, "work", {}), "kind": attribute(op, "kind", "")}
        return Task(name, op.name, visits.get(name, 1.0), latency=latency, resources=attribute(op, "resources", {}), passages=passages, **own)
    specs |= {
        short: attribute(op, key) or (attribute(workload, key) if workload is not None else None) or distributions.constant(usual)
        for short, key, usual in (("prompt", "prompt_tokens", PROMPT_TOKENS), ("output", "output_tokens", OUTPUT_TOKENS))
    }  # fmt: skip
    if new := attribute(op, "new_tokens"):
        specs["new"] = new
    prompt, output = (_length(specs[key], goals, Length(0.0, 0.0)) for key in ("prompt", "output"))
    model, phase = str(attribute(op, "model")), MODEL_TASKS[op.name]
    return Task(name, op.name, visits.get(name, 1.0), model, phase, prompt, output, latency, attribute(op, "resources"), specs=specs)


def _length(spec: Any, goals: Goals, default: Length) -> Length:
    if spec is None:
        return default
    found = Distribution(spec)
    mean = found.mean()
    return Length(mean, max(mean, found.quantile(goals.quantile)) if goals.quantile else mean)


def _region(block: Any, goals: Goals) -> Region:
    makers: dict[Any, int] = {}
    names: dict[str, int] = {}
    nodes: list[Node] = []
    for wrapped in block.operations:
        op = wrapped.operation
        if op.name in expectations.SILENT:
            continue
        before = {makers[value] for value in _read_values(op) if value in makers}
        before |= {names[name] for name in attribute(op, "after", []) if name in names}
        nodes.append(_node(op, tuple(sorted(before)), goals))
        makers.update((value, len(nodes) - 1) for value in op.results)
        names.update((name, len(nodes) - 1) for name in _names(op))
    return Region(tuple(nodes))


def _node(op: Any, after: tuple[int, ...], goals: Goals) -> Node:
    name = attribute(op, "name", op.name)
    if is_task(op):
        return Node("task", name, after)
    if op.name == "agent.branch":
        cases = [inner.operation for inner in op.regions[0].blocks[0].operations if inner.operation.name == "agent.case"]
        return Node("branch", name, after, cases=tuple((attribute(case, "probability"), _region(case.regions[0].blocks[0], goals)) for case in cases))
    if op.name in ("agent.loop", "agent.map"):
        body = _region(op.regions[0].blocks[0], goals)
        spec = attribute(op, "iterations" if op.name == "agent.loop" else "fan_out")
        many = {"spec": spec, "most": attribute(op, "max_iterations") or 0, "parallel": attribute(op, "parallel") or 0}
        return Node(op.name.removeprefix("agent."), name, after, cases=((1.0, body),), turns=_turns(op, goals), **many)
    spec = attribute(op, "latency")
    return Node("latency", name, after, _length(spec, goals, Length(0.0, 0.0)), spec=spec)


def _turns(op: Any, goals: Goals) -> Length:
    """Turns of a loop; for a map, rounds of `parallel` items (all at once where that isn't given)."""
    if op.name == "agent.loop":
        mean, most = expectations.iterations(op), attribute(op, "max_iterations")
        spec = attribute(op, "iterations")
        high = _length(spec, goals, Length(mean, mean)).high
        return Length(mean, max(mean, min(high, float(most)) if most else high))
    parallel = attribute(op, "parallel")
    spec = attribute(op, "fan_out")
    items = _length(spec, goals, Length(expectations.UNKNOWN_FAN_OUT, expectations.UNKNOWN_FAN_OUT))
    return Length(math.ceil(items.mean / parallel), math.ceil(items.high / parallel)) if parallel else Length(1.0, 1.0)


def _read_values(op: Any) -> list[Any]:
    """Values that an operation reads, those read inside it included."""
    return [value for each in (op, *walk(op)) for value in each.operands]


def _names(op: Any) -> list[str]:
    """Names of a node and of the nodes inside it."""
    return [attribute(each, "name") for each in (op, *walk(op)) if "name" in each.attributes]
