"""What a launch did, counted: instructions, arithmetic, and bytes through global memory."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field

from intarsia.codegen.verify.ptx.program import Instruction
from intarsia.codegen.verify.ptx.types import PACKED, TYPES

SPECIAL = ("ex2", "lg2", "rcp", "rsqrt", "sqrt", "sin", "cos", "tanh", "div")


@dataclass
class Traffic:
    """Bytes of one array: moved by loads and stores (an asynchronous copy is a load, an atomic operation is both), and how many different ones those
    were. What several threads of a CTA reach in one instruction counts once, as its L1
    cache serves the others."""

    load_bytes: int = 0
    store_bytes: int = 0
    distinct_load_bytes: int = 0
    distinct_store_bytes: int = 0

    def __add__(self, other: Traffic) -> Traffic:
        return Traffic(*(mine + theirs for mine, theirs in zip(vars(self).values(), vars(other).values(), strict=True)))


@dataclass
class Counters:
    """Of one launch. `executed`: by opcode with modifiers, times the threads that ran it. `arrays`: bytes of each array argument, in their order; arguments that
    overlap are counted with the first. `shared_bytes`: through shared memory. `steps`: instructions that the emulator ran, for all threads at once."""

    executed: Counter[str] = field(default_factory=Counter)
    arrays: list[Traffic] = field(default_factory=list)
    shared_load_bytes: int = 0
    shared_store_bytes: int = 0
    steps: int = 0

    @property
    def traffic(self) -> Traffic:
        """All arrays together."""
        return sum(self.arrays, Traffic())

    @property
    def tensor_flops(self) -> int:
        """Of mma and wgmma: two for each product."""
        return sum(count * tensor_flops(name) for name, count in self.executed.items()) // 1

    @property
    def vector_flops(self) -> int:
        """Of floating-point additions, products, comparisons, and fused products (two each); no special functions."""
        return sum(count * vector_flops(name) for name, count in self.executed.items())

    @property
    def fused_flops(self) -> int:
        """Of fused products alone: what products of matrices are on vector units."""
        return sum(count * vector_flops(name) for name, count in self.executed.items() if name.startswith(("fma.", "mad.")))

    @property
    def special(self) -> int:
        """Exponentials, roots, reciprocals and divisions."""
        return sum(count for name, count in self.executed.items() if name.split(".")[0] in SPECIAL and name.rsplit(".", 1)[-1].startswith(("f", "b")))

    @property
    def flops(self) -> int:
        return self.tensor_flops + self.vector_flops + self.special


def full_name(instruction: Instruction) -> str:
    """With its modifiers, as it is counted: `ld.global.v4.b32`."""
    return ".".join((instruction.opcode, *instruction.modifiers))


def tensor_flops(name: str) -> int:
    """What one thread's part of an mma.sync (of 32 threads) or wgmma (of 128) is."""
    shape = re.search(r"\.m(\d+)n(\d+)k(\d+)\.", name)
    if shape is None or not name.startswith(("mma.", "wgmma.mma_async")):
        return 0
    rows, columns, inner = map(int, shape.groups())
    return 2 * rows * columns * inner // (32 if name.startswith("mma.") else 128)


def vector_flops(name: str) -> int:
    """Of one thread: 2 for a fused product, 1 for other arithmetic on floats; twice that for packed pairs."""
    opcode, *modifiers = name.split(".")
    kind = modifiers[-1] if modifiers else ""
    held = PACKED.get(kind) or TYPES.get(kind)
    if opcode not in ("add", "sub", "mul", "fma", "mad", "min", "max") or held is None or not held.floating:
        return 0
    return (2 if opcode in ("fma", "mad") else 1) * (2 if kind in PACKED else 1)
