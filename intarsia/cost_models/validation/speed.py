"""How many operators a second are priced from measured tables and by the fitted model, on one core, beside the analytic model."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np

from intarsia.cost_models import analytic, ops
from intarsia.cost_models.devices import load
from intarsia.cost_models.estimate import Estimate
from intarsia.cost_models.fitted.model import Fitted
from intarsia.cost_models.ops import Attention, Experts, Gemm, Op
from intarsia.cost_models.silicon.measured import Measured
from intarsia.cost_models.validation.rows import Row, Run
from intarsia.errors import InputError
from intarsia.ir.device import Device

QUERIES, ROUNDS = 1_000_000, 3
TARGET = 1e6
UNMEASURED = "L4"
"""A device that the fitted model answers for."""
WIDTHS = (1024, 1536, 2048, 4096, 5120, 7168)


def rows(run: Run) -> Iterator[Row]:
    """A million queries over some geometries, made known before; the best of some rounds, on the first device that was measured, and on one that wasn't."""
    run.tell(0.0, "queries a second")
    for name, op in _queries():
        for device in map(load, run.devices):
            model = Measured(device, "vllm", run.folder)
            try:
                model.estimate(ops.take(op, np.arange(1000)))
            except InputError:
                continue
            yield _row(f"{name} costs a second from measured tables", op, device, model.estimate)
            break
        unmeasured, fitted = load(UNMEASURED), Fitted("vllm")
        fitted.estimate(ops.take(op, np.arange(1000)), unmeasured)
        yield _row(f"{name} costs a second from the fitted model", op, unmeasured, partial(fitted.estimate, device=unmeasured))


def _row(metric: str, op: Op, device: Device, ask: Callable[[Op], Estimate]) -> Row:
    ours, sheet = _rate(lambda: ask(op)), _rate(lambda: analytic.seconds(op, device))
    return Row(f"{metric}, {device.name}", ours, "1/s", "analytic model", sheet, ours / sheet, TARGET, ours >= TARGET)


def _queries() -> Iterator[tuple[str, Op]]:
    random = np.random.default_rng(0)
    amounts = random.integers(1, 8192, QUERIES).astype(np.float64)
    first, second = (random.choice(np.array(WIDTHS, np.float64), QUERIES) for _ in range(2))
    yield "GEMM", Gemm(amounts, first, second)
    yield "decode attention", Attention(random.integers(1, 256, QUERIES), 1, amounts, random.choice([16, 32, 64], QUERIES), 8, 128)
    yield "MoE", Experts(amounts, first, 1536, 8, 128, ep=random.choice([1, 2, 4], QUERIES), distribution="power_law_1.2")


def _rate(ask: Callable[[], Any]) -> float:
    """Queries a processor second (other programs don't count) in the fastest round."""
    taken = []
    for _ in range(ROUNDS):
        start = time.process_time()
        ask()
        taken.append(time.process_time() - start)
    return QUERIES / min(taken)
