"""`intarsia plan` for several models: shared devices, or a part of the fleet for each, under the goals."""

from __future__ import annotations

import itertools
import json
import time
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from intarsia.compiler import cli, serving_plan, shared_plan, shared_simulation, simulation
from intarsia.cost_models.serving.shapes import Plan
from intarsia.planner.search import result, space
from intarsia.planner.search.evaluate import Simulator
from tests.compiler.frontends.vision import QWEN2_5_VL_7B, QWEN2_VL_7B
from tests.compiler.test_simulation import LLAMA_8B
from tests.pages import Checker

RUN = CliRunner()
LOAD = "rate=30/s,prompt_tokens=600,output_tokens=40,requests=60,models=3xchat+code"


def run(models: list[str], *words: str, slo: str = "ttft=300ms,tpot=40ms", fleet: str = "2xH100-SXM", workload: str = LOAD) -> Any:
    return RUN.invoke(cli.app, ["plan", *models, "--fleet", fleet, "--workload", workload, *(["--slo", slo] if slo else []), *words])


def placements(models: list[str], *words: str, **more: str) -> list[dict[str, Any]]:
    done = run(models, "--json", "--top", "20", *words, **more)
    assert done.exit_code == 0, done.stderr
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found


def test_loose_goals_share_one_device_and_tight_ones_do_not(models: list[str]) -> None:
    loose, tight = (placements(models, "--precision", "bf16", slo=slo) for slo in ("ttft=500ms,tpot=60ms", "ttft=200ms,tpot=10ms"))
    assert loose[0]["placement"] == "shared by 1 x TP1" and loose[0]["devices"] == 1
    assert tight[0]["placement"].startswith("chat") and tight[0]["weight_loads"] == 0
    assert all(found[0]["good"] >= 0.95 and [each["rank"] for each in found] == list(range(1, len(found) + 1)) for found in (loose, tight))
    assert set(loose[0]["models"]) == {"chat", "code"} and min(each["good"] for each in loose[0]["models"].values()) == loose[0]["good"]


