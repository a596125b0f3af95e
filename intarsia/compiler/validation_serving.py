"""How far predicted serving is from measured serving: the error table of `intarsia validate serving`.

Each measured row is predicted from its model, device, plan and load alone; nothing is fitted to a row. Rows whose model, device or plan
can't be predicted are counted, not hidden.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from statistics import median
from typing import Any

from intarsia.compiler.frontends import hf_sizes
from intarsia.cost_models import devices
from intarsia.cost_models.ops import Op
from intarsia.cost_models.serving.shapes import Plan, Precision, Step, step_ops
from intarsia.cost_models.serving.steady import Load, Rhythm, Steady, System, assemble, rhythm
from intarsia.cost_models.serving.step import OpCost
from intarsia.errors import InputError, IntarsiaError
from intarsia.ir.device import Device
from intarsia.ir.model import ModelConfig

BASELINE = "aiconfigurator 0.12.0"
SYSTEMS = {"h100_sxm": "H100-SXM", "h200_sxm": "H200", "b200_sxm": "B200", "gb200": "GB200", "H100": "H100-SXM", "H200": "H200", "B200": "B200", "GB200": "GB200"}
WEIGHTS = {"": "bf16", "fp8": "f8", "fp8_block": "f8_block", "nvfp4": "f4", "int4_wo": "int4", "FP8": "f8", "FP4": "f4"}
TARGETS = {"TPOT": 10.0, "TTFT": 30.0, "throughput": 15.0}
IN_BLOCKS = ("DeepSeek-V3", "DeepSeek-R1", "MiniMax-M2.5", "Qwen3-235B-A22B")
"""Models whose published 8-bit checkpoints have a scale for each block of 128 x 128 (weight_block_size in their config.json)."""
Progress = Callable[[float, str], None]


@dataclass(frozen=True)
class Case:
    """One measured row: what was run, and (metric, measured, baseline's prediction or None) of it, in seconds or tokens a second."""

    model: str
    device: str
    precision: str
    framework: str
    plan: Plan
    load: Load
    measured: tuple[tuple[str, float, float | None], ...]


@dataclass(frozen=True)
class Found:
    """Absolute relative errors in percent of one metric of one case: ours, and the baseline's where it has one."""

    case: Case
    metric: str
    error: float
    baseline: float | None


def _config(kind: str, hidden: int, ffn: int, layers: int, heads: int, kv_heads: int, vocab: int, **more: Any) -> dict[str, Any]:
    sizes = {"hidden_size": hidden, "intermediate_size": ffn, "num_hidden_layers": layers, "num_attention_heads": heads, "num_key_value_heads": kv_heads}
    return {"model_type": kind, **sizes, "vocab_size": vocab, **more}


_MLA = {
    "kv_lora_rank": 512, "q_lora_rank": 1536, "qk_nope_head_dim": 128, "qk_rope_head_dim": 64, "v_head_dim": 128, "n_shared_experts": 1,
    "num_experts_per_tok": 8, "moe_intermediate_size": 2048,
}  # fmt: skip
_LLAMA4 = {"intermediate_size_mlp": 16384, "head_dim": 128, "num_experts_per_tok": 1, "attention_chunk_size": 8192}
_QWEN_MOE = {"head_dim": 128, "num_experts": 128, "num_experts_per_tok": 8}
CONFIGS: dict[str, dict[str, Any]] = {
    "Llama-3.1-8B": _config("llama", 4096, 14336, 32, 32, 8, 128256),
    "Llama-3.1-70B": _config("llama", 8192, 28672, 80, 64, 8, 128256),
    "Llama-3.1-405B": _config("llama", 16384, 53248, 126, 128, 8, 128256),
    "Qwen3-32B": _config("qwen3", 5120, 25600, 64, 64, 8, 151936, head_dim=128),
    "Qwen3-30B-A3B": _config("qwen3_moe", 2048, 6144, 48, 32, 4, 151936, moe_intermediate_size=768, **_QWEN_MOE),
    "Qwen3-235B-A22B": _config("qwen3_moe", 4096, 12288, 94, 64, 4, 151936, moe_intermediate_size=1536, **_QWEN_MOE),
    "gpt-oss-120b": _config("gpt_oss", 2880, 2880, 36, 64, 8, 201088, head_dim=64, num_local_experts=128, num_experts_per_tok=4, sliding_window=128),
    "MiniMax-M2.5": _config("minimax_m2", 3072, 1536, 62, 48, 8, 200064, head_dim=128, num_local_experts=256, num_experts_per_tok=8),
    "DeepSeek-V3": _config("deepseek_v3", 7168, 18432, 61, 128, 128, 129280, n_routed_experts=256, first_k_dense_replace=3, scoring_func="sigmoid", **_MLA),
    "Kimi-K2.5": _config("kimi_k2", 7168, 18432, 61, 64, 64, 163840, n_routed_experts=384, first_k_dense_replace=1, scoring_func="sigmoid", **_MLA),
    "Llama-4-Scout": _config("llama4_text", 5120, 8192, 48, 40, 8, 202048, num_local_experts=16, **_LLAMA4),
    "Llama-4-Maverick": _config("llama4_text", 5120, 8192, 48, 40, 8, 202048, num_local_experts=128, interleave_moe_layer_step=2, **_LLAMA4),
}  # fmt: skip
"""Sizes as each model's config.json states them."""
SPELT = {"DeepSeek-R1": "DeepSeek-V3", "Llama 3.3 70B": "Llama-3.1-70B"}
"""Names of measured rows that no other rule brings to a name above."""


def serving_validation(data_dir: Path, *, progress: Progress | None = None, make: Callable[[str], OpCost] | None = None) -> list[dict[str, Any]]:
    """The error table: rows of metric, value, unit, baseline, baseline_value, ratio, target, met. `make` gives the prices for a framework.

    Raises InputError where the folder has no measurements.
    """
    if make is None:
        from intarsia.cost_models.serving.pricing import Priced

        make = Priced
    cases = [*_aggregated(data_dir), *_throughput(data_dir)]
    if not cases:
        raise InputError("no measured serving runs", where=str(data_dir), mend="give the folder that holds aic_silicon and trtllm_perf_overview")
    found, refused = _predict(cases, make, progress)
    return [*_rows(found), *_counts(cases, refused)]


def _aggregated(data_dir: Path) -> Iterator[Case]:
    for path in sorted((data_dir / "aic_silicon").glob("*.csv")):
        for row in _read(path):
            if row["mode"] == "agg" and float(row["silicon_tpot_ms"] or 0) > 0 and float(row["silicon_ttft_ms"] or 0) > 0:
                yield _aggregated_case(row)


def _aggregated_case(row: Mapping[str, str]) -> Case:
    """`batch_size` is that of one attention group."""
    sizes = {name: max(1, int(float(row[key] or 1))) for name, key in (("tp", "tp_size"), ("pp", "pp_size"), ("dp", "attention_dp_size"), ("ep", "moe_ep_size"))}
    ours = Plan(**sizes) if sizes["tp"] * sizes["dp"] % sizes["ep"] == 0 else Plan(**(sizes | {"ep": 1}))
    load = Load(int(row["isl"]), int(row["osl"]), max(1, int(float(row["batch_size"] or 1))) * ours.dp)
    measured = tuple((metric, float(row[f"silicon_{key}_ms"]) / 1e3, _seconds(row[f"pred_{key}_ms"])) for metric, key in (("TPOT", "tpot"), ("TTFT", "ttft")))
    kind = row["moe_quant_mode"] if row["gemm_quant_mode"] == "fp8" and row["moe_quant_mode"] == "fp8_block" else row["gemm_quant_mode"]
    return Case(_name(row["model_path"]), row["system"], kind, row["backend"], ours, load, measured)


def _seconds(milliseconds: str) -> float | None:
    return float(milliseconds) / 1e3 if milliseconds else None


def _throughput(data_dir: Path) -> Iterator[Case]:
    for path in sorted((data_dir / "trtllm_perf_overview").glob("*.csv")):
        for row in _read(path):
            sizes = {kind.lower(): int(size) for kind, size in zip(*[iter(_parts(row["parallel"]))] * 2, strict=True)}
            load = Load(int(row["isl"]), int(row["osl"]))
            yield Case(_name(row["model"]), row["gpu"], row["dtype"], "trtllm", Plan(**sizes), load, (("throughput", float(row["value"]), None),))


def _parts(text: str) -> list[str]:
    """TP1PP2 as TP, 1, PP, 2."""
    return text.replace("TP", " TP ").replace("PP", " PP ").split()


def _name(text: str) -> str:
    """The name in CONFIGS that a row's name stands for, or the row's own."""
    text = SPELT.get(text, text)
    plain = text.rpartition("/")[2].replace(" ", "-")
    return next((name for name in sorted({**CONFIGS, **SPELT}, key=len, reverse=True) if name.replace(" ", "-").lower() in plain.lower()), plain)


def _read(path: Path) -> list[dict[str, str]]:
    try:
        with path.open(newline="") as file:
            return list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"cannot read the measurements: {error}", where=str(path)) from None


