"""`emulate`: a kernel's PTX, run on NumPy arrays."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np

from intarsia.codegen.verify.ptx import flow, operations, wgmma_flow
from intarsia.codegen.verify.ptx.bound import BoundProgram, bind
from intarsia.codegen.verify.ptx.builder import Builder, State
from intarsia.codegen.verify.ptx.bulk import Bulk
from intarsia.codegen.verify.ptx.copies import Copies
from intarsia.codegen.verify.ptx.counters import Counters, Traffic
from intarsia.codegen.verify.ptx.global_memory import GlobalMemory
from intarsia.codegen.verify.ptx.lanes import WARP
from intarsia.codegen.verify.ptx.machine import Machine
from intarsia.codegen.verify.ptx.matrix_reads import MatrixReads
from intarsia.codegen.verify.ptx.parser import parse
from intarsia.codegen.verify.ptx.program import Immediate, Instruction, Kernel, Parameter
from intarsia.codegen.verify.ptx.registers import Registers
from intarsia.codegen.verify.ptx.shared_memory import SharedMemory
from intarsia.codegen.verify.ptx.types import TYPES, Array
from intarsia.errors import InputError

Argument = Any
"""A NumPy array (its address is passed), a number, bytes of an aggregate, or None for a null pointer."""
TOGETHER = 4096
"""Threads that run together, if their shared memory allows: NumPy's own cost for each instruction is spread over them."""
SHADOW_BYTES = 48 << 20
"""What shared memory and the records about it may take."""
LIMIT = 20_000_000
__all__ = ["Argument", "emulate", "operations"]


@dataclass(frozen=True)
class Layout:
    """Where a kernel's variables lie: their space and address by name, and the sizes of static and dynamic shared and of local memory in bytes."""

    symbols: dict[str, tuple[str, int]]
    shared_bytes: int
    local_bytes: int


def emulate(
    ptx: str,
    name: str | None,
    grid: int | Sequence[int],
    block: int | Sequence[int],
    arguments: Sequence[Argument],
    *,
    shared_bytes: int = 0,
    limit: int = LIMIT,
    together: int = TOGETHER,
) -> Counters:
    """Runs kernel `name` of a PTX text (None: the only one) on a grid of CTAs of `block` threads each, with `shared_bytes` of dynamic shared memory.

    Arrays are written in place. Null pointers stand in for pointer parameters at the end that have no argument (Triton's scratch memory). `limit` is the number of
    instructions, counted once for all threads that run them together; `together` bounds these threads.
    Raises KernelFault where the kernel does what none may, UnsupportedError for PTX that the emulator doesn't know, InputError for arguments that don't fit.
    """
    kernel = parse(ptx, name)
    ctas, threads = _three(grid, "grid"), _three(block, "block")
    _check_block(kernel, prod(threads))
    launch = _Launch(kernel, ctas, threads, list(arguments), shared_bytes, together)
    with np.errstate(all="ignore"):
        launch.run(limit)
    return launch.counters


