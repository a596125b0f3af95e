"""How each Hugging Face `config.json` reads as sizes. A model family is one entry of `FAMILIES`: this function, and its tensors' names."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from intarsia.compiler.frontends.hf_names import BERT_NAMES, DECODER_NAMES
from intarsia.errors import InputError, UnsupportedError, Where
from intarsia.ir.model import ModelConfig

ACTIVATIONS = {"silu": "silu", "swish": "silu", "gelu": "gelu", "gelu_new": "gelu_tanh", "gelu_pytorch_tanh": "gelu_tanh", "relu": "relu"}


@dataclass(frozen=True)
class Keys:
    """A config.json with checked access. `file` is for messages."""

    values: dict[str, Any]
    file: str

    def integer(self, key: str, default: int | None = None) -> int:
        return int(self._get(key, (int,), default))

    def number(self, key: str, default: float) -> float:
        value = self._get(key, (int, float), default)
        try:
            return float(value)
        except OverflowError:
            raise InputError(f"{key} is too large", where=Where(self.file, node=key)) from None

    def flag(self, key: str, default: bool) -> bool:
        return bool(self._get(key, (bool,), default))

    def text(self, key: str, default: str) -> str:
        return str(self._get(key, (str,), default))

    def table(self, key: str) -> dict[str, Any]:
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


@dataclass(frozen=True)
class Family:
    """How configs of some `model_type`s read, and their tensor names -> canonical names."""

    config: Callable[[Keys], ModelConfig]
    names: dict[str, str]


def family_of(keys: Keys) -> Family:
    """The family of the config's `model_type`. Raises UnsupportedError for another one."""
    kind = keys.text("model_type", "")
    if kind not in FAMILIES:
        nested = " (a model of several parts)" if "text_config" in keys.values else ""
        raise keys.unsupported(
            "model_type", f"the architecture {kind!r}{nested} has no front end", f"these are read: {', '.join(FAMILIES)}"
        )
    return FAMILIES[kind]


