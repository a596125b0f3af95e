"""What the simulator says of a bundle on this machine, from calibration alone: nothing here has seen a replay.

The model's phases come from the bundle's plan, their costs from `intarsia calibrate`, and the schedule from the very scheduler classes that
the runtime drives, with the same parameters and the same KV cache.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from intarsia.compiler.bench.compare import Figures
from intarsia.compiler.bench.pace import USUAL, Pace
from intarsia.compiler.bench.replay import scheduler_facts
from intarsia.cost_models import devices
from intarsia.cost_models.cost import Setup, Step
from intarsia.cost_models.phases import PhaseCosts
from intarsia.cost_models.rest import Rest
from intarsia.cost_models.serving.step_table import StepTable
from intarsia.errors import BundleError, RuntimeFailure, Where
from intarsia.ir.device import Device
from intarsia.ir.module import Module
from intarsia.ir.workload import Request
from intarsia.planner.memory.tiers import streaming
from intarsia.planner.simulate import Job, Load, Replica, simulate
from intarsia.planner.simulate.metrics import Report
from intarsia.planner.simulate.serving import Deployment, Pool
from intarsia.planner.simulate.simulator import Simulation
from intarsia.runtime.bundle import Bundle
from intarsia.runtime.scheduler import Scheduler


@dataclass(frozen=True)
class Predictor:
    """A bundle's decoder as the simulator sees it. `band`: relative standard error of a step; `first_s`: what a request waits beside its steps; `pace`: the machine's."""

    replica: Replica
    source: str
    band: float
    first_s: float
    pace: Pace = USUAL

    def priced(self, dense: float = 1.0, logits: float = 1.0, decode: float = 1.0, prefill: float = 1.0) -> Predictor:
        """As if the parts of a step took so many times as long: what is done for each row, for each token drawn, and attention of answers and of prompts."""
        table = self.replica.table
        scaled = replace(
            table, dense=table.dense * dense, logits=table.logits * logits, decode=table.decode * decode, prefill=table.prefill * prefill, launch_s=table.launch_s * prefill,
        )  # fmt: skip
        return replace(self, replica=replace(self.replica, table=scaled))

    def at_pace(self, pace: Pace) -> Predictor:
        """On a machine that isn't always equally fast."""
        return replace(self, pace=pace)

    def simulate(self, requests: Sequence[Request]) -> Report:
        """Serve requests as they arrive, in seconds of work at the usual pace."""
        arrivals = self.pace.worked(np.array([request.arrival_s for request in requests])) + self.first_s
        jobs = tuple(Job(arrival, request.prompt_tokens, request.output_tokens) for arrival, request in zip(arrivals.tolist(), requests, strict=True))
        return simulate(Load(jobs), self.replica)

    def figures(self, requests: Sequence[Request]) -> Figures:
        """Throughput and latencies of requests that arrive as they say."""
        found = self.simulate(requests).requests
        arrival, first, end = (self.pace.when(column) for column in (found.arrival - self.first_s, found.first, found.end))
        return Figures.of(arrival, first, end, found.output.astype(float))

    def check_scheduler(self, served: str) -> None:
        """The simulated scheduler is the runtime's: class, policy, parameters, KV cache. Raises RuntimeFailure where they differ."""
        if (simulated := self.scheduler) != served:
            raise RuntimeFailure(f"the runtime schedules by {served}, but the simulation by {simulated}", mend="please report it")

    @property
    def scheduler(self) -> str:
        """The simulated scheduler in words."""
        return scheduler_facts(self.fresh_scheduler())

    def fresh_scheduler(self) -> Scheduler:
        """One as the simulation has it."""
        return Simulation(Load((Job(0.0, 1, 1),)), Deployment((Pool(self.replica),))).engines[0].schedulers[0]

    def saturation(self, requests: Sequence[Request]) -> float:
        """Requests a second that are finished when all are there from the start."""
        report = self.simulate([Request(0.0, request.prompt_tokens, request.output_tokens) for request in requests])
        return report.requests_per_s


def threads_of(entry: dict[str, Any], threads: int | None) -> int:
    """Those asked for, or the planned ones."""
    return threads or max(int(phase["threads"]) for phase in entry["entries"].values())


def predictor(bundle: Bundle, model: str, threads: int | None = None, device: Device | None = None) -> Predictor:
    """From the bundle's plan and this machine's calibration (or `device`). Raises BundleError for a bundle without its plan."""
    entry, device = bundle.models[model], device or devices.local()
    deploy = entry["deploy"]
    setup = Setup(device, threads_of(entry, threads), deploy["precision"], deploy["kv_dtype"])
    costs = phase_costs(bundle, model)
    limits = _limits(entry)
    table = _with_host(StepTable.of_phases(costs, setup, limits["max_batch_tokens"], limits["max_sequences"], deploy["context"]), costs, setup, limits["max_sequences"])
    typical = costs.step("decode", setup, Step(1, 1, 128, 1))
    told = limits | deploy.get("parameters", {})
    replica = Replica(table, deploy["kv_pages"] * deploy["page_tokens"], deploy["policy"], told, page_tokens=deploy["page_tokens"], stream_s=_stream_s(entry, device),
                      rest=Rest.of(device))  # fmt: skip
    return Predictor(replica, f"{typical.source}; {device.sources.get('rates') or device.sources['flops']}", typical.error_band, _first_s(device))


def _stream_s(entry: dict[str, Any], device: Device) -> float:
    """Seconds of the disk in each step, where layers come from there."""
    reader = streaming.Reader.of(device.rates)
    return sum(reader.seconds(end - begin) for begin, end in entry.get("stream", {}).get("layers", []))


def _limits(entry: dict[str, Any]) -> dict[str, int]:
    """Rows and sequences of a step, as the runtime's decoder takes them from the manifest."""
    rows = min(int(entry["deploy"]["max_batch_tokens"]), int(entry["entries"]["prefill"]["max_rows"]))
    compiled = [int(phase["max_sequences"]) for phase in entry["entries"].values()] + [int(phase["output"]["rows"]) for phase in entry["entries"].values()]
    return {"max_batch_tokens": rows, "max_sequences": min(int(entry["deploy"]["max_sequences"]), rows, *compiled)}


def phase_costs(bundle: Bundle, model: str) -> PhaseCosts:
    """The operators of a model's phases, from the text of the bundle's plan."""
    return PhaseCosts.of(_plan(bundle), model)


def _plan(bundle: Bundle) -> Module:
    found = sorted((bundle.directory / "stages").glob("*plan.mlir"))
    if not found:
        raise BundleError("the bundle lacks the text of its plan", where=Where(str(bundle.directory / "stages")), mend="compile again")
    return Module.parse(found[0].read_text())


def _with_host(table: StepTable, costs: PhaseCosts, setup: Setup, sequences: int) -> StepTable:
    """With Python's time: of a step, and of each sequence in it."""
    one, many = (costs.host("decode", setup, Step(count, count, 0, count)).seconds for count in (1, sequences))
    each = (many - one) / max(sequences - 1, 1)
    return table.with_overhead(one - each, each)


def _first_s(device: Device) -> float:
    """From a request's submission to the step that sees it, when nothing else runs."""
    rates = device.rates
    return max(1 / rates["runtime.request"] - 1 / rates["runtime.step.1"], 0.0) if "runtime.request" in rates else 0.0
