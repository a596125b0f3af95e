"""The CPU driver: a bundle's native code on this machine's cores. A step of a model is one native call.

Weights are mapped, read-only, or streamed (runtime/streaming.py); the arena and the KV cache are anonymous memory that takes room only where it is touched.
"""

from __future__ import annotations

import ctypes
import mmap
import struct
import threading
import time
import weakref
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from intarsia.errors import BundleError, InputError, RuntimeFailure, Where
from intarsia.ir import step_abi as abi
from intarsia.native import NativeObject
from intarsia.runtime.drivers.driver import Float32s, Int32s, StepBatch
from intarsia.runtime.streaming import WeightStream, anonymous

TRACE_SLOTS = 1 << 14
WORDS = struct.Struct(f"={len(abi.STEP)}q")
FEW = 64
"""Up to this many numbers, a Python list is faster than NumPy: between two steps every call is felt."""
PTR = ctypes.c_void_p


@dataclass(frozen=True)
class Slice:
    """What one thread did in one launch: the kernel, the operator it comes from, its layer, and monotonic nanoseconds."""

    thread: int
    kernel: str
    op: str
    layer: int | None
    begin_ns: int
    end_ns: int


class Crew:
    """How many threads a step gets. When they wait for each other too long, somebody else needs the cores: then one
    thread works alone for a while, and two or more are tried again later.
    """

    STALLED = 0.25
    """The share of all threads' time that they may sleep inside a step."""
    LEAST_REST, MOST_REST = 8, 256

    def __init__(self, threads: int) -> None:
        self.threads, self._rest, self._left = threads, self.LEAST_REST, 0

    def next(self) -> int:
        """Threads for the next step."""
        if self._left:
            self._left -= 1
            return 1
        return self.threads

    def report(self, threads: int, slept_ns: int, elapsed_ns: int) -> None:
        """What the last step saw."""
        if threads == 1:
            return
        if slept_ns > self.STALLED * threads * elapsed_ns:
            self._left = self._rest
            self._rest = min(2 * self._rest, self.MOST_REST)
        else:
            self._rest = self.LEAST_REST


