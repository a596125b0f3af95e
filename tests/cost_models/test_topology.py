"""Topologies of fleets: nodes, domains, networks with mixed NICs, and the ways between two devices."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intarsia.compiler.frontends import fleet
from intarsia.cost_models import collectives, devices
from intarsia.errors import InputError
from intarsia.ir.topology import Link, Members, Topology, Wire, of_fleet, switched

H100, L4, MI300X, GAUDI, A40 = (devices.load(name) for name in ("H100-SXM", "L4", "MI300X", "Gaudi2", "A40"))
IB = Link("h100", "h100", "infiniband", 50e9, 5e-6)


def test_a_domain_joins_its_devices_at_their_own_rate() -> None:
    path = of_fleet([Members("h100", 8, H100)], []).path("h100[0]", "h100[7]")
    assert (path.bandwidth, path.latency_s) == (0.36e12, 5e-6)
    assert path.seconds(0.36e12) == pytest.approx(1 + 5e-6)


def test_nodes_are_as_large_as_the_link_allows_and_a_network_joins_them() -> None:
    topology = of_fleet([Members("h100", 16, H100)], [IB])
    assert [len(node) for node in topology.nodes(topology.devices).values()] == [8, 8]
    path = topology.path("h100[0]", "h100[8]")
    assert path.bandwidth == 50e9 and "infiniband" in path.kinds
    assert path.latency_s == pytest.approx(5e-6 + 2e-6)  # the network, and PCIe at both ends
    assert topology.path("h100[8]", "h100[9]").bandwidth == 0.36e12


def test_no_path_names_both_devices() -> None:
    topology = of_fleet([Members("h100", 16, H100), Members("l4", 1, L4)], [])
    for a, b in (("h100[0]", "h100[8]"), ("h100[0]", "l4[0]")):
        with pytest.raises(InputError) as caught:
            topology.path(a, b)
        assert a in str(caught.value) and b in str(caught.value) and "add a link" in str(caught.value)


def test_mixed_nics_meet_on_their_network_at_the_slower_rate() -> None:
    groups = [Members("h100", 8, H100), Members("mi", 8, MI300X), Members("l4", 2, L4)]
    links = [Link("h100", "h100", "roce", 50e9, 4e-6), Link("mi", "mi", "ethernet", 12.5e9, 10e-6), Link("l4", "l4", "infiniband", 25e9, 2e-6)]
    topology = of_fleet(groups, links)
    path = topology.path("h100[3]", "mi[1]")
    assert path.bandwidth == 12.5e9
    assert {"roce", "ethernet"} <= set(path.kinds)
    with pytest.raises(InputError, match=r"no path between h100\[0\] and l4\[0\]"):
        topology.path("h100[0]", "l4[0]")


def test_a_link_of_the_fleet_is_taken_before_the_catalogues() -> None:
    topology = of_fleet([Members("h100", 2, H100)], [Link("h100", "h100", "nvlink4", 1e11, 1e-6)])
    assert topology.path("h100[0]", "h100[1]").bandwidth == 1e11


def test_bridges_join_pairs_and_pcie_the_rest() -> None:
    topology = of_fleet([Members("a40", 4, A40)], [])
    assert topology.path("a40[0]", "a40[1]").kinds[0] == "nvlink3"
    assert {kind[:4] for kind in topology.path("a40[1]", "a40[2]").kinds} == {"pcie"}


def test_a_link_between_two_kinds_of_device() -> None:
    topology = of_fleet([Members("g", 2, GAUDI), Members("l4", 1, L4)], [Link("g", "l4", "pcie4", 20e9, 3e-6)])
    path = topology.path("g[1]", "l4[0]")
    assert (path.bandwidth, path.latency_s) == (20e9, 3e-6)


def test_a_fleet_file_gives_a_topology() -> None:
    groups, links = fleet.read("4xH100-SXM + 2xL4")
    topology = of_fleet([Members(g.name, g.count, g.device) for g in groups], [Link(k.source, k.target, k.kind, k.bandwidth, k.latency_s) for k in links])
    assert topology.path("h100_sxm[0]", "h100_sxm[3]").bandwidth == 0.36e12
    group = collectives.group_of(topology, [f"h100_sxm[{i}]" for i in range(4)])
    assert (group.per_node, group.nodes, group.inner.bandwidth) == (4, 1, 0.36e12)


def test_a_group_over_nodes_knows_both_links() -> None:
    topology = of_fleet([Members("h100", 16, H100)], [IB])
    group = collectives.group_of(topology, topology.devices)
    assert (group.per_node, group.nodes) == (8, 2)
    assert group.outer is not None and group.outer.bandwidth == 50e9
    with pytest.raises(InputError, match="as many members in each node"):
        collectives.group_of(topology, topology.devices[:9])


@pytest.mark.parametrize(("bandwidth", "latency"), [(0.0, 0.0), (-1.0, 0.0), (1e9, -1e-6), (float("inf"), 0.0), (float("nan"), 0.0)])
def test_links_that_cannot_be_are_refused(bandwidth: float, latency: float) -> None:
    with pytest.raises(InputError, match="bandwidth greater than zero"):
        Link("a", "b", "pcie4", bandwidth, latency)


def test_names_that_are_not_there_are_refused() -> None:
    with pytest.raises(InputError, match="'x', which is no device of the fleet"):
        of_fleet([Members("h100", 1, H100)], [Link("h100", "x", "pcie4", 1e9)])
    with pytest.raises(InputError, match="no device of the topology"):
        of_fleet([Members("h100", 1, H100)], []).path("h100[0]", "h100[1]")


def test_the_widest_way_wins_and_then_the_shortest() -> None:
    wires = (
        Wire("a", "s", "fat", 10.0, 3.0),
        Wire("s", "b", "fat", 10.0, 3.0),
        Wire("a", "b", "thin", 1.0, 0.1),
        Wire("a", "t", "fat", 20.0, 1.0),
        Wire("t", "b", "fat", 10.0, 1.0),
    )
    path = Topology(wires, {"a": "n", "b": "n"}).path("a", "b")
    assert (path.stops, path.bandwidth, path.latency_s) == (("a", "t", "b"), 10.0, 2.0)


@given(st.integers(2, 6), st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5), st.integers(1, 9), st.integers(0, 9)), max_size=14))
def test_paths_agree_with_trying_all(count: int, drawn: list[tuple[int, int, int, int]]) -> None:
    wires = [Wire(str(a % count), str(b % count), "w", float(bw), float(s)) for a, b, bw, s in drawn if a % count != b % count]
    topology = Topology(tuple(wires), {str(i): "n" for i in range(count)})
    ways = list(_ways(wires, "0", "1", frozenset()))
    if not ways:
        with pytest.raises(InputError):
            topology.path("0", "1")
        return
    path = topology.path("0", "1")
    widest = max(min(w.bandwidth for w in way) for way in ways)
    assert path.bandwidth == widest
    assert path.latency_s == min(sum(w.latency_s for w in way) for way in ways if min(w.bandwidth for w in way) >= widest)
    assert topology.path("1", "0").bandwidth == widest


def _ways(wires: list[Wire], here: str, goal: str, seen: frozenset[str]):  # type: ignore[no-untyped-def]
    if here == goal:
        yield []
        return
    for wire in wires:
        there = wire.b if wire.a == here else wire.a if wire.b == here else None
        if there is not None and there not in seen:
            for rest in _ways(wires, there, goal, seen | {here}):
                yield [wire, *rest]


def test_a_switch_halves_nothing_but_the_latency() -> None:
    path = Topology(tuple(switched("s", ["a", "b"], "nvlink", 5.0, 2.0)), {"a": "n", "b": "n"}).path("a", "b")
    assert (path.bandwidth, path.latency_s) == (5.0, 2.0)
