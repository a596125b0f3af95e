"""The search: bounds against exhaustive simulation, the same best with and without them, anytime, and what can't be answered."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from intarsia.cost_models.serving.host import Host
from intarsia.cost_models.serving.shapes import Plan, Precision
from intarsia.errors import InfeasibleError, InputError
from intarsia.ir.device import Device
from intarsia.ir.workload import Workload
from intarsia.planner.search import bounds, compose, explain, outcome, rules, search, space, tuning, variants
from intarsia.planner.search.evaluate import Simulator
from intarsia.planner.search.outcome import Outcome
from intarsia.planner.search.prices import Pricer
from intarsia.planner.search.problem import Choices, Draft, Goals, Problem
from intarsia.planner.search.rules import Excluded
from intarsia.planner.search.scenario import NORMAL, Scenario
from intarsia.planner.search.search import Counts, Options
from intarsia.planner.search.space import Deployment, Pool, Replica
from intarsia.runtime.scheduler import POLICIES
from tests.planner.search.samples import F8, at_once, model, problem, requests

ALL = Options(simulations=0, tunings=0, engine="serial")
GOALS = Goals(ttft_s=0.2, tpot_s=0.02)
MOE = problem("Qwen3-30B-A3B", (("H100-SXM", 4),), requests(30, 8.0), choices=Choices((Precision("bf16"),), (2048,), (64,), most_stages=2, modes=("aggregated",)))
CASES = {
    "apart": problem("Llama-3.1-8B", (("H100-SXM", 3),), requests(30, 6.0), choices=Choices((F8,), (1024,), (32,), most_stages=1, modes=("disaggregated",))),
    "dense": problem(workload=requests(30, 6.0), choices=Choices((Precision("bf16"), F8), (512, 2048), (8, 64), most_stages=2, modes=("aggregated",))),
    "bursts": problem(workload=at_once(*[(900, 40)] * 12, *[(50, 1)] * 5), choices=Choices((F8,), (256, 2048), (4, 64), most_stages=2, modes=("aggregated",))),
    "experts": MOE,
    "two kinds": problem(fleet=(("H100-SXM", 2), ("A100-80GB-SXM", 2)), workload=requests(30, 12.0), choices=Choices(chunks=(1024,), batches=(32,), most_stages=1, modes=("aggregated",))),
    "drafts": problem("Llama-3.1-8B", (("H100-SXM", 2),), requests(20, 2.0), choices=Choices(chunks=(1024,), batches=(32,), most_stages=1, modes=("aggregated",),
                      drafts=(None, Draft(model("Llama-3.2-1B"), 0.7, 3)))),
    "copies of heads": problem("Llama-3.1-70B", (("H200", 8),), requests(20, 2.0), choices=Choices((F8,), (1024,), (32,), most_stages=1, modes=("aggregated",), context_parallel=(1, 2))),
}


def solve(asked: Problem, options: Options = ALL, simulate: Callable[[Deployment], Outcome] | None = None) -> search.Found:
    pricer = Pricer(asked)
    return search.search(asked, options, pricer, simulate or Simulator(asked, pricer.tables))


_known: dict[str, list[tuple[compose.Candidate, Outcome, Outcome]]] = {}


def everything(asked: Problem) -> list[tuple[compose.Candidate, Outcome, Outcome]]:
    """Every candidate with its bound and its simulated outcome, once for each problem."""
    name = f"{asked.name} {asked.goals} {id(asked.workload)} {asked.choices}"
    if name not in _known:
        _known[name] = _everything(asked)
    return _known[name]


def _everything(asked: Problem) -> list[tuple[compose.Candidate, Outcome, Outcome]]:
    pricer = Pricer(asked)
    designs = search.priced(asked, pricer, Excluded(), Counts(), lambda share, text: None)
    simulate, work = Simulator(asked, pricer.tables), bounds.Work.of(asked)
    return [(c, bounds.optimistic(asked, c.deployment, [part.design.steps for part in c.parts], work), simulate(c.deployment)) for c in compose.candidates(asked, designs)]


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("goals", [Goals(), GOALS], ids=["no goals", "goals"])
def test_no_run_beats_its_bound(name: str, goals: Goals) -> None:
    """Admissible: every candidate is simulated, and none is better than its bound in anything."""
    found = everything(replace(CASES[name], goals=goals))
    assert len(found) >= 2
    for candidate, bound, run in found:
        assert bounds.within(bound, run), candidate.deployment
        assert outcome.key(bound, goals, "throughput") <= outcome.key(run, goals, "throughput") or run.meets(goals) > bound.meets(goals)


@pytest.mark.parametrize("name", ["dense", "bursts", "two kinds", "apart"])
@pytest.mark.parametrize("objective", ["", *outcome.OBJECTIVES])
def test_pruning_loses_nothing(name: str, objective: str) -> None:
    """The best plan, and the whole front, are those of exhaustive search."""
    asked = replace(CASES[name], goals=GOALS)
    runs = [run for _, _, run in everything(asked)]
    found = solve(asked, replace(ALL, objective=objective))
    assert found.proven and found.counts.open == 0
    assert found.counts.simulated + found.counts.bounded == found.counts.candidates == len(runs)
    best = runs[outcome.best(enumerate(runs), GOALS, objective)[0]]
    assert outcome.key(found.best.outcome, GOALS, objective)[:2] == outcome.key(best, GOALS, objective)[:2]
    if not objective:
        vectors = [outcome.vector(run, GOALS) for run in runs]
        assert {vectors[i] for i in outcome.front(vectors)} == {outcome.vector(found.plans[i].outcome, GOALS) for i in found.front}


def test_scouts_choose_who_gets_all_requests() -> None:
    """A long workload: every candidate of the first round sees its first requests, few see all, and the best of all is among these."""
    asked, seen = replace(CASES["dense"], workload=requests(60, 6.0)), []
    pricer = Pricer(asked)
    run = Simulator(asked, pricer.tables)

    def simulate(deployment: Deployment, scenario: Scenario = NORMAL) -> Outcome:
        seen.append(scenario.requests)
        return run(deployment, scenario)

    found = search.search(asked, Options(simulations=8, tunings=0, scouts=20, finals=2, engine="serial"), pricer, simulate)
    assert seen == [20] * 8 + [0] * 2 and found.counts.scouted == 8 and found.counts.simulated == 2
    whole = solve(asked, Options(simulations=8, tunings=0, scouts=0, engine="serial"))
    assert found.best.outcome.e2e.percentile(95) <= 1.05 * whole.best.outcome.e2e.percentile(95)
    assert any("scouted" in line for line in explain.why(found))


def test_an_interrupt_while_scouting_leaves_what_scouts_saw() -> None:
    asked = replace(CASES["dense"], workload=requests(60, 6.0))
    pricer, count = Pricer(asked), iter(range(100))
    run = Simulator(asked, pricer.tables)

    def simulate(deployment: Deployment, scenario: Scenario = NORMAL) -> Outcome:
        if next(count) == 3:
            raise KeyboardInterrupt
        return run(deployment, scenario)

    found = search.search(asked, Options(simulations=8, tunings=0, scouts=20, finals=2, engine="serial"), pricer, simulate)
    assert found.interrupted and len(found.plans) == 3


@pytest.mark.parametrize("scouts", [0, 20])
def test_policies_settings_and_routers_are_tried_on_the_best_plans(scouts: int) -> None:
    """Plans with other policies are candidates like others, and the best of all is never worse than without them."""
    asked = replace(CASES["dense"], workload=requests(60, 30.0, prompt=900))
    more = replace(asked, choices=replace(asked.choices, policies=("fcfs_chunked_prefill", "static_batching", "continuous_batching"), routers=("", "round_robin", "least_loaded")))
    options = Options(simulations=4, tunings=0, scouts=scouts, finals=2, engine="serial")
    few, found = solve(asked, options), solve(more, options)
    assert found.counts.candidates >= 3 * few.counts.candidates and found.counts.simulated >= few.counts.simulated
    assert any("static_batching and continuous_batching instead of fcfs_chunked_prefill were tried on the" in line for line in explain.why(found))
    assert outcome.key(found.best.outcome, asked.goals, "") <= outcome.key(few.best.outcome, asked.goals, "")
    if not scouts:
        tried = {str(plan.candidate.deployment) for plan in found.plans}
        assert all(sum(policy in name for name in tried) >= 2 for policy in ("continuous_batching", "static_batching"))


LONG = {
    "dense": problem(workload=at_once(*[(3000, 30)] * 6, *[(700, 8)] * 6), choices=Choices((Precision("bf16"),), (256, 2048), (4, 64), most_stages=2, modes=("aggregated",))),
    "experts": replace(MOE, workload=requests(16, 8.0, prompt={"kind": "uniform", "low": 50, "high": 6000}, output=20), choices=replace(MOE.choices, chunks=(256,))),
    "apart": replace(CASES["apart"], workload=requests(16, 6.0, prompt=3000, output=20)),
}
"""Prompts of many chunks."""


@pytest.mark.parametrize("policy", [name for name in POLICIES if name != "encode_only"])
@pytest.mark.parametrize("name", LONG)
def test_bounds_hold_for_every_policy(policy: str, name: str) -> None:
    """Every candidate under the policy, and each of them with every other value of its parameters, is simulated: none beats its own bound."""
    asked = replace(LONG[name], choices=replace(LONG[name].choices, policies=(policy,)))
    found = everything(asked)
    assert found
    simulate, work = Simulator(asked), bounds.Work.of(asked)
    for candidate, bound, run in found:
        assert bounds.within(bound, run), candidate.deployment
    candidate, _, run = found[0]
    for other in tuning.moves(asked, candidate, replace(run, judged=True), far=True):
        bound = bounds.optimistic(asked, other.deployment, [part.design.steps for part in other.parts], work)
        assert bounds.within(bound, simulate(other.deployment)), other.deployment


@pytest.mark.parametrize("name", ["dense", "apart"])
def test_no_policy_is_lost(name: str) -> None:
    """Without a limit, the best is that of every plan under every policy, and no run beats its plan's bound."""
    policies = ("fcfs_chunked_prefill", "continuous_batching", "past_future", "dynamic_splitfuse")
    asked = replace(CASES[name], goals=GOALS, choices=replace(CASES[name].choices, policies=policies))
    pricer = Pricer(asked)
    simulate, runs = Simulator(asked, pricer.tables), []
    for candidate, bound, run in everything(asked):
        for plan in variants.policies(asked, candidate):
            other = simulate(plan.deployment)
            assert bounds.within(bound, other), plan.deployment
            runs.append(other)
        runs.append(run)
    found = solve(asked, ALL)
    assert found.proven and found.counts.simulated + found.counts.bounded == found.counts.candidates
    best = runs[outcome.best(enumerate(runs), GOALS, "")[0]]
    assert outcome.key(found.best.outcome, GOALS, "")[:2] <= outcome.key(best, GOALS, "")[:2]


