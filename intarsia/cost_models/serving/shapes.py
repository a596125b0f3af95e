"""What is served, and what a step of it works on: parallel plan, types, sequences; and how an operator of a step is named (`step_ops.py` gives them).

>>> step_ops(config, Plan(tp=8), Precision("f8", kv="f8"), Step(decode=(Batch(64, 2048),)))
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields

from intarsia.cost_models.dtypes import DTYPES
from intarsia.cost_models.ops import Number, Op
from intarsia.errors import InputError
from intarsia.ir.model import ModelConfig

KV_DTYPES = ("bf16", "f16", "f8", "int8")
LOGIT_BYTES = 4
"""Logits of words and of experts are f32."""


@dataclass(frozen=True)
class Launch:
    """`count` equal launches of an operator in a step; `label` says which of the model's it is."""

    label: str
    count: int
    op: Op


@dataclass(frozen=True)
class Plan:
    """`tp` devices share each attention, `dp` groups of them hold different sequences, `pp` stages share the layers.

    The experts lie on all tp x dp devices: `ep` groups hold different ones, and each is split over tp x dp / ep devices.
    `node` devices are joined by a fast link (0: all of them); what a stage on more than those exchanges goes over the network between nodes.
    """

    tp: int = 1
    pp: int = 1
    dp: int = 1
    ep: int = 1
    node: int = 0

    def __post_init__(self) -> None:
        for f in fields(self):
            if getattr(self, f.name) < (f.name != "node"):
                raise InputError(f"plan.{f.name} must be at least 1, found {getattr(self, f.name)}")
        if self.tp * self.dp % self.ep:
            raise InputError(f"plan.ep ({self.ep}) must divide tp x dp ({self.tp} x {self.dp})", mend="share the experts out over a divisor of the devices")

    @property
    def stage_devices(self) -> int:
        return self.tp * self.dp

    @property
    def devices(self) -> int:
        return self.stage_devices * self.pp

    @property
    def per_node(self) -> int:
        """Devices of a stage in each node where it lies on several, else 0."""
        return self.node if 0 < self.node < self.stage_devices else 0

    @property
    def expert_tp(self) -> int:
        """Devices that split one expert."""
        return self.stage_devices // self.ep


@dataclass(frozen=True)
class Precision:
    """Types of matrices (`weights`), of the experts' matrices (`experts`; empty: the same), of attention's projections (`attention`), the output head and the KV cache.

    All are names of `dtypes.DTYPES`. Embeddings and router are bf16. `rows` says how the rows that f8 and f4 weights multiply are brought to their type:
    "fused" into the kernel before, by one "apart", or by several that also have "found" a scale. `kernel` is that of `ops.Experts`.
    """

    weights: str = "bf16"
    kv: str = "bf16"
    experts: str = ""
    attention: str = ""
    head: str = "bf16"
    rows: str = "apart"
    kernel: str = ""

    def __post_init__(self) -> None:
        choices_of = (
            ("weights", DTYPES), ("kv", KV_DTYPES), ("experts", ("", *DTYPES)), ("attention", ("", *DTYPES)), ("head", DTYPES), ("rows", ("fused", "apart", "found")),
        )  # fmt: skip
        for name, choices in choices_of:
            if getattr(self, name) not in choices:
                raise InputError(f"precision.{name} is {getattr(self, name)!r}", mend=f"choose one of {', '.join(c for c in choices if c)}")

    @property
    def expert_weights(self) -> str:
        return self.experts or self.weights

    @property
    def attention_weights(self) -> str:
        return self.attention or self.weights


@dataclass(frozen=True)
class Batch:
    """`sequences` that each add `rows` tokens (one, and those that were drafted), with `context` tokens in the cache, these included (their mean)."""

    sequences: Number
    context: Number
    rows: float = 1.0


@dataclass(frozen=True)
class Chunk:
    """`tokens` new tokens of each of `sequences` prompts, `context` tokens of it done before; `last` when the chunk ends the prompt."""

    tokens: Number
    context: Number = 0.0
    sequences: Number = 1.0
    last: bool = True


@dataclass(frozen=True)
class Step:
    """What one attention group (one of plan.dp) does in a step; prefills and decodes may stand together. Arrays stand for many steps at once."""

    prefill: tuple[Chunk, ...] = ()
    decode: tuple[Batch, ...] = ()
    skew: float = 0.0

    @property
    def tokens(self) -> Number:
        return sum(c.tokens * c.sequences for c in self.prefill) + sum(b.sequences * b.rows for b in self.decode)

    @property
    def sequences(self) -> Number:
        """Those that a step works on."""
        return sum(c.sequences for c in self.prefill) + sum(b.sequences for b in self.decode)

    @property
    def logit_rows(self) -> Number:
        return sum(c.sequences for c in self.prefill if c.last) + sum(b.sequences * b.rows for b in self.decode)


@dataclass(frozen=True)
class Part:
    """A model's part of a device: what every operator of a step needs."""

    config: ModelConfig
    plan: Plan
    precision: Precision
    step: Step
    rows: Number = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "rows", self.step.tokens)

    @property
    def heads(self) -> int:
        return self.config.heads // self.plan.tp

    @property
    def kv_heads(self) -> int:
        """Those of one device: where there are fewer than devices, each is held several times."""
        return max(1, self.config.kv_heads // self.plan.tp)
