"""`intarsia run`: load a bundle and use it, once or for many inputs; what is measured goes into the report."""

from __future__ import annotations

import json
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from intarsia.compiler import units
from intarsia.compiler.commands import console
from intarsia.errors import InputError, Where

if TYPE_CHECKING:
    from intarsia.runtime.engine import Engine

Given = Annotated[list[str] | None, typer.Option("--input", metavar="NAME=VALUE", help="An input of the agent; may be given several times.")]


def command(
    bundle: Annotated[Path, typer.Argument(metavar="BUNDLE", help="The directory that `intarsia compile` wrote.")],
    prompt: Annotated[str | None, typer.Option(help="The prompt, or the agent's one input.")] = None,
    given: Given = None,
    questions: Annotated[Path | None, typer.Option(metavar="FILE", help="One input a line: text, or a JSON object of inputs.")] = None,
    max_tokens: Annotated[int | None, typer.Option(help="Most tokens to generate (a model's bundle).")] = None,
    temperature: Annotated[float | None, typer.Option(help="0 is greedy (a model's bundle).")] = None,
    top_p: Annotated[float | None, typer.Option(help="Sample from the likeliest tokens of this total probability (a model's bundle).")] = None,
    seed: Annotated[int | None, typer.Option(help="Seed of sampling (a model's bundle).")] = None,
    chat: Annotated[bool | None, typer.Option(help="Render the prompt by the model's chat template (a model's bundle).")] = None,
    stream: Annotated[bool, typer.Option("--stream", help="Print tokens as they come (a model's bundle).")] = False,
    threads: Annotated[int | None, typer.Option(min=1, help="Threads, instead of the planned number.")] = None,
    tools: Annotated[Path | None, typer.Option(metavar="FILE.py", help="A Python file whose functions are the agent's tools.")] = None,
    driver: Annotated[str | None, typer.Option(help="cpu, cuda, interpreter (a GPU bundle on this CPU), or null (the plan's clock). Default: as compiled.")] = None,
    trace: Annotated[Path | None, typer.Option(metavar="FILE", help="Write a Chrome trace, which Perfetto opens.")] = None,
    as_json: console.Json = False,
) -> None:
    """Run a bundle.

    On a prompt, on inputs, or on a file of questions. What is measured goes into the bundle's report.
    """
    from intarsia import runtime
    from intarsia.compiler import measure

    if stream and (as_json or trace is not None):
        raise InputError("--stream goes with neither --json nor --trace")
    arguments = {"max_tokens": max_tokens, "temperature": temperature, "top_p": top_p, "seed": seed, "chat": chat}
    arguments = {name: value for name, value in arguments.items() if value is not None}
    with runtime.load(bundle, threads=threads, tools=measure.tools_in(tools), driver=driver) as engine:
        inputs = _inputs(prompt, given, questions, measure.input_names(engine))
        if stream:
            _stream(engine, inputs, arguments)
            return
        with console.progress("running") as update:
            found = measure.run(engine, inputs, arguments, trace=trace, update=update)
    if driver in (None, "cpu", "cuda"):
        measure.keep(bundle, found)
    _print(found["runs"], as_json)


def _inputs(prompt: str | None, given: list[str] | None, questions: Path | None, names: list[str]) -> list[dict[str, Any]]:
    """The inputs of each run. Raises InputError for a line or an option that doesn't say one."""
    if questions is not None:
        return [_line(text, names, Where(str(questions), number)) for number, text in _lines(questions)]
    values: dict[str, Any] = {}
    for pair in given or ():
        name, equals, value = pair.partition("=")
        if not equals or not name:
            raise InputError(f"--input takes NAME=VALUE, found {pair!r}")
        values[name] = value
    if prompt is not None:
        values[_only(names)] = prompt
    if not values and names:
        raise InputError("nothing to run on", mend=f"pass --prompt, --questions, or --input for {', '.join(names)}")
    return [values]


def _lines(path: Path) -> list[tuple[int, str]]:
    try:
        lines = path.read_text().splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"cannot read the questions: {error}", where=Where(str(path))) from None
    found = [(number, line.strip()) for number, line in enumerate(lines, 1) if line.strip() and not line.startswith("#")]
    if not found:
        raise InputError("holds no questions", where=Where(str(path)), mend="write one a line")
    return found


def _line(text: str, names: list[str], where: Where) -> dict[str, Any]:
    if not text.startswith("{"):
        return {_only(names): text}
    try:
        values = json.loads(text)
    except ValueError as error:
        raise InputError(f"is no JSON object: {error}", where=where) from None
    return dict(values)


def _only(names: list[str]) -> str:
    if len(names) != 1:
        raise InputError(f"the agent has {len(names)} inputs ({', '.join(names) or 'none'})", mend="pass each with --input NAME=VALUE")
    return names[0]


def _stream(engine: Engine, inputs: list[dict[str, Any]], arguments: dict[str, Any]) -> None:
    from intarsia.compiler import measure

    for values in inputs:
        for piece in engine.stream(measure.prompt_of(engine, values), **arguments):
            print(piece.text, end="", flush=True)
        print()


def _print(runs: list[dict[str, Any]], as_json: bool) -> None:
    """JSON; else the answer of a single run, or each question with its answer."""
    if as_json:
        console.table(runs, (), as_json=True)
        return
    for run in runs:
        timings = f"first token {units.seconds(run.get('ttft_s'))}, in all {units.seconds(run.get('total_s'))}, decode {units.rate(run.get('decode_tokens_per_s'))}"
        if len(runs) == 1:
            print(run["answer"])
            console.say(timings)
        else:
            print(f"{run['input']}\n{textwrap.indent(run['answer'], '  ')}\n  ({timings})\n")
