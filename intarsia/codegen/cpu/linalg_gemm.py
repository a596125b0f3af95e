"""c += a b for float32 matrices of any size, as MLIR text: what `linalg.matmul` of an exported module becomes.

    func.func @gemm(%a, %b, %c: !llvm.ptr, %m, %n, %k, %lda, %ldb, %ldc: i64)     rows are contiguous; strides in elements

Panels of b, as wide as a tile of registers, are packed on the stack where enough rows share them, so that the innermost
loop reads them in order from the nearest cache (Goto and van de Geijn, "Anatomy of High-Performance Matrix Multiplication",
2008). Rows of a are read where they are: each is walked along its columns.
"""

from __future__ import annotations

from dataclasses import dataclass

from intarsia.codegen.cpu.isa import Isa
from intarsia.codegen.cpu.kernels.text import PTR, FunctionText, vec

GEMM = "gemm"
ARGUMENTS = [("a", PTR), ("b", PTR), ("c", PTR), *((name, "i64") for name in ("m", "n", "k", "lda", "ldb", "ldc"))]
KINDS = [kind for _, kind in ARGUMENTS]
TILE_ARGUMENTS = [("a", PTR), ("b", PTR), ("c", PTR), *((name, "i64") for name in ("depth", "lda", "ldb", "ldc", "columns"))]
DEPTH = 256  # k of a panel: one of 32 columns takes 32 KiB
PACKED_ROWS = 8  # from this many rows on, packing pays
ROWS = {16: (8, 4, 2, 1), 8: (6, 4, 2, 1)}
"""Rows of the tiles by lanes, the largest first. LLVM unrolls the innermost loop once, so more results would spill."""
F32 = 4


@dataclass(frozen=True)
class Tile:
    """Results that one innermost loop keeps in registers: `rows` x two vectors of `lanes`."""

    rows: int
    lanes: int
    vectors: int = 2

    @property
    def columns(self) -> int:
        return self.vectors * self.lanes

    @property
    def name(self) -> str:
        return f"{GEMM}_tile{self.rows}"


def gemm_text(isa: Isa) -> str:
    """The function @gemm and its helpers."""
    tiles = [Tile(rows, isa.lanes) for rows in ROWS[isa.lanes]]
    return "".join((*(_tile(tile) for tile in tiles), _pack(tiles[0]), _driver(tiles)))


def _bytes(text: FunctionText, elements: str) -> str:
    return text.binary("arith.muli", elements, text.const(F32))


def _tile(tile: Tile) -> str:
    """`rows` rows of a times a panel of b, added to the results."""
    text = FunctionText(tile.name, TILE_ARGUMENTS, internal=True)
    kind, count = vec(tile.lanes, "f32"), tile.rows * tile.vectors
    zero = text.const(0.0, kind)
    rows = [text.at("%a", text.binary("arith.muli", "%lda", text.const(row * F32))) for row in range(tile.rows)]
    with text.loop(text.const(0), "%depth", text.const(1), [zero] * count, [kind] * count) as loop:
        loop.yielded = _multiply_add(text, tile, rows, loop.index, loop.carried)
    masks = [_mask(text, tile, v) for v in range(tile.vectors)]
    place = "%c"
    for row in range(tile.rows):
        place = text.at(place, _bytes(text, "%ldc")) if row else place
        for v, mask in enumerate(masks):
            _add_to(text, text.at(place, v * tile.lanes * F32), loop.results[row * tile.vectors + v], mask, tile.lanes)
    return text.text()


def _multiply_add(text: FunctionText, tile: Tile, rows: list[str], index: str, sums: list[str]) -> list[str]:
    kind = vec(tile.lanes, "f32")
    b = text.at("%b", _bytes(text, text.binary("arith.muli", index, "%ldb")))
    columns = [text.load(text.at(b, v * tile.lanes * F32), kind) for v in range(tile.vectors)]
    done = []
    for row in range(tile.rows):
        value = text.splat(text.load(text.at(rows[row], _bytes(text, index)), "f32"), tile.lanes, "f32")
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


def _pack(tile: Tile) -> str:
    """`columns` columns of b as one panel, rows of it adjacent; columns that are missing are zero."""
    arguments = [("b", PTR), ("packed", PTR), ("depth", "i64"), ("ldb", "i64"), ("columns", "i64")]
    text = FunctionText(f"{GEMM}_pack", arguments, internal=True)
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
    """Panels of b, and for each the tiles of rows from the largest to the smallest that fit."""
    columns = tiles[0].columns
    text = FunctionText(GEMM, ARGUMENTS, internal=True)
    buffer = text.bytes_on_stack(columns * DEPTH * F32)
    zero, depth, width = text.const(0), text.const(DEPTH), text.const(columns)
    many = text.op(f"arith.cmpi sge, %m, {text.const(PACKED_ROWS)} : i64")
    with text.loop(zero, "%k", depth) as ks, text.loop(zero, "%n", width) as ns:
        deep = text.binary("arith.minsi", depth, text.binary("arith.subi", "%k", ks.index))
        wide = text.binary("arith.subi", "%n", ns.index)
        b = text.at("%b", _element(text, ks.index, "%ldb", ns.index))
        partial = text.op(f"arith.cmpi slt, {wide}, {width} : i64")
        packed = text.binary("arith.ori", many, partial, "i1")
        with text.when(packed):
            text.call(f"{GEMM}_pack", [b, buffer, deep, "%ldb", wide], [PTR, PTR, *["i64"] * 3])
        panel = text.op(f"arith.select {packed}, {buffer}, {b} : {PTR}")
        stride = text.op(f"arith.select {packed}, {width}, %ldb : i64")
        done = zero
        for tile in tiles:
            done = _rows(text, tile, done, [ks.index, ns.index, panel, deep, stride, wide])
    return text.text()


def _rows(text: FunctionText, tile: Tile, first: str, panel: list[str]) -> str:
    """All whole tiles from row `first` on; gives the row after them."""
    k, n, b, deep, stride, wide = panel
    size = text.const(tile.rows)
    count = text.binary("arith.divsi", text.binary("arith.subi", "%m", first), size)
    end = text.binary("arith.addi", first, text.binary("arith.muli", count, size))
    with text.loop(first, end, size) as rows:
        a = text.at("%a", _element(text, rows.index, "%lda", k))
        c = text.at("%c", _element(text, rows.index, "%ldc", n))
        text.call(tile.name, [a, b, c, deep, "%lda", stride, "%ldc", wide], [kind for _, kind in TILE_ARGUMENTS])
    return end


def _element(text: FunctionText, row: str, stride: str, column: str) -> str:
    """The byte offset of an element."""
    return _bytes(text, text.binary("arith.addi", text.binary("arith.muli", row, stride), column))
