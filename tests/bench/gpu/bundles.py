"""GPU bundles on a GPU: built where the compiler is, run where the GPU is.

    python -m tests.bench.gpu.bundles --build DIR       # small models with float64's tokens, and one of Llama-3-8B's shape without its weights
    python -m tests.bench.gpu.bundles --run DIR PART    # tokens, llama, quantised, f8, f8_block, nano, dense, dense_40, dense_40-main, ...; prints rows as JSON

The large model's weights are drawn by a seed where it runs. Its logits are compared with a plain torch model in float32 on the same weights.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from tests.gpu.eight_reference import SIZES, SURE, SURE_TOKENS

PROMPTS = ([5, 9, 30, 31, 7, 8, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50], [11, 12, 13], [200, 3, 4, 5])
AS_STORED = {"precision": "w-a16"}
EIGHTS = ("f8", "f8_block")
SMALL: dict[str, tuple[str, dict[str, Any]]] = {
    "small_llama": ("llama", {}), "small_llama_nano": ("llama", {"nano_batches": 2}), "small_qwen3_moe": ("qwen3_moe", {}), "small_q4": ("q4_0", AS_STORED), "small_q8": ("q8_0", AS_STORED),
    **{f"small_{precision}": ("llama", {"precision": precision}) for precision in EIGHTS},
}  # fmt: skip
"""Architectures, or types of a Llama in a GGUF file; and wishes."""
TOKENS = 6
CONTEXT, ROOM = 2048, 2304
LLAMA: dict[str, Any] = {
    "architectures": ["LlamaForCausalLM"], "model_type": "llama", "hidden_size": 4096, "intermediate_size": 14336, "num_hidden_layers": 32, "num_attention_heads": 32,
    "num_key_value_heads": 8, "head_dim": 128, "vocab_size": 128256, "max_position_embeddings": 8192, "rms_norm_eps": 1e-5, "rope_theta": 500000.0, "hidden_act": "silu",
    "tie_word_embeddings": False, "torch_dtype": "bfloat16", "bos_token_id": 128000, "eos_token_id": 128001,
}  # fmt: skip
"""Llama-3-8B's sizes (arXiv 2407.21783, table 3)."""
DECODES = (1, 16, 64)
DENSE, DENSE_CONTEXT, DENSE_ROOM = 512, 768, 784
"""Sequences of a decode step whose products are about as long as its attention, and their tokens."""
PREFILL = (2, 512)
_FEW, _MANY = {"context": ROOM, "max_sequences": max(DECODES)}, {"context": DENSE_ROOM, "max_sequences": DENSE}
LARGE: dict[str, tuple[dict[str, Any], float]] = {
    "llama": (_FEW, 0.4), "nano": (_FEW | {"nano_batches": 2}, 0.4), "dense": (_MANY, 0.4), **{precision: (_FEW | {"precision": precision}, 0.4) for precision in EIGHTS},
    **{f"dense_{round(100 * share)}": (_MANY | {"nano_batches": 2}, share) for share in (0.4, 0.5, 0.6)},
}  # fmt: skip
"""Wishes, and attention's share where nano-batches overlap."""


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.gpu.bundles", description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--build", type=Path, metavar="DIR")
    parser.add_argument("--run", nargs=2, metavar=("DIR", "PART"))
    options = parser.parse_args(arguments)
    if options.build:
        build(options.build)
    else:
        run(Path(options.run[0]), options.run[1])
    return 0


# Build.


def build(folder: Path) -> None:
    from intarsia import knobs

    folder.mkdir(parents=True, exist_ok=True)
    with knobs.scope(targets=("sm_90a",)), tempfile.TemporaryDirectory() as scratch:
        tokens = {name: _small(Path(scratch), folder, name, arch, more) for name, (arch, more) in SMALL.items()}
        source = sparse(Path(scratch) / "llama3-8b", LLAMA)
        for name, (wishes, share) in LARGE.items():
            _large(source, folder / name, wishes, share)
        _large(sparse_gguf(Path(scratch) / "llama3-8b.gguf", LLAMA), folder / "quantised", _FEW | AS_STORED, 0.4)
    (folder / "expected.json").write_text(json.dumps({"tokens": tokens, "predicted": predicted()}, indent=1))


