"""Cases of matrix products."""

from __future__ import annotations

import numpy as np

from intarsia.codegen.gpu.dtypes import dtype
from intarsia.codegen.triton.gemm import SCALE_BLOCK, Gemm
from intarsia.codegen.verify.cases.case import Array, Case, Value, exact, normal, poison
from intarsia.codegen.verify.cases.rows import activation


def gemm(spec: Gemm, rows: int, seed: int = 3) -> Case:
    rng = np.random.default_rng(seed)
    a, b = normal(rng, spec.dtype, rows, spec.k), normal(rng, spec.dtype, spec.n, spec.k, scale=spec.k**-0.5)
    bias, residual = normal(rng, spec.result, spec.n), normal(rng, spec.result, rows, spec.n)
    scales = _scales(spec, rows, rng)
    left, right = _scaled(spec, a, b, scales)
    c = activation(spec.activation, left @ right.T + (exact(bias) if spec.bias else 0)) + (exact(residual) if spec.residual else 0)
    arguments: dict[str, Value] = {"a": a, "b": b} | ({"bias": bias} if spec.bias else {}) | ({"residual": residual} if spec.residual else {}) | scales
    arguments |= {"c": poison(spec.result, rows, spec.n), "rows": rows}
    return Case(spec, arguments, {"c": c}, 1.5 * dtype(spec.result).epsilon + 1e-5, {"rows": rows})


def _scales(spec: Gemm, rows: int, rng: np.random.Generator) -> dict[str, Array]:
    blocks = spec.k // SCALE_BLOCK
    shapes: dict[str, list[tuple[int, ...]]] = {"": [], "tensor": [(1,), (1,)], "block": [(rows, blocks), (-(-spec.n // SCALE_BLOCK), blocks)]}
    return {name: rng.uniform(0.5, 2.0, shape).astype(np.float32) for name, shape in zip(("a_scale", "b_scale"), shapes[spec.scales], strict=False)}


def _scaled(spec: Gemm, a: Array, b: Array, scales: dict[str, Array]) -> tuple[Array, Array]:
    """The numbers that 8-bit operands stand for."""
    if not scales:
        return exact(a), exact(b)
    of_a, of_b = exact(scales["a_scale"]), exact(scales["b_scale"])
    if spec.scales == "block":
        of_a = of_a.repeat(SCALE_BLOCK, 1)
        of_b = of_b.repeat(SCALE_BLOCK, 0)[: spec.n].repeat(SCALE_BLOCK, 1)
    return exact(a) * of_a, exact(b) * of_b
