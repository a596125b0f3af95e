"""Decoders in GGUF files: Llama (with SmolLM2 and Mistral), Mixtral, Qwen2, Qwen3 and Qwen3-MoE.

Keys and tensor names: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md and llama.cpp's gguf-py/gguf/constants.py.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from intarsia.compiler.frontends import gguf
from intarsia.compiler.frontends.facts import END_OF_TURN, ModelFacts, checked
from intarsia.compiler.frontends.gguf import GgufFile, Strings
from intarsia.compiler.frontends.tensors import Place, Tensor, rows_of
from intarsia.errors import InputError, UnsupportedError, Where
from intarsia.ir.model import ModelConfig

ROPE_STYLES = {"llama": "interleaved", "qwen2": "neox", "qwen3": "neox", "qwen3moe": "neox"}
"""Architectures that can be read. A converted llama has its q and k rows permuted, so that rotated pairs lie side by side."""

CONTROL_TOKEN = 3
OLD_EXPERT = re.compile(r"blk\.(\d+)\.(ffn_(?:gate|up|down))\.(\d+)\.weight")
IN_LAYER = re.compile(r"blk\.(\d+)\.(.+)")


def load(path: str | Path) -> ModelFacts:
    """The model in the GGUF file at `path`. Raises InputError or UnsupportedError."""
    file = gguf.read(Path(path).resolve())
    architecture = file.get("general.architecture", str, "")
    if architecture not in ROPE_STYLES:
        raise UnsupportedError(
            f"the architecture {architecture!r} has no front end",
            where=Where(file.path, node="general.architecture"),
            mend=f"GGUF models of these are read: {', '.join(ROPE_STYLES)}",
        )
    config = checked(_config(_Keys(file, architecture)), file.path)
    has_tokens = isinstance(file.metadata.get("tokenizer.ggml.tokens"), Strings)
    return ModelFacts(
        config,
        rows_of(config, _places(file.tensors), file.path),
        file.path,
        "gguf",
        name=file.get("general.name", str, "") or Path(path).stem,
        tokenizer=file.path if has_tokens else "",
        chat_template=file.get("tokenizer.chat_template", str, ""),
        eos=_eos(file) if has_tokens else (),
        bos=file.get("tokenizer.ggml.bos_token_id", int),
    )


@dataclass(frozen=True)
class _Keys:
    """Metadata of the file's architecture, `qwen3.block_count` as `int("block_count")`, and the shapes of its tensors."""

    file: GgufFile
    architecture: str

    def integer(self, key: str, default: int | None = None) -> int:
        return int(self._value(key, int, default))

    def number(self, key: str, default: float) -> float:
        return float(self._value(key, float, default))

    def _value(self, key: str, kind: type, default: Any) -> Any:
        name = f"{self.architecture}.{key}"
        value = self.file.get(name, kind, default)
        if value is None:
            raise InputError(
                f"the metadata {name} is missing",
                where=Where(self.file.path, node=name),
                mend="the file is damaged, or made by another tool",
            )
        return value

    def text(self, key: str) -> str:
        return str(self.file.get(f"{self.architecture}.{key}", str, ""))

    def tensor(self, name: str) -> Tensor | None:
        return next((t for t in self.file.tensors if t.name == name), None)

    def rows(self, name: str) -> int:
        tensor = self.tensor(name)
        return tensor.shape[0] if tensor else 0


