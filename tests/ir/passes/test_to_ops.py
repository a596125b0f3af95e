"""to_ops, fuse and precision: the text means what an independent forward pass computes, before and after each pass."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest
from interpret import Interpreter
from models import tiny_gguf, tiny_hf
from reference import Decoder, Encoder

from intarsia.codegen.cpu import to_pipe
from intarsia.compiler.frontends.models import add_model
from intarsia.errors import IRError, UnsupportedError
from intarsia.ir.attributes import Symbol
from intarsia.ir.device import Device, MemoryTier
from intarsia.ir.module import Builder, Module, attribute, element, walk
from intarsia.ir.passes import fuse, precision, to_ops

TOKENS = [5, 9, 250, 31, 7, 7, 100, 3]
MIXED = {"": "q4_k", "blk.0.ffn_down": "q6_k", "blk.0.attn_v": "q6_k", "token_embd": "q8_0"}

GGUFS = {
    "llama": {"arch": "llama"},
    "llama-untied": {"arch": "llama", "tied": False, "types": "q8_0"},
    "llama-rope-freqs": {"arch": "llama", "rope_freqs": True, "types": "f16"},
    "llama-mixed": {"arch": "llama", "types": MIXED, "hidden": 256, "ffn": 512, "layers": 3},
    "mixtral": {"arch": "llama", "experts": 4, "types": "q8_0"},
    "qwen2": {"arch": "qwen2", "types": "bf16"},
    "qwen3": {"arch": "qwen3", "types": "q4_0", "head_dim": 32},
    "qwen3moe": {"arch": "qwen3moe", "types": "f32"},
}
LLAMA3 = {"rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0, "original_max_position_embeddings": 64}
DIRECTORIES = {
    "llama": {"arch": "llama", "config": {"rope_scaling": LLAMA3}},
    "llama-linear": {"arch": "llama", "config": {"rope_scaling": {"rope_type": "linear", "factor": 4.0}}},
    "llama-biases": {"arch": "llama", "config": {"attention_bias": True}, "tied": True},
    "qwen2": {"arch": "qwen2", "dtype": "BF16"},
    "qwen3": {"arch": "qwen3", "shards": 2},
    "mistral": {"arch": "mistral", "config": {"sliding_window": 3}, "dtype": "F16"},
    "mixtral": {"arch": "mixtral", "shards": 3},
    "qwen3_moe": {"arch": "qwen3_moe", "config": {"mlp_only_layers": [0], "norm_topk_prob": False}, "layers": 3},
}


DEVICE = Device("cpu", kind="cpu", cores=2, flops={"f32": 1e11}, memory=(MemoryTier("dram", 1e10, 1e10),))


def tasks(path: Path, symbol: str = "m") -> Module:
    module = Module.create("tasks")
    add_model(Builder(module), symbol, str(path))
    return module


def deployed(module: Module, kind: str) -> Module:
    """The module with a device and a deployment of @m in the precision `kind`."""
    module = module.clone()
    builder = Builder(module)
    builder.op("plan.device", sym_name="cpu", count=1, facts=DEVICE.to_dict())
    builder.op(
        "plan.deploy",
        model=Symbol("m"),
        device=Symbol("cpu"),
        precision=kind,
        threads=1,
        policy="fcfs",
        page_tokens=16,
        kv_pages=8,
        kv_dtype="f32",
        max_batch_tokens=64,
        max_sequences=4,
    )
    return module


def close(found: np.ndarray, wanted: np.ndarray, bound: float = 1e-6) -> None:
    assert np.abs(found - wanted).max() <= bound * np.abs(wanted).max()


@pytest.mark.parametrize("name", GGUFS)
def test_gguf_decoders_mean_the_reference(name: str, tmp_path: Path) -> None:
    path = tiny_gguf(tmp_path / "m.gguf", **GGUFS[name])  # type: ignore[arg-type]
    wanted = Decoder.load(path).logits(TOKENS)
    module = to_ops.run(tasks(path))
    for kind in ("prefill", "decode"):
        close(Interpreter(module).run(f"m_{kind}", TOKENS), wanted)
    close(Interpreter(fuse.run(module)).run("m_prefill", TOKENS), wanted)


@pytest.mark.parametrize("name", DIRECTORIES)
def test_directory_decoders_mean_the_reference(name: str, tmp_path: Path) -> None:
    path = tiny_hf(tmp_path / "m", **DIRECTORIES[name])  # type: ignore[arg-type]
    wanted = Decoder.load(path).logits(TOKENS)
    module = to_ops.run(tasks(path))
    close(Interpreter(module).run("m_prefill", TOKENS), wanted)
    close(Interpreter(fuse.run(module)).run("m_decode", TOKENS), wanted)


def test_encoder_means_the_reference(tmp_path: Path) -> None:
    path = tiny_hf(tmp_path / "m", "bert")
    wanted = Encoder.load(path).embed(TOKENS)
    module = to_ops.run(tasks(path))
    close(Interpreter(module).run("m_encode", TOKENS)[0], wanted)
    close(Interpreter(fuse.run(module)).run("m_encode", TOKENS)[0], wanted)


def test_real_decoder_means_the_reference(smollm2: Path) -> None:
    wanted = Decoder.load(smollm2, np.float32).logits(TOKENS[:3])
    close(Interpreter(fuse.run(to_ops.run(tasks(smollm2)))).run("m_prefill", TOKENS[:3]), wanted, 1e-4)


def test_real_encoder_means_the_reference(minilm: Path) -> None:
    tokens = [101, 7592, 2088, 102]
    close(Interpreter(fuse.run(to_ops.run(tasks(minilm)))).run("m_encode", tokens)[0], Encoder.load(minilm).embed(tokens))


@pytest.mark.parametrize("name", ["llama", "llama-mixed", "llama-untied", "qwen3", "mixtral"])
def test_quantised_rows_stay_near_the_reference(name: str, tmp_path: Path) -> None:
    path = tiny_gguf(tmp_path / "m.gguf", **GGUFS[name])  # type: ignore[arg-type]
    module = precision.run(deployed(fuse.run(to_ops.run(tasks(path))), "w-a8"))
    close(Interpreter(module).run("m_prefill", TOKENS), Decoder.load(path).logits(TOKENS), 0.05)


@pytest.mark.parametrize("name", GGUFS)
def test_precision_and_fusion_come_in_any_order(name: str, tmp_path: Path) -> None:
    module = deployed(to_ops.run(tasks(tiny_gguf(tmp_path / "m.gguf", **GGUFS[name]))), "w-a8")  # type: ignore[arg-type]
    assert str(fuse.run(precision.run(module))) == str(precision.run(fuse.run(module)))


def operators(module: Module, symbol: str = "m_prefill") -> list[str]:
    return [op.name.removeprefix("llm.") for op in walk(module.find("llm.phase", symbol))]


def test_fused_decoder_layer(tmp_path: Path) -> None:
    module = fuse.run(to_ops.run(tasks(tiny_gguf(tmp_path / "m.gguf", "qwen3"))))
    layer = ["rmsnorm", "matmul", "rope_kv", "attention", "matmul", "rmsnorm", "matmul", "matmul", "yield"]
    assert operators(module) == ["embed", "repeat", *layer, "select_rows", "rmsnorm", "matmul", "return"]


def test_fused_encoder_layer(tmp_path: Path) -> None:
    module = fuse.run(to_ops.run(tasks(tiny_hf(tmp_path / "m", "bert"))))
    layer = ["matmul", "rope_kv", "attention", "matmul", "layernorm", "matmul", "matmul", "layernorm", "yield"]
    assert operators(module, "m_encode") == ["embed", "layernorm", "repeat", *layer, "pool", "return"]


def test_weights_of_different_types_stay_apart(tmp_path: Path) -> None:
    """Layer 0 has its v in another type than q and k: three matmuls there, one in the layers after it."""
    module = fuse.run(to_ops.run(tasks(tiny_gguf(tmp_path / "m.gguf", **GGUFS["llama-mixed"]))))  # type: ignore[arg-type]
    first, rest = list(walk(module.find("llm.phase", "m_prefill"), "llm.repeat"))
    assert [attribute(first, "first"), attribute(first, "count"), attribute(rest, "first"), attribute(rest, "count")] == [0, 1, 1, 2]
    assert len(list(walk(first, "llm.rope"))) == 2 and not list(walk(first, "llm.rope_kv"))
    assert len(list(walk(rest, "llm.rope_kv"))) == 1


def test_q4_0_and_q4_1_pack_alike(tmp_path: Path) -> None:
    module = fuse.run(to_ops.run(tasks(tiny_gguf(tmp_path / "m.gguf", types={"attn_v": "q4_0", "": "q4_1"}))))
    assert "rope_kv" in operators(module)


RESIDUAL = """
module attributes {agent.stage = "ops"} {
  "llm.model"() ({
    "llm.weight"() {name = "w", dtype = "f32", shape = [32, 32]} : () -> ()
    "llm.end"() : () -> ()
  }) {sym_name = "m", config = {architecture = "x", family = "torch", layers = 1}} : () -> ()
  "llm.phase"() ({
  ^bb0(%x: tensor<?x32xf32>):
    BODY
  }) {sym_name = "m_call", kind = "call", model = @m} : () -> ()
}
"""
MATMUL = '%y = "llm.matmul"(%x) {weights = ["w"]} : (tensor<?x32xf32>) -> tensor<?x32xf32>'
SUM = '"llm.add"(%{}, %{}) : (tensor<?x32xf32>, tensor<?x32xf32>) -> tensor<?x32xf32>'
ACTIVATE = '"llm.activate"(%{}) {{kind = "silu"}} : (tensor<?x32xf32>) -> tensor<?x32xf32>'
NORM = '%n = "llm.layernorm"(%s) {weight = "w", bias = "w", eps = 1.0} : (tensor<?x32xf32>) -> tensor<?x32xf32>'


def fused(*lines: str) -> list[str]:
    body = "\n    ".join([*lines[:-1], f'"llm.return"(%{lines[-1]}) : (tensor<?x32xf32>) -> ()'])
    return operators(fuse.run(Module.parse(RESIDUAL.replace("BODY", body))), "m_call")


def test_a_residual_that_is_used_again_is_not_overwritten() -> None:
    a = "%a = " + ACTIVATE.format("x")
    mm = MATMUL.replace("(%x)", "(%b)")
    b = "%b = " + ACTIVATE.format("a")
    assert fused(a, b, mm, "%s = " + SUM.format("a", "y"), "s") == ["activate", "activate", "matmul", "return"]
    assert fused(a, b, mm, "%s = " + SUM.format("a", "y"), "%t = " + SUM.format("s", "a"), "t") == ["activate", "activate", "matmul", "add", "add", "return"]


def test_a_matmul_does_not_overwrite_its_own_input() -> None:
    assert fused(MATMUL, "%s = " + SUM.format("x", "y"), "s") == ["matmul", "add", "return"]


def test_a_sum_goes_into_the_layernorm_after_it() -> None:
    assert fused("%a = " + ACTIVATE.format("x"), "%s = " + SUM.format("x", "a"), NORM, "n") == ["activate", "layernorm", "return"]


def test_an_activation_goes_into_the_matmul_before_it() -> None:
    assert fused(MATMUL, "%a = " + ACTIVATE.format("y"), "a") == ["matmul", "return"]


def test_precision_quantises_rows_where_they_are_made(tmp_path: Path) -> None:
    module = fuse.run(to_ops.run(tasks(tiny_gguf(tmp_path / "m.gguf", "llama", head_dim=32))))
    quantised = precision.run(deployed(module, "w-a8"))
    made = {op.name: [element(r) for r in op.results] for op in walk(quantised.find("llm.phase", "m_prefill")) if op.name in ("llm.rmsnorm", "llm.attention")}
    assert made == {"llm.rmsnorm": ["i8"], "llm.attention": ["i8"]} and "quantise" not in operators(quantised)
    assert attribute(quantised.find("llm.phase", "m_decode"), "precision") == "w-a8"


def test_precision_adds_a_quantise_where_rows_are_wanted_in_f32_too(tmp_path: Path) -> None:
    """Heads of 16 are no whole block: attention stays in f32, and a quantise follows it."""
    module = fuse.run(to_ops.run(tasks(tiny_gguf(tmp_path / "m.gguf", "llama"))))
    assert operators(precision.run(deployed(module, "w-a8"))).count("quantise") == 1


@pytest.mark.parametrize("kind", ["w-a32", "f32"])
def test_precision_leaves_f32_alone(kind: str, tmp_path: Path) -> None:
    module = fuse.run(to_ops.run(tasks(tiny_gguf(tmp_path / "m.gguf", "llama", head_dim=32))))
    assert "i8" not in str(precision.run(deployed(module, kind)))


def test_precision_needs_quantised_weights(tmp_path: Path) -> None:
    module = fuse.run(to_ops.run(tasks(tiny_hf(tmp_path / "m", "qwen3", dtype="BF16"))))
    assert "xi8>" not in str(precision.run(deployed(module, "w-a8")))


def edited(module: Module, *changes: tuple[str, str]) -> Module:
    text = str(module)
    for pattern, replacement in changes:
        text, count = re.subn(pattern, replacement, text)
        assert count, f"nothing matches {pattern}"
    return Module.parse(text)


def test_an_edited_layer_count_takes_effect(tmp_path: Path) -> None:
    path = tiny_gguf(tmp_path / "m.gguf", layers=3)
    module = to_ops.run(edited(tasks(path), (r"layers = 3 : i64", "layers = 1 : i64")))
    assert [attribute(op, "count") for op in module.ops("llm.repeat")] == [1, 1]
    one = Decoder.load(path)
    one.layers = 1
    close(Interpreter(module).run("m_prefill", TOKENS), one.logits(TOKENS))


def test_an_edited_activation_takes_effect(tmp_path: Path) -> None:
    """silu is the default of the config, so the edit adds the field."""
    module = to_ops.run(edited(tasks(tiny_gguf(tmp_path / "m.gguf")), (r"config = \{", 'config = {activation = "gelu", ')))
    assert {attribute(op, "activation") for op in module.ops("llm.glu")} == {"gelu"}
    assert {attribute(op, "activation") for op in fuse.run(module).ops("llm.matmul")} == {"glu_gelu", None}


def test_too_many_layers_are_refused(tmp_path: Path) -> None:
    with pytest.raises(IRError, match="at most 2"):
        edited(tasks(tiny_gguf(tmp_path / "m.gguf")), (r"layers = 2 : i64", "layers = 5 : i64"))


def test_a_missing_weight_is_refused(tmp_path: Path) -> None:
    module = edited(tasks(tiny_gguf(tmp_path / "m.gguf")), (r"(?m)^.*ffn_up\.weight.*shape.*$", ""))
    with pytest.raises(IRError, match=r"no weight blk\.\{\}\.ffn_up\.weight for layer 0"):
        to_ops.run(module)


def test_the_wrong_stage_is_refused(tmp_path: Path) -> None:
    module = to_ops.run(tasks(tiny_gguf(tmp_path / "m.gguf")))
    with pytest.raises(IRError, match="takes a module of stage tasks, found ops"):
        to_ops.run(module)


def test_passes_leave_their_input_untouched(tmp_path: Path) -> None:
    module = tasks(tiny_gguf(tmp_path / "m.gguf", head_dim=32))
    before = str(module)
    lowered = to_ops.run(module)
    planned = deployed(lowered, "w-a8")
    texts = str(lowered), str(planned)
    precision.run(planned), fuse.run(lowered)
    assert (before, *texts) == (str(module), str(lowered), str(planned))


def phases(module: Module, folder: Path) -> str:
    """The phases' text; the table of weights is left out, for it holds paths and offsets."""
    text = str(module)
    return text[text.index('  "llm.phase"') :].replace(str(folder), "<folder>")


