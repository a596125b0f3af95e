"""The error table of predicted serving, on small tables of the published formats."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from intarsia.compiler.cli import app
from intarsia.compiler.frontends import hf_sizes
from intarsia.compiler.validation_serving import CONFIGS, serving_validation
from intarsia.cost_models import devices
from intarsia.cost_models.serving.shapes import Batch, Chunk, Plan, Precision, Step, step_ops
from intarsia.cost_models.serving.step import OpCost, roofline
from intarsia.errors import InputError

COLUMNS = (
    "id,backend,model_path,system,mode,isl,osl,gemm_quant_mode,moe_quant_mode,batch_size,tp_size,pp_size,attention_dp_size,moe_ep_size,"
    "silicon_ttft_ms,silicon_tpot_ms,pred_ttft_ms,pred_tpot_ms"
)
ROWS = (
    "a,vllm,meta-llama/Llama-3.1-70B,h100_sxm,agg,1024,256,fp8,fp8,16,8,1,,1,200,10,100,11",
    "b,trtllm,deepseek-ai/DeepSeek-R1,h200_sxm,agg,1024,1024,fp8,fp8,16,1,1,8,8,800,30,,",
    "c,vllm,meta-llama/Llama-3.1-70B,h100_sxm,disagg,1024,256,fp8,fp8,,,,,,200,10,,",
    "d,vllm,nobody/knows,h100_sxm,agg,1024,256,fp8,fp8,16,8,1,,1,200,10,,",
    "e,vllm,meta-llama/Llama-3.1-70B,h100_sxm,agg,1024,256,,,16,1,1,,1,200,10,,",
)


def make(framework: str) -> OpCost:
    return roofline


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "aic_silicon").mkdir()
    (tmp_path / "aic_silicon" / "x.csv").write_text("\n".join((COLUMNS, *ROWS)))
    (tmp_path / "trtllm_perf_overview").mkdir()
    table = "source,model,gpu,parallel,dtype,isl,osl,metric,value\nx,Llama 3.3 70B,H100,TP2PP2,FP8,128,2048,output_tok_s_total,5000\n"
    (tmp_path / "trtllm_perf_overview" / "y.csv").write_text(table)
    return tmp_path


def test_error_table(folder: Path) -> None:
    rows = {str(row["metric"]): row for row in serving_validation(folder, make=make)}
    assert rows["TPOT, all, median of 2"]["target"] == 10 and rows["TPOT, all, median of 2"]["baseline_value"] == pytest.approx(10)
    shared = rows["TTFT, rows that the baseline predicts too, median of 1"]
    assert shared["baseline_value"] == pytest.approx(50) and shared["ratio"] == pytest.approx(shared["value"] / 50)
    assert rows["throughput, all, median of 1"]["baseline"] == "-" and "TPOT, DeepSeek-R1, median of 1" in rows
    assert rows["runs predicted"]["value"] == 3
    assert sum(row["value"] for name, row in rows.items() if name.startswith("left out")) == 2


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
    assert shown.exit_code == 0 and "TPOT, all, median of 2" in shown.output
