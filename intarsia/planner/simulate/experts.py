"""What policies on experts make of a step's time: Janus for experts on devices of their own, HybriMoE for experts between GPU and CPU.

Both decide on the experts that a batch activates, which no step table knows. So batches of several sizes are drawn from a popularity (rank ** -skew, as in
cost_models/routing.py; the same seed draws the same), the policy decides on each, and the table's curve of experts follows what that takes on average.
The simulator then runs such a table as any other: attention apart from experts is a replica whose devices are of two kinds.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from intarsia.cost_models import dtypes
from intarsia.cost_models.serving.expert_pool import attention_and_experts
from intarsia.cost_models.serving.shapes import Precision
from intarsia.cost_models.serving.steady import System
from intarsia.cost_models.serving.step_table import SECONDS, StepTable, row_nodes_of
from intarsia.errors import InfeasibleError, InputError
from intarsia.ir.device import Device
from intarsia.ir.model import ModelConfig
from intarsia.runtime.scheduler.hybrimoe import ExpertCache, HybriMoe, Shared, Speeds
from intarsia.runtime.scheduler.janus import Janus, Pools

DRAWS, STEPS, MOST_TOKENS = 8, 24, 1024
"""Batches of each size that Janus is asked about, steps that HybriMoE's cache is followed for (the first half of them warm it up), and tokens of a batch at most: more activate
no more experts."""
MATRICES = 3
"""Of a gated expert."""


@dataclass(frozen=True)
class Routing:
    """Tokens draw `top_k` different ones of `experts`, popular ones more often."""

    experts: int
    top_k: int
    skew: float = 0.0
    seed: int = 0

    @staticmethod
    def of(config: ModelConfig, skew: float, seed: int = 0) -> Routing:
        """Raises InputError for a model without experts."""
        if not config.experts:
            raise InputError("the model has no experts to decide on", mend="give a mixture-of-experts model")
        return Routing(config.experts, config.top_k, skew, seed)

    def batches(self, rows: int, count: int) -> Iterator[NDArray[np.int64]]:
        """How many of `rows` tokens each expert gets, `count` times (Gumbel's top-k: draws without replacement by popularity)."""
        yield from _drawn(self, rows, count)

    def activity(self, rows: int) -> list[float]:
        """How often a batch activates each expert."""
        return np.mean([counts > 0 for counts in self.batches(rows, DRAWS)], axis=0).tolist()


@lru_cache(4096)
def _drawn(routing: Routing, rows: int, count: int) -> list[NDArray[np.int64]]:
    """Of one model, tables of many sizes ask for the same batches."""
    rng, found = np.random.default_rng((routing.seed, rows)), []
    weights = -routing.skew * np.log(np.arange(1, routing.experts + 1))
    for _ in range(count):
        keys = weights + rng.gumbel(size=(rows, routing.experts))
        drawn = np.argpartition(-keys, routing.top_k - 1, axis=1)[:, : routing.top_k]
        found.append(np.bincount(drawn.ravel(), minlength=routing.experts))
    return found


def janus_table(
    attention: System, experts: System, policy: Janus, *, bandwidth: float, latency_s: float = 1e-5, micro: int = 3, skew: float = 0.0, seed: int = 0,
) -> StepTable:  # fmt: skip
    """Attention apart from experts (`attention_and_experts`) where Janus runs the experts: the fullest instance sets their time by how many different ones it runs.

    The curve counts the busiest of instances that hold each expert once; it shrinks by how many fewer the fullest runs under the policy. Raises InputError
    where the instances' slots don't hold all experts.
    """
    table = attention_and_experts(attention, experts, bandwidth=bandwidth, latency_s=latency_s, micro=micro, skew=skew)
    instances, routing = experts.plan.ep, Routing.of(attention.config, skew, seed)
    plain = Janus(slots=-(-routing.experts // instances))
    once = tuple(tuple(range(instance, routing.experts, instances)) for instance in range(instances))

    def share(rows: int) -> float:
        tokens = min(rows * attention.plan.dp, MOST_TOKENS)
        held = policy.place(routing.activity(tokens), instances)
        batches = [np.flatnonzero(counts).tolist() for counts in routing.batches(tokens, DRAWS)]
        return sum(policy.fullest(batch, held) for batch in batches) / sum(plain.fullest(batch, once) for batch in batches)

    return replace(table, experts=table.experts * _along_rows(table, share)[:, None])


def janus_pools(policy: Janus, table: Callable[[int, int], StepTable], sequences: int, context: float, goal_s: float, least_experts: int = 1) -> Pools | None:
    """The fewest instances that decode `sequences` within a goal, by the tables of (attention instances, expert instances); sizes that the model can't be split over serve none."""

    def step_s(attention: int, experts: int, count: int) -> float:
        try:
            return float(table(attention, experts).decode_seconds(count / attention, context))
        except (InputError, InfeasibleError):
            return math.inf

    return policy.pools(step_s, sequences, goal_s, least_experts)


@dataclass(frozen=True)
class Hybrid:
    """A GPU with memory for `held` of a layer's experts, a CPU that has all of them, and the bytes/s of the link between."""

    gpu: Device
    cpu: Device
    held: int
    link: float

    def speeds(self, config: ModelConfig, precision: Precision) -> Speeds:
        """Of one expert: its weights read once, and each token's products at peak."""
        size = MATRICES * config.hidden * config.expert_ffn * dtypes.DTYPES[precision.expert_weights].bits / 8
        flops = 2.0 * MATRICES * config.hidden * config.expert_ffn
        gpu, cpu = (flops / dtypes.peak(device, "bf16" if "bf16" in device.flops else "f32") for device in (self.gpu, self.cpu))
        return Speeds(size / self.gpu.main_memory.bandwidth, gpu, size / self.cpu.main_memory.bandwidth, cpu, size / self.link)


Share = Callable[[HybriMoe, dict[int, int], set[int], Speeds], Shared]


def hybrid_table(
    table: StepTable, config: ModelConfig, precision: Precision, where: Hybrid, policy: HybriMoe, *, skew: float = 0.8, seed: int = 0, share: Share = HybriMoe.share,
) -> StepTable:  # fmt: skip
    """The table of a model whose experts HybriMoE shares out between GPU, CPU and link, with its cache as it is once warm. `share` decides on one layer.

    Raises InputError for a model without experts, or a GPU that holds a negative number.
    """
    routing, speeds = Routing.of(config, skew, seed), where.speeds(config, precision)
    if where.held < 0 or not where.link > 0:
        raise InputError(f"a GPU holds zero experts or more, behind a link with a bandwidth, found {where.held} and {where.link}")
    layers = sum(config.is_moe_layer(layer) for layer in range(config.layers))

    def seconds(rows: int) -> float:
        popular = set(range(min(where.held, routing.experts)))
        cache, found = ExpertCache(where.held, popular, dict.fromkeys(popular, 1.0)), []
        for counts in routing.batches(rows, STEPS):
            tokens = {int(expert): int(counts[expert]) for expert in np.flatnonzero(counts)}
            shared = share(policy, tokens, cache.held, speeds)
            found.append(shared.seconds)
            policy.seen(cache, {expert: count / rows for expert, count in tokens.items()}, config.top_k)
            policy.keep(cache, shared.copied, shared.gpu)
        return float(np.mean(found[STEPS // 2 :]))

    curve = table.experts.copy()
    curve[:, SECONDS] = layers * _along_rows(table, seconds)
    return replace(table, experts=curve)


def _along_rows(table: StepTable, of: Callable[[int], float]) -> NDArray[np.float64]:
    """A quantity at the table's rows, asked for at powers of two, with straight lines between."""
    nodes = row_nodes_of(len(table.experts))
    asked = [1 << bit for bit in range(int(nodes[-1]).bit_length())]
    return np.interp(nodes, asked, [of(rows) for rows in asked])
