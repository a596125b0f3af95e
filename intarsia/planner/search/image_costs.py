"""What encoding the workload's images takes on a problem's devices, and of each request's time on a replica that does it itself."""

from __future__ import annotations

from intarsia.cost_models.serving import encoder
from intarsia.cost_models.serving.encoder import Encoding
from intarsia.cost_models.serving.pricing import Priced
from intarsia.planner.search.problem import Problem
from intarsia.planner.search.space import Replica


def encoding(problem: Problem, stock: str, tp: int) -> Encoding:
    """Seconds of encoding images on `tp` devices of a kind. The problem must have images."""
    images, known = problem.images, problem.encodings
    assert images is not None
    if (stock, tp) not in known:
        known[stock, tp] = encoder.encoding(images.encoder, problem.stock[stock].device, images.size, Priced(problem.framework), tp)
    return known[stock, tp]


def of_replica(problem: Problem, replica: Replica) -> Encoding:
    """The same on a replica's devices; stages on several kinds have the first one's, where images come in."""
    stock, plan = (replica.spans[0].stock, replica.spans[0].plan) if replica.spans else (replica.stock, replica.plan)
    return encoding(problem, stock, plan.tp)


def seconds(problem: Problem, replica: Replica) -> float:
    """Mean seconds of a replica's devices for the images of a request, where it encodes them itself."""
    return of_replica(problem, replica).seconds(problem.images_per_request * problem.image_tokens) if problem.images and problem.images_per_request else 0.0
