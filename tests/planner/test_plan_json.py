"""plan.json: complete, stable, published."""

from __future__ import annotations

import json
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
    text = plan_json.encode(made).replace(b'"schema": 1', b'"schema": 99')
    with pytest.raises(InputError, match="has schema 99"):
        plan_json.decode(text)


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
