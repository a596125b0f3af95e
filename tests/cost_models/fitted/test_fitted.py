"""The fitted model: transfer between made-up devices' tables, its data file, and what it says of devices that nobody measured."""

from __future__ import annotations

import itertools
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from intarsia.cost_models import analytic, sources
from intarsia.cost_models.analytic.machine import is_nvidia
from intarsia.cost_models.devices import available, load
from intarsia.cost_models.estimate import ANALYTIC, FITTED, KINDS
from intarsia.cost_models.fitted import learning, store, train
from intarsia.cost_models.fitted.features import forest_of, kind_of, seen
from intarsia.cost_models.fitted.growing import Growth
from intarsia.cost_models.fitted.model import Fitted, transfers
from intarsia.cost_models.fitted.samples import samples
from intarsia.cost_models.fitted.train import Recipe
from intarsia.cost_models.ops import Attention, Experts, Gemm, LatentAttention, Op
from intarsia.errors import InputError

FOLDERS = {"H100-SXM": "h100_sxm", "H200": "h200_sxm", "B200": "b200_sxm", "L40S": "l40s"}
NEAR, FAR = ["L4", "A40", "H100-PCIe", "A100-40GB-SXM"], ["A10G", "T4", "V100-32GB-SXM"]
"""Devices that nobody measured, with cores of designs that were learnt from, and of others."""
OPS: list[Op] = [
    Gemm(np.array([1.0, 64.0, 4096.0]), 4096, 4096), Gemm(np.array([1.0, 64.0, 4096.0]), 4096, 4096, "f8"), Attention(np.array([1.0, 8.0]), 1, 4096, 32, 8, 128),
    Attention(np.array([1.0, 2.0]), 2048, 0, 32, 8, 128), Experts(np.array([4.0, 256.0]), 4096, 1536, 8, 128),
]  # fmt: skip
RECIPES = {"gemm": Recipe(300, Growth(count=60, depth=4))}


def law(op: Gemm, device: str) -> Any:
    """What a made-up kernel takes, on every device alike: more than the analytic model says, most where arithmetic and traffic are balanced."""
    found = load(device)
    parts = analytic.parts(op, found)
    return parts.seconds * np.exp(0.4 / (1 + np.log2(parts.compute / parts.memory) ** 2) + 0.1)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pyarrow = pytest.importorskip("pyarrow", reason="pyarrow is not installed (pip install 'intarsia[silicon]')")
    parquet = pytest.importorskip("pyarrow.parquet")
    place = tmp_path_factory.mktemp("tables")
    shapes = list(itertools.product((1, 7, 16, 64, 200, 512, 2048, 8192), (512, 1024, 4096, 8192, 16384), (512, 2048, 4096, 12288)))
    m, n, k = (np.array(column) for column in zip(*shapes, strict=True))
    for device, name in FOLDERS.items():
        columns = {"m": m, "n": n, "k": k, "gemm_dtype": ["bfloat16"] * len(m), "latency": 1e3 * law(Gemm(1.0 * m, 1.0 * n, 1.0 * k), device)}
        path = place / name / "gemm" / "vllm" / "1.0.0" / "gemm_perf.parquet"
        path.parent.mkdir(parents=True)
        parquet.write_table(pyarrow.table(columns), path)
    return place


@pytest.fixture(scope="module")
def small(folder: Path) -> store.Forests:
    return train.made(["gemm"], 0, devices=["H100-SXM", "B200", "L40S"], folder=folder, recipes=RECIPES)


@pytest.mark.filterwarnings("error")
def test_a_law_that_devices_share_transfers_to_one_that_was_left_out(folder: Path) -> None:
    known = [learning.lesson(sample) for sample in samples("gemm", 300, 0, devices=list(FOLDERS), folder=folder)]
    judged = list(learning.left_out(known, RECIPES["gemm"].growth, 0))
    assert {one.sample.device.name for one in judged} == set(FOLDERS)
    for one in judged:
        assert np.median(np.abs(np.expm1(one.fitted))) < 0.05 < 0.09 < np.median(np.abs(np.expm1(one.analytic)))


def test_no_forest_saw_what_it_is_judged_on(folder: Path) -> None:
    """One device of its own mind: with it left out, others can't know."""
    known = [learning.lesson(sample) for sample in samples("gemm", 300, 0, devices=list(FOLDERS), folder=folder)]
    odd = [replace(one, wanted=one.wanted + 1.0) if one.device == "L40S" else one for one in known]
    judged = {one.sample.device.name: one.fitted for one in learning.left_out(odd, RECIPES["gemm"].growth, 0)}
    assert np.median(judged["L40S"]) < -0.8
    families = [one for one in learning.left_out(known, RECIPES["gemm"].growth, 0, families=True) if one.sample.device.name == "H200"]
    alone = [one for one in learning.left_out(known, RECIPES["gemm"].growth, 0) if one.sample.device.name == "H200"]
    assert not np.array_equal(families[0].fitted, alone[0].fitted)


