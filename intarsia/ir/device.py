"""A device, as the planner sees it: rates, memories, power and price, all in SI units (bytes, seconds, FLOP/s, watts, US dollars)."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from intarsia.ir.facts import check_fields


@dataclass(frozen=True)
class MemoryTier:
    """One level of memory, fastest first: `size` bytes at `bandwidth` bytes/s; `bandwidths` by thread count where measured."""

    name: str
    size: float
    bandwidth: float
    bandwidths: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Device:
    """One device.

    `flops`: peak dense FLOP/s by dtype. `rates`: measured rates by kernel ("gemv.q4.1" = bytes/s with one thread,
    "gemm.q4.2" = FLOP/s with two, "attention.f16.1" = bytes/s), empty for a catalogue device. `launch_s`: overhead of one
    kernel by thread count, seconds. `efficiency`: reached fraction of peak assumed where nothing is measured.
    `sources`: where each figure comes from.
    """

    name: str
    kind: str
    cores: int
    flops: dict[str, float]
    memory: tuple[MemoryTier, ...]
    launch_s: dict[str, float] = field(default_factory=dict)
    rates: dict[str, float] = field(default_factory=dict)
    efficiency: dict[str, float] = field(default_factory=dict)
    idle_watts: float = 0.0
    watts: float = 0.0
    price_usd: float = 0.0
    rent_usd_per_h: float = 0.0
    isa: str = ""
    sources: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.kind not in ("cpu", "gpu", "npu", "tpu"):
            raise ValueError(f"kind is {self.kind!r}; choose one of cpu, gpu, npu, tpu")
        if self.cores <= 0:
            raise ValueError(f"cores must be greater than zero, found {self.cores}")
        if not self.memory or any(tier.size <= 0 or tier.bandwidth <= 0 for tier in self.memory):
            raise ValueError("memory needs at least one tier, each with size and bandwidth greater than zero")
        if not self.flops or any(rate <= 0 for rate in self.flops.values()):
            raise ValueError("flops needs at least one dtype with a rate greater than zero")

    @property
    def main_memory(self) -> MemoryTier:
        """The tier that weights and KV live in: HBM on a GPU, DRAM on a CPU (the first tier of at least 1 GB, else the largest)."""
        return next((tier for tier in self.memory if tier.size >= 1e9), max(self.memory, key=lambda tier: tier.size))

    def to_dict(self) -> dict[str, Any]:
        facts = asdict(self)
        facts["memory"] = [asdict(tier) for tier in self.memory]
        return facts

    @staticmethod
    def from_dict(facts: dict[str, Any]) -> Device:
        """Raises ValueError naming the field that is missing, unknown or out of range."""
        check_fields(Device, facts, "device")
        return Device(**{**facts, "memory": tuple(_tier(tier) for tier in facts["memory"])})


def _tier(values: Any) -> MemoryTier:
    if not isinstance(values, dict):
        raise ValueError(f"memory lists tiers of name, size and bandwidth, found {values!r}")
    check_fields(MemoryTier, values, "memory tier")
    return MemoryTier(**values)
