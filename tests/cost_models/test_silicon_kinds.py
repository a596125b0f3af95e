"""Measured latent attention, collectives, and mixed arrays. The tables here are made up."""

from __future__ import annotations

import itertools
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from intarsia.cost_models import analytic
from intarsia.cost_models.devices import load
from intarsia.cost_models.estimate import EXTRAPOLATED, INTERPOLATED, MEASURED
from intarsia.cost_models.ops import Attention, BatchedGemm, Collective, DeltaRule, Elementwise, LatentAttention, Op
from intarsia.cost_models.silicon.measured import Measured
from intarsia.errors import InputError

pytest.importorskip("pyarrow", reason="pyarrow is not installed (pip install 'intarsia[silicon]')")
DEVICE = load("H100-SXM")


def write(folder: Path, gpu: str, operator: str, library: str, name: str, rows: list[dict[str, Any]]) -> None:
    import pyarrow
    import pyarrow.parquet

    path = folder / gpu / operator / library / "1.0.0" / f"{name}.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows), path)


def latent(op: LatentAttention) -> dict[str, Any]:
    length = {"isl": 1, "step": op.context} if op.absorbed else {"isl": op.rows, "step": 0}
    milliseconds = 1.4e3 * float(analytic.smooth(op, DEVICE))
    return length | {"num_heads": op.heads, "batch_size": op.batch, "kv_cache_dtype": "bfloat16", "latency": milliseconds}


@pytest.fixture
def mla(tmp_path: Path) -> Measured:
    sizes = list(itertools.product((1, 8, 64), (15, 255, 4095), (8, 16, 64, 128)))
    write(tmp_path, "h100_sxm", "mla", "vllm", "generation_mla_perf", [latent(LatentAttention(b, 1, s, h, absorbed=True)) for b, s, h in sizes])
    write(tmp_path, "h100_sxm", "mla", "vllm", "context_mla_perf", [latent(LatentAttention(b, s + 1, 0, h)) for b, s, h in sizes])
    products = [
        {"op_name": name, "bmm_dtype": "bfloat16", "num_tokens": m, "num_heads": h, "latency": 1.2e3 * float(analytic.smooth(BatchedGemm(h, m, n, k), DEVICE))}
        for (name, n, k), m, h in itertools.product((("mla_gen_pre", 512, 128), ("mla_gen_post", 128, 512)), (1, 16, 256), (1, 2, 4, 8, 16, 32, 64, 128))
    ]
    write(tmp_path, "h100_sxm", "mla_bmm", "vllm", "mla_bmm_perf", products)
    return Measured(DEVICE, "vllm", tmp_path)


@pytest.mark.parametrize("absorbed", [False, True])
def test_latent_attention(mla: Measured, absorbed: bool) -> None:
    node = LatentAttention(8, 1 if absorbed else 256, 255 if absorbed else 0, 16, absorbed=absorbed)
    between = replace(node, batch=np.array([2, 20]), heads=np.array([32, 16]))
    assert mla.estimate(node).kind.item() == MEASURED
    found = mla.estimate(between)
    assert found.seconds == pytest.approx(1.4 * analytic.smooth(between, DEVICE), rel=0.02)
    assert (found.kind == INTERPOLATED).all()
    with pytest.raises(InputError, match="DeepSeek's sizes"):
        mla.estimate(replace(node, kv_rank=256))
    wider = replace(node, v_dim=256)
    if absorbed:
        assert mla.estimate(wider).kind.item() == MEASURED
    else:
        with pytest.raises(InputError, match="DeepSeek's sizes"):
            mla.estimate(wider)


def test_absorbed_products(mla: Measured) -> None:
    for op in (BatchedGemm(16, 100, 512, 128), BatchedGemm(16, 100, 128, 512)):
        assert mla.estimate(op).seconds.item() == pytest.approx(1.2 * float(analytic.smooth(op, DEVICE)), rel=0.02)
    with pytest.raises(InputError, match="DeepSeek's latent attention only"):
        mla.estimate(BatchedGemm(16, 100, 100, 512))
    with pytest.raises(InputError, match="one new token"):
        mla.estimate(LatentAttention(1, 2, 9, 8, absorbed=True))


