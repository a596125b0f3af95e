"""The space of plans: what one replica may be, and how replicas make a deployment.

A replica is one copy of the model on devices of one kind, or with stages on two (unlike.py). A deployment is one or several pools of equal replicas: all serving whole requests
(aggregated), or some prefilling and the others decoding (disaggregated). Devices of a kind are alike, so a deployment counts them and names none.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product
from typing import Any, NamedTuple

from intarsia.cost_models.serving.memory import layer_shares
from intarsia.cost_models.serving.shapes import Plan, Precision
from intarsia.planner.search.problem import BF16, FCFS, Choices, Draft, Problem, Stock
from intarsia.runtime.scheduler import parameters, policy_class
from intarsia.runtime.scheduler.parameters import Value

ENCODE_ONLY = "encode_only"
Settings = tuple[tuple[str, Value], ...]
"""Parameters of a policy that aren't as it comes, by name."""


class Limit(NamedTuple):
    """Where a limit of an iteration stands: the field of `Replica`, and the values that `Choices` has for it."""

    replica: str
    choices: str


LIMITS = {"max_batch_tokens": Limit("chunk_tokens", "chunks"), "max_sequences": Limit("max_sequences", "batches")}
"""Parameters of every policy that memory and estimates know, too."""
SPEEDS = frozenset({"token_s", "prefill_tokens_per_s"})
"""Parameters that say how fast the devices are: evaluate.py takes them from prices, where the user says nothing."""


@dataclass(frozen=True)
class Span:
    """Successive stages on devices of one kind: as many as `plan.pp` says, with `layers` of the model together."""

    stock: str
    plan: Plan
    layers: int

    @property
    def stages(self) -> tuple[int, ...]:
        """Layers of each stage."""
        return tuple(len(part) for part in layer_shares(self.layers, self.plan.pp))


@dataclass(frozen=True)
class Replica:
    """One copy of the model: on `plan.devices` devices of the kind `stock`, with what its engine is told.

    `settings`: what its policy is told beside the limits of its iterations. `cp` devices of the tensor-parallel group share a sequence's KV cache out (decode context
    parallelism); it takes no devices of its own. With `spans`, its stages lie on several kinds of devices, one span after the other (unlike.py); `stock` then names them all, and
    of `plan` only the number of stages counts.
    """

    stock: str
    plan: Plan
    precision: Precision = BF16
    chunk_tokens: int = 8192
    max_sequences: int = 256
    policy: str = FCFS
    cp: int = 1
    draft: Draft | None = None
    spans: tuple[Span, ...] = ()
    settings: Settings = ()

    @property
    def devices(self) -> int:
        return sum(self.used.values())

    @property
    def used(self) -> dict[str, int]:
        """Devices by kind."""
        spans = [(span.stock, span.plan.devices) for span in self.spans] or [(self.stock, self.plan.devices)]
        return {stock: sum(count for name, count in spans if name == stock) for stock, _ in spans}

    @property
    def groups(self) -> int:
        """Batches that are under way at once: one for each attention group and each stage."""
        return self.plan.dp * self.plan.pp

    @property
    def draft_plan(self) -> Plan:
        """How the draft model lies on an attention group's devices: cut as the model is, which engines do where they aren't told otherwise (vLLM's draft_tensor_parallel_size,
        SGLang's draft worker); whole on each where its heads can't be cut so."""
        assert self.draft is not None
        heads, kv, tp = self.draft.config.heads, self.draft.config.kv_heads, self.plan.tp
        return Plan(tp) if heads % tp == 0 and (kv % tp == 0 or tp % kv == 0) else Plan()

    def value(self, name: str, default: Any) -> Any:
        """What its policy is told of one parameter."""
        return getattr(self, LIMITS[name].replica) if name in LIMITS else dict(self.settings).get(name, default)

    def told(self, name: str, value: Value) -> Replica:
        """The same with another value of one parameter of its policy."""
        if name in LIMITS:
            limit: dict[str, Any] = {LIMITS[name].replica: value}
            return replace(self, **limit)
        return replace(self, settings=tuple(sorted({**dict(self.settings), name: value}.items())))

    def under(self, policy: str, choices: Choices) -> Replica:
        """The same under another policy, with what the user says of its parameters."""
        return replace(self, policy=policy, settings=given(choices, policy))

    @property
    def make(self) -> str:
        """Which devices it takes, and how it is laid out on them."""
        made = " then ".join(f"{span.stock} {_sizes(span.plan)} with {span.layers} layers" for span in self.spans) or f"{self.stock} {_sizes(self.plan)}"
        return made + (f" CP{self.cp}" if self.cp > 1 else "")

    def __str__(self) -> str:
        weights, experts = self.precision.weights, self.precision.experts
        precision = f"{weights}{f'/{experts}' if experts and experts != weights else ''}, KV {self.precision.kv}"
        draft = f", drafts of {self.draft.tokens}" if self.draft else ""
        policy = "" if self.policy == FCFS else f", {self.policy}"
        policy += "".join(f", {name} {value}" for name, value in self.settings)
        return f"{self.make} ({precision}; {self.chunk_tokens} tokens a step, {self.max_sequences} sequences{policy}{draft})"


