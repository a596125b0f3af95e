"""Tools: Python callables that an agent's nodes call by name, with time-outs and retries; and the built-in ones."""

from __future__ import annotations

import inspect
import threading
from collections.abc import Callable, Mapping
from typing import Any

from intarsia.errors import InputError, RuntimeFailure
from intarsia.runtime.arithmetic import calculate, find_arithmetic
from intarsia.runtime.values import text_of

Tool = Callable[..., Any]


def calculator(expression: str) -> str:
    """The value of the arithmetic in a text ("What is 12.5 * 8?"). Raises ValueError when it holds none, or has no value."""
    found = find_arithmetic(text_of(expression)) or text_of(expression)
    return text_of(calculate(found))


BUILTIN: dict[str, Tool] = {"calculator": calculator}
"""What every agent may call without passing it."""


def find_tool(name: str, node: str, tools: Mapping[str, Tool]) -> Tool:
    """The callable for a node. Raises InputError naming node and tool, and how to pass it."""
    tool = tools.get(name) or BUILTIN.get(name)
    if tool is None:
        mend = f'pass load(..., tools={{"{name}": function}}), or to `intarsia run` --tools with a file that has it'
        raise InputError(f"the tool {name!r} is missing", where=f"node {node}", mend=mend)
    if not callable(tool):
        raise InputError(f"the tool {name!r} is no function", where=f"node {node}", mend="pass a callable")
    return tool


def check_arguments(tool: Tool, name: str, node: str, arguments: list[str]) -> bool:
    """Whether `tool` takes the arguments by name (True) or in order (False). Raises InputError when it takes neither."""
    try:
        signature = inspect.signature(tool)
    except (TypeError, ValueError):  # some built-in functions have none
        return False
    try:
        signature.bind(**dict.fromkeys(arguments))
        return True
    except TypeError:
        pass
    try:
        signature.bind(*arguments)
        return False
    except TypeError as error:
        what = f"the tool {name!r} doesn't take the arguments {', '.join(arguments) or 'none'}: {error}"
        raise InputError(what, where=f"node {node}", mend="change its parameters, or the node's arguments") from None


def call(function: Callable[[], Any], name: str, *, timeout_s: float | None, retries: int, on_error: str) -> Any:
    """`function()`, tried 1 + `retries` times, each attempt within `timeout_s`. When all fail: "" for `on_error` "empty", else RuntimeFailure.

    A Python thread can't be stopped: an attempt that ran out of time is left to itself, and what it gives is ignored.
    """
    problem = ""
    for _ in range(1 + retries):
        try:
            return function() if timeout_s is None else _within(timeout_s, function, name)
        except TimeoutError as error:
            problem = str(error) or f"no answer within {timeout_s} s"
        except Exception as error:  # a tool is foreign code: whatever it raises is its failure
            problem = f"{type(error).__name__}: {error}"
    if on_error == "empty":
        return ""
    tried = f" after {1 + retries} attempts" if retries else ""
    raise RuntimeFailure(f"the tool failed{tried}: {problem}", where=f"node {name}", mend="mend the tool, or set on_error: empty")


def _within(timeout_s: float, function: Callable[[], Any], name: str) -> Any:
    outcome: list[tuple[bool, Any]] = []

    def attempt() -> None:
        try:
            outcome.append((True, function()))
        except BaseException as error:  # handed to the waiting thread
            outcome.append((False, error))

    thread = threading.Thread(target=attempt, name=f"tool-{name}", daemon=True)
    thread.start()
    thread.join(timeout_s)
    if not outcome:
        raise TimeoutError(f"no answer within {timeout_s} s")
    good, value = outcome[0]
    if not good:
        raise value
    return value
