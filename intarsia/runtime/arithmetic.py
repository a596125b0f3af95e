"""Arithmetic in text: finding it, and computing it safely."""

from __future__ import annotations

import ast
import math
import operator
import re
from collections.abc import Callable
from typing import Any

LONGEST = 400
"""Characters of an expression."""
MOST_BITS = 4096
"""Size of a whole number, and of what a power may become."""

WORDS = [
    (r"(?<=\d),(?=\d{3}(?!\d))", ""), (r"[×✕]|(?<=[\d)])\s*[xX]\s*(?=[\d(])", "*"), ("÷", "/"), ("[−–]", "-"), (r"\^", "**"),
    (r"(?<=\d)\s*(?:%|percent)\s+of\s+", "/100*"), (r"\bmultiplied by\b|\btimes\b", "*"), (r"\bdivided by\b", "/"), (r"\bplus\b", "+"), (r"\bminus\b", "-"),
    (r"\bto the power of\b", "**"), (r"\bsquared\b", "**2"), (r"\bcubed\b", "**3"), (r"\bmodulo\b|\bmod\b", "%"),
]  # fmt: skip
DATE = re.compile(r"\b\d{4}-\d{1,2}-\d{1,2}\b|\b\d{1,2}/\d{1,2}/\d{2,4}\b|\b\d+\.\d+\.\d+\b")
CANDIDATE = re.compile(r"[-+(\s]*(?<![\w.])\.?\d[\d\s.+\-*/%()]*")

OPERATORS: dict[type, Callable[[Any, Any], Any]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv, ast.FloorDiv: operator.floordiv, ast.Mod: operator.mod,
}  # fmt: skip


def find_arithmetic(text: str) -> str:
    """The longest expression with an operator in a text, words such as "times" and "% of" included, or ""."""
    text = DATE.sub(" ; ", text[: 10 * LONGEST])
    for pattern, symbol in WORDS:
        text = re.sub(pattern, symbol, text, flags=re.IGNORECASE)
    found = [_longest_valid(each.group()) for each in CANDIDATE.finditer(text)]
    return max(found, key=len, default="")


def _longest_valid(text: str) -> str:
    """The longest beginning of `text`, or of `text` without its first parentheses and signs, that is an expression."""
    text = text.strip()[:LONGEST]
    while text:
        for end in range(len(text), 2, -1):
            part = text[:end].rstrip(" .")  # a sentence's full stop is none of the number's
            if isinstance(_parse(part), ast.BinOp):
                return part
        if text[0] not in "(+- ":
            return ""
        text = text[1:]
    return ""


def _parse(text: str) -> ast.expr | None:
    try:
        return ast.parse(text, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def calculate(expression: str) -> int | float:
    """The value of + - * / // % ** and parentheses over numbers. Raises ValueError for anything else, or for what grows too large."""
    tree = _parse(expression.strip()) if len(expression) <= LONGEST else None
    if tree is None:
        raise ValueError(f"{expression[:60]!r} is no arithmetic expression")
    try:
        value = _value(tree)
    except (ZeroDivisionError, OverflowError) as error:
        raise ValueError(f"{expression!r} has no value: {error}") from None
    return int(value) if isinstance(value, float) and value.is_integer() and abs(value) < 1e15 else value


def _value(node: ast.expr) -> int | float:
    match node:
        case ast.Constant(value=int() | float() as value) if not isinstance(value, bool):
            return _bounded(value)
        case ast.UnaryOp(op=ast.USub(), operand=inner):
            return -_value(inner)
        case ast.UnaryOp(op=ast.UAdd(), operand=inner):
            return _value(inner)
        case ast.BinOp(left=left, op=ast.Pow(), right=right):
            return _power(_value(left), _value(right))
        case ast.BinOp(left=left, op=op, right=right) if type(op) in OPERATORS:
            return _bounded(OPERATORS[type(op)](_value(left), _value(right)))
    raise ValueError(f"{ast.unparse(node)[:60]!r} is no arithmetic")


def _power(base: int | float, exponent: int | float) -> int | float:
    if isinstance(base, int) and abs(exponent) * max(base.bit_length(), 1) > MOST_BITS:
        raise ValueError(f"{base}**{exponent} is too large")
    value = base**exponent
    if isinstance(value, complex):
        raise ValueError(f"({base})**{exponent} is no real number")
    return _bounded(value)


def _bounded(value: int | float) -> int | float:
    if isinstance(value, int) and value.bit_length() > MOST_BITS:
        raise ValueError("a number is too large")
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError("a number is too large")
    return value
