"""Types that a Hugging Face checkpoint's weights are stored in, by its `config.json` (and ModelOpt's `hf_quant_config.json` beside it).

>>> read({"model_type": "gpt_oss", "quantization_config": {"quant_method": "mxfp4"}})
Precision(weights='bf16', experts='mxf4', ...)

Read are `quant_method` fp8, mxfp4, awq, gptq, bitsandbytes, compressed-tensors (its `config_groups`) and modelopt (`quant_algo`, or such groups). Modules that a checkpoint
leaves as they were count by part: attention, and what stands beside the routed experts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from intarsia.cost_models.serving.shapes import Precision

STORED = {
    "bfloat16": "bf16", "float16": "bf16", "float32": "bf16", "f8e4m3": "f8", "int8": "int8_wo", "int4": "int4", "bf16": "bf16", "f16": "bf16", "f32": "bf16",
}  # fmt: skip
"""Types of weights as files name them, as served; what is wider than 16 bits is served in 16."""
ALGORITHMS = {
    "FP8": "f8", "FP8_PER_CHANNEL_PER_TOKEN": "f8", "FP8_PB_WO": "f8_block", "NVFP4": "f4", "NVFP4_AWQ": "f4", "MXFP4": "mxf4", "W4A16_AWQ": "int4", "W4A8_AWQ": "int4",
    "W4A16": "int4", "W8A16": "int8_wo", "W8A8_SQ_PER_CHANNEL": "int8", "INT8_SQ": "int8",
}  # fmt: skip
"""ModelOpt's `quant_algo` (its QUANTIZATION_* names)."""
LEFT = ("modules_to_not_convert", "ignore", "exclude_modules")
ATTENTION = re.compile(r"attn(\.(q_proj|q_a_proj|qkv_proj|o_proj))?$")
BESIDE = re.compile(r"shared_experts?$")


def read(values: Mapping[str, Any], beside: Mapping[str, Any] | None = None) -> Precision:
    """The types of a config's weights; `beside`: what hf_quant_config.json says where the config says nothing."""
    inner = values.get("text_config")
    text = inner if isinstance(inner, dict) else {}
    plain = STORED.get(str(next((found for table in (values, text) for name in ("torch_dtype", "dtype") if (found := table.get(name))), "bfloat16")), "bf16")
    told = next((found for found in (values.get("quantization_config"), text.get("quantization_config"), (beside or {}).get("quantization")) if isinstance(found, dict)), None)
    return Precision(plain) if told is None else _of(told, plain)


def _of(told: dict[str, Any], plain: str) -> Precision:
    method = str(told.get("quant_method", ""))
    if method == "mxfp4":  # gpt-oss: routed experts alone
        return Precision(plain, experts="mxf4")
    parts = dict(_parts(told))
    kind = parts.get("") or parts.get("experts") or _plainly(told, method)
    left = [_bare(word) for name in LEFT if isinstance(told.get(name), list) for word in told[name] if isinstance(word, str)]
    attention = parts.get("attention") or (plain if any(ATTENTION.search(word) for word in left) else kind)
    weights = plain if any(BESIDE.search(word) for word in left) else kind
    return Precision(weights, experts=kind if kind != weights else "", attention=attention if attention != weights else "")


def _plainly(told: dict[str, Any], method: str) -> str:
    """The one type of all that is quantised; weights of 8 bits, widened, where no more is known."""
    if (algorithm := str(told.get("quant_algo", ""))) in ALGORITHMS:
        return ALGORITHMS[algorithm]
    if "fp8" in method:
        return "f8_block" if told.get("weight_block_size") else "f8"
    bits = 4 if told.get("load_in_4bit") else told.get("bits", told.get("w_bit", 8))
    return "int4" if bits == 4 else "int8_wo"


def _parts(told: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Types by part ("": all) of compressed-tensors' groups."""
    groups = told.get("config_groups")
    for group in groups.values() if isinstance(groups, dict) else ():
        if isinstance(group, dict) and isinstance(group.get("weights"), dict):
            targets = group.get("targets")
            names = [_bare(each) for each in targets if isinstance(each, str)] if isinstance(targets, list) else []
            yield _part(names), _scheme(group["weights"], bool(group.get("input_activations")), str(told.get("format", "")))


def _part(targets: list[str]) -> str:
    if any("expert" in name for name in targets):
        return "experts"
    return "attention" if any("attn" in name for name in targets) else ""


def _scheme(weights: dict[str, Any], activations: bool, layout: str) -> str:
    """The type of weights by their bits; integers whose rows are quantised, too, are multiplied as such."""
    floats, few = weights.get("type") == "float", weights.get("num_bits", 8) == 4
    if floats:
        return ("mxf4" if "mxfp4" in layout or weights.get("group_size") == 32 else "f4") if few else "f8_block" if weights.get("strategy") == "block" else "f8"
    return "int4" if few else "int8" if activations else "int8_wo"


def _bare(word: str) -> str:
    """A module's name without the signs of a pattern."""
    return re.sub(r"^re:|\\", "", word).strip(".*$^")
