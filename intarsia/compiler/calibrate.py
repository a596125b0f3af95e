"""`intarsia calibrate`: the code generator's own kernels, run as compiled models run them, measured by cost_models/calibrate.py.

One object holds a small program for each probe; they run through the same threads, tickets and step blocks as a model's.
"""

from __future__ import annotations

import ctypes
import mmap
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from intarsia.codegen.cpu import emit, formats, isa, step
from intarsia.codegen.cpu.kernels.attention import tile_rows
from intarsia.cost_models import calibrate as measuring
from intarsia.cost_models.devices import files
from intarsia.cost_models.devices.this_machine import available_cores, calibration_file
from intarsia.cost_models.rates import GEMM_ROWS
from intarsia.ir import step_abi as abi
from intarsia.ir.device import Device
from intarsia.runtime.drivers.cpu import tiles
from intarsia.runtime.native import NativeObject

N, K = 1536, 2048
STREAM_BYTES = 96 << 20
"""Weights of one probe: more than most caches hold, so that they come from main memory."""
KV_BYTES = 48 << 20
LAUNCHES = 500
HEADS, KV_HEADS, HEAD_DIM, PAGE_TOKENS, CONTEXT = 16, 4, 64, 64, 1024
FORMATS = (
    ("q4", "a8"), ("f32", "a32"), ("q8", "a8"), ("q4s", "a8"), ("q4k", "a8"), ("q6", "a8"), ("q4", "a32"), ("f16", "a32"), ("bf16", "a32"),
    ("q8", "a32"), ("q4s", "a32"), ("q4k", "a32"), ("q6", "a32"),
)  # fmt: skip
ROW_KINDS = {"a8": "q8", "a32": "f32"}
PTR = ctypes.c_void_p


def calibrate(threads: int | None = None, progress: measuring.Progress | None = None, path: Path | None = None) -> Device:
    """Measure this machine with 1, 2, 4, ... up to all (or `threads`) threads, and write its device file. Raises InputError where that fails."""
    counts = None if threads is None else sorted({1, min(threads, available_cores())})
    if progress is not None:
        progress(0.0, "compiling kernels")
    with kernels(max(counts or [available_cores()])) as probes:
        device = measuring.calibrate(probes, counts, progress)
    files.write(device, path or calibration_file())
    return device


@dataclass(frozen=True)
class Layers:
    """A program that launches one kernel `count` times; weights advance by `stride`."""

    program: step.Program
    count: int


