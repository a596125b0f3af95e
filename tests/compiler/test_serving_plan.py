"""`intarsia plan` on accelerators: which planner a source goes to, its output, what-if, and bad input."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from intarsia.compiler import cli, serving_plan
from intarsia.cost_models.serving.shapes import Precision
from intarsia.errors import InputError
from intarsia.planner.search import engines, rules
from intarsia.planner.search.search import Options

RUN = CliRunner()
LLAMA = {
    "model_type": "llama", "hidden_size": 4096, "intermediate_size": 14336, "num_hidden_layers": 32, "num_attention_heads": 32, "num_key_value_heads": 8,
    "vocab_size": 128256, "max_position_embeddings": 8192, "torch_dtype": "bfloat16",
}  # fmt: skip
LOAD = "rate=6/s,prompt_tokens=400,output_tokens=40,requests=24"


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("model") / "config.json"
    path.write_text(json.dumps(LLAMA))
    return path


def plan(*arguments: str) -> tuple[int, str, str]:
    found = RUN.invoke(cli.app, ["plan", *arguments, *(() if "--from" in arguments else ("--engine", "serial", "--simulations", "4"))])
    return found.exit_code, found.stdout, found.stderr


@pytest.fixture(scope="module")
def saved(config: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    code, out, err = plan(str(config), "--fleet", "2xH100-SXM", "--workload", LOAD, "--slo", "ttft=1s,tpot=50ms", "--json", "--robust")
    assert code == 0, err
    path = tmp_path_factory.mktemp("saved") / "result.json"
    path.write_text(out)
    return path


def test_json_is_a_ranked_result(saved: Path) -> None:
    found = json.loads(saved.read_text())
    count = found["counts"]["simulated"]
    assert 4 < count <= 4 + 3 * 2 + Options().tunings + 3, "four plans, the best three with two other policies, settings that were tuned, and the best with other routers"
    assert [p["rank"] for p in found["plans"]] == list(range(1, count + 1)) and found["plans"][0]["meets_goals"]
    assert found["why"] and {"costs +20 %", "costs -20 %", "bursts of 2x"} == set(found["plans"][0]["regret"])
    assert any(plan["on_front"] for plan in found["plans"]) and any("most robust" in line for line in found["why"])


@pytest.mark.parametrize(("requests", "goes_on"), [(24, True), (1500, False)])
def test_a_rate_is_that_of_a_load_that_goes_on(config: Path, requests: int, goes_on: bool) -> None:
    load = f"rate=6/s,prompt_tokens=200,output_tokens=20,requests={requests}"
    code, out, err = plan(str(config), "--fleet", "1xH100-SXM", "--workload", load, "--slo", "ttft=1s,tpot=50ms", "--find", "rate", "--precision", "bf16")
    assert code == 0, err
    assert "The fleet sustains" in out and "but not for long" not in out
    assert ("It was judged on" in out) == ("the workload's 24 would be over" in out) == goes_on


def test_a_rate_of_sessions_that_does_not_last_is_told(config: Path, tmp_path: Path) -> None:
    """Sessions are sent as fast as they are answered: their loads don't go on."""
    rows = "".join(f"{n / 2},200,60,s{n % 5}\n" for n in range(20))
    (tmp_path / "turns.csv").write_text("arrival_s,input_tokens,output_tokens,session\n" + rows)
    code, out, err = plan(str(config), "--fleet", "1xH100-SXM", "--workload", str(tmp_path / "turns.csv"), "--slo", "ttft=1s,tpot=50ms", "--find", "rate", "--precision", "bf16")
    assert code == 0, err
    assert "It was judged on" not in out and "but not for long" in out and "a load that goes on fills the fleet more" in out


