"""One model of a GPU bundle: a step's tables go to the device, the bundle's host program queues the kernels, logits come back."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from intarsia.errors import BundleError, InputError, RuntimeFailure, UnsupportedError, Where
from intarsia.runtime.drivers.driver import Float32s, StepBatch
from intarsia.runtime.drivers.gpu import step as steps
from intarsia.runtime.drivers.gpu.device import Device, Facts
from intarsia.runtime.drivers.gpu.queue import Memory, Place, Queue
from intarsia.runtime.drivers.gpu.step import Step


class GpuDriver:
    """Loads a model's weights onto a device that `make` opens, and runs its steps there. Raises BundleError for files that are missing or damaged."""

    def __init__(self, bundle_dir: str | Path, model_entry: dict[str, Any], make: Callable[[Facts], Device]) -> None:
        directory, gpu = Path(bundle_dir), model_entry["gpu"]
        self._entries, self._gpu, self._vocab = model_entry["entries"], gpu, int(model_entry["config"]["vocab"])
        first = next(iter(self._entries.values()))
        self._nano = max(entry["nano_batches"] for entry in self._entries.values())
        self._device: Device | None = make(Facts(directory / gpu["folder"], gpu, gpu["shares"]))
        self._host = _load(directory / gpu["host"])
        self._memory = self._allocate(first, max(entry["arena_bytes"] for entry in self._entries.values()))
        self._upload_weights(directory / model_entry["weights"], first["weights_bytes"])
        self._tables = [self._allocate_tables(first) for _ in range(1 + (self._nano if self._nano > 1 else 0))]

    def step(self, batch: StepBatch) -> Float32s:
        """Run a decoder over the batch: logits, float32[R, vocab]."""
        device = self._open()
        kind = self._choose(batch)
        entry = self._entries[kind]
        self._check(kind, entry, batch)
        made = self._step(device, batch, entry)
        queue = Queue(device, self._gpu, self._memory)
        key = (kind, *(value for part in (made, *made.parts) for name, value in part.sizes.items() if name != "cache_pages"))
        device.play(key, lambda: getattr(self._host, kind)(queue, made))
        if not queue.output:  # recorded before: the places are the same
            getattr(self._host, kind)(_Places(self._gpu, self._memory, queue), made)
        return self._logits(device, queue, len(batch.logit_rows))

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

    # ------------------------------------------------------------------------------------------------- memory

    def _allocate(self, entry: dict[str, Any], arena: int) -> Memory:
        device = self._open()
        layer = entry["kv_pages"] * entry["page_tokens"] * entry["kv_heads"] * entry["head_dim"] * entry["kv_bytes"]
        cache = device.allocate(max(1, 2 * layer * entry["layers"]))
        return Memory(Place(device.allocate(max(1, arena)), arena), device.allocate(max(1, entry["weights_bytes"])), cache, layer)

    def _upload_weights(self, path: Path, size: int) -> None:
        try:
            data = np.memmap(path, np.uint8, "r") if size else np.zeros(0, np.uint8)
        except (OSError, ValueError) as error:
            raise BundleError(f"cannot read the weights: {error}", where=Where(str(path)), mend="compile again, or copy the whole directory") from None
        if data.size != size:
            raise BundleError(f"the weights have {data.size} bytes instead of {size}", where=Where(str(path)), mend="compile again, or copy the whole directory")
        self._open().upload(self._memory.weights, data)

    def _allocate_tables(self, entry: dict[str, Any]) -> dict[str, int]:
        """Places that hold any step's tables: fixed, so that recorded launches stay right."""
        rows, sequences = max(e["max_rows"] for e in self._entries.values()), entry["max_sequences"]
        pages = -(-entry["context"] // entry["page_tokens"]) + 1
        numbers = {"tokens": rows, "positions": rows, "slots": rows, "logit_rows": rows, "page_table": sequences * pages, "sequence_table": 3 * sequences}
        return {name: self._open().allocate(4 * max(1, count)) for name, count in numbers.items()}

    # -------------------------------------------------------------------------------------------------- steps

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

    def _step(self, device: Device, batch: StepBatch, entry: dict[str, Any]) -> Step:
        count = entry["nano_batches"]
        parts = steps.in_parts(batch, count) if count > 1 else []
        made = tuple(self._on_device(device, part, entry, self._tables[1 + i], wanted, ()) for i, (part, wanted) in enumerate(parts))
        return self._on_device(device, batch, entry, self._tables[0], np.arange(len(batch.logit_rows), dtype=np.int32), made)

    def _on_device(self, device: Device, batch: StepBatch, entry: dict[str, Any], places: dict[str, int], wanted: Any, parts: tuple[Step, ...]) -> Step:
        found = {}
        for name, table in steps.tables(batch, entry["page_tokens"]).items():
            device.upload(places[name], np.ascontiguousarray(table, np.int32))
            found[name] = Place(places[name], 4 * table.size)
        return Step(found, steps.sizes(batch), wanted, parts)

    def _logits(self, device: Device, queue: Queue, rows: int) -> Float32s:
        logits = np.zeros((rows, self._vocab), np.float32)
        for place, part in queue.output:
            if part.logits:
                own = np.empty((part.logits, self._vocab), np.float32)
                device.download(place.address, own)
                logits[part.wanted] = own
        return logits


class _Places(Queue):
    """Finds where a recorded run leaves its result: queues nothing."""

    def __init__(self, gpu: dict[str, Any], memory: Memory, told: Queue) -> None:
        super().__init__(None, gpu, memory)  # type: ignore[arg-type]
        self._told = told

    def launch(self, *_: Any, **__: Any) -> None:
        return

    def result(self, rows: Any, steps: Any) -> None:
        self._told.result(rows, steps)


def _load(path: Path) -> Any:
    """The host program as a module. Raises BundleError where it is missing or no Python."""
    spec = importlib.util.spec_from_file_location(f"intarsia_step_{abs(hash(str(path)))}", path)
    try:
        assert spec is not None and spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    except (OSError, SyntaxError) as error:
        raise BundleError(f"cannot load the host program: {error}", where=Where(str(path)), mend="compile again") from None
    return module

