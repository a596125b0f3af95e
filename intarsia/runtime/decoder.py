"""A text-generating model of a bundle: prompts in, handles on generations out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from intarsia.errors import InputError
from intarsia.runtime.batching import StepArrays
from intarsia.runtime.bundle import least
from intarsia.runtime.chat import Message, messages_of, render
from intarsia.runtime.drivers.driver import Driver
from intarsia.runtime.kv_cache import PagePool
from intarsia.runtime.loop import Loop
from intarsia.runtime.requests import Handle, Options
from intarsia.runtime.scheduler import Request, Scheduler, check_runtime, make_policy
from intarsia.runtime.sequences import Choosing, Generating, PageRow
from intarsia.runtime.tokens import Tokens
from intarsia.runtime.trace import Tracer
from intarsia.runtime.turns import Turns

MOST = 1 << 24
"""Pages, tokens or sequences that a manifest may speak of."""

Prompt = str | Sequence[int] | Sequence[Message]
"""A text, its tokens, or the messages of a conversation."""


class Decoder:
    """One decoder: its tokenizer, its KV cache's pages, and the loop that serves its requests.

    `context` is the most tokens of a prompt and its answer together.
    """

    def __init__(self, name: str, entry: dict[str, Any], driver: Driver, tokens: Tokens, clock: Callable[[], float], device: Turns, tracer: Tracer) -> None:
        self.name, self.driver, self.tokens, self.clock = name, driver, tokens, clock
        self._template = entry.get("chat_template") or ""
        self._eos = frozenset(entry.get("eos") or ())
        self._names = {"bos_token": _text(tokens, entry.get("bos")), "eos_token": _text(tokens, next(iter(entry.get("eos") or ()), None))}
        self.vocab = int(entry["config"]["vocab"])
        deploy, compiled = entry["deploy"], list(entry["entries"].values())
        pool = PagePool(_figure(deploy, "kv_pages"), _figure(deploy, "page_tokens"))
        wanted = int(deploy.get("context") or entry["config"].get("context") or pool.pages * pool.page_tokens)
        self.context = min(wanted, pool.pages * pool.page_tokens, least(compiled, "context"))
        rows = min(_figure(deploy, "max_batch_tokens"), least([entry["entries"]["prefill"]], "max_rows"))
        sequences = min(_figure(deploy, "max_sequences"), rows, least(compiled, "max_sequences"), least((each.get("output", {}) for each in compiled), "rows"))
        policy = make_policy(deploy["policy"], max_batch_tokens=rows, max_sequences=sequences, **deploy.get("parameters", {}))
        check_runtime(deploy["policy"], where=f"model {name}")
        self._row_pages = pool.needed(self.context)
        arrays = StepArrays(rows, sequences, self._row_pages, self.context)
        self.loop = Loop(name, driver, Scheduler(policy, pool), arrays, clock, device, tracer)

    @property
    def has_chat_template(self) -> bool:
        return bool(self._template)

    def encode(self, prompt: Prompt, *, chat: bool | None = None, system: str | None = None) -> list[int]:
        """The prompt's tokens: as they are, as plain text, or as a conversation (with `chat`, with `system`, or for messages)."""
        if not isinstance(prompt, str):
            return self._sequence(prompt)
        if chat or (chat is None and system):
            return self._conversation(messages_of(prompt, system))
        return self.tokens.encode(prompt)

    def _sequence(self, prompt: Sequence[int] | Sequence[Message]) -> list[int]:
        """Tokens as they are, or messages as a conversation. Raises InputError for what is neither."""
        items: list[Any] = list(prompt) if isinstance(prompt, (Sequence, np.ndarray)) else [prompt]
        if all(isinstance(item, dict) for item in items):
            return self._conversation(items)
        if not all(isinstance(item, (int, np.integer)) for item in items):
            raise InputError(f"a prompt can't be {type(prompt).__name__} here", where=f"model {self.name}", mend="pass a text, a list of tokens or a list of messages")
        return self._given(items)

    def _conversation(self, messages: list[Message]) -> list[int]:
        if not messages:
            raise InputError("the prompt is empty", where=f"model {self.name}", mend="pass a text, tokens or messages")
        if not self._template:
            raise InputError(f"the model {self.name} has no chat template", mend="pass chat=False and a plain prompt")
        return self.tokens.encode(render(self._template, messages, **self._names), add_special=False)

    def _given(self, tokens: list[int]) -> list[int]:
        for token in tokens:
            if not 0 <= token < self.vocab:
                raise InputError(f"{token} is no token of the model {self.name}, whose vocabulary has {self.vocab}")
        return tokens

    def submit(self, prompt: list[int], options: Options) -> Handle:
        """Queue a generation after `prompt` tokens. Raises InputError for a prompt that is empty or too long."""
        if not prompt:
            raise InputError("the prompt is empty", where=f"model {self.name}", mend="pass at least one token")
        if len(prompt) >= self.context:
            raise InputError(
                f"the prompt has {len(prompt)} tokens, and the context of {self.name} holds {self.context} with the answer",
                mend="shorten the prompt, or plan with a larger context",
            )
        handle = Handle(options, self.tokens, len(prompt), self.clock(), self.loop.cancel)
        self.loop.submit(self._choosing(prompt, handle) if options.choices else self._generating(prompt, handle))
        return handle

    def _request(self, prompt: list[int], most: int) -> Request:
        request = Request(self.loop.next_id(), len(prompt), min(most, self.context - len(prompt)), arrival=self.clock())
        self.loop.scheduler.check(request)
        return request

    def _generating(self, prompt: list[int], handle: Handle) -> Generating:
        return Generating(self._request(prompt, handle.options.max_tokens), handle, prompt, PageRow(self._row_pages), self.tokens, self._eos)

    def _choosing(self, prompt: list[int], handle: Handle) -> Choosing:
        choices = [self.tokens.encode(text, add_special=False) for text in handle.options.choices]
        longest = max(len(tokens) for tokens in choices)
        if len(prompt) + longest > self.context or not all(choices):
            raise InputError(f"the prompt has {len(prompt)} tokens, and the longest choice {longest}; the context of {self.name} holds {self.context}", mend="shorten the prompt")
        return Choosing(self._request(prompt, longest), handle, prompt, PageRow(self._row_pages), choices)

    def close(self) -> None:
        self.loop.close()
        self.driver.close()


def _figure(deploy: dict[str, Any], name: str) -> int:
    """A number of the deployment. Raises ValueError for one that memory could not hold."""
    value = int(deploy[name])
    if not 0 < value <= MOST:
        raise ValueError(f"{name} is {value}")
    return value


def _text(tokens: Tokens, token: int | None) -> str:
    return "" if token is None else tokens.text_of(token)
