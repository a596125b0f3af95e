"""Options reach commands as Typer would hand them over, and words without what that loads."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Annotated, Any

import pytest
import typer
from typer.core import TyperCommand
from typer.testing import CliRunner

from intarsia.compiler.commands.plain import Plain


def _command(cls: type[TyperCommand]) -> tuple[typer.Typer, list[Any]]:
    app, seen = typer.Typer(rich_markup_mode=None), list[Any]()

    @app.command(cls=cls)
    def command(
        words: Annotated[list[str] | None, typer.Argument()] = None,
        word: Annotated[str | None, typer.Option()] = None,
        named: Annotated[str, typer.Option()] = "usual",
        count: Annotated[int, typer.Option(min=1)] = 3,
        share: Annotated[float, typer.Option(max=1.0)] = 0.5,
        flag: Annotated[bool, typer.Option("--flag")] = False,
        file: Annotated[Path | None, typer.Option()] = None,
        pair: Annotated[tuple[int, str] | None, typer.Option()] = None,
        several: Annotated[list[str] | None, typer.Option()] = None,
        numbers: Annotated[list[int] | None, typer.Option()] = None,
        upper: Annotated[str, typer.Option(callback=lambda text: text.upper())] = "x",
    ) -> None:
        seen.append((words, word, named, count, share, flag, file, pair, several, numbers, upper))

    return app, seen


CALLS = (
    "", "a b", "--word w --named '' --flag", "--count 7 --share 1", "--count 0", "--count x", "--share 2", "--file there", "--pair 1 b", "--pair x b", "--several a --several b",
    "--numbers 1 --numbers 2", "--numbers x", "--upper y", "--no-such", "a --word",
)  # fmt: skip


@pytest.mark.parametrize("line", CALLS)
def test_options_arrive_as_without_it(line: str) -> None:
    (usual, wanted), (plain, found) = _command(TyperCommand), _command(Plain)
    theirs, ours = (CliRunner().invoke(app, [word.strip("'") for word in line.split()]) for app in (usual, plain))
    assert (ours.exit_code, ours.output) == (theirs.exit_code, theirs.output)
    assert found == wanted and [list(map(type, each)) for each in found] == [list(map(type, each)) for each in wanted]


def test_commands_with_words_alone_load_no_pydantic() -> None:
    code = "import sys; from intarsia.compiler import cli; cli.app(['plan', 'no_such.json', '--fleet', '8xH100-SXM'], standalone_mode=False)"
    told = f"try:\n    exec({code!r})\nexcept BaseException:\n    pass\nimport sys; print('pydantic' in sys.modules, 'intarsia.compiler.serving_plan' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True)
    assert done.stdout.split() == ["False", "True"], done.stderr
