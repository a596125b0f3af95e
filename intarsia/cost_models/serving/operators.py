"""The typed operators of one step of a served model: what each launch does on one device, in FLOPs and bytes.

Each is a frozen record of the sizes that its time depends on, so a cost function may look it up in tables of measured kernels.
`flops` count two for a multiply and add; `bytes` are those through main memory; `wire_bytes` those that a device hands to a collective.
"""

from __future__ import annotations

from dataclasses import dataclass

BITS = {"f32": 32.0, "bf16": 16.0, "f16": 16.0, "f8": 8.0, "f8_block": 8.0 + 32 / 16384, "int8": 8.0, "int4": 4.125, "f4": 4.5, "mxf4": 4.25}
"""Bits of a weight with its scales: f8_block an f32 for 128 x 128, int4 a bf16 for 128, f4 (nvfp4) an f8 for 16, mxf4 (OCP MX) an e8m0 for 32."""
ARITHMETIC = {"bf16": "bf16", "f16": "bf16", "f32": "f32", "f8": "f8", "f8_block": "f8", "int8": "i8", "int4": "bf16", "f4": "f4", "mxf4": "bf16"}
"""The type that products are computed in; int4 and mxf4 weights are widened first."""
ACTIVATION_BYTES = 2
"""Rows between operators are bf16."""


@dataclass(frozen=True)
class Op:
    """`count` equal launches of one operator in a step; `label` says which of the model's it is."""

    label: str
    count: int

    @property
    def flops(self) -> float:
        """FLOPs of one launch."""
        return 0.0

    @property
    def bytes(self) -> float:
        """Bytes of one launch through main memory."""
        return 0.0

    @property
    def weight_bytes(self) -> float:
        """Bytes of weights that the operator reads in one launch."""
        return 0.0

    @property
    def arithmetic(self) -> str:
        """The type it computes in, a key of `Device.flops`."""
        return "bf16"


@dataclass(frozen=True)
class Gemm(Op):
    """[m, k] by the weights [n, k], stored as `dtype`."""

    m: float
    n: int
    k: int
    dtype: str

    @property
    def flops(self) -> float:
        return 2.0 * self.m * self.n * self.k

    @property
    def weight_bytes(self) -> float:
        return self.n * self.k * BITS[self.dtype] / 8

    @property
    def bytes(self) -> float:
        read = BITS[self.arithmetic] / 8 if self.arithmetic in BITS else 1.0
        return self.weight_bytes + self.m * (self.k * read + self.n * ACTIVATION_BYTES)

    @property
    def arithmetic(self) -> str:
        return ARITHMETIC[self.dtype]


@dataclass(frozen=True)
class ContextAttention(Op):
    """Causal attention of `tokens` new tokens of each of `sequences`, after `context` tokens of the KV cache; `window` 0 sees all."""

    sequences: float
    tokens: float
    context: float
    heads: int
    kv_heads: int
    head_dim: int
    kv_dtype: str
    window: int = 0

    @property
    def pairs(self) -> float:
        """(query, key) pairs of one head over all sequences."""
        return self.sequences * seen_pairs(self.tokens, self.context, self.window)

    @property
    def flops(self) -> float:
        return 4.0 * self.pairs * self.heads * self.head_dim

    @property
    def bytes(self) -> float:
        kept = min(self.context, self.window) if self.window else self.context
        kv = 2 * (kept + self.tokens) * self.kv_heads * self.head_dim * BITS[self.kv_dtype] / 8
        return self.sequences * (kv + 2 * self.tokens * self.heads * self.head_dim * ACTIVATION_BYTES)


@dataclass(frozen=True)
class GenerationAttention(Op):
    """Attention of one new token of each of `sequences` over `context` tokens of the KV cache (mean over the sequences, itself included)."""

    sequences: float
    context: float
    heads: int
    kv_heads: int
    head_dim: int
    kv_dtype: str
    window: int = 0

    @property
    def seen(self) -> float:
        return min(self.context, self.window) if self.window else self.context

    @property
    def flops(self) -> float:
        return 4.0 * self.sequences * self.seen * self.heads * self.head_dim

    @property
    def bytes(self) -> float:
        kv = 2 * self.seen * self.kv_heads * self.head_dim * BITS[self.kv_dtype] / 8
        return self.sequences * (kv + 2 * self.heads * self.head_dim * ACTIVATION_BYTES)


