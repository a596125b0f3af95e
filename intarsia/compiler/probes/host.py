"""Timings of what Python does: between the steps of a model, in choosing tokens, and in an agent's tools and retrieval.

The runtime's own classes do the work. Steps go through the whole engine, scheduler and CPU driver, over native code that does nothing.
"""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

import intarsia
from intarsia.codegen.cpu import emit, isa, object_cache, step
from intarsia.codegen.cpu.launches import Program
from intarsia.compiler.probes.programs import idle_program
from intarsia.runtime.bundle import Bundle
from intarsia.runtime.drivers.cpu import CpuDriver
from intarsia.runtime.drivers.driver import Driver
from intarsia.runtime.encoder import Encoder
from intarsia.runtime.engine import Engine
from intarsia.runtime.retrieval import Index
from intarsia.runtime.sampling import Sampling
from intarsia.runtime.tokens import Tokens

SEQUENCES, ROWS, CONTEXT, PAGE_TOKENS = 16, 128, 2048, 64
VOCAB, LOGITS = 1024, 49152
TOKENS = 33
"""Tokens of each answer: the steps of a timing, and one."""
CHUNKS = 4
TOOLS, PASSAGES, HIDDEN, WORDS = 4, 256, 384, 90
MODEL = "idle"


@dataclass(frozen=True)
class Work:
    """Something that Python does `amount` of in a run; `run` gives its seconds."""

    key: str
    amount: float
    run: Callable[[], float]


@contextmanager
def works() -> Iterator[dict[str, Work]]:
    """All of it, by key, ready to run."""
    with tempfile.TemporaryDirectory(prefix="intarsia-calibrate-") as name:
        folder = Path(name)
        tokens = _tokenizer(folder / "tokenizer.json")
        with _engine(folder) as engine:
            found = [*_steps(engine), *_tools(engine), *_sampling(), _tokenising(tokens), _retrieval(folder)]
            yield {work.key: work for work in found}


def timed(function: Callable[[], Any]) -> Callable[[], float]:
    """Seconds of one call of `function`."""

    def run() -> float:
        began = time.perf_counter()
        function()
        return time.perf_counter() - began

    return run


# Steps.


def _steps(engine: Engine) -> list[Work]:
    """Steps of one sequence and of many, chunks of a prompt, and what a request takes until its first token beside those."""
    prompt = [1] * (CHUNKS * ROWS)
    return [
        Work("runtime.step.1", 1.0, lambda: _decoding(engine, 1)), Work(f"runtime.step.{SEQUENCES}", 1.0, lambda: _decoding(engine, SEQUENCES)),
        Work(f"runtime.chunk.{ROWS}", 1.0, lambda: engine.generate(prompt, max_tokens=1, ignore_eos=True).timings.prefill_s / CHUNKS),
        Work("runtime.request", 1.0, lambda: engine.generate([1], max_tokens=1, ignore_eos=True).timings.ttft_s),
    ]  # fmt: skip


def _decoding(engine: Engine, sequences: int) -> float:
    """Seconds of a step in which `sequences` sequences get a token each."""
    found = engine.generate_batch([[1, 2, 3]] * sequences, max_tokens=TOKENS, ignore_eos=True)
    return min(each.timings.decode_s for each in found) / (TOKENS - 1)


def _engine(folder: Path) -> Engine:
    """An engine of one model that does nothing, and of an agent of several tools, one after the other."""
    facts = {
        "max_rows": ROWS, "max_sequences": SEQUENCES, "threads": 1, "arena_bytes": 1 << 20, "weights_bytes": 4096, "context": CONTEXT, "vocab": VOCAB,
        "kv_pages": SEQUENCES * CONTEXT // PAGE_TOKENS,
    }  # fmt: skip
    program = idle_program(facts, SEQUENCES)
    object_cache.object_file(step.module_text([program], isa.detect()), folder / f"{MODEL}.o", emit.compile_object)
    (folder / f"{MODEL}.weights").write_bytes(bytes(facts["weights_bytes"]))
    manifest = {"schema": 1, "intarsia": intarsia.__version__, "target": {}, "files": {}, "models": {MODEL: _entry(program)}}
    return Engine(Bundle(folder, manifest, _agent()), _driver, 1, {"echo": lambda text: text})


