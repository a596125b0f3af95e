"""Several models on one host: turns, weights that stay or have to come, and what that costs."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from intarsia.errors import InputError
from intarsia.planner.simulate import Deployment, Host, Job, Load, Pool, Report, simulate
from intarsia.planner.simulate.simulator import Simulation
from tests.planner.simulate.systems import replica
from tests.planner.simulate.test_simulator import JOBS, same

GB = 1e9


def deployment(host: Host, models: str = "ab", weight_bytes: float = 60 * GB) -> Deployment:
    return Deployment(tuple(Pool(replace(replica(), model=name, name=name, host=host, weight_bytes=weight_bytes)) for name in models))


def alternating(count: int, gap_s: float, models: str = "ab") -> Load:
    return Load(tuple(Job(n * gap_s, 200, 5, model=models[n % len(models)]) for n in range(count)))


def served(load: Load, room: float, bandwidth: float = 64 * GB, quantum_s: float = 1.0, models: str = "ab") -> Report:
    return simulate(load, deployment(Host("node", room, bandwidth, quantum_s=quantum_s), models))


def test_weights_that_fit_are_loaded_once() -> None:
    found = served(alternating(10, 0.5), 120 * GB)
    assert found.resources.weight_loads == 2
    assert found.requests.ttft[0] > 60 / 64 and found.requests.ttft[5] < 0.1


def test_weights_that_do_not_fit_come_each_time() -> None:
    found = served(alternating(10, 2.0), 60 * GB)
    assert found.resources.weight_loads == 10 and (found.requests.ttft > 60 / 64).all()


def test_nobody_runs_before_the_weights_are_there() -> None:
    """Requests that come while weights do wait for them as the first one does."""
    load = Load(tuple(Job(0.1 * n, 200, 5, model="a") for n in range(10)))
    found = simulate(load, deployment(Host("node", 60 * GB, 64 * GB), "a"))
    assert found.requests.first.min() > 60 / 64 and found.switching["a"].waited_s == pytest.approx(60 / 64)


def test_a_host_may_begin_with_weights() -> None:
    """Those of the first model have room; the other's come when it is asked for, and the first one's again after that."""
    begun = replace(Host("node", 60 * GB, 64 * GB), loaded=True)
    found = simulate(alternating(4, 20.0), deployment(begun))
    assert {name: each.loads for name, each in found.switching.items()} == {"a": 1, "b": 2} and found.requests.ttft[0] < 0.1
    assert simulate(alternating(4, 20.0), deployment(replace(begun, weight_bytes=120 * GB))).resources.weight_loads == 0


def test_faster_memory_switches_faster() -> None:
    """Nothing but the way of the weights differs: from another node over 64 GB/s, or from a device's own second tier at 1 TB/s."""
    slow, fast = (served(alternating(10, 3.0), 60 * GB, bandwidth) for bandwidth in (64 * GB, 1000 * GB))
    extra = [found.latency.ttft_s.mean - served(alternating(10, 3.0), 120 * GB).requests.ttft[4] for found in (slow, fast)]
    assert extra[0] / extra[1] == pytest.approx(1000 / 64, rel=0.05)


def test_the_one_that_runs_gives_way_after_its_quantum() -> None:
    long = (Job(0.0, 200, 2000, model="a"), Job(0.1, 200, 5, model="b"))
    soon, late = (served(Load(long), 120 * GB, quantum_s=seconds) for seconds in (2.0, 6.0))
    assert 3.7 < soon.requests.ttft[1] < 4.0 and 7.7 < late.requests.ttft[1] < 8.0
    assert soon.requests.end[0] > 10, "the long one goes on afterwards"


def test_one_at_a_time() -> None:
    found = served(alternating(40, 0.05), 120 * GB, quantum_s=0.2)
    assert found.resources.busy <= 1.0 and found.latency.requests == 40