def test_training_is_the_same_each_time(folder: Path, small: store.Forests) -> None:
    again = train.made(["gemm"], 0, devices=["H100-SXM", "B200", "L40S"], folder=folder, recipes=RECIPES)
    assert again.head == small.head
    assert all(np.array_equal(getattr(again.trees[name], part), getattr(trees, part)) for name, trees in small.trees.items() for part in store.PARTS)


def test_predictions_are_the_trainers_own(tmp_path: Path, small: store.Forests) -> None:
    path = tmp_path / "forests.npz"
    store.write(small, path)
    op = Gemm(np.array([1.0, 33.0, 5000.0]), 4096.0, 2048.0)
    features = seen(op, load("L4"), "vllm")
    wanted = features.base * np.exp(small.trees["gemm/vllm/wide"].predict(features.rows).astype(np.float64))
    found = Fitted("vllm", path).estimate(op, load("L4"))
    assert np.array_equal(found.seconds, wanted) and (found.kind == FITTED).all()
    assert (np.abs(found.seconds / law(op, "L4") - 1) < 0.2).all()
    with pytest.raises(InputError, match="learnt nothing of f8"):
        Fitted("vllm", path).estimate(replace(op, dtype="f8"), load("L4"))
    with pytest.raises(InputError, match="learnt nothing of bf16"):
        Fitted("trtllm", path).estimate(op, load("L4"))


def test_the_error_table_of_a_training(small: store.Forests) -> None:
    rows = {(row["left_out"], row["where"]): row for row in small.head["errors"]}
    assert set(rows) == {(what, where) for what in ("device", "family") for where in ("all", "H100-SXM", "B200", "L40S")}
    assert rows["device", "all"]["rows"] == sum(rows["device", where]["rows"] for where in ("H100-SXM", "B200", "L40S"))
    assert rows["device", "all"]["median"] < rows["device", "all"]["analytic_median"]
    assert 0 < small.head["bands"]["gemm/vllm/wide"]["near"] < 0.5


