"""One request of an agent as a task graph: what is unrolled, what waits for what, and where it may run."""

from __future__ import annotations

from pathlib import Path

import pytest

from intarsia.compiler import pipeline
from intarsia.errors import InfeasibleError
from intarsia.planner.placement.agents import reading
from intarsia.planner.placement.dag import agents
from intarsia.planner.placement.dag.problem import Instance
from intarsia.planner.placement.dag.schedule import schedule
from intarsia.planner.validate import schedule_problems

ROOT = Path(__file__).resolve().parents[3]
AGENT = """
agent: trip
models: {{llama: {model}}}
inputs: {{question: {{description: "Where to?"}}}}
nodes:
  plan: {{kind: llm, model: llama, prompt: "Plan {{question}}", prompt_tokens: 200, output_tokens: 20}}
  each:
    kind: map
    over: plan
    fan_out: 4
    parallel: 2
    as: place
    result: page
    nodes:
      page: {{kind: tool, tool: search, arguments: {{query: place}}, latency: 1s}}
  answer: {{kind: llm, model: llama, prompt: "{{each}}", prompt_tokens: 500, output_tokens: 40}}
results: {{answer: answer}}
"""
FLEET = """
devices:
  v100: {device: V100-32GB-SXM, count: 8, rent_usd_per_h: 0.55}
  b200: {device: B200, count: 8, rent_usd_per_h: 5.29}
  cpu: {device: EPYC-9554, count: 4, rent_usd_per_h: 1.60}
links:
  - {between: [v100, b200], kind: ethernet, bandwidth: 100Gb/s, latency: 20us}
  - {between: [v100, cpu], kind: ethernet, bandwidth: 100Gb/s, latency: 20us}
  - {between: [b200, cpu], kind: ethernet, bandwidth: 100Gb/s, latency: 20us}
"""


def instance_of(source: Path, fleet: str) -> Instance:
    module, _ = pipeline.lower(pipeline.Inputs(str(source), fleet), pipeline.Options(stop_after="ops"))
    return agents.from_reading(reading.read(module))


def before(made: Instance) -> dict[str, set[str]]:
    return {name: {made.names[b] for b, _ in made.before[i]} for i, name in enumerate(made.names)}


def test_the_voice_agents_loop_is_unrolled_and_scheduled_on_old_and_new_devices(tmp_path: Path) -> None:
    (tmp_path / "fleet.yaml").write_text(FLEET)
    made = instance_of(ROOT / "examples/mixed_fleets/voice_agent.yaml", str(tmp_path / "fleet.yaml"))
    waits = before(made)
    assert waits["heard"] == set() and waits["query.prefill#1"] >= {"heard"} and waits["pages#1"] >= {"query.decode#1"}
    assert "enough.decode#1" in waits["query.prefill#2"] and "query.prefill#3" not in waits  # 1.6 turns on average
    assert waits["spoken"] >= {"answer.decode"}
    assert [p for p in made.processors if p.startswith("b200")] == [f"b200[{i}]" for i in range(8)]
    found = schedule(made, time_limit_s=10, exact=False)
    assert schedule_problems(made, found.schedule.tasks) == []
    assert found.schedule.makespan >= found.bound > 0
    moved = [size for a, b, size in made.edges if (made.names[a], made.names[b]) == ("answer.prefill", "answer.decode")]
    assert moved and moved[0] > 1e6  # a KV cache of megabytes


def test_a_map_runs_as_many_items_side_by_side_as_it_says(tmp_path: Path) -> None:
    (tmp_path / "trip.yaml").write_text(AGENT.format(model=ROOT / "examples/mixed_fleets/models/llama-3-8b/config.json"))
    (tmp_path / "fleet.yaml").write_text(FLEET)
    made = instance_of(tmp_path / "trip.yaml", str(tmp_path / "fleet.yaml"))
    waits = before(made)
    pages = sorted(name for name in made.names if name.startswith("page"))
    assert len(pages) == 4
    assert [any(other.startswith("page") for other in waits[name]) for name in pages] == [False, False, True, True]
    assert waits["answer.prefill"] >= set(pages[2:])
    assert schedule(made, exact=False).schedule.makespan > 2.0  # two rounds of a second


def test_a_model_that_no_single_device_holds_is_said(tmp_path: Path) -> None:
    (tmp_path / "trip.yaml").write_text(AGENT.format(model=ROOT / "examples/mixed_fleets/models/llama-3-70b/config.json"))
    (tmp_path / "fleet.yaml").write_text("devices:\n  a40: {device: A40, count: 8}\n")
    with pytest.raises(InfeasibleError, match="fits no"):
        instance_of(tmp_path / "trip.yaml", str(tmp_path / "fleet.yaml"))
