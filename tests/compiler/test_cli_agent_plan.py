"""`intarsia plan` of an agent on a mixed fleet: rows, JSON, a front, and the rate that was asked for."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from intarsia.compiler import agent_plan, cli, pipeline
from intarsia.planner.placement.agents import writing
from tests.mixed_fleets import FOLDER, small_agent

invoke = CliRunner().invoke
FLEET = "2xH100-SXM + 4xA40 + EPYC-9554"


@pytest.fixture(scope="module")
def agent(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_agent(tmp_path_factory.mktemp("agent"))


def planned(agent: Path, *more: str) -> Any:
    """It ends once the placement is proven, long before the limit; five seconds were too few on a busy machine."""
    done = invoke(cli.app, ["plan", str(agent), "--fleet", FLEET, "--objective", "hourly", "--time-limit", "60", *more])
    assert done.exit_code == 0, done.output
    return done


def test_more_requests_cost_more_an_hour_and_each_goal_holds(agent: Path) -> None:
    few, many = (json.loads(planned(agent, "--rate", f"{rate}/s", "--json").stdout) for rate in (0.5, 30))
    assert many["usd_per_h"] > few["usd_per_h"] >= few["bound"] - 1e-9
    for found in (few, many):
        assert found["within"] >= 0.95 and {place["task"] for place in found["places"]} >= {"heard", "answer.decode", "spoken"}


def test_whoever_gives_a_rate_is_told_dollars_an_hour() -> None:
    module, _ = pipeline.lower(pipeline.Inputs(str(FOLDER / "voice_agent.yaml"), str(FOLDER / "fleet.yaml")), pipeline.Options(stop_after="ops"))
    assert writing.objective_of(module) == "cost"
    agent_plan.set_rate(module, 2.0)
    assert writing.objective_of(module) == "hourly"


def test_the_table_says_what_was_found(agent: Path) -> None:
    text = planned(agent, "--rate", "1/s").stdout
    for words in ("answer.decode", "replicas", "an hour", "bound", "gap"):
        assert words in text
