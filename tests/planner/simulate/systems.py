"""Small systems and loads for the simulator's tests."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

from intarsia.cost_models.serving.shapes import Plan, Precision
from intarsia.cost_models.serving.steady import Engine, System
from intarsia.cost_models.serving.step_table import StepTable
from intarsia.planner.simulate import Job, Load, Replica
from tests.cost_models.test_serving_shapes import DEEPSEEK, GPU, LLAMA


@lru_cache
def table(model: str = "llama", **plan: int) -> StepTable:
    config, chosen = (LLAMA, Plan(**(plan or {"tp": 8}))) if model == "llama" else (DEEPSEEK, Plan(**plan))
    return StepTable.build(System(config, GPU, chosen, Precision("f8"), Engine(chunk_tokens=2048, most_sequences=128)))


def replica(kv_tokens: int = 20_000, *, tokens: int = 512, sequences: int = 64, **more: Any) -> Replica:
    """Llama-3.1-70B on eight devices, unless `table` says otherwise."""
    more.setdefault("table", table())
    return Replica(kv_tokens=kv_tokens, parameters={"max_batch_tokens": tokens, "max_sequences": sequences}, **more)


def poisson(count: int, rate_per_s: float, *, seed: int = 0, prompt: int = 400, output: int = 60, **more: Any) -> Load:
    """Exponential gaps; lengths between one and twice their mean."""
    rng = np.random.default_rng(seed)
    times = np.cumsum(rng.exponential(1 / rate_per_s, count))
    lengths = zip(times.tolist(), rng.integers(1, 2 * prompt, count).tolist(), rng.integers(1, 2 * output, count).tolist(), strict=True)
    return Load(tuple(Job(*values) for values in lengths), **more)
