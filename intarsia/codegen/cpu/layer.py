"""One decoder layer as separate programs, one an operator of a pipeline, and its weights cut for tensor parallelism.

A pipeline runs the operators of a layer apart, so each gets a function of its own over one arena of a group of rows. A program knows no layer: the step block's addresses
of weights and KV cache say which one it is. With several ranks each holds a part of the heads and of the MLP, and what O and the MLP give are partial sums, which an
all-reduce adds up and the next operator adds to the row.

    KQV   x += y; n = norm(x); qkv = n Wqkv; q = positions(qkv), k and v into the cache
    Attention  a = softmax(q k) v
    O     y = a Wo
    MLP   x += y; n = norm(x); y = (silu(n Wgate) * (n Wup)) Wdown
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from intarsia.codegen.cpu import formats, repack
from intarsia.codegen.cpu.kernels.attention import tile_rows
from intarsia.codegen.cpu.launches import Launch, Program, Repeat
from intarsia.codegen.cpu.packing import Tensors, angle_pieces
from intarsia.codegen.cpu.weights import ANGLES, VECTOR
from intarsia.errors import UnsupportedError
from intarsia.ir.model import ModelConfig

Floats = NDArray[np.float32]
OPERATORS = ("KQV", "Attention", "O", "MLP")
FORMAT = "f32"
NAMES = {
    "attn_norm": "blk.{}.attn_norm.weight", "q": "blk.{}.attn_q.weight", "k": "blk.{}.attn_k.weight", "v": "blk.{}.attn_v.weight", "o": "blk.{}.attn_output.weight",
    "ffn_norm": "blk.{}.ffn_norm.weight", "gate": "blk.{}.ffn_gate.weight", "up": "blk.{}.ffn_up.weight", "down": "blk.{}.ffn_down.weight",
}  # fmt: skip


@dataclass(frozen=True)
class Sizes:
    """Of the part of a layer that one rank holds; `hidden` is whole."""

    hidden: int
    heads: int
    kv_heads: int
    head_dim: int
    ffn: int
    norm_eps: float
    rope_style: str
    rope_theta: float
    positions: int
    page_tokens: int = 16

    @staticmethod
    def of(config: ModelConfig, positions: int) -> Sizes:
        """Raises UnsupportedError for layers of another kind."""
        plain = config.family == "decoder" and config.gated and not config.experts and not config.kv_lora_rank and not config.linear_layers and not config.qk_norm
        if not plain or config.attention_bias or config.rope_scaling or config.norm != "rmsnorm" or config.activation != "silu":
            raise UnsupportedError("only a plain Llama layer can be run as a pipeline here", mend="give a model such as SmolLM2, without biases, experts or norms of heads")
        return Sizes(config.hidden, config.heads, config.kv_heads, config.head_dim, config.ffn, config.norm_eps, config.rope_style, config.rope_theta, positions)

    @property
    def facts(self) -> dict[str, Any]:
        """What a program says of the cache: a pool of one layer, f16."""
        return {"kv_heads": self.kv_heads, "head_dim": self.head_dim, "page_tokens": self.page_tokens, "kv_dtype": "f16", "layers": 1,
                "tile_rows": tile_rows(self.heads // self.kv_heads)}  # fmt: skip


def matrices(tensors: Tensors, layer: int) -> dict[str, Floats]:
    """The matrices and vectors of a layer, f32, by the keys of NAMES."""
    return {key: tensors.floats(name, layer) for key, name in NAMES.items()}


def shard(weights: dict[str, Floats], sizes: Sizes, rank: int, ranks: int) -> tuple[dict[str, Floats], Sizes]:
    """A rank's part: equal numbers of KV heads, copied where they don't divide evenly, and their query heads, filled up with heads of zeros; an equal part of the MLP.

    The partial sums of all ranks add up to the whole layer's. Raises UnsupportedError where the MLP can't be shared out.
    """
    if ranks == 1:
        return weights, sizes
    if sizes.ffn % (ranks * formats.UNIT_ROWS):
        raise UnsupportedError(f"an MLP of {sizes.ffn} can't be shared out over {ranks} ranks", mend="take fewer")
    holders = _holders(sizes.kv_heads, ranks)
    mine = holders[rank]
    dim, group = sizes.head_dim, sizes.heads // sizes.kv_heads
    q, o = (np.zeros((len(mine), group, dim, sizes.hidden), np.float32) for _ in range(2))
    for place, kv in enumerate(mine):
        owners = [other for other in range(ranks) if kv in holders[other]]
        share = [head for head in range(group) if owners[head * len(owners) // group] == rank]
        for head in share:
            rows = slice((kv * group + head) * dim, (kv * group + head + 1) * dim)
            q[place, head], o[place, head] = weights["q"][rows], weights["o"][:, rows].T
    kept = np.concatenate([np.arange(kv * dim, (kv + 1) * dim) for kv in mine])
    part = slice(rank * sizes.ffn // ranks, (rank + 1) * sizes.ffn // ranks)
    cut = weights | {
        "q": q.reshape(-1, sizes.hidden), "o": np.ascontiguousarray(o.reshape(-1, sizes.hidden).T), "k": weights["k"][kept], "v": weights["v"][kept],
        "gate": weights["gate"][part], "up": weights["up"][part], "down": np.ascontiguousarray(weights["down"][:, part]),
    }  # fmt: skip
    return cut, replace(sizes, heads=len(mine) * group, kv_heads=len(mine), ffn=sizes.ffn // ranks)


def _holders(kv_heads: int, ranks: int) -> list[list[int]]:
    """The KV heads of each rank."""
    each = -(-kv_heads // ranks)
    if kv_heads % ranks == 0:
        return [list(range(rank * each, (rank + 1) * each)) for rank in range(ranks)]
    return [list(range(first, first + each)) for first in (round(rank * (kv_heads - each) / (ranks - 1)) for rank in range(ranks))]


@dataclass(frozen=True)
class Built:
    """The programs of one rank's layer, bytes of a group's arena, where in it x (the rows) and y (partial sums) lie, and bytes of a layer's weights."""

    programs: dict[str, Program]
    arena_bytes: int
    x: dict[str, Any]
    y: dict[str, Any]
    weight_bytes: int


