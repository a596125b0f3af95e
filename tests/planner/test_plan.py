"""Plans: what is chosen, against exhaustive search; what is written; what is refused, and by how much."""

from __future__ import annotations

import itertools
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from intarsia import knobs
from intarsia.errors import InfeasibleError, InputError, IRError, UnsupportedError
from intarsia.ir.module import Module, attribute, attributes_of, set_attributes
from intarsia.planner import facts, models, plan, predict, validate, variants
from intarsia.planner.ilp import program, solve, solver
from intarsia.planner.ilp.solve import Solution
from intarsia.planner.ilp.solver import Answer
from tests.planner.samples import BIG, SMALL, bare, branching, constant, cpu, gpu, llm, module

ONE_HOST = {"host": (cpu(), 1)}


def deploy(planned: Module, model: str = "m") -> dict[str, Any]:
    return next(attributes_of(op) for op in planned.ops("plan.deploy") if attribute(op, "model") == model)


def estimate(planned: Module, subject: str) -> dict[str, float]:
    return next(attribute(op, "metrics") for op in planned.ops("plan.estimate") if attribute(op, "subject") == subject)


def test_a_local_plan_is_whole_and_valid() -> None:
    made = module({"m": (SMALL, "q4_1")}, ONE_HOST)
    before = str(made)
    planned = plan.run(made)
    assert str(made) == before
    assert planned.stage == "plan"
    assert list(validate.problems(planned)) == []
    assert Module.parse(str(planned)).stage == "plan"
    chosen = deploy(planned)
    assert (chosen["precision"], str(chosen["device"]), chosen["policy"]) == ("w-a8", "host", "fcfs_chunked_prefill")
    assert chosen["page_tokens"] % 16 == 0
    assert chosen["kv_pages"] * chosen["page_tokens"] >= chosen["context"] == 512
    phases = {attribute(p, "kind"): p for p in planned.ops("llm.phase")}
    assert attribute(phases["prefill"], "max_rows") == chosen["max_batch_tokens"]
    assert attribute(phases["decode"], "max_rows") == chosen["max_sequences"]
    assert all(attribute(p, "precision") == "w-a8" and attribute(p, "arena_bytes") > 0 for p in phases.values())
    assert {attribute(op, "task") for op in planned.ops("plan.place")} == {"generate.prefill", "generate.decode"}


def test_planning_again_from_the_same_text_gives_the_same_plan() -> None:
    made = module({"m": (SMALL, "q4_1")}, ONE_HOST, branching("m"))
    first, second = (plan.run(Module.parse(str(made))) for _ in range(2))
    assert [str(op) for op in first.ops("plan.deploy")] == [str(op) for op in second.ops("plan.deploy")]
    assert [str(op) for op in first.ops("plan.place")] == [str(op) for op in second.ops("plan.place")]


@pytest.mark.parametrize(
    ("knob", "expected"),
    [({"precision": "f32"}, {"precision": "f32"}), ({"precision": "w-a32"}, {"precision": "w-a32"}), ({"precision": "auto"}, {"precision": "w-a8"}),
     ({"threads": 1}, {"threads": 1}), ({"context": 128}, {"context": 128}), ({"max_sequences": 3}, {"max_sequences": 3}), ({"kv_dtype": "f32"}, {"kv_dtype": "f32"}),
     ({"policy": "jitserve"}, {"policy": "jitserve"})],
)  # fmt: skip
def test_knobs_are_obeyed(knob: dict[str, Any], expected: dict[str, Any]) -> None:
    chosen = deploy(plan.run(module({"m": (SMALL, "q4_1")}, ONE_HOST, knobs=knob)))
    assert {name: chosen[name] for name in expected} == expected


