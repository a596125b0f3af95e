"""The engines under one small face: open, then generate a number of tokens greedily from a text."""

from __future__ import annotations

import json
import random
from typing import Any, Protocol

from tests.bench.jobs import Job

WORDS = (
    "water light stone river engine window garden paper north small green paint table house story animal winter music "
    "letter mountain friend simple market yellow bridge doctor circle number summer travel question answer"
).split()


class Model(Protocol):
    def generate(self, prompt: str, tokens: int) -> int:
        """Generate exactly `tokens` tokens; gives the number of prompt tokens read."""


def prompt(tokens: int, seed: int = 0) -> str:
    """A text of `tokens` tokens: each of these words, with the space before it, is one token in SmolLM2's vocabulary."""
    rng = random.Random(seed)
    return "".join(f" {rng.choice(WORDS)}" for _ in range(tokens))


def open_model(job: Job) -> Model:
    return LlamaCpp(job) if job.engine == "llama.cpp" else Intarsia(job)


class LlamaCpp:
    """llama.cpp's own server, in this process, by xllamacpp."""

    def __init__(self, job: Job) -> None:
        import xllamacpp

        params = xllamacpp.CommonParams()
        params.model.path = job.path
        params.cpuparams.n_threads = params.cpuparams_batch.n_threads = job.threads
        params.n_parallel = job.sequences if job.kind == "batch" else 1
        params.n_ctx = 1024 * params.n_parallel
        params.verbosity = -1
        self.server = xllamacpp.Server(params)

    def generate(self, prompt: str, tokens: int) -> int:
        request = {"prompt": prompt, "n_predict": tokens, "ignore_eos": True, "temperature": 0.0, "samplers": ["temperature"], "cache_prompt": False}
        found: Any = self.server.handle_completions(request)
        answer = found if isinstance(found, dict) else json.loads(found)
        timings = answer["timings"]
        if timings["predicted_n"] != tokens:
            raise RuntimeError(f"llama.cpp gave {timings['predicted_n']} tokens of {tokens}")
        return int(timings["prompt_n"])


class Intarsia:
    """A bundle of ours."""

    def __init__(self, job: Job) -> None:
        from intarsia import runtime

        self.engine = runtime.load(job.path, threads=job.threads)

    def generate(self, prompt: str, tokens: int) -> int:
        answer = self.engine.generate(prompt, max_tokens=tokens, temperature=0.0, ignore_eos=True)
        if len(answer.tokens) != tokens:
            raise RuntimeError(f"intarsia gave {len(answer.tokens)} tokens of {tokens}")
        return int(answer.timings.prompt_tokens)
