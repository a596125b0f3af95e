"""`intarsia simulate`: one plan in, what users see out; and what it refuses."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from intarsia.compiler import cli
from intarsia.compiler.commands import options

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
    """What it prints, or its error."""
    found = CliRunner().invoke(cli.app, ["simulate", model, "--fleet", fleet, "--workload", workload, *words])
    return found.output


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
        (["--tp", "2", "--precision", "f3"], {}, "f3"),
    ],
)  # fmt: skip
def test_what_it_refuses(model: str, words: list[str], options: dict[str, str], message: str) -> None:
    text = invoke(model, *words, **options)
    assert text.startswith("error: ") and message in text and "\n" not in text.strip()


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


def test_a_gpu_that_holds_more_experts_answers_sooner(mixture: str) -> None:
    none, all_ = (experts(mixture, "1xA100-80GB-SXM", "--precision", "int8_wo", "--experts", "hybrimoe", "--cpu", "x86-server", "--held", held) for held in ("0", "8"))
    assert all_["latency"]["tpot_s"]["mean"] < 0.7 * none["latency"]["tpot_s"]["mean"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--experts", "other"], "there is no policy on experts called 'other'"),
        (["--experts", "janus"], "janus needs devices for the experts"),
        (["--experts", "janus", "--expert-fleet", "1xL4"], "hold 1 experts of each layer apiece, and 8 are wanted"),
        (["--experts", "hybrimoe"], "hybrimoe is for one GPU beside a CPU"),
        (["--experts", "hybrimoe", "--cpu", "x86-server", "--held", "9"], "all of a layer's 8 experts, found 9"),
        (["--experts", "janus", "--prefills", "1", "--decodes", "1"], "replicas that prefill and decode"),
        (["--experts", "janus", "--pp", "2"], "without pipeline stages"),
    ],
)
def test_experts_that_make_no_sense_are_refused(mixture: str, words: list[str], message: str) -> None:
    assert message in " ".join(invoke(mixture, *words, fleet="2xA100-80GB-SXM", workload=FEW).split())


def test_a_model_without_experts_has_none_to_decide_on(model: str) -> None:
    assert "the model has no experts to decide on" in invoke(model, "--experts", "janus", "--expert-fleet", "4xL4")
