"""What a search is asked: a model, a fleet, requests and goals. Frozen facts; seconds, bytes, US dollars an hour, watts."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from functools import cached_property
from statistics import fmean

from intarsia.cost_models.money import hourly
from intarsia.cost_models.serving.encoder import Encoding
from intarsia.cost_models.serving.host import NO_HOST, Host
from intarsia.cost_models.serving.memory import VLLM, EngineMemory, Footprint, Known
from intarsia.cost_models.serving.shapes import Precision
from intarsia.errors import InputError
from intarsia.ir.device import Device
from intarsia.ir.model import ModelConfig
from intarsia.ir.vision import Size, VisionConfig
from intarsia.ir.workload import Workload
from intarsia.runtime.scheduler.parameters import Value, parameters
from intarsia.runtime.scheduler.policy import LIMITS, check_parameters, policy_class
from intarsia.runtime.scheduler.routers import make_router

BF16 = Precision()
FCFS = "fcfs_chunked_prefill"
NODE = 8
"""Devices that a node's link joins where the catalogue doesn't say."""
NETWORK = 50e9
"""Bytes/s of a device to other nodes where the fleet states no link: one NIC of 400 Gb/s each."""
NETWORK_LATENCY_S = 5e-6


@dataclass(frozen=True)
class Stock:
    """`count` devices of one kind in a fleet, `node` of them on one fast link; `network` bytes/s of each to other nodes."""

    name: str
    device: Device
    count: int
    network: float = NETWORK

    @property
    def node(self) -> int:
        return self.device.domain or (NODE if self.device.link else 1)

    @property
    def usd_per_h(self) -> float:
        """Dollars an hour of one device; 0 where the fleet and the catalogue give neither rent nor price."""
        known = self.device.rent_usd_per_h or self.device.price_usd
        return hourly(self.device).usd if known else 0.0


def duration(seconds: float) -> str:
    """ "339.7 ms", "12.97 s": four digits, in the unit that people say it in."""
    scale, unit = next(((scale, unit) for scale, unit in ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs")) if abs(seconds) >= scale * (1 - 5e-5)), (1e-9, "ns"))
    return f"{float(f'{seconds / scale:.4g}'):,.10g} {unit}"


@dataclass(frozen=True)
class Goals:
    """What users are promised, in seconds (infinite: nothing): a request is good where all hold, and a plan where `percentile` % of its requests are good."""

    ttft_s: float = float("inf")
    tpot_s: float = float("inf")
    e2e_s: float = float("inf")
    percentile: float = 95.0

    def __post_init__(self) -> None:
        for name in ("ttft_s", "tpot_s", "e2e_s"):
            if not getattr(self, name) > 0:
                raise InputError(f"the goal {name} must be greater than zero, found {getattr(self, name)}")
        if not 0 < self.percentile < 100:
            raise InputError(f"the goals' percentile must lie between 0 and 100, found {self.percentile}")

    @property
    def any(self) -> bool:
        return any(getattr(self, name) < float("inf") for name in ("ttft_s", "tpot_s", "e2e_s"))

    def __str__(self) -> str:
        shown = [f"{f.name.removesuffix('_s')} {duration(getattr(self, f.name))}" for f in fields(self) if f.name != "percentile" and getattr(self, f.name) < float("inf")]
        return f"{', '.join(shown)} for {self.percentile:g} % of requests" if shown else "none"


@dataclass(frozen=True)
class Draft:
    """Speculative decoding: a draft model proposes `tokens` at a time, each is taken with the chance `acceptance` (Leviathan et al., arXiv 2211.17192)."""

    config: ModelConfig = field(hash=False)
    acceptance: float
    tokens: int = 4
    precision: Precision = BF16

    def __post_init__(self) -> None:
        if not 0 <= self.acceptance < 1 or self.tokens < 1:
            raise InputError(f"a draft needs an acceptance in [0, 1) and at least one token, found {self.acceptance} and {self.tokens}")

    @property
    def gain(self) -> float:
        """Tokens that one step of the large model brings on average (their equation 1)."""
        a = self.acceptance
        return float((1 - a ** (self.tokens + 1)) / (1 - a))


@dataclass(frozen=True)
class Images:
    """The encoder of a vision-language model, and how large the workload's images are, in pixels."""

    encoder: VisionConfig
    size: Size

    @property
    def tokens(self) -> int:
        """Of an image in the prompt."""
        return self.encoder.tokens(self.size)


