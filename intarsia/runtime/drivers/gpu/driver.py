"""One model of a GPU bundle: a step's tables go to the device, the bundle's host program queues the kernels, logits come back."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Hashable
from pathlib import Path
from typing import Any

import numpy as np

from intarsia.errors import BundleError, InputError, RuntimeFailure, UnsupportedError, Where
from intarsia.runtime.drivers.driver import Float32s, Int32s, StepBatch
from intarsia.runtime.drivers.gpu import manifest
from intarsia.runtime.drivers.gpu import step as steps
from intarsia.runtime.drivers.gpu.device import Device, Facts
from intarsia.runtime.drivers.gpu.queue import Memory, Place, Queue, scratch_bytes
from intarsia.runtime.drivers.gpu.step import Step, power_of_two

ALIGNED = 64
"""Numbers: tables begin at multiples of 256 bytes, as kernels are promised 16 at least."""


class GpuDriver:
    """Loads a model's weights onto a device that `make` opens, and runs its steps there. Raises BundleError for files that are missing or damaged."""

    def __init__(self, bundle_dir: str | Path, model_entry: dict[str, Any], make: Callable[[Facts], Device]) -> None:
        directory, gpu = Path(bundle_dir), model_entry["gpu"]
        manifest.check(model_entry, directory)
        self._entries, self._gpu, self._vocab = model_entry["entries"], gpu, int(model_entry["config"]["vocab"])
        first = next(iter(self._entries.values()))
        self._nano = max(entry["nano_batches"] for entry in self._entries.values())
        self._device: Device | None = make(Facts(directory / gpu["folder"], gpu, gpu["shares"]))
        self._host = _load(directory / gpu["host"])
        self._memory = self._allocate(first, max(entry["arena_bytes"] for entry in self._entries.values()))
        self._upload_weights(directory / model_entry["weights"], first["weights_bytes"])
        self._tables = Tables(self._device, self._table_sizes(first), 1 + (self._nano if self._nano > 1 else 0))
        most = max(entry["max_sequences"] for entry in self._entries.values())
        self._room = self._device.room(4 * max(1, most * self._vocab)).view(np.float32).reshape(-1, self._vocab)
        self._outputs: dict[Hashable, list[Place]] = {}

    def step(self, batch: StepBatch) -> Float32s:
        """Run a decoder over the batch: logits, float32[R, vocab]."""
        device = self._open()
        kind = self._choose(batch)
        entry = self._entries[kind]
        self._check(kind, entry, batch)
        made = self._step(batch, entry)
        self._tables.upload()
        queue = Queue(device, self._gpu, self._memory)
        key = (kind, *(value for part in (made, *made.parts) for name, value in part.sizes.items() if name != "cache_pages"))
        device.play(key, lambda: getattr(self._host, kind)(queue, made))
        if queue.output:  # else it was recorded before, and leaves its results where it did then
            self._outputs[key] = [place for place, _ in queue.output]
        return self._logits(device, self._outputs[key], made, len(batch.logit_rows))

    def encode(self, batch: StepBatch) -> Float32s:
        raise UnsupportedError("GPU bundles hold no encoders", mend="compile encoders for a CPU")

    def close(self) -> None:
        """Give the device's memory back. The driver can't be used afterwards."""
        if self._device is not None:
            self._device.close()
            self._device = None

    def _open(self) -> Device:
        if self._device is None:
            raise RuntimeFailure("the driver is closed")
        return self._device

    # Memory.

    def _allocate(self, entry: dict[str, Any], arena: int) -> Memory:
        device = self._open()
        layer = entry["kv_pages"] * entry["page_tokens"] * entry["kv_heads"] * entry["head_dim"] * entry["kv_bytes"]
        cache = device.allocate(max(1, 2 * layer * entry["layers"]))
        most = max((scratch_bytes(kernel) for kernel in self._gpu["kernels"].values()), default=0)
        scratch = {stream: device.allocate(most) for stream in self._gpu["shares"]} if most else {}
        return Memory(Place(device.allocate(max(1, arena)), arena), device.allocate(max(1, entry["weights_bytes"])), cache, layer, scratch)

    def _upload_weights(self, path: Path, size: int) -> None:
        try:
            data = np.memmap(path, np.uint8, "r") if size else np.zeros(0, np.uint8)
        except (OSError, ValueError) as error:
            raise BundleError(f"cannot read the weights: {error}", where=Where(str(path)), mend="compile again, or copy the whole directory") from None
        if data.size != size:
            raise BundleError(f"the weights have {data.size} bytes instead of {size}", where=Where(str(path)), mend="compile again, or copy the whole directory")
        self._open().upload(self._memory.weights, data)

    def _table_sizes(self, entry: dict[str, Any]) -> dict[str, int]:
        """The most numbers of each table that any step has."""
        rows, sequences = max(e["max_rows"] for e in self._entries.values()), entry["max_sequences"]
        pages = power_of_two(-(-entry["context"] // entry["page_tokens"]) + 1)
        return {"tokens": rows, "positions": rows, "slots": rows, "logit_rows": rows, "page_table": sequences * pages, "sequence_table": 3 * sequences}

    # Steps.

    def _choose(self, batch: StepBatch) -> str:
        """The decode entry where every sequence has one row, if it has room."""
        rows, decode = len(batch.tokens), self._entries.get("decode")
        return "decode" if decode and rows == len(batch.sequences) and rows <= decode["max_rows"] else "prefill"

    def _check(self, kind: str, entry: dict[str, Any], batch: StepBatch) -> None:
        """Kernels trust these."""
        if len(batch.tokens) > entry["max_rows"] or len(batch.sequences) > entry["max_sequences"]:
            raise InputError(f"a step of {len(batch.tokens)} rows and {len(batch.sequences)} sequences is larger than the {kind} phase was compiled for",
                             mend=f"at most {entry['max_rows']} rows, {entry['max_sequences']} sequences")  # fmt: skip
        for what, numbers, limit in (("token numbers", batch.tokens, self._vocab), ("positions", batch.positions, entry["context"]),
                                     ("logit rows", batch.logit_rows, len(batch.tokens)), ("page numbers", batch.page_table, entry["kv_pages"])):  # fmt: skip
            if numbers.size and (int(numbers.min()) < 0 or int(numbers.max()) >= limit):
                raise InputError(f"{what} must lie in [0, {limit})")

    def _step(self, batch: StepBatch, entry: dict[str, Any]) -> Step:
        count = entry["nano_batches"]
        parts = steps.in_parts(batch, count) if count > 1 else []
        made = tuple(self._placed(part, entry, 1 + i, wanted, ()) for i, (part, wanted) in enumerate(parts))
        return self._placed(batch, entry, 0, np.arange(len(batch.logit_rows), dtype=np.int32), made)

    def _placed(self, batch: StepBatch, entry: dict[str, Any], which: int, wanted: Any, parts: tuple[Step, ...]) -> Step:
        padded = steps.with_whole_table(batch)
        return Step(self._tables.put(which, steps.tables(padded, entry["page_tokens"])), steps.sizes(padded), wanted, parts)

    def _logits(self, device: Device, places: list[Place], made: Step, rows: int) -> Float32s:
        """In a room that the next step uses again."""
        logits = self._room[:rows]
        for place, part in zip(places, made.parts or (made,), strict=True):
            if part.logits and int(part.wanted[-1] - part.wanted[0]) == part.logits - 1:
                device.download(place.address, logits[part.wanted[0] : part.wanted[0] + part.logits])
            elif part.logits:
                own = np.empty((part.logits, self._vocab), np.float32)
                device.download(place.address, own)
                logits[part.wanted] = own
        return logits


class Tables:
    """Room on the device for the tables of `count` steps (a batch and its nano-batches), at places that stay, so that recorded launches stay right. One copy brings them all."""

    def __init__(self, device: Device, numbers: dict[str, int], count: int) -> None:
        self._device, self._offsets, at = device, {}, 0
        for which in range(count):
            for name, most in numbers.items():
                self._offsets[which, name] = at
                at += -(-max(1, most) // ALIGNED) * ALIGNED
        self._address, self._host, self._used = device.allocate(4 * at), device.room(4 * at).view(np.int32), 0

    def put(self, which: int, tables: dict[str, Int32s]) -> dict[str, Place]:
        """Where a step's tables will lie after `upload`."""
        found = {}
        for name, table in tables.items():
            at = self._offsets[which, name]
            self._host[at : at + table.size] = table.reshape(-1)
            self._used = max(self._used, at + table.size)
            found[name] = Place(self._address + 4 * at, 4 * table.size)
        return found

    def upload(self) -> None:
        self._device.upload(self._address, self._host[: self._used])
        self._used = 0


def _load(path: Path) -> Any:
    """The host program as a module. Raises BundleError where it is missing or no Python."""
    spec = importlib.util.spec_from_file_location(f"intarsia_step_{abs(hash(str(path)))}", path)
    try:
        assert spec is not None and spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    except (OSError, SyntaxError, ValueError, ImportError, NameError) as error:
        raise BundleError(f"cannot load the host program: {error}", where=Where(str(path)), mend="compile again") from None
    return module

