"""Hugging Face models: a directory with config.json and safetensors, or a config.json alone (planning without weights).

A family is one entry of `FAMILIES`: how its config reads as sizes, and what its tensors are called.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from intarsia.compiler.frontends import safetensors
from intarsia.compiler.frontends.facts import END_OF_TURN, ModelFacts, checked
from intarsia.compiler.frontends.hf_names import BERT_NAMES, DECODER_NAMES
from intarsia.compiler.frontends.safetensors import read_json
from intarsia.compiler.frontends.tensors import Place, Tensor, rows_of, rows_without_data
from intarsia.errors import InputError, UnsupportedError, Where
from intarsia.ir.model import ModelConfig

ACTIVATIONS = {"silu": "silu", "swish": "silu", "gelu": "gelu", "gelu_new": "gelu_tanh", "gelu_pytorch_tanh": "gelu_tanh", "relu": "relu"}
DTYPES = {"float32": "f32", "float16": "f16", "bfloat16": "bf16", "float8_e4m3fn": "f8e4m3"}


@dataclass(frozen=True)
class Family:
    """How configs of some `model_type`s read, and their tensor names -> canonical names."""

    config: Callable[[Keys], ModelConfig]
    names: dict[str, str]


def load(path: str | Path) -> ModelFacts:
    """The model in a directory, or of a config.json alone. Raises InputError or UnsupportedError."""
    path = Path(path).resolve()
    alone = path.suffix == ".json" and not path.is_dir()
    directory = path.parent if alone else path
    keys = Keys(read_json(path if alone else directory / "config.json"), str(path if alone else directory / "config.json"))
    family = _family(keys)
    config = checked(family.config(keys), keys.file)
    tensors = [] if alone else safetensors.read_directory(directory)
    if family.names is BERT_NAMES and not alone:
        config = _with_pooling(config, directory)
    planning = alone or not tensors or "quantization_config" in keys.values
    rows = _planned(config, keys) if planning else rows_of(config, _places(tensors, family.names), str(directory))
    return ModelFacts(config, rows, str(path), "config" if planning else "safetensors", name=path.stem if alone else directory.name, **({} if alone else _text_facts(directory, keys)))


@dataclass(frozen=True)
class Keys:
    """A config.json with checked access. `file` is for messages."""

    values: dict[str, Any]
    file: str

    def int(self, key: str, default: int | None = None) -> int:
        return int(self._get(key, (int,), default))

    def float(self, key: str, default: float) -> float:
        value = self._get(key, (int, float), default)
        try:
            return float(value)
        except OverflowError:
            raise InputError(f"{key} is too large", where=Where(self.file, node=key)) from None

    def bool(self, key: str, default: bool) -> bool:
        return bool(self._get(key, (bool,), default))

    def text(self, key: str, default: str) -> str:
        return str(self._get(key, (str,), default))

    def dict(self, key: str) -> dict[str, Any]:
        return dict(self._get(key, (dict,), {}))

    def _get(self, key: str, kinds: tuple[type, ...], default: Any) -> Any:
        value = self.values.get(key)
        if value is None:
            value = default
        if value is None:
            raise InputError(f"the config needs {key}", where=Where(self.file, node=key))
        if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds):
            raise InputError(f"{key} should be {kinds[-1].__name__}, found {str(value)[:60]!r}", where=Where(self.file, node=key))
        return value

    def unsupported(self, key: str, what: str, mend: str = "") -> UnsupportedError:
        return UnsupportedError(what, where=Where(self.file, node=key), mend=mend)


def _family(keys: Keys) -> Family:
    kind = keys.text("model_type", "")
    if kind not in FAMILIES:
        nested = " (a model of several parts)" if "text_config" in keys.values else ""
        raise keys.unsupported("model_type", f"the architecture {kind!r}{nested} has no front end", f"these are read: {', '.join(FAMILIES)}")
    return FAMILIES[kind]


def _decoder(keys: Keys, **more: Any) -> ModelConfig:
    """What all Llama-like decoders share."""
    heads, hidden = keys.int("num_attention_heads"), keys.int("hidden_size")
    defaults: dict[str, Any] = {
        "architecture": keys.text("model_type", ""), "family": "decoder", "layers": keys.int("num_hidden_layers"), "hidden": hidden, "heads": heads,
        "kv_heads": keys.int("num_key_value_heads", heads), "head_dim": keys.int("head_dim", hidden // max(1, heads)), "vocab": keys.int("vocab_size"),
        "context": keys.int("max_position_embeddings", 0), "norm_eps": keys.float("rms_norm_eps", 1e-6), "activation": _activation(keys, "silu"),
        "rope_style": "neox", "rope_theta": _rope_theta(keys), "rope_scaling": _rope_scaling(keys), "tied_embeddings": keys.bool("tie_word_embeddings", False),
    }
    if "ffn" not in more and "experts" not in more:
        more["ffn"] = keys.int("intermediate_size")
    return ModelConfig(**(defaults | more))


def _activation(keys: Keys, default: str) -> str:
    name = keys.text("hidden_act", default)
    if name not in ACTIVATIONS:
        raise keys.unsupported("hidden_act", f"the activation {name!r}", f"known are {', '.join(ACTIVATIONS)}")
    return ACTIVATIONS[name]


def _llama(keys: Keys) -> ModelConfig:
    bias = keys.bool("attention_bias", False)
    return _decoder(keys, attention_bias=bias, output_bias=bias, mlp_bias=keys.bool("mlp_bias", False))


def _mistral(keys: Keys) -> ModelConfig:
    return _decoder(keys, sliding_window=keys.int("sliding_window", 0))


def _qwen2(keys: Keys) -> ModelConfig:
    return _decoder(keys, attention_bias=True, sliding_window=_qwen_window(keys))


def _qwen3(keys: Keys) -> ModelConfig:
    bias = keys.bool("attention_bias", False)
    return _decoder(keys, qk_norm=True, attention_bias=bias, output_bias=bias, sliding_window=_qwen_window(keys))


def _qwen_window(keys: Keys) -> int:
    """Qwen's window is off by default, and on only in the layers after `max_window_layers`."""
    if not keys.bool("use_sliding_window", False):
        return 0
    if keys.int("max_window_layers", 0) > 0:
        raise keys.unsupported("max_window_layers", "a sliding window in some layers only", "set use_sliding_window to false")
    return keys.int("sliding_window", 0)


