"""`intarsia simulate` on a vision-language model: images encoded beside prefill, or on devices of their own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from intarsia.compiler import cli, cluster_simulation, serving_plan, simulation
from intarsia.compiler.frontends import hf_sizes, hf_vision
from intarsia.cost_models.devices import load
from intarsia.cost_models.serving import encoder
from intarsia.cost_models.serving.host import TOKEN_S
from intarsia.cost_models.serving.pricing import Priced
from intarsia.planner.search.evaluate import Simulator
from tests.compiler.frontends.vision import LLAVA_7B, QWEN2_5_VL_7B, QWEN2_VL_7B

RUN = CliRunner()
PICTURES = "rate=6/s,prompt_tokens=1400,output_tokens=30,requests=40,images=1"


@pytest.fixture
def qwen(tmp_path: Path) -> str:
    folder = tmp_path / "qwen"
    folder.mkdir()
    (folder / "config.json").write_text(json.dumps(QWEN2_VL_7B))
    return str(folder)


def report(model: str, *words: str, fleet: str = "2xH100-SXM", workload: str = PICTURES) -> dict[str, Any]:
    done = RUN.invoke(cli.app, ["simulate", model, "--fleet", fleet, "--workload", workload, *words, "--json"])
    assert done.exit_code == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_images_take_what_their_operators_take(qwen: str) -> None:
    """One request with one image, alone: its first token is later by the encoder's seconds, priced here operator by operator, and earlier by the splitting of as much text."""
    one = "rate=1/s,prompt_tokens=1400,output_tokens=2,requests=1"
    plain, picture = (report(qwen, workload=load)["latency"]["ttft_s"]["mean"] for load in (one, one + ",images=1"))
    vision = hf_vision.read(QWEN2_VL_7B, "config.json", hf_sizes.read(QWEN2_VL_7B, "config.json"))
    assert vision is not None
    encoded_s, text_s = encoder.seconds(vision, load("H100-SXM"), (1280, 720), 1, Priced("vllm")), 1196 * TOKEN_S
    assert picture - plain == pytest.approx(encoded_s - text_s, rel=1e-6)
    small = report(qwen, "--image-size", "224x224", workload=one + ",images=1")["latency"]["ttft_s"]["mean"]
    assert plain < small + text_s and small < plain + encoded_s / 4


def test_pools_for_each_stage(qwen: str) -> None:
    """All requests come through three pools, and what they send each other is counted: tokens of images, then caches."""
    found = report(qwen, "--encodes", "1", "--prefills", "1", "--decodes", "1", fleet="3xH100-SXM")
    assert set(found["pools"]) == {"encode", "prefill", "decode"} and found["latency"]["requests"] == 40
    cache = 2 * 28 * 4 * 128 * 2
    assert found["resources"]["moved_bytes"] == pytest.approx(40 * (1196 * 3584 * 2 + 1400 * cache))
    assert found["pools"]["encode"]["kv_peak"] == 0 < found["pools"]["encode"]["compute"] and found["pools"]["encode"]["joules"] > 0


def test_encoding_apart_leaves_decodes_alone(qwen: str) -> None:
    """One device serves, alone or with another that encodes: the longest pause between tokens is that of a prompt's step, without its image."""
    beside, apart = (report(qwen, *more) for more in (("--replicas", "1"), ("--encodes", "1")))
    assert set(apart["pools"]) == {"encode", "serve"}
    assert apart["itl_s"]["p99"] < 0.7 * beside["itl_s"]["p99"]


def test_encoding_where_tokens_are_decoded(qwen: str) -> None:
    """Caches and images both travel; prompts wait less, and decodes are held up instead."""
    words, load = ("--prefills", "1", "--decodes", "1"), PICTURES.replace("rate=6/s", "rate=12/s").replace("requests=40", "requests=80")
    first, second = (report(qwen, *words, "--encode-with", stage, workload=load) for stage in ("prefill", "decode"))
    assert first["latency"]["requests"] == second["latency"]["requests"] == 80
    assert second["resources"]["moved_bytes"] - first["resources"]["moved_bytes"] == pytest.approx(80 * 1196 * 3584 * 2)
    assert second["itl_s"]["p99"] > 2 * first["itl_s"]["p99"] and second["pools"]["prefill"]["busy"] < 0.8 * first["pools"]["prefill"]["busy"]


