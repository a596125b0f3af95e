"""What serving engines' hosts take, where it is known: between steps, to launch prefills, and to split prompts into tokens."""

from __future__ import annotations

import math
from dataclasses import astuple, dataclass, replace

from intarsia.errors import InputError
from intarsia.ir.model import ModelConfig

ALL_CAPTURED = math.inf


@dataclass(frozen=True)
class Host:
    """Seconds of each step of each stage, and of each sequence in it, that nothing runs on the devices; of each token of a prompt, before the engine sees it.

    A step with chunks and more than `captured_rows` rows is launched kernel by kernel: `layer_s` a layer, `heavy_layer_s` one with latent attention or a state.
    """

    step_s: float = 0.0
    sequence_s: float = 0.0
    token_s: float = 0.0
    layer_s: float = 0.0
    heavy_layer_s: float = 0.0
    captured_rows: float = ALL_CAPTURED

    def __post_init__(self) -> None:
        *seconds, captured = astuple(self)
        if not all(0 <= each < math.inf for each in seconds) or not captured >= 0:
            raise InputError(f"a host takes finite seconds, zero or more, and graphs hold zero rows or more, found {self}")

    @property
    def in_steps(self) -> bool:
        """Whether steps take longer than on the devices alone."""
        return bool(self.step_s or self.sequence_s or self.layer_s)

    def launch_s(self, config: ModelConfig) -> float:
        """What launching a layer of a model takes."""
        return self.heavy_layer_s if config.kv_lora_rank or config.linear_layers else self.layer_s

    def launches_s(self, config: ModelConfig) -> float:
        """What launching all of them takes."""
        return config.layers * self.launch_s(config)


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
HEAVY_LAYER_S, LAYER_S = 0.0826 / 61, 16.5e-3 / 36
"""To launch a layer kernel by kernel. DeepSeek-V3's: a prefill of one token took 82.6 ms without a CUDA graph (sglang pull request 12160); layers with a state are taken to be
alike, as they have as many kernels (convolution, gates, the chunks' recurrence, norms) beside experts. Others: prefills of Qwen3-4B took 16.4 to 16.6 ms for 129 to 513 tokens
(sfllm pull request 46)."""
SGLANG_HEAVY_LAYER_S = (82.6e-3 + 179.7e-3) / 2 / 61
"""The same of SGLang's layers with latent attention or a state: the mean of two published figures for DeepSeek's 61. One is the above; the other is a time to first token of
179.7 ms for 128 tokens, which is no longer than 190.5 for 2,048 and 199.7 for 4,096, so that it is the host's (tt-inference-server issue 356: SGLang on 16 H100, one user)."""
TOKEN_S = 1e-5
"""To split text into one token: 10 us where many were timed (tt-inference-server issue 2173); 11.5 us here, of random tokens with 60,000 in the vocabulary (tokenizers 0.23.3, one
thread)."""


def serving(host: Host, captured_rows: float = 0.0, heavy_layer_s: float = HEAVY_LAYER_S) -> Host:
    """With what any engine's host takes to launch prefills and to split prompts."""
    return replace(host, token_s=TOKEN_S, layer_s=LAYER_S, heavy_layer_s=heavy_layer_s, captured_rows=captured_rows)


HOSTS = {
    "vllm": serving(NO_HOST, 512), "vllm-v0": serving(VLLM_V0), "trtllm": serving(TENSORRT), "sglang": serving(NO_HOST, 4096, SGLANG_HEAVY_LAYER_S),
}  # fmt: skip
"""By the engine's name (`memory.ENGINES`), as of late 2026. Graphs of steps with chunks: vLLM's pieces hold 512 rows at most where nothing else is asked for
(`max_cudagraph_capture_size`), SGLang's 4,096 (0.5.19); vLLM 0.6 captured decodes alone, and TensorRT-LLM does so unless told otherwise (`prefill_cuda_graph_backend`)."""
