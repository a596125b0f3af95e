"""The work of one step of a served model, as typed operators: model sizes x parallel plan x precision x tokens.

>>> launches = step_ops(config, Plan(tp=8), Precision("f8", kv="f8"), Step(decode=(Batch(64, 2048),)))
>>> sum(launch.count * launch.op.flops for launch in launches)

With several pipeline stages, the operators are those of all stages one after the other: their seconds add up to the latency of a step.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, fields

import numpy as np

from intarsia.cost_models.dtypes import DTYPES
from intarsia.cost_models.ops import ACTIVATION_BYTES, Attention, BatchedGemm, Collective, DeltaRule, Elementwise, Experts, Gemm, IndexScores, LatentAttention, Number, Op
from intarsia.errors import InputError, UnsupportedError
from intarsia.ir.model import ModelConfig

KV_DTYPES = ("bf16", "f16", "f8", "int8")
SKEWED, BALANCED = "power_law_1.2", "balanced"
"""How measured mixtures of experts were loaded: some experts far more popular than others, as in practice; or all alike."""
WIDE = 16
"""From so many groups of experts on, popular ones are held several times so that all groups have alike work (SGLang's report on DeepSeek over 96 H100: EPLB)."""

LOGIT_BYTES = 4
"""Logits of words and of experts are f32."""
SAMPLING_PASSES = 3
"""Logits are widened, scaled, and searched for the largest."""
QUANTISING_PASSES = {"fused": -1, "apart": 0, "found": 3}
"""Over rows that f8 and f4 weights multiply, beside the one that every measured and modelled product begins with (all of aiconfigurator's collectors time a layer
that is given bf16). To find a scale: absolute values, the largest, and its inverse (measured as compute_scale: 7 us for few rows, 106 us for 8,192 x 8,192 on H200)."""
ROUTING_PASSES = 2
"""Scores from the router's logits, then the top ones of them."""
INDEX_PASSES = 3
"""Of an indexer's queries and key: the key's norm and positions, a Hadamard transform, and 8 bits with their scales (its published code, DeepSeek-V3.2-Exp inference/model.py)."""
CHOICE_PASSES = 2
"""The top scores by radix: a histogram of their leading bits, then those above its threshold."""
SPARSE_HEADS = 64
"""Kernels of sparse prefill multiply tiles of so many heads, however few a device has (FlashMLA: rows of one warp group's product)."""


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
class _Part:
    """A model's part of a device: what every operator below needs."""

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


def step_ops(config: ModelConfig, plan: Plan, precision: Precision, step: Step) -> list[Launch]:
    """Every operator that one device launches in a step, layers of a kind together. Raises InputError where the plan doesn't fit the model."""
    check(config, plan)
    part = _Part(config, plan, precision, step)
    if np.all(np.asarray(step.tokens) <= 0):
        return []
    launches = [*_embedding(part), *_attention(part), *_mlp(part), *_norms(part), *_head(part), *_stages(part)]
    launches += [*_quantised_rows(launches, QUANTISING_PASSES[precision.rows])]
    return [launch for launch in launches if launch.count]


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


def _embedding(p: _Part) -> Iterator[Launch]:
    yield Launch("embedding", 1, Elementwise(2 * p.rows * p.config.hidden * ACTIVATION_BYTES))
    yield from _reduce("embedding_all_reduce", 1, p.rows * p.config.hidden, p.plan.tp)


def _head(p: _Part) -> Iterator[Launch]:
    """Logits of the rows that a token is drawn from; each device has a share of the vocabulary."""
    rows = p.step.logit_rows
    if np.any(rows):
        words = -(-p.config.vocab // p.plan.tp)
        yield Launch("output", 1, Gemm(rows, words, p.config.hidden, p.precision.head))
        if p.plan.tp > 1:
            yield Launch("logits_all_gather", 1, Collective("all_gather", rows * words * p.plan.tp * ACTIVATION_BYTES, p.plan.tp))
        yield Launch("sampling", SAMPLING_PASSES, Elementwise(rows * p.config.vocab * (ACTIVATION_BYTES + LOGIT_BYTES)))


def _stages(p: _Part) -> Iterator[Launch]:
    if p.plan.pp > 1:
        yield Launch("stage_send", p.plan.pp - 1, Collective("send_recv", p.rows * p.config.hidden * ACTIVATION_BYTES / p.plan.tp, 2, int(0 < p.plan.node <= p.plan.stage_devices)))


def _norms(p: _Part) -> Iterator[Launch]:
    """A norm reads its row and the residual, and writes both."""
    moved = 4 * p.rows * p.config.hidden * ACTIVATION_BYTES
    yield Launch("norm", p.config.layer_norms * p.config.layers + 1, Elementwise(moved))


def _query_norms(p: _Part, q: int, kv: int) -> Iterator[Launch]:
    """Norms of queries and of keys. One over the whole width needs the squares that other devices summed, so it takes two passes."""
    if not p.config.qk_norm:
        return
    shared = p.config.wide_qk_norm and p.plan.tp > 1
    yield Launch("query_norms", (4 if shared else 2) * (p.config.layers - p.config.linear_layers), Elementwise(p.rows * (q + kv) * ACTIVATION_BYTES))
    if shared:
        yield Launch("query_norms_all_reduce", 2 * p.config.layers, Collective("all_reduce", p.rows * LOGIT_BYTES, p.plan.tp))


def _attention(p: _Part) -> Iterator[Launch]:
    yield from _latent(p) if p.config.kv_lora_rank else _grouped(p)
    yield from _linear(p)
    yield from _reduce("attention_all_reduce", p.config.layers, p.rows * p.config.hidden, p.plan.tp)


def _grouped(p: _Part) -> Iterator[Launch]:
    c, dtype = p.config, p.precision.attention_weights
    q, kv, layers = p.heads * c.head_dim, p.kv_heads * c.head_dim, c.layers - c.linear_layers
    yield Launch("qkv", layers, Gemm(p.rows, q * (1 + c.output_gate) + 2 * kv, c.hidden, dtype))
    yield Launch("rope_and_cache", layers, Elementwise(p.rows * (2 * (q + kv) * ACTIVATION_BYTES + 2 * kv * (ACTIVATION_BYTES + _kv_bytes(p.precision)))))
    yield from _query_norms(p, q, kv)
    windows = [c.window(layer) for layer in range(c.layers) if not c.is_linear(layer)]
    for window in sorted(set(windows)):
        count = windows.count(window)
        for chunk in p.step.prefill:
            yield Launch("attention", count, _heads(p, chunk.sequences, chunk.tokens, chunk.context, window))
        for batch in p.step.decode:
            yield Launch("attention", count, _heads(p, batch.sequences, 1, batch.context - 1, window, batch.rows))
    if c.output_gate:
        yield Launch("output_gate", layers, Elementwise(3 * p.rows * q * ACTIVATION_BYTES))
    yield Launch("attention_output", layers, Gemm(p.rows, c.hidden, q, dtype))


def _linear(p: _Part) -> Iterator[Launch]:
    """Layers with a state (gated DeltaNet, arXiv 2412.06464): a convolution over the last tokens of each column, the recurrence, a gated norm of each head."""
    c, dtype, tp = p.config, p.precision.attention_weights, p.plan.tp
    if not c.linear_layers:
        return
    width, values, layers = c.linear_width // tp, c.linear_v_heads * c.linear_v_dim // tp, c.linear_layers
    yield Launch("linear_input", layers, Gemm(p.rows, width + values, c.hidden, dtype))
    yield Launch("linear_gates", layers, Gemm(p.rows, 2 * c.linear_v_heads // tp, c.hidden))
    parts = [*((chunk.sequences, chunk.tokens) for chunk in p.step.prefill), *((batch.sequences * batch.rows, 1) for batch in p.step.decode)]
    for sequences, tokens in parts:
        yield Launch("linear_convolution", layers, Elementwise(2 * sequences * (tokens + c.linear_conv - 1) * width * ACTIVATION_BYTES))
        yield Launch("delta_rule", layers, DeltaRule(sequences, tokens, max(1, c.linear_k_heads // tp), c.linear_v_heads // tp, c.linear_k_dim, c.linear_v_dim))
    yield Launch("linear_norm", layers, Elementwise(3 * p.rows * values * ACTIVATION_BYTES))
    yield Launch("linear_output", layers, Gemm(p.rows, c.hidden, values, dtype))


def _heads(p: _Part, sequences: Number, tokens: Number, context: Number, window: int, rows: float = 1.0) -> Attention:
    """Drafted `rows` of a sequence read its keys together, as further heads of them."""
    return Attention(sequences, tokens, np.maximum(context, 0), p.heads * rows, p.kv_heads, p.config.head_dim, kv_dtype=p.precision.kv, window=window)


def _kv_bytes(precision: Precision) -> float:
    return DTYPES[precision.kv].bits / 8


def _latent(p: _Part) -> Iterator[Launch]:
    """MLA: the low-rank projections are whole on every device, the heads are shared out."""
    c, dtype = p.config, p.precision.attention_weights
    q_width, latent = p.heads * (c.qk_nope_head_dim + c.qk_rope_head_dim), c.kv_lora_rank + c.qk_rope_head_dim
    yield Launch("latent_down", c.layers, Gemm(p.rows, c.q_lora_rank + latent + c.index_dim + c.index_heads, c.hidden, dtype))
    yield Launch("latent_norms", 2 * c.layers, Elementwise(p.rows * (c.q_lora_rank + latent) * ACTIVATION_BYTES))
    yield Launch("q_up", c.layers, Gemm(p.rows, q_width, c.q_lora_rank or c.hidden, dtype))
    yield Launch("rope_and_cache", c.layers, Elementwise(p.rows * (2 * (c.q_lora_rank + latent) * ACTIVATION_BYTES + latent * _kv_bytes(p.precision))))
    yield from _indexer(p)
    yield from _latent_prefill(p)
    yield from _latent_decode(p)
    yield Launch("attention_output", c.layers, Gemm(p.rows, c.hidden, p.heads * c.v_head_dim, dtype))


def _indexer(p: _Part) -> Iterator[Launch]:
    """The vectors that choose tokens, whole on every device (DeepSeek-V3.2, arXiv 2512.02556, section 2.1); what they choose is with each part of the step.

    The key's and the heads' weights' matrices are columns of `latent_down`: engines multiply them with it (TensorRT-LLM), or beside it on another stream (SGLang).
    """
    c, dtype = p.config, p.precision.attention_weights
    if not c.index_heads:
        return
    width = c.index_heads * c.index_dim
    yield Launch("index_queries", c.layers, Gemm(p.rows, width, c.q_lora_rank, dtype))
    yield Launch("index_vectors", INDEX_PASSES * c.layers, Elementwise(2 * p.rows * (width + c.index_dim) * ACTIVATION_BYTES))


def _choice(p: _Part, sequences: Number, tokens: Number, context: Number, rows: float = 1.0) -> Iterator[Launch]:
    """Scores of all keys, and the top ones. Drafted `rows` of a sequence read its keys together."""
    c, before = p.config, np.maximum(context, 0)
    scores = IndexScores(sequences, tokens, before, c.index_heads * rows, c.index_dim)
    yield Launch("index_scores", c.layers, scores)
    read, written = CHOICE_PASSES * scores.pairs * rows, tokens * rows * np.minimum(c.index_top_k, before + tokens)
    yield Launch("index_choice", c.layers, Elementwise(sequences * (read + written) * LOGIT_BYTES))


def _sparse_prefill(p: _Part, chunk: Chunk) -> Iterator[Launch]:
    """Each query gathers its own tokens, in the latent rows' space; the kernel's loop is over `index_top_k` of them even where fewer came before."""
    c, rows = p.config, chunk.sequences * chunk.tokens
    sizes = (c.kv_lora_rank, c.qk_rope_head_dim, c.qk_nope_head_dim, c.v_head_dim)
    yield from _choice(p, chunk.sequences, chunk.tokens, chunk.context)
    yield Launch("q_absorb", c.layers, BatchedGemm(p.heads, rows, c.kv_lora_rank, c.qk_nope_head_dim))
    before = np.maximum(chunk.context, c.index_top_k)
    op = LatentAttention(chunk.sequences, chunk.tokens, before, max(p.heads, SPARSE_HEADS), *sizes, p.precision.kv, True, c.index_top_k)
    yield Launch("attention", c.layers, op)
    yield Launch("v_absorb", c.layers, BatchedGemm(p.heads, rows, c.v_head_dim, c.kv_lora_rank))


def _latent_prefill(p: _Part) -> Iterator[Launch]:
    """Prompts no longer than what a sparse attention chooses are prefilled as if it were whole (SGLang; where arrays stand for many prompts, all alike)."""
    c, width = p.config, p.heads * (p.config.qk_nope_head_dim + p.config.v_head_dim)
    for chunk in p.step.prefill:
        if c.index_heads and np.any(np.asarray(chunk.tokens + chunk.context) > c.index_top_k):
            yield from _sparse_prefill(p, chunk)
            continue
        expanded = chunk.sequences * (chunk.tokens + chunk.context)
        yield Launch("kv_up", c.layers, Gemm(expanded, width, c.kv_lora_rank, p.precision.attention_weights))
        yield Launch("attention", c.layers, _mla(p, chunk.sequences, chunk.tokens, chunk.context, absorbed=False))


def _latent_decode(p: _Part) -> Iterator[Launch]:
    """Queries are brought to the latent rows' space and results back, so that keys and values are never expanded."""
    c = p.config
    for batch in p.step.decode:
        rows, context = batch.sequences * batch.rows, batch.context - 1
        if c.index_heads:
            yield from _choice(p, batch.sequences, 1, context, batch.rows)
            context = np.minimum(context, c.index_top_k - 1)
        yield Launch("q_absorb", c.layers, BatchedGemm(p.heads, rows, c.kv_lora_rank, c.qk_nope_head_dim))
        yield Launch("attention", c.layers, _mla(p, batch.sequences, 1, context, absorbed=True, rows=batch.rows))
        yield Launch("v_absorb", c.layers, BatchedGemm(p.heads, rows, c.v_head_dim, c.kv_lora_rank))


def _mla(p: _Part, sequences: Number, tokens: Number, context: Number, *, absorbed: bool, rows: float = 1.0) -> LatentAttention:
    c = p.config
    sizes = (c.kv_lora_rank, c.qk_rope_head_dim, c.qk_nope_head_dim, c.v_head_dim)
    return LatentAttention(sequences, tokens, np.maximum(context, 0), p.heads * rows, *sizes, p.precision.kv, absorbed)


def _mlp(p: _Part) -> Iterator[Launch]:
    sparse = sum(p.config.is_moe_layer(layer) for layer in range(p.config.layers))
    dense = p.config.layers - sparse
    if dense:
        yield from _dense(p, "ffn", dense, p.config.ffn, p.precision.weights)
        yield from _reduce("ffn_all_reduce", dense, p.rows * p.config.hidden, p.plan.tp)
    if sparse:
        yield from _experts(p, sparse)


def _dense(p: _Part, label: str, count: int, width: int, dtype: str) -> Iterator[Launch]:
    share, matrices = -(-width // p.plan.tp), 2 if p.config.gated else 1
    yield Launch(f"{label}_up", count, Gemm(p.rows, matrices * share, p.config.hidden, dtype))
    yield Launch(f"{label}_activation", count, Elementwise(p.rows * (matrices + 1) * share * ACTIVATION_BYTES))
    yield Launch(f"{label}_down", count, Gemm(p.rows, p.config.hidden, share, dtype))


def _experts(p: _Part, count: int) -> Iterator[Launch]:
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
        yield from _reduce("moe_all_reduce", count, p.rows * c.hidden, plan.tp)


def _row_bytes(dtype: str) -> float:
    """Of an element of the rows that experts multiply: engines send them as narrow as that (DeepEP, arXiv 2412.19437 section 3.2.2; TensorRT-LLM's post-quantised
    exchange), and results back as bf16."""
    facts = DTYPES[dtype]
    return max(facts.row_bytes, facts.bits / 8) if facts.row_bytes < ACTIVATION_BYTES else ACTIVATION_BYTES


def _exchange(p: _Part, label: str, count: int, element_bytes: float) -> Iterator[Launch]:
    """With several attention groups, rows go to the devices of their experts and come back: to all that hold a part of one they draw."""
    if p.plan.dp == 1:
        return
    copies = min(p.config.top_k, p.plan.ep) * p.plan.expert_tp
    wire = p.rows / p.plan.tp * copies * p.config.hidden * element_bytes
    yield Launch(f"moe_{label}", count, Collective("all_to_all", wire, p.plan.stage_devices, p.plan.per_node))


def routed(c: ModelConfig, plan: Plan, dtype: str, tokens: Number, skew: float = 0.0, kernel: str = "") -> Experts:
    """The routed experts of one layer on the busiest device, for `tokens` over all of its devices."""
    return Experts(tokens, c.hidden, c.expert_ffn, c.top_k, c.experts, plan.expert_tp, plan.ep, dtype, skew, BALANCED if plan.ep >= WIDE else SKEWED, kernel)


def _reduce(label: str, count: int, elements: Number, devices: int) -> Iterator[Launch]:
    if devices > 1:
        yield Launch(label, count, Collective("all_reduce", elements * ACTIVATION_BYTES, devices))
