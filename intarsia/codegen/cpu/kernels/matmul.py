"""y = activation(x W^T + bias) (+ residual) for CPUs, straight from packed weights, as MLIR text.

The emitted function computes a range of column units for all rows:

    func.func @name(%x, %y, %residual, %w, %bias: !llvm.ptr, %rows, %begin, %end: i64)

Unit u is the output columns [32 u, 32 u + 32). Rows of x, y and residual are activation rows (see
`formats`); residual is f32 and may be y itself. Pointers that a spec doesn't use may be null.

Few rows go through tiles that read the packed format directly. Many rows first unpack a unit's weights
into a scratch panel on the stack (bytes and f32 factors, or f32 values) that all row tiles share.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from intarsia.codegen.cpu import formats
from intarsia.codegen.cpu.formats import GROUP_ROWS
from intarsia.codegen.cpu.isa import Isa, named
from intarsia.codegen.cpu.kernels.kernel import Kernel
from intarsia.codegen.cpu.kernels.matmul_epilogue import (
    GATED,
    STORE_ARGUMENTS,
    UNIT_COLUMNS,
    store_function,
)
from intarsia.codegen.cpu.kernels.matmul_tiles import (
    TILE_ARGUMENTS,
    Tile,
    centre_bytes,
    centre_function,
    dequantising_tile,
    float_tile,
    integer_tile,
    panel_bytes,
    unpacker,
)
from intarsia.codegen.cpu.kernels.matmul_weights import Q6_CENTRE, READERS, BlockReader, PanelReader
from intarsia.codegen.cpu.kernels.text import PTR, STACK_PAGE, FunctionText

Doubles = NDArray[np.float64]

ACTIVATIONS = ("none", "silu", "gelu", "gelu_tanh", "relu", "tanh", *GATED)
ARGUMENTS = [("x", PTR), ("y", PTR), ("residual", PTR), ("w", PTR), ("bias", PTR),
             ("rows", "i64"), ("begin", "i64"), ("end", "i64")]  # fmt: skip
PANEL_ROWS = 16  # from this many rows on, unpacking a unit first pays
NEXT_BYTES = 2048
RUN_BYTES = 1 << 18  # weights that share one pass over the rows
PANEL_LIMIT_BYTES = 1 << 20  # the panel lies on a thread's stack


@dataclass(frozen=True)
class MatmulSpec:
    """One matmul: n packed weight rows (gate and up together when gated), k inputs.

    `weight` is a packed format, `x` and `y` are kinds of activation rows ("f32", "q8"); integer
    activations need quantised weights. The bias has n f32 in the packed rows' order.
    """

    k: int
    n: int
    weight: str
    x: str
    y: str
    activation: str = "none"
    bias: bool = False
    residual: bool = False
    isa: str = "avx512vnni"

    @property
    def gated(self) -> bool:
        """Whether the packed rows are gate and up in alternating groups."""
        return self.activation in GATED

    @property
    def n_out(self) -> int:
        """Output columns."""
        return self.n // 2 if self.gated else self.n

    @property
    def units(self) -> int:
        """Column units: [begin, end) runs over [0, units)."""
        return -(-self.n_out // UNIT_COLUMNS)

    @property
    def groups(self) -> int:
        """16-row groups of packed weights in one unit."""
        return UNIT_COLUMNS // GROUP_ROWS * (2 if self.gated else 1)

    @property
    def name(self) -> str:
        """The emitted function's name; it tells all fields."""
        extras = [self.activation] * (self.activation != "none")
        extras += ["bias"] * self.bias + ["residual"] * self.residual
        return "_".join(["matmul", f"k{self.k}", f"n{self.n}", self.weight, self.x, self.y, *extras, self.isa])

    def check(self) -> None:
        """Raise ValueError, in one sentence, for a spec that cannot be emitted."""
        layout = formats.layout_of(self.weight)
        named(self.isa)
        if self.n <= 0:
            raise ValueError(f"a matmul needs at least one output, got n={self.n}")
        formats.group_bytes(self.weight, self.k)
        formats.activation_row_bytes(self.x, self.k)
        if self.activation not in ACTIVATIONS:
            raise ValueError(f"unknown activation {self.activation!r}; known are {', '.join(ACTIVATIONS)}")
        if self.gated and self.n % (2 * UNIT_COLUMNS):
            raise ValueError(f"a gated matmul needs n to be a multiple of {2 * UNIT_COLUMNS}, got {self.n}")
        formats.activation_row_bytes(self.y, self.n_out)
        if self.x == "q8" and not layout.quantised:
            raise ValueError(f"q8 activations need quantised weights, not {self.weight}")


@dataclass(frozen=True)
class _Plan:
    """Which tiles serve a spec: row counts of the direct tiles, rows of panel tiles (0: none).

    `centre` is what q8 activations' sums per 16 are multiplied by to start the dots (0: not needed).
    """

    direct: tuple[int, ...]
    panel: int
    centre: int


