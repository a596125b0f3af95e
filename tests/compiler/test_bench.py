"""`intarsia bench`: what is replayed, that simulation and runtime schedule alike, and a replay of a tiny model."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from intarsia.compiler import cli
from intarsia.compiler.bench import compare, drawing, loads, predict, recalibrate, replay, steps
from intarsia.compiler.bench.noting import Taken
from intarsia.compiler.bench.replay import Answered, Asked, Replay
from intarsia.compiler.bench.run import Wanted, run
from intarsia.compiler.probes import programs
from intarsia.cost_models.cost import Setup
from intarsia.cost_models.devices import files, this_machine
from intarsia.errors import InputError, RuntimeFailure
from intarsia.ir.workload import Request
from intarsia.runtime.bundle import open_bundle
from tests import models

invoke = CliRunner().invoke


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny model, compiled for one thread."""
    folder = tmp_path_factory.mktemp("bench")
    source = models.tiny_gguf(folder / "tiny.gguf")
    done = invoke(cli.app, ["compile", str(source), "-o", str(folder / "build"), "--threads", "1", "--context", "256", "--max-sequences", "4", "--json"], env={"INTARSIA_CACHE": str(folder / "cache")})
    assert done.exit_code == 0, done.output
    return folder / "build"


@pytest.fixture(scope="module")
def predictor(bundle: Path) -> predict.Predictor:
    """Of a machine that is estimated, as one without a calibration is."""
    return predict.predictor(open_bundle(bundle), "tiny", device=this_machine.estimate())


@pytest.fixture
def known_table(predictor: predict.Predictor, monkeypatch: pytest.MonkeyPatch) -> None:
    """The model isn't priced anew, which takes most of the time of a prediction: for tests of what is said beside the figures."""
    monkeypatch.setattr(predict.StepTable, "of_phases", staticmethod(lambda *_: predictor.replica.table))


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And few drawings of prices, which take most of the time of a prediction."""
    monkeypatch.setenv("INTARSIA_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(drawing, "TIMES", 2)


def azure(path: Path, rows: list[tuple[float, int, int]]) -> Path:
    """A trace in Azure's format."""
    lines = [f"2023-11-16 18:{int(t) // 60:02d}:{t % 60:09.6f},{prompt},{output}" for t, prompt, output in rows]
    path.write_text("\n".join(["TIMESTAMP,ContextTokens,GeneratedTokens", *lines]) + "\n")
    return path


# Loads.


def test_a_trace_is_thinned_scaled_and_cut(tmp_path: Path) -> None:
    trace = azure(tmp_path / "t.csv", [(i, 400 + i, 40) for i in range(100)] + [(100, 9000, 10)])
    found = loads.material(trace, 20, seed=3, scale=0.1, longest=60)
    (drawn,) = found.drawn
    requests = drawn.requests
    assert len(requests) == 20 and requests[0].arrival_s == 0.0
    assert all(r.prompt_tokens + r.output_tokens <= 60 and r.output_tokens == 4 for r in requests)
    assert drawn.rate_per_s == pytest.approx(1.0)
    assert any("multiplied by 0.1" in note for note in found.notes) and any("are longer than the 60 tokens" in note for note in found.notes)
    assert loads.material(trace, 20, seed=3, scale=0.1, longest=60) == found
    assert loads.material(trace, 20, seed=4, scale=0.1, longest=60) != found


def test_without_a_trace_requests_are_generated_and_said_to_be() -> None:
    found = loads.material(None, 30, seed=0, scale=1.0, longest=2048)
    assert 2 <= len(found.requests) <= 30 and "generated" in found.notes[0]


def test_no_request_is_drawn_twice_before_few_are_left(tmp_path: Path) -> None:
    trace = azure(tmp_path / "t.csv", [(i, 100 + i, 4) for i in range(50)])
    found = loads.material(trace, 20, seed=0, scale=1.0, longest=2000, times=4)
    prompts = [{request.prompt_tokens for request in each.requests} for each in found.drawn]
    assert [len(each) for each in prompts] == [20] * 4
    assert not prompts[0] & prompts[1] and not prompts[2] & prompts[3] and prompts[0] != prompts[2]
    assert all(each.requests[0].arrival_s == 0.0 and each.rate_per_s == pytest.approx(1.0) for each in found.drawn)
    assert {len(each) for each in loads.material(trace, 80, 0, 1.0, 2000, times=3).drawn} == {50}