def test_policies_are_told_the_speeds_they_ask_for() -> None:
    asked = problem()
    pricer = Pricer(asked)
    replica = rules.legal(asked, space.layouts(asked, asked.fleet[0]), Excluded())[0]
    for policy, wanted in (("jitserve", {"token_s", "prefill_tokens_per_s"}), ("fcfs_chunked_prefill", set())):
        pool = Pool("serve", replace(replica, policy=policy), 1)
        told = Simulator(asked, pricer.tables).serving(Deployment((pool,))).pools[0].replica.parameters
        assert set(told) == {"max_batch_tokens", "max_sequences"} | wanted
    step = pricer(replica).decode_s(np.array([replica.max_sequences / replica.groups]), np.array([asked.isl + asked.osl / 2]))
    assert Simulator(asked, pricer.tables)._parameters(Pool("serve", replace(replica, policy="jitserve"), 1))["token_s"] == pytest.approx(float(step[0]), rel=0.02)


@pytest.mark.parametrize("name", ["Llama-3.1-8B", "Qwen3-30B-A3B"])
def test_a_host_takes_its_time_in_each_step_of_each_stage(name: str) -> None:
    asked = problem(name, (("H100-SXM", 4),))
    slow = replace(asked, host=Host(2e-3, 1e-5))
    for replica in rules.legal(asked, space.layouts(asked, asked.fleet[0]), Excluded())[:6]:
        n, c = np.array([8.0]), np.array([500.0])
        more = Pricer(slow)(replica).decode_s(n, c) - Pricer(asked)(replica).decode_s(n, c)
        assert float(more[0]) == pytest.approx(replica.plan.pp * (2e-3 + 8e-5), rel=1e-6)


