"""What a launch calls: `KERNELS` says for each kernel what code it is, which addresses it takes, and how many units of work there are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from intarsia.codegen.cpu.isa import Isa
from intarsia.codegen.cpu.kernels import attention, elementwise, embed, moe, norm, pool, rope
from intarsia.codegen.cpu.kernels.kernel import Kernel
from intarsia.codegen.cpu.kernels.matmul import MatmulSpec, emit_matmul
from intarsia.codegen.cpu.launches import Launch

ROW_BLOCK = 128
NULL, KV = "null", "kv"
"""Addresses beside "b0" (the launch's first buffer), "w0" (its first weight) and the step block's words."""


@dataclass(frozen=True)
class Units:
    """Units of work: min(word x times, most) x each; a word is of the step block, "" counts as 1."""

    word: str
    times: int = 1
    most: int = 0
    each: int = 1


@dataclass(frozen=True)
class Call:
    """Kernels to emit (the last is called), the addresses and then the step block's words that it takes, its units.

    With `strides` (bytes of a row, for each address; 0: no rows), the rows, the one word, are taken in blocks of ROW_BLOCK: a
    block's rows stay in the cache, and there are units enough for many threads.
    """

    kernels: Sequence[Kernel]
    pointers: Sequence[str]
    units: Units
    words: Sequence[str] = ()
    strides: Sequence[int] = ()


def kv_layout(facts: dict[str, Any]) -> rope.KvLayout:
    """How the KV cache of a program is laid out."""
    return rope.KvLayout(facts["kv_heads"], facts["head_dim"], facts["page_tokens"], facts["kv_dtype"], facts["layers"])


def _rows(launch: Launch) -> Units:
    return Units(launch.params["rows"])


def _embed(launch: Launch, facts: dict[str, Any], isa: Isa) -> Call:
    p = launch.params
    formats = dict(zip(p["tables"], (w["format"] for w in launch.weights), strict=True))
    places = {name: f"w{i}" for i, name in enumerate(p["tables"])}
    kernel = embed.emit_embed(p["width"], tuple(formats.get(name, "") for name in embed.SOURCES), p["scale"], isa)  # type: ignore[arg-type]
    return Call([kernel], ["tokens", "positions", *(places.get(name, NULL) for name in embed.SOURCES), "b0"], _rows(launch))


def _rmsnorm(launch: Launch, facts: dict[str, Any], isa: Isa) -> Call:
    p = launch.params
    return Call([norm.emit_rmsnorm(p["width"], p["y"], p["eps"], isa)], ["b0", "w0", "b1"], _rows(launch))


def _layernorm(launch: Launch, facts: dict[str, Any], isa: Isa) -> Call:
    p, adds = launch.params, len(launch.buffers) == 3
    pointers = ["b0", "b1" if adds else NULL, "w0", "w1", "b2" if adds else "b1"]
    return Call([norm.emit_layernorm(p["width"], p["y"], p["eps"], adds, isa)], pointers, _rows(launch))


def _head_norm(launch: Launch, facts: dict[str, Any], isa: Isa) -> Call:
    p = launch.params
    return Call([norm.emit_head_norm(p["heads"], p["head_dim"], p["eps"], isa)], ["b0", "w0", "b1"], _rows(launch))


def _dequantise(launch: Launch, facts: dict[str, Any], isa: Isa) -> Call:
    return Call([elementwise.emit_dequantise(launch.params["width"], isa)], ["b0", "b1"], _rows(launch))


def _activate(launch: Launch, facts: dict[str, Any], isa: Isa) -> Call:
    p = launch.params
    return Call([elementwise.emit_activate(p["width"], p["y"], p["kind"], isa)], ["b0", "b1"], _rows(launch))


def _copy(launch: Launch, facts: dict[str, Any], isa: Isa) -> Call:
    return Call([elementwise.emit_copy(launch.params["row_bytes"], isa)], ["b0", "b1"], _rows(launch))


def _add(launch: Launch, facts: dict[str, Any], isa: Isa) -> Call:
    return Call([elementwise.emit_add(launch.params["width"], isa)], ["b0", "b1", "b2"], _rows(launch))


def _glu(launch: Launch, facts: dict[str, Any], isa: Isa) -> Call:
    p = launch.params
    return Call([elementwise.emit_glu(p["width"], p["y"], p["activation"], isa)], ["b0", "b1", "b2"], _rows(launch))


def _select_rows(launch: Launch, facts: dict[str, Any], isa: Isa) -> Call:
    return Call([elementwise.emit_select_rows(launch.params["row_bytes"], isa)], ["b0", "logit_row_table", "b1"], _rows(launch))


def _pool(launch: Launch, facts: dict[str, Any], isa: Isa) -> Call:
    p = launch.params
    return Call([pool.emit_pool(p["width"], p["kind"], p["normalise"], isa)], ["b0", "sequence_table", "b1"], _rows(launch))


def _rope(launch: Launch, facts: dict[str, Any], isa: Isa) -> Call:
    p = launch.params
    return Call([rope.emit_rope(p["heads"], p["head_dim"], p["style"], isa)], ["b0", "positions", "w0", "b1"], _rows(launch))


def _kv_write(launch: Launch, facts: dict[str, Any], isa: Isa) -> Call:
    return Call([rope.emit_kv_write(kv_layout(facts), isa)], ["b0", "b1", "slots", KV], _rows(launch))


def _rope_kv(launch: Launch, facts: dict[str, Any], isa: Isa) -> Call:
    p, rotates = launch.params, launch.params["style"] != "none"
    norms = [f"w{rotates + i}" for i in range(2)] if p["norms"] else [NULL, NULL]
    kernel = rope.emit_rope_kv(p["heads"], kv_layout(facts), p["style"], p["norms"], p["eps"], isa)
    return Call([kernel], ["b0", "positions", "slots", "w0" if rotates else NULL, *norms, KV, "b1"], _rows(launch))


def _attention(launch: Launch, facts: dict[str, Any], isa: Isa) -> Call:
    p, layout = launch.params, kv_layout(facts)
    spec = attention.AttentionSpec(p["heads"], p["scale"], p["causal"], p["window"], p["y"], layout, facts["tile_rows"], isa)
    pointers = ["b0", "sequence_table", "page_table", "tile_table", KV, "b1"]
    return Call([attention.emit_attention(spec)], pointers, Units("tiles", layout.kv_heads), ["pages"])


def _matmul_spec(launch: Launch, isa: Isa) -> MatmulSpec:
    p = launch.params
    return MatmulSpec(k=p["k"], n=p["n"], weight=p["weight"], x=p["x"], y=p["y"], activation=p["activation"], bias=p["bias"], residual=p["residual"], isa=isa.name)


def _matmul(launch: Launch, facts: dict[str, Any], isa: Isa) -> Call:
    spec = _matmul_spec(launch, isa)
    pointers = ["b0", "b1", "b2" if spec.residual else NULL, "w0", "w1" if spec.bias else NULL]
    strides = [launch.buffers[0]["row_bytes"], launch.buffers[1]["row_bytes"], launch.buffers[2]["row_bytes"] if spec.residual else 0, 0, 0]
    return Call([emit_matmul(spec)], pointers, Units("", each=spec.units), [launch.params["rows"]], strides)


def _moe_route(launch: Launch, facts: dict[str, Any], isa: Isa) -> Call:
    p = launch.params
    spec = moe.RouteSpec(p["experts"], p["top_k"], p["scoring"], p["normalise"], p["bias"], p["scale"], p["groups"], p["top_groups"])
    return Call([moe.emit_route(spec, isa)], ["b0", "w0" if spec.bias else NULL, "b1", "b2"], _rows(launch))


def _moe_group(launch: Launch, facts: dict[str, Any], isa: Isa) -> Call:
    p = launch.params
    return Call([moe.emit_group(p["experts"], p["top_k"], isa)], ["b0", "b1"], Units(""), [p["rows"]])


def _moe_gather(launch: Launch, facts: dict[str, Any], isa: Isa) -> Call:
    p = launch.params
    kernel = moe.emit_gather(p["row_bytes"], p["experts"], p["top_k"], isa)
    return Call([kernel], ["b0", "b1", "b2"], Units(p["rows"], p["top_k"]), [p["rows"]])


def _moe_matmul(launch: Launch, facts: dict[str, Any], isa: Isa) -> Call:
    p, spec = launch.params, _matmul_spec(launch, isa)
    units = Units(p["rows"], p["top_k"], p["experts"], spec.units)
    return Call([emit_matmul(spec), moe.emit_expert_matmul(spec, isa)], ["b0", "b1", "w0", "b2"], units)


def _moe_combine(launch: Launch, facts: dict[str, Any], isa: Isa) -> Call:
    p = launch.params
    kernel = moe.emit_combine(p["width"], p["experts"], p["top_k"], p["residual"], isa)
    return Call([kernel], ["b0", "b1", "b2", "b3" if p["residual"] else NULL, "b4" if p["residual"] else "b3"], _rows(launch))


KERNELS: dict[str, Callable[[Launch, dict[str, Any], Isa], Call]] = {
    "embed": _embed, "rmsnorm": _rmsnorm, "layernorm": _layernorm, "head_norm": _head_norm, "dequantise": _dequantise, "activate": _activate,
    "copy": _copy, "add": _add, "glu": _glu, "select_rows": _select_rows, "pool": _pool, "rope": _rope, "kv_write": _kv_write, "rope_kv": _rope_kv,
    "attention": _attention, "matmul": _matmul, "moe_route": _moe_route, "moe_group": _moe_group, "moe_gather": _moe_gather,
    "moe_matmul": _moe_matmul, "moe_combine": _moe_combine,
}  # fmt: skip