def test_parameters_of_a_policy_are_deployed() -> None:
    """As they were given; speeds that a policy wants to know come from the costs."""
    chosen = deploy(plan.run(module({"m": (SMALL, "q4_1")}, ONE_HOST, knobs={"policy": "past_future", "parameters": {"reserve": 0.2}})))
    assert chosen["parameters"] == {"reserve": 0.2}
    assert "parameters" not in deploy(plan.run(module({"m": (SMALL, "q4_1")}, ONE_HOST)))
    told = deploy(plan.run(module({"m": (SMALL, "q4_1")}, ONE_HOST, knobs={"policy": "jitserve", "parameters": {"frame_s": 2}})))["parameters"]
    assert told["frame_s"] == 2 and 0 < told["token_s"] < 0.03 and told["prefill_tokens_per_s"] > 1


@pytest.mark.parametrize(
    ("given", "said"),
    [({"reserve": 0.95}, r"reserve must lie in \[0, 0.9\]"), ({"lottery": 1}, "has no parameter 'lottery'"), ({"max_sequences": 3}, "is a limit that plans set themselves")],
)  # fmt: skip
def test_parameters_that_a_policy_cant_take_are_refused(given: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=said):
        plan.run(module({"m": (SMALL, "q4_1")}, ONE_HOST, knobs={"policy": "past_future", "parameters": given}))


def test_a_policy_that_no_runtime_can_run_is_refused() -> None:
    with pytest.raises(UnsupportedError, match="needs layers"):
        plan.run(module({"m": (SMALL, "q4_1")}, ONE_HOST, knobs={"policy": "layered_prefill"}))
    with pytest.raises(InputError, match="unknown scheduling policy 'lottery'"):
        plan.run(module({"m": (SMALL, "q4_1")}, ONE_HOST, knobs={"policy": "lottery"}))


def test_the_precision_on_offer_follows_the_weights() -> None:
    choices = {s.choices["m"].split(", ")[1] for s in plan.rank(module({"m": (SMALL, "f16")}, ONE_HOST), 20)}
    assert choices == {"w-a32", "f32"}
    with pytest.raises(InfeasibleError, match="w-a8 needs quantised weights"):
        plan.run(module({"m": (SMALL, "f16")}, ONE_HOST, knobs={"precision": "w-a8"}))


def test_threads_differ_by_phase_where_that_pays() -> None:
    """Launches on two threads cost so much here that decode stays on one; prefill gains."""
    slow = cpu(cores=2, launch_s={"1": 1e-7, "2": 1e-3})
    planned = plan.run(module({"m": (SMALL, "q4_1")}, {"host": (slow, 1)}, bare("m", 400, 50)))
    threads = {attribute(op, "task"): attribute(op, "threads") for op in planned.ops("plan.place")}
    assert threads == {"generate.prefill": 1, "generate.decode": 1} or threads == {"generate.prefill": 2, "generate.decode": 1}
    assert threads["generate.decode"] == 1


# The integer program.


def everything(made: Module) -> tuple[facts.Facts, program.Program]:
    known = facts.read(made)
    offered = {name: variants.variants(model, known) for name, model in models.read(made, known).items()}
    ways = {t.name: list(variants.runs(t, known, offered.get(t.model or "", []))) for t in known.tasks}
    return known, program.build(known, offered, ways)


def exhaustive(known: facts.Facts, whole: program.Program) -> float:
    """The least end-to-end time over every choice of variants and threads, with nothing but memory to obey."""
    best = float("inf")
    for chosen in itertools.product(*whole.variants.values()):
        if any(v.least_bytes > variants.usable_bytes(v.fleet, known.wishes) for v in chosen):
            continue
        by_model = {v.model.name: v for v in chosen}
        options = [[r for r in found if r.variant is None or r.variant is by_model[r.variant.model.name]] for found in whole.runs.values()]
        for runs in itertools.product(*options):
            threads: dict[tuple[str | None, str | None], int] = {}
            if all(threads.setdefault((r.task.model, r.task.phase), r.threads) == r.threads for r in runs if r.task.model):
                solution = Solution(by_model, {r.task.name: r for r in runs}, Answer("optimal", "", 0, 0, 0))
                best = min(best, predict.agent_metrics(known, solution)["e2e_s"])
    return best