class _Launch:
    """One launch: memory, and the machine that runs its CTAs in groups."""

    def __init__(self, kernel: Kernel, grid: tuple[int, int, int], block: tuple[int, int, int], arguments: list[Argument], shared_bytes: int, together: int) -> None:
        self.kernel, self.grid, self.block = kernel, grid, block
        modules = [one for one in kernel.variables if one.space in ("global", "const")]
        arrays = [(_label(kernel, place), one) for place, one in enumerate(arguments) if isinstance(one, np.ndarray)]
        data = [np.frombuffer(one.data.ljust(one.size, b"\0"), np.uint8).copy() for one in modules]
        self.memory = GlobalMemory([*arrays, *((one.name, array) for one, array in zip(modules, data, strict=True))])
        self.counters = Counters(arrays=[Traffic() for _ in self.memory.regions])
        addresses = {one.name: (one.space, self.memory.address(len(arrays) + place)) for place, one in enumerate(modules)}
        self.layout = lay_out(kernel, shared_bytes, addresses)
        self.padded = -(-prod(block) // WARP) * WARP
        self.together = self._group_size(together)
        self.state = self._state(_parameters(kernel, arguments, self.memory))

    def _group_size(self, together: int) -> int:
        granule = narrowest(self.kernel)
        bytes_of_one = self.layout.shared_bytes * (1 + (8 + 4 * self.padded // WARP) // granule) + self.padded * self.layout.local_bytes + 1
        return max(1, min(prod(self.grid), together // self.padded, SHADOW_BYTES // bytes_of_one))

    def _state(self, parameters: dict[str, bytes]) -> State:
        threads = self.together * self.padded
        shared = SharedMemory(self.together, self.padded, self.layout.shared_bytes, narrowest(self.kernel))
        return State(
            registers=Registers(self.kernel.registers, threads), memory=self.memory, shared=shared, copies=Copies(shared), matrix_reads=MatrixReads(shared), bulk=Bulk(shared),
            special=self._special(threads), symbols=self.layout.symbols, parameters=parameters, counters=self.counters,
            defined={name: np.zeros(threads, np.uint64) for name in flow.watched(self.kernel)}, local=np.zeros((threads, self.layout.local_bytes), np.uint8),
            taken=np.zeros(threads, np.int64),
        )  # fmt: skip

    def _special(self, threads: int) -> dict[str, Array]:
        """Special registers, the same for every group but %ctaid; `%exists` is our own: threads that are no padding."""
        thread = np.arange(threads) % self.padded
        x, y, _ = self.block
        of_thread = {"%tid.x": thread % x, "%tid.y": thread // x % y, "%tid.z": thread // (x * y), "%laneid": thread % WARP, "%warpid": thread // WARP}
        fixed = {f"%{name}.{axis}": size for name, sizes in (("ntid", self.block), ("nctaid", self.grid)) for axis, size in zip("xyz", sizes, strict=True)}
        fixed |= {"%nwarpid": self.padded // WARP, "%dynamic_smem_size": self.layout.shared_bytes, "%total_smem_size": self.layout.shared_bytes}
        found = {name: values.astype(np.uint32) for name, values in of_thread.items()}
        found |= {name: np.full(threads, value, np.uint32) for name, value in fixed.items()}
        found |= {f"%ctaid.{axis}": np.zeros(threads, np.uint32) for axis in "xyz"}
        bit = np.uint64(1) << found["%laneid"].astype(np.uint64)
        masks = {"eq": bit, "lt": bit - np.uint64(1), "le": 2 * bit - np.uint64(1), "gt": ~(2 * bit - np.uint64(1)), "ge": ~(bit - np.uint64(1))}
        found |= {f"%lanemask_{name}": values.astype(np.uint32) for name, values in masks.items()}
        return {**found, "%exists": thread < prod(self.block)}

    def run(self, limit: int) -> None:
        program = bind(self.kernel, Builder(self.state))
        wgmma_flow.check(self.kernel)
        machine = Machine(program, self.state, limit)
        total = prod(self.grid)
        for first in range(0, total, self.together):
            machine.run(self._begin(first, min(self.together, total - first)))
        self._count(program, machine)
        self.memory.write_back()

    def _begin(self, first: int, ctas: int) -> Array:
        """Everything as it is when CTAs begin; gives the threads that there are."""
        state = self.state
        state.registers.reset()
        state.shared.reset()
        state.copies.reset()
        state.matrix_reads.reset()
        state.bulk.reset()
        for name, defined in state.defined.items():
            bits = state.registers.place[name][0]
            defined.fill(0 if bits in (1, 64) else (1 << 64) - (1 << bits))
        cta = first + np.arange(state.threads) // self.padded
        x, y, _ = self.grid
        for axis, values in (("x", cta % x), ("y", cta // x % y), ("z", cta // (x * y))):
            state.special[f"%ctaid.{axis}"][...] = values
        alive: Array = state.special["%exists"] & (cta < first + ctas)
        return alive

    def _count(self, program: BoundProgram, machine: Machine) -> None:
        self.counters.executed = program.executed()
        self.counters.steps = machine.steps
        for region, traffic in zip(self.memory.regions, self.counters.arrays, strict=True):
            part = slice(region.start, region.start + region.data.size)
            traffic.distinct_load_bytes = int(np.count_nonzero(self.memory.loaded[part]))
            traffic.distinct_store_bytes = int(np.count_nonzero(self.memory.stored[part]))


def lay_out(kernel: Kernel, shared_bytes: int, addresses: dict[str, tuple[str, int]]) -> Layout:
    """Static shared variables one after another, then the dynamic ones, which all begin at the same place."""
    symbols = dict(addresses)
    ends = {"shared": 0, "local": 0}
    for one in sorted((one for one in kernel.variables if one.space in ends), key=lambda one: one.size == 0):
        start = -(-ends[one.space] // one.align) * one.align
        symbols[one.name] = one.space, start
        if one.size:
            ends[one.space] = start + one.size
        elif one.space == "shared":
            shared_bytes += start - ends["shared"]
            ends["shared"] = start
    return Layout(symbols, ends["shared"] + shared_bytes, ends["local"])


def narrowest(kernel: Kernel) -> int:
    """The least number of bytes that an instruction reaches in shared memory at once, 16 at most."""
    return min((_shared_width(one) for one in kernel.instructions), default=16)


def _shared_width(instruction: Instruction) -> int:
    generic = not {"global", "param", "const", "local"} & set(instruction.modifiers)
    if instruction.opcode == "cp" and len(instruction.operands) > 2 and isinstance(instruction.operands[2], Immediate):
        return instruction.operands[2].value
    if instruction.opcode not in ("ld", "st", "atom", "red") or not generic or instruction.modifiers[-1] not in TYPES:
        return 4 if instruction.opcode in ("atom", "red") and generic else 16
    count = {"v2": 2, "v4": 4}.get(next((word for word in instruction.modifiers if word in ("v2", "v4")), ""), 1)
    return min(16, count * TYPES[instruction.modifiers[-1]].bytes)


def _three(sizes: int | Sequence[int], what: str) -> tuple[int, int, int]:
    given = [sizes] if isinstance(sizes, int) else list(sizes)
    if not 1 <= len(given) <= 3 or any(size < 1 for size in given):
        raise InputError(f"a {what} of {sizes}", mend="give one to three sizes of 1 or more")
    x, y, z = [*given, 1, 1][:3]
    return x, y, z


def _check_block(kernel: Kernel, threads: int) -> None:
    most = kernel.most_threads or 1024
    if (kernel.threads and threads != kernel.threads) or threads > most:
        raise InputError(f"{threads} threads for the kernel {kernel.name}", mend=f"it takes {kernel.threads or f'at most {most}'}")


def _label(kernel: Kernel, place: int) -> str:
    name = f" ({kernel.parameters[place].name})" if place < len(kernel.parameters) else ""
    return f"argument {place}{name}"


def _parameters(kernel: Kernel, arguments: list[Argument], memory: GlobalMemory) -> dict[str, bytes]:
    missing = kernel.parameters[len(arguments) :]
    if len(arguments) > len(kernel.parameters) or any(one.type not in ("u64", "b64") for one in missing):
        raise InputError(f"{len(arguments)} arguments for the {len(kernel.parameters)} parameters of {kernel.name}", mend="give one for each")
    found, array = {}, 0
    for place, parameter in enumerate(kernel.parameters):
        value = arguments[place] if place < len(arguments) else None
        if isinstance(value, np.ndarray):
            value, array = memory.address(array), array + 1
        found[parameter.name] = _packed(value, parameter, kernel)
    return found


def _packed(value: Argument, parameter: Parameter, kernel: Kernel) -> bytes:
    if isinstance(value, bytes) and len(value) == parameter.size:
        return value
    kind = TYPES[parameter.type]
    if value is None and kind.bits == 64:
        return bytes(8)
    if isinstance(value, float | np.floating) and kind.kind == "f":
        return struct.pack({16: "<e", 32: "<f", 64: "<d"}[kind.bits], float(value))
    if isinstance(value, int | np.integer | bool) and kind.integer and parameter.size == kind.bytes:
        return (int(value) % (1 << kind.bits)).to_bytes(kind.bytes, "little")
    raise InputError(f"{value!r} for the parameter {parameter.name} of {kernel.name}", mend=f"it takes a value of type {parameter.type}, {parameter.size} bytes")


