"""What serves: replicas of engines in pools with roles, joined by links, as frozen facts."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from intarsia.cost_models.rest import NEVER_RESTS, Rest
from intarsia.cost_models.serving.step_table import StepTable
from intarsia.errors import InputError
from intarsia.planner.simulate.speeds import Speeds
from intarsia.runtime.scheduler.cluster import ALL_STAGES, DECODE, ENCODE, PREFILL

PAGE_TOKENS = 16
FCFS = "fcfs_chunked_prefill"


@dataclass(frozen=True)
class Tier:
    """Slower memory for KV caches: room for `tokens` tokens, and the bytes/s at which they are copied each way (all devices of the replica together)."""

    tokens: int
    bandwidth: float
    latency_s: float = 0.0

    def __post_init__(self) -> None:
        if self.tokens < 0 or not self.bandwidth > 0:
            raise InputError(f"a tier needs a bandwidth above zero, and room for zero tokens or more, found {self.bandwidth} and {self.tokens}")


@dataclass(frozen=True)
class Link:
    """Between replicas: bytes/s that one sends or receives, all its devices together. `hidden`: share of a copy that runs beside the prefill, layer by layer."""

    bandwidth: float
    latency_s: float = 0.0
    hidden: float = 0.0

    def __post_init__(self) -> None:
        if not self.bandwidth > 0 or self.latency_s < 0 or not 0 <= self.hidden <= 1:
            raise InputError(f"a link needs a bandwidth above zero, and a hidden share in [0, 1], found {self.bandwidth} and {self.hidden}")


@dataclass(frozen=True)
class Host:
    """Devices that replicas of several models share, one at a time.

    There is room for `weight_bytes` of weights; others come at `bandwidth` bytes/s from slower memory, those used least recently make room. While others wait, a model goes
    on for `quantum_s` at most. Replicas with equal hosts are on the same one. Slower memory holds `memory_bytes` of weights, by the same rule; what it doesn't hold is read from a
    disk at `disk_bandwidth` at most, and held from then on. `loaded`: at the beginning, weights that have room are there, in the order of the pools; else none are.
    """

    name: str
    weight_bytes: float
    bandwidth: float
    latency_s: float = 0.0
    quantum_s: float = 1.0
    memory_bytes: float = math.inf
    disk_bandwidth: float = math.inf
    loaded: bool = False

    def __post_init__(self) -> None:
        if self.memory_bytes < 0 or not self.disk_bandwidth > 0:
            raise InputError(f"the host {self.name} needs memory of zero bytes or more and a disk with a bandwidth above zero, found {self.memory_bytes} and {self.disk_bandwidth}")
        if not self.weight_bytes > 0 or not self.bandwidth > 0 or self.quantum_s < 0 or self.latency_s < 0:
            raise InputError(f"the host {self.name} needs room for weights and a bandwidth above zero, found {self.weight_bytes} and {self.bandwidth}")


@dataclass(frozen=True)
class Stage:
    """One stage of a pipeline: a `share` of the layers, on devices whose steps through the whole model `table` prices (for as many stages as the pipeline has)."""

    table: StepTable
    share: float

    def __post_init__(self) -> None:
        if not 0 < self.share <= 1:
            raise InputError(f"a stage holds a share of the layers in (0, 1], found {self.share}")


@dataclass(frozen=True)
class Replica:
    """One engine: steps as `table` prices them, `kv_tokens` tokens of KV cache in each attention group, and its scheduling policy by name, with parameters.

    `kv_token_bytes`: bytes of a token's KV cache, all devices together; needed with tiers and links. `tiers`: slower memory, fastest first; with `overlap`, copies run
    beside the step that needs them, else before it. `image_s`, `image_token_s`: seconds to encode a batch of images, and for each of their tokens, `image_peak_s` of them at peak
    arithmetic; `image_token_bytes`: what an encoded token takes on a link. `usd_per_h`: all devices. `model`: which jobs it serves (empty: all).

    A plan with several pipeline stages has as many batches under way, each with its own scheduler and its part of the KV cache (vLLM's virtual engines). `pipeline`:
    stages on devices that differ, or with unequal shares of the layers; empty: as `table` says. On a `host`, replicas of several models take turns; `weight_bytes` are its own.

    `stream_s`: where weights are streamed from slower memory, seconds that this takes in each iteration, beside its work (planner/memory/tiers).
    `rest`: what a step takes longer that begins after the engine had nothing to run; when the simulation begins, it has just run something.
    """

    table: StepTable
    kv_tokens: int
    policy: str = FCFS
    parameters: Mapping[str, Any] = field(default_factory=lambda: {"max_batch_tokens": 8192, "max_sequences": 256})
    page_tokens: int = PAGE_TOKENS
    kv_token_bytes: float = 0.0
    tiers: tuple[Tier, ...] = ()
    overlap: bool = False
    image_s: float = 0.0
    image_token_s: float = 0.0
    image_peak_s: float = 0.0
    image_token_bytes: float = 0.0
    usd_per_h: float = 0.0
    name: str = ""
    model: str = ""
    pipeline: tuple[Stage, ...] = ()
    host: Host | None = None
    weight_bytes: float = 0.0
    stream_s: float = 0.0
    rest: Rest = NEVER_RESTS

    def __post_init__(self) -> None:
        if self.rest.idle_s and (self.lanes > 1 or self.host):
            raise InputError("rests are counted for engines without a pipeline, on devices of their own", mend="leave `rest` out")
        if self.stream_s < 0 or (self.stream_s and self.lanes > 1):
            raise InputError(f"weights are streamed by engines without a pipeline, in zero seconds or more, found {self.stream_s:g}")
        if self.host and (self.lanes > 1 or not 0 < self.weight_bytes <= self.host.weight_bytes):
            raise InputError(
                f"a replica on the host {self.host.name} needs weight_bytes within its {self.host.weight_bytes:g}, and no pipeline, found {self.weight_bytes:g}",
                mend="give the host more room, or the model fewer bits",
            )
        if self.pipeline and abs(sum(stage.share for stage in self.pipeline) - 1) > 1e-6:
            raise InputError(f"the stages of a pipeline hold all layers together, found shares of {[stage.share for stage in self.pipeline]}")
        if self.kv_tokens < self.page_tokens or self.page_tokens < 1:
            raise InputError(f"a KV cache of {self.kv_tokens} tokens holds no page of {self.page_tokens}", mend="use more memory or smaller pages")
        if self.tiers and not self.kv_token_bytes > 0:
            raise InputError("tiers need kv_token_bytes, the size of a token's KV cache")

    @cached_property
    def speeds(self) -> Speeds:
        """How fast it is, laid out for compiled code: once for all runs."""
        return Speeds.of(self)

    @property
    def pages(self) -> int:
        return self.kv_tokens // self.page_tokens

    @property
    def lanes(self) -> int:
        """Batches that are under way at once: one for each stage of the pipeline."""
        return len(self.pipeline) or self.table.stages

    def stages(self) -> tuple[Stage, ...]:
        """The stages of its pipeline; one holds all layers where there is none."""
        return self.pipeline or (Stage(self.table, 1 / self.lanes),) * self.lanes

    @property
    def idle_watts(self) -> float:
        """Of all devices, at rest."""
        return sum(stage.table.idle_watts * stage.table.devices for stage in self.stages()) / self.lanes

    def tier_pages(self) -> list[int]:
        return [tier.tokens // self.page_tokens for tier in self.tiers]

    def block_tokens(self, named: int) -> int:
        """Tokens of a shared block: what the load's hashes name, in whole pages."""
        return math.lcm(named, self.page_tokens) if named else 0


@dataclass(frozen=True)
class Pool:
    """`count` alike replicas that serve the same `stages` of requests (encode, prefill, decode). `link`: over which they send caches or images on (none: the deployment's)."""

    replica: Replica
    count: int = 1
    stages: frozenset[str] = ALL_STAGES
    name: str = ""
    link: Link | None = None

    def __post_init__(self) -> None:
        if self.count < 1 or not self.stages or not self.stages <= ALL_STAGES:
            raise InputError(f"a pool needs at least one replica, and stages of {', '.join(sorted(ALL_STAGES))}, found {self.count} and {sorted(self.stages)}")


@dataclass(frozen=True)
class Deployment:
    """All that serves. A request goes from stage to stage, over the `link` where another replica serves the next one.

    `router` chooses where requests begin, `decode_router` where their KV cache goes after the prefill. Encoded images go over `image_link` (none: the `link`).
    `token_s`: to split text into one token of a prompt (images aside), before the request is sent anywhere; each has a process of its own.
    """

    pools: tuple[Pool, ...]
    router: str = "round_robin"
    decode_router: str = "least_loaded"
    link: Link | None = None
    image_link: Link | None = None
    token_s: float = 0.0

    def __post_init__(self) -> None:
        if not self.pools:
            raise InputError("there is no replica to serve the load", mend="give at least one")
        for stage in (PREFILL, DECODE):
            if not any(stage in pool.stages for pool in self.pools):
                raise InputError(f"no pool serves the stage {stage}", mend="add it to a pool's stages")
        if not 0 <= self.token_s < math.inf:
            raise InputError(f"splitting a token takes finite seconds, zero or more, found token_s {self.token_s}")
        if any({PREFILL, DECODE} & pool.stages == {PREFILL} and (pool.link or self.link) is None for pool in self.pools):
            raise InputError("replicas that only prefill need a link over which KV caches leave", mend="give Deployment.link")
        if any((pool.link or self.link) and pool.replica.kv_token_bytes <= 0 for pool in self.pools if PREFILL in pool.stages):
            raise InputError("a link needs kv_token_bytes of the replicas that prefill")

    @property
    def encodes_apart(self) -> bool:
        """Images are encoded by replicas that don't prefill them."""
        return any(pool.stages & {ENCODE, PREFILL} == {ENCODE} for pool in self.pools)
