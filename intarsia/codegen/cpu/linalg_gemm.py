"""c += a b for float32 matrices of any size, as MLIR text: what `linalg.matmul` of an exported module becomes.

    func.func @gemm(%a, %b, %c: !llvm.ptr, %m, %n, %k, %lda, %ldb, %ldc: i64)     rows are contiguous; strides in elements

The loops are GotoBLAS's (Goto and van de Geijn, "Anatomy of High-Performance Matrix Multiplication", 2008): blocks of a and
panels of b are packed on the stack, so that the innermost loop reads both in order from the caches nearest to the core.
"""

from __future__ import annotations

from dataclasses import dataclass

from intarsia.codegen.cpu.isa import Isa
from intarsia.codegen.cpu.kernels.text import PTR, FunctionText, vec

GEMM = "gemm"
ARGUMENTS = [("a", PTR), ("b", PTR), ("c", PTR), *((name, "i64") for name in ("m", "n", "k", "lda", "ldb", "ldc"))]
KINDS = [kind for _, kind in ARGUMENTS]
DEPTH = 256  # k of a block: a packed panel of b stays in L1, a packed block of a in L2
SMALL_ROWS = (1, 4)  # tiles for the last rows, and for matrices of few rows
F32 = 4


@dataclass(frozen=True)
class Tile:
    """Results that one innermost loop keeps in registers: `rows` x `vectors` vectors of `lanes`."""

    rows: int
    vectors: int
    lanes: int

    @property
    def columns(self) -> int:
        return self.vectors * self.lanes

    @property
    def name(self) -> str:
        return f"{GEMM}_tile{self.rows}"


def tile_of(isa: Isa) -> Tile:
    """The largest tile that leaves registers for one row of b: 24 of 32 accumulators, or 12 of 16."""
    return Tile(12, 2, 16) if isa.lanes == 16 else Tile(6, 2, 8)


def gemm_text(isa: Isa) -> str:
    """The function @gemm and its helpers."""
    full = tile_of(isa)
    tiles = [*(Tile(rows, full.vectors, full.lanes) for rows in SMALL_ROWS), full]
    return "".join((*(_tile(tile) for tile in tiles), _pack_a(), _pack_b(full), _driver(tiles)))


def _bytes(text: FunctionText, elements: str) -> str:
    return text.binary("arith.muli", elements, text.const(F32))


def _tile(tile: Tile) -> str:
    """The packed rows of a times a packed panel of b, added to `rows` x `columns` results."""
    arguments = [("a", PTR), ("b", PTR), ("c", PTR), ("depth", "i64"), ("ldc", "i64"), ("rows", "i64"), ("columns", "i64")]
    text = FunctionText(tile.name, arguments, internal=True)
    kind = vec(tile.lanes, "f32")
    zero = text.const(0.0, kind)
    count = tile.rows * tile.vectors
    with text.loop(text.const(0), "%depth", text.const(1), [zero] * count, [kind] * count) as loop:
        loop.yielded = _multiply_add(text, tile, loop.index, loop.carried)
    masks = [_mask(text, tile, v) for v in range(tile.vectors)]
    for row in range(tile.rows):
        inside = text.op(f"arith.cmpi slt, {text.const(row)}, %rows : i64")
        with text.when(inside):
            place = text.at("%c", text.binary("arith.muli", text.const(row * F32), "%ldc"))
            for v, mask in enumerate(masks):
                _add_to(text, text.at(place, v * tile.lanes * F32), loop.results[row * tile.vectors + v], mask, tile.lanes)
    return text.text()


def _multiply_add(text: FunctionText, tile: Tile, index: str, sums: list[str]) -> list[str]:
    kind = vec(tile.lanes, "f32")
    b = text.at("%b", text.binary("arith.muli", index, text.const(tile.columns * F32)))
    a = text.at("%a", text.binary("arith.muli", index, text.const(tile.rows * F32)))
    columns = [text.load(text.at(b, v * tile.lanes * F32), kind) for v in range(tile.vectors)]
    done = []
    for row in range(tile.rows):
        value = text.splat(text.load(text.at(a, row * F32), "f32"), tile.lanes, "f32")
        done += [text.fma(value, columns[v], sums[row * tile.vectors + v], kind) for v in range(tile.vectors)]
    return done


def _mask(text: FunctionText, tile: Tile, vector: int) -> str:
    """Which lanes of the tile's vector `vector` lie inside the matrix."""
    left = text.binary("arith.subi", "%columns", text.const(vector * tile.lanes))
    count = text.op(f"arith.index_cast {left} : i64 to index")
    return text.op(f"vector.create_mask {count} : vector<{tile.lanes}xi1>")


def _masked_load(text: FunctionText, place: str, mask: str, lanes: int) -> str:
    kind, bits = vec(lanes, "f32"), vec(lanes, "i1")
    zero = text.const(0.0, kind)
    return text.op(f"llvm.intr.masked.load {place}, {mask}, {zero} {{alignment = 4 : i32}} : (!llvm.ptr, {bits}, {kind}) -> {kind}")


def _add_to(text: FunctionText, place: str, value: str, mask: str, lanes: int) -> None:
    kind, bits = vec(lanes, "f32"), vec(lanes, "i1")
    total = text.binary("arith.addf", _masked_load(text, place, mask, lanes), value, kind)
    text.line(f"llvm.intr.masked.store {total}, {place}, {mask} {{alignment = 4 : i32}} : {kind}, {bits} into !llvm.ptr")


