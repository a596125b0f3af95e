"""A bundle of Llama-3-8B's shape on the GPU: its logits beside torch's in float32, and its steps' times beside torch's and the planner's."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any
from unittest import mock

import numpy as np
import torch

from intarsia.runtime.drivers.driver import StepBatch
from intarsia.runtime.drivers.gpu.cuda import CudaDevice
from intarsia.runtime.drivers.gpu.driver import GpuDriver
from intarsia.runtime.drivers.gpu.queue import Queue
from tests.bench.gpu import random_weights
from tests.bench.gpu.bundles import CONTEXT, DECODES, DENSE, DENSE_CONTEXT, DENSE_ROOM, EIGHTS, PREFILL, ROOM
from tests.bench.gpu.timing import once
from tests.bench.gpu.torch_llama import TorchLlama, tensor

PAGE = 16
WARM, TIMED = 3, 15
CLOSE = 0.03
"""bf16 against float32 after 32 layers, ||difference|| over ||logits||. Where rows are rounded to 8-bit floats, small differences grow to steps of those: torch's are the measure."""


def run(bundle: Path, part: str, predicted: dict[str, float], how: str = "") -> list[dict[str, Any]]:
    """`how`: "undivided" (bounded grids share the device, no green contexts), or the one stream of nano-batches, "main" or "memory", whose kernels run."""
    with _alone(how) if how in ("main", "memory") else nullcontext():
        return _run(bundle, part, predicted, green=how != "undivided")


@contextmanager
def _alone(kept: str) -> Iterator[None]:
    """The other streams' launches are left out, their signals not."""
    launch = Queue.launch

    def one_stream(self: Queue, label: str, step: Any, *, stream: str = "main", wait: Any = (), signal: str = "", **arguments: Any) -> None:
        if stream == kept:
            launch(self, label, step, stream=stream, wait=wait, signal=signal, **arguments)
            return
        for name in wait:
            self._device.wait(name, stream)
        if signal:
            self._device.record(signal, stream)

    with mock.patch.object(Queue, "launch", one_stream):
        yield


