"""Workloads that go on: the same first requests, the same distribution, whole rounds of traces with prefixes and sessions of their own."""

from __future__ import annotations

import statistics
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from intarsia.ir.going_on import go_on
from intarsia.ir.workload import Request, Workload, generate

UNIFORM: dict[str, Any] = {"kind": "uniform", "low": 100, "high": 900}
LONG_TAIL: dict[str, Any] = {"kind": "lognormal", "median": 50, "sigma": 1.5}
TRACE = Workload(
    (Request(0.0, 900, 20, (7, 8), "a"), Request(1.0, 700, 30, (7, 9), "b"), Request(1.5, 1500, 10, (7, 8, 11), "a"), Request(4.0, 300, 5)), "trace", 512, dropped=2,
)  # fmt: skip


@given(st.integers(2, 40), st.integers(1, 200), st.integers(0, 5), st.sampled_from(["poisson", "uniform"]), st.floats(0.1, 100))
@settings(max_examples=40, deadline=None)
def test_a_drawn_load_is_drawn_on(count: int, more: int, seed: int, arrivals: str, rate: float) -> None:
    """As if so many had been drawn at once, at whatever rate it is asked for; only longer requests than there were are cut."""
    made = generate(count, 3.0, UNIFORM, LONG_TAIL, arrivals=arrivals, seed=seed)
    longer = go_on(made.at_rate(rate), count + more)
    whole = generate(count + more, 3.0, UNIFORM, LONG_TAIL, arrivals=arrivals, seed=seed)
    assert len(longer) == count + more and longer.requests[:count] == made.at_rate(rate).requests
    longest = max(request.prompt_tokens + request.output_tokens for request in made.requests)
    scale = made.rate_per_s / rate
    for ours, drawn in zip(longer.requests, whole.requests, strict=True):
        assert ours.arrival_s == pytest.approx(drawn.arrival_s * scale) and ours.prompt_tokens + ours.output_tokens <= longest
        assert drawn.prompt_tokens + drawn.output_tokens > longest or (ours.prompt_tokens, ours.output_tokens) == (drawn.prompt_tokens, drawn.output_tokens)


def test_what_is_drawn_on_has_the_same_distribution() -> None:
    longer = go_on(generate(300, 2.0, UNIFORM, UNIFORM, images={"kind": "uniform", "low": 0, "high": 4}, models={"a": 3, "b": 1}), 3000).requests
    more = longer[300:]
    assert statistics.fmean(r.prompt_tokens for r in more) == pytest.approx(500, rel=0.05) and statistics.fmean(r.images for r in more) == pytest.approx(2, rel=0.1)
    assert sum(r.model == "a" for r in more) / len(more) == pytest.approx(0.75, abs=0.03)


def test_requests_of_one_model_are_drawn_on_alone() -> None:
    whole = generate(400, 2.0, UNIFORM, UNIFORM, models={"a": 3, "b": 1})
    assert whole.drawn is not None
    own = replace(whole, requests=tuple(r for r in whole.requests if r.model == "b"), drawn=replace(whole.drawn, only="b"))
    longer = go_on(own, 300)
    again = generate(2000, 2.0, UNIFORM, UNIFORM, models={"a": 3, "b": 1})
    wanted = [r.arrival_s for r in again.requests if r.model == "b"][:300]
    assert longer.requests[: len(own)] == own.requests and [r.arrival_s for r in longer.requests] == wanted


def test_prompts_go_on_holding_their_images() -> None:
    made = generate(50, 2.0, UNIFORM, UNIFORM, images={"kind": "uniform", "low": 0, "high": 3})
    assert made.drawn is not None
    held = replace(made, drawn=replace(made.drawn, image_tokens=400), requests=tuple(replace(r, prompt_tokens=max(r.prompt_tokens, 400 * r.images + 1)) for r in made.requests))
    assert all(r.prompt_tokens > 400 * r.images and r.output_tokens >= 1 for r in go_on(held, 500).requests)


@given(st.integers(1, 30))
def test_a_trace_goes_on_in_whole_rounds(count: int) -> None:
    """No row is lost, each round is the trace a period later, and the mean rate stays."""
    longer = go_on(TRACE, count)
    rounds = len(longer) // 4
    assert len(longer) == 4 * rounds and rounds == max(1, -(-count // 4)) and longer.dropped == TRACE.dropped
    assert longer.rate_per_s == pytest.approx(TRACE.rate_per_s)
    for number, request in enumerate(longer.requests):
        first = TRACE.requests[number % 4]
        assert (request.prompt_tokens, request.output_tokens) == (first.prompt_tokens, first.output_tokens)
        assert request.arrival_s == pytest.approx(first.arrival_s + number // 4 * (4.0 + 4.0 / 3))


def test_rounds_share_neither_prefixes_nor_sessions() -> None:
    longer = go_on(TRACE, 20).requests
    rounds = [longer[first : first + 4] for first in range(0, 20, 4)]
    ids = [{each for request in one for each in request.prefix_hashes} for one in rounds]
    names = [{request.session for request in one if request.session} for one in rounds]
    assert [len(each) for each in ids] == [4] * 5 and len(set().union(*ids)) == 20
    assert [len(each) for each in names] == [2] * 5 and len(set().union(*names)) == 10
    assert all(one[0].prefix_hashes[0] == one[1].prefix_hashes[0] and one[0].session == one[2].session and one[3].session == "" for one in rounds)


def test_what_is_long_enough_stays_and_what_has_no_rate_cannot_go_on() -> None:
    assert go_on(TRACE, 4) is TRACE and go_on(TRACE, 1) is TRACE
    with pytest.raises(ValueError, match="at once"):
        go_on(Workload((Request(0.0, 10, 10), Request(0.0, 10, 10))), 3)
    with pytest.raises(ValueError, match="at once"):
        go_on(generate(5, 1.0, UNIFORM, UNIFORM, arrivals="burst"), 6)
