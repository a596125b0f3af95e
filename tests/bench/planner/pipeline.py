"""Pipelines of nano-batches: the fraction of the optimum that is found, beside NanoFlow's published one, and what a search takes.

NanoFlow (arXiv 2408.12757v2) measured, with requests of 1,024 + 512 tokens (figure 11): Llama-3-70B 70.6 % of the optimum, Qwen2-72B 67.4, Mixtral-8x7B 50.4 (all on eight A100) and
Llama-3-8B 78.5 (one); up to 68.5 % on Llama-2-70B. Its first version says 59 to 72 % over models. The optimum is the rate of a product over twice the active parameters (equation 5),
260 TFLOP/s on A100 by its figures; other GPUs count with the rate that their own products of 2,048 rows reach. Its per-operator times are known for Llama-2-70B alone; other rows
rest on our cost models. Interference curves are those published for A100 everywhere.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from intarsia.compiler.frontends import hf_sizes
from intarsia.compiler.serving_models import CONFIGS
from tests.bench.figures import Figure
from tests.bench.planner import nanoflow
from tests.bench.planner.processes import Taken, Unavailable, data, run

PUBLISHED, LEAST, WALL_S = 0.685, 0.59, 60.0
LOAD = "rate=1/s,prompt_tokens=1024,output_tokens=512"
QWEN2 = dict(CONFIGS["Llama-3.1-70B"]) | {"model_type": "qwen2", "intermediate_size": 29568, "vocab_size": 152064}
MIXTRAL = dict(CONFIGS["Llama-3.1-8B"]) | {"model_type": "mixtral", "num_local_experts": 8, "num_experts_per_tok": 2, "vocab_size": 32000}
MODELS: dict[str, dict[str, Any]] = {"Llama-3-8B": CONFIGS["Llama-3.1-8B"], "Qwen2-72B": QWEN2, "Mixtral-8x7B": MIXTRAL, "Llama-3-70B": CONFIGS["Llama-3.1-70B"]}
CASES = (
    ("Llama-3-8B", "1xA100-80GB-SXM", 1024, 0.785), ("Llama-3-70B", "8xA100-80GB-SXM", 2048, 0.706), ("Qwen2-72B", "8xA100-80GB-SXM", 2048, 0.674),
    ("Mixtral-8x7B", "8xA100-80GB-SXM", 8192, 0.504), ("Llama-3-70B", "8xH100-SXM", 3072, LEAST), ("Llama-3-70B", "8xB200", 7680, LEAST),
)  # fmt: skip
"""Model, devices, rows of the batch, and what to reach. NanoFlow takes 2,048 rows for models of 70B on A100, else the most that memory holds (section 4.1.1): the same here, in steps of 512."""


def figures() -> Iterator[Figure]:
    """The published layer first."""
    with tempfile.TemporaryDirectory() as folder:
        times = Path(folder) / "times.yaml"
        times.write_text(yaml.safe_dump(nanoflow.times(data("nanoflow").parent), sort_keys=False))
        yield from _rows("Llama-2-70B, published times", *_asked(times), PUBLISHED, "NanoFlow, published")
        for name, devices, batch, published in CASES:
            config = Path(folder) / name / "config.json"
            config.parent.mkdir(exist_ok=True)
            config.write_text(json.dumps(MODELS[name]))
            ours = _asked(config, "--fleet", devices, "--workload", LOAD, "--batch", str(batch))
            if "A100" in devices:
                _as_published(ours[0], MODELS[name])
            yield from _rows(f"{name} on {devices}, {batch} rows", *ours, published, "NanoFlow's least over models" if published == LEAST else "NanoFlow, published")


def _as_published(found: dict[str, Any], config: dict[str, Any]) -> None:
    """Count the optimum with NanoFlow's rate of an A100 instead of our costs' best product."""
    optimum = nanoflow.FLOPS / (2 * hf_sizes.read(config, "config.json").parameters(active=True))
    scale = found["optimal_tokens_per_s"] / optimum
    found |= {"fraction": found["fraction"] * scale, "sequential_fraction": found["sequential_fraction"] * scale, "optimal_s": found["optimal_s"] * scale}


def _asked(source: Path, *arguments: str) -> tuple[dict[str, Any], Taken]:
    taken = run([sys.executable, "-m", "intarsia", "pipeline", str(source), *arguments, "--json"])
    if not taken.output:
        raise Unavailable("intarsia pipeline printed nothing")
    return json.loads(taken.output), taken


def _rows(what: str, found: dict[str, Any], taken: Taken, published: float, source: str) -> Iterator[Figure]:
    fraction, before = 100 * found["fraction"], 100 * found["sequential_fraction"]
    yield Figure(f"{what}: fraction of the optimum", fraction, "%", source, 100 * published, fraction / (100 * published), ">= 1", fraction >= 100 * published)
    yield Figure(f"{what}: the same, with no schedule better than {100 * found['optimal_s'] / found['lower_bound_s']:.1f} %", fraction, "%", "one after the other", before,
                 fraction / before)  # fmt: skip
    yield Figure(f"{what}: search", found["search_s"], "s", "-", float("nan"), float("nan"), f"<= {WALL_S:g}", found["search_s"] <= WALL_S)
    yield Figure(f"{what}: CPU time of the command", taken.cpu_s, "CPU-s", "-", float("nan"), float("nan"), f"<= {WALL_S:g}", taken.cpu_s <= WALL_S)


def on_cpu() -> Iterator[Figure]:
    """Pipelines carried out on this CPU, one process and two: seconds of all layers and the gain, measured beside predicted."""
    for ranks in (1, 2):
        taken = run([sys.executable, "-m", "intarsia", "bench-pipeline", "--ranks", str(ranks), "--json"])
        for row in (each for each in json.loads(taken.output) if "figure" in each):
            scale, unit = (1e3, "ms") if row["unit"] == "s" else (1.0, row["unit"])
            yield Figure(f"{row['figure']}, {ranks} rank{'s' * (ranks > 1)}", scale * row["measured"], unit, "predicted", scale * row["predicted"],
                         row["predicted"] / row["measured"], f"within {row['target']:.0%}", row["met"])  # fmt: skip