def test_no_cheaper_placement_of_the_kinds_that_are_tried_keeps_the_goals(models: list[str]) -> None:
    """All groups of all sizes, and all numbers of replicas of each model: simulated here one by one."""
    slo, fleet = "ttft=200ms,tpot=9ms", "3xH100-SXM"
    found = placements(models, "--precision", "bf16", "--chunk-tokens", "8192", "--max-sequences", "256", slo=slo, fleet=fleet)
    asked = serving_plan.Asked("", fleet, LOAD, slo, precision="stored", max_sequences=256, chunk_tokens=8192, policies=("fcfs_chunked_prefill",))
    problems, requests = shared_simulation.problems_of(asked, models)

    def good(pools: list[Any]) -> float:
        return min(each.met for each in shared_simulation.serve(problems, requests, pools, simulation.Given()).models.values())

    cheapest = 99
    for tp in (1, 2):
        given = simulation.Given(Plan(tp))
        served = [shared_simulation.of(problem, given) for problem in problems]
        shared = [(n * tp, shared_simulation.together(served, simulation.replace(given, replicas=n), shared_simulation.Sharing())) for n in range(1, 3 // tp + 1)]
        split = [((a + b) * tp, shared_simulation.apart(served, given, (a, b))) for a in (1, 2) for b in (1, 2) if (a + b) * tp <= 3]
        cheapest = min([cheapest, *(devices for devices, pools in shared + split if good(pools) >= 0.95)])
    assert found[0]["devices"] <= cheapest, "the search may find a pair that prefills and decodes"


def test_goals_out_of_reach_say_so(models: list[str]) -> None:
    done = run(models, slo="ttft=1ms,tpot=1ms")
    assert done.exit_code == 2 and "no placement keeps the goals" in done.stderr and "shared by" in done.stdout


def test_a_table_for_people(models: list[str]) -> None:
    done = run([f"a={models[0]}", f"b={models[1]}"], workload=LOAD.replace("3xchat+code", "a+b"))
    assert done.exit_code == 0 and "weights came" in done.stdout and "a 1 x H100-SXM TP1, b 1 x H100-SXM TP1" in done.stdout
    assert "a and b share 1 x H100-SXM: 1 x TP1, weights come and go" in done.stdout


def test_models_too_large_for_one_device_go_to_wider_groups(models: list[str], tmp_path: Path) -> None:
    (tmp_path / "wide.json").write_text(json.dumps(LLAMA_8B | {"hidden_size": 8192, "intermediate_size": 28672, "num_attention_heads": 64, "num_hidden_layers": 80}))
    found = placements([models[0], f"code={tmp_path / 'wide.json'}"], "--precision", "bf16", slo="ttft=2s,tpot=100ms", workload=LOAD.replace("rate=30/s", "rate=2/s"), fleet="4xH100-SXM")
    assert all("1 x TP1" not in each["placement"] for each in found if each["placement"].startswith("shared"))
    own = [part["devices"]["H100-SXM"] for each in found for part in each["parts"] if part["models"] == ["code"]]
    assert own and min(own) >= 2, "141 GB of weights"


MIXED = "2xH100-SXM + 4xL4"


def test_a_mixed_fleet_is_split_by_kinds_and_each_device_is_given_once(models: list[str]) -> None:
    """Every model has devices, nobody more than there are; each keeps alone what it keeps with the others, simulated here from the printed plans."""
    found = placements(models, slo="ttft=600ms,tpot=60ms", fleet=MIXED)
    apart = [each for each in found if not each["placement"].startswith("shared")]
    assert {frozenset(name for part in each["parts"] for name in part["devices"]) for each in apart} >= {frozenset({"H100-SXM", "L4"}), frozenset({"H100-SXM"})}
    asked = serving_plan.Asked("", MIXED, LOAD, "ttft=600ms,tpot=60ms", policies=("fcfs_chunked_prefill",))
    problems, _ = shared_simulation.problems_of(asked, models)
    prices = {stock.name: stock.usd_per_h for stock in problems[0].fleet}
    for each in found:
        used = [(name, count) for part in each["parts"] for name, count in part["devices"].items()]
        assert sum(count for name, count in used if name == "H100-SXM") <= 2 and sum(count for name, count in used if name == "L4") <= 4
        assert each["devices"] == sum(count for _, count in used) and each["usd_per_h"] == pytest.approx(sum(count * prices[name] for name, count in used))
        assert sorted(name for part in each["parts"] for name in part["models"]) == ["chat", "code"] and all(part["devices"] for part in each["parts"])
    for each in apart[:2]:
        for part, problem in zip(each["parts"], problems, strict=True):
            counted = {name: sum(p["count"] * p["tp"] * p["pp"] * p["dp"] for p in part["pools"] if p["stock"] == name) for name in part["devices"]}
            assert counted == part["devices"], "the pools take the devices that the part names"
            plan = space.Deployment(tuple(result.pool_of(msgspec.convert(pool, result.PoolRecord)) for pool in part["pools"]))
            assert str(plan) == part["plan"]
            assert each["models"][problem.name]["good"] == pytest.approx(Simulator(problem)(plan).good), "nobody waits for another model"


def test_models_prefill_and_decode_apart_where_only_that_is_asked_for(models: list[str]) -> None:
    found = placements(models, "--modes", "disaggregated", "--precision", "bf16", slo="ttft=600ms,tpot=60ms", fleet="4xH100-SXM")
    apart = next(each for each in found if not each["placement"].startswith("shared"))
    assert [[pool["role"] for pool in part["pools"]] for part in apart["parts"]] == [["prefill", "decode"]] * 2 and apart["good"] > 0.95


def test_models_apart_do_together_what_they_do_alone(tmp_path: Path) -> None:
    """To the bit, whatever stages are apart: encode devices of one model and caches that another hands over have links of their own."""
    for name, config in (("a", QWEN2_VL_7B), ("b", QWEN2_5_VL_7B)):
        (tmp_path / f"{name}.json").write_text(json.dumps(config))
    load = "rate=40/s,prompt_tokens=2592,output_tokens=60,requests=60,images=2,models=a+b"
    asked = serving_plan.Asked("", "8xH100-SXM", load, "ttft=500ms,tpot=12ms", precision="bf16", chunk_tokens=2048, max_sequences=32, policies=("fcfs_chunked_prefill",))
    problems, requests = shared_simulation.problems_of(asked, [f"{name}={tmp_path / name}.json" for name in ("a", "b")])
    replica = space.Replica("H100-SXM", Plan(), chunk_tokens=2048, max_sequences=32)
    encode = space.Pool("encode", space.encoder_of(replica), 1)
    whole = space.Deployment((space.Pool("serve", replica, 3),), "slo_aware")
    images = space.Deployment((encode, space.Pool("serve", replica, 2)), "slo_aware")
    stages = space.Deployment((encode, space.Pool("prefill", replica, 2), space.Pool("decode", replica, 1)), "slo_aware")
    simulators = [Simulator(problem) for problem in problems]
    for chosen in ((images, whole), (whole, stages), (stages, images)):
        pools = [pool for simulator, plan in zip(simulators, chosen, strict=True) for pool in shared_simulation.planned(simulator, plan)]
        report = shared_simulation.serve_unhinted(problems, requests, pools, "slo_aware")
        for problem, simulator, plan in zip(problems, simulators, chosen, strict=True):
            alone, among = simulator(plan), report.models[problem.name]
            assert (among.ttft_s.p95, among.e2e_s.mean, among.met) == (alone.ttft.percentile(95), alone.e2e.mean, alone.good)
        prices = sum(plan.usd_per_h(problem) for plan, problem in zip(chosen, problems, strict=True))
        assert report.resources.dollars == pytest.approx(prices * report.duration_s / 3600)


def test_where_the_fleet_is_too_small_every_model_gets_something(models: list[str]) -> None:
    done = run(models, "--json", slo="ttft=60ms,tpot=7ms", fleet="2xH100-SXM", workload=LOAD.replace("30/s", "300/s"))
    found = json.loads(done.stdout)
    assert done.exit_code == 2 and "no placement keeps the goals" in done.stderr
    assert any(len(each["parts"]) == 2 and all(sum(part["devices"].values()) >= 1 for part in each["parts"]) for each in found)


def test_the_report_says_which_devices_go_to_which_model(models: list[str], tmp_path: Path) -> None:
    done = run(models, "--report", str(tmp_path / "page.html"), "--precision", "bf16", slo="ttft=600ms,tpot=60ms", fleet=MIXED)
    assert done.exit_code == 0, done.stderr
    text = (tmp_path / "page.html").read_text()
    page = Checker(text)
    assert page.sections == ["summary", "placements", "devices", "models"] and not page.unclosed
    assert all(reference.startswith(("#", "data:")) for reference in page.references)
    said = "chat and code share 1 x H100-SXM: 1 x TP1, weights come and go"
    assert said in done.stdout and said in text and "Every model keeps the goals" in text
    assert text.count("<td class=\" \">chat</td>") >= 2, "its devices where it has its own, and what its users see"
    wrong = run(models, "--report", str(tmp_path), slo="ttft=600ms")
    assert wrong.exit_code == 2 and wrong.stderr.startswith("error: ")


def test_an_interrupt_gives_the_best_so_far(models: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(*given: Any) -> Any:
        raise KeyboardInterrupt

    monkeypatch.setattr(shared_simulation, "together", stop)
    done = run(models, slo="ttft=200ms,tpot=10ms", fleet="4xH100-SXM")
    assert done.exit_code == 0 and "note: The search was interrupted" in done.stderr and "chat has 1 x H100-SXM" in done.stdout
    monkeypatch.setattr(shared_plan.Menu, "fill", stop)
    assert run(models, slo="ttft=200ms,tpot=10ms").exit_code == 130, "nothing was found yet"


def test_seconds_bound_the_search(models: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """With no time left each model still gets its first plans."""
    monkeypatch.setattr(time, "monotonic", itertools.count(0.0, 1e6).__next__)
    found = placements(models, "--seconds", "1", slo="ttft=600ms,tpot=60ms", fleet=MIXED)
    assert found and all(not each["placement"].startswith("shared") for each in found)


@pytest.mark.parametrize(
    ("words", "more", "message"),
    [
        ([], {"slo": ""}, "there are none (give --slo"),
        (["--find", "rate"], {}, "--find says nothing here: it is about one model"),
        (["--launch", "out"], {}, "--launch says nothing here"),
        (["--draft", "x.json"], {}, "--draft says nothing here"),
        (["--threads", "2"], {}, "--threads says nothing here"),
        (["--modes", "both"], {}, "there is no mode both"),
        ([], {"fleet": "1xT4"}, "no placement of chat, code fits the fleet"),
        ([], {"workload": LOAD.replace("code", "cod")}, "is for the model cod, which isn't served"),
        ([], {"workload": LOAD.replace(",models=3xchat+code", "")}, "names no model, and several are served"),
        (["--policy", "magic"], {}, "unknown scheduling policy 'magic'"),
    ],
)  # fmt: skip
def test_what_is_refused(models: list[str], words: list[str], more: dict[str, str], message: str) -> None:
    done = run(models, *words, **more)
    assert done.exit_code == 2 and done.stderr.startswith("error: ") and message in done.stderr and done.stderr.count("\n") == 1 and not done.stdout


@given(st.integers(1, 40), st.integers(1, 50))
def test_the_least_number_is_found_by_doubling_and_halving(most: int, wanted: int) -> None:
    tried: list[int] = []

    def keeps(count: int) -> bool:
        tried.append(count)
        return count >= wanted

    assert shared_plan._least(most, keeps) == min(most, wanted) and len(tried) <= 11 and len(set(tried)) == len(tried)
    assert max(tried) < 2 * wanted, "many are not simulated where few do"
