"""Images in the search: what estimates make of them, encode devices beside the best plans, and their bounds, records and refusals."""

from __future__ import annotations

from dataclasses import replace

import pytest

from intarsia.compiler.frontends import hf_sizes, hf_vision
from intarsia.errors import InputError
from intarsia.ir.workload import generate
from intarsia.planner.search import bounds, compose, encode, image_costs, outcome, result, search
from intarsia.planner.search.evaluate import Simulator
from intarsia.planner.search.prices import Pricer
from intarsia.planner.search.problem import Choices, Goals, Images, Problem, check
from intarsia.planner.search.rules import Excluded
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