def test_runs_gain_what_drafts_gain_in_the_table() -> None:
    """A lone request's later tokens take the table's steps, which drafts make shorter by about the tokens that a verification brings."""
    asked = replace(CASES["drafts"], workload=at_once((200, 40)))
    took = []
    for draft in asked.choices.drafts:
        made = Replica("H100-SXM", Plan(), Precision(), 1024, 32, draft=draft)
        pricer = Pricer(asked)
        found = Simulator(asked, pricer.tables)(Deployment((Pool("serve", made, 1),)))
        steps = pricer(made).decode_s(np.ones(39), 200.0 + np.arange(1, 40))
        assert found.tpot.mean == pytest.approx(float(steps.mean()), rel=0.01)
        took.append(found.tpot.mean)
    assert took[1] < 0.75 * took[0]


def test_experts_on_several_nodes_exchange_over_the_network() -> None:
    """The same stage of 16 devices costs more where a node joins 8 of them than where it joins all."""
    asked = problem("Qwen3-30B-A3B", (("H100-SXM", 16),))
    stage = Replica("H100-SXM", Plan(tp=1, dp=16, ep=16), Precision("bf16"))
    one_node = replace(asked, fleet=(replace(asked.fleet[0], device=wide(asked.fleet[0].device)),))
    assert (asked.fleet[0].node, one_node.fleet[0].node) == (8, 16)
    n, c = np.array([64.0]), np.array([500.0])
    assert Pricer(asked)(stage).decode_s(n, c)[0] > Pricer(one_node)(stage).decode_s(n, c)[0]


