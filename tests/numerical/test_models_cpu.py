"""Whole tiny models on the CPU driver against float64: families, precisions, fused and not, chunked and batched."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from intarsia import knobs
from intarsia.runtime.drivers.cpu import CpuDriver
from tests.models import tiny_gguf, tiny_hf
from tests.numerical.native import Chunk, batch, driver_of, planned, step
from tests.reference import Decoder, Encoder

TOKENS = np.random.default_rng(7).integers(3, 288, 60).tolist()
MODELS: dict[str, Callable[[Path], Path]] = {
    "llama": lambda p: tiny_gguf(p / "m.gguf", "llama", types="q4_1"),
    "llama-q4_0": lambda p: tiny_gguf(p / "m.gguf", "llama", types={"token_embd": "q8_0", "": "q4_0"}, head_dim=32),
    "llama-k": lambda p: tiny_gguf(p / "m.gguf", "llama", types={"ffn_down": "q6_k", "attn_v": "q6_k", "": "q4_k"}, hidden=256, ffn=256, head_dim=64),
    "llama-f16": lambda p: tiny_gguf(p / "m.gguf", "llama", types="f16", tied=False, rope_freqs=True),
    "qwen2": lambda p: tiny_gguf(p / "m.gguf", "qwen2", types="q8_0", heads=6, kv_heads=2, hidden=96),
    "qwen3": lambda p: tiny_hf(p / "m", "qwen3", head_dim=24),
    "mistral-window": lambda p: tiny_hf(p / "m", "mistral", dtype="BF16", config={"sliding_window": 21}),
    "mixtral": lambda p: tiny_hf(p / "m", "mixtral", shards=2),
    "mixtral-q": lambda p: tiny_gguf(p / "m.gguf", "llama", types="q8_0", experts=6),
    "qwen3moe": lambda p: tiny_hf(p / "m", "qwen3_moe", config={"mlp_only_layers": [0]}),
}
TYPES = ("llama-q4_0", "llama-k", "mixtral-q")
"""Models that differ from others in sizes and types of weights: operators that are not fused take one weight each, and see each type in other models or fused ones."""


@pytest.fixture(scope="module", autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with knobs.scope(cache=tmp_path_factory.mktemp("cache")):
        yield


def close_to(found: np.ndarray, wanted: np.ndarray, share: float) -> None:
    """Within a share of the largest value."""
    assert found.shape == wanted.shape
    assert np.abs(found - wanted).max() <= share * np.abs(wanted).max()


def run_in_pieces(driver: CpuDriver) -> list[tuple[int, np.ndarray]]:
    """(tokens so far, logits): two sequences side by side, chunks that end inside pages, then single tokens."""
    mine, other = [5, 2, 9, 11], [0, 1, 3, 4]
    found = [(19, step(driver, Chunk(TOKENS[:19], 0, mine))[0])]
    both = step(driver, Chunk(TOKENS[:33], 0, other), Chunk(TOKENS[19:40], 19, mine))
    found += [(33, both[0]), (40, both[1])]
    for done in range(5):
        both = step(driver, Chunk(TOKENS[40 + done : 41 + done], 40 + done, mine), Chunk(TOKENS[33 + done : 34 + done], 33 + done, other))
        found += [(41 + done, both[0]), (34 + done, both[1])]
    return found


@pytest.mark.parametrize(("name", "fused"), [pytest.param(name, fused, id=f"{name}-{'fused' if fused else 'plain'}") for name in MODELS for fused in (True, False) if fused or name not in TYPES])
def test_float32_logits_are_those_of_float64(name: str, fused: bool, tmp_path: Path) -> None:
    path = MODELS[name](tmp_path)
    wanted = Decoder.load(path).logits(TOKENS)
    driver = driver_of(planned(path, fused=fused), tmp_path / "build", threads=1 + fused)
    for count, logits in run_in_pieces(driver):
        close_to(logits, wanted[count - 1], 2e-5)
    driver.close()


@pytest.mark.parametrize("precision", ["w-a32", "w-a8"])
@pytest.mark.parametrize("name", ["llama", "llama-q4_0", "llama-k", "qwen2", "mixtral-q"])
def test_quantised_logits_are_near_those_of_float64(name: str, precision: str, tmp_path: Path) -> None:
    path = MODELS[name](tmp_path)
    wanted = Decoder.load(path).logits(TOKENS)
    driver = driver_of(planned(path, precision=precision, kv_dtype="f16", page_tokens=32), tmp_path / "build", threads=2)
    for count, logits in run_in_pieces(driver):
        close_to(logits, wanted[count - 1], 4e-3 if precision == "w-a32" else 6e-2)
    driver.close()


def test_all_logits_of_a_chunk_and_none(tmp_path: Path) -> None:
    path = MODELS["llama"](tmp_path)
    wanted = Decoder.load(path).logits(TOKENS[:17])
    driver = driver_of(planned(path), tmp_path / "build")
    close_to(step(driver, Chunk(TOKENS[:17], 0, [1, 2]), logit_rows=[0, 15, 16]), wanted[[0, 15, 16]], 2e-5)
    assert step(driver, Chunk(TOKENS[:17], 0, [3, 4]), logit_rows=[]).shape == (0, 288)
    assert step(driver).shape == (0, 288)
    driver.close()


@pytest.mark.parametrize("threads", [1, 3])
def test_rows_in_several_blocks(threads: int, tmp_path: Path) -> None:
    path, tokens, rows = MODELS["llama"](tmp_path), (TOKENS * 6)[:300], [0, 130, 257, 299]
    driver = driver_of(planned(path, max_batch_tokens=320, context=512, threads=threads), tmp_path / "build")
    close_to(step(driver, Chunk(tokens, 0, list(range(19))), logit_rows=rows), Decoder.load(path).logits(tokens)[rows], 3e-5)
    driver.close()


@pytest.mark.parametrize("deploy", [{}, {"threads": 2, "kv_dtype": "f16", "page_tokens": 64}], ids=["f32", "f16"])
@pytest.mark.parametrize("fused", [True, False], ids=["fused", "plain"])
def test_an_encoder_gives_the_vectors_of_float64(fused: bool, deploy: dict[str, Any], tmp_path: Path) -> None:
    path = tiny_hf(tmp_path / "m", "bert")
    reference = Encoder.load(path)
    driver = driver_of(planned(path, fused=fused, **deploy), tmp_path / "build")
    texts = [TOKENS[:1], TOKENS[1:35], TOKENS[35:51]]
    for _ in range(2):
        found = driver.encode(batch(*(Chunk([t % 60 for t in text]) for text in texts)))
        for vector, text in zip(found, texts, strict=True):
            close_to(vector, reference.embed([t % 60 for t in text]), 1e-4 if not deploy else 4e-3)
    driver.close()


@pytest.mark.slow
def test_smollm2_with_float32_activations(smollm2: Path, tmp_path: Path) -> None:
    tokens = np.random.default_rng(0).integers(0, 49152, 24).tolist()
    wanted = Decoder.load(smollm2, np.float32).logits(tokens)[-1]
    driver = driver_of(planned(smollm2, precision="w-a32"), tmp_path / "build", threads=2)
    step(driver, Chunk(tokens[:-1], 0, [2, 1]))
    close_to(step(driver, Chunk(tokens[-1:], 23, [2, 1]))[0], wanted, 1e-5)
    driver.close()


def test_minilm(minilm: Path, tmp_path: Path) -> None:
    tokens = [101, 2129, 2079, 1045, 2655, 1996, 7070, 1029, 102]
    driver = driver_of(planned(minilm, precision="w-a32", kv_dtype="f16"), tmp_path / "build")
    found = driver.encode(batch(Chunk(tokens)))[0]
    wanted = Encoder.load(minilm, np.float32).embed(tokens)
    assert float(found @ wanted) / np.linalg.norm(found) > 0.9999
    driver.close()
