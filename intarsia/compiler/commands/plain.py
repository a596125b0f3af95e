"""Options that are words stay as they are: Typer leads every value through an adapter, and adapters load pydantic, which takes a tenth of a second."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from typer.core import TyperCommand


class Plain(TyperCommand):
    """A command that has Typer convert what needs it alone."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        leave_words(self.get_params(ctx))
        return super().parse_args(ctx, args)


def leave_words(options: Sequence[Any]) -> None:
    """Have options convert what needs it alone. Versions of Typer that convert in another way do as they do."""
    for each in options:
        if hasattr(each, "get_runtime_param") and hasattr(each, "type_descriptor"):
            each.get_runtime_param = partial(Conversion, each.get_runtime_param)


class Conversion:
    """What Typer asks to convert a value; `usual` gives the one that it would have asked."""

    def __init__(self, usual: Callable[[], Any]) -> None:
        self.usual = usual

    def coerce(self, value: Any, param: Any, ctx: Any) -> Any:
        kind, several = param.type_descriptor.annotation, param.multiple or param.nargs == -1
        if value is None:
            return () if several else None
        if kind == list[str] and several and isinstance(value, (list, tuple)) and all(isinstance(each, str) for each in value):
            return list(value)
        as_it_is = isinstance(value, str) if kind is str else value is param.default and type(value) is kind
        if as_it_is and param.nargs == 1 and not several:
            return value
        return self.usual().coerce(value, param=param, ctx=ctx)
