"""The float32 matrix product and the elementary functions of exported modules, against float64."""

from __future__ import annotations

import ctypes
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from intarsia.codegen.cpu import isa
from intarsia.codegen.cpu.linalg_gemm import gemm_text
from intarsia.codegen.cpu.linalg_math import NAMES, math_text
from intarsia.ir import bindings
from intarsia.ir.bindings import ExecutionEngine, PassManager, ir

PASSES = "builtin.module(convert-scf-to-cf,convert-vector-to-llvm,convert-math-to-llvm,convert-to-llvm,reconcile-unrealized-casts)"
SIZES = st.integers(0, 70)


def compiled(text: str, name: str, *kinds: Any) -> Callable[..., None]:
    """A function of a module's text; `kinds` are ctypes types."""
    with bindings.LOCK, bindings.context(), ir.Location.unknown():
        module = ir.Module.parse(text)
        PassManager.parse(PASSES).run(module.operation)
        engine = ExecutionEngine(module, opt_level=3)
        address = engine.raw_lookup(name)
    packed = ctypes.CFUNCTYPE(None, ctypes.c_void_p)(address)

    def call(*values: Any) -> None:
        arguments = [kind(value) for kind, value in zip(kinds, values, strict=True)]
        packed((ctypes.c_void_p * len(arguments))(*map(ctypes.addressof, arguments)))

    call.engine = engine  # type: ignore[attr-defined]
    return call


@pytest.fixture(scope="module", params=isa.supported())
def gemm(request: pytest.FixtureRequest) -> Callable[..., None]:
    numbers = "%m: i64, %n: i64, %k: i64, %lda: i64, %ldb: i64, %ldc: i64"
    kinds = ", ".join(["!llvm.ptr"] * 3 + ["i64"] * 6)
    entry = f"func.func @entry(%a: !llvm.ptr, %b: !llvm.ptr, %c: !llvm.ptr, {numbers}) {{\n"
    entry += f"call @gemm(%a, %b, %c, %m, %n, %k, %lda, %ldb, %ldc) : ({kinds}) -> ()\nreturn\n}}\n"
    return compiled(gemm_text(isa.named(request.param)) + entry, "entry", *[ctypes.c_void_p] * 3, *[ctypes.c_int64] * 6)


@settings(max_examples=60, deadline=None)
@given(m=SIZES, n=SIZES, k=st.integers(0, 300), gap=st.integers(0, 3), seed=st.integers(0, 1 << 30))
def test_gemm(gemm: Callable[..., None], m: int, n: int, k: int, gap: int, seed: int) -> None:
    """Rows may lie apart, and what lies between them is not touched."""
    rng = np.random.default_rng(seed)
    a, b, c = (rng.standard_normal((rows, columns + gap), np.float32) for rows, columns in ((m, k), (k, n), (m, n)))
    before = c.copy()
    wanted = c[:, :n] + a[:, :k].astype(np.float64) @ b[:, :n].astype(np.float64)
    gemm(a.ctypes.data, b.ctypes.data, c.ctypes.data, m, n, k, k + gap, n + gap, n + gap)
    np.testing.assert_allclose(c[:, :n], wanted, atol=2e-5 * max(1, k) ** 0.5, rtol=1e-5)
    np.testing.assert_array_equal(c[:, n:], before[:, n:])


EXACT = {"exp_f32": np.exp, "tanh_f32": np.tanh, "erf_f32": np.vectorize(math.erf)}
SPECIAL = [0.0, -0.0, 1e-30, -1e-20, np.inf, -np.inf, np.nan, 88.72, 89.0, -87.3, -90.0]


@pytest.mark.parametrize("name", NAMES.values())
def test_elementary_functions(name: str) -> None:
    loop = f"""
    func.func @entry(%x: !llvm.ptr, %y: !llvm.ptr, %n: i64) {{
      %zero = arith.constant 0 : i64
      %one = arith.constant 1 : i64
      scf.for %i = %zero to %n step %one : i64 {{
        %from = llvm.getelementptr %x[%i] : (!llvm.ptr, i64) -> !llvm.ptr, f32
        %to = llvm.getelementptr %y[%i] : (!llvm.ptr, i64) -> !llvm.ptr, f32
        %v = llvm.load %from : !llvm.ptr -> f32
        %r = func.call @{name}(%v) : (f32) -> f32
        llvm.store %r, %to : f32, !llvm.ptr
      }}
      return
    }}"""
    call = compiled(math_text() + loop, "entry", ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int64)
    x = np.concatenate([np.linspace(-100, 100, 40001), np.linspace(-1, 1, 40001), SPECIAL]).astype(np.float32)
    y = np.empty_like(x)
    call(x.ctypes.data, y.ctypes.data, x.size)
    with np.errstate(all="ignore"):
        exact = EXACT[name](x.astype(np.float64))
        rounded = exact.astype(np.float32)
    ordinary = np.isfinite(rounded) & ((np.abs(exact) > 1.2e-38) | (exact == 0))
    np.testing.assert_allclose(y[ordinary], exact[ordinary], rtol=3e-7)
    np.testing.assert_array_equal(y[~ordinary & ~np.isfinite(rounded)], rounded[~ordinary & ~np.isfinite(rounded)])
