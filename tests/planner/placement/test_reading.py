"""From the IR to a problem and back: ways, visits, transfers, kept caches, and the plan's operations."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from intarsia.codegen import backends
from intarsia.compiler import agent_plan
from intarsia.errors import InfeasibleError, InputError, IRError, UnsupportedError
from intarsia.ir.module import Builder, Module, Symbol, attribute, set_attributes, value
from intarsia.planner import plan_json
from intarsia.planner.placement.agents import dataflow, graphs, kv, reading, spread, writing
from intarsia.planner.placement.agents.place import Limits, place
from intarsia.planner.validate import agents as judge
from tests.planner import samples
from tests.planner.samples import BIG, SMALL, constant, cpu, gpu

FLEET = {"new": (gpu("new"), 2), "old": (gpu("old", memory=24e9, rent_usd_per_h=0.5), 4), "host": (cpu(), 1)}
SHORT = Limits(time_limit_s=20.0)


def searching(b: Builder) -> None:
    """Speech to text, then turns of a query and a search, then an answer."""
    audio = b.op("agent.input", [], [value("audio")], name="audio")
    work = {"flops": 1e12, "bytes": 1e9, "memory_bytes": 2e9}
    text = b.op("agent.transform", [audio], [value("text")], name="heard", kind="stt", arguments=["input"], work=work)
    found = b.op("agent.loop", [text], [value("text")], block_args=["!agent.value"], body=lambda x: _turn(b, x), name="turns", iterations={"kind": "geometric", "mean": 2.0}, max_iterations=4)
    b.op("agent.return", [_llm(b, found, "answer", 300, 40)], names=["answer"])


def _turn(b: Builder, known: Any) -> None:
    query = _llm(b, known, "query", 400, 10, new=100.0)
    pages = b.op("agent.tool", [query], [value("text")], name="pages", tool="web", arguments=["q"], latency={"kind": "lognormal", "median": 0.3, "sigma": 0.5})
    b.op("agent.yield", [pages, pages])


def _llm(b: Builder, operand: Any, name: str, prompt: float, output: float, new: float | None = None) -> Any:
    return b.op(
        "agent.llm", [operand], [value("text")], name=name, model=Symbol("m"), prompt="{q}", arguments=["q"], prompt_tokens={"kind": "uniform", "low": 0.5 * prompt, "high": 1.5 * prompt},
        output_tokens=constant(output), new_tokens=constant(new) if new else None,
    )  # fmt: skip


def agent(**given: Any) -> Module:
    usual: dict[str, Any] = {"sla": {"e2e_s": 5.0, "percentile": 95.0}, "workload": {"rate_per_s": 2.0, "name": "some"}}
    return samples.module({"m": (SMALL, "f16")}, given.pop("fleet", FLEET), searching, **usual | given)


@pytest.fixture(scope="module")
def read() -> reading.Reading:
    return reading.read(agent())


def test_every_task_has_ways_where_it_can_run(read: reading.Reading) -> None:
    ways = {task.name: {read.problem.class_of(way.pool).name for way in task.ways} for task in read.problem.tasks}
    assert ways["heard"] == ways["query.prefill"] == ways["answer.decode"] == {"new", "old", "host"}
    assert ways["pages"] == {"host"}
    groups = {pool.group for pool in read.problem.pools if pool.device == "old"}
    assert groups == {1, 2, 4}


def test_visits_are_those_of_the_loop(read: reading.Reading) -> None:
    """A geometric number of turns of mean 2, at most 4: 1 x 1/2 + 2 x 1/4 + 3 x 1/8 + 4 x 1/8."""
    visits = {task.name: task.visits for task in read.problem.tasks}
    assert visits["answer.prefill"] == 1 and visits["pages"] == visits["query.decode"] == pytest.approx(1.875, rel=0.01)


def test_caches_move_between_pools(read: reading.Reading) -> None:
    """Bytes are those of the prompt's keys and values in 16 bits; nothing moves inside a pool."""
    edge = next(e for e in read.problem.edges if e.name == "kv_answer.prefill")
    assert all(a.removesuffix("+kept") != b for a, b in edge.moves)
    tokens = spread.of({"kind": "uniform", "low": 150.0, "high": 450.0}).mean
    assert all(move.bytes == pytest.approx(kv.of_model(SMALL, tokens, 2.0), rel=0.01) for move in edge.moves.values())


