"""The error table of predicted serving, on small tables of the published formats."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from intarsia.compiler import serving_models, serving_pools, serving_recipes, serving_runs, serving_traces
from intarsia.compiler.cli import app
from intarsia.compiler.frontends import hf_sizes
from intarsia.compiler.serving_models import CONFIGS
from intarsia.compiler.serving_runs import Case
from intarsia.compiler.validation_serving import Found, ranks, serving_validation
from intarsia.cost_models import devices
from intarsia.cost_models.serving import host
from intarsia.cost_models.serving.shapes import Batch, Chunk, Plan, Precision, Step
from intarsia.cost_models.serving.steady import Engine, Load, System, steady
from intarsia.cost_models.serving.step import OpCost, roofline
from intarsia.cost_models.serving.step_ops import step_ops
from intarsia.errors import InputError, UnsupportedError

NAMES = (
    "id,backend,backend_version,model_path,system,mode,isl,osl,gemm_quant_mode,moe_quant_mode,batch_size,tp_size,pp_size,attention_dp_size,moe_tp_size,moe_ep_size,"
    "prefill_num_workers,prefill_tp_size,prefill_attention_dp_size,prefill_moe_ep_size,decode_batch_size,decode_num_workers,decode_tp_size,decode_attention_dp_size,"
    "decode_moe_ep_size,silicon_ttft_ms,silicon_tpot_ms,pred_ttft_ms,pred_tpot_ms"
).split(",")
LLAMA = {"backend": "vllm", "backend_version": "0.12.0", "model_path": "meta-llama/Llama-3.1-70B-Instruct", "system": "h100_sxm", "mode": "agg", "isl": 1024, "osl": 256,
         "gemm_quant_mode": "fp8", "moe_quant_mode": "fp8", "batch_size": 16, "tp_size": 8, "silicon_ttft_ms": 200, "silicon_tpot_ms": 10}  # fmt: skip
DEEPSEEK = LLAMA | {"backend": "trtllm", "backend_version": "", "model_path": "deepseek-ai/DeepSeek-R1", "system": "h200_sxm", "osl": 1024}
POOLS = DEEPSEEK | {"mode": "disagg", "tp_size": "", "prefill_tp_size": 8, "decode_tp_size": 8}
ROWS = (
    LLAMA | {"id": "a_epnone_1", "pred_ttft_ms": 100, "pred_tpot_ms": 11},
    DEEPSEEK | {"id": "2025_11_03_r1_c64_x", "tp_size": 1, "attention_dp_size": 8, "moe_ep_size": 8},
    POOLS | {"id": "r1_cfg0_", "prefill_num_workers": 1, "decode_num_workers": 2, "decode_batch_size": 8, "decode_moe_ep_size": 8},
    POOLS | {"id": "2025_11_03_r1_c36_x"},
    POOLS | {"id": "2025_11_03_r1_c37_x"},
    LLAMA | {"id": "d", "model_path": "nobody/knows"},
    LLAMA | {"id": "e", "gemm_quant_mode": "", "tp_size": 1},
)


def make(framework: str, all_reduce: str) -> OpCost:
    return roofline


def table(rows: tuple[dict[str, object], ...]) -> str:
    return "\n".join([",".join(NAMES), *(",".join(str(row.get(name, "")) for name in NAMES) for row in rows)])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "aic_silicon").mkdir()
    (tmp_path / "aic_silicon" / "x.csv").write_text(table(ROWS))
    (tmp_path / "trtllm_perf_overview").mkdir()
    text = "source,model,gpu,parallel,dtype,isl,osl,metric,value\nx,Llama 3.3 70B,H100,TP2PP2,FP8,128,2048,output_tok_s_total,5000\n"
    (tmp_path / "trtllm_perf_overview" / "y.csv").write_text(text)
    return tmp_path


def test_error_table(folder: Path) -> None:
    rows = {str(row["metric"]): row for row in serving_validation(folder, make=make)}
    assert rows["TPOT, all, median of 4"]["target"] == 10 and rows["TPOT, all, median of 4"]["baseline_value"] == pytest.approx(10)
    shared = rows["TTFT, rows that the baseline predicts too, median of 1"]
    assert shared["baseline_value"] == pytest.approx(50) and shared["ratio"] == pytest.approx(shared["value"] / 50) and abs(shared["bias"]) == shared["value"]
    assert rows["TTFT, rows that it doesn't, median of 3"]["baseline"] == "-" and rows["TPOT, disaggregated, median of 2"]["target"] is None
    assert rows["throughput, all, median of 1"]["baseline"] == "-" and "TPOT, DeepSeek-R1, median of 3" in rows
    assert rows["TPOT, aggregated on H100, median of 1"]["target"] == 8
    halves = [int(name.rpartition(" ")[2]) for name in rows if name.startswith(("TPOT, seen", "TPOT, unseen"))]
    assert sum(halves) == 4
    assert rows["runs predicted"]["value"] == 5
    assert rows["left out: a disaggregated run doesn't state its engines"]["value"] == 1
    assert sum(row["value"] for name, row in rows.items() if name.startswith("left out")) == 3


def case(folder: Path, **row: object) -> Case:
    (folder / "aic_silicon" / "x.csv").write_text(table((LLAMA | {"id": "a"} | row,)))
    return next(one for one in serving_runs.read(folder) if one.source != serving_runs.TABLE)


@pytest.mark.parametrize(
    ("sizes", "plan"),
    [
        ((64, 1, 8, 8), Plan(8, ep=8)), ((1, 64, 8, 8), Plan(dp=8, ep=8)), ((4, 4, 1, 16), Plan(4, ep=4)), ((8, 1, 1, 8), Plan(8, ep=8)), ((8, 1, 8, 1), Plan(8)),
        ((1, 8, 1, 8), Plan(dp=8, ep=8)),
    ],
)  # fmt: skip
def test_plans_that_count_devices_twice(folder: Path, sizes: tuple[int, ...], plan: Plan) -> None:
    named = dict(zip(("tp_size", "attention_dp_size", "moe_tp_size", "moe_ep_size"), sizes, strict=True))
    assert case(folder, model_path="deepseek-ai/DeepSeek-R1", **named).plan == plan


def test_users_and_halves(folder: Path) -> None:
    stated, counted = case(folder, id="2026_04_06_x_c96_tp8"), case(folder, attention_dp_size=4)
    assert (stated.load.concurrency, stated.load.spread, stated.snapshot) == (96, 0.2, "2026-04-06")
    assert (counted.load.concurrency, counted.load.spread, counted.source) == (64, 0.0, serving_runs.OWN)
    halves = [case(folder, id=f"2026_04_06_x_c{users}_tp8").half for users in range(1, 65)]
    assert 20 < halves.count("seen") < 44
    assert {case(folder, id=f"2026_04_06_x_c7_tp{tp}", tp_size=tp, silicon_tpot_ms=3 + tp).half for tp in (1, 2, 8)} == {halves[6]}


@pytest.mark.parametrize(
    ("row", "weights", "kv", "rows"),
    [
        ({}, "f8", "bf16", "found"), ({"model_path": "x/Llama-3.1-70B-FP8"}, "f8", "bf16", "apart"), ({"backend": "trtllm", "model_path": "x/Llama-3.1-70B-FP8"}, "f8", "f8", "fused"),
        ({"gemm_quant_mode": "", "moe_quant_mode": ""}, "bf16", "bf16", "apart"), ({"id": "2026_04_06_x_c8_", "system": "b200_sxm"}, "f8", "f8", "fused"),
        ({"model_path": "deepseek-ai/DeepSeek-R1"}, "f8_block", "bf16", "apart"), ({"backend": "trtllm"}, "f8", "f8", "fused"),
        ({"backend": "trtllm", "model_path": "Qwen/Qwen3-32B-FP8"}, "f8", "f8", "apart"), ({"backend": "sglang"}, "f8", "bf16", "found"),
    ],
)  # fmt: skip
def test_types_of_runs(folder: Path, row: dict[str, object], weights: str, kv: str, rows: str) -> None:
    found = serving_recipes.setup_of(case(folder, **row)).precision
    assert (found.weights, found.kv, found.rows) == (weights, kv, rows)


def test_engines_of_runs(folder: Path) -> None:
    sglang = serving_recipes.setup_of(case(folder, id="2026_04_06_x_c64_", backend="sglang", system="b200_sxm", model_path="deepseek-ai/DeepSeek-R1")).engine
    assert sglang.prefill_first and sglang.poll_steps == 30 and sglang.layer_host_s > 0
    new, old = (serving_recipes.setup_of(case(folder, backend_version=version)).engine for version in ("0.19.0", "0.12.0"))
    assert (new.ahead_steps, old.ahead_steps) == (1, 0) and not new.reserves
    assert new.step_host_s == 0 < old.step_host_s
    drafting = serving_recipes.setup_of(case(folder, **(DEEPSEEK | {"id": "2026_04_06_x_c64_", "backend_version": "1.2.0rc6.post3"}))).engine
    assert drafting.step_host_s == pytest.approx(580e-6) and drafting.with_host(0.0, 1536) == pytest.approx(45.11e-3 + 580e-6)
    assert drafting.reserves and drafting.drafts == 3 and drafting.accepted == pytest.approx(0.82 + 0.82**2 + 0.82**3)


QWEN = LLAMA | {"backend": "sglang", "model_path": "Qwen/Qwen3.5-397B-A17B-FP8", "id": "2026_04_06_x_c8_"}


@pytest.mark.parametrize(
    ("row", "waits"),
    [
        ({"id": "2026_04_06_x_c8_"}, host.VLLM_AHEAD), ({"id": "2026_04_06_x_c8_", "backend_version": ""}, host.VLLM_AHEAD), ({}, host.VLLM_SYNC),
        ({"id": "2026_04_06_x_c8_", "backend_version": "nightly-1"}, host.NO_HOST), ({"backend_version": "0.14.0"}, host.NO_HOST), ({"backend": "trtllm"}, host.TENSORRT),
        ({"backend": "sglang", "backend_version": "0.5.1.post1"}, host.SGLANG_2025), ({"backend": "sglang", "backend_version": "0.5.5.post2"}, host.NO_HOST),
        ({"backend": "sglang", "backend_version": ""}, host.NO_HOST),
    ],
)  # fmt: skip
def test_hosts_between_steps_of_runs(folder: Path, row: dict[str, object], waits: host.Host) -> None:
    found = serving_recipes.setup_of(case(folder, **row)).engine
    assert (found.step_host_s, found.sequence_host_s) == (waits.step_s, waits.sequence_s)


@pytest.mark.parametrize(
    ("row", "chunk", "poll", "tokenizers", "rounds", "kv"),
    [
        ({"system": "h200_sxm"}, 16384, 1, 6, 10, "f8"), ({"system": "b200_sxm"}, 32768, 10, 6, 10, "f8"), ({"system": "b200_sxm", "gemm_quant_mode": "nvfp4"}, 32768, 30, 1, 10, "f8"),
        ({"system": "h200_sxm", "model_path": "zai-org/GLM-5-FP8"}, 8192, 1, 1, 5, "bf16"), ({"system": "b200_sxm", "model_path": "zai-org/GLM-5-FP8"}, 32768, 1, 1, 10, "f8"),
        ({"system": "b200_sxm", "model_path": "deepseek-ai/DeepSeek-R1", "gemm_quant_mode": "nvfp4"}, 16384, 10, 1, 10, "f8"),
    ],
)  # fmt: skip
def test_scripts_of_sglang(folder: Path, row: dict[str, object], chunk: int, poll: int, tokenizers: int, rounds: int, kv: str) -> None:
    run = case(folder, **(QWEN | row))
    setup = serving_recipes.setup_of(run)
    assert (setup.engine.chunk_tokens, setup.engine.poll_steps, setup.engine.tokenizers, run.load.rounds, setup.precision.kv) == (chunk, poll, tokenizers, rounds, kv)


@pytest.mark.parametrize(
    ("row", "library"),
    [
        ({"id": "2026_04_06_x_c64_"}, "trtllm-gen"), ({"id": "2026_04_06_x_c256_"}, "deepgemm"), ({"id": "2026_04_06_x_c256_", "gemm_quant_mode": "nvfp4"}, "cutlass"),
        ({"id": "2026_04_06_x_c256_", "gemm_quant_mode": "nvfp4", "moe_tp_size": 1, "moe_ep_size": 8}, "wide"), ({"id": "2026_04_06_x_c256_", "isl": 8192}, "trtllm-gen"), ({"id": "2026_04_06_x_c64_", "isl": 8192, "gemm_quant_mode": "nvfp4"}, "cutlass"),
        ({"id": "2026_04_06_x_c256_", "gemm_quant_mode": "nvfp4", "backend_version": "1.2.0rc6.post3"}, "trtllm-gen"),
        ({"id": "2026_04_06_x_c64_", "backend_version": "1.2.0rc6.post3"}, "deepgemm"),
        ({"id": "2026_04_06_x_c64_", "system": "h200_sxm"}, "cutlass"), ({}, "cutlass"), ({"backend": "vllm"}, ""), ({"model_path": "openai/gpt-oss-120b", "gemm_quant_mode": "nvfp4"}, ""),
    ],
)  # fmt: skip
def test_libraries_of_experts(folder: Path, row: dict[str, object], library: str) -> None:
    assert serving_recipes.setup_of(case(folder, **({**DEEPSEEK, "system": "b200_sxm"} | row))).precision.kernel == library


@pytest.mark.parametrize(
    ("row", "plans", "kernels"),
    [
        ({"backend": "sglang"}, (Plan(8), Plan(dp=32, ep=32)), ("", "wide")), ({"backend": "sglang", "prefill_moe_ep_size": 8}, (Plan(8, ep=8), Plan(dp=32, ep=32)), ("", "wide")),
        ({"decode_moe_ep_size": 32, "decode_moe_tp_size": 1}, (Plan(8), Plan(dp=32, ep=32)), ("cutlass", "wide")), ({}, (Plan(8), Plan(dp=32)), ("cutlass", "cutlass")),
    ],
)  # fmt: skip
def test_experts_of_pools(folder: Path, row: dict[str, object], plans: tuple[Plan, Plan], kernels: tuple[str, str]) -> None:
    """SGLang spreads experts over all devices of attention groups; from 16 groups on there are kernels for that."""
    workers = {"prefill_num_workers": 1, "decode_num_workers": 1, "decode_tp_size": 1, "decode_attention_dp_size": 32}
    found = serving_recipes.deployment_of(case(folder, **(POOLS | workers | {"id": "2026_04_06_x_c64_"} | row)))
    assert (found.prefill.plan, found.decode.plan) == plans
    assert (found.prefill.precision.kernel, found.decode.precision.kernel) == kernels


@pytest.mark.parametrize(
    ("row", "plan", "kernel", "kv", "chunk"),
    [
        ({"backend_version": "0.17.0"}, Plan(4, ep=4), "triton", "bf16", 8192), ({"backend_version": "0.19.0"}, Plan(4), "", "f8", 2048),
        ({"backend_version": "nightly-5b", "gemm_quant_mode": "nvfp4"}, Plan(4), "", "bf16", 8192), ({"backend_version": "nightly-5b"}, Plan(4), "", "f8", 2048),
        ({"system": "h100_sxm"}, Plan(4), "", "bf16", 8192),
    ],
)  # fmt: skip
def test_scripts_of_minimax(folder: Path, row: dict[str, object], plan: Plan, kernel: str, kv: str, chunk: int) -> None:
    shape = {"id": "2026_04_06_x_c64_", "system": "b200_sxm", "model_path": "MiniMaxAI/MiniMax-M2.5", "isl": 1024, "tp_size": 4, "moe_tp_size": 4}
    found = serving_recipes.setup_of(case(folder, **(shape | row)))
    assert (found.plan, found.precision.kernel, found.precision.kv, found.engine.chunk_tokens) == (plan, kernel, kv, chunk)


def test_experts_of_the_throughput_table(folder: Path) -> None:
    text = "source,model,gpu,parallel,dtype,isl,osl,metric,value\nx,Qwen3-235B-A22B,H200,TP8,FP8,128,2048,output_tok_s_total,5000\n"
    (folder / "trtllm_perf_overview" / "y.csv").write_text(text)
    found = next(one for one in serving_runs.read(folder) if one.source == serving_runs.TABLE)
    setup = serving_recipes.setup_of(found)
    assert found.load.requests == 3000 and setup.plan == Plan(dp=8, ep=8) and setup.engine.padded(600) == 1024


def test_recipes_of_pools(folder: Path) -> None:
    both = serving_pools.find("b200_sxm", "nvfp4", 1024, 1024, 25)
    assert {recipe.drafts for recipe in both} == {0, 3} and all(recipe.decode == Plan(8, ep=8) for recipe in both)
    (one,) = serving_pools.find("b200_sxm", "nvfp4", 1024, 1024, 10860)
    assert (one.prefill_workers, one.decode_workers, one.decode) == (3, 5, Plan(dp=4, ep=4))
    with pytest.raises(UnsupportedError, match="two recipes"):
        serving_recipes.question_of(case(folder, **(POOLS | {"id": "2025_11_03_r1_c25_x", "system": "b200_sxm", "gemm_quant_mode": "nvfp4"})))


def test_simulated_traces(folder: Path) -> None:
    """Ten requests far apart: each is prefilled alone and decoded alone, whatever the number of replicas. Incomplete runs are left out."""
    (folder / "apex").mkdir()
    runs = "engine_version,plan,trace,complete,mean_ttft_ms,tpot_ms\nv0.6.0,8TP,t,True,30,15\nv0.6.0,2DP8TP,t,True,30,15\nv0.6.0,4DP2TP,t,False,30,15\n"
    (folder / "apex" / "h100_measured_llama.csv").write_text(runs)
    (folder / "apex" / "t.csv").write_text("arrival_s,input_tokens,output_tokens\n" + "\n".join(f"{1000 * place},500,100" for place in range(10)))
    (one, first), (_, second) = serving_traces.predict(serving_traces.read(folder), roofline)
    old = host.HOSTS["vllm-v0"]
    engine = Engine(step_host_s=old.step_s, layer_host_s=old.layer_s, token_host_s=old.token_s)
    lone = steady(System(serving_models.sizes("Llama-3.1-70B"), devices.load("H100-SXM"), Plan(8), Precision("bf16"), engine), Load(500, 100, 1))
    assert first == pytest.approx(second) and first["TPOT"] == pytest.approx(lone.tpot_s, rel=0.03) and first["TTFT"] == pytest.approx(lone.ttft_s, rel=0.1)
    assert (one.load.isl, one.load.osl, one.version) == (500, 100, "v0.6.0")
    rows = {str(row["metric"]): row for row in serving_validation(folder, make=make)}
    assert rows["TPOT, APEX's traces, simulated, median of 2"]["bias"] < 0 and rows["runs predicted"]["value"] == 7
    (folder / "apex" / "h100_measured_llama.csv").write_text(runs.replace("8TP", "8TQ"))
    with pytest.raises(InputError, match="unknown plan"):
        serving_traces.read(folder)


def test_ranks(folder: Path) -> None:
    """Four runs of a group in the right order, and four in the reverse: 1 and -1, whose median is 0. A pair of equal figures shares its rank."""

    def found(isl: int, users: int, predicted: float) -> Found:
        return Found(case(folder, id=f"2026_04_06_x_c{users}_", isl=isl), "TPOT", users, predicted, None)

    rows = [found(1024, users, users**2) for users in (1, 2, 4, 8)] + [found(512, users, -users) for users in (1, 2, 4, 8)]
    (row,) = ranks(rows)
    assert row["metric"] == "TPOT, rank correlation of plans and users, median of 2 groups" and row["value"] == pytest.approx(0) and row["met"] is False
    (tied,) = ranks([found(1024, users, min(users, 4)) for users in (1, 2, 4, 8)])
    assert tied["value"] == pytest.approx(np.corrcoef([1, 2, 3.5, 3.5], [1, 2, 3, 4])[0, 1])


def test_no_measurements(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no measured serving"):
        serving_validation(tmp_path, make=make)


def test_all_models_have_sizes() -> None:
    counts = {name: hf_sizes.read(config, name).parameters() for name, config in CONFIGS.items()}
    assert counts["Llama-3.1-405B"] == 405853388800 and counts["DeepSeek-V3"] == 671026419200 and counts["gpt-oss-120b"] == 116829156672
    assert counts["MiniMax-M2.5"] == pytest.approx(229e9, rel=0.01) and counts["Kimi-K2.5"] == pytest.approx(1.03e12, rel=0.01)
    assert counts["Llama-4-Scout"] == pytest.approx(109e9, rel=0.02) and counts["Llama-4-Maverick"] == pytest.approx(400e9, rel=0.02)


@pytest.mark.parametrize("name", ["Llama-3.1-70B", "DeepSeek-V3", "Qwen3-235B-A22B"])
def test_prices_from_measured_kernels(name: str) -> None:
    """Every operator has a price near the roofline's, and none is lost when kinds are priced together."""
    pytest.importorskip("aiconfigurator_core", reason="the measured tables are not installed (extra silicon)")
    from intarsia.cost_models.serving.pricing import Priced

    step = Step((Chunk(2048),), (Batch(32, 3000),))
    launches, device = step_ops(hf_sizes.read(CONFIGS[name], name), Plan(tp=4), Precision("f8_block"), step), devices.load("H100-SXM")
    ops = [launch.op for launch in launches]
    price = Priced("sglang")
    together, one_by_one = price(ops, device), np.concatenate([price([op], device) for op in ops])
    assert together == pytest.approx(one_by_one)
    assert np.all(together > 0) and 0.3 < together.sum() / roofline(ops, device).sum() < 5
    assert price.sources["measured with sglang"] > len(ops) / 2


def test_command(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("INTARSIA_DATA", raising=False)
    missing = CliRunner().invoke(app, ["validate", "serving"])
    assert missing.exit_code and "INTARSIA_DATA" in missing.output
    pytest.importorskip("aiconfigurator_core", reason="the measured tables are not installed (extra silicon)")
    shown = CliRunner().invoke(app, ["validate", "serving", "--data", str(folder), "--json"])
    assert shown.exit_code == 0 and "TPOT, all, median of 4" in shown.output
