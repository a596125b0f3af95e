"""Attention apart from experts: the scheduling side of Janus (2025, arXiv 2512.13525).

Attention and experts of a mixture-of-experts model run on instances of their own, so that each kind is as many as the load asks for. A decode
step's experts are bound by the weights they read: an expert instance takes as long as the number of DIFFERENT experts that it has to run, not as
the number of tokens. So experts with copies on several instances are run where that evens out the number of activated ones; popular experts
get copies, and copies go where the expected number is least; and the numbers of instances are the fewest that keep the goal for a token.

The paper runs the assignment as a GPU kernel and scales while serving; here both are functions, for a simulator's clock or the plan search.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from intarsia.errors import InputError
from intarsia.runtime.scheduler.parameters import Checked, parameter

Placement = tuple[tuple[int, ...], ...]
"""For each expert instance the experts that it holds."""


@dataclass(frozen=True)
class Pools:
    """Instances of attention and of experts, sequences in all, and the seconds of a step that they give."""

    attention: int
    experts: int
    sequences: int
    step_s: float


@dataclass(frozen=True)
class Janus(Checked):
    """Runs each activated expert where the fewest others run, with copies of popular experts, on as few instances as the goal allows."""

    slots: int = parameter(least=1, help="experts of a layer that an instance has memory for")
    most_attention: int = parameter(64, least=1, help="attention instances at most")
    most_experts: int = parameter(64, least=1, help="expert instances at most")

    def place(self, activity: Sequence[float], instances: int) -> Placement:
        """Experts on instances by how often a step activates them (0 to 1): each once, then copies of those that weigh most, onto the lightest instance.

        Raises InputError where the slots do not hold every expert.
        """
        count, room = len(activity), self.slots * instances
        if count > room:
            raise InputError(f"{count} experts do not fit {instances} instances of {self.slots}", mend=f"use at least {math.ceil(count / self.slots)} instances")
        copies = [1] * count
        for _ in range(min(room, count * instances) - count):
            copies[max((e for e in range(count) if copies[e] < instances), key=lambda e: (activity[e] / copies[e], -e))] += 1
        held: list[list[int]] = [[] for _ in range(instances)]
        load = [0.0] * instances
        ranked = sorted(range(count), key=lambda e: (-activity[e] / copies[e], e))
        for expert in [*ranked, *(e for e in ranked for _ in range(copies[e] - 1))]:
            free = [i for i in range(instances) if len(held[i]) < self.slots and expert not in held[i]]
            if free:
                chosen = min(free, key=lambda i: (load[i], len(held[i]), i))
                held[chosen].append(expert)
                load[chosen] += activity[expert] / copies[expert]
        return tuple(tuple(sorted(each)) for each in held)

    def assign(self, activated: Iterable[int], placement: Placement) -> dict[int, int]:
        """The instance that runs each activated expert: those with fewest copies first, each where the fewest run, then moves while that lowers the fullest."""
        hosts: dict[int, list[int]] = {}
        for instance, experts in enumerate(placement):
            for expert in experts:
                hosts.setdefault(expert, []).append(instance)
        running: list[set[int]] = [set() for _ in placement]
        found: dict[int, int] = {}
        for expert in sorted(set(activated), key=lambda e: (len(hosts[e]), e)):
            found[expert] = min(hosts[expert], key=lambda i: (len(running[i]), i))
            running[found[expert]].add(expert)
        while _relieve(running, hosts, found):
            pass
        return found

    def fullest(self, activated: Iterable[int], placement: Placement) -> int:
        """Different experts that the fullest instance has to run: what a step of experts takes as long as."""
        counts = [0] * len(placement)
        for instance in self.assign(activated, placement).values():
            counts[instance] += 1
        return max(counts, default=0)

    def pools(self, step_s: Callable[[int, int, int], float], sequences: int, goal_s: float, least_experts: int = 1) -> Pools | None:
        """The fewest instances that serve `sequences` within `goal_s` a step, by `step_s(attention, experts, sequences)` (infinite for numbers that can't be); None where none do.

        More instances of attention must never be slower: for each number of expert instances, the fewest of attention are found by halving.
        """
        best: Pools | None = None
        for experts in range(least_experts, self.most_experts + 1):
            low, high = 0, self.most_attention if best is None else min(self.most_attention, best.attention + best.experts - 1 - experts)
            if high < 1 or (seconds := step_s(high, experts, sequences)) > goal_s:
                continue
            best = Pools(high, experts, sequences, seconds)
            while high - low > 1:
                middle = (low + high) // 2
                if (seconds := step_s(middle, experts, sequences)) <= goal_s:
                    high, best = middle, Pools(middle, experts, sequences, seconds)
                else:
                    low = middle
        return best


def _relieve(running: list[set[int]], hosts: dict[int, list[int]], found: dict[int, int]) -> bool:
    """Move one expert from a fullest instance along a chain of instances that share experts, to one with at least two fewer; whether that was possible.

    With a breadth-first search for the chain, the end is the least possible maximum (augmenting paths of bipartite load balancing).
    """
    most = max(map(len, running), default=0)
    for start in [i for i, experts in enumerate(running) if len(experts) == most]:
        came: dict[int, tuple[int, int]] = {start: (-1, -1)}
        queue = [start]
        for here in queue:
            if len(running[here]) <= most - 2:
                while here != start:
                    source, expert = came[here]
                    running[source].discard(expert)
                    running[here].add(expert)
                    found[expert] = here
                    here = source
                return True
            for expert in sorted(running[here]):
                for there in hosts[expert]:
                    if there not in came:
                        came[there] = here, expert
                        queue.append(there)
    return False
