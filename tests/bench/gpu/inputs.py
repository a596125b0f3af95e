"""Tensors of a job, torch's way to do the same, and float64's result. A job's name for its maker is the function's here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch.nn.attention import SDPBackend, sdpa_kernel

from tests.bench.gpu.jobs import HEADS, Job

Tensors = dict[str, Any]
Peer = Callable[[Tensors], Any]
BF16, PAGE = torch.bfloat16, 16


@dataclass(frozen=True)
class Made:
    """`fresh()` gives a new set of tensors; `reference` is a float64 result of a set's first rows, and `found` the same part of what we wrote."""

    fresh: Callable[[], Tensors]
    counts: dict[str, float]
    peers: dict[str, Peer]
    reference: Callable[[Tensors], torch.Tensor]
    found: Callable[[Tensors], torch.Tensor]
    tolerance: float = 1e-2
    bytes_each: float = 0.0


def randn(*shape: int, scale: float = 1.0) -> torch.Tensor:
    return (torch.randn(*shape, device="cuda") * scale).to(BF16)


def _poison(*shape: int, dtype: torch.dtype = BF16) -> torch.Tensor:
    return torch.full(shape, float("nan"), device="cuda", dtype=dtype)


def gemm(job: Job) -> Made:
    (spec,), rows = job.variants[0], job.sizes["rows"]

    def fresh() -> Tensors:
        return {"a": randn(rows, spec.k), "b": randn(spec.n, spec.k, scale=spec.k**-0.5), "c": _poison(rows, spec.n), "rows": rows}

    peers: dict[str, Peer] = {"torch matmul (cuBLAS)": lambda t: F.linear(t["a"], t["b"])}
    return Made(fresh, {"rows": rows}, peers, lambda t: t["a"][:256].double() @ t["b"].double().T, lambda t: t["c"][:256], bytes_each=job.bytes)


def gemm_eight(job: Job) -> Made:
    (spec,), rows = job.variants[0], job.sizes["rows"]

    def fresh() -> Tensors:
        eight, (a, b) = torch.float8_e4m3fn, _scale_shapes(spec, rows)
        return {"a": torch.randn(rows, spec.k, device="cuda").to(eight), "b": torch.randn(spec.n, spec.k, device="cuda").to(eight), "a_scale": torch.rand(a, device="cuda") + 0.5,
                "b_scale": torch.rand(b, device="cuda") + 0.5, "c": _poison(rows, spec.n), "rows": rows, "one": torch.ones((), device="cuda")}  # fmt: skip

    def scaled(t: Tensors) -> Any:
        return torch._scaled_mm(t["a"], t["b"].T, t["one"], t["one"], out_dtype=BF16, use_fast_accum=False)

    def wanted(t: Tensors) -> torch.Tensor:
        of_a, of_b = t["a_scale"][:256].double(), t["b_scale"].double()
        if spec.scales == "block":
            of_a, of_b = of_a.repeat_interleave(128, 1), of_b.repeat_interleave(128, 0)[: spec.n].repeat_interleave(128, 1)
        elif spec.scales == "row":
            of_a = of_a[:, None]
        return (t["a"][:256].double() * of_a) @ (t["b"].double() * of_b).T

    peers: dict[str, Peer] = {"torch _scaled_mm, a scale a tensor (cuBLAS)": scaled}
    return Made(fresh, {"rows": rows}, peers, wanted, lambda t: t["c"][:256], bytes_each=job.bytes)