@lru_cache(maxsize=64)
def _sizes(name: str) -> ModelConfig:
    name = SPELT.get(name, name)
    if name not in CONFIGS:
        raise InputError(f"no sizes of the model {name}", mend=f"there are {', '.join(CONFIGS)}")
    return hf_sizes.read(CONFIGS[name], name)


@lru_cache(maxsize=16)
def _device(system: str) -> Device:
    if system not in SYSTEMS:
        raise InputError(f"the device {system} is not in the catalogue")
    return devices.load(SYSTEMS[system])


def system_of(case: Case) -> System:
    """What was run, in our terms. Raises IntarsiaError for a model, device or plan that can't be predicted."""
    return System(_sizes(case.model), _device(case.device), case.plan, precision_of(case))


def precision_of(case: Case) -> Precision:
    """The types that published checkpoints of that name hold. TensorRT-LLM serves quantised checkpoints with a cache in 8 bits, the others keep bf16."""
    weights = WEIGHTS.get(case.precision, "bf16")
    kv = "f8" if case.framework == "trtllm" and weights in ("f8", "f8_block", "f4") else "bf16"
    if case.model == "gpt-oss-120b":
        return Precision("bf16", kv=kv, experts="mxf4" if weights == "f4" else weights)
    if weights == "int4" or (weights == "f4" and _sizes(case.model).kv_lora_rank):
        return Precision("bf16" if weights == "int4" else weights, kv=kv, experts=weights, attention="bf16")
    if weights == "f8" and case.model in IN_BLOCKS:
        return Precision("f8_block", kv=kv)
    return Precision(weights, kv=kv)