def wide(device: Device) -> Device:
    """The device with a link that joins 16."""
    return replace(device, ports=tuple(replace(port, domain=16) if port.domain else port for port in device.ports))


def test_estimates_lead_to_the_best_early() -> None:
    """A few simulations in the order of the estimates find a plan nearly as good as the best of all."""
    asked = CASES["dense"]
    few, whole = solve(asked, replace(ALL, simulations=3)), solve(asked)
    assert few.counts.simulated == 3 and few.counts.open > 0 and not few.proven
    assert few.best.outcome.e2e.percentile(95) <= 1.05 * whole.best.outcome.e2e.percentile(95)


def test_below_saturation_throughput_is_what_is_offered() -> None:
    """And plans are told apart by latency: more devices a replica answer sooner."""
    asked = replace(CASES["dense"], workload=requests(60, 1.0))
    found = solve(asked)
    offered = asked.workload.rate_per_s * asked.osl
    kept = [plan.outcome for plan in found.plans if plan.outcome.sustained]
    assert len(kept) >= 4 and all(o.tokens_per_s == pytest.approx(offered, rel=0.1) for o in kept)
    assert found.best.candidate.parts[0].design.replica.plan.tp == 4


def test_first_tokens_wait_in_the_queue() -> None:
    """Near its capacity a replica's first tokens come much later than a lone prompt's, in the estimate as in the simulation."""
    asked = CASES["dense"]
    pricer = Pricer(asked)
    design = search.priced(asked, pricer, Excluded(), Counts(), lambda share, text: None)[0]
    simulate = Simulator(replace(asked, workload=requests(400, 1.0)), pricer.tables)
    candidate = next(iter(compose._alone(asked, [design])))
    alone, loaded = (simulate(candidate.deployment, Scenario(rate=share * candidate.capacity)).ttft.percentile(95) for share in (0.02, 0.97))
    assert loaded > 1.5 * alone


def test_an_interrupt_returns_the_best_so_far() -> None:
    asked = CASES["dense"]
    pricer = Pricer(asked)
    real, calls = Simulator(asked, pricer.tables), [0]

    def interrupted(deployment: Deployment) -> Outcome:
        calls[0] += 1
        if calls[0] == 3:
            raise KeyboardInterrupt
        return real(deployment)

    found = search.search(asked, ALL, pricer, interrupted)
    assert found.interrupted and found.counts.simulated == 2 and not found.proven
    assert "interrupted" in explain.why(found)[-1]