def _sizes(plan: Plan) -> str:
    return " ".join(f"{name.upper()}{getattr(plan, name)}" for name in ("tp", "pp", "dp", "ep") if getattr(plan, name) > 1 or name == "tp")


@dataclass(frozen=True)
class Pool:
    """`count` equal replicas in one role: serve, prefill, decode, or encode (images, and nothing else)."""

    role: str
    replica: Replica
    count: int

    @property
    def devices(self) -> int:
        return self.count * self.replica.devices

    def __str__(self) -> str:
        if self.role == "encode":
            return f"encode {self.count} x {self.replica.stock}"
        return f"{self.count} x {self.replica}" if self.role == "serve" else f"{self.role} {self.count} x {self.replica}"


@dataclass(frozen=True)
class Deployment:
    """Pools that together serve the requests, which a `router` shares out (empty: as `evaluate.py` chooses)."""

    pools: tuple[Pool, ...]
    router: str = ""

    @property
    def mode(self) -> str:
        return "aggregated" if all(pool.role == "serve" for pool in self.pools) else "disaggregated"

    @property
    def devices(self) -> int:
        return sum(pool.devices for pool in self.pools)

    @property
    def used(self) -> dict[str, int]:
        """Devices by kind."""
        found: dict[str, int] = {}
        for pool in self.pools:
            for stock, count in pool.replica.used.items():
                found[stock] = found.get(stock, 0) + pool.count * count
        return found

    def usd_per_h(self, problem: Problem) -> float:
        return sum(count * problem.stock[name].usd_per_h for name, count in self.used.items())

    def watts(self, problem: Problem) -> float:
        """All devices at full draw."""
        return sum(count * problem.stock[name].device.watts for name, count in self.used.items())

    def __str__(self) -> str:
        return " + ".join(str(pool) for pool in self.pools) + (f", routed {self.router}" if self.router else "")


def given(choices: Choices, policy: str) -> Settings:
    """What the user says of a policy's parameters: the first of the values that were named."""
    has = {each.name for each in parameters(policy_class(policy))}
    return tuple(sorted((name, values[0]) for name, values in choices.parameters if name in has))


def layouts(problem: Problem, stock: Stock) -> Iterator[Replica]:
    """Every way to lay one replica out on devices of `stock`, legal or not, with the first of the batching parameters: the rules judge these."""
    choices = problem.choices
    for plan, precision, cp, draft in product(_plans(problem, stock), choices.precisions, choices.context_parallel, choices.drafts):
        yield Replica(stock.name, plan, precision, min(choices.chunks), min(choices.batches), cp=cp, draft=draft).under(choices.policies[0], choices)


def _plans(problem: Problem, stock: Stock) -> Iterator[Plan]:
    """Sizes up to a node (tp), to `most_stages` (pp) and to the fleet (dp); ep over every divisor of the stage's devices. Attention groups are tried in powers of two."""
    room = stock.count
    for tp in range(1, min(stock.node, room) + 1):
        for pp in range(1, min(problem.choices.most_stages, problem.config.layers, room) + 1):
            for dp in _powers(max(1, room // tp // pp) if problem.config.experts else 1):
                stage = tp * dp
                for ep in [size for size in range(1, stage + 1) if stage % size == 0] if problem.config.experts else [1]:
                    yield Plan(tp, pp, dp, ep)


def encoder_of(replica: Replica) -> Replica:
    """One device of the same kind that does nothing but encode images."""
    return Replica(replica.stock, Plan(), replica.precision, replica.chunk_tokens, replica.max_sequences, ENCODE_ONLY)


def _powers(most: int) -> list[int]:
    return [1 << bit for bit in range(most.bit_length())]


def batchings(problem: Problem, replica: Replica) -> Iterator[Replica]:
    """The replica with every setting of its batching policy; layouts have the first, others, which no estimate tells apart, are tried on the best plans (`vary.py`)."""
    for chunk, batch in product(problem.choices.chunks, problem.choices.batches):
        yield replace(replica, chunk_tokens=chunk, max_sequences=batch)