@pytest.mark.parametrize(
    ("graph", "fleet"),
    [(bare("m"), ONE_HOST), (branching("m", 0.3), {"host": (cpu(cores=2), 1)}), (bare("m"), {"slow": (cpu("slow"), 1), "card": (gpu(memory=4e9), 2)})],
)
def test_the_program_finds_what_exhaustive_search_finds(graph: Any, fleet: dict[str, Any]) -> None:
    known, whole = everything(module({"m": (SMALL, "q4_1")}, fleet, graph))
    found = solve.solve(whole, time.monotonic() + 30)
    assert found is not None
    assert predict.agent_metrics(known, found)["e2e_s"] == pytest.approx(exhaustive(known, whole), rel=1e-3)
    assert found.statistics.gap < 1e-6


def test_parallel_branches_count_by_the_longer_one() -> None:
    from intarsia.ir.module import value

    def graph(b: Any) -> None:
        question = b.op("agent.input", [], [value("text")], name="question")
        both = [llm(b, question, "m", "left", 100, 10), llm(b, question, "m", "right", 400, 90)]
        b.op("agent.return", [b.op("agent.join", both, [value("text")], name="join")], names=["answer"])

    known, whole = everything(module({"m": (SMALL, "q4_1")}, ONE_HOST, graph))
    found = solve.solve(whole, time.monotonic() + 30)
    assert found is not None
    right = sum(found.runs[f"right.{phase}"].seconds for phase in ("prefill", "decode"))
    assert predict.agent_metrics(known, found)["e2e_s"] == pytest.approx(right)


@pytest.mark.parametrize("objective", ["latency", "throughput", "energy", "cost"])
def test_every_objective_plans_a_map_over_many_items(objective: str) -> None:
    """All items at once take the time of one, and the device's time of all."""
    from intarsia.ir.module import value

    def graph(b: Any) -> None:
        question = b.op("agent.input", [], [value("list")], name="items")

        def each(item: Any) -> None:
            b.op("agent.yield", [llm(b, item, "m", "item", 100, 10)])

        found = b.op("agent.map", [question], [value("list")], block_args=[value("text")], body=each, name="all", fan_out=constant(50))
        b.op("agent.return", [found], names=["answers"])

    planned = plan.run(module({"m": (SMALL, "q4_1")}, ONE_HOST, graph, knobs={"objective": objective}))
    found = estimate(planned, "agent")
    assert found["throughput_requests_per_s"] < 1 / found["e2e_s"]


def test_the_lp_has_names_that_a_person_can_read(tmp_path: Path) -> None:
    plan.run(module({"m": (SMALL, "q4_1")}, ONE_HOST), write_lp=tmp_path / "plan.lp")
    text = (tmp_path / "plan.lp").read_text()
    for name in ("x_generate.decode__host_4t_w_a8", "deploy_m__host_f32", "one_deployment_of_m:", "memory_of_host_for_m:"):
        assert name in text
    with pytest.raises(InputError, match="cannot write the LP"):
        plan.run(module({"m": (SMALL, "q4_1")}, ONE_HOST), write_lp=tmp_path / "none" / "plan.lp")


