"""Collectives: alpha-beta models of the algorithms, and measured tables."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from intarsia.cost_models import collectives
from intarsia.cost_models import measured_collectives as measured
from intarsia.cost_models.collectives import Channel, Group, cost, ways
from intarsia.cost_models.validation import Row, Run
from intarsia.cost_models.validation import collectives as validation
from intarsia.errors import InputError

NVLINK, IB = Channel(1e-6, 400e9), Channel(5e-6, 50e9)
SIZES = st.floats(0, 1e11)


def test_a_large_all_reduce_takes_the_ring_and_a_small_one_fewer_steps() -> None:
    group = Group(8, NVLINK)
    large, small = cost("all_reduce", 1e9, group), cost("all_reduce", 1024, group)
    assert large.algorithm == "ring"
    assert large.seconds == pytest.approx(14 * 1e-6 + 2 * 7 / 8 * 1e9 / 400e9)
    assert small.algorithm == "recursive doubling"
    assert small.seconds == pytest.approx(3 * (1e-6 + 1024 / 400e9))


def test_switches_that_reduce_halve_the_traffic() -> None:
    found = cost("all_reduce", 1e9, Group(8, Channel(1e-6, 400e9, in_network=True)))
    assert (found.algorithm, found.seconds) == ("in-network", pytest.approx(2e-6 + 1e9 / 400e9))


def test_a_hierarchical_all_reduce_sends_each_byte_over_the_network_once() -> None:
    found = cost("all_reduce", 1e9, Group(8, NVLINK, 4, IB))
    assert found.algorithm == "hierarchical recursive halving + ring + bruck"
    inside = 2 * (7e-6 + 7 / 8 * 1e9 / 400e9)
    assert found.seconds <= inside + 6 * 5e-6 + 2 * 3 / 4 * 1e9 / 50e9 + 1e-12


@pytest.mark.parametrize("op", collectives.OPS)
@given(size=SIZES, more=st.floats(1, 10), per_node=st.integers(1, 9), nodes=st.integers(1, 5))
def test_the_best_is_taken_and_more_bytes_never_take_less(op: str, size: float, more: float, per_node: int, nodes: int) -> None:
    group = Group(per_node, NVLINK, nodes, IB)
    best = cost(op, size, group)
    assert best.seconds == min(way.seconds for way in ways(op, size, group))
    assert 0 <= best.seconds <= cost(op, size * more, group).seconds
    assert (best.seconds == 0) == (group.ranks == 1)


@pytest.mark.parametrize("op", ["all_reduce", "all_gather", "reduce_scatter", "all_to_all", "broadcast"])
@given(size=st.floats(1e3, 1e10), nodes=st.integers(2, 5))
def test_no_algorithm_beats_the_bytes_that_must_leave_a_rank(op: str, size: float, nodes: int) -> None:
    group = Group(nodes, NVLINK)
    least = {"all_reduce": 2 * (nodes - 1) / nodes, "broadcast": 1.0}.get(op, (nodes - 1) / nodes)
    assert cost(op, size, group).seconds >= least * size / NVLINK.bandwidth * (1 - 1e-9)


def test_an_all_reduce_is_at_most_a_reduce_scatter_and_an_all_gather() -> None:
    group = Group(6, NVLINK, 3, IB)
    parts = sum(cost(op, 1e8, group).seconds for op in ("reduce_scatter", "all_gather"))
    assert cost("all_reduce", 1e8, group).seconds <= parts * (1 + 1e-9)


def test_bad_collectives_are_refused() -> None:
    with pytest.raises(InputError, match="unknown collective 'all_reduse'"):
        cost("all_reduse", 1.0, Group(2, NVLINK))
    for size in (-1.0, float("inf"), float("nan")):
        with pytest.raises(InputError, match="zero or more bytes"):
            cost("all_reduce", size, Group(2, NVLINK))
    with pytest.raises(InputError, match="needs `outer`"):
        Group(2, NVLINK, 2)
    with pytest.raises(InputError, match="at least one rank"):
        Group(0, NVLINK)


def points(ranks: int, *, alpha: float = 2e-6, overhead: float = 1e-5, bandwidth: float = 1e11) -> measured.Points:
    sizes = np.geomspace(1e3, 1e9, 60)
    return measured.Points(sizes, overhead + 2 * (ranks - 1) * alpha + 2 * (ranks - 1) / ranks * sizes / bandwidth)


def test_alpha_and_beta_are_found_again() -> None:
    known = measured.table("all_reduce", "made", {(p, p): points(p) for p in (2, 4, 8)})
    fit = known.fit((16, 16))
    assert (fit.overhead_s, fit.alpha_s, fit.bandwidth) == (pytest.approx(1e-5), pytest.approx(2e-6), pytest.approx(1e11))
    assert known.seconds([1e6], 16) == pytest.approx(1e-5 + 30 * 2e-6 + 2 * 15 / 16 * 1e6 / 1e11, rel=5e-3)
    assert known.seconds([1e12], 4) == pytest.approx(2 * 3 / 4 * 1e12 / 1e11, rel=1e-3)
    assert known.source(1e6, 4) == "measured on made"
    assert "extrapolated" in known.source(1e12, 4) and "extended to 16" in known.source(1e6, 16)


@given(st.lists(st.floats(1e-6, 1.0), min_size=2, max_size=40), st.lists(st.floats(1, 1e10), min_size=2, max_size=20))
def test_predictions_never_fall_with_more_bytes(seconds: list[float], asked: list[float]) -> None:
    noisy = measured.Points(np.geomspace(1e3, 1e8, len(seconds)), np.array(seconds))
    found = measured.table("all_reduce", "noisy", {(2, 2): noisy}).seconds(sorted(asked), 2)
    assert (np.diff(found) >= -1e-12 * found[1:]).all()


@given(st.lists(st.floats(-5, 5), min_size=1, max_size=30))
def test_pooling_gives_the_nearest_rising_values(values: list[float]) -> None:
    found = measured.monotone(np.array(values))
    assert (np.diff(found) >= 0).all()
    assert found.sum() == pytest.approx(sum(values), abs=1e-9)
    assert (measured.monotone(found) == found).all()


def test_what_was_not_measured_is_refused() -> None:
    known = measured.table("all_reduce", "made", {(2, 2): points(2)})
    with pytest.raises(InputError, match="no all_reduce measured over its network"):
        known.seconds([1e6], 4, 2)
    with pytest.raises(InputError, match="no measurements"):
        measured.table("all_reduce", "empty", {})


HEADER = "time_stats.all_reduce.median,num_workers,size,devices_per_node\n"


@pytest.mark.parametrize(
    ("row", "words"), [("x,2,2048,2", "a row needs"), ("0.1,2,-5,2", "cannot be"), ("0.1,2,2048,4", "cannot be"), ("0,2,2048,2", "cannot be"), ("0.1,2", "a row needs")]
)
def test_bad_tables_are_refused_with_their_line(tmp_path: Path, row: str, words: str) -> None:
    path = tmp_path / "net_a_b_all_reduce.csv"
    path.write_text(HEADER + "0.1,2,1024,2\n" + row + "\n")
    with pytest.raises(InputError, match=words) as caught:
        measured.read(path)
    assert f"{path}:3" in str(caught.value)


def test_missing_tables_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no tables of collectives"):
        measured.load(tmp_path)
    (tmp_path / "net_a_b.csv").write_text(HEADER)
    with pytest.raises(InputError, match="doesn't say which collective"):
        measured.load(tmp_path)


def test_other_systems_tell_how_times_grow() -> None:
    """Two systems whose groups of eight take twice what scaling says; the one is twice as fast as the other."""

    def worlds(speed: float) -> dict[measured.World, measured.Points]:
        found = {(p, p): points(p) for p in (2, 4, 8)}
        odd = {2: 1.0, 4: 1.0, 8: 2.0}
        return {w: measured.Points(p.sizes, odd[w[0]] * p.seconds / speed) for w, p in found.items()}

    whole, other = worlds(1.0), measured.table("all_reduce", "other", worlds(2.0))
    part = {w: p for w, p in whole.items() if w != (8, 8)}
    alone, helped = measured.table("all_reduce", "made", part), measured.table("all_reduce", "made", part, [other])
    sizes = whole[8, 8].sizes
    assert np.median(np.abs(alone.seconds(sizes, 8) / whole[8, 8].seconds - 1)) > 0.3
    assert helped.seconds(sizes, 8) == pytest.approx(whole[8, 8].seconds, rel=1e-6)
    assert helped.seconds(sizes, 2) == pytest.approx(alone.seconds(sizes, 2))


def test_a_switch_lets_all_send_at_once() -> None:
    """One-shot: every rank sends all it has to each other one. Two-shot: a share to each, twice."""
    switched = Group(8, Channel(1e-6, 400e9, switched=True))
    small, large = cost("all_reduce", 1024, switched), cost("all_reduce", 1e9, switched)
    assert (small.algorithm, small.seconds) == ("one-shot", pytest.approx(1e-6 + 7 * 1024 / 400e9))
    assert (large.algorithm, large.seconds) == ("two-shot", pytest.approx(2e-6 + 2 * 7 / 8 * 1e9 / 400e9))


@pytest.mark.parametrize("op", collectives.OPS)
@pytest.mark.parametrize("group", [Group(1, NVLINK), Group(8, NVLINK), Group(8, Channel(1e-6, 4e11, switched=True)), Group(4, NVLINK, 2, IB), Group(1, NVLINK, 4, IB)])
def test_many_sizes_cost_what_each_does(op: str, group: Group) -> None:
    sizes = np.array([0.0, 1e3, 1e6, 1e9])
    assert collectives.seconds(op, sizes, group) == pytest.approx([cost(op, size, group).seconds for size in sizes.tolist()])


def test_held_out_sizes_are_predicted_within_the_targets(real_data: Path) -> None:
    rows = vidur_rows(real_data)
    sizes = [row for row in rows if "held-out sizes, Vidur" in row.metric]
    assert len(sizes) == 2 and all(row.met for row in sizes), [row.metric for row in sizes if not row.met]
    assert all(row.value < row.baseline_value for row in rows if "held-out sizes" in row.metric)


def test_held_out_groups_beat_the_fit_alone(real_data: Path) -> None:
    rows = [row for row in vidur_rows(real_data) if "held-out group sizes, Vidur" in row.metric]
    assert len(rows) == 14 and all(row.value < row.baseline_value for row in rows if " a node," not in row.metric)


def test_held_out_groups_inside_a_node_are_within_the_targets(real_data: Path) -> None:
    """Where the measured tables of other systems are installed, which say how times grow with the group."""
    pytest.importorskip("aiconfigurator_core", reason="needs the extra silicon")
    assert all(row.met for row in vidur_rows(real_data) if "held-out group sizes, Vidur, inside a node" in row.metric)


def test_no_line_goes_through_groups_over_a_network(real_data: Path) -> None:
    """Even one that is fitted to each group: NCCL changes its algorithm from size to size."""
    own = [row for row in vidur_rows(real_data) if "fitted to the very group" in row.metric]
    assert len(own) == 2 and all(row.value > validation.TARGETS["median"] for row in own)


def test_what_hosts_take_is_not_scaled() -> None:
    """Kernels that were launched one by one: no message takes less than the hosts do, whatever the group; larger ones are scaled as if nothing were hidden."""
    host_s, whole = 4e-4, {(p, p): points(p) for p in (2, 4, 8)}
    seen = {w: measured.Points(p.sizes, np.maximum(p.seconds, host_s)) for w, p in whole.items() if w != (8, 8)}
    other = measured.table("all_reduce", "other", {w: measured.Points(p.sizes, p.seconds / 3) for w, p in whole.items()})
    found = measured.table("all_reduce", "made", seen, [other], graphs=False)
    assert found.host_s == pytest.approx(host_s)
    assert found.seconds(whole[8, 8].sizes, 8) == pytest.approx(np.maximum(whole[8, 8].seconds, host_s), rel=1e-6)
    alone = measured.table("all_reduce", "made", seen, graphs=False)
    large = whole[8, 8].sizes > found.hidden
    assert alone.seconds(whole[8, 8].sizes[large], 8) == pytest.approx(whole[8, 8].seconds[large], rel=0.01)
    assert alone.seconds([1e4], 8) == pytest.approx(host_s)


def test_a_system_that_hides_is_not_asked() -> None:
    """Where another system's times are its hosts', ours is scaled by the fit."""
    whole = {(p, p): points(p) for p in (2, 4, 8)}
    slow = {w: measured.Points(p.sizes, np.maximum(p.seconds, 1e-3)) for w, p in whole.items()}
    other, part = measured.table("all_reduce", "other", slow, graphs=False), {w: p for w, p in whole.items() if w != (8, 8)}
    assert measured.table("all_reduce", "made", part, [other]).seconds([1e4, 1e5, 1e6], 8) == pytest.approx(
        measured.table("all_reduce", "made", part).seconds([1e4, 1e5, 1e6], 8), rel=1e-6)  # fmt: skip


def vidur_rows(folder: Path) -> list[Row]:
    """Of Vidur's tables alone."""
    return list(validation.rows(Run((), data=folder)))