@pytest.mark.parametrize("name", ["llama-mixed", "qwen2", "qwen3moe"])
def test_golden_tiny(name: str, tmp_path: Path, golden) -> None:  # type: ignore[no-untyped-def]
    module = to_ops.run(tasks(tiny_gguf(tmp_path / "m.gguf", **GGUFS[name])))  # type: ignore[arg-type]
    golden(f"ops/{name}.mlir", phases(module, tmp_path))
    golden(f"ops/{name}.fused.mlir", phases(fuse.run(module), tmp_path))


def test_golden_smollm2(smollm2: Path, golden) -> None:  # type: ignore[no-untyped-def]
    module = to_ops.run(tasks(smollm2))
    golden("ops/smollm2.mlir", phases(module, smollm2.parent))
    planned = precision.run(deployed(fuse.run(module), "w-a8"))
    golden("ops/smollm2.w-a8.mlir", phases(planned, smollm2.parent).split('  "plan.device"')[0])


def test_golden_minilm(minilm: Path, golden) -> None:  # type: ignore[no-untyped-def]
    golden("ops/minilm.fused.mlir", phases(fuse.run(to_ops.run(tasks(minilm))), minilm))


def test_latent_attention_gets_no_phases(tmp_path: Path) -> None:
    """It is planned, not run: code generation is what refuses it."""
    config = {
        "model_type": "deepseek_v3", "hidden_size": 64, "intermediate_size": 128, "moe_intermediate_size": 32, "num_hidden_layers": 3, "num_attention_heads": 4,
        "vocab_size": 288, "n_routed_experts": 4, "n_shared_experts": 1, "num_experts_per_tok": 2, "first_k_dense_replace": 1, "q_lora_rank": 16,
        "kv_lora_rank": 16, "qk_nope_head_dim": 16, "qk_rope_head_dim": 8, "v_head_dim": 16, "scoring_func": "sigmoid",
    }  # fmt: skip
    (tmp_path / "config.json").write_text(json.dumps(config))
    module = to_ops.run(tasks(tmp_path / "config.json"))
    assert not list(module.ops("llm.phase"))
    module.stage = "plan"
    with pytest.raises(UnsupportedError, match=r"latent attention \(MLA\)"):
        to_pipe.run(module)
