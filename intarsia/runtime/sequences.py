"""A request inside the engine: its tokens, which rows of logits it wants, and what it does with them."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from intarsia.runtime.constraints import ChoiceScores
from intarsia.runtime.drivers.driver import Float32s, Int32s
from intarsia.runtime.patterns import PatternSampler
from intarsia.runtime.requests import Handle
from intarsia.runtime.sampling import log_probabilities
from intarsia.runtime.scheduler import Request
from intarsia.runtime.tokens import TextStream, Tokens


class Sequence(Protocol):
    """`tokens[:request.known]` are the tokens to hold in the KV cache."""

    request: Request
    handle: Handle
    tokens: list[int]
    pages: PageRow

    def wanted(self, start: int, end: int) -> tuple[int, int]:
        """Which positions of the chunk [start, end) need logits, as (first, count)."""
        ...

    def take(self, logits: Float32s, now: float) -> str:
        """Use the logits of the wanted rows (or as many of the first of them as were run); the reason if that ends the answer, or ""."""
        ...


class PageRow:
    """A request's pages as a row of the page table, rewritten only when they change."""

    __slots__ = ("_known", "row")

    def __init__(self, width: int) -> None:
        self.row: Int32s = np.zeros(width, np.int32)
        self._known = (0, 0)

    def refresh(self, request: Request) -> Int32s:
        state = (len(request.pages), request.preemptions)
        if state != self._known:
            self.row[: state[0]] = request.pages
            self._known = state
        return self.row


class Generating:
    """Samples one token after another."""

    def __init__(self, request: Request, handle: Handle, prompt: list[int], pages: PageRow, tokens: Tokens, eos: frozenset[int]) -> None:
        self.request, self.handle, self.tokens, self.pages = request, handle, prompt, pages
        options = handle.options
        self._eos = frozenset() if options.ignore_eos else eos
        self._text = TextStream(tokens, options.stop) if options.stop else None
        self._pattern = PatternSampler(options.pattern, tokens, eos, options.sampling()) if options.pattern is not None else None
        self._sample = self._pattern.sample if self._pattern else options.sampling().sampler()

    def wanted(self, start: int, end: int) -> tuple[int, int]:
        return (end - 1, 1) if end == self.request.known else (end, 0)

    def take(self, logits: Float32s, now: float) -> str:
        token = self._sample(logits[0])
        if token in self._eos or (self._pattern and token < 0):
            return "stop"
        self.tokens.append(token)
        self.request.generated += 1
        self.handle.emit(token, now)
        if self._text is not None:
            self._text.push(token)
            if self._text.stopped:
                return "stop"
        if self._pattern and self._pattern.complete:
            return "stop"
        return "length" if self.request.generated >= self.request.max_tokens else ""


class Choosing:
    """Scores choices: each, in turn, stands after the prompt in the KV cache, over the one before."""

    def __init__(self, request: Request, handle: Handle, prompt: list[int], pages: PageRow, choices: list[list[int]]) -> None:
        self.request, self.handle, self.tokens, self.pages = request, handle, prompt, pages
        self._prompt = len(prompt)
        self._scores = ChoiceScores(choices)
        self._current: int | None = None

    def wanted(self, start: int, end: int) -> tuple[int, int]:
        first = max(start, self._next_position())
        return first, max(end - first, 0)

    def _next_position(self) -> int:
        """The position whose logits score the current choice's next token."""
        scored = 0 if self._current is None else self._scores.scored[self._current]
        return self._prompt - 1 + scored

    def take(self, logits: Float32s, now: float) -> str:
        for row in logits:
            if self._current is None:
                self._scores.start(log_probabilities(row))
            elif self._scores.open(self._current):
                self._scores.extend(self._current, log_probabilities(row))
        if self._current is None or not self._scores.open(self._current):
            self._current = self._scores.next()
            if self._current is None:
                return self._answer(now)
            self._stand(self._current)
        self.request.computed = min(self.request.computed, self._next_position())
        return ""

    def _stand(self, choice: int) -> None:
        """Put all tokens of `choice` but the last after the prompt."""
        tokens = self._scores.choices[choice][:-1]
        self.tokens[self._prompt :] = tokens
        self.request.generated = len(tokens)

    def _answer(self, now: float) -> str:
        assert self._scores.best is not None
        for token in self._scores.choices[self._scores.best]:
            self.handle.emit(token, now)
        return "stop"
