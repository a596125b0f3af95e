"""What a simulation found: latencies with percentiles, rates, goodput, resources, energy and money; by class, over time, as a table and as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from intarsia.planner.simulate.kernels import gap_at

Array = NDArray[np.float64]
PERCENTILES = (50, 90, 95, 99)


def percentiles(values: Array, wanted: Sequence[float]) -> list[float]:
    """As np.percentile has them, which takes ten times as long, and at its first call loads NumPy's masked arrays, a hundredth of a search's time."""
    ordered = np.sort(values)
    places = np.asarray(wanted) / 100 * (len(values) - 1)
    below = np.floor(places).astype(np.int64)
    low, high, share = ordered[below], ordered[np.minimum(below + 1, len(values) - 1)], places - below
    found: list[float] = np.where(share < 0.5, low + (high - low) * share, high - (high - low) * (1 - share)).tolist()
    return found


@dataclass(frozen=True)
class Spread:
    """A quantity over all requests: mean, percentiles and the largest, in its own unit."""

    mean: float
    p50: float
    p90: float
    p95: float
    p99: float
    max: float

    @staticmethod
    def of(values: Array) -> Spread:
        if not len(values):
            return Spread(0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
        p50, p90, p95, p99 = percentiles(values, PERCENTILES)
        return Spread(float(values.mean()), p50, p90, p95, p99, float(values.max()))

    @staticmethod
    def of_gaps(gaps: NDArray[np.int64], total_s: float) -> Spread:
        """From a histogram of gaps, and their sum."""
        count = int(gaps.sum())
        if not count:
            return Spread(0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
        p50, p90, p95, p99, most = (float(v) for v in gap_at(gaps, np.array([*PERCENTILES, 100]) / 100))
        return Spread(total_s / count, p50, p90, p95, p99, most)


@dataclass(frozen=True)
class Requests:
    """One entry a request, in the order of the load: seconds (-1: never), tokens, and its class.

    `cached`: prompt tokens that needed no prefill. `stall`: seconds of the longest wait between two tokens in which iterations ran without it (0: none).
    `tries`: how often it was sent, of which the last is what all else is of.
    """

    arrival: Array
    start: Array
    first: Array
    end: Array
    prompt: NDArray[np.int64]
    output: NDArray[np.int64]
    cached: NDArray[np.int64]
    preemptions: NDArray[np.int64]
    met: NDArray[np.bool_]
    kind: tuple[str, ...]
    engine: NDArray[np.int64]
    stall: Array
    tries: NDArray[np.int64]

    @property
    def ttft(self) -> Array:
        return self.first - self.arrival

    @property
    def tpot(self) -> Array:
        """Seconds for each token after the first; 0 for a single one."""
        return np.where(self.output > 1, (self.end - self.first) / np.maximum(self.output - 1, 1), 0.0)

    @property
    def e2e(self) -> Array:
        return self.end - self.arrival

    @property
    def queue(self) -> Array:
        return self.start - self.arrival

    def take(self, chosen: NDArray[np.bool_]) -> Requests:
        """Those that a mask names."""
        kinds = tuple(kind for kind, there in zip(self.kind, chosen.tolist(), strict=True) if there)
        columns: dict[str, Any] = {name: getattr(self, name)[chosen] for name in self.__dataclass_fields__ if name != "kind"}
        return Requests(kind=kinds, **columns)


@dataclass(frozen=True)
class Latency:
    """Latencies of some requests, in seconds, and how many there were. `met`: share that kept its goals; `goodput_per_s`: those a second."""

    requests: int
    ttft_s: Spread
    tpot_s: Spread
    e2e_s: Spread
    queue_s: Spread
    met: float
    goodput_per_s: float

    @staticmethod
    def of(found: Requests, duration_s: float) -> Latency:
        several = found.output > 1
        good = int(found.met.sum())
        return Latency(
            len(found.arrival), Spread.of(found.ttft), Spread.of(found.tpot[several]), Spread.of(found.e2e), Spread.of(found.queue),
            good / max(len(found.arrival), 1), good / duration_s if duration_s > 0 else 0.0,
        )  # fmt: skip


@dataclass(frozen=True)
class Switching:
    """Of a model on devices that it shares: how often its weights came from slower memory, the seconds that this took, and all seconds in which its requests waited for a turn or
    for weights (summed over hosts)."""

    loads: int
    load_s: float
    waited_s: float


@dataclass(frozen=True)
class Resources:
    """Of all devices over the whole time: share of it in steps, at peak arithmetic, at peak bandwidth and in collectives; KV pages; joules; dollars.

    `prefix_hits`: share of prompt tokens that needed no prefill. `moved_bytes` of KV cache went between tiers or devices; `weight_loads`: how often a host took a
    model's weights from slower memory; `weights_peak`: most of the room for weights that was ever in use. `step_tokens`,
    `step_sequences`: most of any iteration of an attention group.
    """

    busy: float
    compute: float
    memory: float
    network: float
    kv_mean: float
    kv_peak: float
    prefix_hits: float
    preemptions: int
    moved_bytes: float
    weight_loads: int
    weights_peak: float
    joules: float
    dollars: float
    step_tokens: int
    step_sequences: int


@dataclass(frozen=True)
class Series:
    """Over time, in `seconds` after the start: share of KV pages in use, requests running and waiting, output and prompt tokens a second, and how often weights began to come."""

    seconds: list[float]
    kv: list[float]
    running: list[float]
    waiting: list[float]
    output_per_s: list[float]
    prompt_per_s: list[float]
    weight_loads: list[int]


@dataclass(frozen=True)
class Report:
    """A simulation's outcome. Rates are over `duration_s`, from the first arrival to the last token.

    `kinds`: latencies by class of request, `models` by model, where requests name any; `switching`: of models that share devices. `programs_s`: agent
    programs, from their first arrival to their last token. `pools`: resources of each pool, where there are several.
    """

    duration_s: float
    requests_per_s: float
    output_tokens_per_s: float
    tokens_per_s: float
    latency: Latency
    itl_s: Spread
    kinds: dict[str, Latency]
    programs_s: Spread
    resources: Resources
    pools: dict[str, Resources]
    series: Series
    iterations: int
    asked: int
    requests: Requests = field(repr=False)
    models: dict[str, Latency] = field(default_factory=dict)
    switching: dict[str, Switching] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON; without the single requests."""
        found = asdict(Report(**{**self.__dict__, "requests": None}))
        del found["requests"]
        return found

    def rows(self) -> list[dict[str, Any]]:
        """A table of latencies: one row a metric, in milliseconds."""
        parts = {"TTFT": self.latency.ttft_s, "TPOT": self.latency.tpot_s, "ITL": self.itl_s, "end to end": self.latency.e2e_s, "queueing": self.latency.queue_s}
        if self.programs_s.max:
            parts["program"] = self.programs_s
        return [{"metric": name, **{key: 1000 * value for key, value in asdict(spread).items()}} for name, spread in parts.items()]