def test_recurrences_over_prompts(tmp_path: Path) -> None:
    """The rows of a framework's chunked kernels, whatever it calls them; other kernels of the same table are not taken for them."""
    rows = [
        {"kernel_source": name, "batch_size": b, "seq_len": t, "num_k_heads": h // 4, "num_v_heads": h, "latency": slower * 1e3 * float(analytic.smooth(DeltaRule(b, t, h // 4, h, 128, 128), DEVICE))}
        for b, t, h, (name, slower) in itertools.product((1, 4, 16), (64, 1024, 8192), (8, 16, 32, 64), (("chunk_gated_delta_rule_x", 3.0), ("causal_conv1d_fn", 0.1), ("other", 0.1)))
    ]
    write(tmp_path, "h100_sxm", "linear_attention", "vllm", "gdn_perf", rows)
    measured = Measured(DEVICE, "vllm", tmp_path)
    op = DeltaRule(np.array([4, 2]), np.array([1024, 3000]), np.array([4, 2]), np.array([16, 8]), 128, 128)
    found = measured.estimate(op)
    assert found.seconds == pytest.approx(3.0 * analytic.smooth(op, DEVICE), rel=0.02)
    assert found.kind.tolist() == [MEASURED, INTERPOLATED]
    with pytest.raises(InputError, match="stream their states"):
        measured.estimate(DeltaRule(4, 1, 2, 8, 128, 128))
    with pytest.raises(InputError, match="128 columns"):
        measured.estimate(replace(op, k_dim=64))


def test_what_a_table_lacks_is_not_looked_for_again(mla: Measured, monkeypatch: pytest.MonkeyPatch) -> None:
    op = LatentAttention(1, 1, 9, 8, kv_dtype="f8", absorbed=True)
    with pytest.raises(InputError, match="no measurements") as first:
        mla.estimate(op)
    monkeypatch.setattr(Measured, "table", None)
    with pytest.raises(InputError) as second:
        mla.estimate(op)
    assert second.value is first.value


def ring(size: float, ranks: int, speed: float) -> float:
    return 1e3 * (1e-5 + 2 * (ranks - 1) / ranks * size / speed)


@pytest.fixture
def joined(tmp_path: Path) -> Measured:
    for gpu, speed, groups in (("h100_sxm", 4e11, (2, 4, 8)), ("h200_sxm", 4.2e11, (2, 4, 8, 16))):
        rows = [
            {"num_gpus": p, "message_size": 2**e, "op_name": "all_reduce", "kernel_source": kind, "allreduce_dtype": "bfloat16", "latency": slower * ring(2.0 * 2**e, p, speed)}
            for p, e, (kind, slower) in itertools.product(groups, range(8, 28), (("custom_graph", 1.0), ("custom_eager", 0.1)))
        ]
        write(tmp_path, gpu, "comm", "vllm", "custom_allreduce_perf", rows)
        gathers = [
            {"num_gpus": p, "message_size": 2**e, "op_name": "all_gather", "kernel_source": "nccl", "nccl_dtype": kind, "latency": ring(size * 2**e, p, 2 * speed)}
            for p, e, (kind, size) in itertools.product(groups, range(8, 28), (("half", 2), ("int8", 1)))
        ]
        write(tmp_path, gpu, "comm", "nccl", "nccl_perf", gathers)
    return Measured(DEVICE, "vllm", tmp_path)


def test_collectives_by_size_and_group(joined: Measured) -> None:
    found = joined.estimate(Collective("all_reduce", np.array([512.0, 1e6, 1e6]), np.array([2, 8, 1])))
    assert found.seconds == pytest.approx([1e-3 * ring(512, 2, 4e11), 1e-3 * ring(1e6, 8, 4e11), 0.0], rel=0.02)
    assert (found.kind == INTERPOLATED).all() and found.source == "measured with vllm"
    gathered = joined.estimate(Collective("all_gather", 1e6, 4))
    assert gathered.seconds.item() == pytest.approx(1e-3 * ring(1e6, 4, 8e11), rel=0.02)


def test_a_group_that_nobody_measured_says_so(joined: Measured) -> None:
    """Sixteen ranks were measured on the other system alone; a size beyond the table is extrapolated too."""
    sixteen, large = joined.estimate(Collective("all_reduce", 1e6, 16)), joined.estimate(Collective("all_reduce", 1e12, 8))
    assert sixteen.kind.item() == large.kind.item() == EXTRAPOLATED and sixteen.band.item() > 0.06
    assert sixteen.seconds.item() == pytest.approx(1e-3 * ring(1e6, 16, 4e11), rel=0.02)
    assert large.seconds.item() == pytest.approx(1e-3 * ring(1e12, 8, 4e11), rel=0.02)


@pytest.mark.parametrize(("op", "words"), [
    (Collective("send_recv", 1e6, 2), "nobody measured send_recv"), (Collective("all_reduce", 1e6, 16, 8), "over its network"), (Elementwise(1e6), "no table scale_matrix_perf"),
])  # fmt: skip
def test_what_has_no_table(joined: Measured, op: Op, words: str) -> None:
    with pytest.raises(InputError, match=words):
        joined.estimate(op)


def test_decodes_and_prefills_in_one_array(tmp_path: Path) -> None:
    from tests.cost_models.test_silicon import attention_columns
    from tests.cost_models.test_silicon import write as write_columns

    for decode in (False, True):
        write_columns(tmp_path, "attention", "generation_attention_perf" if decode else "context_attention_perf", attention_columns(decode))
    model = Measured(DEVICE, "vllm", tmp_path)
    op = Attention(4, np.array([1, 256, 1]), np.array([255, 0, 15]), 16, 4, 128, kv_dtype="bf16")
    found = model.estimate(op)
    alone = [model.estimate(Attention(4, rows, context, 16, 4, 128)).seconds.item() for rows, context in ((1, 255), (256, 0), (1, 15))]
    assert found.seconds.tolist() == pytest.approx(alone)


def test_passes_over_rows(tmp_path: Path) -> None:
    """A pass lasts as long as a measured one of as many bytes, and a microsecond for what comes before it; beyond the table in proportion."""
    kernels = [{"m": m, "k": 1024, "quant_dtype": dtype, "latency": factor * (2 + m / 64) * 1e-3} for m in (1, 64, 1024) for dtype, factor in (("fp8", 1), ("int8", 5))]
    write(tmp_path, "h100_sxm", "quantize", "vllm", "scale_matrix_perf", kernels)
    found = Measured(DEVICE, "vllm", tmp_path).estimate(Elementwise(3.0 * 1024 * np.array([1.0, 64, 1024, 2048])))
    assert 1e6 * found.seconds == pytest.approx([3.016, 4, 19, 37], rel=1e-3)
    assert found.kind.tolist() == [INTERPOLATED] * 3 + [EXTRAPOLATED]