def build(sizes: Sizes, rows: int, name: str = "layer") -> Built:
    """Programs for groups of up to `rows` rows."""
    q_width, kv_width = sizes.heads * sizes.head_dim, sizes.kv_heads * sizes.head_dim
    widths = {"x": sizes.hidden, "y": sizes.hidden, "n": sizes.hidden, "qkv": q_width + 2 * kv_width, "q": q_width, "a": q_width, "h": sizes.ffn}
    buffers, end = _buffers(widths, rows)
    places, weight_bytes = _places(sizes)
    x, y, n = (buffers[key] for key in "xyn")
    add: tuple[Any, ...] = ("add", [x, y, x], [], {"width": sizes.hidden})

    def norm(weight: str) -> tuple[Any, ...]:
        return "rmsnorm", [x, n], [places[weight]], {"width": sizes.hidden, "y": "f32", "eps": sizes.norm_eps}

    def product(source: str, target: str, weight: str, activation: str = "none") -> tuple[Any, ...]:
        w = places[weight]
        return "matmul", [buffers[source], buffers[target]], [w], {
            "k": w["k"], "n": w["n"], "weight": FORMAT, "x": "f32", "y": "f32", "activation": activation, "bias": False, "residual": False}  # fmt: skip

    heads = {"heads": sizes.heads, "kv_heads": sizes.kv_heads, "head_dim": sizes.head_dim}
    parts = {
        "KQV": [add, norm("attn_norm"), product("n", "qkv", "qkv"),
                ("rope_kv", [buffers["qkv"], buffers["q"]], [places["angles"]], heads | {"style": sizes.rope_style, "norms": False, "eps": 0.0})],
        "Attention": [("attention", [buffers["q"], buffers["a"]], [], heads | {"scale": sizes.head_dim**-0.5, "causal": True, "window": 0, "y": "f32"})],
        "O": [product("a", "y", "o")],
        "MLP": [add, norm("ffn_norm"), product("n", "h", "gate_up", "glu_silu"), product("h", "y", "down")],
    }  # fmt: skip
    programs = {key: _program(f"{name}_{key}", sizes, launches, y) for key, launches in parts.items()}
    return Built(programs, end, x, y, weight_bytes)


