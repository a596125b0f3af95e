"""A layer run operator by operator: against float64, cut over ranks, in nano-batches with the same bits, and in processes of its own."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from intarsia.codegen.cpu import layer
from intarsia.compiler.pipelined import bench, measure, worker
from intarsia.compiler.pipelined.rank import KINDS, SHAPE, Rank, Setup, load
from intarsia.compiler.pipelined.team import team
from intarsia.compiler.pipelined.worker import Worker
from intarsia.errors import InputError, RuntimeFailure, UnsupportedError
from intarsia.planner.pipeline import schedule, text
from intarsia.planner.pipeline.curves import Interference
from intarsia.planner.pipeline.layer import Layer, Operator
from intarsia.planner.pipeline.nano import Group, Structure, graph
from intarsia.planner.pipeline.ranks import TERMS
from tests.planner.pipeline.layers import THREADS

SETUP = Setup(rows=8, context=1, layers=2)
"""With one token in the cache, attention gives that token's value, so that a reference needs no cache."""
CHAIN = ("KQV", "Attention", "O", "MLP")


def reference(x: np.ndarray, weights: list[dict[str, np.ndarray]]) -> np.ndarray:
    """Layers of one-token sequences in float64."""
    x = x.astype(np.float64)
    for w in weights:
        w = {key: value.astype(np.float64) for key, value in w.items()}
        v = ((_norm(x) * w["attn_norm"].T) @ w["v"].T).astype(np.float16)  # as the cache keeps it
        group = SHAPE.heads // SHAPE.kv_heads
        x = x + np.repeat(v.reshape(len(x), SHAPE.kv_heads, 1, SHAPE.head_dim), group, axis=2).reshape(len(x), -1) @ w["o"].T
        n = _norm(x) * w["ffn_norm"].T
        gate = n @ w["gate"].T
        x = x + (gate / (1 + np.exp(-gate)) * (n @ w["up"].T)) @ w["down"].T
    return x


def _norm(x: np.ndarray) -> np.ndarray:
    return x / np.sqrt((x * x).mean(axis=1, keepdims=True) + SHAPE.norm_eps)


def run(ranks: list[Rank], groups: list[tuple[int, int]], setup: Setup) -> np.ndarray:
    """All layers, group by group; of several ranks, their partial sums added up where an all-reduce would."""
    for each in ranks:
        for group in groups:
            each.reset(*group)
    for at in range(setup.layers):
        for first, rows in groups:
            for operator in CHAIN:
                for each in ranks:
                    each.run(operator, first, rows, at, 1)
                if operator in ("O", "MLP") and len(ranks) > 1:
                    parts = [each._rows_of(each._arena(first, rows), each.built.y, rows) for each in ranks]
                    total = sum(part.copy() for part in parts)
                    for part in parts:
                        part[:] = total
    return np.concatenate([ranks[0].values(*group) for group in groups])


@pytest.fixture(scope="module")
def alone() -> Iterator[Rank]:
    found = Rank(SETUP, 0)
    yield found
    found.close()


def test_against_float64(alone: Rank) -> None:
    found = run([alone], [(0, 8)], SETUP)
    np.testing.assert_allclose(found, reference(alone._x, load(SETUP)[1]), rtol=2e-3, atol=2e-3)


def test_nano_batches_give_the_same_bits(alone: Rank) -> None:
    whole, cut = run([alone], [(0, 8)], SETUP), run([alone], [(0, 3), (3, 5)], SETUP)
    assert whole.tobytes() == cut.tobytes()
    digest = alone.digest([(0, 3), (3, 5)])
    run([alone], [(0, 3), (3, 5)], SETUP)
    assert alone.digest([(3, 5), (0, 3)]) == digest


def test_two_ranks_add_up_to_the_whole(alone: Rank) -> None:
    setup = Setup(rows=8, context=1, layers=2, ranks=2)
    ranks = [Rank(setup, rank) for rank in range(2)]
    try:
        assert [each.sizes.kv_heads for each in ranks] == [2, 2] and ranks[0].sizes.ffn == SHAPE.ffn // 2
        np.testing.assert_allclose(run(ranks, [(0, 8)], setup), run([alone], [(0, 8)], SETUP), rtol=2e-4, atol=2e-4)
    finally:
        for each in ranks:
            each.close()


@pytest.mark.parametrize(("kv_heads", "ranks", "holders"), [(4, 2, [[0, 1], [2, 3]]), (3, 2, [[0, 1], [1, 2]]), (1, 2, [[0], [0]]), (5, 3, [[0, 1], [2, 3], [3, 4]])])
def test_every_kv_head_is_held(kv_heads: int, ranks: int, holders: list[list[int]]) -> None:
    assert layer._holders(kv_heads, ranks) == holders
    assert set().union(*holders) == set(range(kv_heads))