def test_parameters_are_fixed_or_named(config: Path, tmp_path: Path) -> None:
    """A fixed one is in every plan's name, record and answer to what-if; of several the first is where the search begins."""
    words = (str(config), "--fleet", "1xH100-SXM", "--workload", LOAD, "--policy", "past_future", "--precision", "bf16", "--param", "draws=5")
    code, out, err = plan(*words, "--param", "reserve=0.2", "--param", "window=50", "--json")
    assert code == 0, err
    found = json.loads(out)
    assert all(pool["parameters"] == {"draws": 5, "reserve": 0.2, "window": 50} for each in found["plans"] for pool in each["pools"])
    assert "past_future, draws 5, reserve 0.2, window 50" in found["plans"][0]["plan"] and found["asked"]["parameters"] == [["draws", [5]], ["reserve", [0.2]], ["window", [50]]]
    saved = tmp_path / "result.json"
    saved.write_text(out)
    code, again, err = plan("--from", str(saved), "--rate", "3/s", "--json")
    assert code == 0 and json.loads(again)["plans"][0]["pools"][0]["parameters"] == {"draws": 5, "reserve": 0.2, "window": 50}, err
    code, out, err = plan(*words, "--param", "reserve=0.1,0.3")
    assert code == 0 and "reserve 0.1" in out and "reserve 0.05" not in out, err


@pytest.mark.parametrize(
    ("words", "said"),
    [(["reserve=0.99"], "reserve must lie in [0, 0.9]"), (["luck=1"], "no policy that is tried has a parameter 'luck'"), (["reserve"], "can't be read"),
     (["max_sequences=4"], "use --max-sequences"), (["window=much"], "window must be a whole number")],
)  # fmt: skip
def test_parameters_that_no_policy_takes_are_refused(config: Path, words: list[str], said: str) -> None:
    code, _, err = plan(str(config), "--fleet", "1xH100-SXM", "--workload", LOAD, *(part for word in words for part in ("--param", word)))
    assert code == 2 and said in err


def test_the_table_and_the_rules(config: Path) -> None:
    code, out, _ = plan(str(config), "--fleet", "1xH100-SXM", "--workload", LOAD, "--explain", "--precision", "bf16", "--top", "2")
    assert code == 0
    assert "H100-SXM TP1 (bf16, KV bf16" in out and "won by" in out and "fleet-has-the-devices" in out


def test_stages_on_two_kinds_of_devices_are_printed(tmp_path: Path) -> None:
    """24 GiB of weights on two devices of 22 GiB; the saved plan is simulated again from its record."""
    path = tmp_path / "config.json"
    path.write_text(json.dumps(LLAMA | {"hidden_size": 5120, "intermediate_size": 13824, "num_hidden_layers": 40, "num_attention_heads": 40, "num_key_value_heads": 40, "vocab_size": 32000}))
    options = ("--fleet", "1xL4 + 1xA10G", "--workload", "rate=0.5/s,prompt_tokens=200,output_tokens=20,requests=20", "--precision", "bf16")
    code, out, err = plan(str(path), *options)
    assert code == 0, err
    assert " then A10G TP1 with " in out and "L4 TP1 with " in out
    code, out, _ = plan(str(path), *options, "--json")
    saved = tmp_path / "result.json"
    saved.write_text(out)
    first = json.loads(out)["plans"][0]
    assert {span["stock"] for span in first["pools"][0]["spans"]} == {"L4", "A10G"} and sum(span["layers"] for span in first["pools"][0]["spans"]) == 40
    code, out, err = plan("--from", str(saved), "--rate", "0.4/s", "--json")
    assert code == 0, err
    assert json.loads(out)["plans"][0]["pools"][0]["spans"]


@pytest.mark.parametrize("find", ["devices", "cost"])
def test_devices_for_requests_that_come_at_once(config: Path, find: str) -> None:
    """One request has no rate; a number of prefilling and decoding replicas that carries it has none to follow."""
    load = "rate=2/s,prompt_tokens=100,output_tokens=20,requests=1"
    code, out, err = plan(str(config), "--fleet", "2xH100-SXM", "--workload", load, "--slo", "ttft=2s", "--find", find, "--precision", "bf16")
    assert code == 0 and "One device does, for $2.69 an hour." in out, err


