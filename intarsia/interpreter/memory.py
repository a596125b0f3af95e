"""A guard over the memory of an interpreted launch: Triton's interpreter loads and stores wherever a pointer leads, and runs one program after another.

Each active lane has to stay inside a tensor that the launch was given; programs may not read or write what another one of the launch writes, because a GPU
gives them no order. Atomics are checked for bounds alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray
from triton.runtime import interpreter as upstream

Builder = upstream.InterpreterBuilder
NOBODY, MANY = -1, -2


class MemoryFault(Exception):
    """A kernel touched memory that isn't its own, or two programs raced."""


class _Tensor:
    """One tensor of a launch: where it lies, and which program last wrote and read each element. `written`: whether any did."""

    def __init__(self, name: str, array: NDArray[Any]) -> None:
        self.name, self.begin, self.end, self.item = name, array.ctypes.data, array.ctypes.data + array.nbytes, array.itemsize
        self.writer = np.full(array.size, NOBODY, np.int32)
        self.reader = np.full(array.size, NOBODY, np.int32)
        self.written = False

    def load(self, places: NDArray[Any], program: int) -> None:
        if self.written:
            writers = self.writer[places]
            if ((writers != NOBODY) & (writers != program)).any():
                raise MemoryFault(f"program {program} reads what another one wrote in {self.name}")
        readers = self.reader[places]
        self.reader[places] = np.where((readers == NOBODY) | (readers == program), program, MANY)

    def store(self, places: NDArray[Any], program: int) -> None:
        writers, readers = self.writer[places], self.reader[places]
        if ((writers != NOBODY) & (writers != program)).any():
            raise MemoryFault(f"programs {program} and {writers[(writers != NOBODY) & (writers != program)][0]} both write an element of {self.name}")
        if ((readers != NOBODY) & (readers != program)).any():
            raise MemoryFault(f"program {program} writes what another one reads in {self.name}")
        lanes = np.arange(places.size, dtype=np.int32)
        self.writer[places] = lanes  # of two lanes at one place, one stays
        if (self.writer[places] != lanes).any():
            raise MemoryFault(f"two lanes of program {program} write one element of {self.name}")
        self.writer[places] = program
        self.written = True


class _Guard:
    """All tensors of a launch."""

    def __init__(self, tensors: Sequence[tuple[str, NDArray[Any]]]) -> None:
        self.tensors = [_Tensor(name, array) for name, array in tensors if array.size]

    def touch(self, pointers: Any, mask: Any, how: str) -> None:
        size = max(1, pointers.get_element_ty().primitive_bitwidth // 8)
        addresses = np.broadcast_to(pointers.data, np.broadcast_shapes(np.shape(pointers.data), np.shape(mask.data)))
        active = addresses[np.broadcast_to(mask.data, addresses.shape).astype(bool)].astype(np.int64)
        if not active.size:
            return
        program, lowest, end = int(upstream.interpreter_builder.grid_idx[0]), int(active.min()), int(active.max()) + size
        outside = np.ones(active.size, bool)
        for tensor in self.tensors:
            if end <= tensor.begin or lowest >= tensor.end:
                continue
            inside = (active >= tensor.begin) & (active + size <= tensor.end)
            outside &= ~inside
            if how in ("load", "store"):
                getattr(tensor, how)((active[inside] - tensor.begin) // tensor.item, program)
        if outside.any():
            raise MemoryFault(f"{how} outside every tensor of the launch: {int(outside.sum())} lanes of program {program}")


@contextmanager
def guarded(tensors: Sequence[tuple[str, NDArray[Any]]]) -> Iterator[None]:
    """Inside the block, interpreted programs that leave `tensors`, or race over them, raise MemoryFault."""
    guard = _Guard(tensors)
    original = {name: getattr(Builder, name) for name in ("create_masked_load", "create_masked_store", "create_atomic_rmw", "create_atomic_cas")}

    def load(self: Any, pointers: Any, mask: Any, *rest: Any, **named: Any) -> Any:
        guard.touch(pointers, mask, "load")
        return original["create_masked_load"](self, pointers, mask, *rest, **named)

    def store(self: Any, pointers: Any, value: Any, mask: Any, *rest: Any, **named: Any) -> Any:
        guard.touch(pointers, mask, "store")
        return original["create_masked_store"](self, pointers, value, mask, *rest, **named)

    def update(self: Any, operation: Any, pointers: Any, value: Any, mask: Any, *rest: Any, **named: Any) -> Any:
        guard.touch(pointers, mask, "atomic")
        return original["create_atomic_rmw"](self, operation, pointers, value, mask, *rest, **named)

    def swap(self: Any, pointers: Any, *rest: Any, **named: Any) -> Any:
        guard.touch(pointers, upstream.TensorHandle(np.ones(np.shape(pointers.data), bool), upstream.tl.int1), "atomic")
        return original["create_atomic_cas"](self, pointers, *rest, **named)

    new = {"create_masked_load": load, "create_masked_store": store, "create_atomic_rmw": update, "create_atomic_cas": swap}
    try:
        for name, method in new.items():
            setattr(Builder, name, method)
        yield
    finally:
        for name, method in original.items():
            setattr(Builder, name, method)
