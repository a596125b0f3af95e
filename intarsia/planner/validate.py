"""Checks a plan without trusting the planner: it reads nothing but the module, and shares no code with what made the plan.

Memory maps are checked by playing each phase through: every operator must find its operands' bytes as they were written.
Placements are checked against what the module says of devices, knobs, workload and goals.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from intarsia.errors import IntarsiaError
from intarsia.ir.bindings import ir
from intarsia.ir.dialects import spec_of
from intarsia.ir.distributions import Distribution
from intarsia.ir.module import Module, attribute, attributes_of

TOLERANCE = 1.001
"""Estimates are rounded on their way through solver and text."""
MOST_SCENARIOS = 4096
UNKNOWN_ITEMS = 4.0
"""Items of a map that says nothing of them, as the IR has it."""


class InvalidPlan(IntarsiaError):
    """A plan breaks a rule: a fault of the planner, or of a hand that edited the plan."""


@dataclass(frozen=True)
class Span:
    """Bytes [start, end) of an arena, alive over [lower, upper)."""

    name: str
    start: int
    end: int
    lower: int
    upper: int


def check(module: Module) -> None:
    """Raises InvalidPlan naming everything that is wrong with a module of stage plan."""
    found = list(problems(module))
    if found:
        raise InvalidPlan(f"the plan is not valid: {'; '.join(found)}", mend="correct the plan.* operations, or plan again from the stage ops")


def problems(module: Module) -> Iterator[str]:
    """A sentence for each rule that a plan breaks."""
    yield from _placements(module)
    yield from _memory(module)
    yield from _fleet(module)
    yield from _load(module)
    yield from _goals(module)
    for phase in module.ops("llm.phase"):
        if "function" not in phase.attributes:
            yield from phase_problems(phase, _selected_rows(module, phase))


def overlaps(spans: Sequence[Span], capacity: int) -> list[str]:
    """Pairs of spans that share bytes while both alive, and spans that leave [0, capacity)."""
    found = [f"{s.name} at [{s.start}, {s.end}) leaves the arena of {capacity} bytes" for s in spans if s.start < 0 or s.end > capacity]
    for a, b in itertools.combinations(spans, 2):
        if a.start < b.end and b.start < a.end and a.lower < b.upper and b.lower < a.upper:
            found.append(f"{a.name} and {b.name} share bytes while both are alive")
    return found


# ------------------------------------------------------------------------------------------------ one phase's memory


def phase_problems(phase: Any, selected: int) -> list[str]:
    """What goes wrong with the memory of a phase when it is played through, each repeat twice."""
    return _Play(phase, selected).found


class _Play:
    """An arena that knows whose bytes it holds."""

    IN_PLACE = {"llm.matmul": 1, "llm.add": 0, "llm.moe_experts": 3}
    BY_ROW = ("llm.layernorm", "llm.rmsnorm", "llm.glu", "llm.activate")

    def __init__(self, phase: Any, selected: int) -> None:
        self.name, self.rows, self.selected = attribute(phase, "sym_name"), attribute(phase, "max_rows", 0), selected
        self.capacity = attribute(phase, "arena_bytes", -1)
        self.found: list[str] = []
        self.holds: dict[int, tuple[int, int]] = {}
        self.tag_of: dict[Any, int] = {}
        self.place_of: dict[int, tuple[int, int]] = {}
        self.few: set[int] = set()
        self.tags = itertools.count()
        if self.rows <= 0 or self.capacity < 0:
            self.found.append(f"{self.name} has no max_rows or arena_bytes")
            return
        self.play(phase.regions[0].blocks[0])

    def play(self, block: Any) -> None:
        for wrapped in block.operations:
            op = wrapped.operation
            if op.name == "llm.repeat":
                self.repeat(op)
            elif op.name != "llm.yield":
                self.operator(op)

    def operator(self, op: Any) -> None:
        for value in op.operands:
            self.read(value, op.name)
        spec = spec_of(op.name)
        if spec is None or "offset" not in spec.optional:
            return
        few = op.name in ("llm.select_rows", "llm.pool") or any(self.tag_of[v] in self.few for v in op.operands if v in self.tag_of)
        for index, result in enumerate(op.results):
            start = attribute(op, "offset" if index == 0 else f"offset{index}")
            if start is None or start % 64:
                self.found.append(f"{self.name}: {op.name} has no offset that is a multiple of 64")
                continue
            self.write(op, result, start, few)

    def write(self, op: Any, result: Any, start: int, few: bool) -> None:
        end = start + _row_bytes(result) * (self.selected if few else self.rows)
        if end > self.capacity:
            self.found.append(f"{self.name}: {op.name} writes up to byte {end} of an arena of {self.capacity}")
        for index, operand in enumerate(op.operands):
            tag = self.tag_of.get(operand)
            place = self.place_of.get(tag, (0, 0)) if tag is not None else (0, 0)
            own = self.IN_PLACE.get(op.name) == index or (op.name in self.BY_ROW and place == (start, end))
            if own and op.name in self.IN_PLACE and place != (start, end):
                self.found.append(f"{self.name}: {op.name} at {start} should lie where its operand {index} does, at {place[0]}")
            if not own and start < place[1] and place[0] < end:
                self.found.append(f"{self.name}: {op.name} overwrites its own operand {index}")
        self.put(result, start, end, few)

    def put(self, value: Any, start: int, end: int, few: bool) -> None:
        self.holds = {tag: (a, b) for tag, (a, b) in self.holds.items() if b <= start or end <= a}
        tag = next(self.tags)
        self.tag_of[value], self.holds[tag], self.place_of[tag] = tag, (start, end), (start, end)
        if few:
            self.few.add(tag)

    def read(self, value: Any, reader: str) -> None:
        tag = self.tag_of.get(value)
        if tag is not None and tag not in self.holds:
            self.found.append(f"{self.name}: {reader} reads bytes {self.place_of[tag]} that have been overwritten")

    def repeat(self, op: Any) -> None:
        """Two turns show whatever a later one would."""
        body = op.regions[0].blocks[0]
        places = [self.place_of[self.tag_of[value]] for value in op.operands]
        tags = [self.tag_of[value] for value in op.operands]
        for _ in range(2):
            self.tag_of.update(zip(body.arguments, tags, strict=True))
            self.play(body)
            yielded = list(list(body.operations)[-1].operation.operands)
            for value in yielded:
                self.read(value, "llm.yield")
            tags = [self.carry(value, place) for value, place in zip(yielded, places, strict=True)]
        self.tag_of.update(zip(op.results, tags, strict=True))

    def carry(self, value: Any, place: tuple[int, int]) -> int:
        """What a turn yields lies in the carried place, or is copied there."""
        if self.place_of[self.tag_of[value]] != place:
            self.put(value, *place, few=self.tag_of[value] in self.few)
        return int(self.tag_of[value])


def _row_bytes(value: Any) -> int:
    kind = ir.RankedTensorType(value.type)
    columns = int(kind.shape[-1])
    size: int = columns + 8 * (columns // 32) if str(kind.element_type) == "i8" else 4 * columns
    return (size + 63) // 64 * 64


def _selected_rows(module: Module, phase: Any) -> int:
    sequences = [attribute(d, "max_sequences") for d in module.ops("plan.deploy") if attribute(d, "model") == attribute(phase, "model")]
    return int(min([attribute(phase, "max_rows", 0), *sequences]))


# ------------------------------------------------------------------------------------------------ placement

TASKS = ("llm.prefill", "llm.decode", "llm.encode", "llm.tool_call", "llm.retrieve_top_k")


def _deploys(module: Module) -> dict[str, dict[str, Any]]:
    return {str(attribute(op, "model")): attributes_of(op) for op in module.ops("plan.deploy")}


def _devices(module: Module) -> dict[str, dict[str, Any]]:
    return {attribute(op, "sym_name"): attributes_of(op) for op in module.ops("plan.device")}


def _placements(module: Module) -> Iterator[str]:
    places = [attributes_of(op) for op in module.ops("plan.place")]
    devices, deploys = _devices(module), _deploys(module)
    threads: dict[tuple[str, str], int] = {}
    for op in module.ops():
        if op.name not in TASKS:
            continue
        name, mine = attribute(op, "name"), [p for p in places if p["task"] == attribute(op, "name")]
        if len(mine) != 1:
            yield f"the task {name} has {len(mine)} places instead of one"
            continue
        place, cores = mine[0], devices[str(mine[0]["device"])]["facts"]["cores"]
        if place["threads"] > cores:
            yield f"the task {name} has {place['threads']} threads on a device of {cores} cores"
        if op.name in TASKS[:3]:
            model = str(attribute(op, "model"))
            if model not in deploys or str(deploys[model]["device"]) != str(place["device"]):
                yield f"the task {name} runs on {place['device']}, where its model {model} is not deployed"
            if threads.setdefault((model, op.name), place["threads"]) != place["threads"]:
                yield f"tasks of one phase of {model} have different numbers of threads"


def _memory(module: Module) -> Iterator[str]:
    """Weights, KV cache and the largest arena of each model fit the device, alone or together with those that share it."""
    by_device: dict[str, float] = {}
    deploys, devices = _deploys(module), _devices(module)
    for model, deploy in deploys.items():
        device = str(deploy["device"])
        size, held = _capacity(module, devices[device]), _held(module, model, deploy)
        by_device[device] = by_device.get(device, 0.0) + held
        if held > size:
            yield f"{model} needs {held:.4g} bytes on each {device}, which has {size:.4g}"
        if deploy["page_tokens"] % 16:
            yield f"{model} has pages of {deploy['page_tokens']} tokens, which is no multiple of 16"
        if deploy["kv_pages"] and deploy["kv_pages"] * deploy["page_tokens"] < deploy.get("context", 0):
            yield f"{model}'s KV cache holds {deploy['kv_pages'] * deploy['page_tokens']} tokens, less than one context of {deploy['context']}"
    for device, held in by_device.items():
        if _shared(device, deploys, devices) and held > _capacity(module, devices[device]):
            yield f"the models on {device} need {held:.4g} bytes together, more than it has"


def _capacity(module: Module, device: dict[str, Any]) -> float:
    """Bytes of the memory that weights live in, or the user's limit."""
    tiers = device["facts"]["memory"]
    large = [tier["size"] for tier in tiers if tier["size"] >= 1e9]
    knobs = module.first("plan.knobs")
    limit = attribute(knobs, "memory_bytes") if knobs is not None else None
    return min(float(large[0] if large else max(tier["size"] for tier in tiers)), float(limit or 1e30))


