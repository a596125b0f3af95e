"""What a task does per step, as formulas (ir/formula.py) of `batch`, `prompt` and `context`, from a model's sizes and table of weights.

| name | what it counts |
|---|---|
| `flops` | two for each weight that a token meets, plus attention's two products |
| `weight_bytes` | weights read once a step, as stored; of the experts, those that are expected to be drawn |
| `kv_read_bytes`, `kv_write_bytes` | the KV cache read and written |
| `activation_bytes` | rows that matrix products read and write, in f32 |
| `network_bytes` | the result, which crosses a link where its reader runs elsewhere |
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import prod
from typing import Any

from intarsia.ir.model import ModelConfig
from intarsia.ir.module import attribute, attributes_of
from intarsia.ir.weights import WeightShape, stored_bytes, table

ROW_WEIGHTS = ("token_embd.weight", "position_embd.weight", "token_types.weight")
F32, F16 = 4, 2
BYTES_PER_WORD = 6
TOKEN_BYTES = 4

Resources = dict[str, str]


@dataclass(frozen=True)
class Sizes:
    """What the formulas need of a model: elements and bytes that don't depend on batch, prompt or context.

    `fixed_bytes` are read every step, `row_bytes` per token, `expert_bytes` are those of all experts.
    """

    config: ModelConfig
    flops_per_token: int
    activation_bytes_per_token: int
    fixed_bytes: int
    row_bytes: int
    expert_bytes: int
    kv_bytes_per_token: int


def sizes(model: Any) -> Sizes:
    """The sizes of an `llm.model` operation. Layers beyond the config's count are left out, so that editing it takes effect."""
    config = ModelConfig.from_dict(attribute(model, "config"))
    rows = [attributes_of(op.operation) for op in model.regions[0].blocks[0].operations if op.operation.name == "llm.weight"]
    rows = rows or [{"name": w.name, "dtype": "f16", "shape": list(w.shape), "layers": list(w.layers)} for w in table(config)]
    matrices = [weight for weight in table(config) if _is_matrix(weight)]
    stored = {kind: sum(_stored_bytes(row, config) for row in rows if _role(row, config) == kind) for kind in ("fixed", "expert")}
    return Sizes(
        config,
        flops_per_token=sum(2 * _met_by_a_token(w, config) for w in matrices) or 2 * sum(prod(row["shape"]) for row in rows),
        activation_bytes_per_token=sum(_row_traffic(w, config) for w in matrices),
        fixed_bytes=stored["fixed"], expert_bytes=stored["expert"],
        row_bytes=sum(stored_bytes(row["dtype"], row["shape"][-1]) for row in rows if row["name"] in ROW_WEIGHTS),
        kv_bytes_per_token=config.kv_elements_per_token() * F16,
    )


def _is_matrix(weight: WeightShape) -> bool:
    """Whether it is multiplied with every token's row (the output head, only with the last one's, is counted apart)."""
    return bool(weight.layers) and len(weight.shape) > 1


def _met_by_a_token(weight: WeightShape, config: ModelConfig) -> int:
    """Elements, over all layers, that one token is multiplied with."""
    share = config.top_k if len(weight.shape) == 3 else 1
    return prod(weight.shape[-2:]) * len(weight.layers) * share


def _row_traffic(weight: WeightShape, config: ModelConfig) -> int:
    share = config.top_k if len(weight.shape) == 3 else 1
    return F32 * sum(weight.shape[-2:]) * len(weight.layers) * share


def _role(row: dict[str, Any], config: ModelConfig) -> str:
    """fixed: read by every step; expert: by those tokens that draw it; row: one row a token."""
    if row["name"] == "token_embd.weight" and config.tied_embeddings and config.family == "decoder":
        return "fixed"
    return "row" if row["name"] in ROW_WEIGHTS else "expert" if len(row["shape"]) == 3 else "fixed"


def _stored_bytes(row: dict[str, Any], config: ModelConfig) -> int:
    layers = sum(layer < config.layers for layer in row["layers"]) if row.get("layers") else 1
    shape = list(row["shape"])
    if len(shape) == 3 and config.experts:
        shape[0] = min(shape[0], config.experts)
    return layers * stored_bytes(row["dtype"], prod(shape))


def prefill(s: Sizes) -> Resources:
    """One step over `prompt` new tokens of each of `batch` sequences, `context` tokens before them in the cache."""
    c = s.config
    attention = _sum(_times(_attention_flops(c, absorbed=False), _pairs(c)), _times(_expansion_flops(c), "context"))
    return {
        "flops": _times("batch", _bracket(_sum(_times(s.flops_per_token, "prompt"), attention, str(2 * c.vocab * c.hidden)))),
        "weight_bytes": _weight_bytes(s, "batch*prompt"),
        "kv_read_bytes": _times(s.kv_bytes_per_token, f"batch*({_seen(c, 'context')} + prompt)"),
        "kv_write_bytes": _times(s.kv_bytes_per_token, "batch*prompt"),
        "activation_bytes": f"{s.activation_bytes_per_token}*batch*prompt + {F32 * (c.hidden + c.vocab)}*batch",
        "network_bytes": _times(s.kv_bytes_per_token, "batch*(context + prompt)"),
    }


