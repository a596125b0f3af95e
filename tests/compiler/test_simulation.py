"""`intarsia simulate`: one plan in, what users see out; and what it refuses."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from intarsia.compiler import cli
from intarsia.compiler.commands import options
from intarsia.cost_models.devices import load

LLAMA_8B = {
    "model_type": "llama", "hidden_size": 4096, "intermediate_size": 14336, "num_hidden_layers": 32, "num_attention_heads": 32, "num_key_value_heads": 8, "vocab_size": 128256,
    "max_position_embeddings": 131072, "torch_dtype": "bfloat16",
}  # fmt: skip
WORKLOAD = "rate=3/s,prompt_tokens=600,output_tokens=60,requests=40"


@pytest.fixture
def model(tmp_path: Path) -> str:
    path = tmp_path / "config.json"
    path.write_text(json.dumps(LLAMA_8B))
    return str(path)


def invoke(model: str, *words: str, fleet: str = "2xL4", workload: str = WORKLOAD) -> str:
    """What it prints, its notes or its error included; with --json, its answer alone."""
    found = CliRunner().invoke(cli.app, ["simulate", model, "--fleet", fleet, "--workload", workload, *words])
    return found.stdout if "--json" in words else found.output


def test_a_table_of_latencies_and_what_it_costs(model: str) -> None:
    text = invoke(model, "--tp", "2", "--slo", "ttft=1s,tpot=100ms")
    assert all(word in text for word in ("TTFT", "TPOT", "queueing", "40 requests in", "goals kept by", "at peak bandwidth", "energy:", "money: $"))


def test_json_holds_the_whole_report(model: str) -> None:
    found = json.loads(invoke(model, "--tp", "2", "--json"))
    assert found["latency"]["requests"] == 40 and found["resources"]["dollars"] > 0
    assert len(found["series"]["seconds"]) == len(found["series"]["kv"]) > 10


def test_one_wide_replica_answers_sooner_than_two(model: str) -> None:
    wide, two = (json.loads(invoke(model, "--tp", str(tp), "--max-sequences", "16", "--chunk-tokens", "1024", "--json")) for tp in (2, 1))
    assert wide["latency"]["ttft_s"]["mean"] < two["latency"]["ttft_s"]["mean"]


def test_stages_and_policies_can_be_told(model: str) -> None:
    split = json.loads(invoke(model, "--prefills", "1", "--decodes", "1", "--max-sequences", "16", "--chunk-tokens", "1024", "--json"))
    assert set(split["pools"]) == {"prefill", "decode"} and split["resources"]["moved_bytes"] > 0
    other = json.loads(invoke(model, "--tp", "2", "--policy", "dynamic_splitfuse", "--json"))
    assert other["latency"]["requests"] == 40


@pytest.mark.parametrize(
    ("words", "options", "message"),
    [
        (["--tp", "2"], {"workload": "rate=0/s,prompt_tokens=6,output_tokens=6"}, "`rate` must be greater than zero"),
        (["--tp", "2"], {"workload": "rate=1/s,prompt_tokens=6000000,output_tokens=6"}, "longer than the model's context of 131072 tokens"),
        (["--tp", "1"], {"workload": "rate=1/s,prompt_tokens=120000,output_tokens=6"}, "rule longest-request-fits"),
        (["--tp", "4"], {}, "rule fleet-has-the-devices"),
        (["--tp", "2", "--replicas", "2"], {}, "the plan takes 4 devices, and the fleet has 2"),
        (["--tp", "2"], {"fleet": "2xL4+1xT4"}, "devices of one kind"),
        (["--tp", "2", "--policy", "magic"], {}, "unknown scheduling policy 'magic'"),
        (["--tp", "2", "--param", "max_sequences=0"], {}, "max_sequences must lie in"),
        (["--tp", "2", "--param", "luck"], {}, "the parameter 'luck' can't be read"),
        (["--tp", "2", "--router", "magic"], {}, "unknown router 'magic'"),
        (["--prefills", "1"], {}, "need each other"),
        ([], {"fleet": "2xTPU-v5e"}, "GiB too much (--tp 2 has room"),
        ([], {"fleet": "1xTPU-v5e"}, "GiB too much (the smallest fleet that fits is 2 x TPU-v5e"),
        (["--tp", "2", "--precision", "f3"], {}, "f3"),
    ],
)  # fmt: skip
def test_what_it_refuses(model: str, words: list[str], options: dict[str, str], message: str) -> None:
    text = invoke(model, *words, **options)
    assert text.startswith("error: ") and message in text and "\n" not in text.strip()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--tp", "0"], "Invalid value for '--tp'"), (["--unknown"], "No such option: --unknown"), (["--users", "many"], "Invalid value for '--users'"),
        (["--users", "3", "--rate", "2/s"], "give one of them"), (["--precision", "bf16,f8"], "one plan has one precision"), (["--slots", "4"], "--slots is about --experts janus"),
        (["--acceptance", "0.5"], "--acceptance is about --draft"), (["--cluster-param", "period_s=1"], "--cluster-param is about --cluster"),
        (["--replicas", "1", "--prefills", "1", "--decodes", "1"], "--replicas counts replicas that prefill and decode"),
        (["--param", "max_sequences=4", "--param", "max_sequences=5"], "max_sequences is given twice"), (["--policy", "encode_only"], "encodes images and nothing else"),
        (["--policy", "jitserve", "--param", "quantile=nan"], "quantile must lie in [0, 0.999], found nan"), (["--param", "max_sequences=1.5"], "must be a whole number, found 1.5"),
        (["--cluster", "magic"], "no policy on the cluster called 'magic'"), (["--cluster", "llumnix", "--cluster-param", "luck=1"], "has no parameter 'luck'"),
        (["--cluster", "llumnix", "--replicas", "1"], "between replicas that decode, and there is 1"), (["--cluster", "xllm", "--replicas", "1"], "needs at least two replicas"),
        (["--cluster", "xllm"], "has no ttft_s"), (["--cluster", "xllm", "--prefills", "1", "--decodes", "1"], "has no ttft_s"), (["--kv-tier", "3"], "should be a bandwidth"), (["--kv-tier", "3GB@0"], "a bandwidth above zero"),
        (["--kv-tier", "3GB@1GB/s", "--kv-tier", "3GB@2GB/s"], "faster than the one before it"), (["--tp", "2", "--cp", "2"], "rule cp-shares-copies"),
        (["--fleet", "999999xL4"], "more than the 4096 that are simulated at once"), (["--workload", " "], "--workload is empty"), (["--fleet", ""], "--fleet is empty"),
        (["--workload", "."], "neither a file nor a list"), (["--slo", "ttft=nan"], "`ttft` should be a duration"), (["--slo", "ttft=1s,percentile=100"], "between 0 and 100"),
    ],
)  # fmt: skip
def test_options_that_say_nothing_or_clash_are_refused(model: str, words: list[str], message: str) -> None:
    """One line, and code 2; nothing is left aside in silence."""
    found = CliRunner().invoke(cli.app, ["simulate", model, "--fleet", "2xL4", "--workload", WORKLOAD, *small(words)])
    assert found.exit_code == 2 and found.stderr.startswith("error: ") and message in found.stderr
    assert found.stderr.count("\n") == 1 and not found.stdout


def small(words: list[str]) -> list[str]:
    """With limits that leave an L4 room for a cache."""
    return [*words, "--max-sequences", "16", "--chunk-tokens", "1024"]


def report(model: str, *words: str, fleet: str = "2xL4", workload: str = WORKLOAD) -> dict[str, Any]:
    done = CliRunner().invoke(cli.app, ["simulate", model, "--fleet", fleet, "--workload", workload, *small([*words]), "--json"])
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_a_trace_of_programs_is_told_by_class(model: str, tmp_path: Path) -> None:
    """The second turn waits for the first one and its tool; the chats' deadline of their own is missed, the agents' is kept."""
    trace = tmp_path / "programs.csv"
    rows = ["0,400,50,a,agent,20,search,2.5", "0.1,300,40,,chat,0.01,,", "0.2,600,30,a,agent,,,", "0.3,0,5,,chat,,,"]
    trace.write_text("arrival_s,input_tokens,output_tokens,session,class,deadline_s,tool,tool_s\n" + "\n".join(rows) + "\n")
    found = report(model, workload=str(trace))
    assert {kind: (each["requests"], each["met"]) for kind, each in found["kinds"].items()} == {"agent": (2, 1.0), "chat": (1, 0.0)}
    assert found["programs_s"]["max"] > 2.5 + found["kinds"]["agent"]["e2e_s"]["max"]
    text = invoke(model, *small([]), workload=str(trace))
    assert "1 of 4 requests have no prompt or no answer" in text and "agent" in text and "program" in text


def test_goals_for_the_last_token_count(model: str) -> None:
    assert report(model, "--slo", "e2e=1us")["latency"]["met"] == 0 and report(model, "--slo", "e2e=1000s")["latency"]["met"] == 1


def test_requests_migrate_between_replicas(model: str, tmp_path: Path) -> None:
    """Two long answers and a crowd on one replica of a pair: some move."""
    trace = tmp_path / "long.csv"
    trace.write_text("arrival_s,input_tokens,output_tokens\n" + "".join(f"{n / 10},{1200 if n % 2 else 20},{400 if n % 2 else 4}\n" for n in range(16)))
    words = ("--cluster", "llumnix", "--cluster-param", "period_s=0.2", "--cluster-param", "source_below=1e6", "--cluster-param", "target_above=0")
    moved = report(model, *words, workload=str(trace))
    assert moved["resources"]["moved_bytes"] > 0 and moved["latency"]["requests"] == 16
    assert report(model, workload=str(trace))["resources"]["moved_bytes"] == 0


def test_replicas_turn_with_the_load(model: str) -> None:
    """A crowd of prompts: one prefill replica of four is not enough."""
    load = "rate=8/s,prompt_tokens=1500,output_tokens=4,requests=60"
    words = ("--prefills", "1", "--decodes", "3", "--slo", "ttft=2s,tpot=200ms")
    fixed, turning = (report(model, *words, *more, fleet="4xL4", workload=load)["latency"]["ttft_s"]["mean"] for more in ((), ("--cluster", "xllm")))
    assert turning < 0.8 * fixed


def test_what_a_cache_evicts_comes_back_from_a_tier(model: str, tmp_path: Path) -> None:
    """Twelve conversations of 6,144 tokens come twice; an L4 has room for half of them beside the weights."""
    trace = tmp_path / "chats.jsonl"
    rows = [{"timestamp": 4000 * n, "input_length": 6144, "output_length": 4, "hash_ids": [12 * (n % 12) + block for block in range(12)]} for n in range(24)]
    trace.write_text("".join(json.dumps(row) + "\n" for row in rows))
    words = ("--replicas", "1", "--router", "prefix_aware")
    none, some = (report(model, *words, *more, workload=str(trace)) for more in ((), ("--kv-tier", "50GB@25GB/s")))
    assert some["resources"]["prefix_hits"] > 0.4 > none["resources"]["prefix_hits"]
    assert some["latency"]["ttft_s"]["mean"] < 0.8 * none["latency"]["ttft_s"]["mean"]


def test_context_parallelism_and_drafts(model: str, tmp_path: Path) -> None:
    """Sixteen attention heads a KV head: a group of eight has eight copies of one, and two of them share the cache out. A draft brings tokens sooner."""
    few = tmp_path / "few.json"
    few.write_text(json.dumps(LLAMA_8B | {"num_key_value_heads": 4}))
    one, two = (report(str(few), "--tp", "8", "--cp", cp, fleet="8xL4")["resources"]["kv_peak"] for cp in ("1", "2"))
    assert two == pytest.approx(one / 2, rel=0.1)
    small_draft = tmp_path / "draft.json"
    small_draft.write_text(json.dumps(LLAMA_8B | {"num_hidden_layers": 2, "hidden_size": 1024, "intermediate_size": 2048, "num_attention_heads": 8}))
    plain, drafted = (report(model, "--tp", "2", *more, workload=FEW)["latency"]["tpot_s"]["mean"] for more in ((), ("--draft", str(small_draft), "--acceptance", "0.8")))
    assert drafted < 0.7 * plain


def test_policies_are_told_the_speeds_of_the_devices(model: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from intarsia.runtime.scheduler.jitserve import JitServe

    told: list[float] = []
    original = JitServe.__post_init__
    monkeypatch.setattr(JitServe, "__post_init__", lambda self: (told.append(self.token_s), original(self))[1])
    report(model, "--tp", "2", "--policy", "jitserve", "--slo", "ttft=1s")
    report(model, "--tp", "2", "--policy", "jitserve", "--slo", "ttft=1s", "--param", "token_s=0.5")
    assert told[-1] == 0.5 and 0.02 < told[len(told) // 2 - 1] != JitServe.token_s


def test_parameters_are_numbers_where_they_can_be() -> None:
    assert options.parameters(["a=1", "b=0.5", "c=true", "d=x"]) == {"a": 1, "b": 0.5, "c": True, "d": "x"}


MIXTRAL = LLAMA_8B | {"model_type": "mixtral", "num_local_experts": 8, "num_experts_per_tok": 2, "vocab_size": 32000}
FEW = "rate=2/s,prompt_tokens=200,output_tokens=30,requests=20"


@pytest.fixture
def mixture(tmp_path: Path) -> str:
    path = tmp_path / "mixture" / "config.json"
    path.parent.mkdir()
    path.write_text(json.dumps(MIXTRAL))
    return str(path)


def experts(mixture: str, fleet: str, *words: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(invoke(mixture, "--chunk-tokens", "512", "--max-sequences", "16", *words, "--json", fleet=fleet, workload=FEW))
    return found


def test_experts_on_devices_of_their_own_come_with_spare_slots_quicker(mixture: str) -> None:
    once, spare = (experts(mixture, "2xL4", "--dp", "2", "--experts", "janus", "--expert-fleet", "4xA100-80GB-SXM", "--slots", slots) for slots in ("2", "4"))
    assert once["latency"]["requests"] == 20
    assert spare["latency"]["tpot_s"]["mean"] <= once["latency"]["tpot_s"]["mean"]


def test_devices_of_both_kinds_are_paid_for_once(mixture: str) -> None:
    """Each at its own price, however many replicas share the experts' devices; a short run's cents are written out."""
    wanted = 2 * load("L4").rent_usd_per_h + 4 * load("A100-80GB-SXM").rent_usd_per_h
    words = ("--precision", "int8_wo", "--experts", "janus", "--expert-fleet", "4xA100-80GB-SXM")
    for replicas, dp in ((1, 2), (2, 1)):
        found = experts(mixture, "2xL4", "--dp", str(dp), "--replicas", str(replicas), *words)
        assert found["resources"]["dollars"] == pytest.approx(wanted * found["duration_s"] / 3600)
    beside = experts(mixture, "1xL4", "--precision", "int4", "--experts", "hybrimoe", "--cpu", "x86-server")
    assert beside["resources"]["dollars"] > load("L4").rent_usd_per_h * beside["duration_s"] / 3600
    printed = re.search(r"money: \$([\d.e-]+)", invoke(mixture, "--dp", "2", *words, workload=FEW))
    assert printed and 0 < float(printed.group(1)) < 0.1
    few = ("--precision", "int8_wo", "--experts", "janus", "--expert-fleet", "2xA100-80GB-SXM", "--sequences", "8", "--slo", "tpot=1s", "--replicas", "3")
    assert "3 replicas take 3 devices for experts, and --expert-fleet has 2" in " ".join(invoke(mixture, *few, fleet="4xL4", workload=FEW).split())


def test_impatient_users_send_requests_again(model: str) -> None:
    text = invoke(model, "--tp", "2", "--users", "30", "--patience", "0.05", "--max-sequences", "4", "--slo", "ttft=1s", workload=FEW)
    assert "until they kept their goals" in text and "goals kept by 100.0%" in text
    assert "--patience is about --users" in invoke(model, "--tp", "2", "--patience", "1")


def test_both_kinds_of_devices_are_as_few_as_keep_the_goal(mixture: str) -> None:
    """Of up to four L4 for attention and eight A100 for experts; a tighter goal takes more of them."""
    words = ("--precision", "int8_wo", "--experts", "janus", "--expert-fleet", "8xA100-80GB-SXM", "--sequences", "8")
    notes = [invoke(mixture, *words, "--slo", f"tpot={goal}", fleet="4xL4", workload=FEW) for goal in ("1s", "25ms", "1us")]
    sizes = [re.search(r"devices for attention (\d), for experts (\d)", note) for note in notes[:2]]
    few, more = (sum(map(int, found.groups())) for found in sizes if found)
    assert few == 2 < more
    assert "no 4 devices for attention and 8 for experts decode 8 sequences within 0.001 ms a token" in " ".join(notes[2].split())


def test_a_gpu_that_holds_more_experts_answers_sooner(mixture: str) -> None:
    none, all_ = (experts(mixture, "1xA100-80GB-SXM", "--precision", "int8_wo", "--experts", "hybrimoe", "--cpu", "x86-server", "--held", held) for held in ("0", "8"))
    assert all_["latency"]["tpot_s"]["mean"] < 0.7 * none["latency"]["tpot_s"]["mean"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--experts", "other"], "there is no policy on experts called 'other'"),
        (["--experts", "janus"], "janus needs devices for the experts"),
        (["--experts", "janus", "--expert-fleet", "1xL4"], "2 replicas take 2 devices for experts, and --expert-fleet has 1"),
        (["--experts", "janus", "--expert-fleet", "1xL4", "--dp", "2"], "hold 1 experts of each layer apiece, and 8 are wanted"),
        (["--experts", "hybrimoe"], "hybrimoe is for one GPU beside a CPU"),
        (["--experts", "hybrimoe", "--cpu", "x86-server", "--held", "9"], "all of a layer's 8 experts, found 9"),
        (["--experts", "janus", "--prefills", "1", "--decodes", "1"], "replicas that prefill and decode"),
        (["--experts", "janus", "--pp", "2"], "without pipeline stages"),
        (["--experts", "janus", "--expert-fleet", "4xL4", "--sequences", "8"], "turns on the goal for a token"),
    ],
)
def test_experts_that_make_no_sense_are_refused(mixture: str, words: list[str], message: str) -> None:
    assert message in " ".join(invoke(mixture, *words, fleet="2xA100-80GB-SXM", workload=FEW).split())


def test_a_model_without_experts_has_none_to_decide_on(model: str) -> None:
    assert "the model has no experts to decide on" in invoke(model, "--experts", "janus", "--expert-fleet", "4xL4")
