"""The roofline with tiles and waves: work by hand, bounds, monotonicity, and bad input."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from intarsia.cost_models import analytic
from intarsia.cost_models.analytic.constants import FLASH_3, MOST_TOGETHER, OF_FRAMEWORK
from intarsia.cost_models.analytic.machine import is_nvidia
from intarsia.cost_models.devices import available, load
from intarsia.cost_models.ops import Attention, Experts, Gemm

DEVICE = load("H100-SXM")


@pytest.mark.parametrize("name", available())
def test_every_device_of_the_catalogue_has_costs_above_its_roofline(name: str) -> None:
    device = load(name)
    for op in (Gemm(np.array([1, 4096]), 4096, 4096), Attention(8, 1, 4096, 32, 8, 128), Attention(1, 4096, 0, 32, 8, 128), Experts(64, 4096, 1536, 8, 128)):
        seconds = analytic.seconds(op, device)
        assert np.isfinite(seconds).all() and (seconds >= 0.999 * analytic.peak_roofline(op, device)).all()


@settings(max_examples=50, deadline=None)
@given(st.integers(1, 20000), st.integers(1, 20000), st.integers(1, 20000))
def test_more_rows_never_take_less_time(m: int, n: int, k: int) -> None:
    less, more = analytic.seconds(Gemm(np.array([m, 2 * m]), n, k), DEVICE)
    assert less <= more * (1 + 1e-12)


def test_a_wave_that_is_hardly_begun_takes_as_long_as_a_full_one() -> None:
    """132 cores: 12 x 11 tiles of 256 x 128 fill one wave, another row needs more."""
    full, begun = analytic.seconds(Gemm(np.array([256 * 12, 256 * 12 + 1]), 128 * 11, 4096), DEVICE)
    assert begun > 1.05 * full


def test_only_where_power_is_short_do_idle_cores_help_others() -> None:
    """A wave begun by one tile: A100's power keeps its clock up, and idle cores are of no use; L40S's leave their power to the others."""
    more = {}
    for name in ("A100-80GB-SXM", "L40S"):
        device = load(name)
        full, begun, two = analytic.parts(Gemm(256 * np.array([device.cores, device.cores + 1, 2 * device.cores]), 128, 65536), device).compute
        more[name] = begun / full - 1
        assert two == pytest.approx(2 * full, rel=0.01)
    assert more["A100-80GB-SXM"] > 2 * more["L40S"] > 0


@pytest.mark.parametrize("framework", OF_FRAMEWORK)
def test_a_frameworks_kernels_count_on_nvidias_gpus_alone(framework: str) -> None:
    ops = (Gemm(64, 4096, 4096, "f8"), Attention(8, 1, 4096, 32, 8, 128), Attention(1, 4096, 0, 32, 8, 128))
    for name in ("H100-SXM", "T4", "MI300X", "MI355X", "Gaudi3", "TPU-v6e"):
        device = load(name)
        alike = [analytic.seconds(op, device, framework) == analytic.seconds(op, device) for op in ops if op.arithmetic in device.flops]
        assert not any(alike) if is_nvidia(device) else all(alike)


def test_many_heads_of_a_key_are_tiles_of_their_own_in_tensorrt_llm() -> None:
    """Beyond what its kernels take together, 48 heads of one key take what 48 heads with keys of their own do in the cores; elsewhere one tile does."""
    few, many, own = (Attention(16, 1, 4096, heads, keys, 128) for heads, keys in ((MOST_TOGETHER, 1), (48, 1), (48, 48)))
    parts = {name: [analytic.parts(op, DEVICE, name).compute for op in (few, many, own)] for name in ("trtllm", "sglang")}
    assert parts["trtllm"][1] > 10 * parts["trtllm"][0] and parts["trtllm"][1] > parts["trtllm"][2]
    assert parts["sglang"][1] < 1.01 * parts["sglang"][0]


def test_flash_attention_3_makes_whole_tiles_on_hopper() -> None:
    """129 keys are two of its tiles, as 256 are; on Blackwell, whose kernels put keys in the instruction's rows, they are fewer."""
    short, long = (Attention(512, 1, keys - 1, 32, 4, 128) for keys in (FLASH_3[1] + 1, 2 * FLASH_3[1]))
    assert analytic.parts(short, DEVICE, "vllm").compute == analytic.parts(long, DEVICE, "vllm").compute
    assert analytic.parts(short, load("B200"), "vllm").compute < analytic.parts(long, load("B200"), "vllm").compute


def test_cutlass_products_of_8_bits_dont_split_the_inner_dimension() -> None:
    """Few tiles and a long inner dimension: vLLM's and SGLang's kernels take longer than cuBLAS, which splits it; with many tiles there is nothing to split."""
    for framework in ("vllm", "sglang"):
        for op, split in ((Gemm(64, 512, 16384, "f8"), True), (Gemm(8192, 8192, 4096, "f8"), False)):
            theirs, wide = analytic.parts(op, DEVICE, framework).compute, analytic.parts(op, DEVICE, "trtllm").compute
            assert theirs > 1.5 * wide if split else theirs < 1.3 * wide


def test_scales_of_blocks_cost_hopper_a_fifth() -> None:
    """One f32 operation for 128 products of 8 bits: 128 a clock beside 4096, so that a long product keeps four fifths of its rate."""
    whole, scaled = (analytic.parts(Gemm(16384, 16384, 16384, dtype), DEVICE).compute for dtype in ("f8", "f8_block"))
    narrow = analytic.constants.GEMM.narrow
    assert scaled / whole == pytest.approx(narrow * 1.24, rel=0.02)
