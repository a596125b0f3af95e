"""Properties of the scheduler under any load: no token is lost, pages are never over-committed, first come is first served, all finish."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from intarsia.errors import InputError
from intarsia.runtime.kv_cache import PagePool
from intarsia.runtime.scheduler import Request, Scheduler, make_policy


@dataclass
class Load:
    """Requests as (arrival iteration, prompt, max_tokens), and the sizes of the machine."""

    requests: list[tuple[int, int, int]]
    pages: int
    page_tokens: int
    max_batch_tokens: int
    max_sequences: int


@st.composite
def loads(draw: st.DrawFn) -> Load:
    page_tokens = draw(st.sampled_from([1, 4, 16]))
    pages = draw(st.integers(2, 24))
    capacity = pages * page_tokens
    sizes = st.integers(1, capacity).flatmap(lambda prompt: st.tuples(st.integers(0, 30), st.just(prompt), st.integers(1, capacity - prompt + 1)))
    return Load(draw(st.lists(sizes, min_size=1, max_size=10)), pages, page_tokens, draw(st.integers(1, 40)), draw(st.integers(1, 6)))


def check_pages(scheduler: Scheduler) -> None:
    """Every page has one owner or is free, and each request holds pages for what it has computed."""
    held = [page for request in [*scheduler.running, *scheduler.waiting] for page in request.pages]
    assert len(set(held)) == len(held) == scheduler.kv.used <= scheduler.kv.pages
    for request in scheduler.running:
        assert len(request.pages) * scheduler.kv.page_tokens >= request.computed


@settings(max_examples=200, deadline=None)
@given(loads())
def test_every_load_is_served_in_order(load: Load) -> None:
    pool = PagePool(load.pages, load.page_tokens)
    scheduler = Scheduler(make_policy("fcfs_chunked_prefill", max_batch_tokens=load.max_batch_tokens, max_sequences=load.max_sequences), pool)
    arrivals = sorted(load.requests)
    requests = [Request(i, prompt, most, arrival=float(at)) for i, (at, prompt, most) in enumerate(arrivals)]
    first_tokens: list[int] = []
    finished: list[Request] = []
    pending, iteration = list(requests), 0
    while len(finished) < len(requests):
        while pending and pending[0].arrival <= iteration:
            scheduler.add(pending.pop(0))
        batch = scheduler.step(float(iteration))
        check_pages(scheduler)
        assert sum(chunk.tokens for chunk in batch.chunks) <= load.max_batch_tokens
        assert len(batch.chunks) <= load.max_sequences
        assert batch.chunks or not scheduler.busy, "work is waiting and nothing runs"
        assert all(chunk.start == chunk.request.computed for chunk in batch.chunks)
        scheduler.advance(batch)
        for chunk in batch.chunks:
            request = chunk.request
            assert request.computed <= request.known
            if not chunk.last:
                continue
            assert request.computed == request.known
            if not request.generated:
                first_tokens.append(request.id)
            request.generated += 1
            if request.generated == request.max_tokens:
                scheduler.finish(request, float(iteration))
                finished.append(request)
        iteration += 1
        assert iteration < 100_000
    assert first_tokens == sorted(first_tokens)
    assert pool.used == 0 and all(r.generated == r.max_tokens for r in requests)


def test_decodes_go_first_and_prefill_fills_the_rest() -> None:
    scheduler = Scheduler(make_policy("fcfs_chunked_prefill", max_batch_tokens=8, max_sequences=4), PagePool(16, 16))
    first, second = Request(0, 5, 9), Request(1, 20, 9)
    scheduler.add(first)
    scheduler.add(second)
    batch = scheduler.step(0.0)
    assert [(c.request.id, c.start, c.tokens, c.last) for c in batch.chunks] == [(0, 0, 5, True), (1, 0, 3, False)]
    scheduler.advance(batch)
    first.generated += 1
    assert [(c.request.id, c.start, c.tokens) for c in scheduler.step(1.0).chunks] == [(0, 5, 1), (1, 3, 7)]


def test_the_youngest_is_preempted_and_comes_back() -> None:
    scheduler = Scheduler(make_policy("fcfs_chunked_prefill", max_batch_tokens=64, max_sequences=4), PagePool(4, 4))
    old, young = Request(0, 8, 8), Request(1, 8, 8)
    for request in (old, young):
        scheduler.add(request)
    scheduler.advance(scheduler.step(0.0))
    old.generated = young.generated = 1
    batch = scheduler.step(1.0)
    assert batch.preempted == [young] and [c.request for c in batch.chunks] == [old]
    assert young.computed == 0 and not young.pages and young.generated == 1
    assert list(scheduler.waiting) == [young]


def test_a_request_that_can_never_fit_is_refused() -> None:
    scheduler = Scheduler(make_policy("fcfs_chunked_prefill", max_batch_tokens=64, max_sequences=4), PagePool(2, 16))
    with pytest.raises(InputError, match="40 tokens of KV cache, which holds 32"):
        scheduler.add(Request(0, 30, 11))


def test_an_unknown_policy_names_the_known_ones() -> None:
    with pytest.raises(InputError, match="fcfs_chunked_prefill"):
        make_policy("lottery", max_batch_tokens=1, max_sequences=1)


@given(st.lists(st.integers(0, 40), max_size=30), st.integers(1, 12))
def test_the_pool_never_gives_a_page_twice(sizes: list[int], pages: int) -> None:
    pool = PagePool(pages, 4)
    held: list[list[int]] = []
    for tokens in sizes:
        mine: list[int] = []
        free = pool.free
        if pool.grow(mine, tokens):
            assert len(mine) == pool.needed(tokens)
            held.append(mine)
        else:
            assert pool.free == free < pool.needed(tokens) and not mine
            if held:
                pool.release(held.pop(0))
        taken = [page for each in held for page in each]
        assert len(set(taken)) == len(taken) == pool.used <= pages


def test_long_decodes_are_steady() -> None:
    scheduler = Scheduler(make_policy("fcfs_chunked_prefill", max_batch_tokens=8, max_sequences=4), PagePool(16, 16))
    request = Request(0, 5, 200)
    scheduler.add(request)
    batch = scheduler.step(0.0)
    assert scheduler.steady(batch, 1000) == 0, "after the prefill comes a decode"
    scheduler.advance(batch)
    request.generated = 1
    assert scheduler.steady(scheduler.step(1.0), 1000) == 16 * 16 - 6, "until the pages are full"


def test_parameters_are_checked() -> None:
    for given_, message in (
        ({"max_batch_tokens": 0, "max_sequences": 1}, r"max_batch_tokens must lie in \[1, inf\], found 0"),
        ({"max_batch_tokens": 2.5, "max_sequences": 1}, "max_batch_tokens must be a whole number, found 2.5"),
        ({"max_batch_tokens": True, "max_sequences": 1}, "max_batch_tokens must be a whole number, found True"),
        ({"max_batch_tokens": 8}, "needs max_sequences"),
        ({"max_batch_tokens": 8, "max_sequences": 1, "luck": 1}, "no parameter 'luck'"),
    ):
        with pytest.raises(InputError, match=message):
            make_policy("fcfs_chunked_prefill", **given_)


def test_a_sent_request_goes_on_where_it_was() -> None:
    policy = make_policy("fcfs_chunked_prefill", max_batch_tokens=64, max_sequences=4)
    here, there = Scheduler(policy, PagePool(8, 16)), Scheduler(policy, PagePool(8, 16))
    request = Request(0, 30, 9)
    here.add(request)
    here.advance(here.step(0.0))
    request.generated = 1
    here.send(request)
    assert here.kv.used == 0 and not here.busy
    there.receive(request, 1.0)
    batch = there.step(1.0)
    assert [(c.start, c.tokens, c.last) for c in batch.chunks] == [(30, 1, True)] and not batch.moves