class CpuDriver:
    """One model of a bundle. `model_entry` is its part of the manifest; `threads` overrides what was planned.

    Raises BundleError where the object or the weights are missing or damaged.
    """

    def __init__(self, bundle_dir: str | Path, model_entry: dict[str, Any], threads: int | None = None) -> None:
        self._directory, self._entries = Path(bundle_dir), model_entry["entries"]
        first = next(iter(self._entries.values()))
        self._planned = {kind: threads or entry["threads"] for kind, entry in self._entries.items()}
        self.threads = max(self._planned.values())
        self._object = NativeObject(self._directory / model_entry["object"])
        self._symbols = {kind: self._object.address(entry["symbol"]) for kind, entry in self._entries.items()}
        self.stream = self._stream(model_entry, first["weights_bytes"])
        self._weights = self.stream.memory if self.stream else self._map_weights(model_entry["weights"], first["weights_bytes"])
        self._arena = anonymous(max(entry["arena_bytes"] for entry in self._entries.values()))
        self._pages = {kind: _kv_pages(kind, entry) for kind, entry in self._entries.items()}
        self._kv = anonymous(max(self._pages[kind] * entry["page_bytes"] for kind, entry in self._entries.items()))
        self._tickets = anonymous(abi.TICKET_BYTES * max(len(entry["launches"]) for entry in self._entries.values()))
        self._context = anonymous(abi.CONTEXT_BYTES)
        self._stalls = np.frombuffer(self._context, np.int64, 1, abi.STALLS)
        self._block, self._words = np.zeros(abi.STEP_SLOTS, np.int64), dict.fromkeys(abi.STEP, 0)
        self._step_addresses = _address(self._context), self._block.ctypes.data
        self._run = self._object.function(abi.RUN, PTR, PTR)
        self._traces = np.zeros((0, 1 + 3 * TRACE_SLOTS), np.int64)
        self._kind = first
        self._crew = Crew(self.threads)
        self._set(arena=_address(self._arena), weights=_address(self._weights), kv=_address(self._kv), tickets=_address(self._tickets))
        if self.stream:
            self._set(stream=_address(self.stream.shared))
        self._workers = self._start_workers()
        self._leave = weakref.finalize(self, _dismiss, self._run, self._context, self._block)

    # Steps.

    def step(self, batch: StepBatch) -> Float32s:
        """Run a decoder over the batch: logits, float32[R, vocab], valid until the next call."""
        kind = self._choose(batch)
        return self._go(kind, batch, batch.page_table, len(batch.logit_rows))

    def encode(self, batch: StepBatch) -> Float32s:
        """Run an encoder over the batch: one vector a sequence, float32[S, hidden], valid until the next call."""
        return self._go("encode", batch, self._scratch_pages(batch), len(batch.sequences))

    def _choose(self, batch: StepBatch) -> str:
        """The decode entry where every sequence has one row, if it has room."""
        rows = len(batch.tokens)
        decode = self._entries.get("decode")
        one_each = rows == len(batch.sequences)
        return "decode" if decode and one_each and rows <= decode["max_rows"] else "prefill"

    def _go(self, kind: str, batch: StepBatch, page_table: Int32s, results: int) -> Float32s:
        if not self._leave.alive:
            raise RuntimeFailure("the driver is closed")
        entry = self._entries[kind]
        self._check(kind, entry, batch, page_table, results)
        arrays = self._prepare(entry, batch, page_table)
        threads = min(self._crew.next(), self._planned[kind])
        self._set(entry=self._symbols[kind], threads=threads, rows=len(batch.tokens), sequences=len(batch.sequences), logit_rows=len(batch.logit_rows),
                  pages=page_table.shape[1], tiles=len(arrays["tile_table"]), **{name: array.ctypes.data for name, array in arrays.items()})  # fmt: skip
        self._kind = entry
        slept, began = int(self._stalls[0]), time.perf_counter_ns()
        self._run(*self._step_addresses)
        if self.stream:
            self._layers_ran(self.stream)
        if threads > 1:
            self._crew.report(threads, int(self._stalls[0]) - slept, time.perf_counter_ns() - began)
        return self._output(entry["output"], results)

    def _layers_ran(self, stream: WeightStream) -> None:
        """All layers have run once more. Raises RuntimeFailure where they could not be read."""
        before = self._words["passed_before"]
        self._set(passed_before=before + len(stream.layers))
        stream.finish(before)

    def _check(self, kind: str, entry: dict[str, Any], batch: StepBatch, page_table: Int32s, results: int) -> None:
        """Native code trusts these."""
        if len(batch.tokens) > entry["max_rows"] or results > entry["output"]["rows"] or len(batch.sequences) > entry["max_sequences"]:
            raise InputError(
                f"a step of {len(batch.tokens)} rows, {len(batch.sequences)} sequences and {results} results is larger than the {kind} phase was compiled for",
                mend=f"at most {entry['max_rows']} rows, {entry['max_sequences']} sequences, {entry['output']['rows']} results")  # fmt: skip
        if not _below(batch.tokens, entry["vocab"]):
            raise InputError(f"token numbers must lie in [0, {entry['vocab']})")
        if not _below(batch.positions, entry["context"]):
            raise InputError(f"positions must lie in [0, {entry['context']})", mend="shorten the prompt, or compile with a larger context")
        if not _below(batch.logit_rows, len(batch.tokens)):
            raise InputError(f"logit rows must lie in [0, {len(batch.tokens)})")
        if not _below(page_table, self._pages[kind]):
            raise InputError(f"page numbers must lie in [0, {self._pages[kind]})")

    def _prepare(self, entry: dict[str, Any], batch: StepBatch, page_table: Int32s) -> dict[str, Int32s]:
        """The arrays of a step block."""
        return {
            "tokens": _packed(batch.tokens), "positions": _packed(batch.positions), "sequence_table": _packed(batch.sequences), "page_table": _packed(page_table),
            "logit_row_table": _packed(batch.logit_rows), "slots": slots(batch.sequences, page_table, entry["page_tokens"]),
            "tile_table": tiles(batch.sequences, entry["tile_rows"]),
        }  # fmt: skip

    def _scratch_pages(self, batch: StepBatch) -> Int32s:
        """Each sequence its own pages, one after the other: an encoder keeps nothing."""
        size = self._entries["encode"]["page_tokens"]
        counts = -(-batch.sequences[:, 1] // size)
        firsts = np.cumsum(counts) - counts
        pages = firsts[:, None] + np.arange(max(counts, default=0))
        return np.asarray(pages.clip(max=self._pages["encode"] - 1), np.int32)

    def _output(self, output: dict[str, int], rows: int) -> Float32s:
        columns = output["row_bytes"] // 4
        flat = np.frombuffer(self._arena, np.float32, rows * columns, output["offset"])
        return flat.reshape(rows, columns)[:, : output["width"]]

    def _set(self, **words: int) -> None:
        self._words.update(words)
        WORDS.pack_into(self._block.data, 0, *self._words.values())

    # Traces.

    def trace(self, on: bool) -> None:
        """Note what each thread does in each launch of the steps to come; read it with `slices` after each."""
        self._traces = np.zeros((self.threads if on else 0, 1 + 3 * TRACE_SLOTS), np.int64)
        self._set(trace=self._traces.ctypes.data if on else 0, trace_slots=TRACE_SLOTS)

    def slices(self) -> list[Slice]:
        """What was noted since the last call, thread by thread."""
        return self.noted()()

    def noted(self) -> Callable[[], list[Slice]]:
        """As `slices`, made when the result is called: between steps there is only time to keep the numbers."""
        kept = [(thread, trace[1 : 1 + 3 * trace[0]].reshape(-1, 3).copy()) for thread, trace in enumerate(self._traces)]
        self._traces[:, 0] = 0
        launches = self._kind["launches"]
        return lambda: [_slice(launches, thread, *row) for thread, rows in kept for row in rows.tolist()]

    # Threads, memory.

    def _start_workers(self) -> list[threading.Thread]:
        loop = self._object.function(abi.WORKER, PTR, ctypes.c_int64)
        kept = (self._object, self._context, self._weights, self._arena, self._kv, self._tickets)
        workers = [threading.Thread(target=_work, args=(loop, number, kept), daemon=True, name=f"intarsia-{number}") for number in range(1, self.threads)]
        for worker in workers:
            worker.start()
        return workers

    def close(self) -> None:
        """End the workers. The driver can't be used afterwards."""
        self._leave()
        for worker in self._workers:
            worker.join()
        if self.stream:
            self.stream.close()

    def _stream(self, model_entry: dict[str, Any], size: int) -> WeightStream | None:
        """The reader of a model whose layers don't all fit into memory."""
        plan = model_entry.get("stream")
        return WeightStream(self._directory / model_entry["weights"], size, plan) if plan else None

    def _map_weights(self, name: str, size: int) -> mmap.mmap:
        path = self._directory / name
        try:
            with open(path, "rb") as file:
                mapped = mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ)
        except (OSError, ValueError) as error:
            raise BundleError(f"cannot map the weights: {error}", where=Where(str(path)), mend="compile again, or copy the whole directory") from None
        if len(mapped) != size:
            raise BundleError(f"the weights have {len(mapped)} bytes instead of {size}", where=Where(str(path)), mend="compile again, or copy the whole directory")
        return mapped


