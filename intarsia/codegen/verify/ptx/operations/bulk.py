"""Tensor maps, mbarriers, and bulk copies of boxes of two dimensions from global to shared memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from intarsia.codegen.verify.ptx.access import ONES, count
from intarsia.codegen.verify.ptx.builder import Builder, Modifiers
from intarsia.codegen.verify.ptx.bulk import ELEMENT_BYTES, FIELDS, MAP, MAP_BYTES
from intarsia.codegen.verify.ptx.faults import fault, unknown
from intarsia.codegen.verify.ptx.lanes import WARP, Lanes
from intarsia.codegen.verify.ptx.operations.wgmma import CHUNK
from intarsia.codegen.verify.ptx.program import Address, Immediate, Instruction, Sink
from intarsia.codegen.verify.ptx.table import Step, operation
from intarsia.codegen.verify.ptx.types import TYPES, WIDE, Array

SWIZZLES = {0: 0, 1: 1, 2: 3, 3: 7}
"""By a map's swizzle mode (none, 32, 64 and 128 bytes), the bits of a row's number that its 16-byte chunks are permuted by."""
PIECE = 16
PROXY = ("tensormap::generic", "release", "acquire", "gpu", "cta", "sys", "sync", "aligned")


def _each(lanes: Lanes, *rows: Array) -> Iterator[tuple[int, ...]]:
    """The numbers of each picked thread, its own first."""
    yield from zip(lanes.index.tolist(), *(lanes.pick(row).tolist() for row in rows), strict=True)


@operation("tensormap", forms="tensormap.replace.tile of all fields in .shared::cta, .cp_fenceproxy from there to .global", writes=False, sink=True)
def _map(builder: Builder, instruction: Instruction) -> Step:
    words = Modifiers(instruction)
    if words.flag("cp_fenceproxy"):
        words.flag("global", "shared::cta", *PROXY)
        words.done()
        return _publish(builder, instruction)
    words.choice("replace")
    words.choice("tile")
    name, width, _ = FIELDS[words.choice(*FIELDS)]
    words.choice("shared::cta")
    words.choice("b1024")
    kind = words.type()
    words.done()
    place, *order = instruction.operands[:-1]
    number = order[0].value if order and isinstance(order[0], Immediate) else 0
    if kind.bytes != width:
        raise unknown(f"a field of {kind.bytes} bytes that has {width}", instruction)
    offset = MAP.fields[name][1] + number * width  # type: ignore[index]
    address, value = builder.address(place, instruction), builder.array(instruction.operands[-1], kind, instruction)
    shared = builder.state.shared

    def step(lanes: Lanes) -> None:
        places = shared.places(lanes.pick(address()) + offset, lanes.index, width, "store", instruction)
        shared.store(places, lanes.index, np.ascontiguousarray(lanes.pick(value)).view(WIDE[width]), width, instruction)

    return step


def _publish(builder: Builder, instruction: Instruction) -> Step:
    """A warp copies a map: what its first thread says. It can't be used before a fence."""
    target, source = (builder.address(operand, instruction) for operand in instruction.operands[:2])
    state = builder.state

    def step(lanes: Lanes) -> None:
        for thread, to, at in _each(lanes, target(), source()):
            if thread % WARP:
                continue
            threads, bytes_ = np.full(MAP_BYTES // PIECE, thread), np.arange(0, MAP_BYTES, PIECE)
            places = state.shared.places(np.uint64(at) + bytes_.astype(np.uint64), threads, PIECE, "load", instruction)
            values = state.shared.load(places, threads, PIECE, instruction)
            found, _ = state.memory.locate(np.uint64(to) + bytes_.astype(np.uint64), PIECE, "store", instruction)
            state.memory.view(PIECE)[found >> 4] = values
            state.bulk.unfenced.add(to)

    return step


def fence(builder: Builder, instruction: Instruction, words: Modifiers) -> Step:
    """fence.proxy.tensormap: maps that were copied may be used."""
    words.flag(*PROXY)
    words.done()
    address = builder.address(instruction.operands[0], instruction)
    return lambda lanes: builder.state.bulk.unfenced.difference_update(lanes.pick(address()).tolist())


@operation("mbarrier", forms=".init, .inval, .arrive, .arrive.expect_tx, .try_wait.parity in .shared::cta, .b64; threads that wait for a phase that nobody completes are a fault")
def _barrier(builder: Builder, instruction: Instruction) -> Step:
    words = Modifiers(instruction)
    what = words.choice("init", "inval", "arrive", "try_wait")
    if what == "arrive":
        words.flag("expect_tx")
    if what == "try_wait":
        words.choice("parity")
    words.flag("shared::cta", "shared", "release", "acquire", "cta")
    words.choice("b64")
    words.done()
    if what == "try_wait":
        return _wait(builder, instruction)
    state, operands = builder.state, [one for one in instruction.operands if not (what == "arrive" and one is instruction.operands[0])]
    address = builder.address(operands[0], instruction)
    number = builder.array(operands[1], TYPES["u32"], instruction) if len(operands) > 1 else builder.constant(0, np.uint32)
    if what == "arrive" and not isinstance(instruction.operands[0], Sink):
        raise unknown("the state of a phase in a register", instruction)
    act: Any = {"init": lambda thread, at, n: state.bulk.begin(int(state.shared.cta[thread]), at, n),
                "inval": lambda thread, at, n: state.bulk.end(int(state.shared.cta[thread]), at, instruction),
                "arrive": lambda thread, at, n: state.bulk.arrive(thread, at, n, instruction)}[what]  # fmt: skip

    def step(lanes: Lanes) -> None:
        for thread, at, n in _each(lanes, address(), number):
            act(thread, at, n)

    return step


def _wait(builder: Builder, instruction: Instruction) -> Step:
    """The machine lets threads come here when their phase is over, and no sooner (`waits`)."""
    put = builder.writer(instruction.operands[0], TYPES["pred"], instruction)
    address, state = builder.address(instruction.operands[1], instruction), builder.state

    def step(lanes: Lanes) -> None:
        asked = np.stack([state.shared.cta[lanes.index], lanes.pick(address()).astype(np.int64), state.shared.warp[lanes.index]], 1)
        asked = np.unique(asked, axis=0)
        for cta, at in np.unique(asked[:, :2], axis=0).tolist():
            state.bulk.waited(asked[(asked[:, 0] == cta) & (asked[:, 1] == at), 2], at, instruction)
        put(np.ones(state.threads, bool), lanes)

    return step


def waits(builder: Builder, instruction: Instruction) -> Callable[[Lanes], Array]:
    """A function that says which threads, of those that came to a wait, may go on."""
    address, parity = builder.address(instruction.operands[1], instruction), builder.array(instruction.operands[2], TYPES["u32"], instruction)
    state = builder.state

    def over(lanes: Lanes) -> Array:
        asked = np.stack([state.shared.cta[lanes.index], lanes.pick(address()).astype(np.int64), lanes.pick(parity).astype(np.int64)], 1)
        kinds, which = np.unique(asked, axis=0, return_inverse=True)
        done = np.array([state.bulk.is_over(cta, at, phase, instruction) for cta, at, phase in kinds.tolist()])
        found = np.zeros(state.threads, bool)
        found[lanes.index] = done[which.reshape(-1)]
        return found

    return over


def copy(builder: Builder, instruction: Instruction, words: Modifiers) -> Step:
    """cp.async.bulk.tensor.2d to shared memory; groups of bulk copies are those to global memory, of which there are none."""
    if words.flag("commit_group", "wait_group"):
        words.flag("read")
        words.done()
        return lambda lanes: None
    for word in ("tensor", "2d", "shared::cta", "global", "mbarrier::complete_tx::bytes"):
        words.choice(word)
    words.done()
    target, source, barrier = instruction.operands
    if not isinstance(source, Address) or len(source.coordinates) != 2:
        raise unknown("other coordinates than two", instruction)
    reads = [builder.address(operand, instruction) for operand in (target, source, barrier)]
    x, y = (builder.array(one, TYPES["s32"], instruction) for one in source.coordinates)
    box = _Box(builder, instruction)

    def step(lanes: Lanes) -> None:
        for thread, to, map_at, bar, column, row in _each(lanes, *(read() for read in reads), x, y):
            box.copy(thread, to, map_at, bar, column, row)

    return step


class _Box:
    """A box of a tensor, rows of whole 16-byte pieces; what lies outside of the tensor is zero and not read."""

    def __init__(self, builder: Builder, instruction: Instruction) -> None:
        self.state, self.instruction = builder.state, instruction

    def copy(self, thread: int, to: int, map_at: int, barrier: int, column: int, row: int) -> None:
        one = self._map(map_at)
        size, span = ELEMENT_BYTES[int(one["elemtype"])], int(one["box"][0]) * ELEMENT_BYTES[int(one["elemtype"])]
        pieces = np.arange(0, span, PIECE)
        rows, bytes_ = row + np.arange(int(one["box"][1]))[:, None], column * size + pieces[None, :]
        inside = (rows >= 0) & (rows < int(one["dims"][1])) & (bytes_ >= 0) & (bytes_ < int(one["dims"][0]) * size)
        values = np.zeros(inside.shape, WIDE[PIECE])
        if inside.any():
            values[inside] = self._read((int(one["address"]) + rows * int(one["strides"][0]) + bytes_)[inside].astype(np.uint64), thread)
        shared = self.state.shared
        local = to + np.arange(inside.shape[0])[:, None] * span + pieces[None, :]
        local ^= (local >> 7 & SWIZZLES[int(one["swizzle"])]) << 4
        places = shared.places(local.reshape(-1).astype(np.uint64), np.full(local.size, thread), PIECE, "copy", self.instruction)
        granules = shared.granules(places, PIECE).reshape(1, -1)
        shared.expect_copy(granules, np.array([thread]), self.instruction)
        shared.flat.view(WIDE[PIECE])[places >> 4] = values.reshape(-1)
        self.state.bulk.copied(int(shared.cta[thread]), barrier, local.size * PIECE, granules.reshape(-1), self.instruction)

    def _map(self, address: int) -> Any:
        """Raises KernelFault for a map that wasn't fenced, UnsupportedError for one of another kind."""
        memory = self.state.memory
        if address in self.state.bulk.unfenced:
            raise fault("race", "a tensor map is used, with no fence.proxy.tensormap since it was copied", self.instruction)
        places, _ = memory.locate(np.uint64(address) + np.arange(0, MAP_BYTES, PIECE, dtype=np.uint64), PIECE, "load", self.instruction)
        one = memory.flat[places[0] : places[0] + MAP.itemsize].view(MAP)[0]
        size = ELEMENT_BYTES.get(int(one["elemtype"]), 0)
        plain = one["rank"] == 1 and size and one["interleave"] == 0 and one["fill"] == 0 and int(one["swizzle"]) in SWIZZLES and (one["element_strides"][:2] == 1).all()
        if not plain or int(one["box"][0]) * size % PIECE or int(one["dims"][0]) * size % PIECE:
            raise unknown("a tensor map of another kind than rows of whole 16-byte pieces", self.instruction)
        if one["swizzle"] and int(one["box"][0]) * size != CHUNK << int(one["swizzle"]):
            raise unknown("a swizzle of rows that are no span of it", self.instruction)
        return one

    def _read(self, addresses: Array, thread: int) -> Array:
        memory = self.state.memory
        places, region = memory.locate(addresses, PIECE, "load", self.instruction)
        memory.loaded.view(WIDE[PIECE])[places >> 4] = ONES[PIECE]
        count(self.state, "load_bytes", places, region, np.full(places.size, thread), PIECE)
        return memory.view(PIECE)[places >> 4]
