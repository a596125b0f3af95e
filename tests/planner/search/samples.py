"""Small problems for the search: models, fleets and workloads of a few requests."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from intarsia.compiler.frontends import hf_sizes
from intarsia.cost_models.devices import load
from intarsia.cost_models.serving.shapes import Precision
from intarsia.ir.model import ModelConfig
from intarsia.ir.workload import Request, Workload, generate
from intarsia.planner.search import compose, design, search
from intarsia.planner.search.estimate import MOST_BUSY, ROUNDS, Steps
from intarsia.planner.search.evaluate import Simulator
from intarsia.planner.search.prices import Pricer
from intarsia.planner.search.problem import Choices, Goals, Problem, Stock
from intarsia.planner.search.rules import Excluded
from tests.cost_models.test_parameters import PUBLISHED

Array = NDArray[np.float64]
FEW = Choices(chunks=(512, 2048), batches=(16, 128), most_stages=2)


def model(name: str) -> ModelConfig:
    return hf_sizes.read(PUBLISHED[name][1], name)


def stock(name: str, count: int) -> Stock:
    return Stock(name, load(name), count)


def requests(count: int = 40, rate: float = 4.0, prompt: Any = 400, output: Any = 60, seed: int = 0) -> Workload:
    lengths = [value if isinstance(value, dict) else {"kind": "constant", "value": value} for value in (prompt, output)]
    return generate(count, rate, *lengths, seed=seed)


def at_once(*lengths: tuple[int, int]) -> Workload:
    return Workload(tuple(Request(0.0, prompt, output) for prompt, output in lengths))


def problem(name: str = "Llama-3.1-8B", fleet: tuple[tuple[str, int], ...] = (("H100-SXM", 4),), workload: Workload | None = None, goals: Goals | None = None, choices: Choices = FEW, **more: Any) -> Problem:
    return Problem(model(name), tuple(stock(*pair) for pair in fleet), workload or requests(), goals or Goals(), choices, name=name, **more)


def pressed(asked: Problem) -> Problem:
    """The problem at the least rate (in halves, from 10 a second on) at which no setting of its choices keeps the goals on one of its devices, whatever prices are known here."""
    one = replace(asked, fleet=(replace(asked.fleet[0], count=1),))
    pricer = Pricer(one)
    base = search.priced(one, pricer, Excluded(), search.Counts(), lambda share, text: None)[0]
    settings = [base.replica.told("max_batch_tokens", chunk).told("max_sequences", batch) for chunk in one.choices.chunks for batch in one.choices.batches]
    first = [compose.Candidate((compose.Part("serve", made, 1),), 0.0).deployment for setting in settings for made in design.told(one, base, setting)]
    rate = 10.0
    while True:
        made = replace(one, workload=asked.workload.at_rate(rate))
        simulate = Simulator(made, pricer.tables)
        if not any(simulate(deployment).meets(asked.goals) for deployment in first):
            return replace(asked, workload=made.workload)
        rate += 0.5


F8 = Precision("f8", kv="f8")


def settled(steps: Steps, isl: float, osl: float, rates: Array, chunks: Array, most: Array) -> Array:
    """The fixed point of steady states as its formulas stand (planner/search/estimate.py)."""
    step = np.zeros(np.shape(rates))
    n, context = np.ones_like(step), np.full_like(step, isl + osl / 2)
    for _ in range(ROUNDS):
        free = np.maximum(1.0, chunks - n)
        piece, prompts = np.minimum(free, isl), np.maximum(1.0, np.minimum(free, rates * isl * step) / isl)
        td, tm = steps.both_s(n, context, piece, np.maximum(0.0, isl - piece) / 2, prompts)
        tokens = piece * prompts
        share = rates * isl * np.maximum(tm - td, 0) / tokens
        step = td / (1 - np.minimum(share, MOST_BUSY))
        wanted = rates * max(osl - 1, 0) * step
        n = np.clip(wanted, 1.0, np.maximum(most, 1.0))
    return np.stack([n, step, wanted, share, tokens, tm], axis=-1)


@dataclass(frozen=True)
class Line:
    """Steps whose seconds are a straight line: easy to check by hand."""

    start: float = 0.01
    row: float = 1e-5
    token: float = 1e-8
    balance: float = 1.0

    def decode_s(self, sequences: Array, context: Array) -> Array:
        return np.asarray(self.start + self.row * sequences + self.token * sequences * context)

    def settled(self, isl: float, osl: float, rates: Array, chunks: Array, most: Array) -> Array:
        return settled(self, isl, osl, rates, chunks, most)

    def both_s(self, sequences: Array, context: Array, tokens: Array, before: Array, prompts: Array) -> tuple[Array, Array]:
        alone = self.decode_s(sequences, context)
        return alone, np.asarray(alone + prompts * (self.row * tokens + self.token * tokens * (before + tokens / 2)))

    def floor_s(self) -> float:
        return self.start

    def token_s(self, chunk: int) -> float:
        return self.start / chunk + self.row

    def lone_token_s(self, chunk: int) -> float:
        return self.token_s(chunk)
