"""Measured tables: reading, interpolating, marking what is extrapolated, and damaged files. The tables here are made up."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from intarsia.cost_models import analytic, dtypes, sources
from intarsia.cost_models.devices import load
from intarsia.cost_models.estimate import EXTRAPOLATED, FITTED, INTERPOLATED, MEASURED, Estimate
from intarsia.cost_models.ops import Attention, Collective, Elementwise, Experts, Gemm, Op
from intarsia.cost_models.silicon import collectives, gpus, measured, moves, sheets, tables
from intarsia.cost_models.silicon.kriging import Predictors
from intarsia.cost_models.silicon.measured import Measured
from intarsia.cost_models.silicon.moe import MOE
from intarsia.cost_models.validation import held_out
from intarsia.cost_models.validation.rows import Run
from intarsia.errors import InputError, MissingDependency
from intarsia.ir.device import Device

pytest.importorskip("pyarrow", reason="pyarrow is not installed (pip install 'intarsia[silicon]')")
DEVICE = load("H100-SXM")
SIZES = (256, 512, 1024, 2048, 4096)
ROWS = (1, 4, 16, 64, 256, 1024, 4096)


def write(folder: Path, operator: str, name: str, columns: dict[str, list[Any]], version: str = "1.2.0", framework: str = "vllm", gpu: str = "h100_sxm") -> Path:
    import pyarrow
    import pyarrow.parquet

    path = folder / gpu / operator / framework / version / f"{name}.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    pyarrow.parquet.write_table(pyarrow.table(columns), path)
    return path


def gemm_columns(dtype: str = "bf16") -> dict[str, list[Any]]:
    shapes = list(itertools.product(ROWS, SIZES, SIZES))
    m, n, k = (list(column) for column in zip(*shapes, strict=True))
    seconds = 1.3 * analytic.smooth(Gemm(*(np.array(c, float) for c in (m, n, k)), dtype), DEVICE)
    return {"m": m, "n": n, "k": k, "gemm_dtype": [dtypes.facts(dtype).measured_as] * len(m), "kernel_source": ["x"] * len(m), "latency": (1e3 * seconds).tolist()}


@dataclass
class Fixed:
    """Tables of a folder as a source."""

    model: Measured

    def estimate(self, op: Op, device: Device) -> Estimate:
        return self.model.estimate(op)


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Trees that are grown here are kept nowhere else."""
    monkeypatch.setenv("INTARSIA_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def gemm(tmp_path: Path) -> Measured:
    write(tmp_path, "gemm", "gemm_perf", gemm_columns())
    return Measured(DEVICE, "vllm", tmp_path)


def test_nodes_are_exact(gemm: Measured) -> None:
    table = gemm.table(measured.GEMM)
    found = gemm.estimate(Gemm(table.columns["m"], table.columns["n"], table.columns["k"]))
    assert np.allclose(found.seconds, table.seconds, rtol=1e-12)
    assert (found.kind == MEASURED).all() and (found.band == 0.02).all()


def test_between_nodes_the_ratio_to_the_roofline_carries_over(gemm: Measured) -> None:
    op = Gemm(np.array([3, 100, 3000]), np.array([384, 768, 3072]), np.array([300, 4000, 2048]))
    found = gemm.estimate(op)
    assert np.allclose(found.seconds, 1.3 * analytic.smooth(op, DEVICE), rtol=2e-3)
    assert (found.kind == INTERPOLATED).all()


@pytest.fixture(scope="module")
def slice_() -> measured.Slice:
    """Of made-up times, a fixed share above the roofline."""
    columns = gemm_columns()
    raw = tables.Table({name: np.array(columns[name]) for name in ("m", "n", "k", "gemm_dtype")}, np.array(columns["latency"]) * 1e-3, "made up")
    return measured.Slice.of(measured.GEMM, DEVICE, {"dtype": "bf16"}, measured.named(measured.GEMM, raw))


@settings(max_examples=20, deadline=None)
@given(st.integers(256, 4096), st.integers(256, 4096))
def test_more_rows_never_take_less_time_where_the_data_are_so(slice_: measured.Slice, n: int, k: int) -> None:
    seconds = slice_.estimate(Gemm(np.arange(1, 4097, 64), n, k)).seconds
    assert (np.diff(seconds) >= -1e-12).all()


@pytest.mark.parametrize("op", [Gemm(100000, 256, 256), Gemm(4, 100000, 256), Gemm(4, 256, 64)])
def test_outside_the_table_the_roofline_takes_over_and_the_source_says_so(gemm: Measured, op: Gemm) -> None:
    found = gemm.estimate(op)
    assert found.kind.item() == EXTRAPOLATED
    assert found.seconds.item() == pytest.approx(1.3 * analytic.smooth(op, DEVICE).item(), rel=1e-2)
    assert sources.cost(op, DEVICE, sources=[Fixed(gemm)]).source == "extrapolated, measured with vllm"


def test_many_queries_are_answered_as_one_by_one(gemm: Measured) -> None:
    random = np.random.default_rng(1)
    m, n, k = random.integers(1, 5000, 200), random.choice([300, 512, 4000], 200), random.choice([256, 700], 200)
    together = gemm.estimate(Gemm(m, n, k)).seconds
    alone = [gemm.estimate(Gemm(*shape)).seconds.item() for shape in zip(m.tolist(), n.tolist(), k.tolist(), strict=True)]
    assert np.allclose(together, alone, rtol=1e-12)


def test_the_fastest_of_equal_rows_counts(tmp_path: Path) -> None:
    columns = gemm_columns()
    slower = {name: values * 2 if name != "latency" else values + [2 * v for v in values] for name, values in columns.items()}
    write(tmp_path, "gemm", "gemm_perf", slower)
    table = Measured(DEVICE, "vllm", tmp_path).table(measured.GEMM)
    assert np.allclose(np.sort(table.seconds), np.sort(np.array(columns["latency"]) * 1e-3))


def test_the_newest_version_counts(tmp_path: Path) -> None:
    for version in ("1.3.0rc9", "1.3.0rc20", "1.2.0"):
        write(tmp_path, "gemm", "gemm_perf", gemm_columns(), version)
    assert tables.find(tmp_path, "h100_sxm", "gemm", "gemm_perf", "vllm").parent.name == "1.3.0rc20"


def test_versions_that_are_not_whole_yet_wait(tmp_path: Path) -> None:
    """The publishers say which version was measured as a whole; what only later ones have is taken from the first of them."""
    folder = tmp_path / "data"
    for version in ("1.3.0rc9", "1.3.0rc20", "1.3.0rc23"):
        write(folder, "gemm", "gemm_perf", gemm_columns(), version)
    write(folder, "attention", "context_attention_perf", attention_columns(False), "1.4.0")
    (tmp_path / tables.VERSIONS).write_text('defaults:\n  vllm: {current: "1.3.0rc20"}\noverrides:\n  a100_sxm:\n    vllm: {current: "1.0"}\n')
    assert tables.find(folder, "h100_sxm", "gemm", "gemm_perf", "vllm").parent.name == "1.3.0rc20"
    assert tables.find(folder, "h100_sxm", "attention", "context_attention_perf", "vllm").parent.name == "1.4.0"
    assert (tables.current(folder, "a100_sxm", "vllm"), tables.current(folder, "a100_sxm", "sglang")) == ("1.0", "")
    (folder.parent / tables.VERSIONS).write_text("defaults: [")
    tables.current.cache_clear()
    tables._versions.cache_clear()
    assert tables.current(folder, "h100_sxm", "vllm") == ""


def expert_columns(kernels: list[str]) -> dict[str, list[Any]]:
    """Equal rows of every kernel, each slower than the one before."""
    shapes = list(itertools.product((1, 16, 256), (2048, 4096), (768, 1536), (4, 8), (64, 128), (1,), (1, 4)))
    names = ("num_tokens", "hidden_size", "inter_size", "topk", "num_experts", "moe_tp_size", "moe_ep_size")
    columns: dict[str, list[Any]] = {name: list(column) * len(kernels) for name, column in zip(names, zip(*shapes, strict=True), strict=True)}
    op = Experts(*(np.array(columns[name]) for name in names))
    slower = np.repeat(np.arange(1, len(kernels) + 1), len(shapes))
    words = {"moe_dtype": ["bfloat16"] * len(slower), "distribution": ["balanced"] * len(slower), "kernel_source": [name for name in kernels for _ in shapes]}
    return columns | words | {"latency": (1e3 * slower * analytic.smooth(op, DEVICE)).tolist()}


def test_experts_of_a_library(tmp_path: Path) -> None:
    write(tmp_path, "moe", "moe_perf", expert_columns(["moe_torch_flow_cutlass", "vllm_flashinfer_trtllm_x"]))
    model = Measured(DEVICE, "vllm", tmp_path)
    asked = Experts(16, 2048, 768, 8, 128)
    found = {name: model.estimate(replace(asked, kernel=name)).seconds.item() for name in ("cutlass", "trtllm-gen")}
    assert found == pytest.approx({"cutlass": float(analytic.smooth(asked, DEVICE)), "trtllm-gen": 2 * float(analytic.smooth(asked, DEVICE))})
    with pytest.raises(InputError, match="kernel measured"):
        model.slice_of(Experts(16, 2048, 768, 8, 128, kernel="deepgemm"))


def wide_columns() -> dict[str, list[Any]]:
    """Rows over 2, 8 and 32 devices, twice the roofline; one shape alone."""
    rows = [(tokens * ep, ep) for ep in (2, 8, 32) for tokens in (1, 16, 128)]
    tokens, ep = (np.array(column) for column in zip(*rows, strict=True))
    op = Experts(tokens, 7168, 2048, 8, 256, ep=ep, dtype="f8_block")
    columns = {"num_tokens": tokens, "hidden_size": 0 * ep + 7168, "inter_size": 0 * ep + 2048, "topk": 0 * ep + 8, "num_experts": 0 * ep + 256, "moe_tp_size": 0 * ep + 1, "moe_ep_size": ep}
    words = {"moe_dtype": ["fp8_block"] * len(rows), "distribution": ["uniform"] * len(rows)}
    return {name: column.tolist() for name, column in columns.items()} | words | {"latency": (2e3 * analytic.smooth(op, DEVICE)).tolist()}


def test_experts_over_many_devices(tmp_path: Path) -> None:
    """Their own tables, between numbers of devices too, of whatever framework; what these don't hold is priced as usual."""
    write(tmp_path, "moe", "wideep_generation_moe_perf", wide_columns(), framework="sglang")
    write(tmp_path, "moe", "moe_perf", expert_columns(["x"]))
    asked = Experts(np.array([16.0, 100.0, 1e5]), 7168, 2048, 8, 256, ep=np.array([8, 16, 32]), dtype="f8_block", kernel="wide")
    for framework in ("sglang", "vllm"):
        found = Measured(DEVICE, framework, tmp_path).estimate(asked)
        assert found.seconds == pytest.approx(2 * analytic.smooth(asked, DEVICE), rel=1e-6)
        assert found.kind.tolist() == [INTERPOLATED, INTERPOLATED, EXTRAPOLATED]
    assert Measured(DEVICE, "sglang", tmp_path).estimate(replace(asked, tokens=np.array([8.0, 8.0, 32.0]), ep=8)).kind.tolist() == [MEASURED, MEASURED, INTERPOLATED]
    other = Experts(16.0, 2048, 768, 8, 128, kernel="wide")
    assert Measured(DEVICE, "vllm", tmp_path).estimate(other).seconds.item() == pytest.approx(float(analytic.smooth(other, DEVICE)))
    for beyond in (replace(asked, tokens=64.0, ep=64), replace(asked, tokens=16.0, ep=8, kernel="wide prompts")):
        with pytest.raises(InputError):
            Measured(DEVICE, "vllm", tmp_path).estimate(beyond)


def attention_columns(decode: bool) -> dict[str, list[Any]]:
    lengths = (1, 15, 255, 4095) if decode else (16, 256, 4096)
    rows = [(b, s, h, kv) for b in (1, 4, 16, 64) for s in lengths for h in (8, 16, 32) for kv in (2, 4, 8)]
    b, s, h, kv = (np.array(column) for column in zip(*rows, strict=True))
    op = Attention(b, 1 if decode else s, s if decode else 0, h, kv, 128)
    seconds = 1.5 * analytic.smooth(op, DEVICE)
    length = {"isl": [1] * len(b), "step": s.tolist()} if decode else {"isl": s.tolist(), "step": [0] * len(b)}
    words = {"attn_dtype": ["bfloat16"] * len(b), "kv_cache_dtype": ["bfloat16"] * len(b)}
    heads = {"batch_size": b.tolist(), "num_heads": h.tolist(), "num_key_value_heads": kv.tolist(), "head_dim": [128] * len(b)}
    return length | words | heads | {"latency": (1e3 * seconds).tolist()}


@pytest.mark.parametrize("decode", [False, True])
def test_attention_of_heads_nobody_measured(tmp_path: Path, decode: bool) -> None:
    write(tmp_path, "attention", "generation_attention_perf" if decode else "context_attention_perf", attention_columns(decode))
    model = Measured(DEVICE, "vllm", tmp_path)
    op = Attention(np.array([2, 8]), 1 if decode else 100, 1000 if decode else 0, 24, 4, 128)
    found = model.estimate(op)
    assert np.allclose(found.seconds, 1.5 * analytic.smooth(op, DEVICE), rtol=5e-3)
    assert (found.kind == INTERPOLATED).all()
    assert model.estimate(replace(op, head_dim=512)).kind.tolist() == [EXTRAPOLATED] * 2


def experts_seconds(op: Experts) -> np.ndarray:
    """A kernel that takes 20 us, reads the weights of touched experts at two thirds of the bandwidth, and multiplies rows at half the peak."""
    assert MOE.physics is not None
    terms = MOE.physics(op, DEVICE).terms
    return np.asarray(20 * terms[:, 0] + 1.5 * terms[:, 1] + 2 * terms[:, 6])


def test_experts_take_the_usual_kernel(tmp_path: Path) -> None:
    shapes = list(itertools.product((1, 16, 256), (2048, 4096), (768, 1536), (4, 8), (64, 128), (1,), (1, 4)))
    names = ("num_tokens", "hidden_size", "inter_size", "topk", "num_experts", "moe_tp_size", "moe_ep_size")
    columns: dict[str, list[Any]] = {name: list(column) for name, column in zip(names, zip(*shapes, strict=True), strict=True)}
    op = Experts(*(np.array(columns[name]) for name in names))
    count = len(shapes)
    columns |= {"moe_dtype": ["bfloat16"] * count, "distribution": ["balanced"] * count, "kernel_source": ["usual"] * (count - 9) + ["other"] * 9}
    write(tmp_path, "moe", "moe_perf", columns | {"latency": (1e3 * experts_seconds(op)).tolist()})
    model = Measured(DEVICE, "vllm", tmp_path)
    asked = Experts(16, 3072, 1024, 8, 128)
    assert model.slice_of(asked).words["kernel"] == "usual"
    assert model.estimate(asked).seconds.item() == pytest.approx(experts_seconds(asked).item(), rel=0.02)
    with pytest.raises(InputError, match="distribution measured: balanced|kernel measured"):
        model.estimate(replace(asked, distribution="zipf"))


@pytest.mark.parametrize(("change", "message"), [
    ({"latency": -1.0}, "greater than zero"), ({"latency": float("nan")}, "greater than zero"), ({"m": "many"}, "whole numbers"),
])  # fmt: skip
def test_bad_rows(tmp_path: Path, change: dict[str, Any], message: str) -> None:
    columns = gemm_columns()
    write(tmp_path, "gemm", "gemm_perf", columns | {name: [value] * len(columns["m"]) for name, value in change.items()})
    with pytest.raises(InputError, match=message):
        Measured(DEVICE, "vllm", tmp_path).estimate(Gemm(1, 256, 256))


def test_a_missing_column(tmp_path: Path) -> None:
    columns = gemm_columns()
    write(tmp_path, "gemm", "gemm_perf", {name: values for name, values in columns.items() if name != "k"})
    with pytest.raises(InputError, match=r"gemm_perf\.parquet.*cannot read the table"):
        Measured(DEVICE, "vllm", tmp_path).estimate(Gemm(1, 256, 256))


def test_a_damaged_file(tmp_path: Path) -> None:
    write(tmp_path, "gemm", "gemm_perf", gemm_columns()).write_bytes(b"PAR1 no more")
    with pytest.raises(InputError, match="cannot read the table"):
        Measured(DEVICE, "vllm", tmp_path).estimate(Gemm(1, 256, 256))


def test_what_was_not_measured_is_named(gemm: Measured) -> None:
    with pytest.raises(InputError, match="dtype measured: bf16"):
        gemm.estimate(Gemm(1, 256, 256, "f8"))
    with pytest.raises(InputError, match="measured are vllm"):
        Measured(DEVICE, "sglang", gemm.folder).estimate(Gemm(1, 256, 256))
    with pytest.raises(InputError, match="no measured tables of 'T4'"):
        Measured(load("T4")).estimate(Gemm(1, 256, 256))


def test_without_the_wheel(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gpus, "root", lambda: None)
    assert "measured tables of H100-SXM are not installed (pip install 'intarsia[silicon]'), and there are no measured tables of L4:" in gpus.estimated(["H100-SXM", "L4"])
    with pytest.raises(MissingDependency, match=r"intarsia\[silicon\]"):
        tables.root()
    sources.preferred.cache_clear()
    assert sources.best(Gemm(1, 256, 256), DEVICE).kind.tolist() == [FITTED]
    assert sources.cost(Gemm(1, 256, 256), DEVICE).source == "fitted, on measured GPUs under vllm"


def test_kriging_is_exact_at_its_points_and_follows_a_plane() -> None:
    points = np.random.default_rng(0).uniform(0, 3, (60, 2))
    values = points @ [0.5, -0.2] + 1
    guess = Predictors(((1.0, 1.0),), 16, 1e-9).at(points, values[None], np.concatenate([points[:5], [[1.5, 1.5]]]))
    found, error = guess.values[0, :, 0], guess.errors[0, :, 0]
    assert np.allclose(found[:5], values[:5], atol=1e-3) and found[5] == pytest.approx(1.45, abs=0.02)
    assert (error >= 0).all() and error[:5].max() < 1e-3


def test_held_out_groups_are_not_seen(gemm: Measured) -> None:
    split = held_out.SPLITS[0]
    found = held_out.held_out(replace(split, share=0.2), DEVICE, {"dtype": "bf16"}, _large(gemm), 0)
    assert found is not None
    assert np.median(found.by_predictor["measured"]) < 1e-2 < np.median(found.by_predictor["peak roofline"])
    assert len(found.by_predictor["measured"]) == 5 * len(ROWS) * 3


def _large(gemm: Measured) -> tables.Table:
    """Three times the rows, with rows between."""
    table = gemm.table(measured.GEMM)
    m = np.concatenate([table.columns["m"] * factor for factor in (1, 5, 7)])
    columns = {name: np.tile(column, 3) for name, column in table.columns.items()} | {"m": m}
    return tables.Table(columns, 1.3 * analytic.smooth(Gemm(m, columns["n"], columns["k"]), DEVICE), "made up")


def test_the_error_table_of_a_folder(gemm: Measured) -> None:
    write(gemm.folder, "gemm", "gemm_perf", _file_of(_large(gemm)))  # type: ignore[arg-type]
    tables.read.cache_clear()
    rows = list(held_out.rows(Run(("H100-SXM",), folder=gemm.folder)))
    assert {row.metric.partition(",")[0] for row in rows} == {"GEMM", "GEMM analytic"}
    assert all(row.met == (row.value <= row.target) for row in rows if row.target is not None)
    assert rows[0].ratio == pytest.approx(rows[0].value / rows[0].baseline_value)


def test_the_roofline_of_other_devices(tmp_path: Path) -> None:
    """It finds constants that were put in on one device, and knows another by its peaks; what is judged has no say in it."""
    there, columns = load("B200"), gemm_columns()

    def seconds(device: Device) -> tables.Array:
        op = Gemm(*(np.array(columns[name], float) for name in ("m", "n", "k")))
        return np.asarray(5e-6 + np.maximum(op.flops / dtypes.peak(device, "bf16") / 0.6, op.bytes / device.main_memory.bandwidth / 0.8))

    assert held_out.fitted_elsewhere(measured.GEMM, "vllm", {"dtype": "bf16"}, tmp_path) is None
    held_out._elsewhere.cache_clear()
    write(tmp_path, "gemm", "gemm_perf", columns | {"latency": (1e3 * seconds(there)).tolist()}, gpu="b200_sxm")
    write(tmp_path, "gemm", "gemm_perf", columns)
    for framework in ("vllm", "sglang"):
        predict = held_out.fitted_elsewhere(measured.GEMM, framework, {"dtype": "bf16"}, tmp_path)
        assert predict is not None
        assert predict(Gemm(*(np.array(columns[name], float) for name in ("m", "n", "k"))), DEVICE) == pytest.approx(seconds(DEVICE), rel=0.05)


def _file_of(table: tables.Table) -> dict[str, list[Any]]:
    return {name: table.columns[name].tolist() for name in ("m", "n", "k")} | {
        "gemm_dtype": ["bfloat16"] * len(table), "latency": (1e3 * table.seconds).tolist(),
    }  # fmt: skip


def test_real_tables() -> None:
    """A figure from the wheel itself, where it is installed."""
    try:
        tables.root()
    except MissingDependency:
        pytest.skip("the measured tables are not installed (pip install 'intarsia[silicon]')")
    found = Measured(DEVICE, "vllm").estimate(Gemm(np.array([1, 4096]), 4096, 4096))
    assert (found.kind == MEASURED).all()
    roof = analytic.peak_roofline(Gemm(np.array([1, 4096]), 4096, 4096), DEVICE)
    assert (found.seconds > roof).all() and (found.seconds < 3 * roof).all()


def test_installed_tables_are_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was made of them is kept: the same seconds, kinds and bands to the bit, without reading them, with trees and without; those of a folder are read each time."""
    write(tmp_path, "gemm", "gemm_perf", gemm_columns())
    write(tmp_path, "moe", "moe_perf", expert_columns(["usual", "other"]))
    write(tmp_path, "quantize", "scale_matrix_perf", {"m": [1, 8, 64], "k": [4096] * 3, "quant_dtype": ["fp8"] * 3, "latency": [0.002, 0.003, 0.004]})
    write(tmp_path, "comm", "nccl_perf", {
        "num_gpus": [2, 2, 8, 8], "message_size": [1024, 1 << 20] * 2, "op_name": ["all_gather"] * 4, "kernel_source": ["x"] * 4, "nccl_dtype": ["half"] * 4, "latency": [0.01, 0.1, 0.02, 0.2],
    }, framework="nccl")  # fmt: skip
    monkeypatch.setattr(tables, "root", lambda: tmp_path)
    asked = [Gemm(np.array([3, 100]), 384, 3000), Gemm(16, 256, 512), Experts(16, 2048, 768, 8, 128), Elementwise(np.array([1e4, 1e6])), Collective("all_gather", np.array([1e5, 1e6]), 4)]
    clear()
    first = [Measured(DEVICE, "vllm").estimate(op) for op in asked]
    clear()
    monkeypatch.setattr(tables, "read", lambda *_, **__: pytest.fail("a table was read"))
    again = [Measured(DEVICE, "vllm").estimate(op) for op in asked]
    clear()
    for one, other in zip(first, again, strict=True):
        assert one.source == other.source
        for name in ("seconds", "kind", "band"):
            np.testing.assert_array_equal(getattr(one, name), getattr(other, name))
    with pytest.raises(pytest.fail.Exception, match="a table was read"):
        Measured(DEVICE, "vllm", tmp_path).estimate(asked[0])


def clear() -> None:
    """Forget tables of earlier folders."""
    for known in (moves._curve, collectives._everywhere, collectives.table, collectives.worlds):
        known.cache_clear()


def test_trees_are_kept_and_grown_again_where_they_are_damaged(gemm: Measured, tmp_path: Path) -> None:
    between = Gemm(np.array([3, 100]), 384, 3000)
    first = gemm.estimate(between).seconds
    (kept,) = (tmp_path / "cache" / "trees").iterdir()
    whole = kept.read_bytes()
    older = tmp_path / "older"
    np.savez(older.open("wb"), features=np.zeros(1), thresholds=np.zeros(1), leaves=np.zeros(2))
    for damaged in (whole, older.read_bytes(), b"tree\nversion=v4\nnum_class=", b"", whole[:-100], whole.replace(b"leaves", b"leaveS")):
        kept.write_bytes(damaged)
        assert Measured(DEVICE, "vllm", gemm.folder).estimate(between).seconds.tolist() == first.tolist()
    assert kept.read_bytes() == whole


def test_left_out_rows_are_not_seen(gemm: Measured) -> None:
    """One matrix of the table takes ten times as long: predicted from the others, it doesn't."""
    model = gemm.slice_of(Gemm(1, 512, 512))
    columns = model.table.columns
    odd = (columns["n"] == 512) & (columns["k"] == 512)
    seconds = model.table.seconds * np.where(odd, 10.0, 1.0)
    changed = measured.Slice.of(measured.GEMM, DEVICE, {"dtype": "bf16"}, tables.Table(dict(columns), seconds, "made up"))
    guess = changed._left_out(("n", "k"))
    odd = (changed.table.columns["n"] == 512) & (changed.table.columns["k"] == 512)
    assert np.allclose(np.exp(guess.mean[odd]), 1.3, rtol=1e-6)
    assert np.abs(np.log(np.exp(guess.mean[~odd]) / 1.3)).max() > 0.1


@pytest.mark.parametrize("names", [("n", "k"), ("n",)])
def test_blocks_that_share_points_are_left_out_together_as_one_by_one(gemm: Measured, names: tuple[str, ...]) -> None:
    """Values, standard errors and shares of all; the table lacks some rows, so that blocks differ."""
    whole = gemm.slice_of(Gemm(1, 512, 512)).table
    some = whole.take(np.flatnonzero((np.arange(len(whole)) % 13 != 5) | (whole.columns["m"] > 64)))
    model = measured.Slice.of(measured.GEMM, DEVICE, {"dtype": "bf16"}, some)
    found, labels = model._left_out(names), sheets._codes(model.table.columns, names)
    assert len(set(model.rows.points)) > 1
    for rows in model.rows.blocks:
        alone = model.predictors.at(model.features[rows], model.left[rows][None], model.features[rows], (labels[rows], labels[rows]))
        for name in ("values", "errors", "shares"):
            assert np.allclose(getattr(found, name)[rows], getattr(alone, name)[0], rtol=1e-9, atol=1e-12)
