"""Loads and stores of picked threads in any address space, as elements of WIDE."""

from __future__ import annotations

import numpy as np

from intarsia.codegen.verify.ptx import spaces
from intarsia.codegen.verify.ptx.builder import State
from intarsia.codegen.verify.ptx.faults import fault
from intarsia.codegen.verify.ptx.program import Instruction
from intarsia.codegen.verify.ptx.types import WIDE, Array

ONES = {width: np.ones(width, np.uint8).view(dtype)[0] for width, dtype in WIDE.items()}


class Access:
    """Memory as one instruction sees it: `space` is global, shared, local or generic; `width` bytes for each thread. All arrays have one row a picked thread."""

    def __init__(self, state: State, space: str, width: int, instruction: Instruction) -> None:
        self.state, self.space, self.width, self.instruction = state, space, width, instruction
        self.shift = width.bit_length() - 1

    def load(self, addresses: Array, threads: Array) -> Array:
        if self.space == "generic":
            return self._load_generic(addresses, threads)
        return getattr(self, f"_load_{self.space}")(addresses, threads)

    def store(self, addresses: Array, threads: Array, values: Array) -> None:
        if self.space == "generic":
            self._store_generic(addresses, threads, values)
        else:
            getattr(self, f"_store_{self.space}")(addresses, threads, values)

    # ---- global

    def _load_global(self, addresses: Array, threads: Array) -> Array:
        memory = self.state.memory
        places, region = memory.locate(addresses.astype(np.uint64, copy=False), self.width, "load", self.instruction)
        elements = places >> self.shift
        memory.loaded.view(WIDE[self.width])[elements] = ONES[self.width]
        count(self.state, "load_bytes", places, region, threads, self.width)
        return memory.view(self.width)[elements]

    def _store_global(self, addresses: Array, threads: Array, values: Array) -> None:
        memory = self.state.memory
        places, region = memory.locate(addresses.astype(np.uint64, copy=False), self.width, "store", self.instruction)
        elements = places >> self.shift
        memory.stored.view(WIDE[self.width])[elements] = ONES[self.width]
        count(self.state, "store_bytes", places, region, threads, self.width)
        memory.view(self.width)[elements] = values

    # ---- shared

    def _load_shared(self, addresses: Array, threads: Array) -> Array:
        shared = self.state.shared
        self.state.counters.shared_load_bytes += threads.size * self.width
        return shared.load(shared.places(addresses, threads, self.width, "load", self.instruction), threads, self.width, self.instruction)

    def _store_shared(self, addresses: Array, threads: Array, values: Array) -> None:
        shared = self.state.shared
        self.state.counters.shared_store_bytes += threads.size * self.width
        shared.store(shared.places(addresses, threads, self.width, "store", self.instruction), threads, values, self.width, self.instruction)

    # ---- local

    def _load_local(self, addresses: Array, threads: Array) -> Array:
        return np.ascontiguousarray(self.state.local[threads[:, None], self._local_bytes(addresses)]).view(WIDE[self.width])[:, 0]

    def _store_local(self, addresses: Array, threads: Array, values: Array) -> None:
        self.state.local[threads[:, None], self._local_bytes(addresses)] = np.ascontiguousarray(values).view(np.uint8).reshape(threads.size, self.width)

    def _local_bytes(self, addresses: Array) -> Array:
        if int(addresses.max()) + self.width > self.state.local.shape[1]:
            raise fault("bounds", f"local memory at byte {int(addresses.max())} of {self.state.local.shape[1]}", self.instruction)
        return addresses.astype(np.int64)[:, None] + np.arange(self.width)

    # ---- generic

    def _split(self, addresses: Array) -> list[tuple[Access, int, Array]]:
        window = addresses >> np.uint64(56)
        parts = []
        for space, start in (("global", 0), ("shared", spaces.SHARED), ("local", spaces.LOCAL)):
            chosen = np.flatnonzero(window == start >> 56)
            if chosen.size:
                parts.append((Access(self.state, space, self.width, self.instruction), start, chosen))
        if sum(chosen.size for _, _, chosen in parts) != addresses.size:
            raise fault("bounds", "a generic address in no address space", self.instruction)
        return parts

    def _load_generic(self, addresses: Array, threads: Array) -> Array:
        values = np.zeros(threads.size, WIDE[self.width])
        for access, start, chosen in self._split(addresses):
            values[chosen] = access.load(addresses[chosen] - np.uint64(start), threads[chosen])
        return values

    def _store_generic(self, addresses: Array, threads: Array, values: Array) -> None:
        for access, start, chosen in self._split(addresses):
            access.store(addresses[chosen] - np.uint64(start), threads[chosen], values[chosen])


def count(state: State, name: str, places: Array, region: Array | int, threads: Array, width: int) -> None:
    """Adds bytes to the arrays that they belong to. What several threads of a CTA reach in one instruction is moved once."""
    counters = state.counters
    if not bool((places[1:] > places[:-1]).all()):
        first = np.unique(state.shared.cta[threads] * (1 << 40) + places, return_index=True)[1]
        places, region = places[first], region if isinstance(region, int) else region[first]
    if isinstance(region, int):
        traffic = counters.arrays[region]
        setattr(traffic, name, getattr(traffic, name) + places.size * width)
        return
    for place, many in enumerate(np.bincount(region, minlength=len(counters.arrays)).tolist()):
        traffic = counters.arrays[place]
        setattr(traffic, name, getattr(traffic, name) + many * width)