def _small(scratch: Path, folder: Path, name: str, arch: str, more: dict[str, Any]) -> list[list[int]]:
    """A bundle of a random model, and float64's tokens after the prompts."""
    from intarsia.compiler import pipeline
    from tests import reference
    from tests.gpu.eight_reference import EightDecoder
    from tests.models import tiny_gguf, tiny_hf

    eight = more.get("precision") in EIGHTS
    source = tiny_gguf(scratch / f"{arch}.gguf", types=arch) if arch in ("q4_0", "q8_0") else tiny_hf(scratch / name, arch, **(SIZES if eight else {"dtype": "BF16"}))
    pipeline.compile_to_bundle(pipeline.Inputs(str(source), fleet="H100-SXM", knobs={"context": 64, "max_sequences": 4} | more), folder / name)
    decoder = reference.Decoder.load(source)
    if eight:
        decoder = EightDecoder.of(decoder, blocks=more["precision"] == "f8_block")
    prompts, count = _prompts(name)
    return [_greedy(decoder, list(prompt), count) for prompt in prompts]


def _prompts(name: str) -> tuple[tuple[list[int], ...], int]:
    """What a small bundle is asked, and how many tokens it gives."""
    return (SURE, SURE_TOKENS) if any(name.endswith(precision) for precision in EIGHTS) else (PROMPTS, TOKENS)


def _greedy(decoder: Any, tokens: list[int], wanted: int) -> list[int]:
    count = len(tokens)
    for _ in range(wanted):
        tokens.append(int(np.argmax(decoder.logits(tokens)[-1])))
    return tokens[count:]


def sparse(path: Path, config: dict[str, Any]) -> Path:
    """A Hugging Face folder whose tensors are holes: sizes without data."""
    path.mkdir(parents=True)
    (path / "config.json").write_text(json.dumps(config))
    header, at = {}, 0
    for name, shape in _shapes(config):
        size = 2 * int(np.prod(shape))
        header[name] = {"dtype": "BF16", "shape": list(shape), "data_offsets": [at, at + size]}
        at += size
    text = json.dumps(header).encode()
    with open(path / "model.safetensors", "wb") as file:
        file.write(len(text).to_bytes(8, "little") + text)
        file.truncate(8 + len(text) + at)
    return path


