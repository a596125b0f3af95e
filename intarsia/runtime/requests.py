"""A generation as its caller sees it: what to generate, the handle on it while it runs, and the result."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from intarsia.errors import Cancelled, InputError, IntarsiaError
from intarsia.runtime.sampling import Sampling
from intarsia.runtime.tokens import TextStream, Tokens


@dataclass(frozen=True)
class Options:
    """What to generate after a prompt.

    `stop`: texts that end the answer (and are not part of it). `choices`: the answer is the likeliest of these texts, whatever the
    temperature. `pattern`: the whole answer matches this regular expression (see runtime/patterns.py; `top_p` has no effect on it).
    """

    max_tokens: int = 128
    temperature: float = 0.0
    top_p: float = 1.0
    seed: int = 0
    stop: tuple[str, ...] = ()
    ignore_eos: bool = False
    choices: tuple[str, ...] = ()
    pattern: str | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "stop", _texts("stop", self.stop))
        object.__setattr__(self, "choices", _texts("choices", self.choices))
        if isinstance(self.max_tokens, bool) or not isinstance(self.max_tokens, int) or self.max_tokens <= 0:
            raise InputError(f"max_tokens must be a whole number greater than zero, found {self.max_tokens!r}")
        if len(set(self.choices)) != len(self.choices):
            raise InputError(f"choices holds the same text twice: {list(self.choices)}")
        if self.choices and self.pattern is not None:
            raise InputError("choices and pattern exclude each other", mend="pass one of them")
        self.sampling()

    def sampling(self) -> Sampling:
        """Raises InputError for a temperature or top_p out of range."""
        return Sampling(self.temperature, self.top_p, self.seed)


def _texts(name: str, value: object) -> tuple[str, ...]:
    texts = (value,) if isinstance(value, str) else tuple(value) if isinstance(value, (list, tuple)) else () if value is None else (value,)
    if not all(isinstance(text, str) and text for text in texts):
        raise InputError(f"{name} must be texts that are not empty, found {value!r}")
    return texts  # type: ignore[return-value]


@dataclass(frozen=True)
class Timings:
    """Seconds from the submission of a request: in the queue, to its first token (`ttft_s`), and to its end."""

    queue_s: float
    ttft_s: float
    total_s: float
    prompt_tokens: int
    output_tokens: int

    @property
    def prefill_s(self) -> float:
        """From the first step that worked on the prompt to the first token."""
        return self.ttft_s - self.queue_s

    @property
    def decode_s(self) -> float:
        """From the first token to the last."""
        return self.total_s - self.ttft_s

    @property
    def prefill_tokens_per_s(self) -> float:
        return self.prompt_tokens / self.prefill_s if self.prefill_s > 0 else 0.0

    @property
    def decode_tokens_per_s(self) -> float:
        """Tokens after the first, over `decode_s`; 0 for a single token."""
        return (self.output_tokens - 1) / self.decode_s if self.output_tokens > 1 and self.decode_s > 0 else 0.0


@dataclass(frozen=True)
class Generation:
    """An answer. `finish_reason`: "stop" (end of text, a stop text, or a choice) or "length". `tokens` are without the end-of-text token."""

    text: str
    tokens: tuple[int, ...]
    finish_reason: str
    timings: Timings


@dataclass(frozen=True)
class Piece:
    """A token of a stream, and the text that it completes (which may be empty)."""

    token: int
    text: str


class Handle:
    """A request on its way. Safe to use from any thread. `keeps` is what must live until the answer is there."""

    def __init__(self, options: Options, tokens: Tokens, prompt_tokens: int, submitted_s: float, cancel: Callable[[Handle], None]) -> None:
        self.options, self.prompt_tokens = options, prompt_tokens
        self._tokenizer, self._cancel = tokens, cancel
        self._changed = threading.Condition()
        self._tokens: list[int] = []
        self._watched = False
        self._finish_reason, self._error = "", None  # type: str, IntarsiaError | None
        self.keeps: object = None
        self._submitted_s = submitted_s
        self._scheduled_s = self._first_s = self._end_s = 0.0

    @property
    def done(self) -> bool:
        return bool(self._finish_reason or self._error)

    @property
    def submitted_s(self) -> float:
        """When it was submitted, on the engine's clock."""
        return self._submitted_s

    def cancel(self) -> None:
        """Stop generating; `result` then raises Cancelled. Does nothing to a request that is done."""
        self._cancel(self)

    def result(self, timeout: float | None = None) -> Generation:
        """Wait for the answer. Raises Cancelled, TimeoutError after `timeout` seconds, or what went wrong."""
        with self._changed:
            if not self._changed.wait_for(lambda: self.done, timeout):
                raise TimeoutError(f"no answer within {timeout} s")
        if self._error is not None:
            raise self._error
        return Generation(self._text(), tuple(self._tokens), self._finish_reason, self._timings())

    def stream(self) -> Iterator[Piece]:
        """The tokens as they come. Leaving the loop early cancels the request. Raises as `result`."""
        self._watched = True
        text = TextStream(self._tokenizer, self.options.stop)
        try:
            yield from self._pieces(text)
        finally:
            if not self.done:
                self.cancel()

    def _pieces(self, text: TextStream) -> Iterator[Piece]:
        seen = 0
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self.done or len(self._tokens) > seen)  # noqa: B023
                fresh, finished = self._tokens[seen:], self.done
            if self._error is not None:
                raise self._error
            for number, token in enumerate(fresh, 1):
                yield Piece(token, text.push(token, last=finished and number == len(fresh)))
            if finished:
                return
            seen += len(fresh)

    def _text(self) -> str:
        if not self.options.stop:
            return self._tokenizer.decode(self._tokens)
        stream, last = TextStream(self._tokenizer, self.options.stop), len(self._tokens) - 1
        return "".join(stream.push(token, last=i == last) for i, token in enumerate(self._tokens))

    def _timings(self) -> Timings:
        start = self._submitted_s
        return Timings(self._scheduled_s - start, self._first_s - start, self._end_s - start, self.prompt_tokens, len(self._tokens))

    # The engine's side, called by its loop alone.

    def scheduled(self, now: float) -> None:
        """Work on the prompt begins."""
        self._scheduled_s = now

    def emit(self, token: int, now: float) -> None:
        """A token came out."""
        if not self._tokens:
            self._first_s = now
        self._tokens.append(token)
        if self._watched:
            with self._changed:
                self._changed.notify_all()

    def finish(self, reason: str, now: float) -> None:
        """The answer is complete."""
        with self._changed:
            self._first_s, self._end_s = self._first_s or now, now
            self._finish_reason = reason
            self._changed.notify_all()

    def fail(self, error: IntarsiaError) -> None:
        """There will be no answer."""
        with self._changed:
            self._error = self._error or error
            self._changed.notify_all()

    def cancelled(self) -> None:
        self.fail(Cancelled("the request was cancelled"))
