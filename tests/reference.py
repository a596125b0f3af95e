"""An independent forward pass in plain NumPy: reads the same files as Intarsia, shares none of its code, computes in float64.

    Decoder.load(path).logits([1, 5, 7])            [tokens, vocab]
    Encoder.load(path).embed([2, 5, 3])             [hidden]

A decoder keeps a cache on request: `cache = model.cache(); model.logits(prompt, cache); model.logits([next], cache)`.
"""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import ml_dtypes
import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
SAFETENSORS_TYPES = {"F32": np.float32, "F16": np.float16, "BF16": ml_dtypes.bfloat16, "I64": np.int64}


GGUF_SCALARS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
GGUF_STRING, GGUF_ARRAY = 8, 9


class GGUFFile:
    """A GGUF file, read from its beginning. The package gguf has a reader too, which takes seconds for the tokens of a real vocabulary."""

    def __init__(self, path: Path) -> None:
        self.data, self.at = path.read_bytes(), 0
        assert self.take("4s") == b"GGUF" and self.take("I") == 3
        count, keys = self.take("Q"), self.take("Q")
        self.keys = {self.text(): self.value(self.take("I")) for _ in range(keys)}
        self.places = {self.text(): ([self.take("Q") for _ in range(self.take("I"))][::-1], self.take("I"), self.take("Q")) for _ in range(count)}
        alignment = self.keys.get("general.alignment", 32)
        self.base = -(-self.at // alignment) * alignment

    def take(self, kind: str) -> Any:
        (value,) = struct.unpack_from("<" + kind, self.data, self.at)
        self.at += struct.calcsize("<" + kind)
        return value

    def text(self) -> str:
        return str(self.take(f"{self.take('Q')}s").decode())

    def value(self, kind: int) -> Any:
        if kind == GGUF_ARRAY:
            inner, count = self.take("I"), self.take("Q")
            return [self.value(inner) for _ in range(count)]
        return self.text() if kind == GGUF_STRING else self.take(GGUF_SCALARS[kind])

    def tensor(self, name: str) -> Array:
        """Dequantised, in float32."""
        from gguf import GGML_QUANT_SIZES, GGMLQuantizationType, quants

        shape, kind, offset = self.places[name]
        block, size = GGML_QUANT_SIZES[GGMLQuantizationType(kind)]
        stored = np.frombuffer(self.data, np.uint8, math.prod(shape) // block * size, self.base + offset)
        return np.asarray(quants.dequantize(stored.reshape(*shape[:-1], -1), GGMLQuantizationType(kind)), np.float32).reshape(shape)


def read_gguf(path: Path, dtype: type = np.float64) -> tuple[dict[str, Any], dict[str, Array]]:
    """Metadata and dequantised tensors."""
    file = GGUFFile(path)
    return file.keys, {name: file.tensor(name).astype(dtype, copy=False) for name in file.places}


def read_safetensors(directory: Path, dtype: type = np.float64) -> dict[str, Array]:
    """All tensors of a directory's safetensors files."""
    tensors: dict[str, Array] = {}
    for path in sorted(directory.glob("*.safetensors")):
        data = path.read_bytes()
        base = 8 + int.from_bytes(data[:8], "little")
        for name, entry in json.loads(data[8:base]).items():
            if name != "__metadata__":
                begin, end = entry["data_offsets"]
                tensors[name] = np.frombuffer(data[base + begin : base + end], SAFETENSORS_TYPES[entry["dtype"]]).reshape(entry["shape"]).astype(dtype)
    return tensors


def silu(x: Array) -> Array:
    return x / (1 + np.exp(-x))


def gelu(x: Array) -> Array:
    return 0.5 * x * (1 + np.vectorize(math.erf)(x / math.sqrt(2)))


def softmax(x: Array) -> Array:
    e = np.exp(x - x.max(-1, keepdims=True))
    return np.asarray(e / e.sum(-1, keepdims=True))


@dataclass
class Cache:
    """Keys and values so far, one [tokens, kv heads, head size] a layer."""

    keys: list[Array]
    values: list[Array]

    @property
    def length(self) -> int:
        return len(self.keys[0])


@dataclass
class Decoder:
    """A Llama-like decoder. `weight(part, layer)` finds a tensor by Hugging Face's short part names."""

    layers: int
    heads: int
    kv_heads: int
    head_dim: int
    eps: float
    inverse: Array
    interleaved: bool
    weight: Callable[[str, int], Array | None]
    top_k: int = 0
    normalise: bool = True
    window: int = 0
    dtype: type = np.float64
    attention_factor: float = 1.0
    extra: dict[str, Any] = field(default_factory=dict)

    @staticmethod
    def load(path: Path, dtype: type = np.float64) -> Decoder:
        return _from_gguf(path, dtype) if path.suffix == ".gguf" else _from_directory(path, dtype)

    def cache(self) -> Cache:
        empty = np.zeros((0, self.kv_heads, self.head_dim), self.dtype)
        return Cache([empty] * self.layers, [empty] * self.layers)

    def logits(self, tokens: list[int], cache: Cache | None = None) -> Array:
        """Logits after each of `tokens`, which follow those in the cache: [tokens, vocab]."""
        cache = cache or self.cache()
        positions = np.arange(cache.length, cache.length + len(tokens))
        embedding = self._need("embed", 0)
        x = embedding[np.asarray(tokens)]
        for layer in range(self.layers):
            x = x + self._attention(self._norm(x, "input_norm", layer), positions, layer, cache)
            x = x + self._mlp(self._norm(x, "post_norm", layer), layer)
        head = self.weight("head", 0)
        return np.asarray(self._norm(x, "final_norm", 0) @ (embedding if head is None else head).T)

    def _need(self, part: str, layer: int) -> Array:
        found = self.weight(part, layer)
        assert found is not None, part
        return found

    def _norm(self, x: Array, part: str, layer: int) -> Array:
        return np.asarray(x / np.sqrt((x * x).mean(-1, keepdims=True) + self.eps) * self._need(part, layer))

    def _linear(self, x: Array, part: str, layer: int) -> Array:
        bias = self.weight(part + ".bias", layer)
        y = x @ self._need(part, layer).T
        return np.asarray(y if bias is None else y + bias)

    def _heads(self, x: Array, part: str, heads: int, positions: Array, layer: int) -> Array:
        y = self._linear(x, part, layer).reshape(len(x), heads, self.head_dim)
        if self.weight(part + "_norm", layer) is not None:
            y = self._norm(y, part + "_norm", layer)
        return self._rotate(y, positions)

    def _rotate(self, x: Array, positions: Array) -> Array:
        angle = (positions[:, None] * self.inverse)[:, None, :]
        cos, sin = np.cos(angle) * self.attention_factor, np.sin(angle) * self.attention_factor
        half = self.head_dim // 2
        first, second = (slice(0, None, 2), slice(1, None, 2)) if self.interleaved else (slice(0, half), slice(half, None))
        a, b, y = x[..., first], x[..., second], np.empty_like(x)
        y[..., first], y[..., second] = a * cos - b * sin, b * cos + a * sin
        return y

    def _attention(self, x: Array, positions: Array, layer: int, cache: Cache) -> Array:
        q = self._heads(x, "q", self.heads, positions, layer)
        k = self._heads(x, "k", self.kv_heads, positions, layer)
        v = self._linear(x, "v", layer).reshape(len(x), self.kv_heads, self.head_dim)
        keys = cache.keys[layer] = np.concatenate([cache.keys[layer], k])
        values = cache.values[layer] = np.concatenate([cache.values[layer], v])
        distance = positions[:, None] - np.arange(len(keys))
        seen = (distance >= 0) & ((distance < self.window) if self.window else True)
        out = np.empty((len(x), self.heads, self.head_dim), self.dtype)
        for head in range(self.heads):
            group = head // (self.heads // self.kv_heads)
            scores = q[:, head] @ keys[:, group].T / math.sqrt(self.head_dim)
            out[:, head] = softmax(np.where(seen, scores, -np.inf)) @ values[:, group]
        return self._linear(out.reshape(len(x), -1), "o", layer)

    def _mlp(self, x: Array, layer: int) -> Array:
        if self.weight("router", layer) is not None:
            return self._experts(x, layer)
        return self._linear(silu(self._linear(x, "gate", layer)) * self._linear(x, "up", layer), "down", layer)

    def _experts(self, x: Array, layer: int) -> Array:
        odds = softmax(x @ self._need("router", layer).T)
        out = np.zeros_like(x)
        for row, p in enumerate(odds):
            chosen = np.argsort(-p, kind="stable")[: self.top_k]
            share = p[chosen] / p[chosen].sum() if self.normalise else p[chosen]
            for expert, weight in zip(chosen, share, strict=True):
                gate, up, down = (self._need(f"expert_{part}", layer)[expert] for part in ("gate", "up", "down"))
                out[row] += weight * ((silu(x[row] @ gate.T) * (x[row] @ up.T)) @ down.T)
        return out


GGUF_PARTS = {
    "embed": "token_embd.weight",
    "final_norm": "output_norm.weight",
    "head": "output.weight",
    "input_norm": "blk.{}.attn_norm.weight",
    "post_norm": "blk.{}.ffn_norm.weight",
    "q": "blk.{}.attn_q.weight",
    "k": "blk.{}.attn_k.weight",
    "v": "blk.{}.attn_v.weight",
    "o": "blk.{}.attn_output.weight",
    "q.bias": "blk.{}.attn_q.bias",
    "k.bias": "blk.{}.attn_k.bias",
    "v.bias": "blk.{}.attn_v.bias",
    "q_norm": "blk.{}.attn_q_norm.weight",
    "k_norm": "blk.{}.attn_k_norm.weight",
    "gate": "blk.{}.ffn_gate.weight",
    "up": "blk.{}.ffn_up.weight",
    "down": "blk.{}.ffn_down.weight",
    "router": "blk.{}.ffn_gate_inp.weight",
    "expert_gate": "blk.{}.ffn_gate_exps.weight",
    "expert_up": "blk.{}.ffn_up_exps.weight",
    "expert_down": "blk.{}.ffn_down_exps.weight",
}


def _from_gguf(path: Path, dtype: type) -> Decoder:
    keys, tensors = read_gguf(path, dtype)
    arch = keys["general.architecture"]
    at = {name.removeprefix(arch + "."): value for name, value in keys.items() if name.startswith(arch + ".")}
    head_dim = at.get("attention.key_length", at["embedding_length"] // at["attention.head_count"])
    inverse = at["rope.freq_base"] ** (-np.arange(0, head_dim, 2, dtype=dtype) / head_dim)
    if "rope_freqs.weight" in tensors:
        inverse = inverse / tensors["rope_freqs.weight"]
    return Decoder(
        at["block_count"],
        at["attention.head_count"],
        at["attention.head_count_kv"],
        head_dim,
        at["attention.layer_norm_rms_epsilon"],
        inverse,
        arch == "llama",
        lambda part, layer: tensors.get(GGUF_PARTS.get(part, "").replace("{}", str(layer))),
        top_k=at.get("expert_used_count", 0),
        dtype=dtype,
    )


def _from_directory(path: Path, dtype: type) -> Decoder:
    c, tensors = json.loads((path / "config.json").read_text()), read_safetensors(path, dtype)
    head_dim = c.get("head_dim") or c["hidden_size"] // c["num_attention_heads"]
    inverse = c["rope_theta"] ** (-np.arange(0, head_dim, 2, dtype=dtype) / head_dim)
    return Decoder(
        c["num_hidden_layers"],
        c["num_attention_heads"],
        c["num_key_value_heads"],
        head_dim,
        c["rms_norm_eps"],
        _scaled(inverse, c.get("rope_scaling")),
        False,
        lambda part, layer: _hf_weight(tensors, c, part, layer),
        top_k=c.get("num_experts_per_tok", 0),
        normalise=c.get("norm_topk_prob", True),
        dtype=dtype,
        window=(c.get("sliding_window") or 0) if c["model_type"] in ("mistral", "mixtral") else 0,
    )


def _scaled(inverse: Array, scaling: dict[str, Any] | None) -> Array:
    """Linear and Llama-3 scaling of rotary frequencies, as in transformers' modeling_rope_utils.py."""
    if not scaling:
        return inverse
    if scaling["rope_type"] == "linear":
        return np.asarray(inverse / scaling["factor"])
    assert scaling["rope_type"] == "llama3"
    old, low, high = scaling["original_max_position_embeddings"], scaling["low_freq_factor"], scaling["high_freq_factor"]
    length = 2 * math.pi / inverse
    smooth = (old / length - low) / (high - low)
    medium = (1 - smooth) * inverse / scaling["factor"] + smooth * inverse
    return np.where(length > old / low, inverse / scaling["factor"], np.where(length < old / high, inverse, medium))


def _hf_weight(tensors: dict[str, Array], config: dict[str, Any], part: str, layer: int) -> Array | None:
    at = f"model.layers.{layer}."
    outside = {
        "embed": "model.embed_tokens.weight",
        "final_norm": "model.norm.weight",
        "head": "lm_head.weight",
        "input_norm": at + "input_layernorm.weight",
        "post_norm": at + "post_attention_layernorm.weight",
    }
    if part in outside:
        return tensors.get(outside[part])
    if part.endswith("_norm"):
        return tensors.get(f"{at}self_attn.{part}.weight")
    name, _, bias = part.partition(".")
    if name in "qkvo":
        return tensors.get(f"{at}self_attn.{name}_proj.{bias or 'weight'}")
    mixtral = config["model_type"] == "mixtral"
    block = "block_sparse_moe" if mixtral else "mlp"
    if part == "router":
        return tensors.get(f"{at}{block}.gate.weight")
    if part.startswith("expert_"):
        kind = part.removeprefix("expert_")
        stored = {"gate": "w1", "up": "w3", "down": "w2"}[kind] if mixtral else f"{kind}_proj"
        return np.stack([tensors[f"{at}{block}.experts.{e}.{stored}.weight"] for e in range(config.get("num_local_experts") or config["num_experts"])])
    return tensors.get(f"{at}mlp.{name}_proj.{bias or 'weight'}")


@dataclass
class Encoder:
    """A BERT encoder with mean pooling to unit length, as sentence-transformers' MiniLM has it."""

    config: dict[str, Any]
    tensors: dict[str, Array]

    @staticmethod
    def load(path: Path, dtype: type = np.float64) -> Encoder:
        return Encoder(json.loads((path / "config.json").read_text()), read_safetensors(path, dtype))

    def embed(self, tokens: list[int]) -> Array:
        """The unit vector of one text's tokens: [hidden]."""
        pooled = self.rows(tokens).mean(0)
        return np.asarray(pooled / np.linalg.norm(pooled))

    def rows(self, tokens: list[int]) -> Array:
        """The last hidden rows: [tokens, hidden]."""
        x = self.tensors["embeddings.word_embeddings.weight"][np.asarray(tokens)] + self.tensors["embeddings.position_embeddings.weight"][: len(tokens)]
        x = self._norm(x + self.tensors["embeddings.token_type_embeddings.weight"][0], "embeddings.LayerNorm")
        for layer in range(self.config["num_hidden_layers"]):
            x = self._layer(x, f"encoder.layer.{layer}.")
        return x

    def _layer(self, x: Array, at: str) -> Array:
        heads = self.config["num_attention_heads"]
        q, k, v = (self._linear(x, f"{at}attention.self.{part}").reshape(len(x), heads, -1) for part in ("query", "key", "value"))
        scores = np.einsum("qhd,khd->hqk", q, k) / math.sqrt(q.shape[-1])
        mixed = np.einsum("hqk,khd->qhd", softmax(scores), v).reshape(len(x), -1)
        x = self._norm(x + self._linear(mixed, at + "attention.output.dense"), at + "attention.output.LayerNorm")
        inner = gelu(self._linear(x, at + "intermediate.dense"))
        return self._norm(x + self._linear(inner, at + "output.dense"), at + "output.LayerNorm")

    def _linear(self, x: Array, name: str) -> Array:
        return np.asarray(x @ self.tensors[name + ".weight"].T + self.tensors[name + ".bias"])

    def _norm(self, x: Array, name: str) -> Array:
        centred = x - x.mean(-1, keepdims=True)
        scaled = centred / np.sqrt((centred * centred).mean(-1, keepdims=True) + self.config["layer_norm_eps"])
        return np.asarray(scaled * self.tensors[name + ".weight"] + self.tensors[name + ".bias"])
