"""Rows of the embedding table, straight from its packed format, so that a tied table is stored once."""

from __future__ import annotations

from intarsia.codegen.cpu.formats import BLOCK, GROUP_ROWS, activation_row_bytes, group_bytes, layout_of
from intarsia.codegen.cpu.isa import Isa
from intarsia.codegen.cpu.kernels.kernel import Kernel
from intarsia.codegen.cpu.kernels.matmul_weights import QUADS, READERS, dequantised_quad
from intarsia.codegen.cpu.kernels.rows import RowText, digits

SOURCES = ("token", "position", "type")


def emit_embed(width: int, formats: tuple[str, str, str], scale: float, isa: Isa) -> Kernel:
    """(tokens, positions, token table, position table, type table, y; rows): the sum of the tables' rows, times scale.

    `formats` are the packed formats of the three tables, "" where there is none; the token type is 0.
    """
    name = "_".join(["embed", str(width), *(fmt or "no" for fmt in formats), digits(scale), isa.name])
    text = RowText(name, ["tokens", "positions", "token", "position", "type", "y"], isa)
    with text.units() as unit:
        y = text.element("%y", unit, activation_row_bytes("f32", width))
        text.write_row("f32", width, y, lambda _: text.math.constant(0.0))
        indices = (text.load_index("%tokens", unit), text.load_index("%positions", unit), text.const(0))
        for source, fmt, index in zip(SOURCES, formats, indices, strict=True):
            if fmt:
                _add_row(text, fmt, f"%{source}", index, y, width)
        if scale != 1.0:
            row, factor = text.load_columns(y), text.math.constant(scale)
            text.write_row("f32", width, y, lambda offset: text.math.mul(row(offset), factor))
    return text.kernel()


def _add_row(text: RowText, fmt: str, table: str, index: str, y: str, width: int) -> None:
    """Add row `index` of a packed table to the row at `y`."""
    group = text.element(table, text.divide(index, GROUP_ROWS), group_bytes(fmt, width))
    lane = text.remainder(index, GROUP_ROWS)
    if layout_of(fmt).quantised:
        _add_quantised(text, fmt, group, lane, y, width)
        return
    size = layout_of(fmt).block.itemsize
    with text.each(width) as column:
        source = text.at(text.element(group, column, size), text.mul(lane, size // GROUP_ROWS))
        _accumulate(text, text.element(y, column, 4), _float(text, source, fmt))


def _add_quantised(text: RowText, fmt: str, group: str, lane: str, y: str, width: int) -> None:
    """Dequantise blocks of all 16 rows of the group to the stack, and take one row of each."""
    scratch = text.bytes_on_stack(4 * GROUP_ROWS * BLOCK)
    with text.each(width // BLOCK) as block:
        for first in range(0, GROUP_ROWS, text.lanes):
            reader = READERS[fmt](text, text.lanes, first)
            address = reader.block(group, block)
            factors = reader.scales(address)
            for quad in range(QUADS):
                for byte, value in enumerate(dequantised_quad(reader, factors, reader.quad(address, quad), quad)):
                    text.store(value, text.at(scratch, 4 * (GROUP_ROWS * (4 * quad + byte) + first)), text.f32)
        target = text.element(y, block, 4 * BLOCK)
        with text.each(BLOCK) as column:
            source = text.at(text.element(scratch, column, 4 * GROUP_ROWS), text.mul(lane, 4))
            _accumulate(text, text.element(target, column, 4), text.load(source, "f32"))


def _accumulate(text: RowText, target: str, value: str) -> None:
    text.store(text.scalar("arith.addf", text.load(target, "f32"), value), target, "f32")


def _float(text: RowText, address: str, fmt: str) -> str:
    """The f32 of one f32, f16 or bf16 in memory."""
    if fmt == "f32":
        return text.load(address, "f32")
    if fmt == "f16":
        return text.cast("arith.extf", text.load(address, "f16"), "f16", "f32")
    wide = text.cast("arith.extui", text.load(address, "i16"), "i16", "i32")
    return text.cast("arith.bitcast", text.binary("arith.shli", wide, text.const(16, "i32"), "i32"), "i32", "f32")
