"""Prefix sharing, tiers and held KV caches: every page has one place, whatever requests come, grow, are preempted and end."""

from __future__ import annotations

from itertools import count

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from intarsia.errors import InputError
from intarsia.runtime.kv_cache import PagePool
from intarsia.runtime.kv_tiers import Move
from intarsia.runtime.scheduler import Hints, Request


def check(pool: PagePool, live: list[Request]) -> None:
    """Each page is free, idle in the cache, or held: alone by one request, or in a block by all who use it."""
    held = [(r.pages, r.blocks) for r in live] + [(h.pages, h.blocks) for h in pool.held.values()]
    users: dict[int, int] = {}
    private: list[int] = []
    for pages, blocks in held:
        private += pages[len(blocks) * pool.block_pages :]
        for place, block in enumerate(blocks):
            own = pages[place * pool.block_pages : (place + 1) * pool.block_pages]
            if block is None:
                private += own
            else:
                assert block.pages == own and pool._blocks[block.hash] is block
                users[block.hash] = users.get(block.hash, 0) + 1
    assert {name: block.users for name, block in pool._blocks.items()} == {name: users.get(name, 0) for name in pool._blocks}
    assert set(pool._idle) == {name for name, block in pool._blocks.items() if not block.users}
    everywhere = private + pool._free + list(range(pool._fresh, pool.pages)) + [page for block in pool._blocks.values() for page in block.pages]
    assert sorted(everywhere) == list(range(pool.pages))
    for tier in pool.tiers:
        assert tier.stored >= 0 and tier.stored + len(tier.blocks) * pool.block_pages <= tier.pages
    assert not set(pool._blocks) & {name for tier in pool.tiers for name in tier.blocks}


ACTIONS = st.lists(st.tuples(st.sampled_from(["new", "run", "evict", "swap", "end", "hold", "expire"]), st.integers(0, 5), st.integers(1, 60)), max_size=60)


@settings(max_examples=300, deadline=None)
@given(ACTIONS, st.integers(4, 20), st.sampled_from([1, 2]), st.sampled_from([(), (6,), (3, 8)]))
def test_every_page_has_one_place(actions: list[tuple[str, int, int]], pages: int, block_pages: int, tiers: tuple[int, ...]) -> None:
    pool = PagePool(pages, 4, block_tokens=4 * block_pages, tiers=tiers)
    live, away, ids = list[Request](), list[Request](), count()
    for now, (what, which, tokens) in enumerate(actions):
        request = live[which % len(live)] if live else None
        if what == "new":
            prefix = tuple(hash((which % 2, n)) for n in range(tokens // pool.block_tokens))
            back = bool(away)  # a request that comes back may be all computed: its next token is all that it lacks
            fresh = away.pop(0) if away else Request(next(ids), tokens, 9, prefix=prefix, hints=Hints(session=which))
            before = pool.free, list(pool._idle)
            if pool.admit(fresh):
                live.append(fresh)
                assert fresh.computed < fresh.known + back <= len(fresh.pages) * 4 + back
                assert fresh.shared == fresh.computed or not fresh.shared
            else:
                assert (pool.free, list(pool._idle)) == before and not fresh.pages and not fresh.computed
                if fresh.stored:
                    away.append(fresh)
        elif request is None:
            continue
        elif what == "run" and request.computed < request.known:
            request.computed = min(request.known, request.computed + tokens)
            pool.commit(request)
        elif what == "evict":
            pool.evict(request)
            live.remove(request)
        elif what == "swap" and pool.swap_out(request):
            assert not request.pages and request.computed == 0
            live.remove(request)
            away.append(request)
        elif what in ("end", "hold"):
            live.remove(request)
            if what == "hold":
                pool.hold(request, now + 5.0)
            else:
                pool.drop(request)
        elif what == "expire":
            pool.expire(float(now))
        check(pool, live)
        assert 0 <= pool.free <= pool.pages
    for request in live:
        pool.drop(request)
    pool.expire(1e9)
    check(pool, [])
    assert pool.used == 0


def test_a_prefix_is_shared_and_survives_its_request() -> None:
    pool = PagePool(16, 16)
    first = Request(0, 40, 1, prefix=(1, 2))
    assert pool.admit(first) and first.computed == 0
    first.computed = 40
    pool.commit(first)
    beside = Request(1, 48, 1, prefix=(1, 2, 3))
    assert pool.admit(beside) and beside.computed == 32 and beside.pages[:2] == first.pages[:2]
    assert pool.used == 4
    pool.drop(first)
    pool.drop(beside)
    assert pool.used == 0 and pool.cached == 2
    assert pool.matched(Request(2, 33, 1, prefix=(1, 2))) == 32


def test_the_last_token_is_always_computed() -> None:
    pool = PagePool(8, 16)
    first = Request(0, 32, 1, prefix=(1, 2))
    pool.admit(first)
    first.computed = 32
    pool.commit(first)
    again = Request(1, 32, 1, prefix=(1, 2))
    assert pool.admit(again) and again.computed == 16


def test_the_least_recently_used_prefix_goes_first_and_its_end_before_its_beginning() -> None:
    pool = PagePool(4, 16)
    for number, names in enumerate([(1, 2), (3, 4)]):
        request = Request(number, 32, 1, prefix=names)
        pool.admit(request)
        request.computed = 32
        pool.commit(request)
        pool.drop(request)
    assert pool.admit(Request(2, 16, 1))
    assert pool.matched(Request(3, 40, 1, prefix=(1, 2))) == 16 and pool.matched(Request(4, 40, 1, prefix=(3, 4))) == 32


def test_evicted_blocks_move_to_the_tier_and_come_back() -> None:
    pool = PagePool(2, 16, tiers=(4,))
    request = Request(0, 32, 1, prefix=(1, 2))
    pool.admit(request)
    request.computed = 32
    pool.commit(request)
    pool.drop(request)
    other = Request(1, 32, 1)
    assert pool.admit(other) and pool.tiers.moves == [Move(16, 0, 1), Move(16, 0, 1)]
    pool.drop(other)
    pool.tiers.moves.clear()
    again = Request(2, 32, 1, prefix=(1, 2))
    assert pool.admit(again) and again.computed == 16 and pool.tiers.moves == [Move(16, 1, 0)]


def test_a_swapped_request_comes_back_with_its_tokens() -> None:
    pool = PagePool(4, 16, tiers=(4,))
    request = Request(0, 40, 9)
    pool.admit(request)
    request.computed, request.generated = 40, 1
    assert pool.swap_out(request) and request.stored == 40 and request.preemptions == 1 and pool.used == 0
    pool.tiers.moves.clear()
    assert pool.admit(request) and request.computed == 40 and pool.tiers.moves == [Move(40, 1, 0)] and pool.tiers[0].stored == 0


def test_the_next_turn_takes_over_what_was_held() -> None:
    pool = PagePool(8, 16)
    first = Request(0, 40, 9, hints=Hints(session="a"))
    pool.admit(first)
    first.computed, first.generated = 48, 9
    pool.hold(first, 3.0)
    assert pool.used == 3 and pool.expiry == 3.0
    second = Request(1, 60, 9, hints=Hints(session="a"))
    assert pool.admit(second) and second.computed == second.shared == 48 and pool.used == 4 and not pool.held


def test_blocks_are_whole_pages() -> None:
    with pytest.raises(InputError, match=r"block_tokens \(24\) must be a multiple of page_tokens \(16\)"):
        PagePool(4, 16, block_tokens=24)
