"""A model's sizes: the one description that front ends write, and lowering, cost models and the report read."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from intarsia.ir import rope
from intarsia.ir.facts import check_fields

CHOICES = {
    "family": ("decoder", "encoder", "torch"),
    "norm": ("rmsnorm", "layernorm"),
    "activation": ("silu", "gelu", "gelu_tanh", "relu"),
    "rope_style": ("none", "neox", "interleaved"),
    "pooling": ("", "mean", "first"),
    "scoring": ("softmax", "sigmoid"),
}
LARGEST_SIZE = 1 << 40
MOST_LAYERS = 10_000


@dataclass(frozen=True)
class ModelConfig:
    """Sizes of a transformer, in elements unless said otherwise. Zero or empty means "has none".

    `family`: decoder | encoder | torch. `head_dim` is per head; MLA models use the four `*_head_dim`/`*_rank` sizes.
    `first_dense` layers precede the mixture-of-experts layers; `shared_experts` run for every token.
    With `full_attention_every` n, the layers n-1, 2n-1, ... see all tokens and the others only `sliding_window` of them.
    With `linear_v_heads`, those others keep no tokens but a state (gated DeltaNet): `linear_k_dim` x `linear_v_dim` a head, keys and queries of
    `linear_k_heads`, after a convolution over `linear_conv` tokens. `output_gate`: queries' projection also makes a gate of the attention's result.
    With `index_heads`, latent attention is sparse: an indexer of so many heads of `index_dim` chooses the `index_top_k` tokens that a query sees.
    """

    architecture: str
    family: str
    layers: int
    hidden: int = 0
    heads: int = 0
    kv_heads: int = 0
    head_dim: int = 0
    ffn: int = 0
    vocab: int = 0
    context: int = 0
    norm: str = "rmsnorm"
    norm_eps: float = 1e-5
    activation: str = "silu"
    gated: bool = True
    rope_theta: float = 0.0
    rope_style: str = "none"
    rope_scaling: dict[str, Any] = field(default_factory=dict)
    qk_norm: bool = False
    attention_bias: bool = False
    output_bias: bool = False
    mlp_bias: bool = False
    tied_embeddings: bool = False
    sliding_window: int = 0
    positions: int = 0
    token_types: int = 0
    pooling: str = ""
    normalise_embeddings: bool = False
    experts: int = 0
    top_k: int = 0
    expert_ffn: int = 0
    shared_experts: int = 0
    shared_ffn: int = 0
    first_dense: int = 0
    moe_every: int = 1
    normalise_top_k: bool = False
    scoring: str = "softmax"
    routed_scale: float = 1.0
    q_lora_rank: int = 0
    kv_lora_rank: int = 0
    qk_nope_head_dim: int = 0
    qk_rope_head_dim: int = 0
    v_head_dim: int = 0
    index_heads: int = 0
    index_dim: int = 0
    index_top_k: int = 0
    linear_k_heads: int = 0
    linear_v_heads: int = 0
    linear_k_dim: int = 0
    linear_v_dim: int = 0
    linear_conv: int = 0
    output_gate: bool = False
    full_attention_every: int = 0
    attention_sinks: bool = False
    layer_norms: int = 2
    wide_qk_norm: bool = False
    router_bias: bool = False
    expert_bias: bool = False
    shared_gate: bool = False

    def check(self) -> None:
        """Raises ValueError with the sentence that says which size is wrong."""
        self._check_choices()
        if self.family == "torch":
            return
        self._check_sizes()
        if self.heads % self.kv_heads:
            raise ValueError(f"config.heads ({self.heads}) must be a multiple of config.kv_heads ({self.kv_heads})")
        if self.ffn <= 0 and not self.experts:
            raise ValueError(f"config.ffn must be greater than zero, found {self.ffn}")
        if self.experts and not 0 < self.top_k <= self.experts:
            raise ValueError(f"config.top_k ({self.top_k}) must lie between 1 and config.experts ({self.experts})")
        if self.experts and self.expert_ffn <= 0:
            raise ValueError(f"config.expert_ffn must be greater than zero, found {self.expert_ffn}")
        if self.index_heads and not (self.kv_lora_rank and self.q_lora_rank and self.index_dim and self.index_top_k):
            raise ValueError("config.index_heads needs config.kv_lora_rank, q_lora_rank, index_dim and index_top_k above zero")
        if self.linear_v_heads and (self.linear_k_heads <= 0 or self.linear_v_heads % self.linear_k_heads or min(self.linear_k_dim, self.linear_v_dim, self.linear_conv) <= 0):
            raise ValueError("config.linear_v_heads must be a multiple of config.linear_k_heads, and linear_k_dim, linear_v_dim and linear_conv above zero")
        if self.rope_style != "none" and (self.rope_theta <= 0 or self.head_dim % 2):
            raise ValueError(f"rotary positions need config.rope_theta > 0 (found {self.rope_theta}) and an even config.head_dim (found {self.head_dim})")

        if wrong := rope.problem(self.head_dim, self.rope_scaling):
            raise ValueError(f"config.rope_scaling {wrong}")

    def _check_choices(self) -> None:
        for name, choices in CHOICES.items():
            if getattr(self, name) not in choices:
                raise ValueError(f"config.{name} is {getattr(self, name)!r}; choose one of {', '.join(c or 'nothing' for c in choices)}")

    def _check_sizes(self) -> None:
        for f in fields(self):
            value = getattr(self, f.name)
            if f.type == "int" and not 0 <= value <= LARGEST_SIZE:
                raise ValueError(f"config.{f.name} must lie between 0 and {LARGEST_SIZE}, found {value}")
            if f.type == "float" and not math.isfinite(value):
                raise ValueError(f"config.{f.name} must be a finite number, found {value}")
        if self.layers > MOST_LAYERS:
            raise ValueError(f"config.layers must be at most {MOST_LAYERS}, found {self.layers}")
        if self.moe_every <= 0 or self.norm_eps <= 0 or self.layer_norms <= 0:
            sizes = f"config.moe_every ({self.moe_every}), config.norm_eps ({self.norm_eps}) and config.layer_norms ({self.layer_norms})"
            raise ValueError(f"{sizes} must be greater than zero")
        for name in ("layers", "hidden", "heads", "kv_heads", "head_dim", "vocab"):
            if getattr(self, name) <= 0:
                raise ValueError(f"config.{name} must be greater than zero, found {getattr(self, name)}")

    def to_dict(self) -> dict[str, Any]:
        """Every field that differs from its default, so that the printed IR stays short."""
        default = {f.name: f.default for f in fields(self)}
        return {k: v for k, v in asdict(self).items() if v != default[k] and v != {}}

    @staticmethod
    def from_dict(values: dict[str, Any]) -> ModelConfig:
        """Raises ValueError for a field that is unknown, missing or of the wrong kind."""
        check_fields(ModelConfig, values, "config")
        return ModelConfig(**values)

    @property
    def q_width(self) -> int:
        return self.heads * self.head_dim

    @property
    def kv_width(self) -> int:
        return self.kv_heads * self.head_dim

    @property
    def shared_width(self) -> int:
        """Inner width of the expert that every token uses; zero without one."""
        return self.shared_ffn or self.shared_experts * self.expert_ffn

    def window(self, layer: int) -> int:
        """Tokens that the attention of a layer sees; zero means all of them."""
        every = self.full_attention_every
        return 0 if every and layer % every == every - 1 else self.sliding_window

    def is_linear(self, layer: int) -> bool:
        """Whether a layer keeps a state instead of keys and values."""
        every = self.full_attention_every
        return bool(self.linear_v_heads) and not (every and layer % every == every - 1)

    @property
    def linear_layers(self) -> int:
        return sum(self.is_linear(layer) for layer in range(self.layers))

    @property
    def linear_width(self) -> int:
        """Columns of queries, keys and values of a layer with a state."""
        return 2 * self.linear_k_heads * self.linear_k_dim + self.linear_v_heads * self.linear_v_dim

    def is_moe_layer(self, layer: int) -> bool:
        return bool(self.experts) and layer >= self.first_dense and (layer - self.first_dense) % self.moe_every == 0

    def kv_elements_per_token(self) -> int:
        """KV-cache elements a token needs over all layers (MLA keeps one compressed row a layer, and an indexer's key)."""
        if self.kv_lora_rank:
            return self.layers * (self.kv_lora_rank + self.qk_rope_head_dim + self.index_dim)
        return 2 * (self.layers - self.linear_layers) * self.kv_width

    def attention_parameters(self) -> int:
        """Weights of one layer's attention (to tokens)."""
        if self.kv_lora_rank:
            return self._mla_parameters()
        projections = self.hidden * (self.q_width * (1 + self.output_gate) + 2 * self.kv_width) + self.q_width * self.hidden
        biases = (self.q_width + 2 * self.kv_width) * self.attention_bias + self.hidden * self.output_bias
        norms = (self.q_width + self.kv_width if self.wide_qk_norm else 2 * self.head_dim) * self.qk_norm
        return projections + biases + norms + self.heads * self.attention_sinks

    def linear_parameters(self) -> int:
        """Weights of one layer with a state: queries, keys, values and gate, a decay and a strength for each head, the convolution, the norm of a head and the output."""
        values = self.linear_v_heads * self.linear_v_dim
        projections = self.hidden * (self.linear_width + 2 * values + 2 * self.linear_v_heads)
        return projections + self.linear_width * self.linear_conv + 2 * self.linear_v_heads + self.linear_v_dim

    def _mla_parameters(self) -> int:
        q_dim = self.heads * (self.qk_nope_head_dim + self.qk_rope_head_dim)
        q = self.hidden * self.q_lora_rank + self.q_lora_rank + self.q_lora_rank * q_dim if self.q_lora_rank else self.hidden * q_dim
        kv_down = self.hidden * (self.kv_lora_rank + self.qk_rope_head_dim) + self.kv_lora_rank
        kv_up = self.kv_lora_rank * self.heads * (self.qk_nope_head_dim + self.v_head_dim)
        return q + kv_down + kv_up + self.heads * self.v_head_dim * self.hidden + self._indexer_parameters()

    def _indexer_parameters(self) -> int:
        """Queries from the low-rank ones, one key for all heads, its layernorm, and a weight for each head (DeepSeek-V3.2-Exp)."""
        queries = self.q_lora_rank * self.index_heads * self.index_dim
        return queries + self.hidden * (self.index_dim + self.index_heads) + 2 * self.index_dim

    def mlp_parameters(self, layer: int, *, active: bool = False) -> int:
        """Weights of one layer's MLP; `active` counts only the experts that one token uses."""
        matrices = 3 if self.gated else 2
        if not self.is_moe_layer(layer):
            biases = ((matrices - 1) * self.ffn + self.hidden) * self.mlp_bias
            return matrices * self.hidden * self.ffn + biases
        used = self.top_k if active else self.experts
        router = self.hidden * self.experts + self.experts * (self.scoring == "sigmoid" or self.router_bias) + self.hidden * self.shared_gate
        biases = used * (2 * self.expert_ffn + self.hidden) * self.expert_bias
        return 3 * self.hidden * (used * self.expert_ffn + self.shared_width) + router + biases

    def norm_parameters(self) -> int:
        """Norm weights of one layer (a layernorm has a bias too)."""
        return self.layer_norms * self.hidden * (2 if self.norm == "layernorm" else 1)

    def final_norm_parameters(self) -> int:
        """The one norm after the layers (or after an encoder's embeddings)."""
        return self.norm_parameters() // self.layer_norms

    def layer_parameters(self, *, active: bool = False) -> int:
        """Weights of all layers."""
        whole, states = self.layers - self.linear_layers, self.linear_layers
        attention = whole * self.attention_parameters() + states * self.linear_parameters()
        return attention + self.layers * self.norm_parameters() + sum(self.mlp_parameters(layer, active=active) for layer in range(self.layers))

    def embedding_parameters(self) -> int:
        """Token (and position and type) embeddings, without the output head."""
        norm = self.final_norm_parameters() if self.family == "encoder" else 0
        extra = (self.positions + self.token_types) * self.hidden + norm
        return self.vocab * self.hidden + extra

    def parameters(self, *, active: bool = False) -> int:
        """All weights: layers, embeddings, final norm and output head (counted once when tied)."""
        head = 0 if self.tied_embeddings or self.family == "encoder" else self.vocab * self.hidden
        final_norm = 0 if self.family == "encoder" else self.final_norm_parameters()
        return self.layer_parameters(active=active) + self.embedding_parameters() + final_norm + head
