"""What commands print: results on stdout (a table, or JSON), progress on stderr."""

from __future__ import annotations

import json
import os
import sys
import textwrap
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Annotated, Any

import typer

from intarsia.compiler import units

Json = Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")]
Row = dict[str, Any]
Column = tuple[str, str, Callable[[Any], str]]
"""A heading, the key in the row, and how to write the value."""
INTERRUPTED = 130
"""The exit code after Ctrl-C, also where the best so far was printed."""
PIPE_WIDTH = 1000
"""Characters of a line that goes to a file or pipe: nothing is folded there."""
LEAST_PROSE = 28
"""Characters that a column of words keeps at least, so that a table stays readable."""


def table(rows: Sequence[Row], columns: Sequence[Column], *, as_json: bool, title: str = "") -> None:
    """Print `rows`: as a table of `columns`, or whole as a JSON list."""
    if as_json:
        print(json.dumps(list(rows), indent=1, default=str))
        return
    from rich.console import Console

    terminal = sys.stdout.isatty()
    console = Console(width=None if terminal else PIPE_WIDTH, highlight=False)
    with console.capture() as caught:
        console.print(drawn(rows, columns, console.width, title))
    print("\n".join(line.rstrip() for line in caught.get().splitlines()))


def drawn(rows: Sequence[Row], columns: Sequence[Column], width: int, title: str = "") -> Any:
    """A table where it has room in `width` characters, prose folded if need be; else each row as a paragraph. Figures are never cut."""
    from rich.cells import cell_len
    from rich.table import Table

    cells = [[write(row.get(key)) for _, key, write in columns] for row in rows]
    prose = [write is units.words for *_, write in columns]
    whole = [max(cell_len(text) for text in (heading, *(line[place] for line in cells))) for place, (heading, *_) in enumerate(columns)]
    least = [min(one, LEAST_PROSE) if folds else one for one, folds in zip(whole, prose, strict=True)]
    if sum(least) + 2 * (len(columns) - 1) > width:
        return _paragraphs(cells, columns, prose, width, title)
    table = Table(title=title or None, title_justify="left", box=None, pad_edge=False, header_style="bold")
    for (heading, *_), folds, narrowest in zip(columns, prose, least, strict=True):
        table.add_column(heading, justify="left" if folds else "right", overflow="fold", no_wrap=not folds, min_width=narrowest)
    for line in cells:
        table.add_row(*map(_plain, line))
    return table


def _paragraphs(cells: Sequence[Sequence[str]], columns: Sequence[Column], prose: Sequence[bool], width: int, title: str) -> Any:
    """Each row's first cells up to its first prose as a heading, and the others as "heading value" below, in lines of `width` characters."""
    first = prose.index(True) + 1 if any(prose) else 1
    lines = [title] * bool(title)
    for line in cells:
        lines += _filled(["  ".join(text for text in line[:first] if text)], width, "")
        lines += _filled([f"{heading} {text}" for (heading, *_), text in list(zip(columns, line, strict=True))[first:] if text != units.UNKNOWN], width, "   ")
    return _plain("\n".join(lines))


def _filled(parts: Sequence[str], width: int, indent: str) -> list[str]:
    """Parts in lines, each whole where a line has room for it."""
    lines: list[str] = []
    for part in parts:
        if lines and len(lines[-1]) + 2 + len(part) <= width:
            lines[-1] += f"  {part}"
        else:
            lines += textwrap.wrap(part, width, initial_indent=indent, subsequent_indent=indent or "   ")
    return lines


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
