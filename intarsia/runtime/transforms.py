"""Transforms: pure changes of form, from a small table.

An `expression` is a chain of the functions below, `name` or `name:argument`, from left to right: `first_line | lower | contains:yes`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from intarsia.errors import InputError
from intarsia.runtime.arithmetic import calculate, find_arithmetic
from intarsia.runtime.values import Passage, fill, items_of, label, parse_json, plain, text_of, truth

Function = Callable[[Any], Any]

PLAIN: dict[str, Function] = {
    "strip": lambda v: text_of(v).strip(),
    "lower": lambda v: text_of(v).lower(),
    "upper": lambda v: text_of(v).upper(),
    "first_line": lambda v: next(iter(text_of(v).strip().splitlines()), "").strip(),
    "last_line": lambda v: next(iter(reversed(text_of(v).strip().splitlines())), "").strip(),
    "first_word": lambda v: next(iter(text_of(v).split()), ""),
    "first_sentence": lambda v: re.split(r"(?<=[.!?])\s", text_of(v).strip(), maxsplit=1)[0],
    "sentences": lambda v: [s for s in re.split(r"(?<=[.!?])\s+", text_of(v).strip()) if s],
    "lines": lambda v: items_of(text_of(v)),
    "items": items_of,
    "first": lambda v: next(iter(items_of(v)), ""),
    "last": lambda v: next(iter(reversed(items_of(v))), ""),
    "count": lambda v: len(items_of(v)),
    "words": lambda v: len(text_of(v).split()),
    "json": lambda v: parse_json(text_of(v)),
    "number": lambda v: next(iter(re.findall(r"-?\d+(?:\.\d+)?", text_of(v))), ""),
    "arithmetic": lambda v: find_arithmetic(text_of(v)),
    "calculate": lambda v: calculate(find_arithmetic(text_of(v))),
    "has_arithmetic": lambda v: bool(find_arithmetic(text_of(v))),
    "empty": lambda v: not text_of(v).strip(),
    "not": lambda v: not truth(v),
    "truth": truth,
}
"""Functions without an argument."""

WITH_ARGUMENT: dict[str, Callable[[str], Function]] = {
    "contains": lambda a: lambda v: a.casefold() in text_of(v).casefold(),
    "equals": lambda a: lambda v: label(v) == label(a),
    "starts_with": lambda a: lambda v: text_of(v).strip().casefold().startswith(a.casefold()),
    "matches": lambda a: _matches(_regex(a)),
    "head": lambda a: _head(_whole(a)),
    "before": lambda a: lambda v: text_of(v).partition(a)[0],
    "after": lambda a: lambda v: text_of(v).partition(a)[2],
    "get": lambda a: lambda v: field_of(v, a),
    "above": lambda a: _above(_number(a)),
    "below": lambda a: _below(_number(a)),
}
"""Functions made from the text after the colon."""


def _regex(text: str) -> re.Pattern[str]:
    try:
        return re.compile(text)
    except re.error as error:
        raise InputError(f"{text!r} is no regular expression: {error}") from None


def _matches(pattern: re.Pattern[str]) -> Function:
    return lambda value: bool(pattern.search(text_of(value)))


def _head(words: int) -> Function:
    return lambda value: " ".join(text_of(value).split()[:words])


def _above(limit: float) -> Function:
    return lambda value: _measure(value) > limit


def _below(limit: float) -> Function:
    return lambda value: _measure(value) < limit


def _whole(text: str) -> int:
    if not text.strip().isdecimal():
        raise InputError(f"{text!r} is no whole number")
    return int(text)


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise InputError(f"{text!r} is no number") from None


def _measure(value: Any) -> float:
    if isinstance(value, (int, float)):
        return float(value)
    found = PLAIN["number"](value)
    return float(found) if found else float("nan")


def compile_expression(text: str) -> Function:
    """The function that an expression describes. Raises InputError for an unknown name or a bad argument."""
    functions = [_function(part.strip()) for part in re.split(r"(?<!\\)\|", text)]

    def run(value: Any) -> Any:
        for function in functions:
            value = function(value)
        return value

    return run


def _function(text: str) -> Function:
    name, colon, argument = text.replace("\\|", "|").partition(":")
    if colon and name in WITH_ARGUMENT:
        return WITH_ARGUMENT[name](argument)
    if not colon and name in PLAIN:
        return PLAIN[name]
    known = ", ".join([*PLAIN, *(f"{each}:..." for each in WITH_ARGUMENT)])
    raise InputError(f"unknown function {text!r} in an expression", mend=f"known are {known}")


def field_of(value: Any, path: str) -> Any:
    """What stands at `path` ("a.b.0") in a dictionary, list, passage, or a text that holds JSON; "" where nothing does."""
    for name in path.split("."):
        if isinstance(value, str):
            value = parse_json(value)
        if isinstance(value, Passage):
            value = plain(value)
        if isinstance(value, dict):
            value = value.get(name, "")
        elif isinstance(value, (list, tuple)) and re.fullmatch(r"-?\d+", name) and -len(value) <= int(name) < len(value):
            value = value[int(name)]
        else:
            return ""
    return value


def make_transform(kind: str, attributes: dict[str, Any]) -> Callable[[list[Any]], Any]:
    """A `template`, `select` or `test` node as a function of its operands. Raises InputError for a bad expression."""
    names = attributes.get("arguments") or []
    expression = compile_expression(attributes["expression"]) if attributes.get("expression") else None
    template, field = attributes.get("template"), attributes.get("field")

    def run(values: list[Any]) -> Any:
        value = fill(template, dict(zip(names, values, strict=False))) if template is not None else values[0] if len(values) == 1 else values
        value = field_of(value, field) if field else value
        value = expression(value) if expression else value
        return truth(value) if kind == "test" else value

    return run
