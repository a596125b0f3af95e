"""Encode, prefill and decode on replicas of their own; KV caches over links and in tiers; every policy of one replica."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from intarsia.errors import InputError
from intarsia.planner.simulate import Deployment, Job, Link, Load, Pool, Tier, program, simulate
from intarsia.planner.simulate.lane import Work
from intarsia.planner.simulate.simulator import Simulation
from intarsia.runtime.scheduler import POLICIES, Batch, Chunk, Request
from intarsia.runtime.scheduler.cluster import DECODE, ENCODE, PREFILL
from tests.planner.simulate.systems import poisson, replica, table
from tests.planner.simulate.test_simulator import JOBS, same

KV = 160_000.0
BOTH = frozenset({PREFILL, DECODE})


def apart(link: Link, prefills: int = 1, decodes: int = 1, **more: Any) -> Deployment:
    """Prefill and decode on different replicas."""
    served = replica(kv_token_bytes=KV, **more)
    return Deployment((Pool(served, prefills, frozenset({PREFILL}), "prefill"), Pool(served, decodes, frozenset({DECODE}), "decode")), link=link)


def test_a_lone_request_waits_for_its_cache_to_be_copied() -> None:
    load = Load((Job(0.0, 500, 3),))
    link = Link(1e9, 0.001)
    whole, split = simulate(load, replica()), simulate(load, apart(link))
    assert split.requests.first[0] == whole.requests.first[0]
    assert split.requests.end[0] - whole.requests.end[0] == pytest.approx(500 * KV / 1e9 + 0.001)
    assert split.resources.moved_bytes == 500 * KV
    hidden = simulate(load, apart(replace(link, hidden=0.75)))
    assert hidden.requests.end[0] - whole.requests.end[0] == pytest.approx(500 * KV / 4e9 + 0.001)


def test_an_answer_of_one_token_never_moves() -> None:
    found = simulate(Load((Job(0.0, 500, 1),)), apart(Link(1e9)))
    assert found.resources.moved_bytes == 0 and found.requests.engine[0] == 0


def test_copies_of_one_replica_follow_each_other() -> None:
    load = Load(tuple(Job(0.0, 100, 2) for _ in range(3)))
    found = simulate(load, apart(Link(1e8)))
    gaps = np.diff(np.sort(found.requests.end))
    assert gaps == pytest.approx(np.full(2, 100 * KV / 1e8), rel=0.15), "one copy takes far longer than a step"


def test_prefills_no_longer_disturb_decodes() -> None:
    load = poisson(150, 6.0, prompt=600, output=60, seed=5)
    mixed = simulate(load, [replica(60_000)] * 2)
    split = simulate(load, apart(Link(5e10), kv_tokens=60_000))
    assert split.itl_s.p99 < 0.7 * mixed.itl_s.p99
    assert set(split.pools) == {"prefill", "decode"}


@settings(max_examples=30, deadline=None)
@given(JOBS, st.integers(1, 2), st.integers(1, 2), st.floats(7, 11))
def test_skipping_ahead_changes_nothing_in_two_pools(jobs: list[tuple[float, int, int]], prefills: int, decodes: int, bandwidth: float) -> None:
    load = Load(tuple(Job(*job) for job in jobs))
    served = apart(Link(10.0**bandwidth, 1e-4), prefills, decodes, kv_tokens=16 * 62, tokens=64, sequences=3)
    report = simulate(load, served)
    assert same(report, simulate(load, served, ahead=False))
    found = report.requests
    assert (found.arrival <= found.start).all() and (found.start < found.first).all() and (found.first <= found.end).all()
    assert report.resources.kv_peak <= 1


def test_images_are_encoded_where_that_is_done() -> None:
    load = Load((Job(0.0, 600, 3, image_tokens=400), Job(0.0, 10, 3)))
    served = replica(kv_token_bytes=KV, image_s=0.01, image_token_s=1e-4, image_token_bytes=8192.0)
    together = simulate(load, served)
    alone = simulate(Load(load.jobs[1:]), served)
    assert together.requests.first[1] - alone.requests.first[0] > 0.05, "the images hold up whoever shares the step"
    encoders = Pool(replace(served, policy="encode_only", parameters={}), 1, frozenset({ENCODE}), "encode")
    split = simulate(load, Deployment((encoders, Pool(served, 1, BOTH, "rest")), link=Link(1e8)))
    assert split.requests.first[1] == pytest.approx(alone.requests.first[0])
    assert split.requests.start[0] == 0 and split.requests.first[0] > 0.05 + 400 * 8192 / 1e8
    three = simulate(load, Deployment((encoders, *apart(Link(1e8)).pools), link=Link(1e8)))
    assert three.requests.engine.tolist() == [2, 2] and three.resources.moved_bytes == 400 * 8192 + 610 * KV


STAGES = [
    [{ENCODE, PREFILL, DECODE}], [{ENCODE}, {PREFILL, DECODE}], [{ENCODE}, {PREFILL}, {DECODE}], [{ENCODE, PREFILL}, {DECODE}], [{PREFILL}, {ENCODE, DECODE}],
]  # fmt: skip


@settings(max_examples=40, deadline=None)
@given(JOBS, st.sampled_from(STAGES), st.integers(1, 2), st.booleans(), st.floats(7, 11))
def test_images_lose_no_request_wherever_they_are_encoded(jobs: list[tuple[float, int, int]], stages: list[set[str]], count: int, many: bool, bandwidth: float) -> None:
    """Over all pools every token comes out, every image is encoded once, times are causal, two runs are equal, and asking each time gives the same."""
    load = Load(tuple(Job(*job, image_tokens=job[1] // 2 if many or n % 3 == 0 else 0) for n, job in enumerate(jobs)))
    served = replica(16 * 62, kv_token_bytes=KV, tokens=128, sequences=4, image_s=0.01, image_token_s=1e-4, image_token_bytes=8192.0)
    pools = [Pool(replace(served, policy="encode_only", parameters={}) if each == {ENCODE} else served, count, frozenset(each), "+".join(sorted(each))) for each in stages]
    where = Deployment(tuple(pools), "least_loaded", link=Link(10.0**bandwidth, 1e-4))
    simulation = Simulation(load, where)
    simulation.run()
    report = simulation.report()
    assert sum(engine.tally.image_tokens for engine in simulation.engines) == sum(job.image_tokens for job in load.jobs)
    found = report.requests
    assert (found.arrival <= found.start).all() and (found.start < found.first).all() and (found.first <= found.end).all()
    assert report.resources.kv_peak <= 1 and report.duration_s * report.output_tokens_per_s == pytest.approx(sum(job.output for job in load.jobs))
    assert same(report, simulate(load, where)) and same(report, simulate(load, where, ahead=False))


def test_images_beside_decodes_hold_them_up() -> None:
    """Two requests decode where a third's images are encoded; its tokens are then sent to the replica that prefills, and its cache comes back."""
    served = replica(kv_token_bytes=KV, image_s=0.01, image_token_s=1e-4, image_token_bytes=8192.0)
    pools = (Pool(served, 1, frozenset({PREFILL}), "prefill"), Pool(served, 1, frozenset({ENCODE, DECODE}), "decode"))
    load = Load((Job(0.0, 100, 200), Job(0.0, 100, 200), Job(0.5, 600, 3, image_tokens=400)))
    found = simulate(load, Deployment(pools, link=Link(1e10)))
    assert found.resources.moved_bytes == 400 * 8192 + 800 * KV and found.requests.engine.tolist() == [1, 1, 1]
    assert found.itl_s.max > 0.05 and found.requests.first[2] > 0.5 + 0.05


