"""Migration and role switching: nothing is lost, skipping ahead changes nothing, and a request that is never urgent still ends."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from intarsia.errors import InputError
from intarsia.planner.simulate import Job, Load, simulate
from intarsia.planner.simulate.cluster import Cluster, simulate_cluster
from intarsia.planner.simulate.serving import Deployment, Link, Pool
from intarsia.runtime.scheduler.llumnix import Llumnix
from intarsia.runtime.scheduler.xllm import Xllm
from tests.planner.simulate.systems import poisson, replica, table
from tests.planner.simulate.test_simulator import same

JOBS = st.lists(st.tuples(st.floats(0, 3), st.integers(1, 900), st.integers(1, 60)), min_size=1, max_size=12).map(sorted)
SMALL = replace(replica(16 * 80), kv_token_bytes=1e5)
PAIR = Deployment((Pool(SMALL, 2),), link=Link(1e9, 1e-3))
PIPES = Deployment((Pool(replace(replica(16 * 160, table=table(tp=2, pp=2)), kv_token_bytes=1e5), 2),), link=Link(1e9, 1e-3))
APART = Deployment((Pool(SMALL, 2, frozenset({"prefill"})), Pool(SMALL, 2, frozenset({"decode"}))), decode_router="round_robin", link=Link(1e10, 1e-3))


@settings(max_examples=40, deadline=None)
@given(JOBS, st.sampled_from([0.05, 0.5]), st.booleans())
def test_migration_loses_nothing_and_skips_ahead_exactly(jobs: list[tuple[float, int, int]], period_s: float, piped: bool) -> None:
    load, policy = Load(tuple(Job(*job) for job in jobs)), Llumnix(period_s, 40.0, 60.0)
    pair = PIPES if piped else PAIR
    report = simulate_cluster(load, pair, rescheduler=policy)
    assert report.duration_s * report.output_tokens_per_s == pytest.approx(sum(job[2] for job in jobs))
    assert (report.requests.end >= report.requests.first).all() and report.resources.kv_peak <= 1
    assert same(report, simulate_cluster(load, pair, rescheduler=policy, ahead=False))


@settings(max_examples=20, deadline=None)
@given(JOBS)
def test_switching_roles_loses_nothing_and_skips_ahead_exactly(jobs: list[tuple[float, int, int]]) -> None:
    load, roles = Load(tuple(Job(*job) for job in jobs)), Xllm(0.05, 0.005, period_s=0.1, margin=0.1)
    report = simulate_cluster(load, APART, roles=roles)
    assert report.duration_s * report.output_tokens_per_s == pytest.approx(sum(job[2] for job in jobs))
    assert same(report, simulate_cluster(load, APART, roles=roles, ahead=False))


def test_requests_migrate_and_go_on_where_they_were() -> None:
    """Long answers fill one replica while the other is empty."""
    jobs = tuple(Job(0.001 * n, 500 if n % 2 == 0 else 20, 200 if n % 2 == 0 else 2) for n in range(4))
    cluster = Cluster(Load(jobs), PAIR, Llumnix(0.02, 150.0, 200.0))
    cluster.run()
    found = cluster.report().requests
    assert cluster.migrations and cluster.moved_bytes > 0 and set(found.engine[::2]) == {0, 1}
    assert found.preemptions.sum() == 0 and (found.stall[::2] < 0.2).all()


def test_migration_needs_a_link() -> None:
    with pytest.raises(InputError, match="needs a link"):
        simulate_cluster(Load((Job(0.0, 1, 1),)), replace(PAIR, link=None), rescheduler=Llumnix())


def test_jitserve_starves_nobody() -> None:
    """A request whose goal is lost waits behind a stream that fills the machine, but no longer than its patience and its own work."""
    stream = poisson(400, 40.0, prompt=400, output=60, seed=1)
    jobs = tuple(replace(job, deadline_s=8.0) for job in stream.jobs)
    lost = Job(jobs[20].arrival_s, 800, 60, deadline_s=0.01)
    load = Load((*jobs[:21], lost, *jobs[21:]))
    served = replica(20_000, tokens=512, sequences=4, policy="jitserve")
    ends = []
    for patience_s in (1000.0, 2.0):
        parameters = {**served.parameters, "patience_s": patience_s, "token_s": 0.005}
        found = simulate(load, replace(served, parameters=parameters)).requests
        ends.append(float(found.end[21] - found.arrival[21]))
        assert np.isfinite(found.end).all()
    assert ends[1] < 2.0 + 3.0 < ends[0]
