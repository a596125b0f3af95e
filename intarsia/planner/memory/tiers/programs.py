"""A compiled phase as a program for the fast memory's planner (fast.py): its operators in order, its temporaries, and the weights that each operator reads."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from intarsia.cost_models import phases, rates
from intarsia.cost_models.cost import Setup, Step
from intarsia.cost_models.phases import Work
from intarsia.errors import InputError
from intarsia.ir.device import Device
from intarsia.ir.module import Module, attribute
from intarsia.planner.memory.arena import Liveness
from intarsia.planner.memory.tiers.fast import Program, Resident, Use

AHEAD = 6
"""Operators before its own from which on a weight may be brought."""


def of_phase(module: Module, phase: Any, device: Device, *, room: int, fast_rate: float, slow_rate: float, rows: int = 0) -> Program:
    """The operators of an `llm.phase` of stage plan, a repeated layer once, with `rows` rows (0: those it was planned for). Arithmetic is at the device's peak."""
    rows = rows or attribute(phase, "max_rows", 0)
    if rows < 1:
        raise InputError(f"the phase {attribute(phase, 'sym_name')} has no max_rows", mend="plan it first, or give rows")
    model = str(attribute(phase, "model"))
    deploy = next((op for op in module.ops("plan.deploy") if attribute(op, "model") == model), None)
    setup = Setup(device, 1, attribute(deploy, "precision", "w-a32") if deploy is not None else "w-a32")
    few = min(rows, attribute(deploy, "max_sequences", rows) if deploy is not None else rows)
    timed = list(_timed(phase, phases.works(phase, phases.weight_table(module.find("llm.model", model)))))
    seconds = [0.0] * (max((t for t, _ in timed), default=0) + 2)
    for t, work in timed:
        seconds[t] = _arithmetic(work, setup, few if work.few else rows)
    buffers = [*_temporaries(Liveness(phase), rows, few, len(seconds)), *_weights(timed, setup)]
    return Program(tuple(seconds), tuple(buffers), room, fast_rate, slow_rate)


def _timed(phase: Any, works: Sequence[Work]) -> Iterator[tuple[int, Work]]:
    """Each operator with its place in the order in which lifetimes are counted."""
    rest = iter(works)
    for t, op in enumerate(_flat(phase.regions[0].blocks[0])):
        if op.name not in ("llm.yield", "llm.return"):
            yield t, next(rest)


def _flat(block: Any) -> Iterator[Any]:
    for op in block.operations:
        if op.operation.name == "llm.repeat":
            yield from _flat(op.operation.regions[0].blocks[0])
        else:
            yield op.operation


def _arithmetic(work: Work, setup: Setup, rows: int) -> float:
    """Seconds of an operator's FLOPs alone."""
    if not rows:
        return 0.0
    flops = phases.cost(work, setup, Step(float(rows), 1.0)).flops
    return flops / rates.peak(setup.device, rates.COMPUTE[setup.activations], setup.threads)


def _temporaries(liveness: Liveness, rows: int, few: int, operators: int) -> Iterator[Resident]:
    """One buffer for all values that share a place."""
    groups: dict[str, list[Any]] = {}
    for value in liveness.values:
        groups.setdefault(liveness.group(value), []).append(value)
    for name, values in groups.items():
        uses: dict[int, Use] = {}
        for value in values:
            size = value.row_bytes * (few if value.few_rows else rows)
            _use(uses, value.first, Use(0.0, size))
            for when, _ in value.readers:
                _use(uses, when, Use(size, 0.0))
        largest = max(v.row_bytes * (few if v.few_rows else rows) for v in values)
        lower, upper = min(v.first for v in values), min(max(v.last for v in values) + 1, operators)
        yield Resident(name, largest, lower, upper, {t: use for t, use in uses.items() if t < upper})


def _use(uses: dict[int, Use], t: int, more: Use) -> None:
    before = uses.get(t, Use())
    uses[t] = Use(before.read + more.read, before.written + more.written)


def _weights(timed: Sequence[tuple[int, Work]], setup: Setup) -> Iterator[Resident]:
    """The weights of each operator, which wait in the slow memory."""
    for t, work in timed:
        size = sum(w.elements * rates.weight_bits(w.dtype, setup.precision) / 8 for w in work.weights)
        if size and work.op != "llm.embed":  # it reads a few rows of its table
            yield Resident(f"{t}:{work.label}", round(size), max(0, t - AHEAD), t + 1, {t: Use(size)}, outside=True)
