"""Replicas that are legal, priced: what each can carry, and how fast it is at every rate."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from intarsia.planner.search import image_costs, rules, space
from intarsia.planner.search.bounds import Floors
from intarsia.planner.search.estimate import Array, Shape, Steady, Steps, capacity, steady
from intarsia.planner.search.problem import Problem
from intarsia.planner.search.rules import Excluded
from intarsia.planner.search.space import Replica


class Priced(Steps, Floors, Protocol):
    """Seconds of steps, and the least that they can take. `balance`: the share of what batches could carry if no stage took longer than another."""

    @property
    def balance(self) -> float: ...


AT_ONCE = 64
"""Layouts whose steady states are found together: most of their cost is the same for one and for many."""
Pricing = Callable[[Replica], Priced]
"""Gives the seconds of a replica's steps; what its batching parameters are doesn't matter to them."""


@dataclass(frozen=True)
class Design:
    """A replica with its prices. Requests a second of the whole replica: `capacity` serving them whole within the goals, `prefills` and `decodes` doing that alone."""

    replica: Replica
    steps: Priced
    shape: Shape
    capacity: float
    prefills: float
    decodes: float
    prefill_s: float

    @property
    def devices(self) -> int:
        return self.replica.devices

    def at(self, rate: float) -> Steady:
        """The steady state when the replica gets `rate` requests a second."""
        return steady(self.steps, self.shape, np.array([rate / self.replica.groups]))


def designs(problem: Problem, layouts: Sequence[Replica], pricing: Pricing, excluded: Excluded, watch: Callable[[float], None] | None = None) -> list[Design]:
    """Every legal setting of each legal layout's batching policy. Settings that leave no room for the longest request are counted in `excluded`."""
    settings: list[list[Replica]] = []
    prices: list[Priced] = []
    for number, layout in enumerate(layouts):
        if watch is not None:
            watch(number / len(layouts))
        if legal := rules.legal(problem, space.batchings(problem, layout), excluded, batching=True):
            settings.append(legal)
            prices.append(pricing(layout))
    found: list[Design] = []
    for first in range(0, len(settings), AT_ONCE):
        found += _priced(problem, settings[first : first + AT_ONCE], prices[first : first + AT_ONCE])
    return found


def told(problem: Problem, like: Design, replica: Replica) -> list[Design]:
    """A design whose policy is told something else; nothing where that isn't legal. What isn't a limit of its iterations changes no estimate."""
    if (replica.chunk_tokens, replica.max_sequences) == (like.replica.chunk_tokens, like.replica.max_sequences):
        return [replace(like, replica=replica)]
    legal = rules.legal(problem, [replica], Excluded())
    return _priced(problem, [legal], [like.steps]) if legal else []


@dataclass(frozen=True)
class Together:
    """Steps of several layouts at once: the first axis of all arguments is that of settings, `counts` of which belong to each of `steps`."""

    steps: Sequence[Priced]
    counts: Sequence[int]

    def decode_s(self, sequences: Array, context: Array) -> Array:
        return np.concatenate([steps.decode_s(*(each[rows] for each in at)) for steps, rows, at in self._parts(sequences, context)])

    def both_s(self, sequences: Array, context: Array, tokens: Array, before: Array, prompts: Array) -> tuple[Array, Array]:
        found = [steps.both_s(*(each[rows] for each in at)) for steps, rows, at in self._parts(sequences, context, tokens, before, prompts)]
        return np.concatenate([alone for alone, _ in found]), np.concatenate([both for _, both in found])

    def settled(self, isl: float, osl: float, rates: Array, chunks: Array, most: Array) -> Array:
        return np.concatenate([steps.settled(isl, osl, *(each[rows] for each in at)) for steps, rows, at in self._parts(rates, chunks, most)])

    def _parts(self, *arguments: Array) -> Iterator[tuple[Priced, slice, tuple[Array, ...]]]:
        at = tuple(np.ascontiguousarray(each) for each in np.broadcast_arrays(*arguments))
        ends = np.cumsum(self.counts).tolist()
        for steps, count, end in zip(self.steps, self.counts, ends, strict=True):
            yield steps, slice(end - count, end), at