def _decoder(keys: Keys, **more: Any) -> ModelConfig:
    """What all Llama-like decoders share."""
    heads, hidden = keys.integer("num_attention_heads"), keys.integer("hidden_size")
    defaults: dict[str, Any] = {
        "architecture": keys.text("model_type", ""),
        "family": "decoder",
        "layers": keys.integer("num_hidden_layers"),
        "hidden": hidden,
        "heads": heads,
        "kv_heads": keys.integer("num_key_value_heads", heads),
        "head_dim": keys.integer("head_dim", hidden // max(1, heads)),
        "vocab": keys.integer("vocab_size"),
        "context": keys.integer("max_position_embeddings", 0),
        "norm_eps": keys.number("rms_norm_eps", 1e-6),
        "activation": _activation(keys, "silu"),
        "rope_style": "neox",
        "rope_theta": _rope_theta(keys),
        "rope_scaling": _rope_scaling(keys),
        "tied_embeddings": keys.flag("tie_word_embeddings", False),
    }
    if "ffn" not in more and "experts" not in more:
        more["ffn"] = keys.integer("intermediate_size")
    return ModelConfig(**(defaults | more))


def _activation(keys: Keys, default: str) -> str:
    name = keys.text("hidden_act", default)
    if name not in ACTIVATIONS:
        raise keys.unsupported("hidden_act", f"the activation {name!r}", f"known are {', '.join(ACTIVATIONS)}")
    return ACTIVATIONS[name]


def _llama(keys: Keys) -> ModelConfig:
    bias = keys.flag("attention_bias", False)
    return _decoder(keys, attention_bias=bias, output_bias=bias, mlp_bias=keys.flag("mlp_bias", False))


def _mistral(keys: Keys) -> ModelConfig:
    return _decoder(keys, sliding_window=keys.integer("sliding_window", 0))


def _qwen2(keys: Keys) -> ModelConfig:
    return _decoder(keys, attention_bias=True, sliding_window=_qwen_window(keys))


def _qwen3(keys: Keys) -> ModelConfig:
    bias = keys.flag("attention_bias", False)
    return _decoder(keys, qk_norm=True, attention_bias=bias, output_bias=bias, sliding_window=_qwen_window(keys))


def _qwen_window(keys: Keys) -> int:
    """Qwen's window is off by default, and on only in the layers after `max_window_layers`."""
    if not keys.flag("use_sliding_window", False):
        return 0
    if keys.integer("max_window_layers", 0) > 0:
        raise keys.unsupported("max_window_layers", "a sliding window in some layers only", "set use_sliding_window to false")
    return keys.integer("sliding_window", 0)


def _mixtral(keys: Keys) -> ModelConfig:
    return _decoder(
        keys,
        experts=keys.integer("num_local_experts"),
        top_k=keys.integer("num_experts_per_tok"),
        expert_ffn=keys.integer("intermediate_size"),
        normalise_top_k=True,
        sliding_window=keys.integer("sliding_window", 0),
    )


def _qwen3_moe(keys: Keys) -> ModelConfig:
    step, dense = keys.integer("decoder_sparse_step", 1), keys.values.get("mlp_only_layers") or []
    if not isinstance(dense, list) or dense != list(range(len(dense))) or (dense and step > 1):
        raise keys.unsupported(
            "mlp_only_layers", f"dense layers {str(dense)[:60]} among the mixtures of experts", "only the first layers may be dense"
        )
    bias = keys.flag("attention_bias", False)
    return _decoder(
        keys,
        qk_norm=True,
        attention_bias=bias,
        output_bias=bias,
        sliding_window=_qwen_window(keys),
        experts=keys.integer("num_experts"),
        top_k=keys.integer("num_experts_per_tok"),
        expert_ffn=keys.integer("moe_intermediate_size"),
        ffn=keys.integer("intermediate_size"),
        normalise_top_k=keys.flag("norm_topk_prob", False),
        first_dense=len(dense) or max(step, 1) - 1,
        moe_every=step,
    )


def _deepseek(keys: Keys) -> ModelConfig:
    """DeepSeek-V2 and V3 (arXiv 2412.19437): latent attention, a shared expert, the first layers dense."""
    nope, rope = keys.integer("qk_nope_head_dim"), keys.integer("qk_rope_head_dim")
    return _decoder(
        keys,
        head_dim=nope + rope,
        kv_heads=keys.integer("num_attention_heads"),
        ffn=keys.integer("intermediate_size"),
        experts=keys.integer("n_routed_experts"),
        top_k=keys.integer("num_experts_per_tok"),
        expert_ffn=keys.integer("moe_intermediate_size"),
        shared_experts=keys.integer("n_shared_experts", 0),
        first_dense=keys.integer("first_k_dense_replace", 0),
        moe_every=keys.integer("moe_layer_freq", 1),
        normalise_top_k=keys.flag("norm_topk_prob", False),
        scoring=keys.text("scoring_func", "softmax"),
        routed_scale=keys.number("routed_scaling_factor", 1.0),
        q_lora_rank=keys.integer("q_lora_rank", 0),
        kv_lora_rank=keys.integer("kv_lora_rank"),
        qk_nope_head_dim=nope,
        qk_rope_head_dim=rope,
        v_head_dim=keys.integer("v_head_dim"),
        rope_style="interleaved",
    )


def _bert(keys: Keys) -> ModelConfig:
    heads, hidden = keys.integer("num_attention_heads"), keys.integer("hidden_size")
    if keys.text("position_embedding_type", "absolute") != "absolute":
        raise keys.unsupported("position_embedding_type", "relative positions in an encoder")
    return ModelConfig(
        architecture="bert",
        family="encoder",
        layers=keys.integer("num_hidden_layers"),
        hidden=hidden,
        heads=heads,
        kv_heads=heads,
        head_dim=hidden // max(1, heads),
        ffn=keys.integer("intermediate_size"),
        vocab=keys.integer("vocab_size"),
        context=keys.integer("max_position_embeddings"),
        norm="layernorm",
        norm_eps=keys.number("layer_norm_eps", 1e-12),
        activation=_activation(keys, "gelu"),
        gated=False,
        attention_bias=True,
        output_bias=True,
        mlp_bias=True,
        positions=keys.integer("max_position_embeddings"),
        token_types=keys.integer("type_vocab_size", 2),
        pooling="mean",
        normalise_embeddings=True,
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
    inside = Keys(keys.table("rope_parameters"), keys.file)
    return inside.number("rope_theta", keys.number("rope_theta", 10000.0))


def _rope_scaling(keys: Keys) -> dict[str, Any]:
    """The config's scaling in the form of ir/rope.py."""
    scaling = Keys(keys.table("rope_scaling") or keys.table("rope_parameters"), keys.file)
    kind = scaling.text("rope_type", scaling.text("type", "default"))
    if kind == "default":
        return {}
    original = {"original_context": scaling.integer("original_max_position_embeddings", keys.integer("max_position_embeddings", 0))}
    factor = {"kind": kind, "factor": scaling.number("factor", 1.0)}
    match kind:
        case "linear":
            return factor
        case "llama3":
            return factor | original | {name: scaling.number(name, 1.0) for name in ("low_freq_factor", "high_freq_factor")}
        case "yarn":
            return factor | original | _yarn_options(scaling)
    raise keys.unsupported("rope_scaling", f"rotary scaling of the kind {kind!r}", "linear, llama3 and yarn can be read")


def _yarn_options(scaling: Keys) -> dict[str, float]:
    options = {
        name: scaling.number(name, 0.0) for name in ("beta_fast", "beta_slow", "attention_factor") if scaling.values.get(name) is not None
    }
    if scaling.values.get("mscale") and scaling.values.get("mscale_all_dim"):
        options.setdefault("attention_factor", _attention_factor(scaling, "mscale") / _attention_factor(scaling, "mscale_all_dim"))
    return options


def _attention_factor(scaling: Keys, key: str) -> float:
    """YaRN's factor (arXiv 2309.00071, equation 22) with DeepSeek's coefficient."""
    return 0.1 * scaling.number(key, 1.0) * math.log(max(1.0, scaling.number("factor", 1.0))) + 1
