"""`plan.json`: a plan for other programs to read. Its schema is published as docs/plan-schema.json, explained in docs/plan-json.md.

All figures are in SI units. `schema` grows by one with every change that could break a reader.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Literal, TypeVar

import msgspec

import intarsia
from intarsia.errors import InputError
from intarsia.ir.device import Device as Facts
from intarsia.ir.module import Module, attribute, attributes_of

SCHEMA = 2
READS = (1, SCHEMA)
"""2 added `tiers`; a plan of 1 has none."""
T = TypeVar("T")


class Record(msgspec.Struct):
    """Base of all parts; a reader ignores fields that it does not know."""


class Device(Record):
    """`count` devices of one kind. `sources` says where each figure comes from."""

    name: str
    device: str
    kind: str
    count: int
    cores: int
    memory_bytes: float
    bandwidth_bytes_per_s: float
    flops: dict[str, float]
    watts: float = 0.0
    rent_usd_per_h: float = 0.0
    price_usd: float = 0.0
    sources: dict[str, str] = {}


class Deployment(Record):
    """How a model is served: `tp` devices together, `replicas` times. Bytes are those of each device. `parameters`: what the policy is told beside its limits."""

    model: str
    device: str
    precision: str
    threads: int
    policy: str
    max_batch_tokens: int
    max_sequences: int
    page_tokens: int
    kv_pages: int
    kv_dtype: str
    context: int = 0
    weight_bytes: int = 0
    kv_bytes: int = 0
    replicas: int = 1
    tp: int = 1
    parameters: dict[str, bool | int | float] = {}


class Placement(Record):
    """Where a task runs and what one run is predicted to take: on average, at the goals' percentile (`high_s`), to the first or
    to each token (`step_s`), and of a device full of requests (`busy_s`); `error_band` is the relative standard error."""

    task: str
    device: str
    threads: int
    replicas: int = 1
    model: str = ""
    phase: str = ""
    seconds: float = 0.0
    high_s: float = 0.0
    step_s: float = 0.0
    busy_s: float = 0.0
    joules: float = 0.0
    dollars: float = 0.0
    bound: str = ""
    source: str = ""
    error_band: float = 0.0


class Operator(Record):
    """One operator of a phase in a typical step: `count` launches of `seconds` each."""

    op: str
    name: str
    count: int
    seconds: float
    flops: float = 0.0
    bytes: float = 0.0
    bound: str = ""
    source: str = ""


class Estimate(Record):
    """Predictions for a phase (`MODEL_PHASE`), a model, or the `agent`."""

    metrics: dict[str, float]
    source: str = ""
    operators: list[Operator] = []


class Buffer(Record):
    """Bytes [offset, offset + bytes) of an arena, alive for operators [lower, upper). `shares` names the buffer whose place it takes."""

    name: str
    offset: int
    bytes: int
    lower: int
    upper: int
    shares: str = ""


class Arena(Record):
    """The temporaries of one phase. `bound` is the least any arrangement could need."""

    phase: str
    bytes: int
    bound: int
    buffers: list[Buffer]
    method: str = ""


class Tier(Record):
    """Where `data` of a model lives: `bytes` of it, of each of `count` layers from `first` on where it is told by layer, as `shares` by memory.

    With a `window` the part of a layer beyond its `resident` bytes comes from a slower memory for every step, in the order of layers, at `bandwidth` bytes/s,
    while the layers before it run; the parts on their way never take more than the window.
    """

    model: str
    data: Literal["weights", "kv", "activations", "experts"]
    bytes: int
    shares: dict[str, float]
    first: int = 0
    count: int = 0
    resident: int = 0
    window: int = 0
    bandwidth: float = 0.0


class Alternative(Record):
    """A plan that was weighed; rank 1 is the chosen one. Metrics are the agent's, and each model's own as `MODEL.METRIC`."""

    rank: int
    choices: dict[str, str]
    metrics: dict[str, float]
    why: str = ""


class Solver(Record):
    """What the integer program's solver did; `gap` is relative, zero for a proven optimum."""

    name: str
    objective: float
    bound: float
    gap: float
    seconds: float
    variables: int
    constraints: int


class Plan(Record):
    """A whole plan."""

    schema: int
    intarsia: str
    objective: str
    devices: list[Device]
    deployments: list[Deployment]
    placements: list[Placement]
    estimates: dict[str, Estimate]
    arenas: list[Arena]
    alternatives: list[Alternative]
    solver: Solver | None = None
    goals: dict[str, float] = {}
    workload: dict[str, Any] = {}
    tiers: list[Tier] = []


