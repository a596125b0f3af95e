"""Which source answers for an operator, shares of a device, and bad questions."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from intarsia.cost_models import analytic, sources
from intarsia.cost_models.devices import load
from intarsia.cost_models.estimate import ANALYTIC, MEASURED
from intarsia.cost_models.ops import Attention, BatchedGemm, Collective, Elementwise, Experts, Gemm, LatentAttention, Op
from intarsia.errors import InputError

DEVICE = load("H100-SXM")
EVERY: tuple[Op, ...] = (
    Gemm(16, 4096, 4096), Attention(8, 1, 4000, 32, 8, 128), Attention(1, 2048, 0, 32, 8, 128, kv_dtype="int8"), LatentAttention(8, 1, 4000, 16, absorbed=True),
    BatchedGemm(16, 64, 512, 128), Experts(64, 4096, 1536, 8, 128), Elementwise(1e6), Collective("all_reduce", 1e6, 8), Collective("send_recv", 1e6, 2),
)  # fmt: skip


@pytest.mark.parametrize("name", ["MI300X", "TPU-v6e", "x86-server"])
def test_devices_that_nobody_measured_take_the_analytic_model(name: str) -> None:
    for op in EVERY:
        found = sources.cost(op, load(name))
        assert (found.source, found.error_band) == ("analytic", 0.5) and 0 < found.seconds < 1
        assert found.seconds == float(analytic.seconds(op, load(name)))
        assert found.bytes_per_level[load(name).main_memory.name] == float(op.bytes)


def test_the_first_source_that_knows_answers() -> None:
    class Half:
        """Knows matmuls alone."""

        def estimate(self, op: Op, device: Any) -> sources.Estimate:
            if not isinstance(op, Gemm):
                raise InputError("no")
            return sources.Estimate(np.array([1.5]), np.array([MEASURED]), np.array([0.1]), "made up")

    known = [Half(), sources.Analytic()]
    assert sources.cost(Gemm(1, 2, 3), DEVICE, sources=known).source == "measured, made up"
    assert sources.best(Elementwise(1.0), DEVICE, known).kind.tolist() == [ANALYTIC]
    with pytest.raises(InputError, match="no source knows the cost of Elementwise on H100-SXM"):
        sources.best(Elementwise(1.0), DEVICE, [Half()])


@pytest.mark.parametrize("share", [1.0, 0.5, 0.1])
def test_a_share_of_a_device_takes_longer(share: float) -> None:
    device = load("T4")
    whole, part = sources.cost(Gemm(64, 512, 512), device), sources.cost(Gemm(64, 512, 512), device, share=share)
    assert part.seconds == pytest.approx(whole.seconds / share) and part.flops == whole.flops
    assert part.seconds * device.idle_watts <= part.joules <= part.seconds * device.watts


@pytest.mark.parametrize("share", [0.0, -1.0, 1.5])
def test_bad_shares(share: float) -> None:
    with pytest.raises(InputError, match="share of a device"):
        sources.cost(Gemm(1, 2, 3), DEVICE, share=share)


def test_bad_questions() -> None:
    with pytest.raises(InputError, match="unknown dtype 'fp4'"):
        sources.best(Gemm(1, 2, 3, "fp4"), DEVICE)
    with pytest.raises(InputError, match="k of Gemm"):
        sources.cost(Gemm(1, 2, 0), DEVICE)
    with pytest.raises(InputError, match="a cost is of one operator"):
        sources.cost(Gemm(np.array([1, 2]), 2, 3), load("T4"))
    with pytest.raises(InputError, match="'tgi'.*choose one of vllm"):
        sources.preferred("tgi")
    with pytest.raises(InputError, match="H1000"):
        load("H1000")
