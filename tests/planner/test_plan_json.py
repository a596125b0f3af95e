"""plan.json: complete, stable, published."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from intarsia.errors import InputError
from intarsia.ir.module import Module
from intarsia.planner import plan, plan_json
from tests.planner.samples import SMALL, branching, cpu, module

DOCS = Path(__file__).resolve().parents[2] / "docs"


@pytest.fixture(scope="module")
def made() -> plan_json.Plan:
    return plan_json.from_module(plan.run(module({"m": (SMALL, "q4_1")}, {"host": (cpu(), 1)}, branching("m"), slo={"e2e_s": 60.0})))


def test_it_holds_everything_that_was_planned(made: plan_json.Plan) -> None:
    assert [d.device for d in made.devices] == ["host"]
    assert [d.model for d in made.deployments] == ["m"]
    assert {p.task for p in made.placements} == {f"{n}.{p}" for n in ("decide", "short", "long") for p in ("prefill", "decode")} | {"search"}
    assert set(made.estimates) == {"agent", "m", "m_prefill", "m_decode"}
    assert {a.phase for a in made.arenas} == {"m_prefill", "m_decode"}
    assert [a.rank for a in made.alternatives] == [1, 2, 3, 4]
    assert made.solver is not None and made.solver.gap < 1e-6 and made.solver.variables > 0
    assert made.goals == {"e2e_s": 60.0}


def test_operators_of_a_phase_add_up_to_its_seconds(made: plan_json.Plan) -> None:
    found = made.estimates["m_decode"]
    assert sum(o.count * o.seconds for o in found.operators) == pytest.approx(found.metrics["seconds"])


def test_buffers_of_an_arena_lie_within_it(made: plan_json.Plan) -> None:
    for arena in made.arenas:
        assert arena.bound <= arena.bytes == max(b.offset + b.bytes for b in arena.buffers)


def test_json_reads_back_equal(made: plan_json.Plan) -> None:
    assert plan_json.decode(plan_json.encode(made)) == made
    assert json.loads(plan_json.encode(made))["schema"] == plan_json.SCHEMA


@pytest.mark.parametrize("text", [b"", b"{}", b'{"schema": "one"}', b"\xff", b"[1, 2"])
def test_what_is_no_plan_is_refused(text: bytes) -> None:
    with pytest.raises(InputError, match=r"no plan\.json"):
        plan_json.decode(text)


def test_another_schema_is_refused(made: plan_json.Plan) -> None:
    text = plan_json.encode(made).replace(b'"schema": 2', b'"schema": 99')
    with pytest.raises(InputError, match="has schema 99, this version reads 1 and 2"):
        plan_json.decode(text)


def test_a_plan_of_the_version_before_is_read_and_has_no_tiers(made: plan_json.Plan) -> None:
    values = json.loads(plan_json.encode(made))
    del values["tiers"]
    old = plan_json.decode(json.dumps(values | {"schema": 1}))
    assert old.tiers == [] and old.placements == made.placements


def test_all_bytes_of_a_model_have_a_home(made: plan_json.Plan) -> None:
    deploy, tiers = made.deployments[0], {tier.data: tier for tier in made.tiers}
    assert {data: tier.bytes for data, tier in tiers.items()} == {"weights": deploy.weight_bytes, "kv": deploy.kv_bytes, "activations": max(arena.bytes for arena in made.arenas)}
    assert all(tier.model == "m" and tier.shares == {"dram": 1.0} and not tier.window for tier in tiers.values())


def test_streamed_layers_are_told_apart() -> None:
    host = cpu(rates={"disk": 1e9})
    planned = plan.run(module({"m": (replace(SMALL, layers=12), "q4_0")}, {"host": (host, 1)}, knobs={"memory_bytes": 4_500_000, "context": 64, "max_sequences": 1}))
    found = plan_json.from_module(planned)
    layers, rest = (tier for tier in found.tiers if tier.data == "weights")
    assert (layers.first, layers.count) == (0, 12) and layers.window >= layers.bytes - layers.resident > 0 and set(layers.shares) == {"dram", "disk"}
    assert 12 * layers.resident + layers.window + rest.bytes == found.deployments[0].weight_bytes
    assert sum(tier.bytes for tier in found.tiers if not tier.count) + 12 * layers.resident + layers.window <= 4_500_000
    assert plan_json.decode(plan_json.encode(found)) == found


def test_the_published_schema_is_the_one_in_force() -> None:
    assert (DOCS / "plan-schema.json").read_text() == plan_json.schema_text()


def test_a_golden_plan(golden, made: plan_json.Plan) -> None:  # type: ignore[no-untyped-def]
    """The choices for a small agent on a fixed device, without times of the solver."""
    chosen = {
        "deployments": json.loads(plan_json.encode(made))["deployments"],
        "placements": {p.task: [p.device, p.threads, p.bound] for p in made.placements},
        "arenas": {a.phase: {b.name: [b.offset, b.bytes, b.lower, b.upper] for b in a.buffers} for a in made.arenas},
        "alternatives": [a.choices for a in made.alternatives],
    }
    golden("plan/agent.json", json.dumps(chosen, indent=1) + "\n")


def test_a_module_without_a_plan_gives_an_empty_one() -> None:
    empty = plan_json.from_module(Module.create("plan"))
    assert (empty.deployments, empty.placements, empty.solver) == ([], [], None)
