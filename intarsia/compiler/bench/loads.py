"""What is replayed: a trace's requests, brought to lengths that the bundle takes, at several rates.

Rates are relative to the saturation that the simulator predicts: requests a second that the model finishes when all of them are there at once.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from intarsia.compiler.frontends import traces
from intarsia.errors import InputError
from intarsia.ir import workload
from intarsia.ir.workload import Request, Workload

LOADS = {"light": 0.3, "near": 0.85, "over": 1.5}
"""Shares of the saturation rate."""
PROMPT = {"kind": "lognormal", "median": 160.0, "sigma": 0.9}
OUTPUT = {"kind": "lognormal", "median": 32.0, "sigma": 0.7}
"""Lengths where no trace is given."""
LEAST_TOKENS = 2
"""Of a prompt and of an answer: one token out has no time per token."""


@dataclass(frozen=True)
class Material:
    """Several drawings of requests to replay, each with arrivals of a mean rate of one a second, and what was done to them."""

    drawn: tuple[Workload, ...]
    notes: tuple[str, ...] = ()

    @property
    def requests(self) -> tuple[Request, ...]:
        """Those of all drawings."""
        return tuple(request for each in self.drawn for request in each.requests)


def material(trace: Path | None, count: int, seed: int, scale: float, longest: int, times: int = 1) -> Material:
    """`count` requests of at most `longest` tokens, prompt and answer together, drawn so many `times`; raises InputError where the trace has none.

    A trace is thinned: `count` of its requests are drawn evenly, in their order, so that gaps between arrivals keep its shape. No request is drawn again before too few are
    left. Lengths are multiplied by `scale`, and requests that are then too long are dropped.
    """
    if not 0 < scale <= 1:
        raise InputError(f"--scale-tokens must be above 0 and at most 1, found {scale}")
    if trace is None:
        whole = workload.generate(count * times, 1.0, PROMPT, OUTPUT, seed=seed, name="generated")
        notes = ["no trace was given: requests are generated, with Poisson arrivals (--workload takes a trace)"]
    else:
        whole, notes = traces.read(trace), []
    scaled = [_scaled(request, scale) for request in whole.requests]
    fitting = [request for request in scaled if request.prompt_tokens + request.output_tokens <= longest]
    if len(fitting) < 2:
        raise InputError(f"{len(fitting)} of {len(scaled)} requests fit the {longest} tokens that the bundle holds", mend="lower --scale-tokens, or compile with more --context")
    if scale < 1:
        notes.append(f"lengths are multiplied by {scale:g}")
    if dropped := len(scaled) - len(fitting):
        notes.append(f"{dropped} of {len(scaled)} requests are longer than the {longest} tokens that the bundle holds, and dropped")
    return Material(tuple(_moved([fitting[place] for place in places], whole.name) for places in _dealt(len(fitting), count, times, seed)), tuple(notes))


def _scaled(request: Request, scale: float) -> Request:
    prompt, output = (max(LEAST_TOKENS, round(tokens * scale)) for tokens in (request.prompt_tokens, request.output_tokens))
    return replace(request, prompt_tokens=prompt, output_tokens=output, prefix_hashes=(), session="")


def _dealt(number: int, count: int, times: int, seed: int) -> list[list[int]]:
    """So many `times`, `count` of `number` places (or all), in order: dealt from a shuffled deck as long as there are enough in it, then from another."""
    rng, found = random.Random(seed), list[list[int]]()
    while len(found) < times:
        deck = rng.sample(range(number), number)
        found += [sorted(deck[first : first + count]) for first in range(0, max(number - count, 0) + 1, count)]
    return found[:times]


def _moved(requests: Sequence[Request], name: str) -> Workload:
    """The first at time zero, at one a second on average."""
    first = requests[0].arrival_s
    moved = Workload(tuple(replace(request, arrival_s=request.arrival_s - first) for request in requests), name)
    if moved.rate_per_s == 0:
        raise InputError("all requests of the trace arrive at once", mend="give a trace with arrivals over some time")
    return moved.at_rate(1.0)


def chosen(text: str) -> dict[str, float]:
    """Shares of saturation by name, of "light,near" or "light,0.5". Raises InputError for what is neither a name nor a share."""
    found: dict[str, float] = {}
    for part in (part.strip() for part in text.split(",")):
        try:
            found[part] = LOADS[part] if part in LOADS else float(part)
        except ValueError:
            raise InputError(f"unknown load {part!r}", where="--loads", mend=f"choose among {', '.join(LOADS)}, or give shares of saturation") from None
        if not 0 < found[part] < 100:
            raise InputError(f"a load must be a share of saturation above 0, found {part}", where="--loads")
    return found
