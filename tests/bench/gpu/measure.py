"""Runs a job: every variant checked against float64, then all that are right timed in turn with the peers."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from typing import Any

import torch

from intarsia.errors import IntarsiaError
from tests.bench.gpu import inputs
from tests.bench.gpu.bench_gpu import Row
from tests.bench.gpu.inputs import Made, Tensors
from tests.bench.gpu.jobs import Job
from tests.bench.gpu.launches import call
from tests.bench.gpu.timing import alternate, sets


def measure(job: Job) -> Row:
    made: Made = getattr(inputs, job.make)(job)
    torch.manual_seed(7)
    data = [made.fresh() for _ in range(sets(made.bytes_each))]
    wanted = made.reference(data[0])
    errors: dict[str, float] = {}
    ours: dict[str, Callable[[int], Any]] = {}
    for variant in job.variants:
        name = " + ".join(("cuda " if spec.language == "cuda" else "") + spec.label for spec in variant)
        try:
            queue = [[call(spec, tensors, made.counts) for spec in variant] for tensors in data]
        except IntarsiaError as error:
            print(f"left out: {name}: {error}", file=sys.stderr)
            continue
        errors[name] = _error(made, data[0], wanted, queue[0])
        if errors[name] <= made.tolerance:
            ours[name] = partial(_all, queue)
    if not ours:
        raise RuntimeError(f"no variant is right: {errors}")
    peers = {name: (lambda i, peer=peer: peer(data[i])) for name, peer in made.peers.items()}
    found = alternate(ours | peers, len(data))
    return Row(job, {name: found[name] for name in ours if name in found}, {name: found[name] for name in peers if name in found}, errors, made.tolerance)


def _all(queue: list[list[Callable[[], None]]], i: int) -> None:
    for launch in queue[i]:
        launch()


def _error(made: Made, tensors: Tensors, wanted: torch.Tensor, launches: list[Callable[[], None]]) -> float:
    """||ours - float64's|| / ||float64's||; outputs are NaN before."""
    made.found(tensors).fill_(float("nan"))
    for launch in launches:
        launch()
    torch.cuda.synchronize()
    error = float(torch.linalg.norm(made.found(tensors).double() - wanted) / torch.linalg.norm(wanted))
    return error if error == error else float("inf")


