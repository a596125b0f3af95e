"""A given plan simulated: a peer's choice, or what somebody measured."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

from intarsia.compiler import serving_plan
from intarsia.compiler.frontends import fleet as fleets
from intarsia.compiler.frontends import hf_sizes, workload
from intarsia.compiler.serving_models import CONFIGS
from intarsia.cost_models.serving.host import HOSTS
from intarsia.cost_models.serving.memory import ENGINES
from intarsia.cost_models.serving.shapes import Plan, Precision
from intarsia.planner.search.evaluate import Simulator
from intarsia.planner.search.outcome import Outcome
from intarsia.planner.search.prices import Pricer
from intarsia.planner.search.problem import BF16, Choices, Goals, Problem
from intarsia.planner.search.scenario import NORMAL, Scenario
from intarsia.planner.search.space import Deployment, Pool, Replica


@lru_cache(maxsize=16)
def problem(model: str, fleet: str, requests: str, engine: str = "vllm", percentile: float = 95.0, ttft_s: float = float("inf"), tpot_s: float = float("inf")) -> Problem:
    """A problem in the bench's words."""
    goals = Goals(ttft_s=ttft_s, tpot_s=tpot_s, percentile=percentile)
    config = hf_sizes.read(CONFIGS[model], model)
    return Problem(config, serving_plan.stocks(*fleets.read(fleet)), workload.requests(requests), goals, Choices(), ENGINES[engine], HOSTS[engine], name=model, framework=engine.partition("-")[0])


def pool(made: Problem, role: str, count: int, plan: Plan, precision: Precision, chunk: int = 8192, sequences: int = 256) -> Pool:
    return Pool(role, Replica(made.fleet[0].name, plan, precision, chunk, sequences), count)


def simulate(model: str, fleet: str, requests: str, *, tp: int, count: int, precision: Precision = BF16, chunk: int = 8192, sequences: int = 256, engine: str = "vllm") -> Outcome:
    """`count` replicas of `tp` devices each, serving whole requests."""
    made = problem(model, fleet, requests, engine)
    chosen = pool(made, "serve", count, Plan(tp=tp), precision, chunk, sequences)
    old = replace(chosen, replica=replace(chosen.replica, policy="continuous_batching"))  # whole prompts first: chunks came later
    return run(made, Deployment((old if engine == "vllm-v0" else chosen,)))


def run(made: Problem, deployment: Deployment, scenario: Scenario = NORMAL) -> Outcome:
    return _simulators(made)(deployment, scenario)


_known: dict[int, tuple[Problem, Simulator]] = {}


def _simulators(made: Problem) -> Simulator:
    """One for each problem, so that tables are built once."""
    if id(made) not in _known:
        _known[id(made)] = (made, Simulator(made, Pricer(made).tables))
    return _known[id(made)][1]