def test_the_time_limit_bounds_all_that_the_solver_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every program gets what the ones before left; once nothing is left, what is known is the answer."""
    given: list[float] = []

    def watched(problem: Any, *, time_limit_s: float, **more: Any) -> Answer:
        given.append(time_limit_s)
        return run(problem, time_limit_s=time_limit_s, **more)

    run = solver.run
    monkeypatch.setattr(solver, "run", watched)
    made = module({"m": (SMALL, "q4_1")}, ONE_HOST)
    assert len(plan.rank(made, 3, time_limit_s=500.0)) == 3
    assert given[0] == pytest.approx(500, abs=1) and given == sorted(given, reverse=True) and len(given) > 3
    monkeypatch.setattr(solve, "LEAST_S", 20.0)
    given.clear()
    only = plan.rank(made, 3, time_limit_s=0.0)
    assert len(only) == len(given) == 1 and "would be" not in only[0].why


def test_time_that_is_over_before_any_plan_is_no_proof(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(solver, "run", lambda problem, **more: Answer("unknown", "HiGHS", 2.0, 9, 9))
    with pytest.raises(InfeasibleError, match=r"no plan was found in 2 s, nor a proof that there is none \(give a longer time limit"):
        plan.run(module({"m": (SMALL, "q4_1")}, ONE_HOST), time_limit_s=2.0)


def test_cbc_takes_over_when_highs_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> Any:
        raise RuntimeError("no HiGHS here")

    _, whole = everything(module({"m": (SMALL, "q4_1")}, ONE_HOST))
    usual = solve.solve(whole, time.monotonic() + 30)
    monkeypatch.setitem(solver.SOLVERS, "HiGHS", broken)
    other = solve.solve(whole, time.monotonic() + 30)
    assert usual is not None and other is not None
    assert other.statistics.solver == "CBC"
    assert {t: r.name for t, r in other.runs.items()} == {t: r.name for t, r in usual.runs.items()}


# Fleets.


def test_a_large_model_is_split_over_as_many_gpus_as_its_memory_asks() -> None:
    ranked = plan.rank(module({"m": (BIG, "bf16")}, {"card": (gpu(memory=96e9), 8)}), 20)
    degrees = {s.choices["m"].split("TP ")[1].split(" ")[0].rstrip(",") for s in ranked}
    assert degrees == {"2", "4", "8"}
    assert "TP 8" in ranked[0].choices["m"]


def test_throughput_prefers_replicas_over_more_splitting() -> None:
    best = plan.rank(module({"m": (BIG, "bf16")}, {"card": (gpu(), 8)}, knobs={"objective": "throughput"}), 1)[0]
    assert "TP 4 x 2 replicas" in best.choices["m"]
    assert best.metrics["m.throughput_tokens_per_s"] > 1000


def test_cost_prefers_the_cheaper_device() -> None:
    fleet = {"dear": (gpu("dear", rent_usd_per_h=9.0), 1), "cheap": (gpu("cheap", rent_usd_per_h=1.0), 1)}
    assert str(deploy(plan.run(module({"m": (SMALL, "f16")}, fleet, knobs={"objective": "cost"})))["device"]) == "cheap"


def test_a_rate_asks_for_replicas() -> None:
    load = {"rate_per_s": 0.0}
    made = module({"m": (SMALL, "f16")}, {"card": (gpu(), 8)}, workload=load, knobs={"max_sequences": 1})
    busy = estimate(plan.run(made), "m")["busy_s"]
    planned = plan.run(module({"m": (SMALL, "f16")}, {"card": (gpu(), 8)}, workload={"rate_per_s": 3.5 / busy}, knobs={"max_sequences": 1}))
    assert deploy(planned)["replicas"] >= 4 / deploy(planned)["tp"]
    assert estimate(planned, "m")["utilisation"] <= 1


def test_two_models_share_one_gpu_or_take_one_each() -> None:
    def graph(b: Any) -> None:
        from intarsia.ir.module import value

        question = b.op("agent.input", [], [value("text")], name="question")
        first = llm(b, question, "m", "first", 50, 10)
        b.op("agent.return", [llm(b, first, "n", "second", 50, 10)], names=["answer"])

    two = {"m": (replace(SMALL, context=64), "f16"), "n": (SMALL, "f16")}
    planned = plan.run(module(two, {"card": (gpu(memory=1e9), 1)}, graph))
    assert list(validate.problems(planned)) == []
    pools = [deploy(planned, name)["kv_bytes"] for name in two]
    assert sum(pools) < 1e9


# Goals and limits.


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"knobs": {"memory_bytes": 100_000}}, "memory of one host for m: 0.00"),
        ({"slo": {"ttft_s": 1e-9}}, "time to first token of generate.prefill"),
        ({"slo": {"tpot_s": 1e-9}}, "time per output token of generate.decode"),
        ({"slo": {"e2e_s": 1e-9}}, "end-to-end time along every path"),
        ({"sla": {"e2e_s": 1e-9}}, "end-to-end time along every path"),
        ({"workload": {"rate_per_s": 1e6}}, "load of host at 1e\\+06 requests/s"),
    ],
)
def test_what_cannot_be_met_is_named_with_its_excess(options: dict[str, Any], words: str) -> None:
    with pytest.raises(InfeasibleError, match=f"nothing fits: {words}.* needed, .* allowed"):
        plan.run(module({"m": (SMALL, "q4_1")}, ONE_HOST, **options))


def test_only_the_fewest_limits_are_named() -> None:
    """Two goals can't be met; a third, which can, is not mentioned."""
    with pytest.raises(InfeasibleError) as caught:
        plan.run(module({"m": (SMALL, "q4_1")}, ONE_HOST, slo={"ttft_s": 1e-9, "tpot_s": 1e-9, "e2e_s": 100.0}))
    assert "first token" in str(caught.value) and "output token" in str(caught.value) and "end-to-end" not in str(caught.value)


