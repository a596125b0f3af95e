"""A model whose weights are larger than memory may hold: which part of each layer stays, and through how large a window the others come from disk for every step.

    memory   =  what is outside the layers  +  resident parts of all layers  +  the window
    a step   =  layer after layer; each waits for its streamed part, which is read while the ones before it run, as soon as the window has room

The split comes from the schedule's program (schedule.py): layers of a group have one share. `period` plays the reader that the runtime has (runtime/streaming.py), so what is
predicted is what the plan, as it is obeyed, takes with the given seconds of layers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from intarsia.cost_models import rates
from intarsia.cost_models.cost import Cost, Setup, Step, total
from intarsia.cost_models.phases import PhaseCosts, WeightTable
from intarsia.errors import InfeasibleError
from intarsia.planner.memory.tiers import schedule
from intarsia.planner.memory.tiers.machine import MOST_BYTES, Link, Machine, Memory

PAGE = 4096
EDGES = 2 * PAGE
"""Bytes of each layer that stay because reads are of whole pages."""
DISK = "disk"
DISK_BAND = 0.1
"""Relative standard error of a disk's measured rate: calibrations of a virtual disk minutes apart differed by so much."""
ASSUMED_DISK = 5e8
"""Bytes/s where nobody measured: a little less than what SATA's 6 Gb/s carry (550 MB/s by the data sheets of most such disks)."""
CYCLES = 3
"""Steps that are played before one counts: from the second on they are alike but for rounding."""


@dataclass(frozen=True)
class Reader:
    """What brings layers from disk: bytes/s, seconds of each read beside its bytes (waking, asking, moving pages), and its own processor time, by read and by byte.

    Measured as it works, beside a thread that goes over the layers (compiler/probes/disk.py); what nobody measured is zero.
    """

    bandwidth: float
    turn_s: float = 0.0
    cpu_turn_s: float = 0.0
    cpu_byte_s: float = 0.0

    @staticmethod
    def of(rates: Mapping[str, float]) -> Reader:
        """By a device's rates."""
        turn, cpu_turn, cpu_byte = (1 / rates[key] if rates.get(key) else 0.0 for key in ("disk_turns", "disk_cpu_turns", "disk_cpu"))
        return Reader(rates.get(DISK) or ASSUMED_DISK, turn, cpu_turn, cpu_byte)

    def seconds(self, size: float) -> float:
        """Of one read, in the rhythm of many."""
        return self.turn_s + size / self.bandwidth if size else 0.0

    def cpu_s(self, size: float) -> float:
        """Processor time of one read."""
        return self.cpu_turn_s + size * self.cpu_byte_s if size else 0.0


@dataclass(frozen=True)
class Layers:
    """A group of `count` equal layers from `first` on, each of `bytes`."""

    first: int
    count: int
    bytes: float


@dataclass(frozen=True)
class Streaming:
    """What the plan says: of each layer of a group so many `resident` bytes, the others through `window` bytes; `fixed` bytes lie outside the layers."""

    groups: tuple[Layers, ...]
    resident: tuple[float, ...]
    fixed: float
    window: float
    reader: Reader
    bound_s: float
    solver: str

    @property
    def memory_bytes(self) -> float:
        return self.fixed + sum(g.count * (r + EDGES) for g, r in zip(self.groups, self.resident, strict=True)) + self.window

    @property
    def streamed(self) -> tuple[float, ...]:
        """Bytes read for each layer, in order."""
        return tuple(g.bytes - r for g, r in zip(self.groups, self.resident, strict=True) for _ in range(g.count))

    def period(self, layer_s: float, rest_s: float, crowded: int = 0) -> float:
        """Seconds of a step whose layers take `layer_s` each and whose other operators take `rest_s`, after the layers, in the rhythm of many steps.

        `crowded`: so many workers have all cores, and give way to the reader: each layer takes their part of its processor time longer. 0: the reader has a core.
        """
        return _period(self.streamed, self.window, self.reader, layer_s, rest_s, crowded)

    def account(self, layer_s: float, rest_s: float, crowded: int = 0) -> dict[str, float]:
        """Where a step's seconds go: what the layers and the rest take, what the disk's bytes and the reader's turns take beside them, and what cannot overlap."""
        whole, work = self.period(layer_s, rest_s, crowded), layer_s * len(self.streamed) + rest_s
        read, turns = sum(self.streamed) / self.reader.bandwidth, sum(self.reader.turn_s for size in self.streamed if size)
        return {"work": work, "bytes": read, "turns": turns, "overlapped": work + read + turns - whole, "step": whole}


@lru_cache(maxsize=4096)
def _period(streamed: Sequence[float], window: float, reader: Reader, layer_s: float, rest_s: float, crowded: int) -> float:
    """The reader and the layers, played: a read begins when the one before it is over and the window has room; a layer when it is read and the one before it has run."""
    room, held = window, list[tuple[float, float]]()
    read_at = ran_at = start = 0.0
    for cycle in range(CYCLES):
        if cycle == CYCLES - 1:
            start = ran_at
        for size in streamed:
            while held and room < size:
                freed_at, freed = held.pop(0)
                read_at, room = max(read_at, freed_at), room + freed
            read_at, room = read_at + reader.seconds(size), room - size
            ran_at = max(ran_at, read_at) + layer_s + (reader.cpu_s(size) / crowded if crowded else 0.0)
            held.append((ran_at, size))
        ran_at += rest_s
    return ran_at - start


