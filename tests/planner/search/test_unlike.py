"""Replicas with stages on two kinds of devices: their prices, memory and splits, and fleets on which they are the best plan."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from intarsia.cost_models.serving.shapes import Plan, Precision
from intarsia.errors import InfeasibleError, InputError
from intarsia.planner.search import bounds, compose, design, outcome, result, rules, search, space, unlike
from intarsia.planner.search.evaluate import Simulator
from intarsia.planner.search.outcome import Outcome
from intarsia.planner.search.prices import Pricer
from intarsia.planner.search.problem import Choices, Problem
from intarsia.planner.search.rules import Excluded
from intarsia.planner.search.search import Options
from intarsia.planner.search.space import Deployment, Pool, Replica, Span
from tests.planner.search.samples import problem, requests

CHOICES = Choices(chunks=(512, 2048), batches=(32,), most_stages=4, modes=("aggregated",))
ASKED = problem("Llama-2-13B", fleet=(("L4", 1), ("A10G", 1)), workload=requests(40, 0.5, 300, 60), choices=CHOICES)
"""24 GiB of weights, and 22 GiB on either device."""


def mixed(asked: Problem, first: tuple[str, int, int], last: tuple[str, int, int], chunk: int = 512) -> Replica:
    """A replica of (kind, stages, layers) twice, one device a stage."""
    spans = tuple(Span(kind, Plan(pp=stages), layers) for kind, stages, layers in (first, last))
    return Replica(f"{first[0]} + {last[0]}", Plan(pp=first[1] + last[1]), Precision(), chunk, 32, spans=spans)


def solve(asked: Problem, options: Options | None = None) -> search.Found:
    pricer = Pricer(asked)
    return search.search(asked, options or Options(simulations=0, engine="serial"), pricer, Simulator(asked, pricer.tables))


def test_a_model_that_fits_no_kind_is_served_by_both() -> None:
    found = solve(ASKED)
    best = found.best.candidate.deployment
    assert best.used == {"L4": 1, "A10G": 1} and best.devices == 2 and found.best.outcome.sustained
    assert any(str(best).startswith(f"1 x {first} TP1 with ") and f" layers then {last} TP1 with " in str(best) for first, last in (("L4", "A10G"), ("A10G", "L4")))
    for kind in ("L4", "A10G"):
        alone = replace(ASKED, fleet=tuple(stock for stock in ASKED.fleet if stock.name == kind))
        with pytest.raises(InfeasibleError, match="can't be served"):
            solve(alone)


def test_no_split_is_better() -> None:
    """Every order and every split that has room, simulated: none is better than the search's best by more than a simulation tells."""
    found, simulate = solve(ASKED), Simulator(ASKED, {})
    layers = ASKED.config.layers
    runs: list[Outcome] = []
    for own in range(4, layers, 2):
        for kinds in (("L4", "A10G"), ("A10G", "L4")):
            replica = mixed(ASKED, (kinds[0], 1, own), (kinds[1], 1, layers - own))
            if rules.legal(ASKED, [replica], Excluded()):
                runs.append(simulate(Deployment((Pool("serve", replica, 1),))))
    assert len(runs) >= 4
    best = min(run.e2e.percentile(95) for run in runs)
    assert found.best.outcome.e2e.percentile(95) <= 1.03 * best