def sparse_gguf(path: Path, c: dict[str, Any]) -> Path:
    """The same in a GGUF file whose layers' matrices are of type Q4_0."""
    import gguf

    writer = gguf.GGUFWriter(path, "llama")
    writer.add_block_count(c["num_hidden_layers"])
    writer.add_context_length(c["max_position_embeddings"])
    writer.add_embedding_length(c["hidden_size"])
    writer.add_feed_forward_length(c["intermediate_size"])
    writer.add_head_count(c["num_attention_heads"])
    writer.add_head_count_kv(c["num_key_value_heads"])
    writer.add_rope_freq_base(c["rope_theta"])
    writer.add_layer_norm_rms_eps(c["rms_norm_eps"])
    total = 0
    for name, shape in _shapes(c):
        matrix = "layers" in name and len(shape) > 1
        kind = gguf.GGMLQuantizationType.Q4_0 if matrix else gguf.GGMLQuantizationType.BF16 if len(shape) > 1 else gguf.GGMLQuantizationType.F32
        size = int(np.prod(shape)) * (18 if matrix else 64 if len(shape) > 1 else 128) // 32
        writer.add_tensor_info(_renamed(name), shape, np.dtype(np.float32), size, raw_dtype=kind)
        total += -(-size // 32) * 32
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_ti_data_to_file()
    writer.close()
    with open(path, "r+b") as file:
        file.truncate(path.stat().st_size + total + 4096)
    return path


def _renamed(name: str) -> str:
    """A tensor's name in GGUF files."""
    for ours, theirs in (("model.layers.", "blk."), ("self_attn.q_proj", "attn_q"), ("self_attn.k_proj", "attn_k"), ("self_attn.v_proj", "attn_v"), ("self_attn.o_proj", "attn_output"),
                         ("mlp.gate_proj", "ffn_gate"), ("mlp.up_proj", "ffn_up"), ("mlp.down_proj", "ffn_down"), ("input_layernorm", "attn_norm"),
                         ("post_attention_layernorm", "ffn_norm"), ("model.norm", "output_norm"), ("model.embed_tokens", "token_embd"), ("lm_head", "output")):  # fmt: skip
        name = name.replace(ours, theirs)
    return name


def _shapes(c: dict[str, Any]) -> Iterator[tuple[str, tuple[int, ...]]]:
    hidden, ffn, kv = c["hidden_size"], c["intermediate_size"], c["num_key_value_heads"] * c["head_dim"]
    yield "model.embed_tokens.weight", (c["vocab_size"], hidden)
    for layer in range(c["num_hidden_layers"]):
        at = f"model.layers.{layer}."
        for name, shape in (("self_attn.q_proj", (hidden, hidden)), ("self_attn.k_proj", (kv, hidden)), ("self_attn.v_proj", (kv, hidden)), ("self_attn.o_proj", (hidden, hidden)),
                            ("mlp.gate_proj", (ffn, hidden)), ("mlp.up_proj", (ffn, hidden)), ("mlp.down_proj", (hidden, ffn)),
                            ("input_layernorm", (hidden,)), ("post_attention_layernorm", (hidden,))):  # fmt: skip
            yield f"{at}{name}.weight", shape
    yield "model.norm.weight", (hidden,)
    yield "lm_head.weight", (c["vocab_size"], hidden)


def _large(source: Path, directory: Path, wishes: dict[str, Any], share: float) -> None:
    """A bundle without its weight file, which `random_weights` makes where it runs."""
    from unittest import mock

    from intarsia.codegen.gpu.bundle import emit
    from intarsia.compiler import pipeline
    from intarsia.planner.pipeline import bundled

    advice = bundled.Advice(share, 1.0)
    with mock.patch.object(emit, "_write_weights", lambda model, programs, path: path.touch()), mock.patch.object(bundled, "advise", lambda *_: advice):
        pipeline.compile_to_bundle(pipeline.Inputs(str(source), fleet="H100-SXM", knobs=wishes), directory)


def predicted() -> dict[str, float]:
    """Seconds of the steps that `run` times, by the planner's costs for our kernels on an H100."""
    from intarsia.compiler.frontends import hf_sizes
    from intarsia.cost_models.devices import load
    from intarsia.cost_models.serving.own_kernels import OwnKernels
    from intarsia.cost_models.serving.shapes import Batch, Chunk, Plan, Precision, Step
    from intarsia.cost_models.serving.step import step_cost

    config = hf_sizes.read(LLAMA, "Llama-3-8B")
    steps = {f"decode {n} x {CONTEXT}": Step(decode=(Batch(n, CONTEXT),)) for n in DECODES}
    steps[f"decode {DENSE} x {DENSE_CONTEXT}"] = Step(decode=(Batch(DENSE, DENSE_CONTEXT),))
    steps[f"prefill {PREFILL[0]} x {PREFILL[1]}"] = Step(prefill=(Chunk(PREFILL[1], sequences=PREFILL[0]),))
    device, cost = load("H100-SXM"), OwnKernels()
    found = {name: step_cost(config, Plan(), Precision(), step, device, cost).seconds for name, step in steps.items()}
    others = {"quantised": "int4", **{precision: precision for precision in EIGHTS}}
    return found | {f"{what} {name}": step_cost(config, Plan(), Precision(kind), step, device, cost).seconds for what, kind in others.items() for name, step in steps.items()}


# Run.


def run(folder: Path, part: str) -> None:
    if part == "tokens":
        rows = [_tokens(folder / name, wanted) for name, wanted in _expected(folder)["tokens"].items()]
    else:
        from tests.bench.gpu import large

        bundle, _, how = part.partition("-")
        rows = large.run(folder / bundle, part, _expected(folder)["predicted"], how)
    print(json.dumps(rows, indent=1))


def _expected(folder: Path) -> dict[str, Any]:
    return dict(json.loads((folder / "expected.json").read_text()))


def _tokens(bundle: Path, wanted: list[list[int]], driver: str = "cuda") -> dict[str, Any]:
    from intarsia import runtime

    prompts, count = _prompts(bundle.name)
    with runtime.load(bundle, driver=driver) as engine:
        found = [[list(g.tokens) for g in engine.generate_batch([list(p) for p in prompts], max_tokens=count)] for _ in range(2)]
        device = getattr(next(iter(engine._drivers.values())), "_device", None)
        cores = getattr(device, "cores", {})
    alike = sum(a == b for tokens in found for ours, theirs in zip(tokens, wanted, strict=True) for a, b in zip(ours, theirs, strict=False))
    return {"metric": f"tokens of {bundle.name}", "value": alike, "unit": "tokens", "baseline": "float64", "baseline_value": 2 * sum(map(len, wanted)), "cores": cores,
            "ratio": alike / (2 * sum(map(len, wanted))), "target": "all", "met": found == [wanted, wanted], "found": found[0], "wanted": wanted}  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