def series(samples: Array, pages: int, begin: float, end: float, loads: Array, points: int = 200) -> Series:
    """Samples [count, 6] of time, pages used, running, waiting, tokens out and prompt tokens, in the order of time, on an even grid, and the times of `loads` of weights.

    Levels are the latest of each slot; rates are over the slot.
    """
    count = max(1, min(points, len(samples)))
    width = max(end - begin, 1e-12) / count
    slots = np.clip(((samples[:, 0] - begin) / width).astype(int), 0, count - 1)
    latest = np.searchsorted(slots, np.arange(count), side="right") - 1
    levels = np.where(latest[:, None] >= 0, samples[np.maximum(latest, 0), 1:4], 0.0)
    out, prompt = (np.bincount(slots, samples[:, column], count) / width for column in (4, 5))
    came = np.bincount(np.clip(((loads - begin) / width).astype(int), 0, count - 1), minlength=count)
    times = (width * (np.arange(count) + 1)).tolist()
    return Series(times, (levels[:, 0] / max(pages, 1)).tolist(), levels[:, 1].tolist(), levels[:, 2].tolist(), out.tolist(), prompt.tolist(), came.tolist())


def together(samples: list[Array]) -> Array:
    """Samples of several engines as those of all: levels added up, in the order of time."""
    changes = []
    for each in samples:
        levels = np.diff(each[:, 1:4], axis=0, prepend=np.zeros((1, 3)))
        changes.append(np.concatenate([each[:, :1], levels, each[:, 4:]], axis=1))
    merged = np.concatenate(changes)
    merged = merged[np.argsort(merged[:, 0], kind="stable")]
    merged[:, 1:4] = np.cumsum(merged[:, 1:4], axis=0)
    return merged


def mean_level(times: Array, levels: Array, begin: float, end: float) -> float:
    """The mean over time of a level that holds until the next sample; zero before the first."""
    if end <= begin or not len(times):
        return 0.0
    return float((levels * np.diff(times, append=end)).sum() / (end - begin))