def _slice(launches: list[Any], thread: int, launch: int, begin: int, end: int) -> Slice:
    kernel, op, layer = launches[launch]
    return Slice(thread, kernel, op, layer, begin, end)


def _work(loop: Any, number: int, kept: tuple[Any, ...]) -> None:
    """A worker's whole life; `kept` is memory that must outlive it."""
    loop(_address(kept[1]), number)


def _dismiss(run: Any, context: mmap.mmap, block: NDArray[np.int64]) -> None:
    """Tell the workers to leave."""
    block[abi.STEP.index("entry")] = 0
    run(_address(context), block.ctypes.data)


def _kv_pages(kind: str, entry: dict[str, Any]) -> int:
    """Pages of the KV cache; an encoder needs what one batch fills."""
    if kind != "encode":
        return int(entry["kv_pages"])
    return -(-int(entry["max_rows"]) // int(entry["page_tokens"])) + int(entry["max_sequences"])


def _address(memory: mmap.mmap) -> int:
    return int(np.frombuffer(memory, np.uint8).ctypes.data)


def _below(numbers: Int32s, limit: int) -> bool:
    """Whether all lie in [0, limit)."""
    if not numbers.size:
        return True
    ends = numbers.ravel().tolist() if numbers.size <= FEW else (int(numbers.min()), int(numbers.max()))
    return min(ends) >= 0 and max(ends) < limit


def _packed(array: Int32s) -> Int32s:
    """As native code reads it; the array itself where it is so already."""
    return array if array.dtype == np.int32 and array.flags.c_contiguous else np.ascontiguousarray(array, np.int32)


def slots(sequences: Int32s, page_table: Int32s, page_tokens: int) -> Int32s:
    """The place in the KV cache (page x page_tokens + token) of each row."""
    places: list[Any] = []
    for number, (_, rows, cached) in enumerate(sequences.tolist()):
        if rows == 1:
            page, token = divmod(cached, page_tokens)
            places.append(page_table.item(number, page) * page_tokens + token)
        else:
            tokens = np.arange(cached, cached + rows)
            places.extend((page_table[number, tokens // page_tokens] * page_tokens + tokens % page_tokens).tolist())
    return np.array(places, np.int32)


def tiles(sequences: Int32s, tile_rows: int) -> Int32s:
    """Tiles of query rows: (sequence, first row, rows)."""
    cuts: list[Sequence[int]] = []
    for number, (first, rows, _) in enumerate(sequences.tolist()):
        cuts += [(number, first + done, min(tile_rows, rows - done)) for done in range(0, rows, tile_rows)]
    return np.array(cuts, np.int32).reshape(-1, 3)
