"""Where a serving device's memory goes: weights of its rank, activations, the engine's own, and the KV pages that are left.

>>> room = footprint(config, load("H100-SXM"), Plan(tp=2), Precision("f8"), VLLM, Told(chunk_tokens=8192, max_sequences=256))
>>> room.kv_tokens, room.weights / GIB

Sizes are bytes of one device. Ranks of a stage are alike; stages aren't: they hold different layers, the first the embedding, the last the output head.
All stages share one page table, so the stage that has room for the fewest pages sets the number.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import accumulate, pairwise

from intarsia.cost_models.dtypes import DTYPES
from intarsia.cost_models.ops import ACTIVATION_BYTES, SCORE_BYTES, STATE_BYTES
from intarsia.cost_models.serving.shapes import LOGIT_BYTES, Plan, Precision
from intarsia.cost_models.serving.step_ops import check
from intarsia.errors import InfeasibleError, InputError
from intarsia.ir.device import Device
from intarsia.ir.model import ModelConfig

GIB = 2.0**30
MOST_PAGES = 1 << 40
USUAL_LENGTH = 1024.0
"""Tokens that a sequence's state is shared out over where nobody says how long sequences are."""
VISIBLE_GIB = {
    "H100-SXM": 79.2, "A100-80GB-SXM": 79.2, "A100-40GB-SXM": 39.4, "A100-80GB-PCIe": 79.2, "A100-40GB-PCIe": 39.4, "H200": 139.7, "A10G": 22.0, "L4": 22.0, "MI300X": 191.9,
}  # fmt: skip
"""What the driver offers a program, where somebody's log says it: a board of "80 GB" has 80 GiB, less what the driver and error correction keep.
H100 and A100: vLLM pull requests 10511 and 12126 and issue 14447; H200: vllm-project/recipes issue 381 (143,771 MiB, less the driver's 0.7 GiB); A10G and L4: 22.5 GiB boards
less the driver's; MI300X: rocm-smi prints 196,592 MiB. Others: the data sheet's bytes."""


@dataclass(frozen=True)
class EngineMemory:
    """How an engine shares a device's memory out.

    `share` of the whole memory ("total": weights, activations and KV cache come out of it), or of what is free once weights and activations
    are in place ("free": the KV cache alone). `sampler_copies`: tensors of [max_sequences, vocabulary] in f32 alive at once while tokens are drawn.
    `runtime` is what lives outside the allocator on one device, `link` what each doubling of the tensor-parallel group adds (NCCL's buffers, those of custom
    all-reduces), `context` the CUDA context and `graphs` the captured graphs; the last two may lie in what `share` leaves over.
    """

    name: str
    share: float
    of: str
    sampler_copies: float
    runtime: float
    link: float
    context: float
    graphs: float
    page_tokens: int = 16
    vocab_multiple: int = 64

    def __post_init__(self) -> None:
        if not 0 < self.share <= 1:
            raise InputError(f"the share of memory must lie in (0, 1], found {self.share}", where=self.name)
        if self.of not in ("total", "free"):
            raise InputError(f"the share is of {self.of!r}", where=self.name, mend="choose total or free")


