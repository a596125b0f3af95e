"""Decisions of Llumnix and xLLM on clusters made by hand, and of xLLM's roles against every way to share replicas out."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intarsia.errors import InputError
from intarsia.runtime.kv_cache import PagePool
from intarsia.runtime.scheduler import Request, Scheduler, make_policy
from intarsia.runtime.scheduler.cluster import DECODE, ENCODE, PREFILL, Replica, Switch
from intarsia.runtime.scheduler.llumnix import Llumnix
from intarsia.runtime.scheduler.xllm import Xllm, encode_roles


def replica(number: int, prompts: list[int], pages: int = 100, stages: frozenset[str] = frozenset({PREFILL, DECODE}), **more: float) -> Replica:
    """Requests with those prompts, each with its first token; those that find no room wait."""
    scheduler = Scheduler(make_policy("fcfs_chunked_prefill", max_batch_tokens=100_000, max_sequences=64), PagePool(pages, 16))
    for place, prompt in enumerate(prompts):
        scheduler.add(Request(100 * number + place, prompt, 10, priority=int(prompt == 161)))
    batch = scheduler.step(0.0)
    scheduler.advance(batch)
    for chunk in batch.chunks:
        chunk.request.generated = 1
    return Replica(number, scheduler, stages, **more)


def test_freeness_is_memory_for_each_running_request() -> None:
    policy = Llumnix(headroom_tokens=320)
    assert policy.freeness(replica(0, [160, 160])) == (100 - 20) * 16 / 2
    assert policy.freeness(replica(0, [])) == 1600
    assert policy.freeness(replica(0, [1000, 1000, 480])) == (100 - 63) * 16 - 63 * 16, "the first that waits counts all that it needs"
    assert policy.freeness(replica(0, [1000, 1000, 480]), queue=True) == (100 - 63) * 16 - (63 + 30) * 16
    assert policy.freeness(replica(0, [161])) == (100 - 11) * 16 - 320, "priority keeps headroom"


def test_requests_go_where_most_is_free_and_leave_what_is_short() -> None:
    full, busy, free = replica(0, [1000, 161, 320, 900]), replica(1, [800]), replica(2, [160])
    assert Llumnix().route(Request(9, 10, 1), [full, busy, free], 0.0) == 2
    moves = Llumnix().migrate([full, busy, free], 0.0)
    assert [(move.request.prompt, move.source, move.target) for move in moves] == [(320, 0, 2)], "of the lowest priority the shortest; the longest free replica takes it"
    assert Llumnix().migrate([busy, free], 0.0) == []
    assert Llumnix(target_above=10_000.0).migrate([full, free], 0.0) == []


def test_replicas_turn_to_where_the_load_is() -> None:
    prefill, decode = frozenset({PREFILL}), frozenset({DECODE})
    idle = [replica(n, [], stages=stages, prefill_s=1e-3) for n, stages in enumerate((prefill, prefill, decode, decode))]
    assert Xllm(1.0, 0.05).switch(idle, 0.0) == []
    waiting = [replica(n, [900, 900, 900], stages=prefill, prefill_s=1e-3) for n in range(2)]
    assert Xllm(1.0, 0.05).switch([*waiting, replica(2, [160], stages=decode), replica(3, [], stages=decode)], 0.0) == [(3, prefill)]
    assert Xllm(1.0, 0.05).switch([*waiting, replica(2, [160], stages=decode)], 0.0) == [], "the last decode replica stays"
    slow = [replica(n, [160], stages=decode, step_s=0.06) for n in (2, 3)]
    assert Xllm(1.0, 0.05).switch([*idle[:2], *slow], 0.0) == [(0, decode)]


@given(st.integers(2, 9), st.floats(0, 5), st.floats(0.01, 5), st.floats(0.01, 5))
def test_encode_goes_where_the_busiest_replica_has_least_to_do(replicas: int, encode: float, prefill: float, decode: float) -> None:
    found = encode_roles(replicas, encode, prefill, decode)
    work = {ENCODE: encode, PREFILL: prefill, DECODE: decode}

    def busiest(roles: dict[frozenset[str], int]) -> float:
        return max(sum(work[stage] for stage in stages) / count for stages, count in roles.items())

    ways = [[{ENCODE, PREFILL}, {DECODE}], [{PREFILL}, {ENCODE, DECODE}], [{ENCODE}, {PREFILL}, {DECODE}]]
    options = [dict(zip(map(frozenset, way), counts, strict=True)) for way in ways for counts in product(range(1, replicas), repeat=len(way)) if sum(counts) == replicas]
    assert sum(found.values()) == replicas and sorted(stage for stages in found for stage in stages) == sorted(work)
    assert busiest(found) <= min(map(busiest, options)) + 1e-9


def test_replicas_that_also_encode_turn_as_others_there_do() -> None:
    """A replica that turns to decode takes images with it where decoders encode, and leaves them where it turns to prefill."""
    policy = Xllm(ttft_s=1.0, tpot_s=0.05)
    both = frozenset({ENCODE, DECODE})
    waiting = replica(0, [900, 900, 900], stages=frozenset({PREFILL}), prefill_s=1e-3)
    assert policy.switch([waiting, replica(1, [], stages=both), replica(2, [160], stages=both)], 0.0) == [Switch(1, frozenset({PREFILL}))]
    idle = [replica(number, [], stages=frozenset({PREFILL})) for number in range(2)]
    assert policy.switch([*idle, replica(2, [160], stages=both, step_s=0.2)], 0.0) == [Switch(0, both)]


def test_one_replica_cannot_be_shared_out() -> None:
    with pytest.raises(InputError, match="at least two replicas, found 1"):
        encode_roles(1, 1.0, 1.0, 1.0)


def test_kv_that_was_fetched_keeps_a_copy_until_room_is_wanted() -> None:
    pool = PagePool(10, 16, tiers=[8])
    pool.tiers.keep_copies = True
    first, second = Request(0, 64, 99), Request(1, 96, 99)
    assert pool.admit(first)
    first.computed = 64
    assert pool.swap_out(first) and pool.admit(first) and first.computed == 64
    first.generated, first.computed = 17, 80
    assert pool.grow(first.pages, 81) and pool.swap_out(first)
    assert [move.tokens for move in pool.tiers.moves] == [64, 64, 16] and pool.tiers[0].stored == 5
    assert pool.admit(first) and pool.tiers[0].stored == 5
    pool.evict(first)
    assert pool.tiers[0].stored == 0
    assert pool.admit(first)
    first.computed = 80
    assert pool.swap_out(first) and pool.admit(first)
    pool.drop(first)
    first.computed = 0
    assert pool.admit(second)
    second.computed = 96
    assert pool.swap_out(second) and pool.tiers[0].stored == 6
