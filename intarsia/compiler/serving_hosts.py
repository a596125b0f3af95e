"""What the hosts of published serving runs take: to launch prefills, to split prompts into tokens, and between steps. Each figure names who published it."""

from __future__ import annotations

import re
from dataclasses import replace

from intarsia.compiler.serving_runs import INFERENCEX, Case
from intarsia.cost_models.serving.host import HOSTS, NO_HOST, SGLANG_2025, TENSORRT, VLLM_AHEAD, VLLM_SYNC, Host
from intarsia.cost_models.serving.steady import Engine
from intarsia.ir.model import ModelConfig

SEQUENCE_HOST_S = 45.11e-3 / 1536
"""TensorRT-LLM's work beside that of devices for each sequence (its pull request 10273: 45.11 ms a step where 1,536 of each attention group kept the host busy)."""
SGLANG_LATE, VLLM_OVERLAPPED = (0, 5, 5), (0, 14, 0)
"""Versions from which another figure counts: SGLang's of November 2025, and vLLM's that plans steps ahead and overlaps their execution."""


def with_host(engine: Engine, case: Case, config: ModelConfig) -> Engine:
    """The engine with what its host takes."""
    prefills, between, hidden_s = HOSTS[case.framework], _between(case), SEQUENCE_HOST_S if case.framework == "trtllm" else 0.0
    return replace(
        engine, layer_host_s=prefills.launch_s(config), token_host_s=prefills.token_s, ahead_steps=_ahead(case), step_host_s=between.step_s,
        sequence_host_s=between.sequence_s, hidden_host_s=hidden_s,
    )  # fmt: skip


def _between(case: Case) -> Host:
    """What devices wait for between steps. Of SGLang's two published figures, that counts which is nearer to a version's day."""
    if case.framework == "trtllm":
        return TENSORRT
    if case.framework == "sglang":
        return SGLANG_2025 if _before(case, SGLANG_LATE) else NO_HOST
    if not _ahead(case):
        return VLLM_SYNC
    return VLLM_AHEAD if not case.version or _before(case, VLLM_OVERLAPPED) else NO_HOST


def _ahead(case: Case) -> int:
    """SGLang and TensorRT-LLM plan a step while the one before it runs, and so does vLLM from 0.14 on (async scheduling); InferenceX had it do so before."""
    return 0 if case.framework == "vllm" and case.source != INFERENCEX and _before(case, VLLM_OVERLAPPED) else 1


def _before(case: Case, version: tuple[int, ...]) -> bool:
    """Whether a run's version is known and older than another."""
    found = re.match(r"(\d+)\.(\d+)(?:\.(\d+))?", case.version)
    return found is not None and tuple(int(part or 0) for part in found.groups()) < version
