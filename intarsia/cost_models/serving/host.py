"""What serving engines' hosts take while the devices wait, where it is known."""

from __future__ import annotations

from dataclasses import dataclass

from intarsia.errors import InputError


@dataclass(frozen=True)
class Host:
    """Seconds of each step of each stage, and of each sequence in it, that nothing runs on the devices."""

    step_s: float = 0.0
    sequence_s: float = 0.0

    def __post_init__(self) -> None:
        if not 0 <= self.step_s < float("inf") or not 0 <= self.sequence_s < float("inf"):
            raise InputError(f"a host takes finite seconds, zero or more, found {self.step_s} and {self.sequence_s}")


NO_HOST = Host()
"""Engines that plan a step while the one before it runs: SGLang (its pull requests 24197 and 27836 measure devices busy 97.5 to 99 % of the time, in May and June 2026),
and vLLM from 0.14 on (async scheduling with the model's execution overlapped, its pull request 23569)."""
SGLANG_2025 = Host(2e-3)
"""SGLang in April 2025: devices waited about 2 ms before each replay of a decode's graph (its issue 5593: 64 sequences of Qwen2.5-32B on four devices)."""
VLLM_AHEAD = Host(160e-6)
"""vLLM where only its scheduler works ahead: 150 to 170 us are left between two steps of 256 sequences of Llama-2-7b (its pull request 11133)."""
VLLM_V0 = Host(4e-3)
"""vLLM in July 2024: devices waited 4 ms of each step for it in the traces of its issue 6854, on scheduling several steps at once."""
VLLM_SYNC = Host(1.77e-3, 14.6e-6)
"""vLLM where no step is planned ahead: the line through 2.47 ms for 48 users (what planning ahead saved a token of Qwen3-32B, in vllm-ascend's change after
vLLM pull request 24219) and 5.5 ms for 256 (vLLM issue 10634: 5 to 6 ms)."""
TENSORRT = Host(580e-6)
"""TensorRT-LLM's Python executor, though it plans ahead (its issue 13957: 64 users of Llama-3.1-8B on B200)."""
HOSTS = {"vllm": NO_HOST, "vllm-v0": VLLM_V0, "trtllm": TENSORRT, "sglang": NO_HOST}
"""By the engine's name (`memory.ENGINES`)."""
