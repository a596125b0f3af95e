"""Prices of a pipeline whose stages lie on unlike devices: a table for each stage, as the simulator takes them, and one for their sum, as estimates do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from intarsia.cost_models.ops import ACTIVATION_BYTES
from intarsia.cost_models.serving.host import Host
from intarsia.cost_models.serving.step_table import NETWORK, SECONDS, StepTable, row_nodes_of
from intarsia.planner.search.estimate import Array, Steps
from intarsia.planner.search.problem import NETWORK_LATENCY_S, Problem, Stock

TYPICAL = 32.0
"""Sequences that decode together where stages are compared."""


@dataclass(frozen=True)
class StageTable:
    """One stage: the table of all layers on its devices, for as many stages as there are, and its share of the layers."""

    table: StepTable
    share: float


def stage_tables(tables: Sequence[StepTable], layers: Sequence[int], hops: Sequence[Array], host: Host, launches_s: float) -> tuple[StageTable, ...]:
    """From each stage's table of all layers, its layers, what it takes to send rows to the next one (at the tables' nodes, one less than stages), and what the host
    takes (`launches_s`: of all layers' kernels)."""
    count, whole = len(tables), sum(layers)
    found = []
    for place, (table, own) in enumerate(zip(tables, layers, strict=True)):
        send = np.zeros_like(table.send)
        if place < count - 1:
            send[:, SECONDS] = send[:, NETWORK] = (count - 1) * hops[place]
        share = own / whole
        made = replace(table, send=send, stages=count, devices=count * table.devices).with_overhead(host.step_s / share, count * host.sequence_s, launches_s, host.captured_rows)
        found.append(StageTable(made, share))
    return tuple(found)


def summed(stages: Sequence[StageTable]) -> StepTable:
    """Seconds of a step that passes all stages, and the power of all devices."""
    last, devices = stages[-1].table, sum(stage.table.devices for stage in stages) // len(stages)
    parts: dict[str, Any] = {name: sum((stage.share * getattr(stage.table, name) for stage in stages), np.zeros(1)) for name in ("dense", "experts", "decode", "prefill")}
    send = sum((stage.table.send / max(1, len(stages) - 1) for stage in stages), np.zeros(1))
    idle, span = (sum(getattr(stage.table, name) * stage.table.devices for stage in stages) / len(stages) / devices for name in ("idle_watts", "span_watts"))
    return replace(
        last, **parts, send=send, launch_s=sum(stage.share * stage.table.launch_s for stage in stages),
        prefill_floor_s=sum(stage.share * stage.table.prefill_floor_s for stage in stages), devices=devices, stages=len(stages), idle_watts=idle, span_watts=span,
    )  # fmt: skip


def balance(seconds: Sequence[float]) -> float:
    """Batches of a pipeline meet at its slowest stage: the share of what they would carry if all stages took as long. `seconds` of each stage for the same work."""
    return sum(seconds) / (len(seconds) * max(seconds))


def request_s(problem: Problem, steps: Steps) -> float:
    """Seconds of a mean request on a device that computes it beside TYPICAL others: its prompt in chunks, and its share of the steps that decode."""
    tokens = min(problem.isl, float(max(problem.choices.chunks)))
    one, many = np.ones(1), np.full(1, TYPICAL)
    alone, together = steps.both_s(many, np.full(1, problem.isl + problem.osl / 2), tokens * one, (problem.isl - tokens) / 2 * one, one)
    return float(problem.isl / tokens * (together - alone)[0] + problem.osl * alone[0] / TYPICAL)


def hop_s(problem: Problem, table: StepTable, ends: Sequence[tuple[Stock, int]]) -> Array:
    """Seconds in which rows go from the devices of one stage to those of another kind, over the network: through every device's own way out, the narrower end decides."""
    bandwidth = min(stock.network * devices for stock, devices in ends)
    return np.asarray(NETWORK_LATENCY_S + row_nodes_of(len(table.dense)) * problem.config.hidden * ACTIVATION_BYTES / bandwidth)
