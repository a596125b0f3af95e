"""Images in the search: what estimates make of them, encode devices beside the best plans, and their bounds, records and refusals."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest

from intarsia.compiler.frontends import hf_sizes, hf_vision
from intarsia.errors import InputError
from intarsia.ir.workload import generate
from intarsia.planner.search import bounds, compose, encode, image_costs, outcome, questions, rates, result, search
from intarsia.planner.search.evaluate import Simulator
from intarsia.planner.search.prices import Pricer
from intarsia.planner.search.problem import Choices, Goals, Images, Problem, check
from intarsia.planner.search.rules import Excluded
from intarsia.planner.search.scenario import Scenario
from intarsia.planner.search.search import Options
from tests.compiler.frontends.vision import QWEN2_VL_7B
from tests.planner.search.samples import stock

TEXT = hf_sizes.read(QWEN2_VL_7B, "config.json")
VISION = hf_vision.read(QWEN2_VL_7B, "config.json", TEXT)
assert VISION is not None
PICTURES = Images(VISION, (1280, 720))
CHOICES = Choices(chunks=(2048,), batches=(32,), most_stages=1)
ONE = {"kind": "constant", "value": 1.0}


def problem(count: int = 3, rate: float = 12.0, images: bool = True) -> Problem:
    load = generate(40, rate, {"kind": "constant", "value": 1400.0}, {"kind": "constant", "value": 30.0}, images=ONE if images else None)
    return Problem(TEXT, (stock("H100-SXM", count),), load, Goals(ttft_s=0.4, tpot_s=0.015), CHOICES, name="qwen", images=PICTURES)


def designs(asked: Problem) -> list[search.Design]:
    return search.priced(asked, Pricer(asked), Excluded(), search.Counts(), lambda share, text: None)


def test_estimates_count_encoding() -> None:
    """A replica carries what its steps and its encoder's seconds leave: each request takes both."""
    plain, pictures = (max(designs(problem(images=images)), key=lambda design: (-design.devices, design.capacity)) for images in (False, True))
    extra = image_costs.seconds(problem(), pictures.replica)
    assert extra > 0.02 and 1 / pictures.capacity - 1 / plain.capacity == pytest.approx(extra)
    assert pictures.prefill_s - plain.prefill_s == pytest.approx(extra)
    assert image_costs.seconds(problem(images=False), plain.replica) == 0


def test_encode_devices_are_within_the_fleet() -> None:
    """As the images need, more and fewer; on free devices, or on those that a replica gives up."""
    asked = problem(count=4)
    tried = [plan for candidate in compose.candidates(asked, designs(asked)) for plan in encode.apart(asked, candidate)]
    assert tried and all(plan.devices <= 4 for plan in tried)
    assert all([part.role for part in plan.parts].count("encode") == 1 for plan in tried)
    assert {plan.deployment.mode for plan in tried} == {"disaggregated"}
    assert any(len(plan.parts) == 3 for plan in tried), "prefill and decode apart, too"
    for other in (replace(asked, choices=replace(CHOICES, modes=("aggregated",))), problem(images=False), replace(asked, images=None)):
        assert not [plan for candidate in compose.candidates(asked, designs(asked))[:3] for plan in encode.apart(other, candidate)]
    assert encode.apart(asked, tried[0]) == []


def test_no_run_beats_its_bound() -> None:
    asked = problem()
    simulate, work = Simulator(asked), bounds.Work.of(asked)
    for candidate in compose.candidates(asked, designs(asked)):
        for plan in [candidate, *encode.apart(asked, candidate)]:
            bound = bounds.optimistic(asked, plan.deployment, [part.design.steps for part in plan.parts], work)
            assert bounds.within(bound, simulate(plan.deployment)), plan.deployment


def test_the_search_ranks_encode_devices_with_the_rest() -> None:
    """What is found is the best of all plans, with and without encode devices, each simulated here; records say what they are, and give the same run again."""
    asked = problem()
    pricer = Pricer(asked)
    simulate = Simulator(asked, pricer.tables)
    found = search.search(asked, Options(simulations=0, tunings=0), pricer, simulate)
    everything = [plan for candidate in compose.candidates(asked, designs(asked)) for plan in [candidate, *encode.apart(asked, candidate)]]
    runs = [simulate(plan.deployment) for plan in everything]
    best = runs[outcome.best(enumerate(runs), asked.goals, "")[0]]
    assert outcome.key(found.best.outcome, asked.goals, "")[:2] <= outcome.key(best, asked.goals, "")[:2]
    apart = [plan for plan in found.plans if plan.candidate.parts[0].role == "encode"]
    assert apart and "encode 1 x H100-SXM" in str(apart[0].candidate.deployment)
    record = result.of(found, [], {}).plans[found.plans.index(apart[0])]
    assert record.pools[0].role == "encode" and record.pools[0].weight_bytes == 2 * VISION.parameters()
    assert simulate(result.deployment(record)).ttft == apart[0].outcome.ttft


def test_a_model_without_an_encoder_takes_no_images() -> None:
    with pytest.raises(InputError, match="request 1 has images, and qwen has no encoder"):
        check(replace(problem(), images=None))


