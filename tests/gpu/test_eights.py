"""Weights as 8-bit floats: every number is the nearest that its scale allows, wherever matrices and strips end."""

from __future__ import annotations

import ml_dtypes
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from intarsia.codegen.cpu.packing import Part
from intarsia.codegen.gpu.bundle import eights

STEP, LEAST = 2.0**-4, 2.0**-10
"""Half a step of e4m3 against the number, and half of its smallest step (OCP 8-bit floating point specification, table 1)."""


def part(x: np.ndarray) -> Part:
    return Part("w", "f32", *x.shape, x.astype("<f4").reshape(-1).view(np.uint8))


def widened(parts: list[Part], precision: str) -> tuple[np.ndarray, np.ndarray]:
    """The numbers that codes and scales stand for, and each one's scale."""
    n, k = sum(p.n for p in parts), parts[0].k
    scales = eights.scales(parts, precision)
    assert scales.shape == eights.scales_shape(n, k, precision) and scales.dtype == np.float32
    codes = np.concatenate(list(eights.codes(parts, precision))).view(ml_dtypes.float8_e4m3fn).astype(float)
    each = scales.astype(float) if precision == "f8" else scales.astype(float).repeat(128, 0)[:n].repeat(128, 1)
    return codes * each, np.broadcast_to(each, (n, k))


@pytest.mark.parametrize("precision", ["f8", "f8_block"])
@settings(max_examples=20, deadline=None)
@given(rows=st.lists(st.integers(1, 300), min_size=1, max_size=3), blocks=st.integers(1, 2), seed=st.integers(0, 999), size=st.sampled_from([1e-30, 1e-3, 1.0, 1e30]))
def test_every_number_is_the_nearest(precision: str, rows: list[int], blocks: int, seed: int, size: float) -> None:
    rng = np.random.default_rng(seed)
    whole = (size * rng.standard_normal((sum(rows), 128 * blocks)) * rng.choice([0.0, 1.0, 50.0], (sum(rows), 1))).astype(np.float32)
    found, scale = widened([part(piece) for piece in np.split(whole, np.cumsum(rows)[:-1])], precision)
    assert np.all(np.abs(found - whole) <= 1.001 * np.maximum(STEP * np.abs(whole), LEAST * scale))


def test_strips_are_one_matrix(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = np.random.default_rng(1).standard_normal((700, 256)).astype(np.float32)
    for precision in ("f8", "f8_block"):
        wanted = widened([part(whole)], precision)[0]
        with monkeypatch.context() as patch:
            patch.setattr(eights, "STRIP", 128)
            np.testing.assert_array_equal(widened([part(whole[:200]), part(whole[200:])], precision)[0], wanted)


def test_the_largest_number_of_a_block_is_kept() -> None:
    """It becomes 448 times its block's scale; other blocks know nothing of it."""
    whole = np.ones((256, 256), np.float32)
    whole[3, 200] = -1000.0
    found, scale = widened([part(whole)], "f8_block")
    assert found[3, 200] == pytest.approx(-1000.0) and scale[0, 0] == pytest.approx(1 / 448) == scale[200, 200] and scale[0, 200] == pytest.approx(1000 / 448)
