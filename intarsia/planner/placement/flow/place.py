"""A model's layers on a cluster of different machines, in four steps: an integer program that counts machines of a class, named machines, local search on the full flow model, and
the flow itself, which proves the value."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Set
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from intarsia.errors import InfeasibleError, IntarsiaError, Where
from intarsia.planner.ilp import solver
from intarsia.planner.placement.flow import bounds, expand, regions, repair
from intarsia.planner.placement.flow.problem import SINK, SOURCE, Arrays, Cluster, Flows, Interval, Placement, arrays, check
from intarsia.planner.placement.flow.program import Program, build

GRIDS = (6, 5, 4, 3, 2, 1)
"""Spacing of the layers at which machines may begin and end, coarse first: a coarse program is quickly good, a fine one proves."""
SMALL = 1100
"""Numbers of machines to choose up to which the finest program is solved at once."""
PROGRAM_SHARE = 0.4
"""Share of the time that programs may take; local search has the rest."""
STARTS = 3
"""Placements that local search begins from."""
PROVEN = 2e-5
"""Share of the bound that a placement may lack and count as the best: bounds are found to so much."""
NOTHING = 1e-6
"""Share of the bound below which a solution of a program is its empty one."""
Watch = Callable[[float, str], None]


@dataclass(frozen=True)
class Options:
    """`threads` of the solver and of local search; `rounds` of local search with `steps` each (0: as many as the time allows).

    `regions`: whether classes are told apart by their links.
    """

    time_limit_s: float = 60.0
    threads: int = 1
    seed: int = 0
    rounds: int = 0
    steps: int = 0
    regions: bool = True
    write_lp: Path | None = None


@dataclass(frozen=True)
class Placed:
    """A placement, its flow in tokens/s, and the bound that no placement beats. Machines that are not in `placement` are idle. `program`: the flow before local search."""

    cluster: Cluster
    placement: Placement
    flows: Flows
    value: float
    bound: float
    program: float
    seconds: float
    notes: tuple[str, ...] = ()
    interrupted: bool = False

    @property
    def gap(self) -> float:
        """How far the bound is above the value, as a share of the value."""
        return max(0.0, self.bound - self.value) / self.value

    @property
    def idle(self) -> list[str]:
        return [machine.name for machine in self.cluster.machines if machine.name not in self.placement]


def place(cluster: Cluster, options: Options = Options(), watch: Watch = lambda share, text: None) -> Placed:
    """The best placement that is found in the time. Raises InputError for what is no cluster, InfeasibleError where nothing can flow."""
    began = time.perf_counter()
    check(cluster)
    usable = replace(cluster, machines=tuple(m for m in cluster.machines if m.most), links=_between_usable(cluster))
    made = arrays(usable)
    bound, starts, notes = bounds.least(made), list[tuple[float, repair.Ints, repair.Ints]](), list(cluster.notes)
    for program, answer in _programs(made, bound, options, began, watch, notes):
        notes += answer.notes
        if answer.found and answer.objective > NOTHING * bound:
            starts.append((answer.objective, *expand.expand(made, program.kinds, program.counts())))
        if _finest(program) and np.isfinite(answer.bound):
            bound = min(bound, answer.bound)
        if starts and expand.flows(made, *starts[-1][1:])[0] >= bound * (1 - PROVEN):
            break
    if bound <= NOTHING:
        raise InfeasibleError("nothing can flow: no chain of links leads from the source to the sink through machines that hold all layers between them",
                              where=Where(cluster.name), mend="link more machines")  # fmt: skip
    starts.sort(key=lambda found: -found[0])
    if not any(expand.flows(made, s, n)[0] > 0 for _, s, n in starts):  # time was up, or named machines aren't linked as the counted ones were
        starts = [(bound, *_chains(made)), *starts]
    first = max(expand.flows(made, s, n)[0] for _, s, n in starts)
    found = repair.improve(
        made, [(s, n) for _, s, n in starts[:STARTS]], starts[0][0], regions.sparse(made), began + options.time_limit_s, options.seed, options.rounds, options.steps,
        bound * (1 - PROVEN), options.threads, lambda value: watch(min(1.0, (time.perf_counter() - began) / max(options.time_limit_s, 1e-9)), f"{max(0.0, value):.4g} tokens/s"),
    )  # fmt: skip
    return _result(usable, cluster, made, found, max(bound, found.value), first, time.perf_counter() - began, tuple(dict.fromkeys(notes)))


def _between_usable(cluster: Cluster) -> dict[tuple[str, str], float]:
    useless = {machine.name for machine in cluster.machines if not machine.most}
    return {ends: capacity for ends, capacity in cluster.links.items() if not useless & set(ends)}


def _programs(made: Arrays, most: float, options: Options, began: float, watch: Watch, notes: list[str]) -> Iterator[tuple[Program, solver.Answer]]:
    """Programs of finer and finer grids, each begun with the solution of the one before; ends when time is up or the finest is proven."""
    linked = options.regions and regions.sparse(made)
    kinds = regions.kinds(made, linked)
    known: dict[str, float] = {}
    grids = _grids(made, len(kinds))
    for place, grid in enumerate(grids):
        left = began + PROGRAM_SHARE * options.time_limit_s - time.perf_counter()
        if left <= 0 and place:
            return
        watch(0.0, f"program with boundaries every {grid} layers")
        program = build(made, kinds, sorted({*range(0, made.layers, grid), made.layers}), linked, most)
        if options.write_lp is not None and grid == grids[-1]:
            program.model.write_lp(options.write_lp)
        try:
            answer = solver.solve(program.model, time_limit_s=max(0.5, left / (len(grids) - place)), threads=options.threads, start=known)
        except IntarsiaError as error:  # local search goes on without programs
            notes.append(error.what)
            return
        if answer.found and answer.objective > NOTHING * most:
            known = {v.name: solver.value(v) for v in [*program.machines.values(), *program.tokens.values()]}
        yield program, answer


def _grids(made: Arrays, kinds: int) -> tuple[int, ...]:
    choices = kinds * made.layers * int(np.unique(made.rates, axis=0).shape[0] and made.most.mean())
    return (1,) if choices <= SMALL else tuple(grid for grid in GRIDS if grid < made.layers)


def _finest(program: Program) -> bool:
    """Whether machines may begin at every layer, so that the program's bound holds for every placement."""
    return len({start for _, start, _ in program.machines}) == program.made.layers


