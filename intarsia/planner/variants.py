"""The ways each model could be served, with what is predicted of each: the columns of the integer program."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property

from intarsia.cost_models import rates, tasks
from intarsia.cost_models.cost import Cost, Setup, Step, StepCosts, total
from intarsia.cost_models.devices.this_machine import thread_counts
from intarsia.cost_models.phases import PhaseCosts
from intarsia.errors import InfeasibleError
from intarsia.ir.model import ModelConfig
from intarsia.ir.weights import EIGHT_BITS
from intarsia.planner import policy
from intarsia.planner.facts import Facts, Fleet, Task, Wishes
from intarsia.planner.memory.tiers import streaming
from intarsia.planner.policy import Load, Policy


@dataclass(frozen=True)
class ModelFacts:
    """What a model brings: sizes, costs by precision, and stored dtypes of its matrices.

    `row_bytes`: arena bytes by (precision, phase), for a row and for a row of those selected for logits.
    """

    name: str
    config: ModelConfig
    costs: dict[str, StepCosts]
    dtypes: frozenset[str]
    row_bytes: dict[tuple[str, str], tuple[float, float]] = field(default_factory=dict)

    def arena(self, precision: str, chosen: Policy) -> float:
        """Bytes that the largest arena of its phases needs at most; only one runs at a time."""
        rows = {"decode": chosen.max_sequences}
        each = [
            per_row * rows.get(phase, chosen.max_batch_tokens) + per_selected * chosen.max_sequences
            for (p, phase), (per_row, per_selected) in self.row_bytes.items() if p == precision
        ]  # fmt: skip
        return max(each, default=0.0)


@dataclass(frozen=True)
class Variant:
    """One way to serve a model: `tp` devices of `fleet` together, `replicas` times."""

    model: ModelFacts
    fleet: Fleet
    precision: str
    tp: int
    replicas: int
    kv_dtype: str
    policy: Policy
    batch: float

    @property
    def name(self) -> str:
        """As it stands in the integer program: device, precision, and TP and replicas where there are several."""
        tail = (f"_tp{self.tp}" if self.tp > 1 else "") + (f"_x{self.replicas}" if self.replicas > 1 else "")
        return f"{self.fleet.symbol}_{self.precision}{tail}"

    @property
    def costs(self) -> StepCosts:
        return self.model.costs[self.precision]

    @property
    def devices(self) -> int:
        return self.tp * self.replicas

    def setup(self, threads: int) -> Setup:
        return Setup(self.fleet.device, threads, self.precision, self.kv_dtype, self.tp)

    @cached_property
    def weight_bytes(self) -> float:
        """On each device."""
        return self.costs.weight_bytes(self.precision) / self.tp

    @cached_property
    def least_bytes(self) -> float:
        """Bytes on each device without which the variant can't run: weights, arena, one longest context of KV cache."""
        one = policy.pages_for(self.policy.context, self.policy.page_tokens) * self.policy.page_tokens if self.policy.kv_pages else 0
        return self.weight_bytes + self.model.arena(self.precision, self.policy) + one * policy.kv_bytes_per_token(self.model.config, self.setup(1))

    @property
    def kv_bytes(self) -> float:
        """On each device, as the policy has it."""
        return self.policy.kv_pages * self.policy.page_tokens * policy.kv_bytes_per_token(self.model.config, self.setup(1))


@dataclass(frozen=True)
class Run:
    """A task on a variant with so many threads, or a tool on a device (`variant` None): what one run of it is predicted to take.

    `high_s` is at the goals' quantile; `step_s` the seconds of the first token (prefill) or of each (decode); `busy_s` the
    seconds it takes of the device when that is full of requests; `cost` and `dollars` are those of one run.
    """

    task: Task
    fleet: Fleet
    threads: int
    variant: Variant | None
    seconds: float
    high_s: float
    step_s: float
    busy_s: float
    cost: Cost
    dollars: float

    @property
    def name(self) -> str:
        tail = f"_{self.variant.name.removeprefix(self.fleet.symbol + '_')}" if self.variant else ""
        return f"{self.task.name}__{self.fleet.symbol}_{self.threads}t{tail}"


def usable_bytes(fleet: Fleet, wishes: Wishes) -> float:
    """Bytes of each device that plans may use."""
    size = fleet.device.main_memory.size * policy.MEMORY_SHARE[policy.device_class(fleet.device.kind)]
    return min(size, float(wishes.memory_bytes)) if wishes.memory_bytes else size


def thread_options(fleet: Fleet, wishes: Wishes) -> list[int]:
    """Threads worth weighing: as wished, else powers of two and all cores; a GPU has one queue."""
    if fleet.device.kind != "cpu":
        return [1]
    return [min(wishes.threads, fleet.device.cores)] if wishes.threads else thread_counts(fleet.device.cores)