def from_module(module: Module) -> Plan:
    """The plan that a module of stage plan or pipe holds."""
    return Plan(
        SCHEMA, intarsia.__version__, _objective(module),
        [_device(attributes_of(op)) for op in module.ops("plan.device")],
        [_convert(op, Deployment) for op in module.ops("plan.deploy")],
        [_placement(module, attributes_of(op)) for op in module.ops("plan.place")],
        {attribute(op, "subject"): _convert(op, Estimate) for op in module.ops("plan.estimate") if attribute(op, "subject") != "solver"},
        [_convert(op, Arena) for op in module.ops("plan.arena")],
        sorted((_convert(op, Alternative) for op in module.ops("plan.alternative")), key=lambda a: a.rank),
        _solver(module), _facts(module, "plan.slo"), _facts(module, "plan.workload"), list(_tiers(module)),
    )  # fmt: skip


def encode(plan: Plan) -> bytes:
    """As indented JSON, `schema` included whatever its value."""
    return msgspec.json.format(msgspec.json.encode(plan), indent=2) + b"\n"


def decode(text: bytes | str) -> Plan:
    """A plan from its JSON. Raises InputError for text that is no plan, or one of another schema."""
    try:
        plan = msgspec.json.decode(text, type=Plan)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise InputError(f"this is no plan.json: {error}") from None
    if plan.schema not in READS:
        raise InputError(f"the plan has schema {plan.schema}, this version reads {' and '.join(map(str, READS))}", mend="plan again with this version")
    return plan


def schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of plan.json."""
    made = msgspec.json.schema(Plan)
    made["$defs"]["Plan"]["properties"]["schema"] = {"const": SCHEMA}
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **made}


def schema_text() -> str:
    """The schema as it is published in docs/plan-schema.json."""
    return json.dumps(schema(), indent=2) + "\n"


def _convert(op: Any, kind: type[T]) -> T:
    """An operation's attributes as a record."""
    return msgspec.convert(_plain(attributes_of(op)), kind)


def _plain(value: Any) -> Any:
    """Symbols as plain text."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return str(value) if isinstance(value, str) else value


def _objective(module: Module) -> str:
    knobs = module.first("plan.knobs")
    return str(attribute(knobs, "objective", "latency")) if knobs is not None else "latency"


def _device(found: dict[str, Any]) -> Device:
    facts = Facts.from_dict(found["facts"])
    memory = facts.main_memory
    return Device(
        found["sym_name"], facts.name, facts.kind, found["count"], facts.cores, memory.size, memory.bandwidth, facts.flops,
        facts.watts, facts.rent_usd_per_h, facts.price_usd, facts.sources,
    )  # fmt: skip


def _placement(module: Module, found: dict[str, Any]) -> Placement:
    task = next((op for op in module.ops() if "resources" in op.attributes and attribute(op, "name") == found["task"]), None)
    model = attribute(task, "model") if task is not None else None
    phase = {"llm.prefill": "prefill", "llm.decode": "decode", "llm.encode": "encode"}.get(task.name, "") if task is not None else ""
    return msgspec.convert(_plain(found | {"model": str(model or ""), "phase": phase}), Placement)


def _tiers(module: Module) -> Iterator[Tier]:
    """What is told layer by layer, then the rest of each model's bytes, which lie in the main memory of its device."""
    told = [_convert(op, Tier) for op in module.ops("plan.tier")]
    yield from told
    memories = {found["sym_name"]: Facts.from_dict(found["facts"]).main_memory.name for found in map(attributes_of, module.ops("plan.device"))}
    for deploy in (_convert(op, Deployment) for op in module.ops("plan.deploy")):
        here = [tier for tier in told if (tier.model, tier.data) == (deploy.model, "weights")]
        layers = sum(tier.count * tier.resident for tier in here) + max((tier.window for tier in here), default=0)
        arenas = [attribute(op, "bytes") for op in module.ops("plan.arena") if attribute(op, "phase").rpartition("_")[0] == deploy.model]
        for data, size in (("weights", deploy.weight_bytes - layers), ("kv", deploy.kv_bytes), ("activations", max(arenas, default=0))):
            if size > 0:
                yield msgspec.convert({"model": deploy.model, "data": data, "bytes": size, "shares": {memories.get(deploy.device, "memory"): 1.0}}, Tier)


def _solver(module: Module) -> Solver | None:
    for op in module.ops("plan.estimate"):
        if attribute(op, "subject") == "solver":
            return msgspec.convert({"name": attribute(op, "source", "")} | attribute(op, "metrics"), Solver, strict=False)
    return None


def _facts(module: Module, name: str) -> dict[str, Any]:
    op = module.first(name)
    return _plain(attributes_of(op)) if op is not None else {}  # type: ignore[no-any-return]
