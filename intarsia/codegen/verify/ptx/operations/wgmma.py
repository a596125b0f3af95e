"""wgmma: tensor cores of four warps, with operands in shared memory (PTX ISA, section Asynchronous Warpgroup Level Matrix Instructions)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from intarsia.codegen.verify.ptx import floats
from intarsia.codegen.verify.ptx.builder import Builder, Modifiers
from intarsia.codegen.verify.ptx.faults import fault, unknown
from intarsia.codegen.verify.ptx.lanes import WARP, Lanes
from intarsia.codegen.verify.ptx.matrix_reads import GROUP
from intarsia.codegen.verify.ptx.operations.matrix import OPERANDS, gather_rows, left_fragment, scatter_rows, shape
from intarsia.codegen.verify.ptx.program import Immediate, Instruction, Operand, Vector
from intarsia.codegen.verify.ptx.table import Step, operation
from intarsia.codegen.verify.ptx.types import TYPES, UNSIGNED, WIDE, Array, Type

ROWS = 64
CHUNK = 16
"""Bytes that the swizzle keeps together."""
SPANS = {0: 16, 1: 128, 2: 64, 3: 32}
"""Bytes of a swizzled row, by the layout field of a descriptor."""
SWIZZLES = {0: 0, 1: 7, 2: 3, 3: 1}
"""Which of the address bits 7 to 9 are added to bits 4 to 6."""


_WGMMA = (
    ".fence .commit_group .wait_group; .mma_async .sync .aligned .m64nNk*: f16 bf16 tf32 e4m3 e5m2 s8 u8 to f32 f16 s32, left operand in registers or shared memory, "
    "all swizzles, 16-bit operands along either side"
)


@operation("wgmma", forms=_WGMMA, convergent=True, sink=True)
def _wgmma(builder: Builder, instruction: Instruction) -> Step:
    words = Modifiers(instruction)
    what = words.choice("fence", "commit_group", "wait_group", "mma_async")
    words.choice("sync")
    words.choice("aligned")
    if what == "mma_async":
        return _multiply(builder, instruction, words)
    words.done()
    reads = builder.state.matrix_reads
    if what == "fence":
        return lambda lanes: None
    if what == "commit_group":
        return lambda lanes: reads.commit(_groups(lanes))
    allowed = instruction.operands[0]
    if not isinstance(allowed, Immediate):
        raise unknown("a number of groups that is no constant", instruction)
    return lambda lanes: reads.wait(_groups(lanes), allowed.value)


def _groups(lanes: Lanes) -> Array:
    return np.flatnonzero(lanes.mask.reshape(-1, GROUP).any(1))


@dataclass(frozen=True)
class _Form:
    """What an instruction says: columns, inner size, types, and whether its operands lie along their other side."""

    columns: int
    inner: int
    result: Type
    left: Type
    right: Type
    left_negated: bool
    right_negated: bool
    left_along_rows: bool
    right_along_rows: bool


def _multiply(builder: Builder, instruction: Instruction, words: Modifiers) -> Step:
    form = _form(instruction, words)
    accumulator = builder.rows(instruction.operands[0], instruction)
    per = 32 // form.result.bits
    if len(builder.items(instruction.operands[0])) != form.columns // 2 // per or accumulator[0].dtype != np.uint32:
        raise unknown("another number of registers than its shape has", instruction)
    left = _left(builder, instruction, form)
    right = _Shared(builder, instruction, instruction.operands[2], form.columns, form.inner, form.right, form.right_along_rows)
    keep = builder.values(instruction.operands[3], TYPES["pred"], instruction)

    def step(lanes: Lanes) -> None:
        if not lanes.full and not bool((lanes.mask.reshape(-1, GROUP).any(1) == lanes.mask.reshape(-1, GROUP).all(1)).all()):
            raise fault("divergence", "a part of a warpgroup multiplies", instruction)
        product = left(lanes) @ right(lanes).swapaxes(1, 2)
        if form.left_negated != form.right_negated:
            product = -product
        before = _accumulated(gather_rows(*accumulator, lanes), form.result)
        added = np.where(lanes.pick(keep())[::GROUP, None, None], before, before.dtype.type(0))
        scatter_rows(*accumulator, lanes, _registers(product + added, form.result))

    return step


def _form(instruction: Instruction, words: Modifiers) -> _Form:
    rows, columns, inner = shape(words)
    result, left, right = words.types(3)
    words.done()
    if rows != ROWS or left.name not in OPERANDS or right.name not in OPERANDS or left.bits != right.bits or inner * left.bits != 256 or columns % 8:
        raise unknown("this shape with these types", instruction)
    if result.name not in (("s32",) if left.integer else ("f32", "f16")):
        raise unknown(f"a result of type {result.name}", instruction)
    flags = [operand.value for operand in instruction.operands[4:] if isinstance(operand, Immediate)]
    in_registers = isinstance(instruction.operands[1], Vector)
    if len(flags) != len(instruction.operands) - 4 or any(flag not in (-1, 0, 1) for flag in flags):
        raise unknown("a scale or a layout that is no constant", instruction)
    scales, layouts = [*flags[:2], 1, 1][:2], [*flags[2:], 0, 0]
    left_along, right_along = (0, layouts[0]) if in_registers else (layouts[0], layouts[1])
    return _Form(columns, inner, result, left, right, scales[0] == -1, scales[1] == -1, bool(left_along), bool(right_along))


def _left(builder: Builder, instruction: Instruction, form: _Form) -> Callable[[Lanes], Array]:
    operand = instruction.operands[1]
    if not isinstance(operand, Vector):
        return _Shared(builder, instruction, operand, ROWS, form.inner, form.left, form.left_along_rows)
    if len(operand.items) != 4:
        raise unknown("a left operand of another number of registers than four", instruction)
    rows = builder.rows(operand, instruction)
    return lambda lanes: left_fragment(gather_rows(*rows, lanes), form.left, form.inner).astype(np.float32).reshape(-1, ROWS, form.inner)


class _Shared:
    """An operand in shared memory, where its descriptor says: matrices [warpgroups, rows, inner]."""

    def __init__(self, builder: Builder, instruction: Instruction, operand: Operand, rows: int, inner: int, kind: Type, along_rows: bool) -> None:
        self.state, self.instruction, self.kind = builder.state, instruction, kind
        self.rows, self.inner, self.along_rows = rows, inner, along_rows
        self.descriptor = builder.array(operand, TYPES["b64"], instruction)
        if along_rows and kind.bits != 16:
            raise unknown("an operand of this type along its rows", instruction)

    def __call__(self, lanes: Lanes) -> Array:
        threads = lanes.index.reshape(-1, GROUP)
        descriptors = self.descriptor[threads]
        if not bool((descriptors == descriptors[:, :1]).all()):
            raise fault("divergence", "the threads of a warpgroup have different descriptors", self.instruction)
        addresses = np.stack([self._addresses(one) for one in descriptors[:, 0].tolist()])
        places, granules = self._places(addresses.reshape(len(threads), -1), threads)
        self._check(granules, threads)
        data = self.state.shared.flat.view(WIDE[CHUNK])[places >> 4].view(UNSIGNED[self.kind.bits])
        self.state.counters.shared_load_bytes += places.size * CHUNK
        values = floats.numeric(data, self.kind).astype(np.float32)
        return values.reshape(len(threads), self.inner, self.rows).swapaxes(1, 2) if self.along_rows else values.reshape(len(threads), self.rows, self.inner)

    def _addresses(self, descriptor: int) -> Array:
        """Where the chunks lie: [rows, chunks of the inner side], or along rows [inner, chunks of the rows]."""
        start, leading, stride = ((descriptor >> at & 0x3FFF) << 4 for at in (0, 16, 32))
        layout = descriptor >> 62
        if descriptor >> 49 & 7 or (self.along_rows and layout == 0):
            raise unknown("a descriptor with a base offset, or along rows with no swizzle", self.instruction)
        span = SPANS[layout]
        if self.along_rows:
            inner, row = np.arange(self.inner)[:, None], np.arange(0, self.rows, CHUNK // self.kind.bytes)[None, :]
            each = span // self.kind.bytes
            address = start + row // each * leading + inner // 8 * stride + inner % 8 * span + row % each * self.kind.bytes
        else:
            row, byte = np.arange(self.rows)[:, None], np.arange(0, self.inner * self.kind.bytes, CHUNK)[None, :]
            across = byte if layout else byte // CHUNK * leading
            address = start + row // 8 * stride + row % 8 * span + across
        return address ^ (address >> 7 & SWIZZLES[layout]) << 4

    def _places(self, addresses: Array, threads: Array) -> tuple[Array, Array]:
        shared = self.state.shared
        if int(addresses.max()) + CHUNK > shared.size:
            raise fault("bounds", f"an operand of wgmma reaches byte {int(addresses.max()) + CHUNK} of shared memory, which has {shared.size}", self.instruction)
        places = shared.base[threads[:, 0]][:, None] + addresses
        return places, shared.granules(places.reshape(-1), CHUNK).reshape(len(threads), -1)

    def _check(self, granules: Array, threads: Array) -> None:
        """Every warp of the group reads all of it, until it is waited for. Two warps stand for the four: whoever wrote it is another one than one of them."""
        shared = self.state.shared
        shared.check_read(np.repeat(granules, 2, 0), threads[:, [0, WARP]].reshape(-1), self.instruction)
        shared.check_proxy(granules, shared.warp[threads[:, ::WARP]], self.instruction)
        self.state.matrix_reads.issue(threads[:, 0] // GROUP, granules)


def _accumulated(registers: Array, kind: Type) -> Array:
    """Registers [n, threads] to matrices [warpgroups, 64, columns]."""
    if kind.bits == 16:
        pairs = registers.view(np.float16).astype(np.float32).reshape(-1, 2, registers.shape[1] // GROUP, 4, 8, 4, 2)
        return pairs.transpose(2, 3, 1, 4, 0, 5, 6).reshape(registers.shape[1] // GROUP, ROWS, -1)
    values = registers.view(kind.dtype).reshape(-1, 2, 2, registers.shape[1] // GROUP, 4, 8, 4)
    ordered = values.transpose(3, 4, 1, 5, 0, 6, 2).reshape(registers.shape[1] // GROUP, ROWS, -1)
    return ordered.astype(np.float64) if kind.integer else ordered


def _registers(matrices: Array, kind: Type) -> Array:
    """The reverse of `_accumulated`."""
    groups, _, columns = matrices.shape
    parts = matrices.reshape(groups, 4, 2, 8, columns // 8, 4, 2)
    if kind.bits == 16:
        return np.ascontiguousarray(parts.transpose(4, 2, 0, 1, 3, 5, 6)).astype(np.float16).reshape(columns // 4, -1).view(np.uint32)
    ordered = parts.transpose(4, 2, 6, 0, 1, 3, 5).reshape(columns // 2, -1)
    return (ordered.astype(np.int64).astype(np.int32) if kind.integer else np.ascontiguousarray(ordered, np.float32)).view(np.uint32)
