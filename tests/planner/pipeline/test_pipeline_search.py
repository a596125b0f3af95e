"""The search: valid, bounded, repeatable; better where overlap pays, and sequential where it doesn't."""

from __future__ import annotations

import itertools
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from intarsia.compiler.frontends import pipeline_times
from intarsia.errors import InputError
from intarsia.planner.ilp.model import Model, total
from intarsia.planner.ilp.solver import solve
from intarsia.planner.pipeline import fluid, kernels, nano, order, schedule, shares, structure, text
from intarsia.planner.pipeline.curves import PUBLISHED, STEPS, Interference
from intarsia.planner.pipeline.descend import descend
from intarsia.planner.pipeline.layer import KINDS, Layer, Operator
from intarsia.planner.pipeline.nano import Group, Structure
from intarsia.planner.pipeline.search import Options, search
from intarsia.planner.validate.pipeline import pipeline_problems
from tests.bench.planner import nanoflow
from tests.planner.pipeline.layers import POINTLESS, THREADS, balanced, random_layer

QUICK = Options(structures=2, changes=200)
TWO = Structure((Group(128, 0), Group(128, 0)))


def test_two_groups_by_hand() -> None:
    """P, F of both groups fill the compute lane at full speed when all else is free: a period of 1 ms, as F.0 covers A.1 and P, F cover R."""
    free = Interference({(kind, "alone"): ((0.05, 1.0), (1.0, 1.0)) for kind in ("memory", "network")} | {("compute", "alone"): ((0.9, 1.0), (1.0, 1.0))})
    made = nano.graph(balanced(), TWO)
    found = order.order(made, {}, time_limit_s=10)
    assert found is not None and found.answer.status == "optimal" and found.period_s == pytest.approx(1e-3, rel=3e-3)
    flow = fluid.simulate(made, found.keys, np.array([0 if each.kind == "compute" else 1 for each in made.nanos]), nano.speeds(free))
    assert flow is not None and flow.steady and flow.period_s == pytest.approx(1e-3, rel=1e-9)


def test_the_simulation_by_hand() -> None:
    """One group: P at 1, A at 0.8 on 0.4, F at 1, R at 0.5 on 0.2, one after the other."""
    made = nano.graph(balanced(), Structure((Group(256, 0),)))
    given_shares = np.array([{"compute": 0, "memory": 8, "network": 4}[each.kind] for each in made.nanos])
    flow = fluid.simulate(made, np.array([0.0, 0.2, 0.4, 0.9]), given_shares, nano.speeds(PUBLISHED))
    assert flow is not None and flow.period_s == pytest.approx(4e-4 + 3e-4 / 0.8 + 6e-4 + 2e-4 / 0.5)
    assert flow.ends.tolist() == pytest.approx([4e-4, 7.75e-4, 1.375e-3, 1.775e-3])


def test_an_order_that_contradicts_dependencies_never_ends() -> None:
    made = nano.graph(balanced(), Structure((Group(256, 0),)))
    assert fluid.simulate(made, np.array([0.9, 0.5, 0.2, 0.1]), np.full(4, STEPS), nano.speeds(PUBLISHED)) is None


@given(st.integers(0, 10_000))
@settings(max_examples=8, deadline=None)
def test_no_simulated_schedule_beats_the_bound(seed: int) -> None:
    layer, rng = random_layer(seed % 97), np.random.default_rng(seed)
    first, _ = next(structure.candidates(layer, PUBLISHED, time_limit_s=20))
    splits = structure.splits(layer)
    made = nano.graph(layer, Structure(splits[seed % len(splits)], tuple((name, 2) for name in sorted(structure.finer(layer)) if rng.random() < 0.5)))
    keys = rng.random(len(made.nanos))
    for nano_, before, lag in made.needs:
        if lag == 0:
            keys[nano_] = max(keys[nano_], keys[before] + 1e-3)
    given_shares = np.array([0 if each.kind == "compute" else round(rng.choice(PUBLISHED.choices(each.kind)) * STEPS) for each in made.nanos], np.int64)
    flow = fluid.simulate(made, keys, given_shares, nano.speeds(PUBLISHED))
    assert flow is None or flow.period_s >= first.bound_s * (1 - 1e-6)


@given(st.integers(0, 60), st.sampled_from([PUBLISHED, THREADS, POINTLESS]))
@settings(max_examples=5, deadline=None)
def test_what_is_found_is_valid_and_no_worse_than_sequential(seed: int, curves: Interference) -> None:
    layer = random_layer(seed)
    found = search(layer, curves, QUICK)
    assert pipeline_problems(text.module(found, "test")) == []
    assert found.bound_s <= found.period_s <= layer.sequential_s * (1 + 1e-9)
    assert curves is not POINTLESS or not found.overlapped


def test_overlap_is_found_and_repeats() -> None:
    first, again = (search(balanced(), PUBLISHED, QUICK) for _ in range(2))
    assert first.overlapped and first.speedup > 1.1 and first.runs == again.runs
    assert first.gap < 0.12 and any("structure" in note for note in first.notes)