def test_first_roles_by_xllm(qwen: str) -> None:
    """Who has less to do encodes: who decodes, unless answers are long and goals for their tokens tight. Of ten replicas, the more prefill the larger images are."""
    words = ("--cluster", "xllm", "--slo", "ttft=2s,tpot=100ms")
    found = report(qwen, *words, workload=PICTURES)
    assert set(found["pools"]) == {"prefill", "decode"} and found["latency"]["requests"] == 40
    short, long = (first_roles(qwen, PICTURES.replace("=30,", f"={tokens},"), 2) for tokens in (10, 4000))
    assert (short.encode_with, long.encode_with) == ("decode", "prefill") and short[:3] == long[:3] == (1, 1, 0)
    small, large = (first_roles(qwen, PICTURES.replace("=30,", "=4000,"), 10, size) for size in ("56x56", "3000x3000"))
    assert small.prefills < large.prefills and small.prefills + small.decodes == 10


def first_roles(model: str, load: str, count: int, size: str = "1280x720") -> cluster_simulation.Begin:
    fleet = f"{count}xH100-SXM"
    asked = serving_plan.Asked(model, fleet, load, "ttft=20s,tpot=20ms", precision="bf16", max_sequences=256, chunk_tokens=8192, image_size=size)
    problem = serving_plan.problem_of(asked)
    return cluster_simulation.first_roles(problem, simulation.legal_replica(problem, simulation.Given()), count, Simulator(problem))


def test_memory_holds_the_encoder(tmp_path: Path, qwen: str) -> None:
    """Its weights are gone from the room for caches, whatever a request has."""
    with_it = serving_plan.problem_of(serving_plan.Asked(qwen, "1xH100-SXM", PICTURES))
    (tmp_path / "text.json").write_text(json.dumps({k: v for k, v in QWEN2_VL_7B.items() if k != "vision_config"} | {"model_type": "qwen2", "rope_scaling": None}))
    without = serving_plan.problem_of(serving_plan.Asked(str(tmp_path / "text.json"), "1xH100-SXM", PICTURES.removesuffix(",images=1")))
    from intarsia.planner.search import rules
    from intarsia.planner.search.space import Plan, Replica

    rooms = [rules.room(problem, Replica("H100-SXM", Plan(), chunk_tokens=2048)) for problem in (with_it, without)]
    assert rooms[0].weights - rooms[1].weights >= encoder.weight_bytes(with_it.images.encoder) if with_it.images else False
    assert rooms[0].kv_tokens < rooms[1].kv_tokens


def test_prompts_hold_their_images(qwen: str, tmp_path: Path) -> None:
    """Azure's columns; a prompt of fewer tokens than its images is made as long as they are, which a note says."""
    trace = tmp_path / "azure.csv"
    trace.write_text("TIMESTAMP,NumImages,ContextTokens,GeneratedTokens\n2024-10-15T12:00:00.269Z,0,770,4\n2024-10-15T12:00:05.819Z,2,949,4\n2024-10-15T12:00:06.513Z,1,1964,4\n")
    done = RUN.invoke(cli.app, ["simulate", qwen, "--fleet", "1xH100-SXM", "--workload", str(trace)])
    assert done.exit_code == 0 and "1 prompts are shorter than their images, which qwen makes 1196 tokens of each" in done.stderr
    problem = serving_plan.problem_of(serving_plan.Asked(qwen, "1xH100-SXM", str(trace)))
    assert [request.prompt_tokens for request in problem.workload.requests] == [770, 2 * 1196 + 1, 1964]