def _text(groups: tuple[Group, ...], rows: int, layers: int) -> str:
    """The `pipe` text of a pipeline made by hand: the groups one after the other."""
    ops = tuple(Operator(name, KINDS[name], ((rows, 1e-3),), (CHAIN[i - 1],) if i else (), () if i else (CHAIN[-1],)) for i, name in enumerate(CHAIN))  # type: ignore[arg-type]
    made = Layer("by hand", ops, rows, 0, layers)
    found = graph(made, Structure(groups))
    order = sorted(range(len(found.nanos)), key=lambda i: (found.nanos[i].group, i))
    ends = np.zeros(len(order))
    ends[order] = np.cumsum(found.work[order])
    shares = np.full(len(order), 20)
    return str(text.module(schedule.timed(made, THREADS, Structure(groups), found, shares, ends - found.work, ends, float(ends.max())), "local"))


def test_a_text_is_carried_out_in_a_process() -> None:
    with team(SETUP) as ranks:
        whole = bench.execute(ranks, _text((Group(8, 0),), 8, 2), sequential=True, repeats=1)[0]
        cut = bench.execute(ranks, _text((Group(4, 0), Group(4, 0)), 8, 2), sequential=False, repeats=2)[0]
    assert whole["digest"] == cut["digest"] and len(cut["runs"]) == 2
    spans = {name: (start, end) for name, _, start, end in cut["runs"][-1]}
    assert len(spans) == 2 * 2 * len(CHAIN) and spans["O.0@0"][1] <= spans["MLP.0@0"][0] and spans["MLP.1@0"][1] <= spans["KQV.1@1"][0]


def test_two_processes_measure_search_and_run(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("torch")
    for name, value in (("REPEATS", 2), ("AGAIN", 2), ("PAIR_S", 0.002), ("ROUNDS", 1)):
        monkeypatch.setattr(measure, name, value)
    monkeypatch.setattr(bench, "MOST", 1)  # else more rounds follow where other tests keep the machine busy
    found = bench.compare(Setup(rows=8, context=16, layers=2, ranks=2), "tiny", time_limit_s=1, rounds=1)
    assert 0 <= found.others <= 1 and found.same and {row["figure"] for row in found.rows()} == {"sequential", "pipelined", "gain"}
    assert len(found.schedules["pipelined"].structure.groups) > 1 and not found.schedules["sequential"].overlapped
    assert {op.kind for op in found.layer.operators} == {"compute", "memory", "network"}
    assert Interference.from_dict(found.curves.as_dict()) == found.curves and not found.curves.elastic
    for each in (*found.predicted.values(), *found.measured.values()):
        assert set(each.terms) == set(TERMS) and sum(each.terms.values()) == pytest.approx(each.seconds)
        assert all(each.terms[name] > 0 for name in ("compute", "memory", "exchange")) and each.terms["skew"] >= 0
    assert {(row["run"], row["term"]) for row in found.terms()} == {(run, term) for run in ("sequential", "pipelined") for term in TERMS}


def test_a_failing_rank_is_one_error() -> None:
    with team(SETUP) as ranks:
        with pytest.raises(RuntimeFailure, match="KeyError"):
            ranks.ask("operator", operator="Nothing", rows=4, share=1.0, repeats=1)
        assert measure.samples(ranks, "O", 4, 2).shape == (1, 2)


def test_ranks_that_cannot_start_are_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    started, start = [], subprocess.Popen
    monkeypatch.setattr(subprocess, "Popen", lambda *args, **kwargs: started.append(start(*args, **kwargs)) or started[-1])
    with pytest.raises(RuntimeFailure, match="a rank failed: no_such_model.gguf"), team(Setup("no_such_model.gguf")):
        pass
    assert len(started) == 1 and started[0].poll() is not None


@pytest.mark.parametrize("wrong", [{"rows": 1}, {"rows": 10}, {"context": 0}, {"layers": 0}, {"ranks": 3}])
def test_setups_that_are_none(wrong: dict[str, int]) -> None:
    with pytest.raises(InputError, match="take a multiple of 4 sequences"):
        Setup(**wrong)  # type: ignore[arg-type]


def test_layers_that_have_no_programs() -> None:
    from dataclasses import replace

    with pytest.raises(UnsupportedError, match="only a plain Llama layer"):
        layer.Sizes.of(replace(SHAPE, qk_norm=True), 8)
    weights = load(Setup(layers=1))[1][0]
    with pytest.raises(UnsupportedError, match="can't be shared out"):
        layer.shard(weights, replace(layer.Sizes.of(SHAPE, 8), ffn=1504), 0, 3)


def test_tasks_of_a_run_keep_lanes_and_waits() -> None:
    worker = Worker.__new__(Worker)
    worker.setup = SETUP
    worker.rank = None  # type: ignore[assignment]
    steps = [{"name": "KQV.0", "operator": "KQV", "first": 0, "rows": 8, "start_us": 0.0, "share": 0.5, "wait": [], "wait_previous": ["MLP.0"]},
             {"name": "MLP.0", "operator": "MLP", "first": 0, "rows": 8, "start_us": 150.0, "share": 1.0, "wait": ["KQV.0"], "wait_previous": []}]  # fmt: skip
    tasks = worker._tasks(steps, 100.0, sequential=False)
    assert [task.name for task in tasks] == ["KQV.0@0", "KQV.0@1", "MLP.0@0", "MLP.0@1"] and tasks[1].waits == ("MLP.0@0",) and tasks[0].waits == ()
    assert [task.share for task in tasks] == [10, 10, 20, 20] and {task.lane for task in tasks} == {"compute"}


class Told:
    """A team whose ranks take what they are told: `spans[operator]`, rank by rank."""

    def __init__(self, setup: Setup, spans: dict[str, list[list[list[float]]]]) -> None:
        self.setup, self.spans, self.asked = setup, spans, list[tuple[str, list[str]]]()

    def ask(self, do: str, **request: Any) -> list[dict[str, Any]]:
        if do == "handover":
            return [{"step_s": 1e-5, "wake_s": 4e-5, "beside_s": 2e-4}, {"step_s": 3e-5, "wake_s": 8e-5, "beside_s": 4e-4}]
        if do == "pair":
            return [{"seconds": [0.004, 0.008]}, {"seconds": [0.006, 0.012]}]
        self.asked.append((request["operator"], request["before"]))
        return [{"spans": each} for each in self.spans[request["operator"]]]


SPANS = {name: [[[0.0, 0.002], [1.0, 1.004]], [[0.0, 0.003], [1.0, 1.001]]] for name in CHAIN} | {
    name: [[[0.0, 0.010], [1.0, 1.010]], [[0.004, 0.011], [1.009, 1.012]]] for name in ("AR_O", "AR_MLP")
}


@pytest.mark.parametrize(("there", "ranks", "cores", "parts"), [([2, 3], 2, 2, [[2], [3]]), ([0, 1, 2, 3], 2, 4, [[0, 1], [2, 3]]), ([0, 5], 1, 2, [[0, 5]]), ([4], 2, 2, [[], []])])
def test_every_rank_has_cores_of_its_own(monkeypatch: pytest.MonkeyPatch, there: list[int], ranks: int, cores: int, parts: list[list[int]]) -> None:
    kept: list[list[int]] = []
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(there))
    monkeypatch.setattr(os, "sched_setaffinity", lambda _, mine: kept.append(mine))
    assert [worker.own_cores(Setup(ranks=ranks, cores=cores), rank) for rank in range(ranks)] == parts
    assert kept == [part for part in parts if part]


