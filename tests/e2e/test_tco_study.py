"""The study of total cost: its table adds up, the planner agrees with it, and its files are written."""

from __future__ import annotations

import csv
import importlib.util
import json
import sys
from pathlib import Path
from types import ModuleType
from typing import Any
from xml.etree import ElementTree

import pytest

STUDY = Path(__file__).resolve().parents[2] / "examples" / "tco_study" / "study.py"


@pytest.fixture(scope="module")
def study() -> ModuleType:
    spec = importlib.util.spec_from_file_location("tco_study", STUDY)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules["tco_study"] = module
    spec.loader.exec_module(module)
    return module


def by_pair(study: ModuleType, case: Any, assumed: Any) -> dict[str, Any]:
    return {row["pair"]: row for row in study.pairs(case, assumed)}


def test_all_pairs_of_all_cases(study: ModuleType) -> None:
    assert len(study.PAIRS) == 36 and len(study.CASES) == 16
    rows = by_pair(study, study.CASES[0], study.Assumptions())
    assert len(rows) == 36 and rows["H100::H100"]["ratio"] == 1.0


def test_costs_of_a_pair_are_those_of_its_halves(study: ModuleType) -> None:
    rows = by_pair(study, study.Case("70B", "FP16", 4096, 512, False), study.Assumptions("dense"))
    both = rows["H100::B200"]["usd_per_request"] + rows["B200::H100"]["usd_per_request"]
    assert both == pytest.approx(rows["H100::H100"]["usd_per_request"] + rows["B200::B200"]["usd_per_request"])


def test_goals_are_kept_and_what_does_not_fit_is_left_out(study: ModuleType) -> None:
    for row in study.pairs(study.Case("70B", "FP16", 4096, 512, True), study.Assumptions("dense")):
        if row["tokens_per_usd"] is None:
            assert row["pair"].startswith("A40") or row["pair"].endswith("A40") or "A100" in row["pair"] or "MI300X" in row["pair"]
        else:
            assert row["ttft_s"] <= 0.25 and row["tbt_s"] <= 0.02
    assert next(study.options(study.Case("70B", "FP16", 512, 4096, False), "A40", "decode", study.Assumptions())).tp == 4


def test_printed_and_dense_flops(study: ModuleType) -> None:
    """The printed H100 is twice as fast as its datasheet is without sparsity; 8 bits double it, and not an A100."""
    printed, dense = study.Assumptions("printed"), study.Assumptions("dense")
    assert study.flops_of("H100", "FP16", printed) / study.flops_of("H100", "FP16", dense) == pytest.approx(2.0, rel=1e-3)
    assert study.flops_of("H100", "FP8", printed) == pytest.approx(2 * study.flops_of("H100", "FP16", printed), rel=1e-2)
    assert study.flops_of("A100", "FP8", dense) == study.flops_of("A100", "FP16", dense)


def test_prefill_seconds_by_hand(study: ModuleType) -> None:
    """Llama-3-8B, 4096 tokens on one dense H100 at half its peak: 2 x 8.03e9 x 4096 and 2 x 32 x 4096 x 4096^2 FLOPs."""
    step = study.steps(study.Case("8B", "FP16", 4096, 512, False), "H100", 1, study.Assumptions("dense", mfu=0.5))
    assert step.prefill(1, 4096) == pytest.approx((2 * 8.03e9 * 4096 + 2 * 32 * 4096 * 4096**2) / (0.5 * 989.4e12), rel=0.01)
    assert step.decode(1, 1000) == pytest.approx((2 * 8.03e9 + 2 * 32 * 1024 * 1000 * 2) / (0.7 * 3.35e12), rel=0.01)


@pytest.mark.parametrize("flops", ["printed", "dense"])
@pytest.mark.parametrize("number", [1, 4, 10])
def test_the_planner_chooses_the_best_pair(study: ModuleType, flops: str, number: int) -> None:
    case, assumed = study.CASES[number], study.Assumptions(flops)
    best = min((row for row in study.pairs(case, assumed) if row["ratio"]), key=lambda row: row["usd_per_request"])
    found = study.planned(case, assumed)
    assert found["usd_per_request"] == pytest.approx(best["usd_per_request"], rel=1e-4) and found["gap"] < 2e-4
    assert found["pair"] == best["pair"]


def test_claims_that_follow_and_one_that_does_not(study: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(study, "CASES", [case for case in study.CASES if case.precision == "FP16" and not case.sla])
    rows = {row["claim"]: row for row in study.claims([study.Assumptions("dense")])}
    assert rows["Gaudi3 is the best to prefill long FP16 inputs"]["holds"] == 2
    assert rows["H100::Gaudi3 is comparable to B200::B200 or better, decode-heavy throughput"]["holds"] == 2
    assert rows["B200::Gaudi3 is the best pair, decode-heavy throughput"]["holds"] == 0


def test_files_and_json(study: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(study, "sweep", lambda: [study.Assumptions("printed"), study.Assumptions("dense")])
    monkeypatch.setattr(study, "CASES", study.CASES[:2])
    assert study.main(["-o", str(tmp_path), "--no-models"]) == 0
    assert len(list(csv.DictReader((tmp_path / "table.csv").open()))) == 2 * 2 * 36
    assert (tmp_path / "table.md").read_text().count("\n") == 6 and "largest ratio" in (tmp_path / "claims.md").read_text()
    drawn = ElementTree.parse(tmp_path / "picture_dense.svg").getroot()
    assert sum(element.tag.endswith("rect") for element in drawn.iter()) == 2 * 36
    capsys.readouterr()
    study.main(["--json", "--no-models"])
    found = json.loads(capsys.readouterr().out)
    assert len(found["pairs"]) == 144 and len(found["planned"]) == 4