def test_threads_as_shares() -> None:
    found = search(balanced(), THREADS, QUICK)
    assert found.overlapped and {share for run in found.runs for _, share in run.parts} <= {0.5, 1.0}
    assert found.period_s < balanced().sequential_s


def test_it_says_when_not_to_overlap() -> None:
    found = search(balanced(), POINTLESS, QUICK)
    assert not found.overlapped and found.period_s == pytest.approx(balanced().sequential_s) and "don't overlap" in found.notes[-1]
    assert pipeline_problems(text.module(found, "test")) == []


def test_a_time_limit_leaves_a_valid_schedule() -> None:
    found = search(balanced(), PUBLISHED, Options(time_limit_s=1e-3))
    assert pipeline_problems(text.module(found, "test")) == [] and found.period_s <= balanced().sequential_s * (1 + 1e-9)


def test_the_programs_have_names_that_can_be_read(tmp_path: Path) -> None:
    search(balanced(), PUBLISHED, Options(structures=2, changes=10, write_lp=tmp_path / "p.lp"))
    texts = {path.stem: path.read_text() for path in tmp_path.glob("*.lp")}
    assert "work_of_memory" in texts["p-structure"] and "F.0_after_A.0_0" in texts["p-order"] and "one_share_A.0_" in texts["p-shares"]


def test_shares_by_the_program_are_never_worse_than_those_given() -> None:
    made, speeds = nano.graph(balanced(), TWO), nano.speeds(PUBLISHED)
    ordered = order.order(made, {"memory": 1.25, "network": 2.0}, time_limit_s=10)
    assert ordered is not None
    for memory, network in itertools.product((2, 8, 18), (2, 4, 20)):
        given_shares = np.array([{"compute": 0, "memory": memory, "network": network}[each.kind] for each in made.nanos])
        flow = fluid.simulate(made, ordered.keys, given_shares, speeds)
        if flow is None or not flow.steady:
            continue
        better = shares.allot(made, PUBLISHED, given_shares, flow.starts, flow.ends, flow.period_s, time_limit_s=10)
        assert better is not None and better.period_s <= flow.period_s * (1 + 1e-6)
        made_of = schedule.timed(balanced(), PUBLISHED, TWO, made, better.steps, better.starts, better.ends, better.period_s)
        assert pipeline_problems(text.module(made_of, "test")) == []


def test_a_slice_of_a_rounding_error_holds_no_two_of_a_kind() -> None:
    """P.1 begins a moment before P.0 ends: the program must not let them run together."""
    made = nano.graph(balanced(), TWO)
    kind = {each.name: i for i, each in enumerate(made.nanos)}
    running = tuple(kind[name] for name in ("P.0", "P.1", "A.0"))
    assert list(shares._mixes(made, PUBLISHED, running, {i: [0] for i in range(len(made.nanos))})) == []


def test_small_changes_never_make_it_worse() -> None:
    made, speeds = nano.graph(balanced(), TWO), nano.speeds(PUBLISHED)
    ordered = order.order(made, {}, time_limit_s=10)
    assert ordered is not None
    start = np.array([0 if each.kind == "compute" else STEPS for each in made.nanos])
    before = fluid.simulate(made, ordered.keys, start, speeds)
    choices = {kind: [0] if kind == "compute" else [round(share * STEPS) for share in PUBLISHED.choices(kind)] for kind in KINDS}
    keys, found, period = descend(made, ordered.keys, start, choices, speeds, changes=300, seed=3)
    after = fluid.simulate(made, keys, found, speeds)
    assert before is not None and after is not None and after.period_s == pytest.approx(period) and period < before.period_s


@given(st.integers(0, 30), st.sampled_from([PUBLISHED, THREADS]))
@settings(max_examples=5, deadline=None)
def test_compiled_loops_do_what_python_does(seed: int, curves: Interference) -> None:
    """Small changes and, on two ranks, starts and ends: the same bits as the loops' source gives when Python runs it."""
    layer, rng, speeds = random_layer(seed), np.random.default_rng(seed), nano.speeds(curves)
    made = nano.graph(layer, Structure(structure.splits(layer)[1]))
    choices = {kind: [0] if kind == "compute" and curves.elastic else [round(share * STEPS) for share in curves.choices(kind)] for kind in KINDS}
    keys, given_shares = rng.random(len(made.nanos)) * 2, np.array([choices[each.kind][-1] for each in made.nanos], np.int64)
    work = made.work * rng.uniform(0.5, 1.5, (2, 3, len(made.nanos)))

    def results() -> list[np.ndarray]:
        found = descend(made, keys, given_shares, choices, speeds, changes=25, seed=seed)
        return [*map(np.asarray, found), *fluid.play(made, found[0], found[1], speeds, work, 3, fluid.Handover(1e-6, 3e-6, 5e-6))]

    compiled = results()
    with pytest.MonkeyPatch.context() as patch:
        for loop in (kernels.anneal, kernels.play):
            patch.setattr(kernels, loop.function.__name__, loop.function)
        assert all(np.array_equal(a, b) for a, b in zip(compiled, results(), strict=True))


