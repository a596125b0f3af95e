"""Schedules on ranks that wait for each other: played by hand, beside one rank, and accounts that add up."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from intarsia.planner.pipeline import ranks, schedule
from intarsia.planner.pipeline.curves import PUBLISHED, STEPS, Interference
from intarsia.planner.pipeline.fluid import Handover
from intarsia.planner.pipeline.layer import KINDS, Layer, Operator
from intarsia.planner.pipeline.nano import Group, Structure, graph
from intarsia.planner.pipeline.ranks import TERMS, Timings
from intarsia.planner.pipeline.schedule import Schedule
from tests.planner.pipeline.layers import THREADS, balanced, random_layer

SHARES = {"compute": 0.95, "memory": 0.95, "network": 0.05}


def cut(layer: Layer, curves: Interference, groups: tuple[Group, ...]) -> Schedule:
    """Groups one after the other through each operator, in the order of the chain; times by hand only give the order."""
    made = graph(layer, Structure(groups))
    starts = np.array([0.01 * layer.active.index(next(op for op in layer.active if op.name == nano.operator)) + 0.001 * nano.group for nano in made.nanos])
    shares = np.array([round(SHARES[nano.kind] * STEPS) for nano in made.nanos])
    return schedule.timed(layer, curves, Structure(groups), made, shares, starts, starts + 0.001, 0.2)


def halves(layer: Layer, curves: Interference) -> Schedule:
    first = Group(layer.decode // 2, layer.prefill // 2)
    return cut(layer, curves, (first, Group(layer.decode - first.decode, layer.prefill - first.prefill)))


def test_by_hand() -> None:
    """Two ranks, unequal in the products; each collective begins with the slower one."""
    layer = replace(balanced(), layers=2)
    made = schedule.sequential(layer, THREADS)
    work = np.array([[[4.0, 3.0, 6.0, 2.0]] * 2, [[5.0, 3.0, 5.0, 2.0], [1.0, 3.0, 5.0, 2.0]]])
    begins, ends = made.play(work)
    assert ends[:, 0, 3].tolist() == [15.0, 15.0] and begins[:, 0, 3].tolist() == [13.0, 13.0]
    assert begins[:, 1, 3].tolist() == [28.0, 24.0] and ends[:, 1, 3].tolist() == [30.0, 30.0]
    found = ranks.account(made.graph.nanos, begins, ends)
    assert found == pytest.approx({"compute": (20 + 16) / 2, "memory": 6.0, "exchange": 4.0, "skew": 2.0, "between": 0.0, "total": 30.0})


def test_signals_cost_what_they_are_said_to() -> None:
    layer = replace(balanced(), layers=3)
    made = schedule.sequential(layer, THREADS)
    work = made.graph.work[None, None]
    begins, ends = made.play(work, handover=Handover(1.0, 1.0, 1.0))
    assert ends.max() == pytest.approx(3 * (work.sum() + 4)) and (ends - begins)[0, 1] == pytest.approx(work[0, 0])
    assert made.play(work, handover=Handover(0.0, 1.0, 1.0))[1].max() == pytest.approx(3 * (work.sum() + 4))  # every lane has slept
    pair = Layer("pair", tuple(Operator(name, "compute", ((8, 1.0),), (before,) if before else ()) for name, before in (("P", None), ("F", "P"))), 8, 0, layers=3)
    alone = schedule.sequential(pair, THREADS)
    assert alone.play(alone.graph.work[None, None], handover=Handover(0.25, 1.0, 9.0))[1].max() == pytest.approx(6 + 1.0 + 5 * 0.25)


def test_a_lane_that_wakes_beside_another_one_waits_for_its_core() -> None:
    """Two groups through a product of 4 s and a collective of 1 s: the first collective begins while the second product runs, the other one beside nothing."""
    ops = (Operator("P", "compute", ((8, 8.0),)), Operator("R", "network", ((8, 2.0),), ("P",)))
    free = Interference({(kind, beside): ((0.05, 1.0), (1.0, 1.0)) for kind in ("compute", "network") for beside in ("compute", "network", "alone")})
    made = halves(Layer("two", ops, 8, 0, layers=1), replace(free, elastic=False))
    work = np.array([[[4.0 if nano.operator == "P" else 1.0 for nano in made.graph.nanos]]])
    begins, _ = made.play(work, handover=Handover(0.0, 0.25, 0.75))
    assert {nano.name: float(begins[0, 0, at]) for at, nano in enumerate(made.graph.nanos)} == pytest.approx({"P.0": 0.25, "P.1": 4.25, "R.0": 4.25 + 0.75, "R.1": 8.25 + 0.25})


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 3), st.booleans())
def test_equal_ranks_are_as_one(seed: int, count: int, published: bool) -> None:
    layer = random_layer(seed)
    made = halves(layer, PUBLISHED if published else THREADS)
    one = made.play(made.graph.work[None, None])
    several = made.play(np.tile(made.graph.work, (count, 1, 1)))
    for whole, part in zip(several, one, strict=True):
        assert np.isfinite(part).all() and whole == pytest.approx(np.tile(part, (count, 1, 1)))


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.floats(0.0, 1.0))
def test_ranks_wait_for_the_slowest_and_only_for_it(seed: int, spread: float) -> None:
    layer, rng = random_layer(seed), np.random.default_rng(seed)
    made = halves(layer, THREADS)
    work = made.graph.work * np.exp(spread * rng.standard_normal((2, layer.layers, len(made.graph.nanos))))
    begins, ends = made.play(work, handover=Handover(1e-6, 2e-6, 3e-6))
    assert np.isfinite(ends).all()
    network = made.graph.kinds == KINDS.index("network")
    assert (ends[0][:, network] == ends[1][:, network]).all()
    for nano, other, lag in made.graph.needs:
        for at in range(lag, layer.layers):
            assert (ends[:, at - lag, other] <= begins[:, at, nano]).all()
    found = ranks.account(made.graph.nanos, begins, ends)
    assert found["total"] == pytest.approx(sum(found[term] for term in TERMS)) and found["skew"] >= 0


def chain(count: int) -> Layer:
    ops = [Operator(name, kind, ((count, 1e-3),), (before,) if before else ()) for (name, kind), before in zip(  # type: ignore[arg-type]
        (("P", "compute"), ("A", "memory"), ("R", "network")), (None, "P", "A"), strict=True)]  # fmt: skip
    ops[0] = replace(ops[0], previous=("R",))
    return Layer("chain", tuple(ops), count, 0, layers=4)


def test_predictions_follow_samples_and_name_where_time_goes() -> None:
    """Ranks that take turns in being slow: means are equal, and each collective waits for half a millisecond in the mean."""
    layer = chain(8)
    made = schedule.sequential(layer, THREADS)
    even = {("P", 8): np.full((2, 2), 1e-3), ("A", 8): np.full((2, 2), 2e-3), ("R", 8): np.full((2, 2), 5e-4)}
    calm = ranks.predict(made, Timings(even, THREADS))
    assert calm.seconds == pytest.approx(4 * 3.5e-3) and calm.terms["skew"] == 0 and calm.terms["between"] == pytest.approx(0.0, abs=1e-12)
    turns = even | {("A", 8): np.array([[1e-3, 3e-3], [3e-3, 1e-3]])}
    skewed = ranks.predict(made, Timings(turns, THREADS, Handover(1e-5, 1e-5, 1e-5)))
    assert skewed.seconds == pytest.approx(4 * 4.5e-3 + 12e-5, rel=0.01)
    assert skewed.terms["skew"] == pytest.approx(4e-3) and skewed.terms["exchange"] == pytest.approx(2e-3) and skewed.terms["memory"] == pytest.approx(8e-3)
    assert ranks.predict(made, Timings(turns, THREADS), seed=3) == ranks.predict(made, Timings(turns, THREADS), seed=3)


def test_overlapping_hides_the_wait_for_the_slowest() -> None:
    """The same samples in two groups: what one rank waits for, the other group computes."""
    layer = chain(8)
    made = cut(layer, _free(), (Group(4, 0), Group(4, 0)))
    turns = {("P", 4): np.full((2, 2), 2e-3), ("A", 4): np.array([[1e-3, 3e-3], [3e-3, 1e-3]]) / 2, ("R", 4): np.full((2, 2), 1e-3)}
    whole = {(name, 8): 2 * each if name != "R" else each for (name, _), each in turns.items()}
    alone = ranks.predict(schedule.sequential(layer, _free()), Timings(whole, _free()))
    assert ranks.predict(made, Timings(turns, _free())).seconds < alone.seconds


def _free() -> Interference:
    """Collectives beside others slow nothing."""
    return Interference(dict.fromkeys(itertools.product(KINDS, (*KINDS, "alone")), ((0.05, 1.0), (0.95, 1.0), (1.0, 1.0))), elastic=False, source="free")


def test_the_mean_wait_for_the_slowest() -> None:
    rng = np.random.default_rng(0)
    assert ranks.skew_s([], rng) == 0 and ranks.skew_s([np.ones((2, 5))], rng) == 0
    assert ranks.skew_s([np.array([[1.0, 1.0], [3.0, 3.0]])], rng) == pytest.approx(1.0)
    assert 0 < ranks.skew_s([np.array([[1.0, 3.0], [3.0, 1.0]])] * 2, rng) < 2.0


def test_a_typical_account_is_of_the_runs_about_the_median_and_adds_up() -> None:
    accounts = [dict.fromkeys(TERMS, float(n)) | {"total": 5.0 * n} for n in (1, 2, 3, 4, 5, 6, 900)]
    found = ranks.typical(accounts)
    assert found.seconds == 20.0 and sum(found.terms.values()) == pytest.approx(20.0) and found.terms["memory"] == pytest.approx(4.0)
    assert ranks.typical([found.account]) == found
