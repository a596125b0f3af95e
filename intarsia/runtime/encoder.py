"""A text-embedding model of a bundle."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from intarsia.errors import InputError
from intarsia.runtime.bundle import least
from intarsia.runtime.drivers.driver import Driver, Float32s, StepBatch
from intarsia.runtime.tokens import Tokens
from intarsia.runtime.trace import Tracer
from intarsia.runtime.turns import Turns

NO_ROWS = np.zeros(0, np.int32)


class Encoder:
    """One encoder. A text longer than `context` tokens is cut to its beginning, as is usual for embeddings; `hidden` is a vector's length."""

    def __init__(self, name: str, entry: dict[str, Any], driver: Driver, tokens: Tokens, clock: Callable[[], float], device: Turns, tracer: Tracer) -> None:
        self.name, self.driver, self.tokens = name, driver, tokens
        self._clock, self._device, self._tracer = clock, device, tracer
        config, compiled = entry["config"], entry["entries"]["encode"]
        self.hidden = int(config["hidden"])
        self._rows = int(compiled["max_rows"])
        self._sequences = min(int(entry["deploy"]["max_sequences"]), least([compiled], "max_sequences"))
        self.context = min(self._rows, *(least([facts], name) for facts in (config, compiled) for name in ("context", "positions")))

    def embed(self, texts: Sequence[str]) -> Float32s:
        """A vector for each text, float32[n, hidden]. Raises InputError for what is no text."""
        if isinstance(texts, str) or not all(isinstance(text, str) for text in texts):
            raise InputError("embed takes a list of texts", mend="put a single text into a list")
        encoded = [self._cut(tokens) for tokens in self.tokens.encode_batch(list(texts))]
        vectors = np.zeros((len(encoded), self.hidden), np.float32)
        for group in self._groups(encoded):
            vectors[group] = self._encode([encoded[i] for i in group])
        return vectors

    def count(self, text: str) -> int:
        """Tokens of a text that are embedded."""
        return len(self._cut(self.tokens.encode(text)))

    def _cut(self, tokens: list[int]) -> list[int]:
        """At most `context` tokens, the last (such as SEP) included."""
        return tokens if len(tokens) <= self.context else [*tokens[: self.context - 1], tokens[-1]]

    def _groups(self, encoded: list[list[int]]) -> Iterator[list[int]]:
        """Numbers of texts that fit one step together."""
        group: list[int] = []
        rows = 0
        for number, tokens in enumerate(encoded):
            if group and (rows + len(tokens) > self._rows or len(group) == self._sequences):
                yield group
                group, rows = [], 0
            if tokens:
                group.append(number)
                rows += len(tokens)
        if group:
            yield group

    def _encode(self, texts: list[list[int]]) -> Float32s:
        lengths = [len(tokens) for tokens in texts]
        first = np.cumsum([0, *lengths[:-1]])
        batch = StepBatch(
            np.concatenate([np.array(tokens, np.int32) for tokens in texts]),
            np.concatenate([np.arange(n, dtype=np.int32) for n in lengths]),
            np.stack([first, lengths, np.zeros(len(texts))], axis=1).astype(np.int32),
            np.zeros((len(texts), 0), np.int32), NO_ROWS,
        )  # fmt: skip
        started = self._clock()
        with self._device:
            vectors = self.driver.encode(batch).copy()
            self._tracer.launches(self.name, self.driver)
        self._tracer.slice(f"{self.name}.encode", started, self._clock(), rows=sum(lengths), sequences=len(texts))
        return vectors

    def close(self) -> None:
        with self._device:
            self.driver.close()
