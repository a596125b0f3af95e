"""Runs the probes of native kernels through the threads, tickets and step blocks that a model's steps go through."""

from __future__ import annotations

import ctypes
import mmap
import os
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from intarsia.codegen.cpu import emit, isa, object_cache, step
from intarsia.codegen.cpu.calls import kv_layout
from intarsia.compiler.probes.programs import EMBEDDED, PAGE_TOKENS, Layers, Probe, launch_probe
from intarsia.ir import step_abi as abi
from intarsia.native import NativeObject
from intarsia.runtime.drivers.cpu import slots, tiles

STREAM_BYTES = 96 << 20
"""Weights that the runs go through in turn: more than most caches hold, so that they come from main memory."""
BEYOND_BYTES = 64 << 20
"""The most that one run reads from where it begins."""
KV_BYTES = 96 << 20
ARENA_BYTES, SCATTERED = 16 << 20, 1 << 16
FILLING = 0x3C
"""0x3c3c is about 1 in f16 and small in f32 and bf16: no denormal, infinite or undefined numbers, which some processors handle slowly."""
PTR = ctypes.c_void_p
Arrays = dict[str, NDArray[np.int32]]


@contextmanager
def kernels(probes: Sequence[Probe], threads: int, *, inline: bool = False) -> Iterator[Kernels]:
    """The probes, compiled and ready to run with up to `threads` threads; `inline`: in the thread that asks for it, and not in one of their own."""
    used = [layers for probe in probes for layers in (probe.layers, probe.before) if layers is not None]
    programs = {layers.program.name: layers.program for layers in [*used, launch_probe().layers]}
    with tempfile.TemporaryDirectory(prefix="intarsia-calibrate-") as folder:
        path = Path(folder) / "probes.o"
        object_cache.object_file(step.module_text(list(programs.values()), isa.detect()), path, emit.compile_object)
        most = max(len(program.launches) for program in programs.values())
        found = Kernels(NativeObject(path), most, threads, _mapped(Path(folder)), inline)
    try:
        yield found
    finally:
        found.close()