def _mixtral(keys: Keys) -> ModelConfig:
    return _decoder(keys, experts=keys.int("num_local_experts"), top_k=keys.int("num_experts_per_tok"), expert_ffn=keys.int("intermediate_size"),
                    normalise_top_k=True, sliding_window=keys.int("sliding_window", 0))


def _qwen3_moe(keys: Keys) -> ModelConfig:
    step, dense = keys.int("decoder_sparse_step", 1), keys.values.get("mlp_only_layers") or []
    if not isinstance(dense, list) or dense != list(range(len(dense))) or (dense and step > 1):
        raise keys.unsupported("mlp_only_layers", f"dense layers {str(dense)[:60]} among the mixtures of experts", "only the first layers may be dense")
    bias = keys.bool("attention_bias", False)
    return _decoder(
        keys, qk_norm=True, attention_bias=bias, output_bias=bias, sliding_window=_qwen_window(keys), experts=keys.int("num_experts"),
        top_k=keys.int("num_experts_per_tok"), expert_ffn=keys.int("moe_intermediate_size"), ffn=keys.int("intermediate_size"),
        normalise_top_k=keys.bool("norm_topk_prob", False), first_dense=len(dense) or max(step, 1) - 1, moe_every=step,
    )


def _deepseek(keys: Keys) -> ModelConfig:
    """DeepSeek-V2 and V3 (arXiv 2412.19437): latent attention, a shared expert, the first layers dense."""
    nope, rope = keys.int("qk_nope_head_dim"), keys.int("qk_rope_head_dim")
    return _decoder(
        keys, head_dim=nope + rope, kv_heads=keys.int("num_attention_heads"), ffn=keys.int("intermediate_size"), experts=keys.int("n_routed_experts"),
        top_k=keys.int("num_experts_per_tok"), expert_ffn=keys.int("moe_intermediate_size"), shared_experts=keys.int("n_shared_experts", 0),
        first_dense=keys.int("first_k_dense_replace", 0), moe_every=keys.int("moe_layer_freq", 1), normalise_top_k=keys.bool("norm_topk_prob", False),
        scoring=keys.text("scoring_func", "softmax"), routed_scale=keys.float("routed_scaling_factor", 1.0), q_lora_rank=keys.int("q_lora_rank", 0),
        kv_lora_rank=keys.int("kv_lora_rank"), qk_nope_head_dim=nope, qk_rope_head_dim=rope, v_head_dim=keys.int("v_head_dim"), rope_style="interleaved",
    )