@given(st.integers(2, 60), st.integers(0, 5), st.floats(0.05, 1.0))
def test_requests_always_fit(count: int, seed: int, scale: float) -> None:
    found = loads.material(None, count + 10, seed, scale, longest=2000)
    assert all(r.prompt_tokens >= 2 and r.output_tokens >= 2 and r.prompt_tokens + r.output_tokens <= 2000 for r in found.requests)
    assert all(each.rate_per_s == pytest.approx(1.0) for each in found.drawn)


def test_traces_that_say_nothing_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="fit the 50 tokens"):
        loads.material(azure(tmp_path / "long.csv", [(i, 400, 40) for i in range(9)]), 5, 0, 1.0, 50)
    with pytest.raises(InputError, match="arrive at once"):
        loads.material(azure(tmp_path / "burst.csv", [(0, 4, 4)] * 9), 5, 0, 1.0, 50)
    with pytest.raises(InputError, match="above 0 and at most 1"):
        loads.material(None, 5, 0, 0.0, 50)


def test_loads_are_names_or_shares() -> None:
    assert loads.chosen("light, 1.2") == {"light": loads.LOADS["light"], "1.2": 1.2}
    for wrong in ("heavy", "0", "-1", "nan", ""):
        with pytest.raises(InputError):
            loads.chosen(wrong)


# Figures.


def test_figures_of_a_replay() -> None:
    """Two requests: 3 tokens from 1 s to 2 s after an arrival at 0; 5 tokens from 3 s to 5 s after an arrival at 2."""
    requests = (Request(0.0, 4, 3), Request(2.0, 4, 5))
    found = compare.measured((Answered(0, 0.0, 0.01, 0.1, 1.0, 2.0), Answered(1, 2.0, 2.01, 2.1, 3.0, 5.0)), requests)
    assert found.throughput == pytest.approx(8 / 5)
    np.testing.assert_allclose(found.ttft, [1.0, 1.0])
    np.testing.assert_allclose(found.tpot, [0.5, 0.5])


def test_rows_have_errors_and_their_medians_have_targets() -> None:
    one = compare.Figures(10.0, 1.0, np.array([1.0, 2.0]), np.array([0.1]))
    other = compare.Figures(8.0, 1.0, np.array([1.0, 1.0]), np.array([0.1]))
    found = compare.rows("near", 2.0, [one], other, 0.1)
    alone = {row["figure"]: row for row in found}
    assert (alone["throughput"]["error"], alone["throughput"]["met"], alone["TPOT mean"]["met"]) == (pytest.approx(0.25), False, True) and "met" not in alone["TTFT p50"]
    medians = {row["figure"]: (row["error"], row["met"]) for row in compare.summary(found)}
    assert medians["throughput, median error"] == (pytest.approx(0.25), False)
    assert medians["TPOT mean, median error"] == (0.0, True)
    assert compare.summary(compare.rows("near", 2.0, [one], None, 0.1)) == []


def test_a_row_has_the_mean_over_drawings_of_prices_and_their_range() -> None:
    drawn = [compare.Figures(10.0 * i, 1.0, np.array([1.0]), np.zeros(0)) for i in range(1, 12)]
    row = compare.rows("near", 2.0, drawn, None, 0.1)[0]
    assert (row["predicted"], row["low"], row["high"], row["measured"], row["error"]) == (60.0, 20.0, 100.0, None, None)


def test_replays_of_a_load_are_pooled() -> None:
    """Three times as long with twice the tokens, and three more requests."""
    runs = [compare.Figures(10.0, 1.0, np.array([1.0]), np.array([0.1])), compare.Figures(20.0, 3.0, np.array([2.0, 3.0, 6.0]), np.zeros(0))]
    found = compare.Figures.pooled(runs)
    assert found.throughput == 7.5 and found.ttft.mean() == 3.0 and found.tpot.tolist() == [0.1]


# Replays.


def test_what_is_measured_anew_is_what_the_model_launches(bundle: Path) -> None:
    """The tiny model's weights are Q4_1 and Q8_0; two query heads share a KV head."""
    opened = open_bundle(bundle)
    deploy = opened.models["tiny"]["deploy"]
    found = recalibrate.prefixes(predict.phase_costs(opened, "tiny"), Setup(this_machine.estimate(), 1, deploy["precision"], deploy["kv_dtype"]))
    assert any(name.startswith("matmul.q") for name in found) and {"attention.f16.2.", "prefill.f16.2."} <= set(found)
    assert all(any(probe.key.startswith(name) for probe in programs.probes()) for name in found if not name.startswith("moe_matmul"))


