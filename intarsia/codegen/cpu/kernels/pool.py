"""One vector a sequence from its token rows."""

from __future__ import annotations

from intarsia.codegen.cpu.formats import activation_row_bytes
from intarsia.codegen.cpu.isa import Isa
from intarsia.codegen.cpu.kernels.kernel import Kernel
from intarsia.codegen.cpu.kernels.rows import RowText


def emit_pool(width: int, kind: str, normalise: bool, isa: Isa) -> Kernel:
    """(x, sequences, y; sequences [begin, end)): the mean of a sequence's rows, or its first; of unit length on request."""
    text = RowText(f"pool_{kind}{'_unit' if normalise else ''}_{width}_{isa.name}", ["x", "sequences", "y"], isa)
    stride = activation_row_bytes("f32", width)
    with text.units() as unit:
        first, count = (text.load_index("%sequences", unit, 4 * i, 12) for i in range(2))
        x, y = text.element("%x", first, stride), text.element("%y", unit, stride)
        if kind == "first":
            row = text.load_columns(x)
            text.write_row("f32", width, y, row)
        else:
            _mean(text, x, y, count, width, stride)
        if normalise:
            _to_unit_length(text, y, width)
    return text.kernel()


def _mean(text: RowText, x: str, y: str, count: str, width: int, stride: int) -> None:
    whole = text.cast("arith.sitofp", count, "i64", "f32")
    factor = text.splat(text.scalar("arith.divf", text.number(1.0), whole), text.lanes, "f32")

    def column_mean(offset: str) -> str:
        with text.loop(text.const(0), count, text.const(1), [text.math.constant(0.0)], [text.f32]) as rows:
            value = text.load(text.at(text.element(x, rows.index, stride), offset), text.f32)
            rows.yielded = [text.math.add(rows.carried[0], value)]
        return text.math.mul(rows.results[0], factor)

    text.write_row("f32", width, y, column_mean)


def _to_unit_length(text: RowText, y: str, width: int) -> None:
    def square(offset: str, carried: list[str], mask: str | None) -> list[str]:
        value = text.masked(text.load(text.at(y, offset), text.f32), mask)
        return [text.math.fma(value, value, carried[0])]

    total = text.math.reduce("add", text.sweep(width, square, [text.math.constant(0.0)])[0])
    length = text.scalar("arith.maxnumf", text.op(f"math.sqrt {total} : f32"), text.number(1e-12))
    factor = text.splat(text.scalar("arith.divf", text.number(1.0), length), text.lanes, "f32")
    row = text.load_columns(y)
    text.write_row("f32", width, y, lambda offset: text.math.mul(row(offset), factor))
