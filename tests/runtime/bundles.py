"""Small bundles for the null driver: no weights, a tokenizer of whole words or of bytes, and an agent on request."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors

from intarsia import __version__

EOS = 0
CHAT = "{% for m in messages %}<{{ m['role'] }}> {{ m['content'] }} {% endfor %}<assistant> "


def byte_tokenizer(extra: tuple[str, ...] = ()) -> Tokenizer:
    """Byte-level BPE with no merges but those that make `extra` words one token; token 0 is the end of the text."""
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    vocab = {"<|end|>": EOS} | {char: i for i, char in enumerate(alphabet, 1)}
    merges: list[tuple[str, str]] = []
    for word in (text.replace(" ", "Ġ") for text in extra):
        for end in range(2, len(word) + 1):
            if word[:end] not in vocab:
                vocab[word[:end]] = len(vocab)
                merges.append((word[: end - 1], word[end - 1]))
    tokenizer = Tokenizer(models.BPE(vocab=vocab, merges=merges))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens(["<|end|>"])
    return tokenizer


def word_tokenizer(words: str) -> Tokenizer:
    """Whole words, lower-cased nowhere; [CLS] text [SEP] around, as encoders want."""
    vocab = {word: i for i, word in enumerate(["[UNK]", "[CLS]", "[SEP]", *dict.fromkeys(words.split())])}
    tokenizer = Tokenizer(models.WordLevel(vocab=vocab, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.post_processor = processors.TemplateProcessing(single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 1), ("[SEP]", 2)])
    return tokenizer


def decoder_entry(vocab: int, **deploy: Any) -> dict[str, Any]:
    """A decoder's entry in the manifest; keyword arguments change its deployment."""
    settings = {"policy": "fcfs_chunked_prefill", "page_tokens": 16, "kv_pages": 64, "max_batch_tokens": 32, "max_sequences": 4, "context": 512, "threads": 1} | deploy
    return {
        "family": "decoder", "object": "tiny.o", "weights": "tiny.weights", "tokenizer": "tiny.tokenizer.json", "chat_template": CHAT, "eos": [EOS], "bos": None,
        "config": {"architecture": "llama", "family": "decoder", "layers": 1, "hidden": 8, "vocab": vocab, "context": 512},
        "deploy": settings,
        "entries": {
            "prefill": {"symbol": "tiny_prefill", "max_rows": settings["max_batch_tokens"]}, "decode": {"symbol": "tiny_decode", "max_rows": settings["max_sequences"]},
        },
        "estimates": {"prefill_tokens_per_s": 1000.0, "tpot_s": 0.02},
    }  # fmt: skip


def encoder_entry(vocab: int) -> dict[str, Any]:
    return {
        "family": "encoder", "object": "mini.o", "weights": "mini.weights", "tokenizer": "mini.tokenizer.json",
        "config": {"architecture": "bert", "family": "encoder", "layers": 1, "hidden": 64, "vocab": vocab, "positions": 32},
        "deploy": {"policy": "fcfs_chunked_prefill", "page_tokens": 16, "kv_pages": 0, "max_batch_tokens": 64, "max_sequences": 4, "threads": 1},
        "entries": {"encode": {"symbol": "mini_encode", "max_rows": 64}}, "estimates": {"throughput_tokens_per_s": 4000.0},
    }  # fmt: skip


def write_bundle(directory: Path, *, agent: dict[str, Any] | None = None, encoder_words: str = "", extra: tuple[str, ...] = (), **deploy: Any) -> Path:
    """A bundle with the decoder "tiny", and the encoder "mini" if `encoder_words` are given."""
    directory.mkdir(parents=True, exist_ok=True)
    tokenizer = byte_tokenizer(extra)
    tokenizer.save(str(directory / "tiny.tokenizer.json"))
    entries = {"tiny": decoder_entry(tokenizer.get_vocab_size(), **deploy)}
    if encoder_words:
        words = word_tokenizer(encoder_words)
        words.save(str(directory / "mini.tokenizer.json"))
        entries["mini"] = encoder_entry(words.get_vocab_size())
    if agent is not None:
        (directory / "agent.json").write_text(json.dumps(agent))
    write_manifest(directory, entries, agent is not None)
    return directory


def write_manifest(directory: Path, entries: dict[str, Any], agent: bool) -> None:
    files = {path.name: {"bytes": path.stat().st_size} for path in directory.iterdir() if path.name != "manifest.json" and path.is_file()}
    manifest = {
        "schema": 1, "intarsia": __version__, "wheel": "none", "target": {"machine": os.uname().machine, "isa": "portable", "features": []},
        "files": files, "models": entries, "agent": "agent.json" if agent else None,
    }  # fmt: skip
    (directory / "manifest.json").write_text(json.dumps(manifest))
