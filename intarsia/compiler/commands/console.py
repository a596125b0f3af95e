"""What commands print: results on stdout (a table, or JSON), progress on stderr."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Annotated, Any

import typer

from intarsia.compiler import units

Json = Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")]
Row = dict[str, Any]
Column = tuple[str, str, Callable[[Any], str]]
"""A heading, the key in the row, and how to write the value."""
PIPE_WIDTH = 1000
"""Characters of a line that goes to a file or pipe: nothing is folded there."""


def table(rows: Sequence[Row], columns: Sequence[Column], *, as_json: bool, title: str = "") -> None:
    """Print `rows`: as a table of `columns`, or whole as a JSON list."""
    if as_json:
        print(json.dumps(list(rows), indent=1, default=str))
        return
    from rich.console import Console
    from rich.table import Table

    drawn = Table(title=title or None, title_justify="left", box=None, pad_edge=False, header_style="bold")
    for heading, _, write in columns:
        prose = write is units.words
        drawn.add_column(heading, justify="left" if prose else "right", overflow="fold", no_wrap=not prose)
    for row in rows:
        drawn.add_row(*(_plain(write(row.get(key))) for _, key, write in columns))
    console = Console(width=None if sys.stdout.isatty() else PIPE_WIDTH, highlight=False)
    with console.capture() as caught:
        console.print(drawn)
    print("\n".join(line.rstrip() for line in caught.get().splitlines()))


def _plain(cell: str) -> Any:
    """Brackets in a cell are data, not markup."""
    from rich.text import Text

    return Text(cell)


def say(message: str) -> None:
    """A line for the person watching; never on stdout, so that pipes stay clean."""
    print(message, file=sys.stderr, flush=True)


@contextmanager
def progress(message: str) -> Iterator[Callable[[str], None]]:
    """A spinner on stderr while the block runs, on a terminal; the yielded function changes its text."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console

    with Console(stderr=True).status(message) as status:
        yield lambda text: status.update(f"{message}: {text}")


@contextmanager
def bar(message: str) -> Iterator[Callable[[float, str], None]]:
    """A progress bar on stderr, on a terminal; the yielded function takes the share done and what comes next."""
    if not sys.stderr.isatty():
        yield lambda share, text: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as drawn:
        task = drawn.add_task(message, total=1.0)
        yield lambda share, text: drawn.update(task, completed=share, description=f"{message}: {text}")


@contextmanager
def only_ours() -> Iterator[None]:
    """What native libraries print to standard output inside the block goes to standard error: HiGHS has debugging lines of its own."""
    sys.stdout.flush()
    kept = os.dup(1)
    os.dup2(2, 1)
    try:
        yield
    finally:
        sys.stdout.flush()
        os.dup2(kept, 1)
        os.close(kept)