def test_pools_that_lack_a_stage_are_refused() -> None:
    served = replica()
    for pools, link, message in (
        ((Pool(served, 1, frozenset({PREFILL})),), None, "no pool serves the stage decode"),
        ((Pool(served, 1, frozenset({PREFILL})), Pool(served, 1, frozenset({DECODE}))), None, "need a link"),
        ((Pool(served, 1, frozenset({PREFILL})), Pool(served, 1, frozenset({DECODE}))), Link(1e9), "needs kv_token_bytes"),
        ((), None, "no replica"),
    ):
        with pytest.raises(InputError, match=message):
            Deployment(pools, link=link)
    with pytest.raises(InputError, match="at least one replica"):
        Pool(served, 0)
    with pytest.raises(InputError, match="bandwidth above zero"):
        Link(0.0)


def test_models_have_their_own_replicas() -> None:
    load = Load((Job(0.0, 100, 5, model="a"), Job(0.0, 100, 5, model="b")))
    pools = tuple(Pool(replace(replica(), model=name)) for name in "ab")
    assert simulate(load, Deployment(pools)).requests.engine.tolist() == [0, 1]
    with pytest.raises(InputError, match="no replica serves the model 'b'"):
        simulate(load, Deployment(pools[:1]))


def test_a_tier_saves_what_the_cache_evicts() -> None:
    """Ten conversations come twice; the cache holds three of them."""
    jobs = tuple(Job(float(n), 640, 4, prefix=tuple(hash((n % 10, b)) for b in range(20))) for n in range(20))
    load = Load(jobs, block_tokens=32)
    small = replica(16 * 130, kv_token_bytes=KV, tokens=640)
    tiers = {bandwidth: simulate(load, replace(small, tiers=(Tier(20_000, bandwidth),))) for bandwidth in (1e9, 1e11)}
    none = simulate(load, small)
    assert none.resources.prefix_hits == 0 and tiers[1e11].resources.prefix_hits == pytest.approx(0.475)
    assert tiers[1e11].latency.ttft_s.mean < none.latency.ttft_s.mean < tiers[1e9].latency.ttft_s.mean
    assert tiers[1e9].resources.moved_bytes > 10 * 600 * KV
    beside = simulate(load, replace(small, tiers=(Tier(20_000, 1e10),), overlap=True))
    assert beside.latency.ttft_s.mean < simulate(load, replace(small, tiers=(Tier(20_000, 1e10),))).latency.ttft_s.mean