def _scale_shapes(spec: Any, rows: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Of the scales of a and of b."""
    if spec.scales == "block":
        return (rows, spec.k // 128), (-(-spec.n // 128), spec.k // 128)
    return (rows if spec.scales == "row" else 1,), (1,)


def quantise(job: Job) -> Made:
    (spec,), rows = job.variants[0], job.sizes["rows"]
    blocks = spec.width // 128 if spec.scales == "block" else 1

    def fresh() -> Tensors:
        y = torch.zeros(rows, spec.width, device="cuda").to(torch.float8_e4m3fn)
        return {"x": randn(rows, spec.width), "y": y, "scale": _poison(rows, blocks, dtype=torch.float32), "rows": rows}

    def scales(t: Tensors) -> torch.Tensor:
        return t["x"].double().reshape(rows, blocks, -1).abs().amax(-1) / 448

    return Made(fresh, {"rows": rows}, {}, scales, lambda t: t["scale"], tolerance=1e-5, bytes_each=job.bytes)


def gemm_int4(job: Job) -> Made:
    (spec,), rows = job.variants[0], job.sizes["rows"]
    n, k, group = spec.n, spec.k, spec.group

    def fresh() -> Tensors:
        weights = torch.randint(-8, 8, (n, k), device="cuda", dtype=torch.int8)
        scales = torch.rand(n, k // group, device="cuda").add(0.5).mul(0.01).to(BF16)
        runs = (weights + 8).to(torch.uint8).reshape(n, -1, 2, 32)
        ours = (runs[:, :, 0] | (runs[:, :, 1] << 4)).reshape(n, -1)
        made: Tensors = {"a": randn(rows, k), "b": ours.contiguous(), "scales": scales, "c": _poison(rows, n), "rows": rows, "plain": weights[:512].clone()}
        try:
            pairs = (weights + 8).to(torch.uint8).reshape(n, k // 2, 2)
            made["tiny"] = torch.ops.aten._convert_weight_to_int4pack((pairs[:, :, 0] << 4 | pairs[:, :, 1]).contiguous(), 8)
            made["tiny_scales"] = torch.stack([scales, torch.zeros_like(scales)], -1).transpose(0, 1).contiguous()
        except Exception as error:
            print(f"no int4 peer: {str(error)[:200]}")
        made["wide"] = (weights.to(BF16).reshape(n, -1, group) * scales[:, :, None]).reshape(n, k) if len(_wide) < 1 else _wide[0]
        _wide[:] = [made["wide"]]
        return made

    _wide: list[torch.Tensor] = []

    def wanted(t: Tensors) -> torch.Tensor:
        return t["a"].double() @ (t["plain"].double() * t["scales"][:512].double().repeat_interleave(group, 1)).T

    peers: dict[str, Peer] = {"torch _weight_int4pack_mm": lambda t: torch.ops.aten._weight_int4pack_mm(t["a"], t["tiny"], group, t["tiny_scales"]),
                              "torch matmul in bf16 (cuBLAS)": lambda t: F.linear(t["a"], t["wide"])}  # fmt: skip
    return Made(fresh, {"rows": rows}, peers, wanted, lambda t: t["c"][:, :512], bytes_each=job.bytes)


def _cache(sequences: int, context: int) -> Tensors:
    """A paged cache in a random order of pages, and the same keys and values in one piece for torch."""
    pages = -(-context // PAGE)
    heads, dim = HEADS["kv_heads"], HEADS["head_dim"]
    made: Tensors = {"page_table": torch.randperm(sequences * pages, device="cuda", dtype=torch.int32).reshape(sequences, pages)}
    for name, whole in (("k_cache", "keys"), ("v_cache", "values")):
        made[name] = randn(sequences * pages, heads, PAGE, dim)
        made[whole] = made[name][made["page_table"].long()].permute(0, 2, 1, 3, 4).reshape(sequences, heads, context, dim)
    return made


def decode(job: Job) -> Made:
    sequences, context = job.sizes["sequences"], job.sizes["context"]
    heads, dim = HEADS["heads"], HEADS["head_dim"]
    splits = sorted({spec.splits for variant in job.variants for spec in variant})

    def fresh() -> Tensors:
        made = _cache(sequences, context) | {"q": randn(sequences, heads * dim), "out": _poison(sequences, heads * dim), "sequences": sequences, "pages": context // PAGE}
        made["sequence_table"] = torch.tensor([(i, 1, context - 1) for i in range(sequences)], device="cuda", dtype=torch.int32)
        parts = splits[-1]
        return made | {"partial": _poison(sequences, heads, parts, dim, dtype=torch.float32), "summary": _poison(sequences, heads, parts, dtype=torch.float32)}

    def attend(t: Tensors, backend: SDPBackend) -> Any:
        with sdpa_kernel(backend):
            return F.scaled_dot_product_attention(t["q"].view(sequences, heads, 1, dim), t["keys"], t["values"], enable_gqa=True)

    def wanted(t: Tensors) -> torch.Tensor:
        some = slice(0, 2)
        q = t["q"][some].view(-1, heads, 1, dim).double()
        return F.scaled_dot_product_attention(q, *(t[x][some].double().repeat_interleave(4, 1) for x in ("keys", "values"))).reshape(len(q), -1)

    return Made(fresh, {"rows": sequences, "sequences": sequences, "pages": context // PAGE}, _backends(attend), wanted, lambda t: t["out"][:2], bytes_each=job.bytes)


def _backends(attend: Callable[[Tensors, SDPBackend], Any]) -> dict[str, Peer]:
    return {f"torch SDPA ({name})": lambda t, backend=backend: attend(t, backend) for name, backend in (("flash", SDPBackend.FLASH_ATTENTION), ("cuDNN", SDPBackend.CUDNN_ATTENTION))}


def prefill(job: Job) -> Made:
    sequences, rows = job.sizes["sequences"], job.sizes["rows"]
    heads, dim = HEADS["heads"], HEADS["head_dim"]

    def fresh() -> Tensors:
        made = _cache(sequences, rows) | {"q": randn(sequences * rows, heads * dim), "out": _poison(sequences * rows, heads * dim), "sequences": sequences, "pages": rows // PAGE}
        return made | {"sequence_table": torch.tensor([(i * rows, rows, 0) for i in range(sequences)], device="cuda", dtype=torch.int32), "longest": rows}

    def attend(t: Tensors, backend: SDPBackend) -> Any:
        with sdpa_kernel(backend):
            q = t["q"].view(sequences, rows, heads, dim).transpose(1, 2)
            return F.scaled_dot_product_attention(q, t["keys"], t["values"], is_causal=True, enable_gqa=True)

    def wanted(t: Tensors) -> torch.Tensor:
        q = t["q"][:rows].view(1, rows, heads, dim).transpose(1, 2).double()
        keys, values = (t[x][:1].double().repeat_interleave(4, 1) for x in ("keys", "values"))
        return F.scaled_dot_product_attention(q, keys, values, is_causal=True).transpose(1, 2).reshape(rows, -1)

    counts = {"rows": sequences * rows, "sequences": sequences, "pages": rows // PAGE, "longest": rows}
    return Made(fresh, counts, _backends(attend), wanted, lambda t: t["out"][:rows], bytes_each=job.bytes)


def rmsnorm(job: Job) -> Made:
    (spec,), rows = job.variants[0], job.sizes["rows"]

    def fresh() -> Tensors:
        return {"x": randn(rows, spec.width), "weight": randn(spec.width), "y": _poison(rows, spec.width), "rows": rows}

    def wanted(t: Tensors) -> torch.Tensor:
        return F.rms_norm(t["x"][:256].double(), (spec.width,), t["weight"].double(), spec.eps)

    peers: dict[str, Peer] = {"torch rms_norm": lambda t: F.rms_norm(t["x"], (spec.width,), t["weight"], spec.eps)}
    return Made(fresh, {"rows": rows}, peers, wanted, lambda t: t["y"][:256], bytes_each=job.bytes)


def glu(job: Job) -> Made:
    (spec,), rows = job.variants[0], job.sizes["rows"]
    wide = spec.width

    def fresh() -> Tensors:
        return {"x": randn(rows, 2 * wide), "y": _poison(rows, wide), "rows": rows}

    def wanted(t: Tensors) -> torch.Tensor:
        x = t["x"][:64].double()
        return F.silu(x[:, :wide]) * x[:, wide:]

    peers: dict[str, Peer] = {"torch silu, then product": lambda t: F.silu(t["x"][:, :wide]).mul_(t["x"][:, wide:])}
    return Made(fresh, {"rows": rows}, peers, wanted, lambda t: t["y"][:64], bytes_each=job.bytes)


def rope_kv(job: Job) -> Made:
    rows, dim = job.sizes["rows"], 128

    def fresh() -> Tensors:
        turns = torch.arange(rows, device="cuda")[:, None] * 500000.0 ** (-torch.arange(0, dim, 2, device="cuda") / dim)
        pool = (rows // PAGE, 8, PAGE, dim)
        return {"x": randn(rows, 6144), "positions": torch.arange(rows, device="cuda", dtype=torch.int32), "slots": torch.randperm(rows, device="cuda", dtype=torch.int32),
                "angles": torch.cat([turns.cos(), turns.sin()], 1).float(), "q": _poison(rows, 4096), "k_cache": _poison(*pool), "v_cache": _poison(*pool), "rows": rows}  # fmt: skip

    def wanted(t: Tensors) -> torch.Tensor:
        x = t["x"][:64, :4096].double().view(64, 32, dim)
        cos, sin = (part[:64, None].double() for part in t["angles"].chunk(2, 1))
        low, high = x.chunk(2, 2)
        return torch.cat([low * cos - high * sin, high * cos + low * sin], 2).reshape(64, -1)

    return Made(fresh, {"rows": rows}, {}, wanted, lambda t: t["q"][:64], bytes_each=job.bytes)


def kv_pack(job: Job) -> Made:
    count, numbers = job.sizes["count"], 16 * 8 * 128

    def fresh() -> Tensors:
        return {"pages": torch.randperm(count, device="cuda", dtype=torch.int32), "pool": randn(count, numbers), "buffer": _poison(count, numbers), "count": count}

    peers: dict[str, Peer] = {"torch index_select": lambda t: torch.index_select(t["pool"], 0, t["pages"])}
    return Made(fresh, {"count": count}, peers, lambda t: t["pool"][t["pages"][:64].long()].double(), lambda t: t["buffer"][:64], bytes_each=job.bytes)


def grouped(job: Job) -> Made:
    (spec,), rows = job.variants[0], job.sizes["rows"]
    pairs = rows * spec.top_k

    def fresh() -> Tensors:
        experts = torch.stack([torch.randperm(spec.experts, device="cuda")[: spec.top_k] for _ in range(rows // 16)]).repeat(16, 1)
        order = torch.argsort(experts.flatten(), stable=True)
        offsets = torch.searchsorted(experts.flatten()[order].contiguous(), torch.arange(spec.experts + 1, device="cuda"))
        a = randn(rows, spec.k)
        return {"a": a, "b": randn(spec.experts, spec.n, spec.k, scale=spec.k**-0.5), "offsets": offsets.int(), "order": order.int(), "c": _poison(pairs, spec.n),
                "gathered": a[order // spec.top_k], "ends": offsets[1:].int()}  # fmt: skip

    def wanted(t: Tensors) -> torch.Tensor:
        return t["gathered"][:128].double() @ t["b"][0].double().T

    peers: dict[str, Peer] = {"torch _grouped_mm, rows gathered before": lambda t: torch._grouped_mm(t["gathered"], t["b"].transpose(1, 2), offs=t["ends"])}
    return Made(fresh, {"rows": rows, "pairs": pairs}, peers, wanted, lambda t: t["c"][:128], bytes_each=job.bytes)