def _held(module: Module, model: str, deploy: dict[str, Any]) -> float:
    arenas = [attribute(p, "arena_bytes", 0) for p in module.ops("llm.phase") if attribute(p, "model") == model]
    return float(deploy.get("weight_bytes", 0) + deploy.get("kv_bytes", 0) + max(arenas, default=0))


def _count(deploy: dict[str, Any]) -> int:
    return int(deploy.get("tp", 1) * deploy.get("replicas", 1))


def _shared(device: str, deploys: dict[str, dict[str, Any]], devices: dict[str, dict[str, Any]]) -> bool:
    taken = sum(_count(d) for d in deploys.values() if str(d["device"]) == device)
    return bool(devices[device]["facts"]["kind"] == "cpu" or taken > devices[device]["count"])


def _fleet(module: Module) -> Iterator[str]:
    devices = _devices(module)
    for model, deploy in _deploys(module).items():
        device = devices[str(deploy["device"])]
        if _count(deploy) > device["count"]:
            yield f"{model} takes {_count(deploy)} of {device['sym_name']}, of which there are {device['count']}"
        if deploy["threads"] > device["facts"]["cores"]:
            yield f"{model} has {deploy['threads']} threads on a device of {device['facts']['cores']} cores"


def _load(module: Module) -> Iterator[str]:
    """At the workload's rate no device is asked for more than all of its time."""
    workload = module.first("plan.workload")
    rate = attribute(workload, "rate_per_s") if workload is not None else 0.0
    graph = module.first("agent.graph")
    if not rate or graph is None:
        return
    visits = dict(_visits(graph, 1.0))
    models = {attribute(op, "name"): str(attribute(op, "model") or "") for op in module.ops() if op.name in TASKS}
    deploys, devices = _deploys(module), _devices(module)
    busy: dict[tuple[str, str], float] = {}
    for op in module.ops("plan.place"):
        task, device = attribute(op, "task"), str(attribute(op, "device"))
        owner = "" if _shared(device, deploys, devices) else models.get(task, "")
        spent = rate * visits.get(task, 1.0) * attribute(op, "busy_s", 0.0) / attribute(op, "replicas", 1)
        busy[device, owner] = busy.get((device, owner), 0.0) + spent
    for (device, owner), share in busy.items():
        if share > TOLERANCE:
            yield f"{device} would be busy {share:.0%} of the time" + (f" with {owner}" if owner else "")


