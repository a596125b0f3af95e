"""Operators: work by hand, one by one and stacked, bytes by level, and bad input."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from intarsia.cost_models import dtypes, ops
from intarsia.cost_models.devices import load
from intarsia.cost_models.ops import Attention, BatchedGemm, Collective, DeltaRule, Elementwise, Experts, Gemm, IndexScores, LatentAttention, Op
from intarsia.errors import InputError

EACH: tuple[Op, ...] = (
    Gemm(3, 5, 7, "f8_block"), BatchedGemm(2, 3, 5, 7), Attention(2, 1, 99, 32, 8, 128, kv_dtype="f8"), Attention(2, 130, 99, 32, 8, 128, window=64),
    LatentAttention(4, 1, 999, 16, absorbed=True), LatentAttention(1, 50, 100, 16), Experts(64, 4096, 1536, 8, 128, ep=4, skew=0.8), Elementwise(1000), Collective("all_gather", 1e6, 4),
    LatentAttention(2, 30, 20, 16, absorbed=True, chosen=40), IndexScores(2, 3, 50, 32, 128), DeltaRule(3, 1, 2, 8, 128, 128), DeltaRule(3, 100, 2, 8, 128, 128),
)  # fmt: skip
FIGURES = ("flops", "bytes", "weight_bytes", "cache_bytes", "wire_bytes")


def test_work_of_a_matmul() -> None:
    op = Gemm(2, 3, 4)
    assert (op.flops, op.bytes, op.weight_bytes) == (48, 2 * (12 + 8 + 6), 24)
    many = BatchedGemm(10, 2, 3, 4)
    assert (many.flops, many.bytes, many.weight_bytes) == (480, 20 * (12 + 8 + 6), 240)


@pytest.mark.parametrize(("rows", "context", "window", "pairs"), [(4, 0, 0, 10), (1, 7, 0, 8), (4, 6, 0, 34), (4, 0, 2, 7), (1, 7, 3, 3), (3, 1, 2, 6), (2, 0, 9, 3)])
def test_pairs_of_queries_and_keys(rows: int, context: int, window: int, pairs: int) -> None:
    """Counted by hand: query i of the new rows sees at most `window` of the context + i + 1 keys."""
    seen = [{key for key in range(context + i + 1) if not window or key > context + i - window} for i in range(rows)]
    assert sum(map(len, seen)) == pairs
    op = Attention(1, rows, context, 1, 1, 1, window=window)
    assert op.flops == 4 * pairs
    assert op.kept == len(set.union(*seen))
    assert op.bytes == 2 * (2 * rows + 2 * len(set.union(*seen)))


def test_sparse_attention_counted_one_pair_at_a_time() -> None:
    """Five new tokens after ten others, of which each sees eight at most: an indexer scores all, then each query gathers its own."""
    seen = [min(10 + i + 1, 8) for i in range(5)]
    op = LatentAttention(2, 5, 10, 4, 512, 64, 192, 256, "f8", absorbed=True, chosen=8)
    queries_and_results = 5 * 4 * (576 + 512) * 2
    assert op.flops == 2 * 2 * 4 * (576 + 512) * sum(seen)
    assert op.bytes == 2 * (15 * 576 + queries_and_results)
    assert op.cache_bytes == 2 * (sum(seen) * 576 + queries_and_results)
    scores = IndexScores(2, 5, 10, 32, 128)
    scored = sum(10 + i + 1 for i in range(5))
    assert scores.flops == 2 * 2 * 32 * 128 * scored
    assert scores.bytes == 2 * (5 * 32 * (128 + 4) + 15 * (128 + 4) + 4 * scored)
    assert LatentAttention(1, 1, 999, 4, absorbed=True, chosen=8).bytes < LatentAttention(1, 1, 999, 4, absorbed=True).bytes


def test_a_state_is_read_and_written_for_every_sequence() -> None:
    """Eight heads of 128 x 64 in f32. A step: decay (one FLOP an element), two reads and an outer product (two each)."""
    state, row = 8 * 128 * 64 * 4, (2 * 2 * 128 + 2 * 8 * 64) * 2
    step = DeltaRule(3, 1, 2, 8, 128, 64)
    assert step.flops == 3 * 8 * (1 + 2 + 2 + 2) * 128 * 64
    assert step.bytes == 3 * (2 * state + row)
    prompt = DeltaRule(3, 128, 2, 8, 128, 64)
    assert prompt.bytes == 3 * (2 * state + 128 * row + 2 * 2 * state / 2)
    products = 3 * 2 * 64 * 128 * 64 + 2 * 64 * 64 * (128 + 128 + 128 + 64 + 64) + 64**3 / 3
    assert prompt.flops == pytest.approx(3 * 8 * 2 * products)
    assert DeltaRule(1, 64, 2, 8, 128, 64).bytes < 64 * DeltaRule(1, 1, 2, 8, 128, 64).bytes


def test_few_tokens_touch_few_experts() -> None:
    weight = 3 * 64 * 32 * 2
    assert weight * 0.9 < Experts(1, 64, 32, 1, 16).bytes < 1.2 * weight
    assert Experts(10**6, 64, 32, 1, 16).flops == 6 * 10**6 * 64 * 32
    assert Experts(10**6, 64, 32, 1, 16, ep=4).flops == 6 * 10**6 / 4 * 64 * 32
    assert Experts(10**6, 64, 32, 1, 16, ep=4).held_bytes == 4 * weight


@pytest.mark.parametrize("op", EACH, ids=lambda op: type(op).__name__)
def test_stacked_operators_do_what_each_does(op: Op) -> None:
    factors = (1.0, 2.0, 3.0)
    amount = ops.numbers(type(op))[0]
    alone = [replace(op, **{amount: getattr(op, amount) * f}) for f in factors]
    together = ops.stack(alone)
    assert ops.shape(together) == (3,) and ops.shape(op) == () and together.kind == op.kind
    for figure in FIGURES:
        assert np.broadcast_to(getattr(together, figure), (3,)).tolist() == pytest.approx([float(getattr(one, figure)) for one in alone])
    assert getattr(ops.take(together, np.array([2])), amount).tolist() == [getattr(alone[2], amount)]


def test_what_can_be_stacked() -> None:
    decode, prefill = Attention(1, 1, 9, 8, 8, 64), Attention(1, 2, 9, 8, 8, 64)
    found = ops.by_kind([decode, Gemm(1, 2, 3), prefill, Gemm(4, 5, 6), Gemm(1, 2, 3, "f8"), Attention(7, 1, 3, 8, 8, 64)])
    assert sorted(found.values()) == [[0, 5], [1, 3], [2], [4]]


@given(st.sampled_from(EACH), st.sampled_from(["H100-SXM", "SN40L", "x86-server", "MI300X"]))
def test_bytes_by_level(op: Op, name: str) -> None:
    """Nothing passes fewer bytes nearer to the cores than through main memory, and nothing comes from beyond it."""
    device = load(name)
    levels = ops.bytes_per_level(op, device)
    assert list(levels) == [tier.name for tier in device.memory] and levels[device.main_memory.name] == op.bytes
    sizes = list(levels.values())
    assert all(near >= far for near, far in itertools.pairwise(sizes))


def test_a_matrix_is_loaded_from_the_cache_for_every_tile_of_rows() -> None:
    one, two = Gemm(128, 256, 512), Gemm(256, 256, 512)
    assert one.cache_bytes == 256 * 512 * 2 + 128 * (2 * 512 * 2 + 256 * 2)
    assert two.cache_bytes == 2 * one.cache_bytes and two.bytes < 2 * one.bytes


@pytest.mark.parametrize(("name", "bits"), [("bf16", 16), ("f8", 8), ("f8_block", 8 + 1 / 512), ("int4", 4.125), ("f4", 4.5), ("mxf4", 4.25), ("f32", 32)])
def test_bits_of_types(name: str, bits: float) -> None:
    assert dtypes.facts(name).bits == bits and Gemm(1, 8, 8, name).weight_bytes == 8 * bits


def test_every_type_computes_somewhere() -> None:
    assert dtypes.widened(load("H100-SXM"), ["f8", "int4"]) == dtypes.widened(load("A100-80GB-SXM"), ["bf16", "int4"]) == ""
    assert dtypes.widened(load("A100-80GB-SXM"), ["f8", "f4"]) == "A100-80GB-SXM has no products of f4: priced in bf16 and f8: priced in bf16"
    for dtype in dtypes.DTYPES.values():
        assert dtype.arithmetic in dtypes.WIDER
        assert dtypes.peak(load("V100-32GB-SXM"), dtype.arithmetic) > 0
    assert dtypes.peak(load("A100-80GB-SXM"), "f8") == load("A100-80GB-SXM").flops["bf16"]


@pytest.mark.parametrize(
    ("op", "words"),
    [
        (Gemm(0, 1, 1), "m of Gemm"), (Gemm(1, -4, 1), "n of Gemm"), (Gemm(float("nan"), 1, 1), "m of Gemm"), (Attention(1, 1, -1, 1, 1, 1), "context of Attention"),
        (Gemm(1, 1, 1, "f7"), "unknown dtype 'f7'"), (Attention(1, 1, 1, 1, 1, 1, kv_dtype="fp8"), "unknown dtype 'fp8'"), (Collective("all_reduse", 1, 2), "unknown collective"),
        (Gemm(np.array([1, 2, 0]), 1, 1), "m of Gemm"), (Experts(1, 64, 32, 1, 16, skew=float("inf")), "skew of Experts"), (Elementwise(-1), "moved"),
    ],
)  # fmt: skip
def test_bad_operators(op: Op, words: str) -> None:
    with pytest.raises(InputError, match=words):
        ops.check(op)


def test_less_than_one_row_takes_as_long_as_one() -> None:
    found: Any = ops.at_least_one(Gemm(np.array([0.2, 3.0]), 5, 7))
    assert found.m.tolist() == [1.0, 3.0] and found.n == 5