def variants(model: ModelFacts, facts: Facts, *, single: bool = False) -> list[Variant]:
    """Every way to serve `model` on the fleet, memory aside; `single`: one replica of each. Raises InfeasibleError where no device offers a precision asked for."""
    found = [
        _variant(model, facts, fleet, precision, tp, replicas)
        for fleet in facts.fleet
        for precision in precisions(model, fleet, facts.wishes)
        for tp in tensor_parallel(model.config, fleet)
        for replicas in ([1] if single else replica_counts(fleet, tp))
    ]
    if not found:
        raise InfeasibleError(f"no device of the fleet runs {model.name} with the precision {facts.wishes.precision}", mend=_instead(model, facts))
    return found


def _instead(model: ModelFacts, facts: Facts) -> str:
    """What to ask for where no device has the precision that was wished."""
    if facts.wishes.precision in EIGHT_BITS:
        nearest = "w-a32" if all(fleet.device.kind == "cpu" for fleet in facts.fleet) else "w-a16"
        without = ", ".join(dict.fromkeys(fleet.device.name for fleet in facts.fleet))
        return f"{without} multiplies no 8-bit floats: nearest there is {nearest}; {facts.wishes.precision} runs on GPUs such as H100-SXM, H200 and B200"
    return f"its weights are {', '.join(sorted(model.dtypes))}; w-a8 needs quantised weights, w-a16 a GPU, w-a32 and f32 a CPU"


def precisions(model: ModelFacts, fleet: Fleet, wishes: Wishes) -> list[str]:
    """Precisions on offer on a device, the wish alone where there is one."""
    quantised = bool(model.dtypes & set(rates.QUANTISED))
    if fleet.device.kind == "cpu":
        offered = (["w-a8"] if quantised else []) + ["w-a32"] + (["f32"] if model.dtypes - {"f32"} else [])
        widened = wishes.precision == "f32" and "f32" not in offered
        return ["f32"] if widened else [p for p in offered if wishes.precision in (None, p)]
    if wishes.precision in EIGHT_BITS:  # asked for only: it rounds weights that were stored wider
        return [wishes.precision] if "f8" in fleet.device.flops and fleet.device.kind == "gpu" else []
    offered = (["w-a8"] if model.dtypes & {"f8e4m3", "int8", "q8_0"} else []) + ["w-a16"]
    return [p for p in offered if wishes.precision in (None, p)]


def tensor_parallel(config: ModelConfig, fleet: Fleet) -> list[int]:
    """Powers of two that divide the heads, up to the number of devices with a link between them."""
    if fleet.device.kind == "cpu" or config.family == "torch":
        return [1]
    return [tp for tp in (1, 2, 4, 8) if tp <= fleet.count and config.heads % tp == 0]


def replica_counts(fleet: Fleet, tp: int) -> list[int]:
    """Powers of two, and as many replicas of `tp` devices as the fleet holds."""
    most = fleet.count // tp
    return sorted({1 << i for i in range(most.bit_length()) if 1 << i <= most} | {most})


def load_of(model: ModelFacts, facts: Facts) -> Load:
    """The typical request to a model, over all tasks that use it, weighted by how often they run."""
    own = facts.tasks_of(model.name)
    weight = sum(t.visits for t in own) or 1.0
    prompts = [t for t in own if t.phase != "decode"] or own
    decodes = [t for t in own if t.phase == "decode"]
    each = sum(t.visits for t in prompts) or 1.0
    prompt = sum(t.visits * t.prompt.mean for t in prompts) / each if weight else 1.0
    output = sum(t.visits * t.output.mean for t in decodes) / (sum(t.visits for t in decodes) or 1.0)
    longest = max((t.prompt.high + t.output.high for t in own), default=0.0)
    return Load(max(prompt, 1.0), max(output, 1.0), longest, facts.wishes.max_sequences or facts.concurrency, facts.goals.tpot_s)


def _variant(model: ModelFacts, facts: Facts, fleet: Fleet, precision: str, tp: int, replicas: int) -> Variant:
    load, kv_dtype = load_of(model, facts), facts.wishes.kv_dtype or "f16"
    setup = Setup(fleet.device, max(thread_options(fleet, facts.wishes)), precision, kv_dtype, tp)
    costs = model.costs[precision]
    if model.config.family != "decoder":
        chosen = policy.encoder(setup, model.config, load)
        return Variant(model, fleet, precision, tp, replicas, kv_dtype, chosen, 1.0)
    context = policy.context_tokens(model.config, facts.wishes.context, load.longest)
    free = usable_bytes(fleet, facts.wishes) - costs.weight_bytes(precision) / tp
    chosen = policy.decoder(costs, setup, model.config, load, context, free)
    made = Variant(model, fleet, precision, tp, replicas, kv_dtype, chosen, _usual_batch(costs, setup, load, chosen, facts, replicas))
    return _streamed(made, facts) if made.least_bytes > usable_bytes(fleet, facts.wishes) else made


