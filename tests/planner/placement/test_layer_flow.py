"""Layers on mixed machines: beside networkx and beside trying everything; bounds, links that are lent, and bad input."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from intarsia.errors import InfeasibleError, InputError
from intarsia.planner.ilp import solver
from intarsia.planner.placement.flow import bounds, expand, regions, repair
from intarsia.planner.placement.flow.kernels import cover
from intarsia.planner.placement.flow.place import Options, Placed, place
from intarsia.planner.placement.flow.problem import SINK, SOURCE, Cluster, Interval, Machine, arrays
from intarsia.planner.placement.flow.program import build
from intarsia.planner.validate import flow_problems
from tests.planner.placement import clusters
from tests.planner.placement.clusters import full

QUICK = Options(time_limit_s=5.0, rounds=16, steps=300)


def faults(found: Placed) -> list[str]:
    return flow_problems(found.cluster, found.placement, found.flows, found.value)


@settings(max_examples=60, deadline=None)
@given(clusters.clusters(), st.randoms(use_true_random=False))
def test_flows_are_what_networkx_finds(cluster: Cluster, random) -> None:  # type: ignore[no-untyped-def]
    placement = {m.name: random.choice(ways) for m in cluster.machines if (ways := list(clusters.intervals(cluster, m)))}
    held = [placement.get(m.name, Interval(0, 0)) for m in cluster.machines]
    value, carried = expand.flows(arrays(cluster), np.array([h.start for h in held]), np.array([h.size for h in held]))
    assert value == pytest.approx(clusters.flow(cluster, placement))
    names = [*(m.name for m in cluster.machines), SOURCE, SINK]
    assert not flow_problems(cluster, placement, {(names[a], names[b]): f for (a, b), f in carried.items()}, value)


@settings(max_examples=25, deadline=None, derandomize=True, phases=[Phase.generate])   # shrinking would take minutes of solving
@given(clusters.clusters())
def test_small_clusters_are_placed_as_well_as_by_trying_everything(cluster: Cluster) -> None:
    best = clusters.best(cluster)
    if best == 0:
        with pytest.raises(InfeasibleError):
            place(cluster, QUICK)
        return
    found = place(cluster, QUICK)
    assert not faults(found)
    assert found.value == pytest.approx(best)
    assert found.bound >= best * (1 - 1e-6)


@settings(max_examples=16, deadline=None)
@given(clusters.clusters(), st.booleans())
def test_no_bound_is_below_what_can_be_had(cluster: Cluster, by_region: bool) -> None:
    made, best = arrays(cluster), clusters.best(cluster)
    assert bounds.work(made) >= best * (1 - 1e-6)
    assert bounds.by_layers(made, bounds.work(made)) >= best * (1 - 1e-6)
    program = build(made, regions.kinds(made, by_region), range(cluster.layers + 1), True, bounds.work(made))
    answer = solver.solve(program.model)
    assert answer.status == "optimal"
    assert answer.bound >= best * (1 - 1e-6)


def test_layers_that_one_machine_cannot_carry_alone_prove_helixs_l4_cluster() -> None:
    """Eight machines of up to 11 layers for 60 layers, with the rates of Helix's L4s: at more than 252.65 tokens/s a machine of more than 7 layers needs another beside it, which eight can't afford."""
    rates = (2678.3, 1339.6, 828.5, 572.5, 458.2, 320.7, 275.0, 215.0, 168.1, 252.65, 193.3)
    made = arrays(full(60, *[rates] * 8))
    assert bounds.work(made) > 300 and bounds.by_layers(made, bounds.work(made)) == pytest.approx(252.65, rel=1e-4)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.floats(0.05, 0.9), st.floats(0.1, 5.0)), min_size=1, max_size=4), st.sampled_from([20, 50]))
def test_a_cover_is_the_cheapest(things: list[tuple[float, float]], cells: int) -> None:
    """Beside trying every multiset of up to so many things as could be needed."""
    weight = np.array([max(1, int(share * cells)) for share, _ in things])
    cost, alone = np.array([c for _, c in things]), np.array([share > 0.8 for share, _ in things])
    found, used = cover(weight, alone, cost, cells)
    most = [int(np.ceil(cells / w)) for w in weight]
    best = math.inf
    for counts in itertools.product(*(range(min(m, 6) + 1) for m in most)):
        chosen = np.array(counts)
        whole = chosen @ weight >= cells and chosen.sum() >= 2
        if whole or any(alone[i] and counts[i] for i in range(len(counts))):
            best = min(best, float(chosen @ cost))
    assert found <= best + 1e-9 and float(used @ cost) == pytest.approx(found)
    assert used @ weight >= cells or (used.sum() == 1 and alone[int(np.argmax(used))])


def test_machines_on_one_interval_share_its_tokens() -> None:
    found = place(full(2, (10.0,), (10.0,), (10.0,), (10.0,)), QUICK)
    assert (found.value, found.bound, found.gap) == (20.0, pytest.approx(20.0), pytest.approx(0.0))
    assert sorted(found.placement.values(), key=lambda held: held.start) == [Interval(0, 1)] * 2 + [Interval(1, 2)] * 2


def test_a_machine_without_room_for_a_layer_stays_idle() -> None:
    found = place(full(1, (), (5.0,)), QUICK)
    assert (found.value, found.idle) == (5.0, ["0"])


def test_regions_are_joined_by_wide_links() -> None:
    """Two sites of three machines; between them links of a hundredth."""
    whole = full(6, *[(9.0, 8.0)] * 6)
    links = {(a, b): 10.0 if {a, b} & {SOURCE, SINK} or (int(a) < 3) == (int(b) < 3) else 0.1 for a, b in whole.links}
    made = arrays(replace(whole, links=links))
    assert [kind.members for kind in regions.kinds(made)] == [(0, 1, 2), (3, 4, 5)]
    assert regions.sparse(made)
    assert [kind.members for kind in regions.kinds(arrays(whole))] == [(0, 1, 2, 3, 4, 5)]
    assert not regions.sparse(arrays(whole))


def test_leaves_of_a_star_are_another_region_than_its_hubs() -> None:
    """High-heterogeneity clusters of Helix are like this: leaves reach hubs alone."""
    whole = full(4, *[(9.0,)] * 8)
    links = {(a, b): w for (a, b), w in whole.links.items() if {a, b} & {SOURCE, SINK, "0", "1"}}
    assert len({kind.region for kind in regions.kinds(arrays(replace(whole, links=links)))}) == 2


def test_lent_links_lead_to_a_chain_that_exists() -> None:
    """One way through seven machines, each of which holds one of seven layers: 5,040 orders, of which one flows."""
    order = [3, 0, 6, 2, 5, 1, 4]
    whole = full(7, *[(5.0,)] * 7)
    chain = list(zip([SOURCE, *map(str, order)], [*map(str, order), SINK], strict=True))
    made = arrays(replace(whole, links=dict.fromkeys(chain, 5.0)))
    start = np.arange(7)
    assert expand.flows(made, start, np.ones(7, dtype=np.int64))[0] == 0
    found = repair.improve(made, [(start, np.ones(7, dtype=np.int64))], 5.0, True, math.inf, seed=0, rounds=6, steps=3000, bound=5.0)
    assert found.value == 5.0
    assert [int(found.start[i]) for i in order] == list(range(7))


@pytest.mark.parametrize("threads", [1, 2])
def test_the_same_seed_finds_the_same(threads: int) -> None:
    cluster = full(4, (30.0, 14.0), (28.0, 13.0), (7.0, 3.0), (20.0, 10.0))
    one, two = (place(cluster, Options(time_limit_s=60.0, rounds=2, steps=200, seed=7, threads=threads)) for _ in range(2))
    assert (one.value, one.placement) == (two.value, two.placement)


def test_something_flows_however_little_time_there_was(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> object:
        raise InfeasibleError("no time")

    monkeypatch.setattr(solver, "solve", broken)
    uneven = full(10, (5.0,) * 3, (4.0,) * 4, (9.0,) * 2, (1.0,) * 3)
    chained = replace(uneven, links={(SOURCE, "3"): 9.0, ("3", "0"): 9.0, ("0", "2"): 9.0, ("2", "1"): 9.0, ("1", SINK): 9.0})
    for cluster in (uneven, chained):
        found = place(cluster, Options(time_limit_s=0.0))
        assert not faults(found) and 0 < found.value <= found.bound


def test_without_solvers_local_search_goes_on_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> object:
        raise RuntimeError("no solver here")

    monkeypatch.setattr(solver, "SOLVERS", dict.fromkeys(solver.SOLVERS, broken))
    found = place(full(2, (10.0,), (10.0,), (10.0,), (10.0,)), QUICK)
    assert found.value == 20.0 and any("no solver could solve the program placement" in note and "no solver here" in note for note in found.notes)


def test_the_judge_finds_every_kind_of_fault() -> None:
    cluster = full(2, (4.0, 2.0), (5.0,))
    placement = {"0": Interval(0, 1), "1": Interval(1, 2)}
    flows = {(SOURCE, "0"): 4.0, ("0", "1"): 4.0, ("1", SINK): 4.0}
    assert flow_problems(cluster, placement, flows, 4.0) == []
    cases = {
        "is no machine": ({**placement, "x": Interval(0, 1)}, flows, 4.0),
        "can't hold": ({**placement, "1": Interval(0, 2)}, flows, 4.0),
        "leaves layer 1 and enters layer 0": ({**placement, "1": Interval(0, 1)}, flows, 4.0),
        "takes 4 tokens/s and passes 3 on": (placement, {**flows, ("1", SINK): 3.0}, 4.0),
        "more than the 4": (placement, dict.fromkeys(flows, 4.5), 4.5),
        "has no link": (placement, {**flows, ("1", "1"): 1.0}, 4.0),
        "not 3": (placement, flows, 3.0),
        "an end that holds nothing": ({"0": Interval(0, 1)}, flows, 4.0),
        "the link carries 1": (placement, flows, 4.0),
    }
    for message, (held, carried, value) in cases.items():
        links = {**cluster.links, ("0", "1"): 1.0} if "carries 1" in message else cluster.links
        assert any(message in fault for fault in flow_problems(replace(cluster, links=links), held, carried, value)), message


@pytest.mark.parametrize(("cluster", "message"), [
    (full(0, (1.0,)), "0 layers"),
    (full(2**62, (1.0,)), "layers"),
    (Cluster("c", 1, (), {}), "0 machines"),
    (full(1, (math.nan,)), "a rate that is negative, no number"),
    (full(1, (-1.0,)), "a rate that is negative"),
    (full(1, (2.0**62,)), "2\\^62"),
    (full(1, (1.0,), width=-1.0), "capacity -1"),
    (Cluster("c", 1, (Machine("a", (1.0,)), Machine("a", (1.0,))), {}), "'a' is given twice"),
    (Cluster("c", 1, (Machine("sink", (1.0,)),), {}), "reserved"),
    (Cluster("c", 1, (Machine("a", (1.0,)),), {("a", "b"): 1.0}), "no link from a to b"),
    (Cluster("c", 1, (Machine("a", (1.0,)),), {("a", "a"): 1.0}), "no link from a to a"),
])  # fmt: skip
def test_what_is_no_cluster_is_refused(cluster: Cluster, message: str) -> None:
    with pytest.raises(InputError, match=message):
        place(cluster, QUICK)


@pytest.mark.parametrize(("cluster", "message"), [
    (full(5, (1.0, 1.0), (1.0,)), "hold 3 layers together, the model has 5: 2 too many"),
    (Cluster("c", 1, (Machine("a", (1.0,)),), {("a", SINK): 1.0}), "linked to the source"),
    (Cluster("c", 1, (Machine("a", (1.0,)),), {(SOURCE, "a"): 1.0}), "linked to the sink"),
    (Cluster("c", 2, (Machine("a", (1.0,)), Machine("b", (1.0,))), {(SOURCE, "a"): 1.0, ("b", SINK): 1.0}), "no chain of links"),
])  # fmt: skip
def test_what_can_not_flow_says_why(cluster: Cluster, message: str) -> None:
    with pytest.raises(InfeasibleError, match=message):
        place(cluster, replace(QUICK, time_limit_s=1.0, rounds=1))