def test_the_example() -> None:
    """The published sizes of Qwen2.5-VL-7B, on the sample trace: one of the README's rows, priced from measured tables."""
    pytest.importorskip("aiconfigurator_core", reason="the measured tables are not installed (extra silicon)")
    root = Path(__file__).resolve().parents[2] / "examples"
    folder = root / "images_and_models" / "qwen2.5-vl-7b"
    vision = json.loads((folder / "config.json").read_text())["vision_config"]
    assert QWEN2_5_VL_7B["vision_config"].items() <= vision.items()
    found = report(str(folder), "--rate", "30/s", "--prefills", "2", "--decodes", "2", fleet="4xH100-SXM", workload=str(root / "traces" / "azure_multimodal.csv"))
    assert found["latency"]["ttft_s"]["mean"] == pytest.approx(0.1201, rel=0.02) and found["latency"]["tpot_s"]["p99"] == pytest.approx(0.0072, rel=0.02)


def test_tables_tell_pools_apart(qwen: str) -> None:
    text = RUN.invoke(cli.app, ["simulate", qwen, "--fleet", "2xH100-SXM", "--workload", PICTURES, "--encodes", "1", "--param", "max_image_tokens=1196"]).stdout
    assert "encode" in text and "serve" in text and "peak arithmetic" in text


@pytest.mark.parametrize(
    ("words", "load", "message"),
    [
        (["--encodes", "1"], "rate=1/s,prompt_tokens=10,output_tokens=2", "--encodes is about images, and no request has any"),
        (["--encodes", "2"], PICTURES, "the plan takes 3 devices, and the fleet has 2"),
        (["--image-size", "big"], PICTURES, "the size of images 'big' can't be read"),
        (["--image-size", "0x4"], PICTURES, "the size of images '0x4' can't be read"),
        (["--param", "max_image_tokens=9"], PICTURES, "has no parameter 'max_image_tokens'"),
        (["--encodes", "1", "--param", "max_image_tokens=0"], PICTURES, "max_image_tokens must lie in"),
        (["--encodes", "-1"], PICTURES, "Invalid value for '--encodes'"),
        ([], PICTURES.replace("images=1", "images=-1"), "must be finite and not negative"),
        ([], PICTURES.replace("images=1", "images=many"), "is no distribution"),
        ([], PICTURES.replace("images=1", "models=other"), "request 1 is for the model other, which isn't served"),
        ([], PICTURES.replace("images=1", "images=200"), "longer than the model's context of 32768 tokens"),
        (["--experts", "janus", "--encodes", "1"], PICTURES, "on replicas that prefill and decode"),
        (["--encode-with", "decode"], PICTURES, "encoded by replicas that decode where others prefill"),
        (["--encode-with", "sleep", "--prefills", "1", "--decodes", "1"], PICTURES, "choose prefill or decode"),
    ],
)  # fmt: skip
def test_what_is_refused(qwen: str, words: list[str], load: str, message: str) -> None:
    done = RUN.invoke(cli.app, ["simulate", qwen, "--fleet", "2xH100-SXM", "--workload", load, *words])
    assert done.exit_code == 2 and done.stderr.startswith("error: ") and message in done.stderr and done.stderr.count("\n") == 1 and not done.stdout


def test_images_for_a_model_without_an_encoder(tmp_path: Path) -> None:
    plain = tmp_path / "config.json"
    plain.write_text(json.dumps({k: v for k, v in LLAVA_7B.items() if k != "vision_config"} | {"model_type": "llama", **hf_sizes.LLAVA_TEXT["llama"]}))
    done = RUN.invoke(cli.app, ["simulate", str(plain), "--fleet", "1xH100-SXM", "--workload", PICTURES])
    assert done.exit_code == 2 and "request 1 has images, and" in done.stderr and "has no encoder of images" in done.stderr
    alone = RUN.invoke(cli.app, ["simulate", str(plain), "--fleet", "1xH100-SXM", "--workload", PICTURES.removesuffix(",images=1"), "--image-size", "28x28"])
    assert alone.exit_code == 2 and "--image-size is about images" in alone.stderr