def test_signals_are_means_over_ranks() -> None:
    assert measure.handover(Told(Setup(rows=8, ranks=2), SPANS)) == pytest.approx((2e-5, 6e-5, 3e-4))  # type: ignore[arg-type]


def test_signals_are_measured_on_a_real_rank() -> None:
    with team(SETUP) as ranks:
        found = measure.handover(ranks)
    assert all(0 < seconds < 1 for seconds in found)


def test_a_collective_counts_from_when_all_ranks_are_there() -> None:
    told = Told(Setup(rows=8, ranks=2), SPANS)
    assert measure.samples(told, "AR_O", 8, 2) == pytest.approx(np.array([[0.007, 0.003]] * 2))  # type: ignore[arg-type]
    assert measure.samples(told, "MLP", 8, 2) == pytest.approx(np.array([[0.002, 0.004], [0.003, 0.001]]))  # type: ignore[arg-type]
    assert told.asked == [("AR_O", ["KQV", "Attention", "O"]), ("MLP", [])]


def test_points_count_signals_and_collectives_the_mean_wait() -> None:
    made = measure.layer(Told(Setup(rows=8, ranks=2), SPANS), "told")  # type: ignore[arg-type]
    seconds = {op.name: op.seconds(8) for op in made.operators}
    assert seconds["KQV"] == pytest.approx(0.0025 + 2e-5)
    waits = [seconds[name] - 0.005 - 2e-5 for name in ("AR_O", "AR_MLP")]
    assert 0.0005 <= waits[1] <= 0.0015  # either moment: the slower rank is 0.5 or 1.5 ms above the mean
    assert waits[0] > waits[1]  # after three operators instead of one


def test_curves_of_ranks_with_a_thread_each() -> None:
    found = measure.curves(Told(Setup(rows=8, ranks=2), SPANS), rounds=1)  # type: ignore[arg-type]
    assert found.choices("network") == [0.05, 1.0] and found.choices("compute") == [0.5, 0.95, 1.0]
    assert found.speed("compute", 0.95, ("memory",)) >= found.speed("compute", 0.5, ("memory",)) == pytest.approx(0.0025 / 0.005)
    assert found.speed("compute", 0.95, ("network",)) == found.speed("compute", 0.5, ("network",)) == pytest.approx(0.0025 / 0.005)
    assert found.speed("network", 0.05, ("compute",)) == pytest.approx(0.005 / 0.010) and found.speed("network", 0.05) == 1.0