@settings(max_examples=30, deadline=None)
@given(JOBS, st.sampled_from([60 * GB, 120 * GB]), st.floats(0, 0.5))
def test_skipping_ahead_changes_nothing(jobs: list[tuple[float, int, int]], room: float, quantum_s: float) -> None:
    load = Load(tuple(Job(*job, model="abc"[n % 3]) for n, job in enumerate(jobs)))
    where = deployment(Host("node", room, 1000 * GB, quantum_s=quantum_s), "abc")
    assert same(simulate(load, where), simulate(load, where, ahead=False))


@settings(max_examples=30, deadline=None)
@given(JOBS, st.lists(st.floats(10, 90), min_size=3, max_size=3), st.floats(90, 280), st.floats(0, 280), st.floats(0, 0.5), st.sampled_from(["least_loaded", "weights_aware", "round_robin"]))
def test_resident_weights_never_exceed_the_room(
    jobs: list[tuple[float, int, int]], sizes: list[float], room: float, memory: float, quantum_s: float, router: str
) -> None:
    """Whatever is asked of three models on two hosts: all is served, twice alike, and every load is told of once, by model and over time."""
    load = Load(tuple(Job(*job, model="abc"[n % 3]) for n, job in enumerate(jobs)))
    hosts = [Host(f"node {number}", room * GB, 1000 * GB, quantum_s=quantum_s, memory_bytes=memory * GB, disk_bandwidth=100 * GB) for number in range(2)]
    pools = [Pool(replace(replica(), model=name, host=host, weight_bytes=size * GB), name=name) for host in hosts for name, size in zip("abc", sizes, strict=True)]
    where = Deployment(tuple(pools), router)
    simulation = Simulation(load, where)
    simulation.run()
    found = simulation.report()
    assert 0 < found.resources.weights_peak <= 1.0
    assert all(sum(engine.turns.held.values()) <= memory * GB for engine in simulation.engines if engine.turns)
    assert found.latency.requests == len(jobs) == sum(each.requests for each in found.models.values())
    assert sum(each.loads for each in found.switching.values()) == found.resources.weight_loads == sum(found.series.weight_loads)
    assert all(each.waited_s >= each.load_s - 1e-9 for each in found.switching.values())
    assert found.to_dict() == simulate(load, where).to_dict()


def test_what_the_hosts_memory_does_not_hold_comes_from_a_disk() -> None:
    """Two models of 60 GB in turn, with room for one: each comes over the link after its first time, if memory holds both; if it holds one, always from the disk."""
    load = alternating(6, 20.0)
    hosts = [Host("node", 60 * GB, 60 * GB, memory_bytes=memory * GB, disk_bandwidth=6 * GB) for memory in (120, 60, 0)]
    both, one, none = (simulate(load, deployment(host)).switching["a"] for host in hosts)
    assert (both.loads, both.load_s) == (3, pytest.approx(10 + 2 * 1)) and one.load_s == none.load_s == pytest.approx(3 * 10)
    with pytest.raises(InputError, match="a disk with a bandwidth above zero"):
        Host("node", 60 * GB, 60 * GB, disk_bandwidth=0.0)


def test_routers_see_weights_and_turns() -> None:
    """The first host runs model a and holds its weights alone; a request for b goes to the other, one for a doesn't."""
    hosts = [Host(f"node {number}", 60 * GB, 64 * GB) for number in range(2)]
    pools = tuple(Pool(replace(replica(), model=name, name=name, host=host, weight_bytes=60 * GB)) for host in hosts for name in "ab")
    load = Load((Job(0.0, 200, 50, model="a"), Job(0.5, 200, 5, model="b"), Job(4.0, 200, 5, model="a"), Job(8.0, 200, 5, model="b")))
    assert simulate(load, Deployment(pools, "weights_aware")).requests.engine.tolist() == [0, 3, 0, 3]
    assert simulate(load, Deployment(pools, "least_loaded")).resources.weight_loads == 4


def test_a_host_that_is_too_small_is_refused() -> None:
    with pytest.raises(InputError, match="needs weight_bytes within its 5e\\+10"):
        deployment(Host("node", 50 * GB, 64 * GB))
    with pytest.raises(InputError, match="room for weights"):
        Host("node", 0.0, 1.0)
