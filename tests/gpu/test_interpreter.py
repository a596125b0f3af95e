"""The interpreter computes right where Triton's own is wrong, and catches what it lets pass."""

from __future__ import annotations

from pathlib import Path

import ml_dtypes
import numpy as np
import pytest

from intarsia.errors import InputError
from intarsia.interpreter import MemoryFault, load

KERNELS = '''
import triton
import triton.language as tl

@triton.jit
def arithmetic(x, y, total, BLOCK: tl.constexpr):
    at = tl.arange(0, BLOCK)
    tl.store(total + at, tl.load(x + at) * tl.load(y + at) + tl.load(x + at))

@triton.jit
def convert(x, y, BLOCK: tl.constexpr):
    at = tl.arange(0, BLOCK)
    tl.store(y + at, tl.load(x + at).to(y.dtype.element_ty))

@triton.jit
def product(x, y, total, BLOCK: tl.constexpr):
    at = tl.arange(0, BLOCK)
    place = at[:, None] * BLOCK + at[None, :]
    tl.store(total + place, tl.dot(tl.load(x + place), tl.load(y + place)))

@triton.jit
def sum_bf16(x, y, BLOCK: tl.constexpr):
    at = tl.arange(0, BLOCK)
    tl.store(y + at, tl.load(x + at) + tl.sum(tl.load(x + at), 0))

@triton.jit
def no_mask(x, y, n, BLOCK: tl.constexpr):
    at = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    tl.store(y + at, tl.load(x + at), mask=at < n)

@triton.jit
def wide_store(x, y, n, BLOCK: tl.constexpr):
    at = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    tl.store(y + at, tl.load(x + at, mask=at < n), mask=at < n + 1)

@triton.jit
def overlap(x, y, n, BLOCK: tl.constexpr):
    at = tl.program_id(0) * (BLOCK - 1) + tl.arange(0, BLOCK)
    tl.store(y + at, tl.load(x + at, mask=at < n), mask=at < n)

@triton.jit
def neighbour(x, y, n, BLOCK: tl.constexpr):
    at = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    tl.store(x + at, tl.load(x + at + 1, mask=at + 1 < n, other=0.0), mask=at < n)

@triton.jit
def same_place(x, y, n, BLOCK: tl.constexpr):
    at = tl.arange(0, BLOCK)
    tl.store(y + at * 0, tl.load(x + at))

@triton.jit
def count(x, y, n, BLOCK: tl.constexpr):
    at = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    tl.atomic_add(y, tl.sum(tl.load(x + at, mask=at < n, other=0.0), 0))
'''


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("kernels") / "kernels.py"
    path.write_text(KERNELS)
    return path


BF16 = np.dtype(ml_dtypes.bfloat16)


def test_bf16_arithmetic_is_rounded_after_each_operation(file: Path) -> None:
    rng = np.random.default_rng(0)
    x, y = (rng.standard_normal(64).astype(BF16) for _ in range(2))
    total = np.zeros(64, BF16)
    load(file, "arithmetic").launch(1, {"x": x, "y": y, "total": total, "BLOCK": 64})
    assert np.array_equal(total, (x * y).astype(BF16) + x)


@pytest.mark.parametrize("to", [ml_dtypes.bfloat16, ml_dtypes.float8_e4m3fn, ml_dtypes.float8_e5m2, np.float16])
def test_conversions_round_to_nearest_even_and_saturate_in_8_bits(file: Path, to: type) -> None:
    x = np.concatenate([np.linspace(-3, 3, 250), [0.498, 1.9999, 1e-3, 3e-9, 500.0, -1e6]]).astype(np.float32)
    y = np.zeros(x.size, to)
    load(file, "convert").launch(1, {"x": x, "y": y, "BLOCK": 256})
    largest = {ml_dtypes.float8_e4m3fn: 448.0, ml_dtypes.float8_e5m2: 57344.0}.get(to, np.inf)
    with np.errstate(over="ignore"):
        assert np.array_equal(y.astype(np.float64), np.clip(x, -largest, largest).astype(to).astype(np.float64))


@pytest.mark.parametrize("kind", [ml_dtypes.bfloat16, ml_dtypes.float8_e4m3fn, ml_dtypes.float8_e5m2, np.float16])
def test_products_of_narrow_floats_are_summed_in_f32(file: Path, kind: type) -> None:
    rng = np.random.default_rng(1)
    x, y = (rng.standard_normal((32, 32)).astype(kind) for _ in range(2))
    total = np.zeros((32, 32), np.float32)
    load(file, "product").launch(1, {"x": x, "y": y, "total": total, "BLOCK": 32})
    assert np.abs(total - x.astype(np.float64) @ y.astype(np.float64)).max() < 1e-5


def test_a_reduction_of_bf16_is_refused(file: Path) -> None:
    x = np.ones(32, BF16)
    with pytest.raises(Exception, match=r"float32 first"):
        load(file, "sum_bf16").launch(1, {"x": x, "y": x.copy(), "BLOCK": 32})


@pytest.mark.parametrize(("kernel", "message"), [
    ("no_mask", "load outside"), ("wide_store", "store outside"), ("overlap", "both write"), ("neighbour", "what another one"), ("same_place", "two lanes"),
])  # fmt: skip
def test_memory_faults_are_caught(file: Path, kernel: str, message: str) -> None:
    x, y = np.ones(100, np.float32), np.zeros(100, np.float32)
    with pytest.raises(MemoryFault, match=message):
        load(file, kernel).launch(4, {"x": x, "y": y, "n": 100, "BLOCK": 32}, seed=3)


def test_atomics_are_no_race(file: Path) -> None:
    x, y = np.ones(100, np.float32), np.zeros(1, np.float32)
    load(file, "count").launch(4, {"x": x, "y": y, "n": 100, "BLOCK": 32}, seed=3)
    assert y[0] == 100


def test_what_a_launch_lacks_is_named(file: Path) -> None:
    with pytest.raises(InputError, match="lacks arguments y"):
        load(file, "convert").launch(1, {"x": np.zeros(4, np.float32), "BLOCK": 4})
    with pytest.raises(InputError, match="no kernel nothing"):
        load(file, "nothing")


def test_the_language_is_left_as_it_was(file: Path) -> None:
    import triton.language as tl
    from triton.runtime.jit import JITFunction

    before = dict(vars(tl)), dict(vars(tl.core)), dict(vars(tl.standard))
    load(file, "arithmetic").launch(1, {"x": np.zeros(4, np.float32), "y": np.zeros(4, np.float32), "total": np.zeros(4, np.float32), "BLOCK": 4})
    assert isinstance(tl.sum, JITFunction)
    for module, was in zip((tl, tl.core, tl.standard), before, strict=True):
        assert {name: value for name, value in vars(module).items() if name in was} == was