@dataclass
class Kernels:
    """A compiled object of probes. `most` is the largest number of launches of a program, `weights` a mapped file, as a model's are."""

    code: NativeObject
    most: int
    threads: int
    weights: mmap.mmap
    inline: bool = False
    _workers: list[threading.Thread] = field(default_factory=list)
    _at: int = 0
    _arrays: Arrays = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._kv, self._arena, self._context = _filled(KV_BYTES), _filled(ARENA_BYTES), mmap.mmap(-1, abi.CONTEXT_BYTES)
        self._scattered = np.random.default_rng(0).standard_normal(SCATTERED, np.float32)
        self._scatter()
        self._tickets = mmap.mmap(-1, abi.TICKET_BYTES * self.most)
        self._block = np.zeros(abi.STEP_SLOTS, np.int64)
        self._run = self.code.function(abi.RUN, PTR, PTR)
        self._set(arena=_address(self._arena), kv=_address(self._kv), tickets=_address(self._tickets))
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="intarsia-probe")
        self._start_workers()

    def _scatter(self) -> None:
        """Numbers that differ where the first buffers lie, so that rows go to different experts; the same ones each time."""
        np.frombuffer(self._arena, np.float32)[:SCATTERED] = self._scattered

    def launch(self, threads: int) -> float:
        """Seconds of a launch that does next to nothing."""
        return self.run(launch_probe(), threads)

    def prepare(self, probe: Probe, threads: int) -> None:
        """What a probe's runs read."""
        self._arrays = step_arrays(probe.rows, probe.sequences, probe.context, probe.layers.program.facts["tile_rows"])
        if probe.before is not None:
            self._scatter()
            self._go(probe.before, probe, threads)

    def run(self, probe: Probe, threads: int) -> float:
        """Seconds of one launch: with one thread those of the processor, so that other programs disturb them little."""
        if probe.key == "launch":
            self.prepare(probe, threads)
        self._turn_pages(probe)
        return self._go(probe.layers, probe, threads) / probe.layers.count

    def pass_runs(self, probe: Probe) -> int:
        """Runs that go through all weights once; none for a probe that has no weights."""
        return -(-STREAM_BYTES // probe.layers.span) if probe.layers.span else 0

    def after(self, probe: Probe, times: int, idle_s: float, sleep: Callable[[float], None]) -> float:
        """Processor seconds of `times` runs, one after the other, of a thread that has slept just before; `prepare` it first."""
        self._point_at(probe.layers, probe, 1)

        def timed() -> float:
            if idle_s:
                sleep(idle_s)
            began = time.thread_time()
            for _ in range(times):
                self._set(weights=_address(self.weights) + self._advance(probe.layers.span))
                self._run(_address(self._context), self._block.ctypes.data)
            return time.thread_time() - began

        return self._in_thread(timed)

    def _go(self, layers: Layers, probe: Probe, threads: int) -> float:
        self._point_at(layers, probe, threads)
        return self._in_thread(lambda: self._timed(time.thread_time if threads == 1 else time.perf_counter))

    def _in_thread(self, timed: Callable[[], float]) -> float:
        """In a thread of its own, as the runtime's steps are (where its stack lies can make a fifth of attention's time), or in one where they are."""
        return timed() if self.inline else self._thread.submit(timed).result()

    def _point_at(self, layers: Layers, probe: Probe, threads: int) -> None:
        """Make the step block a probe's."""
        base = _address(self.weights) + (self._advance(layers.span) if layers.span else 0)
        words = {name: array.ctypes.data for name, array in self._arrays.items()}
        self._set(
            entry=self.code.address(layers.program.name), threads=threads, weights=base, rows=probe.rows, sequences=probe.sequences,
            logit_rows=probe.rows, pages=self._arrays["page_table"].shape[1], tiles=len(self._arrays["tile_table"]), **words,
        )  # fmt: skip

    def _timed(self, clock: Callable[[], float]) -> float:
        began = clock()
        self._run(_address(self._context), self._block.ctypes.data)
        return clock() - began

    def _advance(self, span: int) -> int:
        """Where this run's weights begin: after those of the run before."""
        self._at = (self._at + -(-span // mmap.PAGESIZE) * mmap.PAGESIZE) % STREAM_BYTES
        return self._at

    def _turn_pages(self, probe: Probe) -> None:
        """Other pages than the run before."""
        table = self._arrays["page_table"]
        pool = KV_BYTES // kv_layout(probe.layers.program.facts).page_bytes
        table += np.int32(table.size)
        table %= np.int32(pool)

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
        """End the threads."""
        self._thread.shutdown()
        self._set(entry=0)
        self._run(_address(self._context), self._block.ctypes.data)
        for worker in self._workers:
            worker.join()


def step_arrays(rows: int, sequences: int, context: int, tile_rows: int) -> Arrays:
    """The arrays of a step block for `rows` rows, shared evenly by `sequences` sequences with `context` tokens before them."""
    each = rows // sequences
    pages = -(-(context + each) // PAGE_TOKENS)
    table = np.arange(sequences * pages, dtype=np.int32).reshape(sequences, pages)
    places = np.array([(number * each, each, context) for number in range(sequences)], np.int32)
    return {
        "tokens": (np.arange(rows, dtype=np.int32) * 1021 % EMBEDDED).astype(np.int32), "positions": np.arange(rows, dtype=np.int32), "sequence_table": places,
        "page_table": table, "slots": slots(places, table, PAGE_TOKENS), "tile_table": tiles(places, tile_rows), "logit_row_table": np.arange(rows, dtype=np.int32),
    }  # fmt: skip


def _mapped(folder: Path) -> mmap.mmap:
    """A file of weights, mapped as a model's weights are; it lives as long as the map."""
    path = folder / "weights"
    chunk = bytes([FILLING]) * (1 << 20)
    with open(path, "wb") as file:
        for _ in range((STREAM_BYTES + BEYOND_BYTES) >> 20):
            file.write(chunk)
    with open(path, "rb") as file:
        mapped = mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ)
    os.unlink(path)
    np.frombuffer(mapped, np.uint8)[:: mmap.PAGESIZE].sum()
    return mapped


def _filled(size: int) -> mmap.mmap:
    """Anonymous memory whose pages are all there."""
    memory = mmap.mmap(-1, size)
    np.frombuffer(memory, np.uint8)[:] = FILLING
    return memory


def _address(memory: mmap.mmap) -> int:
    return int(np.frombuffer(memory, np.uint8).ctypes.data)