@dataclass(frozen=True)
class LatentAttention(Op):
    """MLA (arXiv 2405.04434, section 2.1). Decode (`tokens` 1, absorbed) works on the latent rows, prefill on expanded keys and values."""

    sequences: float
    tokens: float
    context: float
    heads: int
    rank: int
    rope_dim: int
    nope_dim: int
    v_dim: int
    kv_dtype: str
    absorbed: bool

    @property
    def flops(self) -> float:
        if self.absorbed:
            return 2.0 * self.sequences * self.tokens * self.context * self.heads * (2 * self.rank + self.rope_dim)
        pairs = self.sequences * seen_pairs(self.tokens, self.context, 0)
        return 2.0 * pairs * self.heads * (self.nope_dim + self.rope_dim + self.v_dim)

    @property
    def bytes(self) -> float:
        if self.absorbed:
            rows = self.context * (self.rank + self.rope_dim) * BITS[self.kv_dtype] / 8
            return self.sequences * (rows + self.tokens * self.heads * (2 * self.rank + self.rope_dim) * ACTIVATION_BYTES)
        width = self.heads * (self.nope_dim + self.rope_dim + self.v_dim)
        return self.sequences * (self.context + 2 * self.tokens) * width * ACTIVATION_BYTES


@dataclass(frozen=True)
class BatchedGemm(Op):
    """One [m, k] by [k, n] product for each of `heads` (MLA's absorbed expansions)."""

    heads: int
    m: float
    n: int
    k: int
    dtype: str

    @property
    def flops(self) -> float:
        return 2.0 * self.heads * self.m * self.n * self.k

    @property
    def weight_bytes(self) -> float:
        return self.heads * self.n * self.k * BITS[self.dtype] / 8

    @property
    def bytes(self) -> float:
        return self.weight_bytes + self.heads * self.m * (self.k + self.n) * ACTIVATION_BYTES

    @property
    def arithmetic(self) -> str:
        return ARITHMETIC[self.dtype]


@dataclass(frozen=True)
class Experts(Op):
    """A mixture of experts on one device: `tokens` rows come to the layer (over all its devices), each drawing `top_k` of `experts`.

    The device holds `local` of them, `ffn` wide; its busiest share is `rows` (row, expert) pairs, and `distinct` local experts are expected to be drawn.
    `ep` devices share the experts out, `tp` split each one. `skew` is the exponent of the experts' popularity (0: all alike).
    """

    tokens: float
    hidden: int
    ffn: int
    experts: int
    top_k: int
    local: int
    rows: float
    distinct: float
    ep: int
    tp: int
    dtype: str
    skew: float = 0.0

    @property
    def flops(self) -> float:
        return 6.0 * self.rows * self.hidden * self.ffn

    @property
    def weight_bytes(self) -> float:
        return 3 * self.distinct * self.hidden * self.ffn * BITS[self.dtype] / 8

    @property
    def bytes(self) -> float:
        return self.weight_bytes + self.rows * (2 * self.hidden + 3 * self.ffn) * ACTIVATION_BYTES

    @property
    def arithmetic(self) -> str:
        return ARITHMETIC[self.dtype]


@dataclass(frozen=True)
class Elementwise(Op):
    """Norms, activations, rotary positions, cache writes: `moved` bytes read and written."""

    moved: float

    @property
    def bytes(self) -> float:
        return self.moved


@dataclass(frozen=True)
class Collective(Op):
    """`kind`: all_reduce | all_gather | reduce_scatter | all_to_all | send, among `devices`; each device puts in `wire_bytes`."""

    kind: str
    wire_bytes: float
    devices: int


def seen_pairs(tokens: float, context: float, window: int) -> float:
    """(query, key) pairs of one causal sequence: new token i sees min(context + i + 1, window) tokens."""
    if not window:
        return tokens * context + tokens * (tokens + 1) / 2
    growing = min(tokens, max(0.0, window - context))
    return growing * context + growing * (growing + 1) / 2 + (tokens - growing) * window
