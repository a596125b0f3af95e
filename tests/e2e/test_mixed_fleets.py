"""The example agents on old GPUs, new GPUs and CPUs: what the command prints, its files, its front, and what it refuses."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from intarsia.compiler import cli
from intarsia.compiler.frontends import agents
from intarsia.compiler.frontends import fleet as fleets
from tests.mixed_fleets import FOLDER, small_agent

FLEET = "H100-SXM + A40 + EPYC-9554"
TWO = "A40 + EPYC-9554"
RATE = "rate=1/s,prompt_tokens=300,output_tokens=50"
RUN = CliRunner()


def plan(*arguments: str) -> tuple[int, str, str]:
    found = RUN.invoke(cli.app, ["plan", *arguments])
    return found.exit_code, found.stdout, found.stderr


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_agent(tmp_path_factory.mktemp("agent"))


def test_every_agent_is_read() -> None:
    groups, links = fleets.read(FOLDER / "fleet.yaml")
    assert {group.device.kind for group in groups} == {"gpu", "cpu"} and len(links) >= 10
    for name in ("voice_agent.yaml", "researcher_langgraph.json", "fact_finder_agentspec.yaml"):
        assert agents.read(FOLDER / name).models


def test_a_plan_as_json(small: Path, tmp_path: Path) -> None:
    lp = tmp_path / "plan.lp"
    code, out, err = plan(str(small), "--fleet", FLEET, "--workload", RATE, "--json", "--write-lp", str(lp), "--time-limit", "6")
    assert code == 0, err
    found = json.loads(out)
    places = {row["task"]: row["device"] for row in found["places"]}
    assert places["pages"] == "epyc_9554" and set(places) >= {"heard", "query.prefill", "answer.decode", "spoken"}
    assert found["bound"] <= found["value"] and found["within"] >= 0.95 and found["objective"] == "hourly" and "x_heard_" in lp.read_text()


def test_what_is_printed(small: Path) -> None:
    code, out, err = plan(str(small), "--fleet", FLEET, "--workload", RATE, "--objective", "energy", "--time-limit", "6")
    assert code == 0, err
    assert "an hour." in out and "gap" in out and "End to end" in out and "end within the goal of 8 s" in out


def test_a_front(small: Path) -> None:
    code, out, err = plan(str(small), "--fleet", FLEET, "--workload", RATE, "--pareto", "3", "--json", "--objective", "cost")
    assert code == 0, err
    front = json.loads(out)
    costs, times = ([row[key] for row in front] for key in ("usd_per_request", "percentile_s"))
    assert costs == sorted(costs) and times == sorted(times, reverse=True) and len(front) >= 2


def test_what_does_not_fit_is_said(small: Path) -> None:
    code, _, err = plan(str(small), "--fleet", TWO, "--workload", RATE, "--slo", "e2e=300ms,percentile=95")
    assert code == 2 and "the quickest placement needs" in err and "0.3 allowed" in err
    code, _, err = plan(str(small), "--fleet", TWO, "--workload", "rate=100000/s,prompt_tokens=300,output_tokens=50")
    assert code == 2 and "devices needed" in err
    code, _, err = plan(str(small), "--fleet", TWO, "--workload", RATE, "--objective", "throughput")
    assert code == 2 and "not planned for throughput" in err
    code, _, err = plan(str(small), "--fleet", TWO, "--workload", RATE, "--time-limit", "0")
    assert code == 2 and "time limit greater than zero" in err


def test_the_script_for_traces(tmp_path: Path) -> None:
    spec = importlib.util.spec_from_file_location("from_trace", FOLDER / "from_trace.py")
    assert spec and spec.loader
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    steps = tmp_path / "steps.csv"
    steps.write_text("task,attempt,turn,kind,name,duration_s,input_tokens,output_tokens\na,1,1,llm,,2,1000,50\na,1,1,tool,Bash,1.5,,\na,1,2,llm,,1,1200,60\n")
    assert script.main([str(steps), "-o", str(tmp_path / "agent.yaml")]) == 0
    assert set(agents.read(tmp_path / "agent.yaml").models) == {"llm"}