def _predict(cases: Sequence[Case], make: Callable[[str], OpCost], progress: Progress | None) -> tuple[list[Found], dict[str, int]]:
    """Cases of one device and framework are priced together."""
    groups: dict[tuple[str, str], list[tuple[Case, System, Rhythm]]] = {}
    refused: dict[str, int] = {}
    for case in cases:
        try:
            system = system_of(case)
            found_rhythm = rhythm(system, case.load)
        except IntarsiaError as error:
            reason = str(error).partition(":")[0][:90]
            refused[reason] = refused.get(reason, 0) + 1
        else:
            groups.setdefault((case.device, case.framework), []).append((case, system, found_rhythm))
    found: list[Found] = []
    for number, ((device, framework), members) in enumerate(groups.items()):
        if progress is not None:
            progress(number / len(groups), f"{device} with {framework}")
        found += _priced(members, make(framework))
    return found, refused


def _priced(members: Sequence[tuple[Case, System, Rhythm]], price: OpCost) -> list[Found]:
    steps = [(system, step) for _, system, found in members for step in found.steps]
    seconds = _step_seconds(steps, price)
    predictions = [assemble(r, c.load, c.plan, *seconds[3 * i : 3 * i + 3]) for i, (c, _, r) in enumerate(members)]
    return [error for (case, *_), predicted in zip(members, predictions, strict=True) for error in _errors(case, predicted)]


def _step_seconds(steps: Sequence[tuple[System, Step]], price: OpCost) -> list[float]:
    """Seconds of each step, all priced in one call; equal operators are priced once."""
    lists = [step_ops(system.config, system.plan, system.precision, step) for system, step in steps]
    places: dict[Op, int] = {}
    for launch in (launch for launches in lists for launch in launches):
        places.setdefault(launch.op, len(places))
    prices = price(list(places), steps[0][0].device)
    return [sum(launch.count * float(prices[places[launch.op]]) for launch in launches) for launches in lists]


def _errors(case: Case, predicted: Steady) -> Iterator[Found]:
    ours = {"TPOT": predicted.tpot_s, "TTFT": predicted.ttft_s, "throughput": predicted.tokens_per_s}
    for metric, measured, baseline in case.measured:
        theirs = None if baseline is None else 100 * abs(baseline / measured - 1)
        yield Found(case, metric, 100 * abs(ours[metric] / measured - 1), theirs)


def _rows(found: Sequence[Found]) -> Iterator[dict[str, Any]]:
    """All rows of a metric, those that the baseline predicts, then by device, precision and model."""
    for metric, target in TARGETS.items():
        every = [f for f in found if f.metric == metric]
        yield from _row(f"{metric}, all", every, target)
        shared = [f for f in every if f.baseline is not None]
        if shared:
            yield from _row(f"{metric}, rows that the baseline predicts too", shared, target)
        for field in ("device", "precision", "framework", "model"):
            for value in sorted({getattr(f.case, field) for f in every}):
                yield from _row(f"{metric}, {value or 'bf16'}", [f for f in every if getattr(f.case, field) == value], None)


def _row(metric: str, found: Sequence[Found], target: float | None) -> Iterator[dict[str, Any]]:
    """Medians: ours over all, the baseline's over those it predicts."""
    if not found:
        return
    value, theirs = median(f.error for f in found), [f.baseline for f in found if f.baseline is not None]
    other = median(theirs) if theirs else None
    yield {
        "metric": f"{metric}, median of {len(found)}", "value": value, "unit": "%", "baseline": BASELINE if theirs else "-", "baseline_value": other,
        "ratio": value / other if other else None, "target": target, "met": None if target is None else value <= target,
    }  # fmt: skip


def _counts(cases: Sequence[Case], refused: Mapping[str, int]) -> Iterator[dict[str, Any]]:
    blank = {"unit": "runs", "baseline": "-", "baseline_value": None, "ratio": None, "target": None, "met": None}
    yield {"metric": "runs predicted", "value": float(len(cases) - sum(refused.values())), **blank}
    for reason, count in sorted(refused.items(), key=lambda item: -item[1]):
        yield {"metric": f"left out: {reason}", "value": float(count), **blank}