VLLM = EngineMemory("vllm", 0.9, "total", sampler_copies=4.1, runtime=0.13 * GIB, link=0.62 * GIB, context=0.5 * GIB, graphs=0.6 * GIB)
"""vLLM's V1 engine. share: the default gpu_memory_utilization. sampler_copies and runtime: kvcached pull request 448 (Qwen2.5-0.5B on A100: 0.59 GiB peak, 0.11 GiB outside torch).
link: outside torch 0.16 GiB on one H100 (vLLM pull request 12126), 0.74 GiB on TP2 of H20, 2.10 GiB on TP8 of A100. graphs: 0.41 to 0.6 GiB in published logs of 35 sizes."""
VLLM_V0 = EngineMemory("vllm-v0", 0.9, "total", sampler_copies=10.3, runtime=0.16 * GIB, link=0.62 * GIB, context=0.5 * GIB, graphs=0.5 * GIB)
"""vLLM before 0.9: its sampler sorted whole rows of logits (pull request 10511: 1.26 GiB for 256 x 128,256 on one and on two H100)."""
TENSORRT_LLM = EngineMemory("trtllm", 0.9, "free", sampler_copies=2.0, runtime=0.2 * GIB, link=0.62 * GIB, context=0.5 * GIB, graphs=0.3 * GIB, page_tokens=32)
"""TensorRT-LLM: free_gpu_memory_fraction of what is free (its page "Memory Usage of TensorRT-LLM"); tokens_per_block 32."""
SGLANG = EngineMemory("sglang", 0.88, "total", sampler_copies=4.1, runtime=0.16 * GIB, link=0.62 * GIB, context=0.5 * GIB, graphs=1.0 * GIB, page_tokens=1)
"""SGLang: mem_fraction_static for weights and cache; activations and graphs live in what it leaves."""
ENGINES = {engine.name: engine for engine in (VLLM, VLLM_V0, TENSORRT_LLM, SGLANG)}


@dataclass(frozen=True)
class Footprint:
    """Bytes of one device of the stage that has least room for the KV cache; `pages` of `page_tokens` tokens, the same number on every stage.

    `short` is what is missing where not even one page fits (0 where it does).
    """

    stage: int
    total: float
    weights: float
    activations: float
    engine: float
    room: float
    token_bytes: float
    page_tokens: int
    pages: int

    @property
    def kv_tokens(self) -> int:
        """Tokens that the cache of one attention group holds."""
        return self.pages * self.page_tokens

    @property
    def short(self) -> float:
        return max(0.0, self.token_bytes * self.page_tokens - self.room)


def visible_bytes(device: Device) -> float:
    """Bytes of main memory that a program can have."""
    return VISIBLE_GIB[device.name] * GIB if device.name in VISIBLE_GIB else device.main_memory.size


@dataclass(frozen=True)
class Told:
    """What a footprint is told beside the plan: tokens of a step and sequences of a batch at most; `length`: typical tokens of a sequence, which says what layers
    with a window keep; `reserved` and `token_extra`: bytes for something else, and for each token in the cache (a draft model's weights and cache)."""

    chunk_tokens: int = 8192
    max_sequences: int = 256
    length: float = 0.0
    reserved: float = 0.0
    token_extra: float = 0.0


Held = tuple[int, float, float]
"""A stage's number, bytes of its weights, and of a token in its cache."""
Known = dict[tuple[Plan, Precision, int, float], list[Held]]
"""Stages of a plan that differ: of one model, for whoever asks for many footprints of it."""


def footprint(config: ModelConfig, device: Device, plan: Plan, precision: Precision, engine: EngineMemory = VLLM, told: Told = Told(), known: Known | None = None) -> Footprint:
    """Where the memory goes. Raises InputError where the plan can't be that of the model."""
    known, key = {} if known is None else known, (plan, precision, engine.vocab_multiple, told.length)
    if key not in known:
        check(config, plan)
        known[key] = _unlike(_held(config, plan, precision, engine, layer_shares(config.layers, plan.pp), stage, told) for stage in range(plan.pp))
    total = visible_bytes(device)
    return _least(_stage(config, plan, engine, total, held, told) for held in known[key])


def _unlike(stages: Iterable[Held]) -> list[Held]:
    """The last stage, which alone has logits, and the first one of each other kind."""
    *before, last = stages
    return [*sorted({held[1:]: held for held in reversed(before)}.values()), last]


