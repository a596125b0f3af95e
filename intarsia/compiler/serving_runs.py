"""Published serving runs: what was run, under what load, and what was measured.

Rows of `aic_silicon` come from two places, which their ids tell apart: InferenceX (InferenceMAX; ids that begin with a date, or hold
"_cfg" or "gap_analysis") and aiconfigurator's own runs ("epnone").
"""

from __future__ import annotations

import csv
import hashlib
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from intarsia.compiler import serving_models
from intarsia.cost_models.serving.shapes import Plan
from intarsia.cost_models.serving.steady import Load
from intarsia.errors import InputError

INFERENCEX, OWN, TABLE, APEX = "InferenceX", "aiconfigurator", "TensorRT-LLM", "APEX"
INFERENCEX_SPREAD = 0.2
"""Its client draws lengths evenly between 0.8 and 1 of those stated (random-range-ratio in its benchmark scripts)."""
FEW_ROUNDS = 5
"""Requests of each user where it isn't ten: InferenceX's script for GLM-5 on H200 (num_prompts=$((CONC * 5)))."""
PLAN_KEYS = ("tp_size", "attention_dp_size", "moe_tp_size", "moe_ep_size")
TABLE_REQUESTS = {
    (128, 128): 30000, (128, 2048): 3000, (128, 4096): 1500, (1000, 2000): 1500, (2048, 128): 3000, (2048, 2048): 1500, (5000, 500): 1500, (1000, 1000): 3000,
    (500, 2000): 3000, (20000, 2000): 1000,
}  # fmt: skip
"""Requests of each row's run, as TensorRT-LLM's performance overview says under "Preparing a Dataset"."""


@dataclass(frozen=True)
class Pool:
    """`workers` engines of a disaggregated deployment (0: not stated), each with `plan`."""

    plan: Plan
    workers: int = 0


@dataclass(frozen=True)
class Case:
    """One measured row: what was run, and (metric, measured, baseline's prediction or None) of it, in seconds or tokens a second.

    With `prefill` and `decode`, prompts and answers are served by different engines; `plan` is then the decoding ones'.
    """

    source: str
    model: str
    checkpoint: str
    device: str
    precision: str
    framework: str
    version: str
    plan: Plan
    load: Load
    measured: tuple[tuple[str, float, float | None], ...]
    prefill: Pool | None = None
    decode: Pool | None = None
    snapshot: str = ""

    @property
    def mode(self) -> str:
        if self.source == APEX:
            return "trace"
        return "disaggregated" if self.decode else "aggregated"

    @property
    def half(self) -> str:
        """The half of the runs that this one is in: "seen" was looked at while the model was made, "unseen" was not. Repeats of a run share a half."""
        load = self.load
        words = (self.model, self.device, self.framework, self.precision, str(load.isl), str(load.osl), load.concurrency, *((self.mode,) if self.decode else ()))
        return "unseen" if hashlib.sha256(repr(words).encode()).digest()[0] % 2 else "seen"


def read(data_dir: Path) -> list[Case]:
    """All rows of a folder that holds aic_silicon and trtllm_perf_overview. Raises InputError where there are none."""
    cases = [*_silicon(data_dir), *_throughput(data_dir)]
    if not cases:
        raise InputError("no measured serving runs", where=str(data_dir), mend="give the folder that holds aic_silicon and trtllm_perf_overview")
    return cases


def _silicon(data_dir: Path) -> Iterator[Case]:
    for path in sorted((data_dir / "aic_silicon").glob("*.csv")):
        for row in _rows(path):
            if float(row["silicon_tpot_ms"] or 0) > 0 and float(row["silicon_ttft_ms"] or 0) > 0:
                yield _case(row)