def decode(s: Sizes) -> Resources:
    """One step that adds one token to each of `batch` sequences with `context` tokens in the cache."""
    c = s.config
    seen = _seen(c, "context + 1")
    return {
        "flops": _times("batch", _bracket(_sum(str(s.flops_per_token + 2 * c.vocab * c.hidden), _times(_attention_flops(c, absorbed=True), seen)))),
        "weight_bytes": _weight_bytes(s, "batch"),
        "kv_read_bytes": _times(s.kv_bytes_per_token, f"batch*{seen}"),
        "kv_write_bytes": f"{s.kv_bytes_per_token}*batch",
        "activation_bytes": f"{s.activation_bytes_per_token + F32 * (c.hidden + c.vocab)}*batch",
        "network_bytes": f"{TOKEN_BYTES}*batch",
    }


def encode(s: Sizes) -> Resources:
    """One pass of an encoder (every token sees every other), or one call of an exported module, over `batch` texts of `prompt` tokens."""
    c = s.config
    attention = _times(_attention_flops(c, absorbed=False), "prompt**2")
    return {
        "flops": _times("batch", _bracket(_sum(_times(s.flops_per_token, "prompt"), attention))),
        "weight_bytes": _weight_bytes(s, "batch*prompt"),
        "kv_read_bytes": "0", "kv_write_bytes": "0",
        "activation_bytes": f"{s.activation_bytes_per_token}*batch*prompt",
        "network_bytes": f"{F32 * c.hidden}*batch",
    }


def retrieve(width: int, documents: int, words: int) -> Resources:
    """A scan of `documents` vectors of `width` f32 each; the result is text of `words` words."""
    scanned = F32 * width * documents
    return _plain(flops=f"{2 * width * documents}*batch", weight_bytes=str(scanned), network_bytes=f"{words * BYTES_PER_WORD}*batch")


def tool() -> Resources:
    """A call of somebody else's code: only its arguments' bytes are known, its time is its latency distribution."""
    return _plain(network_bytes="arguments")


def _plain(**given: str) -> Resources:
    names = ("flops", "weight_bytes", "kv_read_bytes", "kv_write_bytes", "activation_bytes", "network_bytes")
    return {name: given.get(name, "0") for name in names}


def _attention_flops(c: ModelConfig, *, absorbed: bool) -> int:
    """FLOPs of one (query, key) pair over all heads and layers.

    MLA's prefill expands the latent rows to keys and values; its decode works on the latent rows themselves,
    with the expansion absorbed in the query and the output (arXiv 2405.04434, section 2.1.3).
    """
    if not c.kv_lora_rank:
        return 4 * c.layers * c.q_width
    if absorbed:
        return 2 * c.layers * c.heads * (2 * c.kv_lora_rank + c.qk_rope_head_dim)
    return 2 * c.layers * c.heads * (c.qk_nope_head_dim + c.qk_rope_head_dim + c.v_head_dim)


def _expansion_flops(c: ModelConfig) -> int:
    """FLOPs to expand one earlier token's latent row, all layers."""
    return 2 * c.layers * c.kv_lora_rank * c.heads * (c.qk_nope_head_dim + c.v_head_dim)


def _seen(c: ModelConfig, tokens: str) -> str:
    """How many of `tokens` a sliding window leaves visible."""
    return f"min({tokens}, {c.sliding_window})" if c.sliding_window else f"({tokens})" if " " in tokens else tokens


def _pairs(c: ModelConfig) -> str:
    """(query, key) pairs of a causal prefill: token i sees min(context + i + 1, window) tokens."""
    if not c.sliding_window:
        return "(prompt*context + prompt*(prompt + 1)/2)"
    w = c.sliding_window
    growing = f"min(prompt, max(0, {w} - context))"
    return f"({growing}*context + {growing}*({growing} + 1)/2 + (prompt - {growing})*{w})"


def _weight_bytes(s: Sizes, tokens: str) -> str:
    """Fixed weights, the tokens' rows of the embeddings, and the experts expected to be drawn at least once.

    With k of E experts drawn evenly by each of T tokens, E * (1 - (1 - k/E)**T) distinct ones are expected.
    """
    rows = _times(s.row_bytes, tokens)
    if not s.expert_bytes:
        return _sum(str(s.fixed_bytes), rows)
    missed = 1 - s.config.top_k / s.config.experts
    return _sum(str(s.fixed_bytes), rows, f"{s.expert_bytes}*(1 - {missed:.12g}**({tokens}))")


def _times(factor: int | str, term: str) -> str:
    return "0" if factor in (0, "0") or term == "0" else term if factor == 1 else f"{factor}*{term}"


def _sum(*terms: str) -> str:
    return " + ".join(_nonzero(terms)) or "0"


def _nonzero(terms: Iterable[str]) -> list[str]:
    return [term for term in terms if term != "0"]


def _bracket(term: str) -> str:
    return f"({term})" if " " in term else term