def _chains(made: Arrays) -> tuple[repair.Ints, repair.Ints]:
    """Machines one after the other along links, each on as many layers as it holds: where all are linked, something flows however little time there is."""
    count = len(made.most)
    start, size = np.zeros(count, dtype=np.int64), np.minimum(made.most, made.layers)
    free = set(range(count))
    while (chain := _chain(made, free)) and free:
        for i, first in chain:
            start[i], size[i] = first, min(int(made.most[i]), made.layers - first)
        free -= {i for i, _ in chain}
    return start, size


def _chain(made: Arrays, free: Set[int]) -> list[tuple[int, int]]:
    """Machines and their first layers, from the source on, those that hold most first; the last one is linked to the sink where one can be."""
    chain: list[tuple[int, int]] = []
    place, at, sink = len(made.most), 0, len(made.most) + 1
    while at < made.layers:
        left = made.layers - at
        nearby = [i for i in free if made.links[place, i] > 0 and i not in {j for j, _ in chain}]
        if not nearby:
            break
        place = max(nearby, key=lambda i: (made.most[i] >= left and made.links[i, sink] > 0, min(int(made.most[i]), left), -i))
        chain.append((place, at))
        at += min(int(made.most[place]), left)
    return chain


def _result(usable: Cluster, cluster: Cluster, made: Arrays, found: repair.State, bound: float, program: float, seconds: float, notes: tuple[str, ...]) -> Placed:
    value, carried = expand.flows(made, found.start, found.size)
    if value <= 0:
        raise InfeasibleError("no placement was found through which anything flows", where=Where(cluster.name), mend="link more machines, or give more time")
    names = [*(machine.name for machine in usable.machines), SOURCE, SINK]
    flows = {(names[a], names[b]): flow for (a, b), flow in carried.items()}
    busy = {name for ends in flows for name in ends}
    placement = {name: Interval(int(s), int(s + n)) for name, s, n in zip(names, found.start, found.size, strict=False) if name in busy}
    return Placed(cluster, placement, flows, value, bound, program, seconds, notes, found.interrupted)
