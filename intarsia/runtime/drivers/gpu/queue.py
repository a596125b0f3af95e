"""What a bundle's host program calls: places in memory, and kernels queued with their parameters packed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from intarsia.errors import BundleError
from intarsia.ir import formula
from intarsia.libcuda import packed
from intarsia.runtime.drivers.gpu.device import Device, Launch
from intarsia.runtime.drivers.gpu.step import Step

BYTES = {"f32": 4, "i32": 4, "bf16": 2, "f16": 2, "f8e4m3": 1, "f8e5m2": 1, "i8": 1, "u8": 1, "i64": 8}


@dataclass(frozen=True)
class Place:
    """An address, and the bytes that may be touched from there on."""

    address: int
    size: int


@dataclass
class Memory:
    """Where a model's parts lie: addresses and sizes of the arena, the weights, and a layer's keys (its values lie behind them); by stream, scratch memory of its kernels."""

    arena: Place
    weights: int
    cache: int
    cache_bytes: int
    scratch: Mapping[str, int] = field(default_factory=dict)


class Queue:
    """One run of the host program."""

    def __init__(self, device: Device, gpu: Mapping[str, Any], memory: Memory) -> None:
        self._device, self._kernels, self._weights, self._memory = device, gpu["kernels"], gpu["weights"], memory
        self.output: list[tuple[Place, Step]] = []

    def rows(self, offset: int, width: int, dtype: str) -> Place:
        """Rows of the arena from a byte on."""
        return Place(self._memory.arena.address + offset, self._memory.arena.size - offset)

    def weight(self, name: str, layer: int | None = None) -> Place:
        """A weight, of one layer where it has several."""
        facts = self._weights[name]
        size = BYTES[facts["dtype"]]
        for part in facts["shape"]:
            size *= part
        at = facts["offset"] + (layer - facts["first"]) * facts["stride"] if layer is not None else facts["offset"]
        return Place(self._memory.weights + at, size)

    def keys(self, layer: int) -> Place:
        return Place(self._memory.cache + 2 * layer * self._memory.cache_bytes, self._memory.cache_bytes)

    def values(self, layer: int) -> Place:
        return Place(self._memory.cache + (2 * layer + 1) * self._memory.cache_bytes, self._memory.cache_bytes)

    def launch(self, label: str, step: Step, *, stream: str = "main", wait: Sequence[str] = (), signal: str = "", **arguments: Place | float) -> None:
        """Queue a kernel. Arguments go by their names; numbers that the kernel doesn't take are sizes that its formulas name."""
        kernel = self._kernels[label]
        sizes = step.sizes | {name: value for name, value in arguments.items() if not isinstance(value, Place)}
        for name in wait:
            self._device.wait(name, stream)
        if step.rows and sizes.get("rows", 1):
            words, extents = pack(label, kernel, arguments, sizes, self._memory.scratch.get(stream, 0))
            pieces = max(1, int(formula.evaluate(kernel["work"], **sizes)))
            self._device.launch(Launch(label, min(pieces, kernel["ctas"]) if kernel["ctas"] else pieces, words, extents, stream))
        if signal:
            self._device.record(signal, stream)

    def result(self, rows: Place | Sequence[Place], steps: Step | Sequence[Step]) -> None:
        """Where the logits lie, of each nano-batch."""
        places = [rows] if isinstance(rows, Place) else list(rows)
        self.output = list(zip(places, [steps] if isinstance(steps, Step) else list(steps), strict=True))


def pack(label: str, kernel: Mapping[str, Any], arguments: Mapping[str, Place | float], sizes: Mapping[str, float], scratch: int = 0) -> tuple[bytes, tuple[int, ...]]:
    """The parameters' bytes, and the bytes behind each pointer. Triton adds two pointers to a kernel's parameters: to `scratch` memory, and to a profiler's;
    so does CUDA C++ where it wants such memory.

    Raises BundleError for an argument that is missing."""
    parameters: list[tuple[str, float]] = []
    extents = []
    for argument in kernel["arguments"]:
        if argument["name"] not in arguments:
            raise BundleError(f"the host program gives {label} no {argument['name']}", mend="compile again")
        value = arguments[argument["name"]]
        if isinstance(value, Place):
            extents.append(min(value.size, _extent(argument, sizes, value.size)))
            parameters.append(("Q", value.address))
        else:
            parameters.append(("i", int(value)) if argument["dtype"] == "i32" else ("f", float(value)))
    wants = scratch_bytes(kernel)
    if kernel["language"] == "triton" or wants:
        parameters += [("Q", scratch if wants else 0), ("Q", 0)]
    return packed(parameters), tuple(extents)


def scratch_bytes(kernel: Mapping[str, Any]) -> int:
    """Of scratch memory that a launch of the kernel wants at most."""
    return int(kernel["ctas"]) * max((made.get("scratch_bytes", 0) for made in kernel["objects"].values()), default=0)


def _extent(argument: Mapping[str, Any], sizes: Mapping[str, float], most: int) -> int:
    """Bytes of a tensor; all that there is where its shape names what a launch doesn't know."""
    size = BYTES[argument["dtype"]]
    for part in argument["shape"]:
        try:
            size *= int(formula.evaluate(part, **sizes))
        except ValueError:
            return most
    return size