def test_a_kept_cache_is_quicker_and_takes_memory(read: reading.Reading) -> None:
    task = next(task for task in read.problem.tasks if task.name == "query.prefill")
    kept = {way.name.removesuffix("+kept"): way for way in task.ways if way.name.endswith("+kept")}
    whole = {way.name: way for way in task.ways if not way.name.endswith("+kept")}
    assert kept.keys() == whole.keys()
    for name, way in kept.items():
        assert way.seconds.mean < whole[name].seconds.mean and way.byte_seconds > 10 * whole[name].byte_seconds and way.dollars <= whole[name].dollars * 1.5
    back = next(edge for edge in read.problem.edges if edge.kind == "kept")
    assert (back.source, back.target) == ("query.decode", "query.prefill") and all(b.endswith("+kept") for _, b in back.moves)


def test_data_flows_through_structures() -> None:
    feeds = dataflow.feeds(agent())
    assert ("heard", "query.prefill") in feeds and ("pages", "query.prefill") in feeds and ("pages", "answer.prefill") in feeds
    assert ("query.decode", "pages") in feeds and ("answer.decode", "heard") not in feeds


@pytest.fixture(scope="module")
def placed() -> writing.Placed:
    return writing.plan(agent(), SHORT)


def test_the_plan_is_in_the_module(placed: writing.Placed) -> None:
    module = Module.parse(str(placed.module)).verify()
    assert module.stage == "plan"
    places = {attribute(op, "task"): op for op in module.ops("plan.place")}
    assert set(places) == {task.name for task in placed.reading.problem.tasks}
    for op in module.ops("plan.deploy"):
        assert attribute(op, "replicas") == placed.found.choice.replicas[attribute(op, "pool")]
        assert all(attribute(places[task], "pool") == attribute(op, "pool") for task in attribute(op, "tasks"))
    judge.check(placed.reading.problem, placed.found.choice, placed.found.figures)
    written = plan_json.from_module(module)
    assert written.solver is not None and written.solver.gap == pytest.approx(placed.found.gap)
    assert written.estimates["agent"].metrics["dollars_per_h"] == pytest.approx(placed.found.figures.usd_per_h)


def test_a_plan_may_be_made_anew(placed: writing.Placed) -> None:
    module = agent(slo={"e2e_s": 4.0, "percentile": 90.0})
    assert {attribute(op, "task") for op in writing.run(module, SHORT).ops("plan.place")} == {task.name for task in placed.reading.problem.tasks}
    with pytest.raises(IRError, match="takes a module of stage ops"):
        writing.run(placed.module)


def test_transfers_of_a_plan_on_two_classes() -> None:
    """Where prompts are dear on one and answers on the other, a cache moves, and the plan says so."""
    read = reading.read(agent())
    problem = read.problem
    forced = []
    for task in problem.tasks:
        home = "new" if task.name.endswith(".prefill") else "old" if task.name.endswith(".decode") else ""
        ways = tuple(way for way in task.ways if not home or problem.class_of(way.pool).name == home)
        forced.append(replace(task, ways=ways))
    split = replace(read, problem=replace(problem, tasks=tuple(forced)))
    module = writing.written(agent(), split, place(split.problem, "cost", SHORT))
    kinds = [(attribute(op, "source"), attribute(op, "target"), attribute(op, "kind")) for op in module.ops("plan.transfer")]
    assert ("query.prefill", "query.decode", "kv") in kinds and ("answer.prefill", "answer.decode", "kv") in kinds


