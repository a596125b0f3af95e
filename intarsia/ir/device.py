"""A device, as the planner sees it: rates, memories, power and price, all in SI units (bytes, seconds, FLOP/s, watts, US dollars)."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, field
from typing import Any

from intarsia.ir.facts import check_fields

LEADS_TO = ("peers", "host", "network")
RARE = ("clock_hz", "shared_bytes", "register_bytes", "exponentials", "ports", "rest_s")
"""Fields that devices written by older versions lack."""


@dataclass(frozen=True)
class MemoryTier:
    """One level of memory, fastest first: `size` bytes at `bandwidth` bytes/s; `bandwidths` by thread count where measured."""

    name: str
    size: float
    bandwidth: float
    bandwidths: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Port:
    """How a device reaches others: all `count` links of one kind together move `bandwidth` bytes/s each way, as a datasheet says.

    `domain` is how many devices it joins at full rate (8 on one board, 72 in a rack, 2 by a bridge), 0 where that is not known. `leads_to`
    is peers (devices of the same kind), host (the processor) or network (out of the node).
    """

    kind: str
    bandwidth: float
    latency_s: float = 0.0
    count: int = 1
    domain: int = 0
    leads_to: str = "peers"

    def __post_init__(self) -> None:
        if self.bandwidth <= 0 or self.latency_s < 0 or self.count <= 0 or self.domain < 0:
            raise ValueError(f"ports: {self.kind} needs a bandwidth and a count greater than zero, a latency and a domain of zero or more")
        if self.leads_to not in LEADS_TO:
            raise ValueError(f"ports: {self.kind} leads_to {self.leads_to!r}; choose one of {', '.join(LEADS_TO)}")


@dataclass(frozen=True)
class Device:
    """One device.

    `flops`: peak dense FLOP/s by dtype (f32, tf32, f16, bf16, f8, i8, f4). `launch_s`: overhead of one kernel by thread
    count, seconds. `efficiency`: reached fraction of peak assumed where nothing is measured (gemm, memory, attention).
    `link_bandwidth`: bytes/s each way to a peer of the same node that a program reaches; `ports` are the datasheet's.
    `cores` are execution units (streaming multiprocessors, compute units, tensor cores of a TPU); `clock_hz` is their
    highest clock; `shared_bytes` and `register_bytes` each one's scratchpad and register file; `exponentials` how many each
    makes in a clock, where that isn't the usual 16.
    `rest_s`: seconds that a step takes longer after so many seconds without any work, by those ("0.1"); empty where not measured.
    `sources`: where each figure comes from, by field ("flops") or by figure ("flops.f8", "memory.l2.bandwidth").

    `rates`: measured rates by kernel, the last part being the number of threads; empty for a catalogue device.

    | rate | unit | what |
    |---|---|---|
    | matmul.FORMAT.ACTIVATIONS.ROWS.THREADS | FLOP/s | a matmul of so many rows; "matmul.q4.a8.1.2" |
    | matmul_short.FORMAT.ACTIVATIONS.ROWS.THREADS | FLOP/s | the same with few inputs (512 instead of 2048) |
    | moe_matmul.FORMAT.ACTIVATIONS.ROWS.THREADS | FLOP/s | a mixture's, 2 of 8 experts a row |
    | attention.KV_DTYPE.GROUP.CONTEXT.THREADS | bytes/s | attention of one row a sequence, by bytes of keys and values; GROUP query heads a KV head |
    | prefill.KV_DTYPE.GROUP.ROWS.CONTEXT.THREADS | FLOP/s | attention of a chunk of a prompt, CONTEXT tokens before it |
    | embed.FORMAT.THREADS, KERNEL.VARIANT.THREADS | bytes/s | kernels of rows (rmsnorm.q8, glu.f32, rope_kv.f16, add, ...), by bytes read and written |
    | linalg.product, linalg.elementwise | FLOP/s, bytes/s | functions of exported torch modules, which run on one thread |
    | runtime.step.SEQUENCES, runtime.chunk.ROWS | steps/s | Python between steps, with nothing computed |
    | runtime.request | requests/s | from submission to the first token, a step included |
    | sample.HOW | numbers/s | choosing a token among so many |
    | tokenise, tool, retrieve | tokens/s, calls/s, passages/s | Python around models |
    | disk | bytes/s | reading a file |
    | spread | 1 | half the distance between the quartiles of rounds over their median, of the median rate |

    FORMAT is f32, f16, bf16, q8, q6, q4k, q4 or q4s; ACTIVATIONS is a8 (int8 in blocks of 32) or a32 (f32).
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
    link: str = ""
    link_bandwidth: float = 0.0
    link_latency_s: float = 0.0
    clock_hz: float = 0.0
    shared_bytes: float = 0.0
    register_bytes: float = 0.0
    exponentials: float = 0.0
    ports: tuple[Port, ...] = ()
    rest_s: dict[str, float] = field(default_factory=dict)
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
        self._check_ranges()

    def _check_ranges(self) -> None:
        for name in ("idle_watts", "watts", "price_usd", "rent_usd_per_h", "link_bandwidth", "link_latency_s", "clock_hz", "shared_bytes", "register_bytes", "exponentials"):
            if getattr(self, name) < 0:
                raise ValueError(f"{name} must not be negative, found {getattr(self, name)}")
        for name in ("launch_s", "rates", "efficiency"):
            for key, value in getattr(self, name).items():
                if value < 0 or (value == 0 and name != "launch_s"):
                    raise ValueError(f"{name}.{key} must be greater than zero, found {value}")

        for idle, seconds in self.rest_s.items():
            if not _positive(idle) or not 0 <= seconds < math.inf:
                raise ValueError(f"rest_s.{idle} must be seconds of zero or more after seconds above zero, found {seconds!r}")

    @property
    def main_memory(self) -> MemoryTier:
        """The tier that weights and KV live in: HBM on a GPU, DRAM on a CPU (the first tier of at least 1 GB, else the largest)."""
        return next((tier for tier in self.memory if tier.size >= 1e9), max(self.memory, key=lambda tier: tier.size))

    @property
    def domain(self) -> int:
        """How many devices of this kind its `link` joins at full rate; 0 where that is not known."""
        return max((port.domain for port in self.ports if port.leads_to == "peers" and port.kind == self.link), default=0)

    def source_of(self, figure: str) -> str:
        """Where a figure comes from: "memory.l2.bandwidth" has its own source, or that of "memory.l2", or of "memory"; "" without."""
        parts = figure.split(".")
        names = (".".join(parts[:count]) for count in range(len(parts), 0, -1))
        return next((self.sources[name] for name in names if name in self.sources), "")

    def to_dict(self) -> dict[str, Any]:
        """The device as plain values; of the figures that only some devices have, those that it has."""
        facts = asdict(self)
        facts["memory"] = [asdict(tier) for tier in self.memory]
        facts["ports"] = [asdict(port) for port in self.ports]
        return {name: value for name, value in facts.items() if value or name not in RARE}

    @staticmethod
    def from_dict(facts: dict[str, Any]) -> Device:
        """Raises ValueError naming the field that is missing, unknown or out of range."""
        check_fields(Device, facts, "device")
        return Device(**{**facts, "memory": tuple(_tier(tier) for tier in facts["memory"]), "ports": tuple(_port(port) for port in facts.get("ports", ()))})


def _positive(text: str) -> bool:
    """A number above zero, as text."""
    try:
        return 0 < float(text) < math.inf
    except ValueError:
        return False


def _tier(values: Any) -> MemoryTier:
    if not isinstance(values, dict):
        raise ValueError(f"memory lists tiers of name, size and bandwidth, found {values!r}")
    check_fields(MemoryTier, values, "memory tier")
    return MemoryTier(**values)


def _port(values: Any) -> Port:
    if not isinstance(values, dict):
        raise ValueError(f"ports lists kind, bandwidth and latency_s, found {values!r}")
    check_fields(Port, values, "port")
    return Port(**values)
