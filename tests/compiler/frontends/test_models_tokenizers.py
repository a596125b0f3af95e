"""Tokenizers built from GGUF vocabularies. SMOLLM2 and SENTENCEPIECE are also llama.cpp's tokens."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from models import tiny_gguf, tiny_hf
from tokenizers import Tokenizer

from intarsia.compiler.frontends import tokenizers
from intarsia.compiler.frontends.models import add_model
from intarsia.errors import InputError, UnsupportedError
from intarsia.ir.module import Builder, Module, attribute, set_attributes

TEXT = "I'LL pay 12345 getURL\n\n  x"
SPLITS = {
    "gpt-2": "I ' LL _pay _12345 _getURL ĊĊ_ _x",
    "smollm": "I ' LL _pay _ 1 2 3 4 5 _getURL ĊĊ_ _x",
    "qwen2": "I 'LL _pay _ 1 2 3 4 5 _getURL ĊĊ _ _x",
    "llama-bpe": "I 'LL _pay _ 123 45 _getURL ĊĊ _ _x",
    "tekken": "I 'LL _pay _ 1 2 3 4 5 _get URL ĊĊ _ _x",
}
SENTENCEPIECE = ["<s>", "▁t", "he", "▁c", "at", "<0x27>", "s", "▁", "▁", "<0x31>", "<0x0A>", "▁", "h", "at", "▁", "<0xC3>", "<0xA9>"]
SMOLLM2 = [1, 4093, 198, 1780, 506, 216, 33, 34, 35, 36, 1232, 216, 37, 38, 47, 5549, 246, 94, 25972, 83, 7466, 84, 2756, 3805, 1792, 2]


def exported(path: Path, folder: Path) -> Tokenizer:
    module = Module.create("agent")
    add_model(Builder(module), "m", str(path))
    assert tokenizers.export(module.find("llm.model", "m"), folder / "m.tokenizer.json")
    return Tokenizer.from_file(str(folder / "m.tokenizer.json"))


def test_smollm2(smollm2: Path, tmp_path: Path) -> None:
    tokenizer = exported(smollm2, tmp_path)
    text = "<|im_start|>user\nWhat's 1234 + 56? Ünïcödé\n  x<|im_end|>"
    assert tokenizer.encode(text).ids == SMOLLM2
    assert tokenizer.decode(SMOLLM2, skip_special_tokens=False) == text


@pytest.mark.parametrize("kind", SPLITS)
def test_ways_of_splitting(kind: str, tmp_path: Path) -> None:
    tokenizer = exported(tiny_gguf(tmp_path / "m.gguf", tokenizer=kind), tmp_path)
    pieces = [piece.replace("Ġ", "_") for piece, _ in tokenizer.pre_tokenizer.pre_tokenize_str(TEXT)]
    assert " ".join(pieces) == SPLITS[kind]
    assert tokenizer.decode(tokenizer.encode(TEXT).ids) == TEXT


def test_sentencepiece(tmp_path: Path) -> None:
    tokenizer = exported(tiny_gguf(tmp_path / "m.gguf", tokenizer="spm"), tmp_path)
    found = tokenizer.encode("the cat's  1\n hat é")
    assert found.tokens == SENTENCEPIECE
    assert tokenizer.decode(found.ids) == "the cat's  1\n hat é"


def test_special_tokens_are_found_in_text(tmp_path: Path) -> None:
    tokenizer = tokenizers.build(tiny_gguf(tmp_path / "m.gguf"))
    assert tokenizer.encode("<|im_start|>the<|im_end|>").tokens[::2] == ["<|im_start|>", "<|im_end|>"]
    assert tokenizer.decode(tokenizer.encode("<|im_start|>the<|im_end|>").ids) == "the"


def test_bos_is_added_where_the_file_says_so(tmp_path: Path) -> None:
    spm = tokenizers.build(tiny_gguf(tmp_path / "m.gguf", tokenizer="spm"))
    assert spm.encode("a").ids[0] == 1 and spm.encode("a", add_special_tokens=False).ids[0] != 1


def test_directories_bring_their_own_without_padding(tmp_path: Path) -> None:
    path = tiny_hf(tmp_path / "m", "bert")
    padded = Tokenizer.from_file(str(path / "tokenizer.json"))
    padded.enable_padding(length=64)
    padded.enable_truncation(4)
    padded.save(str(path / "tokenizer.json"))
    assert exported(path, tmp_path).encode("the cat sat on the mat").tokens == ["[CLS]", "the", "cat", "sat", "on", "the", "mat", "[SEP]"]


def test_minilm(minilm: Path, tmp_path: Path) -> None:
    assert exported(minilm, tmp_path).encode("hello world").ids == [101, 7592, 2088, 102]


def test_a_model_without_a_tokenizer_exports_none(tmp_path: Path) -> None:
    module = Module.create("agent")
    add_model(Builder(module), "m", str(tiny_gguf(tmp_path / "m.gguf", tokenizer="none")))
    assert not tokenizers.export(module.find("llm.model", "m"), tmp_path / "t.json")
    assert not (tmp_path / "t.json").exists()


def test_unknown_kinds_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UnsupportedError, match="split the way of 'runes'"):
        tokenizers.build(tiny_gguf(tmp_path / "m.gguf", tokenizer="runes"))


@pytest.mark.parametrize("content", ["{", "[]", json.dumps({"version": "1.0"})])
def test_a_damaged_tokenizer_json(content: str, tmp_path: Path) -> None:
    path = tmp_path / "tokenizer.json"
    path.write_text(content)
    with pytest.raises(InputError, match=r"tokenizer\.json: cannot read the tokenizer"):
        tokenizers.build(path)


def test_a_tokenizer_of_another_model(tmp_path: Path) -> None:
    module = Module.create("agent")
    add_model(Builder(module), "m", str(tiny_hf(tmp_path / "m", "bert")))
    op = module.find("llm.model", "m")
    set_attributes(op, config=attribute(op, "config") | {"vocab": 40})
    with pytest.raises(InputError, match="tokens, but the model embeds 40"):
        tokenizers.export(op, tmp_path / "t.json")
