"""The matmul kernels, compiled for this machine, against float64; and their text as golden files."""

from __future__ import annotations

import ctypes
import mmap
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from intarsia.codegen.cpu import formats, isa, repack
from intarsia.codegen.cpu.kernels.matmul import ACTIVATIONS, MatmulSpec, emit_matmul
from intarsia.ir import bindings as mlir
from tests.codegen.cpu import unpacked
from tests.codegen.cpu.test_formats import random_source

PIPELINE = (
    "builtin.module(convert-scf-to-cf,convert-vector-to-llvm{enable-x86=true},convert-math-to-llvm,"
    "convert-to-llvm,reconcile-unrealized-casts,canonicalize)"
)
ROWS = (0, 1, 2, 3, 5, 8, 17)
ISAS = isa.supported()
SOURCES = {fmt: source for source, fmt in formats.PACKED_FOR.items()} | {"q4s": "Q4_0"}
PAIRS = [(fmt, x) for fmt in formats.LAYOUTS for x in ("q8", "f32") if x == "f32" or formats.layout_of(fmt).quantised]


class Guarded:
    """Copies of arrays that end right before an unreadable page, so that overruns crash the test."""

    def __init__(self) -> None:
        self._maps: list[tuple[mmap.mmap, np.ndarray]] = []

    def __call__(self, array: np.ndarray) -> np.ndarray:
        flat = np.ascontiguousarray(array).reshape(-1).view(np.uint8)
        pages = -(-flat.size // mmap.PAGESIZE)
        memory = mmap.mmap(-1, (pages + 1) * mmap.PAGESIZE)
        base = np.frombuffer(memory, np.uint8)
        libc = ctypes.CDLL(None, use_errno=True)
        guard = ctypes.c_void_p(base.ctypes.data + pages * mmap.PAGESIZE)
        assert libc.mprotect(guard, ctypes.c_size_t(mmap.PAGESIZE), 0) == 0
        self._maps.append((memory, base))
        view = base[pages * mmap.PAGESIZE - flat.size : pages * mmap.PAGESIZE]
        view[:] = flat
        return view.view(array.dtype).reshape(array.shape)


class Compiled:
    """A spec's kernel, compiled; call it with arrays."""

    def __init__(self, spec: MatmulSpec):
        self.spec, kernel = spec, emit_matmul(spec)
        with mlir.LOCK, mlir.context(), mlir.ir.Location.unknown():
            module = mlir.ir.Module.parse(kernel.text)
            mlir.PassManager.parse(PIPELINE).run(module.operation)
            self.engine = mlir.ExecutionEngine(module, opt_level=3, enable_object_dump=True)
            address = self.engine.raw_lookup(kernel.name)
        self._call = ctypes.CFUNCTYPE(None, ctypes.c_void_p)(address)

    def __call__(self, x, y, residual, packed, bias, begin: int = 0, end: int | None = None) -> None:  # type: ignore[no-untyped-def]
        pointers = [0 if array is None else array.ctypes.data for array in (x, y, residual, packed, bias)]
        numbers = [len(x), begin, self.spec.units if end is None else end]
        values = [ctypes.c_int64(value) for value in pointers + numbers]
        self._call((ctypes.c_void_p * len(values))(*[ctypes.addressof(value) for value in values]))


class Case:
    """Random operands of a spec for a number of rows."""

    def __init__(self, spec: MatmulSpec, rows: int, guarded: Guarded, seed: int = 0):
        rng = np.random.default_rng(seed)
        self.spec = spec
        raw = random_source(SOURCES[spec.weight], spec.n, spec.k, seed)
        self.packed = guarded(repack.pack(spec.weight, SOURCES[spec.weight], raw, spec.n, spec.k))
        x = rng.standard_normal((rows, spec.k)).astype(np.float32)
        self.x = guarded(unpacked.pack_activations(spec.x, x))
        self.bias = guarded(rng.standard_normal(spec.n).astype(np.float32)) if spec.bias else None
        residual = rng.standard_normal((rows, spec.n_out)).astype(np.float32)
        self.residual = guarded(unpacked.pack_activations("f32", residual)) if spec.residual else None
        self.y = guarded(np.zeros((rows, formats.activation_row_bytes(spec.y, spec.n_out)), np.uint8))

    def run(self, kernel: Compiled) -> None:
        """One call over all units."""
        kernel(self.x, self.y, self.residual, self.packed, self.bias)

    def reference(self) -> np.ndarray:
        """Outputs in float64, computed before the call where y is the residual."""
        residual = None
        if self.residual is not None:
            residual = unpacked.unpack_activations("f32", self.residual, self.spec.n_out).copy()
        return unpacked.reference_matmul(self.spec, self.x, self.packed, self.bias, residual)

    def result(self) -> np.ndarray:
        return unpacked.unpack_activations(self.spec.y, self.y, self.spec.n_out)

    def scale(self) -> float:
        """The size of a sum of absolute products: what rounding errors are relative to."""
        x = np.abs(unpacked.unpack_activations(self.spec.x, self.x, self.spec.k)).astype(np.float64)
        weights = np.abs(unpacked.unpack(self.spec.weight, self.packed, self.spec.n, self.spec.k))
        return max(1.0, float((x @ weights.T.astype(np.float64)).max(initial=0)))


def check(case: Case, kernel: Compiled, tolerance: float = 1e-6) -> None:
    """y is within tolerance of float64, relative to the sums' size; q8 also by half a step."""
    expected, scale = case.reference(), case.scale()
    case.run(kernel)
    error = np.abs(case.result() - expected)
    if case.spec.y == "q8":
        blocks = np.abs(expected).reshape(len(case.x), case.spec.n_out // 32, 32).max(axis=-1, initial=0)
        error = error - np.repeat(blocks / 127 * 0.51, 32, axis=1)
    assert error.max(initial=0) <= tolerance * scale


@pytest.mark.parametrize("isa_name", ISAS)
@pytest.mark.parametrize(("weight", "x"), PAIRS)
def test_every_format_for_all_row_counts(weight: str, x: str, isa_name: str) -> None:
    block = formats.layout_of(weight).block_k
    k = 3 * 32 if block == 32 else 2 * block if block > 32 else 37
    spec = MatmulSpec(k, 75, weight, x, "f32", bias=True, residual=True, isa=isa_name)
    kernel, guarded = Compiled(spec), Guarded()
    for rows in ROWS:
        check(Case(spec, rows, guarded, seed=rows), kernel)


@pytest.mark.parametrize("isa_name", ISAS)
@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("y", ["f32", "q8"])
def test_every_activation(activation: str, y: str, isa_name: str) -> None:
    spec = MatmulSpec(24, 128, "f32", "f32", y, activation, bias=True, residual=True, isa=isa_name)
    kernel, guarded = Compiled(spec), Guarded()
    for rows in (1, 5):
        check(Case(spec, rows, guarded), kernel, tolerance=3e-6)


@pytest.mark.parametrize("isa_name", ISAS)
@pytest.mark.parametrize("activation", ["silu", "gelu", "gelu_tanh", "relu", "tanh"])
def test_activations_over_their_whole_range(activation: str, isa_name: str) -> None:
    """A weight of 1 lets each value through; errors are relative to |x| or 1."""
    spec = MatmulSpec(1, 32, "f32", "f32", "f32", activation, isa=isa_name)
    packed = repack.pack("f32", "F32", np.ones(32, np.float32).view(np.uint8), 32, 1)
    values = np.concatenate([[0.0, -0.0, 100, -100, 1e4, -1e4], np.linspace(-12, 12, 491), np.logspace(-8, 0, 60)])
    x = unpacked.pack_activations("f32", values[:, None].astype(np.float32))
    y = np.zeros((len(x), 128), np.uint8)
    Compiled(spec)(x, y, None, packed, None)
    with np.errstate(over="ignore"):
        expected = unpacked.reference_matmul(spec, x, packed)
    error = np.abs(y.view(np.float32) - expected) / np.maximum(np.abs(values), 1e-3)[:, None]
    assert error.max() < 4e-7


@pytest.mark.parametrize("isa_name", ISAS)
@pytest.mark.parametrize("weight", ["q4", "q6"])
def test_gated_q8_to_q8(weight: str, isa_name: str) -> None:
    spec = MatmulSpec(256, 128, weight, "q8", "q8", "glu_silu", isa=isa_name)
    kernel, guarded = Compiled(spec), Guarded()
    for rows in ROWS:
        case = Case(spec, rows, guarded, seed=rows)
        check(case, kernel)
        quants = case.y[:, :64].view(np.int8).reshape(rows, 2, 32).sum(axis=-1)
        factors = np.ascontiguousarray(case.y[:, 64:80]).view(np.float32)
        np.testing.assert_allclose(factors[:, 2:], factors[:, :2] * quants, rtol=1e-6)


@pytest.mark.parametrize("isa_name", ISAS)
@pytest.mark.parametrize("n", [1, 16, 31, 32, 33, 96])
def test_odd_numbers_of_outputs(n: int, isa_name: str) -> None:
    spec = MatmulSpec(64, n, "q4", "q8", "f32", "silu", bias=True, isa=isa_name)
    kernel, guarded = Compiled(spec), Guarded()
    for rows in (1, 3):
        check(Case(spec, rows, guarded), kernel)


@pytest.mark.parametrize("isa_name", ISAS)
@pytest.mark.parametrize("k", [1, 3, 4, 5, 64, 127])
def test_odd_numbers_of_inputs(k: int, isa_name: str) -> None:
    spec = MatmulSpec(k, 32, "f16", "f32", "f32", isa=isa_name)
    kernel, guarded = Compiled(spec), Guarded()
    for rows in (1, 6):
        check(Case(spec, rows, guarded), kernel)


@pytest.mark.parametrize(("x", "isa_name"), [("f32", name) for name in ISAS] + [("q8", "avx2")])
def test_inputs_too_many_for_a_panel_on_the_stack(x: str, isa_name: str) -> None:
    spec = MatmulSpec(33 * 1024, 16, "q4k", x, "f32", isa=isa_name)
    assert "_unpack" not in emit_matmul(spec).text
    check(Case(spec, 17, Guarded()), Compiled(spec), tolerance=3e-6)


@pytest.mark.parametrize("isa_name", ISAS)
@pytest.mark.parametrize("rows", [1, 3, 17])
def test_ranges_of_units_write_their_columns_only(rows: int, isa_name: str) -> None:
    spec = MatmulSpec(96, 200, "q8", "q8", "f32", isa=isa_name)
    kernel, case = Compiled(spec), Case(spec, rows, Guarded())
    case.run(kernel)
    whole = case.result().copy()
    case.y[:] = 0
    kernel(case.x, case.y, None, case.packed, None, 2, 5)
    np.testing.assert_array_equal(case.result()[:, 64:160], whole[:, 64:160])
    assert not case.result()[:, :64].any()
    assert not case.result()[:, 160:].any()
    kernel(case.x, case.y, None, case.packed, None, 0, 2)
    kernel(case.x, case.y, None, case.packed, None, 5, 7)
    np.testing.assert_array_equal(case.result(), whole)


@pytest.mark.parametrize("isa_name", ISAS)
def test_the_residual_may_be_the_result(isa_name: str) -> None:
    spec = MatmulSpec(64, 64, "q4", "q8", "f32", residual=True, isa=isa_name)
    kernel = Compiled(spec)
    for rows in (1, 5, 17):
        case = Case(spec, rows, Guarded())
        assert case.residual is not None
        expected, case.y = case.reference(), case.residual
        case.run(kernel)
        np.testing.assert_allclose(case.result(), expected, atol=1e-6 * case.scale())


@pytest.mark.parametrize("isa_name", ISAS)
def test_extreme_quants_do_not_overflow(isa_name: str) -> None:
    """All quants and activations at their largest, in both signs."""
    for weight, source, fill in (("q4", "Q4_1", 0xFF), ("q8", "Q8_0", 0x80), ("q8", "Q8_0", 0x7F), ("q6", "Q6_K", 0xFF)):
        spec = MatmulSpec(256, 32, weight, "q8", "f32", isa=isa_name)
        raw = random_source(source, 32, 256, 0)
        block = raw.reshape(-1, {"Q4_1": 20, "Q8_0": 34, "Q6_K": 210}[source])
        block[:, {"Q4_1": 4, "Q8_0": 2, "Q6_K": 0}[source] : {"Q6_K": 192}.get(source)] = fill
        packed = repack.pack(weight, source, raw, 32, 256)
        x = unpacked.pack_activations("q8", np.array([[1.0] * 256, [-1.0] * 256], np.float32))
        y = np.zeros((2, 128), np.uint8)
        Compiled(spec)(x, y, None, packed, None)
        expected = unpacked.reference_matmul(spec, x, packed)
        np.testing.assert_allclose(y.view(np.float32), expected, rtol=2e-6, atol=2e-6 * np.abs(expected).max())


def test_q8_activations_stay_near_full_precision() -> None:
    """The error of quantising x is at most half a step times the weights' absolute row sums."""
    spec = MatmulSpec(576, 96, "q4", "q8", "f32", isa=ISAS[0])
    rng = np.random.default_rng(5)
    case = Case(spec, 4, Guarded())
    x = rng.standard_normal((4, 576)).astype(np.float32)
    case.x = unpacked.pack_activations("q8", x)
    case.run(Compiled(spec))
    weights = unpacked.unpack("q4", case.packed, 96, 576).astype(np.float64)
    bound = np.abs(x).max() / 127 / 2 * np.abs(weights).sum(axis=1) * 1.001
    assert (np.abs(case.result() - x.astype(np.float64) @ weights.T) <= bound).all()


@settings(max_examples=12, deadline=None)
@given(
    st.sampled_from(PAIRS), st.sampled_from(ISAS), st.integers(1, 3), st.integers(1, 80), st.integers(0, 20),
    st.sampled_from(["none", "relu", "tanh"]), st.booleans(), st.booleans(),
)  # fmt: skip
def test_any_spec(
    pair: tuple[str, str], isa_name: str, blocks: int, n: int, rows: int, activation: str, bias: bool, residual: bool
) -> None:
    weight, x = pair
    spec = MatmulSpec(blocks * formats.layout_of(weight).block_k, n, weight, x, "f32", activation, bias, residual, isa_name)
    check(Case(spec, rows, Guarded(), seed=n), Compiled(spec), tolerance=3e-6)


@pytest.mark.parametrize("isa_name", ISAS)
def test_object_code_calls_no_library(isa_name: str, tmp_path: Path) -> None:
    """exp, rounding and f16 conversions are vector instructions: the object names no such function."""
    for weight, x, activation in (("q4", "q8", "glu_silu"), ("f16", "f32", "gelu"), ("q4k", "f32", "tanh")):
        spec = MatmulSpec(256, 128, weight, x, "f32", activation, isa=isa_name)
        path = tmp_path / f"{weight}.o"
        Compiled(spec).engine.dump_to_object_file(str(path))
        code = path.read_bytes()
        for name in (b"expf", b"tanhf", b"erff", b"rintf", b"roundeven", b"fmaf", b"fmaxf", b"extendhfsf", b"gnu_h2f"):
            assert b"\0" + name not in code
            assert b"__" + name not in code


BAD = [
    ({"weight": "q5"}, "unknown weight format 'q5'"),
    ({"k": 40}, "multiple of 32, got 40"),
    ({"weight": "f32", "k": 40}, "multiple of 32, got 40"),
    ({"weight": "f32"}, "q8 activations need quantised weights, not f32"),
    ({"weight": "q6", "k": 96}, "multiple of 256, got 96"),
    ({"y": "q8", "n": 48}, "multiple of 32, got 48"),
    ({"activation": "glu_silu", "n": 96}, "multiple of 64, got 96"),
    ({"activation": "softsign"}, "unknown activation 'softsign'"),
    ({"x": "f16"}, "unknown kind of activations 'f16'"),
    ({"isa": "neon"}, "unknown instruction set 'neon'"),
    ({"n": 0}, "at least one output"),
]


@pytest.mark.parametrize(("change", "message"), BAD)
def test_bad_specs_are_refused_in_a_sentence(change: dict[str, object], message: str) -> None:
    good = MatmulSpec(64, 64, "q4", "q8", "f32")
    with pytest.raises(ValueError, match=message):
        emit_matmul(replace(good, **change))  # type: ignore[arg-type]


GOLDEN = {
    "q4_q8_residual_avx512vnni": MatmulSpec(576, 576, "q4", "q8", "f32", residual=True, isa="avx512vnni"),
    "q4_glu_to_q8_avx2": MatmulSpec(576, 3072, "q4", "q8", "q8", "glu_silu", isa="avx2"),
    "q6_f32_bias_avx512vnni": MatmulSpec(512, 96, "q6", "f32", "f32", bias=True, isa="avx512vnni"),
    "f32_gelu_ragged_portable": MatmulSpec(37, 75, "f32", "f32", "f32", "gelu", bias=True, isa="portable"),
}


@pytest.mark.parametrize("name", GOLDEN)
def test_text_is_as_recorded(name: str, golden) -> None:  # type: ignore[no-untyped-def]
    golden(f"matmul/{name}.mlir", emit_matmul(GOLDEN[name]).text)