def _buffers(widths: dict[str, int], rows: int) -> tuple[dict[str, dict[str, Any]], int]:
    found, end = {}, 0
    for key, width in widths.items():
        row = formats.activation_row_bytes("f32", width)
        found[key] = {"name": key, "dtype": "f32", "width": width, "rows": rows, "row_bytes": row, "offset": end, "bytes": rows * row}
        end += formats.round_up(rows * row, 64)
    return found, end


def _program(name: str, sizes: Sizes, launches: list[tuple[Any, ...]], output: dict[str, Any]) -> Program:
    made = [Launch(kernel, order, params | {"rows": "rows"}, buffers, weights, kernel) for order, (kernel, buffers, weights, params) in enumerate(launches)]
    return Program(sizes.facts | {"sym_name": name}, [Repeat(0, 1, made)], output)


def _places(sizes: Sizes) -> tuple[dict[str, dict[str, Any]], int]:
    """Where each weight lies among a layer's; the table of angles is the same in all."""
    q_width, kv_width = sizes.heads * sizes.head_dim, sizes.kv_heads * sizes.head_dim
    shapes = {
        "attn_norm": (VECTOR, sizes.hidden, 1), "ffn_norm": (VECTOR, sizes.hidden, 1), "qkv": (FORMAT, q_width + 2 * kv_width, sizes.hidden), "o": (FORMAT, sizes.hidden, q_width),
        "gate_up": (FORMAT, 2 * sizes.ffn, sizes.hidden), "down": (FORMAT, sizes.hidden, sizes.ffn), "angles": (ANGLES, sizes.positions, sizes.head_dim),
    }  # fmt: skip
    found, end = {}, 0
    for key, (fmt, n, k) in shapes.items():
        size = {VECTOR: formats.round_up(4 * n, 64), ANGLES: n * formats.activation_row_bytes("f32", k)}.get(fmt) or formats.packed_bytes(fmt, n, k)
        found[key] = {"name": key, "format": fmt, "n": n, "k": k, "offset": end, "bytes": size}
        end += formats.round_up(size, 64)
    return found, end


def pack(weights: dict[str, Floats], sizes: Sizes) -> NDArray[np.uint8]:
    """A layer's weights as its programs read them."""
    places, size = _places(sizes)
    packed = np.zeros(size, np.uint8)

    def put(key: str, values: NDArray[np.uint8]) -> None:
        packed[places[key]["offset"] : places[key]["offset"] + values.size] = values

    for key in ("attn_norm", "ffn_norm"):
        put(key, _raw(weights[key].reshape(-1)))
    put("qkv", repack.pack_concat(FORMAT, [("F32", _raw(weights[key]), weights[key].shape[0]) for key in ("q", "k", "v")], sizes.hidden))
    put("gate_up", repack.pack_glu(FORMAT, ("F32", _raw(weights["gate"])), ("F32", _raw(weights["up"])), sizes.ffn, sizes.hidden))
    for key in ("o", "down"):
        put(key, repack.pack(FORMAT, "F32", _raw(weights[key]), *weights[key].shape))
    for offset, piece in angle_pieces(places["angles"] | {"params": {"theta": sizes.rope_theta}}):
        packed[places["angles"]["offset"] + offset :][: piece.size] = piece
    return packed


def _raw(values: Floats) -> NDArray[np.uint8]:
    return np.ascontiguousarray(values, np.float32).reshape(-1).view(np.uint8)
