"""Kernels that go through rows once: sums, activations, gating, quantisation, copies and the choice of rows."""

from __future__ import annotations

from collections.abc import Callable

from intarsia.codegen.cpu.formats import BLOCK, activation_row_bytes
from intarsia.codegen.cpu.isa import Isa
from intarsia.codegen.cpu.kernels.kernel import Kernel
from intarsia.codegen.cpu.kernels.rows import RowText
from intarsia.codegen.cpu.kernels.text import vec


def emit_add(width: int, isa: Isa) -> Kernel:
    """(x, addend, y; rows): y = x + addend; y may be x's place."""
    return _binary(f"add_{width}_{isa.name}", ("x", "addend"), width, "f32", isa, lambda text, a, b: text.math.add(a, b))


def emit_glu(width: int, y: str, activation: str, isa: Isa) -> Kernel:
    """(gate, up, y; rows): y = activation(gate) * up."""

    def gated(text: RowText, gate: str, up: str) -> str:
        return text.math.mul(getattr(text.math, activation)(gate), up)

    return _binary(f"glu_{activation}_{width}_{y}_{isa.name}", ("gate", "up"), width, y, isa, gated)


def emit_activate(width: int, y: str, kind: str, isa: Isa) -> Kernel:
    """(x, y; rows): y = kind(x), where kind may be "none" (to quantise, or to copy)."""
    text = RowText(f"activate_{kind}_{width}_{y}_{isa.name}", ["x", "y"], isa)
    with text.units() as unit:
        load = text.load_columns(text.element("%x", unit, activation_row_bytes("f32", width)))

        def value(offset: str, load: Callable[[str], str] = load) -> str:
            loaded = load(offset)
            return loaded if kind == "none" else str(getattr(text.math, kind)(loaded))

        text.write_row(y, width, text.element("%y", unit, activation_row_bytes(y, width)), value)
    return text.kernel()


def emit_dequantise(width: int, isa: Isa) -> Kernel:
    """(x, y; rows): f32 rows from q8 rows."""
    text = RowText(f"dequantise_{width}_{isa.name}", ["x", "y"], isa)
    narrow = vec(text.lanes, "i8")
    with text.units() as unit:
        x = text.element("%x", unit, activation_row_bytes("q8", width))
        y = text.element("%y", unit, activation_row_bytes("f32", width))
        with text.each(width // BLOCK) as block:
            scale = text.splat(text.load(text.element(x, block, 4, width), "f32"), text.lanes, "f32")
            for lane in range(0, BLOCK, text.lanes):
                quants = text.load(text.element(x, block, BLOCK, lane), narrow)
                value = text.cast("arith.sitofp", quants, narrow, text.f32)
                text.store(text.math.mul(value, scale), text.element(y, block, 4 * BLOCK, 4 * lane), text.f32)
    return text.kernel()


def emit_copy(row_bytes: int, isa: Isa) -> Kernel:
    """(x, y; rows): the rows as they are."""
    text = RowText(f"copy_{row_bytes}", ["x", "y"], isa)
    with text.units() as unit:
        text.copy(text.element("%x", unit, row_bytes), text.element("%y", unit, row_bytes), row_bytes)
    return text.kernel()


def emit_select_rows(row_bytes: int, isa: Isa) -> Kernel:
    """(x, indices, y; wanted rows): row u of y is row indices[u] of x."""
    text = RowText(f"select_rows_{row_bytes}", ["x", "indices", "y"], isa)
    with text.units() as unit:
        source = text.element("%x", text.load_index("%indices", unit), row_bytes)
        text.copy(source, text.element("%y", unit, row_bytes), row_bytes)
    return text.kernel()


def _binary(
    name: str, operands: tuple[str, str], width: int, y: str, isa: Isa, combine: Callable[[RowText, str, str], str]
) -> Kernel:
    text = RowText(name, [*operands, "y"], isa)
    stride = activation_row_bytes("f32", width)
    with text.units() as unit:
        a, b = (text.load_columns(text.element(f"%{operand}", unit, stride)) for operand in operands)

        def value(offset: str, a: Callable[[str], str] = a, b: Callable[[str], str] = b) -> str:
            return combine(text, a(offset), b(offset))

        text.write_row(y, width, text.element("%y", unit, activation_row_bytes(y, width)), value)
    return text.kernel()
