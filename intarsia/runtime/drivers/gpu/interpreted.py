"""A device that this CPU plays: memory is ours, kernels run in Triton's interpreter, streams in any order that their waits allow.

What is checked on the way: parameters are unpacked from the very bytes that a GPU would get; every access is held to the tensor that the launch names; launches
of different streams are run in an order drawn from `seed`, so that a missing wait shows.
"""

from __future__ import annotations

import mmap
import struct
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any

import ml_dtypes
import numpy as np

from intarsia.errors import BundleError, RuntimeFailure
from intarsia.runtime.drivers.gpu.device import Array, Facts, Launch, as_bytes

NUMPY: dict[str, Any] = {
    "f32": np.float32, "i32": np.int32, "bf16": ml_dtypes.bfloat16, "f16": np.float16, "f8e4m3": ml_dtypes.float8_e4m3fn, "f8e5m2": ml_dtypes.float8_e5m2, "i8": np.int8,
    "u8": np.uint8, "i64": np.int64,
}  # fmt: skip


@dataclass(frozen=True)
class _Signal:
    """Something that a stream gives for the `count`-th time, or waits for until it was given as often."""

    name: str
    given: bool
    count: int


class InterpretedDevice:
    """`guard` holds accesses to their tensors (slower); `seed` draws the order of streams and of each launch's programs."""

    def __init__(self, facts: Facts, *, guard: bool = True, seed: int = 0) -> None:
        self._facts, self._guard, self._chance = facts, guard, np.random.default_rng(seed)
        self._memory: dict[int, Array] = {}
        self._maps: list[mmap.mmap] = []
        self._kernels: dict[str, Any] = {}
        self._streams: dict[str, list[Launch | _Signal]] = {}
        self._recorded: dict[str, int] = {}
        self.launches = 0

    def allocate(self, size: int) -> int:
        """Zeroed memory that takes room page by page, when touched."""
        try:
            area = mmap.mmap(-1, max(size, mmap.PAGESIZE), flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | 0x4000)
        except (OSError, OverflowError, ValueError) as error:
            raise RuntimeFailure(f"cannot reserve {size} bytes of memory: {error}", mend="compile with less context or fewer sequences") from None
        array = np.frombuffer(area, np.uint8)
        self._maps.append(area)
        self._memory[int(array.ctypes.data)] = array
        return int(array.ctypes.data)

    def room(self, size: int) -> Array:
        return np.empty(size, np.uint8)

    def upload(self, address: int, data: Array) -> None:
        self._bytes(address, data.nbytes)[:] = as_bytes(data)

    def download(self, address: int, data: Array) -> None:
        data.reshape(-1).view(np.uint8)[:] = self._bytes(address, data.nbytes)

    def launch(self, launch: Launch) -> None:
        self._streams.setdefault(launch.stream, []).append(launch)

    def record(self, signal: str, stream: str) -> None:
        self._recorded[signal] = self._recorded.get(signal, 0) + 1
        self._streams.setdefault(stream, []).append(_Signal(signal, True, self._recorded[signal]))

    def wait(self, signal: str, stream: str) -> None:
        if not self._recorded.get(signal):
            raise BundleError(f"stream {stream} waits for {signal}, which nothing queued before gives", mend="compile again, or mend the host program")
        self._streams.setdefault(stream, []).append(_Signal(signal, False, self._recorded[signal]))

    def play(self, key: Hashable, record: Callable[[], None]) -> None:
        record()
        self._run()

    def close(self) -> None:
        self._memory.clear()
        self._maps.clear()

    def _run(self) -> None:
        """All streams to their ends: whose turn it is is drawn among those that needn't wait."""
        given: dict[str, int] = {}
        heads = dict.fromkeys(self._streams, 0)
        while unfinished := [s for s in self._streams if heads[s] < len(self._streams[s])]:
            ready = [s for s in unfinished if _may_go(self._streams[s][heads[s]], given)]
            stream = ready[int(self._chance.integers(len(ready)))]
            item = self._streams[stream][heads[stream]]
            heads[stream] += 1
            if isinstance(item, Launch):
                self._interpret(item)
            elif item.given:
                given[item.name] = item.count
        self._streams.clear()
        self._recorded.clear()

    def _interpret(self, launch: Launch) -> None:
        facts = self._facts.kernel(launch.label)
        facts = facts.get("twin", facts)  # CUDA C++ can't be interpreted: its twin takes the same arguments
        self._kernel(launch.label, facts).launch(launch.grid, self._unpack(launch, facts), seed=int(self._chance.integers(1 << 30)), guard=self._guard)
        self.launches += 1

    def _kernel(self, label: str, facts: dict[str, Any]) -> Any:
        if label not in self._kernels:
            from intarsia.interpreter.launch import load

            self._kernels[label] = load(self._facts.folder / facts["text"], facts["kernel"])
        return self._kernels[label]

    def _unpack(self, launch: Launch, facts: dict[str, Any]) -> dict[str, Any]:
        """Arguments from a launch's bytes: arrays over the device's memory, numbers, and compile-time parameters."""
        found: dict[str, Any] = dict(facts["constants"])
        at, extents = 0, iter(launch.extents)
        for argument in facts["arguments"]:
            pointer = argument["role"] in ("in", "out", "inout")
            kind = "Q" if pointer else "i" if argument["dtype"] == "i32" else "f"
            at += -at % struct.calcsize(kind)
            (value,) = struct.unpack_from(f"={kind}", launch.words, at)
            at += struct.calcsize(kind)
            found[argument["name"]] = self._bytes(value, next(extents)).view(NUMPY[argument["dtype"]]) if pointer else value
        return found

    def _bytes(self, address: int, size: int) -> Array:
        """Raises RuntimeFailure for memory that was not allocated."""
        for begin, area in self._memory.items():
            if begin <= address and address + size <= begin + area.size:
                return area[address - begin : address - begin + size]
        raise RuntimeFailure(f"{size} bytes at {address:#x} are not the device's memory")


def _may_go(item: Launch | _Signal, given: dict[str, int]) -> bool:
    return isinstance(item, Launch) or item.given or given.get(item.name, 0) >= item.count
