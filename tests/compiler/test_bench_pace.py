"""`intarsia bench`: kernels between steps, how fast the machine was by them, and predictions at that pace and with drawn prices."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, cast

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from intarsia.compiler.bench import drawing, interludes
from intarsia.compiler.bench.interludes import LAUNCH, SHARE, Burst, Interludes, Stopwatch
from intarsia.compiler.bench.pace import USUAL, WINDOW_S, Pace, Paces
from intarsia.compiler.bench.predict import Predictor
from intarsia.compiler.probes.native import STREAM_BYTES, Kernels
from intarsia.compiler.probes.programs import Probe, probes
from intarsia.cost_models.serving.step_table import StepTable, decode_nodes, prefill_nodes, row_nodes
from intarsia.ir.workload import Request, Workload
from intarsia.planner.simulate import Replica

KEYS = ("matmul.q4.a8.1", "matmul.q4.a8.128", "attention.f16.3.512")


@dataclass
class Time:
    """A clock that moves when it is told to."""

    now: float = 0.0

    def perf_counter(self) -> float:
        return self.now

    thread_time = perf_counter


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Time:
    found = Time()
    monkeypatch.setattr(interludes, "time", found)
    return found


@dataclass
class Timed:
    """Kernels that take a millisecond each."""

    clock: Time
    ran: list[str] = field(default_factory=list)

    def launch(self, threads: int) -> float:
        return self._took(LAUNCH)

    def prepare(self, probe: Probe, threads: int) -> None:
        pass

    def run(self, probe: Probe, threads: int) -> float:
        return self._took(probe.key)

    def pass_runs(self, probe: Probe) -> int:
        return 3

    def _took(self, key: str) -> float:
        self.ran.append(key)
        self.clock.now += 0.001
        return 0.001


def between(clock: Time) -> tuple[Interludes, Timed, Stopwatch]:
    kernels, watch = Timed(clock), Stopwatch()
    return Interludes(cast(Kernels, kernels), KEYS, 1, watch), kernels, watch


def test_the_clock_of_a_replay_stands_while_kernels_run(clock: Time) -> None:
    found, kernels, watch = between(clock)
    clock.now = 10.0
    found.after(1.0)
    assert kernels.ran and clock.now > 10.0 and watch() == 10.0
    clock.now += 2.0
    assert watch() == 12.0


def test_kernels_run_for_their_share_of_the_steps_in_turn(clock: Time) -> None:
    found, _, _ = between(clock)
    for _ in range(200):
        found.after(0.05)
    assert clock.now == pytest.approx(200 * 0.05 * SHARE, abs=0.01)
    counts = [sum(burst.key == key for burst in found.bursts) for key in (LAUNCH, *KEYS)]
    assert max(counts) - min(counts) <= 1 and min(counts) > 50
    assert all(burst.seconds == pytest.approx(0.001) for burst in found.bursts)


def test_weights_of_few_rows_are_read_once_before(clock: Time) -> None:
    found, kernels, _ = between(clock)
    found.after(0.02 / SHARE)
    runs = {key: kernels.ran.count(key) / max(sum(burst.key == key for burst in found.bursts), 1) for key in KEYS}
    assert runs["matmul.q4.a8.1"] == runs["matmul.q4.a8.128"] + 3 == runs["attention.f16.3.512"] + (3 if _rows("attention.f16.3.512") > interludes.FEW_ROWS else 0)


def _rows(key: str) -> int:
    return next(probe.rows for probe in probes() if probe.key == key)


def test_a_pass_reads_all_weights() -> None:
    found = next(probe for probe in probes() if probe.key == "matmul.q4.a8.1")
    runs = Kernels.pass_runs(cast(Any, None), found)
    assert (runs - 1) * found.layers.span < STREAM_BYTES <= runs * found.layers.span


# Paces.


@given(st.lists(st.floats(0.2, 5.0), min_size=1, max_size=20), st.lists(st.floats(0.0, 100.0), min_size=1, max_size=20))
def test_work_and_time_are_each_others_inverse(slower: list[float], at: list[float]) -> None:
    pace, when = Pace(tuple(slower)), np.sort(np.array(at))
    worked = pace.worked(when)
    np.testing.assert_allclose(pace.when(worked), when, rtol=1e-9, atol=1e-9)
    assert (np.diff(worked) >= 0).all() and (worked >= when / max(slower) - 1e-9).all() and (worked <= when / min(slower) + 1e-9).all()


def test_a_pace_is_even_within_a_window() -> None:
    pace = Pace((2.0, 0.5, 1.0))
    assert pace.worked(np.array([0.5, 1.0, 1.5, 2.0, 5.0]) * WINDOW_S).tolist() == [value * WINDOW_S for value in (0.25, 0.5, 1.5, 2.5, 5.5)]
    assert [pace.at(seconds * WINDOW_S) for seconds in (-1.0, 0.5, 1.5, 9.0)] == [2.0, 2.0, 0.5, 1.0]


def test_kernels_and_turns_are_told_apart() -> None:
    """Turns that saw different kernels more often, one of them slow; and one that saw none."""
    rng, seconds, slower = np.random.default_rng(0), {"short": 1e-4, "long": 1e-2, "other": 1e-3}, (1.0, 1.3)
    odds = ((0.8, 0.1, 0.1), (0.1, 0.1, 0.8))
    chosen = [[str(key) for key in rng.choice(list(seconds), 80, p=each)] for each in odds]
    turns = [[Burst(key, at / 10, seconds[key] * factor) for at, key in enumerate(keys)] for factor, keys in zip(slower, chosen, strict=True)]
    found = Paces.of([*turns, []])
    first, second, none = (pace.slower[-1] for pace in found.turns)
    assert second / first == pytest.approx(1.3, rel=1e-4) and none == 1.0
    assert {key: value * first for key, value in found.seconds.items()} == pytest.approx(seconds, rel=1e-4)
    assert found.turns[0].slower == pytest.approx([first] * len(found.turns[0].slower), rel=1e-4)


def test_a_slow_second_and_one_that_others_took_are_found() -> None:
    """The usual pace, half of it, and half of the time gone while kernels ran as ever."""
    bursts = [Burst("k", second + place / 50, 0.001 * (2.0 if second == 1 else 1.0), 0.01, 0.02 if second == 2 else 0.01) for second in range(3) for place in range(50)]
    usual, slow, taken, whole = Paces.of([bursts]).turns[0].slower
    assert slow / usual == pytest.approx(2.0, rel=0.05) and taken / usual == pytest.approx(2.0, rel=0.05)
    assert usual < whole < slow


def test_nothing_measured_is_the_usual_pace() -> None:
    assert Paces.of([[], []]) == Paces({}, (USUAL, USUAL))


# Predictions.


@pytest.fixture(scope="module")
def predictor() -> Predictor:
    """Steps of 5 ms and 1 ms a row; attention costs next to nothing."""
    rows, few = row_nodes(128 + 8), np.zeros((len(row_nodes(128 + 8)), 4))
    dense = few.copy()
    dense[:, 0] = 0.005 + 0.001 * rows
    decode, prefill = ((np.full((a.size, b.size, 4), 1e-6)) for a, b in (decode_nodes(8, 2048), prefill_nodes(128, 2048)))
    table = StepTable(dense, few, few, few, decode, prefill, 0.0)
    replica = Replica(table, 16384, "fcfs_chunked_prefill", {"max_batch_tokens": 128, "max_sequences": 8}, page_tokens=64)
    return Predictor(replica, "", 0.0, 0.0)


REQUESTS = tuple(Request(0.2 * i, 40 + 30 * (i % 5), 3 + 5 * (i % 4)) for i in range(24))


def test_a_machine_that_is_slow_throughout_takes_as_many_times_as_long(predictor: Predictor) -> None:
    one, other = predictor.at_pace(Pace((1.5,))).figures(REQUESTS), predictor.priced(1.5, 1.5, 1.5, 1.5).figures(REQUESTS)
    np.testing.assert_allclose(one.ttft, other.ttft)
    np.testing.assert_allclose(one.tpot, other.tpot)
    assert one.throughput == pytest.approx(other.throughput)


def test_only_what_runs_in_a_slow_second_takes_longer(predictor: Predictor) -> None:
    alone = [Request(0.0, 40, 3), Request(10.0, 40, 3)]
    usual, found = (each.figures(alone).ttft for each in (predictor, predictor.at_pace(Pace((*[1.0] * 10, 3.0)))))
    assert found[0] == pytest.approx(usual[0]) and found[1] == pytest.approx(3 * usual[1])


def test_prices_without_errors_give_one_prediction(predictor: Predictor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drawing, "TIMES", 3)
    monkeypatch.setattr(drawing, "KIND", 0.0)
    monkeypatch.setattr(drawing, "TURN", 0.0)
    found = drawing.figures([predictor], [Workload(REQUESTS)])
    assert len(found) == drawing.TIMES + 1 and all(each.named() == found[0].named() for each in found)


def test_drawn_prices_spread_predictions_around_those_as_said(predictor: Predictor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drawing, "TIMES", 10)
    turns = [Workload(REQUESTS), Workload(tuple(replace(request, output_tokens=4) for request in REQUESTS))]
    found = drawing.figures([predictor] * 2, turns)
    ttft = np.array([each.ttft.mean() for each in found])
    assert ttft.min() < ttft[0] < ttft.max() and ttft.std() > 0
    assert all(each.tokens == sum(request.output_tokens for turn in turns for request in turn.requests) for each in found)
    assert [each.named() for each in drawing.figures([predictor] * 2, turns)] == [each.named() for each in found]
