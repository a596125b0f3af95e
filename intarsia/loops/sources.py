"""What loops and their compiler were loaded from.

A process may outlive a change of its files: another version is installed, or somebody edits. It goes on with objects of what it has loaded. What it would compile from then on
would be made of other text than its own, or hand arguments over in another way, and would be kept for others too; so it says that it must be started again.
"""

from __future__ import annotations

import ast
import functools
import inspect
import textwrap
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

from intarsia.errors import RuntimeFailure, Where


def _texts() -> dict[str, str]:
    return {path.name: path.read_text() for path in sorted(Path(__file__).parent.glob("*.py"))}


LOADED = _texts()
"""This package's files by their names: who compiles, and how its code is called."""


@functools.cache
def expect_compiler() -> None:
    """Whether the compiler, which is imported late, is of the same version as what was loaded early; once is enough. Raises RuntimeFailure."""
    for name, text in _texts().items():
        if LOADED.get(name) != text:
            _changed(Where(str(Path(__file__).with_name(name))))


def tree(function: Callable[..., Any]) -> ast.FunctionDef:
    """A function's source. Raises RuntimeFailure where its file has changed since the function was loaded."""
    code = function.__code__
    try:
        text = Path(code.co_filename).read_text()
        now = next(each for each in _codes(text) if (each.co_firstlineno, each.co_name) == (code.co_firstlineno, code.co_name))
    except (OSError, SyntaxError, StopIteration):
        now = None
    if now is None or content(now) != content(code):
        _changed(Where(code.co_filename, code.co_firstlineno, function.__name__))
    block = inspect.getblock(text.splitlines(keepends=True)[code.co_firstlineno - 1 :])
    found = ast.parse(textwrap.dedent("".join(block))).body[0]
    assert isinstance(found, ast.FunctionDef)
    return found


@functools.lru_cache(maxsize=4)
def _codes(text: str) -> list[types.CodeType]:
    """All functions of a file, compiled with it: which instructions Python chooses depends on what the file imports. Raises SyntaxError."""
    found = [compile(text, "", "exec", dont_inherit=True)]
    for code in found:  # which grows meanwhile
        found += [each for each in code.co_consts if isinstance(each, types.CodeType)]
    return found


def content(code: types.CodeType) -> str:
    """What a function does, in its bytecode and constants, wherever it stands."""
    return f"{code.co_name} {code.co_code.hex()} {code.co_consts!r} {code.co_names!r} {code.co_varnames!r}"


def _changed(where: Where) -> NoReturn:
    raise RuntimeFailure("the source of a loop, or of what compiles it, has changed since this process began", where=where, mend="start it again")
