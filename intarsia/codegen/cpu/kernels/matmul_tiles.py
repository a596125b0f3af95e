"""Register tiles: the inner loops of matmul, rows x 16 outputs over all of k.

Each tile is an internal function (%x, %last, %w, %out, %centres): the address of its first activation
row, the offset of the last row that exists (rows beyond it repeat that one), the address of a 16-row
group, where to put the f32 sums, whose rows lie `out_stride` bytes apart, and what `centre_function`
made of the activations where the format needs it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from intarsia.codegen.cpu.formats import BLOCK, GROUP_ROWS, activation_row_bytes, layout_of
from intarsia.codegen.cpu.isa import Isa
from intarsia.codegen.cpu.kernels.matmul_dots import Dot, dot_for
from intarsia.codegen.cpu.kernels.matmul_weights import (
    QUADS,
    READERS,
    BlockReader,
    Scales,
    dequantised_quad,
    write_panel_block,
)
from intarsia.codegen.cpu.kernels.text import PTR, FunctionText, vec

TILE_ARGUMENTS = [("x", PTR), ("last", "i64"), ("w", PTR), ("out", PTR), ("centres", PTR)]
# How far ahead of a tile of several rows its weights are asked for, into L2. A single row keeps pace
# with memory, where the processor's own prefetching does better alone.
PREFETCH_BYTES = 6144
CACHE_LINE = 64

MakeReader = Callable[[FunctionText, int, int], BlockReader]


@dataclass(frozen=True)
class Tile:
    """What one tile function computes: `rows` x 16 sums over k, `clamped` when rows may be missing."""

    name: str
    isa: Isa
    k: int
    rows: int
    out_stride: int
    clamped: bool

    @property
    def prefetches(self) -> bool:
        """Whether weights come from memory faster when asked for early."""
        return self.clamped and self.rows > 1

    def slices(self) -> list[list[int]]:
        """First rows of the vectors of a group, in passes that fit the registers."""
        firsts = list(range(0, GROUP_ROWS, self.isa.lanes))
        return [firsts] if self.rows <= 2 else [[first] for first in firsts]


def integer_tile(tile: Tile, top: int, centred: bool, make_reader: MakeReader) -> str:
    """Sums of quantised weights times q8 activations: exact integer dots per block, then f32.

    `centred` weights start each dot from %centres instead of adding a minimum afterwards.
    """
    text = FunctionText(tile.name, TILE_ARGUMENTS, internal=True, without=tile.isa.without)
    rows = _row_addresses(text, tile, activation_row_bytes("q8", tile.k))
    for firsts in tile.slices():
        readers = [make_reader(text, tile.isa.lanes, first) for first in firsts]
        _store_sums(text, tile, firsts, _integer_loop(text, tile, top, centred, readers, rows))
    return text.text()


def _integer_loop(
    text: FunctionText, tile: Tile, top: int, centred: bool, readers: Sequence[BlockReader], rows: Sequence[str]
) -> list[str]:
    """The loop over blocks; results are row-major: rows x readers vectors."""
    f32 = vec(tile.isa.lanes, "f32")
    start = [text.const(0.0, f32)] * (tile.rows * len(readers))
    with text.count(tile.k // BLOCK, 1, start, [f32] * len(start)) as loop:
        block = readers[0].block("%w", loop.index)
        for other in readers[1:]:
            block = other.block("%w", loop.index)
        if tile.prefetches:
            _prefetch_block(text, block, readers[0].bytes_per_block)
        quants = text.binary("arith.muli", loop.index, text.const(BLOCK))
        scales = text.binary("arith.muli", loop.index, text.const(4))
        x = [text.at(row, quants) for row in rows]
        factors = [text.at(row, scales, tile.k) for row in rows]
        centres = _centres(text, tile, loop.index) if centred else []
        loop.yielded = _integer_block(text, tile, top, readers, block, x, factors, centres, loop.carried)
    return loop.results


def _centres(text: FunctionText, tile: Tile, block: str) -> list[str]:
    """Addresses of the two start values of a block, for each row."""
    first = text.at("%centres", text.binary("arith.muli", block, text.const(8)))
    return [text.at(first, row * centre_bytes(tile.k)) for row in range(tile.rows)]


def _integer_block(
    text: FunctionText, tile: Tile, top: int, readers: Sequence[BlockReader], block: str,
    x: Sequence[str], factors: Sequence[str], centres: Sequence[str], sums: Sequence[str],
) -> list[str]:  # fmt: skip
    """sums + the block's contribution, for every row and vector."""
    weights = [reader.scales(block) for reader in readers]
    parts = len(weights[0].scale)
    for part in range(parts):
        quads = range(part * QUADS // parts, (part + 1) * QUADS // parts)
        starts: list[str | None] = [text.at(row, 4 * part) for row in centres] or [None] * tile.rows
        dots = [[dot_for(tile.isa, text, top, start) for _ in readers] for start in starts]
        for quad in quads:
            for v, reader in enumerate(readers):
                operand = dots[0][v].prepare(reader.quad(block, quad))
                for row, address in enumerate(x):
                    dots[row][v].add(operand, text.at(address, 4 * quad))
        sums = _scaled(text, tile, dots, [w.scale[part] for w in weights], factors, sums)
    if weights[0].low is not None:
        sums = _with_minima(text, tile, weights, factors, sums)
    return list(sums)


def _scaled(
    text: FunctionText, tile: Tile, dots: Sequence[Sequence[Dot]], scales: Sequence[str],
    factors: Sequence[str], sums: Sequence[str],
) -> list[str]:  # fmt: skip
    lanes, f32 = tile.isa.lanes, vec(tile.isa.lanes, "f32")
    result = []
    for row, row_dots in enumerate(dots):
        x_scale = text.splat(text.load(factors[row], "f32"), lanes, "f32")
        for v, dot in enumerate(row_dots):
            both = text.binary("arith.mulf", scales[v], x_scale, f32)
            result.append(text.fma(dot.total(), both, sums[row * len(row_dots) + v], f32))
    return result


def centre_function(name: str, isa: Isa, k: int, centre: int) -> str:
    """A function (%x, %count, %centres): -centre * (sum of 16 activations) as i32, [count][k / 16].

    Formats w = scale * (q - centre) with a scale per 16 inputs start their integer sums from these.
    """
    arguments = [("x", PTR), ("count", "i64"), ("centres", PTR)]
    text = FunctionText(name, arguments, internal=True, without=isa.without)
    stride = text.const(activation_row_bytes("q8", k))
    with text.loop(text.const(0), "%count", text.const(1)) as rows:
        x = text.at("%x", text.binary("arith.muli", rows.index, stride))
        centres = text.at("%centres", text.binary("arith.muli", rows.index, text.const(centre_bytes(k))))
        with text.count(k // 16) as sixteens:
            start = text.binary("arith.muli", sixteens.index, text.const(16))
            target = text.at(centres, text.binary("arith.muli", sixteens.index, text.const(4)))
            text.store(_centre(text, text.at(x, start), centre), target, "i32")
    return text.text()


def _centre(text: FunctionText, x: str, centre: int) -> str:
    """-centre * (sum of 16 int8); as unsigned bytes they add in one instruction (psadbw)."""
    narrow, wide = vec(16, "i8"), vec(16, "i32")
    raised = text.binary("arith.xori", text.load(x, narrow), text.const(-128, narrow), narrow)
    total = text.op(f"vector.reduction <add>, {text.cast('arith.extui', raised, narrow, wide)} : {wide} into i32")
    signed = text.binary("arith.subi", total, text.const(16 * 128, "i32"), "i32")
    return text.binary("arith.muli", signed, text.const(-centre, "i32"), "i32")


def centre_bytes(k: int) -> int:
    """Bytes that `centre_function` writes for one row."""
    return 4 * (k // 16)


def _with_minima(
    text: FunctionText, tile: Tile, weights: Sequence[Scales], factors: Sequence[str], sums: Sequence[str]
) -> list[str]:
    lanes, f32 = tile.isa.lanes, vec(tile.isa.lanes, "f32")
    result = []
    for row, address in enumerate(factors):
        x_sum = text.load(text.at(address, 4 * (tile.k // BLOCK)), "f32")
        splat = text.splat(x_sum, lanes, "f32")
        for v, factor in enumerate(weights):
            result.append(text.fma(str(factor.low), splat, sums[row * len(weights) + v], f32))
    return result


def float_tile(tile: Tile, fmt: str) -> str:
    """Sums of float weights (f32, f16, bf16) times f32 activations."""
    text = FunctionText(tile.name, TILE_ARGUMENTS, internal=True, without=tile.isa.without)
    rows = _row_addresses(text, tile, activation_row_bytes("f32", tile.k))
    firsts = list(range(0, GROUP_ROWS, tile.isa.lanes))
    # One row alone is a single chain of additions per vector: split it to hide their latency.
    chains = max(1, 4 // tile.rows)
    step, f32 = 4, vec(tile.isa.lanes, "f32")
    start = [text.const(0.0, f32)] * (chains * tile.rows * len(firsts))
    whole = tile.k // step * step
    with text.count(whole, step, start, [f32] * len(start)) as loop:
        loop.yielded = _float_steps(text, tile, fmt, firsts, rows, loop.index, range(step), loop.carried)
    tail = range(tile.k - whole)
    sums = _float_steps(text, tile, fmt, firsts, rows, text.const(whole), tail, loop.results)
    _store_sums(text, tile, firsts, _add_chains(text, sums, chains, f32))
    return text.text()


def _float_steps(
    text: FunctionText, tile: Tile, fmt: str, firsts: Sequence[int], rows: Sequence[str], k: str,
    steps: range, sums: Sequence[str],
) -> list[str]:  # fmt: skip
    """sums after inputs k + steps; sums are chain-major, then rows, then vectors."""
    f32, size, result = vec(tile.isa.lanes, "f32"), layout_of(fmt).block.itemsize, list(sums)
    chain = tile.rows * len(firsts)
    weights = text.at("%w", text.binary("arith.muli", k, text.const(size)))
    offset = text.binary("arith.muli", k, text.const(4))
    x = [text.at(row, offset) for row in rows]
    if tile.prefetches:
        _prefetch_block(text, weights, size * len(steps))
    for step in steps:
        values = [_float_weight(text, tile, fmt, weights, size * step, first) for first in firsts]
        for row, address in enumerate(x):
            splat = text.splat(text.load(text.at(address, 4 * step), "f32"), tile.isa.lanes, "f32")
            for v, value in enumerate(values):
                at = (step * chain + row * len(firsts) + v) % len(result)
                result[at] = text.fma(value, splat, result[at], f32)
    return result


def _float_weight(text: FunctionText, tile: Tile, fmt: str, weights: str, offset: int, first: int) -> str:
    """The vector of outputs first.. at one input, as f32."""
    lanes, size = tile.isa.lanes, layout_of(fmt).block.itemsize // GROUP_ROWS
    value = text.load(text.at(weights, offset + first * size), vec(lanes, fmt))
    return value if fmt == "f32" else text.cast("arith.extf", value, vec(lanes, fmt), vec(lanes, "f32"))


def _add_chains(text: FunctionText, sums: Sequence[str], chains: int, kind: str) -> list[str]:
    size = len(sums) // chains
    result = list(sums[:size])
    for at, value in enumerate(sums[size:]):
        result[at % size] = text.binary("arith.addf", result[at % size], value, kind)
    return result


def dequantising_tile(tile: Tile, fmt: str) -> str:
    """Sums of quantised weights, turned into f32 in registers, times f32 activations."""
    text = FunctionText(tile.name, TILE_ARGUMENTS, internal=True, without=tile.isa.without)
    rows = _row_addresses(text, tile, activation_row_bytes("f32", tile.k))
    for firsts in tile.slices():
        readers = [READERS[fmt](text, tile.isa.lanes, first) for first in firsts]
        _store_sums(text, tile, firsts, _dequantising_loop(text, tile, readers, rows))
    return text.text()


def _dequantising_loop(
    text: FunctionText, tile: Tile, readers: Sequence[BlockReader], rows: Sequence[str]
) -> list[str]:
    f32 = vec(tile.isa.lanes, "f32")
    chains = max(1, 4 // tile.rows)
    start = [text.const(0.0, f32)] * (chains * tile.rows * len(readers))
    with text.count(tile.k // BLOCK, 1, start, [f32] * len(start)) as loop:
        offset = text.binary("arith.muli", loop.index, text.const(4 * BLOCK))
        x = [text.at(row, offset) for row in rows]
        sums = list(loop.carried)
        for v, reader in enumerate(readers):
            block = reader.block("%w", loop.index)
            if tile.prefetches and v == 0:
                _prefetch_block(text, block, reader.bytes_per_block)
            _dequantised_block(text, tile, reader, block, x, sums, v, len(readers))
        loop.yielded = sums
    return _add_chains(text, loop.results, chains, f32)


def _dequantised_block(
    text: FunctionText, tile: Tile, reader: BlockReader, block: str, x: Sequence[str], sums: list[str],
    v: int, vectors: int,
) -> None:  # fmt: skip
    """Add one block's products of vector v to sums (chain-major, then rows, then vectors)."""
    f32, factors = vec(tile.isa.lanes, "f32"), reader.scales(block)
    for quad in range(QUADS):
        for byte, weight in enumerate(dequantised_quad(reader, factors, reader.quad(block, quad), quad)):
            for row, address in enumerate(x):
                scalar = text.load(text.at(address, 4 * (4 * quad + byte)), "f32")
                at = (byte * tile.rows * vectors + row * vectors + v) % len(sums)
                sums[at] = text.fma(weight, text.splat(scalar, tile.isa.lanes, "f32"), sums[at], f32)


def unpacker(name: str, isa: Isa, k: int, fmt: str, integer: bool) -> str:
    """A function (%w, %panel): unpack one group into panel blocks, or into f32 as format "f32" has it."""
    text = FunctionText(name, [("w", PTR), ("panel", PTR)], internal=True, without=isa.without)
    with text.count(k // BLOCK) as loop:
        for first in range(0, GROUP_ROWS, isa.lanes):
            reader = READERS[fmt](text, isa.lanes, first)
            block = reader.block("%w", loop.index)
            size = panel_bytes(BLOCK, integer)
            target = text.at("%panel", text.binary("arith.muli", loop.index, text.const(size)))
            if integer:
                write_panel_block(reader, block, target)
            else:
                _write_floats(text, reader, block, target)
    return text.text()


def _write_floats(text: FunctionText, reader: BlockReader, block: str, target: str) -> None:
    factors = reader.scales(block)
    for quad in range(QUADS):
        for byte, weight in enumerate(dequantised_quad(reader, factors, reader.quad(block, quad), quad)):
            offset = 4 * (GROUP_ROWS * (4 * quad + byte) + reader.first)
            text.store(weight, text.at(target, offset), reader.f32)


def panel_bytes(k: int, integer: bool) -> int:
    """Bytes of one unpacked group of k inputs."""
    per_block = (2 * 4 + BLOCK) if integer else 4 * BLOCK
    return GROUP_ROWS * per_block * (k // BLOCK)


def _row_addresses(text: FunctionText, tile: Tile, stride: int) -> list[str]:
    """The addresses of the tile's activation rows, absent ones replaced by the last that exists."""
    if not tile.clamped:
        return [text.at("%x", row * stride) for row in range(tile.rows)]
    addresses = ["%x"]
    for row in range(1, tile.rows):
        index = text.binary("arith.minsi", text.const(row), "%last")
        addresses.append(text.at("%x", text.binary("arith.muli", index, text.const(stride))))
    return addresses


def _store_sums(text: FunctionText, tile: Tile, firsts: Sequence[int], sums: Sequence[str]) -> None:
    kind = vec(tile.isa.lanes, "f32")
    for at, value in enumerate(sums):
        row, v = divmod(at, len(firsts))
        text.store(value, text.at("%out", row * tile.out_stride + 4 * firsts[v]), kind)


def _prefetch_block(text: FunctionText, address: str, size: int) -> None:
    for line in range(0, size, CACHE_LINE):
        text.prefetch(text.at(address, PREFETCH_BYTES + line))
