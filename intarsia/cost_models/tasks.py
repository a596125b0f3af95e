"""Costs of tasks: from the formulas in `resources`, from a model's steps, and from latency distributions.

A request is one prompt and the tokens generated for it. Prompts run in chunks; a decode step is taken at the middle of its
output, which is exact as long as cost grows linearly with context.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from intarsia.cost_models import energy, money, ops, rates, sources
from intarsia.cost_models.cost import Cost, Setup, Step, StepCosts, total
from intarsia.ir.device import Device
from intarsia.ir.formula import evaluate
from intarsia.ir.model import ModelConfig

Resources = dict[str, str]
LAUNCHES_PER_LAYER = 10
"""Kernels of a layer where only the formulas are known: norms, projections, rotation, cache, attention, MLP."""
ARGUMENT_BYTES = 256


def task_cost(resources: Resources, setup: Setup, *, weight_scale: float = 1.0, launches: float = 1.0, **symbols: float) -> Cost:
    """One step of a task by its formulas; `weight_scale` is the size of weights in memory over that as stored."""
    needs = {name: evaluate(text, **symbols) for name, text in resources.items()}
    flops = needs.get("flops", 0.0) / setup.tp
    moved = needs.get("weight_bytes", 0.0) * weight_scale
    moved += (needs.get("kv_read_bytes", 0.0) + needs.get("kv_write_bytes", 0.0)) * setup.kv_element_bytes / 2
    moved = (moved + needs.get("activation_bytes", 0.0)) / setup.tp
    rate = rates.peak(setup.device, rates.COMPUTE[setup.activations], setup.threads) * setup.device.efficiency.get("gemm", 1.0)
    compute_s, memory_s = flops / rate, moved / rates.bandwidth(setup.device, setup.threads)
    launch_s = launches * rates.launch_seconds(setup.device, setup.threads)
    bounds = {"compute": compute_s, "memory": memory_s, "launch": launch_s}
    seconds = max(compute_s, memory_s) + launch_s
    joules = setup.tp * energy.joules(rates.narrow(setup.device, setup.threads), seconds, compute_s, memory_s)
    return Cost(seconds, flops, moved, joules, max(bounds, key=lambda b: bounds[b]), "analytic, by the task's formulas")


def own_work(work: Mapping[str, float], setup: Setup) -> Cost:
    """What a node says of its own arithmetic and traffic ({flops, bytes}), as a roofline in 16 bits (a CPU: f32) with the device's efficiencies."""
    if not work:
        return Cost()
    return task_cost({"flops": f"{work.get('flops', 0.0):.12g}", "weight_bytes": f"{work.get('bytes', 0.0):.12g}"}, setup)


def host_cost(op: str, passages: float, device: Device) -> Cost:
    """What Python itself takes around a tool's call, or in a search of so many passages, where calibration measured it.

    A search compares vectors and words in Python, so passages count and not the width of their vectors.
    """
    amount, rate = {"llm.tool_call": (1.0, "tool"), "llm.retrieve_top_k": (passages, "retrieve")}.get(op, (0.0, ""))
    if rate not in device.rates:
        return Cost()
    seconds = amount / device.rates[rate]
    return Cost(seconds, joules=energy.joules(rates.narrow(device, 1), seconds, seconds, 0.0), bound="host", source="probe", error_band=rates.HOST_BAND)


@dataclass(frozen=True)
class FormulaCosts:
    """A model's costs by the formulas of its tasks: for models that have no phases as operators."""

    config: ModelConfig
    resources: dict[str, Resources]
    stored_bytes: float
    weights: list[tuple[str, float]] = field(default_factory=list)

    def step(self, phase: str, setup: Setup, step: Step) -> Cost:
        sequences = max(step.sequences, 1.0)
        scale = self.weight_bytes(setup.precision) / self.stored_bytes if self.stored_bytes else 1.0
        found = task_cost(
            self.resources[phase], setup, weight_scale=scale, launches=LAUNCHES_PER_LAYER * max(self.config.layers, 1),
            batch=sequences, prompt=step.rows / sequences, context=step.context, output=1.0, arguments=ARGUMENT_BYTES,
        )
        reduced = self._all_reduces(setup, step)
        return total([found, replace(reduced, joules=reduced.joules * setup.tp)])

    def _all_reduces(self, setup: Setup, step: Step) -> Cost:
        """Two a layer where several devices work together."""
        if setup.tp == 1:
            return Cost()
        op = ops.Collective("all_reduce", step.rows * self.config.hidden * ops.ACTIVATION_BYTES, setup.tp)
        return sources.cost(op, setup.device).times(2 * self.config.layers)

    def weight_bytes(self, precision: str) -> float:
        return sum(elements * rates.weight_bits(dtype, precision) / 8 for dtype, elements in self.weights)


def prefill(costs: StepCosts, setup: Setup, prompt: float, chunk: float, phase: str = "prefill") -> Cost:
    """The whole prompt of one request, `chunk` tokens a step; `phase` is encode or call for a model without a KV cache."""
    if prompt <= 0:
        return Cost()
    if phase != "prefill":
        return costs.step(phase, setup, Step(rows=prompt))
    steps, rest = int(prompt // chunk), prompt % chunk
    parts = []
    if steps:
        first, last = (costs.step(phase, setup, Step(rows=chunk, context=context)) for context in (0.0, (steps - 1) * chunk))
        parts.append(total([first.times(steps / 2), last.times(steps / 2)]))
    if rest >= 1:
        parts.append(costs.step(phase, setup, Step(rows=rest, context=steps * chunk)))
    return total(parts)


def decode_step(costs: StepCosts, setup: Setup, context: float, batch: float = 1.0) -> Cost:
    """One decode step of `batch` sequences with `context` tokens each."""
    return costs.step("decode", setup, Step(rows=batch, sequences=batch, context=context, logit_rows=batch))


def decode(costs: StepCosts, setup: Setup, prompt: float, output: float, batch: float = 1.0) -> Cost:
    """All decode steps of a request among `batch` alike: the prefill gave the first token. Joules are the request's own share."""
    step = decode_step(costs, setup, prompt + output / 2, batch)
    found = step.times(max(output - 1, 0.0))
    return replace(found, joules=found.joules / max(batch, 1.0))


def dollars(setup: Setup, seconds: float, joules: float) -> float:
    """US dollars for using a setup: its rent, or, where it has none, its price written off with interest (money.py's usual terms) and the power it draws."""
    device = setup.device
    if device.rent_usd_per_h:
        return setup.tp * device.rent_usd_per_h * seconds / 3600
    held = money.owned(device, watts=0.0) if device.price_usd else money.Hourly()
    return setup.tp * held.usd * seconds / 3600 + money.energy_usd(joules)


def chunks(prompt: float, chunk: float) -> int:
    """Steps that a prompt takes."""
    return max(1, math.ceil(prompt / chunk))
