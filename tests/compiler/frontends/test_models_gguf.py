"""GGUF models: sizes, places of tensors, and what the metadata says."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from models import CHAT, tiny_gguf

from intarsia.compiler.frontends import gguf, gguf_models
from intarsia.errors import InputError, UnsupportedError
from intarsia.ir.dialects.llm import WEIGHT_TYPES


def test_smollm2(smollm2: Path) -> None:
    facts = gguf_models.load(smollm2)
    c = facts.config
    assert (c.layers, c.hidden, c.heads, c.kv_heads, c.head_dim, c.ffn, c.vocab, c.context) == (30, 576, 9, 3, 64, 1536, 49152, 8192)
    assert (c.rope_style, c.rope_theta, c.norm_eps, c.tied_embeddings) == ("interleaved", 100000.0, 1e-5, True)
    assert c.parameters() == 134515008 and facts.eos[0] == 2 and "<|im_start|>" in facts.chat_template
    assert {row["dtype"] for row in facts.weights} == {"f32", "q8_0", "q4_1"} and len(facts.weights) == 11


def test_places_are_those_of_the_reference_reader(tmp_path: Path) -> None:
    from gguf import GGUFReader

    path = tiny_gguf(tmp_path / "m.gguf", "qwen3moe", types={"": "q4_1", "attn_q": "q8_0", "embd": "f16"})
    ours = {tensor.name: tensor for tensor in gguf.read(path).tensors}
    for theirs in GGUFReader(path).tensors:
        found = ours.pop(theirs.name)
        assert (found.offset, found.nbytes, found.shape) == (theirs.data_offset, theirs.n_bytes, tuple(int(n) for n in theirs.shape[::-1]))
        assert found.dtype == theirs.tensor_type.name.lower()
    assert not ours


@pytest.mark.parametrize("kind", ["f32", "f16", "bf16", "q8_0", "q4_0", "q4_1", "q4_k", "q6_k"])
def test_tensor_types(kind: str, tmp_path: Path) -> None:
    facts = gguf_models.load(tiny_gguf(tmp_path / "m.gguf", hidden=256, ffn=256, types=kind))
    assert {row["dtype"] for row in facts.weights if len(row["shape"]) > 1} == {kind} and kind in WEIGHT_TYPES


@pytest.mark.parametrize("kind", ["q5_0", "q5_1", "tq1_0"])
def test_other_tensor_types_are_refused(kind: str, tmp_path: Path) -> None:
    path = tiny_gguf(tmp_path / "m.gguf", hidden=256, ffn=256, types={"ffn_up": kind, "": "q8_0"})
    with pytest.raises(UnsupportedError, match=rf"m\.gguf, blk\.0\.ffn_up\.weight: the tensor has the type {kind}"):
        gguf_models.load(path)


def test_one_row_for_each_type_of_a_mix(tmp_path: Path) -> None:
    facts = gguf_models.load(
        tiny_gguf(tmp_path / "m.gguf", layers=4, hidden=256, ffn=256, types={"blk.1.ffn_down": "q6_k", "blk.3.ffn_down": "q6_k", "": "q4_k"})
    )
    mixed = [(row["dtype"], row["layers"], len(row["offsets"])) for row in facts.weights if row["name"] == "blk.{}.ffn_down.weight"]
    assert mixed == [("q4_k", [0, 2], 2), ("q6_k", [1, 3], 2)]


@pytest.mark.parametrize(
    ("arch", "style", "qk_norm", "bias"),
    [("llama", "interleaved", False, False), ("qwen2", "neox", False, True), ("qwen3", "neox", True, False), ("qwen3moe", "neox", True, False)],
)
def test_families(arch: str, style: str, qk_norm: bool, bias: bool, tmp_path: Path) -> None:
    c = gguf_models.load(tiny_gguf(tmp_path / "m.gguf", arch)).config
    assert (c.rope_style, c.qk_norm, c.attention_bias, bool(c.experts)) == (style, qk_norm, bias, arch == "qwen3moe")


def test_mixtral(tmp_path: Path) -> None:
    facts = gguf_models.load(tiny_gguf(tmp_path / "m.gguf", experts=4))
    row = next(row for row in facts.weights if row["name"] == "blk.{}.ffn_gate_exps.weight")
    assert row["shape"] == [4, 96, 64] and len(row["offsets"]) == 2 and "experts" not in row
    assert (facts.config.experts, facts.config.top_k, facts.config.expert_ffn, facts.config.ffn, facts.config.normalise_top_k) == (4, 2, 96, 0, True)


def test_experts_in_tensors_of_their_own() -> None:
    assert gguf_models._place("blk.3.ffn_down.7.weight") == gguf_models.Place("blk.{}.ffn_down_exps.weight", 3, 7)


def test_untied_head(tmp_path: Path) -> None:
    facts = gguf_models.load(tiny_gguf(tmp_path / "m.gguf", tied=False))
    assert not facts.config.tied_embeddings and facts.weights[-1]["name"] == "output.weight"


def test_rope_scalings(tmp_path: Path) -> None:
    factors = gguf_models.load(tiny_gguf(tmp_path / "a.gguf", rope_freqs=True)).config.rope_scaling
    assert factors["kind"] == "factors" and factors["factors"] == pytest.approx(np.linspace(1, 8, 8).tolist())
    yarn = {"llama.rope.scaling.type": "yarn", "llama.rope.scaling.factor": 4.0, "llama.rope.scaling.original_context_length": 128}
    assert gguf_models.load(tiny_gguf(tmp_path / "b.gguf", metadata=yarn)).config.rope_scaling == {"kind": "yarn", "factor": 4.0, "original_context": 128}
    with pytest.raises(UnsupportedError, match="'longrope'"):
        gguf_models.load(tiny_gguf(tmp_path / "c.gguf", metadata={"llama.rope.scaling.type": "longrope"}))


def test_rotation_of_part_of_a_head_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnsupportedError, match="8 of 16 elements"):
        gguf_models.load(tiny_gguf(tmp_path / "m.gguf", metadata={"llama.rope.dimension_count": 8}))


def test_text_facts(tmp_path: Path) -> None:
    facts = gguf_models.load(tiny_gguf(tmp_path / "m.gguf"))
    assert facts.name == "tiny llama" and facts.chat_template == CHAT and facts.bos == 1
    assert facts.eos == (2, 0), "the declared one, then <|endoftext|>"
    bare = gguf_models.load(tiny_gguf(tmp_path / "bare.gguf", tokenizer="none"))
    assert (bare.tokenizer, bare.eos, bare.bos) == ("", (), None)


def test_other_architectures_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UnsupportedError, match="'gemma' has no front end"):
        gguf_models.load(tiny_gguf(tmp_path / "m.gguf", "gemma"))


@pytest.mark.parametrize(
    ("metadata", "sentence"),
    [
        ({"llama.feed_forward_length": 256}, r"shape \[128, 64\], but the config asks for \[256, 64\]"),
        ({"llama.attention.head_count": 5}, "must be a multiple"),
        ({"llama.block_count": 3}, r"the tensor blk\.2\.attn_norm\.weight is missing"),
        ({"llama.block_count": "two"}, "llama.block_count should be int, found two"),
        ({"llama.rope.freq_base": float("nan")}, "finite number"),
        ({"split.count": 2}, "several files"),
    ],
)
def test_sizes_that_disagree(metadata: dict[str, object], sentence: str, tmp_path: Path) -> None:
    path = tiny_gguf(tmp_path / "m.gguf")
    changed = rewritten(path, metadata)
    with pytest.raises((InputError, UnsupportedError), match=sentence):
        gguf_models.load(changed)


def rewritten(path: Path, metadata: dict[str, object]) -> Path:
    """The file with some of its metadata replaced."""
    from gguf import GGUFReader, GGUFValueType, GGUFWriter

    reader, out = GGUFReader(path), path.with_name("changed.gguf")
    writer = GGUFWriter(out, "llama")
    for name, field in reader.fields.items():
        if not name.startswith("GGUF.") and name != "general.architecture" and name not in metadata:
            kind = field.types[0]
            writer.add_key_value(name, field.contents(), kind, field.types[-1] if kind == GGUFValueType.ARRAY else None)
    for name, value in metadata.items():
        kind = {int: GGUFValueType.UINT32, float: GGUFValueType.FLOAT32, str: GGUFValueType.STRING}[type(value)]
        writer.add_key_value(name, value, kind)
    for tensor in reader.tensors:
        writer.add_tensor(tensor.name, tensor.data, raw_dtype=tensor.tensor_type)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return out
