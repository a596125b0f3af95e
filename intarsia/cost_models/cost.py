"""What an operator, a step or a task costs, and where it runs: the vocabulary of all cost models."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Protocol

from intarsia.ir.device import Device
from intarsia.ir.weights import EIGHT_BITS


@dataclass(frozen=True)
class Cost:
    """Seconds, FLOPs, bytes moved through main memory, and joules; `bound` names the resource that takes most of the time.

    `source` says where the seconds come from, `error_band` is their relative standard error (0: not stated), and `bytes_per_level`
    has the bytes through each of the device's memories by its name, where they are known. A sum keeps its `shares`: by source, the
    seconds and their standard error in seconds.
    """

    seconds: float = 0.0
    flops: float = 0.0
    bytes: float = 0.0
    joules: float = 0.0
    bound: str = ""
    source: str = ""
    error_band: float = 0.0
    bytes_per_level: Mapping[str, float] = field(default_factory=dict)
    shares: Mapping[str, tuple[float, float]] = field(default_factory=dict)

    def times(self, count: float) -> Cost:
        levels = {name: size * count for name, size in self.bytes_per_level.items()}
        shares = {name: (seconds * count, error * count) for name, (seconds, error) in self.shares.items()}
        return replace(
            self, seconds=self.seconds * count, flops=self.flops * count, bytes=self.bytes * count, joules=self.joules * count, bytes_per_level=levels, shares=shares,
        )  # fmt: skip

    def by_source(self) -> Mapping[str, tuple[float, float]]:
        """Seconds and their standard error in seconds, by source."""
        return self.shares or ({self.source: (self.seconds, self.seconds * self.error_band)} if self.source else {})


def total(costs: list[Cost]) -> Cost:
    """The sum; its bound is that of most of the seconds, its source all of theirs, those of most seconds first.

    Errors of one source are taken to go one way, since the same table, machine state or model makes them, and add up; those of different sources
    are taken to be independent, so that their squares add up.
    """
    seconds, by_bound, levels, shares = sum(c.seconds for c in costs), dict[str, float](), dict[str, float](), dict[str, tuple[float, float]]()
    for cost in costs:
        by_bound[cost.bound] = by_bound.get(cost.bound, 0.0) + cost.seconds
        for name, size in cost.bytes_per_level.items():
            levels[name] = levels.get(name, 0.0) + size
        for name, (spent, error) in cost.by_source().items():
            before = shares.get(name, (0.0, 0.0))
            shares[name] = before[0] + spent, before[1] + error
    shares = dict(sorted(shares.items(), key=lambda share: -share[1][0]))
    error_s = math.sqrt(sum(error**2 for _, error in shares.values()))
    return Cost(
        seconds, sum(c.flops for c in costs), sum(c.bytes for c in costs), sum(c.joules for c in costs),
        max(by_bound, key=lambda b: by_bound[b], default=""), "; ".join(shares), error_s / seconds if seconds else 0.0, levels, shares,
    )  # fmt: skip


@dataclass(frozen=True)
class Setup:
    """Where and how a model runs: `tp` devices together, `threads` of each (1 on a GPU), and the precision of weights and KV.

    `precision`: w-a8, w-a16 or w-a32 (weights as stored; int8, 16-bit or f32 activations), f32 (weights widened too), or f8 or f8_block (the layers' matrices and what
    they multiply in 8-bit floats, all else as w-a16).
    """

    device: Device
    threads: int = 1
    precision: str = "w-a32"
    kv_dtype: str = "f16"
    tp: int = 1

    @property
    def activations(self) -> str:
        """a8, a16 or a32, outside of products of 8-bit floats."""
        if self.precision in EIGHT_BITS:
            return "a16"
        return "a32" if self.precision == "f32" else self.precision.removeprefix("w-")

    @property
    def kv_element_bytes(self) -> int:
        return 4 if self.kv_dtype == "f32" else 2

    @property
    def watts(self) -> float:
        """Power drawn by the whole setup while it works."""
        device = self.device
        share = min(1.0, self.threads / device.cores) if device.kind == "cpu" else 1.0
        return self.tp * (device.idle_watts + (device.watts - device.idle_watts) * share)


@dataclass(frozen=True)
class Step:
    """One step of a model: `rows` new tokens over `sequences`, each with `context` tokens before them; logits of `logit_rows`."""

    rows: float
    sequences: float = 1.0
    context: float = 0.0
    logit_rows: float = 1.0


class StepCosts(Protocol):
    """A model's costs: seconds of one step of a phase ("prefill", "decode", "encode", "call")."""

    def step(self, phase: str, setup: Setup, step: Step) -> Cost: ...

    def weight_bytes(self, precision: str) -> float:
        """Bytes of all weights as they lie in memory."""
        ...
