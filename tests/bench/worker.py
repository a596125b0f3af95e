"""Runs one job and prints its samples: `python -m tests.bench.worker '{"kind": "single", ...}'`."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from statistics import median

from tests.bench.jobs import Job, Samples
from tests.bench.models import Model, open_model, prompt

WARM_UP_TOKENS = 8


def main(text: str) -> None:
    job = Job(**json.loads(text))
    kinds: dict[str, Callable[[Job], Samples]] = {"single": single, "batch": batch, "stream": stream, "block": block}
    print(json.dumps(kinds[job.kind](job)), flush=True)
    os._exit(0)  # native servers and thread pools need no farewell


def peak_bytes() -> float:
    """The largest resident set of this process so far (VmHWM)."""
    with open("/proc/self/status") as status:
        return next(1024.0 * float(line.split()[1]) for line in status if line.startswith("VmHWM"))


def seconds(call: Callable[[], object]) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def single(job: Job) -> Samples:
    """One request at a time: load, prefill, first token, decode, peak memory."""
    start = time.perf_counter()
    model = open_model(job)
    samples: Samples = {"load_s": [time.perf_counter() - start]}
    model.generate(prompt(16), WARM_UP_TOKENS)
    samples["decode"] = [decode_rate(job, model) for _ in range(job.repeats)]
    samples["prefill"] = [prefill_rate(job, model, seed) for seed in range(job.repeats)]
    samples["ttft_s"] = [seconds(lambda seed=seed: model.generate(prompt(128, seed), 1)) for seed in range(job.repeats)]  # type: ignore[misc]
    samples["peak_bytes"] = [peak_bytes()]
    return samples


def prefill_rate(job: Job, model: Model, seed: int) -> float:
    """Prompt tokens per second of a request for one token."""
    counted = 0

    def ask() -> None:
        nonlocal counted
        counted = model.generate(prompt(job.prompt_tokens, seed), 1)

    took = seconds(ask)
    return counted / took


def decode_rate(job: Job, model: Model) -> float:
    """Tokens per second, from the difference between a long and a short answer to the same prompt."""
    short = seconds(lambda: model.generate(prompt(16), WARM_UP_TOKENS))
    tokens = affordable(job, short)
    long = seconds(lambda: model.generate(prompt(16), WARM_UP_TOKENS + tokens))
    return tokens / (long - short)


def affordable(job: Job, short_s: float) -> int:
    """As many tokens as the job asks for, or as fit in its time at the pace of the short answer."""
    return max(WARM_UP_TOKENS, min(job.decode_tokens, int(job.max_seconds * WARM_UP_TOKENS / short_s)))


def batch(job: Job) -> Samples:
    """Total decode rate of several sequences at once, again from the difference of long and short answers."""
    model = open_model(job)
    model.generate(prompt(16), WARM_UP_TOKENS)

    def together(tokens: int) -> float:
        with ThreadPoolExecutor(job.sequences) as pool:
            return seconds(lambda: list(pool.map(lambda seed: model.generate(prompt(16, seed), tokens), range(job.sequences))))

    short = median(together(WARM_UP_TOKENS) for _ in range(3))
    tokens = affordable(job, short)
    rates = [job.sequences * tokens / (together(WARM_UP_TOKENS + tokens) - short) for _ in range(job.repeats)]
    return {"batch_decode": rates, "peak_bytes": [peak_bytes()]}


def stream(job: Job) -> Samples:
    """Bytes per second that `threads` cores read from main memory: the dot product of a large vector with itself."""
    import numpy as np

    numbers = np.ones(1 << 27, np.float32)
    parts = np.array_split(numbers, job.threads)
    with ThreadPoolExecutor(job.threads) as pool:
        rates = [numbers.nbytes / seconds(lambda: list(pool.map(lambda part: np.dot(part, part), parts))) for _ in range(12)]
    return {"stream": rates[2:]}


def block(job: Job) -> Samples:
    """Seconds per call of a float32 Llama-style block."""
    from tests.bench.block import measure

    return measure(job)


if __name__ == "__main__":
    main(sys.argv[1])
