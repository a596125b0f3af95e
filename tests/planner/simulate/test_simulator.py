"""The simulator against a slow oracle and against itself, and what must hold of any run."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from intarsia.errors import InputError, RuntimeFailure
from intarsia.planner.simulate import Job, Load, Replica, Report, program, simulate
from intarsia.planner.simulate.engine import Engine
from intarsia.planner.simulate.serving import Deployment, Pool
from intarsia.runtime.scheduler import Batch, Policy, policy
from tests.planner.simulate.oracle import serve
from tests.planner.simulate.systems import poisson, replica, table

JOBS = st.lists(st.tuples(st.floats(0, 3), st.integers(1, 900), st.integers(1, 60)), min_size=1, max_size=12).map(sorted)
STAGGERED = st.lists(st.tuples(st.floats(0, 3), st.integers(1, 300), st.integers(25, 150)), min_size=8, max_size=18).map(sorted)
MACHINES = st.tuples(st.integers(62, 200), st.integers(8, 700), st.integers(1, 8))


def same(a: Report, b: Report) -> bool:
    """Equal in all that doesn't say how often schedulers were asked, to the bit."""
    columns = all((getattr(a.requests, name) == getattr(b.requests, name)).all() for name in ("arrival", "start", "first", "end", "cached", "preemptions", "engine"))
    return columns and (a.itl_s, a.iterations, a.resources.joules, a.resources.moved_bytes) == (b.itl_s, b.iterations, b.resources.joules, b.resources.moved_bytes)


@settings(max_examples=60, deadline=None)
@given(JOBS, MACHINES)
def test_the_oracle_agrees(jobs: list[tuple[float, int, int]], machine: tuple[int, int, int]) -> None:
    pages, tokens, sequences = machine
    found = simulate(Load(tuple(Job(*job) for job in jobs)), replica(16 * pages, tokens=tokens, sequences=sequences)).requests
    wanted = np.array(serve(jobs, table(), pages, 16, tokens, sequences))
    np.testing.assert_allclose(np.stack([found.first, found.end], axis=1), wanted, rtol=1e-9)


