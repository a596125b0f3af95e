"""Tiny random models on disk, in the formats that real ones come in, each with a small working tokenizer.

    tiny_gguf(tmp_path / "m.gguf", arch="qwen3", types="q8_0")     tiny_hf(tmp_path / "m", arch="mixtral", dtype="BF16")

All are made from a seed, so that two calls with the same arguments write the same bytes.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import gguf
import ml_dtypes
import numpy as np
from gguf import quants
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors

SPECIAL = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
TEXT = "the cat sat on the mat and then the hat sat on that other cat with a bat and a rat in the heat of the attic"
VOCAB = 288
CHAT = (
    "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)


@dataclass(frozen=True)
class Sizes:
    """Sizes of a tiny model. `moe` ones have `experts` experts of `expert_ffn`."""

    layers: int = 2
    hidden: int = 64
    heads: int = 4
    kv_heads: int = 2
    head_dim: int = 16
    ffn: int = 128
    vocab: int = VOCAB
    experts: int = 0
    top_k: int = 2
    expert_ffn: int = 96
    context: int = 512
    theta: float = 10000.0


def tiny_gguf(
    path: Path,
    arch: str = "llama",
    *,
    layers: int = 2,
    hidden: int = 64,
    heads: int = 4,
    kv_heads: int = 2,
    head_dim: int | None = None,
    ffn: int = 128,
    experts: int = 0,
    types: str | dict[str, str] = "q4_1",
    tied: bool = True,
    rope_freqs: bool = False,
    seed: int = 0,
    theta: float = 10000.0,
    tokenizer: str = "",
    metadata: dict[str, Any] | None = None,
) -> Path:
    """A GGUF decoder of `arch` llama | qwen2 | qwen3 | qwen3moe (llama with `experts` is a Mixtral).

    `types` is the type of all matrices, or {part of a name: type, "": type of the others}; norms, biases and routers are f32.
    `tokenizer` is the way of splitting (smollm, qwen2, llama-bpe, ...; else the architecture's usual), spm for SentencePiece's kind, or none.
    """
    s = Sizes(layers, hidden, heads, kv_heads, head_dim or hidden // heads, ffn, experts=experts or (4 if arch == "qwen3moe" else 0), theta=theta)
    path.parent.mkdir(parents=True, exist_ok=True)
    writer = gguf.GGUFWriter(path, arch)
    _gguf_metadata(writer, arch, s)
    if tokenizer == "spm":
        _gguf_sentencepiece(writer)
    elif tokenizer != "none":
        _gguf_tokenizer(writer, tokenizer or ("qwen2" if arch.startswith("qwen") else "smollm"))
    for key, value in (metadata or {}).items():
        writer.add_uint32(key, value) if isinstance(value, int) else writer.add_float32(key, value) if isinstance(value, float) else writer.add_string(
            key, value
        )
    rng = np.random.default_rng(seed)
    if rope_freqs:
        writer.add_tensor("rope_freqs.weight", np.linspace(1, 8, s.head_dim // 2, dtype=np.float32))
    for name, shape in _gguf_shapes(arch, s, tied):
        _add_tensor(writer, name, shape, types, rng)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def _gguf_metadata(writer: gguf.GGUFWriter, arch: str, s: Sizes) -> None:
    writer.add_name(f"tiny {arch}")
    writer.add_block_count(s.layers)
    writer.add_context_length(s.context)
    writer.add_embedding_length(s.hidden)
    writer.add_feed_forward_length(s.expert_ffn if s.experts and arch == "llama" else s.ffn)
    writer.add_head_count(s.heads)
    writer.add_head_count_kv(s.kv_heads)
    writer.add_key_length(s.head_dim)
    writer.add_value_length(s.head_dim)
    writer.add_rope_freq_base(s.theta)
    writer.add_layer_norm_rms_eps(1e-5)
    if s.experts:
        writer.add_expert_count(s.experts)
        writer.add_expert_used_count(s.top_k)
        if arch == "qwen3moe":
            writer.add_expert_feed_forward_length(s.expert_ffn)


def _gguf_shapes(arch: str, s: Sizes, tied: bool) -> Iterator[tuple[str, tuple[int, ...]]]:
    q, kv = s.heads * s.head_dim, s.kv_heads * s.head_dim
    yield "token_embd.weight", (s.vocab, s.hidden)
    yield "output_norm.weight", (s.hidden,)
    if not tied:
        yield "output.weight", (s.vocab, s.hidden)
    for layer in range(s.layers):
        parts = {"attn_norm.weight": (s.hidden,), "attn_q.weight": (q, s.hidden), "attn_k.weight": (kv, s.hidden), "attn_v.weight": (kv, s.hidden)}
        if arch == "qwen2":
            parts |= {"attn_q.bias": (q,), "attn_k.bias": (kv,), "attn_v.bias": (kv,)}
        if arch.startswith("qwen3"):
            parts |= {"attn_q_norm.weight": (s.head_dim,), "attn_k_norm.weight": (s.head_dim,)}
        parts |= {"attn_output.weight": (s.hidden, q), "ffn_norm.weight": (s.hidden,)}
        if s.experts:
            up = (s.experts, s.expert_ffn, s.hidden)
            parts |= {
                "ffn_gate_inp.weight": (s.experts, s.hidden),
                "ffn_gate_exps.weight": up,
                "ffn_up_exps.weight": up,
                "ffn_down_exps.weight": (s.experts, s.hidden, s.expert_ffn),
            }
        else:
            parts |= {"ffn_gate.weight": (s.ffn, s.hidden), "ffn_up.weight": (s.ffn, s.hidden), "ffn_down.weight": (s.hidden, s.ffn)}
        yield from ((f"blk.{layer}.{name}", shape) for name, shape in parts.items())


def _add_tensor(writer: gguf.GGUFWriter, name: str, shape: tuple[int, ...], types: str | dict[str, str], rng: np.random.Generator) -> None:
    kind = _type_of(name, types)
    if len(shape) == 1 or name.endswith("ffn_gate_inp.weight"):
        writer.add_tensor(name, _values(name, shape, rng).astype(np.float32))
    elif kind in ("q4_k", "q6_k"):
        writer.add_tensor(name, random_blocks(kind, shape, rng), raw_dtype=gguf.GGMLQuantizationType[kind.upper()])
    else:
        raw = gguf.GGMLQuantizationType[kind.upper()]
        writer.add_tensor(name, quants.quantize(_values(name, shape, rng).astype(np.float32), raw), raw_dtype=raw)


def _type_of(name: str, types: str | dict[str, str]) -> str:
    if isinstance(types, str):
        return types
    return next((kind for part, kind in types.items() if part and part in name), types.get("", "f32"))


def _values(name: str, shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    """Norms near one, biases near zero, matrices that keep the rows' size."""
    if name.endswith(("norm.weight", "LayerNorm.weight")):
        return 1 + 0.1 * rng.standard_normal(shape)
    return rng.standard_normal(shape) * (0.1 if len(shape) == 1 else 0.3 if "embd" in name or "embed" in name else shape[-1] ** -0.5)


def random_blocks(kind: str, shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    """Random Q4_K or Q6_K blocks of a sensible size, as bytes [..., row bytes]; gguf can read but not write these types."""
    blocks = int(np.prod(shape)) // 256
    size = {"q4_k": 144, "q6_k": 210}[kind]
    data = rng.integers(0, 256, (blocks, size), dtype=np.uint8)
    scale = np.full((blocks, 1), shape[-1] ** -0.5, np.float32) * rng.uniform(0.5, 1.5, (blocks, 1))
    if kind == "q4_k":
        data[:, 0:4] = np.hstack([scale / 256, scale / 32]).astype(np.float16).view(np.uint8)
    else:
        data[:, 208:210] = (scale / 1500).astype(np.float16).view(np.uint8)
    return data.reshape(*shape[:-1], shape[-1] // 256 * size)


def byte_tokenizer() -> tuple[list[str], list[tuple[str, str]]]:
    """A byte-level vocabulary of VOCAB tokens and its merges: special tokens, 256 bytes, and merges of frequent pairs."""
    tokens = SPECIAL + sorted(pre_tokenizers.ByteLevel.alphabet())
    words = [list(("Ġ" if i else "") + word) for i, word in enumerate(TEXT.split())]
    merges: list[tuple[str, str]] = []
    while len(tokens) < VOCAB:
        pairs: dict[tuple[str, str], int] = {}
        for word in words:
            for pair in pairwise(word):
                pairs[pair] = pairs.get(pair, 0) + 1
        best = max(pairs, key=lambda pair: (pairs[pair], pair))
        merges.append(best)
        tokens.append("".join(best))
        words = [_merged(word, best) for word in words]
    return tokens, merges


def _merged(word: list[str], pair: tuple[str, str]) -> list[str]:
    out: list[str] = []
    for piece in word:
        if out and (out[-1], piece) == pair:
            out[-1] += piece
        else:
            out.append(piece)
    return out


def _gguf_tokenizer(writer: gguf.GGUFWriter, pre: str) -> None:
    tokens, merges = byte_tokenizer()
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre(pre)
    writer.add_token_list(tokens)
    writer.add_token_types([3] * len(SPECIAL) + [1] * (len(tokens) - len(SPECIAL)))
    writer.add_token_merges([" ".join(pair) for pair in merges])
    writer.add_eos_token_id(2)
    writer.add_bos_token_id(1)
    writer.add_add_bos_token(False)
    writer.add_chat_template(CHAT)


def sentencepiece_vocabulary() -> list[tuple[str, float, int]]:
    """VOCAB pieces with scores and kinds: <unk>, <s>, </s>, 256 bytes, then letters and pairs of the text."""
    special = [("<unk>", 0.0, 2), ("<s>", 0.0, 3), ("</s>", 0.0, 3), *((f"<0x{byte:02X}>", 0.0, 6) for byte in range(256))]
    marked = "▁" + TEXT.replace(" ", "▁")
    pairs = list(dict.fromkeys(marked[i : i + 2] for i in range(len(marked) - 1)))
    pieces = [*dict.fromkeys(marked), *pairs][: VOCAB - len(special)]
    return special + [(piece, -float(i), 1) for i, piece in enumerate(pieces)]


def _gguf_sentencepiece(writer: gguf.GGUFWriter) -> None:
    tokens, scores, kinds = zip(*sentencepiece_vocabulary(), strict=True)
    writer.add_tokenizer_model("llama")
    writer.add_token_list(list(tokens))
    writer.add_token_scores(list(scores))
    writer.add_token_types(list(kinds))
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    writer.add_unk_token_id(0)


def tiny_hf(
    path: Path,
    arch: str = "llama",
    *,
    layers: int = 2,
    hidden: int = 64,
    heads: int = 4,
    kv_heads: int = 2,
    head_dim: int = 16,
    ffn: int = 128,
    dtype: str = "F32",
    shards: int = 1,
    tied: bool = False,
    seed: int = 0,
    config: dict[str, Any] | None = None,
) -> Path:
    """A Hugging Face directory of `arch` llama | qwen2 | qwen3 | mistral | mixtral | qwen3_moe | bert. `config` overrides keys; `dtype` is F32, F16 or BF16."""
    moe = 4 if arch in ("mixtral", "qwen3_moe") else 0
    s = Sizes(layers, hidden, heads, heads if arch == "bert" else kv_heads, head_dim, ffn, experts=moe)
    path.mkdir(parents=True, exist_ok=True)
    values = (_bert_config(s) if arch == "bert" else _decoder_config(arch, s, tied)) | (config or {})
    _write_json(path / "config.json", values)
    rng = np.random.default_rng(seed)
    shapes = _bert_shapes(s) if arch == "bert" else _decoder_shapes(arch, s, values)
    _write_shards(path, {name: _values(name, shape, rng) for name, shape in shapes}, dtype, shards)
    if arch == "bert":
        _word_tokenizer().save(str(path / "tokenizer.json"))
    else:
        _bpe_tokenizer().save(str(path / "tokenizer.json"))
        _write_json(path / "tokenizer_config.json", {"chat_template": CHAT})
        _write_json(path / "generation_config.json", {"eos_token_id": [2]})
    return path


def _decoder_config(arch: str, s: Sizes, tied: bool) -> dict[str, Any]:
    config: dict[str, Any] = {
        "model_type": arch,
        "hidden_size": s.hidden,
        "num_hidden_layers": s.layers,
        "num_attention_heads": s.heads,
        "num_key_value_heads": s.kv_heads,
        "head_dim": s.head_dim,
        "intermediate_size": s.ffn,
        "vocab_size": s.vocab,
        "max_position_embeddings": s.context,
        "rms_norm_eps": 1e-5,
        "rope_theta": s.theta,
        "hidden_act": "silu",
        "tie_word_embeddings": tied,
        "torch_dtype": "float32",
        "bos_token_id": 1,
        "eos_token_id": 2,
    }
    if arch == "mixtral":
        return config | {"num_local_experts": s.experts, "num_experts_per_tok": s.top_k, "intermediate_size": s.expert_ffn}
    if arch == "qwen3_moe":
        return config | {
            "num_experts": s.experts,
            "num_experts_per_tok": s.top_k,
            "moe_intermediate_size": s.expert_ffn,
            "norm_topk_prob": True,
            "decoder_sparse_step": 1,
            "mlp_only_layers": [],
        }
    return config


def _decoder_shapes(arch: str, s: Sizes, config: dict[str, Any]) -> Iterator[tuple[str, tuple[int, ...]]]:
    q, kv = s.heads * s.head_dim, s.kv_heads * s.head_dim
    yield "model.embed_tokens.weight", (s.vocab, s.hidden)
    for layer in range(s.layers):
        at = f"model.layers.{layer}."
        yield at + "input_layernorm.weight", (s.hidden,)
        yield at + "post_attention_layernorm.weight", (s.hidden,)
        for name, shape in {"q": (q, s.hidden), "k": (kv, s.hidden), "v": (kv, s.hidden), "o": (s.hidden, q)}.items():
            yield f"{at}self_attn.{name}_proj.weight", shape
            if (arch == "qwen2" and name != "o") or config.get("attention_bias"):
                yield f"{at}self_attn.{name}_proj.bias", shape[:1]
        if arch.startswith("qwen3"):
            yield at + "self_attn.q_norm.weight", (s.head_dim,)
            yield at + "self_attn.k_norm.weight", (s.head_dim,)
        yield from _decoder_mlp(arch, s, at, layer in (config.get("mlp_only_layers") or []))
    yield "model.norm.weight", (s.hidden,)
    if not config["tie_word_embeddings"]:
        yield "lm_head.weight", (s.vocab, s.hidden)


def _decoder_mlp(arch: str, s: Sizes, at: str, dense: bool) -> Iterator[tuple[str, tuple[int, ...]]]:
    if not s.experts or dense:
        for name in ("gate", "up", "down"):
            yield f"{at}mlp.{name}_proj.weight", (s.hidden, s.ffn) if name == "down" else (s.ffn, s.hidden)
        return
    block, names = (
        ("block_sparse_moe", {"gate": "w1", "up": "w3", "down": "w2"}) if arch == "mixtral" else ("mlp", {n: f"{n}_proj" for n in ("gate", "up", "down")})
    )
    yield f"{at}{block}.gate.weight", (s.experts, s.hidden)
    for expert in range(s.experts):
        for part, name in names.items():
            yield f"{at}{block}.experts.{expert}.{name}.weight", (s.hidden, s.expert_ffn) if part == "down" else (s.expert_ffn, s.hidden)


def _bert_config(s: Sizes) -> dict[str, Any]:
    return {
        "model_type": "bert",
        "hidden_size": s.hidden,
        "num_hidden_layers": s.layers,
        "num_attention_heads": s.heads,
        "intermediate_size": s.ffn,
        "vocab_size": s.vocab,
        "max_position_embeddings": 128,
        "type_vocab_size": 2,
        "hidden_act": "gelu",
        "layer_norm_eps": 1e-12,
        "position_embedding_type": "absolute",
    }


def _bert_shapes(s: Sizes) -> Iterator[tuple[str, tuple[int, ...]]]:
    for name, rows in (("word", s.vocab), ("position", 128), ("token_type", 2)):
        yield f"embeddings.{name}_embeddings.weight", (rows, s.hidden)
    linears = {
        "attention.self.query": (s.hidden, s.hidden),
        "attention.self.key": (s.hidden, s.hidden),
        "attention.self.value": (s.hidden, s.hidden),
        "attention.output.dense": (s.hidden, s.hidden),
        "intermediate.dense": (s.ffn, s.hidden),
        "output.dense": (s.hidden, s.ffn),
    }
    norms = ["embeddings.LayerNorm", *(f"encoder.layer.{i}.{name}.LayerNorm" for i in range(s.layers) for name in ("attention.output", "output"))]
    for norm in norms:
        yield f"{norm}.weight", (s.hidden,)
        yield f"{norm}.bias", (s.hidden,)
    for i in range(s.layers):
        for name, shape in linears.items():
            yield f"encoder.layer.{i}.{name}.weight", shape
            yield f"encoder.layer.{i}.{name}.bias", shape[:1]


def _bpe_tokenizer() -> Tokenizer:
    tokens, merges = byte_tokenizer()
    tokenizer = Tokenizer(models.BPE(vocab={token: i for i, token in enumerate(tokens)}, merges=merges))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens(SPECIAL)
    return tokenizer


def _word_tokenizer() -> Tokenizer:
    pieces = [chr(c) for c in range(97, 123)] + [f"##{chr(c)}" for c in range(97, 123)] + sorted(set(TEXT.split()))
    vocab = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", *dict.fromkeys(pieces)]
    tokenizer = Tokenizer(models.WordPiece({token: i for i, token in enumerate(vocab)}, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece()
    tokenizer.post_processor = processors.TemplateProcessing(single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)])
    tokenizer.add_special_tokens(vocab[:4])
    return tokenizer


def _write_shards(path: Path, tensors: dict[str, np.ndarray], dtype: str, shards: int) -> None:
    if shards == 1:
        return write_safetensors(path / "model.safetensors", tensors, dtype)
    names = list(tensors)
    parts = [names[i::shards] for i in range(shards)]
    files = [f"model-{i + 1:05}-of-{shards:05}.safetensors" for i in range(shards)]
    for file, part in zip(files, parts, strict=True):
        write_safetensors(path / file, {name: tensors[name] for name in part}, dtype)
    _write_json(path / "model.safetensors.index.json", {"weight_map": {name: file for file, part in zip(files, parts, strict=True) for name in part}})


def write_safetensors(path: Path, tensors: dict[str, np.ndarray], dtype: str = "F32") -> None:
    """Writes `tensors` as F32, F16 or BF16."""
    kind = {"F32": np.float32, "F16": np.float16, "BF16": ml_dtypes.bfloat16}[dtype]
    header: dict[str, Any] = {}
    blobs, at = [], 0
    for name, values in tensors.items():
        blob = values.astype(kind).tobytes()
        header[name] = {"dtype": dtype, "shape": list(values.shape), "data_offsets": [at, at + len(blob)]}
        blobs.append(blob)
        at += len(blob)
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(len(text).to_bytes(8, "little") + text + b"".join(blobs))


def _write_json(path: Path, values: dict[str, Any]) -> None:
    path.write_text(json.dumps(values, indent=1))