def test_mixes_that_are_left_out_are_within_the_others() -> None:
    """By linear programs: a mix of the published curves at any shares does no more than some time in those that are kept."""
    kept = structure.mixes(PUBLISHED, KINDS)
    for memory, network in itertools.product((0.1, 0.15, 0.3, 0.35, 0.6, 0.75), (0.1, 0.15, 0.4, 0.55)):
        if memory + network < 1:
            speeds = {"compute": 1 - memory - network, "memory": PUBLISHED.speed("memory", memory), "network": PUBLISHED.speed("network", network)}
            model = Model("within")
            times = [model.continuous(f"t{i}") for i in range(len(kept))]
            for kind in KINDS:
                model.rule(kind, total((mix.speed(kind), t) for mix, t in zip(kept, times, strict=True)) >= speeds[kind])
            model.minimize(total((1.0, t) for t in times), "time")
            assert solve(model).objective <= 1 + 1e-6
    assert len(kept) < 150


def test_what_may_run_beside_others_of_its_group() -> None:
    """Attentions beside each other where a group has rows of both; what takes its rows whole only beside pieces that cover some of them."""
    ops = (Operator("K", "compute", ((8, 1.0),), previous=("O",)), Operator("D", "memory", ((8, 1.0),), ("K",), rows="decode"),
           Operator("F", "compute", ((8, 1.0),), ("K",), rows="prefill"), Operator("O", "compute", ((8, 1.0),), ("D", "F")))  # fmt: skip
    layer, groups = Layer("attentions", ops, 8, 8), (Group(8, 0), Group(0, 4), Group(0, 4))
    assert structure.loose(layer, groups, set()) == set()
    assert structure.loose(layer, (Group(4, 4), Group(4, 4)), set()) == {(group, name) for group in (0, 1) for name in ("D", "F")}
    assert structure.loose(balanced(), (Group(128, 0), Group(128, 0)), {"P", "A"}) == set()
    assert structure.loose(layer, groups, {"K", "D"}) == set()
    open_ended = replace(balanced(), operators=(*balanced().operators, Operator("log", "memory", ((8, 1e-5),), ("P",))))
    assert structure.loose(open_ended, (Group(256, 0),), set()) >= {(0, "log"), (0, "A"), (0, "F")}


def test_two_groups_never_fill_three_lanes() -> None:
    """A chain of three kinds: with two groups the bound is the sum of two, whatever the shares; only kinds' work would say 1 ms."""
    free = Interference({(kind, "alone"): ((0.05, 1.0), (1.0, 1.0)) for kind in ("memory", "network")} | {("compute", "alone"): ((0.9, 1.0), (1.0, 1.0))})
    ops = tuple(Operator(kind, kind, ((256, 1e-3),), (before,) if before else (), () if before else ("network",))
                for kind, before in (("compute", None), ("memory", "compute"), ("network", "memory")))  # fmt: skip
    layer = Layer("three", ops, 256, 0, grain=32)
    program = structure.Program(layer, structure.mixes(free, KINDS), (Group(128, 0), Group(128, 0)), pieces=False)
    found = program.next(10)
    assert found is not None and found[0].bound_s == pytest.approx(1.5e-3, rel=1e-3)


def test_structures_come_once_and_in_order() -> None:
    found = [candidate for candidate, _ in itertools.islice(structure.candidates(balanced(), PUBLISHED, time_limit_s=20), 12)]
    assert len({candidate.structure for candidate in found}) == len(found)
    bounds = [candidate.bound_s for candidate in found]
    assert all(later >= earlier * (1 - 1e-3) for earlier, later in itertools.pairwise(bounds))


def test_a_layer_of_one_kind() -> None:
    found = search(Layer("one", (Operator("P", "compute", ((64.0, 1e-3),), previous=("P",)),), 64, 0), PUBLISHED, QUICK)
    assert not found.overlapped and found.bound_s == pytest.approx(found.period_s, rel=1e-3)


@pytest.mark.parametrize("wrong", [{"time_limit_s": 0.0}, {"structures": 0}, {"seed": -1}])
def test_options_that_are_none(wrong: dict[str, float]) -> None:
    with pytest.raises(InputError, match="the search needs"):
        Options(**wrong)  # type: ignore[arg-type]


def test_the_published_model_reaches_the_published_fraction(real_data: Path) -> None:
    """NanoFlow: up to 68.5 % of the optimum (arXiv 2408.12757)."""
    layer, _ = pipeline_times.layer_of(nanoflow.times(real_data), "nanoflow")
    found = search(layer, PUBLISHED, Options(structures=2, changes=2000))
    assert pipeline_problems(text.module(found, "8xA100")) == []
    assert layer.optimal_s / found.period_s >= 0.685 > layer.optimal_s / layer.sequential_s