def _config(keys: _Keys) -> ModelConfig:
    heads, hidden = keys.integer("attention.head_count"), keys.integer("embedding_length")
    head_dim = keys.integer("attention.key_length", hidden // max(1, heads))
    _check_rotation(keys, head_dim)
    experts = keys.integer("expert_count", 0)
    ffn = keys.integer("feed_forward_length", 0)
    return ModelConfig(
        architecture=keys.architecture,
        family="decoder",
        layers=keys.integer("block_count"),
        hidden=hidden,
        heads=heads,
        kv_heads=keys.integer("attention.head_count_kv", heads),
        head_dim=head_dim,
        ffn=0 if experts else ffn,
        vocab=_vocab(keys),
        context=keys.integer("context_length", 0),
        norm_eps=_decimal(keys.number("attention.layer_norm_rms_epsilon", 1e-5)),
        rope_theta=_decimal(keys.number("rope.freq_base", 10000.0)),
        rope_style=ROPE_STYLES[keys.architecture],
        rope_scaling=_rope_scaling(keys, head_dim),
        qk_norm=keys.tensor("blk.0.attn_q_norm.weight") is not None,
        attention_bias=keys.tensor("blk.0.attn_q.bias") is not None,
        output_bias=keys.tensor("blk.0.attn_output.bias") is not None,
        mlp_bias=keys.tensor("blk.0.ffn_up.bias") is not None,
        tied_embeddings=keys.tensor("output.weight") is None,
        sliding_window=keys.integer("attention.sliding_window", 0),
        **(_experts(keys, experts, ffn) if experts else {}),
    )


def _experts(keys: _Keys, experts: int, ffn: int) -> dict[str, Any]:
    return {
        "experts": experts,
        "top_k": keys.integer("expert_used_count"),
        "expert_ffn": keys.integer("expert_feed_forward_length", ffn),
        "shared_ffn": keys.rows("blk.0.ffn_gate_shexp.weight"),
        "normalise_top_k": True,
    }


def _decimal(value: float) -> float:
    """The shortest decimal of a 32-bit float: 1e-05 rather than 9.999999747378752e-06."""
    return float(str(np.float32(value)))


def _vocab(keys: _Keys) -> int:
    table = keys.tensor("token_embd.weight")
    if table is None:
        raise InputError("the tensor token_embd.weight is missing", where=Where(keys.file.path), mend="the file is incomplete")
    return table.shape[0]


def _check_rotation(keys: _Keys, head_dim: int) -> None:
    rotated = keys.integer("rope.dimension_count", head_dim)
    if rotated != head_dim:
        raise UnsupportedError(
            f"rotary positions on {rotated} of {head_dim} elements of a head",
            where=Where(keys.file.path, node=f"{keys.architecture}.rope.dimension_count"),
        )


def _rope_scaling(keys: _Keys, head_dim: int) -> dict[str, Any]:
    """See ir/rope.py. Llama 3's scaling comes as a tensor of divisors, one a frequency."""
    factors = keys.tensor("rope_freqs.weight")
    if factors is not None:
        return {"kind": "factors", "factors": _read_factors(keys, factors, head_dim)}
    kind = keys.text("rope.scaling.type")
    if kind in ("", "none"):
        return {}
    scaling = {"kind": kind, "factor": keys.number("rope.scaling.factor", 1.0)}
    if kind == "linear":
        return scaling
    if kind != "yarn":
        raise UnsupportedError(
            f"rotary scaling of the kind {kind!r}",
            where=Where(keys.file.path, node=f"{keys.architecture}.rope.scaling.type"),
            mend="linear and yarn can be read",
        )
    return scaling | {"original_context": keys.integer("rope.scaling.original_context_length", keys.integer("context_length", 0))}


def _read_factors(keys: _Keys, tensor: Tensor, head_dim: int) -> list[float]:
    if tensor.dtype != "f32" or tensor.shape != (head_dim // 2,):
        raise InputError(
            f"rope_freqs.weight should be {head_dim // 2} numbers in f32, found {list(tensor.shape)} in {tensor.dtype}",
            where=Where(keys.file.path, node=tensor.name),
        )
    factors = np.frombuffer(keys.file.data, "<f4", head_dim // 2, tensor.offset)
    if not (np.isfinite(factors).all() and (factors > 0).all()):
        raise InputError("rope_freqs.weight should hold positive numbers", where=Where(keys.file.path, node=tensor.name))
    return [_decimal(float(value)) for value in factors]


def _places(tensors: list[Tensor]) -> list[tuple[Place, Tensor]]:
    return [(_place(tensor.name), tensor) for tensor in tensors]


def _place(name: str) -> Place:
    if found := OLD_EXPERT.fullmatch(name):
        return Place(f"blk.{{}}.{found[2]}_exps.weight", int(found[1]), int(found[3]))
    if found := IN_LAYER.fullmatch(name):
        return Place(f"blk.{{}}.{found[2]}", int(found[1]))
    return Place(name)


def _eos(file: GgufFile) -> tuple[int, ...]:
    """The declared ends, then the control tokens that end a turn in known chat formats."""
    declared = [file.get(f"tokenizer.ggml.{name}_token_id", int) for name in ("eos", "eot", "eom")]
    tokens, kinds = file.strings("tokenizer.ggml.tokens"), file.metadata.get("tokenizer.ggml.token_type")
    control = np.flatnonzero(kinds == CONTROL_TOKEN).tolist() if isinstance(kinds, np.ndarray) else []
    ends = [number for number in control if number < len(tokens) and tokens[number] in END_OF_TURN]
    return tuple(dict.fromkeys(number for number in (*declared, *ends) if number is not None))
