"""`intarsia plan` on a vision-language model: encode devices among the ranked plans, and what can be done with them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from intarsia.compiler import cli
from tests.compiler.frontends.vision import QWEN2_VL_7B

RUN = CliRunner()
LOAD = "rate=20/s,prompt_tokens=2400,output_tokens=60,requests=60,images=2"


@pytest.fixture
def qwen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("INTARSIA_CACHE", str(tmp_path / "cache"))
    (tmp_path / "qwen").mkdir()
    (tmp_path / "qwen" / "config.json").write_text(json.dumps(QWEN2_VL_7B))
    return str(tmp_path / "qwen")


def test_encode_devices_are_ranked_asked_again_and_launched(qwen: str, tmp_path: Path) -> None:
    words = ["--fleet", "4xH100-SXM", "--workload", LOAD, "--slo", "ttft=500ms,tpot=20ms", "--precision", "bf16", "--simulations", "4", "--engine", "serial", "--chunk-tokens", "8192"]
    done = RUN.invoke(cli.app, ["plan", qwen, *words, "--json"])
    assert done.exit_code == 0, done.stderr
    saved = tmp_path / "found.json"
    saved.write_text(done.stdout)
    found = json.loads(done.stdout)
    apart = [plan for plan in found["plans"] if any(pool["role"] == "encode" for pool in plan["pools"])]
    assert apart and apart[0]["mode"] == "disaggregated" and any("Encoding images keeps" in sentence for sentence in found["why"])
    again = RUN.invoke(cli.app, ["plan", "--from", str(saved), "--rate", "10/s", "--top", "20"])
    assert again.exit_code == 0 and "encode 1 x H100-SXM" in again.stdout
    launch = ["plan", "--from", str(saved), "--launch", str(tmp_path / "launch"), "--rank", str(apart[0]["rank"])]
    for engine in ("vllm", "sglang", "dynamo"):
        written = RUN.invoke(cli.app, [*launch, "--engine-files", engine])
        assert written.exit_code == 0, written.stderr
        assert {"encode.sh", "router.sh", "env.sh"} <= {file.name for file in (tmp_path / "launch").iterdir()}
    refused = RUN.invoke(cli.app, [*launch, "--engine-files", "trtllm"])
    assert refused.exit_code == 2 and "images of qwen2_vl" in refused.stderr and "vllm, sglang and dynamo do" in refused.stderr


@pytest.mark.parametrize(("find", "fleet", "rate", "said"), [("devices", "4xH100-SXM", 40, "3 devices do, for $"), ("rate", "3xH100-SXM", 20, "requests/s")])
def test_questions_know_encode_devices(qwen: str, find: str, fleet: str, rate: int, said: str) -> None:
    """The cases of tests/planner/search/test_encode.py, where all numbers are simulated, as a user asks for them."""
    load = f"rate={rate}/s,prompt_tokens=2592,output_tokens=60,requests=40,images=2"
    words = ["--workload", load, "--slo", "ttft=800ms,tpot=20ms", "--precision", "bf16", "--chunk-tokens", "2048", "--max-sequences", "32"]
    done = RUN.invoke(cli.app, ["plan", qwen, "--fleet", fleet, *words, "--find", find])
    assert done.exit_code == 0, done.stderr
    assert "encode 1 x H100-SXM" in done.stdout and said in done.stdout and "the devices that do nothing else busy" in done.stdout


def test_sizes_of_images_are_about_models_that_take_them(qwen: str) -> None:
    done = RUN.invoke(cli.app, ["plan", qwen, "--fleet", "1xH100-SXM", "--workload", LOAD, "--image-size", "9"])
    assert done.exit_code == 2 and "the size of images '9' can't be read" in done.stderr
