"""The batch policy: chunks, sequences and KV pages."""

from __future__ import annotations

from dataclasses import replace

import pytest

from intarsia.cost_models.cost import Setup
from intarsia.cost_models.phases import PhaseCosts
from intarsia.planner import policy
from intarsia.planner.policy import Load
from tests.planner.samples import BIG, SMALL, cpu, gpu, module

LOAD = Load(prompt=200, output=100, longest=400)
HOST = Setup(cpu(), 4, "w-a8")


@pytest.fixture(scope="module")
def small() -> PhaseCosts:
    return PhaseCosts.of(module({"m": (SMALL, "q4_1")}, {"host": (cpu(), 1)}), "m")


def test_the_pool_holds_one_longest_context_and_typical_ones(small: PhaseCosts) -> None:
    found = policy.decoder(small, HOST, SMALL, LOAD, 512, 1e9)
    assert found.kv_pages == 512 // 64 + (found.max_sequences - 1) * 5
    assert found.page_tokens % 16 == 0 and found.max_sequences <= found.max_batch_tokens


def test_with_little_memory_the_pool_keeps_one_context(small: PhaseCosts) -> None:
    assert policy.decoder(small, HOST, SMALL, LOAD, 512, 0.0).kv_pages == 8
    assert policy.decoder(small, HOST, SMALL, LOAD, 512, 0.0).max_sequences == 1


def test_a_gpu_gives_its_pool_all_that_is_left() -> None:
    costs = PhaseCosts.of(module({"m": (BIG, "bf16")}, {"card": (gpu(), 8)}), "m")
    setup = Setup(gpu(), 1, "w-a16", tp=8)
    found = policy.decoder(costs, setup, BIG, LOAD, 8192, 50e9)
    token = policy.kv_bytes_per_token(BIG, setup)
    assert token == 2 * 80 * 8 * 128 * 2 / 8
    assert 50e9 - token * found.page_tokens < found.kv_pages * found.page_tokens * token <= 50e9


def test_kv_heads_are_split_no_further_than_there_are_any() -> None:
    narrow = replace(BIG, kv_heads=2)
    assert policy.kv_bytes_per_token(narrow, Setup(gpu(), tp=8)) == policy.kv_bytes_per_token(narrow, Setup(gpu(), tp=2))


def test_a_goal_for_each_token_bounds_chunks_and_batches(small: PhaseCosts) -> None:
    loose = policy.decoder(small, HOST, SMALL, LOAD, 512, 1e9)
    step = policy.tasks.decode_step(small, HOST, 250, 4).seconds
    tight = policy.decoder(small, HOST, SMALL, replace(LOAD, tpot_s=step * 1.01), 512, 1e9)
    assert tight.max_sequences <= loose.max_sequences
    assert tight.max_batch_tokens == policy.CHUNKS["cpu"][0]


def test_a_wish_for_sequences_is_kept_where_it_fits(small: PhaseCosts) -> None:
    assert policy.decoder(small, HOST, SMALL, replace(LOAD, sequences=3), 512, 1e9).max_sequences == 3


@pytest.mark.parametrize(
    ("own", "wish", "longest", "expected"), [(2048, None, 100, 2048), (131072, None, 100, 8192), (131072, None, 20000, 20000), (2048, 512, 100, 512), (2048, 9999, 1, 2048)]
)
def test_the_context_is_what_is_wished_or_needed_within_the_models_own(own: int, wish: int | None, longest: float, expected: int) -> None:
    assert policy.context_tokens(replace(SMALL, context=own), wish, longest) == expected
