"""Attention and experts on different devices: the curves of a step that goes to and fro between them.

>>> table = attention_and_experts(System(config, h100, Plan(tp=1, dp=8), precision), System(config, h20, Plan(dp=16, ep=16), precision), bandwidth=5e10, micro=3)

The first system holds attention, dense layers, shared experts and the output head; the second the routed experts. Each micro-batch's rows are sent to the devices of their
experts, and come back (MegaScale-Infer, arXiv 2504.02263; Janus, arXiv 2512.13525).
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from intarsia.cost_models.ops import ACTIVATION_BYTES
from intarsia.cost_models.serving.shapes import Batch, Step
from intarsia.cost_models.serving.steady import System
from intarsia.cost_models.serving.step import batched
from intarsia.cost_models.serving.step_ops import step_ops
from intarsia.cost_models.serving.step_table import MEMORY, NETWORK, SECONDS, StepTable, curve_of, row_nodes
from intarsia.errors import InputError


def attention_and_experts(attention: System, experts: System, *, bandwidth: float, latency_s: float = 1e-5, micro: int = 3, skew: float = 0.0) -> StepTable:
    """`bandwidth`: bytes/s that an attention device sends or receives. Raises InputError for a model without experts, or plans that don't go together."""
    config, rows = attention.config, row_nodes(attention.engine.chunk_tokens + attention.engine.most_sequences)
    sparse = sum(config.is_moe_layer(layer) for layer in range(config.layers))
    if not sparse:
        raise InputError("the model has no experts to hold apart", mend="serve it with the plain StepTable.build")
    if attention.plan.pp > 1 or experts.plan.pp > 1 or micro < 1 or not bandwidth > 0:
        raise InputError("attention and experts apart need plans without pipeline stages, a micro-batch at least, and a bandwidth above zero")
    base = StepTable.build(attention)
    here, there = attention.plan, experts.plan
    step = Step(decode=(Batch(rows * here.dp / there.dp, 1.0),), skew=skew)
    routed = [launch for launch in step_ops(experts.config, there, experts.precision, step) if launch.label == "experts"]
    devices = here.devices + there.devices
    return replace(
        base, experts=curve_of(routed, experts.device, batched(experts.cost), rows.shape), send=_trips(attention, there.ep, sparse, rows, bandwidth, latency_s),
        devices=devices, micro=micro, layers=config.layers,
        idle_watts=(here.devices * attention.device.idle_watts + there.devices * experts.device.idle_watts) / devices,
        span_watts=(here.devices * _span(attention) + there.devices * _span(experts)) / devices,
    )  # fmt: skip


def _trips(attention: System, groups: int, layers: int, rows: np.ndarray, bandwidth: float, latency_s: float) -> np.ndarray:  # type: ignore[type-arg]
    """There and back: each row to as many groups of experts as it may draw."""
    size = rows / attention.plan.tp * min(attention.config.top_k, groups) * attention.config.hidden * ACTIVATION_BYTES
    curve = np.zeros((len(rows), 4))
    curve[:, SECONDS] = curve[:, NETWORK] = 2 * layers * (latency_s + size / bandwidth)
    curve[:, MEMORY] = 2 * layers * size / attention.device.main_memory.bandwidth
    return curve


def _span(system: System) -> float:
    return max(0.0, system.device.watts - system.device.idle_watts)