def _pack_a() -> str:
    """Rows of a, `tile` to a group, by columns: packed[k][row]. Rows that are missing repeat the last one."""
    arguments = [("a", PTR), ("packed", PTR), ("depth", "i64"), ("lda", "i64"), ("rows", "i64"), ("tile", "i64")]
    text = FunctionText(f"{GEMM}_pack_a", arguments, internal=True)
    zero, one = text.const(0), text.const(1)
    last = text.binary("arith.subi", "%rows", one)
    with text.loop(zero, "%tile", one) as rows:
        row = text.binary("arith.minsi", rows.index, last)
        source = text.at("%a", _bytes(text, text.binary("arith.muli", row, "%lda")))
        target = text.at("%packed", _bytes(text, rows.index))
        with text.loop(zero, "%depth", one) as ks:
            value = text.load(text.at(source, _bytes(text, ks.index)), "f32")
            text.store(value, text.at(target, _bytes(text, text.binary("arith.muli", ks.index, "%tile"))), "f32")
    return text.text()


def _pack_b(tile: Tile) -> str:
    """`columns` columns of b as one panel, rows of it adjacent; columns that are missing are zero."""
    arguments = [("b", PTR), ("packed", PTR), ("depth", "i64"), ("ldb", "i64"), ("columns", "i64")]
    text = FunctionText(f"{GEMM}_pack_b", arguments, internal=True)
    kind = vec(tile.lanes, "f32")
    masks = [_mask(text, tile, v) for v in range(tile.vectors)]
    with text.loop(text.const(0), "%depth", text.const(1)) as ks:
        source = text.at("%b", _bytes(text, text.binary("arith.muli", ks.index, "%ldb")))
        target = text.at("%packed", text.binary("arith.muli", ks.index, text.const(tile.columns * F32)))
        for v, mask in enumerate(masks):
            value = _masked_load(text, text.at(source, v * tile.lanes * F32), mask, tile.lanes)
            text.store(value, text.at(target, v * tile.lanes * F32), kind)
    return text.text()


def _driver(tiles: list[Tile]) -> str:
    full = tiles[-1]
    text = FunctionText(GEMM, ARGUMENTS, internal=True)
    block_rows = 8 * full.rows
    packed_a = text.bytes_on_stack(block_rows * DEPTH * F32)
    packed_b = text.bytes_on_stack(full.columns * DEPTH * F32)
    zero, depth = text.const(0), text.const(DEPTH)
    with text.loop(zero, "%k", depth) as ks:
        deep = text.binary("arith.minsi", depth, text.binary("arith.subi", "%k", ks.index))
        with text.loop(zero, "%m", text.const(block_rows)) as blocks:
            rows = text.binary("arith.minsi", text.const(block_rows), text.binary("arith.subi", "%m", blocks.index))
            a = text.at("%a", _element(text, blocks.index, "%lda", ks.index))
            with _row_tiles(text, rows, full) as (row, left):
                for tile, chosen in _choose(text, tiles, left):
                    with text.when(chosen):
                        source = text.at(a, _bytes(text, text.binary("arith.muli", row, "%lda")))
                        target = text.at(packed_a, text.binary("arith.muli", row, text.const(DEPTH * F32)))
                        text.call(f"{GEMM}_pack_a", [source, target, deep, "%lda", left, text.const(tile.rows)], [PTR, PTR, *["i64"] * 4])
            with text.loop(zero, "%n", text.const(full.columns)) as columns:
                wide = text.binary("arith.subi", "%n", columns.index)
                b = text.at("%b", _element(text, ks.index, "%ldb", columns.index))
                text.call(f"{GEMM}_pack_b", [b, packed_b, deep, "%ldb", wide], [PTR, PTR, *["i64"] * 3])
                with _row_tiles(text, rows, full) as (row, left):
                    place = text.at("%c", _element(text, text.binary("arith.addi", blocks.index, row), "%ldc", columns.index))
                    source = text.at(packed_a, text.binary("arith.muli", row, text.const(DEPTH * F32)))
                    for tile, chosen in _choose(text, tiles, left):
                        with text.when(chosen):
                            text.call(tile.name, [source, packed_b, place, deep, "%ldc", left, wide], [PTR] * 3 + ["i64"] * 4)
    return text.text()


def _element(text: FunctionText, row: str, stride: str, column: str) -> str:
    """The byte offset of an element."""
    return _bytes(text, text.binary("arith.addi", text.binary("arith.muli", row, stride), column))


class _row_tiles:
    """A loop over the row tiles of a block: the first row, and how many rows are left from there on."""

    def __init__(self, text: FunctionText, rows: str, tile: Tile) -> None:
        self.text, self.rows = text, rows
        self.loop = text.loop(text.const(0), rows, text.const(tile.rows))

    def __enter__(self) -> tuple[str, str]:
        index = self.loop.__enter__().index
        return index, self.text.binary("arith.subi", self.rows, index)

    def __exit__(self, *raised: object) -> None:
        self.loop.__exit__(None, None, None)


def _choose(text: FunctionText, tiles: list[Tile], left: str) -> list[tuple[Tile, str]]:
    """Each tile with the condition that it is the smallest that holds the rows left."""
    found, below = [], 0
    for tile in tiles:
        above = text.op(f"arith.cmpi sgt, {left}, {text.const(below)} : i64")
        most = text.const(tile.rows if tile is not tiles[-1] else 1 << 62)
        found.append((tile, text.binary("arith.andi", above, text.op(f"arith.cmpi sle, {left}, {most} : i64"), "i1")))
        below = tile.rows
    return found
