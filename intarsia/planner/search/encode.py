"""Plans that leave images to devices of their own.

The best plans that encode beside prefill are tried with encode devices (`apart`): with as many as the images need, and with more or fewer, on devices that are free or that a
replica gives up. Questions ask about makes with encode devices as they do about others: in growing numbers (`ladders`), and on the whole fleet (`beside`). What their replicas
carry is estimated without the encoder's seconds (`relieved`).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace

from intarsia.cost_models.serving.shapes import Plan
from intarsia.planner.search import compose, image_costs
from intarsia.planner.search.compose import HEADROOM, Candidate, Part, within
from intarsia.planner.search.design import Design
from intarsia.planner.search.problem import Problem
from intarsia.planner.search.space import encoder_of


def possible(problem: Problem) -> bool:
    """Whether the load has images, and plans of several roles are asked for."""
    return bool(problem.images and problem.images_per_request and "disaggregated" in problem.choices.modes)


def relieved(problem: Problem, designs: Sequence[Design]) -> list[Design]:
    """What designs carry where others encode their images; nothing where that isn't possible. A request still waits for its images: no goal is reached that wasn't."""
    return [_relieved(design, image_costs.seconds(problem, design.replica)) for design in designs] if possible(problem) else []


def _relieved(design: Design, encode_s: float) -> Design:
    """The reverse of what design.py counts: each request takes `encode_s` less of a replica."""
    prefill_s = design.prefill_s - encode_s
    capacity = design.capacity / (1 - design.capacity * encode_s) if design.capacity else 0.0
    return replace(design, capacity=capacity, prefills=design.replica.groups / prefill_s if design.prefills else 0.0, prefill_s=prefill_s)


def ladders(problem: Problem, ladder: Sequence[Candidate]) -> list[list[Candidate]]:
    """A make of relieved designs in growing numbers, each with the encode devices that it needs for the rate, or what it carries of that, on each kind, leanly and amply."""
    found: dict[tuple[object, ...], list[Candidate]] = {}
    for stock in problem.fleet:
        each = image_costs.encoding(problem, stock.name, 1).seconds(problem.images_per_request * problem.image_tokens)
        for place in range(len(_wanted(0.0))):
            made = [_with(rung, stock.name, _wanted(each * min(rung.capacity, problem.rate))[place], rung.capacity) for rung in ladder if rung.capacity > 0]
            rungs = [rung for rung in made if within(problem, rung)]
            found.setdefault(tuple(rung.deployment for rung in rungs), rungs)
    return [rungs for rungs in found.values() if rungs]


def _wanted(busy: float) -> tuple[int, int, int]:
    """Encode devices where images keep `busy` of them: as few as a load that is over soon may do with, with headroom, and half as many again."""
    return max(1, math.floor(busy)), max(1, math.ceil(busy / HEADROOM)), max(1, math.ceil(1.5 * busy / HEADROOM))


def beside(problem: Problem, designs: Sequence[Design]) -> list[Candidate]:
    """Deployments of the whole fleet, with some devices of a kind that encode, and the others in all ways that are worth a look."""
    found = []
    for stock in problem.fleet if (others := relieved(problem, designs)) else ():
        each = image_costs.encoding(problem, stock.name, 1).seconds(problem.images_per_request * problem.image_tokens)
        for count in _some(stock.count):
            left = replace(problem, fleet=tuple(replace(other, count=other.count - count * (other == stock)) for other in problem.fleet))
            found += [_with(rest, stock.name, count, min(rest.capacity, count / each)) for rest in compose.candidates(left, others)]
    return [plan for plan in found if within(problem, plan)]


def _some(most: int) -> list[int]:
    """Numbers up to `most`, each about a third larger than the one before."""
    found = [1] if most else []
    while found and found[-1] < most:
        found.append(max(found[-1] + 1, found[-1] * 4 // 3))
    return [count for count in found if count <= most]


def _with(rest: Candidate, stock: str, count: int, capacity: float) -> Candidate:
    return replace(rest, parts=(_part(rest.parts[0].design, stock, count), *rest.parts), capacity=capacity)


def apart(problem: Problem, plan: Candidate) -> list[Candidate]:
    """The plan with encode devices: nothing for a plan that has some, for a load without images, or where only aggregated plans are asked for."""
    if not possible(problem) or any(part.role == "encode" for part in plan.parts):
        return []
    found: dict[object, Candidate] = {}
    for stock in problem.fleet:
        for rest in _with_fewer(plan):
            for count in _counts(problem, stock.name, stock.count - rest.deployment.used.get(stock.name, 0)):
                made = _with(rest, stock.name, count, rest.capacity)
                if within(problem, made):
                    found.setdefault(made.deployment, made)
    return list(found.values())


def _with_fewer(plan: Candidate) -> Iterator[Candidate]:
    """The plan, and with one replica fewer of those that need encode no longer."""
    yield plan
    for place, part in enumerate(plan.parts):
        if part.role != "decode" and part.count > 1:
            yield replace(plan, parts=(*plan.parts[:place], replace(part, count=part.count - 1), *plan.parts[place + 1 :]))


def _counts(problem: Problem, stock: str, free: int) -> list[int]:
    """One, and as many devices as the images need; where all come at once, one and all that are free."""
    wanted = {1, free}
    if math.isfinite(problem.rate):
        need = problem.rate * image_costs.encoding(problem, stock, 1).seconds(problem.images_per_request * problem.image_tokens)
        wanted = {1, *_wanted(need)}
    return sorted(count for count in wanted if 1 <= count <= free)


def _part(like: Design, stock: str, count: int) -> Part:
    """Encode devices; they run no steps of the model."""
    return Part("encode", replace(like, replica=replace(encoder_of(like.replica), stock=stock, plan=Plan())), count)
