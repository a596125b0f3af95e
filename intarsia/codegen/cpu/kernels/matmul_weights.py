"""Readers: how each packed weight format turns into vectors of quads, scales and minima.

A reader serves one slice of a 16-row group: `lanes` rows starting at row `first`. All offsets are in
rows and the format's own dtype, so the same packed bytes serve every vector length.
"""

from __future__ import annotations

from dataclasses import dataclass

from intarsia.codegen.cpu.formats import BLOCK, GROUP_ROWS, Layout, layout_of
from intarsia.codegen.cpu.kernels.text import FunctionText, vec

Q6_CENTRE = 32
QUADS = BLOCK // 4  # quads in a block of 32 along k


@dataclass(frozen=True)
class Scales:
    """Factors of one block of 32: w = scale * q + low, or scale * (q - centre) when low is None.

    One scale per 32 / len(scale) inputs.
    """

    scale: list[str]
    low: str | None
    centre: int = 0


class BlockReader:
    """Reads quantised blocks of 32 inputs out of a packed group."""

    fmt = ""
    bytes_per_block = 0

    def __init__(self, text: FunctionText, lanes: int, first: int = 0):
        self.text, self.lanes, self.first = text, lanes, first
        self.f32, self.i32 = vec(lanes, "f32"), vec(lanes, "i32")

    @property
    def layout(self) -> Layout:
        return layout_of(self.fmt)

    def block(self, group: str, index: str) -> str:
        """The address of block `index` (i64) of the group at address `group`."""
        offset = self.text.binary("arith.muli", index, self.text.const(self.bytes_per_block))
        return self.text.at(group, offset)

    def scales(self, block: str) -> Scales:
        raise NotImplementedError

    def quad(self, block: str, index: int) -> str:
        """Four unsigned quants per row as i32 lanes: inputs 4 index .. 4 index + 3 of the block."""
        raise NotImplementedError

    def _word(self, block: str, offset: int, index: int) -> str:
        """Word `index` of a field of 32-bit words."""
        return self.text.load(self.text.at(block, offset + 4 * (GROUP_ROWS * index + self.first)), self.i32)

    def _f16(self, block: str, offset: int) -> str:
        half = self.text.load(self.text.at(block, offset + 2 * self.first), vec(self.lanes, "f16"))
        return self.text.cast("arith.extf", half, vec(self.lanes, "f16"), self.f32)

    def _small_int(self, block: str, offset: int, signed: bool) -> str:
        """A field of 8-bit integers as f32."""
        narrow = vec(self.lanes, "i8")
        byte = self.text.load(self.text.at(block, offset + self.first), narrow)
        wide = self.text.cast("arith.extsi" if signed else "arith.extui", byte, narrow, self.i32)
        return self.text.cast("arith.sitofp", wide, self.i32, self.f32)

    def _mul(self, a: str, b: str) -> str:
        return self.text.binary("arith.mulf", a, b, self.f32)

    def _masked(self, word: str, shift: int, mask: int) -> str:
        """(word >> shift) & mask; a negative shift goes left."""
        if shift:
            op = "arith.shrui" if shift > 0 else "arith.shli"
            word = self.text.binary(op, word, self.text.const(abs(shift), self.i32), self.i32)
        return self.text.binary("arith.andi", word, self.text.const(mask, self.i32), self.i32)

    def _nibbles(self, block: str, offset: int, index: int) -> str:
        return self._masked(self._word(block, offset, index % 4), 4 * (index // 4), 0x0F0F0F0F)


class Q4Reader(BlockReader):
    """Blocks of 32: a scale, a least value, and 4 bits each."""

    fmt = "q4"
    bytes_per_block = layout_of("q4").block.itemsize

    def scales(self, block: str) -> Scales:
        scale = self._f16(block, self.layout.offset("scale"))
        return Scales([scale], self._f16(block, self.layout.offset("min")))

    def quad(self, block: str, index: int) -> str:
        return self._nibbles(block, self.layout.offset("nibbles"), index)


class Q4SymmetricReader(BlockReader):
    """Blocks of 32: a scale and 4 bits each, about 8."""

    fmt = "q4s"
    bytes_per_block = layout_of("q4s").block.itemsize

    def scales(self, block: str) -> Scales:
        scale = self._f16(block, self.layout.offset("scale"))
        return Scales([scale], self._mul(scale, self.text.const(-8.0, self.f32)))

    def quad(self, block: str, index: int) -> str:
        return self._nibbles(block, self.layout.offset("nibbles"), index)


class Q8Reader(BlockReader):
    """Blocks of 32: a scale and 8 bits each, about 128."""

    fmt = "q8"
    bytes_per_block = layout_of("q8").block.itemsize

    def scales(self, block: str) -> Scales:
        scale = self._f16(block, self.layout.offset("scale"))
        return Scales([scale], self._mul(scale, self.text.const(-128.0, self.f32)))

    def quad(self, block: str, index: int) -> str:
        return self._word(block, self.layout.offset("quads"), index)


class SuperBlockReader(BlockReader):
    """Formats with 8 blocks of 32 under a common header.

    `block` returns the sub-block's address and remembers the header's, whose factors `scales` loads.
    """

    def __init__(self, text: FunctionText, lanes: int, first: int = 0):
        super().__init__(text, lanes, first)
        self._header = ""
        self.bytes_per_block = (self.layout.block.itemsize - self.layout.offset("sub")) // 8

    def block(self, group: str, index: str) -> str:
        text = self.text
        eighth = text.binary("arith.shrui", index, text.const(3))
        within = text.binary("arith.andi", index, text.const(7))
        self._header = text.at(group, text.binary("arith.muli", eighth, text.const(self.layout.block.itemsize)))
        offset = text.binary("arith.muli", within, text.const(self.bytes_per_block))
        return text.at(self._header, offset, self.layout.offset("sub"))

    def _sub(self, *path: str) -> int:
        return self.layout.offset("sub", *path) - self.layout.offset("sub")


class Q4KReader(SuperBlockReader):
    """Blocks of 256: eight scales and least values of 8 bits, each times one of the block's."""

    fmt = "q4k"

    def scales(self, block: str) -> Scales:
        d, dmin = (self._f16(self._header, self.layout.offset(name)) for name in ("d", "dmin"))
        scale = self._mul(d, self._small_int(block, self._sub("scale"), signed=False))
        low = self._mul(dmin, self._small_int(block, self._sub("min"), signed=False))
        return Scales([scale], self.text.op(f"arith.negf {low} : {self.f32}"))

    def quad(self, block: str, index: int) -> str:
        return self._nibbles(block, self._sub("nibbles"), index)


class Q6Reader(SuperBlockReader):
    """Blocks of 256: sixteen scales of 8 bits, times the block's, and 6 bits each."""

    fmt = "q6"

    def scales(self, block: str) -> Scales:
        d = self._f16(self._header, self.layout.offset("d"))
        at = self._sub("scale")
        halves = [self._small_int(block, at + GROUP_ROWS * i, signed=True) for i in range(2)]
        return Scales([self._mul(d, half) for half in halves], None, centre=Q6_CENTRE)

    def quad(self, block: str, index: int) -> str:
        low = self._nibbles(block, self._sub("nibbles"), index)
        word = self._word(block, self._sub("high"), index // 4)
        high = self._masked(word, 2 * (index % 4) - 4, 0x30303030)
        return self.text.binary("arith.ori", low, high, self.i32)


class PanelReader(BlockReader):
    """The scratch form that the GEMM path unpacks a group into: f32 factors and bytes, see PanelWriter."""

    def __init__(self, text: FunctionText, lanes: int, first: int, scales: int, centre: int):
        super().__init__(text, lanes, first)
        self.count, self.centre = scales, centre
        self.bytes_per_block = panel_block_bytes()

    def scales(self, block: str) -> Scales:
        at = [self.text.at(block, 4 * (GROUP_ROWS * i + self.first)) for i in range(2)]
        loaded = [self.text.load(address, self.f32) for address in at]
        if self.count == 2:
            return Scales(loaded, None, self.centre)
        return Scales(loaded[:1], loaded[1])

    def quad(self, block: str, index: int) -> str:
        return self._word(block, 2 * 4 * GROUP_ROWS, index)


def panel_block_bytes() -> int:
    """Two vectors of 16 f32 (scale and low, or two scales) and 16 rows of 32 bytes."""
    return 2 * 4 * GROUP_ROWS + GROUP_ROWS * BLOCK


def write_panel_block(reader: BlockReader, block: str, target: str) -> None:
    """Unpack the reader's slice of one block into the panel block at address `target`."""
    text, first = reader.text, reader.first
    factors = reader.scales(block)
    pair = factors.scale if factors.low is None else [factors.scale[0], factors.low]
    for i, value in enumerate(pair):
        text.store(value, text.at(target, 4 * (GROUP_ROWS * i + first)), reader.f32)
    for i in range(QUADS):
        offset = 2 * 4 * GROUP_ROWS + 4 * (GROUP_ROWS * i + first)
        text.store(reader.quad(block, i), text.at(target, offset), reader.i32)


READERS: dict[str, type[BlockReader]] = {
    "q4": Q4Reader, "q4s": Q4SymmetricReader, "q4k": Q4KReader, "q6": Q6Reader, "q8": Q8Reader,
}  # fmt: skip


def dequantised_quad(reader: BlockReader, factors: Scales, quad: str, index: int) -> list[str]:
    """The four f32 weight vectors of quad `index`, k ascending."""
    scale = factors.scale[index * len(factors.scale) // QUADS]
    return [_dequantised(reader, factors, scale, reader._masked(quad, 8 * byte, 0xFF)) for byte in range(4)]


def _dequantised(reader: BlockReader, factors: Scales, scale: str, lane: str) -> str:
    text = reader.text
    value = text.cast("arith.sitofp", lane, reader.i32, reader.f32)
    if factors.low is not None:
        return text.fma(value, scale, factors.low, reader.f32)
    centre = text.const(float(-factors.centre), reader.f32)
    return text.binary("arith.mulf", text.binary("arith.addf", value, centre, reader.f32), scale, reader.f32)
