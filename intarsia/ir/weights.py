"""The weights that a transformer of given sizes has, by canonical name: the contract between front ends, lowering and code generation.

Names are GGUF's (`blk.{}.attn_q.weight`), whatever the file calls them; shapes are [outputs, inputs], experts first.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import prod

from intarsia.ir.model import ModelConfig

BLOCKS = {
    "f32": (1, 4), "f16": (1, 2), "bf16": (1, 2), "f8e4m3": (1, 1), "int8": (1, 1), "int4": (2, 1),
    "q8_0": (32, 34), "q4_0": (32, 18), "q4_1": (32, 20), "q4_k": (256, 144), "q6_k": (256, 210),
}
"""(elements, bytes) of one block of each weight type; the GGUF types as in ggml's block structs."""

BLOCK_SCALES = "f8_block"
EIGHT_BITS = ("f8", BLOCK_SCALES)
"""Precisions whose layers multiply 8-bit floats: a scale for a matrix and for each row of activations, or for blocks of 128 x 128 and of 128 (cost_models/dtypes.py)."""


def stored_bytes(dtype: str, elements: int) -> int:
    """Bytes that so many elements take in a file; the last block counts whole."""
    block, size = BLOCKS[dtype]
    return -(-elements // block) * size


@dataclass(frozen=True)
class WeightShape:
    """A weight's `name` (with `{}` for the layer), `shape`, and the `layers` that have one; empty when it lies outside the layers."""

    name: str
    shape: tuple[int, ...]
    layers: tuple[int, ...] = ()

    @property
    def elements(self) -> int:
        """Elements over all layers."""
        return prod(self.shape) * max(1, len(self.layers))


def table(config: ModelConfig) -> list[WeightShape]:
    """Every weight of a decoder or encoder, in the order of use; empty for an exported torch module."""
    if config.family == "torch":
        return []
    return [*_embeddings(config), *_layers(config), *_head(config)]


def _embeddings(c: ModelConfig) -> Iterator[WeightShape]:
    yield WeightShape("token_embd.weight", (c.vocab, c.hidden))
    if c.positions:
        yield WeightShape("position_embd.weight", (c.positions, c.hidden))
    if c.token_types:
        yield WeightShape("token_types.weight", (c.token_types, c.hidden))
    if c.family == "encoder":
        yield from _norm(c, "token_embd_norm")


def _head(c: ModelConfig) -> Iterator[WeightShape]:
    if c.family == "encoder":
        return
    yield from _norm(c, "output_norm")
    if not c.tied_embeddings:
        yield WeightShape("output.weight", (c.vocab, c.hidden))


def _layers(c: ModelConfig) -> Iterator[WeightShape]:
    every = tuple(range(c.layers))
    attention = _mla(c) if c.kv_lora_rank else _attention(c)
    norms = ("attn_output_norm", "layer_output_norm") if c.family == "encoder" else ("attn_norm", "ffn_norm")
    for weight in (*_norm(c, norms[0]), *attention, *_norm(c, norms[1])):
        yield _in_layers(weight, every)
    sparse = tuple(layer for layer in every if c.is_moe_layer(layer))
    dense = tuple(layer for layer in every if not c.is_moe_layer(layer))
    for weight in _mlp(c) if dense else ():
        yield _in_layers(weight, dense)
    for weight in _moe(c) if sparse else ():
        yield _in_layers(weight, sparse)


def _in_layers(weight: WeightShape, layers: tuple[int, ...]) -> WeightShape:
    return WeightShape("blk.{}." + weight.name, weight.shape, layers)


def _norm(c: ModelConfig, name: str) -> Iterator[WeightShape]:
    yield WeightShape(f"{name}.weight", (c.hidden,))
    if c.norm == "layernorm":
        yield WeightShape(f"{name}.bias", (c.hidden,))


def _linear(name: str, outputs: int, inputs: int, bias: bool) -> Iterator[WeightShape]:
    yield WeightShape(f"{name}.weight", (outputs, inputs))
    if bias:
        yield WeightShape(f"{name}.bias", (outputs,))


def _attention(c: ModelConfig) -> Iterator[WeightShape]:
    yield from _linear("attn_q", c.q_width, c.hidden, c.attention_bias)
    yield from _linear("attn_k", c.kv_width, c.hidden, c.attention_bias)
    yield from _linear("attn_v", c.kv_width, c.hidden, c.attention_bias)
    if c.qk_norm:
        yield WeightShape("attn_q_norm.weight", (c.head_dim,))
        yield WeightShape("attn_k_norm.weight", (c.head_dim,))
    yield from _linear("attn_output", c.hidden, c.q_width, c.output_bias)


def _mla(c: ModelConfig) -> Iterator[WeightShape]:
    """Multi-head latent attention (DeepSeek-V2, arXiv 2405.04434, section 2.1)."""
    q_width = c.heads * (c.qk_nope_head_dim + c.qk_rope_head_dim)
    if c.q_lora_rank:
        yield WeightShape("attn_q_a.weight", (c.q_lora_rank, c.hidden))
        yield WeightShape("attn_q_a_norm.weight", (c.q_lora_rank,))
        yield WeightShape("attn_q_b.weight", (q_width, c.q_lora_rank))
    else:
        yield WeightShape("attn_q.weight", (q_width, c.hidden))
    yield WeightShape("attn_kv_a_mqa.weight", (c.kv_lora_rank + c.qk_rope_head_dim, c.hidden))
    yield WeightShape("attn_kv_a_norm.weight", (c.kv_lora_rank,))
    yield WeightShape("attn_kv_b.weight", (c.heads * (c.qk_nope_head_dim + c.v_head_dim), c.kv_lora_rank))
    yield WeightShape("attn_output.weight", (c.hidden, c.heads * c.v_head_dim))


def _mlp(c: ModelConfig) -> Iterator[WeightShape]:
    if c.gated:
        yield from _linear("ffn_gate", c.ffn, c.hidden, c.mlp_bias)
    yield from _linear("ffn_up", c.ffn, c.hidden, c.mlp_bias)
    yield from _linear("ffn_down", c.hidden, c.ffn, c.mlp_bias)


def _moe(c: ModelConfig) -> Iterator[WeightShape]:
    yield WeightShape("ffn_gate_inp.weight", (c.experts, c.hidden))
    if c.scoring == "sigmoid":
        yield WeightShape("exp_probs_b.bias", (c.experts,))
    yield WeightShape("ffn_gate_exps.weight", (c.experts, c.expert_ffn, c.hidden))
    yield WeightShape("ffn_up_exps.weight", (c.experts, c.expert_ffn, c.hidden))
    yield WeightShape("ffn_down_exps.weight", (c.experts, c.hidden, c.expert_ffn))
    if c.shared_width:
        yield from _linear("ffn_gate_shexp", c.shared_width, c.hidden, False)
        yield from _linear("ffn_up_shexp", c.shared_width, c.hidden, False)
        yield from _linear("ffn_down_shexp", c.hidden, c.shared_width, False)