def matmul_program(fmt: str, activations: str) -> Layers:
    """A stack of equal matmuls, together as large as `STREAM_BYTES`."""
    size = formats.packed_bytes(fmt, N, K)
    count = max(1, STREAM_BYTES // size)
    kind = ROW_KINDS[activations]
    x = _buffer(kind, K, 0)
    y = _buffer("f32", N, x["bytes"])
    weight = {"name": "w", "format": fmt, "n": N, "k": K, "offset": 0, "bytes": size, "stride": size, "first": 0, "count": count, "sources": [], "source_types": []}
    params = {"rows": "rows", "k": K, "n": N, "weight": fmt, "x": kind, "y": "f32", "activation": "none", "bias": False, "residual": False}
    return _program(f"matmul_{fmt}_{activations}", "matmul", params, [x, y], [weight], count)


def attention_program(kv_dtype: str) -> Layers:
    """Attention over as many layers as the KV pool holds."""
    params = {"rows": "rows", "heads": HEADS, "scale": HEAD_DIM**-0.5, "causal": True, "window": 0, "y": "f32"}
    x = _buffer("f32", HEADS * HEAD_DIM, 0)
    y = _buffer("f32", HEADS * HEAD_DIM, x["bytes"])
    return _program(f"attention_{kv_dtype}", "attention", params, [x, y], [], _attention_layers(kv_dtype), kv_dtype)


def launch_program() -> Layers:
    """Additions of a few short rows, nearly nothing."""
    return _program("launch", "add", {"rows": "rows", "width": 16}, [_buffer("f32", 16, at) for at in (0, 8192, 16384)], [], LAUNCHES)


def _attention_layers(kv_dtype: str) -> int:
    row = 2 * KV_HEADS * HEAD_DIM * (2 if kv_dtype == "f16" else 4)
    return max(1, KV_BYTES // (row * CONTEXT))


def _buffer(dtype: str, width: int, offset: int) -> dict[str, Any]:
    """The facts of a pipe.buffer with `GEMM_ROWS` rows."""
    row = formats.activation_row_bytes(dtype, width)
    return {"name": f"b{offset}", "dtype": dtype, "width": width, "rows": GEMM_ROWS, "row_bytes": row, "offset": offset, "bytes": row * GEMM_ROWS}


def _program(name: str, kernel: str, params: dict[str, Any], buffers: list[dict[str, Any]], weights: list[dict[str, Any]], count: int, kv_dtype: str = "f16") -> Layers:
    launch = step.Launch(kernel, 0, params, buffers, weights, kernel)
    facts = {
        "sym_name": f"probe_{name}", "kv_heads": KV_HEADS, "head_dim": HEAD_DIM, "page_tokens": PAGE_TOKENS, "kv_dtype": kv_dtype,
        "layers": count, "tile_rows": tile_rows(HEADS // KV_HEADS),
    }  # fmt: skip
    return Layers(step.Program(facts, [step.Repeat(0, count, [launch])], buffers[-1]), count)


@contextmanager
def kernels(threads: int) -> Iterator[Kernels]:
    """The probes, compiled and ready to run with up to `threads` threads."""
    programs = {f"{fmt}.{kind}": matmul_program(fmt, kind) for fmt, kind in FORMATS}
    programs |= {f"attention.{kv}": attention_program(kv) for kv in ("f16", "f32")} | {"launch": launch_program()}
    with tempfile.TemporaryDirectory(prefix="intarsia-calibrate-") as folder:
        path = Path(folder) / "probes.o"
        emit.compile_object(step.module_text([p.program for p in programs.values()], isa.detect()), path)
        found = Kernels(NativeObject(path), programs, threads)
    try:
        yield found
    finally:
        found.close()


@dataclass
class Kernels:
    """Runs the probes' programs: an implementation of `cost_models.calibrate.Probes`."""

    code: NativeObject
    programs: dict[str, Layers]
    threads: int
    _workers: list[threading.Thread] = field(default_factory=list)

    def __post_init__(self) -> None:
        # 0x3c3c is about 1 in f16 and small in f32 and bf16: no denormal, infinite or undefined numbers, which some processors handle slowly
        self._stream = _filled(STREAM_BYTES + (64 << 20), 0x3C)
        self._arena, self._context = _filled(64 << 20, 0), mmap.mmap(-1, abi.CONTEXT_BYTES)
        self._tickets = _filled(abi.TICKET_BYTES * max(p.count for p in self.programs.values()), 0)
        self._block = np.zeros(abi.STEP_SLOTS, np.int64)
        self._run = self.code.function(abi.RUN, PTR, PTR)
        self._set(arena=_address(self._arena), weights=_address(self._stream), kv=_address(self._stream), tickets=_address(self._tickets))
        self._start_workers()

    def formats(self) -> Sequence[tuple[str, str]]:
        return FORMATS

    def matmul(self, fmt: str, activations: str, rows: int, threads: int) -> tuple[float, float]:
        layers = self.programs[f"{fmt}.{activations}"]
        return self._timed(layers, threads, rows=rows), float(N * K)

    def attention(self, kv_dtype: str, rows: int, threads: int) -> tuple[float, float, float]:
        layers, before = self.programs[f"attention.{kv_dtype}"], CONTEXT - rows
        sequences = np.array([[0, rows, before]], np.int32)
        arrays = {
            "sequence_table": sequences, "page_table": np.arange(CONTEXT // PAGE_TOKENS, dtype=np.int32)[None], "tile_table": tiles(sequences, tile_rows(HEADS // KV_HEADS)),
        }
        seconds = self._timed(
            layers, threads, rows=rows, sequences=1, pages=CONTEXT // PAGE_TOKENS, tiles=len(arrays["tile_table"]),
            **{name: array.ctypes.data for name, array in arrays.items()},
        )
        pairs = rows * (before + (rows + 1) / 2)
        kv_bytes = 2.0 * KV_HEADS * HEAD_DIM * CONTEXT * (2 if kv_dtype == "f16" else 4)
        return seconds, 4.0 * pairs * HEADS * HEAD_DIM, kv_bytes

    def launch(self, threads: int) -> float:
        return self._timed(self.programs["launch"], threads, rows=32)

    def _timed(self, layers: Layers, threads: int, **words: int) -> float:
        """Seconds of one launch."""
        clock = time.thread_time if threads == 1 else time.perf_counter
        self._set(entry=self.code.address(layers.program.name), threads=threads, **words)
        began = clock()
        self._run(_address(self._context), self._block.ctypes.data)
        return (clock() - began) / layers.count

    def _set(self, **words: int) -> None:
        for name, value in words.items():
            self._block[abi.STEP.index(name)] = value

    def _start_workers(self) -> None:
        loop = self.code.function(abi.WORKER, PTR, ctypes.c_int64)
        for number in range(1, self.threads):
            worker = threading.Thread(target=loop, args=(_address(self._context), number), daemon=True)
            worker.start()
            self._workers.append(worker)

    def close(self) -> None:
        """End the workers."""
        self._set(entry=0)
        self._run(_address(self._context), self._block.ctypes.data)
        for worker in self._workers:
            worker.join()


def _filled(size: int, byte: int) -> mmap.mmap:
    """Anonymous memory whose pages are all there."""
    memory = mmap.mmap(-1, size)
    np.frombuffer(memory, np.uint8)[:] = byte
    return memory


def _address(memory: mmap.mmap) -> int:
    return int(np.frombuffer(memory, np.uint8).ctypes.data)
