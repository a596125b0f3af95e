"""Plans that leave images to devices of their own.

The best plans that encode beside prefill are tried with encode devices: with as many as the images need, and with more or fewer, on devices that are free or that a replica gives
up.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace

from intarsia.cost_models.serving.shapes import Plan
from intarsia.planner.search import image_costs
from intarsia.planner.search.compose import HEADROOM, Candidate, Part, within
from intarsia.planner.search.design import Design
from intarsia.planner.search.problem import Problem
from intarsia.planner.search.space import encoder_of


def apart(problem: Problem, plan: Candidate) -> list[Candidate]:
    """The plan with encode devices: nothing for a plan that has some, for a load without images, or where only aggregated plans are asked for."""
    if not problem.images or not problem.images_per_request or "disaggregated" not in problem.choices.modes or any(part.role == "encode" for part in plan.parts):
        return []
    found: dict[object, Candidate] = {}
    for stock in problem.fleet:
        for rest in _with_fewer(plan):
            for count in _counts(problem, stock.name, stock.count - rest.deployment.used.get(stock.name, 0)):
                made = replace(rest, parts=(_part(rest.parts[0].design, stock.name, count), *rest.parts))
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
    """As many devices as the images keep busy, with headroom, half as many again, and one; where all come at once, one and all that are free."""
    wanted = {1, free}
    if math.isfinite(problem.rate):
        need = problem.rate * image_costs.encoding(problem, stock, 1).seconds(problem.images_per_request * problem.image_tokens)
        wanted = {1, math.ceil(need / HEADROOM), math.ceil(1.5 * need / HEADROOM)}
    return sorted(count for count in wanted if 1 <= count <= free)


def _part(like: Design, stock: str, count: int) -> Part:
    """Encode devices; they run no steps of the model."""
    return Part("encode", replace(like, replica=replace(encoder_of(like.replica), stock=stock, plan=Plan())), count)
