"""A float32 Llama-style block on the torch path: eager, torch.compile, and ours, in a process each."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from typing import Any

from tests.bench.jobs import Job, Samples

HIDDEN, HEADS, KV_HEADS, FFN = 576, 9, 3, 1536
"""The sizes of a layer of SmolLM2-135M."""
WARM_UP = 5


def measure(job: Job) -> Samples:
    """Seconds per call for `prompt_tokens` rows, and the largest difference from eager."""
    import torch

    torch.set_num_threads(job.threads)
    torch.manual_seed(0)
    model = block().eval()
    inputs = example(job.prompt_tokens)
    with torch.no_grad():
        call = {"eager": eager, "torch.compile": compiled, "intarsia": ours}[job.engine](model, inputs, job.threads)
        wanted, found = model(*inputs), call()
        error = float((torch.as_tensor(found) - wanted).abs().max())
        for _ in range(WARM_UP):
            call()
        return {"seconds": [_seconds(call) for _ in range(job.repeats)], "error": [error]}


def _seconds(call: Callable[[], Any]) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def example(tokens: int) -> tuple[Any, Any, Any]:
    """One sequence of `tokens` rows, and the cosines and sines of its positions."""
    import torch

    size = HIDDEN // HEADS
    angles = torch.outer(torch.arange(tokens).float(), 1 / 10000 ** (torch.arange(0, size, 2) / size)).repeat(1, 2)
    return torch.randn(1, tokens, HIDDEN), angles.cos(), angles.sin()


def eager(model: Any, inputs: Any, threads: int) -> Callable[[], Any]:
    return lambda: model(*inputs)


def compiled(model: Any, inputs: Any, threads: int) -> Callable[[], Any]:
    import torch

    fast = torch.compile(model, dynamic=False)
    return lambda: fast(*inputs)


def ours(model: Any, inputs: Any, threads: int) -> Callable[[], Any]:
    import torch

    import intarsia
    from intarsia import runtime

    length = torch.export.Dim("length", min=2, max=4096)
    shapes = ({1: length}, {0: length}, {0: length})
    with tempfile.TemporaryDirectory() as folder:  # what is mapped stays
        engine = runtime.load(intarsia.compile((model, inputs, shapes, "block")).save(f"{folder}/block"), threads=threads)
    arrays = [tensor.numpy() for tensor in inputs]
    return lambda: engine.call(*arrays)[0]


def block() -> Any:
    """RMSNorm, grouped-query attention with rotary positions, and a gated MLP, written out in plain operators."""
    import torch
    from torch import nn

    class RMSNorm(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.weight = nn.Parameter(torch.rand(HIDDEN))

        def forward(self, x: Any) -> Any:
            return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + 1e-5) * self.weight

    def rotate(x: Any, cosines: Any, sines: Any) -> Any:
        first, second = x.chunk(2, -1)
        return x * cosines + torch.cat([-second, first], -1) * sines

    class Block(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.size = HIDDEN // HEADS
            widths = {"q": HIDDEN, "k": KV_HEADS * self.size, "v": KV_HEADS * self.size, "o": HIDDEN, "gate": FFN, "up": FFN}
            self.linear = nn.ModuleDict({name: nn.Linear(HIDDEN, width, bias=False) for name, width in widths.items()})
            self.down = nn.Linear(FFN, HIDDEN, bias=False)
            self.norm1, self.norm2 = RMSNorm(), RMSNorm()

        def heads(self, x: Any, name: str, count: int) -> Any:
            return self.linear[name](x).view(1, x.shape[1], count, self.size).transpose(1, 2)

        def attention(self, x: Any, cosines: Any, sines: Any) -> Any:
            rows = x.shape[1]
            q = rotate(self.heads(x, "q", HEADS), cosines, sines)
            k = rotate(self.heads(x, "k", KV_HEADS), cosines, sines)
            v = self.heads(x, "v", KV_HEADS)
            k, v = (each[:, :, None].expand(1, KV_HEADS, HEADS // KV_HEADS, rows, self.size).reshape(1, HEADS, rows, self.size) for each in (k, v))
            mask = torch.full((rows, rows), float("-inf")).triu(1)
            weights = torch.softmax(q @ k.transpose(-1, -2) / self.size**0.5 + mask, -1)
            return self.linear["o"]((weights @ v).transpose(1, 2).reshape(1, rows, HIDDEN))

        def forward(self, x: Any, cosines: Any, sines: Any) -> Any:
            x = x + self.attention(self.norm1(x), cosines, sines)
            y = self.norm2(x)
            return x + self.down(nn.functional.silu(self.linear["gate"](y)) * self.linear["up"](y))

    return Block()
