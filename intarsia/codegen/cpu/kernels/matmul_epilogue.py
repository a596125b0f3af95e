"""What happens to a tile's sums: bias, activation, gating, residual, then f32 or q8 rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from intarsia.codegen.cpu.formats import BLOCK, GROUP_ROWS, activation_row_bytes
from intarsia.codegen.cpu.isa import Isa
from intarsia.codegen.cpu.kernels.text import PTR, FunctionText, vec
from intarsia.codegen.cpu.kernels.vectormath import VectorMath

if TYPE_CHECKING:
    from intarsia.codegen.cpu.kernels.matmul import MatmulSpec

UNIT_COLUMNS = 32
STORE_ARGUMENTS = [("tile", PTR), ("y", PTR), ("residual", PTR), ("bias", PTR),
                   ("row", "i64"), ("count", "i64"), ("unit", "i64")]  # fmt: skip
GATED = {"glu_silu": "silu", "glu_gelu": "gelu", "glu_gelu_tanh": "gelu_tanh"}


def store_function(name: str, spec: MatmulSpec, isa: Isa) -> str:
    """A function that finishes `count` rows of one unit from the sums at %tile, from row %row on."""
    writer = _Store(FunctionText(name, STORE_ARGUMENTS, internal=True, without=isa.without), spec, isa)
    return writer.function()


class _Store:
    def __init__(self, text: FunctionText, spec: MatmulSpec, isa: Isa):
        self.text, self.spec, self.lanes = text, spec, isa.lanes
        self.math = VectorMath(text, isa.lanes)
        self.f32 = vec(isa.lanes, "f32")
        self.gated = spec.activation in GATED
        self.columns = range(0, UNIT_COLUMNS, isa.lanes)

    def function(self) -> str:
        text, spec = self.text, self.spec
        first = text.binary("arith.muli", "%unit", text.const(UNIT_COLUMNS))
        tile_stride = text.const(4 * UNIT_COLUMNS * (2 if self.gated else 1))
        masks = [self._mask(first, column) for column in self.columns]
        with text.loop(text.const(0), "%count", text.const(1)) as loop:
            sums = text.at("%tile", text.binary("arith.muli", loop.index, tile_stride))
            row = text.binary("arith.addi", "%row", loop.index)
            values = [self._finished(sums, row, first, column, mask)
                      for column, mask in zip(self.columns, masks, strict=True)]  # fmt: skip
            stride = activation_row_bytes(spec.y, spec.n_out)
            y = text.at("%y", text.binary("arith.muli", row, text.const(stride)))
            if spec.y == "f32":
                self._store_f32(values, self._columns_at(y, first, 4), masks)
            else:
                self._store_q8(values, y, first)
        return text.text()

    def _finished(self, sums: str, row: str, first: str, column: int, mask: str | None) -> str:
        """One vector of outputs: activation(sum + bias), gated, plus the residual."""
        if self.gated:
            gate, up = (self._biased(sums, first, column, member, mask) for member in (0, 1))
            value = self.math.mul(self._activated(gate), up)
        else:
            value = self._activated(self._biased(sums, first, column, 0, mask))
        if not self.spec.residual:
            return value
        stride = activation_row_bytes("f32", self.spec.n_out)
        residual = self.text.at("%residual", self.text.binary("arith.muli", row, self.text.const(stride)))
        return self.math.add(value, self._load(self._columns_at(residual, first, 4), column, mask))

    def _biased(self, sums: str, first: str, column: int, member: int, mask: str | None) -> str:
        """A vector of sums; with gating, packed rows alternate in groups of 16: gate (0), up (1)."""
        at, scale = column, 4
        if self.gated:
            group, lane = divmod(column, GROUP_ROWS)
            at, scale = (2 * group + member) * GROUP_ROWS + lane, 8
        value = self.text.load(self.text.at(sums, 4 * at), self.f32)
        if not self.spec.bias:
            return value
        return self.math.add(value, self._load(self._columns_at("%bias", first, scale), at, mask))

    def _activated(self, value: str) -> str:
        name = GATED.get(self.spec.activation, self.spec.activation)
        return value if name == "none" else getattr(self.math, name)(value)

    def _columns_at(self, base: str, first: str, size: int) -> str:
        return self.text.at(base, self.text.binary("arith.muli", first, self.text.const(size)))

    def _mask(self, first: str, column: int) -> str | None:
        """Which of the lanes from `column` on exist, where the last unit is cut short; else None."""
        text, spec = self.text, self.spec
        if spec.n_out % UNIT_COLUMNS == 0:
            return None
        left = text.binary("arith.subi", text.const(spec.n_out - column), first)
        short = text.cast("arith.trunci", left, "i64", "i32")
        lanes = ", ".join(str(lane) for lane in range(self.lanes))
        i32 = vec(self.lanes, "i32")
        iota = text.constant(f"arith.constant dense<[{lanes}]> : {i32}")
        return text.op(f"arith.cmpi slt, {iota}, {text.splat(short, self.lanes, 'i32')} : {i32}")

    def _load(self, base: str, column: int, mask: str | None) -> str:
        address = self.text.at(base, 4 * column)
        if mask is None:
            return self.text.load(address, self.f32)
        kinds = f"({PTR}, {vec(self.lanes, 'i1')}, {self.f32}) -> {self.f32}"
        zero = self.math.constant(0.0)
        return self.text.op(f"llvm.intr.masked.load {address}, {mask}, {zero} {{alignment = 1 : i32}} : {kinds}")

    def _store_f32(self, values: list[str], y: str, masks: list[str | None]) -> None:
        for value, column, mask in zip(values, self.columns, masks, strict=True):
            address = self.text.at(y, 4 * column)
            if mask is None:
                self.text.store(value, address, self.f32)
                continue
            kinds = f"{self.f32}, {vec(self.lanes, 'i1')} into {PTR}"
            self.text.line(f"llvm.intr.masked.store {value}, {address}, {mask} {{alignment = 1 : i32}} : {kinds}")

    def _store_q8(self, values: list[str], y: str, first: str) -> None:
        """Quantise the unit's 32 columns as one block: scale = max|v| / 127, nearest even."""
        text, n = self.text, self.spec.n_out
        scale, inverse = self._block_scale(values)
        splat = text.splat(inverse, self.lanes, "f32")
        quants = [self.math.round_to_int(self.math.mul(value, splat))[0] for value in values]
        target = text.at(y, first)
        narrow, i32 = vec(self.lanes, "i8"), self.math.i32
        for quant, column in zip(quants, self.columns, strict=True):
            text.store(text.cast("arith.trunci", quant, i32, narrow), text.at(target, column), narrow)
        total = quants[0]
        for quant in quants[1:]:
            total = text.binary("arith.addi", total, quant, i32)
        total_f32 = text.cast("arith.sitofp", self.math.reduce("add", total, "i32"), "i32", "f32")
        factors = text.at(y, text.binary("arith.muli", "%unit", text.const(4)), n)
        text.store(scale, factors, "f32")
        scaled_sum = text.binary("arith.mulf", total_f32, scale, "f32")
        text.store(scaled_sum, text.at(factors, 4 * (n // BLOCK)), "f32")

    def _block_scale(self, values: list[str]) -> tuple[str, str]:
        """(max|v| / 127, 127 / max|v| or 0) as f32 scalars."""
        text = self.text
        highest = self.math.max_abs(values)
        scale = text.binary("arith.mulf", highest, text.const(1 / 127, "f32"), "f32")
        zero = text.const(0.0, "f32")
        positive = text.op(f"arith.cmpf ogt, {highest}, {zero} : f32")
        quotient = text.binary("arith.divf", text.const(127.0, "f32"), highest, "f32")
        return scale, text.op(f"arith.select {positive}, {quotient}, {zero} : f32")
