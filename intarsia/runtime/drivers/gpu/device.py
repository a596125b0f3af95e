"""What a queue asks of a device: memory, kernels, streams that wait for each other, and launches that may be recorded once and played again."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


@dataclass(frozen=True)
class Launch:
    """A kernel ready to run: `grid` CTAs; `words`, the bytes of its parameters as the target's ABI lays them out; `extents`, the bytes behind each pointer, in order."""

    label: str
    grid: int
    words: bytes
    extents: tuple[int, ...]
    stream: str


class Device(Protocol):
    """One device with a bundle's kernels. Addresses are whole numbers; sizes are bytes."""

    def allocate(self, size: int) -> int: ...

    def room(self, size: int) -> Array:
        """Bytes of this machine's memory that `download` fills fastest; they stay until `close`."""
        ...

    def upload(self, address: int, data: Array) -> None: ...

    def download(self, address: int, data: Array) -> None: ...

    def launch(self, launch: Launch) -> None:
        """Queue a launch on its stream."""
        ...

    def record(self, signal: str, stream: str) -> None:
        """Give `signal` when all that was queued on `stream` so far is done."""
        ...

    def wait(self, signal: str, stream: str) -> None:
        """What is queued on `stream` from now on begins after `signal`."""
        ...

    def play(self, key: Hashable, record: Callable[[], None]) -> None:
        """Run what `record` queues, to its end on all streams. Equal keys queue equal launches: a device may record them once."""
        ...

    def close(self) -> None: ...


@dataclass(frozen=True)
class Facts:
    """What a device must know of a bundle: the folder, the manifest's entry of the model's GPU part, streams with their shares of the cores."""

    folder: Path
    gpu: dict[str, Any]
    shares: dict[str, float]

    def kernel(self, label: str) -> dict[str, Any]:
        return dict(self.gpu["kernels"][label])


def as_bytes(data: Array) -> NDArray[np.uint8]:
    """The bytes of an array, without a copy where it is contiguous."""
    return np.ascontiguousarray(data).reshape(-1).view(np.uint8)