def _inside(op: Any) -> Iterator[Any]:
    for region in op.regions:
        for block in region.blocks:
            for inner in block.operations:
                yield inner.operation


def _visits(op: Any, times: float) -> Iterator[tuple[str, float]]:
    """How often each task of a graph runs in one request."""
    for inner in _inside(op):
        if inner.name in TASKS:
            yield attribute(inner, "name"), times
        else:
            yield from _visits(inner, times * _weight(inner))


def _weight(op: Any) -> float:
    """How often, on average, the inside of a structure runs."""
    if op.name == "agent.case":
        return float(attribute(op, "probability"))
    if op.name == "agent.loop":
        most = float(attribute(op, "max_iterations") or "inf")
        spec = attribute(op, "iterations")
        return min(max(1.0, Distribution(spec).mean()), most) if spec else most
    spec = attribute(op, "fan_out") if op.name == "agent.map" else None
    return Distribution(spec).mean() if spec else UNKNOWN_ITEMS if op.name == "agent.map" else 1.0


# ------------------------------------------------------------------------------------------------ goals


def _goals(module: Module) -> Iterator[str]:
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
    within = sum(odds for odds, seconds in _scenarios(graph, places, wanted) if seconds <= min(limits) * TOLERANCE)
    if within < wanted - 1e-6:
        yield f"only {within:.1%} of the paths end within {min(limits):.4g} s, instead of {wanted:.1%}"


def _scenarios(graph: Any, places: dict[str, dict[str, Any]], wanted: float) -> Iterator[tuple[float, float]]:
    """Every combination of cases of all branches, with its odds and its seconds."""
    branches = [op for op in _all(graph) if op.name == "agent.branch"]
    options = [[case for case in _inside(branch) if case.name == "agent.case"] for branch in branches]
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
    for inner in _inside(op):
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
