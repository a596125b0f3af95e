"""The command line as it is declared: building it takes a while, so it is built once for all tests of a process."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import Any

from typer.main import get_command

from intarsia.compiler import cli


@functools.cache
def commands() -> dict[str, Any]:
    """All commands and groups by name."""
    return get_command(cli.app).commands  # type: ignore[attr-defined, no-any-return]


def options(command: Any) -> Iterator[str]:
    """The options of a command, or those of all commands of a group."""
    for one in [command, *getattr(command, "commands", {}).values()]:
        for parameter in one.params:
            yield from (option for option in (*parameter.opts, *parameter.secondary_opts) if option.startswith("-"))
