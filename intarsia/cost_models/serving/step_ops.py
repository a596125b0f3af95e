"""The work of one step of a served model, as typed operators: model sizes x parallel plan x precision x tokens.

>>> launches = step_ops(config, Plan(tp=8), Precision("f8", kv="f8"), Step(decode=(Batch(64, 2048),)))
>>> sum(launch.count * launch.op.flops for launch in launches)

With several pipeline stages, the operators are those of all stages one after the other: their seconds add up to the latency of a step.
Attention's operators are in `attention_ops.py`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from intarsia.cost_models.dtypes import DTYPES
from intarsia.cost_models.ops import ACTIVATION_BYTES, Collective, Elementwise, Experts, Gemm, Number
from intarsia.cost_models.serving.attention_ops import all_reduce, attention
from intarsia.cost_models.serving.shapes import LOGIT_BYTES, Launch, Part, Plan, Precision, Step
from intarsia.errors import InputError, UnsupportedError
from intarsia.ir.model import ModelConfig

SKEWED, BALANCED = "power_law_1.2", "balanced"
"""How measured mixtures of experts were loaded: some experts far more popular than others, as in practice; or all alike."""
WIDE = 16
"""From so many groups of experts on, popular ones are held several times so that all groups have alike work (SGLang's report on DeepSeek over 96 H100: EPLB)."""

SAMPLING_PASSES = 3
"""Logits are widened, scaled, and searched for the largest."""
QUANTISING_PASSES = {"fused": -1, "apart": 0, "found": 3}
"""Over rows that f8 and f4 weights multiply, beside the one that every measured and modelled product begins with (all of aiconfigurator's collectors time a layer
that is given bf16). To find a scale: absolute values, the largest, and its inverse (measured as compute_scale: 7 us for few rows, 106 us for 8,192 x 8,192 on H200)."""
ROUTING_PASSES = 2
"""Scores from the router's logits, then the top ones of them."""


def step_ops(config: ModelConfig, plan: Plan, precision: Precision, step: Step) -> list[Launch]:
    """Every operator that one device launches in a step, layers of a kind together. Raises InputError where the plan doesn't fit the model."""
    check(config, plan)
    part = Part(config, plan, precision, step)
    if np.all(np.asarray(step.tokens) <= 0):
        return []
    launches = [*_embedding(part), *attention(part), *_mlp(part), *_norms(part), *_head(part), *_stages(part)]
    launches += [*_quantised_rows(launches, QUANTISING_PASSES[precision.rows])]
    return [launch for launch in launches if launch.count]


def between_stages(config: ModelConfig, plan: Plan, precision: Precision, step: Step) -> list[Launch]:
    """Of `step_ops`, what pipeline stages send each other."""
    check(config, plan)
    return [*_stages(Part(config, plan, precision, step))]


def _quantised_rows(launches: Sequence[Launch], passes: int) -> Iterator[Launch]:
    for launch in launches:
        if isinstance(launch.op, Gemm) and launch.op.dtype in ("f8", "f4"):
            yield Launch("quantised_rows", passes * launch.count, Elementwise(launch.op.m * launch.op.k * ACTIVATION_BYTES))


def check(config: ModelConfig, plan: Plan) -> None:
    """Raises InputError where a size can't be shared out as the plan says."""
    if config.family != "decoder":
        raise UnsupportedError(f"a model of the family {config.family!r} isn't served in steps", mend="give a decoder")
    if config.heads % plan.tp:
        raise InputError(f"plan.tp ({plan.tp}) must divide the model's {config.heads} heads")
    if config.linear_v_heads % plan.tp:
        raise InputError(f"plan.tp ({plan.tp}) must divide the model's {config.linear_v_heads} heads with a state")
    if config.experts and config.experts % plan.ep:
        raise InputError(f"plan.ep ({plan.ep}) must divide the model's {config.experts} experts")
    if not config.experts and plan.ep > 1:
        raise InputError(f"plan.ep is {plan.ep}, but the model has no experts", mend="set plan.ep to 1")
    if plan.pp > config.layers:
        raise InputError(f"plan.pp ({plan.pp}) is more than the model's {config.layers} layers")


def _embedding(p: Part) -> Iterator[Launch]:
    yield Launch("embedding", 1, Elementwise(2 * p.rows * p.config.hidden * ACTIVATION_BYTES))
    yield from all_reduce("embedding_all_reduce", 1, p.rows * p.config.hidden, p.plan.tp)


def _head(p: Part) -> Iterator[Launch]:
    """Logits of the rows that a token is drawn from; each device has a share of the vocabulary."""
    rows = p.step.logit_rows
    if np.any(rows):
        words = -(-p.config.vocab // p.plan.tp)
        yield Launch("output", 1, Gemm(rows, words, p.config.hidden, p.precision.head))
        if p.plan.tp > 1:
            yield Launch("logits_all_gather", 1, Collective("all_gather", rows * words * p.plan.tp * ACTIVATION_BYTES, p.plan.tp))
        yield Launch("sampling", SAMPLING_PASSES, Elementwise(rows * p.config.vocab * (ACTIVATION_BYTES + LOGIT_BYTES)))


def _stages(p: Part) -> Iterator[Launch]:
    if p.plan.pp > 1:
        yield Launch("stage_send", p.plan.pp - 1, Collective("send_recv", p.rows * p.config.hidden * ACTIVATION_BYTES / p.plan.tp, 2, int(0 < p.plan.node <= p.plan.stage_devices)))


def _norms(p: Part) -> Iterator[Launch]:
    """A norm reads its row and the residual, and writes both."""
    moved = 4 * p.rows * p.config.hidden * ACTIVATION_BYTES
    yield Launch("norm", p.config.layer_norms * p.config.layers + 1, Elementwise(moved))


def _mlp(p: Part) -> Iterator[Launch]:
    sparse = sum(p.config.is_moe_layer(layer) for layer in range(p.config.layers))
    dense = p.config.layers - sparse
    if dense:
        yield from _dense(p, "ffn", dense, p.config.ffn, p.precision.weights)
        yield from all_reduce("ffn_all_reduce", dense, p.rows * p.config.hidden, p.plan.tp)
    if sparse:
        yield from _experts(p, sparse)


def _dense(p: Part, label: str, count: int, width: int, dtype: str) -> Iterator[Launch]:
    share, matrices = -(-width // p.plan.tp), 2 if p.config.gated else 1
    yield Launch(f"{label}_up", count, Gemm(p.rows, matrices * share, p.config.hidden, dtype))
    yield Launch(f"{label}_activation", count, Elementwise(p.rows * (matrices + 1) * share * ACTIVATION_BYTES))
    yield Launch(f"{label}_down", count, Gemm(p.rows, p.config.hidden, share, dtype))


def _experts(p: Part, count: int) -> Iterator[Launch]:
    c, plan = p.config, p.plan
    yield Launch("router", count, Gemm(p.rows, c.experts, c.hidden))
    yield Launch("routing", ROUTING_PASSES * count, Elementwise(p.rows * c.experts * LOGIT_BYTES))
    if c.shared_width:
        yield from _dense(p, "shared_expert", count, c.shared_width, p.precision.weights)
        yield Launch("shared_expert_sum", count, Elementwise(3 * p.rows * c.hidden * ACTIVATION_BYTES))
    yield from _exchange(p, "dispatch", count, _row_bytes(p.precision.expert_weights))
    kernel = f"{p.precision.kernel} prompts" if p.precision.kernel == "wide" and p.step.prefill else p.precision.kernel
    yield Launch("experts", count, routed(c, plan, p.precision.expert_weights, p.rows * plan.dp, p.step.skew, kernel))
    yield from _exchange(p, "combine", count, ACTIVATION_BYTES)
    if plan.dp == 1:
        yield from all_reduce("moe_all_reduce", count, p.rows * c.hidden, plan.tp)


def _row_bytes(dtype: str) -> float:
    """Of an element of the rows that experts multiply: engines send them as narrow as that (DeepEP, arXiv 2412.19437 section 3.2.2; TensorRT-LLM's post-quantised
    exchange), and results back as bf16."""
    facts = DTYPES[dtype]
    return max(facts.row_bytes, facts.bits / 8) if facts.row_bytes < ACTIVATION_BYTES else ACTIVATION_BYTES


def _exchange(p: Part, label: str, count: int, element_bytes: float) -> Iterator[Launch]:
    """With several attention groups, rows go to the devices of their experts and come back: to all that hold a part of one they draw."""
    if p.plan.dp == 1:
        return
    copies = min(p.config.top_k, p.plan.ep) * p.plan.expert_tp
    wire = p.rows / p.plan.tp * copies * p.config.hidden * element_bytes
    yield Launch(f"moe_{label}", count, Collective("all_to_all", wire, p.plan.stage_devices, p.plan.per_node))


def routed(c: ModelConfig, plan: Plan, dtype: str, tokens: Number, skew: float = 0.0, kernel: str = "") -> Experts:
    """The routed experts of one layer on the busiest device, for `tokens` over all of its devices."""
    return Experts(tokens, c.hidden, c.expert_ffn, c.top_k, c.experts, plan.expert_tp, plan.ep, dtype, skew, BALANCED if plan.ep >= WIDE else SKEWED, kernel)