def test_a_machine_without_calibration_has_nothing_to_renew(bundle: Path) -> None:
    with recalibrate.recalibration(predict.phase_costs(open_bundle(bundle), "tiny"), Setup(this_machine.estimate(), 1)) as renewal:
        assert renewal is None


def test_kernels_are_measured_between_the_steps_of_a_replay(bundle: Path) -> None:
    """The steps of a tiny model owe little: some kernels come up, in the replay's time and with the seconds that they took."""
    keys = ("matmul.q4.a8.1", "matmul.q4.a8.32", "attention.f16.2.16")
    found = replay.replay(Asked(bundle, "tiny", tuple(Request(0.01 * i, 40, 20) for i in range(8)), probes=keys))
    assert found.complete and found.bursts and {burst.key for burst in found.bursts} <= {"launch", *keys}
    assert all(burst.seconds > 0 and burst.passed_s > 0 and 0 <= burst.at <= found.answered[-1].end for burst in found.bursts)


def test_simulation_and_runtime_schedule_alike(bundle: Path, predictor: predict.Predictor) -> None:
    requests = [Request(0.01 * i, 5 + i, 3) for i in range(6)]
    seen: list[int] = []
    found = replay.replay(Asked(bundle, "tiny", tuple(requests)), seen.append)
    assert found.complete and [a.place for a in found.answered] == list(range(6)) and seen[-1] == 6
    for each, request in zip(found.answered, requests, strict=True):
        assert request.arrival_s == each.due <= each.sent <= each.start <= each.first <= each.end
    predictor.check_scheduler(found.scheduler)
    assert sum(rows for step in found.steps for rows, _, _ in step.sequences) == sum(request.prompt_tokens + request.output_tokens - 1 for request in requests)
    alike, measured = steps.played(predictor.fresh_scheduler(), requests, found.steps), compare.measured(found.answered, tuple(requests))
    np.testing.assert_allclose(alike.ttft, measured.ttft, atol=0.05)
    np.testing.assert_allclose(alike.tpot, measured.tpot, atol=0.05)
    assert sum(each.count for each in steps.account(predictor.replica.table, found.steps).values()) == len(found.steps)
    with pytest.raises(RuntimeFailure, match="but the simulation by"):
        predictor.check_scheduler(found.scheduler.replace("max_sequences", "fewer_sequences"))


def taken(begin: float, seconds: float, *sequences: tuple[int, int, bool], requests: int = 1) -> Taken:
    return Taken(begin, begin + seconds, sequences, requests)


PROMPT, FIRST, SECOND = taken(1.0, 2.0, (5, 0, True)), taken(3.001, 0.5, (1, 5, True)), taken(3.502, 0.5, (1, 6, True))
"""A request of five tokens at 0.5 s: its prompt, and two more tokens."""


def test_the_measured_steps_give_the_measured_figures(predictor: predict.Predictor) -> None:
    found = steps.played(predictor.fresh_scheduler(), [Request(0.5, 5, 3)], [PROMPT, FIRST, SECOND])
    assert found.ttft.tolist() == [2.5] and found.tpot == pytest.approx([(4.002 - 3.0) / 2]) and found.throughput == pytest.approx(3 / 3.502)


def test_another_batch_than_the_schedulers_is_found(predictor: predict.Predictor) -> None:
    for wrong in ([FIRST], [PROMPT, PROMPT], [taken(1.0, 2.0, (4, 0, False))]):
        with pytest.raises(RuntimeFailure, match="decides on another batch"):
            steps.played(predictor.fresh_scheduler(), [Request(0.5, 5, 3)], wrong)


def test_steps_are_accounted_for_by_kind_with_python_between_them(predictor: predict.Predictor) -> None:
    table = predictor.replica.table
    found = steps.account(table, [PROMPT, FIRST, SECOND, taken(9.0, 0.25, (3, 0, True)), taken(9.251, 0.1, (2, 3, False), (1, 8, True), requests=2)])
    assert {kind: (each.count, pytest.approx(each.taken_s)) for kind, each in found.items()} == {"after a rest": (2, 2.25), "decoding": (2, 1.002), "with prompts": (1, 0.101)}
    assert found["decoding"].predicted_s == pytest.approx(float(table.decode_seconds(1, 6) + table.decode_seconds(1, 7)))


