"""Many models on one node: which of them live in the fast memory, which behind it, and what switching between them costs.

    home[e, m]     whether expert e (a whole model) lives in memory m
    switch_s       the sum over experts of how often a request wants it, times the seconds that its weights take to the first memory

One expert's room in the first memory is left free: whichever is wanted and doesn't live there is copied into it. Composition of experts on
SambaNova's SN40L (Prabhakar et al., MICRO 2024, arXiv 2405.07518) is the case of 150 equal experts over HBM, DDR and a disk.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pulp

from intarsia.errors import InfeasibleError, InputError
from intarsia.planner.ilp import solver
from intarsia.planner.ilp.model import Model, total
from intarsia.planner.ilp.solver import Answer
from intarsia.planner.memory.tiers.machine import Link, Machine, Memory

GIGA, GIB, TIB = 1e9, 2.0**30, 2.0**40
MENDS = {"GB": "more memory, fewer experts, or a slower memory behind"}
MANY = 1000
"""Of more experts the program would take minutes to say that they fit nowhere."""


@dataclass(frozen=True)
class Expert:
    """A model of `bytes`, wanted by so much of the requests (`popularity`, in any unit)."""

    name: str
    bytes: float
    popularity: float

    def __post_init__(self) -> None:
        if not 0 < self.bytes < 2.0**62 or not self.popularity >= 0:
            raise InputError(f"an expert needs bytes from 1 to 2^62, and a popularity of zero or more, found {self.bytes:g} and {self.popularity:g}", where=self.name)


@dataclass(frozen=True)
class Placement:
    """A home for each expert, and the mean seconds of switching a request."""

    homes: Mapping[str, str]
    switch_s: float
    answer: Answer | None = None


LLAMA2_7B_BYTES = 6_738_415_616 * 2.0
"""Parameters of Llama-2-7B (Touvron et al., arXiv 2307.09288) in 16 bits: each of Samba-CoE's 150 experts is fine-tuned from it."""

SN40L = Machine(
    (Memory("hbm", 8 * 64 * GIB), Memory("ddr", 8 * 1.5 * TIB), Memory("nvme", 100e12)), (Link("ddr", "hbm", 1e12), Link("nvme", "ddr", 6e9)),
)  # fmt: skip
"""A node of eight sockets, each with 64 GB of HBM and up to 1.5 TB of DDR (arXiv 2405.07518; SambaNova at Hot Chips 2024).

From DDR to HBM: 1 TB/s, derived, not read: the paper's 15x over 64 GB/s and 31x over 32 GB/s give 0.96 and 0.99 TB/s, which agree. So a single copy's ratio is no check of
this model; its mean over requests, with what HBM holds, is one. The disk is assumed: one NVMe drive.
"""

DGX_H100 = Machine(
    (Memory("hbm", 8 * 80e9), Memory("ddr", 2e12), Memory("nvme", 30e12)), (Link("ddr", "hbm", 64e9), Link("nvme", "ddr", 6e9)),
)  # fmt: skip
"""2 TB of host memory (NVIDIA's data sheet of the DGX H100); a model is copied at 64 GB/s, one PCIe 5.0 x16 link, which is what the published 15x is over."""

DGX_A100 = Machine(
    (Memory("hbm", 8 * 80e9), Memory("ddr", 2e12), Memory("nvme", 30e12)), (Link("ddr", "hbm", 32e9), Link("nvme", "ddr", 6e9)),
)  # fmt: skip
"""2 TB of host memory (NVIDIA's data sheet of the DGX A100 640GB); PCIe 4.0 x16: 32 GB/s."""


def samba_coe(count: int = 150) -> list[Expert]:
    """So many experts of Llama-2-7B's size, all equally popular, as Samba-CoE's paper measures."""
    return [Expert(f"expert{i}", LLAMA2_7B_BYTES, 1.0 / count) for i in range(count)]


def switch_seconds(machine: Machine, expert: Expert, memory: str) -> float:
    """From `memory` to the first one; links work at the same time, so that the slowest counts."""
    links = machine.up(memory)
    return max((expert.bytes / link.bandwidth for link in links), default=0.0) + sum(link.latency_s for link in links)


