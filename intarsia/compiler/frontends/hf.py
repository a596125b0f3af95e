"""Hugging Face models: a directory with config.json and safetensors, or a config.json alone (planning without weights).

The families that can be read are in hf_configs.py.
"""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

from intarsia.compiler.frontends import safetensors
from intarsia.compiler.frontends.facts import END_OF_TURN, ModelFacts, checked
from intarsia.compiler.frontends.hf_configs import Keys, family_of
from intarsia.compiler.frontends.safetensors import read_json
from intarsia.compiler.frontends.tensors import Place, Tensor, rows_of, rows_without_data
from intarsia.ir.model import ModelConfig

DTYPES = {"float32": "f32", "float16": "f16", "bfloat16": "bf16", "float8_e4m3fn": "f8e4m3"}


def load(path: str | Path) -> ModelFacts:
    """The model in a directory, or of a config.json alone. Raises InputError or UnsupportedError."""
    path = Path(path).resolve()
    return _load_directory(path) if path.is_dir() else _load_config(path)


def _load_config(path: Path) -> ModelFacts:
    keys = Keys(read_json(path), str(path))
    config = checked(family_of(keys).config(keys), str(path))
    return ModelFacts(config, _planned(config, keys), str(path), "config", name=path.parent.name)


def _load_directory(directory: Path) -> ModelFacts:
    keys = Keys(read_json(directory / "config.json"), str(directory / "config.json"))
    family = family_of(keys)
    config = checked(family.config(keys), keys.file)
    if config.family == "encoder":
        config = _with_pooling(config, directory)
    tensors = safetensors.read_directory(directory)
    planning = not tensors or "quantization_config" in keys.values
    rows = _planned(config, keys) if planning else rows_of(config, _places(tensors, family.names), str(directory))
    kind = "config" if planning else "safetensors"
    return ModelFacts(config, rows, str(directory), kind, name=directory.name, **_text_facts(directory, keys))


def _planned(config: ModelConfig, keys: Keys) -> list[dict[str, Any]]:
    """Weights without data, in the types that the config states."""
    base = keys.text("torch_dtype", keys.text("dtype", "bfloat16"))
    if base not in DTYPES:
        raise keys.unsupported("torch_dtype", f"weights of the type {base[:40]!r}", f"known are {', '.join(DTYPES)}")
    return rows_without_data(config, DTYPES[base], _quantised_dtype(keys))


def _quantised_dtype(keys: Keys) -> str:
    """The type of matrices quantised by quantization_config; empty without one."""
    quantised = Keys(keys.table("quantization_config"), keys.file)
    if not quantised.values:
        return ""
    method = quantised.text("quant_method", "")
    if method in ("fp8", "fbgemm_fp8"):
        return "f8e4m3"
    bits = quantised.integer("bits", 8 if quantised.flag("load_in_8bit", False) else 4)
    if bits not in (4, 8):
        raise keys.unsupported("quantization_config", f"weights of {bits} bits", "4 and 8 bits and fp8 can be planned")
    return f"int{bits}"


LAYER = re.compile(r"(?<=layers\.)\d+(?=\.)|(?<=layer\.)\d+(?=\.)")
EXPERT = re.compile(r"(?<=experts\.)\d+(?=\.)")


def _places(tensors: list[Tensor], names: dict[str, str]) -> list[tuple[Place, Tensor]]:
    """Tensors under canonical names; those that no layer uses (buffers, poolers, draft layers) are left out."""
    found = ((_place(tensor.name, names), tensor) for tensor in tensors)
    return [(place, tensor) for place, tensor in found if place is not None]


def _place(name: str, names: dict[str, str]) -> Place | None:
    layer, expert = LAYER.search(name), EXPERT.search(name)
    pattern = EXPERT.sub("{}", LAYER.sub("{}", name, count=1), count=1)
    canonical = names.get(pattern.removeprefix("bert.").removeprefix("model."))
    return Place(canonical, int(layer[0]) if layer else None, int(expert[0]) if expert else None) if canonical else None


def _with_pooling(config: ModelConfig, directory: Path) -> ModelConfig:
    """The pooling that sentence-transformers' files beside the model declare; the mean, of unit length, without them."""
    modules = directory / "modules.json"
    normalise = "models.Normalize" in modules.read_text(errors="replace") if modules.exists() else True
    pooling = directory / "1_Pooling" / "config.json"
    if not pooling.exists():
        return replace(config, normalise_embeddings=normalise)
    modes = Keys(read_json(pooling), str(pooling))
    kind = "first" if modes.flag("pooling_mode_cls_token", False) else "mean"
    if kind == "mean" and not modes.flag("pooling_mode_mean_tokens", False):
        raise modes.unsupported("pooling_mode_mean_tokens", "pooling by something else than the mean or the first token")
    return replace(config, pooling=kind, normalise_embeddings=normalise)


def _text_facts(directory: Path, keys: Keys) -> dict[str, Any]:
    """Tokenizer, chat template and the tokens that end an answer, as far as the directory has them."""
    tokenizer, settings = directory / "tokenizer.json", directory / "tokenizer_config.json"
    tokens = _added_tokens(tokenizer)
    generation = directory / "generation_config.json"
    sources = [read_json(generation)] if generation.exists() else []
    declared = [number for source in (*sources, keys.values) for number in _numbers(source.get("eos_token_id"))]
    ends = [number for text, number in tokens.items() if text in END_OF_TURN] if declared else []
    bos = _numbers(keys.values.get("bos_token_id"))
    return {
        "tokenizer": str(tokenizer) if tokenizer.exists() else "",
        "chat_template": _chat_template(directory, settings),
        "eos": tuple(dict.fromkeys([*declared, *ends])),
        "bos": bos[0] if bos else None,
    }


def _numbers(value: Any) -> list[int]:
    values = value if isinstance(value, list) else [value]
    return [number for number in values if type(number) is int and number >= 0]


def _added_tokens(path: Path) -> dict[str, int]:
    entries = read_json(path).get("added_tokens") if path.exists() else []
    good = (entry for entry in entries or [] if isinstance(entry, dict))
    return {entry["content"]: entry["id"] for entry in good if isinstance(entry.get("content"), str) and type(entry.get("id")) is int}


def _chat_template(directory: Path, settings: Path) -> str:
    apart = directory / "chat_template.jinja"
    if apart.exists():
        return apart.read_text(encoding="utf-8", errors="replace")
    template = read_json(settings).get("chat_template") if settings.exists() else ""
    if isinstance(template, list):  # several named templates; the default is the chat's
        named = {str(entry.get("name")): entry.get("template") for entry in template if isinstance(entry, dict)}
        template = named.get("default", "")
    return template if isinstance(template, str) else ""