def _run(bundle: Path, part: str, predicted: dict[str, float], *, green: bool) -> list[dict[str, Any]]:
    (model,) = json.loads((bundle / "manifest.json").read_text())["models"].values()
    _said("weights", lambda: random_weights.write(bundle, model))
    torch.cuda.init()
    torch.zeros(1, device="cuda")
    driver = _said("load", lambda: GpuDriver(bundle, model, partial(CudaDevice, green=green)))
    _said("fill the cache", lambda: _fill(driver))
    dense = part.startswith("dense")
    counts, context, room = ((DENSE,), DENSE_CONTEXT, DENSE_ROOM) if dense else (DECODES, CONTEXT, ROOM)
    # The peer's keys and values lie behind ours where there is room; else in the same place, for time alone.
    peer = TorchLlama(model, driver._memory, 0 if dense else max(counts) * (room // PAGE), max(counts), room)
    rows = _said("logits", lambda: logits(driver, peer, part))
    for count in counts:
        batch, name = decode_batch(count, context, room), f"decode {count} x {context}"
        rows += _said(name, lambda count=count, batch=batch, name=name: timed(driver, name, batch, lambda: peer_decode(peer, count, context), predicted, part))
    if part in ("llama", "quantised", *EIGHTS):
        count, length = PREFILL
        rows += _said("prefill", lambda: timed(driver, f"prefill {count} x {length}", prefill_batch(count, length), lambda: peer_prefill(peer, count, length), predicted, part))
    return rows


def _said(what: str, work: Callable[[], Any]) -> Any:
    """Failures of one part stop no other."""
    began = time.perf_counter()
    try:
        return work()
    except Exception as error:
        if what in ("weights", "load"):
            raise
        print(f"failed: {what}: {type(error).__name__}: {str(error)[:400]}", file=sys.stderr, flush=True)
        return []
    finally:
        print(f"{what}: {time.perf_counter() - began:.1f} s", file=sys.stderr, flush=True)


def _fill(driver: GpuDriver) -> None:
    """Random keys and values everywhere: zeros would be faster than data."""
    memory, entry = driver._memory, next(iter(driver._entries.values()))
    whole = tensor(memory.cache, 2 * entry["layers"], memory.cache_bytes // 2)
    for layer in whole:
        layer.normal_()
    torch.cuda.synchronize()


# Batches.


def _table(count: int, room: int) -> Any:
    """Pages that lie apart: a sequence's pages are spread over the cache."""
    pages = room // PAGE
    return np.ascontiguousarray(np.random.default_rng(3).permutation(count * pages).reshape(count, pages), np.int32)


def _batch(rows: list[list[int]], cached: int, count: int, room: int = DENSE_ROOM) -> StepBatch:
    firsts = np.cumsum([0, *map(len, rows[:-1])])
    sequences = [(first, len(row), cached) for first, row in zip(firsts, rows, strict=True)]
    positions = [np.arange(cached, cached + len(row)) for row in rows]
    last = firsts + [len(row) - 1 for row in rows]
    return StepBatch(*(np.ascontiguousarray(part, np.int32) for part in (np.concatenate(rows), np.concatenate(positions), sequences, _table(count, room), last)))


def decode_batch(count: int, context: int, room: int) -> StepBatch:
    return _batch([[int(token)] for token in np.random.default_rng(4).integers(0, 128000, count)], context - 1, count, room)


def prefill_batch(count: int, length: int) -> StepBatch:
    return _batch(np.random.default_rng(5).integers(0, 128000, (count, length)).tolist(), 0, count)


# Measures.


def logits(driver: GpuDriver, peer: TorchLlama, part: str) -> list[dict[str, Any]]:
    """After a prefill of all tokens but one, and after the decode step of that one, beside a float32 pass over all of them."""
    prompts = np.random.default_rng(6).integers(0, 128000, (8, 96))
    ours = [driver.step(_batch(prompts[:, :95].tolist(), 0, 8)).copy(), driver.step(_batch(prompts[:, 95:].tolist(), 95, 8)).copy()]
    on_gpu, rows = torch.tensor(prompts, device="cuda"), []
    for name, found, length in (("prefill", ours[0], 95), ("decode", ours[1], 96)):
        wanted, bf16 = (peer.forward(on_gpu[:, :length], dtype).cpu().numpy() for dtype in (torch.float32, torch.bfloat16))
        off, theirs = (float(np.linalg.norm(x - wanted) / np.linalg.norm(wanted)) for x in (found, bf16))
        same = int((found.argmax(1) == wanted.argmax(1)).sum())
        limit = 1.2 * theirs if part in EIGHTS else CLOSE
        rows.append({"metric": f"{part}: logits after {name}, off float32", "value": off, "unit": "", "baseline": "torch in bf16", "baseline_value": theirs, "ratio": theirs / off,
                     "target": f"<= {limit}", "met": off <= limit, "same_tokens_of_8": same})  # fmt: skip
    return rows


def timed(driver: GpuDriver, name: str, batch: StepBatch, peer: Callable[[], float], predicted: dict[str, float], part: str) -> list[dict[str, Any]]:
    """Whole steps and their time on the GPU, in turn with torch's."""
    quantised = part in ("quantised", *EIGHTS)  # torch would widen the weights in each step
    peer = (lambda: float("nan")) if quantised else peer
    walls, gpu, theirs = [], [], [peer()]
    for i in range(WARM + TIMED):
        began = time.perf_counter()
        driver.step(batch)
        if i >= WARM:
            walls.append(time.perf_counter() - began)
            gpu.append(driver._device.played_s)  # type: ignore[union-attr]
            if i % 5 == 0:
                theirs.append(peer())
    ours, torch_s = median(gpu), median(theirs[1:])
    name_of = f"{part} {name}" if quantised else name
    base = {"unit": "s", "target": None, "met": None, "cores": driver._device.cores}  # type: ignore[union-attr]
    return [
        {"metric": f"{part}: {name}, on the GPU", "value": ours, "baseline": "torch, CUDA graph", "baseline_value": torch_s, "ratio": torch_s / ours, **base},
        {"metric": f"{part}: {name}, on the GPU", "value": ours, "baseline": "predicted by the planner", "baseline_value": predicted[name_of], "ratio": predicted[name_of] / ours, **base},
        {"metric": f"{part}: {name}, whole step with logits on the host", "value": median(walls), "baseline": "on the GPU", "baseline_value": ours, "ratio": ours / median(walls), **base},
    ]


_graphs: dict[str, Callable[[], Any]] = {}


def _captured(key: str, work: Callable[[], Any]) -> float:
    if key not in _graphs:
        side = torch.cuda.Stream()
        with torch.cuda.stream(side):
            work()
            work()
        side.synchronize()
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph, stream=side):
            work()
        _graphs[key] = graph.replay
    return once(_graphs[key])


def peer_decode(peer: TorchLlama, count: int, context: int) -> float:
    tokens = torch.randint(0, 128000, (count,), device="cuda") if f"{count}" not in _inputs else _inputs[f"{count}"]
    _inputs[f"{count}"] = tokens
    return _captured(f"decode {count}", lambda: peer.decode(tokens, context - 1))


def peer_prefill(peer: TorchLlama, count: int, length: int) -> float:
    tokens = _inputs.setdefault("prompts", torch.randint(0, 128000, (count, length), device="cuda"))
    return _captured("prefill", lambda: peer.forward(tokens))


_inputs: dict[str, torch.Tensor] = {}