@pytest.mark.parametrize(("damage", "message"), [
    (lambda data: data[: len(data) // 2], "cannot read"), (lambda data: b"", "cannot read"), (lambda data: b"no zip at all", "cannot read"),
    (lambda data: data[:3000] + bytes(200) + data[3200:], "cannot read"),
])  # fmt: skip
def test_a_damaged_file(tmp_path: Path, damage: Any, message: str) -> None:
    path = tmp_path / "forests.npz"
    path.write_bytes(damage(store.FILE.read_bytes()))
    with pytest.raises(InputError, match=message) as caught:
        store.read(path)
    assert "fitted.train" in str(caught.value)


def test_a_missing_file_and_one_of_another_version(tmp_path: Path, small: store.Forests, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputError, match="cannot read the fitted model"):
        store.read(tmp_path / "none.npz")
    with monkeypatch.context() as patched:
        patched.setattr(store, "VERSION", 0)
        store.write(small, tmp_path / "old.npz")
    with pytest.raises(InputError, match="forests of version 0, wanted"):
        store.read(tmp_path / "old.npz")


def test_the_file_that_is_shipped() -> None:
    shipped = store.read()
    assert store.FILE.stat().st_size < 700_000
    assert {name.split("/")[0] for name in shipped.trees} == {"gemm", "context", "decode", "experts"}
    assert set(shipped.trees) == set(shipped.head["words"]) == set(shipped.head["bands"])
    assert shipped.head["seed"] == train.SEED and shipped.head["recipes"]["gemm"]["sampled"] == train.RECIPES["gemm"].rows
    everywhere = {(row["kind"], row["left_out"]): row for row in shipped.head["errors"] if row["where"] == "all"}
    assert all(row["median"] < row["analytic_median"] for (_, what), row in everywhere.items() if what == "device")


def test_the_shipped_forests_correct_the_analytic_model_of_today() -> None:
    """Whoever changes the analytic model or its constants grows the forests anew: python -m intarsia.cost_models.fitted.train."""
    assert store.read().head["anchor"] == pytest.approx(train.anchor(), rel=1e-6)


@pytest.mark.parametrize("name", NEAR + FAR)
@pytest.mark.parametrize("op", OPS)
def test_nvidias_unmeasured_devices_have_fitted_costs_where_these_transfer(name: str, op: Op) -> None:
    device = load(name)
    found = sources.best(op, device)
    helps = name in NEAR or transfers(kind_of(op), store.read().head["errors"])
    assert (found.kind == (FITTED if helps else ANALYTIC)).all() and found.source.startswith("on measured GPUs under " if helps else "analytic")
    assert np.isfinite(found.seconds).all() and (found.seconds > 0).all()
    ratio = found.seconds / analytic.seconds(op, device, "vllm")
    assert (ratio > 0.2).all() and (ratio < 5).all()
    assert (found.band > 0.03).all() and (found.band < 1).all()


@pytest.mark.parametrize("name", [name for name in available() if not is_nvidia(load(name)) and load(name).kind != "cpu"])
def test_other_makers_devices_have_analytic_costs(name: str) -> None:
    with pytest.raises(InputError, match="NVIDIA's cores"):
        Fitted().estimate(OPS[0], load(name))
    if name != "Arc-Pro-B60":
        assert (sources.best(OPS[0], load(name)).kind == ANALYTIC).all()


def test_devices_of_a_known_design_have_narrower_bands() -> None:
    prefill = Attention(1, 2048, 0, 32, 8, 128)
    near, far = (float(Fitted().estimate(prefill, load(name)).band[0]) for name in ("H100-PCIe", "V100-32GB-SXM"))
    assert near < far


def test_what_was_not_learnt() -> None:
    with pytest.raises(InputError, match="nothing was fitted for LatentAttention"):
        Fitted().estimate(LatentAttention(1, 1, 100, 16, absorbed=True), load("L4"))
    assert KINDS[int(sources.best(Gemm(4, 512, 512, "f32"), load("L4")).kind.item())] == "analytic"


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 2000), st.sampled_from([1024, 4096, 8192, 14336]), st.sampled_from([1024, 4096, 8192]), st.sampled_from(["L4", "A40", "H100-PCIe"]))
def test_much_more_work_takes_longer(m: int, n: int, k: int, name: str) -> None:
    less, rows, columns = (Fitted().estimate(Gemm(*sizes), load(name)).seconds.item() for sizes in ((m, n, k), (16 * m, n, k), (m, 16 * n, k)))
    assert rows > 0.85 * less and columns > less
    short, long = Fitted().estimate(Attention(8, 1, np.array([1000.0, 16000.0]), 32, 8, 128), load(name)).seconds
    assert long > short


def test_many_are_answered_as_one_by_one_in_any_shape() -> None:
    random = np.random.default_rng(0)
    m = random.integers(1, 5000, (40, 25)).astype(np.float64)
    together = Fitted().estimate(Gemm(m, 4096, 4096), load("L4")).seconds
    alone = [Fitted().estimate(Gemm(one, 4096, 4096), load("L4")).seconds.item() for one in m[0].tolist()]
    assert together.shape == m.shape and np.allclose(together[0], alone, rtol=1e-6)
    mixed = Attention(4, np.array([1.0, 512.0, 1.0]), np.array([800.0, 0.0, 90.0]), 32, 8, 128)
    parts = [Fitted().estimate(Attention(4, rows, context, 32, 8, 128), load("L4")).seconds.item() for rows, context in ((1, 800), (512, 0), (1, 90))]
    assert np.allclose(Fitted().estimate(mixed, load("L4")).seconds, parts)


def test_forests_by_kind_framework_and_width() -> None:
    assert [forest_of(op, "sglang") for op in OPS] == ["gemm/sglang/wide", "gemm/sglang/narrow", "decode/sglang", "context/sglang", "experts/sglang"]


def test_slices_that_the_host_timed_are_told_by_their_least_seconds(folder: Path, tmp_path: Path) -> None:
    pyarrow, parquet = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    quick = parquet.read_table(folder / "h100_sxm" / "gemm" / "vllm" / "1.0.0" / "gemm_perf.parquet")
    slow = quick.set_column(4, "latency", pyarrow.array(np.maximum(quick["latency"].to_numpy(), 0.05)))
    named = slow.set_column(3, "gemm_dtype", pyarrow.array(["fp8_block"] * len(slow)))
    path = tmp_path / "h100_sxm" / "gemm" / "vllm" / "1.0.0" / "gemm_perf.parquet"
    path.parent.mkdir(parents=True)
    parquet.write_table(pyarrow.concat_tables([quick, named]), path)
    found = samples("gemm", 50, 0, devices=["H100-SXM"], folder=tmp_path)
    assert {sample.words["dtype"]: sample.host_bound for sample in found} == {"bf16": False, "f8_block": True}