def deployments(asked: Problem, most: int) -> list[compose.Candidate]:
    """Every number of replicas of every design, serving or prefilling and decoding, and of devices that encode beside them, on one kind of `most` devices: neither the search's
    numbers nor its estimates are in it."""
    made, own = [], designs(asked)
    for design in own:
        made += [compose.Candidate((compose.Part("serve", design, count),), 0.0) for count in range(1, most // design.devices + 1)]
    for first, second in product(own, own):
        for x, y in product(range(1, most + 1), repeat=2):
            made.append(compose.Candidate((compose.Part("prefill", first, x), compose.Part("decode", second, y)), 0.0))
    made += [encode._with(plan, asked.fleet[0].name, count, 0.0) for plan in made for count in range(1, most)]
    return [plan for plan in made if plan.devices <= most]


def pictures(count: int, rate: float, images: float, goals: Goals) -> Problem:
    load = generate(40, rate, *({"kind": "constant", "value": value} for value in (200 + 1196 * images, 60.0)), images={"kind": "constant", "value": images})
    return replace(problem(count), workload=load, goals=goals)


@pytest.mark.parametrize("by", ["devices", "cost"])
def test_no_fewer_devices_keep_the_goals_with_or_without_encode_devices(by: str) -> None:
    """All numbers are simulated: with an encode device three keep the goals, else it takes four."""
    asked = pictures(4, 40.0, 2.0, Goals(ttft_s=0.8, tpot_s=0.02))
    asked = replace(asked, choices=replace(CHOICES, policies=("fcfs_chunked_prefill", "continuous_batching")))
    simulate = Simulator(asked)
    found = questions.fewest(asked, designs(asked), simulate, by)
    keeping = {apart: [plan.devices for plan in deployments(asked, 4) if (plan.parts[0].role == "encode") == apart and simulate(plan.deployment).meets(asked.goals)] for apart in (False, True)}
    assert min(keeping[True]) < min(keeping[False])
    assert found.outcome.meets(asked.goals) and found.candidate.devices == min(keeping[True]) and found.candidate.parts[0].role == "encode"
    plain = replace(asked, choices=replace(CHOICES, modes=("aggregated",)))
    assert questions.fewest(plain, designs(plain), Simulator(plain), by).candidate.devices == 4


def test_the_highest_rate_is_that_of_all_numbers_of_encode_devices() -> None:
    """No deployment of three devices sustains a tenth more, and none without encode devices as much."""
    asked = pictures(3, 20.0, 2.0, Goals(ttft_s=0.8, tpot_s=0.02))
    simulate, own = Simulator(asked), designs(asked)
    found = rates.highest_rate(asked, [*compose.candidates(asked, own), *encode.beside(asked, own)], simulate)
    assert found.candidate.parts[0].role == "encode" and found.candidate.devices <= 3
    every = deployments(asked, 3)
    for plans, rate in ((every, 1.1 * found.rate), ([plan for plan in every if plan.parts[0].role != "encode"], found.rate)):
        above = [simulate(plan.deployment, Scenario(rate=rate, requests=found.requests)) for plan in plans]
        assert not any(outcome.meets(asked.goals) and outcome.sustained for outcome in above)


def test_mixed_fleets_encode_on_either_kind_within_the_budget() -> None:
    """Encoders on L4, models on H100: each set of kinds is asked about by itself, and no plan draws more than the budget."""
    asked = replace(pictures(3, 20.0, 2.0, Goals(ttft_s=1.5, tpot_s=0.03)), fleet=(stock("H100-SXM", 3), stock("L4", 4)), watts=2000.0)
    own = designs(asked)
    groups = questions.ladders(asked, own, "cost")
    assert {("H100-SXM", questions.ENCODERS), ("H100-SXM", "L4", questions.ENCODERS)} <= {tuple(sorted(kinds)) for kinds in groups}
    rungs = [rung for group in groups.values() for ladder in group for rung in ladder] + encode.beside(asked, own)
    assert rungs and all(compose.within(asked, rung) for rung in rungs)
    assert max(rung.deployment.watts(asked) for rung in rungs) <= 2000 and any(rung.deployment.used.get("L4") for rung in rungs)


def test_relieved_designs_carry_what_they_would_without_images() -> None:
    """Estimated from the problem without images, whose prompts are as long."""
    asked, plain = (pictures(4, 20.0, 2.0, Goals(ttft_s=5.0, tpot_s=0.05)) for _ in range(2))
    plain = replace(plain, workload=replace(plain.workload, requests=tuple(replace(r, images=0) for r in plain.workload.requests)))
    wanted = {design.replica: design for design in designs(plain)}
    checked = 0
    for design in encode.relieved(asked, designs(asked)):
        if other := wanted.get(design.replica):
            checked += 1
            assert (design.capacity, design.prefills, design.prefill_s) == pytest.approx((other.capacity, other.prefills, other.prefill_s))
    assert checked
    assert encode.relieved(plain, designs(plain)) == [] == encode.beside(plain, designs(plain))
