"""A model's tokenizer as a `tokenizer.json`: copied from a Hugging Face directory, or built from a GGUF vocabulary."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from intarsia.compiler.frontends import gguf
from intarsia.compiler.frontends.gguf import GgufFile
from intarsia.errors import InputError, UnsupportedError, Where
from intarsia.ir.module import attribute

if TYPE_CHECKING:
    from tokenizers import Tokenizer

UNKNOWN, CONTROL, USER_DEFINED = 2, 3, 4
"""Kinds of tokens in a GGUF vocabulary."""

LLAMA3 = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
QWEN2 = LLAMA3.replace(r"\p{N}{1,3}", r"\p{N}")
TEKKEN = (
    r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*"
    r"|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
SPLITS = {
    "llama-bpe": LLAMA3,
    "llama3": LLAMA3,
    "llama-v3": LLAMA3,
    "qwen2": QWEN2,
    "deepseek-r1-qwen": QWEN2,
    "tekken": TEKKEN,
    "gpt-2": None,
    "default": None,
    "smollm": None,
}
"""How texts split before byte-pair encoding, by `tokenizer.ggml.pre` (after llama.cpp's src/llama-vocab.cpp); None is GPT-2's way."""

WHOLE_WORDS = ("llama-bpe", "llama3", "llama-v3", "tekken")
"""Vocabularies that take a word as a token before they try merges, and begin a text with BOS unless told otherwise."""


def export(model: Any, path: str | Path) -> bool:
    """Writes the tokenizer of an `llm.model` operation to `path`; False when the model has none.

    Raises InputError for a damaged vocabulary, UnsupportedError for a kind that can't be built.
    """
    source, vocab = attribute(model, "tokenizer", ""), attribute(model, "config")["vocab"]
    if not source:
        return False
    tokenizer = build(source)
    tokens = tokenizer.get_vocab_size(with_added_tokens=False)
    if tokens > vocab:
        raise InputError(
            f"the tokenizer has {tokens} tokens, but the model embeds {vocab}", where=Where(source), mend="it belongs to another model"
        )
    tokenizer.save(str(path))
    return True


def build(source: str | Path) -> Tokenizer:
    """The tokenizer in a tokenizer.json or a GGUF file, without padding or truncation."""
    if Path(source).suffix == ".gguf":
        return _guarded(lambda: _from_gguf(gguf.read(source)), str(source))
    return _guarded(lambda: _from_json(str(source)), str(source))


def _guarded(make: Callable[[], Tokenizer], source: str) -> Tokenizer:
    try:
        return make()
    except (InputError, UnsupportedError):
        raise
    except Exception as error:  # the tokenizers wheel raises bare Exception
        raise InputError(f"cannot read the tokenizer: {error}", where=Where(source), mend="fetch the model's files again") from None


def _from_json(path: str) -> Tokenizer:
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(path)
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return tokenizer


def _from_gguf(file: GgufFile) -> Tokenizer:
    kind = file.get("tokenizer.ggml.model", str, "")
    makers = {"gpt2": _byte_level, "llama": _sentencepiece}
    if kind not in makers:
        raise UnsupportedError(
            f"a tokenizer of the kind {kind!r}",
            where=Where(file.path, node="tokenizer.ggml.model"),
            mend=f"these can be built: {', '.join(makers)}",
        )
    tokens = file.strings("tokenizer.ggml.tokens")
    tokenizer = makers[kind](file, tokens)
    _add_special(tokenizer, file, tokens)
    _begin_with_bos(tokenizer, file, tokens, default=kind == "llama" or file.get("tokenizer.ggml.pre", str, "") in WHOLE_WORDS)
    return tokenizer


def _byte_level(file: GgufFile, tokens: list[str]) -> Tokenizer:
    """Byte-pair encoding over bytes (GPT-2's kind)."""
    from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers

    pre = file.get("tokenizer.ggml.pre", str, "default")
    if pre not in SPLITS:
        raise UnsupportedError(
            f"texts split the way of {pre!r}",
            where=Where(file.path, node="tokenizer.ggml.pre"),
            mend=f"these are known: {', '.join(SPLITS)}",
        )
    merges = [_pair(text, file) for text in file.strings("tokenizer.ggml.merges")]
    tokenizer = Tokenizer(models.BPE(vocab=_vocabulary(tokens), merges=merges, ignore_merges=pre in WHOLE_WORDS))
    pattern = SPLITS[pre]
    before = (
        [pre_tokenizers.Digits(individual_digits=True)]
        if pre == "smollm"
        else [pre_tokenizers.Split(Regex(pattern), "isolated")]
        if pattern
        else []
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [*before, pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=pattern is None)]
    )
    tokenizer.decoder = decoders.ByteLevel()
    return tokenizer


def _pair(text: str, file: GgufFile) -> tuple[str, str]:
    left, space, right = text.partition(" ")
    if not (left and space and right):
        raise InputError(
            f"the merge {text[:40]!r} should be two tokens with a space between", where=Where(file.path, node="tokenizer.ggml.merges")
        )
    return left, right


def _vocabulary(tokens: list[str]) -> dict[str, int]:
    return {token: number for number, token in enumerate(tokens)}


def _sentencepiece(file: GgufFile, tokens: list[str]) -> Tokenizer:
    """Byte-pair encoding whose merges follow from the tokens' scores (SentencePiece's, as in Llama 2 and Mistral)."""
    from tokenizers import Tokenizer, decoders, models, normalizers

    scores = file.metadata.get("tokenizer.ggml.scores")
    if not isinstance(scores, np.ndarray) or len(scores) != len(tokens):
        raise InputError(
            "the metadata tokenizer.ggml.scores should hold a number for each token", where=Where(file.path, node="tokenizer.ggml.scores")
        )
    unknown = file.get("tokenizer.ggml.unknown_token_id", int, 0)
    model = models.BPE(
        vocab=_vocabulary(tokens),
        merges=_merges(tokens, scores.tolist()),
        unk_token=_text_of(unknown, tokens, file),
        fuse_unk=True,
        byte_fallback="<0x00>" in tokens,
    )
    tokenizer = Tokenizer(model)
    prefix = [normalizers.Prepend("▁")] if file.get("tokenizer.ggml.add_space_prefix", bool, True) else []
    tokenizer.normalizer = normalizers.Sequence([*prefix, normalizers.Replace(" ", "▁")])
    strip = [decoders.Strip(" ", 1, 0)] if prefix else []
    tokenizer.decoder = decoders.Sequence([decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), *strip])
    return tokenizer