def test_a_model_too_large_says_by_how_much() -> None:
    with pytest.raises(InfeasibleError, match=r"memory of one card for m: 14[0-9] GB needed, 72 allowed, so 7[0-9.]+ too much"):
        plan.run(module({"m": (BIG, "bf16")}, {"card": (gpu(), 1)}))


def test_a_goal_at_a_percentile_may_leave_rare_ways_out() -> None:
    """The rare case takes at least 10 s of tools; at the 80th percentile a probability of 0.1 does not count, at 95 it does."""
    goal = {"e2e_s": 5.0, "percentile": 80.0}
    assert plan.run(module({"m": (SMALL, "q4_1")}, ONE_HOST, branching("m", 0.1), slo=goal)).stage == "plan"
    with pytest.raises(InfeasibleError, match="end-to-end"):
        plan.run(module({"m": (SMALL, "q4_1")}, ONE_HOST, branching("m", 0.1), slo=goal | {"percentile": 95.0}))


def test_the_mean_weighs_cases_by_their_odds_and_loops_by_their_turns() -> None:
    planned = plan.run(module({"m": (SMALL, "q4_1")}, ONE_HOST, branching("m", 0.25)))
    places = {attribute(op, "task"): attribute(op, "seconds") for op in planned.ops("plan.place")}

    def node(name: str) -> float:
        return float(places[f"{name}.prefill"] + places[f"{name}.decode"])

    wanted = node("decide") + 0.75 * node("short") + 0.25 * 2 * (places["search"] + node("long"))
    assert estimate(planned, "agent")["e2e_s"] == pytest.approx(wanted)


def test_ranks_are_in_order_and_the_first_says_why() -> None:
    ranked = plan.rank(module({"m": (SMALL, "q4_1")}, ONE_HOST), 6)
    times = [s.metrics["e2e_s"] for s in ranked]
    assert times == sorted(times) and len({str(s.choices) for s in ranked}) == 6
    assert all("gap 0.00%" in plan.solver and plan.solver.startswith("optimal") for plan in ranked)
    assert "Best end to end" in ranked[0].why and "runner-up" in ranked[0].why and "bound by" in ranked[0].why


def test_a_binding_limit_is_said_to_keep_better_plans_out() -> None:
    card = gpu(memory=14e6)
    ranked = plan.rank(module({"m": (replace(SMALL, layers=8, context=256), "f16")}, {"card": (card, 1), "host": (cpu(), 1)}), 1)
    assert ranked[0].choices["m"].startswith("host")
    assert "With more memory of one card for m" in ranked[0].why


def test_other_stages_are_refused() -> None:
    planned = plan.run(module({"m": (SMALL, "q4_1")}, ONE_HOST))
    with pytest.raises(IRError, match="takes a module of stage ops, found plan"):
        plan.run(planned)