@settings(max_examples=60, deadline=None)
@given(JOBS, MACHINES, st.integers(0, 3), st.booleans())
def test_skipping_ahead_changes_nothing(jobs: list[tuple[float, int, int]], machine: tuple[int, int, int], families: int, closed: bool) -> None:
    pages, tokens, sequences = machine
    listed = tuple(Job(*job, prefix=tuple(hash((n % families, b)) for b in range(job[1] // 32)) if families else ()) for n, job in enumerate(jobs))
    load = Load(listed, users=2 if closed else 0, think_s=0.01, block_tokens=32 if families else 0)
    served = replica(16 * pages, tokens=tokens, sequences=sequences)
    assert same(simulate(load, served), simulate(load, served, ahead=False))


@settings(max_examples=40, deadline=None)
@given(STAGGERED, MACHINES, st.sampled_from(["least_loaded", "prefix_aware", "slo_aware"]), st.booleans())
def test_routers_see_replicas_as_they_are(jobs: list[tuple[float, int, int]], machine: tuple[int, int, int], router: str, piped: bool) -> None:
    """However far ahead a replica has been run, a router finds what it holds at that moment."""
    pages, tokens, sequences = machine
    listed = tuple(Job(*job, ttft_s=0.1, prefix=tuple(hash((n % 2, b)) for b in range(job[1] // 32))) for n, job in enumerate(jobs))
    load = Load(listed, block_tokens=32)
    more = {"table": table(tp=2, pp=2)} if piped else {}
    served = [replica(16 * pages * (2 if piped else 1), tokens=tokens, sequences=sequences, **more)] * 3
    assert same(simulate(load, served, router=router), simulate(load, served, router=router, ahead=False))


@settings(max_examples=40, deadline=None)
@given(JOBS, MACHINES, st.integers(1, 3), st.sampled_from(["round_robin", "least_loaded", "prefix_aware", "slo_aware"]))
def test_what_must_hold_of_any_run(jobs: list[tuple[float, int, int]], machine: tuple[int, int, int], count: int, router: str) -> None:
    pages, tokens, sequences = machine
    load = Load(tuple(Job(*job, ttft_s=0.5) for job in jobs))
    served = [replica(16 * pages, tokens=tokens, sequences=sequences)] * count
    report = simulate(load, served, router=router)
    found = report.requests
    assert (found.arrival <= found.start).all() and (found.start < found.first).all() and (found.first <= found.end).all()
    assert report.duration_s * report.output_tokens_per_s == pytest.approx(sum(job[2] for job in jobs)), "no token lost or made"
    assert report.resources.kv_peak <= 1 and report.resources.busy <= 1 + 1e-9
    assert same(report, simulate(load, served, router=router))
    assert json.loads(json.dumps(report.to_dict()))["latency"]["requests"] == len(jobs)


@settings(max_examples=30, deadline=None)
@given(JOBS, MACHINES)
def test_work_is_conserved(jobs: list[tuple[float, int, int]], machine: tuple[int, int, int]) -> None:
    """An engine with work is never idle: its steps cover the time from each arrival to the end of all that had come by then."""
    pages, tokens, sequences = machine
    report = simulate(Load(tuple(Job(*job) for job in jobs)), replica(16 * pages, tokens=tokens, sequences=sequences))
    spans = sorted(zip(report.requests.arrival.tolist(), report.requests.end.tolist(), strict=True))
    occupied, reached = 0.0, spans[0][0]
    for begin, end in spans:
        occupied += max(0.0, end - max(begin, reached))
        reached = max(reached, end)
    assert report.resources.busy * report.duration_s == pytest.approx(occupied)


@settings(max_examples=60, deadline=None)
@given(JOBS, st.floats(1, 8), st.integers(1, 8))
def test_lower_load_never_lengthens_the_tail(jobs: list[tuple[float, int, int]], stretch: float, sequences: int) -> None:
    """First come, first served: with arrivals further apart nobody waits longer. One at a time this holds of each request (Lindley); in batches, up to the step that one may just miss."""
    served = replica(60_000, sequences=sequences)
    dense, sparse = (simulate(Load(tuple(Job(arrival * factor, *rest) for arrival, *rest in jobs)), served) for factor in (1.0, stretch))
    missed_s = 0.0 if sequences == 1 else float(table().mixed_seconds(512, 900, sequences, 960, sequences))
    assert (sparse.requests.ttft <= dense.requests.ttft + missed_s + 1e-9).all()
    for name in ("p50", "p90", "p95", "p99", "max"):
        assert getattr(sparse.latency.ttft_s, name) <= getattr(dense.latency.ttft_s, name) + missed_s + 1e-9
    if sequences == 1:
        assert (sparse.requests.e2e <= dense.requests.e2e + 1e-9).all()


def test_tails_grow_with_the_load() -> None:
    calm = poisson(300, 2.0, seed=3)
    tails = []
    for factor in (1.0, 2.0, 4.0, 8.0, 16.0):
        jobs = tuple(replace(job, arrival_s=job.arrival_s / factor) for job in calm.jobs)
        found = simulate(Load(jobs), replica(60_000))
        tails.append(found.latency.ttft_s.p99)
    assert tails == sorted(tails) and tails[-1] > 2 * tails[0]


def test_a_lone_request_takes_the_sum_of_its_steps() -> None:
    steps = table()
    report = simulate(Load((Job(1.0, 600, 3),)), replica())
    prefill = float(steps.mixed_seconds(512, 0, 0, 0, 0) + steps.mixed_seconds(88, 512, 0, 0, 1))
    decodes = float(steps.decode_seconds(1, 601) + steps.decode_seconds(1, 602))
    assert report.requests.first[0] == pytest.approx(1.0 + prefill) and report.requests.end[0] == pytest.approx(1.0 + prefill + decodes)
    assert report.latency.queue_s.max == 0 and report.iterations == 4


@settings(max_examples=20, deadline=None)
@given(JOBS, MACHINES)
def test_prompts_are_split_before_anything_else(jobs: list[tuple[float, int, int]], machine: tuple[int, int, int]) -> None:
    """A run in which that takes time is the one in which each request comes so much later, but for what its user sees."""
    pages, tokens, sequences = machine
    served, token_s = Pool(replica(16 * pages, tokens=tokens, sequences=sequences)), 1e-5
    late = sorted((arrival + token_s * prompt, number) for number, (arrival, prompt, _) in enumerate(jobs))
    order = [number for _, number in late]
    plain = simulate(Load(tuple(Job(at, *jobs[number][1:]) for at, number in late)), Deployment((served,))).requests
    for ahead in (True, False):
        found = simulate(Load(tuple(Job(*job) for job in jobs)), Deployment((served,), token_s=token_s), ahead=ahead).requests
        assert found.arrival == pytest.approx([job[0] for job in jobs])
        assert found.end[order] == pytest.approx(plain.end) and found.first[order] == pytest.approx(plain.first)


def test_gaps_between_tokens_add_up() -> None:
    report = simulate(poisson(100, 4.0), replica())
    found = report.requests
    assert report.itl_s.mean == pytest.approx(float((found.end - found.first).sum() / (found.output - 1).sum()))
    assert report.itl_s.p50 <= report.itl_s.p99 <= report.itl_s.max * 1.001


def test_a_closed_loop_keeps_its_users_busy() -> None:
    report = simulate(poisson(40, 1.0, users=4), replica())
    begins, ends = np.sort(report.requests.arrival), np.sort(report.requests.end)
    assert (begins[:4] == 0).all() and begins[4:] == pytest.approx(ends[:-4])


def test_a_program_waits_for_its_tools() -> None:
    jobs = program(1.0, [(100, 20, "search", 2.0), (30, 10, "", 0.0)], session="a", first=0, block_tokens=16)
    report = simulate(Load(tuple(jobs), block_tokens=16), replica())
    found = report.requests
    assert found.arrival[1] == found.end[0] + 2.0 and found.cached[1] == 112
    assert report.programs_s.max == pytest.approx(found.end[1] - 1.0)


def test_a_shared_prefix_saves_prefill() -> None:
    jobs = tuple(Job(float(n), 480, 5, prefix=tuple(range(15))) for n in range(4))
    apart = Load(tuple(replace(job, prefix=()) for job in jobs))
    shared = simulate(Load(jobs, block_tokens=32), replica())
    assert shared.requests.cached.tolist() == [0, 448, 448, 448] and shared.resources.prefix_hits == pytest.approx(0.7)
    assert shared.latency.ttft_s.mean < 0.7 * simulate(apart, replica()).latency.ttft_s.mean


def test_hashes_of_small_blocks_make_large_ones() -> None:
    jobs = tuple(Job(float(n), 480, 5, prefix=tuple(range(30))) for n in range(2))
    found = simulate(Load(jobs, block_tokens=16), replica(page_tokens=64, kv_tokens=6400))
    assert found.requests.cached[1] == 448


def test_kinds_are_told_apart() -> None:
    load = Load((Job(0.0, 10, 5, kind="chat"), Job(0.0, 900, 5, kind="batch"), Job(9.0, 10, 5, kind="chat")))
    found = simulate(load, replica())
    assert {name: each.requests for name, each in found.kinds.items()} == {"batch": 1, "chat": 2}


def test_bad_loads_are_refused() -> None:
    for make, message in (
        (lambda: Load(()), "holds no request"),
        (lambda: Load((Job(0.0, 0, 5),)), "job 0: needs at least one token"),
        (lambda: Load((Job(-1.0, 5, 5),)), "job 0: times must be finite"),
        (lambda: Load((Job(float("nan"), 5, 5),)), "job 0: times must be finite"),
        (lambda: Load((Job(0.0, 5, 5, after=0),)), "which isn't before it"),
        (lambda: simulate(Load((Job(0.0, 30_000, 5),)), replica()), "job 0: .*30004 tokens of KV cache, which holds 20000: 30000 tokens of prompt"),
        (lambda: simulate(Load((Job(0.0, 5, 5),)), []), "no replica"),
        (lambda: simulate(Load((Job(0.0, 5, 5),)), [replica()] * 2, router="magic"), "unknown router 'magic'"),
        (lambda: replica(8), "holds no page"),
        (lambda: simulate(Load((Job(0.0, 5, 5),)), replace(replica(), policy="magic")), "unknown scheduling policy 'magic'"),
    ):
        with pytest.raises(InputError, match=message):
            make()


class Idle(Policy):
    """Runs nothing."""

    def schedule(self, now, waiting, running, kv):  # type: ignore[no-untyped-def]
        return Batch([], [], [])

    def __post_init__(self) -> None:
        pass


def test_a_policy_that_runs_nothing_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(policy.POLICIES, "idle", f"{__name__}:Idle")
    monkeypatch.setattr(Engine, "__init__", _with_idle(Engine.__init__))
    with pytest.raises(RuntimeFailure, match="1 requests were never finished"):
        simulate(Load((Job(0.0, 5, 5),)), replica())


def _with_idle(original):  # type: ignore[no-untyped-def]
    def init(self, *args, **kwargs):  # type: ignore[no-untyped-def]
        original(self, *args, **kwargs)
        for scheduler in self.schedulers:
            scheduler.policy = Idle()

    return init


def test_lock_step_groups_wait_for_the_slowest() -> None:
    groups = table("deepseek", dp=4, ep=4)
    load = Load((Job(0.0, 2000, 2), *(Job(0.0, 10, 2) for _ in range(3))))
    found = simulate(load, Replica(groups, 20_000, parameters={"max_batch_tokens": 2048, "max_sequences": 8}))
    assert (found.requests.first == found.requests.first[0]).all()
    assert found.requests.first[0] > 2 * simulate(Load(load.jobs[1:]), Replica(groups, 20_000)).requests.first[0]


def test_a_real_trace(real_data) -> None:  # type: ignore[no-untyped-def]
    from intarsia.compiler.frontends import traces

    load = Load.of(traces.read(real_data / "traces" / "mooncake" / "conversation_trace.jsonl", limit=600))
    by_router = {name: simulate(load, [replica(3_000_000, tokens=2048)] * 4, router=name) for name in ("round_robin", "prefix_aware")}
    assert all(found.latency.requests == 600 for found in by_router.values())
    assert by_router["prefix_aware"].resources.prefix_hits > 1.2 * by_router["round_robin"].resources.prefix_hits > 0
