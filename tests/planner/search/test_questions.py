"""Questions: the fewest devices, the highest rate, and regret, against exhaustive search."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations, product

import pytest

from intarsia.cost_models.serving.shapes import Precision
from intarsia.errors import InfeasibleError, InputError
from intarsia.planner.search import compose, questions, rates, robust, search
from intarsia.planner.search.design import Design
from intarsia.planner.search.evaluate import Simulator
from intarsia.planner.search.outcome import Outcome
from intarsia.planner.search.prices import Pricer
from intarsia.planner.search.problem import Choices, Goals, Problem
from intarsia.planner.search.rules import Excluded
from intarsia.planner.search.scenario import STRESS, Scenario
from intarsia.planner.search.search import Counts
from intarsia.planner.search.space import Deployment
from tests.planner.search.samples import pressed, problem, requests

CHOICES = Choices((Precision("bf16"),), (2048,), (64,), most_stages=1, modes=("aggregated",))
GOALS = Goals(ttft_s=0.3, tpot_s=0.025)
UNIFORM = {"kind": "uniform", "low": 100, "high": 3000}
ASKED = problem(fleet=(("H100-SXM", 4),), workload=requests(250, 120.0), goals=GOALS, choices=CHOICES)


def prepared(asked: Problem) -> tuple[list[Design], Simulator]:
    pricer = Pricer(asked)
    return search.priced(asked, pricer, Excluded(), Counts(), lambda share, text: None), Simulator(asked, pricer.tables)


@pytest.mark.parametrize("by", ["devices", "cost"])
def test_the_fewest_devices_are_the_fewest_of_all(by: str) -> None:
    """Every number of every design is simulated; none smaller keeps the goals."""
    designs, simulate = prepared(ASKED)
    found = questions.fewest(ASKED, designs, simulate, by)
    every = [c for design in designs for n in range(1, 4 // design.devices + 1) for c in [compose.Candidate((compose.Part("serve", design, n),), 0.0)]]
    keeping = [c.devices for c in every if simulate(c.deployment).meets(GOALS)]
    assert found.outcome.meets(GOALS) and found.candidate.devices == min(keeping)
    assert min(keeping) > 1, "one device would do: the case shows nothing"


def test_goals_out_of_reach_say_what_is_within() -> None:
    asked = replace(ASKED, goals=Goals(ttft_s=1e-4))
    designs, simulate = prepared(ASKED)
    own = Simulator(asked, simulate.tables)
    for ask in (lambda: questions.fewest(asked, designs, own), lambda: rates.highest_rate(asked, compose.candidates(ASKED, designs), own)):
        with pytest.raises(InfeasibleError, match=r"no plan keeps the goals \(ttft 100 µs for 95 % of requests\): at best 0 % of requests meet them; the lowest TTFT at 95 % is \d"):
            ask()
    words = str(questions.unreachable(asked, [simulate(compose.candidates(ASKED, designs)[0].deployment)]))
    assert "at best" in words and "the lowest TTFT at 95 % is" in words


def test_devices_are_counted_by_something_known() -> None:
    with pytest.raises(InputError, match="by 'weight'"):
        questions.fewest(ASKED, [], lambda deployment, scenario: pytest.fail("nothing to simulate"), "weight")


def test_a_slower_fleet_is_slower_by_as_much() -> None:
    """With arrivals far apart nothing waits, so every latency grows by the slowdown exactly."""
    calm = replace(ASKED, workload=requests(20, 0.5))
    designs, _ = prepared(ASKED)
    simulate = Simulator(calm, Pricer(calm).tables)
    plan = compose.candidates(ASKED, designs)[0].deployment
    one, slow = simulate(plan), simulate(plan, Scenario(slowdown=1.2))
    assert slow.ttft.mean == pytest.approx(1.2 * one.ttft.mean, rel=0.05) and slow.tpot.mean == pytest.approx(1.2 * one.tpot.mean, rel=0.01)


def test_regret_is_against_the_best_of_each_scenario() -> None:
    designs, simulate = prepared(ASKED)
    plans = [c.deployment for c in compose.candidates(ASKED, designs)][:3]
    found = robust.regrets(plans, simulate, GOALS, engine="serial")
    for name in STRESS:
        assert min(regret.by_scenario[name] for regret in found) == 0.0
        assert all(0.0 <= regret.by_scenario[name] <= 1.0 for regret in found)
    assert found[robust.most_robust(found)].worst == min(regret.worst for regret in found)


def test_regret_of_latencies_is_a_share(monkeypatch: pytest.MonkeyPatch) -> None:
    designs, simulate = prepared(ASKED)
    plans = [c.deployment for c in compose.candidates(ASKED, designs)][:2]
    known: dict[Deployment, Outcome] = {plan: simulate(plan) for plan in plans}
    found = robust.regrets(plans, lambda plan, scenario: known[plan], GOALS, "ttft", {"as it is": Scenario()}, engine="serial")
    times = [known[plan].ttft.percentile(95) for plan in plans]
    assert [regret.worst for regret in found] == pytest.approx([1 - min(times) / t for t in times])


@pytest.mark.parametrize("by", ["devices", "cost"])
def test_a_kind_more_never_needs_more(by: str) -> None:
    sizes: dict[frozenset[str], float] = {}
    for size in (1, 2):
        for fleet in combinations((("H100-SXM", 4), ("A100-80GB-SXM", 6)), size):
            asked = problem(fleet=fleet, workload=requests(120, 60.0), goals=GOALS, choices=replace(CHOICES, modes=("aggregated", "disaggregated")))
            designs, simulate = prepared(asked)
            found = questions.fewest(asked, designs, simulate, by, 4)
            sizes[frozenset(name for name, _ in fleet)] = found.outcome.devices if by == "devices" else found.outcome.usd_per_h
    for part, whole in product(sizes, sizes):
        assert sizes[whole] <= sizes[part] or not part < whole


def test_parameters_let_fewer_devices_do() -> None:
    asked = problem(fleet=(("H100-SXM", 3),), workload=requests(120, 22.0, prompt=UNIFORM, output=120), goals=Goals(ttft_s=0.3, tpot_s=0.022), choices=replace(CHOICES, chunks=(512, 4096), batches=(256,)))
    asked = pressed(asked)
    designs, simulate = prepared(asked)
    found = questions.fewest(asked, designs, simulate)
    assert found.candidate.devices == 1 and found.outcome.meets(asked.goals)
    assert found.candidate.parts[0].design.replica.chunk_tokens not in (512, 4096)


def test_the_fewest_devices_are_asked_of_each_policy() -> None:
    asked = replace(ASKED, workload=requests(250, 60.0), choices=replace(CHOICES, policies=("static_batching", "fcfs_chunked_prefill")))
    designs, simulate = prepared(asked)
    alone = questions.fewest(replace(asked, choices=replace(CHOICES, policies=("static_batching",))), designs, simulate)
    found = questions.fewest(asked, designs, simulate)
    assert found.candidate.devices < alone.candidate.devices
    assert found.candidate.parts[0].design.replica.policy == "fcfs_chunked_prefill"
