"""The keyword arguments of `generate`, `submit`, `stream` and `generate_batch`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypedDict

from intarsia.errors import InputError
from intarsia.runtime.requests import Options


class GenerateArguments(TypedDict, total=False):
    """See `Options` for what they mean and their defaults; `chat`, `system` and `model` say how to read the prompt, and by whom."""

    max_tokens: int
    temperature: float
    top_p: float
    seed: int
    stop: str | Sequence[str] | None
    ignore_eos: bool
    choices: Sequence[str] | None
    pattern: str | None
    chat: bool | None
    system: str | None
    model: str | None


PROMPT = {"chat", "system", "model"}


def options_from(arguments: Mapping[str, Any]) -> Options:
    """Raises InputError for an unknown argument, or one out of range."""
    known = GenerateArguments.__annotations__
    if unknown := [name for name in arguments if name not in known]:
        raise InputError(f"generate has no argument {unknown[0]!r}", mend=f"its arguments are {', '.join(known)}")
    return Options(**{name: value for name, value in arguments.items() if name not in PROMPT})
