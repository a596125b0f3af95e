"""Types of a checkpoint's weights: quantization_config as published checkpoints have it, shortened."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from intarsia.compiler import serving_plan
from intarsia.compiler.frontends import hf_quantised
from intarsia.cost_models.serving.shapes import Precision

NVFP4 = {"num_bits": 4, "type": "float", "group_size": 16}
GROUPED = {"targets": ["Linear"], "weights": NVFP4, "input_activations": NVFP4}
INT4 = {"targets": ["Linear"], "weights": {"num_bits": 4, "type": "int", "group_size": 32, "strategy": "group"}, "input_activations": None}
INT8 = {"num_bits": 8, "type": "int", "strategy": "channel"}
KIMI_LEFT = ["lm_head", "re:.*self_attn.*", "re:.*shared_experts.*", "re:.*mlp\\.(gate|up|gate_up|down)_proj.*"]
GPT_OSS_LEFT = ["model.layers.*.self_attn", "model.layers.*.mlp.router", "lm_head"]
F8 = {"num_bits": 8, "type": "float"}
CASES: list[tuple[dict[str, Any], Precision]] = [
    ({"quant_method": "fp8"}, Precision("f8")),
    ({"quant_method": "fp8", "weight_block_size": [128, 128], "modules_to_not_convert": ["lm_head", "model.layers.0.self_attn.q_norm"]}, Precision("f8_block")),
    ({"quant_method": "awq", "bits": 4}, Precision("int4")), ({"quant_method": "awq", "w_bit": 4}, Precision("int4")), ({"quant_method": "gptq", "bits": 8}, Precision("int8_wo")),
    ({"quant_method": "bitsandbytes", "load_in_4bit": True}, Precision("int4")),
    ({"quant_method": "mxfp4", "modules_to_not_convert": GPT_OSS_LEFT}, Precision("bf16", experts="mxf4")),  # gpt-oss-120b
    ({"quant_method": "compressed-tensors", "format": "pack-quantized", "config_groups": {"group_0": INT4}, "ignore": KIMI_LEFT}, Precision("bf16", experts="int4")),  # Kimi-K2.5
    ({"quant_method": "modelopt", "quant_algo": "NVFP4", "config_groups": {"group_0": GROUPED}, "ignore": ["lm_head", "model.layers.1.self_attn*"]}, Precision("f4", attention="bf16")),
    ({"quant_algo": "FP8", "config_groups": {"group_0": {"weights": F8, "input_activations": F8}}, "ignore": ["lm_head"]}, Precision("f8")),  # Qwen3-32B, per tensor
    ({"config_groups": {"group_0": {"targets": ["Linear"], "weights": INT8, "input_activations": INT8}}}, Precision("int8")),
    ({"config_groups": {"a": {"targets": ["m.0.self_attn.q_proj"], "weights": F8}, "b": {"targets": ["m.0.mlp.experts.0.up_proj"], "weights": NVFP4}}}, Precision("f4", attention="f8")),
    ({"format": "mxfp4-pack-quantized", "config_groups": {"group_0": {"targets": ["Linear"], "weights": {"num_bits": 4, "type": "float"}}}}, Precision("mxf4")),
    ({"quant_method": "unheard-of"}, Precision("int8_wo")),
]  # fmt: skip


@pytest.mark.parametrize(("told", "types"), CASES)
def test_what_a_checkpoint_says_of_its_types(told: dict[str, Any], types: Precision) -> None:
    assert hf_quantised.read({"torch_dtype": "bfloat16", "quantization_config": told}) == types
    assert hf_quantised.read({"text_config": {"dtype": "float16", "quantization_config": told}}) == types, "of a model with several parts"


@pytest.mark.parametrize("told", [{"config_groups": 3}, {"config_groups": {"a": 1}, "ignore": 5}, {"config_groups": {"a": {"weights": {"num_bits": "x"}, "targets": 7}}}, {"bits": [4]}, "fp8"])
def test_nonsense_is_no_crash(told: Any) -> None:
    assert isinstance(hf_quantised.read({"quantization_config": told}), Precision)


def test_plain_checkpoints() -> None:
    assert {hf_quantised.read(values) for values in ({}, {"torch_dtype": "float16"}, {"dtype": "float32"}, {"quantization_config": None})} == {Precision("bf16")}


def test_modelopts_own_file_counts_where_the_config_says_nothing(tmp_path: Path) -> None:
    sizes = {"hidden_size": 4096, "intermediate_size": 14336, "num_hidden_layers": 32, "num_attention_heads": 32, "num_key_value_heads": 8, "vocab_size": 128256}
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "llama", **sizes}))
    assert serving_plan.model(str(tmp_path)).stored == Precision("bf16")
    (tmp_path / "hf_quant_config.json").write_text(json.dumps({"quantization": {"quant_algo": "NVFP4", "exclude_modules": ["lm_head", "model.layers.0.self_attn.q_proj"]}}))
    assert serving_plan.model(str(tmp_path)).stored == Precision("f4", attention="bf16")