def footprint_of_stages(config: ModelConfig, stages: Sequence[tuple[Device, Plan, int]], precision: Precision, engine: EngineMemory, told: Told) -> Footprint:
    """The same for a pipeline of unlike stages: each with its device, the plan of its own group and its number of layers, in their order.

    Raises InputError where a plan can't be that of the model, or the layers aren't the model's.
    """
    ends = [0, *accumulate(layers for *_, layers in stages)]
    if ends[-1] != config.layers:
        raise InputError(f"stages of {', '.join(str(layers) for *_, layers in stages)} layers hold {ends[-1]} of {config.layers}", mend="share all layers out")
    shares = tuple(range(start, stop) for start, stop in pairwise(ends))
    found = []
    for place, (device, plan, _) in enumerate(stages):
        check(config, plan)
        whole, total = replace(plan, pp=len(stages)), visible_bytes(device)
        found.append(_stage(config, whole, engine, total, _held(config, whole, precision, engine, shares, place, told), told))
    return _least(found)


def _least(stages: Iterable[Footprint]) -> Footprint:
    """Of the stage that has room for the fewest pages."""
    return min(stages, key=lambda found: (found.pages, found.room))


def _held(config: ModelConfig, plan: Plan, precision: Precision, engine: EngineMemory, shares: tuple[range, ...], stage: int, told: Told) -> Held:
    layers, first, last = shares[stage], stage == 0, stage == plan.pp - 1
    weights = stage_weights(config, plan, precision, layers, first=first, last=last, multiple=engine.vocab_multiple)
    return stage, weights, kv_token_bytes(config, plan, precision, layers, told.length)


