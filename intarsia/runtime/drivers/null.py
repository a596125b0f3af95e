"""A device that computes nothing: logits are a hash of the tokens in the KV cache, and time is what the plan predicted.

The hash reads every token through the page table, as attention would, so a wrong page, position or row changes the text.
"""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from intarsia.runtime.drivers.driver import Float32s, StepBatch

_PRIME = np.uint64(0x9E3779B97F4A7C15)
_WORD = (1 << 64) - 1


class VirtualClock:
    """Seconds that pass only when a driver says so. Calling it gives the time; several drivers may share one."""

    def __init__(self) -> None:
        self._now, self._lock = 0.0, threading.Lock()

    def __call__(self) -> float:
        return self._now

    def advance(self, seconds: float) -> None:
        with self._lock:
            self._now += seconds


class NullDriver:
    """The cost model's clock in a driver's clothes.

    A step takes `rows / prefill_tokens_per_s` for its prefill rows, plus `tpot_s` if it decodes; an encode takes
    `rows / throughput_tokens_per_s` (metrics of the manifest's `estimates`; what is not estimated takes no time).
    With `sleep`, real time passes; otherwise only `clock` advances.
    """

    def __init__(self, bundle_dir: Path, model_entry: dict[str, Any], threads: int | None = None, *,
                 clock: VirtualClock | None = None, sleep: bool = False, seed: int = 0) -> None:  # fmt: skip
        config, deploy = model_entry["config"], model_entry.get("deploy", {})
        self.vocab, self.hidden = int(config.get("vocab", 0)), int(config.get("hidden", 0))
        self._page_tokens = int(deploy.get("page_tokens", 16))
        self._cache = np.zeros((int(deploy.get("kv_pages", 0)), self._page_tokens), np.int64)
        self._rates = metrics_of(model_entry.get("estimates", {}))
        self._sleep, self._seed = sleep, np.uint64(seed)
        self._clock = clock or VirtualClock()
        self.clock = time.perf_counter if sleep else self._clock

    def step(self, batch: StepBatch) -> Float32s:
        """Logits of the wanted rows, float32[R, vocab]: the same for the same tokens, however they were batched."""
        wanted = set(batch.logit_rows.tolist())
        hashes = {row: value for i in range(len(batch.sequences)) for row, value in self._sequence(batch, i, wanted).items()}
        self._pass(self._step_seconds(batch))
        if not hashes:
            return np.empty((0, self.vocab), np.float32)
        return np.stack([self._logits(hashes[row]) for row in batch.logit_rows.tolist()])

    def _sequence(self, batch: StepBatch, index: int, wanted: set[int]) -> dict[int, np.uint64]:
        """Write the sequence's new tokens to its pages; the hash of all tokens up to each wanted row."""
        first, rows, cached = (int(n) for n in batch.sequences[index])
        positions = batch.positions[first : first + rows]
        if (positions != np.arange(cached, cached + rows)).any():
            raise ValueError(f"sequence {index} has positions {positions} after {cached} cached tokens")
        pages = batch.page_table[index, : -(-(cached + rows) // self._page_tokens)]
        self._cache[pages[positions // self._page_tokens], positions % self._page_tokens] = batch.tokens[first : first + rows]
        tokens = self._cache[pages].reshape(-1)
        return {row: self._hash(tokens[: cached + row - first + 1]) for row in range(first, first + rows) if row in wanted}

    def _hash(self, tokens: NDArray[np.int64]) -> np.uint64:
        places = np.arange(1, len(tokens) + 1, dtype=np.uint64)
        mixed = (tokens.astype(np.uint64) + places * _PRIME + self._seed) * _PRIME
        return np.uint64(np.bitwise_xor.reduce((mixed ^ (mixed >> np.uint64(29))) * _PRIME))

    def _logits(self, key: np.uint64) -> Float32s:
        return _noise(key, self.vocab)

    def encode(self, batch: StepBatch) -> Float32s:
        """A vector of unit length a sequence, float32[S, hidden]: the sum of a pseudo-random vector for each of its tokens."""
        vectors = np.zeros((len(batch.sequences), self.hidden), np.float32)
        for index, (first, rows, _) in enumerate(batch.sequences.tolist()):
            for token in batch.tokens[first : first + rows].tolist():
                vectors[index] += _noise(np.uint64((token + 1) * int(_PRIME) & _WORD), self.hidden) - 4.0
        self._pass(self._seconds(len(batch.tokens), "throughput_tokens_per_s"))
        return np.asarray(vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9), np.float32)

    def _step_seconds(self, batch: StepBatch) -> float:
        rows = batch.sequences[:, 1]
        prefill = int(rows[rows > 1].sum())
        decoding = self._rates.get("tpot_s", 0.0) if (rows == 1).any() else 0.0
        return self._seconds(prefill, "prefill_tokens_per_s") + decoding

    def _seconds(self, tokens: int, rate: str) -> float:
        per_second = self._rates.get(rate, 0.0)
        return tokens / per_second if per_second else 0.0

    def _pass(self, seconds: float) -> None:
        if self._sleep:
            time.sleep(seconds)
        else:
            self._clock.advance(seconds)

    def close(self) -> None:
        """Nothing to give back."""


def _noise(key: np.uint64, count: int) -> Float32s:
    """`count` pseudo-random numbers in [0, 8), after splitmix64's finaliser (Steele et al., OOPSLA 2014)."""
    z = np.arange(1, count + 1, dtype=np.uint64) * _PRIME + key
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray((z >> np.uint64(40)).astype(np.float32) * np.float32(8 / (1 << 24)))


def metrics_of(estimates: dict[str, Any]) -> dict[str, float]:
    """The numbers in a manifest's estimates, grouped by subject: the first subject that has a metric gives it."""
    flat: dict[str, float] = {}
    for name, value in estimates.items():
        if isinstance(value, dict):
            flat = metrics_of(value) | flat
        elif isinstance(value, (int, float)):
            flat[name] = float(value)
    return flat