def plan(groups: Sequence[Layers], fixed: float, budget: float, reader: Reader, layer_s: float, rest_s: float) -> Streaming:
    """The split that makes a step of given seconds shortest in `budget` bytes. Raises InfeasibleError where not even a window beside what is fixed fits."""
    layers = [group for group in groups for _ in range(group.count)]
    edges = EDGES * len(layers)
    least = fixed + edges + 2 * max((group.bytes for group in groups), default=0.0)
    if not layers or budget < least:
        raise InfeasibleError(f"streaming its layers takes {least:.4g} bytes (what is outside the layers, and two of them), and {budget:.4g} are left", mend="give more memory")
    machine = Machine((Memory("dram", budget - fixed - edges), Memory(DISK, MOST_BYTES)), (Link(DISK, "dram", reader.bandwidth),))
    items = tuple(schedule.Item(f"layer{i}", max(layer.bytes - EDGES, 0.0), (i,), like=f"layers{layer.first}") for i, layer in enumerate(layers))
    steps = (*(schedule.Step(f"layer{i}", layer_s) for i in range(len(layers))), schedule.Step("rest", rest_s))
    found = schedule.solve(schedule.Problem(machine, steps, items))
    shares = {item.like: found.homes[item.name, "dram"] for item in items}
    resident = tuple(shares[f"layers{g.first}"] * (g.bytes - EDGES) // PAGE * PAGE for g in groups)
    window = budget - fixed - edges - sum(g.count * r for g, r in zip(groups, resident, strict=True))
    return Streaming(tuple(groups), resident, fixed, window, reader, found.answer.bound, found.answer.solver)


@dataclass(frozen=True)
class StreamedCosts:
    """A model's costs when its layers are streamed: `StepCosts` in place of those in memory."""

    inner: PhaseCosts
    streaming: Streaming
    source: str

    def step(self, phase: str, setup: Setup, step: Step) -> Cost:
        """Without the disk, and what waiting for it adds."""
        base = self.inner.step(phase, setup, step)
        layer_s, rest_s = parts(self.inner, phase, setup, step, base.seconds)
        added = max(self.streaming.period(layer_s, rest_s, crowded(setup)) - base.seconds, 0.0)
        return replace(total([base, Cost(added, source=self.source, bound=DISK, error_band=DISK_BAND)]), bound=DISK if added > base.seconds else base.bound)

    def weight_bytes(self, precision: str) -> float:
        """Bytes of weights in memory."""
        return self.streaming.memory_bytes


def parts(costs: PhaseCosts, phase: str, setup: Setup, step: Step, whole_s: float) -> tuple[float, float]:
    """Seconds of one layer, and of all that is not in layers."""
    each = [(work.count, cost.seconds) for work, cost in costs.operators(phase, setup, step)]
    layers = max(count for count, _ in each)
    inside = sum(count * seconds for count, seconds in each if count > 1)
    return inside / layers, whole_s - inside


def fit(costs: PhaseCosts, setup: Setup, step: Step, outside: float, budget: float) -> StreamedCosts:
    """A model's costs with its layers streamed so that its weights take `budget` bytes, `outside` of them beside the weight table, for the seconds of a decode `step`.

    Raises InfeasibleError where that is too little.
    """
    groups, fixed = layers_of(costs.table, setup.precision)
    layer_s, rest_s = parts(costs, "decode", setup, step, costs.step("decode", setup, step).seconds)
    made = plan(groups, fixed + outside, budget, Reader.of(setup.device.rates), layer_s, rest_s)
    return StreamedCosts(costs, made, "probe of the disk" if setup.device.rates.get(DISK) else "assumed of the disk")


def crowded(setup: Setup) -> int:
    """Workers that have all cores, so that the reader takes its processor time from them; 0 where one is left for it."""
    return setup.threads if setup.threads >= setup.device.cores else 0


def layers_of(table: WeightTable, precision: str) -> tuple[list[Layers], float]:
    """Groups of equal neighbouring layers of a model's weights, and the bytes outside the layers."""
    each: dict[int, float] = {}
    outside = 0.0
    for rows in table.values():
        for layers, weight in rows:
            size = weight.elements * rates.weight_bits(weight.dtype, precision) / 8
            for layer in layers:
                each[layer] = each.get(layer, 0.0) + size
            outside += 0.0 if layers else size
    groups: list[Layers] = []
    for layer in sorted(each):
        if groups and abs(groups[-1].bytes - each[layer]) < 1:
            groups[-1] = replace(groups[-1], count=groups[-1].count + 1)
        else:
            groups.append(Layers(layer, 1, each[layer]))
    return groups, outside