PARAMETERS: dict[str, dict[str, Any]] = {"max_batch_tokens": 200, "max_sequences": 6}  # type: ignore[dict-item]


def chosen(name: str) -> dict[str, Any]:
    """Small limits for policies that have them."""
    from intarsia.runtime.scheduler import parameters, policy_class

    known = {each.name for each in parameters(policy_class(name))}
    return {key: value for key, value in PARAMETERS.items() if key in known}


@pytest.mark.parametrize("name", sorted(set(POLICIES) - {"encode_only"}))
@settings(max_examples=20, deadline=None)
@given(JOBS, st.integers(62, 120), st.booleans(), st.booleans(), st.sampled_from([("round_robin", 1), ("least_loaded", 2), ("prefix_aware", 2), ("slo_aware", 3)]))
def test_every_policy_may_be_skipped_ahead(name: str, jobs: list[tuple[float, int, int]], pages: int, programs: bool, piped: bool, routed: tuple[str, int]) -> None:
    """Alone and behind routers that look at replicas in the middle of a run, in one stage and in a pipeline."""
    listed: list[Job] = []
    for number, (arrival, prompt, output) in enumerate(jobs):
        if programs and number % 3 == 0:
            turns = [(prompt // 3 + 1, output // 2 + 1, "grep", 0.2), (20, 5, "", 0.0)]
            listed += program(arrival, turns, session=f"p{number}", first=len(listed), block_tokens=16, system=16)
        else:
            listed.append(Job(arrival, prompt, output, priority=number % 2, ttft_s=0.3, tpot_s=0.05, deadline_s=2.0, kind="chat"))
    load = Load(tuple(listed), block_tokens=16)
    more = {"table": table(tp=2, pp=2)} if piped else {}
    one = replace(replica(16 * pages * (2 if piped else 1), kv_token_bytes=KV, **more), policy=name, parameters=chosen(name), tiers=(Tier(16 * 200, 1e10),))
    router, count = routed
    served = [one] * count
    ahead = simulate(load, served, router=router)
    assert same(ahead, simulate(load, served, router=router, ahead=False))
    found = ahead.requests
    assert (found.arrival <= found.start).all() and (found.start < found.first).all() and (found.first <= found.end).all()
    assert ahead.resources.kv_peak <= 1 and ahead.duration_s * ahead.output_tokens_per_s == pytest.approx(sum(job.output for job in listed))


def test_layered_prefill_runs_a_share_of_the_layers() -> None:
    """Its prefill takes as many iterations as there are groups, and in all about the seconds of one."""
    load = Load((Job(0.0, 2000, 2),))
    whole = simulate(load, replica(tokens=2048))
    layered = simulate(load, replace(replica(), policy="layered_prefill", parameters={"max_batch_tokens": 4096, "max_sequences": 8}))
    assert layered.iterations > whole.iterations
    assert layered.requests.first[0] == pytest.approx(whole.requests.first[0], rel=0.25)
    assert table().groups == 1


def test_groups_in_lock_step_pay_for_the_one_that_runs_most_layers() -> None:
    """Of two attention groups one takes its prompt through a sixteenth of the layers, the other through half of them: the iteration runs half of them, in either order."""
    made = [Batch([Chunk(Request(number, 100, 1), 0, 100, False, 0, groups)], [], []) for number, groups in enumerate((16, 2))]
    assert Work(made, []).share == Work(made[::-1], []).share == 0.5
    whole = Batch([Chunk(Request(2, 100, 1), 0, 50, False)], [], [])
    assert Work([made[0], whole], []).share == 1.0 and Work([Batch([], [], [])], []).share == 1.0
