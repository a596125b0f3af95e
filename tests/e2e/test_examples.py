"""The examples are true: each is compiled and run, planned for, or read, as the documents say."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import intarsia
from intarsia import runtime
from intarsia.compiler import measure
from intarsia.compiler.frontends import traces
from intarsia.ir.module import attribute

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
RUNS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "agentspec_flow.yaml": ({"question": "What is MLIR?"}, {"web_search": lambda query: "MLIR is a compiler infrastructure."}),
    "langgraph_graph.json": ({"state": {"question": "What is MLIR?"}}, measure.tools_in(EXAMPLES / "agents" / "langgraph_tools.py")),
    "review.yaml": ({}, {"log": lambda message: "noted"}),
}
"""The inputs of each agent, and the tools that it calls."""


def test_every_agent_is_run() -> None:
    assert {path.name for path in (EXAMPLES / "agents").iterdir() if path.suffix in (".yaml", ".json")} == set(RUNS)


@pytest.mark.slow
@pytest.mark.usefixtures("smollm2")
@pytest.mark.parametrize("name", sorted(RUNS))
def test_an_agent_is_compiled_and_run(name: str, tmp_path: Path) -> None:
    inputs, tools = RUNS[name]
    compiled = intarsia.compile(EXAMPLES / "agents" / name, directory=tmp_path / "build")
    for driver in ("cpu", "null"):
        with runtime.load(compiled.directory, tools=tools, driver=driver) as engine:
            result = engine.run(inputs)
        assert result.outputs
        assert any(task.name.endswith(".decode") for task in result.tasks)


@pytest.mark.usefixtures("smollm2", "minilm")
def test_fleet_and_workload_can_be_planned_for() -> None:
    planned = intarsia.plan(EXAMPLES / "docs_assistant" / "agent.yaml", fleet=EXAMPLES / "fleets" / "mixed.yaml", workload=EXAMPLES / "workloads" / "chat.yaml")
    assert {attribute(deploy, "device") for deploy in planned.module.ops("plan.deploy")} <= {"h100", "l4", "host"}


@pytest.mark.parametrize("trace", sorted(path.name for path in (EXAMPLES / "traces").iterdir() if path.suffix in (".csv", ".jsonl")))
def test_a_trace_is_read(trace: str) -> None:
    assert len(traces.read(EXAMPLES / "traces" / trace).requests) > 10
