"""`intarsia shard`: a model's phase in, a sharding and annotated IR out."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from intarsia.compiler import cli
from intarsia.ir.module import Module

invoke = CliRunner().invoke
LLAMA = {"model_type": "llama", "hidden_size": 1024, "intermediate_size": 2816, "num_hidden_layers": 4, "num_attention_heads": 16, "num_key_value_heads": 8, "vocab_size": 1024}


@pytest.fixture
def model(tmp_path: Path) -> Path:
    path = tmp_path / "config.json"
    path.write_text(json.dumps(LLAMA))
    return path


@pytest.mark.parametrize("kind", ["decode", "prefill"])
def test_a_phase_is_sharded_and_annotated(model: Path, tmp_path: Path, kind: str) -> None:
    out, lp = tmp_path / "out.mlir", tmp_path / "out.lp"
    done = invoke(cli.app, ["shard", str(model), "--fleet", "4xA100-80GB-SXM", "--phase", kind, "-o", str(out), "--write-lp", str(lp), "--json"])
    assert done.exit_code == 0, done.output
    row = json.loads(done.stdout)[0]
    assert 0 < row["bound_s"] <= row["seconds"] <= row["megatron_s"] * (1 + 1e-9) and row["devices"] == 4
    module = Module.load(out)
    assert module.stage == "ops" and "shard.grid @devices(shape = 4)" in str(module)
    assert "reshard_" in lp.read_text() and "memory_at_" in lp.read_text()


def test_the_table_names_the_operators(model: Path) -> None:
    done = invoke(cli.app, ["shard", str(model), "--fleet", "2xA100-80GB-SXM"])
    assert done.exit_code == 0 and "blk.{}.attn_q.weight" in done.stdout and "Megatron's" in done.stdout


@pytest.mark.parametrize(("more", "message"), [
    (["--fleet", "2xL4 + 1xT4"], "equal devices, found 2 kinds"), (["--fleet", "2xL4", "--phase", "encode"], "no phase 'encode'"),
    (["--fleet", "2xL4", "--sequences", "100000", "--context", "100000"], "no sharding fits"),
])  # fmt: skip
def test_what_can_not_be_sharded_says_why(model: Path, more: list[str], message: str) -> None:
    done = invoke(cli.app, ["shard", str(model), *more])
    assert done.exit_code == 2 and message in done.stderr, done.stderr