def test_the_rule() -> None:
    assert agent_plan.mixed(agent())
    assert not agent_plan.mixed(agent(fleet={"host": (cpu(), 1)}))
    assert not agent_plan.mixed(samples.module({"m": (SMALL, "f16")}, FLEET))
    assert attribute(agent_plan.program(agent(), time_limit_s=20.0).first("plan.deploy"), "pool")


def test_no_code_is_made_of_it(placed: writing.Placed) -> None:
    """Not even where it is all on a CPU: a plan for a fleet has no arenas."""
    with pytest.raises(UnsupportedError, match="no code can be generated for a plan on a mixed fleet"):
        backends.to_pipe(placed.module)
    slow = agent(fleet={"host": (cpu(), 2), "other": (cpu("other", rent_usd_per_h=9.0), 1)}, sla=None, workload={"rate_per_s": 0.01, "name": "few"})
    with pytest.raises(UnsupportedError, match="no code can be generated for a plan on a mixed fleet"):
        backends.to_pipe(writing.run(slow, SHORT))


def test_objectives() -> None:
    assert writing.objective_of(agent()) == "hourly"
    assert writing.objective_of(agent(workload={"name": "one user"})) == "cost"
    assert writing.objective_of(agent(knobs={"objective": "energy"})) == "energy"
    with pytest.raises(UnsupportedError, match="not planned for throughput"):
        writing.objective_of(agent(knobs={"objective": "throughput"}))


def test_a_model_that_fits_nowhere() -> None:
    tiny = {"a": (gpu("a", memory=8e9), 2), "b": (gpu("b", memory=16e9), 1)}
    with pytest.raises(InfeasibleError, match=r"m fits no device of the fleet: as .* it needs .* GB on each device"):
        reading.read(samples.module({"m": (BIG, "f16")}, tiny, searching))


def test_a_goal_that_no_fleet_keeps() -> None:
    with pytest.raises(InfeasibleError, match="the quickest placement needs"):
        writing.plan(agent(sla={"e2e_s": 0.3, "percentile": 99.0}), SHORT)


@pytest.mark.parametrize(
    "spec, most, least, expected",
    [
        ({"kind": "constant", "value": 2.4}, 0, 1, {3: 1.0}),
        ({"kind": "constant", "value": 9.0}, 4, 1, {4: 1.0}),
        ({"kind": "uniform", "low": 0.0, "high": 2.0}, 0, 0, {1: 0.5, 2: 0.5}),
        ({"kind": "geometric", "mean": 2.0}, 3, 1, {1: 0.5, 2: 0.25, 3: 0.25}),
    ],
)  # fmt: skip
def test_numbers_of_turns(spec: dict[str, Any], most: int, least: int, expected: dict[int, float]) -> None:
    found = dict(graphs.counts_of(spec, most, least))
    assert found == pytest.approx(expected, abs=0.006)


def test_turns_without_end() -> None:
    with pytest.raises(InputError, match="give it max_iterations"):
        graphs.counts_of({"kind": "exponential", "mean": 1e5})


def test_new_tokens_outside_a_loop_change_nothing() -> None:
    def once(b: Builder) -> None:
        text = b.op("agent.input", [], [value("text")], name="text")
        first = _llm(b, text, "first", 200, 20, new=50.0)
        b.op("agent.return", [_llm(b, first, "second", 200, 20)], names=["answer"])

    read = reading.read(samples.module({"m": (SMALL, "f16")}, FLEET, once))
    assert not any(way.end for task in read.problem.tasks for way in task.ways)


def test_attributes_that_were_set_by_hand_are_read_again() -> None:
    module = agent()
    for op in module.ops("llm.tool_call"):
        set_attributes(op, latency={"kind": "constant", "value": 2.0})
    task = next(task for task in reading.read(module).problem.tasks if task.name == "pages")
    assert task.ways[0].seconds.mean == pytest.approx(2.0, abs=0.01)