def _bert(keys: Keys) -> ModelConfig:
    heads, hidden = keys.int("num_attention_heads"), keys.int("hidden_size")
    if keys.text("position_embedding_type", "absolute") != "absolute":
        raise keys.unsupported("position_embedding_type", "relative positions in an encoder")
    return ModelConfig(
        architecture="bert", family="encoder", layers=keys.int("num_hidden_layers"), hidden=hidden, heads=heads, kv_heads=heads, head_dim=hidden // max(1, heads),
        ffn=keys.int("intermediate_size"), vocab=keys.int("vocab_size"), context=keys.int("max_position_embeddings"), norm="layernorm",
        norm_eps=keys.float("layer_norm_eps", 1e-12), activation=_activation(keys, "gelu"), gated=False, attention_bias=True, output_bias=True, mlp_bias=True,
        positions=keys.int("max_position_embeddings"), token_types=keys.int("type_vocab_size", 2), pooling="mean", normalise_embeddings=True,
    )


FAMILIES = {
    "llama": Family(_llama, DECODER_NAMES),
    "mistral": Family(_mistral, DECODER_NAMES),
    "qwen2": Family(_qwen2, DECODER_NAMES),
    "qwen3": Family(_qwen3, DECODER_NAMES),
    "mixtral": Family(_mixtral, DECODER_NAMES),
    "qwen3_moe": Family(_qwen3_moe, DECODER_NAMES),
    "deepseek_v2": Family(_deepseek, DECODER_NAMES),
    "deepseek_v3": Family(_deepseek, DECODER_NAMES),
    "bert": Family(_bert, BERT_NAMES),
}


def _rope_theta(keys: Keys) -> float:
    inside = Keys(keys.dict("rope_parameters"), keys.file)
    return inside.float("rope_theta", keys.float("rope_theta", 10000.0))


def _rope_scaling(keys: Keys) -> dict[str, Any]:
    """The config's scaling in the form of ir/rope.py."""
    scaling = Keys(keys.dict("rope_scaling") or keys.dict("rope_parameters"), keys.file)
    kind = scaling.text("rope_type", scaling.text("type", "default"))
    if kind == "default":
        return {}
    original = {"original_context": scaling.int("original_max_position_embeddings", keys.int("max_position_embeddings", 0))}
    factor = {"kind": kind, "factor": scaling.float("factor", 1.0)}
    match kind:
        case "linear":
            return factor
        case "llama3":
            return factor | original | {name: scaling.float(name, 1.0) for name in ("low_freq_factor", "high_freq_factor")}
        case "yarn":
            return factor | original | _yarn_options(scaling)
    raise keys.unsupported("rope_scaling", f"rotary scaling of the kind {kind!r}", "linear, llama3 and yarn can be read")


def _yarn_options(scaling: Keys) -> dict[str, float]:
    options = {name: scaling.float(name, 0.0) for name in ("beta_fast", "beta_slow", "attention_factor") if scaling.values.get(name) is not None}
    if scaling.values.get("mscale") and scaling.values.get("mscale_all_dim"):
        options.setdefault("attention_factor", _attention_factor(scaling, "mscale") / _attention_factor(scaling, "mscale_all_dim"))
    return options


def _attention_factor(scaling: Keys, key: str) -> float:
    """YaRN's factor (arXiv 2309.00071, equation 22) with DeepSeek's coefficient."""
    return 0.1 * scaling.float(key, 1.0) * math.log(max(1.0, scaling.float("factor", 1.0))) + 1


def _planned(config: ModelConfig, keys: Keys) -> list[dict[str, Any]]:
    """Weights without data, in the types that the config states."""
    base = keys.text("torch_dtype", keys.text("dtype", "bfloat16"))
    if base not in DTYPES:
        raise keys.unsupported("torch_dtype", f"weights of the type {base[:40]!r}", f"known are {', '.join(DTYPES)}")
    return rows_without_data(config, DTYPES[base], _quantised_dtype(keys))


def _quantised_dtype(keys: Keys) -> str:
    """The type of matrices quantised by quantization_config; empty without one."""
    quantised = Keys(keys.dict("quantization_config"), keys.file)
    if not quantised.values:
        return ""
    method = quantised.text("quant_method", "")
    if method in ("fp8", "fbgemm_fp8"):
        return "f8e4m3"
    bits = quantised.int("bits", 8 if quantised.bool("load_in_8bit", False) else 4)
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
    kind = "first" if modes.bool("pooling_mode_cls_token", False) else "mean"
    if kind == "mean" and not modes.bool("pooling_mode_mean_tokens", False):
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
        "tokenizer": str(tokenizer) if tokenizer.exists() else "", "chat_template": _chat_template(directory, settings),
        "eos": tuple(dict.fromkeys([*declared, *ends])), "bos": bos[0] if bos else None,
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
