"""Predicted against measured: like is compared with like."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from intarsia.compiler.report import rows
from intarsia.compiler.report.facts import Facts

PLAN: dict[str, Any] = {
    "deployments": [{"model": "m"}],
    "placements": [
        {"task": "a.prefill", "model": "m", "phase": "prefill", "seconds": 1.0}, {"task": "a.decode", "model": "m", "phase": "decode", "seconds": 2.0},
        {"task": "tool", "model": "", "phase": "", "seconds": 0.5},
    ],
    "estimates": {
        "agent": {"metrics": {"e2e_s": 3.0, "memory_bytes": 100.0}},
        "m": {"metrics": {"ttft_s": 1.0, "tpot_s": 0.1, "prefill_tokens_per_s": 100.0, "decode_tokens_per_s": 10.0}},
        "m_decode": {
            "metrics": {"rows": 1.0},
            "operators": [
                {"op": "llm.matmul", "name": "q", "count": 2, "seconds": 0.01, "bound": "memory"},
                {"op": "llm.matmul", "name": "k", "count": 1, "seconds": 0.04, "bound": "compute"},
                {"op": "llm.glu", "name": "g", "count": 1, "seconds": 0.1, "bound": "memory"},
            ],
        },
    },
}  # fmt: skip


def timing(name: str, seconds: float, tokens: int = 0) -> dict[str, Any]:
    return {"name": name, "start_s": 0.0, "seconds": seconds, "predicted_s": None, "tokens": tokens}


def facts(*runs: dict[str, Any], **measured: Any) -> Facts:
    return Facts(Path("build"), {}, PLAN, {}, {"runs": list(runs), **measured} if runs else {}, {})


AGENT_RUN = {"total_s": 4.0, "tasks": [timing("a.prefill", 0.5, 40), timing("a.decode", 2.0, 11), timing("tool", 1.0)]}


def test_without_a_run_nothing_is_compared() -> None:
    assert rows.accuracy(facts()) == []
    assert rows.tasks(facts()) == []
    assert rows.predicted_rates(facts(), "m")["ttft_s"] == 1.0


def test_ttft_is_predicted_for_the_prompts_that_were_read() -> None:
    found = facts(AGENT_RUN)
    assert rows.predicted_rates(found, "m")["ttft_s"] == pytest.approx(40 / 100)
    assert rows.measured_rates(found, "m") == pytest.approx({"ttft_s": 0.5, "tpot_s": 0.2, "decode_tokens_per_s": 5.0, "prefill_tokens_per_s": 80.0})


def test_a_bare_models_run_counts_too() -> None:
    found = facts({"total_s": 1.4, "ttft_s": 0.4, "prompt_tokens": 20, "output_tokens": 6, "tasks": []})
    assert rows.measured_rates(found, "m") == pytest.approx({"ttft_s": 0.4, "tpot_s": 0.2, "decode_tokens_per_s": 5.0, "prefill_tokens_per_s": 50.0})


def test_tasks_are_predicted_for_their_tokens() -> None:
    prefill, decode, tool = rows.tasks(facts(AGENT_RUN))
    assert (prefill["expected_s"], prefill["error"]) == pytest.approx((0.4, -0.2))
    assert prefill["plan_error"] == pytest.approx(1.0)
    assert (decode["expected_s"], decode["tokens"]) == (pytest.approx(1.0), "11")
    assert (tool["expected_s"], tool["tokens"], tool["error"]) == (0.5, "", pytest.approx(-0.5))


def test_an_embedding_is_predicted_for_its_tokens() -> None:
    predicted = {"throughput_tokens_per_s": 200.0}
    assert rows.expected_seconds(predicted, {"phase": "encode", "seconds": 9.0}, 10) == pytest.approx(0.05)
    assert rows.expected_seconds(predicted, {"phase": "encode", "seconds": 9.0}, None) == 9.0


def test_a_task_of_several_runs_is_its_median() -> None:
    runs = [{"total_s": 1.0, "tasks": [timing("tool", seconds)]} for seconds in (0.1, 0.2, 9.0)]
    (tool,) = rows.tasks(facts(*runs))
    assert (tool["runs"], tool["measured_s"]) == (3, 0.2)


def test_a_single_token_has_no_rate() -> None:
    found = facts({"total_s": 1.0, "tasks": [timing("a.decode", 0.0, 1)]})
    assert rows.measured_rates(found, "m")["tpot_s"] is None


def test_the_whole_is_a_mean_as_its_prediction_is() -> None:
    whole = rows.summary(facts({"total_s": 1.0, "tasks": []} | {"ttft_s": 0.5}, {"total_s": 3.0, "ttft_s": 0.5, "tasks": []}, memory_bytes=50))
    by_figure = {row["figure"]: row for row in whole}
    assert by_figure["end to end"]["measured"] == 2.0
    assert by_figure["memory"]["error"] == pytest.approx(1.0)


def test_operators_are_summed_by_kind_and_scaled_to_the_planned_rows() -> None:
    found = facts(AGENT_RUN, operators={"m_decode": {"rows": 2, "operators": {"llm.matmul": 0.24}}})
    glu, matmul = rows.operators(found, "m_decode")
    assert (glu["op"], glu["measured_s"], glu["error"]) == ("llm.glu", None, None)
    assert (matmul["count"], matmul["bound"]) == (3, "compute")
    assert (matmul["seconds"], matmul["measured_s"], matmul["error"]) == pytest.approx((0.06, 0.12, -0.5))


def test_alternatives_show_the_worst_model() -> None:
    plan = {"alternatives": [{"rank": 1, "choices": {"m": "x", "n": "y"}, "metrics": {"e2e_s": 1.0, "m.ttft_s": 0.1, "n.ttft_s": 0.4}, "why": "Best."}]}
    (row,) = rows.alternatives(plan)
    assert (row["plan"], row["ttft_s"], row["tpot_s"], row["e2e_s"]) == ("m: x; n: y", 0.4, None, 1.0)
    assert rows.why(plan) == "Best."