def _merges(tokens: list[str], scores: list[float]) -> list[tuple[str, str]]:
    """Every way to put a token together from two others; higher scores first, then longer left parts."""
    vocabulary = _vocabulary(tokens)
    found = [
        (score, cut, token)
        for token, score in zip(tokens, scores, strict=True)
        for cut in range(1, len(token))
        if token[:cut] in vocabulary and token[cut:] in vocabulary
    ]
    found.sort(key=lambda entry: (entry[0], entry[1], len(entry[2])), reverse=True)
    return [(token[:cut], token[cut:]) for _, cut, token in found]


def _text_of(number: int, tokens: list[str], file: GgufFile) -> str:
    if not 0 <= number < len(tokens):
        raise InputError(
            f"the token {number} lies outside the vocabulary of {len(tokens)}",
            where=Where(file.path),
            mend="the file is damaged, or made by another tool",
        )
    return tokens[number]


def _add_special(tokenizer: Tokenizer, file: GgufFile, tokens: list[str]) -> None:
    from tokenizers import AddedToken

    kinds = file.metadata.get("tokenizer.ggml.token_type")
    if not isinstance(kinds, np.ndarray):
        return
    special = {UNKNOWN: True, CONTROL: True, USER_DEFINED: False}
    pairs = [(token, special[kind]) for token, kind in zip(tokens, kinds.tolist(), strict=False) if kind in special]
    tokenizer.add_special_tokens([AddedToken(token, normalized=False) for token, control in pairs if control])
    tokenizer.add_tokens([AddedToken(token, normalized=False) for token, control in pairs if not control])


def _begin_with_bos(tokenizer: Tokenizer, file: GgufFile, tokens: list[str], *, default: bool) -> None:
    from tokenizers import processors

    number = file.get("tokenizer.ggml.bos_token_id", int)
    if number is None or not file.get("tokenizer.ggml.add_bos_token", bool, default):
        return
    bos = _text_of(number, tokens, file)
    tokenizer.post_processor = processors.TemplateProcessing(
        single=[bos, "$A"], pair=[bos, "$A", bos, "$B"], special_tokens=[(bos, number)]
    )