def _stage(config: ModelConfig, plan: Plan, engine: EngineMemory, total: float, held: Held, told: Told) -> Footprint:
    stage, weights, token = held[0], held[1] + told.reserved, held[2] + told.token_extra
    peak = activation_bytes(config, plan, engine, told.chunk_tokens, told.max_sequences if stage == plan.pp - 1 else 0)
    own = engine.runtime + engine.link * math.log2(plan.stage_devices)
    room = _room(engine, total, weights, peak, own)
    pages = int(min(MOST_PAGES, max(0.0, room) // (token * engine.page_tokens))) if token else MOST_PAGES
    return Footprint(stage, total, weights, peak, own, room, token, engine.page_tokens, pages)


def _room(engine: EngineMemory, total: float, weights: float, peak: float, own: float) -> float:
    """Bytes for the KV cache, by the engine's own rule; the context and the graphs take from it what the rule doesn't leave over."""
    if engine.of == "free":
        return engine.share * (total - weights - peak - own - engine.context) - engine.graphs
    left_over = (1 - engine.share) * total
    outside = engine.context + engine.graphs + (peak if engine.name == SGLANG.name else 0.0)
    inside = weights + own + (0.0 if engine.name == SGLANG.name else peak)
    return engine.share * total - inside - max(0.0, outside - left_over)


def fits(config: ModelConfig, device: Device, plan: Plan, precision: Precision, engine: EngineMemory = VLLM) -> Footprint:
    """The footprint. Raises InfeasibleError, saying how many bytes are missing, where the weights leave no room for a page."""
    found = footprint(config, device, plan, precision, engine)
    if found.pages:
        return found
    short = f"{(found.weights + found.activations + found.engine) / GIB:.1f} GiB a device, {found.short / GIB:.1f} GiB too much"
    raise InfeasibleError(f"the model doesn't fit on {plan.devices} x {device.name}: it needs {short}", mend="use more devices or fewer bits")


@lru_cache(maxsize=4096)
def layer_shares(layers: int, stages: int) -> tuple[range, ...]:
    """Layers of each stage: as even as can be, what is left over to the stages before the last one (vLLM's get_pp_indices), whose device also has the head."""
    each, over = divmod(layers, stages)
    sizes = [each] * stages
    for place in range(over):
        sizes[-2 - place] += 1
    starts = [sum(sizes[:stage]) for stage in range(stages)]
    return tuple(range(start, start + size) for start, size in zip(starts, sizes, strict=True))


def stage_weights(config: ModelConfig, plan: Plan, precision: Precision, layers: range, *, first: bool, last: bool, multiple: int = 64) -> float:
    """Bytes of one device's weights: `layers`, on the first stage the embedding, on the last the final norm and the head."""
    attention, norms = attention_bytes(config, plan.tp, precision), config.norm_parameters() * ACTIVATION_BYTES
    sparse = _sparse(config, layers)
    states = sum(config.is_linear(layer) for layer in layers) if config.linear_v_heads else 0
    body = (len(layers) - states) * attention + states * linear_bytes(config, plan.tp, precision) + len(layers) * norms + sparse * expert_bytes(config, plan, precision)
    body += (len(layers) - sparse) * dense_bytes(config, plan.tp, precision) if sparse < len(layers) else 0.0
    rows = -(-(-(-config.vocab // multiple) * multiple) // plan.tp)
    table, shared = rows * config.hidden * ACTIVATION_BYTES, config.tied_embeddings and first
    head = 0.0 if shared else rows * config.hidden * DTYPES[precision.head].bits / 8
    positions = (config.positions + config.token_types) * config.hidden * ACTIVATION_BYTES
    return body + first * (table + positions) + last * (head + config.final_norm_parameters() * ACTIVATION_BYTES)


def _sparse(config: ModelConfig, layers: range) -> int:
    """How many of the layers have experts (is_moe_layer)."""
    if not config.experts:
        return 0
    first, every = config.first_dense, config.moe_every
    return len(range(first + max(0, -(-(layers.start - first) // every)) * every, layers.stop, every))


def attention_bytes(config: ModelConfig, tp: int, precision: Precision) -> float:
    """One layer's attention on one device. KV heads are copied where there are fewer than devices; MLA's projections to latent rows, and its indexer, are whole on every device."""
    c, wide = config, DTYPES[precision.attention_weights].bits / 8
    heads = c.heads // tp
    if c.kv_lora_rank:
        whole = c.hidden * (c.q_lora_rank + c.kv_lora_rank + c.qk_rope_head_dim + c.index_dim + c.index_heads) + c.q_lora_rank * c.index_heads * c.index_dim
        q = heads * (c.qk_nope_head_dim + c.qk_rope_head_dim) * (c.q_lora_rank or c.hidden)
        rest = heads * ((c.qk_nope_head_dim + c.v_head_dim) * c.kv_lora_rank + c.v_head_dim * c.hidden)
        return (whole + q + rest) * wide + (c.q_lora_rank + c.kv_lora_rank + 2 * c.index_dim) * ACTIVATION_BYTES
    q_width, kv_width = heads * c.head_dim, kv_heads(c, tp) * c.head_dim
    small = (q_width + 2 * kv_width) * c.attention_bias + c.hidden * c.output_bias + 2 * c.head_dim * c.qk_norm + heads * c.attention_sinks
    return (c.hidden * (q_width * (1 + c.output_gate) + 2 * kv_width) + q_width * c.hidden) * wide + small * ACTIVATION_BYTES


def linear_bytes(config: ModelConfig, tp: int, precision: Precision) -> float:
    """One layer with a state on one device; the matrix of decays and strengths, the convolution and the norm are of 16 bits."""
    c = config
    values, width = c.linear_v_heads * c.linear_v_dim // tp, c.linear_width // tp
    small = 2 * (c.linear_v_heads // tp) * (c.hidden + 1) + width * c.linear_conv + c.linear_v_dim
    return c.hidden * (width + 2 * values) * DTYPES[precision.attention_weights].bits / 8 + small * ACTIVATION_BYTES


def state_bytes(config: ModelConfig, tp: int) -> float:
    """What a sequence keeps in one layer with a state, on one device: the states of the heads, and the last tokens before the convolution."""
    c = config
    return c.linear_v_heads // tp * c.linear_k_dim * c.linear_v_dim * STATE_BYTES + (c.linear_conv - 1) * (c.linear_width // tp) * ACTIVATION_BYTES


def kv_heads(config: ModelConfig, tp: int) -> int:
    """KV heads on one device: at least one."""
    return max(1, -(-config.kv_heads // tp))


def dense_bytes(config: ModelConfig, tp: int, precision: Precision) -> float:
    """One dense layer's MLP on one device."""
    width, matrices = -(-config.ffn // tp), 3 if config.gated else 2
    biases = ((matrices - 1) * width + config.hidden) * config.mlp_bias * ACTIVATION_BYTES
    return matrices * width * config.hidden * DTYPES[precision.weights].bits / 8 + biases


def expert_bytes(config: ModelConfig, plan: Plan, precision: Precision) -> float:
    """One sparse layer's router (whole), shared expert (split over tp) and routed experts on one device."""
    c = config
    router = c.hidden * c.experts * ACTIVATION_BYTES + c.experts * LOGIT_BYTES * (c.scoring == "sigmoid" or c.router_bias)
    shared = 3 * -(-c.shared_width // plan.tp) * c.hidden * DTYPES[precision.weights].bits / 8 + c.hidden * c.shared_gate * ACTIVATION_BYTES
    width, local = -(-c.expert_ffn // plan.expert_tp), c.experts // plan.ep
    return router + shared + local * (3 * width * c.hidden * DTYPES[precision.expert_weights].bits / 8 + (2 * width + c.hidden) * c.expert_bias * ACTIVATION_BYTES)


def activation_bytes(config: ModelConfig, plan: Plan, engine: EngineMemory, chunk_tokens: int, max_sequences: int) -> float:
    """The peak of a step: `chunk_tokens` rows inside a layer, or the logits of `max_sequences` rows while tokens are drawn, whichever is more.

    Inside a layer four rows of the hidden size are alive (input, residual, normed, output) beside the widest operator's: a gated MLP's two halves and their product
    (vLLM's profile of Qwen3-4B with 10,000 rows: 0.74 GiB; of Qwen2.5-7B with 8,192: 1.09 GiB).
    """
    c = config
    width = max(3 * -(-c.ffn // plan.tp) if c.gated else 2 * -(-c.ffn // plan.tp), _expert_rows(c, plan), (c.heads // plan.tp + 2 * kv_heads(c, plan.tp)) * c.head_dim)
    layer = chunk_tokens * ACTIVATION_BYTES * (4 * c.hidden + width)
    return max(layer, engine.sampler_copies * max_sequences * c.vocab * LOGIT_BYTES)


def _expert_rows(config: ModelConfig, plan: Plan) -> int:
    """Elements that the experts keep for a row that is routed: its copies, and those of the widened halves, spread over the groups of experts."""
    if not config.experts:
        return 0
    width = -(-config.expert_ffn // plan.expert_tp)
    return -(-config.top_k * plan.dp // plan.ep) * (3 * width + config.hidden)


def kv_token_bytes(config: ModelConfig, plan: Plan, precision: Precision, layers: range, length: float = 0.0) -> float:
    """Bytes that a token keeps on one device in `layers`. Layers with a window keep at most that many tokens of a sequence of `length` tokens (0: all).
    An indexer's key is of 8 bits, with a scale. A sequence's states are shared out over its `length` tokens (0: USUAL_LENGTH)."""
    each = DTYPES[precision.kv].bits / 8
    if config.kv_lora_rank:
        index = (config.index_dim + SCORE_BYTES) * bool(config.index_heads)
        return len(layers) * ((config.kv_lora_rank + config.qk_rope_head_dim) * each + index)
    row = 2 * kv_heads(config, plan.tp) * config.head_dim * each
    states = sum(config.is_linear(layer) for layer in layers)
    shared_out = states * state_bytes(config, plan.tp) / (length or USUAL_LENGTH) if states else 0.0
    return row * sum(_kept(config.window(layer), length) for layer in layers if not config.is_linear(layer)) + shared_out


def _kept(window: int, length: float) -> float:
    return min(1.0, window / length) if window and length else 1.0
