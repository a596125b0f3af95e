"""An agent from recorded runs: its shape, its distributions, the real trace, and bad rows."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from intarsia.compiler.frontends import agent_trace, agents
from intarsia.errors import InputError
from intarsia.ir.distributions import Distribution

HEADER = "backend,task,attempt,turn,kind,name,duration_s,input_tokens,cache_read_tokens,cache_write_tokens,output_tokens"
ROWS = (
    "local,a,1,1,llm,,2,1000,,,50", "local,a,1,1,tool,Bash,1.5,,,,", "local,a,1,1,tool,Read,0.5,,,,", "local,a,1,2,llm,,2,1300,,,60", "local,a,1,2,tool,Read,0.1,,,,",
    "local,a,1,3,llm,,2,900,,,70", "local,b,1,1,llm,,2,1000,,,50", "cloud,c,1,1,llm,,2,3,700,100,9",
)  # fmt: skip


def trace(folder: Path, *rows: str, header: str = HEADER) -> Path:
    path = folder / "steps.csv"
    path.write_text("\n".join((header, *rows)) + "\n")
    return path


def test_runs_become_a_loop_of_turns_and_tools(tmp_path: Path) -> None:
    agent = agent_trace.infer(trace(tmp_path, *ROWS), "m.gguf", backend="local")
    loop = agent["nodes"]["work"]
    assert loop["max_iterations"] == 3 and sorted(loop["iterations"]["values"]) == [1.0, 3.0]
    cases = loop["nodes"]["tools"]["cases"]
    assert {label: case["probability"] for label, case in cases.items()} == {"none": 0.5, "Bash": 0.25, "Read": 0.25}
    assert cases["Bash"]["nodes"]["bash_tool"]["latency"]["values"] == [2.0, 2.0]
    assert sorted(loop["nodes"]["turn"]["new_tokens"]["values"]) == [300.0, 900.0, 1000.0, 1000.0]


def test_a_cache_that_the_trace_speaks_of_counts(tmp_path: Path) -> None:
    turn = agent_trace.infer(trace(tmp_path, *ROWS), "m.gguf", backend="cloud")["nodes"]["work"]["nodes"]["turn"]
    assert turn["prompt_tokens"]["values"] == [803.0, 803.0] and turn["new_tokens"]["values"] == [103.0, 103.0]


def test_it_is_an_agent_like_any_other(tmp_path: Path) -> None:
    path = tmp_path / "agent.yaml"
    path.write_text(json.dumps(agent_trace.infer(trace(tmp_path, *ROWS), "model.gguf", sla={"e2e": "60s", "percentile": 95})))
    agent = agents.read(path)
    assert set(agent.models) == {"llm"} and agent.flow.sla == {"e2e_s": 60.0, "percentile": 95.0}


def test_the_real_runs(real_data: Path) -> None:
    """111 runs of about 51 turns; half of the turns run a shell, and most of a prompt was there the turn before."""
    loop = agent_trace.infer(real_data / "traces" / "agentcgroup" / "steps.csv", "m.gguf", backend="local")["nodes"]["work"]
    turns, turn = Distribution(loop["iterations"]), loop["nodes"]["turn"]
    assert turns.mean() == pytest.approx(50.7, rel=0.03) and loop["max_iterations"] == 145
    assert next(iter(loop["nodes"]["tools"]["cases"])) == "Bash" and loop["nodes"]["tools"]["cases"]["Bash"]["probability"] > 0.5
    assert Distribution(turn["new_tokens"]).mean() < 0.1 * Distribution(turn["prompt_tokens"]).mean()


BAD: dict[str, tuple[tuple[str, ...], dict[str, Any], str]] = {
    "no number": (("local,a,1,1,llm,,2,many,,,50",), {}, r"steps.csv:2: `input_tokens` should be a number, zero or more, found 'many'"),
    "negative": ((*ROWS[:1], "local,a,1,2,tool,Bash,-1,,,,"), {}, r"steps.csv:3: `duration_s`"),
    "another kind": (("local,a,1,1,human,,2,10,,,50",), {}, r"steps.csv:2: `kind` is 'human'"),
    "too few fields": (("local,a,1",), {}, r"steps.csv:2: has fewer fields"),
    "too many fields": ((ROWS[0] + ",x,y",), {}, r"steps.csv:2: has more fields"),
    "no column": (ROWS[:1], {"header": HEADER.replace("turn,", "")}, r"steps.csv:1: lacks the column turn"),
    "nothing": ((), {}, "holds no turn with a prompt"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_traces(name: str, tmp_path: Path) -> None:
    rows, given, words = BAD[name]
    with pytest.raises(InputError, match=words):
        agent_trace.infer(trace(tmp_path, *rows, **given), "m.gguf")


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot read the trace"):
        agent_trace.infer(tmp_path / "nothing.csv", "m.gguf")