def test_memory_is_that_of_the_stage_with_least_room() -> None:
    """Each stage is weighed as that of an even pipeline of its kind with as many layers."""
    layers = ASKED.config.layers
    even = mixed(ASKED, ("L4", 1, layers // 2), ("L4", 1, layers - layers // 2))
    alike = Replica("L4", Plan(pp=2), Precision(), 512, 32)
    assert rules.room(ASKED, even) == rules.room(ASKED, alike)
    uneven = mixed(ASKED, ("L4", 1, layers // 2 + 2), ("A10G", 1, layers - layers // 2 - 2))
    assert rules.room(ASKED, uneven).pages < rules.room(ASKED, even).pages and rules.room(ASKED, uneven).stage == 0


def test_stages_must_hold_all_layers() -> None:
    with pytest.raises(InputError, match=r"stages of 3, 4 layers hold 7 of"):
        rules.room(ASKED, mixed(ASKED, ("L4", 1, 3), ("A10G", 1, 4)))


def test_alike_spans_are_a_plain_pipeline() -> None:
    """The same kind twice, side by side with the pipeline of one kind: the same outcome, when only the link between them is as quick."""
    asked = replace(ASKED, fleet=(replace(ASKED.fleet[0], count=2, network=1e15),))
    layers, simulate = asked.config.layers, Simulator(asked, {})
    plain = simulate(Deployment((Pool("serve", Replica("L4", Plan(pp=2), Precision(), 512, 32), 1),)))
    twice = simulate(Deployment((Pool("serve", mixed(asked, ("L4", 1, layers // 2), ("L4", 1, layers - layers // 2)), 1),)))
    assert twice.e2e.mean == pytest.approx(plain.e2e.mean, rel=1e-3) and twice.tpot.mean == pytest.approx(plain.tpot.mean, rel=1e-3)
    assert twice.watts == pytest.approx(plain.watts, rel=1e-2) and twice.devices == plain.devices == 2


def test_the_quicker_kind_holds_more_layers_where_memory_allows() -> None:
    asked = replace(ASKED, fleet=tuple(problem(fleet=(("H100-SXM", 1), ("L4", 1))).fleet))
    pricer = Pricer(asked)
    for replica in unlike.layouts(asked, [], pricer):
        by_kind = {span.stock: span.layers / span.plan.pp for span in replica.spans}
        assert by_kind["H100-SXM"] > 3 * by_kind["L4"]
        assert 0.3 < pricer(replica).balance <= 1.0


@pytest.mark.parametrize("stages", [1, 2])
def test_no_run_beats_its_bound(stages: int) -> None:
    fleet = problem(fleet=(("L4", 2), ("A10G", 2))).fleet
    asked = replace(ASKED, fleet=fleet, workload=requests(40, 2.0, {"kind": "uniform", "low": 50, "high": 900}, 40))
    pricer = Pricer(asked)
    designs = design.designs(asked, unlike.layouts(asked, [], pricer), pricer, Excluded())
    simulate, work, seen = Simulator(asked, pricer.tables), bounds.Work.of(asked), 0
    for candidate in compose.candidates(asked, designs):
        if candidate.parts[0].design.replica.plan.pp == 2 * stages:
            bound = bounds.optimistic(asked, candidate.deployment, [part.design.steps for part in candidate.parts], work)
            assert bounds.within(bound, simulate(candidate.deployment)), candidate.deployment
            seen += 1
    assert seen


def test_a_pair_that_carries_more_than_either_kind_and_both_side_by_side_is_found() -> None:
    """Each device holds the model with little cache beside it. In a pipeline each holds half of it, and the cache has several times the room."""
    fleet = (("A100-40GB-SXM", 1), ("A100-40GB-PCIe", 1))
    asked = problem("Llama-2-13B", fleet=fleet, workload=requests(100, 8.0, 800, 400), choices=CHOICES)
    options = Options("throughput", simulations=0, engine="serial")
    found = solve(asked, options)
    assert found.best.candidate.parts[0].design.replica.spans and found.best.candidate.devices == 2
    rest = [plan.outcome.tokens_per_s for plan in found.plans if not any(part.design.replica.spans for part in plan.candidate.parts)]
    alone = [solve(replace(asked, fleet=(stock,)), options).best.outcome.tokens_per_s for stock in asked.fleet]
    assert found.best.outcome.tokens_per_s > 1.2 * max([*rest, *alone])


def test_a_result_is_read_back_as_it_was() -> None:
    found = solve(ASKED)
    saved = result.decode(result.encode(result.of(found, [], {})))
    assert result.deployment(saved.plans[0]) == found.best.candidate.deployment
    assert [(span.stock, span.stages) for span in saved.plans[0].pools[0].spans] == [(s.stock, s.plan.pp) for s in found.best.candidate.parts[0].design.replica.spans]


def test_a_pair_that_carries_no_more_than_both_apart_is_dropped() -> None:
    """Either kind holds the model with room to spare, so a pipeline over both can only lose."""
    asked = problem("Llama-3.1-8B", fleet=(("H100-SXM", 1), ("A100-80GB-SXM", 1)), choices=CHOICES)
    pricer = Pricer(asked)
    laid = unlike.layouts(asked, rules.legal(asked, [r for stock in asked.fleet for r in space.layouts(asked, stock)], Excluded()), pricer)
    kept = search.priced(asked, pricer, Excluded(), search.Counts(), lambda share, text: None)
    assert laid and kept and not any(made.replica.spans for made in kept)


def test_fleets_of_one_kind_have_none() -> None:
    asked = problem(fleet=(("H100-SXM", 4),))
    assert unlike.layouts(asked, [], Pricer(asked)) == []
    assert not any(replica.spans for replica in space.layouts(asked, asked.fleet[0]))


def test_devices_count_by_kind() -> None:
    replica = mixed(ASKED, ("L4", 2, 20), ("A10G", 1, 20))
    pool = Deployment((Pool("serve", replica, 3),))
    assert pool.used == {"L4": 6, "A10G": 3} and pool.devices == 9
    asked = replace(ASKED, watts=200.0)
    kept = Excluded()
    assert not rules.legal(asked, [mixed(ASKED, ("L4", 1, 20), ("A10G", 1, 20))], kept) and "power-budget" in kept.counts
    assert np.isfinite(pool.usd_per_h(ASKED)) and outcome.FRONT
