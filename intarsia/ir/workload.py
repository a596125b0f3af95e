"""Requests as they arrive: a trace, or what a rate and distributions of lengths make up. Pure facts, in seconds and tokens."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from intarsia.ir import distributions
from intarsia.ir.distributions import Distribution

ARRIVALS = ("poisson", "uniform", "burst")
ONE_USER = "one user"
"""The name of the workload that is assumed where none is given: a person's questions, one after another."""
LONGEST_S = 1e10
"""Seconds that a workload may last: three centuries, up to which a double still tells microseconds apart."""
QUANTILES = 201
"""Enough that a long-tailed trace keeps its mean within 2 %."""


@dataclass(frozen=True)
class Request:
    """One request. `prefix_hashes`: ids of the prompt's leading blocks (equal ids, equal content); `session`: the conversation it belongs to.

    `kind`: its class; `priority`: the higher, the sooner it is served where a policy looks at it; `deadline_s`: seconds after the arrival for its last token; after it a `tool`
    runs for `tool_s` before the session's next request is sent. `images` of the prompt, whose tokens are among `prompt_tokens`; `model`: which one it is for (empty: the only one).
    """

    arrival_s: float
    prompt_tokens: int
    output_tokens: int
    prefix_hashes: tuple[int, ...] = ()
    session: str = ""
    kind: str = ""
    priority: int = 0
    deadline_s: float = float("inf")
    tool: str = ""
    tool_s: float = 0.0
    images: int = 0
    model: str = ""

    def __post_init__(self) -> None:
        if not 0 <= self.arrival_s <= LONGEST_S:
            raise ValueError(f"arrival_s must lie in [0, {LONGEST_S:g}], found {self.arrival_s:g}")
        if not self.deadline_s > 0 or not 0 <= self.tool_s <= LONGEST_S:
            raise ValueError(f"deadline_s must be above zero and tool_s lie in [0, {LONGEST_S:g}], found {self.deadline_s:g} and {self.tool_s:g}")
        if self.prompt_tokens < 0 or self.output_tokens < 0 or self.images < 0:
            raise ValueError(f"counts of tokens and images must not be negative, found {self.prompt_tokens}, {self.output_tokens} and {self.images}")


@dataclass(frozen=True)
class Workload:
    """Requests in the order of their arrival. `block_tokens`: tokens of a prefix block (0: none known); `dropped`: rows of the trace left out; `lengthened`: requests whose prompt
    was shorter than its images; `drawn`: how its requests were drawn, where they were, so that more of them can be."""

    requests: tuple[Request, ...]
    name: str = ""
    block_tokens: int = 0
    dropped: int = 0
    lengthened: int = 0
    drawn: Drawn | None = field(default=None, compare=False, repr=False)

    def __post_init__(self) -> None:
        for before, after in zip(self.requests, self.requests[1:], strict=False):
            if after.arrival_s < before.arrival_s:
                raise ValueError(f"requests must be in the order of arrival, but {after.arrival_s} comes after {before.arrival_s}")

    def __len__(self) -> int:
        return len(self.requests)

    @property
    def duration_s(self) -> float:
        """Seconds from the first arrival to the last."""
        return self.requests[-1].arrival_s - self.requests[0].arrival_s if self.requests else 0.0

    @property
    def rate_per_s(self) -> float:
        """Mean arrivals a second: the gaps' inverse mean; zero where everything arrives at once."""
        return (len(self.requests) - 1) / self.duration_s if self.duration_s > 0 else 0.0

    def prompt_tokens(self) -> dict[str, Any]:
        """The distribution of prompt lengths (ir/distributions.py). Raises ValueError for an empty workload."""
        return self._distribution(lambda request: request.prompt_tokens)

    def output_tokens(self) -> dict[str, Any]:
        """The distribution of output lengths. Raises ValueError for an empty workload."""
        return self._distribution(lambda request: request.output_tokens)

    def _distribution(self, length: Callable[[Request], int]) -> dict[str, Any]:
        if not self.requests:
            raise ValueError("a workload without requests has no distribution")
        samples = [float(length(request)) for request in self.requests]
        return distributions.empirical(samples, min(QUANTILES, max(2, len(samples))))

    def slice(self, begin_s: float, end_s: float) -> Workload:
        """The requests that arrive in [begin_s, end_s), with times from begin_s on."""
        inside = (r for r in self.requests if begin_s <= r.arrival_s < end_s)
        return replace(self, requests=tuple(replace(r, arrival_s=r.arrival_s - begin_s) for r in inside), drawn=None)

    def at_rate(self, rate_per_s: float) -> Workload:
        """The same requests, with their arrivals stretched or squeezed to another mean rate."""
        if rate_per_s <= 0:
            raise ValueError(f"rate_per_s must be greater than zero, found {rate_per_s}")
        factor = self.rate_per_s / rate_per_s
        drawn = replace(self.drawn, rate_per_s=self.drawn.rate_per_s / factor) if self.drawn and factor else None
        return replace(self, requests=tuple(replace(r, arrival_s=r.arrival_s * factor) for r in self.requests), drawn=drawn)