def solve(machine: Machine, experts: Sequence[Expert], *, working: float = 0.0, time_limit_s: float = solver.TIME_LIMIT_S, write_lp: Path | None = None) -> Placement:
    """The homes that make a mean switch shortest; `working` bytes of the first memory are for KV caches and activations. Raises InfeasibleError where the experts fit nowhere."""
    if not experts or len({e.name for e in experts}) < len(experts) or not sum(e.popularity for e in experts) > 0:
        raise InputError("switching needs experts of different names, at least one of them wanted")
    needed, room_bytes = sum(e.bytes for e in experts), sum(memory.bytes for memory in machine.memories) - working
    if needed > room_bytes and len(experts) > MANY:
        words = f"they need {needed / GIGA:.4g} GB, and all together have {room_bytes / GIGA:.4g}"
        raise InfeasibleError(f"the experts don't fit into the memories: {words}", mend="try " + MENDS["GB"])
    model, home = Model("switching"), dict[tuple[str, str], pulp.LpVariable]()
    names = [memory.name for memory in machine.memories]
    for expert in experts:
        for name in names:
            home[expert.name, name] = model.binary(f"home[{expert.name},{name}]")
        model.rule(f"one_home[{expert.name}]", pulp.lpSum(home[expert.name, name] for name in names) == 1)
    for memory in machine.memories:
        room = memory.bytes - (working + max(e.bytes for e in experts) if memory is machine.fast else 0.0)
        model.limit(f"room[{memory.name}]", total((e.bytes / GIGA, home[e.name, memory.name]) for e in experts), room / GIGA, "GB", memory.name)
    wanted = sum(e.popularity for e in experts)
    model.minimize(total((e.popularity / wanted * switch_seconds(machine, e, name), home[e.name, name]) for e in experts for name in names), "switch_s")
    answer = solver.solve(model, time_limit_s=time_limit_s, write_lp=write_lp)
    if answer.status == "infeasible":
        raise solver.infeasible(model, MENDS, "the experts don't fit into the memories")
    if not answer.found:
        raise InfeasibleError(f"no placement was found in {time_limit_s:g} s", mend="give more time")
    homes = {e.name: next(name for name in names if solver.chosen(home[e.name, name])) for e in experts}
    return Placement(homes, mean_switch(machine, experts, homes), answer)


def mean_switch(machine: Machine, experts: Sequence[Expert], homes: Mapping[str, str]) -> float:
    """Seconds of switching of a request, on average."""
    return sum(e.popularity * switch_seconds(machine, e, homes[e.name]) for e in experts) / sum(e.popularity for e in experts)


def greedy(machine: Machine, experts: Sequence[Expert], *, working: float = 0.0) -> Placement:
    """The most popular for their bytes go to the first memory that has room. Raises InfeasibleError."""
    free = {m.name: m.bytes for m in machine.memories}
    free[machine.fast.name] -= working + max(e.bytes for e in experts)
    homes = {}
    for e in sorted(experts, key=lambda e: (-e.popularity / e.bytes, e.name)):
        place = next((name for name, room in free.items() if room >= e.bytes), None)
        if place is None:
            raise InfeasibleError(f"{e.name} finds no room", mend=MENDS["GB"])
        free[place] -= e.bytes
        homes[e.name] = place
    return Placement(homes, mean_switch(machine, experts, homes))


def least_recently_used(machine: Machine, experts: Sequence[Expert], requests: Sequence[str]) -> float:
    """Mean seconds of switching when the first memory is a cache: what was used least recently makes room, and everything lives behind it, as far up as there is room."""
    by_name = {e.name: e for e in experts}
    behind = greedy(Machine(machine.memories[1:], tuple(link for link in machine.links if machine.fast.name not in (link.source, link.target))), experts,
                    working=-max(e.bytes for e in experts)).homes  # fmt: skip
    cache, room, spent = OrderedDict[str, float](), machine.fast.bytes, 0.0
    for name in requests:
        if name in cache:
            cache.move_to_end(name)
            continue
        while sum(cache.values()) + by_name[name].bytes > room:
            cache.popitem(last=False)
        cache[name] = by_name[name].bytes
        spent += switch_seconds(machine, by_name[name], behind[name])
    return spent / max(len(requests), 1)


def nodes_in_fast(machine: Machine, experts: Sequence[Expert]) -> int:
    """Nodes that it takes to keep all experts in first memories, where whole experts fill each."""
    room, nodes = 0.0, 0
    for e in sorted(experts, key=lambda e: -e.bytes):
        if e.bytes > machine.fast.bytes:
            raise InfeasibleError(f"{e.name} is larger than the first memory of a node")
        if e.bytes > room:
            nodes, room = nodes + 1, machine.fast.bytes
        room -= e.bytes
    return nodes