# Rows of the direct tiles, by what they hold in registers beside the weights: integer sums and f32
# sums, f32 sums only, or f32 weights on the way. AVX2 has half as many registers of half the size.
_TILES: dict[tuple[str, bool], tuple[int, ...]] = {
    ("q8", True): (1, 2, 4, 8), ("f32", True): (1, 2, 4, 8), ("dequantise", True): (1, 4),
    ("q8", False): (1, 4), ("f32", False): (1, 3, 6), ("dequantise", False): (1, 4),
}  # fmt: skip


def _plan(spec: MatmulSpec) -> _Plan:
    layout, wide = formats.layout_of(spec.weight), spec.isa == "avx512vnni"
    fits = spec.groups * panel_bytes(spec.k, spec.x == "q8") <= PANEL_LIMIT_BYTES
    # Unpacking again for every row tile is hidden behind AVX-512's integer dots. AVX2's tiles are too
    # small for that with super-blocks, and conversions to f32 cost more than they save.
    unpacks = layout.quantised and fits and (spec.x == "f32" or (not wide and layout.block_k > formats.BLOCK))
    kind = "dequantise" if layout.quantised and spec.x == "f32" else spec.x
    centre = Q6_CENTRE if (spec.weight, spec.x) == ("q6", "q8") else 0
    return _Plan(_TILES[kind, wide], _TILES[spec.x, wide][-1] if unpacks else 0, centre)


def emit_matmul(spec: MatmulSpec) -> Kernel:
    """The kernel of a spec; ValueError says what is wrong with it."""
    spec.check()
    plan, isa = _plan(spec), named(spec.isa)
    parts = [_direct_tile(spec, plan, isa, rows) for rows in plan.direct]
    if plan.panel:
        integer = spec.x == "q8"
        parts.append(unpacker(f"{spec.name}_unpack", isa, spec.k, spec.weight, integer))
        parts.append(_panel_tile(spec, plan, isa))
    if plan.centre:
        parts.append(centre_function(f"{spec.name}_centres", isa, spec.k, plan.centre))
    parts += [store_function(f"{spec.name}_store", spec, isa), _driver(spec, plan)]
    return Kernel(spec.name, "".join(parts), UNIT_COLUMNS)


def _tile(spec: MatmulSpec, isa: Isa, rows: int, kind: str, clamped: bool) -> Tile:
    return Tile(f"{spec.name}_{kind}{rows}", isa, spec.k, rows, 4 * GROUP_ROWS * spec.groups, clamped)


def _direct_tile(spec: MatmulSpec, plan: _Plan, isa: Isa, rows: int) -> str:
    tile = _tile(spec, isa, rows, "tile", clamped=True)
    layout = formats.layout_of(spec.weight)
    if spec.x == "q8":
        return integer_tile(tile, layout.top, bool(plan.centre), READERS[spec.weight])
    return dequantising_tile(tile, spec.weight) if layout.quantised else float_tile(tile, spec.weight)


def _panel_tile(spec: MatmulSpec, plan: _Plan, isa: Isa) -> str:
    tile = _tile(spec, isa, plan.panel, "panel", clamped=False)
    if spec.x == "f32":
        return float_tile(tile, "f32")

    def panel_reader(text: FunctionText, lanes: int, first: int) -> BlockReader:
        return PanelReader(text, lanes, first, 2 if plan.centre else 1, plan.centre)

    return integer_tile(tile, formats.layout_of(spec.weight).top, bool(plan.centre), panel_reader)


def _driver(spec: MatmulSpec, plan: _Plan) -> str:
    """The public function: loops over units, row tiles and groups."""
    return _Driver(spec, plan).function()


