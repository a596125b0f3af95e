"""What holds for every policy: no token is lost, pages are never over-committed, every request ends, and a steady batch may be repeated."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from importlib import import_module
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from intarsia.errors import InputError
from intarsia.runtime.kv_cache import PagePool
from intarsia.runtime.scheduler import POLICIES, Batch, Hints, Request, Scheduler, make_policy, parameters, policy_class
from intarsia.runtime.scheduler.policy import listed

ALL = sorted(set(POLICIES) - {"encode_only"})


@dataclass(frozen=True)
class Load:
    """Requests with arrivals in iterations, the sizes of the machine, and how many pages its slower tier has."""

    requests: list[Request]
    pages: int
    page_tokens: int
    max_batch_tokens: int
    max_sequences: int
    tier: int

    def fresh(self) -> list[Request]:
        """The requests as they were before any run."""
        return [replace(request, pages=[], blocks=[], generated=0, computed=0, preemptions=0, shared=0, stored=0, tier=0) for request in self.requests]


@st.composite
def hints(draw: st.DrawFn, arrival: float) -> Hints:
    """Any goals; half of the requests are turns of programs."""
    goal = st.sampled_from([1.0, 10.0, 40.0, float("inf")])
    program = draw(st.integers(0, 5))
    fields: dict[str, Any] = {"kind": draw(st.sampled_from(["", "chat", "code"])), "ttft_s": draw(goal), "tpot_s": draw(goal), "deadline": arrival + draw(goal)}
    if program <= 2:
        turn = draw(st.integers(0, 2))
        fields |= {
            "session": f"program {program}", "turn": turn, "turns": draw(st.sampled_from([0, 3])), "program_arrival": float(program), "program_deadline": arrival + draw(goal),
            "tool": draw(st.sampled_from(["", "grep"])), "tool_s": draw(st.sampled_from([0.0, 1.0, 9.0])),
        }  # fmt: skip
    return Hints(**fields, output=draw(st.sampled_from([0, 3])), output_most=draw(st.sampled_from([0, 5])))


@st.composite
def loads(draw: st.DrawFn) -> Load:
    page_tokens = draw(st.sampled_from([1, 4, 16]))
    pages = draw(st.integers(2, 24))
    capacity = pages * page_tokens
    requests = []
    for number, arrival in enumerate(sorted(draw(st.lists(st.integers(0, 30), min_size=1, max_size=9)))):
        prompt = draw(st.integers(1, capacity))
        family = draw(st.integers(0, 2))
        prefix = tuple(hash((family, n)) for n in range(prompt // page_tokens + draw(st.integers(0, 1)))) if family else ()
        most = draw(st.integers(1, capacity - prompt + 1))
        requests.append(Request(number, prompt, most, arrival=float(arrival), priority=draw(st.integers(-1, 1)), prefix=prefix, hints=draw(hints(float(arrival)))))
    return Load(requests, pages, page_tokens, draw(st.integers(1, 40)), draw(st.integers(1, 6)), draw(st.sampled_from([0, 0, 3, 30])))


def scheduler_for(policy: str, load: Load, **parameters: Any) -> Scheduler:
    pool = PagePool(load.pages, load.page_tokens, tiers=[load.tier] if load.tier else [])
    return Scheduler(make_policy(policy, max_batch_tokens=load.max_batch_tokens, max_sequences=load.max_sequences, **parameters), pool)


def check_pages(scheduler: Scheduler) -> None:
    """Every page has an owner or is free; a page with several owners is a shared block; requests hold pages for what they have computed."""
    kv, held = scheduler.kv, list[int]()
    for each in [*scheduler.running, *scheduler.waiting, *kv.held.values()]:
        shared = {page for block in each.blocks if block is not None for page in block.pages}
        held += [page for page in each.pages if page not in shared]
        held += shared
    alone = [page for page in held if held.count(page) == 1]
    assert len(set(held)) == kv.used <= kv.pages and len(alone) + len({page for page in held if held.count(page) > 1}) == len(set(held))
    for request in scheduler.running:
        assert len(request.pages) * kv.page_tokens >= request.computed
    for tier in kv.tiers:
        assert 0 <= tier.stored <= tier.pages


def check_batch(batch: Batch, load: Load) -> None:
    assert sum(chunk.tokens / chunk.groups for chunk in batch.chunks) <= load.max_batch_tokens + 1e-9
    assert len(batch.chunks) <= load.max_sequences and len({chunk.request.id for chunk in batch.chunks}) == len(batch.chunks)
    for chunk in batch.chunks:
        assert chunk.start == chunk.request.computed and chunk.tokens > 0
        assert chunk.last == (chunk.start + chunk.tokens == chunk.request.known)
        assert len(chunk.request.pages) * load.page_tokens >= chunk.start + chunk.tokens


def drive(policy: str, load: Load, *, ahead: bool = False, **parameters: Any) -> list[list[tuple[int, int, int, bool, int]]]:
    """Serve the load to its end; gives the chunks of every iteration. An iteration takes a second; with `ahead`, steady batches are repeated."""
    scheduler = scheduler_for(policy, load, **parameters)
    pending, iterations, served = load.fresh(), list[list[tuple[int, int, int, bool, int]]](), list[Request]()
    while pending or scheduler.busy:
        now = float(len(iterations))
        assert now < 50_000, "it never ends"
        while pending and pending[0].arrival <= now:
            scheduler.add(pending.pop(0), now)
        batch = scheduler.step(now)
        check_pages(scheduler)
        check_batch(batch, load)
        assert batch.chunks or not scheduler.busy or batch.until < float("inf"), "work is waiting and nothing runs"
        times = 1
        if ahead and batch.chunks:
            left = [chunk.request.max_tokens - chunk.request.generated for chunk in batch.chunks if chunk.last]
            bounds = [*left, *(int(request.arrival - now) for request in pending[:1]), *([max(1, int(batch.until - now))] if batch.until < float("inf") else [])]
            times += max(0, scheduler.steady(batch, min([10**6, *bounds]) - 1)) if min([10**6, *bounds]) > 1 else 0
        for n in range(times):
            iterations.append([(c.request.id, c.start + n * c.tokens, c.tokens, c.last, c.group) for c in batch.chunks])
        scheduler.advance(batch, times)
        for chunk in batch.chunks:
            request = chunk.request
            assert request.computed <= request.known + times - 1
            if chunk.last and chunk.ends:
                assert request.computed == request.known + times - 1
                request.generated += times
                if request.generated == request.max_tokens:
                    scheduler.finish(request, float(len(iterations)))
                    served.append(request)
    assert len(served) == len(load.requests)
    for session in list(scheduler.kv.held):
        scheduler.kv.unhold(session)
    assert scheduler.kv.used == 0 and all(tier.stored == 0 for tier in scheduler.kv.tiers)
    return iterations


@pytest.mark.parametrize("policy", ALL)
@settings(max_examples=40, deadline=None)
@given(loads())
def test_every_load_is_served(policy: str, load: Load) -> None:
    drive(policy, load)


@pytest.mark.parametrize("policy", ALL)
@settings(max_examples=60, deadline=None)
@given(loads())
def test_repeating_a_steady_batch_is_what_asking_each_time_gives(policy: str, load: Load) -> None:
    assert drive(policy, load, ahead=True) == drive(policy, load)


@pytest.mark.parametrize("policy, parameters_", [
    ("continuous_batching", {"watermark": 0.2}), ("continuous_batching", {"promised": 1.0}), ("continuous_batching", {"promised": 1.5, "watermark": 0.1}),
    ("past_future", {"window": 4, "draws": 2, "reserve": 0.0}), ("past_future", {"window": 1, "draws": 1}),
])  # fmt: skip
@settings(max_examples=40, deadline=None)
@given(loads())
def test_that_holds_for_other_ways_to_admit(policy: str, parameters_: dict[str, Any], load: Load) -> None:
    assert drive(policy, load, ahead=True, **parameters_) == drive(policy, load, **parameters_)


def admitted(policy: str, prompts: list[tuple[int, int]], pages: int, **parameters: Any) -> list[int]:
    """Who is let in at once, of requests with (prompt, limit), into pages of one token."""
    requests = [Request(number, prompt, limit) for number, (prompt, limit) in enumerate(prompts)]
    scheduler = scheduler_for(policy, Load(requests, pages, 1, 1000, 100, 0), **parameters)
    for request in requests:
        scheduler.add(request, 0.0)
    return [request.id for request in scheduler.step(0.0).admitted]


def test_longest_answers_are_reserved_as_often_as_is_promised() -> None:
    """Each needs 10 pages now and 29 at most, of 100: ten fit now, three with their longest answers, five at one and a half times the pages."""
    alike = [(10, 20)] * 12
    assert len(admitted("continuous_batching", alike, 100)) == 10
    assert len(admitted("continuous_batching", alike, 100, watermark=0.15)) == 8
    assert [len(admitted("continuous_batching", alike, 100, promised=times)) for times in (1.0, 1.5, 10.0)] == [3, 5, 10]
    assert admitted("continuous_batching", alike, 40, promised=0.5) == [0], "one alone is let in, whatever is promised"


def test_past_future_counts_on_the_limit_until_answers_have_ended() -> None:
    """Ten requests with 10 tokens and a limit of 20 peak at 29 each; once answers of 2 tokens have ended, at 11."""
    policy = make_policy("past_future", max_batch_tokens=1000, max_sequences=100, window=4, reserve=0.0)
    kv = PagePool(100, 1)
    scheduler = Scheduler(policy, kv)
    for number in range(10):
        scheduler.add(Request(number, 10, 20), 0.0)
    assert len(scheduler.step(0.0).admitted) == 3
    for number in range(4):
        policy.finished(Request(100 + number, 10, 20, generated=2), 0.0)
    assert len(scheduler.step(0.0).admitted) == 5


WANTED = {
    "continuous_batching": "Orca", "fcfs_chunked_prefill": "Sarathi-Serve", "dynamic_splitfuse": "FastGen", "layered_prefill": "Layered", "past_future": "Past-Future", "batchllm": "BatchLLM",
    "continuum": "Continuum", "jitserve": "JITServe", "hexgen_flow": "HexGen-Flow", "fastswitch": "FastSwitch", "llumnix": "Llumnix", "xllm": "xLLM", "encode_only": "xLLM", "janus": "Janus",
    "hybrimoe": "HybriMoE", "static_batching": "FasterTransformer",
}  # fmt: skip
"""Every policy, with what it is published as."""


def test_every_policy_names_its_paper_and_what_differs() -> None:
    known = {each.name: each for each in listed()}
    assert set(known) == set(WANTED)
    for name, published in WANTED.items():
        text = import_module(f"intarsia.runtime.scheduler.{name}").__doc__ or ""
        assert published in text and re.search(r"arXiv \d{4}\.\d{5}|OSDI|SOSP|ASPLOS", text), name
        assert re.search(r"Unlike|[Tt]he paper|; here ", text), f"{name} says nothing of how it differs from its paper"
        assert all(each.help for each in known[name].parameters), name


@pytest.mark.parametrize("name", sorted(POLICIES))
def test_values_worth_trying_are_legal_and_have_the_default_among_them(name: str) -> None:
    known = parameters(policy_class(name))
    assert name == "encode_only" or {each.name for each in known if each.tries} >= {"max_batch_tokens", "max_sequences"}
    limits = {each.name: 8 for each in known if each.default is None}
    for each in known:
        assert list(each.tries) == sorted(set(each.tries)) and (not each.tries or each.default is None or each.default in each.tries)
        for value in each.tries:
            assert getattr(make_policy(name, **{**limits, each.name: value}), each.name) == value
        for outside in (each.least - 1, each.most + 1):
            if each.type in ("int", "float") and abs(outside) < float("inf"):
                with pytest.raises(InputError, match="must lie in"):
                    make_policy(name, **{**limits, each.name: type(each.least)(outside) if each.type == "float" else int(outside)})
