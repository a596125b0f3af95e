"""Formulas in the IR: arithmetic over a few named symbols, such as "2*134515008*prompt".

Grammar: numbers, the symbols below, + - * / ** ( ), and min(...), max(...), ceil(...).
"""

from __future__ import annotations

import ast
import math
import operator
from functools import lru_cache
from typing import Any

SYMBOLS = {
    "batch": "sequences processed together",
    "prompt": "prompt tokens of a sequence",
    "context": "tokens already in the KV cache when a step begins",
    "output": "tokens generated",
    "arguments": "bytes of a tool's arguments",
}
FUNCTIONS: dict[str, Any] = {"min": min, "max": max, "ceil": math.ceil}
OPERATORS: dict[type, Any] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv, ast.Pow: operator.pow,
}


def problem(text: str) -> str | None:
    """What is wrong with a formula, or None."""
    try:
        _check(_parse(text))
    except (SyntaxError, ValueError, RecursionError) as error:
        return f"{text!r} is no formula: {error}"
    return None


def evaluate(text: str, **symbols: float) -> float:
    """The formula's value. Raises ValueError for an unknown symbol or a malformed formula."""
    return float(_value(_parse(text), symbols))


@lru_cache(maxsize=4096)
def _parse(text: str) -> ast.expr:
    try:
        return ast.parse(text, mode="eval").body
    except SyntaxError as error:
        raise ValueError(error.msg) from None


def _check(node: ast.expr) -> None:
    match node:
        case ast.Constant(value=int() | float()):
            return
        case ast.Name(id=name):
            if name not in SYMBOLS:
                raise ValueError(f"unknown symbol {name!r}; known are {', '.join(SYMBOLS)}")
        case ast.UnaryOp(op=ast.USub(), operand=inner):
            _check(inner)
        case ast.BinOp(left=left, op=op, right=right) if type(op) in OPERATORS:
            _check(left)
            _check(right)
        case ast.Call(func=ast.Name(id=name), args=args, keywords=[]) if name in FUNCTIONS and args:
            for arg in args:
                _check(arg)
        case _:
            raise ValueError(f"unsupported term {ast.unparse(node)!r}")


def _value(node: ast.expr, symbols: dict[str, float]) -> float:
    match node:
        case ast.Constant(value=value):
            return float(value)  # type: ignore[arg-type]
        case ast.Name(id=name):
            if name not in symbols:
                raise ValueError(f"the formula needs a value for {name}")
            return symbols[name]
        case ast.UnaryOp(operand=inner):
            return -_value(inner, symbols)
        case ast.BinOp(left=left, op=op, right=right):
            return float(OPERATORS[type(op)](_value(left, symbols), _value(right, symbols)))
        case ast.Call(func=ast.Name(id=name), args=args):
            return float(FUNCTIONS[name](*(_value(arg, symbols) for arg in args)))
    raise ValueError(f"unsupported term {ast.unparse(node)!r}")