@pytest.mark.usefixtures("known_table")
def test_a_calibration_without_rests_is_said_to_lack_them(bundle: Path, tmp_path: Path) -> None:
    lacking = replace(this_machine.estimate(), rates={"disk": 1e9}, sources=this_machine.estimate().sources | {"rates": "measured"})
    wanted = Wanted(count=6, scale=0.05, measure=False)
    for device, said in ((lacking, True), (replace(lacking, rest_s={"1": 0.005}, sources=lacking.sources | {"rest_s": "measured"}), False)):
        files.write(device, tmp_path / "cache" / "local.toml")
        assert any("takes longer after a rest" in note for note in run(bundle, wanted).notes) == said
    assert predict.predictor(open_bundle(bundle), "tiny").replica.rest.after(2.0) == 0.005


def test_predictions_follow_the_load(predictor: predict.Predictor) -> None:
    (requests,) = loads.material(None, 40, 0, 0.1, 200).drawn
    saturation = predictor.saturation(requests.requests)
    light, over = (predictor.figures(requests.at_rate(share * saturation).requests) for share in (0.3, 3.0))
    assert light.throughput < over.throughput and light.ttft.mean() < over.ttft.mean()
    assert light.tpot.min() > 0


def test_what_the_replay_raises_reaches_the_caller(bundle: Path) -> None:
    with pytest.raises(InputError, match="no model"):
        replay.replay(Asked(bundle, "nobody", (Request(0.0, 4, 2),)))


def test_an_interrupt_ends_the_replay_early(bundle: Path) -> None:
    """The second request would come in an hour."""
    interrupted: list[int] = []

    def progress(done: int) -> None:
        if done and not interrupted:
            interrupted.append(done)
            raise KeyboardInterrupt

    found = replay.replay(Asked(bundle, "tiny", (Request(0.0, 5, 3), Request(3600.0, 5, 3))), progress)
    assert interrupted == [1] and not found.complete and [a.place for a in found.answered] == [0]


@pytest.mark.usefixtures("known_table")
def test_an_interrupted_replay_gives_what_there_is(bundle: Path, predictor: predict.Predictor, monkeypatch: pytest.MonkeyPatch) -> None:
    done = (Answered(0, 0.0, 0.0, 0.1, 0.2, 0.3),)
    monkeypatch.setattr(replay, "replay", lambda *a, **k: Replay(predictor.scheduler, done, False))
    found = run(bundle, Wanted(count=10, scale=0.05))  # not the other loads, and not again
    assert {row["load"] for row in found.rows} == {"light", "all"}
    assert any(note.startswith("light: other programs took ") for note in found.notes)
    assert "interrupted during the load light" in found.notes[-1]


def test_the_command_prints_predicted_beside_measured(bundle: Path) -> None:
    done = invoke(cli.app, ["bench", str(bundle), "--requests", "6", "--scale-tokens", "0.05", "--rate", "40", "--repeats", "2", "--json"])
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    assert {"load", "rate_per_s", "figure", "unit", "predicted", "low", "high", "measured", "band", "error", "replays"} <= set(found[0])
    assert found[0]["figure"] == "throughput" and found[0]["replays"] == 2 and found[0]["predicted"] > 0 and found[0]["measured"] > 0
    assert found[-1]["load"] == "all" and found[-1]["target"] == 0.2


@pytest.mark.usefixtures("known_table")
def test_predictions_alone_need_no_replay(bundle: Path) -> None:
    done = invoke(cli.app, ["bench", str(bundle), "--requests", "6", "--scale-tokens", "0.05", "--predict-only"])
    assert done.exit_code == 0 and "throughput" in done.stdout and "near: mean TPOT is predicted as" in done.stderr


@pytest.mark.usefixtures("known_table")
@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--rate", "0"], "above zero"), (["--loads", "some"], "unknown load"), (["--model", "x"], "no decoder 'x'"), (["--rate", "1e-300"], "arrival_s must lie in"),
        (["--rate", "3", "--loads", "light"], "--rate is the one load"), (["--scale-tokens", "nan"], "at most 1, found nan"), (["--workload", "none.csv"], "cannot read the trace"),
        (["--repeats", "0"], "Invalid value for '--repeats'"),
    ],
)  # fmt: skip
def test_mistakes_are_one_line(bundle: Path, options: list[str], message: str) -> None:
    done = invoke(cli.app, ["bench", str(bundle), *options])
    assert done.exit_code == 2 and message in done.output and done.stderr.count("error: ") == 1