@dataclass(frozen=True)
class Choices:
    """The values that a search tries. `precisions` of weights and cache, `chunks` of tokens a step, `batches` of sequences at most; `modes`: aggregated, disaggregated.

    All plans have the first of `policies` and of `routers` (empty: by the kinds of replicas) at first; the others are tried on the best of them (vary.py).
    `parameters` of policies: values that take the place of those that policies declare; a single one is fixed (tuning.py).
    """

    precisions: tuple[Precision, ...] = (BF16,)
    chunks: tuple[int, ...] = (512, 2048, 8192)
    batches: tuple[int, ...] = (32, 128, 512)
    modes: tuple[str, ...] = ("aggregated", "disaggregated")
    policies: tuple[str, ...] = (FCFS,)
    routers: tuple[str, ...] = ("",)
    drafts: tuple[Draft | None, ...] = (None,)
    most_stages: int = 8
    context_parallel: tuple[int, ...] = (1,)
    parameters: tuple[tuple[str, tuple[Value, ...]], ...] = ()

    def __post_init__(self) -> None:
        for name in ("chunks", "batches"):
            values = getattr(self, name)
            if not values or any(value < 1 for value in values):
                raise InputError(f"{name} must be whole numbers of at least 1, found {values}")
        if unknown := set(self.modes) - {"aggregated", "disaggregated"}:
            raise InputError(f"there is no mode {', '.join(sorted(unknown))}", mend="choose aggregated, disaggregated or both")
        for name in self.policies:
            if "encode" in policy_class(name).needs:
                raise InputError(f"the policy {name} encodes images and nothing else", mend="choose another; encode replicas have it (intarsia simulate --encodes)")
        for name, values in self.parameters:
            self._check(name, values)
        for name in self.routers:
            if name:
                make_router(name)
        if not self.modes or not self.precisions or not self.policies or not self.routers or self.most_stages < 1:
            raise InputError("a search needs at least one mode, one precision and one stage")

    def _check(self, name: str, values: tuple[Value, ...]) -> None:
        """Raises InputError for a parameter that no policy has, and for values that one can't take."""
        having = [policy for policy in self.policies if name in {each.name for each in parameters(policy_class(policy))}]
        if not having or not values:
            known = sorted({each.name for policy in self.policies for each in parameters(policy_class(policy))} - set(LIMITS))
            raise InputError(f"no policy that is tried has a parameter {name!r}", mend=f"they take {', '.join(known) or 'none'}; --policy names others")
        for policy in having:
            for value in values:
                check_parameters(policy, {name: value})


NO_GOALS, USUAL = Goals(), Choices()


@dataclass(frozen=True)
class Problem:
    """One search. `host` is what the engine's host takes in each step of each stage. `watts` is a limit on the power of all devices at full draw (0: none). `images`: of a model
    that takes any; a prompt's tokens have theirs among them."""

    config: ModelConfig
    fleet: tuple[Stock, ...]
    workload: Workload
    goals: Goals = NO_GOALS
    choices: Choices = USUAL
    memory: EngineMemory = VLLM
    host: Host = NO_HOST
    watts: float = 0.0
    name: str = "model"
    framework: str = "vllm"
    images: Images | None = None
    without: tuple[str, ...] = field(default=())

    @cached_property
    def stock(self) -> dict[str, Stock]:
        """The fleet by name."""
        return {stock.name: stock for stock in self.fleet}

    @cached_property
    def rooms(self) -> dict[object, Footprint]:
        """What is known of replicas' memory (rules.room)."""
        return {}

    @cached_property
    def stages(self) -> Known:
        """What is known of the model's stages, for the same."""
        return {}

    @cached_property
    def encodings(self) -> dict[object, Encoding]:
        """What is known of encoding images (evaluate.py)."""
        return {}

    @property
    def image_tokens(self) -> int:
        """Tokens of an image; 0 for a model that takes none."""
        return self.images.tokens if self.images else 0

    @cached_property
    def images_per_request(self) -> float:
        """Mean of all requests."""
        return fmean(request.images for request in self.workload.requests)

    @cached_property
    def isl(self) -> float:
        """Mean tokens of a prompt, at least 1."""
        return max(1.0, fmean(request.prompt_tokens for request in self.workload.requests))

    @cached_property
    def osl(self) -> float:
        """Mean tokens of an answer, at least 1."""
        return max(1.0, fmean(request.output_tokens for request in self.workload.requests))

    @property
    def split_s(self) -> float:
        """Seconds in which the host splits a mean prompt's text into tokens, before any device has it."""
        return self.host.token_s * max(0.0, self.isl - self.images_per_request * self.image_tokens)

    @property
    def left_s(self) -> float:
        """What the goal for a first token leaves devices on average; a moment where it leaves nothing."""
        return max(1e-9, self.goals.ttft_s - self.split_s)

    @cached_property
    def longest(self) -> int:
        """Most tokens that a request comes to have."""
        return max(request.prompt_tokens + request.output_tokens for request in self.workload.requests)

    @property
    def rate(self) -> float:
        """Requests a second on offer; infinite where all arrive at once."""
        return self.workload.rate_per_s or float("inf")


def check(problem: Problem) -> None:
    """Raises InputError for what no search can answer: nothing to serve, nothing to serve it on, requests that the model can't hold."""
    if not problem.fleet or any(stock.count < 1 for stock in problem.fleet):
        raise InputError("the fleet has no device", mend="give one such as 8xH100-SXM")
    if not problem.workload.requests:
        raise InputError("the workload has no request")
    if problem.config.family != "decoder":
        raise InputError(f"a model of the family {problem.config.family!r} isn't served token by token", mend="give a decoder")
    if not problem.images and (first := next((number for number, request in enumerate(problem.workload.requests, 1) if request.images), 0)):
        what = f"request {first} has images, and {problem.name} has no encoder of images that is read"
        raise InputError(what, where=problem.workload.name, mend="give a model that has one (docs/fleets-and-workloads.md names them), or leave the images out")
    if problem.watts < 0:
        raise InputError(f"the power budget must not be negative, found {problem.watts} W")
    limit = problem.config.context
    over = sum(request.prompt_tokens + request.output_tokens > limit for request in problem.workload.requests) if limit else 0
    if over:
        mend = "shorten them, or give a model with a longer context (max_position_embeddings)"
        first = next(number for number, request in enumerate(problem.workload.requests, 1) if request.prompt_tokens + request.output_tokens > limit)
        what = f"{over} of {len(problem.workload)} requests are longer than the model's context of {limit} tokens: the longest has {problem.longest}, the first is request {first}"
        raise InputError(what, where=problem.workload.name, mend=mend)
    if all(request.prompt_tokens < 1 or request.output_tokens < 1 for request in problem.workload.requests):
        raise InputError("no request has a prompt and an answer", where=problem.workload.name, mend="give requests of one token or more each")