@dataclass(frozen=True)
class Drawn:
    """How requests are drawn from distributions: `generate` says what its fields are. The more are drawn, the longer it goes on; the first ones stay the same.

    `image_tokens`: prompts hold their images, of so many tokens each, and a token of text (0: lengths are as drawn). `only`: requests for this model (empty: all).
    """

    rate_per_s: float
    prompt_tokens: dict[str, Any]
    output_tokens: dict[str, Any]
    arrivals: str = "poisson"
    seed: int = 0
    images: dict[str, Any] | None = None
    models: Mapping[str, float] | None = None
    image_tokens: int = 0
    only: str = ""

    def __post_init__(self) -> None:
        if self.arrivals not in ARRIVALS:
            raise ValueError(f"arrivals is {self.arrivals!r}; choose one of {', '.join(ARRIVALS)}")
        if self.arrivals != "burst" and self.rate_per_s <= 0:
            raise ValueError(f"rate_per_s must be greater than zero, found {self.rate_per_s}")

    def requests(self, count: int) -> tuple[Request, ...]:
        """The first `count`. Raises ValueError for wrong shares of models."""
        drawn = count
        while len(found := self._first(drawn)) < count:
            drawn = 2 * drawn - len(found)
        return found[:count]

    def _first(self, count: int) -> tuple[Request, ...]:
        """Of the first `count` of all models those that are wanted."""
        rng, prompt, output = random.Random(self.seed), Distribution(self.prompt_tokens), Distribution(self.output_tokens)
        requests, now = [], 0.0
        for _ in range(count):
            requests.append(Request(now, max(1, round(prompt.sample(rng))), max(1, round(output.sample(rng)))))
            now += _gap(self.arrivals, self.rate_per_s, rng)
        found = _with_models(_with_images(tuple(requests), self.images, self.seed), self.models, self.seed)
        return tuple(with_images(request, self.image_tokens) for request in found if not self.only or request.model == self.only)


def with_images(request: Request, tokens: int) -> Request:
    """With a prompt that holds its images, of `tokens` each, and a token of text: a trace of another model may count fewer for an image."""
    return replace(request, prompt_tokens=max(request.prompt_tokens, request.images * tokens + 1)) if tokens and request.images else request


def generate(
    count: int, rate_per_s: float, prompt_tokens: dict[str, Any], output_tokens: dict[str, Any], *, arrivals: str = "poisson", seed: int = 0, name: str = "",
    images: dict[str, Any] | None = None, models: Mapping[str, float] | None = None,
) -> Workload:  # fmt: skip
    """`count` requests drawn from distributions; the same seed gives the same requests. Raises ValueError for a wrong argument.

    `arrivals`: poisson (exponential gaps), uniform (equal gaps) or burst (all at once, whatever the rate). `images` of a request is a distribution, too; `models`: how many
    requests each gets, as shares of any sum. Neither changes what else is drawn.
    """
    drawn = Drawn(rate_per_s, prompt_tokens, output_tokens, arrivals, seed, images, models)
    return Workload(drawn.requests(count), name, drawn=drawn)


def _with_images(requests: tuple[Request, ...], images: dict[str, Any] | None, seed: int) -> tuple[Request, ...]:
    if images is None:
        return requests
    rng, drawn = random.Random(f"images {seed}"), Distribution(images)
    return tuple(replace(request, images=round(drawn.sample(rng))) for request in requests)


def _with_models(requests: tuple[Request, ...], models: Mapping[str, float] | None, seed: int) -> tuple[Request, ...]:
    if not models:
        return requests
    if min(models.values()) < 0 or not 0 < sum(models.values()) < float("inf"):
        raise ValueError(f"shares of models must be finite, not negative, and not all zero, found {dict(models)}")
    drawn = random.Random(f"models {seed}").choices(list(models), list(models.values()), k=len(requests))
    return tuple(replace(request, model=model) for request, model in zip(requests, drawn, strict=True))


def _gap(arrivals: str, rate_per_s: float, rng: random.Random) -> float:
    match arrivals:
        case "poisson":
            return rng.expovariate(rate_per_s)
        case "uniform":
            return 1 / rate_per_s
    return 0.0
