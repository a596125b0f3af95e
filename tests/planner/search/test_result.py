"""A search's result: published schema, other goals, another rate."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest

from intarsia.errors import InputError
from intarsia.planner.search import bands, explain, result, search
from intarsia.planner.search.evaluate import Simulator
from intarsia.planner.search.prices import Pricer
from intarsia.planner.search.problem import Goals
from intarsia.planner.search.search import Options
from tests.planner.search.samples import problem, requests

DOCS = Path(__file__).resolve().parents[3] / "docs"


@pytest.fixture(scope="module")
def found() -> search.Found:
    asked = problem(workload=requests(30, 6.0))
    pricer = Pricer(asked)
    return search.search(asked, Options(simulations=4, tunings=0, engine="serial"), pricer, Simulator(asked, pricer.tables))


@pytest.fixture(scope="module")
def made(found: search.Found) -> result.Result:
    return result.of(found, explain.why(found), {"source": "x"})


def test_json_reads_back_equal(made: result.Result) -> None:
    assert result.decode(result.encode(made)) == made
    assert json.loads(result.encode(made))["schema"] == result.SCHEMA


def test_the_published_schema_is_current() -> None:
    assert (DOCS / "search-schema.json").read_text() == result.json_schema(), "write it with intarsia.planner.search.result.json_schema()"


def test_deployments_read_back(made: result.Result, found: search.Found) -> None:
    assert [result.deployment(plan) for plan in made.plans] == [plan.candidate.deployment for plan in found.plans]


def test_bands_surround_their_figures(made: result.Result) -> None:
    for plan in made.plans:
        for figure in (plan.ttft_s, plan.tpot_s, plan.tokens_per_s):
            assert figure.low < figure.value < figure.high


def test_other_goals_rank_again(made: result.Result) -> None:
    """Loose goals are met by all, so the cheapest comes first; goals that none meets put the most good requests first."""
    loose = result.ranked_again(made, Goals(ttft_s=100.0), "")
    assert all(plan.meets_goals and plan.good == 1.0 for plan in loose.plans)
    assert loose.plans[0].usd_per_h == min(plan.usd_per_h for plan in made.plans)
    tight = result.ranked_again(made, Goals(ttft_s=1e-9), "")
    assert not any(plan.meets_goals for plan in tight.plans) and tight.goals == {"ttft_s": 1e-9, "percentile": 95.0}
    by_ttft = result.ranked_again(made, Goals(), "ttft")
    assert [plan.ttft.p95 for plan in by_ttft.plans] == sorted(plan.ttft.p95 for plan in made.plans)
    assert [plan.rank for plan in by_ttft.plans] == [1, 2, 3, 4]


@pytest.mark.parametrize("text", [b"", b"{}", b"\xff", b'{"schema": 1}'])
def test_what_is_no_result_is_refused(text: bytes) -> None:
    with pytest.raises(InputError, match="no result of"):
        result.decode(text)


def test_another_schema_is_refused(made: result.Result) -> None:
    with pytest.raises(InputError, match="has schema 99"):
        result.decode(result.encode(made).replace(b'"schema": 1', b'"schema": 99'))


def test_a_result_without_plans_is_refused(made: result.Result) -> None:
    with pytest.raises(InputError, match="holds no plan"):
        result.decode(result.encode(msgspec.structs.replace(made, plans=[])))


def test_bands_are_what_the_validation_found() -> None:
    rows = [{"metric": f"{figure}, {name}, median of {count}", "value": value} for figure in ("TTFT", "TPOT", "throughput") for name, count, value in (("all", 500, 12.0), ("vllm", 20, 50.0), ("disaggregated", 300, 40.0))]
    made = bands.of_rows(rows)
    assert made["tpot"] == {"all": 0.12, "disaggregated": 0.4}, "too few rows say nothing of an engine"
    with pytest.raises(ValueError, match="nothing of throughput"):
        bands.of_rows(rows[:6])
    for figure in bands.FIGURES:
        assert all(0 < bands.band(figure, engine, mode) < 1 for engine in ("vllm", "trtllm", "sglang", "none") for mode in ("aggregated", "disaggregated"))
    assert bands.band("ttft", "vllm") < bands.band("ttft", "vllm", "disaggregated")
