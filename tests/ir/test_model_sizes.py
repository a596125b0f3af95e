"""ModelConfig and the table of weights: they agree with each other, and wrong values are refused with a sentence."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intarsia.ir.model import ModelConfig
from intarsia.ir.rope import frequencies
from intarsia.ir.weights import table

SIZES: dict[str, Any] = {
    "architecture": "x",
    "family": "decoder",
    "layers": 2,
    "hidden": 64,
    "heads": 4,
    "kv_heads": 2,
    "head_dim": 16,
    "ffn": 96,
    "vocab": 100,
    "rope_style": "neox",
    "rope_theta": 1e4,
}


@st.composite
def configs(draw: st.DrawFn) -> ModelConfig:
    small, flag = st.integers(1, 8), st.booleans()
    kv_heads, experts, mla = draw(small), draw(st.integers(0, 4)), draw(flag)
    encoder = draw(flag)
    values: dict[str, Any] = {
        "architecture": "x",
        "family": "encoder" if encoder else "decoder",
        "layers": draw(small),
        "hidden": draw(small),
        "kv_heads": kv_heads,
        "heads": kv_heads * draw(small),
        "head_dim": 2 * draw(small),
        "ffn": draw(small),
        "vocab": draw(small),
        "norm": draw(st.sampled_from(["rmsnorm", "layernorm"])),
        "gated": draw(flag),
        "qk_norm": draw(flag),
        "attention_bias": draw(flag),
        "output_bias": draw(flag),
        "mlp_bias": draw(flag),
        "tied_embeddings": draw(flag),
        "positions": draw(st.integers(0, 4)),
        "token_types": draw(st.integers(0, 2)),
    }
    if experts:
        values |= {
            "experts": experts,
            "top_k": 1,
            "expert_ffn": draw(small),
            "first_dense": draw(st.integers(0, 3)),
            "moe_every": draw(st.integers(1, 3)),
            "shared_experts": draw(st.integers(0, 2)),
            "scoring": draw(st.sampled_from(["softmax", "sigmoid"])),
        }
    if mla:
        values |= {
            "kv_lora_rank": draw(small),
            "q_lora_rank": draw(st.integers(0, 4)),
            "qk_nope_head_dim": draw(small),
            "qk_rope_head_dim": draw(small),
            "v_head_dim": draw(small),
        }
    return ModelConfig(**values)


@given(configs())
def test_parameters_are_the_table_s_elements(config: ModelConfig) -> None:
    config.check()
    assert config.parameters() == sum(weight.elements for weight in table(config))
    assert len({weight.name for weight in table(config)}) == len(table(config))


@given(configs())
def test_a_config_survives_its_dictionary(config: ModelConfig) -> None:
    assert ModelConfig.from_dict(config.to_dict()) == config


def test_an_exported_torch_module_has_no_table() -> None:
    assert table(ModelConfig("block", "torch", 1)) == []


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"layers": 0}, "config.layers must be greater than zero"),
        ({"layers": 10**9}, "config.layers must be at most"),
        ({"hidden": -1}, "config.hidden must lie between"),
        ({"heads": 3}, "must be a multiple of config.kv_heads"),
        ({"ffn": 0}, "config.ffn must be greater than zero"),
        ({"experts": 4, "top_k": 5, "expert_ffn": 8}, "config.top_k"),
        ({"experts": 4, "top_k": 2}, "config.expert_ffn must be greater"),
        ({"rope_style": "spiral"}, "config.rope_style is 'spiral'"),
        ({"rope_theta": 0.0}, "rotary positions need"),
        ({"head_dim": 15}, "rotary positions need"),
        ({"norm_eps": math.nan}, "config.norm_eps must be a finite number"),
        ({"norm_eps": 0.0}, "must be greater than zero"),
        ({"activation": "swoosh"}, "config.activation is 'swoosh'"),
        ({"family": "oracle"}, "config.family is 'oracle'"),
    ],
)
def test_wrong_sizes_are_refused(change: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        ModelConfig(**(SIZES | change)).check()


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"hidden": "64"}, "config.hidden should be int"),
        ({"layers": True}, "config.layers should be int"),
        ({"depth": 3}, "unknown field 'depth'"),
        ({"rope_theta": "fast"}, "should be float"),
    ],
)
def test_wrong_fields_are_refused(change: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        ModelConfig.from_dict(SIZES | change)


def test_llama3_scaling_keeps_short_waves_and_stretches_long_ones() -> None:
    scaling = {"kind": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0, "original_context": 8192}
    plain, _ = frequencies(128, 500000.0)
    scaled, factor = frequencies(128, 500000.0, scaling)
    assert factor == 1.0 and scaled[0] == plain[0] and scaled[-1] == plain[-1] / 8
    assert all(p / 8 <= s <= p for s, p in zip(scaled, plain, strict=True))


def test_yarn_scaling() -> None:
    """Published for Qwen's factor 4: cos and sin grow by 0.1 ln 4 + 1."""
    plain, _ = frequencies(128, 1e6)
    scaled, factor = frequencies(128, 1e6, {"kind": "yarn", "factor": 4.0, "original_context": 32768})
    assert factor == pytest.approx(0.1 * math.log(4) + 1)
    assert scaled[0] == plain[0] and scaled[-1] == pytest.approx(plain[-1] / 4)


def test_an_unknown_scaling_is_refused() -> None:
    with pytest.raises(ValueError, match="choose one of linear, llama3, yarn, factors"):
        frequencies(8, 1e4, {"kind": "magic"})


@pytest.mark.parametrize(
    ("scaling", "sentence"),
    [
        ({"kind": "magic"}, "has the kind 'magic'"),
        ({"kind": "llama3", "factor": 8.0}, "needs low_freq_factor, high_freq_factor, original_context"),
        ({"kind": "linear", "factor": 0.0}, "greater than zero, found 0.0"),
        ({"kind": "linear", "factor": 2.0, "twist": 1.0}, "unknown field 'twist'"),
        ({"kind": "factors", "factors": [1.0]}, "needs 8 factors"),
    ],
)
def test_wrong_scalings_are_refused(scaling: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        ModelConfig(**(SIZES | {"rope_scaling": scaling})).check()