def test_time_ends_a_search() -> None:
    """At least one plan is simulated."""
    found = solve(CASES["dense"], replace(ALL, seconds=1e-6))
    assert found.counts.simulated == 1 and found.counts.open > 0


def test_processes_find_the_same() -> None:
    one, two = solve(CASES["bursts"]), solve(CASES["bursts"], replace(ALL, engine="processes", workers=2))
    assert one.best.outcome == two.best.outcome and one.best.candidate.deployment == two.best.candidate.deployment


def test_the_winner_is_explained() -> None:
    found = solve(replace(CASES["dense"], goals=Goals(ttft_s=5.0, tpot_s=0.5)))
    text = "\n".join(explain.why(found))
    assert str(found.best.candidate.deployment) in text and "Second is" in text and "binds it" in text
    assert "fail its goals with TTFT under" in text and "times the rate" in text


def test_a_winner_that_misses_the_goals_is_called_the_nearest() -> None:
    found = solve(replace(CASES["dense"], goals=Goals(ttft_s=1e-4, tpot_s=1e-4)))
    assert "comes nearest to the goals: 0 % of requests meet them" in explain.why(found)[0]
    assert found.best.outcome.miss(found.problem.goals) == min(plan.outcome.miss(found.problem.goals) for plan in found.plans)


def test_a_cheaper_plan_that_misses_the_goals_is_said_to_miss_them() -> None:
    found = solve(replace(CASES["dense"], goals=Goals(ttft_s=5.0, tpot_s=0.5)))
    best = found.best
    for good, missed in ((1.0, False), (0.5, True)):
        cheaper = replace(best, outcome=replace(best.outcome, usd_per_h=best.outcome.usd_per_h / 2, good=good))
        line = next(line for line in explain.why(replace(found, plans=[best, cheaper])) if line.startswith("For less money"))
        assert ("only 50 % of requests keep the goals" in line) is missed


# What can't be answered.


def test_a_fleet_that_is_too_small_says_by_how_much() -> None:
    asked = problem("Llama-3.1-405B", (("H100-SXM", 4),), choices=Choices((Precision("f8"),)))
    with pytest.raises(InfeasibleError, match=r"(?s)weights-fit.*GiB too much.*smallest fleet that fits is 6 x H100-SXM"):
        solve(asked)


def test_types_that_no_number_of_devices_multiplies() -> None:
    with pytest.raises(InfeasibleError, match=r"device-has-arithmetic.*name a --precision that the devices multiply"):
        solve(problem(fleet=(("A100-80GB-SXM", 8),), choices=Choices((Precision("f8"),))))


def test_a_power_budget_below_one_device() -> None:
    with pytest.raises(InfeasibleError, match="power-budget"):
        solve(replace(CASES["dense"], watts=500.0))


def test_requests_longer_than_the_context() -> None:
    asked = replace(CASES["dense"], config=replace(model("Llama-3.1-8B"), context=8192), workload=at_once((8000, 100), (8000, 300)))
    with pytest.raises(InputError, match=r"1 of 2 requests are longer than the model's context of 8192 tokens: the longest has 8300"):
        solve(asked)


def test_requests_that_no_cache_holds() -> None:
    asked = problem("Llama-3.1-70B", (("H100-SXM", 2),), at_once((400_000, 10)), choices=Choices((Precision("bf16"),)))
    with pytest.raises(InfeasibleError, match="longest-request-fits"):
        solve(asked)


@pytest.mark.parametrize("change", [{"fleet": ()}, {"workload": Workload(())}, {"watts": -1.0}])
def test_problems_without_sense(change: dict[str, object]) -> None:
    with pytest.raises(InputError):
        solve(replace(CASES["dense"], **change))  # type: ignore[arg-type]


def test_goals_that_none_reaches_are_ranked_all_the_same() -> None:
    found = solve(replace(CASES["dense"], goals=Goals(ttft_s=1e-6)))
    assert not found.best.outcome.meets(found.problem.goals) and found.plans


@pytest.mark.parametrize("wrong", [{"objective": "speed"}, {"simulations": -1}, {"seconds": -1.0}])
def test_options_out_of_range(wrong: dict[str, object]) -> None:
    with pytest.raises(InputError):
        Options(**wrong)  # type: ignore[arg-type]