def _driver(folder: Path, entry: dict[str, Any], threads: int | None) -> Driver:
    return CpuDriver(folder, entry, threads)


def _entry(program: Program) -> dict[str, Any]:
    """The manifest's entry of the idle model; both phases are the same code."""
    phase = emit.entry_of(program)
    limits = {"page_tokens": PAGE_TOKENS, "kv_pages": phase["kv_pages"], "max_batch_tokens": ROWS, "max_sequences": SEQUENCES, "context": CONTEXT}
    return {
        "family": "decoder", "object": f"{MODEL}.o", "weights": f"{MODEL}.weights", "tokenizer": "tokenizer.json", "eos": [], "bos": None,
        "config": {"vocab": VOCAB, "context": CONTEXT}, "deploy": {"policy": "fcfs_chunked_prefill"} | limits,
        "entries": {"prefill": phase, "decode": phase | {"max_rows": SEQUENCES}},
    }  # fmt: skip


# Tools and the rest.


def _agent() -> dict[str, Any]:
    """A chain of tools, each of which reads what the one before gave."""
    nodes = [
        {"op": "llm.tool_call", "name": f"tool{i}", "inputs": [i], "outputs": [i + 1], "attributes": {"tool": "echo", "arguments": ["text"]}} for i in range(TOOLS)
    ]
    return {"schema": 1, "name": "tools", "inputs": [{"name": "text", "value": 0}], "body": {"arguments": [], "nodes": nodes, "yields": [TOOLS]}, "outputs": ["text"]}


def _tools(engine: Engine) -> list[Work]:
    return [Work("tool", float(TOOLS), lambda: engine.run({"text": "a question"}).seconds)]


def _sampling() -> list[Work]:
    logits = np.random.default_rng(0).standard_normal(LOGITS).astype(np.float32) * np.float32(5.0)
    greedy, top_p = Sampling().sampler(), Sampling(0.8, 0.95).sampler()
    return [Work("sample.greedy", float(LOGITS), timed(lambda: greedy(logits))), Work("sample.top_p", float(LOGITS), timed(lambda: top_p(logits)))]


def _tokenizer(path: Path) -> Tokens:
    """A byte-level BPE of this package's own text, as most models' tokenizers are."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.train_from_iterator([_prose()], trainers.BpeTrainer(vocab_size=VOCAB, show_progress=False, initial_alphabet=pre_tokenizers.ByteLevel.alphabet()))
    tokenizer.save(str(path))
    return Tokens(tokenizer)


def _prose() -> str:
    """A few thousand words."""
    return "\n".join(path.read_text(encoding="utf-8") for path in sorted(Path(__file__).parent.glob("*.py")))


def _tokenising(tokens: Tokens) -> Work:
    text = " ".join(_prose().split()[:400])
    return Work("tokenise", float(len(tokens.encode(text))), timed(lambda: tokens.encode(text)))


class _Fixed:
    """An encoder's vectors without the encoder, which has costs of its own."""

    hidden = HIDDEN

    def embed(self, texts: Sequence[str]) -> Any:
        return np.random.default_rng(len(texts)).standard_normal((len(texts), HIDDEN)).astype(np.float32)


def _retrieval(folder: Path) -> Work:
    """A search of passages by vector and words."""
    words = _prose().split()
    texts = [" ".join(words[(7 * i) % len(words) :][:WORDS]) for i in range(PASSAGES)]
    (folder / "node.index.json").write_text(json.dumps({"passages": [{"title": f"passage {i}", "source": "", "text": text} for i, text in enumerate(texts)]}))
    encoder: Encoder = _Fixed()  # type: ignore[assignment]
    index = Index(folder / "node.index.json", encoder, "fixed")
    query = encoder.embed(["question"])[0]
    return Work("retrieve", float(PASSAGES), timed(lambda: index.search(query, 4, text="how long does a step of this program take", max_words=WORDS)))