class _Driver:
    def __init__(self, spec: MatmulSpec, plan: _Plan):
        self.spec, self.plan = spec, plan
        self.text = FunctionText(spec.name, ARGUMENTS)
        self.x_stride = formats.activation_row_bytes(spec.x, spec.k)
        self.group_bytes = formats.group_bytes(spec.weight, spec.k)
        self.panel_bytes = panel_bytes(spec.k, spec.x == "q8") if plan.panel else 0
        self.centres = ""

    def function(self) -> str:
        text, spec = self.text, self.spec
        rows = max(*self.plan.direct, self.plan.panel)
        tile = text.bytes_on_stack(4 * GROUP_ROWS * spec.groups * rows, STACK_PAGE)
        if self.plan.centre:
            self.centres = text.bytes_on_stack(centre_bytes(spec.k) * rows)
        bytes_per_unit = spec.groups * self.group_bytes
        # Units in a run, for which a tile's activations stay in L1 and the weights in L2.
        run = 1 if self.plan.panel else max(1, RUN_BYTES // bytes_per_unit)
        with text.loop("%begin", "%end", text.const(run)) as runs:
            end = text.binary("arith.minsi", text.binary("arith.addi", runs.index, text.const(run)), "%end")
            done = self._panel_rows(runs.index, tile) if self.plan.panel else text.const(0)
            step, one = text.const(self.plan.direct[-1]), text.const(1)
            with text.loop(done, "%rows", step) as tiles:
                self._prepare(tiles.index, text.binary("arith.subi", "%rows", tiles.index))
                with text.loop(runs.index, end, one) as units:
                    self._direct_rows(units.index, self._weights(units.index), tile, tiles.index)
        return text.text()

    def _weights(self, unit: str) -> str:
        """The address of a unit's packed weights."""
        bytes_per_unit = self.text.const(self.spec.groups * self.group_bytes)
        return self.text.at("%w", self.text.binary("arith.muli", unit, bytes_per_unit))

    def _panel_rows(self, unit: str, tile: str) -> str:
        """Serve whole panel tiles when there are enough rows; the number of rows done."""
        text, size = self.text, self.text.const(self.plan.panel)
        panel, weights = text.bytes_on_stack(self.spec.groups * self.panel_bytes), self._weights(unit)
        enough = text.op(f"arith.cmpi sge, %rows, {text.const(PANEL_ROWS)} : i64")
        whole = text.binary("arith.muli", text.binary("arith.divui", "%rows", size), size)
        done = text.op(f"arith.select {enough}, {whole}, {text.const(0)} : i64")
        with text.when(enough):
            with self._groups() as group:
                offsets = [text.binary("arith.muli", group, text.const(bytes_)) for bytes_ in
                           (self.group_bytes, self.panel_bytes)]  # fmt: skip
                operands = [text.at(weights, offsets[0]), text.at(panel, offsets[1])]
                text.call(f"{self.spec.name}_unpack", operands, [PTR, PTR])
            with text.loop(text.const(0), done, size) as tiles:
                self._prepare(tiles.index, size)
                name = f"{self.spec.name}_panel{self.plan.panel}"
                self._tile_and_store(name, unit, panel, self.panel_bytes, tile, tiles.index, size)
        return done

    def _direct_rows(self, unit: str, weights: str, tile: str, row: str) -> None:
        """Serve rows from `row` on, at most the largest tile's, by the smallest tile that holds them."""
        text, below = self.text, 0
        count = text.binary("arith.subi", "%rows", row)
        last = text.binary("arith.subi", count, text.const(1))
        most = text.binary("arith.minsi", count, text.const(self.plan.direct[-1]))
        for rows in self.plan.direct:
            low, high = text.const(below), text.const(rows)
            above = text.op(f"arith.cmpi sgt, {most}, {low} : i64")
            fits = text.op(f"arith.cmpi sle, {most}, {high} : i64")
            with text.when(text.binary("arith.andi", above, fits, "i1")):
                name = f"{self.spec.name}_tile{rows}"
                self._tile_and_store(name, unit, weights, self.group_bytes, tile, row, most, last)
            below = rows

    def _tile_and_store(
        self, name: str, unit: str, weights: str, stride: int, tile: str, row: str, count: str, last: str = ""
    ) -> None:
        """All groups of a unit through one tile function, then the epilogue of `count` rows."""
        text = self.text
        x = self._x_rows(row)
        with self._groups() as group:
            group_weights = text.at(weights, text.binary("arith.muli", group, text.const(stride)))
            out = text.at(tile, text.binary("arith.muli", group, text.const(4 * GROUP_ROWS)))
            kinds = [kind for _, kind in TILE_ARGUMENTS]
            text.call(name, [x, last or text.const(0), group_weights, out, self.centres or "%x"], kinds)
        if name.endswith("_tile1"):
            self._prefetch_next(weights)
        operands = [tile, "%y", "%residual", "%bias", row, count, unit]
        text.call(f"{self.spec.name}_store", operands, [kind for _, kind in STORE_ARGUMENTS])

    def _x_rows(self, row: str) -> str:
        return self.text.at("%x", self.text.binary("arith.muli", row, self.text.const(self.x_stride)))

    def _prepare(self, row: str, left: str) -> None:
        """What a row tile's units share: the start values of its dots, where the format needs them."""
        if not self.plan.centre:
            return
        text, most = self.text, self.text.const(max(*self.plan.direct, self.plan.panel))
        operands = [self._x_rows(row), text.binary("arith.minsi", left, most), self.centres]
        text.call(f"{self.spec.name}_centres", operands, [PTR, "i64", PTR])

    def _prefetch_next(self, weights: str) -> None:
        """Keep memory busy with the next unit's first weights while the epilogue computes."""
        for line in range(0, NEXT_BYTES, 64):
            self.text.prefetch(self.text.at(weights, self.spec.groups * self.group_bytes + line))

    @contextmanager
    def _groups(self) -> Iterator[str]:
        """A loop over the unit's groups; gives the group's index."""
        text = self.text
        with text.count(self.spec.groups) as loop:
            yield loop.index
