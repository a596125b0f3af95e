"""Parameters of policies in the search: what is tried, what is left out because it changes nothing, and what steps find beside the whole grid."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import msgspec
import pytest

from intarsia.cost_models.serving.shapes import Precision
from intarsia.errors import InputError
from intarsia.planner.search import design, explain, outcome, result, search, space, tuning
from intarsia.planner.search.compose import Candidate
from intarsia.planner.search.evaluate import Simulator
from intarsia.planner.search.outcome import Outcome
from intarsia.planner.search.prices import Pricer
from intarsia.planner.search.problem import FCFS, Choices, Goals, Problem
from intarsia.planner.search.search import Options
from intarsia.planner.search.space import Deployment
from intarsia.runtime.scheduler import parameters, policy_class
from tests.planner.search.samples import pressed, problem, requests

UNIFORM = {"kind": "uniform", "low": 100, "high": 3000}
COARSE = Choices((Precision("bf16"),), (512, 4096), (16, 256), most_stages=1, modes=("aggregated",))
SINGLE = replace(COARSE, chunks=(2048,), batches=(256,))
SERIAL = Options(engine="serial")
LONG = requests(100, 20.0, prompt=500, output={"kind": "uniform", "low": 100, "high": 2000})


def one(device: str, rate: float, goals: Goals, choices: Choices) -> Problem:
    """One device, and prompts of many lengths."""
    return problem(fleet=((device, 1),), workload=requests(120, rate, prompt=UNIFORM, output=120), goals=goals, choices=choices)


CHUNKED = one("H100-SXM", 22.0, Goals(ttft_s=0.3, tpot_s=0.022), COARSE)
WHOLE = one("H100-SXM", 18.0, Goals(ttft_s=0.9, tpot_s=0.0195), replace(COARSE, policies=("continuous_batching",)))
FULL = replace(one("L4", 1.0, Goals(), replace(SINGLE, policies=("past_future",))), workload=LONG)
LAYERED = one("H100-SXM", 6.0, Goals(), replace(SINGLE, chunks=(512,), policies=("layered_prefill",)))
CASES = {
    "chunks": (CHUNKED, ("max_batch_tokens", "max_sequences")),
    "whole prompts": (WHOLE, ("max_batch_tokens", "max_sequences")),
    "admission by memory": (FULL, ("reserve", "window")),
    "layers": (LAYERED, ("group_tokens", "most_groups")),
}
"""Chunks: no setting of the choices keeps the goals, and few others do."""


def grid(asked: Problem, plan: Candidate, names: tuple[str, ...]) -> list[Candidate]:
    """The plan with every combination of the values that are tried."""
    (part,) = plan.parts
    known = {each.name: each for each in parameters(policy_class(part.design.replica.policy))}
    found = []
    for values in product(*(tuning.ladder(asked, known[name]) for name in names)):
        replica = part.design.replica
        for name, value in zip(names, values, strict=True):
            replica = replica.told(name, value)
        found += [replace(plan, parts=(replace(part, design=made),)) for made in design.told(asked, part.design, replica)]
    return found


def key(asked: Problem, found: Outcome) -> tuple[float, ...]:
    return outcome.key(found, asked.goals, "")[:3]


def solve(asked: Problem, options: Options = SERIAL) -> search.Found:
    return search.search(asked, options, *pricing(asked))


_known: dict[int, tuple[Problem, Pricer, Simulator]] = {}


def pricing(asked: Problem) -> tuple[Pricer, Simulator]:
    if id(asked) not in _known:
        pricer = Pricer(asked)
        _known[id(asked)] = asked, pricer, Simulator(asked, pricer.tables)
    return _known[id(asked)][1:]


@pytest.mark.parametrize("name", CASES)
def test_steps_find_the_best_of_the_whole_grid(name: str) -> None:
    """Of the chosen plan with every combination of values, none does better, by more than outcomes differ that count as equal twice over."""
    asked, names = CASES[name]
    found, simulate = solve(asked), pricing(asked)[1]
    every = grid(asked, found.best.candidate, names)
    keys = [key(asked, simulate(plan.deployment)) for plan in every]
    assert len(every) >= 9 and len(set(keys)) > 1, "all settings do the same: the case shows nothing"
    met, worth, _ = key(asked, found.best.outcome)
    assert met == min(keys)[0] and worth <= min(keys)[1] + 2 * outcome.SAME * abs(worth)
    assert found.counts.simulated <= SERIAL.simulations + SERIAL.tunings


@pytest.mark.parametrize("name", ["chunks", "whole prompts"])
def test_goals_that_only_settings_between_keep(name: str) -> None:
    asked = pressed(CASES[name][0])
    coarse = solve(asked, replace(SERIAL, simulations=0))
    first = {(r.chunk_tokens, r.max_sequences): plan.outcome.meets(asked.goals) for plan in coarse.plans for r in [plan.candidate.parts[0].design.replica]}
    between = {setting: met for setting, met in first.items() if setting[0] not in asked.choices.chunks or setting[1] not in asked.choices.batches}
    assert any(between.values()) and not any(met for setting, met in first.items() if setting not in between)
    assert any("instead of" in line for line in explain.why(coarse))


def test_a_tuned_plan_can_keep_the_goals_for_less_money() -> None:
    """Two devices keep them with the first settings; one does with others."""
    asked = pressed(replace(CHUNKED, fleet=(replace(CHUNKED.fleet[0], count=2),)))
    found = solve(asked)
    assert found.best.outcome.devices == 1 and found.best.outcome.meets(asked.goals)
    assert any(plan.outcome.devices == 2 and plan.outcome.meets(asked.goals) for plan in found.plans)


def test_settings_of_other_policies_are_tried_where_memory_binds() -> None:
    """The first policy preempts here, so the second one does something else, and its own parameters get a chance."""
    asked = replace(FULL, choices=replace(SINGLE, policies=("fcfs_chunked_prefill", "past_future")))
    tried = [str(plan.candidate.deployment) for plan in solve(asked).plans]
    assert any("past_future, reserve" in text for text in tried)
    calm = replace(asked, workload=requests(20, 1.0))
    assert not any("reserve" in str(plan.candidate.deployment) for plan in solve(calm).plans)


@pytest.mark.parametrize("policy", ["fcfs_chunked_prefill", "continuous_batching", "dynamic_splitfuse"])
@pytest.mark.parametrize("rate", [2.0, 22.0])
def test_steps_that_are_left_out_change_nothing(policy: str, rate: float) -> None:
    """Every value of both limits between the steps that are offered gives the very same run."""
    asked = one("H100-SXM", rate, Goals(), replace(COARSE, batches=(8, 512), policies=(policy,)))
    simulate = pricing(asked)[1]
    plan = solve(asked, replace(SERIAL, simulations=1)).plans[0].candidate
    ending = f"4096 tokens a step, 512 sequences{'' if policy == FCFS else f', {policy}'})"
    plan = next(each for each in grid(asked, plan, ("max_batch_tokens", "max_sequences")) if str(each.deployment).endswith(ending))
    found, replica = simulate(plan.deployment), plan.parts[0].design.replica
    offered = [move.parts[0].design.replica for move in tuning.moves(asked, plan, found)]
    left_out = 0
    for each in parameters(policy_class(policy)):
        if each.name in space.LIMITS:
            here = replica.value(each.name, 0)
            steps = [other.value(each.name, 0) for other in offered if other.value(each.name, 0) != here]
            least, most = max([v for v in steps if v < here], default=0), min([v for v in steps if v > here], default=1 << 40)
            for value in tuning.ladder(asked, each):
                if least < value < most and value != here:
                    left_out += 1
                    other = simulate(Deployment((replace(plan.deployment.pools[0], replica=replica.told(each.name, value)),)))
                    assert replace(other, kv_peak=0.0) == replace(found, kv_peak=0.0), (each.name, value)
    assert left_out


@pytest.mark.parametrize(("policy", "rate"), [("fcfs_chunked_prefill", 2.0), ("fcfs_chunked_prefill", 16.0), ("continuous_batching", 16.0), ("past_future", 16.0), ("layered_prefill", 2.0), ("jitserve", 2.0)])
def test_plans_that_are_said_to_do_the_same_by_their_limits_do(policy: str, rate: float) -> None:
    """Each pair of settings, whichever of the two was run; `jitserve` is told speeds that follow its limits, so nothing is said of it."""
    asked = one("H100-SXM", rate, Goals(), replace(COARSE, chunks=(2048, 8192), batches=(16, 512), policies=(policy,)))
    asked = replace(asked, workload=requests(40, rate, prompt=UNIFORM, output=60))
    simulate = pricing(asked)[1]
    plan = solve(asked, replace(SERIAL, simulations=1, tunings=0)).plans[0].candidate
    runs = [(each.deployment, simulate(each.deployment)) for each in grid(asked, plan, ("max_batch_tokens", "max_sequences"))]
    said = [(a, b) for (made, a), (other, b) in product(runs, runs) if made != other and tuning.same_by_limits(asked, made, other, b)]
    assert all(a.looks_like(b) for a, b in said) and len(runs) >= 9
    assert len(said) < len(runs) * (len(runs) - 1) and bool(said) == (policy != "jitserve")


def test_speeds_that_a_policy_is_told_follow_its_limits() -> None:
    """So no limit is known to change nothing."""
    asked = one("H100-SXM", 2.0, Goals(), replace(COARSE, policies=("jitserve",)))
    plan = solve(asked, replace(SERIAL, simulations=1)).plans[0]
    moved = {move.parts[0].design.replica.max_sequences for move in tuning.moves(asked, plan.candidate, plan.outcome)}
    assert len(moved) >= 2 and plan.outcome.peak("serve", "max_sequences") < min(moved)


def test_a_search_is_the_same_twice() -> None:
    one_search, other = solve(CHUNKED), solve(CHUNKED)
    assert [plan.candidate.deployment for plan in one_search.plans] == [plan.candidate.deployment for plan in other.plans]


def test_fixed_parameters_stay() -> None:
    """A single value is kept under every policy that has it; several are tried, and no others."""
    fixed = replace(FULL, choices=replace(FULL.choices, parameters=(("reserve", (0.3,)),)))
    assert {dict(plan.candidate.parts[0].design.replica.settings)["reserve"] for plan in solve(fixed).plans} == {0.3}
    named = replace(FULL, choices=replace(FULL.choices, parameters=(("reserve", (0.3, 0.15)),)))
    assert {dict(plan.candidate.parts[0].design.replica.settings)["reserve"] for plan in solve(named).plans} == {0.3, 0.15}
    limited = replace(CHUNKED, choices=replace(COARSE, chunks=(512,), batches=(256,)))
    assert len(solve(limited).plans) == 1


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        ((("reserve", (0.95,)),), r"reserve must lie in \[0, 0.9\], found 0.95"), ((("window", (10.5,)),), "window must be a whole number"),
        ((("lottery", (1,)),), "no policy that is tried has a parameter 'lottery'"), ((("max_sequences", (8,)),), "limit that plans set themselves"),
        ((("frame_s", (1.0,)),), "no policy that is tried has a parameter 'frame_s'"), ((("reserve", (0.1, -0.1)),), "found -0.1"),
    ],
)  # fmt: skip
def test_parameters_out_of_range_are_refused(parameters: tuple[tuple[str, tuple[float, ...]], ...], said: str) -> None:
    with pytest.raises(InputError, match=said):
        replace(FULL.choices, parameters=parameters)


def test_parameters_come_back_from_a_saved_result() -> None:
    """The name, the JSON and the deployment that is simulated again tell the same."""
    found = solve(FULL)
    record = result.decode(result.encode(result.of(found, [], {}))).plans[0]
    settings = dict(found.best.candidate.parts[0].design.replica.settings)
    assert settings and record.pools[0].parameters == settings and all(f"{name} {value}" in record.plan for name, value in settings.items())
    again = result.deployment(record)
    assert again == found.best.candidate.deployment and pricing(FULL)[1](again) == found.best.outcome
    told = pricing(FULL)[1].serving(again).pools[0].replica.parameters
    assert settings.items() <= told.items()
    old = msgspec.json.decode(msgspec.json.encode(record.pools[0]))
    del old["parameters"]
    assert msgspec.convert(old, result.PoolRecord).parameters == {}