def _case(row: Mapping[str, str]) -> Case:
    source = INFERENCEX if re.match(r"20\d\d_|.*(_cfg\d|gap_analysis)", row["id"]) else OWN
    pools = (_pool(row, "prefill_"), _pool(row, "decode_")) if row["mode"] == "disagg" else (None, None)
    plan = pools[1].plan if pools[1] else _plan(row, "")
    measured = tuple((metric, float(row[f"silicon_{key}_ms"]) / 1e3, _seconds(row[f"pred_{key}_ms"])) for metric, key in (("TPOT", "tpot"), ("TTFT", "ttft")))
    kind = row["moe_quant_mode"] if row["gemm_quant_mode"] == "fp8" and row["moe_quant_mode"] == "fp8_block" else row["gemm_quant_mode"]
    rounds = FEW_ROUNDS if source == INFERENCEX and row["system"] == "h200_sxm" and serving_models.name(row["model_path"]) == "GLM-5" else 10
    dated = re.match(r"(\d+)_(\d+)_(\d+)_", row["id"])
    return Case(
        source, serving_models.name(row["model_path"]), row["model_path"], row["system"], kind, row["backend"], row.get("backend_version", ""), plan,
        Load(int(row["isl"]), int(row["osl"]), _users(row, plan), rounds, INFERENCEX_SPREAD if source == INFERENCEX else 0.0), measured,
        prefill=pools[0], decode=pools[1], snapshot="-".join(dated.groups()) if dated else "",
    )  # fmt: skip


def _users(row: Mapping[str, str], plan: Plan) -> int:
    """Users in all: the id says them ("_c64_"); else the batch of each attention group of each worker."""
    stated = re.search(r"_c(\d+)_", row["id"])
    if stated:
        return int(stated.group(1))
    workers = _count(row, "decode_num_workers") if row["mode"] == "disagg" else 1
    return max(1, _count(row, "decode_batch_size" if row["mode"] == "disagg" else "batch_size") * plan.dp * workers)


def _count(row: Mapping[str, str], key: str) -> int:
    return max(1, int(float(row.get(key) or 1)))


def _pool(row: Mapping[str, str], prefix: str) -> Pool:
    return Pool(_plan(row, prefix), int(float(row[f"{prefix}num_workers"] or 0)))


def _plan(row: Mapping[str, str], prefix: str) -> Plan:
    """The plan that a row's columns mean. Where experts are spread, some rows count the same devices twice: tp 64 as 8 x 8 is 8 devices with ep 8,
    and tp 4, dp 4 as 1 x 16 is 4 devices with ep 4 (repeats of these runs in the other notation say so)."""
    tp, dp, expert_tp, ep = (_count(row, prefix + key) for key in PLAN_KEYS)
    root = math.isqrt(tp * dp)
    if ep > 1 and root * root == tp * dp == expert_tp * ep and ((expert_tp == ep and 1 in (tp, dp)) or (tp == dp and expert_tp == 1)):
        tp, dp, ep = (1, root, root) if tp == 1 else (root, 1, root)
    pp = _count(row, f"{prefix}pp_size")
    return Plan(tp, pp, dp, ep if tp * dp % ep == 0 else 1)


def _seconds(milliseconds: str) -> float | None:
    return float(milliseconds) / 1e3 if milliseconds else None


def _throughput(data_dir: Path) -> Iterator[Case]:
    for path in sorted((data_dir / "trtllm_perf_overview").glob("*.csv")):
        for row in _rows(path):
            parts = {kind.lower(): int(size) for kind, size in re.findall(r"([A-Z]+)(\d+)", row["parallel"])}
            isl, osl = int(row["isl"]), int(row["osl"])
            load = Load(isl, osl, rounds=1, requests=TABLE_REQUESTS.get((isl, osl), 0))
            measured = (("throughput", float(row["value"]), None),)
            yield Case(TABLE, serving_models.name(row["model"]), row["model"], row["gpu"], row["dtype"], "trtllm", "1.0", Plan(**parts), load, measured)


def _rows(path: Path) -> list[dict[str, str]]:
    try:
        with path.open(newline="") as file:
            return list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"cannot read the measurements: {error}", where=str(path)) from None