def _priced(problem: Problem, layouts: Sequence[Sequence[Replica]], prices: Sequence[Priced]) -> list[Design]:
    """All settings of several layouts at once, each with its prices."""
    settings = [setting for layout in layouts for setting in layout]
    each = [priced for priced, layout in zip(prices, layouts, strict=True) for _ in layout]
    steps, groups = Together(prices, [len(layout) for layout in layouts]), np.array([setting.groups for setting in settings])
    chunk, sequences, cache = (np.array(values, dtype=np.float64) for values in zip(*(_limits(problem, setting) for setting in settings), strict=True))
    shape = Shape(problem.isl, problem.osl, chunk, sequences, cache)
    whole = groups * capacity(steps, shape, problem.left_s, problem.goals.tpot_s) * np.array([priced.balance for priced in each])
    encode_s = np.array([image_costs.seconds(problem, setting) for setting in settings])
    whole = np.where(encode_s > 0, whole / (1 + whole * encode_s), whole)
    prefill_s = _prefill_s(steps, shape) + encode_s
    prefills = np.where(prefill_s <= problem.left_s, groups / prefill_s, 0.0)
    decodes = groups * _decodes(steps, shape, problem.goals.tpot_s)
    return [
        Design(setting, each[i], Shape(problem.isl, problem.osl, chunk[i], sequences[i], cache[i]), float(whole[i]), float(prefills[i]), float(decodes[i]), float(prefill_s[i]))
        for i, setting in enumerate(settings)
    ]


def _limits(problem: Problem, setting: Replica) -> tuple[float, float, float]:
    """Of one batch: tokens a step, sequences, tokens of cache. Stages share the cache and the places of their attention group."""
    stages = setting.plan.pp
    return setting.chunk_tokens, max(1, setting.max_sequences // stages), rules.room(problem, setting).kv_tokens * setting.cp / stages


def _prefill_s(steps: Steps, shape: Shape) -> Array:
    """Seconds of a mean prompt alone, in chunks."""
    tokens = np.minimum(shape.isl, shape.chunk)
    zero = np.zeros_like(tokens)
    return np.ceil(shape.isl / tokens) * steps.both_s(zero, zero, tokens, (shape.isl - tokens) / 2, zero + 1)[1]


def _decodes(steps: Steps, shape: Shape, tpot_s: float) -> Array:
    """Requests a second that a batch decodes: the most sequences whose steps stay within the goal, by doubling and halving."""
    most = np.maximum(1.0, shape.most)
    share = np.linspace(0, 1, 33)
    n = most[..., None] ** share
    seconds = steps.decode_s(n, np.full_like(n, shape.isl + shape.osl / 2))
    rate = np.where((seconds <= tpot_s) & (shape.most[..., None] >= 1), n / (seconds * max(shape.osl - 1, 1)), 0.0)
    return np.asarray(rate.max(axis=-1))


def undominated(found: Sequence[Design]) -> list[Design]:
    """Designs that no other of the same kinds and no more devices beats in everything that is estimated: the three rates, and the prefill's seconds and a step's."""
    kept: list[Design] = []
    for group in _by_stock(found).values():
        kinds = sorted(group[0].replica.used)
        facts = np.array([(*(-d.replica.used[kind] for kind in kinds), d.capacity, d.prefills, d.decodes, -d.prefill_s, -_step_s(d)) for d in group])
        kept += [group[i] for i in _front(facts)]
    return kept


def _front(facts: Array) -> list[int]:
    """Rows that none is at least as good as in every column; of equal ones the first. What beats a row comes before it when all are sorted, the best first."""
    best = np.empty((0, facts.shape[1]))
    kept: list[int] = []
    for i in np.lexsort([np.arange(len(facts)), *-facts.T[::-1]]):
        if not (best >= facts[i]).all(axis=1).any():
            best = np.concatenate([best, facts[i : i + 1]])
            kept.append(int(i))
    return sorted(kept)


def _step_s(design: Design) -> float:
    """Seconds of a decode step that a lone sequence sees."""
    return float(design.steps.decode_s(np.ones(1), np.full(1, design.shape.isl))[0])


def _by_stock(found: Sequence[Design]) -> dict[str, list[Design]]:
    groups: dict[str, list[Design]] = {}
    for design in found:
        groups.setdefault(design.replica.stock, []).append(design)
    return groups


def smallest(problem: Problem) -> dict[str, int]:
    """By kind of device, how many hold the model and its longest request: how far a fleet that holds no replica falls short. 0 where none up to 4,096 do."""
    return {stock.device.name: _least(problem, stock.name) for stock in problem.fleet}


def _least(problem: Problem, name: str) -> int:
    """The least devices of a kind that hold a replica, 0 where none up to 4,096 does."""
    count = 1 if rules.has_types(problem, space.layouts(problem, problem.stock[name])) else 8192
    while count <= 4096:
        wide = replace(problem, fleet=tuple(replace(stock, count=count) for stock in problem.fleet if stock.name == name), watts=0.0)
        held = rules.legal(wide, space.layouts(wide, wide.fleet[0]), Excluded())
        if held:
            return min(replica.devices for replica in held)
        count *= 2
    return 0
