"""Runs a phase of operators in NumPy float64, straight from the module's text: what the text means, slowly.

    logits = Interpreter(module).run("m_prefill", [1, 5, 7])

Weights are read through the module's own `llm.weight` operations (files, offsets, types), so it checks front ends too.
i8 rows are quantised for real: blocks of 32, one scale each.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import gguf
import ml_dtypes
import numpy as np
from gguf import quants
from numpy.typing import NDArray

from intarsia.ir.module import Module, attribute, attributes_of, element, walk
from intarsia.ir.rope import frequencies

Array = NDArray[Any]
PLAIN = {"f32": np.float32, "f16": np.float16, "bf16": ml_dtypes.bfloat16}
BLOCK = 32


def erf(x: Array) -> Array:
    return np.asarray(np.vectorize(math.erf, otypes=[float])(x))


ACTIVATIONS: dict[str, Callable[[Array], Array]] = {
    "none": lambda x: x,
    "silu": lambda x: x / (1 + np.exp(-x)),
    "gelu": lambda x: 0.5 * x * (1 + erf(x / math.sqrt(2))),
    "gelu_tanh": lambda x: 0.5 * x * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3))),
    "relu": lambda x: np.maximum(x, 0),
    "tanh": np.tanh,
}


def quantised(x: Array) -> Array:
    """Rows as i8 rows give them back: int8 in blocks of 32, one scale a block."""
    blocks = x.reshape(*x.shape[:-1], -1, BLOCK)
    scale = np.abs(blocks).max(-1, keepdims=True) / 127
    return np.asarray(np.where(scale > 0, np.round(blocks / np.where(scale > 0, scale, 1)), 0) * scale).reshape(x.shape)


class Interpreter:
    """One module. Each run is one sequence that begins at position 0."""

    def __init__(self, module: Module) -> None:
        self.module = module
        self.values: dict[Any, Array] = {}
        self.layer = 0
        self.cache: dict[int, tuple[Array, Array]] = {}

    def run(self, symbol: str, tokens: list[int]) -> Array:
        phase = self.module.find("llm.phase", symbol)
        self.weights = self._table(self.module.find("llm.model", attribute(phase, "model")))
        self.cache, self.values = {}, {}
        block = phase.regions[0].blocks[0]
        return self._block(block, [np.asarray(tokens)])[0]

    def _table(self, model: Any) -> dict[tuple[str, int | None], dict[str, Any]]:
        table: dict[tuple[str, int | None], dict[str, Any]] = {}
        for op in walk(model, "llm.weight"):
            facts = attributes_of(op)
            for index, layer in enumerate(facts.get("layers") or [None]):
                table[facts["name"], layer] = facts | {"index": index}
        return table

    def weight(self, name: str) -> Array:
        """The weight of the layer that runs now, in float64."""
        w = self.weights[name, self.layer if "{}" in name else None]
        count = w.get("experts", 1)
        shape = w["shape"][1:] if "experts" in w else w["shape"]
        parts = []
        for i in range(w["index"] * count, (w["index"] + 1) * count):
            file = w["files"][i] if "files" in w else w["file"]
            parts.append(_read(file, w["offsets"][i], w["dtype"], shape))
        return np.stack(parts) if "experts" in w else parts[0]

    def _block(self, block: Any, arguments: list[Array]) -> list[Array]:
        for argument, value in zip(block.arguments, arguments, strict=True):
            self.values[argument] = value
        for op in block.operations:
            operation = op.operation
            inputs = [self.values[operand] for operand in operation.operands]
            if operation.name in ("llm.yield", "llm.return"):
                return inputs
            results = self._op(operation, inputs)
            for result, value in zip(operation.results, results, strict=True):
                self.values[result] = quantised(value) if element(result) == "i8" else value
        raise AssertionError("a block without an end")

    def _op(self, op: Any, inputs: list[Array]) -> list[Array]:
        a = attributes_of(op)
        if op.name == "llm.repeat":
            values = inputs
            for self.layer in range(a["first"], a["first"] + a["count"]):
                values = self._block(op.regions[0].blocks[0], values)
            return values
        result = getattr(self, op.name.replace("llm.", "_op_"))(a, *inputs)
        return [] if result is None else list(result) if isinstance(result, tuple) else [result]

    def _op_embed(self, a: dict[str, Any], tokens: Array) -> Array:
        x = self.weight(a["weight"])[tokens] * a.get("scale", 1.0)
        if "position_weight" in a:
            x = x + self.weight(a["position_weight"])[: len(tokens)]
        return np.asarray(x + self.weight(a["type_weight"])[0] if "type_weight" in a else x)

    def _op_rmsnorm(self, a: dict[str, Any], x: Array) -> Array:
        return np.asarray(_rms(x, a["eps"]) * self.weight(a["weight"]))

    def _op_layernorm(self, a: dict[str, Any], x: Array, y: Array | float = 0.0) -> Array:
        x = x + y
        x = x - x.mean(-1, keepdims=True)
        return np.asarray(x / np.sqrt((x * x).mean(-1, keepdims=True) + a["eps"]) * self.weight(a["weight"]) + self.weight(a["bias"]))

    def _op_quantise(self, a: dict[str, Any], x: Array) -> Array:
        return x

    def _op_matmul(self, a: dict[str, Any], x: Array, residual: Array | float = 0.0) -> Array:
        parts = [x @ self.weight(name).T for name in a["weights"]]
        parts = [part + self.weight(bias) for part, bias in zip(parts, a["biases"], strict=True)] if "biases" in a else parts
        kind = a.get("activation", "none")
        if kind.startswith("glu_"):
            return np.asarray(ACTIVATIONS[kind.removeprefix("glu_")](parts[0]) * parts[1] + residual)
        return np.asarray(ACTIVATIONS[kind](np.concatenate(parts, -1)) + residual)

    def _op_head_norm(self, a: dict[str, Any], x: Array) -> Array:
        heads = x.reshape(len(x), -1, a["head_dim"])
        return np.asarray(_rms(heads, a["eps"]) * self.weight(a["weight"])).reshape(x.shape)

    def _op_rope(self, a: dict[str, Any], x: Array) -> Array:
        return _rotate(x, a)

    def _op_kv_write(self, a: dict[str, Any], k: Array, v: Array) -> None:
        self.cache[self.layer] = (k.reshape(len(k), a["kv_heads"], -1), v.reshape(len(v), a["kv_heads"], -1))

    def _op_rope_kv(self, a: dict[str, Any], x: Array) -> Array:
        q, k, v = np.split(x, [a["heads"] * a["head_dim"], (a["heads"] + a["kv_heads"]) * a["head_dim"]], -1)
        if "q_norm" in a:
            q, k = self._op_head_norm(a | {"weight": a["q_norm"]}, q), self._op_head_norm(a | {"weight": a["k_norm"]}, k)
        if a["style"] != "none":
            q, k = _rotate(q, a), _rotate(k, a)
        self._op_kv_write(a, k, v)
        return q

    def _op_attention(self, a: dict[str, Any], q: Array) -> Array:
        k, v = self.cache[self.layer]
        group = a["heads"] // a["kv_heads"]
        k, v = np.repeat(k, group, 1), np.repeat(v, group, 1)
        scores = np.einsum("qhd,khd->hqk", q.reshape(len(q), a["heads"], -1), k) * a["scale"]
        distance = np.arange(len(q))[:, None] - np.arange(len(k))
        if a["causal"]:
            scores = np.where((distance >= 0) & (distance < a.get("window", 1 << 30)), scores, -np.inf)
        odds = np.exp(scores - scores.max(-1, keepdims=True))
        return np.einsum("hqk,khd->qhd", odds / odds.sum(-1, keepdims=True), v).reshape(len(q), -1)

    def _op_glu(self, a: dict[str, Any], gate: Array, up: Array) -> Array:
        return ACTIVATIONS[a["activation"]](gate) * up

    def _op_activate(self, a: dict[str, Any], x: Array) -> Array:
        return ACTIVATIONS[a["kind"]](x)

    def _op_add(self, a: dict[str, Any], x: Array, y: Array) -> Array:
        return x + y

    def _op_moe_route(self, a: dict[str, Any], x: Array) -> tuple[Array, Array]:
        scores = x @ self.weight(a["weight"]).T
        odds = np.exp(scores - scores.max(-1, keepdims=True))
        odds = odds / odds.sum(-1, keepdims=True)
        chosen = np.argsort(-odds, -1, kind="stable")[:, : a["top_k"]]
        shares = np.take_along_axis(odds, chosen, -1)
        return (shares / shares.sum(-1, keepdims=True) if a.get("normalise") else shares) * a.get("scale", 1.0), chosen

    def _op_moe_experts(self, a: dict[str, Any], x: Array, shares: Array, chosen: Array, residual: Array | float = 0.0) -> Array:
        gate, up, down = (self.weight(a[part]) for part in ("gate", "up", "down"))
        out = np.zeros_like(x)
        for row in range(len(x)):
            for share, expert in zip(shares[row], chosen[row], strict=True):
                out[row] += share * ((ACTIVATIONS[a["activation"]](gate[expert] @ x[row]) * (up[expert] @ x[row])) @ down[expert].T)
        return out + residual

    def _op_select_rows(self, a: dict[str, Any], x: Array) -> Array:
        return x

    def _op_pool(self, a: dict[str, Any], x: Array) -> Array:
        pooled = x.mean(0) if a["kind"] == "mean" else x[0]
        return np.asarray(pooled / np.linalg.norm(pooled) if a.get("normalise") else pooled)[None]


def _rms(x: Array, eps: float) -> Array:
    return np.asarray(x / np.sqrt((x * x).mean(-1, keepdims=True) + eps))


def _rotate(x: Array, a: dict[str, Any]) -> Array:
    inverse, factor = frequencies(a["head_dim"], a["theta"], a.get("scaling"))
    angle = (np.arange(len(x))[:, None] * np.asarray(inverse))[:, None, :]
    heads = x.reshape(len(x), -1, a["head_dim"])
    pairs = heads.reshape(*heads.shape[:2], -1, 2) if a["style"] == "interleaved" else np.stack(np.split(heads, 2, -1), -1)
    turned = (pairs[..., 0] + 1j * pairs[..., 1]) * np.exp(1j * angle) * factor
    if a["style"] == "interleaved":
        return np.stack([turned.real, turned.imag], -1).reshape(x.shape)
    return np.concatenate([turned.real, turned.imag], -1).reshape(x.shape)


def _read(file: str, offset: int, dtype: str, shape: list[int]) -> Array:
    with Path(file).open("rb") as handle:
        handle.seek(offset)
        if dtype in PLAIN:
            kind = np.dtype(PLAIN[dtype])
            return np.frombuffer(handle.read(math.prod(shape) * kind.itemsize), kind).reshape(shape).astype(np.float64)
        kind = gguf.GGMLQuantizationType[dtype.upper()]
        block, size = gguf.GGML_QUANT_SIZES[kind]
        data = np.frombuffer(handle.read(math.prod(shape) // block * size), np.uint8)
        return quants.dequantize(data.reshape(*shape[:-1], shape[-1] // block * size), kind).astype(np.float64)