def test_no_device_means_this_machine(tmp_path: Path) -> None:
    with knobs.scope(cache=tmp_path):
        planned = plan.run(module({"m": (SMALL, "q4_1")}, {}))
    assert str(deploy(planned)["device"]) == "local"


def test_editing_the_text_changes_the_plan() -> None:
    """A device made slower in the text moves the model elsewhere."""
    made = module({"m": (SMALL, "f16")}, {"a": (gpu("a"), 1), "b": (gpu("b"), 1)})
    first = str(deploy(plan.run(made))["device"])
    other = "b" if first == "a" else "a"
    text = str(made)
    device = next(op for op in made.ops("plan.device") if attribute(op, "sym_name") == first)
    facts_of = attribute(device, "facts")
    set_attributes(device, facts=facts_of | {"launch_s": {"1": 1e-3}})
    assert str(made) != text
    assert str(deploy(plan.run(Module.parse(str(made))))["device"]) == other


def test_lengths_are_taken_at_the_goals_percentile() -> None:
    made = module({"m": (SMALL, "q4_1")}, ONE_HOST, slo={"e2e_s": 1e3, "percentile": 90.0})
    task = next(made.ops("llm.decode"))
    set_attributes(task, output_tokens={"kind": "uniform", "low": 0.0, "high": 100.0})
    found = {t.name: t for t in facts.read(made).tasks}["generate.decode"]
    assert (found.output.mean, found.output.high) == (50.0, 90.0)
    assert constant(3)["value"] == 3.0


def test_predictions_say_where_they_come_from_and_how_good_they_are() -> None:
    """Matmuls are calibrated here; the rest is modelled."""
    rates = {f"matmul.q4.a8.{rows}.4": 1e11 for rows in (1, 8, 128)}
    rates |= {"runtime.step.1": 1e4, "runtime.step.16": 5e3, "runtime.chunk.128": 8e3, "sample.greedy": 1e10, "spread": 0.02}
    calibrated = replace(cpu(), rates=rates)
    planned = plan.run(module({"m": (SMALL, "q4_1")}, {"host": (calibrated, 1)}, knobs={"threads": 4}))
    found = {attribute(op, "subject"): op for op in planned.ops("plan.estimate")}
    source, metrics = attribute(found["m"], "source"), attribute(found["m"], "metrics")
    assert "probe" in source and "analytic" in source and "%" in source
    assert 0 < metrics["tpot_band"] < 0.5 and 0 < metrics["ttft_band"] < 0.5 and 0 < attribute(found["agent"], "metrics")["e2e_band"] < 0.5
    assert {each["source"] for each in attribute(found["m_decode"], "operators")} >= {"probe", "analytic"}
    assert all(attribute(op, "error_band") > 0 and attribute(op, "source") for op in planned.ops("plan.place"))
    assert "come from" in plan.rank(module({"m": (SMALL, "q4_1")}, {"host": (calibrated, 1)}), 1)[0].why


def test_measured_tables_answer_for_a_device_that_has_them() -> None:
    pytest.importorskip("aiconfigurator_core")
    pytest.importorskip("pyarrow")
    from intarsia.cost_models.devices import load

    planned = plan.run(module({"m": (BIG, "bf16")}, {"card": (load("H100-SXM"), 8)}))
    source = next(attribute(op, "source") for op in planned.ops("plan.estimate") if attribute(op, "subject") == "m")
    assert "measured with" in source


def test_a_tool_takes_pythons_time_too() -> None:
    calibrated = replace(cpu(), rates={"tool": 1000.0, "retrieve": 1e5})
    seconds = []
    for device in (cpu(), calibrated):
        known = facts.read(module({"m": (SMALL, "q4_1")}, {"host": (device, 1)}, branching("m")))
        task = next(task for task in known.tasks if task.op == "llm.tool_call")
        seconds.append(next(variants.runs(task, known, [])).seconds)
    assert seconds[1] - seconds[0] == pytest.approx(1e-3)
