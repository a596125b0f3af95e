"""Normalisation of rows: RMSNorm (Zhang and Sennrich, 2019), LayerNorm (Ba et al., 2016), with quantisation in the same pass."""

from __future__ import annotations

from intarsia.codegen.cpu.formats import activation_row_bytes
from intarsia.codegen.cpu.isa import Isa
from intarsia.codegen.cpu.kernels.kernel import Kernel
from intarsia.codegen.cpu.kernels.rows import MakeValue, RowText, digits


def emit_rmsnorm(width: int, y: str, eps: float, isa: Isa) -> Kernel:
    """(x, weight, y; rows [begin, end)): y = x / sqrt(mean(x^2) + eps) * weight."""
    text = RowText(f"rmsnorm_{width}_{y}_{digits(eps)}_{isa.name}", ["x", "weight", "y"], isa)
    with text.units() as unit:
        row = text.element("%x", unit, activation_row_bytes("f32", width))
        factor = rms_factor(text, row, width, eps)
        normed = _scaled_by_weight(text, text.load_columns(row), factor)
        text.write_row(y, width, text.element("%y", unit, activation_row_bytes(y, width)), normed)
    return text.kernel()


def emit_head_norm(heads: int, head_dim: int, eps: float, isa: Isa) -> Kernel:
    """(x, weight, y; rows): RMSNorm of each head of an f32 row by the same weight of head_dim."""
    text = RowText(f"head_norm_{heads}x{head_dim}_{digits(eps)}_{isa.name}", ["x", "weight", "y"], isa)
    stride = activation_row_bytes("f32", heads * head_dim)
    scratch = text.bytes_on_stack(activation_row_bytes("f32", head_dim))
    with text.units() as unit, text.each(heads) as head:
        offset = text.mul(head, 4 * head_dim)
        x, y = (text.at(text.element(base, unit, stride), offset) for base in ("%x", "%y"))
        text.copy(x, scratch, 4 * head_dim)
        norm_head(text, scratch, "%weight", head_dim, eps)
        text.copy(scratch, y, 4 * head_dim)
    return text.kernel()


def emit_layernorm(width: int, y: str, eps: float, adds: bool, isa: Isa) -> Kernel:
    """(x, addend, weight, bias, y; rows): y = (s - mean(s)) / sqrt(var(s) + eps) * weight + bias, s = x (+ addend).

    y may be x's place.
    """
    name = f"layernorm_{width}_{y}_{digits(eps)}{'_add' if adds else ''}_{isa.name}"
    text = RowText(name, ["x", "addend", "weight", "bias", "y"], isa)
    stride = activation_row_bytes("f32", width)
    sums = text.bytes_on_stack(stride)
    with text.units() as unit:
        row, addend = text.element("%x", unit, stride), text.element("%addend", unit, stride) if adds else ""
        mean = _sum_into(text, row, addend, sums, width)
        factor, centre = _deviation_factor(text, sums, mean, width, eps), text.splat(mean, text.lanes, "f32")

        def value(offset: str, factor: str = factor, centre: str = centre) -> str:
            centred = text.math.sub(text.load(text.at(sums, offset), text.f32), centre)
            scale = text.math.mul(text.load(text.at("%weight", offset), text.f32), factor)
            return text.math.fma(centred, scale, text.load(text.at("%bias", offset), text.f32))

        text.write_row(y, width, text.element("%y", unit, activation_row_bytes(y, width)), value)
    return text.kernel()


def rms_factor(text: RowText, row: str, width: int, eps: float) -> str:
    """1 / sqrt(mean(row^2) + eps) in all lanes."""

    def square(offset: str, carried: list[str], mask: str | None) -> list[str]:
        value = text.masked(text.load(text.at(row, offset), text.f32), mask)
        return [text.math.fma(value, value, carried[0])]

    total = text.math.reduce("add", text.sweep(width, square, [text.math.constant(0.0)])[0])
    mean = text.scalar("arith.mulf", total, text.number(1 / width))
    return text.splat(text.inverse_root(text.scalar("arith.addf", mean, text.number(eps))), text.lanes, "f32")


def norm_head(text: RowText, head: str, weight: str, head_dim: int, eps: float) -> None:
    """RMSNorm in place of the padded f32 head at address `head`."""
    factor = rms_factor(text, head, head_dim, eps)
    text.write_row("f32", head_dim, head, _scaled_by_weight(text, text.load_columns(head), factor, weight))


def _scaled_by_weight(text: RowText, load: MakeValue, factor: str, weight: str = "%weight") -> MakeValue:
    def value(offset: str) -> str:
        scaled = text.math.mul(load(offset), factor)
        return text.math.mul(scaled, text.load(text.at(weight, offset), text.f32))

    return value


def _sum_into(text: RowText, row: str, addend: str, sums: str, width: int) -> str:
    """Write row (+ addend) at `sums`; gives the mean."""

    def step(offset: str, carried: list[str], mask: str | None) -> list[str]:
        value = text.load(text.at(row, offset), text.f32)
        if addend:
            value = text.math.add(value, text.load(text.at(addend, offset), text.f32))
        text.store(value, text.at(sums, offset), text.f32)
        return [text.math.add(carried[0], text.masked(value, mask))]

    total = text.math.reduce("add", text.sweep(width, step, [text.math.constant(0.0)])[0])
    return text.scalar("arith.mulf", total, text.number(1 / width))


def _deviation_factor(text: RowText, sums: str, mean: str, width: int, eps: float) -> str:
    """1 / sqrt(variance + eps) in all lanes."""
    centre = text.splat(mean, text.lanes, "f32")

    def square(offset: str, carried: list[str], mask: str | None) -> list[str]:
        value = text.masked(text.math.sub(text.load(text.at(sums, offset), text.f32), centre), mask)
        return [text.math.fma(value, value, carried[0])]

    total = text.math.reduce("add", text.sweep(width, square, [text.math.constant(0.0)])[0])
    variance = text.scalar("arith.mulf", total, text.number(1 / width))
    return text.splat(text.inverse_root(text.scalar("arith.addf", variance, text.number(eps))), text.lanes, "f32")