def _streamed(variant: Variant, facts: Facts) -> Variant:
    """A variant that memory has no room for, with layers that come from the disk in every step; itself where that doesn't help either."""
    costs, setup, load = variant.costs, variant.setup(max(thread_options(variant.fleet, facts.wishes))), load_of(variant.model, facts)
    if variant.fleet.device.kind != "cpu" or not isinstance(costs, PhaseCosts) or "decode" not in costs.phases:
        return variant
    step = Step(variant.batch, variant.batch, load.prompt + load.output / 2, variant.batch)
    others = variant.least_bytes - variant.weight_bytes
    try:
        streamed = streaming.fit(costs, setup, step, policy.angle_bytes(variant.model.config, variant.policy), usable_bytes(variant.fleet, facts.wishes) - others)
    except InfeasibleError:
        return variant
    return replace(variant, model=replace(variant.model, costs=variant.model.costs | {variant.precision: streamed}))


def _usual_batch(costs: StepCosts, setup: Setup, load: Load, chosen: Policy, facts: Facts, replicas: int) -> float:
    """Sequences decoded together in normal operation.

    All that fit where throughput counts, or energy or money without a rate. With a rate: by Little's law, the arrivals
    during one request's generation. Else one, or the workload's concurrency.
    """
    most = float(chosen.max_sequences)
    if facts.wishes.objective == "throughput" or (facts.wishes.objective != "latency" and not facts.rate_per_s):
        return most
    if not facts.rate_per_s:
        return min(most, max(1.0, facts.concurrency / replicas))
    batch = 1.0
    for _ in range(20):
        seconds = tasks.decode(costs, setup, load.prompt, load.output, batch).seconds
        batch = min(most, max(1.0, facts.rate_per_s / replicas * seconds))
    return batch


def runs(task: Task, facts: Facts, found: list[Variant]) -> Iterator[Run]:
    """Every way to run a task."""
    if task.model is None:
        hosts = [f for f in facts.fleet if f.device.kind == "cpu"] or list(facts.fleet)
        yield from (tool_run(task, fleet) for fleet in hosts)
        return
    for variant in found:
        for threads in thread_options(variant.fleet, facts.wishes):
            yield run_of(task, variant, threads)


def tool_run(task: Task, fleet: Fleet) -> Run:
    """A tool or a search on a host: its own latency, what its formulas say, and Python around it. Elsewhere than on a CPU only the latency counts."""
    setup = Setup(fleet.device)
    formulas = tasks.task_cost(task.resources, setup, batch=1.0, prompt=0.0, context=0.0, output=0.0, arguments=tasks.ARGUMENT_BYTES)
    counted = formulas if formulas.flops + formulas.bytes else Cost(source="nothing known of the tool's latency" if not task.latency.mean else "")
    here = total([counted, tasks.own_work(task.work, setup), tasks.host_cost(task.op, task.passages, fleet.device)]) if fleet.device.kind == "cpu" else Cost()
    waits = [Cost(task.latency.mean, bound="latency", source="latency distribution")] if task.latency.mean else []
    cost = total([here, *waits])
    spent = tasks.dollars(setup, here.seconds, here.joules)
    return Run(task, fleet, 1, None, cost.seconds, here.seconds + task.latency.high, 0.0, here.seconds, cost, spent)


def run_of(task: Task, variant: Variant, threads: int) -> Run:
    """A task of a model on one of its variants."""
    setup, chunk, batch = variant.setup(threads), variant.policy.max_batch_tokens, variant.batch
    if task.phase == "decode":
        cost = tasks.decode(variant.costs, setup, task.prompt.mean, task.output.mean, batch)
        high = tasks.decode(variant.costs, setup, task.prompt.high, task.output.high, batch).seconds
        step = tasks.decode_step(variant.costs, setup, task.prompt.high + task.output.high / 2, batch).seconds
        full = variant.policy.max_sequences
        busy = tasks.decode(variant.costs, setup, task.prompt.mean, task.output.mean, full).seconds / full
        held = cost.seconds / batch
    else:
        phase = task.phase or "encode"
        cost = tasks.prefill(variant.costs, setup, task.prompt.mean, chunk, phase)
        high = tasks.prefill(variant.costs, setup, task.prompt.high, chunk, phase).seconds
        step, busy, held = high, cost.seconds, cost.seconds
    share = threads / variant.fleet.device.cores if variant.fleet.device.kind == "cpu" else 1.0
    return Run(task, variant.fleet, threads, variant, cost.seconds, high, step, busy * share, cost, tasks.dollars(setup, held * share, cost.joules))


def utilisation(run: Run, rate_per_s: float) -> float:
    """The share of its devices' time that a task takes at a rate of requests."""
    replicas = run.variant.replicas if run.variant else run.fleet.count
    return rate_per_s * run.task.visits * run.busy_s / replicas


def finite(value: float) -> float:
    """IR attributes and JSON hold no infinity."""
    return value if math.isfinite(value) else 0.0
