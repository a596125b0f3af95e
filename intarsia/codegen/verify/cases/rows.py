"""Cases of kernels that work on rows: norms and gated units."""

from __future__ import annotations

from math import erf

import numpy as np

from intarsia.codegen.cuda.kernels import CudaRmsNorm
from intarsia.codegen.gpu.dtypes import dtype
from intarsia.codegen.triton.glu import Glu
from intarsia.codegen.triton.norm import RmsNorm
from intarsia.codegen.verify.cases.case import Array, Case, exact, normal, poison


def activation(kind: str, x: Array) -> Array:
    """By their definitions (gelu: Hendrycks and Gimpel, 2016)."""
    match kind:
        case "none":
            return x
        case "silu":
            return np.asarray(x / (1 + np.exp(-x)))
        case "gelu":
            return np.asarray(0.5 * x * (1 + np.vectorize(erf)(x / np.sqrt(2))))
        case "gelu_tanh":
            return np.asarray(0.5 * x * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3))))
        case "relu":
            return np.maximum(x, 0)
        case _:
            return np.tanh(x)


def rmsnorm(spec: RmsNorm | CudaRmsNorm, rows: int, seed: int = 1) -> Case:
    rng = np.random.default_rng(seed)
    x, residual = normal(rng, spec.dtype, rows, spec.width), normal(rng, spec.dtype, rows, spec.width)
    weight = normal(rng, spec.dtype, spec.width)
    summed = (x.astype(np.float32) + residual.astype(np.float32)).astype(x.dtype) if spec.residual else x
    y = exact(summed) / np.sqrt(np.mean(exact(summed) ** 2, 1, keepdims=True) + spec.eps) * exact(weight)
    arguments = {"x": x, **({"residual": residual} if spec.residual else {}), "weight": weight, "y": poison(spec.dtype, rows, spec.width), "rows": rows}
    expected = {"y": y} | ({"residual": exact(summed)} if spec.residual else {})
    return Case(spec, arguments, expected, 1.5 * dtype(spec.dtype).epsilon + 1e-6, {"rows": rows})


def glu(spec: Glu, rows: int, seed: int = 2) -> Case:
    rng = np.random.default_rng(seed)
    x = normal(rng, spec.dtype, rows, 2 * spec.width, scale=2.0)
    y = activation(spec.activation, exact(x[:, : spec.width])) * exact(x[:, spec.width :])
    return Case(spec, {"x": x, "y": poison(spec.dtype, rows, spec.width), "rows": rows}, {"y": y}, 1.5 * dtype(spec.dtype).epsilon + 1e-6, {"rows": rows})
