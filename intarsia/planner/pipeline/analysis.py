"""The account of a layer, operator by operator: what each resource would take, which one bounds the workload, and how near to it one comes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from intarsia.planner.pipeline.layer import KINDS, Kind, Layer
from intarsia.planner.pipeline.schedule import Schedule


@dataclass(frozen=True)
class Account:
    """`bound` is the resource that the whole batch needs longest; throughputs are tokens a second of one device. `step_fraction`: with what is outside the layers."""

    bound: Kind
    optimal_s: float
    optimal_tokens_per_s: float
    sequential_fraction: float
    overlapped_fraction: float
    step_fraction: float


def account(schedule: Schedule) -> Account:
    """What the optimum is, and the fractions of it that are reached one after the other and overlapped.

    The optimum is the layer's own (`optimal_s`: for compute FLOP/s x devices / (2 x active parameters), NanoFlow section 2), or else the longest
    resource's time.
    """
    layer, resources = schedule.layer, schedule.layer.resources
    optimal = optimum(layer)
    return Account(resources.bound, optimal, layer.throughput(optimal), optimal / layer.sequential_s, optimal / schedule.period_s,
                   optimal / layer.with_ends(schedule.period_s))  # fmt: skip


def optimum(layer: Layer) -> float:
    """Seconds of a layer when the bounding resource is never idle; where nothing is known of resources, the longest kind's operators."""
    kinds = {kind: sum(op.seconds(layer.rows_of(op)) for op in layer.active if op.kind == kind) for kind in KINDS}
    return layer.optimal_s or max(getattr(layer.resources, kind) for kind in KINDS) or max(kinds.values())


def excess(layer: Layer) -> dict[str, float]:
    """Seconds that each operator takes, alone and with the whole batch, above its part of the optimum; together the difference of one after the other and the optimum.

    The optimum is shared out by how much of the bounding resource each needs. Empty where nothing is known of resources.
    """
    bound, optimal = layer.resources.bound, optimum(layer)
    total = getattr(layer.resources, bound)
    return {op.name: op.seconds(layer.rows_of(op)) - optimal * getattr(op.resources, bound) / total for op in layer.active} if total else {}


def rows(schedule: Schedule) -> list[dict[str, Any]]:
    """One row an operator, and one for all: seconds of a layer's whole batch."""
    from intarsia.planner.pipeline.schedule import mean_shares

    shares, layer = mean_shares(schedule.runs), schedule.layer
    above = excess(layer)
    found = [
        {"operator": op.name, "kind": op.kind, "rows": layer.rows_of(op), "seconds": op.seconds(layer.rows_of(op)), "compute_s": op.resources.compute,
         "memory_s": op.resources.memory, "network_s": op.resources.network, "nano_batches": sum(run.nano.operator == op.name for run in schedule.runs),
         "share": shares[op.name], "excess_s": above.get(op.name)} for op in layer.active
    ]  # fmt: skip
    total = layer.resources
    return [*found, {"operator": "all", "kind": total.bound, "rows": layer.rows, "seconds": layer.sequential_s, "compute_s": total.compute, "memory_s": total.memory,
                     "network_s": total.network, "nano_batches": len(schedule.runs), "share": None, "excess_s": sum(above.values()) if above else None}]  # fmt: skip