def test_answers_of_one_token_have_no_time_per_token(config: Path, tmp_path: Path) -> None:
    """They keep any goal for it, and their result can be asked again."""
    words = (str(config), "--fleet", "1xH100-SXM", "--workload", "rate=2/s,prompt_tokens=100,output_tokens=1,requests=8", "--slo", "tpot=20ms", "--precision", "bf16", "--json")
    code, out, err = plan(*words)
    first = json.loads(out)["plans"][0]
    assert code == 0 and first["tpot_s"]["value"] == first["tpot"]["p99"] == 0 and first["meets_goals"], err
    assert not any("under" in line for line in json.loads(out)["why"])
    saved = tmp_path / "result.json"
    saved.write_text(out)
    assert plan("--from", str(saved), "--objective", "tpot")[0] == 0


def test_types_that_no_number_of_devices_multiplies_are_told_at_once(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Fleets of up to 4,096 devices are tried for what misses memory alone."""
    asked: list[int] = []
    whole = rules.legal
    monkeypatch.setattr(rules, "legal", lambda problem, *words, **more: asked.append(problem.fleet[0].count) or whole(problem, *words, **more))
    code, _, err = plan(str(config), "--fleet", "1xTPU-v5e", "--workload", LOAD, "--precision", "f8/f8")
    assert code == 2 and "name a --precision that the devices multiply" in err and set(asked) == {1}


def test_an_interrupted_search_prints_the_best_so_far_and_exits_with_130(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = engines.run

    def cut(*words: Any) -> Iterator[tuple[int, Any]]:
        yield next(iter(whole(*words)))
        raise KeyboardInterrupt

    monkeypatch.setattr(engines, "run", cut)
    code, out, _ = plan(str(config), "--fleet", "2xH100-SXM", "--workload", LOAD, "--precision", "bf16", "--slo", "ttft=1us")
    assert code == 130 and "H100-SXM TP" in out and "the search was interrupted" in out


def test_what_if_without_a_search(saved: Path) -> None:
    code, out, err = plan("--from", str(saved), "--slo", "ttft=1us", "--json")
    assert code == 2 and "no saved plan keeps the goals (ttft 1 µs for 95 % of requests)" in err and "the lowest TTFT at 95 % is" in err
    assert not any(p["meets_goals"] or p["regret"] for p in json.loads(out)["plans"])
    code, out, err = plan("--from", str(saved), "--rate", "12/s", "--json")
    assert code == 0, err
    again, before = json.loads(out), json.loads(saved.read_text())
    assert again["rate_per_s"] == 12 and {p["plan"] for p in again["plans"]} == {p["plan"] for p in before["plans"]}
    assert again["plans"][0]["tokens_per_s"]["value"] > 1.3 * before["plans"][0]["tokens_per_s"]["value"]


@pytest.mark.parametrize("words", [["--objective", "ttft"], ["--rate", "3/s"], ["--slo", "ttft=300ms"], ["--slo", "e2e=2s,percentile=50"]])
def test_what_if_says_why_of_the_plan_that_is_first_now(saved: Path, words: list[str]) -> None:
    """And nothing of what the search said under its own goals and load."""
    _, out, err = plan("--from", str(saved), *words, "--json")
    before, again = json.loads(saved.read_text()), json.loads(out)
    assert again["why"][0].startswith(again["plans"][0]["plan"]), err
    assert not any("most robust" in line or "worth a look" in line for line in again["why"])
    asked = {goal for goal in ("1 s", "300 ms", "2 s") if f"({goal} were asked)" in " ".join(again["why"])}
    assert asked == {"ttft=300ms": {"300 ms"}, "e2e=2s,percentile=50": {"2 s"}}.get(words[-1], {"1 s"})
    assert json.loads(plan("--from", str(saved), "--json")[1]) == before, "nothing else was asked: all is as it was"


@pytest.mark.parametrize(
    ("fleet", "modes", "said"),
    [("1xH100-SXM + 1xA100-80GB-SXM", "disaggregated", "No kind alone does."), ("1xH100-SXM + 1xA100-80GB-SXM", "aggregated", "They are of one kind: nothing else was found that costs less.")],
)  # fmt: skip
def test_what_is_rented_says_what_one_kind_costs(config: Path, fleet: str, modes: str, said: str) -> None:
    code, out, err = plan(str(config), "--fleet", fleet, "--workload", LOAD, "--slo", "ttft=2s,tpot=100ms", "--find", "mix", "--modes", modes, "--precision", "bf16")
    assert code == 0 and said in out, err


@pytest.mark.parametrize("find", ["devices", "cost", "rate"])
def test_questions(config: Path, find: str) -> None:
    code, out, err = plan(str(config), "--fleet", "2xH100-SXM", "--workload", LOAD, "--slo", "ttft=1s,tpot=50ms", "--find", find, "--precision", "bf16", "--json")
    assert code == 0, err
    found = json.loads(out)
    assert len(found["plans"]) == 1 and set(found["answer"]) == {"rate_per_s", "devices", "usd_per_h"} | ({"requests"} if find == "rate" else set())
    assert any(line.startswith("It was found by") for line in found["why"]) and not any("worth a look" in line for line in found["why"])
    assert found["answer"]["devices"] == 1 if find != "rate" else found["answer"]["rate_per_s"] > 6


def test_a_page_of_plans(config: Path, tmp_path: Path) -> None:
    """Of a search, and of its saved result under other goals."""
    code, out, err = plan(str(config), "--fleet", "1xH100-SXM", "--workload", LOAD, "--precision", "bf16", "--report", str(tmp_path / "page.html"), "--json")
    assert code == 0 and "report" in err and "What was searched" in (tmp_path / "page.html").read_text()
    (tmp_path / "result.json").write_text(out)
    code, _, err = plan("--from", str(tmp_path / "result.json"), "--slo", "ttft=123ms", "--report", str(tmp_path / "again.html"))
    assert code == 0 and 'value="123"' in (tmp_path / "again.html").read_text()
    code, _, err = plan(str(config), "--fleet", "local", "--report", str(tmp_path / "no.html"))
    assert code == 2 and "a bundle has a report of its own" in err and not (tmp_path / "no.html").exists()


def test_goals_out_of_reach_end_with_two(config: Path) -> None:
    code, out, err = plan(str(config), "--fleet", "1xH100-SXM", "--workload", LOAD, "--slo", "ttft=1us", "--precision", "bf16", "--modes", "aggregated")
    assert code == 2 and "rank" in out
    assert "no plan keeps the goals" in err and "the lowest TTFT at 95 % is" in err


BAD = [
    (["--fleet", "1xH100-SXM", "--workload", "rate=0/s,prompt_tokens=10,output_tokens=10"], "`rate` must be greater than zero"),
    (["--fleet", "1xH100-SXM", "--workload", LOAD, "--rate", "0/s"], "must be greater than zero"),
    (["--fleet", "1xH100-SXM", "--workload", LOAD, "--power-budget", "lots"], "power budget 'lots' can't be read"),
    (["--fleet", "1xH100-SXM", "--workload", LOAD, "--power-budget", "100W"], "power-budget"),
    (["--fleet", "1xH100-SXM", "--workload", LOAD, "--objective", "speed"], "no objective 'speed'"),
    (["--fleet", "1xH100-SXM", "--workload", LOAD, "--find", "gold"], "nothing to find called 'gold'"),
    (["--fleet", "1xH100-SXM", "--workload", LOAD, "--modes", "both"], "no mode both"),
    (["--fleet", "1xH100-SXM", "--workload", LOAD, "--policy", "past_future,lottery"], "unknown scheduling policy 'lottery'"),
    (["--fleet", "1xH100-SXM", "--workload", LOAD, "--precision", "bf17"], "precision.weights is 'bf17'"),
    (["--fleet", "1xH100-SXM", "--workload", LOAD, "--serving-engine", "ollama"], "no engine 'ollama'"),
    (["--fleet", "1xT4", "--workload", LOAD, "--precision", "bf16"], "smallest fleet that fits is 2 x T4"),
    (["--fleet", "1xH100-SXM", "--workload", "rate=1/s,prompt_tokens=9000,output_tokens=10,requests=3"], "3 of 3 requests are longer than the model's context of 8192 tokens"),
]  # fmt: skip


@pytest.mark.parametrize(("arguments", "words"), BAD, ids=[words for _, words in BAD])
def test_bad_input_is_one_line_and_code_two(config: Path, arguments: list[str], words: str) -> None:
    code, out, err = plan(str(config), *arguments)
    assert code == 2 and words in err and len(err.strip().splitlines()) == 1 and not out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--threads", "2"), "--threads says nothing here: it is about agents"), (("--pareto", "3"), "--pareto says nothing here"), (("--context", "9"), "--context says nothing here"),
        (("--write-lp", "x.lp"), "--write-lp says nothing here"), (("--time-limit", "3"), "--time-limit says nothing here"), (("--acceptance", "0.5"), "it is about a draft model"),
        (("--explain", "--json"), "--explain prints a table"), (("--policy", ""), "--policy is empty"), (("--objective", " "), "--objective is empty"), (("--workload", ""), "--workload is empty"),
        (("--fleet", ""), "--fleet is empty"), (("--policy", "encode_only"), "encodes images and nothing else"), (("--policy", "llumnix"), "unknown scheduling policy 'llumnix'"),
        (("--report", "{here}"), "cannot write the report: it is a folder"), (("--report", "{here}/none/x.html"), "there is no folder"), (("--launch", "{here}/config.json/deploy"), "is no folder that"),
        (("--draft", "none.json"), "no such model"), (("--draft", "{here}/config.json", "--acceptance", "nan"), "an acceptance in [0, 1)"), (("--seconds", "nan"), "Invalid value for '--seconds'"),
        (("--power-budget", "-5W"), "can't be read"), (("--power-budget", "nan"), "can't be read"), (("--slo", "ttft=1s,percentile=100"), "between 0 and 100"),
        (("--chunk-tokens", "999999999999"), "too much"), (("--engine", "spark"), "there is no engine 'spark'"),
    ],
)  # fmt: skip
def test_options_that_say_nothing_or_clash_are_refused(config: Path, tmp_path: Path, words: tuple[str, ...], said: str) -> None:
    """Before anything is priced: one line, code 2, nothing written."""
    here = tmp_path / "here"
    here.mkdir()
    (here / "config.json").write_text(config.read_text())
    told = [word.format(here=here) for word in words]
    found = RUN.invoke(cli.app, ["plan", str(config), "--fleet", "1xH100-SXM", "--workload", LOAD, *told])
    assert found.exit_code == 2 and said in found.stderr and found.stderr.count("\n") == 1 and not found.stdout
    assert [file.name for file in here.iterdir()] == ["config.json"]


@pytest.mark.parametrize(
    ("words", "said"),
    [(("{config}", "--from", "{saved}"), "SOURCE says nothing here"), (("--from", "{saved}", "--find", "rate"), "--find says nothing here"),
     (("--from", "{saved}", "--precision", "f8"), "--precision says nothing here"), (("{config}", "--fleet", "local", "--find", "rate"), "--find says nothing here: it is about a model on accelerators"),
     (("{config}", "--fleet", "local", "--robust"), "--robust says nothing here"), (("{config}", "--fleet", "local", "--power-budget", "5W"), "--power-budget says nothing here")],
)  # fmt: skip
def test_options_of_another_way_to_plan_are_refused(config: Path, saved: Path, words: tuple[str, ...], said: str) -> None:
    found = RUN.invoke(cli.app, ["plan", *(word.format(config=config, saved=saved) for word in words)])
    assert found.exit_code == 2 and said in found.stderr and found.stderr.count("\n") == 1 and not found.stdout


def test_requests_that_are_left_out_are_told(config: Path, tmp_path: Path) -> None:
    trace = tmp_path / "t.csv"
    trace.write_text("arrival_s,input_tokens,output_tokens\n0,0,10\n1,10,10\n2,10,10\n")
    code, out, err = plan(str(config), "--fleet", "1xH100-SXM", "--workload", str(trace), "--precision", "bf16", "--modes", "aggregated")
    assert code == 0 and "1 of 3 requests have no prompt or no answer, and are left out." in out, err


def test_traces_out_of_order_or_with_holes(config: Path, tmp_path: Path) -> None:
    for name, rows, words in (("order", "5,10,10\n1,10,10", "before that of the row above"), ("negative", "0,-1,10", "zero or more"), ("hole", "0,,10", "should be a whole number")):
        trace = tmp_path / f"{name}.csv"
        trace.write_text(f"arrival_s,input_tokens,output_tokens\n{rows}\n")
        code, _, err = plan(str(config), "--fleet", "1xH100-SXM", "--workload", str(trace))
        assert code == 2 and words in err and f"{name}.csv:" in err


def test_nothing_given_and_nothing_saved(tmp_path: Path) -> None:
    code, _, err = plan()
    assert code == 2 and "give a SOURCE or --from RESULT" in err
    code, _, err = plan("--from", str(tmp_path / "none.json"))
    assert code == 2 and "cannot read the result" in err


def test_the_rule_which_planner_is_asked(config: Path, tmp_path: Path) -> None:
    agent = Path("examples/docs_assistant/agent.yaml")
    assert serving_plan.served(str(config), "8xH100-SXM + 2xL4")
    assert not serving_plan.served(str(config), None) and not serving_plan.served(str(config), "local") and not serving_plan.served(str(config), "1xH100-SXM + local")
    assert not serving_plan.served(str(agent), "8xH100-SXM")


def test_precisions_in_words() -> None:
    assert serving_plan.precisions("bf16, f8/f8", Precision()) == (Precision("bf16"), Precision("f8", kv="f8"))
    assert serving_plan.precisions("stored/f8", Precision("bf16", experts="int4")) == (Precision("bf16", kv="f8", experts="int4"),)
    assert len(serving_plan.precisions(None, Precision())) == 4 and len(serving_plan.precisions("auto", Precision("f8_block"))) == 2
    assert {kind.expert_weights for kind in serving_plan.precisions(None, Precision("bf16", experts="mxf4"))} == {"mxf4"}, "f8 would be more"
    with pytest.raises(InputError):
        serving_plan.precisions("x", Precision())


def test_launch_files_of_a_saved_plan(saved: Path, tmp_path: Path) -> None:
    """For the engine that was priced, with its share of memory; for another, with its own. They replace launch files, and nothing else."""
    plans = json.loads(saved.read_text())["plans"]
    pool, where = plans[0]["pools"][0], tmp_path / "deploy"
    code, _, err = plan("--from", str(saved), "--launch", str(where))
    assert code == 0 and "serve.sh" in err, err
    text = (where / "serve.sh").read_text()
    assert f"--tensor-parallel-size {pool['tp']}\n" in text and f"--max-num-batched-tokens {pool['chunk_tokens']}\n" in text and f"--max-num-seqs {pool['max_sequences']}\n" in text
    assert "--gpu-memory-utilization 0.9\n" in text and "--max-model-len 8192\n" in text and "${MODEL:?" in (where / "env.sh").read_text(), "the config lies without weights"
    assert (where / "serve.sh").stat().st_mode & 0o111
    code, _, err = plan("--from", str(saved), "--launch", str(where), "--engine-files", "sglang")
    assert code == 0 and "sglang.launch_server" in (where / "serve.sh").read_text() and "--mem-fraction-static" not in (where / "serve.sh").read_text(), err


def test_launch_files_that_are_refused(saved: Path, tmp_path: Path) -> None:
    plans = json.loads(saved.read_text())["plans"]
    other = next(each["rank"] for each in plans if each["pools"][0]["policy"] == "past_future")
    code, _, err = plan("--from", str(saved), "--launch", str(tmp_path / "deploy"), "--rank", str(other))
    assert code == 2 and "past_future" in err and not (tmp_path / "deploy").exists()
    for words, said in ((("--rank", "999"), "no plan of rank 999"), (("--engine-files", "tgi"), "choose one of vllm")):
        code, _, err = plan("--from", str(saved), "--launch", str(tmp_path / "deploy"), *words)
        assert code == 2 and said in err and not (tmp_path / "deploy").exists()
    code, _, err = plan("--from", str(saved), "--rank", "2")
    assert code == 2 and "--launch DIR" in err
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.tex").write_text("")
    code, _, err = plan("--from", str(saved), "--launch", str(tmp_path / "mine"))
    assert code == 2 and "other files" in err and [file.name for file in (tmp_path / "mine").iterdir()] == ["thesis.tex"]
