"""Prices of our own kernels: slower than tables where an H100 measured them so, and nowhere else."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from intarsia.cost_models.devices import load
from intarsia.cost_models.ops import Attention, Collective, Gemm, Op
from intarsia.cost_models.serving.own_kernels import OwnKernels
from intarsia.ir.device import Device

OPS: tuple[Op, ...] = (
    Gemm(1024, 4096, 4096), Gemm(64, 4096, 4096), Gemm(1024, 4096, 4096, "f8"), Gemm(64, 4096, 4096, "f8_block"), Gemm(1024, 4096, 4096, "int4"), Gemm(8, 4096, 4096, "int4"), Gemm(1024, 4096, 4096, "int8_wo"), Attention(2, 512, 0, 32, 8, 128), Attention(64, 1, 2047, 32, 8, 128), Collective("all_reduce", 1e6, 8),
)  # fmt: skip


def milliseconds(wanted: Sequence[Op], device: Device) -> NDArray[np.float64]:
    return np.full(len(wanted), 1e-3)


@pytest.mark.parametrize("device", ["H100-SXM", "H200"])
def test_products_of_many_rows_and_prompts_take_what_was_measured(device: str) -> None:
    assert OwnKernels(milliseconds)(OPS, load(device)) == pytest.approx([1e-3 / 0.91, 1e-3, 1e-3 / 1.05, 1e-3 / 0.79, 1e-3 / 0.76, 1e-3 / 1.25, 1e-3, 1e-3 / 1.03, 1e-3, 1e-3])


@pytest.mark.parametrize("device", ["A100-80GB-SXM", "B200"])
def test_devices_that_ran_nothing_keep_the_tables(device: str) -> None:
    assert (OwnKernels(milliseconds)(OPS, load(device)) == 1e-3).all()
