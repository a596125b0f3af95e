"""Compiles a model on disk for this machine, without the planner's choices, and runs batches through the CPU driver."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from intarsia.codegen.cpu import emit, to_pipe
from intarsia.compiler import frontends
from intarsia.ir.attributes import Symbol
from intarsia.ir.module import Builder, Module, attribute
from intarsia.ir.passes import fuse, precision, to_ops, to_tasks
from intarsia.planner.memory.arena import plan_arena, write_arena
from intarsia.runtime.drivers.cpu import CpuDriver
from intarsia.runtime.drivers.driver import StepBatch

DEPLOY: dict[str, Any] = {
    "precision": "f32", "threads": 1, "policy": "fcfs_chunked_prefill", "page_tokens": 16, "kv_pages": 24, "kv_dtype": "f32", "context": 256,
    "max_batch_tokens": 64, "max_sequences": 4,
}  # fmt: skip


def planned(source: Path, *, fused: bool = True, **deploy: Any) -> Module:
    """A module of stage plan whose one model is deployed as asked."""
    module = to_ops.run(to_tasks.run(frontends.load(str(source), None, None, None, None)))
    facts = DEPLOY | deploy
    device = attribute(module.first("plan.device"), "sym_name")
    for model in list(module.ops("llm.model")):
        Builder(module).op("plan.deploy", model=Symbol(attribute(model, "sym_name")), device=Symbol(device), **facts)
    module = precision.run(fuse.run(module) if fused else module)
    for phase in module.ops("llm.phase"):
        few = facts["max_sequences"]
        rows = few if attribute(phase, "kind") == "decode" else facts["max_batch_tokens"]
        write_arena(phase, plan_arena(phase, rows, few), rows)
    module.stage = "plan"
    return module


def driver_of(module: Module, directory: Path, threads: int | None = None) -> CpuDriver:
    """The driver of the one model in a module of stage plan."""
    directory.mkdir(parents=True, exist_ok=True)
    (entry,) = emit.run(to_pipe.run(module), directory).values()
    return CpuDriver(directory, entry, threads)


@dataclass(frozen=True)
class Chunk:
    """Some tokens of a sequence, after `cached` of it, with the sequence's pages."""

    tokens: Sequence[int]
    cached: int = 0
    pages: Sequence[int] = ()


def batch(*chunks: Chunk, logit_rows: Sequence[int] | None = None) -> StepBatch:
    """A step of these chunks; by default the logits of each one's last row are wanted."""
    lengths = [len(chunk.tokens) for chunk in chunks]
    first = np.cumsum([0, *lengths])[:-1]
    pages = np.zeros((len(chunks), max((len(c.pages) for c in chunks), default=0)), np.int32)
    for row, chunk in enumerate(chunks):
        pages[row, : len(chunk.pages)] = chunk.pages
    wanted = [int(f) + n - 1 for f, n in zip(first, lengths, strict=True)] if logit_rows is None else logit_rows
    return StepBatch(
        np.array([t for c in chunks for t in c.tokens], np.int32),
        np.array([c.cached + i for c in chunks for i in range(len(c.tokens))], np.int32),
        np.array([[f, n, c.cached] for f, n, c in zip(first, lengths, chunks, strict=True)], np.int32).reshape(-1, 3),
        pages, np.array(wanted, np.int32),
    )  # fmt: skip


def step(driver: CpuDriver, *chunks: Chunk, logit_rows: Sequence[int] | None = None) -> NDArray[np.float32]:
    return driver.step(batch(*chunks, logit_rows=logit_rows)).copy()
